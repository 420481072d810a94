import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'
import { client, take, whenSignedOut } from '../api/client'
import { isSignedOut } from '../api/problem'
import type { Me, Schemas } from '../api/queries'

const MeContext = createContext<Me | null>(null)

/** Who is signed in. Only inside the session. */
export function useMe(): Me {
  const me = useContext(MeContext)
  if (!me) throw new Error('useMe outside a session')
  return me
}

export const useIsAdministrator = () => useMe().role === 'admin'
export const nameOf = (me: Me) => me.user?.display_name ?? me.user?.user_name ?? 'Administrator'

interface SessionProps {
  starting: ReactNode
  signIn: ReactNode
  /** Over the page, which stays as it is: what was typed is kept. */
  signInAgain: ReactNode
  failed: (error: unknown, again: () => void) => ReactNode
  children: ReactNode
}

export function Session({ starting, signIn, signInAgain, failed, children }: SessionProps) {
  const [isOver, setOver] = useState(false)
  const me = useQuery({
    queryKey: ['/v1/me'],
    staleTime: 30_000,
    retry: (count, error) => !isSignedOut(error) && count < 2,
    queryFn: ({ signal }) => take(client.GET('/v1/me', { signal })),
  })
  useEffect(() => {
    whenSignedOut(() => setOver(true))
    return () => whenSignedOut(() => {})
  }, [])
  const signedOut = isOver || isSignedOut(me.error)
  const [before, setBefore] = useState(me.dataUpdatedAt)
  if (before !== me.dataUpdatedAt) {
    setBefore(me.dataUpdatedAt)
    setOver(false)
  }

  if (!me.data) {
    if (signedOut) return signIn
    if (me.error) return failed(me.error, () => void me.refetch())
    return starting
  }
  return (
    <MeContext value={me.data}>
      {children}
      {signedOut && signInAgain}
    </MeContext>
  )
}

export const useSignInWays = () =>
  useQuery({
    queryKey: ['/v1/sign-in'],
    staleTime: Infinity,
    queryFn: ({ signal }) => take(client.GET('/v1/sign-in', { signal })),
  })

export function useSignIn() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (order: Schemas['SignInOrder']) => take(client.POST('/v1/sign-in', { body: order })),
    onSuccess: (me) => {
      const before = queries.getQueryData<Me>(['/v1/me'])
      // Somebody else must not see, even for a moment, what the one before saw.
      if (before && before.user?.id !== me.user?.id) queries.clear()
      queries.setQueryData(['/v1/me'], me)
      if (before && before.user?.id === me.user?.id)
        void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== '/v1/me' })
    },
  })
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => take(client.POST('/v1/sign-out', { body: {} })),
    // A fresh page holds nothing of this session.
    onSuccess: () => location.assign('/'),
  })
}
