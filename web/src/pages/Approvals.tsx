import Button from '@cloudscape-design/components/button'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { useRequests, type Request } from '../api/queries'
import { useNarrow } from '../look/useNarrow'
import { DataTable } from '../parts/DataTable'
import { requestPath } from '../parts/Names'
import { Page, Section } from '../parts/Page'
import { Loading, Notice, ProblemNotice } from '../parts/States'
import { Views } from '../parts/Views'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'
import { DenyDialog } from './approvals/DenyDialog'
import { Detail } from './approvals/Detail'
import { useApprovalKeys } from './approvals/keys'
import { Row } from './approvals/Row'
import { useChosen } from './approvals/useChosen'
import type { DecisionHandle } from './request/DecisionPanel'
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
  const chosen = useChosen(list.rows)
  const [denying, setDenying] = useState(false)
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
    choose: () => selected && chosen.toggle(selected.id),
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
      <div className="ag-inbox__list">
        {chosen.requests.length > 0 && (
          <div className="ag-inbox__chosen">
            <span role="status">{text.denyMany.chosen(chosen.requests.length)}</span>
            <Button onClick={() => setDenying(true)}>{text.denyMany.deny}</Button>
            <Button variant="inline-link" onClick={chosen.clear}>
              {text.denyMany.none}
            </Button>
          </div>
        )}
        <ul aria-label={words.waiting}>
          {rows.map((request) => (
            <Row
              key={request.id}
              request={request}
              isWaiting={waiting.has(request.id)}
              isSelected={request.id === selected?.id}
              onSelect={() => setId(request.id)}
              isChosen={chosen.has(request.id)}
              onChoose={request.can.deny && waiting.has(request.id) ? () => chosen.toggle(request.id) : undefined}
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
      </div>
      {selected && (
        <Detail
          key={selected.id}
          id={selected.id}
          handleRef={handleRef}
          onBack={narrow ? () => setId('') : undefined}
        />
      )}
      {denying && (
        <DenyDialog
          chosen={chosen.requests}
          onClose={() => {
            setDenying(false)
            chosen.clear()
          }}
        />
      )}
      {!narrow && (
        <p className="ag-inbox__keys">
          <Key>j</Key> <Key>k</Key> {words.keyMove} <Key>a</Key> {words.keyApprove} <Key>d</Key> {words.keyDeny}{' '}
          <Key>x</Key> {words.keyChoose} <Key>Enter</Key> {words.keyOpen}
        </p>
      )}
    </div>
  )
}

const Key = ({ children }: { children: string }) => <kbd className="ag-key">{children}</kbd>

function Decided() {
  const mine = useRequests({ decided: true })
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
