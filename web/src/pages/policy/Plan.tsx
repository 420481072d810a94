import Button from '@cloudscape-design/components/button'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { invalidate } from '../../api/invalidate'
import { client, intentHeader, newIntent, take } from '../../api/client'
import { usePolicy, type Schemas } from '../../api/queries'
import { Glyph, type GlyphName } from '../../look/Glyph'
import { LevelMark, StateMark, Tag } from '../../parts/Marks'
import { requestPath, someInWords } from '../../parts/Names'
import { Section } from '../../parts/Page'
import { Answer, Notice, Refused } from '../../parts/States'
import { text } from '../../text'
import { OrderDialog } from '../request/OrderDialog'
import { Remarks } from './Read'

const words = text.plan

type Plan = Schemas['PolicyPlan']
type Line = Plan['changes'][number]

/** A policy that is not in force: what is wrong with it, and who would gain or lose by it. */
export function Plan() {
  const policy = usePolicy()
  return (
    <Answer of={policy} lines={8} framed>
      {(data) => <Editor key={data.hash} inForce={data} />}
    </Answer>
  )
}

async function checkAndPlan(draft: string) {
  const header = () => ({ header: intentHeader(newIntent()) })
  const check = await take(client.POST('/v1/policy/validate', { params: header(), body: { text: draft } }))
  const plan = check.valid
    ? await take(client.POST('/v1/policy/plan', { params: header(), body: { text: draft } }))
    : null
  return { check, plan, of: draft }
}

function Editor({ inForce }: { inForce: Schemas['Policy'] }) {
  const [draft, setDraft] = useState(inForce.text)
  const [applying, setApplying] = useState(false)
  const work = useMutation({ mutationFn: checkAndPlan })
  const isPlanned = work.data?.of === draft
  return (
    <div className="ag-split ag-split--even">
      <Section
        title={words.text}
        actions={
          <>
            <Button disabled={draft === inForce.text} onClick={() => setDraft(inForce.text)}>
              {words.reset}
            </Button>
            <Button
              variant="primary"
              loading={work.isPending}
              disabled={draft.trim() === ''}
              onClick={() => work.mutate(draft)}
            >
              {words.make}
            </Button>
          </>
        }
      >
        <textarea
          className="ag-editor"
          aria-label={words.text}
          value={draft}
          spellCheck={false}
          onChange={(event) => setDraft(event.target.value)}
        />
        <Refused error={work.error} />
      </Section>
      <div className="ag-stack">
        {!work.data && (
          <Section>
            <Notice glyph="policy" size="small" title={words.empty}>
              {words.emptyDetail}
            </Notice>
          </Section>
        )}
        {work.data && !isPlanned && (
          <p className="ag-soft ag-flat" role="status">
            {words.changedSince}
          </p>
        )}
        {work.data && <Remarks remarks={work.data.check.problems} tone="bad" />}
        {work.data?.plan && (
          <Told
            plan={work.data.plan}
            onApply={isPlanned && draft !== inForce.text ? () => setApplying(true) : undefined}
          />
        )}
        {work.data && <Remarks remarks={work.data.check.warnings} />}
      </div>
      {applying && (
        <ApplyDialog
          draft={draft}
          base={inForce.hash}
          plan={work.data?.plan ?? null}
          onClose={() => setApplying(false)}
        />
      )}
    </div>
  )
}

const kinds: Record<Line['kind'], { glyph: GlyphName; tone: string }> = {
  gains: { glyph: 'ask', tone: 'gains' },
  eased: { glyph: 'ask', tone: 'gains' },
  tightened: { glyph: 'minus', tone: 'loses' },
  loses: { glyph: 'minus', tone: 'loses' },
}

function Told({ plan, onApply }: { plan: Plan; onApply?: () => void }) {
  return (
    <Section
      title={words.title}
      count={plan.changes.length}
      actions={onApply && <Button onClick={onApply}>{plan.widens.length > 0 ? words.propose : words.apply}</Button>}
    >
      {plan.changes.length === 0 && <p className="ag-flat">{words.nothing}</p>}
      <ul className="ag-plan">
        {plan.changes.map((line, index) => (
          <li key={index} className={`ag-plan__${kinds[line.kind].tone}`}>
            <Glyph name={kinds[line.kind].glyph} />
            <div>
              <p>
                <strong>{words.kinds[line.kind]}</strong> <LevelMark level={line.level} />{' '}
                {line.needs_agreement && <Tag tone="violet">{words.needsAgreement}</Tag>}
              </p>
              <What line={line} />
            </div>
          </li>
        ))}
      </ul>
      {plan.left_out > 0 && <p className="ag-soft ag-flat">{words.leftOut(plan.left_out)}</p>}
      {plan.touched.length > 0 && (
        <div className="ag-trace">
          <h3>{words.touched}</h3>
          <ul>
            {plan.touched.map((one, index) => (
              <li key={index}>
                <Link
                  className="ag-link"
                  to={requestPath(one.request)}
                >{`${one.user}, ${one.permission_set}, ${one.account}`}</Link>{' '}
                {words.touchedKinds[one.kind]} <span className="ag-soft">{one.why}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {plan.expectations.length > 0 && (
        <div className="ag-trace">
          <h3>{words.expectations}</h3>
          <ul>
            {plan.expectations.map((one, index) => (
              <li key={index}>
                <StateMark state={one.passed ? 'ok' : 'failed'} word={one.passed ? words.met : words.notMet} />{' '}
                {one.message}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Section>
  )
}

/** Who, what and where, and what is asked of them before and after; changes that are about nobody in one sentence. */
function What({ line }: { line: Line }) {
  if (line.people.count === 0) return <p>{line.text}</p>
  return (
    <>
      <p>
        {words.people(line.people.count, line.people.names)} · {someInWords(line.permission_sets)} ·{' '}
        {someInWords(line.accounts)}
      </p>
      <dl className="ag-plan__terms">
        <dt>{words.before}</dt>
        <dd>{line.before || words.noWay}</dd>
        <dt>{words.after}</dt>
        <dd>{line.after || words.noWay}</dd>
        {line.because.length > 0 && (
          <>
            <dt>{words.because}</dt>
            <dd>{line.because.join(', ')}</dd>
          </>
        )}
      </dl>
    </>
  )
}

function ApplyDialog({
  draft,
  base,
  plan,
  onClose,
}: {
  draft: string
  base: string
  plan: Plan | null
  onClose: () => void
}) {
  const queries = useQueryClient()
  const apply = useMutation({
    mutationFn: () =>
      take(
        client.PUT('/v1/policy', {
          params: { header: { 'If-Match': base === '' ? '*' : `"${base}"` } },
          body: { text: draft },
        }),
      ),
    onSuccess: () => {
      for (const path of ['/v1/policy', '/v1/policy/changes', '/v1/eligible', '/v1/setup']) invalidate(queries, [path])
      onClose()
    },
  })
  const widens = plan?.widens ?? []
  return (
    <OrderDialog
      title={widens.length > 0 ? words.proposeTitle : words.applyTitle}
      action={widens.length > 0 ? words.propose : words.apply}
      isPending={apply.isPending}
      error={apply.error}
      onOrder={() => apply.mutate()}
      onClose={onClose}
    >
      <p className="ag-dialog__what">
        {widens.length > 0 ? words.proposeWhat : words.applyWhat(plan?.changes.length ?? 0)}
      </p>
      {widens.length > 0 && (
        <ul className="ag-remarks">
          {widens.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
    </OrderDialog>
  )
}
