import { useDeferredValue } from 'react'
import { usePermissionSets, type Schemas } from '../api/queries'
import { lengthInWords } from '../look/time'
import { DataTable, type Column } from '../parts/DataTable'
import { Find } from '../parts/Find'
import { heightOf, LevelMark } from '../parts/Marks'
import { reasonInShort } from '../parts/level-reason'
import { PermissionSetLink } from '../parts/Names'
import { Page, Section } from '../parts/Page'
import { Notice } from '../parts/States'
import { useServerSort } from '../parts/useTable'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'

const words = text.permissionSets

/** How the server calls the columns by which it sorts. */
const sorts = { name: 'name', level: 'level' } as const

type PermissionSet = Schemas['PermissionSet']

export default function PermissionSets() {
  const [wanted, setWanted] = useUrl('q')
  const q = useDeferredValue(wanted.trim())
  const sort = useServerSort(sorts)
  const sets = usePermissionSets({ ...(q === '' ? {} : { q }), ...(sort === undefined ? {} : { sort }) })
  const find = <Find value={wanted} onChange={setWanted} label={words.find} />
  return (
    <Page title={text.pages.permissionSets} about={words.about}>
      <Section>
        <DataTable
          id="permission-sets"
          label={text.pages.permissionSets}
          list={sets}
          columns={columns}
          sortedByServer={Object.keys(sorts)}
          rowKey={(set) => set.arn}
          filters={find}
          empty={
            q === '' ? (
              <Notice glyph="set" title={words.none}>
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

const columns: Column<PermissionSet>[] = [
  { id: 'name', header: words.name, value: (set) => set.name, cell: (set) => <PermissionSetLink set={set} /> },
  {
    id: 'description',
    header: words.description,
    value: (set) => set.description,
    width: 230,
    cell: (set) => set.description || text.none,
  },
  {
    id: 'level',
    header: words.level,
    value: (set) => set.level,
    sortBy: (set) => heightOf(set.level),
    width: 120,
    cell: (set) => <LevelMark level={set.level} />,
    isChoice: true,
  },
  {
    id: 'levelWhy',
    header: words.levelWhy,
    value: (set) => set.level_reason,
    cell: (set) => <span className="ag-clamp">{reasonInShort(set.level, set.level_reason ?? '')}</span>,
  },
  {
    id: 'session',
    header: words.session,
    value: (set) => set.session_duration_seconds,
    cell: (set) => lengthInWords(set.session_duration_seconds),
    width: 110,
  },
  {
    id: 'arn',
    header: words.arn,
    value: (set) => set.arn,
    cell: (set) => <span className="ag-mono">{set.arn}</span>,
    isHidden: true,
  },
]
