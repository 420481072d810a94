import type { ReactNode, RefObject } from 'react'
import { Link } from 'react-router'
import { useRequest } from '../../api/queries'
import { useMe } from '../../app/session'
import { RequestMark } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { requestPath } from '../../parts/Names'
import { Loading, ProblemNotice } from '../../parts/States'
import { text } from '../../text'
import { DecisionPanel, type DecisionHandle } from '../request/DecisionPanel'
import { Asked, KnownFacts, Steps, titleOf } from '../request/RequestBody'

const words = text.approvals

/** One request in the order in which it is judged: what was asked, what is known, who agrees, and only then the buttons. */
export function Detail({
  id,
  handleRef,
  onBack,
}: {
  id: string
  handleRef: RefObject<DecisionHandle | null>
  onBack?: () => void
}) {
  const request = useRequest(id)
  const me = useMe()
  let body: ReactNode
  if (request.error && !request.data)
    body = <ProblemNotice error={request.error} again={() => void request.refetch()} />
  else if (!request.data) body = <Loading lines={8} />
  else {
    const { data } = request
    const last = data.decisions.at(-1)
    body = (
      <>
        <header className="ag-detail__head">
          <div>
            <h2>
              <Link to={requestPath(data.id)}>{titleOf(data)}</Link>
            </h2>
            <p>
              {text.request.askedBy(data.requester.display_name)} <Moment at={data.submitted_at} as="ago" />
            </p>
          </div>
          <RequestMark request={data} />
        </header>
        <Asked request={data} isWhoTold />
        {data.facts && (
          <>
            <h3>{text.request.facts}</h3>
            <KnownFacts facts={data.facts} />
          </>
        )}
        <h3>{text.request.agree}</h3>
        <Steps request={data} />
        {data.can.decide || data.can.deny ? (
          <DecisionPanel key={data.version} request={data} handleRef={handleRef} />
        ) : (
          last && (
            <p className="ag-detail__decided" role="status">
              {last.decision === 'approve'
                ? words.approvedBy(last.by.id === me.user?.id ? words.you : last.by.user_name)
                : words.deniedBy(last.by.id === me.user?.id ? words.you : last.by.user_name)}{' '}
              <Moment at={last.at} as="ago" />
            </p>
          )
        )}
      </>
    )
  }
  return (
    <article className="ag-detail" aria-label={words.detail}>
      {onBack && (
        <button type="button" className="ag-plain ag-detail__back" onClick={onBack}>
          ← {words.back}
        </button>
      )}
      {body}
    </article>
  )
}
