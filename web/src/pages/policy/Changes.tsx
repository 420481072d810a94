import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { invalidate } from '../../api/invalidate'
import { client, intentHeader, newIntent, take } from '../../api/client'
import { usePolicyChanges, type Schemas } from '../../api/queries'
import { StateMark } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { Section } from '../../parts/Page'
import { Answer, Notice, Refused } from '../../parts/States'
import { useUrl } from '../../parts/useUrl'
import { text } from '../../text'
import { Lines } from './Read'

const words = text.changes

/** Changes that widen something wait for somebody else. */
export function Changes() {
  const changes = usePolicyChanges()
  const [id, setId] = useUrl('change')
  return (
    <Answer of={changes} framed>
      {({ items }) =>
        items.length === 0 ? (
          <Section>
            <Notice glyph="policy" title={words.none}>
              {words.noneDetail}
            </Notice>
          </Section>
        ) : (
          <>
            {items.map((change) => (
              <Change
                key={change.id}
                change={change}
                isOpen={change.id === id}
                onOpen={() => setId(change.id === id ? '' : change.id)}
              />
            ))}
          </>
        )
      }
    </Answer>
  )
}

const state = { open: 'pending', approved: 'ok', denied: 'denied', replaced: 'withdrawn' } as const

function Change({ change, isOpen, onOpen }: { change: Schemas['PolicyChange']; isOpen: boolean; onOpen: () => void }) {
  return (
    <Section
      title={words.by(change.by.user_name)}
      about={<Moment at={change.at} as="both" />}
      actions={
        <>
          <StateMark state={state[change.state]} word={words.states[change.state]} />
          <Button onClick={onOpen} ariaExpanded={isOpen}>
            {isOpen ? words.hide : words.show}
          </Button>
        </>
      }
    >
      <ul className="ag-remarks">
        {change.widens.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      {change.decision && (
        <p className="ag-flat ag-soft">
          {words.decided[change.decision.decision](change.decision.by.user_name)}{' '}
          <Moment at={change.decision.at} as="both" /> {change.decision.comment}
        </p>
      )}
      {change.can.decide && <Decide change={change} />}
      {isOpen && <Text id={change.id} />}
    </Section>
  )
}

function Text({ id }: { id: string }) {
  const change = useQuery({
    queryKey: ['/v1/policy/changes/{id}', id],
    queryFn: ({ signal }) => take(client.GET('/v1/policy/changes/{id}', { signal, params: { path: { id } } })),
  })
  return <Answer of={change}>{(data) => <Lines text={data.text} />}</Answer>
}

function Decide({ change }: { change: Schemas['PolicyChange'] }) {
  const [comment, setComment] = useState('')
  const queries = useQueryClient()
  const decide = useMutation({
    mutationFn: (decision: Schemas['Decision']) =>
      take(
        client.POST('/v1/policy/changes/{id}/decisions', {
          params: { path: { id: change.id }, header: intentHeader(newIntent()) },
          body: { decision, hash: change.hash, ...(comment.trim() === '' ? {} : { comment: comment.trim() }) },
        }),
      ),
    onSettled: () => {
      for (const path of ['/v1/policy', '/v1/policy/changes', '/v1/eligible']) invalidate(queries, [path])
    },
  })
  return (
    <div className="ag-stack">
      <FormField label={words.comment}>
        <Input value={comment} onChange={({ detail }) => setComment(detail.value)} />
      </FormField>
      <Refused error={decide.error} />
      <div className="ag-row">
        <Button variant="primary" loading={decide.isPending} onClick={() => decide.mutate('approve')}>
          {words.approve}
        </Button>
        <Button disabled={comment.trim() === '' || decide.isPending} onClick={() => decide.mutate('deny')}>
          {words.deny}
        </Button>
      </div>
    </div>
  )
}
