import type { Request } from '../../api/queries'
import { text } from '../../text'
import { OrderDialog } from './OrderDialog'
import { useWithdraw } from './orders'

export function WithdrawDialog({ request, onClose }: { request: Request; onClose: () => void }) {
  const withdraw = useWithdraw(request.id)
  return (
    <OrderDialog
      title={text.withdraw.title}
      action={text.withdraw.action}
      isPending={withdraw.isPending}
      error={withdraw.error}
      onOrder={() => withdraw.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p className="ag-dialog__what">{text.withdraw.what}</p>
    </OrderDialog>
  )
}
