import Autosuggest from '@cloudscape-design/components/autosuggest'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Textarea from '@cloudscape-design/components/textarea'
import { useState, type FormEvent } from 'react'
import { Link, useNavigate } from 'react-router'
import { asProblem } from '../api/problem'
import { useMyBreakGlass, useRequests, type Schemas } from '../api/queries'
import { Glyph } from '../look/Glyph'
import { lengthForApi, lengthInWords, parseLength } from '../look/time'
import { LengthChips } from '../parts/LengthChips'
import { LinkButton } from '../parts/LinkButton'
import { StateMark } from '../parts/Marks'
import { Moment } from '../parts/Moment'
import { accountsInWords, requestPath } from '../parts/Names'
import { Page, Section } from '../parts/Page'
import { Answer, Notice, ProblemNotice, Refused } from '../parts/States'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'
import { useBreakGlass } from './request/orders'
import './break-glass/break-glass.css'

const words = text.breakGlass

type Glass = NonNullable<Schemas['EligibleList']['break_glass']>

export default function BreakGlass() {
  const glass = useMyBreakGlass()
  return (
    <Page title={text.pages.breakGlass} about={words.about} width="reading">
      <Answer of={glass} framed>
        {(opened) =>
          opened === null ? (
            <Section>
              <Notice glyph="siren" title={words.none} action={<LinkButton to="/ask">{text.pages.ask}</LinkButton>}>
                {words.noneDetail}
              </Notice>
            </Section>
          ) : (
            <Open glass={opened} />
          )
        }
      </Answer>
      <Uses />
    </Page>
  )
}

function Open({ glass }: { glass: Glass }) {
  const [account, setAccount] = useUrl('account')
  const [set, setSet] = useUrl('set', glass.permission_sets.count === 1 ? glass.permission_sets.names[0] : '')
  const [length, setLength] = useState(lengthForApi(glass.max_seconds))
  const [reason, setReason] = useState('')
  const [confirm, setConfirm] = useState('')
  const navigate = useNavigate()
  const open = useBreakGlass()
  const problem = open.error ? asProblem(open.error) : null
  const seconds = parseLength(length)
  const isReady = account !== '' && set !== '' && reason.trim() !== '' && seconds !== null && confirm === account
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isReady || open.isPending) return
    open.mutate(
      { account, permission_set: set, duration: lengthForApi(seconds), reason: reason.trim(), confirm },
      { onSuccess: (request) => void navigate(requestPath(request.id)) },
    )
  }
  return (
    <Section tone="danger">
      <form className="ag-stack" onSubmit={submit}>
        <ul className="ag-glass__what">
          <li>
            <Glyph name="key" /> {words.atOnce(lengthInWords(glass.max_seconds))}
          </li>
          <li>
            <Glyph name="bell" /> {words.loud}
          </li>
          <li>
            <Glyph name="check" /> {words.reviewed(lengthInWords(glass.review_within_seconds))}
          </li>
        </ul>
        <FormField
          label={words.account}
          errorText={problem?.about('account')}
          constraintText={
            glass.accounts.count > glass.accounts.names.length ? words.amongOthers(glass.accounts.count) : undefined
          }
        >
          <Autosuggest
            value={account}
            onChange={({ detail }) => setAccount(detail.value)}
            options={glass.accounts.names.map((value) => ({ value }))}
            placeholder={words.pickAccount}
            enteredTextLabel={words.take}
            expandToViewport
          />
        </FormField>
        <FormField label={words.set} errorText={problem?.about('permission_set')}>
          <Autosuggest
            value={set}
            onChange={({ detail }) => setSet(detail.value)}
            options={glass.permission_sets.names.map((value) => ({ value }))}
            enteredTextLabel={words.take}
            expandToViewport
          />
        </FormField>
        <FormField
          label={text.ask.length}
          errorText={problem?.about('duration') ?? (seconds === null ? text.ask.lengthWrong : undefined)}
        >
          <LengthChips
            value={length}
            onChange={setLength}
            most={glass.max_seconds}
            choices={[15 * 60, 30 * 60, 3600]}
            label={text.ask.length}
          />
        </FormField>
        <FormField label={words.reason} description={words.reasonDetail} errorText={problem?.about('reason')}>
          <Textarea
            rows={2}
            value={reason}
            onChange={({ detail }) => setReason(detail.value.replace(/[\r\n]+/g, ' '))}
            placeholder={words.reasonExample}
          />
        </FormField>
        <FormField
          label={account === '' ? words.confirmFirst : words.confirm(account)}
          errorText={problem?.about('confirm')}
        >
          <Input
            value={confirm}
            onChange={({ detail }) => setConfirm(detail.value)}
            autoComplete={false}
            spellcheck={false}
            disabled={account === ''}
          />
        </FormField>
        <Refused error={open.error} />
        <div>
          <button type="submit" className="ag-danger" disabled={!isReady || open.isPending}>
            <Glyph name="siren" />
            {isReady ? words.open(set, account) : words.openPlain}
          </button>
        </div>
      </form>
    </Section>
  )
}

const mostUses = 20

function Uses() {
  const requests = useRequests({ break_glass: true }, { limit: mostUses })
  const uses = requests.rows.slice(0, mostUses)
  if (requests.error && uses.length === 0)
    return (
      <Section title={words.uses}>
        <ProblemNotice error={requests.error} again={requests.again} size="small" />
      </Section>
    )
  if (uses.length === 0) return null
  return (
    <Section title={words.uses}>
      <ul className="ag-lines">
        {uses.map((request) => (
          <li key={request.id}>
            <Link className="ag-line" to={requestPath(request.id)}>
              <StateMark state={request.state} />
              <span className="ag-line__what">
                <strong>{accountsInWords(request.accounts)}</strong> {request.requester.display_name}{' '}
                <span className="ag-soft">{request.reason}</span>
              </span>
              {request.review && (
                <StateMark
                  state={
                    request.review.state === 'closed' ? 'ok' : request.review.state === 'overdue' ? 'bad' : 'pending'
                  }
                  word={words.reviewState[request.review.state]}
                />
              )}
              <Moment at={request.submitted_at} as="ago" />
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}
