import type { Grant, Request } from '../../api/queries'
import { lengthForApi } from '../../look/time'

const keyOf = (request: Request) =>
  `${request.permission_set.arn} ${request.accounts
    .map((account) => account.id)
    .sort()
    .join()}`
const most = 6

/** What was asked for and had lately, each once, without what is live now, and without break-glass and extensions. */
export function recentlyHeld(requests: Request[], live: Grant[]): Request[] {
  const held = new Set(live.map((grant) => `${grant.permission_set.arn} ${grant.account.id}`))
  const seen = new Set<string>()
  return requests
    .filter((request) => {
      const key = keyOf(request)
      const isLive = request.accounts.every((account) => held.has(`${request.permission_set.arn} ${account.id}`))
      if (request.break_glass || request.extends !== null || isLive || seen.has(key)) return false
      seen.add(key)
      return true
    })
    .slice(0, most)
}

/** The composer, filled in as it was. */
export function askAgainPath(request: Request): string {
  const query = new URLSearchParams()
  for (const account of request.accounts) query.append('account', account.name)
  query.set('set', request.permission_set.name)
  query.set('for', lengthForApi(request.duration_seconds))
  query.set('reason', request.reason)
  if (request.ticket !== null) query.set('ticket', request.ticket)
  return `/ask?${query.toString()}`
}
