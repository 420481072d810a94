import Button from '@cloudscape-design/components/button'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { client, intentHeader, newIntent, take } from '../api/client'
import { isMissing } from '../api/problem'
import { useCheckpoint, useLedger, useVerification, type Entry } from '../api/queries'
import { useIsAdministrator } from '../app/session'
import { useDelayed } from '../look/useDelayed'
import { CopyButton } from '../parts/CopyButton'
import { DataTable, type Column } from '../parts/DataTable'
import { Find } from '../parts/Find'
import { StateMark, Tag } from '../parts/Marks'
import { Moment } from '../parts/Moment'
import { Facts, Page, Section } from '../parts/Page'
import { Answer, Notice, ProblemNotice, Refused } from '../parts/States'
import { Told } from '../parts/Told'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'
import { actorInWords, bodyInWords } from './ledger/entry'
import { exportLedger } from './ledger/export'
import './ledger/ledger.css'

const words = text.ledger

export default function Ledger() {
  const isAdministrator = useIsAdministrator()
  if (!isAdministrator)
    return (
      <Page title={text.pages.ledger}>
        <Section>
          <Notice glyph="policy" title={text.states.denied}>
            {words.denied}
          </Notice>
        </Section>
      </Page>
    )
  return (
    <Page title={text.pages.ledger} about={words.about} actions={<Export />}>
      <Trust />
      <Entries />
    </Page>
  )
}

/** Whether it is whole: the last check, and a checkpoint to keep elsewhere. */
function Trust() {
  const verification = useVerification()
  const checkpoint = useCheckpoint()
  const queries = useQueryClient()
  const verify = useMutation({
    mutationFn: () =>
      take(client.POST('/v1/ledger/verification', { params: { header: intentHeader(newIntent()) }, body: {} })),
    onSuccess: (found) => queries.setQueryData(['/v1/ledger/verification'], found),
  })
  return (
    <Section
      title={words.trust}
      tone={verification.data?.state === 'broken' ? 'danger' : 'plain'}
      actions={
        <Button loading={verify.isPending} onClick={() => verify.mutate()}>
          {words.verify}
        </Button>
      }
    >
      <Facts
        columns={3}
        items={[
          {
            label: words.lastCheck,
            value: verification.data ? (
              <span className="ag-row">
                <StateMark
                  state={{ ok: 'ok', broken: 'bad', never: 'pending' }[verification.data.state]}
                  word={words.verified[verification.data.state]}
                />
                {verification.data.at && <Moment at={verification.data.at} as="both" />}
              </span>
            ) : (
              <NotRead of={verification} />
            ),
          },
          { label: words.entries, value: checkpoint.data?.size.toLocaleString('en') ?? <NotRead of={checkpoint} /> },
          {
            label: words.root,
            value: checkpoint.data ? (
              <span className="ag-row">
                <span className="ag-mono">{checkpoint.data.root.slice(0, 16)}…</span>
                <CopyButton variant="inline-link" label={words.copyCheckpoint} text={JSON.stringify(checkpoint.data)} />
              </span>
            ) : (
              <NotRead of={checkpoint} />
            ),
          },
        ]}
      />
      {verification.data?.problem && (
        <Notice glyph="alert" tone="bad" size="small" title={words.brokenAt(verification.data.problem.position)}>
          {verification.data.problem.message}
        </Notice>
      )}
      <Refused error={verify.error} />
    </Section>
  )
}

function NotRead({ of }: { of: { error: unknown; refetch: () => unknown } }) {
  if (!of.error) return <span className="ag-soft">{text.states.loading}</span>
  if (isMissing(of.error)) return <span className="ag-soft">{text.states.notYet}</span>
  return (
    <span className="ag-row">
      <span className="ag-soft">{text.states.unread}</span>
      <Button variant="inline-link" onClick={() => void of.refetch()}>
        {text.states.again}
      </Button>
    </span>
  )
}

function Export() {
  const [read, setRead] = useState<number | null>(null)
  const work = useMutation({ mutationFn: () => exportLedger(setRead), onSettled: () => setRead(null) })
  return (
    <>
      <Button iconName="download" loading={work.isPending} onClick={() => work.mutate()}>
        {read === null ? words.export : words.exporting(read)}
      </Button>
      {work.error && <Refused error={work.error} />}
    </>
  )
}

const families = [
  'request.',
  'grant.',
  'slot.',
  'break_glass.',
  'policy.',
  'token.',
  'server.',
  'assignment.',
  'permission_set.',
  'sessions.',
]

function Entries() {
  const [kind, setKind] = useUrl('kind')
  const [user, setUser] = useUrl('user')
  const [account, setAccount] = useUrl('account')
  const [request, setRequest] = useUrl('request')
  const [at, setAt] = useUrl('entry')
  const asked = useDelayed({ kind, user: user.trim(), account: account.trim(), request: request.trim() }, 300)
  const ledger = useLedger({
    order: 'newest',
    ...(asked.kind === '' ? {} : { kind: [asked.kind] }),
    ...(asked.user === '' ? {} : { user: asked.user }),
    ...(asked.account === '' ? {} : { account: asked.account }),
    ...(asked.request === '' ? {} : { request: asked.request }),
  })
  const chosen = ledger.rows.find((entry) => String(entry.index) === at)
  return (
    <div className="ag-ledger">
      {chosen && <EntryDetail entry={chosen} onClose={() => setAt('')} />}
      <Section>
        <div className="ag-ledger__filters">
          <select
            className="ag-find"
            aria-label={words.kind}
            value={kind}
            onChange={(event) => setKind(event.target.value)}
          >
            <option value="">{words.allKinds}</option>
            {families.map((family) => (
              <option key={family} value={family}>
                {words.families[family] ?? family}
              </option>
            ))}
          </select>
          <Find value={user} onChange={setUser} label={text.insights.onlyPerson} />
          <Find value={account} onChange={setAccount} label={text.insights.onlyAccount} />
          <Find value={request} onChange={setRequest} label={words.onlyRequest} />
        </div>
        {ledger.error && ledger.rows.length === 0 ? (
          <ProblemNotice error={ledger.error} again={ledger.again} />
        ) : (
          <DataTable
            id="ledger"
            label={text.pages.ledger}
            list={ledger}
            columns={columns}
            rowKey={(entry) => String(entry.index)}
            empty={<Notice glyph="book" size="small" title={words.none} />}
          />
        )}
      </Section>
    </div>
  )
}

/** Opens the entry; in the address, so that an entry can be linked to. */
function EntryButton({ index }: { index: number }) {
  const [at, setAt] = useUrl('entry')
  const isOpen = at === String(index)
  return (
    <button
      type="button"
      className="ag-ledger__open"
      aria-expanded={isOpen}
      aria-label={words.entry(index)}
      onClick={() => setAt(isOpen ? '' : String(index))}
    >
      {index}
    </button>
  )
}

const columns: Column<Entry>[] = [
  {
    id: 'index',
    header: words.index,
    value: (entry) => entry.index,
    cell: (entry) => <EntryButton index={entry.index} />,
    width: 90,
  },
  {
    id: 'at',
    header: words.at,
    value: (entry) => entry.at,
    cell: (entry) => <Moment at={entry.at} as="second" />,
    width: 150,
  },
  {
    id: 'kind',
    header: words.kind,
    value: (entry) => entry.kind,
    cell: (entry) => <Tag>{entry.kind}</Tag>,
    isChoice: true,
    width: 200,
  },
  {
    id: 'actor',
    header: words.actor,
    value: (entry) => actorInWords(entry),
    cell: actorInWords,
    isChoice: true,
    width: 160,
  },
  {
    id: 'what',
    header: words.what,
    value: (entry) => bodyInWords(entry),
    cell: (entry) => (
      <span className="ag-ledger__body">
        <Told text={bodyInWords(entry)} />
      </span>
    ),
  },
]

function EntryDetail({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const proof = useQuery({
    queryKey: ['/v1/ledger/{index}/proof', entry.index],
    queryFn: ({ signal }) =>
      take(client.GET('/v1/ledger/{index}/proof', { signal, params: { path: { index: entry.index } } })),
  })
  return (
    <Section
      title={words.entry(entry.index)}
      about={entry.kind}
      actions={<Button variant="icon" iconName="close" ariaLabel={text.close} onClick={onClose} />}
    >
      <pre className="ag-ledger__json" tabIndex={0}>
        {JSON.stringify(entry, null, 2)}
      </pre>
      <h3 className="ag-ledger__proof">{words.proof}</h3>
      <Answer of={proof}>
        {(found) => (
          <div className="ag-row">
            <span>{words.proofOf(found.path.length, found.size)}</span>
            <span className="ag-mono">{found.leaf_hash}</span>
            <CopyButton variant="inline-link" label={words.copyProof} text={JSON.stringify(found)} />
          </div>
        )}
      </Answer>
    </Section>
  )
}
