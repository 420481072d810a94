import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useEffect, useRef, useState, type RefObject } from 'react'
import { asProblem } from '../../api/problem'
import type { RequestWithTimeline } from '../../api/queries'
import { lengthForApi, lengthInWords, parseLength } from '../../look/time'
import { Glyph } from '../../look/Glyph'
import { LengthChips } from '../../parts/LengthChips'
import { Refused } from '../../parts/States'
import { text } from '../../text'
import { useDecide } from './orders'

const words = text.decide

export interface DecisionHandle {
  approve: () => void
  deny: () => void
}

/**
 * Approve or deny, for exactly the version on screen. Shorter time and fewer accounts are the approver's to choose;
 * more is nobody's.
 */
export function DecisionPanel({
  request,
  handleRef,
}: {
  request: RequestWithTimeline
  handleRef?: RefObject<DecisionHandle | null>
}) {
  const [denying, setDenying] = useState(false)
  const [narrowing, setNarrowing] = useState(false)
  const [comment, setComment] = useState('')
  const [length, setLength] = useState(lengthForApi(request.duration_seconds))
  const [dropped, setDropped] = useState<string[]>([])
  const decide = useDecide(request.id)
  const reason = useRef<HTMLDivElement>(null)
  const seconds = parseLength(length)
  const waiting = request.accounts.filter((account) => account.state === 'waiting')
  const kept = waiting.filter((account) => !dropped.includes(account.id))
  const isNarrowed = (seconds !== null && seconds < request.duration_seconds) || dropped.length > 0
  const said = comment.trim() === '' ? {} : { comment: comment.trim() }

  const approve = () =>
    decide.mutate({
      decision: 'approve',
      version: request.version,
      ...said,
      ...(seconds !== null && seconds < request.duration_seconds ? { max_duration: lengthForApi(seconds) } : {}),
      ...(dropped.length > 0 ? { accounts: kept.map((account) => account.id) } : {}),
    })
  const deny = () => {
    if (denying && comment.trim() !== '') decide.mutate({ decision: 'deny', version: request.version, ...said })
    else setDenying(true)
  }
  useEffect(() => {
    if (denying) reason.current?.querySelector('input')?.focus()
  }, [denying])
  useEffect(() => {
    if (!handleRef) return
    handleRef.current = {
      approve: () => request.can.decide && !denying && !decide.isPending && approve(),
      deny: () => request.can.deny && deny(),
    }
    return () => {
      handleRef.current = null
    }
  })

  if (!request.can.decide && !request.can.deny) return null
  const problem = decide.error ? asProblem(decide.error) : null
  return (
    <form
      className="ag-decide"
      onSubmit={(event) => {
        event.preventDefault()
        if (denying) deny()
        else approve()
      }}
    >
      <div ref={reason}>
        <FormField
          label={denying ? words.whyNot : words.comment}
          description={denying ? words.whyNotDetail : undefined}
          errorText={problem?.about('comment')}
        >
          <Input
            value={comment}
            onChange={({ detail }) => setComment(detail.value)}
            ariaRequired={denying}
            placeholder={denying ? words.whyNotExample : words.commentExample}
          />
        </FormField>
      </div>
      {narrowing && !denying && (
        <div className="ag-decide__narrow">
          <FormField
            label={words.atMost}
            errorText={problem?.about('max_duration') ?? (seconds === null ? text.ask.lengthWrong : undefined)}
          >
            <LengthChips
              value={length}
              onChange={setLength}
              most={request.duration_seconds}
              choices={[15 * 60, 30 * 60, 3600, 2 * 3600].filter((choice) => choice < request.duration_seconds)}
              label={words.atMost}
            />
          </FormField>
          {waiting.length > 1 && (
            <fieldset className="ag-decide__accounts">
              <legend>{words.onlyThese}</legend>
              {waiting.map((account) => (
                <label key={account.id}>
                  <input
                    type="checkbox"
                    checked={!dropped.includes(account.id)}
                    onChange={(event) =>
                      setDropped((before) =>
                        event.target.checked ? before.filter((id) => id !== account.id) : [...before, account.id],
                      )
                    }
                  />
                  {account.name}
                </label>
              ))}
            </fieldset>
          )}
        </div>
      )}
      <Refused error={decide.error} />
      <div className="ag-decide__buttons">
        {denying ? (
          <>
            <Button variant="primary" formAction="submit" loading={decide.isPending} disabled={comment.trim() === ''}>
              {words.denyNow}
            </Button>
            <Button formAction="none" onClick={() => setDenying(false)}>
              {words.back}
            </Button>
          </>
        ) : (
          <>
            {request.can.decide && (
              <Button
                variant="primary"
                formAction="submit"
                loading={decide.isPending}
                disabled={seconds === null || kept.length === 0}
                ariaLabel={isNarrowed && seconds !== null ? words.approveFor(lengthInWords(seconds)) : words.approve}
              >
                {isNarrowed && seconds !== null
                  ? words.approveFor(lengthInWords(Math.min(seconds, request.duration_seconds)))
                  : words.approve}
              </Button>
            )}
            {request.can.deny && (
              <Button formAction="none" onClick={() => setDenying(true)}>
                {words.deny}
              </Button>
            )}
            {request.can.decide && !narrowing && (
              <Button formAction="none" variant="inline-link" onClick={() => setNarrowing(true)}>
                {words.narrow}
              </Button>
            )}
          </>
        )}
        <span className="ag-decide__binding">
          <Glyph name="policy" /> {words.binding}
        </span>
      </div>
    </form>
  )
}
