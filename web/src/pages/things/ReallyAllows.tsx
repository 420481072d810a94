import type { Schemas } from '../../api/queries'
import { LevelMark } from '../../parts/Marks'
import { Section } from '../../parts/Page'
import { Notice } from '../../parts/States'
import { text } from '../../text'

const words = text.permissionSets

/** What the permission set really allows, from its policies. Until the server tells that, the level and why it is that. */
export function ReallyAllows({ set, levelReason }: { set: Schemas['PermissionSet']; levelReason: string }) {
  return (
    <Section title={words.allows}>
      <Notice glyph="policy" size="small" title={words.notAnalyzed}>
        <LevelMark level={set.level} /> · {levelReason}
      </Notice>
    </Section>
  )
}
