import Button from '@cloudscape-design/components/button'
import { useEffect } from 'react'
import { Link, useNavigate } from 'react-router'
import { mayReadOn, useGrants, type Grant } from '../../api/queries'
import { useSettings } from '../../look/settings'
import { inUtc, lengthInWords, moment } from '../../look/time'
import { useDelayed } from '../../look/useDelayed'
import { useNow } from '../../look/useNow'
import { useWidth } from '../../look/useWidth'
import { DataTable, type Column } from '../../parts/DataTable'
import { Find } from '../../parts/Find'
import { StateMark } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { AccountLink, PermissionSetLink, PersonLink, requestPath } from '../../parts/Names'
import { Section } from '../../parts/Page'
import { Loading, Notice, ProblemNotice } from '../../parts/States'
import { Views } from '../../parts/Views'
import { useUrl, useUrlChange } from '../../parts/useUrl'
import { text } from '../../text'
import { Brush } from './Brush'
import { between, intoLanes, ticksBetween } from './scale'
import { asked, moved, ranges, scaled, windowOf, type Stretch } from './window'

const words = text.insights
/** So many rows are drawn; the table below has all. */
const mostRows = 120
/** The picture asks for pages until it has so many grants. */
const mostGrants = 2000

export function AccessTimeline() {
  const [range] = useUrl('range', '24h')
  const [from] = useUrl('from')
  const [until] = useUrl('until')
  const [by, setBy] = useUrl('by', 'person')
  const [user, setUser] = useUrl('user')
  const [account, setAccount] = useUrl('account')
  const change = useUrlChange()
  const now = useNow(60_000)
  const { zone } = useSettings()
  const shown = windowOf({ range, from, until }, now)
  const typed = useDelayed({ user: user.trim(), account: account.trim() }, 250)
  const filter = {
    ...(typed.user === '' ? {} : { user: typed.user }),
    ...(typed.account === '' ? {} : { account: typed.account }),
  }
  const grants = useGrants({
    from: new Date(shown.from).toISOString(),
    to: new Date(shown.to).toISOString(),
    ...filter,
  })
  useEffect(() => {
    if (mayReadOn(grants) && grants.rows.length < mostGrants) grants.more()
  }, [grants])
  const look = (stretch: Stretch) => change(asked(stretch))
  const toNow = { from: '', until: '' }
  return (
    <>
      <Section
        title={words.timeline}
        about={words.timelineDetail}
        actions={
          <>
            <Views
              label={words.range}
              value={shown.isOwn ? '' : range}
              onChange={(id) => change({ ...toNow, range: id === '24h' ? '' : id })}
              views={Object.keys(ranges).map((id) => ({ id, name: id }))}
            />
            <Views
              label={words.rowsBy}
              value={by}
              onChange={setBy}
              views={[
                { id: 'person', name: words.byPerson },
                { id: 'account', name: words.byAccount },
              ]}
            />
            <span className="ag-row ag-row--tight">
              <Button
                iconName="angle-left"
                variant="icon"
                ariaLabel={words.earlier}
                onClick={() => look(moved(shown, -0.5))}
              />
              <Button
                iconName="angle-right"
                variant="icon"
                ariaLabel={words.later}
                onClick={() => look(moved(shown, 0.5))}
                disabled={shown.to > now}
              />
              <Button
                iconName="zoom-in"
                variant="icon"
                ariaLabel={words.closer}
                onClick={() => look(scaled(shown, 0.5))}
              />
              <Button
                iconName="zoom-out"
                variant="icon"
                ariaLabel={words.wider}
                onClick={() => look(scaled(shown, 2))}
              />
            </span>
            <Button onClick={() => change(toNow)} disabled={shown.isNow}>
              {words.toNow}
            </Button>
          </>
        }
      >
        <div className="ag-row">
          <Find value={user} onChange={setUser} label={words.onlyPerson} />
          <Find value={account} onChange={setAccount} label={words.onlyAccount} />
          <span className="ag-soft" role="status">
            {words.shown(
              moment(shown.from, zone, now),
              moment(shown.to, zone, now),
              lengthInWords((shown.to - shown.from) / 1000),
            )}
          </span>
        </div>
        {grants.error && grants.rows.length === 0 ? (
          <ProblemNotice error={grants.error} again={grants.again} size="small" />
        ) : grants.isPending ? (
          <Loading lines={6} />
        ) : grants.rows.length === 0 ? (
          <Notice glyph="chart" title={words.noGrants}>
            {words.noGrantsDetail}
          </Notice>
        ) : (
          <Picture grants={grants.rows} by={by} from={shown.from} to={shown.to} now={now} onNarrow={look} />
        )}
      </Section>
      {grants.rows.length > 0 && (
        <Section title={words.asTable}>
          <DataTable
            id="grants"
            prefix="grants"
            label={words.timeline}
            list={grants}
            columns={grantColumns}
            rowKey={(grant) => grant.id}
            empty={<Notice glyph="chart" size="small" title={words.noGrants} />}
          />
        </Section>
      )}
    </>
  )
}

const grantColumns: Column<Grant>[] = [
  {
    id: 'person',
    header: words.person,
    value: (grant) => grant.user.user_name,
    cell: (grant) => <PersonLink person={grant.user} />,
    isChoice: true,
  },
  {
    id: 'account',
    header: words.account,
    value: (grant) => grant.account.name,
    cell: (grant) => <AccountLink account={grant.account} />,
    isChoice: true,
  },
  {
    id: 'set',
    header: words.set,
    value: (grant) => grant.permission_set.name,
    cell: (grant) => <PermissionSetLink set={grant.permission_set} />,
    isChoice: true,
  },
  {
    id: 'state',
    header: words.state,
    value: (grant) => grant.state,
    cell: (grant) => (
      <Link className="ag-link" to={requestPath(grant.request)} title={words.request}>
        <StateMark state={grant.state} />
      </Link>
    ),
    isChoice: true,
  },
  {
    id: 'start',
    header: words.start,
    value: (grant) => grant.active_at ?? grant.start,
    cell: (grant) => <Moment at={grant.active_at ?? grant.start} />,
  },
  {
    id: 'end',
    header: words.end,
    value: (grant) => grant.absent_at ?? grant.end,
    cell: (grant) => <Moment at={grant.absent_at ?? grant.end} />,
  },
  {
    id: 'credentials',
    header: words.credentials,
    value: (grant) => grant.credentials_until,
    cell: (grant) => <Moment at={grant.credentials_until} />,
  },
  {
    id: 'request',
    header: words.request,
    value: (grant) => grant.request,
    isHidden: true,
    cell: (grant) => (
      <Link className="ag-link" to={requestPath(grant.request)}>
        {text.pages.request}
      </Link>
    ),
  },
]

const lane = 20
const gap = 8
const head = 26

const startOf = (grant: Grant) => Date.parse(grant.active_at ?? grant.start)
const endOf = (grant: Grant) => Date.parse(grant.absent_at ?? grant.end)

/** Rows one below the other, each as high as its bars need. */
function layOut(rows: [string, Grant[]][]) {
  const placed: { name: string; bars: { item: Grant; lane: number }[]; top: number }[] = []
  let y = head
  for (const [name, of] of rows) {
    const bars = intoLanes(of, startOf, (grant) => Math.max(endOf(grant), Date.parse(grant.credentials_until)))
    placed.push({ name, bars, top: y })
    y += Math.max(1, ...bars.map((bar) => bar.lane + 1)) * lane + gap
  }
  return { placed, y }
}

interface PictureProps {
  grants: Grant[]
  by: string
  from: number
  to: number
  now: number
  onNarrow: (stretch: Stretch) => void
}

function Picture({ grants, by, from, to, now, onNarrow }: PictureProps) {
  const { ref, width } = useWidth<HTMLDivElement>(900)
  const { zone } = useSettings()
  const navigate = useNavigate()
  const names = width < 560 ? 92 : 168
  // Room for half a handle at the right edge.
  const plot = Math.max(60, width - names - 4)
  const x = between(from, to, plot)
  const at = (value: number) => names + Math.min(plot, Math.max(0, x(value)))
  const groups = new Map<string, Grant[]>()
  for (const grant of grants.filter((one) => one.state !== 'failed')) {
    const name = by === 'account' ? grant.account.name : grant.user.display_name
    groups.set(name, [...(groups.get(name) ?? []), grant])
  }
  const rows = [...groups.entries()].sort(([one], [other]) => one.localeCompare(other)).slice(0, mostRows)
  const { placed, y } = layOut(rows)
  return (
    <div ref={ref} className="ag-gantt">
      <svg
        width={width}
        height={y + 4}
        role="group"
        aria-label={words.timelineLabel(grants.length, moment(from, zone, now), moment(to, zone, now))}
      >
        <defs>
          <pattern id="tail" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" className="ag-gantt__tail" />
            <line x1="0" x2="0" y1="0" y2="6" className="ag-gantt__hatch" />
          </pattern>
        </defs>
        {ticksBetween(from, to, width < 560 ? 3 : 9, zone).map((tick) => (
          <g key={tick} aria-hidden="true">
            <line x1={at(tick)} x2={at(tick)} y1={head - 4} y2={y} className="ag-gantt__line" />
            <text x={at(tick)} y={12} textAnchor="middle" className="ag-gantt__tick">
              {moment(tick, zone, now)}
            </text>
          </g>
        ))}
        <Brush
          whole={{ from, to }}
          now={now}
          left={names}
          right={names + plot}
          head={head}
          height={y}
          onNarrow={onNarrow}
        />
        {placed.map((row) => (
          <g key={row.name}>
            <line x1={0} x2={width} y1={row.top} y2={row.top} className="ag-gantt__line" />
            <text x={0} y={row.top + gap / 2 + lane / 2 + 4} className="ag-gantt__name">
              {row.name.length > names / 8 ? `${row.name.slice(0, Math.floor(names / 8))}…` : row.name}
            </text>
            {row.bars.map(({ item, lane: number }) => (
              <Bar
                key={item.id}
                grant={item}
                now={now}
                at={at}
                top={row.top + gap / 2 + number * lane}
                by={by}
                open={() => void navigate(requestPath(item.request))}
              />
            ))}
          </g>
        ))}
        {now > from && now < to && (
          <line x1={at(now)} x2={at(now)} y1={head - 6} y2={y} className="ag-gantt__now" aria-hidden="true" />
        )}
      </svg>
      <ul className="ag-legend">
        <li className="ag-legend__had">{words.legendHad}</li>
        <li className="ag-legend__ahead">{words.legendAhead}</li>
        <li className="ag-legend__loud">{text.pages.breakGlass}</li>
        <li className="ag-legend__scheduled">{text.state.scheduled}</li>
        <li className="ag-legend__tail">{words.legendTail}</li>
        {groups.size > rows.length && <li>{words.rowsLeft(groups.size - rows.length)}</li>}
      </ul>
    </div>
  )
}

function Bar({
  grant,
  now,
  at,
  top,
  by,
  open,
}: {
  grant: Grant
  now: number
  at: (value: number) => number
  top: number
  by: string
  open: () => void
}) {
  const left = at(startOf(grant))
  const right = Math.max(left + 3, at(endOf(grant)))
  const tail = at(Date.parse(grant.sessions_cut_at ?? grant.credentials_until))
  const name =
    by === 'account'
      ? `${grant.user.user_name} · ${grant.permission_set.name}`
      : `${grant.account.name} · ${grant.permission_set.name}`
  const label = `${grant.user.display_name}, ${grant.account.name}, ${grant.permission_set.name}: ${inUtc(startOf(grant))} – ${inUtc(endOf(grant))}`
  const today = Math.min(right, Math.max(left, at(now)))
  const kind = grant.break_glass ? 'loud' : grant.state === 'scheduled' ? 'scheduled' : 'had'
  return (
    <a
      href={requestPath(grant.request)}
      aria-label={label}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey) return
        event.preventDefault()
        open()
      }}
    >
      <title>{label}</title>
      {tail > right && <rect x={right} y={top + 3} width={tail - right} height={lane - 6} fill="url(#tail)" rx="3" />}
      <rect
        x={left}
        y={top}
        width={right - left}
        height={lane - 2}
        rx="4"
        className={`ag-gantt__bar ag-gantt__bar--${kind}${kind !== 'scheduled' && today < right ? '-ahead' : ''}`}
      />
      {kind !== 'scheduled' && today < right && today > left && (
        <rect
          x={left}
          y={top}
          width={Math.max(3, today - left)}
          height={lane - 2}
          rx="4"
          className={`ag-gantt__bar ag-gantt__bar--${kind}`}
        />
      )}
      {(kind === 'scheduled' ? right - left : today - left) > 70 && (
        <text x={left + 7} y={top + 13} className={`ag-gantt__label ag-gantt__label--${kind}`}>
          {name.slice(0, Math.floor(((kind === 'scheduled' ? right : today) - left - 12) / 6.4))}
        </text>
      )}
    </a>
  )
}
