import { useState, type ReactNode } from 'react'
import { Glyph } from '../look/Glyph'

/** Something that is there for those who want it. Made when it is opened first: what is inside may be long. */
export function Disclosure({ summary, children }: { summary: ReactNode; children: ReactNode }) {
  const [wasOpened, setOpened] = useState(false)
  return (
    <details
      className="ag-more"
      onToggle={(event) => {
        if (event.currentTarget.open) setOpened(true)
      }}
    >
      <summary>
        <Glyph name="right" /> {summary}
      </summary>
      {wasOpened && <div className="ag-more__body">{children}</div>}
    </details>
  )
}
