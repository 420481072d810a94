import type { Entry } from '../../api/queries'
import { text } from '../../text'

export const actorInWords = (entry: Entry): string =>
  entry.actor.name ?? entry.actor.user ?? text.ledger.actors[entry.actor.kind]

const most = 180
/** Hashes and ids tell a reader nothing on one line. */
const isMachines = (value: unknown) =>
  typeof value === 'string' && /^([0-9a-f]{64}|[0-9a-f-]{32,}|(req|grt|tok|chg)_\w+)$/.test(value)

interface SetSeen {
  name: string
  level: string
  allows?: string[]
  unread?: string[]
  was_content?: string | null
  was_level?: string | null
  gained?: string[] | null
  lost?: string[] | null
}

/** What a permission set was seen to allow, and how that is another thing than before. */
function setSeenInWords(seen: SetSeen): string {
  const words = text.ledger
  const worst = seen.allows?.[0]
  return [
    words.setSeen(seen.name, seen.level),
    ...((seen.was_content ?? null) === null ? [words.setFirst] : [words.setChanged]),
    ...(seen.was_level && seen.was_level !== seen.level ? [words.setWas(seen.was_level)] : []),
    ...(seen.gained?.length ? [words.setGained(seen.gained)] : []),
    ...(seen.lost?.length ? [words.setLost(seen.lost)] : []),
    ...(worst === undefined ? [] : [words.setCan(worst)]),
    ...(seen.unread?.length ? [words.setUnread(seen.unread)] : []),
  ].join(' · ')
}

interface Token {
  user_name?: string
  user?: string
  role?: string
  expires_at?: string
}

const tokenInWords = (token: Token) =>
  text.ledger.tokenOf(token.user_name ?? token.user ?? text.none, token.role ?? '', token.expires_at ?? text.none)

/** Kinds whose body is told in a sentence; of all others the plain members are. */
const told: Record<string, (body: unknown) => string> = {
  'permission_set.seen': (body) => setSeenInWords(body as SetSeen),
  'token.issued': (body) => tokenInWords(body as Token),
  'request.voided': (body) => text.ledger.voided((body as { message: string }).message),
}

/** The body of an entry on one line: its plain members, in their order. The whole of it is a click away. */
export function bodyInWords(entry: Entry): string {
  const line = told[entry.kind]?.(entry.body) ?? plainMembers(entry)
  return line.length > most ? `${line.slice(0, most)}…` : line
}

function plainMembers(entry: Entry): string {
  const parts = Object.entries(entry.body as Record<string, unknown>).flatMap(([name, value]) => {
    if (value === null || typeof value === 'object' || isMachines(value)) return []
    return [`${name} ${String(value)}`]
  })
  return parts.join(' · ')
}
