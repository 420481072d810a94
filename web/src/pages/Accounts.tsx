import { useDeferredValue } from 'react'
import { useAccounts, type Schemas } from '../api/queries'
import { DataTable, type Column } from '../parts/DataTable'
import { Find } from '../parts/Find'
import { StateMark, Tag } from '../parts/Marks'
import { AccountLink } from '../parts/Names'
import { Page, Section } from '../parts/Page'
import { Notice } from '../parts/States'
import { useServerSort } from '../parts/useTable'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'

const words = text.accounts

/** How the server calls the columns by which it sorts. */
const sorts = { name: 'name', id: 'id', path: 'path', state: 'state' } as const

type Account = Schemas['Account']

export default function Accounts() {
  const [wanted, setWanted] = useUrl('q')
  const q = useDeferredValue(wanted.trim())
  const sort = useServerSort(sorts)
  const accounts = useAccounts({ ...(q === '' ? {} : { q }), ...(sort === undefined ? {} : { sort }) })
  const find = <Find value={wanted} onChange={setWanted} label={words.find} />
  return (
    <Page title={text.pages.accounts} about={words.about}>
      <Section>
        <DataTable
          id="accounts"
          label={text.pages.accounts}
          list={accounts}
          columns={columns}
          sortedByServer={Object.keys(sorts)}
          rowKey={(account) => account.id}
          filters={find}
          empty={
            q === '' ? (
              <Notice glyph="account" title={words.none}>
                {words.noneDetail}
              </Notice>
            ) : (
              <>
                {find}
                <Notice glyph="search" title={text.table.noMatch} />
              </>
            )
          }
        />
      </Section>
    </Page>
  )
}

/** So many stand in a row; the account's page has all. */
const mostTags = 2

const columns: Column<Account>[] = [
  {
    id: 'name',
    header: words.name,
    value: (account) => account.name,
    width: 180,
    cell: (account) => <AccountLink account={account} />,
  },
  {
    id: 'id',
    header: words.id,
    value: (account) => account.id,
    cell: (account) => <span className="ag-mono ag-whole-word">{account.id}</span>,
    width: 155,
  },
  {
    id: 'path',
    width: 155,
    header: words.path,
    value: (account) => account.path,
    cell: (account) => account.path,
    isChoice: true,
  },
  {
    id: 'state',
    header: words.state,
    value: (account) => account.state,
    width: 130,
    cell: (account) => (
      <StateMark state={account.state === 'ACTIVE' ? 'ok' : 'warn'} word={account.state.toLowerCase()} />
    ),
    isChoice: true,
  },
  {
    id: 'tags',
    header: words.tags,
    value: (account) => account.tags.map((tag) => `${tag.key}=${tag.value}`).join(' '),
    cell: (account) => (
      <span className="ag-row ag-row--close" title={account.tags.map((tag) => `${tag.key}: ${tag.value}`).join(', ')}>
        {account.tags.slice(0, mostTags).map((tag) => (
          <Tag key={tag.key}>{`${tag.key}: ${tag.value}`}</Tag>
        ))}
        {account.tags.length > mostTags && (
          <span className="ag-soft">{text.allows.more(account.tags.length - mostTags)}</span>
        )}
      </span>
    ),
  },
  {
    id: 'email',
    header: words.email,
    value: (account) => account.email,
    cell: (account) => account.email,
    isHidden: true,
  },
]
