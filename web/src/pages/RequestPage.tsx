import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { useParams } from 'react-router'
import { useRequest, type RequestWithTimeline } from '../api/queries'
import { useIsAdministrator, useMe } from '../app/session'
import { LinkButton } from '../parts/LinkButton'
import { CopyButton } from '../parts/CopyButton'
import { RequestMark, Tag } from '../parts/Marks'
import { Moment } from '../parts/Moment'
import { Page, Section } from '../parts/Page'
import { Loading, Notice, ProblemNotice } from '../parts/States'
import { text } from '../text'
import { askAgainPath } from './access/again'
import { DecisionPanel } from './request/DecisionPanel'
import { EndDialog } from './request/EndDialog'
import { ExtendDialog } from './request/ExtendDialog'
import { Asked, KnownFacts, Places, Steps, titleOf } from './request/RequestBody'
import { ReviewPanel } from './request/ReviewPanel'
import { Timeline } from './request/Timeline'
import { WithdrawDialog } from './request/WithdrawDialog'
import './request/request.css'

const words = text.request

export default function RequestPage() {
  const { id = '' } = useParams()
  const request = useRequest(id)
  if (request.data) return <Whole key={request.data.version} request={request.data} />
  return (
    <Page title={text.pages.request}>
      <Section>
        {request.error ? (
          <ProblemNotice error={request.error} again={() => void request.refetch()} />
        ) : (
          <Loading lines={6} />
        )}
      </Section>
    </Page>
  )
}

function Whole({ request }: { request: RequestWithTimeline }) {
  return (
    <Page
      title={titleOf(request)}
      mark={
        <>
          <RequestMark request={request} />
          {request.break_glass && <Tag tone="bad">{text.pages.breakGlass}</Tag>}
        </>
      }
      about={
        <>
          {words.askedBy(request.requester.display_name)} <Moment at={request.submitted_at} as="both" />
        </>
      }
      actions={<Actions request={request} />}
    >
      <div className="ag-split">
        <div className="ag-stack">
          {request.voided && <Voided request={request} why={request.voided.message} />}
          {request.review && (
            <Section title={words.review} tone={request.review.state === 'overdue' ? 'danger' : 'plain'}>
              <ReviewPanel request={request} review={request.review} />
            </Section>
          )}
          <Section title={words.asked}>
            <Asked request={request} />
          </Section>
          {request.state !== 'pending' && <InAws request={request} />}
          {request.facts && (
            <Section title={words.facts} about={words.factsDetail}>
              <KnownFacts facts={request.facts} />
            </Section>
          )}
          <Section title={words.agree}>
            <Steps request={request} />
          </Section>
          {request.state === 'pending' && <InAws request={request} />}
          {(request.can.decide || request.can.deny) && (
            <div className="ag-foot">
              <Section title={words.yourDecision}>
                <DecisionPanel request={request} />
              </Section>
            </div>
          )}
        </div>
        <Section title={words.story} about={words.storyDetail}>
          <Timeline items={request.timeline} accounts={request.accounts} />
          <p className="ag-mono ag-soft ag-flat">{request.id}</p>
        </Section>
      </div>
    </Page>
  )
}

const InAws = ({ request }: { request: RequestWithTimeline }) => (
  <Section title={words.places} count={request.accounts.length > 1 ? request.accounts.length : null}>
    <Places request={request} />
  </Section>
)

/** Why nobody can agree to it any more, and what to do about it. */
function Voided({ request, why }: { request: RequestWithTimeline; why: string }) {
  const isMine = useMe().user?.id === request.requester.id
  return (
    <Section tone="danger">
      <Notice
        glyph="alert"
        tone="bad"
        size="small"
        title={words.voided}
        action={
          isMine && (
            <LinkButton variant="primary" to={askAgainPath(request)}>
              {words.again}
            </LinkButton>
          )
        }
      >
        {why}
        <p>{isMine ? words.voidedDetail : words.voidedOther}</p>
      </Notice>
    </Section>
  )
}

function Actions({ request }: { request: RequestWithTimeline }) {
  const [dialog, setDialog] = useState<'end' | 'extend' | 'withdraw' | null>(null)
  const me = useMe()
  const isAdministrator = useIsAdministrator()
  const isMine = me.user?.id === request.requester.id
  const isOver = ['ended', 'revoked', 'denied', 'withdrawn', 'lapsed', 'failed'].includes(request.state)
  const close = () => setDialog(null)
  return (
    <>
      <CopyButton text={location.href} label={words.copyLink} />
      {isAdministrator && <LinkButton to={`/ledger?request=${request.id}`}>{words.inLedger}</LinkButton>}
      {request.can.withdraw && <Button onClick={() => setDialog('withdraw')}>{words.withdraw}</Button>}
      {request.can.extend && <Button onClick={() => setDialog('extend')}>{text.access.extend}</Button>}
      {request.can.end && (
        <Button onClick={() => setDialog('end')}>{isMine ? text.access.done : text.end.action}</Button>
      )}
      {isMine && isOver && !request.voided && !request.break_glass && request.extends === null && (
        <LinkButton variant="primary" to={askAgainPath(request)}>
          {words.again}
        </LinkButton>
      )}
      {dialog === 'end' && <EndDialog request={request} onClose={close} />}
      {dialog === 'extend' && <ExtendDialog request={request} onClose={close} />}
      {dialog === 'withdraw' && <WithdrawDialog request={request} onClose={close} />}
    </>
  )
}
