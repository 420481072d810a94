import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Textarea from '@cloudscape-design/components/textarea'
import { useState, type FormEvent } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { asProblem } from '../api/problem'
import { usePreview } from '../api/queries'
import { lengthInWords, parseLength } from '../look/time'
import { useDelayed } from '../look/useDelayed'
import { CopyButton } from '../parts/CopyButton'
import { LengthChips } from '../parts/LengthChips'
import { LinkButton } from '../parts/LinkButton'
import { requestPath } from '../parts/Names'
import { Page, Section } from '../parts/Page'
import { Refused } from '../parts/States'
import { text } from '../text'
import { AccountsField } from './ask/AccountsField'
import { asCommand, orderOf, stillMissing, type Draft } from './ask/draft'
import { SetField } from './ask/SetField'
import { WhatHappens } from './ask/WhatHappens'
import { useAsk } from './request/orders'
import './ask/ask.css'
import './request/request.css'

const words = text.ask
const usual = [30 * 60, 3600, 2 * 3600, 4 * 3600]

export default function Ask() {
  const [draft, change] = useDraft()
  const [wasSent, setSent] = useState(false)
  const navigate = useNavigate()
  const ask = useAsk()
  const order = orderOf(draft)
  const settled = useDelayed(order, 250)
  const preview = usePreview(settled)
  const told = order === null ? undefined : preview.data
  const isCurrent = JSON.stringify(order) === JSON.stringify(settled) && !preview.isPlaceholderData
  const refusals = told?.refusals ?? []
  const seconds = parseLength(draft.length)
  const most = told ? leastOf(told.accounts.map((account) => account.terms?.max_seconds ?? null)) : null
  const problem = ask.error ? asProblem(ask.error) : null

  /** What is wrong with a field: after sending everything, before it only what is not merely empty yet. */
  const wrong = (field: string) =>
    problem?.about(field) ??
    refusals.find(
      (refusal) =>
        refusal.field?.startsWith(field) && refusal.account === null && (wasSent || !stillMissing(refusal, draft)),
    )?.detail
  const mayNotSend = isCurrent && refusals.some((refusal) => !stillMissing(refusal, draft))

  const send = (event: FormEvent) => {
    event.preventDefault()
    setSent(true)
    if (
      order === null ||
      mayNotSend ||
      refusals.some((refusal) => stillMissing(refusal, draft)) ||
      draft.reason.trim() === ''
    )
      return
    ask.mutate(
      { ...order, reason: draft.reason.trim() },
      { onSuccess: (request) => void navigate(requestPath(request.id)) },
    )
  }

  return (
    <Page title={text.pages.ask} about={words.about}>
      <form className="ag-split ag-ask" onSubmit={send} noValidate>
        <Section>
          <div className="ag-stack">
            <AccountsField
              value={draft.accounts}
              set={draft.set}
              onChange={(accounts) => change({ accounts })}
              error={wasSent && draft.accounts.length === 0 ? words.accountNeeded : wrong('accounts')}
            />
            <SetField
              account={draft.accounts[0]}
              value={draft.set}
              onChange={(set) => change({ set })}
              error={wasSent && draft.set === '' ? words.setNeeded : wrong('permission_set')}
            />
            <div className="ag-pair-of-fields">
              <FormField
                label={words.length}
                constraintText={most === null ? undefined : words.most(lengthInWords(most))}
                errorText={seconds === null ? words.lengthWrong : wrong('duration')}
              >
                <LengthChips
                  value={draft.length}
                  onChange={(length) => change({ length })}
                  choices={usual}
                  most={most}
                  label={words.length}
                />
              </FormField>
              <StartField value={draft.start} onChange={(start) => change({ start })} error={wrong('start')} />
            </div>
            <FormField
              label={words.why}
              description={words.whyDetail}
              errorText={wrong('reason') ?? (wasSent && draft.reason.trim() === '' ? words.whyNeeded : undefined)}
              constraintText={
                told && told.reason_min > 1 ? words.whyLeast(told.reason_min, draft.reason.trim().length) : undefined
              }
            >
              <Textarea
                rows={2}
                value={draft.reason}
                onChange={({ detail }) => change({ reason: detail.value.replace(/[\r\n]+/g, ' ') })}
                placeholder={words.whyExample}
              />
            </FormField>
            <FormField
              label={told && told.ticket_patterns.length > 0 ? words.ticket : words.ticketOptional}
              errorText={wrong('ticket')}
              constraintText={
                told && told.ticket_patterns.length > 0 ? words.ticketForm(told.ticket_patterns.join(', ')) : undefined
              }
            >
              <Input
                value={draft.ticket}
                onChange={({ detail }) => change({ ticket: detail.value })}
                placeholder="OPS-1412"
                spellcheck={false}
              />
            </FormField>
          </div>
        </Section>
        <Section title={text.happens.title} tone={told && refusals.length === 0 && isCurrent ? 'good' : 'plain'}>
          <WhatHappens preview={preview} draft={draft} isComplete={order !== null} />
          <Refused error={ask.error} />
          <div className="ag-ask__send">
            <Button variant="primary" formAction="submit" loading={ask.isPending} disabled={mayNotSend}>
              {told?.automatic ? words.sendAutomatic : words.send}
            </Button>
            <LinkButton to="/" variant="link">
              {text.cancel}
            </LinkButton>
            {order !== null && <CopyButton text={asCommand(draft)} label={words.asCommand} variant="inline-link" />}
          </div>
        </Section>
      </form>
    </Page>
  )
}

const leastOf = (lengths: (number | null)[]) =>
  lengths.reduce((least, one) => (one === null ? least : least === null ? one : Math.min(least, one)), null)

/** Account, permission set, length and start live in the address: a link can ask. Reason and ticket only begin there. */
function useDraft(): [Draft, (change: Partial<Draft>) => void] {
  const [search, setSearch] = useSearchParams()
  const [said, setSaid] = useState({ reason: search.get('reason') ?? '', ticket: search.get('ticket') ?? '' })
  const draft: Draft = {
    accounts: search
      .getAll('account')
      .flatMap((names) => names.split(','))
      .filter((name) => name !== ''),
    set: search.get('set') ?? '',
    length: search.get('for') ?? '1h',
    start: search.get('at') ?? '',
    ...said,
  }
  const change = (part: Partial<Draft>) => {
    if (part.reason !== undefined || part.ticket !== undefined) {
      setSaid((before) => ({ reason: part.reason ?? before.reason, ticket: part.ticket ?? before.ticket }))
      return
    }
    setSearch(
      (before) => {
        const after = new URLSearchParams(before)
        const put = (name: string, value: string | undefined) =>
          value !== undefined && (value === '' ? after.delete(name) : after.set(name, value))
        if (part.accounts) {
          after.delete('account')
          part.accounts.forEach((name) => after.append('account', name))
        }
        put('set', part.set)
        put('for', part.length)
        put('at', part.start)
        after.delete('reason')
        after.delete('ticket')
        return after
      },
      { replace: true, preventScrollReset: true },
    )
  }
  return [draft, change]
}

function StartField({
  value,
  onChange,
  error,
}: {
  value: string
  onChange: (start: string) => void
  error: string | undefined
}) {
  const utc = value === '' ? NaN : Date.parse(value)
  return (
    <FormField
      label={words.start}
      errorText={error}
      constraintText={
        Number.isNaN(utc) ? undefined : words.inUtc(new Date(utc).toISOString().slice(0, 16).replace('T', ' '))
      }
    >
      <div className="ag-chips">
        <button type="button" aria-pressed={value === ''} onClick={() => onChange('')}>
          {words.now}
        </button>
        <input
          className="ag-ask__start"
          type="datetime-local"
          aria-label={words.startAt}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
    </FormField>
  )
}
