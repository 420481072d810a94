import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/** One value that lives in the address, so that a link shows the same to whoever opens it. Empty ones are left out. */
export function useUrl(name: string, fallback = ''): [string, (value: string) => void] {
  const [search] = useSearchParams()
  const changeAll = useUrlChange()
  const change = useCallback(
    (next: string) => changeAll({ [name]: next === fallback ? '' : next }),
    [changeAll, name, fallback],
  )
  return [search.get(name) ?? fallback, change]
}

/** Several values at once: of two changes in one moment the router would keep the later alone. */
export function useUrlChange(): (values: Record<string, string>) => void {
  const [, setSearch] = useSearchParams()
  return useCallback(
    (values) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before)
          for (const [name, value] of Object.entries(values)) {
            if (value === '') after.delete(name)
            else after.set(name, value)
          }
          return after
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  )
}
