import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useMutation } from '@tanstack/react-query'
import { useEffect, type FormEvent } from 'react'
import { Link } from 'react-router'
import { client, intentHeader, newIntent, take } from '../../api/client'
import { asProblem } from '../../api/problem'
import type { Schemas } from '../../api/queries'
import { useIsAdministrator, useMe } from '../../app/session'
import { Glyph } from '../../look/Glyph'
import { lengthInWords } from '../../look/time'
import { LevelMark, StateMark } from '../../parts/Marks'
import { Section } from '../../parts/Page'
import { Loading, ProblemNotice, Refused } from '../../parts/States'
import { useUrl } from '../../parts/useUrl'
import { text } from '../../text'

const words = text.explain

/** One question to the policy: may this person have that there? Every rule and guardrail answers. */
export function Explain() {
  const me = useMe()
  const isAdministrator = useIsAdministrator()
  const [user, setUser] = useUrl('user')
  const [account, setAccount] = useUrl('account')
  const [set, setSet] = useUrl('set')
  const [length, setLength] = useUrl('for', '1h')
  const [start, setStart] = useUrl('at')
  const explain = useMutation({
    mutationFn: (body: Schemas['ExplainOrder']) =>
      take(client.POST('/v1/policy/explain', { params: { header: intentHeader(newIntent()) }, body })),
  })
  const { mutate } = explain
  const isComplete = account.trim() !== '' && set.trim() !== ''
  const ask = () =>
    mutate({
      account: account.trim(),
      permission_set: set.trim(),
      duration: length,
      ...(user.trim() === '' ? {} : { user: user.trim() }),
      ...(start.trim() === '' ? {} : { start: start.trim() }),
    })
  useEffect(() => {
    // A link that asks the whole question is answered at once.
    if (isComplete) ask()
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only when the page is opened
  }, [])
  const problem = explain.error ? asProblem(explain.error) : null
  // What is wrong with the question is told beside it, what is wrong with the server where the answer would be.
  const isIll = problem !== null && (problem.status === 0 || problem.status >= 500)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isComplete) ask()
  }
  return (
    <div className="ag-split">
      <Section title={words.question}>
        <form className="ag-stack" onSubmit={submit}>
          <FormField
            label={words.who}
            errorText={problem?.about('user')}
            constraintText={isAdministrator ? undefined : words.onlyYourself}
          >
            <Input
              value={user}
              onChange={({ detail }) => setUser(detail.value)}
              placeholder={me.user?.user_name}
              disabled={!isAdministrator}
              spellcheck={false}
            />
          </FormField>
          <FormField label={words.account} errorText={problem?.about('account')}>
            <Input
              value={account}
              onChange={({ detail }) => setAccount(detail.value)}
              placeholder="prod-web"
              spellcheck={false}
            />
          </FormField>
          <FormField label={words.set} errorText={problem?.about('permission_set')}>
            <Input
              value={set}
              onChange={({ detail }) => setSet(detail.value)}
              placeholder="Deploy"
              spellcheck={false}
            />
          </FormField>
          <div className="ag-pair-of-fields">
            <FormField label={words.length} errorText={problem?.about('duration')}>
              <Input value={length} onChange={({ detail }) => setLength(detail.value)} />
            </FormField>
            <FormField label={words.start} errorText={problem?.about('start')}>
              <Input value={start} onChange={({ detail }) => setStart(detail.value)} placeholder={words.startExample} />
            </FormField>
          </div>
          {!isIll && <Refused error={explain.error} />}
          <div>
            <Button variant="primary" formAction="submit" loading={explain.isPending} disabled={!isComplete}>
              {words.ask}
            </Button>
          </div>
        </form>
      </Section>
      {explain.data ? (
        <Explained answer={explain.data} />
      ) : (
        <Section>
          {explain.isPending ? (
            <Loading lines={5} />
          ) : isIll ? (
            <ProblemNotice error={explain.error} again={ask} size="small" />
          ) : (
            <p className="ag-soft ag-flat">{words.nothingYet}</p>
          )}
        </Section>
      )}
    </div>
  )
}

const rulePath = (line: number) => `/policy?line=${line}`

function Explained({ answer }: { answer: Schemas['Explanation'] }) {
  return (
    <Section tone={answer.allowed ? 'good' : 'danger'} title={answer.allowed ? words.yes : words.no}>
      <p className="ag-flat">{answer.verdict}</p>
      <p className="ag-row ag-flat">
        <LevelMark level={answer.level} /> <span className="ag-soft">{answer.level_reason}</span>
      </p>
      {answer.refusal?.fix && <p className="ag-flat">{text.states.fix(answer.refusal.fix)}</p>}
      {answer.terms && (
        <div className="ag-trace">
          <h3>{words.terms}</h3>
          <ul>
            {answer.terms.steps.length === 0 && <li>{text.request.automatic}</li>}
            {answer.terms.steps.map((step, index) => (
              <li key={index}>
                {text.request.needs(step.need, step.of)}{' '}
                <span className="ag-soft">{text.happens.could(step.people, step.could)}</span>
              </li>
            ))}
            <li>{words.bounds(lengthInWords(answer.terms.min_seconds), lengthInWords(answer.terms.max_seconds))}</li>
            {answer.terms.reason_min > 1 && <li>{words.reason(answer.terms.reason_min)}</li>}
            {answer.terms.ticket_patterns.length > 0 && (
              <li>
                {text.ask.ticket}: {answer.terms.ticket_patterns.join(', ')}
              </li>
            )}
          </ul>
        </div>
      )}
      <div className="ag-trace">
        <h3>{words.rules}</h3>
        <ul>
          {answer.rules.map((rule) => (
            <li key={rule.id} className={rule.opens ? 'is-yes' : 'is-no'}>
              <Glyph name={rule.opens ? 'check' : 'minus'} />
              <span>
                <Link className="ag-link" to={rulePath(rule.line)}>
                  {rule.id}
                </Link>{' '}
                {rule.opens ? words.opens : <span className="ag-soft">{rule.why_not}</span>}
              </span>
            </li>
          ))}
        </ul>
      </div>
      {answer.guardrails.length > 0 && (
        <div className="ag-trace">
          <h3>{words.guardrails}</h3>
          <ul>
            {answer.guardrails.map((guardrail) => (
              <li key={guardrail.id} className={guardrail.applies ? 'is-yes' : 'is-no'}>
                <Glyph name={guardrail.applies ? 'policy' : 'minus'} />
                <span>
                  <Link className="ag-link" to={rulePath(guardrail.line)}>
                    {guardrail.id}
                  </Link>{' '}
                  {guardrail.applies ? guardrail.asks : <span className="ag-soft">{guardrail.why_not}</span>}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {answer.break_glass && (
        <p className="ag-row ag-flat">
          <StateMark state={answer.break_glass.opens ? 'warn' : 'ended'} word={text.pages.breakGlass} />{' '}
          {answer.break_glass.text}
        </p>
      )}
    </Section>
  )
}
