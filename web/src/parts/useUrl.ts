import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/** One value that lives in the address, so that a link shows the same to whoever opens it. Empty ones are left out. */
export function useUrl(name: string, fallback = ''): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams()
  const value = search.get(name) ?? fallback
  const change = useCallback(
    (next: string) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before)
          if (next === fallback || next === '') after.delete(name)
          else after.set(name, next)
          return after
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch, name, fallback],
  )
  return [value, change]
}
