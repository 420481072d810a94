/** The server's clock as far as its answers tell it: countdowns follow it, not the clock of the reader's machine. */
let offset = 0
let isKnown = false

export function noteServerTime(date: string | null, now = Date.now()): void {
  if (date === null) return
  const server = Date.parse(date)
  if (Number.isNaN(server)) return
  // `Date` has whole seconds and the answer took a while: less than two seconds apart is the same.
  const apart = server - now
  if (!isKnown || Math.abs(apart - offset) > 2000) {
    offset = Math.abs(apart) < 2000 ? 0 : apart
    isKnown = true
  }
}

export const serverNow = (now = Date.now()): number => now + offset
