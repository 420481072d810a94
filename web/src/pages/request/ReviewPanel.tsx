import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import type { Request, Schemas } from '../../api/queries'
import { Moment } from '../../parts/Moment'
import { partiesInWords } from '../../parts/Names'
import { Facts } from '../../parts/Page'
import { Refused } from '../../parts/States'
import { text } from '../../text'
import { useReview } from './orders'

const words = text.review

/** Somebody else looks at every use of break-glass afterwards. */
export function ReviewPanel({ request, review }: { request: Request; review: Schemas['Review'] }) {
  if (review.state === 'closed')
    return (
      <Facts
        columns={2}
        items={[
          { label: words.finding, value: review.finding === 'justified' ? words.justified : words.unjustified },
          {
            label: words.by,
            value: (
              <>
                {review.by?.user_name ?? text.none} <Moment at={review.at} as="both" />
              </>
            ),
          },
          { label: words.comment, value: review.comment ?? text.none },
        ]}
      />
    )
  return (
    <div className="ag-stack">
      <p className="ag-flat">
        {review.state === 'overdue' ? words.overdue : words.due} <Moment at={review.due} as="both" />.{' '}
        {words.told(partiesInWords(review.told))}
      </p>
      {request.can.review && <Close id={request.id} />}
    </div>
  )
}

function Close({ id }: { id: string }) {
  const [finding, setFinding] = useState<Schemas['Finding'] | null>(null)
  const [comment, setComment] = useState('')
  const review = useReview(id)
  return (
    <form
      className="ag-stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (finding !== null) review.mutate({ finding, comment: comment.trim() })
      }}
    >
      <RadioGroup
        ariaLabel={words.finding}
        value={finding}
        onChange={({ detail }) => setFinding(detail.value as Schemas['Finding'])}
        items={[
          { value: 'justified', label: words.justified },
          { value: 'unjustified', label: words.unjustified },
        ]}
      />
      <FormField label={words.comment} description={words.commentDetail}>
        <Textarea rows={2} value={comment} onChange={({ detail }) => setComment(detail.value)} />
      </FormField>
      <Refused error={review.error} />
      <div>
        <Button
          variant="primary"
          formAction="submit"
          loading={review.isPending}
          disabled={finding === null || comment.trim() === ''}
        >
          {words.close}
        </Button>
      </div>
    </form>
  )
}
