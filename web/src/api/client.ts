import createClient, { type FetchResponse, type Middleware } from 'openapi-fetch'
import { noteServerTime } from '../look/clock'
import { Problem, unreachable } from './problem'
import type { paths } from './schema'

/** Called whenever the server says that nobody is signed in; the session decides what that means. */
let onSignedOut: () => void = () => {}
export const whenSignedOut = (listener: () => void) => {
  onSignedOut = listener
}

const watch: Middleware = {
  onResponse({ response }) {
    noteServerTime(response.headers.get('Date'))
    if (response.status === 401) onSignedOut()
  },
  onError() {
    return unreachable()
  },
}

export const client = createClient<paths>({
  baseUrl: '/',
  credentials: 'same-origin',
  querySerializer: { array: { style: 'form', explode: false } },
})
client.use(watch)

/** The data, or a thrown `Problem`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- openapi-fetch's own constraint on its type parameters
export async function take<T extends Record<string | number, any>, O, M extends `${string}/${string}`>(
  call: Promise<FetchResponse<T, O, M>>,
): Promise<NonNullable<FetchResponse<T, O, M>['data']>> {
  const { data, error, response } = await call
  if (response.ok) return data as NonNullable<FetchResponse<T, O, M>['data']>
  // A gateway in between answers with something else than a problem.
  throw new Problem(response.status, typeof error === 'object' && error !== null ? error : {})
}

/** A key that names one intent: the same click sent twice is done once. */
export function newIntent(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const intentHeader = (key: string) => ({ 'Idempotency-Key': key })
