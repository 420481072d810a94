import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import { useId, type ReactNode } from 'react'
import { Refused } from '../../parts/States'
import { text } from '../../text'

interface OrderDialogProps {
  title: string
  /** What the button does, in the words of what happens. */
  action: string
  tone?: 'plain' | 'danger'
  isReady?: boolean
  isPending: boolean
  error: unknown
  onOrder: () => void
  onClose: () => void
  children: ReactNode
}

/** A question before something is done: what will happen, what has to be said, one button that says it. */
export function OrderDialog({
  title,
  action,
  isReady = true,
  isPending,
  error,
  onOrder,
  onClose,
  children,
}: OrderDialogProps) {
  const form = useId()
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel={text.close}
      onDismiss={onClose}
      footer={
        <div className="ag-dialog__foot">
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button variant="primary" form={form} formAction="submit" loading={isPending} disabled={!isReady}>
            {action}
          </Button>
        </div>
      }
    >
      <form
        id={form}
        className="ag-stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && !isPending) onOrder()
        }}
      >
        {children}
        <Refused error={error} />
      </form>
    </Modal>
  )
}
