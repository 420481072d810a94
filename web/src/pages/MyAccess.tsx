import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { Link } from 'react-router'
import { useEligible, useGrants, useRequests, type EligibleItem, type Grant, type Request } from '../api/queries'
import { nameOf, useIsAdministrator, useMe } from '../app/session'
import { lengthInWords } from '../look/time'
import { useNow } from '../look/useNow'
import { LinkButton } from '../parts/LinkButton'
import { LevelMark, StateMark, Tag } from '../parts/Marks'
import { Moment } from '../parts/Moment'
import { accountsInWords, partiesInWords, requestPath } from '../parts/Names'
import { Page, Section } from '../parts/Page'
import { Loading, Notice, Old, ProblemNotice } from '../parts/States'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'
import { AccessCard } from './access/AccessCard'
import { askAgainPath, recentlyHeld } from './access/again'
import { FirstSteps } from './access/FirstSteps'
import './access/access.css'

const words = text.access

export default function MyAccess() {
  const me = useMe()
  const isAdministrator = useIsAdministrator()
  const now = useNow(30_000)
  return (
    <Page
      title={words.greeting(new Date(now).getHours(), nameOf(me).split(' ')[0] ?? '')}
      about={words.about}
      actions={
        <LinkButton variant="primary" iconName="add-plus" to="/ask">
          {text.pages.ask}
        </LinkButton>
      }
    >
      {isAdministrator && <FirstSteps />}
      <Now />
      <Waiting />
      <Again />
      <MayAskFor />
    </Page>
  )
}

function Now() {
  const grants = useGrants({ mine: true, state: ['scheduled', 'granting', 'active', 'ending'] })
  if (grants.error && grants.rows.length === 0)
    return (
      <Section title={words.now}>
        <ProblemNotice error={grants.error} again={grants.again} />
      </Section>
    )
  if (grants.isPending)
    return (
      <Section title={words.now}>
        <Loading lines={3} />
      </Section>
    )
  if (grants.rows.length === 0)
    return (
      <Section title={words.now}>
        <Notice glyph="key" title={words.nothing} action={<LinkButton to="/ask">{text.pages.ask}</LinkButton>}>
          {words.nothingDetail}
        </Notice>
      </Section>
    )
  return (
    <Section title={words.now} count={grants.rows.length} bare>
      <Old error={grants.error} again={grants.again} />
      <div className="ag-access">
        {byEnd(grants.rows).map((grant) => (
          <AccessCard key={grant.id} grant={grant} />
        ))}
      </div>
    </Section>
  )
}

const byEnd = (grants: Grant[]) => [...grants].sort((one, other) => one.end.localeCompare(other.end))

function Waiting() {
  const requests = useRequests({ mine: true, state: ['pending'] })
  if (requests.error && requests.rows.length === 0)
    return (
      <Section title={words.waiting}>
        <ProblemNotice error={requests.error} again={requests.again} size="small" />
      </Section>
    )
  if (requests.rows.length === 0) return null
  return (
    <Section title={words.waiting} count={requests.rows.length}>
      <ul className="ag-lines">
        {requests.rows.map((request) => (
          <WaitingLine key={request.id} request={request} />
        ))}
      </ul>
    </Section>
  )
}

function WaitingLine({ request }: { request: Request }) {
  const step = request.approvals[request.current_step]
  return (
    <li>
      <Link className="ag-line" to={requestPath(request.id)}>
        <StateMark state={request.state} />
        <span className="ag-line__what">
          <strong>{accountsInWords(request.accounts)}</strong> {request.permission_set.name}{' '}
          <span className="ag-soft">{lengthInWords(request.duration_seconds)}</span>
        </span>
        <span className="ag-soft">
          {step && words.waitsFor(step.given.length, step.need, partiesInWords(step.any_of))}
        </span>
        <span className="ag-soft">
          <Moment at={request.submitted_at} as="ago" />
        </span>
      </Link>
    </li>
  )
}

/** What was held lately, to be asked for again with all that was said then. */
function Again() {
  const requests = useRequests({ mine: true, state: ['ended', 'revoked'] }, { limit: 30 })
  const live = useGrants({ mine: true, state: ['scheduled', 'granting', 'active'] })
  const past = recentlyHeld(requests.rows, live.rows)
  if (past.length === 0) return null
  return (
    <Section title={words.again} about={words.againDetail} bare>
      <ul className="ag-again">
        {past.map((request) => (
          <li key={request.id}>
            <Link to={askAgainPath(request)}>
              <strong>{accountsInWords(request.accounts)}</strong>
              <span>
                {request.permission_set.name} · {lengthInWords(request.duration_seconds)}
              </span>
              <em>{request.reason}</em>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}

const shownAtFirst = 8
const setsOfAccount = 12

function MayAskFor() {
  const eligible = useEligible()
  const [wanted, setWanted] = useUrl('find')
  const [isWhole, setWhole] = useState(false)
  const needle = wanted.trim().toLowerCase()
  const fits = (item: EligibleItem) =>
    `${item.account.name} ${item.account.id} ${item.account.path} ${item.permission_set.name}`
      .toLowerCase()
      .includes(needle)
  const accounts = groupByAccount(eligible.rows.filter(fits))
  const shown = isWhole || needle !== '' ? accounts.slice(0, 200) : accounts.slice(0, shownAtFirst)
  return (
    <Section
      title={words.may}
      about={words.mayDetail}
      actions={
        <input
          className="ag-find"
          type="search"
          placeholder={words.find}
          aria-label={words.find}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      }
    >
      {eligible.error ? <ProblemNotice error={eligible.error} again={eligible.again} size="small" /> : null}
      {eligible.isPending && <Loading lines={5} />}
      {!eligible.isPending && !eligible.error && accounts.length === 0 && (
        <Notice glyph="policy" size="small" title={needle === '' ? words.mayNothing : text.table.noMatch}>
          {needle === '' && words.mayNothingDetail}
        </Notice>
      )}
      <ul className="ag-may">
        {shown.map(({ account, items }) => (
          <li key={account.id}>
            <div className="ag-may__account">
              <strong>{account.name}</strong>
              <span>{account.path}</span>
            </div>
            <div className="ag-may__sets">
              {items.slice(0, setsOfAccount).map((item) => (
                <Link
                  key={item.permission_set.arn}
                  to={`/ask?account=${encodeURIComponent(account.name)}&set=${encodeURIComponent(item.permission_set.name)}`}
                  title={item.permission_set.description}
                >
                  <span>
                    {item.permission_set.name} <LevelMark level={item.level} />
                  </span>
                  <small>
                    {words.terms(
                      item.approvals.reduce((sum, step) => sum + step.need, 0),
                      lengthInWords(item.max_seconds),
                    )}
                  </small>
                </Link>
              ))}
              {items.length > setsOfAccount && (
                <Link to={`/ask?account=${encodeURIComponent(account.name)}`}>
                  {words.maySets(items.length - setsOfAccount)}
                </Link>
              )}
            </div>
          </li>
        ))}
      </ul>
      {accounts.length > shown.length && (
        <div>
          <Button onClick={() => setWhole(true)}>{words.mayMore(accounts.length - shown.length)}</Button>
        </div>
      )}
      {eligible.hasMore && (
        <div className="ag-row">
          <Tag>{words.mayPart(eligible.rows.length)}</Tag>
          <Button variant="inline-link" loading={eligible.isFetchingMore} onClick={eligible.more}>
            {words.mayRead}
          </Button>
        </div>
      )}
    </Section>
  )
}

function groupByAccount(items: EligibleItem[]) {
  const groups = new Map<string, { account: EligibleItem['account']; items: EligibleItem[] }>()
  for (const item of items) {
    const group = groups.get(item.account.id) ?? { account: item.account, items: [] }
    group.items.push(item)
    groups.set(item.account.id, group)
  }
  return [...groups.values()]
}
