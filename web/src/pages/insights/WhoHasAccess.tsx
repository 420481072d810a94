import { useEffect, useMemo, useState } from 'react'
import { Link } from 'react-router'
import { mayReadOn, useAccess, type Schemas } from '../../api/queries'
import { useSettings } from '../../look/settings'
import { wholeMoment } from '../../look/time'
import { useDelayed } from '../../look/useDelayed'
import { useNow } from '../../look/useNow'
import { DataTable, type Column } from '../../parts/DataTable'
import { Find } from '../../parts/Find'
import { Tag } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { AccountLink, PermissionSetLink, PersonLink, requestPath } from '../../parts/Names'
import { Section } from '../../parts/Page'
import { Loading, Notice, ProblemNotice } from '../../parts/States'
import { useUrl } from '../../parts/useUrl'
import { text } from '../../text'
import { matrixOf, type Cell } from './matrix'

const words = text.insights
const hour = 3_600_000
/** The slider goes back so many hours, a quarter of an hour a step. */
const back = 7 * 24
const mostPaths = 5000

type Item = Schemas['AccessItem']

export function WhoHasAccess() {
  const [user, setUser] = useUrl('user')
  const [account, setAccount] = useUrl('account')
  const [set, setSet] = useUrl('set')
  const [at, setAt] = useUrl('at')
  const asked = useDelayed({ user: user.trim(), account: account.trim(), set: set.trim(), at }, 250)
  const { list, standingAt } = useAccess({
    ...(asked.user === '' ? {} : { user: asked.user }),
    ...(asked.account === '' ? {} : { account: asked.account }),
    ...(asked.set === '' ? {} : { permission_set: asked.set }),
    ...(asked.at === '' ? {} : { at: asked.at }),
  })
  useEffect(() => {
    if (mayReadOn(list) && list.rows.length < mostPaths) list.more()
  }, [list])
  return (
    <>
      <Section title={words.access} about={at === '' ? words.accessNow : words.accessThen}>
        <div className="ag-row">
          <Find value={user} onChange={setUser} label={words.onlyPerson} />
          <Find value={account} onChange={setAccount} label={words.onlyAccount} />
          <Find value={set} onChange={setSet} label={words.onlySet} />
        </div>
        <AsOf at={at} onChange={setAt} />
        {standingAt && at === '' && (
          <p className="ag-soft ag-flat">
            {words.standingAt} <Moment at={standingAt} as="both" />
          </p>
        )}
        {list.error && list.rows.length === 0 ? (
          <ProblemNotice error={list.error} again={list.again} size="small" />
        ) : list.isPending ? (
          <Loading lines={6} />
        ) : list.rows.length === 0 ? (
          <Notice glyph="people" title={words.noAccess} />
        ) : (
          <Matrix items={list.rows} />
        )}
        {list.hasMore && list.rows.length >= mostPaths && <p className="ag-soft ag-flat">{words.tooMany(mostPaths)}</p>}
      </Section>
      {list.rows.length > 0 && (
        <Section title={words.asTable}>
          <DataTable
            id="access"
            prefix="paths"
            label={words.access}
            list={list}
            columns={columns}
            rowKey={keyOf}
            empty={<Notice glyph="people" size="small" title={words.noAccess} />}
          />
        </Section>
      )}
    </>
  )
}

const keyOf = (item: Item) =>
  `${item.user.id} ${item.account.id} ${item.permission_set.arn} ${item.group?.id ?? ''} ${item.grant ?? ''}`

function AsOf({ at, onChange }: { at: string; onChange: (at: string) => void }) {
  const now = useNow(60_000)
  const { zone } = useSettings()
  const hours = at === '' ? 0 : Math.min(0, Math.max(-back, (Date.parse(at) - now) / hour))
  return (
    <label className="ag-asof">
      <span>{words.asOf}</span>
      <input
        type="range"
        min={-back}
        max={0}
        step={0.25}
        value={hours}
        aria-valuetext={at === '' ? words.now : wholeMoment(Date.parse(at), zone)}
        onChange={(event) => {
          const value = Number(event.target.value)
          onChange(value > -0.25 ? '' : new Date(Math.round((now + value * hour) / 60_000) * 60_000).toISOString())
        }}
      />
      <output>{at === '' ? words.now : wholeMoment(Date.parse(at), zone)}</output>
    </label>
  )
}

const rowHeight = 34
const shownRows = 14
/** Columns that a reader can take in; the table below has all of them. */
const mostAccounts = 60

/** People × accounts; only the rows in view are in the page, however many there are. */
function Matrix({ items }: { items: Item[] }) {
  const { people, accounts: all, cells } = useMemo(() => matrixOf(items), [items])
  const accounts = all.slice(0, mostAccounts)
  const [first, setFirst] = useState(0)
  const [open, setOpen] = useState<string | null>(null)
  const windowed = people.length > 60
  const start = windowed ? Math.max(0, Math.min(first - 6, people.length - shownRows - 12)) : 0
  const shown = windowed ? people.slice(start, start + shownRows + 12) : people
  const opened = open === null ? undefined : cells.get(open)
  return (
    <>
      <div
        className={`ag-matrix ${windowed ? 'ag-matrix--windowed' : ''}`}
        tabIndex={0}
        role="region"
        aria-label={words.access}
        onScroll={(event) => windowed && setFirst(Math.floor(event.currentTarget.scrollTop / rowHeight))}
      >
        <table aria-rowcount={people.length + 1}>
          <thead>
            <tr>
              <th scope="col">{words.person}</th>
              {accounts.map((account) => (
                <th key={account.id} scope="col">
                  <span title={account.id}>{account.name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {start > 0 && <Spacer height={start * rowHeight} />}
            {shown.map((person, index) => (
              <tr key={person.id} aria-rowindex={start + index + 2}>
                <th scope="row">{person.display_name}</th>
                {accounts.map((account) => (
                  <MatrixCell
                    key={account.id}
                    id={`${person.id} ${account.id}`}
                    cell={cells.get(`${person.id} ${account.id}`)}
                    name={`${person.display_name}, ${account.name}`}
                    isOpen={open === `${person.id} ${account.id}`}
                    onOpen={setOpen}
                  />
                ))}
              </tr>
            ))}
            {start + shown.length < people.length && (
              <Spacer height={(people.length - start - shown.length) * rowHeight} />
            )}
          </tbody>
        </table>
      </div>
      <ul className="ag-legend">
        <li className="ag-legend__t">{words.legendTemporary}</li>
        <li className="ag-legend__s">{words.legendStanding}</li>
        <li className="ag-legend__b">{words.legendBoth}</li>
        <li>{words.people(people.length, all.length)}</li>
        {all.length > accounts.length && <li>{words.accountsLeft(all.length - accounts.length)}</li>}
      </ul>
      {opened && (
        <div className="ag-paths" role="status">
          <strong>
            {words.pathsOf(opened.items[0]?.user.display_name ?? '', opened.items[0]?.account.name ?? '')}
          </strong>
          <ul>
            {opened.items.map((item) => (
              <li key={keyOf(item)}>
                {item.permission_set.name} — {pathInWords(item)}
                {item.request && (
                  <>
                    {' '}
                    <Link className="ag-link" to={requestPath(item.request)}>
                      {text.pages.request}
                    </Link>
                  </>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}

const Spacer = ({ height }: { height: number }) => (
  <tr aria-hidden="true">
    <td style={{ height }} />
  </tr>
)

function MatrixCell({
  id,
  cell,
  name,
  isOpen,
  onOpen,
}: {
  id: string
  cell: Cell | undefined
  name: string
  isOpen: boolean
  onOpen: (id: string) => void
}) {
  if (!cell) return <td />
  const sets = [...new Set(cell.items.map((item) => item.permission_set.name))].join(', ')
  return (
    <td>
      <button
        type="button"
        className={`ag-cell ag-cell--${cell.kind}`}
        aria-expanded={isOpen}
        aria-label={`${name}: ${words.kinds[cell.kind]}, ${sets}`}
        title={sets}
        onClick={() => onOpen(id)}
      >
        {cell.kind === 'both' ? 'TS' : cell.kind === 'temporary' ? 'T' : 'S'}
      </button>
    </td>
  )
}

const pathInWords = (item: Item) =>
  item.path === 'grant' ? words.byGrant : item.group ? words.byGroup(item.group.name) : words.direct

const columns: Column<Item>[] = [
  {
    id: 'person',
    header: words.person,
    value: (item) => item.user.user_name,
    cell: (item) => <PersonLink person={item.user} />,
    isChoice: true,
  },
  {
    id: 'account',
    header: words.account,
    value: (item) => item.account.name,
    cell: (item) => <AccountLink account={item.account} />,
    isChoice: true,
  },
  {
    id: 'set',
    header: words.set,
    value: (item) => item.permission_set.name,
    cell: (item) => <PermissionSetLink set={item.permission_set} />,
    isChoice: true,
  },
  {
    id: 'path',
    header: words.path,
    value: (item) => item.path,
    isChoice: true,
    cell: (item) => (
      <span className="ag-row">
        <Tag tone={item.path === 'grant' ? 'accent' : 'warn'}>
          {words.kinds[item.path === 'grant' ? 'temporary' : 'standing']}
        </Tag>{' '}
        {pathInWords(item)}
      </span>
    ),
  },
  {
    id: 'until',
    header: words.end,
    value: (item) => item.until,
    cell: (item) => (item.until ? <Moment at={item.until} as="both" /> : words.noEnd),
  },
]
