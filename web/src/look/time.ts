/** Lengths and moments in words. Pure: the zone and the moment come in. */

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** `1 h 30 min`: a length as people say it, two units at most. */
export function lengthInWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < minute) return `${whole} s`
  if (whole < hour) {
    const rest = whole % minute
    return rest === 0 || whole >= 10 * minute
      ? `${Math.round(whole / minute)} min`
      : `${Math.floor(whole / minute)} min ${rest} s`
  }
  if (whole < day) {
    const minutes = Math.round((whole % hour) / minute)
    if (minutes === 60) return `${Math.floor(whole / hour) + 1} h`
    return minutes === 0 ? `${Math.floor(whole / hour)} h` : `${Math.floor(whole / hour)} h ${minutes} min`
  }
  const hours = Math.round((whole % day) / hour)
  if (hours === 24) return `${Math.floor(whole / day) + 1} d`
  return hours === 0 ? `${Math.floor(whole / day)} d` : `${Math.floor(whole / day)} d ${hours} h`
}

/** A wait: what took less than a second took one, as far as people care. */
export const waitInWords = (seconds: number): string => lengthInWords(Math.max(1, seconds))

/** `1h30m`: the same for the API and the command line. */
export function lengthForApi(seconds: number): string {
  const parts: string[] = []
  let rest = Math.max(1, Math.round(seconds))
  for (const [unit, size] of [
    ['d', day],
    ['h', hour],
    ['m', minute],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / size)
    if (count > 0) parts.push(`${count}${unit}`)
    rest -= count * size
  }
  return parts.join('')
}

/** Seconds of `45s`, `30m`, `1h30m`, `1d`, `1:30` or plain minutes; null when it is none of them. */
export function parseLength(text: string): number | null {
  const trimmed = text.trim().toLowerCase().replace(/\s+/g, '')
  if (/^\d+$/.test(trimmed)) return Number(trimmed) * minute
  const clock = /^(\d{1,2}):(\d{2})$/.exec(trimmed)
  if (clock) return Number(clock[1]) * hour + Number(clock[2]) * minute
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?$/.exec(trimmed)
  if (!parts || trimmed === '') return null
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0))
  return (days ?? 0) * day + (hours ?? 0) * hour + (minutes ?? 0) * minute + (seconds ?? 0)
}

/** `0:41:07`, counting down. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  if (whole >= day) return `${Math.floor(whole / day)} d ${Math.floor((whole % day) / hour)} h`
  return `${Math.floor(whole / hour)}:${two(Math.floor((whole % hour) / minute))}:${two(whole % minute)}`
}

/** `4 min ago`, `in 2 h`, `just now`. */
export function fromNow(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  if (Math.abs(seconds) < 10) return 'just now'
  const words = lengthInWords(roundToOneUnit(Math.abs(seconds)))
  return seconds > 0 ? `${words} ago` : `in ${words}`
}

function roundToOneUnit(seconds: number): number {
  if (seconds < minute) return seconds
  if (seconds < hour) return Math.floor(seconds / minute) * minute
  if (seconds < day) return Math.floor(seconds / hour) * hour
  return Math.floor(seconds / day) * day
}

export type Zone = 'local' | 'utc'
const zoneOf = (zone: Zone) => (zone === 'utc' ? 'UTC' : undefined)

const formats = new Map<string, Intl.DateTimeFormat>()
function format(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`
  let made = formats.get(key)
  if (!made) {
    made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zoneOf(zone), hourCycle: 'h23' })
    formats.set(key, made)
  }
  return made
}

/** `14:02` today, `Tue 14:02` within six days, `3 Mar 14:02`, `3 Mar 2025 14:02`. */
export function moment(at: number, zone: Zone, now: number): string {
  const clock = format(zone, { hour: '2-digit', minute: '2-digit' }).format(at)
  const dayOf = (value: number) => format(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(value)
  if (dayOf(at) === dayOf(now)) return clock
  if (Math.abs(at - now) < 6 * day * 1000) return `${format(zone, { weekday: 'short' }).format(at)} ${clock}`
  const year = (value: number) => format(zone, { year: 'numeric' }).format(value)
  const date = format(
    zone,
    year(at) === year(now) ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' },
  )
  return `${date.format(at)} ${clock}`
}

/** The whole moment, with its zone, to the second. */
export function wholeMoment(at: number, zone: Zone): string {
  return format(zone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(at)
}

export const inUtc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
