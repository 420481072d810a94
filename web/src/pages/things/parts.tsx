import { Link } from 'react-router'
import type { Grant, Request, Schemas } from '../../api/queries'
import { lengthInWords } from '../../look/time'
import { allOf, DataTable, type Column } from '../../parts/DataTable'
import { StateMark } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { AccountLink, PersonLink, requestPath, someInWords } from '../../parts/Names'
import { Section } from '../../parts/Page'
import { Notice } from '../../parts/States'
import { text } from '../../text'
import { requestColumns } from '../MyRequests'

const words = text.things

/** By which rules one may ask: what the policy opens here, with the lines to read. */
export function OpenedBy({
  opened,
  about,
  without,
}: {
  opened: Schemas['AccountPage']['opened_by']
  about: string
  without: 'accounts' | 'sets' | 'people'
}) {
  const columns: Column<Schemas['OpenedBy']>[] = [
    {
      id: 'rule',
      header: words.rule,
      value: (item) => item.rule,
      cell: (item) => (
        <Link className="ag-link" to={`/policy?line=${item.line}`}>
          {item.rule}
        </Link>
      ),
    },
    {
      id: 'who',
      header: words.who,
      value: (item) => item.who,
      cell: (item) => (
        <>
          {item.who} <span className="ag-soft">{words.people(item.people)}</span>
        </>
      ),
    },
    {
      id: 'accounts',
      header: words.accounts,
      value: (item) => item.accounts.names.join(' '),
      cell: (item) => someInWords(item.accounts),
    },
    {
      id: 'sets',
      header: words.sets,
      value: (item) => item.permission_sets.names.join(' '),
      cell: (item) => someInWords(item.permission_sets),
    },
    {
      id: 'max',
      header: words.max,
      value: (item) => item.max_seconds,
      cell: (item) => lengthInWords(item.max_seconds),
      width: 110,
    },
    { id: 'approval', header: words.approval, value: (item) => item.approval, cell: (item) => item.approval },
  ]
  return (
    <Section title={words.eligible} about={about} count={opened.total}>
      <DataTable
        id={`opened-by-${without}`}
        prefix="rules"
        label={words.eligible}
        list={allOf(opened.items)}
        columns={columns.filter((column) => column.id !== without && !(without === 'people' && column.id === 'who'))}
        rowKey={(item) => item.rule}
        empty={<Notice glyph="policy" size="small" title={words.noRule} />}
      />
      {opened.total > opened.items.length && (
        <p className="ag-soft ag-flat">{words.moreActive(opened.total - opened.items.length)}</p>
      )}
    </Section>
  )
}

export function ActiveNow({ active, isOfPerson = false }: { active: Schemas['ActiveGrants']; isOfPerson?: boolean }) {
  return (
    <Section title={words.active} count={active.total}>
      {active.items.length === 0 ? (
        <Notice glyph="key" size="small" title={words.noActive} />
      ) : (
        <ul className="ag-lines">
          {active.items.map((grant) => (
            <GrantLine key={grant.id} grant={grant} isOfPerson={isOfPerson} />
          ))}
        </ul>
      )}
      {active.total > active.items.length && (
        <p className="ag-soft ag-flat">{words.moreActive(active.total - active.items.length)}</p>
      )}
    </Section>
  )
}

function GrantLine({ grant, isOfPerson }: { grant: Grant; isOfPerson: boolean }) {
  return (
    <li>
      <div className="ag-line">
        <StateMark state={grant.state} />
        <span className="ag-line__what">
          {isOfPerson ? <AccountLink account={grant.account} /> : <PersonLink person={grant.user} />}{' '}
          <span className="ag-soft">
            {isOfPerson ? grant.permission_set.name : `${grant.permission_set.name} · ${grant.account.name}`}
          </span>
        </span>
        <span className="ag-soft">
          {words.until} <Moment at={grant.end} as="both" /> · {words.credentials}{' '}
          <Moment at={grant.credentials_until} />
        </span>
        <Link className="ag-link" to={requestPath(grant.request)}>
          {text.pages.request}
        </Link>
      </div>
    </li>
  )
}

/** Access that is not ours: never taken away by AccessGuard, and the first thing to get rid of. */
export function StandingHere({ standing, query }: { standing: Schemas['Standing']; query: string }) {
  return (
    <Section title={words.standing} count={standing.paths} about={words.standingDetail}>
      <p className="ag-flat">
        {standing.paths === 0 ? (
          words.noStanding
        ) : (
          <Link className="ag-link" to={`/insights?view=access&${query}`}>
            {words.standingOpen(standing.paths)}
          </Link>
        )}
        {standing.at && (
          <span className="ag-soft">
            {' '}
            · {words.readAt} <Moment at={standing.at} as="both" />
          </span>
        )}
      </p>
    </Section>
  )
}

export function History({ recent }: { recent: Request[] }) {
  return (
    <Section title={words.history} about={words.historyDetail}>
      <DataTable
        id="history"
        prefix="history"
        label={words.history}
        list={allOf(recent)}
        columns={requestColumns.map((column) => (column.id === 'who' ? { ...column, isHidden: false } : column))}
        rowKey={(request) => request.id}
        empty={<Notice glyph="list" size="small" title={words.noHistory} />}
      />
    </Section>
  )
}
