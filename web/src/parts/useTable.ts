import { useCollection } from '@cloudscape-design/collection-hooks'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { mayReadOn, type List } from '../api/queries'
import { text } from '../text'
import { saveAs, toCsv } from './csv'
import { filterToText, textToFilter } from './filter-text'
import { useUrl } from './useUrl'

export interface Column<T> {
  id: string
  header: string
  cell: (row: T) => ReactNode
  /** What it is sorted, filtered and exported by. */
  value: (row: T) => string | number | null
  /** What it is sorted by, where that is not its value: levels, by how much they are. */
  sortBy?: (row: T) => number
  width?: number
  /** Not shown until the reader chooses it. */
  isHidden?: boolean
  /** Offered in the filter as a list of the values that there are. */
  isChoice?: boolean
}

export interface TableQuestion<T> {
  /** Of this table: for the file name and the saved columns. */
  id: string
  list: List<T>
  columns: Column<T>[]
  /** Begins the names in the address where a page has several tables. */
  prefix?: string
  /** Columns by which the server sorts: rows that have not come yet are not needed for it. */
  sortedByServer?: string[]
  noMatch: ReactNode
}

/**
 * What the server is asked to sort by, from the address: `sorts` tells how it calls the columns by which it can. Undefined
 * where the table has to do it, which then reads all rows.
 */
export function useServerSort<S extends string>(sorts: Record<string, S>): S | `-${S}` | undefined {
  const [sort] = useUrl('sort')
  const name = sorts[sort.replace(/^-/, '')]
  if (name === undefined) return undefined
  return sort.startsWith('-') ? `-${name}` : name
}

/** A row as Cloudscape's filter and sort read it, beside the row itself. */
export type Item<T> = { row: T } & Record<string, string | number>

/** Rows that a filter or a sort looks at, at most: further ones have to be asked of the server by its own filters. */
const most = 10_000

/** Everything about a table but its look: what is filtered, sorted and shown, and the rows that this needs. */
export function useTable<T>({ id, list, columns, prefix, sortedByServer = [], noMatch }: TableQuestion<T>) {
  const name = (word: string) => (prefix ? `${prefix}-${word}` : word)
  const [filterText, setFilterText] = useUrl(name('filter'))
  const [sort, setSort] = useUrl(name('sort'))
  const [exporting, setExporting] = useState(false)
  const { saved, save } = useSaved(id)
  const visible = saved.columns ?? columns.filter((column) => !column.isHidden).map((column) => column.id)
  const pageSize = saved.pageSize ?? 50

  const isSorted = sortedByServer.includes(sort.replace(/^-/, ''))
  const collection = useCollection(useItems(list.rows, columns), {
    propertyFiltering: {
      filteringProperties: columns.map(filteringProperty),
      defaultQuery: textToFilter(filterText, new Set(columns.map((column) => column.id))),
      noMatch,
    },
    sorting: sortingOf(sort, (id) => comparatorOf(columns, sortedByServer, id)),
    pagination: { pageSize },
  })
  const { propertyFilterProps, paginationProps, allPageItems } = collection
  const count = collection.filteredItemsCount ?? list.rows.length

  // Filtering, sorting and saving are about all rows, not about those that happen to be here.
  const isAboutAll = propertyFilterProps.query.tokens.length > 0 || (sort !== '' && !isSorted) || exporting
  const mayLoad = list.hasMore && !list.moreError && list.rows.length < most
  const atEnd = paginationProps.currentPageIndex * pageSize >= count
  useEffect(() => {
    if (mayLoad && mayReadOn(list) && (isAboutAll || atEnd)) list.more()
  }, [mayLoad, isAboutAll, atEnd, list])
  useEffect(() => {
    if (!exporting || mayLoad) return
    saveRows(
      id,
      columns.filter((column) => visible.includes(column.id)),
      allPageItems.map((item) => item.row),
    )
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the file is written once, when the last rows have come
    setExporting(false)
  }, [exporting, mayLoad, allPageItems, columns, visible, id])

  return {
    collection,
    count,
    visible,
    pageSize,
    save,
    isReading: list.isFetchingMore && isAboutAll,
    exporting,
    startExport: () => setExporting(true),
    rememberFilter: (query: Parameters<typeof filterToText>[0]) => setFilterText(filterToText(query)),
    rememberSort: (field: string, isDescending: boolean) => setSort(`${isDescending ? '-' : ''}${field}`),
  }
}

export type TableState<T> = ReturnType<typeof useTable<T>>

interface Saved {
  columns?: string[]
  pageSize?: number
}

/** The columns and the page size that the reader chose, kept in this browser for this table. */
function useSaved(id: string) {
  const key = `accessguard.table.${id}`
  const [saved, setSaved] = useState<Saved>(() => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? '{}') as Saved
    } catch {
      return {}
    }
  })
  const save = (change: Saved) => {
    const next = { ...saved, ...change }
    setSaved(next)
    try {
      localStorage.setItem(key, JSON.stringify(next))
    } catch {
      // Nothing can be stored here: it holds until the page is left.
    }
  }
  return { saved, save }
}

function useItems<T>(rows: T[], columns: Column<T>[]): Item<T>[] {
  return useMemo(
    () =>
      rows.map((row) => ({
        row,
        ...Object.fromEntries(columns.map((column) => [column.id, column.value(row) ?? ''])),
      })) as Item<T>[],
    [rows, columns],
  )
}

const filteringProperty = <T>(column: Column<T>) => ({
  key: column.id,
  propertyLabel: column.header,
  groupValuesLabel: text.table.valuesOf(column.header),
  operators: column.isChoice ? (['=', '!=', ':', '!:'] as const) : ([':', '!:', '=', '!='] as const),
})

type Comparator<T> = ((one: { row: T }, other: { row: T }) => number) | undefined

/** How rows are put in order by a column; undefined for by its value. */
export function comparatorOf<T>(columns: Column<T>[], sortedByServer: string[], id: string): Comparator<T> {
  // They come in that order, and stay in it.
  if (sortedByServer.includes(id)) return () => 0
  const sortBy = columns.find((column) => column.id === id)?.sortBy
  return sortBy && ((one, other) => sortBy(one.row) - sortBy(other.row))
}

function sortingOf<T>(sort: string, comparator: (id: string) => Comparator<T>) {
  if (sort === '') return {}
  const id = sort.replace(/^-/, '')
  const sortingColumn = { sortingField: id, sortingComparator: comparator(id) }
  return { defaultState: { sortingColumn, isDescending: sort.startsWith('-') } }
}

function saveRows<T>(id: string, columns: Column<T>[], rows: T[]) {
  const header = columns.map((column) => column.header)
  saveAs(
    `accessguard-${id}.csv`,
    toCsv(
      header,
      rows.map((row) => columns.map((column) => column.value(row))),
    ),
  )
}
