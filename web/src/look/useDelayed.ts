import { useEffect, useState } from 'react'

/** The value as it was when it last stood still for so long. Compared by what it says, not by which object it is. */
export function useDelayed<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value)
  const key = JSON.stringify(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(key) as T), milliseconds)
    return () => clearTimeout(timer)
  }, [key, milliseconds])
  return settled
}
