import type { Query, QueryClient, QueryKey } from '@tanstack/react-query'

/** Queries that will be asked again as soon as the read that is under way has ended. */
const awaited = new WeakSet<Query>()

/**
 * Has every answer asked again whose key begins so. A read that is under way is broken off and begun anew, but not the
 * first one of a query: the library lets that end and takes its answer for fresh, although it may be of the moment
 * before what has just happened. Such a query is asked once more when its first answer is there.
 */
export function invalidate(queries: QueryClient, queryKey?: QueryKey): void {
  const firstReads = queries
    .getQueryCache()
    .findAll({ queryKey, fetchStatus: 'fetching' })
    .filter((query) => query.state.data === undefined && !awaited.has(query))
  void queries.invalidateQueries({ queryKey })
  for (const query of firstReads) {
    awaited.add(query)
    const askAgain = () => {
      awaited.delete(query)
      void queries.invalidateQueries({ queryKey: query.queryKey, exact: true })
    }
    // A first read that failed left nothing that could be old.
    query.promise?.then(askAgain, () => awaited.delete(query))
  }
}
