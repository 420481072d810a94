import type { Level } from '../api/queries'

/**
 * Why it is that level, for places where the level stands before it and the list of what it can do right below: the
 * server says "critical by what it allows: it can …, it can …".
 */
export function reasonAlone(level: Level, reason: string): string {
  const [head = reason] = reason.split(': it ', 1)
  return head.startsWith(`${level} `) ? head.slice(level.length + 1) : head
}
