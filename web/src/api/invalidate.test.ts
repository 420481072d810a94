import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, expect, it, vi } from 'vitest'
import { invalidate } from './invalidate'

/** A list on a page, whose reads end when the test says so. */
function watched() {
  const queries = new QueryClient({ defaultOptions: { queries: { networkMode: 'always', retry: false } } })
  const reads: { end: (answer: string) => void; fail: () => void }[] = []
  const queryFn = vi.fn(
    () => new Promise<string>((end, refuse) => reads.push({ end, fail: () => refuse(new Error('not reached')) })),
  )
  const stop = new QueryObserver(queries, { queryKey: ['/v1/requests', {}], queryFn, staleTime: 5_000 }).subscribe(
    () => {},
  )
  stops.push(stop, () => queries.clear())
  return { queries, reads, queryFn, shown: () => queries.getQueryData(['/v1/requests', {}]) }
}
const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

it('asks again after the first read, when something happened while that was under way', async () => {
  const { queries, reads, queryFn, shown } = watched()
  invalidate(queries, ['/v1/requests'])
  invalidate(queries, ['/v1/requests'])
  reads[0]?.end('before')
  await vi.waitFor(() => expect(queryFn).toHaveBeenCalledTimes(2))
  expect(shown()).toBe('before')
  reads[1]?.end('after')
  await vi.waitFor(() => expect(shown()).toBe('after'))
  expect(queryFn).toHaveBeenCalledTimes(2)
})

it('breaks a later read off and begins it anew', async () => {
  const { queries, reads, queryFn, shown } = watched()
  reads[0]?.end('first')
  await vi.waitFor(() => expect(shown()).toBe('first'))
  invalidate(queries, ['/v1/requests'])
  invalidate(queries, ['/v1/requests'])
  await vi.waitFor(() => expect(queryFn).toHaveBeenCalledTimes(3))
  reads[1]?.end('before')
  reads[2]?.end('after')
  await vi.waitFor(() => expect(shown()).toBe('after'))
  expect(queryFn).toHaveBeenCalledTimes(3)
})

it('leaves a first read that failed to whoever looks at it, and answers of other paths alone', async () => {
  const { queries, reads, queryFn } = watched()
  invalidate(queries, ['/v1/requests'])
  invalidate(queries, ['/v1/grants'])
  reads[0]?.fail()
  await vi.waitFor(() => expect(queries.isFetching()).toBe(0))
  await Promise.resolve()
  expect(queryFn).toHaveBeenCalledTimes(1)
})

it('forgets what it waited for: a first read of later is asked again too', async () => {
  const { queries, reads, queryFn } = watched()
  invalidate(queries, ['/v1/requests'])
  reads[0]?.fail()
  await vi.waitFor(() => expect(queries.isFetching()).toBe(0))
  void queries.refetchQueries()
  await vi.waitFor(() => expect(queryFn).toHaveBeenCalledTimes(2))
  invalidate(queries, ['/v1/requests'])
  reads[1]?.end('before')
  await vi.waitFor(() => expect(queryFn).toHaveBeenCalledTimes(3))
})
