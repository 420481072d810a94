import { useSyncExternalStore } from 'react'

const query = matchMedia('(max-width: 688px)')
const subscribe = (listener: () => void) => {
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

/** A phone, or a window as narrow as one: cards in place of tables. */
export const useNarrow = () => useSyncExternalStore(subscribe, () => query.matches)
