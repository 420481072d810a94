import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { Request } from '../../api/queries'
import { useMe } from '../../app/session'
import { Moment } from '../../parts/Moment'
import { accountsInWords } from '../../parts/Names'
import { text } from '../../text'
import { OrderDialog } from './OrderDialog'
import { useEnd } from './orders'

const words = text.end

export function EndDialog({ request, onClose }: { request: Request; onClose: () => void }) {
  const me = useMe()
  const isMine = request.requester.id === me.user?.id
  const [reason, setReason] = useState('')
  const end = useEnd(request.id)
  const last = request.grants
    .map((grant) => grant.credentials_until)
    .sort()
    .at(-1)
  const isHard = request.session_end === 'hard'
  return (
    <OrderDialog
      title={isMine ? words.mine : words.other(request.requester.display_name)}
      action={words.action}
      isPending={end.isPending}
      error={end.error}
      onOrder={() => end.mutate(reason.trim() === '' ? {} : { reason: reason.trim() }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p className="ag-dialog__what">
        {words.what(request.permission_set.name, accountsInWords(request.accounts))} {isHard ? words.hard : words.soft}
        {!isHard && last && (
          <>
            {' '}
            <Moment at={last} as="both" />.
          </>
        )}
      </p>
      <FormField label={words.reason} description={isMine ? words.optional : undefined}>
        <Input
          value={reason}
          onChange={({ detail }) => setReason(detail.value)}
          placeholder={isMine ? words.exampleMine : words.example}
        />
      </FormField>
    </OrderDialog>
  )
}
