import type { components } from './schema'

type LiveEvent = components['schemas']['LiveEvent']

/** The paths whose answers may have changed with an event; `{id}` ones for that request alone. */
export function affectedBy(event: LiveEvent): { paths: string[]; request: string | null } {
  const paths = new Set<string>(['/v1/ledger', '/v1/ledger/checkpoint'])
  const add = (...more: string[]) => more.forEach((path) => paths.add(path))
  const family = event.kind.split('.')[0]
  if (event.request !== null) add('/v1/requests', '/v1/me')
  switch (family) {
    case 'request':
    case 'break_glass':
      add('/v1/insights/flow', '/v1/setup')
      break
    case 'grant':
    case 'slot':
    case 'sessions':
    case 'assignment':
      // The state of a request is that of its grants, whether or not the event names it.
      add(
        '/v1/requests',
        '/v1/requests/{id}',
        '/v1/grants',
        '/v1/access',
        '/v1/insights/flow',
        '/v1/status',
        '/v1/setup',
      )
      break
    case 'policy':
      add('/v1/policy', '/v1/policy/changes', '/v1/eligible', '/v1/setup', '/v1/permission-sets')
      break
    case 'permission_set':
      // It allows something else now: levels, terms and requests that wait may be others.
      add('/v1/permission-sets', '/v1/eligible', '/v1/requests', '/v1/requests/{id}', '/v1/policy')
      break
    case 'server':
    case 'grants':
    case 'ledger':
    case 'switch':
      add('/v1/status')
      break
    default:
      add('/v1/status', '/v1/setup')
  }
  return { paths: [...paths], request: event.request }
}

/** Answers that cost the server much, or of which nobody needs every change: asked again a few seconds later. */
export const unhurried = new Set([
  '/v1/ledger',
  '/v1/ledger/checkpoint',
  '/v1/insights/flow',
  '/v1/status',
  '/v1/setup',
  '/v1/access',
])
