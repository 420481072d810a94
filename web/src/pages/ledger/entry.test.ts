import { expect, it } from 'vitest'
import type { Entry } from '../../api/queries'
import { bodyInWords } from './entry'

const entry = (kind: string, body: object) =>
  ({ index: 1, at: '', kind, actor: { kind: 'system' }, body }) as unknown as Entry
const seen = {
  permission_set: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1',
  name: 'ReadOnly',
  content: '9f',
  level: 'medium',
  allows: ['can read every log in CloudWatch', 'can read messages'],
  unread: [],
  was_content: null,
  was_level: null,
  gained: null,
  lost: null,
}

it('tells what a permission set allows when it is seen first', () => {
  expect(bodyInWords(entry('permission_set.seen', seen))).toBe(
    'ReadOnly: medium · seen for the first time · it can read every log in CloudWatch',
  )
})

it('tells how a permission set was changed, and what is not known of it', () => {
  const changed = {
    ...seen,
    allows: [],
    was_content: '8e',
    was_level: 'low',
    gained: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 'sqs:SendMessage'],
    lost: ['sns:Publish'],
    unread: ['/teams/own-policy'],
  }
  expect(bodyInWords(entry('permission_set.seen', changed))).toBe(
    'ReadOnly: medium · changed in AWS · was low · gained s3:GetObject, s3:PutObject, s3:DeleteObject and 1 more · ' +
      'lost sns:Publish · not known: /teams/own-policy',
  )
})

it('takes a set of which nothing else is known', () => {
  expect(bodyInWords(entry('permission_set.seen', { name: 'Deploy', level: 'high' }))).toBe(
    'Deploy: high · seen for the first time',
  )
})

it('tells why a request became void', () => {
  expect(
    bodyInWords(entry('request.voided', { request: 'req_01', code: 'permission_set_changed', message: 'it changed' })),
  ).toBe('void: it changed')
})

it('tells the plain members of every other kind, without what only machines read', () => {
  expect(bodyInWords(entry('server.noted', { token: 'tok_01', name: 'ci', groups: [], days: 3 }))).toBe(
    'name ci · days 3',
  )
})

it('tells whose a token is, and until when', () => {
  const token = { token: 'tok_1', user: 'u-1', user_name: 'sven', role: 'admin', expires_at: '2026-11-26T16:28:00Z' }
  expect(bodyInWords(entry('token.issued', token))).toBe('for sven, as administrator, until 2026-11-26T16:28:00Z')
})
