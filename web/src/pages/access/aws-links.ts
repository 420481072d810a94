import type { Grant, Me } from '../../api/queries'
import type { Settings } from '../../look/settings'

export interface Portal {
  portal: string
  region: string
}

/** Only an address that a browser may be sent to: a portal is always HTTPS. */
export const isPortal = (portal: string): boolean => /^https:\/\/[^\s/]+/.test(portal)

/** Where people sign in to AWS: what this browser's settings say, else what the server knows; null when neither does. */
export function portalOf(kept: Pick<Settings, 'portal' | 'region'>, known: Me['access_portal']): Portal | null {
  const portal = isPortal(kept.portal) ? kept.portal : (known?.start_url ?? '')
  return isPortal(portal) ? { portal, region: kept.region || known?.region || 'us-east-1' } : null
}

/** The AWS access portal's own link into an account's console with a permission set. */
export function consoleAddress(portal: string, grant: Grant): string {
  const query = new URLSearchParams({ account_id: grant.account.id, role_name: grant.permission_set.name })
  return `${portal.replace(/\/+(#\/?)?$/, '')}/#/console?${query.toString()}`
}

/** Lines for ~/.aws/config: the stock AWS CLI does the rest, and no key is ever here. */
export function cliProfile(place: Portal, grant: Grant): string {
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
