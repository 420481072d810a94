import { Link } from 'react-router'
import type { UseQueryResult } from '@tanstack/react-query'
import { isMissing } from '../../api/problem'
import type { Schemas } from '../../api/queries'
import { Glyph } from '../../look/Glyph'
import { lengthInWords, waitInWords } from '../../look/time'
import { Allows } from '../../parts/Allows'
import { reasonAlone } from '../../parts/level-reason'
import { LevelMark } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { partiesInWords, PermissionSetLink, requestPath } from '../../parts/Names'
import { Loading, Notice, ProblemNotice } from '../../parts/States'
import { text } from '../../text'
import { stillMissing, type Draft } from './draft'

const words = text.happens

/** The right side of the composer: what the server would do with what is typed, said before anything is sent. */
export function WhatHappens({
  preview,
  draft,
  isComplete,
}: {
  preview: UseQueryResult<Schemas['Preview']>
  draft: Draft
  isComplete: boolean
}) {
  if (!isComplete)
    return (
      <Notice glyph="right" size="small" title={words.empty}>
        {words.emptyDetail}
      </Notice>
    )
  if (preview.error && isMissing(preview.error))
    return (
      <Notice glyph="policy" size="small" title={text.states.notYet}>
        {words.older}
      </Notice>
    )
  if (preview.error) return <ProblemNotice error={preview.error} again={() => void preview.refetch()} size="small" />
  if (!preview.data) return <Loading lines={5} label={words.asking} />
  return <Told preview={preview.data} draft={draft} isStale={preview.isPlaceholderData} />
}

function Told({ preview, draft, isStale }: { preview: Schemas['Preview']; draft: Draft; isStale: boolean }) {
  const refusals = preview.refusals.filter((refusal) => !stillMissing(refusal, draft))
  const missing = preview.refusals.filter((refusal) => stillMissing(refusal, draft))
  return (
    <div className="ag-told" aria-live="polite" data-stale={isStale}>
      {refusals.length > 0 ? <Refusals refusals={refusals} preview={preview} /> : <Verdict preview={preview} />}
      {preview.same_as && (
        <p className="ag-told__same">
          <Glyph name="again" />
          <span>
            {words.same}{' '}
            <Link className="ag-link" to={requestPath(preview.same_as)}>
              {words.sameOpen}
            </Link>
          </span>
        </p>
      )}
      {missing.length > 0 && (
        <p className="ag-told__missing">
          <Glyph name="ask" /> {words.stillNeeded}{' '}
          {missing.map((refusal) => words.field(refusal.field ?? '')).join(', ')}
        </p>
      )}
      {refusals.length === 0 && <WhoAgrees preview={preview} />}
      {preview.allows && (
        <div className="ag-told__part">
          <h3>
            {words.allows} {preview.permission_set && <PermissionSetLink set={preview.permission_set} />}{' '}
            {preview.level && <LevelMark level={preview.level} />}
          </h3>
          {preview.level && preview.level_reason && (
            <p className="ag-told__why">{reasonAlone(preview.level, preview.level_reason)}</p>
          )}
          <Allows can={preview.allows.can} unread={preview.allows.unread} otherwise={preview.allows.text} />
        </div>
      )}
      <Rules preview={preview} />
    </div>
  )
}

function Refusals({ refusals, preview }: { refusals: Schemas['Refusal'][]; preview: Schemas['Preview'] }) {
  const nameOf = (id: string | null) => preview.accounts.find((account) => account.id === id)?.name
  return (
    <div className="ag-told__refusals">
      <h3>
        <Glyph name="alert" /> {words.refused}
      </h3>
      <ul>
        {refusals.map((refusal, index) => (
          <li key={index}>
            {nameOf(refusal.account) && preview.accounts.length > 1 && <strong>{nameOf(refusal.account)}: </strong>}
            {refusal.detail}
            {refusal.rule && <small>{text.states.rule(refusal.rule)}</small>}
            {refusal.fix && <small className="ag-told__fix">{text.states.fix(refusal.fix)}</small>}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Verdict({ preview }: { preview: Schemas['Preview'] }) {
  return (
    <div className="ag-told__verdict">
      <strong>{preview.automatic ? words.automatic : words.asks}</strong>
      <p>
        {words.from} <Moment at={preview.start} /> {words.until} <Moment at={preview.end} /> (
        {lengthInWords(preview.duration_seconds)}).{' '}
        {preview.session_end === 'hard'
          ? words.hard
          : preview.credentials_until && (
              <>
                {words.credentials} <Moment at={preview.credentials_until} />.
              </>
            )}
      </p>
      {!preview.automatic && (
        <p>
          {preview.wait
            ? words.wait(waitInWords(preview.wait.p50_seconds), waitInWords(preview.wait.p95_seconds), preview.wait.of)
            : words.noWait}
        </p>
      )}
    </div>
  )
}

/** Accounts with the same terms are told together. */
function WhoAgrees({ preview }: { preview: Schemas['Preview'] }) {
  const groups = new Map<string, { names: string[]; steps: Schemas['PreviewStep'][] }>()
  for (const account of preview.accounts) {
    if (!account.terms) continue
    const key = JSON.stringify(account.terms.steps)
    const group = groups.get(key) ?? { names: [], steps: account.terms.steps }
    group.names.push(account.name)
    groups.set(key, group)
  }
  if (preview.automatic) return null
  return (
    <div className="ag-told__part">
      <h3>{words.who}</h3>
      {[...groups.values()].map((group) => (
        <div key={group.names.join()} className="ag-told__group">
          {groups.size > 1 && <p className="ag-soft">{group.names.join(', ')}</p>}
          {group.steps.length === 0 ? (
            <p>{words.nobody}</p>
          ) : (
            <ol>
              {group.steps.map((step, index) => (
                <li key={index}>
                  <strong>{text.request.needs(step.need, partiesInWords(step.any_of))}</strong>
                  <small>{words.could(step.could.names, step.could.count)}</small>
                </li>
              ))}
            </ol>
          )}
        </div>
      ))}
    </div>
  )
}

function Rules({ preview }: { preview: Schemas['Preview'] }) {
  const places = new Map<string, { id: string; line: number }>()
  for (const account of preview.accounts)
    for (const place of account.terms ? [account.terms.rule, ...account.terms.guardrails] : [])
      places.set(place.id, place)
  if (places.size === 0) return null
  return (
    <div className="ag-told__part">
      <h3>{words.rules}</h3>
      <p className="ag-row">
        {[...places.values()].map((place) => (
          <Link key={place.id} className="ag-link" to={`/policy?line=${place.line}`}>
            {place.id} <span className="ag-soft">{words.line(place.line)}</span>
          </Link>
        ))}
      </p>
    </div>
  )
}
