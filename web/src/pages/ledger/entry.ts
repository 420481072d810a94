import type { Entry } from '../../api/queries'
import { text } from '../../text'

export const actorInWords = (entry: Entry): string =>
  entry.actor.name ?? entry.actor.user ?? text.ledger.actors[entry.actor.kind]

const most = 120
/** Hashes and ids tell a reader nothing on one line. */
const isMachines = (value: unknown) =>
  typeof value === 'string' && /^([0-9a-f]{64}|[0-9a-f-]{32,}|(req|grt|tok|chg)_\w+)$/.test(value)

/** The body of an entry on one line: its plain members, in their order. The whole of it is a click away. */
export function bodyInWords(entry: Entry): string {
  const parts = Object.entries(entry.body as Record<string, unknown>).flatMap(([name, value]) => {
    if (value === null || typeof value === 'object' || isMachines(value)) return []
    return [`${name} ${String(value)}`]
  })
  const line = parts.join(' · ')
  return line.length > most ? `${line.slice(0, most)}…` : line
}
