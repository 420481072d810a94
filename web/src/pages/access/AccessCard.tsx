import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { Link } from 'react-router'
import { useRequest, type Grant } from '../../api/queries'
import { useMe } from '../../app/session'
import { useSettings } from '../../look/settings'
import { countdown, lengthInWords } from '../../look/time'
import { useNow } from '../../look/useNow'
import { CopyButton } from '../../parts/CopyButton'
import { StateMark, Tag } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { requestPath } from '../../parts/Names'
import { text } from '../../text'
import { EndDialog } from '../request/EndDialog'
import { ExtendDialog } from '../request/ExtendDialog'
import { cliProfile, consoleAddress, portalOf } from './aws-links'

const words = text.access
const soon = 15 * 60

/** One grant: how long it still lasts, when the last credentials may end, and what can be done with it. */
export function AccessCard({ grant }: { grant: Grant }) {
  const [dialog, setDialog] = useState<'end' | 'extend' | null>(null)
  const request = useRequest(grant.request).data
  const isLive = grant.state === 'active' || grant.state === 'granting'
  const endsSoon = Date.parse(grant.end) - useNow(15_000) < soon * 1000
  return (
    <article
      className={`ag-pass ag-pass--${grant.state}`}
      aria-label={`${grant.account.name} ${grant.permission_set.name}`}
    >
      <header>
        <div>
          <h3>
            <Link to={requestPath(grant.request)}>{grant.account.name}</Link>
          </h3>
          <p>
            {grant.permission_set.name}
            <span className="ag-soft"> · {grant.account.id}</span>
          </p>
        </div>
        <span className="ag-row">
          {request?.break_glass && <Tag tone="bad">{text.pages.breakGlass}</Tag>}
          <StateMark state={grant.state} />
        </span>
      </header>
      <Clock grant={grant} />
      <footer>
        {grant.state === 'active' && <AwsButtons grant={grant} />}
        <span className="ag-pass__end">
          {isLive && request?.can.extend && (
            <Button variant={endsSoon ? 'primary' : 'normal'} onClick={() => setDialog('extend')}>
              {words.extend}
            </Button>
          )}
          {isLive && request?.can.end && <Button onClick={() => setDialog('end')}>{words.done}</Button>}
        </span>
      </footer>
      {request && dialog === 'end' && <EndDialog request={request} onClose={() => setDialog(null)} />}
      {request && dialog === 'extend' && <ExtendDialog request={request} onClose={() => setDialog(null)} />}
    </article>
  )
}

function Clock({ grant }: { grant: Grant }) {
  const now = useNow()
  const start = Date.parse(grant.active_at ?? grant.start)
  const end = Date.parse(grant.end)
  const left = (end - now) / 1000
  if (grant.state === 'granting') return <p className="ag-pass__step">{words.granting}</p>
  if (grant.state === 'ending')
    return (
      <p className="ag-pass__step">
        {words.ending} {words.credentials} <Moment at={grant.credentials_until} />.
      </p>
    )
  if (grant.state === 'scheduled')
    return (
      <p className="ag-pass__step">
        {words.begins} <Moment at={grant.start} as="both" /> · {lengthInWords((end - Date.parse(grant.start)) / 1000)}
      </p>
    )
  const part = Math.min(1, Math.max(0, (now - start) / Math.max(1, end - start)))
  return (
    <div className={`ag-clock ${left < soon ? 'ag-clock--soon' : ''}`}>
      <div className="ag-clock__left" role="timer" aria-label={words.leftOf(lengthInWords(left))}>
        {countdown(left)} <small>{words.left}</small>
      </div>
      <svg className="ag-clock__bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="6" className="all" />
        <rect x={part * 100} width={(1 - part) * 100} height="6" className="rest" />
      </svg>
      <p>
        {words.ends} <Moment at={grant.end} /> · {grant.session_end === 'hard' ? words.cut : words.credentials}{' '}
        {grant.session_end === 'soft' && <Moment at={grant.credentials_until} />}
        {left < soon && <strong> {words.soon}</strong>}
      </p>
    </div>
  )
}

function AwsButtons({ grant }: { grant: Grant }) {
  const me = useMe()
  const portal = portalOf(useSettings(), me.access_portal)
  if (portal === null) {
    // A sandbox has no AWS console to open: the profile shows what it would be.
    if (me.server.sandbox) return <CopyButton text={cliProfile(example, grant)} label={words.copyProfile} />
    return (
      <span className="ag-soft ag-pass__hint">
        <Link className="ag-link" to="/settings">
          {words.portalNeeded}
        </Link>{' '}
        {words.portalDetail}
      </span>
    )
  }
  return (
    <>
      {!me.server.sandbox && (
        <Button
          variant="primary"
          iconName="external"
          iconAlign="right"
          href={consoleAddress(portal.portal, grant)}
          target="_blank"
          rel="noreferrer"
        >
          {words.openConsole}
        </Button>
      )}
      <CopyButton text={cliProfile(portal, grant)} label={words.copyProfile} />
    </>
  )
}

const example = { portal: 'https://example.awsapps.com/start', region: 'us-east-1' }
