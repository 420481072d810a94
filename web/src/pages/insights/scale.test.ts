import { expect, it } from 'vitest'
import { intoLanes, logPart, ticksBetween } from './scale'
import { matrixOf } from './matrix'

it('puts ticks on round moments, not more than fit', () => {
  const from = Date.parse('2026-11-26T10:07:00Z')
  const ticks = ticksBetween(from, from + 24 * 3_600_000, 9, 'utc').map((at) =>
    new Date(at).toISOString().slice(11, 16),
  )
  expect(ticks).toEqual(['12:00', '15:00', '18:00', '21:00', '00:00', '03:00', '06:00', '09:00'])
})

it('lets no bar cover another', () => {
  const bars = intoLanes(
    [
      { from: 0, to: 10 },
      { from: 5, to: 8 },
      { from: 10, to: 12 },
    ],
    (bar) => bar.from,
    (bar) => bar.to,
  )
  expect(bars.map((bar) => bar.lane)).toEqual([0, 1, 0])
})

it('keeps waits within the picture', () => {
  expect(logPart(30, 30, 3600)).toBe(0)
  expect(logPart(3600, 30, 3600)).toBe(1)
  expect(logPart(1_000_000, 30, 3600)).toBe(1)
})

it('tells standing from temporary access, and where there are both', () => {
  const item = (path: 'grant' | 'standing', account: string) => ({
    user: { id: 'u', user_name: 'ana', display_name: 'Ana' },
    account: { id: account, name: account },
    permission_set: { arn: 'arn:x', name: 'X' },
    path,
    group: null,
    grant: null,
    request: null,
    since: null,
    until: null,
    credentials_until: null,
  })
  const { cells, accounts } = matrixOf([item('standing', 'b'), item('grant', 'b'), item('grant', 'a')])
  expect(accounts.map((account) => account.name)).toEqual(['a', 'b'])
  expect(cells.get('u b')?.kind).toBe('both')
  expect(cells.get('u a')?.kind).toBe('temporary')
})
