import { expect, it } from 'vitest'
import type { Grant, Request } from '../../api/queries'
import { cliProfile, consoleAddress, isPortal, portalOf } from './aws-links'
import { askAgainPath, recentlyHeld } from './again'

const request = (id: string, account: string, more: Partial<Request> = {}) =>
  ({
    id,
    accounts: [{ id: account, name: `name-${account}` }],
    permission_set: { arn: 'arn:p', name: 'Deploy' },
    duration_seconds: 3600,
    reason: 'a & b',
    ticket: null,
    extends: null,
    break_glass: false,
    ...more,
  }) as Request
const grant = {
  account: { id: '111111111111', name: 'prod web' },
  permission_set: { arn: 'arn:p', name: 'Deploy' },
} as Grant

it('offers each once, without what is live, break-glass and extensions', () => {
  const held = recentlyHeld(
    [
      request('1', 'a'),
      request('2', 'a'),
      request('3', 'b', { break_glass: true }),
      request('4', 'c', { extends: 'req_x' }),
      request('5', '111111111111'),
      request('6', 'd'),
    ],
    [grant],
  )
  expect(held.map((one) => one.id)).toEqual(['1', '6'])
})

it('fills the composer in as it was', () => {
  expect(askAgainPath(request('1', 'a', { ticket: 'OPS-1' }))).toBe(
    '/ask?account=name-a&set=Deploy&for=1h&reason=a+%26+b&ticket=OPS-1',
  )
})

it('sends nobody to an address that is no portal', () => {
  expect(isPortal('https://d-1.awsapps.com/start')).toBe(true)
  for (const wrong of ['', 'http://d-1.awsapps.com/start', 'javascript:alert(1)', 'https:// x'])
    expect(isPortal(wrong)).toBe(false)
})

it('knows the portal from the server, unless this browser says otherwise', () => {
  const known = { start_url: 'https://d-1.awsapps.com/start', region: 'eu-west-1' }
  const nothing = { portal: '', region: '' }
  expect(portalOf(nothing, known)).toEqual({ portal: known.start_url, region: 'eu-west-1' })
  expect(portalOf({ portal: 'https://my.awsapps.com/start', region: '' }, known)).toEqual({
    portal: 'https://my.awsapps.com/start',
    region: 'eu-west-1',
  })
  expect(portalOf({ portal: 'http://not.safe', region: 'eu-central-1' }, known)).toEqual({
    portal: known.start_url,
    region: 'eu-central-1',
  })
  expect(portalOf(nothing, null)).toBeNull()
  expect(portalOf(nothing, { start_url: 'javascript:alert(1)', region: 'eu-west-1' })).toBeNull()
})

it('writes a profile that the AWS CLI can read, and a link that the portal knows', () => {
  expect(cliProfile({ portal: 'https://d-1.awsapps.com/start', region: 'eu-west-1' }, grant)).toContain(
    '[profile prod-web-Deploy]\nsso_session = accessguard\nsso_account_id = 111111111111\nsso_role_name = Deploy\n',
  )
  expect(consoleAddress('https://d-1.awsapps.com/start/#/', grant)).toBe(
    'https://d-1.awsapps.com/start/#/console?account_id=111111111111&role_name=Deploy',
  )
})
