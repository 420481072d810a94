import { useCollection } from '@cloudscape-design/collection-hooks'
import Button from '@cloudscape-design/components/button'
import CollectionPreferences from '@cloudscape-design/components/collection-preferences'
import Pagination from '@cloudscape-design/components/pagination'
import PropertyFilter from '@cloudscape-design/components/property-filter'
import Table from '@cloudscape-design/components/table'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import type { List } from '../api/queries'
import { changeSettings, useSettings } from '../look/settings'
import { useNarrow } from '../look/useNarrow'
import { text } from '../text'
import { saveAs, toCsv } from './csv'
import { filterToText, textToFilter } from './filter-text'
import { Loading, Notice, ProblemNotice } from './States'
import { useUrl } from './useUrl'
import './data-table.css'

export interface Column<T> {
  id: string
  header: string
  cell: (row: T) => ReactNode
  /** What it is sorted, filtered and exported by. */
  value: (row: T) => string | number | null
  width?: number
  /** Not shown until the reader chooses it. */
  isHidden?: boolean
  /** Offered in the filter as a list of the values that there are. */
  isChoice?: boolean
}

interface DataTableProps<T> {
  /** Of this table: for the file name, the saved columns and, with `inUrl`, the address. */
  id: string
  label: string
  list: List<T>
  columns: Column<T>[]
  rowKey: (row: T) => string
  empty: ReactNode
  /** Begins the names in the address where a page has several tables. */
  prefix?: string
  sortBy?: string
  /** What the server filters by is beside the table's own filter. */
  filters?: ReactNode
  selected?: string | null
  onSelect?: (row: T) => void
}

/** Rows that a filter or a sort looks at, at most: further ones have to be asked of the server by its own filters. */
const most = 10_000
const pageSizes = [25, 50, 100]

const plain = (rows: unknown[]): List<never> => ({
  rows: rows as never[], total: rows.length, hasMore: false, isPending: false, isFetchingMore: false, isStale: false, error: null, more: () => {}, again: () => {},
})
/** Rows that are all here. */
export const allOf = <T,>(rows: T[]): List<T> => plain(rows) as List<T>

interface Saved {
  columns?: string[]
  pageSize?: number
}
function savedOf(id: string): Saved {
  try {
    return JSON.parse(localStorage.getItem(`accessguard.table.${id}`) ?? '{}') as Saved
  } catch {
    return {}
  }
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { list, columns, id } = props
  const { density } = useSettings()
  const narrow = useNarrow()
  const [saved, setSaved] = useState(() => savedOf(id))
  const name = (word: string) => (props.prefix ? `${props.prefix}-${word}` : word)
  const [filterText, setFilterText] = useUrl(name('filter'))
  const [sort, setSort] = useUrl(name('sort'), props.sortBy ?? '')
  const [exporting, setExporting] = useState(false)

  const visible = saved.columns ?? columns.filter((column) => !column.isHidden).map((column) => column.id)
  const pageSize = saved.pageSize ?? 50
  const save = (change: Saved) => {
    const next = { ...saved, ...change }
    setSaved(next)
    try {
      localStorage.setItem(`accessguard.table.${id}`, JSON.stringify(next))
    } catch {
      // Nothing can be stored here: it holds until the page is left.
    }
  }

  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns])
  const items = useMemo(
    () => list.rows.map((row) => ({ row, ...Object.fromEntries(columns.map((column) => [column.id, column.value(row) ?? ''])) })) as ({ row: T } & Record<string, string | number>)[],
    [list.rows, columns],
  )
  const definitions = columns.map((column) => ({
    id: column.id,
    header: column.header,
    cell: (item: { row: T }) => column.cell(item.row),
    sortingField: column.id,
    width: column.width,
    isRowHeader: column.id === columns[0]?.id,
  }))
  const collection = useCollection(items, {
    propertyFiltering: {
      filteringProperties: columns.map((column) => ({
        key: column.id,
        propertyLabel: column.header,
        groupValuesLabel: text.table.valuesOf(column.header),
        operators: column.isChoice ? ['=', '!=', ':', '!:'] : [':', '!:', '=', '!='],
      })),
      defaultQuery: textToFilter(filterText, new Set(byId.keys())),
      empty: props.empty,
      noMatch: <Notice glyph="search" size="small" title={text.table.noMatch} />,
    },
    sorting: sort
      ? { defaultState: { sortingColumn: { sortingField: sort.replace(/^-/, '') }, isDescending: sort.startsWith('-') } }
      : {},
    pagination: { pageSize },
  })
  const { propertyFilterProps, collectionProps, paginationProps, allPageItems, filteredItemsCount } = collection

  // Filtering, sorting and saving are about all rows, not about those that happen to be here.
  const isAboutAll = propertyFilterProps.query.tokens.length > 0 || (sort !== '' && sort !== (props.sortBy ?? '')) || exporting
  const mayLoad = list.hasMore && list.rows.length < most
  const atEnd = paginationProps.currentPageIndex * pageSize >= (filteredItemsCount ?? list.rows.length)
  useEffect(() => {
    if (mayLoad && !list.isFetchingMore && (isAboutAll || atEnd)) list.more()
  }, [mayLoad, isAboutAll, atEnd, list])
  useEffect(() => {
    if (!exporting || mayLoad) return
    const shown = columns.filter((column) => visible.includes(column.id))
    saveAs(`accessguard-${id}.csv`, toCsv(shown.map((column) => column.header), allPageItems.map((item) => shown.map((column) => column.value(item.row)))))
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the file is written once, when the last rows have come
    setExporting(false)
  }, [exporting, mayLoad, allPageItems, columns, visible, id])

  if (list.error && list.rows.length === 0) return <ProblemNotice error={list.error} again={list.again} />
  if (list.isPending) return <Loading lines={6} />
  if (list.rows.length === 0) return <>{props.empty}</>

  const shownCount = filteredItemsCount ?? list.rows.length
  const filter = (
    <div className="ag-table__filter">
      {props.filters}
      <div className="ag-table__words">
        <PropertyFilter
          {...propertyFilterProps}
          onChange={(event) => {
            propertyFilterProps.onChange(event)
            setFilterText(filterToText(event.detail))
          }}
          filteringOptions={propertyFilterProps.filteringOptions.filter((option) => byId.get(option.propertyKey)?.isChoice)}
          filteringPlaceholder={text.table.filter}
          filteringAriaLabel={text.table.filterOf(props.label)}
          expandToViewport
          countText={text.table.matches(shownCount)}
        />
      </div>
    </div>
  )
  const tools = (
    <div className="ag-table__tools">
      <span className="ag-table__count" role="status">
        {list.isFetchingMore && isAboutAll ? text.table.reading(list.rows.length, list.total) : text.table.count(shownCount, list.hasMore, list.total)}
      </span>
      <Button iconName="download" variant="icon" loading={exporting} ariaLabel={text.table.exportOf(props.label)} onClick={() => setExporting(true)} />
      <CollectionPreferences
        title={text.table.preferences}
        confirmLabel={text.table.apply}
        cancelLabel={text.cancel}
        preferences={{ pageSize, contentDensity: density, contentDisplay: columns.map((column) => ({ id: column.id, visible: visible.includes(column.id) })) }}
        onConfirm={({ detail }) => {
          save({ columns: detail.contentDisplay?.filter((column) => column.visible).map((column) => column.id), pageSize: detail.pageSize })
          if (detail.contentDensity) changeSettings({ density: detail.contentDensity })
        }}
        pageSizePreference={{ title: text.table.pageSize, options: pageSizes.map((value) => ({ value, label: text.table.rows(value) })) }}
        contentDensityPreference={{ label: text.table.compact, description: text.table.compactDetail }}
        contentDisplayPreference={{ title: text.table.columns, options: columns.map((column) => ({ id: column.id, label: column.header, alwaysVisible: column.id === columns[0]?.id })) }}
      />
    </div>
  )
  const pages = (list.hasMore || shownCount > pageSize) && <Pagination {...paginationProps} openEnd={list.hasMore} ariaLabels={{ paginationLabel: text.table.pagesOf(props.label) }} />

  if (narrow)
    return (
      <div className="ag-table">
        {filter}
        {tools}
        <ul className="ag-cards" aria-label={props.label}>
          {(collection.items as { row: T }[]).map((item) => (
            <CardOf key={props.rowKey(item.row)} row={item.row} columns={columns.filter((column) => visible.includes(column.id))} />
          ))}
        </ul>
        {pages}
      </div>
    )
  return (
    <div className={`ag-table ${props.onSelect ? 'ag-table--picks' : ''}`} data-stale={list.isStale}>
      <div className="ag-table__bar">
        {filter}
        {tools}
      </div>
      <Table
        {...collectionProps}
        variant="borderless"
        items={collection.items as ({ row: T } & Record<string, string | number>)[]}
        columnDefinitions={definitions}
        columnDisplay={columns.map((column) => ({ id: column.id, visible: visible.includes(column.id) }))}
        trackBy={(item) => props.rowKey(item.row)}
        contentDensity={density}
        wrapLines
        onSortingChange={(event) => {
          collectionProps.onSortingChange?.(event)
          setSort(`${event.detail.isDescending ? '-' : ''}${event.detail.sortingColumn.sortingField ?? ''}`)
        }}
        onRowClick={props.onSelect ? ({ detail }) => props.onSelect?.(detail.item.row) : undefined}
        ariaLabels={{ tableLabel: props.label }}
        empty={props.empty}
      />
      {pages}
    </div>
  )
}

function CardOf<T>({ row, columns }: { row: T; columns: Column<T>[] }) {
  const [first, ...others] = columns
  return (
    <li className="ag-card">
      {first && <div className="ag-card__title">{first.cell(row)}</div>}
      <dl>
        {others.map((column) => (
          <div key={column.id}>
            <dt>{column.header}</dt>
            <dd>{column.cell(row)}</dd>
          </div>
        ))}
      </dl>
    </li>
  )
}
