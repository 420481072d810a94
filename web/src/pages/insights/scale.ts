/** Where moments and numbers stand in a picture. Pure. */
import type { Zone } from '../../look/time'

export const between = (from: number, to: number, width: number) => (at: number) =>
  ((at - from) / Math.max(1, to - from)) * width

const steps = [1, 5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10080, 20160, 43200].map(
  (minutes) => minutes * 60_000,
)

/** Round moments between the two, not more than fit, on the reader's clock. */
export function ticksBetween(from: number, to: number, most: number, zone: Zone): number[] {
  const step = steps.find((one) => (to - from) / one <= most) ?? (to - from) / most
  const shift = zone === 'utc' ? 0 : new Date(from).getTimezoneOffset() * 60_000
  const first = Math.ceil((from - shift) / step) * step + shift
  const ticks: number[] = []
  for (let at = first; at < to; at += step) ticks.push(at)
  return ticks
}

/** 0 to 1 on a logarithmic scale, for waits that go from seconds to days. */
export function logPart(value: number, least: number, most: number): number {
  const low = Math.log(Math.max(1, least))
  const high = Math.log(Math.max(2, most))
  return high === low ? 0.5 : Math.min(1, Math.max(0, (Math.log(Math.max(1, value)) - low) / (high - low)))
}

/** Bars in lanes so that none covers another; each gets the first lane that is free. */
export function intoLanes<T>(
  items: T[],
  from: (item: T) => number,
  to: (item: T) => number,
): { item: T; lane: number }[] {
  const ends: number[] = []
  return [...items]
    .sort((one, other) => from(one) - from(other))
    .map((item) => {
      const free = ends.findIndex((end) => end <= from(item))
      const lane = free < 0 ? ends.length : free
      ends[lane] = to(item)
      return { item, lane }
    })
}
