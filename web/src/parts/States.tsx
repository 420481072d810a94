import Button from '@cloudscape-design/components/button'
import { useEffect, useState, type ReactNode } from 'react'
import { asProblem, isDenied, isMissing, isUnreachable } from '../api/problem'
import { Glyph, type GlyphName } from '../look/Glyph'
import { text } from '../text'
import './states.css'

interface NoticeProps {
  glyph: GlyphName
  title: string
  children?: ReactNode
  action?: ReactNode
  tone?: 'plain' | 'bad' | 'good'
  size?: 'small' | 'large'
}

/** What stands where something else would: nothing yet, not allowed, not found, not reached. */
export function Notice({ glyph, title, children, action, tone = 'plain', size = 'large' }: NoticeProps) {
  return (
    <div className={`ag-notice ag-notice--${tone} ag-notice--${size}`}>
      <span className="ag-notice__glyph">
        <Glyph name={glyph} />
      </span>
      <div className="ag-notice__words">
        <strong>{title}</strong>
        {children && <div>{children}</div>}
      </div>
      {action && <div className="ag-notice__action">{action}</div>}
    </div>
  )
}

const patience = 2_000

/** Grey lines; said in words when it takes long. */
export function Loading({ lines = 3, label = text.states.loading }: { lines?: number; label?: string }) {
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), patience)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="ag-loading" role="status">
      <p className={isLong ? undefined : 'ag-hidden'}>{isLong ? text.states.slow : label}</p>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} />
      ))}
    </div>
  )
}

/** What is shown could not be read anew: it is as it was. */
export function Old({ error, again }: { error: unknown; again: () => void }) {
  if (!error) return null
  return <ProblemNotice error={error} title={text.states.old} again={again} size="small" />
}

/** A problem as people can use it: what, why, what helps, and the number to quote. */
export function ProblemNotice({
  error,
  title,
  again,
  size = 'large',
}: {
  error: unknown
  /** What did not work, where it is more than what stands here. */
  title?: string
  again?: () => void
  size?: 'small' | 'large'
}) {
  const problem = asProblem(error)
  const retry = again && <Button onClick={again}>{text.states.again}</Button>
  if (isUnreachable(problem))
    return (
      <Notice glyph="alert" tone="bad" size={size} title={title ?? text.states.unreachable} action={retry}>
        {title === undefined ? text.states.unreachableDetail : text.states.unreachable}
      </Notice>
    )
  if (isDenied(problem))
    return (
      <Notice glyph="policy" size={size} title={text.states.denied}>
        {problem.message}
        {problem.fix && <p>{problem.fix}</p>}
      </Notice>
    )
  if (isMissing(problem))
    return (
      <Notice glyph="search" size={size} title={text.states.missing}>
        {text.states.missingDetail}
      </Notice>
    )
  return (
    <Notice glyph="alert" tone="bad" size={size} title={title ?? text.states.failed} action={retry}>
      {problem.message}
      {problem.fix && <p>{text.states.fix(problem.fix)}</p>}
      {problem.instance && <p className="ag-notice__instance">{text.states.instance(problem.instance)}</p>}
    </Notice>
  )
}

interface AnswerOf<T> {
  data: T | undefined
  error: unknown
  refetch: () => unknown
}

/** Shows what came, or what there is to say while it has not. */
export function Answer<T>({
  of,
  lines,
  framed = false,
  children,
}: {
  of: AnswerOf<T>
  lines?: number
  /** What stands here has frames of its own: until it is there, one stands around what is said instead. */
  framed?: boolean
  children: (data: T) => ReactNode
}) {
  if (of.data !== undefined)
    return (
      <>
        <Old error={of.error} again={() => void of.refetch()} />
        {children(of.data)}
      </>
    )
  const instead = of.error ? (
    <ProblemNotice error={of.error} again={() => void of.refetch()} />
  ) : (
    <Loading lines={lines} />
  )
  return framed ? <div className="ag-section ag-section--framed">{instead}</div> : instead
}

/** The refusal of something that was tried, beside the button that tried it. */
export function Refused({ error }: { error: unknown }) {
  if (!error) return null
  const problem = asProblem(error)
  return (
    <div className="ag-refused" role="alert">
      <Glyph name="alert" />
      <div>
        {isUnreachable(problem) ? text.states.notSent : problem.message}
        {problem.rule && <p>{text.states.rule(problem.rule)}</p>}
        {problem.fix && <p>{text.states.fix(problem.fix)}</p>}
      </div>
    </div>
  )
}
