import { isNotAnalyzed } from '../../api/problem'
import { useSetAnalysis, type Level, type Schemas } from '../../api/queries'
import { Glyph } from '../../look/Glyph'
import { Allows } from '../../parts/Allows'
import { reasonAlone } from '../../parts/level-reason'
import { LevelMark } from '../../parts/Marks'
import { Section } from '../../parts/Page'
import { Answer, Notice } from '../../parts/States'
import { text } from '../../text'
import { Facets } from './Facets'
import { MadeOf } from './MadeOf'
import './analysis.css'

const words = text.permissionSets

interface ReallyAllowsProps {
  id: string
  level: Level
  levelReason: string
}

/** What the permission set really allows, from its policies: the verdict first, then where it comes from. */
export function ReallyAllows({ id, level, levelReason }: ReallyAllowsProps) {
  const analysis = useSetAnalysis(id)
  if (analysis.data)
    return (
      <>
        <Verdict of={analysis.data} />
        <Facets analysis={analysis.data.analysis} />
        <MadeOf policies={analysis.data.policies} />
      </>
    )
  return (
    <Section title={words.allows}>
      {isNotAnalyzed(analysis.error) ? (
        <Notice glyph="policy" size="small" title={words.notAnalyzed}>
          {words.notAnalyzedDetail} <LevelMark level={level} /> · {levelReason}
        </Notice>
      ) : (
        <Answer of={analysis}>{() => null}</Answer>
      )}
    </Section>
  )
}

function Verdict({ of }: { of: Schemas['SetAnalysis'] }) {
  const { analysis } = of
  return (
    <Section title={words.allows} tone={analysis.effective_administrator ? 'danger' : 'plain'}>
      {analysis.effective_administrator && (
        <div className="ag-loud">
          <Glyph name="siren" />
          <div>
            <strong>{words.administrator}</strong>
            {analysis.administrator_because && <p>{words.because(analysis.administrator_because)}</p>}
          </div>
        </div>
      )}
      <p className="ag-flat ag-level-why">
        <LevelMark level={of.level} /> <span className="ag-soft">{reasonAlone(of.level, of.level_reason)}</span>
      </p>
      <Allows can={of.sentences} unread={of.unread} otherwise={words.nothingFound} />
      {analysis.unknown_actions.length > 0 && (
        <p className="ag-flat ag-soft">
          {words.unknownActions(analysis.unknown_actions.length)}:{' '}
          <span className="ag-mono">{analysis.unknown_actions.join(', ')}</span>
        </p>
      )}
    </Section>
  )
}
