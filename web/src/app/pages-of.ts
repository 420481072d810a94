import type { GlyphName } from '../look/Glyph'
import { text } from '../text'

export interface PageEntry {
  path: string
  name: string
  glyph: GlyphName
  group: keyof typeof text.shell.groups
  /** Only for administrators: others would only be refused there. */
  isForAdministrators?: boolean
  /** More words by which it is found. */
  words?: string
}

/** The pages of the side bar, in its order; the palette offers the same. */
export const pageEntries: PageEntry[] = [
  { path: '/', name: text.pages.access, glyph: 'key', group: 'you', words: 'home active countdown' },
  { path: '/ask', name: text.pages.ask, glyph: 'ask', group: 'you', words: 'request new' },
  { path: '/requests', name: text.pages.requests, glyph: 'list', group: 'you' },
  { path: '/approvals', name: text.pages.approvals, glyph: 'check', group: 'you', words: 'decide review approve deny' },
  { path: '/break-glass', name: text.pages.breakGlass, glyph: 'siren', group: 'you', words: 'emergency' },
  {
    path: '/insights',
    name: text.pages.insights,
    glyph: 'chart',
    group: 'look',
    words: 'timeline matrix who has access flow waits',
  },
  { path: '/people', name: text.pages.people, glyph: 'people', group: 'look', words: 'users' },
  { path: '/accounts', name: text.pages.accounts, glyph: 'account', group: 'look' },
  { path: '/permission-sets', name: text.pages.permissionSets, glyph: 'set', group: 'look', words: 'roles' },
  { path: '/policy', name: text.pages.policy, glyph: 'policy', group: 'run', words: 'rules guardrails explain plan' },
  {
    path: '/ledger',
    name: text.pages.ledger,
    glyph: 'book',
    group: 'run',
    isForAdministrators: true,
    words: 'audit log export verify',
  },
  {
    path: '/health',
    name: text.pages.health,
    glyph: 'pulse',
    group: 'run',
    words: 'admin aws sync drift status',
    isForAdministrators: true,
  },
]
