import type { Schemas } from '../../api/queries'
import { Glyph, type GlyphName } from '../../look/Glyph'
import { Moment } from '../../parts/Moment'
import { Told } from '../../parts/Told'
import { text } from '../../text'

type Item = Schemas['TimelineItem']

const looks: [RegExp, GlyphName, string][] = [
  [/^request\.submitted/, 'ask', 'plain'],
  [/^request\.(approved|granted)/, 'check', 'good'],
  [/decided/, 'check', 'good'],
  [/denied|failed|refused|unanswered|voided/, 'close', 'bad'],
  [/^break_glass/, 'siren', 'bad'],
  [/withdrawn|lapsed|dropped/, 'minus', 'plain'],
  [/reminded|escalated/, 'bell', 'wait'],
  [/slot\.present|grant\.active|grant\.started/, 'dot', 'good'],
  [/slot\.absent|grant\.ended/, 'ring', 'plain'],
  [/ending|delete|cut/, 'stop', 'wait'],
  [/intended|accepted|granting/, 'spin', 'busy'],
]
const lookOf = (kind: string) => looks.find(([pattern]) => pattern.test(kind)) ?? ([/./, 'ring', 'plain'] as const)

/** The story of a request, oldest first, as the ledger has it. */
export function Timeline({ items, accounts }: { items: Item[]; accounts: { id: string; name: string }[] }) {
  return (
    <ol className="ag-story">
      {items.map((item, place) => {
        const [, glyph, tone] = lookOf(item.kind)
        return (
          <li key={`${item.index} ${place}`} className={`ag-story__${tone}`}>
            <span className="ag-story__glyph">
              <Glyph name={glyph} />
            </span>
            <div>
              <p>
                <strong>{item.actor}</strong> <Told text={item.text} accounts={accounts} />
              </p>
              {item.said && (
                <blockquote>
                  <span className="ag-hidden">{text.request.said(item.actor)}</span>
                  {item.said}
                </blockquote>
              )}
              <small>
                <Moment at={item.at} /> · <span title={item.kind}>{text.request.entry(item.index)}</span>
              </small>
            </div>
          </li>
        )
      })}
    </ol>
  )
}
