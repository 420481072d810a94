import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { asProblem } from '../../api/problem'
import { useEligible, type Request } from '../../api/queries'
import { lengthForApi, lengthInWords, parseLength } from '../../look/time'
import { LengthChips } from '../../parts/LengthChips'
import { Moment } from '../../parts/Moment'
import { requestPath } from '../../parts/Names'
import { text } from '../../text'
import { OrderDialog } from './OrderDialog'
import { useExtend } from './orders'

const words = text.extend

/** More time with what is there: a request of its own, under the rule that opened it. */
export function ExtendDialog({ request, onClose }: { request: Request; onClose: () => void }) {
  const navigate = useNavigate()
  const [length, setLength] = useState('30m')
  const [reason, setReason] = useState(request.reason)
  const [ticket, setTicket] = useState(request.ticket ?? '')
  const extend = useExtend(request.id)
  const terms = useEligible({ account: request.accounts[0]?.id, permission_set: request.permission_set.arn }).rows[0]
  const seconds = parseLength(length)
  const end = request.grants.map((grant) => grant.end).sort()[0]
  const problem = extend.error ? asProblem(extend.error) : null
  const order = () =>
    extend.mutate(
      {
        duration: lengthForApi(seconds ?? 0),
        reason: reason.trim(),
        ...(ticket.trim() === '' ? {} : { ticket: ticket.trim() }),
      },
      {
        onSuccess: (made) => {
          onClose()
          if (made.state === 'pending') void navigate(requestPath(made.id))
        },
      },
    )
  return (
    <OrderDialog
      title={words.title}
      action={words.action}
      isReady={seconds !== null && reason.trim() !== ''}
      isPending={extend.isPending}
      error={extend.error}
      onOrder={order}
      onClose={onClose}
    >
      <p className="ag-dialog__what">
        {words.what}
        {terms?.extend && ` ${words.most(terms.extend.times, lengthInWords(terms.extend.by_seconds))}`}
      </p>
      <FormField
        label={words.length}
        errorText={problem?.about('duration') ?? (seconds === null ? text.ask.lengthWrong : undefined)}
        constraintText={end && seconds !== null ? <EndsThen end={end} seconds={seconds} /> : undefined}
      >
        <LengthChips
          value={length}
          onChange={setLength}
          most={terms?.extend?.by_seconds ?? null}
          choices={[15 * 60, 30 * 60, 3600, 2 * 3600]}
          label={words.length}
        />
      </FormField>
      <FormField label={text.ask.why} errorText={problem?.about('reason')}>
        <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
      </FormField>
      {(request.ticket !== null || (terms?.ticket_patterns.length ?? 0) > 0) && (
        <FormField label={text.ask.ticket} errorText={problem?.about('ticket')}>
          <Input value={ticket} onChange={({ detail }) => setTicket(detail.value)} />
        </FormField>
      )}
    </OrderDialog>
  )
}

function EndsThen({ end, seconds }: { end: string; seconds: number }) {
  return (
    <>
      {words.then} <Moment at={new Date(Date.parse(end) + seconds * 1000).toISOString()} />
    </>
  )
}
