import { useDeferredValue, useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useNavigate } from 'react-router'
import { useSearch, type Schemas } from '../api/queries'
import { Glyph, type GlyphName } from '../look/Glyph'
import { changeSettings, settings } from '../look/settings'
import { accountPath, permissionSetPath, personPath, requestPath } from '../parts/Names'
import { text } from '../text'
import { isDark } from '../look/appearance'
import { pageEntries } from './pages-of'
import { useIsAdministrator, useMe, useSignOut } from './session'
import './palette.css'

interface Choice {
  id: string
  kind: string
  glyph: GlyphName
  name: string
  detail: string
  act: () => void
}

type Found = Schemas['Found']['items'][number]
const glyphs: Record<Found['kind'], GlyphName> = {
  account: 'account',
  permission_set: 'set',
  user: 'people',
  group: 'people',
  request: 'list',
}

/** Everything that can be reached by typing its name. Ctrl K, or Cmd K. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [wanted, setWanted] = useState('')
  const [at, setAt] = useState(0)
  const choices = useChoices(wanted, onClose)
  const current = Math.min(at, Math.max(0, choices.length - 1))

  useEffect(() => {
    const opened = dialog.current
    opened?.showModal()
    return () => opened?.close()
  }, [])
  useEffect(() => {
    document.getElementById(`palette-${current}`)?.scrollIntoView({ block: 'nearest' })
  }, [current])

  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && choices.length > 0) {
      event.preventDefault()
      setAt((current + step + choices.length) % choices.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      choices[current]?.act()
    }
  }

  return (
    <dialog
      ref={dialog}
      className="ag-palette"
      aria-label={text.palette.label}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="ag-palette__box">
        <div className="ag-palette__field">
          <Glyph name="search" />
          <input
            autoFocus
            role="combobox"
            aria-expanded={choices.length > 0}
            aria-controls="palette-list"
            aria-activedescendant={choices.length > 0 ? `palette-${current}` : undefined}
            aria-label={text.palette.placeholder}
            placeholder={text.palette.placeholder}
            value={wanted}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => {
              setWanted(event.target.value)
              setAt(0)
            }}
            onKeyDown={onKey}
          />
        </div>
        <ul id="palette-list" role="listbox" aria-label={text.palette.label}>
          {choices.map((choice, index) => (
            <li
              key={choice.id}
              id={`palette-${index}`}
              role="option"
              aria-selected={index === current}
              onClick={choice.act}
              onMouseMove={() => index !== current && setAt(index)}
            >
              <Glyph name={choice.glyph} />
              <span>
                {choice.name}
                {choice.detail && <small>{choice.detail}</small>}
              </span>
              <em>{choice.kind}</em>
            </li>
          ))}
        </ul>
        {choices.length === 0 && <p role="status">{text.palette.nothing}</p>}
        <footer>
          <kbd>↑</kbd> <kbd>↓</kbd> {text.palette.keys}
        </footer>
      </div>
    </dialog>
  )
}

function useChoices(wanted: string, onClose: () => void): Choice[] {
  const navigate = useNavigate()
  const isAdministrator = useIsAdministrator()
  const me = useMe()
  const signOut = useSignOut()
  const needle = wanted.trim().toLowerCase()
  const found = useSearch(useDeferredValue(wanted))

  const go = (path: string) => () => {
    onClose()
    void navigate(path)
  }
  const does = (act: () => void) => () => {
    onClose()
    act()
  }
  const kinds = text.palette.kinds
  const own: (Choice & { words: string })[] = [
    ...pageEntries
      .filter((page) => isAdministrator || !page.isForAdministrators)
      .map((page) => ({
        id: `page ${page.path}`,
        kind: kinds.page ?? '',
        glyph: page.glyph,
        name: page.name,
        detail: '',
        words: page.words ?? '',
        act: go(page.path),
      })),
    {
      id: 'settings',
      kind: kinds.page ?? '',
      glyph: 'gear',
      name: text.pages.settings,
      detail: '',
      words: 'theme zone density',
      act: go('/settings'),
    },
    {
      id: 'theme',
      kind: kinds.verb ?? '',
      glyph: 'moon',
      name: isDark(settings().theme) ? text.shell.toLight : text.shell.toDark,
      detail: '',
      words: 'theme mode',
      act: does(() => changeSettings({ theme: isDark(settings().theme) ? 'light' : 'dark' })),
    },
    {
      id: 'zone',
      kind: kinds.verb ?? '',
      glyph: 'clock',
      name: settings().zone === 'utc' ? text.shell.local : text.shell.utc,
      detail: '',
      words: 'zone',
      act: does(() => changeSettings({ zone: settings().zone === 'utc' ? 'local' : 'utc' })),
    },
    {
      id: 'out',
      kind: kinds.verb ?? '',
      glyph: 'out',
      name: me.server.sandbox ? text.shell.beSomeoneElse : text.shell.signOut,
      detail: '',
      words: 'sign out leave',
      act: does(() => signOut.mutate()),
    },
  ]
  const fitting = own.filter(
    (choice) => needle === '' || `${choice.name} ${choice.words}`.toLowerCase().includes(needle),
  )
  if (needle === '') return fitting

  const things: Choice[] = (found.data?.items ?? []).flatMap((item) => {
    const shared = {
      glyph: glyphs[item.kind] ?? ('list' as const),
      detail: item.detail,
      kind: kinds[item.kind] ?? item.kind,
    }
    const path = pathOf(item, isAdministrator || item.id === me.user?.id)
    const open = path === null ? [] : [{ ...shared, id: `${item.kind} ${item.id}`, name: item.name, act: go(path) }]
    if (item.kind !== 'account' && item.kind !== 'permission_set') return open
    const query =
      item.kind === 'account' ? `account=${encodeURIComponent(item.name)}` : `set=${encodeURIComponent(item.name)}`
    const ask = {
      id: `ask ${item.kind} ${item.id}`,
      kind: kinds.verb ?? '',
      glyph: 'ask' as const,
      name: text.palette.askFor(item.name),
      detail: item.detail,
      act: go(`/ask?${query}`),
    }
    return [...open, ask]
  })
  return [...fitting.slice(0, 5), ...things]
}

function pathOf(item: Found, mayOpenPerson: boolean): string | null {
  switch (item.kind) {
    case 'account':
      return accountPath(item.id)
    case 'permission_set':
      return permissionSetPath(item.name)
    case 'user':
      return mayOpenPerson ? personPath(item.id) : null
    case 'group':
      return null
    case 'request':
      return requestPath(item.id)
    default:
      return null
  }
}
