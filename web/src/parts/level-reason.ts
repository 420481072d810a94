import type { Level } from '../api/queries'

/**
 * Why it is that level, for places where the level stands before it and the list of what it can do right below: the
 * server says "critical by what it allows: it can …, it can …".
 */
export function reasonAlone(level: Level, reason: string): string {
  const [head = reason] = reason.split(': it ', 1)
  return head.startsWith(`${level} `) ? head.slice(level.length + 1) : head
}

/** The same on one line of its own beside the level, with what it can do: "it can …" without saying the level again. */
export function reasonInShort(level: Level, reason: string): string {
  const own = `${level} by what it allows: `
  const told = reason.startsWith(own) ? reason.slice(own.length) : reason
  return `${told.slice(0, 1).toUpperCase()}${told.slice(1)}`
}
