import type { Entry } from '../../api/queries'
import { text } from '../../text'

export const actorInWords = (entry: Entry): string => entry.actor.name ?? entry.actor.user ?? text.ledger.actors[entry.actor.kind]

const most = 160

/** The body of an entry on one line: its plain members, in their order. The whole of it is a click away. */
export function bodyInWords(entry: Entry): string {
  const parts = Object.entries(entry.body as Record<string, unknown>).flatMap(([name, value]) => {
    if (value === null || typeof value === 'object') return []
    return [`${name} ${String(value)}`]
  })
  const line = parts.join(' · ')
  return line.length > most ? `${line.slice(0, most)}…` : line
}
