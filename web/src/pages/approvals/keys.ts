import { useEffect } from 'react'

interface Keys {
  next: () => void
  before: () => void
  open: () => void
  approve: () => void
  deny: () => void
  choose: () => void
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    (['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) && target.getAttribute('type') !== 'checkbox') ||
    target.closest('[role="dialog"],dialog') !== null)

/** One key for each thing an approver does; never while somebody types, and never with Ctrl, Alt or Cmd held. */
export function useApprovalKeys(keys: Keys): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return
      const isOnControl =
        event.target instanceof HTMLElement && event.target.closest('a, input, button:not(.ag-inbox__row)') !== null
      const act = {
        j: keys.next,
        k: keys.before,
        a: keys.approve,
        d: keys.deny,
        x: keys.choose,
        Enter: isOnControl ? undefined : keys.open,
      }[event.key]
      if (!act) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  })
}
