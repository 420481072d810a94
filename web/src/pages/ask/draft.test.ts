import { expect, it } from 'vitest'
import { asCommand, orderOf, stillMissing, type Draft } from './draft'

const draft: Draft = {
  accounts: ['prod-web', 'prod-data'],
  set: 'Deploy',
  length: '90',
  start: '',
  reason: " it's failing ",
  ticket: '',
}

it('is no order while account, permission set or length are missing', () => {
  expect(orderOf({ ...draft, accounts: [] })).toBeNull()
  expect(orderOf({ ...draft, set: '' })).toBeNull()
  expect(orderOf({ ...draft, length: 'long' })).toBeNull()
  expect(orderOf({ ...draft, length: '0' })).toBeNull()
})

it('says a length as the API takes it, and leaves out what was not said', () => {
  expect(orderOf(draft)).toEqual({
    accounts: ['prod-web', 'prod-data'],
    permission_set: 'Deploy',
    duration: '1h30m',
    reason: "it's failing",
  })
})

it('is the same wish on the command line, safe in a shell', () => {
  expect(asCommand(draft)).toBe(`accessguard ask prod-web,prod-data Deploy --for 1h30m --reason 'it'\\''s failing'`)
})

it('tells what is merely not filled in yet from what is refused', () => {
  const refusal = { account: null, field: 'reason', code: 'too_short', detail: '', rule: null, fix: null }
  expect(stillMissing(refusal, { ...draft, reason: ' ' })).toBe(true)
  expect(stillMissing(refusal, draft)).toBe(false)
  expect(stillMissing({ ...refusal, field: 'duration' }, { ...draft, reason: '' })).toBe(false)
})
