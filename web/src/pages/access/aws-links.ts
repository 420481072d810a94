import type { Grant } from '../../api/queries'

/** Only an address that a browser may be sent to: a portal is always HTTPS. */
export const isPortal = (portal: string): boolean => /^https:\/\/[^\s/]+/.test(portal)

/** The AWS access portal's own link into an account's console with a permission set. */
export function consoleAddress(portal: string, grant: Grant): string {
  const query = new URLSearchParams({ account_id: grant.account.id, role_name: grant.permission_set.name })
  return `${portal.replace(/\/+(#\/?)?$/, '')}/#/console?${query.toString()}`
}

/** Lines for ~/.aws/config: the stock AWS CLI does the rest, and no key is ever here. */
export function cliProfile(place: { portal: string; region: string }, grant: Grant): string {
  const plain = (text: string) => text.replace(/[^A-Za-z0-9._-]+/g, '-')
  const session = 'accessguard'
  return [
    `[sso-session ${session}]`,
    `sso_start_url = ${place.portal}`,
    `sso_region = ${place.region}`,
    'sso_registration_scopes = sso:account:access',
    '',
    `[profile ${plain(grant.account.name)}-${plain(grant.permission_set.name)}]`,
    `sso_session = ${session}`,
    `sso_account_id = ${grant.account.id}`,
    `sso_role_name = ${grant.permission_set.name}`,
    `region = ${place.region}`,
    '',
  ].join('\n')
}
