import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import { useEffect, useRef, useState } from 'react'
import { NavLink, Outlet, useLocation, useNavigate, useNavigation } from 'react-router'
import { useRequests } from '../api/queries'
import { isDark } from '../look/appearance'
import { Glyph } from '../look/Glyph'
import { changeSettings, useSettings } from '../look/settings'
import { text } from '../text'
import { CommandPalette } from './CommandPalette'
import { useLiveState } from './live-context'
import { Mark } from './Mark'
import { pageEntries } from './pages-of'
import { nameOf, useIsAdministrator, useMe, useSignOut } from './session'
import { Initials } from './SignIn'
import './shell.css'

export function Shell() {
  const [isNavigationOpen, setNavigationOpen] = useState(false)
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  const location = useLocation()
  const main = useRef<HTMLElement>(null)
  const [shown, setShown] = useState(location.pathname)
  if (shown !== location.pathname) {
    setShown(location.pathname)
    setNavigationOpen(false)
  }

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setPaletteOpen((isOpen) => !isOpen)
      }
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])

  // Screen readers and the keyboard go on at the new page, not where the link was.
  const isFirst = useRef(true)
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false
      return
    }
    scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [location.pathname])

  return (
    <div className="ag-shell">
      <a className="ag-skip" href="#page">
        {text.skip}
      </a>
      <TopBar
        onNavigation={() => setNavigationOpen((isOpen) => !isOpen)}
        isNavigationOpen={isNavigationOpen}
        onPalette={() => setPaletteOpen(true)}
      />
      <Navigation isOpen={isNavigationOpen} onClose={() => setNavigationOpen(false)} />
      <div className="ag-shell__main">
        <Banners />
        <Coming />
        <main id="page" ref={main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      {isPaletteOpen && <CommandPalette onClose={() => setPaletteOpen(false)} />}
    </div>
  )
}

/** The next page is on its way: until it is here the one before stays. */
function Coming() {
  const isComing = useNavigation().state === 'loading'
  return (
    <div className={`ag-coming ${isComing ? 'ag-coming--on' : ''}`} role="status">
      {isComing && <span className="ag-hidden">{text.states.loading}</span>}
    </div>
  )
}

function TopBar({
  onNavigation,
  isNavigationOpen,
  onPalette,
}: {
  onNavigation: () => void
  isNavigationOpen: boolean
  onPalette: () => void
}) {
  const { theme, zone } = useSettings()
  const dark = isDark(theme)
  return (
    <header className="ag-top">
      <button
        type="button"
        className="ag-plain ag-top__menu"
        aria-expanded={isNavigationOpen}
        aria-controls="navigation"
        aria-label={isNavigationOpen ? text.shell.closeNavigation : text.shell.openNavigation}
        onClick={onNavigation}
      >
        <Glyph name={isNavigationOpen ? 'close' : 'menu'} />
      </button>
      <NavLink to="/" className="ag-top__name" aria-label={`${text.product}: ${text.pages.access}`}>
        <Mark />
        <span>{text.product}</span>
      </NavLink>
      <button type="button" className="ag-top__search" onClick={onPalette} aria-keyshortcuts="Control+K Meta+K">
        <Glyph name="search" />
        <span>{text.shell.search}</span>
        <kbd>{text.shell.searchKeys}</kbd>
      </button>
      <div className="ag-top__end">
        <LiveMark />
        <button
          type="button"
          className="ag-plain ag-top__zone"
          aria-pressed={zone === 'utc'}
          aria-label={text.shell.utc}
          title={zone === 'utc' ? text.shell.utc : text.shell.local}
          onClick={() => changeSettings({ zone: zone === 'utc' ? 'local' : 'utc' })}
        >
          <Glyph name="clock" />
          {zone === 'utc' && <span>UTC</span>}
        </button>
        <button
          type="button"
          className="ag-plain"
          aria-label={dark ? text.shell.toLight : text.shell.toDark}
          title={dark ? text.shell.toLight : text.shell.toDark}
          onClick={() => changeSettings({ theme: dark ? 'light' : 'dark' })}
        >
          <Glyph name={dark ? 'sun' : 'moon'} />
        </button>
        <PersonMenu />
      </div>
    </header>
  )
}

function LiveMark() {
  const state = useLiveState()
  const words = { live: text.shell.live, connecting: text.shell.connecting, offline: text.shell.offline }[state]
  return (
    <span
      className={`ag-live ag-live--${state}`}
      role="status"
      title={state === 'live' ? text.shell.liveDetail : words}
    >
      <i aria-hidden="true" />
      <span>{words}</span>
    </span>
  )
}

function PersonMenu() {
  const me = useMe()
  const navigate = useNavigate()
  const signOut = useSignOut()
  const name = nameOf(me)
  return (
    <div className="ag-top__person">
      <Initials name={name} />
      <ButtonDropdown
        variant="icon"
        ariaLabel={text.shell.menuOf(name)}
        expandToViewport
        loading={signOut.isPending}
        items={[
          { id: 'settings', text: text.pages.settings },
          { id: 'out', text: me.server.sandbox ? text.shell.beSomeoneElse : text.shell.signOut },
        ]}
        onItemClick={({ detail }) => (detail.id === 'out' ? signOut.mutate() : void navigate('/settings'))}
      />
    </div>
  )
}

function Navigation({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const me = useMe()
  const isAdministrator = useIsAdministrator()
  const waiting = useRequests({ reviewable: true })
  const count = waiting.total ?? waiting.rows.length
  const shown = pageEntries.filter((page) => isAdministrator || !page.isForAdministrators)
  return (
    <>
      {isOpen && <div className="ag-nav__veil" onClick={onClose} />}
      <nav id="navigation" className={`ag-nav ${isOpen ? 'ag-nav--open' : ''}`} aria-label={text.shell.navigation}>
        {(['you', 'look', 'run'] as const).map((group) => (
          <div key={group} className="ag-nav__group">
            <h2>{text.shell.groups[group]}</h2>
            <ul>
              {shown
                .filter((page) => page.group === group)
                .map((page) => (
                  <li key={page.path}>
                    <NavLink
                      to={page.path}
                      end={page.path === '/' || page.path === '/requests'}
                      className={page.path === '/break-glass' ? 'ag-nav__red' : undefined}
                    >
                      <Glyph name={page.glyph} />
                      {page.name}
                      {page.path === '/approvals' && count > 0 && <b aria-label={text.shell.waiting(count)}>{count}</b>}
                    </NavLink>
                  </li>
                ))}
            </ul>
          </div>
        ))}
        <div className="ag-nav__foot">
          <NavLink to="/settings">
            <Glyph name="gear" />
            {text.pages.settings}
          </NavLink>
          <p>
            {nameOf(me)}
            {isAdministrator && <span> · {text.shell.administrator}</span>}
            <br />
            {text.product} {me.server.version}
          </p>
        </div>
      </nav>
    </>
  )
}

function Banners() {
  const me = useMe()
  const state = useLiveState()
  const signOut = useSignOut()
  return (
    <>
      {me.server.sandbox && (
        <div className="ag-banner">
          <span>
            <strong>{text.shell.sandbox}</strong> <span className="ag-banner__detail">{text.shell.sandboxDetail}</span>
          </span>
          <button type="button" onClick={() => signOut.mutate()}>
            {text.shell.beSomeoneElse}
          </button>
        </div>
      )}
      {state === 'offline' && (
        <div className="ag-banner ag-banner--offline" role="alert">
          <Glyph name="alert" />
          <span>{text.shell.offlineBanner}</span>
        </div>
      )}
    </>
  )
}
