import { useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import { Live, type LiveEvent, type LiveState } from '../api/live'
import { useMe } from './session'

const LiveContext = createContext<Live | null>(null)

/** One live connection for as long as the same person is signed in. */
export function LiveUpdates({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const me = useMe()
  const [live, setLive] = useState<Live | null>(null)
  useEffect(() => {
    const made = new Live(queries, me.token.id)
    made.start()
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the connection lives exactly as long as this effect
    setLive(made)
    return () => made.stop()
  }, [queries, me.token.id])
  return <LiveContext value={live}>{children}</LiveContext>
}

const never = () => () => {}

export function useLiveState(): LiveState {
  const live = useContext(LiveContext)
  return useSyncExternalStore(live?.subscribe ?? never, live?.state ?? (() => 'connecting'))
}

export function useLiveEvents(listener: (event: LiveEvent) => void): void {
  const live = useContext(LiveContext)
  useEffect(() => live?.onEvent(listener), [live, listener])
}
