import { useRequest, type Request } from '../../api/queries'
import { useMe } from '../../app/session'
import { lengthInWords } from '../../look/time'
import { LevelMark, RequestMark } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { accountsInWords } from '../../parts/Names'
import { text } from '../../text'
import { titleOf } from '../request/RequestBody'

const words = text.approvals

export function Row({
  request,
  isWaiting,
  isSelected,
  onSelect,
  isChosen,
  onChoose,
}: {
  request: Request
  isWaiting: boolean
  isSelected: boolean
  onSelect: () => void
  isChosen: boolean
  /** Left out where there is nothing to deny. */
  onChoose?: () => void
}) {
  return (
    <li id={`row-${request.id}`} className="ag-inbox__item">
      <label className="ag-inbox__choose">
        {onChoose && (
          <input
            type="checkbox"
            checked={isChosen}
            onChange={onChoose}
            aria-label={text.denyMany.choose(`${request.requester.display_name}, ${titleOf(request)}`)}
          />
        )}
      </label>
      <button type="button" className="ag-inbox__row" aria-current={isSelected} onClick={onSelect}>
        <span className="ag-inbox__top">
          <strong>{request.requester.display_name}</strong>
          <Moment at={request.submitted_at} as="ago" />
        </span>
        <span>
          {accountsInWords(request.accounts)} · {request.permission_set.name} ·{' '}
          {lengthInWords(request.duration_seconds)}
        </span>
        <span className="ag-inbox__reason">{request.reason}</span>
        <span className="ag-row">{isWaiting ? <LevelMark level={request.level} /> : <Outcome id={request.id} />}</span>
      </button>
    </li>
  )
}

/** What became of a request that waited a moment ago. */
function Outcome({ id }: { id: string }) {
  const me = useMe()
  const request = useRequest(id)
  if (!request.data) return <span className="ag-soft">{request.error ? words.gone : text.states.loading}</span>
  const last = request.data.decisions.at(-1)
  return (
    <>
      <RequestMark request={request.data} />
      {last && (
        <span className="ag-soft" role="status">
          {last.by.id === me.user?.id ? words.byYou : words.by(last.by.user_name)} <Moment at={last.at} as="ago" />
        </span>
      )}
    </>
  )
}
