import { text } from '../text'
import { Disclosure } from './Disclosure'
import { Glyph } from '../look/Glyph'
import './allows.css'

const words = text.allows

/** So many are read at a glance; the worst stand first. */
const atOnce = 6

/** What a permission set allows, the worst first, and what of it is not known. */
export function Allows({ can, unread, otherwise }: { can: string[]; unread: string[]; otherwise: string }) {
  // A line that says "and 1 more" takes the place of that one.
  const most = can.length === atOnce + 1 ? can.length : atOnce
  const rest = can.slice(most)
  return (
    <div className="ag-allows">
      {can.length === 0 ? <p className="ag-flat">{otherwise}</p> : <Sentences can={can.slice(0, most)} />}
      {rest.length > 0 && (
        <Disclosure summary={words.more(rest.length)}>
          <Sentences can={rest} />
        </Disclosure>
      )}
      <Unread unread={unread} />
    </div>
  )
}

function Sentences({ can }: { can: string[] }) {
  return (
    <ul>
      {can.map((sentence, place) => (
        <li key={place}>{sentence}</li>
      ))}
    </ul>
  )
}

/** What is not known is never left out: it may allow more. */
function Unread({ unread }: { unread: string[] }) {
  if (unread.length === 0) return null
  return (
    <div className="ag-allows__unread">
      <Glyph name="alert" />
      <div>
        <strong>{words.unread}</strong>
        <Sentences can={unread} />
      </div>
    </div>
  )
}
