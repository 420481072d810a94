/** Which stretch of time a picture shows, as the address says it. Pure. */
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const ranges: Record<string, number> = { '6h': 6 * hour, '24h': day, '7d': 7 * day, '30d': 30 * day }
const shortest = 5 * minute
const longest = 90 * day

export interface Stretch {
  from: number
  to: number
}

/** The part of the address that is about time: `range` up to now or `until`, or exactly `from` … `until`. */
export interface Asked {
  range: string
  from: string
  until: string
}

export interface TimeWindow extends Stretch {
  /** Goes on with the clock. */
  isNow: boolean
  /** Narrower or wider than the ranges on offer. */
  isOwn: boolean
}

const parse = (moment: string) => (moment === '' ? NaN : Date.parse(moment))

export function windowOf(asked: Asked, now: number): TimeWindow {
  const [from, until] = [parse(asked.from), parse(asked.until)]
  if (until - from >= shortest && until - from <= longest) return { from, to: until, isNow: false, isOwn: true }
  const length = ranges[asked.range] ?? day
  const isNow = Number.isNaN(until)
  // A little ahead: what is about to end shows its end, and its credentials' tail.
  const to = isNow ? Math.ceil(now / (hour / 4)) * (hour / 4) + length / 12 : until
  return { from: to - length, to, isNow, isOwn: false }
}

/** As it stands in the address: to the minute, and never too short to be seen. */
export function asked(stretch: Stretch): { from: string; until: string } {
  const length = Math.min(longest, Math.max(shortest, stretch.to - stretch.from))
  const middle = (stretch.from + stretch.to) / 2
  const from = Math.round((middle - length / 2) / minute) * minute
  const until = Math.round((middle + length / 2) / minute) * minute
  return { from: new Date(from).toISOString(), until: new Date(Math.max(until, from + shortest)).toISOString() }
}

/** Half as long, or twice, around the same middle. */
export function scaled({ from, to }: Stretch, factor: number): Stretch {
  const half = ((to - from) * factor) / 2
  const middle = (from + to) / 2
  return { from: middle - half, to: middle + half }
}

export const moved = ({ from, to }: Stretch, part: number): Stretch => ({
  from: from + part * (to - from),
  to: to + part * (to - from),
})

/** One edge put elsewhere, within the whole and not past the other edge. */
export function withEdge(brush: Stretch, edge: 'from' | 'to', at: number, whole: Stretch): Stretch {
  const room = Math.min(shortest, whole.to - whole.from)
  return edge === 'from'
    ? { ...brush, from: Math.min(Math.max(at, whole.from), brush.to - room) }
    : { ...brush, to: Math.max(Math.min(at, whole.to), brush.from + room) }
}

/** How far one press of an arrow key moves an edge: a minute at least, a hundredth of the whole or so. */
export const stepOf = ({ from, to }: Stretch) => Math.max(minute, Math.round((to - from) / 96 / minute) * minute)
