import { useEffect, useState } from 'react'
import { text } from '../text'
import { Mark } from './Mark'

/** Before it is known who is there: said in words when that takes long. */
export function Starting() {
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), 1_000)
    return () => clearTimeout(timer)
  }, [])
  return (
    <main className="ag-whole">
      <Mark />
      <h1 className="ag-hidden">{text.product}</h1>
      <p role="status">{isLong && text.states.starting}</p>
    </main>
  )
}
