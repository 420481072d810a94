import type { QueryClient } from '@tanstack/react-query'
import { affectedBy, unhurried } from './affected'
import { EventStreamReader, type StreamEvent } from './event-stream'
import { invalidate } from './invalidate'
import type { components } from './schema'

export type LiveEvent = components['schemas']['LiveEvent']
export type LiveState = 'connecting' | 'live' | 'offline'

const soon = 120
const later = 3000
/** After the first answers: they are put on screen first, and then asked again once. */
const calm = 1000
const shortestRetry = 1000
const longestRetry = 15000
/** The server sends a comment every 15 s; this long without any byte is a dead line. */
const silence = 45000

/**
 * Keeps what is on screen as the server has it: reads /v1/events and has the answers asked again that an event touches.
 *
 * One stream for all tabs of a browser (HTTP/1.1 has six connections a host): the tab that holds the lock reads, the
 * others listen to it. Where a browser has no locks, each tab reads for itself.
 */
export class Live {
  #queries: QueryClient
  #name: string
  #abort = new AbortController()
  #channel: BroadcastChannel
  #last: string | null = null
  #state: LiveState = 'connecting'
  #isReading = false
  #stateListeners = new Set<() => void>()
  #eventListeners = new Set<(event: LiveEvent) => void>()
  #waiting = { soon: new Set<string>(), later: new Set<string>() }
  #timers: {
    soon?: ReturnType<typeof setTimeout>
    later?: ReturnType<typeof setTimeout>
    calm?: ReturnType<typeof setTimeout>
  } = {}

  constructor(queries: QueryClient, person: string) {
    this.#queries = queries
    this.#name = `accessguard-events-${person}`
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = (message: MessageEvent<StreamEvent | { state: LiveState } | 'how is it?'>) => {
      if (message.data === 'how is it?') {
        if (this.#isReading) this.#channel.postMessage({ state: this.#state })
      } else if ('state' in message.data) this.#setState(message.data.state)
      else this.#receive(message.data)
    }
  }

  start(): void {
    const signal = this.#abort.signal
    const read = () => this.#readForever(signal)
    if (!navigator.locks) {
      void read()
      return
    }
    this.#channel.postMessage('how is it?')
    navigator.locks.request(this.#name, { signal }, read).catch(() => {})
  }

  stop(): void {
    this.#abort.abort()
    this.#channel.close()
    clearTimeout(this.#timers.soon)
    clearTimeout(this.#timers.later)
    clearTimeout(this.#timers.calm)
  }

  state = () => this.#state
  subscribe = (listener: () => void) => {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }
  onEvent(listener: (event: LiveEvent) => void) {
    this.#eventListeners.add(listener)
    return () => {
      this.#eventListeners.delete(listener)
    }
  }

  async #readForever(signal: AbortSignal): Promise<void> {
    let wait = shortestRetry
    this.#isReading = true
    while (!signal.aborted) {
      const began = Date.now()
      const goOn = await this.#readOnce(signal)
      if (signal.aborted || !goOn) return
      this.#tellState('offline')
      wait = Date.now() - began > longestRetry ? shortestRetry : Math.min(wait * 2, longestRetry)
      await untilOnlineOr(wait * (0.75 + Math.random() / 2))
    }
  }

  /** Reads until the line breaks; false when there is no use in trying again. */
  async #readOnce(signal: AbortSignal): Promise<boolean> {
    const line = new AbortController()
    const hangUp = () => line.abort()
    signal.addEventListener('abort', hangUp)
    // A network that went away does not always close what is open.
    addEventListener('offline', hangUp)
    let watchdog = setTimeout(hangUp, silence)
    try {
      const response = await fetch('/v1/events', {
        headers: { Accept: 'text/event-stream', ...(this.#last === null ? {} : { 'Last-Event-ID': this.#last }) },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: line.signal,
      })
      if (response.status === 401) {
        // Asking for anything else brings the sign-in up; this only has to stop.
        void this.#queries.invalidateQueries({ queryKey: ['/v1/me'] })
        return false
      }
      if (!response.ok || !response.body) return true
      const resumed = this.#last !== null
      this.#tellState('live')
      // Between the first answers and this moment things may have happened that no event will tell.
      if (!resumed) this.#timers.calm = setTimeout(() => this.#refreshAll(), calm)
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      const events = new EventStreamReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return true
        clearTimeout(watchdog)
        watchdog = setTimeout(hangUp, silence)
        for (const event of events.push(value)) {
          if (event.id !== null && event.event !== 'reset') this.#last = event.id
          this.#channel.postMessage(event)
          this.#receive(event)
        }
      }
    } catch {
      return true
    } finally {
      clearTimeout(watchdog)
      signal.removeEventListener('abort', hangUp)
      removeEventListener('offline', hangUp)
    }
  }

  #receive(streamed: StreamEvent): void {
    // A tab that takes over reading goes on from where the one before it was.
    if (streamed.id !== null) this.#last = streamed.id
    if (streamed.event === 'reset') {
      this.#last = null
      this.#refreshAll()
      return
    }
    let event: LiveEvent
    try {
      event = JSON.parse(streamed.data) as LiveEvent
    } catch {
      return
    }
    this.#eventListeners.forEach((listener) => listener(event))
    const { paths, request } = affectedBy(event)
    // The server tells of a change after its answers have it: what is asked from here on is of that moment or later.
    for (const path of paths) this.#plan(path, unhurried.has(path) ? 'later' : 'soon')
    if (request !== null) this.#plan(`/v1/requests/{id} ${request}`, 'soon')
  }

  #plan(what: string, when: 'soon' | 'later'): void {
    this.#waiting[when].add(what)
    this.#timers[when] ??= setTimeout(() => this.#refresh(when), when === 'soon' ? soon : later)
  }

  #refresh(when: 'soon' | 'later'): void {
    this.#timers[when] = undefined
    const due = [...this.#waiting[when]]
    this.#waiting[when].clear()
    for (const what of due) {
      const [path, id] = what.split(' ')
      invalidate(this.#queries, id === undefined ? [path] : [path, id])
    }
  }

  #refreshAll(): void {
    invalidate(this.#queries)
  }

  #tellState(state: LiveState): void {
    this.#setState(state)
    if (!this.#abort.signal.aborted) this.#channel.postMessage({ state })
  }

  #setState(state: LiveState): void {
    if (this.#state === state) return
    this.#state = state
    this.#stateListeners.forEach((listener) => listener())
  }
}

/** Waits so long, or until the browser says that there is a network again. */
function untilOnlineOr(milliseconds: number): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer)
      removeEventListener('online', end)
      done()
    }
    const timer = setTimeout(end, milliseconds)
    addEventListener('online', end)
  })
}
