import { expect, it } from 'vitest'
import { noteServerTime, serverNow } from './clock'

it('follows the server where the reader’s clock is wrong, and stays calm where it is right', () => {
  const now = Date.parse('2026-11-26T12:00:00Z')
  noteServerTime('Thu, 26 Nov 2026 12:00:01 GMT', now)
  expect(serverNow(now)).toBe(now)
  noteServerTime('Thu, 26 Nov 2026 12:10:00 GMT', now)
  expect(serverNow(now)).toBe(now + 600_000)
  noteServerTime('no date', now)
  noteServerTime(null, now)
  expect(serverNow(now)).toBe(now + 600_000)
})
