import type { components } from './schema'

type ProblemBody = components['schemas']['Problem']

/** What went wrong with a call, as the server says it (RFC 9457), or that the server was not reached. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly errors: { field: string; detail: string }[]
  readonly rule: string | null
  readonly fix: string | null
  /** The server's id of the request: what to quote to whoever runs it. */
  readonly instance: string | null

  constructor(status: number, body: Partial<ProblemBody>) {
    super(body.detail ?? body.title ?? `HTTP ${status}`)
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? 'unknown'
    this.errors = body.errors ?? []
    this.rule = body.rule ?? null
    this.fix = body.fix ?? null
    this.instance = body.instance ?? null
  }

  /** What the server said about one field of the form, if anything. */
  about(field: string): string | undefined {
    return this.errors.find((error) => error.field === field || error.field.startsWith(`${field}[`))?.detail
  }
}

export const unreachable = () => new Problem(0, { code: 'unreachable' })

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem(0, { code: 'unexpected', detail: error instanceof Error ? error.message : String(error) })
}

export const isUnreachable = (error: unknown) => error instanceof Problem && error.code === 'unreachable'
/** The server is older than this console, or the thing is not there (or may not be seen: the server tells no difference). */
export const isMissing = (error: unknown) => error instanceof Problem && error.status === 404
/** What a permission set is made of was not read from AWS (yet). */
export const isNotAnalyzed = (error: unknown) => error instanceof Problem && error.code === 'not_analyzed'
export const isDenied = (error: unknown) => error instanceof Problem && error.status === 403
export const isSignedOut = (error: unknown) => error instanceof Problem && error.status === 401
