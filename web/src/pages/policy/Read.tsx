import { useEffect } from 'react'
import { usePolicy, type Schemas } from '../../api/queries'
import { CopyButton } from '../../parts/CopyButton'
import { Moment } from '../../parts/Moment'
import { Section } from '../../parts/Page'
import { Answer, Notice } from '../../parts/States'
import { useUrl } from '../../parts/useUrl'
import { text } from '../../text'

const words = text.policy

export function Read() {
  const policy = usePolicy()
  return (
    <Answer of={policy} lines={10} framed>
      {(data) => (
        <>
          <Remarks remarks={data.warnings} />
          <Section
            about={
              data.applied_at ? (
                <>
                  {words.inForce(data.applied_by ?? words.fromFile)} <Moment at={data.applied_at} as="both" /> ·{' '}
                  <span className="ag-mono">{data.hash.slice(0, 12)}</span>
                </>
              ) : undefined
            }
            title={words.text}
            actions={data.text === '' ? undefined : <CopyButton text={data.text} label={words.copy} />}
          >
            {data.text === '' ? (
              <Notice glyph="policy" title={words.none}>
                {words.noneDetail}
              </Notice>
            ) : (
              <Lines text={data.text} />
            )}
          </Section>
        </>
      )}
    </Answer>
  )
}

export function Remarks({ remarks, tone = 'warn' }: { remarks: Schemas['PolicyRemark'][]; tone?: 'warn' | 'bad' }) {
  if (remarks.length === 0) return null
  return (
    <Section
      title={tone === 'bad' ? words.problems : words.warnings}
      count={remarks.length}
      tone={tone === 'bad' ? 'danger' : 'plain'}
    >
      <ul className="ag-remarks">
        {remarks.map((remark, index) => (
          <li key={index}>
            {remark.line > 0 && <span className="ag-soft">{words.line(remark.line)}</span>} {remark.message}
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** The text with its lines' numbers, by which every answer of AccessGuard names rules. */
export function Lines({ text: whole }: { text: string }) {
  const [wanted, setWanted] = useUrl('line')
  useEffect(() => {
    document.getElementById(`line-${wanted}`)?.scrollIntoView({ block: 'center' })
  }, [wanted])
  return (
    <ol className="ag-policy" tabIndex={0} aria-label={words.text}>
      {whole
        .replace(/\n$/, '')
        .split('\n')
        .map((line, index) => (
          <li key={index} id={`line-${index + 1}`} className={wanted === String(index + 1) ? 'is-wanted' : undefined}>
            <button
              type="button"
              tabIndex={-1}
              aria-hidden="true"
              onClick={() => setWanted(wanted === String(index + 1) ? '' : String(index + 1))}
            >
              {index + 1}
            </button>
            <code>
              <Line line={line} />
            </code>
          </li>
        ))}
    </ol>
  )
}

function Line({ line }: { line: string }) {
  if (/^\s*#/.test(line)) return <i>{line}</i>
  const parts = /^(\s*(?:- )?)([A-Za-z_][\w-]*)(:)(.*)$/.exec(line)
  if (!parts) return line
  return (
    <>
      {parts[1]}
      <b>{parts[2]}</b>
      {parts[3]}
      {parts[4]}
    </>
  )
}
