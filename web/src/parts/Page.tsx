import { useEffect, type ReactNode } from 'react'
import { text } from '../text'
import './page.css'

interface PageProps {
  title: string
  /** Beside the title: a state, a count. */
  mark?: ReactNode
  about?: ReactNode
  actions?: ReactNode
  /** Above the title: where this belongs. */
  above?: ReactNode
  width?: 'reading' | 'working' | 'whole'
  children: ReactNode
}

export function Page({ title, mark, about, actions, above, width = 'working', children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`
  }, [title])
  return (
    <div className={`ag-page ag-page--${width}`}>
      {above && <div className="ag-page__above">{above}</div>}
      <header className="ag-page__head">
        <div className="ag-page__words">
          <h1>
            {title} {mark}
          </h1>
          {about && <p>{about}</p>}
        </div>
        {actions && <div className="ag-page__actions">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

interface SectionProps {
  title?: string
  count?: number | null
  about?: ReactNode
  actions?: ReactNode
  /** Without the frame: for what has frames of its own. */
  bare?: boolean
  tone?: 'plain' | 'danger' | 'good'
  children: ReactNode
}

export function Section({ title, count, about, actions, bare = false, tone = 'plain', children }: SectionProps) {
  return (
    <section className={`ag-section ag-section--${tone} ${bare ? '' : 'ag-section--framed'}`} aria-label={title}>
      {(title || actions) && (
        <header className="ag-section__head">
          <div>
            {title && (
              <h2>
                {title}
                {count !== undefined && count !== null && <span className="ag-count">{count}</span>}
              </h2>
            )}
            {about && <p>{about}</p>}
          </div>
          {actions && <div className="ag-section__actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  )
}

/** Names and what they stand for, in columns that fit. */
export function Facts({ items, columns = 1 }: { items: { label: string; value: ReactNode }[]; columns?: 1 | 2 | 3 }) {
  return (
    <dl className={`ag-facts ag-facts--${columns}`}>
      {items.map((item) => (
        <div key={item.label}>
          <dt>{item.label}</dt>
          <dd>{item.value}</dd>
        </div>
      ))}
    </dl>
  )
}
