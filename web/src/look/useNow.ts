import { useEffect, useState } from 'react'
import { serverNow } from './clock'

/** The server's time, again every `period` milliseconds. */
export function useNow(period = 1000): number {
  const [now, setNow] = useState(() => serverNow())
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), period)
    return () => clearInterval(timer)
  }, [period])
  return now
}
