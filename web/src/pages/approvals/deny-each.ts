import { asProblem, isUnreachable } from '../../api/problem'

/** A request as it was chosen: the version that was on screen is the one that is denied, or none. */
export interface Chosen {
  id: string
  version: string
}

/** How far one of several denials is. `unknown`: sent, and nothing came back; it may have been done. */
export type Denial =
  { state: 'waiting' | 'sending' | 'denied' } | { state: 'refused' | 'unknown'; why: string; isStale: boolean }

export type Denials = ReadonlyMap<string, Denial>

/**
 * Denies one after the other, each by a call of its own, and tells after each step how far all are. One that is refused
 * stops none of the others; when the server does not answer the rest is left alone: nothing more is sent into the dark.
 */
export async function denyEach(
  chosen: Chosen[],
  before: Denials,
  deny: (one: Chosen) => Promise<unknown>,
  tell: (denials: Denials) => void,
): Promise<Denials> {
  const denials = new Map(before)
  const set = (one: Chosen, denial: Denial) => {
    denials.set(one.id, denial)
    tell(new Map(denials))
  }
  const due = chosen.filter((one) => denials.get(one.id)?.state !== 'denied')
  for (const one of due) denials.set(one.id, { state: 'waiting' })
  for (const one of due) {
    set(one, { state: 'sending' })
    try {
      await deny(one)
      set(one, { state: 'denied' })
    } catch (error) {
      const problem = asProblem(error)
      const isLost = isUnreachable(problem)
      set(one, {
        state: isLost ? 'unknown' : 'refused',
        why: problem.message,
        isStale: problem.code === 'stale_version',
      })
      if (isLost) break
    }
  }
  return denials
}

export const countOf = (denials: Denials, state: Denial['state']) =>
  [...denials.values()].filter((denial) => denial.state === state).length
