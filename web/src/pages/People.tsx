import { useDeferredValue } from 'react'
import { useUsers, type Schemas } from '../api/queries'
import { DataTable, type Column } from '../parts/DataTable'
import { Find } from '../parts/Find'
import { PersonLink } from '../parts/Names'
import { StateMark } from '../parts/Marks'
import { Page, Section } from '../parts/Page'
import { Notice } from '../parts/States'
import { useServerSort } from '../parts/useTable'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'

const words = text.people

/** How the server calls the columns by which it sorts. */
const sorts = { name: 'display_name', user_name: 'user_name', email: 'email' } as const

type User = Schemas['User']

export default function People() {
  const [wanted, setWanted] = useUrl('q')
  const q = useDeferredValue(wanted.trim())
  const sort = useServerSort(sorts)
  const users = useUsers({ ...(q === '' ? {} : { q }), ...(sort === undefined ? {} : { sort }) })
  return (
    <Page title={text.pages.people} about={words.about}>
      <Section>
        <DataTable
          id="people"
          label={text.pages.people}
          list={users}
          columns={columns}
          sortedByServer={Object.keys(sorts)}
          rowKey={(user) => user.id}
          filters={<Find value={wanted} onChange={setWanted} label={words.find} />}
          empty={<Emptiness q={q} wanted={wanted} setWanted={setWanted} />}
        />
      </Section>
    </Page>
  )
}

function Emptiness({ q, wanted, setWanted }: { q: string; wanted: string; setWanted: (q: string) => void }) {
  if (q === '')
    return (
      <Notice glyph="people" title={words.none}>
        {words.noneDetail}
      </Notice>
    )
  return (
    <>
      <Find value={wanted} onChange={setWanted} label={words.find} />
      <Notice glyph="search" title={text.table.noMatch} />
    </>
  )
}

const columns: Column<User>[] = [
  { id: 'name', header: words.name, value: (user) => user.display_name, cell: (user) => <PersonLink person={user} /> },
  { id: 'user_name', header: words.userName, value: (user) => user.user_name, cell: (user) => user.user_name },
  { id: 'email', header: words.email, value: (user) => user.email, cell: (user) => user.email ?? text.none },
  {
    id: 'enabled',
    header: words.state,
    value: (user) => (user.enabled ? words.enabled : words.disabled),
    isChoice: true,
    cell: (user) => (
      <StateMark state={user.enabled ? 'ok' : 'ended'} word={user.enabled ? words.enabled : words.disabled} />
    ),
  },
]
