import { useState } from 'react'
import type { Request } from '../../api/queries'

/** Which of those that wait are chosen. What does not wait any more is not: there is nothing left to deny. */
export function useChosen(waiting: Request[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const requests = waiting.filter((request) => ids.has(request.id) && request.can.deny)
  return {
    requests,
    has: (id: string) => requests.some((request) => request.id === id),
    toggle: (id: string) =>
      setIds((before) => {
        const after = new Set(before)
        if (!after.delete(id)) after.add(id)
        return after
      }),
    clear: () => setIds(new Set()),
  }
}
