import { useSetup } from '../../api/queries'
import { Glyph } from '../../look/Glyph'
import { CopyButton } from '../../parts/CopyButton'
import { Section } from '../../parts/Page'
import { text } from '../../text'

const words = text.firstSteps

/** What an installation still needs; ticked by the server as it becomes true, and gone when all is done. */
export function FirstSteps() {
  const setup = useSetup()
  if (!setup.data || setup.data.done) return null
  const { items } = setup.data
  const done = items.filter((item) => item.done).length
  return (
    <Section title={words.title} count={null} about={words.about(done, items.length)} tone="good">
      <ol className="ag-steps">
        {items.map((item) => (
          <li key={item.id} className={item.done ? 'ag-steps__done' : undefined}>
            <span className="ag-steps__tick">
              <Glyph name={item.done ? 'check' : 'ring'} />
              <span className="ag-hidden">{item.done ? words.done : words.open}</span>
            </span>
            <div>
              <strong>{item.title}</strong>
              <p>{item.detail}</p>
              {!item.done && item.command && (
                <div className="ag-row">
                  <code className="ag-mono">{item.command}</code>
                  <CopyButton text={item.command} label={text.copy.command} variant="inline-link" />
                </div>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Section>
  )
}
