import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { client, intentHeader, take } from '../../api/client'
import { useRefresh, type Schemas } from '../../api/queries'
import { Notice } from '../../parts/States'
import { text } from '../../text'
import { OrderDialog } from '../request/OrderDialog'
import { useIntent } from '../request/orders'

const words = text.revoke

interface RevokeDialogProps {
  selector: { user: string } | { account: string } | { all: true }
  /** What has to be typed by who means it. */
  name: string
  onClose: () => void
}

/** Ends everything that is selected, at once. For administrators; asks for the name once more. */
export function RevokeDialog({ selector, name, onClose }: RevokeDialogProps) {
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const intent = useIntent()
  const refresh = useRefresh()
  const revoke = useMutation({
    mutationFn: (body: Schemas['RevocationOrder']) =>
      take(client.POST('/v1/revocations', { params: { header: intentHeader(intent.keyOf(body)) }, body })),
    onSuccess: () => {
      intent.done()
      refresh()
    },
  })
  return (
    <OrderDialog
      title={words.title(name)}
      action={words.action}
      isReady={typed === name && reason.trim() !== '' && !revoke.isSuccess}
      isPending={revoke.isPending}
      error={revoke.error}
      onOrder={() => revoke.mutate({ ...selector, reason: reason.trim() } as Schemas['RevocationOrder'])}
      onClose={onClose}
    >
      {revoke.data ? (
        <Notice glyph="stop" tone="good" size="small" title={words.done(revoke.data.matched)}>
          {revoke.data.recorded ? words.watched : words.notRecorded}
        </Notice>
      ) : (
        <>
          <p className="ag-dialog__what">{words.what}</p>
          <FormField label={words.reason}>
            <Input value={reason} onChange={({ detail }) => setReason(detail.value)} placeholder={words.example} />
          </FormField>
          <FormField label={words.confirm(name)}>
            <Input
              value={typed}
              onChange={({ detail }) => setTyped(detail.value)}
              spellcheck={false}
              autoComplete={false}
            />
          </FormField>
        </>
      )}
    </OrderDialog>
  )
}
