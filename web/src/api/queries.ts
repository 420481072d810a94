import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query'
import { client, take } from './client'
import { invalidate } from './invalidate'
import { isNotAnalyzed } from './problem'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
export type Request = Schemas['Request']
export type RequestWithTimeline = Schemas['RequestWithTimeline']
export type Grant = Schemas['Grant']
export type Me = Schemas['Me']
export type EligibleItem = Schemas['EligibleItem']
export type State = Schemas['State']
export type Level = Schemas['Level']
export type Entry = Schemas['Entry']

type QueryOf<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never

/** As many as the server gives at once. */
const pageSize = 200

/** A list that the server gives in pages, as tables take it. */
export interface List<T> {
  rows: T[]
  /** How many there are on the server, when it tells. */
  total: number | null
  hasMore: boolean
  isPending: boolean
  isFetchingMore: boolean
  /** The rows are of the question before; the answer to this one is on its way. */
  isStale: boolean
  error: unknown
  /** Reading further did not work: it is not tried again by itself, only with `more`. */
  moreError: unknown
  more: () => void
  again: () => void
}

/** Whether a page that wants all rows may ask for further ones by itself. */
export const mayReadOn = (list: List<unknown>) => list.hasMore && !list.isFetchingMore && !list.moreError

interface Page<T> {
  items: T[]
  next: string | number | null
  total?: number
}

function asList<T, P extends Page<T>>(result: UseInfiniteQueryResult<InfiniteData<P>>): List<T> {
  return {
    rows: result.data?.pages.flatMap((page) => page.items) ?? [],
    total: result.data?.pages[0]?.total ?? null,
    hasMore: result.hasNextPage,
    isPending: result.isPending,
    isFetchingMore: result.isFetchingNextPage,
    isStale: result.isPlaceholderData,
    error: result.error,
    moreError: result.isFetchNextPageError ? result.error : null,
    more: () => {
      if (result.hasNextPage && !result.isFetchingNextPage) void result.fetchNextPage()
    },
    again: () => void result.refetch(),
  }
}

const cursorOf = (page: Page<unknown>) => page.next ?? undefined
const paging = {
  initialPageParam: undefined as string | number | undefined,
  getNextPageParam: cursorOf,
  placeholderData: keepPreviousData,
}
const text = (cursor: string | number | undefined) => (cursor === undefined ? undefined : String(cursor))

// ---- people ----

export const useEligible = (query: QueryOf<'/v1/eligible'> = {}) =>
  asList<EligibleItem, Schemas['EligibleList']>(
    useInfiniteQuery({
      ...paging,
      queryKey: ['/v1/eligible', query],
      staleTime: 60_000,
      queryFn: ({ pageParam, signal }) =>
        take(
          client.GET('/v1/eligible', {
            signal,
            params: { query: { ...query, limit: pageSize, cursor: text(pageParam) } },
          }),
        ),
    }),
  )

/** What break-glass opens to me; null when nothing. */
export const useMyBreakGlass = () =>
  useQuery({
    queryKey: ['/v1/eligible', 'break-glass'],
    staleTime: 60_000,
    queryFn: async ({ signal }) =>
      (await take(client.GET('/v1/eligible', { signal, params: { query: { limit: 1 } } }))).break_glass,
  })

// ---- requests and grants ----

export const useRequests = (query: QueryOf<'/v1/requests'> = {}, options: { enabled?: boolean; limit?: number } = {}) =>
  asList<Request, Schemas['RequestList']>(
    useInfiniteQuery({
      ...paging,
      queryKey: ['/v1/requests', query],
      enabled: options.enabled ?? true,
      queryFn: ({ pageParam, signal }) =>
        take(
          client.GET('/v1/requests', {
            signal,
            params: { query: { ...query, limit: options.limit ?? pageSize, cursor: text(pageParam) } },
          }),
        ),
    }),
  )

export const requestQuery = (id: string) => ({
  queryKey: ['/v1/requests/{id}', id],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    take(client.GET('/v1/requests/{id}', { signal, params: { path: { id } } })),
})
export const useRequest = (id: string | null) =>
  useQuery({ ...requestQuery(id ?? ''), enabled: id !== null, placeholderData: keepPreviousDataOf(id) })

/** While another request is opened the one before must not be shown as if it were that one. */
function keepPreviousDataOf(id: string | null) {
  return (before: RequestWithTimeline | undefined) => (before?.id === id ? before : undefined)
}

export const useGrants = (query: QueryOf<'/v1/grants'> = {}) =>
  asList<Grant, Schemas['GrantList']>(
    useInfiniteQuery({
      ...paging,
      queryKey: ['/v1/grants', query],
      queryFn: ({ pageParam, signal }) =>
        take(
          client.GET('/v1/grants', {
            signal,
            params: { query: { ...query, limit: pageSize, cursor: text(pageParam) } },
          }),
        ),
    }),
  )

export const useAccess = (query: QueryOf<'/v1/access'> = {}) => {
  const result = useInfiniteQuery({
    ...paging,
    queryKey: ['/v1/access', query],
    queryFn: ({ pageParam, signal }) =>
      take(
        client.GET('/v1/access', { signal, params: { query: { ...query, limit: pageSize, cursor: text(pageParam) } } }),
      ),
  })
  return {
    list: asList<Schemas['AccessItem'], Schemas['AccessList']>(result),
    standingAt: result.data?.pages[0]?.standing_at ?? null,
  }
}

export const usePreview = (order: Schemas['PreviewOrder'] | null) =>
  useQuery({
    queryKey: ['/v1/requests/preview', order],
    enabled: order !== null,
    // Terms change with the policy and with who is there: an old answer is not shown again.
    gcTime: 30_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      take(client.POST('/v1/requests/preview', { signal, body: order as Schemas['PreviewOrder'] })),
  })

// ---- organization ----

export const useAccounts = (query: QueryOf<'/v1/accounts'> = {}) =>
  asList<Schemas['Account'], Schemas['AccountList']>(
    useInfiniteQuery({
      ...paging,
      queryKey: ['/v1/accounts', query],
      staleTime: 60_000,
      queryFn: ({ pageParam, signal }) =>
        take(
          client.GET('/v1/accounts', {
            signal,
            params: { query: { ...query, limit: pageSize, cursor: text(pageParam) } },
          }),
        ),
    }),
  )

export const usePermissionSets = (query: QueryOf<'/v1/permission-sets'> = {}) =>
  asList<Schemas['PermissionSet'], Schemas['PermissionSetList']>(
    useInfiniteQuery({
      ...paging,
      queryKey: ['/v1/permission-sets', query],
      staleTime: 60_000,
      queryFn: ({ pageParam, signal }) =>
        take(
          client.GET('/v1/permission-sets', {
            signal,
            params: { query: { ...query, limit: pageSize, cursor: text(pageParam) } },
          }),
        ),
    }),
  )

export const useUsers = (query: QueryOf<'/v1/users'> = {}) =>
  asList<Schemas['User'], Schemas['UserList']>(
    useInfiniteQuery({
      ...paging,
      queryKey: ['/v1/users', query],
      staleTime: 60_000,
      queryFn: ({ pageParam, signal }) =>
        take(
          client.GET('/v1/users', {
            signal,
            params: { query: { ...query, limit: pageSize, cursor: text(pageParam) } },
          }),
        ),
    }),
  )

export const useAccount = (id: string) =>
  useQuery({
    queryKey: ['/v1/accounts', 'one', id],
    queryFn: ({ signal }) => take(client.GET('/v1/accounts/{id}', { signal, params: { path: { id } } })),
  })
export const usePermissionSet = (id: string) =>
  useQuery({
    queryKey: ['/v1/permission-sets', 'one', id],
    queryFn: ({ signal }) => take(client.GET('/v1/permission-sets/{id}', { signal, params: { path: { id } } })),
  })
/** What it really allows, from its policies. Not known for a moment after a start: asked again until it is. */
export const useSetAnalysis = (id: string) =>
  useQuery({
    queryKey: ['/v1/permission-sets', 'analysis', id],
    queryFn: ({ signal }) =>
      take(client.GET('/v1/permission-sets/{id}/analysis', { signal, params: { path: { id } } })),
    refetchInterval: (query) => (isNotAnalyzed(query.state.error) ? 5_000 : false),
  })
export const useUser = (id: string) =>
  useQuery({
    queryKey: ['/v1/users', 'one', id],
    queryFn: ({ signal }) => take(client.GET('/v1/users/{id}', { signal, params: { path: { id } } })),
  })

export const useSearch = (q: string) =>
  useQuery({
    queryKey: ['/v1/search', q],
    enabled: q.trim() !== '',
    staleTime: 10_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => take(client.GET('/v1/search', { signal, params: { query: { q: q.trim(), limit: 12 } } })),
  })

// ---- insights ----

export const useFlow = (query: QueryOf<'/v1/insights/flow'>) =>
  useQuery({
    queryKey: ['/v1/insights/flow', query],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => take(client.GET('/v1/insights/flow', { signal, params: { query } })),
  })

// ---- policy ----

export const usePolicy = () =>
  useQuery({ queryKey: ['/v1/policy'], queryFn: ({ signal }) => take(client.GET('/v1/policy', { signal })) })
export const usePolicyChanges = (enabled = true) =>
  useQuery({
    queryKey: ['/v1/policy/changes'],
    enabled,
    queryFn: ({ signal }) => take(client.GET('/v1/policy/changes', { signal })),
  })

// ---- ledger and operation ----

export const useLedger = (query: Omit<QueryOf<'/v1/ledger'>, 'from' | 'limit'>) =>
  asList<Entry, Schemas['EntryList']>(
    useInfiniteQuery({
      ...paging,
      queryKey: ['/v1/ledger', query],
      queryFn: ({ pageParam, signal }) =>
        take(
          client.GET('/v1/ledger', {
            signal,
            params: { query: { ...query, limit: 200, from: pageParam as number | undefined } },
          }),
        ),
    }),
  )
export const useCheckpoint = () =>
  useQuery({
    queryKey: ['/v1/ledger/checkpoint'],
    queryFn: ({ signal }) => take(client.GET('/v1/ledger/checkpoint', { signal })),
  })
export const useVerification = () =>
  useQuery({
    queryKey: ['/v1/ledger/verification'],
    queryFn: ({ signal }) => take(client.GET('/v1/ledger/verification', { signal })),
  })
export const useStatus = (enabled = true) =>
  useQuery({
    queryKey: ['/v1/status'],
    enabled,
    refetchInterval: 30_000,
    queryFn: ({ signal }) => take(client.GET('/v1/status', { signal })),
  })
export const useSetup = (enabled = true) =>
  useQuery({ queryKey: ['/v1/setup'], enabled, queryFn: ({ signal }) => take(client.GET('/v1/setup', { signal })) })

/** After a change of ours: what it touches is asked again without waiting for the event. */
export function useRefresh() {
  const queries = useQueryClient()
  return (id?: string) => {
    for (const path of ['/v1/requests', '/v1/grants', '/v1/me']) invalidate(queries, [path])
    if (id !== undefined) invalidate(queries, ['/v1/requests/{id}', id])
  }
}
