import { expect, it } from 'vitest'
import { asked, moved, scaled, stepOf, windowOf, withEdge } from './window'

const now = Date.parse('2026-11-26T12:07:00Z')
const at = (clock: string) => Date.parse(`2026-11-26T${clock}:00Z`)
const none = { range: '24h', from: '', until: '' }

it('goes with the clock until somebody looks elsewhere', () => {
  expect(windowOf(none, now)).toEqual({
    from: at('12:15') + 2 * 3_600_000 - 86_400_000,
    to: at('14:15'),
    isNow: true,
    isOwn: false,
  })
  expect(windowOf({ ...none, range: '6h', until: '2026-11-26T10:00:00Z' }, now)).toMatchObject({
    from: at('04:00'),
    to: at('10:00'),
    isNow: false,
  })
})

it('shows exactly what was narrowed down to', () => {
  const brush = { from: at('03:00'), to: at('04:30') }
  expect(windowOf({ ...none, ...asked(brush) }, now)).toEqual({ ...brush, isNow: false, isOwn: true })
})

it('is not misled by an address that makes no sense', () => {
  for (const wrong of [
    { from: 'yesterday', until: 'x' },
    { from: '2026-11-26T10:00:00Z', until: '2026-11-26T09:00:00Z' },
    { from: '2020-01-01T00:00:00Z', until: '' },
  ]) {
    const { from, to, isOwn } = windowOf({ ...none, ...wrong, range: 'ever' }, now)
    expect(isOwn).toBe(false)
    expect(to - from).toBe(86_400_000)
  }
})

it('never becomes too short to be seen', () => {
  const { from, until } = asked({ from: at('03:00'), to: at('03:00') + 1 })
  expect(Date.parse(until) - Date.parse(from)).toBe(5 * 60_000)
})

it('zooms around its middle and moves by a part of itself', () => {
  const stretch = { from: at('02:00'), to: at('06:00') }
  expect(scaled(stretch, 0.5)).toEqual({ from: at('03:00'), to: at('05:00') })
  expect(moved(stretch, -0.5)).toEqual({ from: at('00:00'), to: at('04:00') })
})

it('moves one edge, not past the other and not out of the picture', () => {
  const whole = { from: at('00:00'), to: at('08:00') }
  expect(withEdge(whole, 'from', at('03:00'), whole)).toEqual({ from: at('03:00'), to: at('08:00') })
  expect(withEdge(whole, 'to', at('23:00'), whole)).toEqual(whole)
  expect(withEdge({ from: at('03:00'), to: at('04:00') }, 'from', at('05:00'), whole).from).toBe(at('03:55'))
  expect(stepOf(whole)).toBe(5 * 60_000)
})
