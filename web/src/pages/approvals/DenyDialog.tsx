import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import { useId, useState, type FormEvent } from 'react'
import type { Request } from '../../api/queries'
import { Glyph } from '../../look/Glyph'
import { StateMark } from '../../parts/Marks'
import { text } from '../../text'
import { useDenyEach } from '../request/orders'
import { titleOf } from '../request/RequestBody'
import { countOf, type Denial } from './deny-each'

const words = text.denyMany

/** Several requests, one reason; what became of each is told beside it. */
export function DenyDialog({ chosen, onClose }: { chosen: Request[]; onClose: () => void }) {
  // As they were when this was opened: what changes meanwhile is refused, not denied unseen.
  const [requests] = useState(chosen)
  const [comment, setComment] = useState('')
  const { denials, isPending, start } = useDenyEach()
  const form = useId()
  const denied = countOf(denials, 'denied')
  const refused = countOf(denials, 'refused')
  const isBegun = denials.size > 0
  const isOver = isBegun && !isPending && denied + refused === requests.length
  const canSend = comment.trim() !== '' && !isPending && !isOver
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (canSend) void start(requests, comment.trim())
  }
  return (
    <Modal
      visible
      header={words.title(requests.length)}
      closeAriaLabel={text.close}
      onDismiss={() => !isPending && onClose()}
      footer={
        <div className="ag-dialog__foot">
          <Button onClick={onClose} disabled={isPending} variant={isOver ? 'primary' : 'normal'}>
            {isBegun ? text.close : text.cancel}
          </Button>
          {!isOver && (
            <Button variant="primary" form={form} formAction="submit" loading={isPending} disabled={!canSend}>
              {isBegun && !isPending ? text.states.again : words.action(requests.length)}
            </Button>
          )}
        </div>
      }
    >
      <form id={form} className="ag-stack" onSubmit={submit}>
        <FormField label={text.decide.whyNot} description={words.whyNotDetail}>
          <Input
            value={comment}
            onChange={({ detail }) => setComment(detail.value)}
            placeholder={text.decide.whyNotExample}
            ariaRequired
            // Tried again with another reason it would be another wish, and might be done twice.
            disabled={isBegun}
          />
        </FormField>
        <ul className="ag-deny" tabIndex={0} aria-label={words.which}>
          {requests.map((request) => (
            <li key={request.id}>
              <span className="ag-deny__what">
                <strong>{titleOf(request)}</strong>
                <small>
                  {request.requester.display_name}: {request.reason}
                </small>
              </span>
              <Outcome denial={denials.get(request.id)} />
            </li>
          ))}
        </ul>
        <p className="ag-flat ag-soft" role="status">
          {isBegun && !isPending && words.result(denied, requests.length)}
        </p>
      </form>
    </Modal>
  )
}

function Outcome({ denial }: { denial: Denial | undefined }) {
  if (!denial) return null
  if (denial.state === 'denied') return <StateMark state="denied" />
  if (denial.state === 'refused' || denial.state === 'unknown')
    return (
      <span className="ag-deny__why">
        <Glyph name="alert" />
        {denial.state === 'unknown' ? words.unknown : denial.isStale ? words.stale : words.refused(denial.why)}
      </span>
    )
  return <StateMark state="waiting" word={denial.state === 'sending' ? words.sending : words.notYet} />
}
