import { expect, it } from 'vitest'
import { affectedBy } from './affected'

const event = (kind: string, request: string | null) => ({
  index: 1,
  at: '2026-11-26T12:00:00Z',
  kind,
  request,
  state: null,
  change: null,
})

it('has the lists and the one request asked again that a decision touches', () => {
  const { paths, request } = affectedBy(event('request.approved', 'req_1'))
  expect(paths).toContain('/v1/requests')
  expect(request).toBe('req_1')
  expect(paths).not.toContain('/v1/eligible')
})

it('has what may be asked for asked again when the policy changes', () => {
  expect(affectedBy(event('policy.applied', null)).paths).toEqual(
    expect.arrayContaining(['/v1/policy', '/v1/eligible']),
  )
})

it('has grants asked again when AWS was seen with or without one', () => {
  expect(affectedBy(event('slot.present', 'req_1')).paths).toEqual(expect.arrayContaining(['/v1/grants', '/v1/access']))
})

it('has levels, terms and what waits asked again when a permission set allows something else', () => {
  expect(affectedBy(event('permission_set.seen', null)).paths).toEqual(
    expect.arrayContaining(['/v1/permission-sets', '/v1/eligible', '/v1/requests', '/v1/requests/{id}']),
  )
})

it('does not overlook a kind that a newer server invents', () => {
  expect(affectedBy(event('weather.changed', 'req_1')).paths).toContain('/v1/requests')
})
