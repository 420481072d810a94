import type { Level, Request } from '../api/queries'
import { Glyph, type GlyphName } from '../look/Glyph'
import { text } from '../text'
import './marks.css'

type Tone = 'good' | 'wait' | 'busy' | 'off' | 'bad'

const looks: Record<string, { glyph: GlyphName; tone: Tone }> = {
  pending: { glyph: 'hourglass', tone: 'wait' },
  waiting: { glyph: 'hourglass', tone: 'wait' },
  scheduled: { glyph: 'clock', tone: 'busy' },
  granting: { glyph: 'spin', tone: 'busy' },
  active: { glyph: 'dot', tone: 'good' },
  ending: { glyph: 'spin', tone: 'wait' },
  ended: { glyph: 'ring', tone: 'off' },
  revoked: { glyph: 'stop', tone: 'off' },
  denied: { glyph: 'close', tone: 'bad' },
  withdrawn: { glyph: 'minus', tone: 'off' },
  dropped: { glyph: 'minus', tone: 'off' },
  lapsed: { glyph: 'clock', tone: 'off' },
  failed: { glyph: 'alert', tone: 'bad' },
  ok: { glyph: 'check', tone: 'good' },
  warn: { glyph: 'alert', tone: 'wait' },
  bad: { glyph: 'alert', tone: 'bad' },
}

/** A state as colour, picture and word, never colour alone. States that a newer server knows are shown by their word. */
export function StateMark({ state, word }: { state: string; word?: string }) {
  const look = looks[state] ?? { glyph: 'ring', tone: 'off' }
  const moving = state === 'granting' || state === 'ending' ? 'ag-glyph--moving' : ''
  const words: Record<string, string> = text.state
  return (
    <span className={`ag-state ag-state--${look.tone}`}>
      <Glyph name={look.glyph} className={moving} />
      {word ?? words[state] ?? state}
    </span>
  )
}

/** The state of a request; one that nobody can agree to any more did not fail, it is void. */
export const RequestMark = ({ request }: { request: Pick<Request, 'state' | 'voided'> }) => (
  <StateMark state={request.state} word={request.voided ? text.state.voided : undefined} />
)

const height: Record<Level, number> = { low: 1, medium: 2, high: 3, critical: 4 }
export const heightOf = (level: Level) => height[level]

/** How much a permission set can do: bars and a word. */
export function LevelMark({ level }: { level: Level }) {
  return (
    <span className={`ag-level ag-level--${level}`}>
      <svg viewBox="0 0 16 12" aria-hidden="true">
        {[1, 2, 3, 4].map((bar) => (
          <rect
            key={bar}
            x={(bar - 1) * 4}
            y={12 - bar * 3}
            width="3"
            height={bar * 3}
            rx="1"
            className={bar <= height[level] ? 'on' : 'out'}
          />
        ))}
      </svg>
      {text.level[level]}
    </span>
  )
}

export function Tag({
  children,
  tone = 'plain',
}: {
  children: React.ReactNode
  tone?: 'plain' | 'bad' | 'accent' | 'violet' | 'warn'
}) {
  return <span className={`ag-tag ag-tag--${tone}`}>{children}</span>
}
