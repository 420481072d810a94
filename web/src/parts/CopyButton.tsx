import Button from '@cloudscape-design/components/button'
import { useEffect, useState } from 'react'
import { text as words } from '../text'

/** Copies, and says so; where the browser forbids it (plain HTTP), shows what to copy. */
export function CopyButton({
  text,
  label,
  variant = 'normal',
}: {
  text: string
  label: string
  variant?: 'normal' | 'inline-link'
}) {
  const [result, setResult] = useState<'copied' | 'refused' | null>(null)
  useEffect(() => {
    if (result !== 'copied') return
    const timer = setTimeout(() => setResult(null), 2500)
    return () => clearTimeout(timer)
  }, [result])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setResult('copied')
    } catch {
      setResult('refused')
    }
  }
  return (
    <>
      <Button variant={variant} iconName={result === 'copied' ? 'status-positive' : 'copy'} onClick={() => void copy()}>
        {result === 'copied' ? words.copy.done : label}
      </Button>
      <span className="ag-hidden" role="status">
        {result === 'copied' && words.copy.done}
      </span>
      {result === 'refused' && (
        <pre className="ag-copy" tabIndex={0} aria-label={words.copy.byHand}>
          {text}
        </pre>
      )}
    </>
  )
}
