import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Live } from './live'

/** One line to the server: what was asked for it, and what comes over it. */
interface Line {
  headers: Record<string, string>
  say: (piece: string) => void
  end: () => void
}

let lines: Line[] = []
let answer: (() => Response) | null = null
let channels: FakeChannel[] = []
let listeners: Map<string, Set<() => void>>
let stops: (() => void)[] = []

/** As the browser's: whoever listens by the same name hears, but not who speaks. */
class FakeChannel {
  onmessage: ((message: { data: unknown }) => void) | null = null
  constructor(readonly name: string) {
    channels.push(this)
  }
  postMessage(data: unknown) {
    for (const other of channels)
      if (other !== this && other.name === this.name) other.onmessage?.({ data: structuredClone(data) })
  }
  close() {
    channels = channels.filter((other) => other !== this)
  }
}

/** As the browser's: one holds it, the next one gets it when that one is done. */
class FakeLocks {
  #last: Promise<unknown> = Promise.resolve()
  request(_: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>) {
    const turn = this.#last.then(() => (signal.aborted ? undefined : work()))
    this.#last = turn
    return turn
  }
}

function open(_: string, { headers, signal }: { headers: Record<string, string>; signal: AbortSignal }) {
  if (answer) return Promise.resolve(answer())
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      signal.addEventListener('abort', () => controller.error(new Error('hung up')))
      lines.push({
        headers,
        say: (piece) => controller.enqueue(encoder.encode(piece)),
        end: () => controller.close(),
      })
    },
  })
  return Promise.resolve(new Response(body))
}

beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  answer = null
  channels = []
  listeners = new Map()
  vi.stubGlobal('BroadcastChannel', FakeChannel)
  vi.stubGlobal('navigator', { locks: new FakeLocks() })
  vi.stubGlobal('fetch', vi.fn(open))
  vi.stubGlobal('addEventListener', (name: string, listener: () => void) => {
    listeners.set(name, (listeners.get(name) ?? new Set()).add(listener))
  })
  vi.stubGlobal('removeEventListener', (name: string, listener: () => void) => listeners.get(name)?.delete(listener))
})
afterEach(() => {
  stops.splice(0).forEach((stop) => stop())
  stops = []
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const tell = (name: string) => [...(listeners.get(name) ?? [])].forEach((listener) => listener())
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const event = (id: number, kind: string, request: string | null = null) =>
  `id: ${id}\ndata: ${JSON.stringify({ index: id, at: '2026-11-26T12:00:00Z', kind, request, state: null, change: null })}\n\n`

/** A tab that shows some answers, and how often each was asked for. */
async function tab(keys: string[][], calm = 1_000) {
  const queries = new QueryClient({ defaultOptions: { queries: { networkMode: 'always', staleTime: Infinity } } })
  const asked = new Map<string, number>()
  for (const queryKey of keys) {
    const queryFn = () => {
      asked.set(queryKey.join(' '), (asked.get(queryKey.join(' ')) ?? 0) + 1)
      return Promise.resolve('answer')
    }
    stops.push(new QueryObserver(queries, { queryKey, queryFn }).subscribe(() => {}))
  }
  await pass(0)
  const live = new Live(queries, 'tok_1')
  live.start()
  stops.push(
    () => live.stop(),
    () => queries.clear(),
  )
  await pass(calm)
  return { live, askedFor: (key: string) => asked.get(key) ?? 0 }
}

it('asks everything again when the line is there: what happened before it no event tells', async () => {
  const { live, askedFor } = await tab([['/v1/requests'], ['/v1/accounts']], 0)
  expect(live.state()).toBe('live')
  expect(askedFor('/v1/requests')).toBe(1)
  await pass(1_000)
  expect(askedFor('/v1/requests')).toBe(2)
  expect(askedFor('/v1/accounts')).toBe(2)
})

it('asks once again for what a burst of events touches, and for nothing else', async () => {
  const { askedFor } = await tab([
    ['/v1/requests'],
    ['/v1/requests/{id}', 'req_1'],
    ['/v1/requests/{id}', 'req_2'],
    ['/v1/accounts'],
  ])
  lines[0]?.say(event(1, 'request.approved', 'req_1') + event(2, 'request.submitted', 'req_1'))
  await pass(100)
  expect(askedFor('/v1/requests')).toBe(2)
  await pass(100)
  expect(askedFor('/v1/requests')).toBe(3)
  expect(askedFor('/v1/requests/{id} req_1')).toBe(3)
  await pass(10_000)
  expect(askedFor('/v1/requests')).toBe(3)
  expect(askedFor('/v1/requests/{id} req_2')).toBe(2)
  expect(askedFor('/v1/accounts')).toBe(2)
})

it('leaves what costs the server much for a few seconds later', async () => {
  const { askedFor } = await tab([['/v1/status'], ['/v1/grants']])
  lines[0]?.say(event(1, 'slot.present', 'req_1'))
  await pass(500)
  expect([askedFor('/v1/grants'), askedFor('/v1/status')]).toEqual([3, 2])
  await pass(3_000)
  expect([askedFor('/v1/grants'), askedFor('/v1/status')]).toEqual([3, 3])
})

it('goes on from the last event when the line broke, without asking for everything anew', async () => {
  const { live, askedFor } = await tab([['/v1/accounts']])
  lines[0]?.say(event(41, 'request.approved', 'req_1'))
  await pass(200)
  lines[0]?.end()
  await pass(0)
  expect(live.state()).toBe('offline')
  await pass(5_000)
  expect(live.state()).toBe('live')
  expect(lines[0]?.headers['Last-Event-ID']).toBeUndefined()
  expect(lines[1]?.headers['Last-Event-ID']).toBe('41')
  expect(askedFor('/v1/accounts')).toBe(2)
})

it('asks for everything when the server cannot tell what was missed', async () => {
  const { askedFor } = await tab([['/v1/accounts']])
  lines[0]?.say('id: 9\nevent: reset\ndata:\n\n')
  await pass(200)
  expect(askedFor('/v1/accounts')).toBe(3)
})

it('takes a line on which nothing comes for dead', async () => {
  const { live } = await tab([])
  await pass(43_000)
  lines[0]?.say(': still here\n\n')
  await pass(44_000)
  expect(live.state()).toBe('live')
  await pass(1_500)
  expect(live.state()).toBe('offline')
})

it('tries less and less often, and at once when the browser has a network again', async () => {
  answer = () => new Response(null, { status: 503 })
  const { live } = await tab([])
  const tries = () => vi.mocked(fetch).mock.calls.length
  expect(live.state()).toBe('offline')
  await pass(60_000)
  const inFirst = tries()
  await pass(60_000)
  expect(inFirst).toBeLessThan(10)
  expect(tries() - inFirst).toBeLessThan(inFirst)
  answer = null
  tell('online')
  await pass(0)
  expect(live.state()).toBe('live')
})

it('stops when nobody is signed in any more', async () => {
  answer = () => new Response(null, { status: 401 })
  await tab([])
  await pass(120_000)
  expect(fetch).toHaveBeenCalledTimes(1)
})

it('is not stopped by an event that cannot be read', async () => {
  const { askedFor } = await tab([['/v1/requests']])
  lines[0]?.say('id: 1\ndata: {"half\n\n' + event(2, 'request.approved', 'req_1'))
  await pass(200)
  expect(askedFor('/v1/requests')).toBe(3)
})

it('reads once for all tabs; the next one goes on where the one before it was', async () => {
  const first = await tab([['/v1/requests']])
  const second = await tab([['/v1/requests']])
  expect(lines).toHaveLength(1)
  expect(second.live.state()).toBe('live')
  lines[0]?.say(event(7, 'request.approved', 'req_1'))
  await pass(200)
  expect([first.askedFor('/v1/requests'), second.askedFor('/v1/requests')]).toEqual([3, 2])
  first.live.stop()
  await pass(0)
  expect(lines).toHaveLength(2)
  expect(lines[1]?.headers['Last-Event-ID']).toBe('7')
})
