import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { invalidate } from '../../api/invalidate'
import { client, intentHeader, newIntent, take } from '../../api/client'
import { useRefresh, type Request, type Schemas } from '../../api/queries'
import { denyEach, type Chosen, type Denials } from '../approvals/deny-each'

/**
 * The same wish keeps its key while it is tried again, so that a lost answer does not do it twice; another wish, or the
 * next one after it was done, gets a new one.
 */
export function useIntent() {
  const kept = useRef<{ of: string; key: string } | null>(null)
  return {
    keyOf(wish: unknown): string {
      const of = JSON.stringify(wish)
      if (kept.current?.of !== of) kept.current = { of, key: newIntent() }
      return kept.current.key
    },
    done: () => {
      kept.current = null
    },
  }
}

/** An order about one request; what comes back is what is shown. */
function useOrder<Body>(id: string, send: (body: Body, key: string) => Promise<Request>) {
  const intent = useIntent()
  const queries = useQueryClient()
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (body: Body) => send(body, intent.keyOf(body)),
    onSuccess: () => {
      intent.done()
      refresh(id)
    },
    onError: () => {
      // Most refusals here mean that somebody else was faster: show how it is.
      invalidate(queries, ['/v1/requests/{id}', id])
    },
  })
}

const to = (id: string, key: string) => ({ path: { id }, header: intentHeader(key) })

export const useDecide = (id: string) =>
  useOrder<Schemas['DecisionOrder']>(id, (body, key) =>
    take(client.POST('/v1/requests/{id}/decisions', { params: to(id, key), body })),
  )

/** One reason for several denials, each of which is a call of its own and keeps its key while it is tried again. */
export function useDenyEach() {
  const keys = useRef(new Map<string, string>())
  const refresh = useRefresh()
  const [denials, setDenials] = useState<Denials>(new Map())
  const [isPending, setPending] = useState(false)
  const start = async (chosen: Chosen[], comment: string) => {
    setPending(true)
    await denyEach(chosen, denials, (one) => send(one, comment), setDenials)
    setPending(false)
    refresh()
    for (const { id } of chosen) refresh(id)
  }
  const send = ({ id, version }: Chosen, comment: string) => {
    const body = { decision: 'deny' as const, version, comment }
    const wish = JSON.stringify([id, body])
    const key = keys.current.get(wish) ?? newIntent()
    keys.current.set(wish, key)
    return take(client.POST('/v1/requests/{id}/decisions', { params: to(id, key), body }))
  }
  return { denials, isPending, start }
}

export const useWithdraw = (id: string) =>
  useOrder<void>(id, (_, key) => take(client.POST('/v1/requests/{id}/withdraw', { params: to(id, key), body: {} })))
export const useEnd = (id: string) =>
  useOrder<Schemas['EndOrder']>(id, (body, key) =>
    take(client.POST('/v1/requests/{id}/end', { params: to(id, key), body })),
  )
export const useExtend = (id: string) =>
  useOrder<Schemas['ExtensionOrder']>(id, (body, key) =>
    take(client.POST('/v1/requests/{id}/extend', { params: to(id, key), body })),
  )
export const useReview = (id: string) =>
  useOrder<Schemas['ReviewOrder']>(id, (body, key) =>
    take(client.POST('/v1/requests/{id}/review', { params: to(id, key), body })),
  )

export function useAsk() {
  const intent = useIntent()
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (body: Schemas['Ask']) =>
      take(client.POST('/v1/requests', { params: { header: intentHeader(intent.keyOf(body)) }, body })),
    onSuccess: () => {
      intent.done()
      refresh()
    },
  })
}

export function useBreakGlass() {
  const intent = useIntent()
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (body: Schemas['BreakGlassOrder']) =>
      take(client.POST('/v1/break-glass', { params: { header: intentHeader(intent.keyOf(body)) }, body })),
    onSuccess: () => {
      intent.done()
      refresh()
    },
  })
}
