import { expect, it, vi } from 'vitest'
import { Problem, unreachable } from '../../api/problem'
import { countOf, denyEach, type Denials } from './deny-each'

const chosen = ['a', 'b', 'c'].map((id) => ({ id, version: `version of ${id}` }))
const nothing: Denials = new Map()

it('denies each by a call of its own, with the version that was chosen', async () => {
  const deny = vi.fn(async () => {})
  const steps: string[] = []
  const end = await denyEach(chosen, nothing, deny, (denials) =>
    steps.push([...denials.values()].map((denial) => denial.state).join(' ')),
  )
  expect(deny.mock.calls).toEqual(chosen.map((one) => [one]))
  expect(steps.slice(0, 3)).toEqual(['sending waiting waiting', 'denied waiting waiting', 'denied sending waiting'])
  expect(countOf(end, 'denied')).toBe(3)
})

it('goes on after one that is refused, and says which and why', async () => {
  const deny = async (one: { id: string }) => {
    if (one.id === 'b') throw new Problem(409, { code: 'stale_version', detail: 'it has changed' })
  }
  const end = await denyEach(chosen, nothing, deny, () => {})
  expect(end.get('a')?.state).toBe('denied')
  expect(end.get('b')).toEqual({ state: 'refused', why: 'it has changed', isStale: true })
  expect(end.get('c')?.state).toBe('denied')
})

it('sends nothing more when the server does not answer, and takes nothing for done', async () => {
  const deny = vi.fn(async (one: { id: string }) => {
    if (one.id === 'b') throw unreachable()
  })
  const end = await denyEach(chosen, nothing, deny, () => {})
  expect(deny).toHaveBeenCalledTimes(2)
  expect([...end.values()].map((denial) => denial.state)).toEqual(['denied', 'unknown', 'waiting'])
})

it('leaves alone what was denied when the rest is tried again', async () => {
  const deny = vi.fn(async () => {})
  const before: Denials = new Map([['a', { state: 'denied' }]])
  const end = await denyEach(chosen, before, deny, () => {})
  expect(deny).toHaveBeenCalledTimes(2)
  expect(countOf(end, 'denied')).toBe(3)
})
