import { useFlow, type Schemas } from '../../api/queries'
import { lengthInWords, waitInWords } from '../../look/time'
import { useNow } from '../../look/useNow'
import { useWidth } from '../../look/useWidth'
import { allOf, DataTable, type Column } from '../../parts/DataTable'
import { Section } from '../../parts/Page'
import { Answer, Notice } from '../../parts/States'
import { Views } from '../../parts/Views'
import { useUrl } from '../../parts/useUrl'
import { text } from '../../text'
import { logPart } from './scale'

const words = text.flow
const day = 86_400_000

type Flow = Schemas['Flow']
type Day = Flow['days'][number]

export function FlowView() {
  const [days, setDays] = useUrl('days', '30')
  const now = useNow(300_000)
  const to = Math.ceil(now / day) * day
  const flow = useFlow({ from: new Date(to - Number(days) * day).toISOString(), to: new Date(to).toISOString() })
  return (
    <>
      <Views
        label={words.window}
        value={days}
        onChange={setDays}
        views={['7', '30', '90'].map((id) => ({ id, name: words.days(Number(id)) }))}
      />
      <Answer of={flow} lines={6} framed>
        {(data) => <Told flow={data} />}
      </Answer>
    </>
  )
}

function Told({ flow }: { flow: Flow }) {
  return (
    <>
      <div className="ag-pair">
        <Section title={words.funnel} about={flow.scope === 'own' ? words.own : words.all}>
          <Funnel counts={flow.counts} />
        </Section>
        <Section
          title={words.waits}
          about={
            flow.wait
              ? words.waitIs(waitInWords(flow.wait.p50_seconds), waitInWords(flow.wait.p95_seconds), flow.wait.of)
              : words.noWait
          }
        >
          <Waits days={flow.days} />
        </Section>
      </div>
      <Section title={words.byRule}>
        <DataTable
          id="flow-rules"
          prefix="rules"
          label={words.byRule}
          list={allOf(flow.rules)}
          columns={ruleColumns}
          rowKey={(rule) => rule.rule}
          empty={<Notice glyph="chart" size="small" title={words.nothing} />}
        />
      </Section>
      {flow.scope === 'all' && (
        <Section title={words.byApprover}>
          <DataTable
            id="flow-approvers"
            prefix="approvers"
            label={words.byApprover}
            list={allOf(flow.approvers)}
            columns={approverColumns}
            rowKey={(one) => one.user.user_name}
            empty={<Notice glyph="check" size="small" title={words.nobody} />}
          />
        </Section>
      )}
      <Section title={words.byDay}>
        <DataTable
          id="flow-days"
          prefix="days"
          label={words.byDay}
          list={allOf([...flow.days].reverse())}
          columns={dayColumns}
          rowKey={(one) => one.day}
          empty={<Notice glyph="chart" size="small" title={words.nothing} />}
        />
      </Section>
    </>
  )
}

/** Bars from the left, all on one scale: a funnel's shape tells less. */
function Funnel({ counts }: { counts: Flow['counts'] }) {
  const bars: [keyof Flow['counts'], string][] = [
    ['asked', 'info'],
    ['approved', 'good'],
    ['granted', 'good'],
    ['ended', 'off'],
    ['revoked', 'off'],
    ['pending', 'warn'],
    ['denied', 'bad'],
    ['lapsed', 'bad'],
    ['withdrawn', 'off'],
    ['failed', 'bad'],
    ['break_glass', 'bad'],
  ]
  const most = Math.max(1, counts.asked)
  return (
    <ul className="ag-funnel">
      {bars
        .filter(([name], index) => index < 3 || counts[name] > 0)
        .map(([name, tone]) => (
          <li key={name}>
            <span>{words.counts[name]}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect
                width={Math.max(counts[name] > 0 ? 0.6 : 0, (counts[name] / most) * 100)}
                height="10"
                className={`ag-funnel__${tone}`}
              />
            </svg>
            <b>{counts[name].toLocaleString('en')}</b>
          </li>
        ))}
      {counts.automatic > 0 && <li className="ag-funnel__note">{words.automatic(counts.automatic)}</li>}
    </ul>
  )
}

const height = 180

/** Half of the waits, and nearly all of them, day by day, on a logarithmic scale: from seconds to days. */
function Waits({ days }: { days: Day[] }) {
  const { ref, width } = useWidth<HTMLDivElement>(480)
  const known = days.flatMap((one, index) => (one.wait ? [{ index, wait: one.wait, day: one.day }] : []))
  if (known.length === 0) return <Notice glyph="clock" size="small" title={words.noWait} />
  const least = Math.min(...known.map((one) => one.wait.p50_seconds), 30)
  const most = Math.max(...known.map((one) => one.wait.p95_seconds), 3600)
  const left = 52
  const x = (index: number) => left + (days.length < 2 ? 0.5 : index / (days.length - 1)) * (width - left - 12)
  const y = (seconds: number) => height - 24 - logPart(seconds, least, most) * (height - 40)
  const line = (value: (wait: Schemas['Wait']) => number) =>
    known
      .map((one, place) => `${place === 0 ? 'M' : 'L'}${x(one.index).toFixed(1)} ${y(value(one.wait)).toFixed(1)}`)
      .join('')
  const marks = [1, 10, 60, 600, 3600, 6 * 3600, 86_400].filter((one) => one >= least && one <= most)
  return (
    <div ref={ref}>
      <svg width={width} height={height} role="img" aria-label={words.waitsLabel(known.length)} className="ag-waits">
        {marks.map((mark) => (
          <g key={mark}>
            <line x1={left} x2={width} y1={y(mark)} y2={y(mark)} className="ag-gantt__line" />
            <text x={left - 8} y={y(mark) + 4} textAnchor="end" className="ag-gantt__tick">
              {lengthInWords(mark)}
            </text>
          </g>
        ))}
        <path d={line((wait) => wait.p95_seconds)} className="ag-waits__most" />
        <path d={line((wait) => wait.p50_seconds)} className="ag-waits__half" />
        {known.map((one) => (
          <g key={one.day}>
            <circle cx={x(one.index)} cy={y(one.wait.p95_seconds)} r="3" className="ag-waits__most-dot" />
            <circle cx={x(one.index)} cy={y(one.wait.p50_seconds)} r="3" className="ag-waits__half-dot" />
          </g>
        ))}
        <text x={left} y={height - 4} className="ag-gantt__tick">
          {days[0]?.day}
        </text>
        <text x={width - 4} y={height - 4} textAnchor="end" className="ag-gantt__tick">
          {days.at(-1)?.day}
        </text>
      </svg>
      <ul className="ag-legend">
        <li className="ag-legend__half">{words.half}</li>
        <li className="ag-legend__most">{words.most}</li>
      </ul>
    </div>
  )
}

const wait = (one: { wait: Schemas['WaitOrNull'] }) =>
  one.wait ? words.waitCell(waitInWords(one.wait.p50_seconds), waitInWords(one.wait.p95_seconds)) : text.none
const number = (value: number) => value.toLocaleString('en')

const ruleName = (rule: string) => (rule === 'break_glass' ? text.pages.breakGlass : rule)

const ruleColumns: Column<Flow['rules'][number]>[] = [
  { id: 'rule', header: words.rule, value: (one) => ruleName(one.rule), cell: (one) => ruleName(one.rule) },
  { id: 'asked', header: words.counts.asked, value: (one) => one.asked, cell: (one) => number(one.asked) },
  { id: 'automatic', header: words.automaticly, value: (one) => one.automatic, cell: (one) => number(one.automatic) },
  { id: 'approved', header: words.counts.approved, value: (one) => one.approved, cell: (one) => number(one.approved) },
  { id: 'denied', header: words.counts.denied, value: (one) => one.denied, cell: (one) => number(one.denied) },
  { id: 'lapsed', header: words.counts.lapsed, value: (one) => one.lapsed, cell: (one) => number(one.lapsed) },
  { id: 'wait', header: words.wait, value: (one) => one.wait?.p50_seconds ?? null, cell: wait },
]
const approverColumns: Column<Flow['approvers'][number]>[] = [
  { id: 'who', header: words.who, value: (one) => one.user.user_name, cell: (one) => one.user.user_name },
  { id: 'approved', header: words.counts.approved, value: (one) => one.approved, cell: (one) => number(one.approved) },
  { id: 'denied', header: words.counts.denied, value: (one) => one.denied, cell: (one) => number(one.denied) },
  { id: 'wait', header: words.wait, value: (one) => one.wait?.p50_seconds ?? null, cell: wait },
]
const dayColumns: Column<Day>[] = [
  { id: 'day', header: words.day, value: (one) => one.day, cell: (one) => one.day },
  { id: 'asked', header: words.counts.asked, value: (one) => one.asked, cell: (one) => number(one.asked) },
  { id: 'approved', header: words.counts.approved, value: (one) => one.approved, cell: (one) => number(one.approved) },
  { id: 'denied', header: words.counts.denied, value: (one) => one.denied, cell: (one) => number(one.denied) },
  { id: 'lapsed', header: words.counts.lapsed, value: (one) => one.lapsed, cell: (one) => number(one.lapsed) },
  { id: 'wait', header: words.wait, value: (one) => one.wait?.p50_seconds ?? null, cell: wait },
]
