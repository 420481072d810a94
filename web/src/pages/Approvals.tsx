import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { Link, useNavigate } from 'react-router'
import { useRequest, useRequests, type Request } from '../api/queries'
import { useMe } from '../app/session'
import { lengthInWords } from '../look/time'
import { useNarrow } from '../look/useNarrow'
import { DataTable } from '../parts/DataTable'
import { LevelMark, StateMark } from '../parts/Marks'
import { Moment } from '../parts/Moment'
import { accountsInWords, requestPath } from '../parts/Names'
import { Page, Section } from '../parts/Page'
import { Loading, Notice, ProblemNotice } from '../parts/States'
import { Views } from '../parts/Views'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'
import { DecisionPanel, type DecisionHandle } from './request/DecisionPanel'
import { Asked, KnownFacts, Steps, titleOf } from './request/RequestBody'
import { useApprovalKeys } from './approvals/keys'
import { requestColumns } from './MyRequests'
import './approvals/approvals.css'
import './request/request.css'

const words = text.approvals

export default function Approvals() {
  const [view, setView] = useUrl('view', 'waiting')
  return (
    <Page title={text.pages.approvals} about={words.about}>
      <Views
        value={view}
        onChange={setView}
        label={text.pages.approvals}
        views={[
          { id: 'waiting', name: words.waiting },
          { id: 'decided', name: words.decided },
          { id: 'reviews', name: words.reviews },
        ]}
      />
      {view === 'waiting' && <Waiting />}
      {view === 'decided' && <Decided />}
      {view === 'reviews' && <Reviews />}
    </Page>
  )
}

/** Those that wait, and those that waited while this page was open: somebody else was faster, and that is shown. */
function useSeen(current: Request[]): Request[] {
  const [seen, setSeen] = useState<Request[]>([])
  const fresh = current.filter((request) => !seen.some((one) => one.id === request.id))
  if (fresh.length > 0) setSeen([...fresh, ...seen])
  return useMemo(() => {
    const now = new Map(current.map((request) => [request.id, request]))
    return seen.map((request) => now.get(request.id) ?? request)
  }, [seen, current])
}

function Waiting() {
  const list = useRequests({ reviewable: true })
  const rows = useSeen(list.rows)
  const [id, setId] = useUrl('id')
  const narrow = useNarrow()
  const navigate = useNavigate()
  const handleRef = useRef<DecisionHandle>(null)
  const waiting = new Set(list.rows.map((request) => request.id))
  const selected = rows.find((request) => request.id === id) ?? (narrow ? undefined : rows[0])

  const move = useCallback(
    (step: number) => {
      const at = rows.findIndex((request) => request.id === selected?.id)
      const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))]
      if (next) setId(next.id)
    },
    [rows, selected?.id, setId],
  )
  useApprovalKeys({
    next: () => move(1),
    before: () => move(-1),
    open: () => selected && void navigate(requestPath(selected.id)),
    approve: () => handleRef.current?.approve(),
    deny: () => handleRef.current?.deny(),
  })
  useEffect(() => {
    if (selected) document.getElementById(`row-${selected.id}`)?.scrollIntoView({ block: 'nearest' })
  }, [selected])

  if (list.error && rows.length === 0)
    return (
      <Section>
        <ProblemNotice error={list.error} again={list.again} />
      </Section>
    )
  if (list.isPending)
    return (
      <Section>
        <Loading lines={5} />
      </Section>
    )
  if (rows.length === 0)
    return (
      <Section>
        <Notice glyph="check" tone="good" title={words.none}>
          {words.noneDetail}
        </Notice>
      </Section>
    )
  return (
    <div className="ag-inbox">
      <ul className="ag-inbox__list" aria-label={words.waiting}>
        {rows.map((request) => (
          <Row
            key={request.id}
            request={request}
            isWaiting={waiting.has(request.id)}
            isSelected={request.id === selected?.id}
            onSelect={() => setId(request.id)}
          />
        ))}
        {list.hasMore && (
          <li>
            <button type="button" className="ag-inbox__more" onClick={list.more}>
              {words.more}
            </button>
          </li>
        )}
      </ul>
      {selected && (
        <Detail
          key={selected.id}
          id={selected.id}
          handleRef={handleRef}
          onBack={narrow ? () => setId('') : undefined}
        />
      )}
      {!narrow && (
        <p className="ag-inbox__keys">
          <Key>j</Key> <Key>k</Key> {words.keyMove} <Key>a</Key> {words.keyApprove} <Key>d</Key> {words.keyDeny}{' '}
          <Key>Enter</Key> {words.keyOpen}
        </p>
      )}
    </div>
  )
}

const Key = ({ children }: { children: string }) => <kbd className="ag-key">{children}</kbd>

function Row({
  request,
  isWaiting,
  isSelected,
  onSelect,
}: {
  request: Request
  isWaiting: boolean
  isSelected: boolean
  onSelect: () => void
}) {
  return (
    <li id={`row-${request.id}`}>
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
      <StateMark state={request.data.state} />
      {last && (
        <span className="ag-soft" role="status">
          {last.by.id === me.user?.id ? words.byYou : words.by(last.by.user_name)} <Moment at={last.at} as="ago" />
        </span>
      )}
    </>
  )
}

function Detail({
  id,
  handleRef,
  onBack,
}: {
  id: string
  handleRef: React.RefObject<DecisionHandle | null>
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
          <StateMark state={data.state} />
        </header>
        <Asked request={data} />
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
        <h3>{text.request.agree}</h3>
        <Steps request={data} />
        {data.facts && (
          <>
            <h3>{text.request.facts}</h3>
            <KnownFacts facts={data.facts} />
          </>
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

function Decided() {
  const me = useMe()
  const all = useRequests()
  const mine = {
    ...all,
    rows: all.rows.filter((request) => request.decisions.some((decision) => decision.by.id === me.user?.id)),
    total: null,
  }
  return (
    <Section>
      <DataTable
        id="decided"
        label={words.decided}
        list={mine}
        columns={requestColumns.map((column) => (column.id === 'who' ? { ...column, isHidden: false } : column))}
        rowKey={(request) => request.id}
        empty={<Notice glyph="check" title={words.decidedNone} />}
      />
    </Section>
  )
}

function Reviews() {
  const list = useRequests({ review: 'open' })
  return (
    <Section about={words.reviewsDetail}>
      <DataTable
        id="reviews"
        label={words.reviews}
        list={list}
        columns={requestColumns.map((column) => (column.id === 'who' ? { ...column, isHidden: false } : column))}
        rowKey={(request) => request.id}
        empty={
          <Notice glyph="siren" title={words.reviewsNone}>
            {words.reviewsNoneDetail}
          </Notice>
        }
      />
    </Section>
  )
}
