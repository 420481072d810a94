import { useEffect, useMemo } from 'react'
import { mayReadOn, useRequests, type Grant } from '../../api/queries'

/** Requests that are read for this, at most. */
const most = 10_000

/**
 * Which of these grants are of break-glass. Grants do not say so: their requests do, and those are read, newest first,
 * until all are here. Of how many it is not known yet is told.
 */
export function useLoud(grants: Grant[], filter: { user?: string; account?: string }) {
  const requests = useRequests(filter, { enabled: grants.length > 0 })
  const known = useMemo(
    () => new Map(requests.rows.map((request) => [request.id, request.break_glass])),
    [requests.rows],
  )
  const unknown = grants.filter((grant) => !known.has(grant.request)).length
  useEffect(() => {
    if (unknown > 0 && mayReadOn(requests) && requests.rows.length < most) requests.more()
  }, [unknown, requests])
  return { isLoud: (grant: Grant) => known.get(grant.request) === true, unknown: requests.isPending ? 0 : unknown }
}
