import Button from '@cloudscape-design/components/button'
import CollectionPreferences from '@cloudscape-design/components/collection-preferences'
import Pagination from '@cloudscape-design/components/pagination'
import PropertyFilter from '@cloudscape-design/components/property-filter'
import Table from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import type { List } from '../api/queries'
import { changeSettings, useSettings } from '../look/settings'
import { useNarrow } from '../look/useNarrow'
import { text } from '../text'
import { Loading, Notice, Old, ProblemNotice } from './States'
import { comparatorOf, useTable, type Column, type Item, type TableState } from './useTable'
import './data-table.css'

export type { Column } from './useTable'

interface DataTableProps<T> {
  id: string
  label: string
  list: List<T>
  columns: Column<T>[]
  rowKey: (row: T) => string
  empty: ReactNode
  /** Begins the names in the address where a page has several tables. */
  prefix?: string
  /** Columns by which the server sorts; `useServerSort` tells it. */
  sortedByServer?: string[]
  /** What the server filters by, beside the table's own filter. */
  filters?: ReactNode
}

const pageSizes = [25, 50, 100]

/** Rows that are all here. */
export const allOf = <T,>(rows: T[]): List<T> => ({
  rows,
  total: rows.length,
  hasMore: false,
  isPending: false,
  isFetchingMore: false,
  isStale: false,
  error: null,
  moreError: null,
  more: () => {},
  again: () => {},
})

/** Rows in columns; on a phone, as cards. Filter and sort are in the address, columns and density are kept. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { list } = props
  const noMatch = <Notice glyph="search" size="small" title={text.table.noMatch} />
  const table = useTable({ ...props, noMatch })
  const narrow = useNarrow()

  if (list.error && list.rows.length === 0) return <ProblemNotice error={list.error} again={list.again} />
  if (list.isPending) return <Loading lines={6} />
  if (list.rows.length === 0) {
    // Rows may be left out on the way here: until all were looked at nobody knows that there are none.
    if (list.moreError) return <ProblemNotice error={list.moreError} again={list.more} />
    return list.hasMore ? <Loading lines={6} /> : <>{props.empty}</>
  }
  return (
    <div className="ag-table" data-stale={list.isStale}>
      {list.moreError ? (
        <ProblemNotice error={list.moreError} title={text.table.notAll} again={list.more} size="small" />
      ) : (
        <Old error={list.error} again={list.again} />
      )}
      <div className="ag-table__bar">
        <Filter {...props} table={table} />
        <Tools {...props} table={table} />
      </div>
      {narrow ? <Cards {...props} table={table} /> : <Rows {...props} table={table} />}
      {(list.hasMore || table.count > table.pageSize) && (
        <Pagination
          {...table.collection.paginationProps}
          openEnd={list.hasMore}
          ariaLabels={{ paginationLabel: text.table.pagesOf(props.label) }}
        />
      )}
    </div>
  )
}

type PartProps<T> = DataTableProps<T> & { table: TableState<T> }

function Filter<T>({ table, columns, label, filters }: PartProps<T>) {
  const { propertyFilterProps } = table.collection
  const choices = new Set(columns.filter((column) => column.isChoice).map((column) => column.id))
  return (
    <div className="ag-table__filter">
      {filters}
      <div className="ag-table__words">
        <PropertyFilter
          {...propertyFilterProps}
          onChange={(event) => {
            propertyFilterProps.onChange(event)
            table.rememberFilter(event.detail)
          }}
          filteringOptions={propertyFilterProps.filteringOptions.filter((option) => choices.has(option.propertyKey))}
          filteringPlaceholder={text.table.filter}
          filteringAriaLabel={text.table.filterOf(label)}
          expandToViewport
          countText={text.table.matches(table.count)}
        />
      </div>
    </div>
  )
}

function Tools<T>({ table, list, columns, label }: PartProps<T>) {
  const { density } = useSettings()
  return (
    <div className="ag-table__tools">
      <span className="ag-table__count" role="status">
        {table.isReading
          ? text.table.reading(list.rows.length, list.total)
          : text.table.count(table.count, list.hasMore, list.total)}
      </span>
      <Button
        iconName="download"
        variant="icon"
        loading={table.exporting}
        ariaLabel={text.table.exportOf(label)}
        onClick={table.startExport}
      />
      <CollectionPreferences
        title={text.table.preferences}
        confirmLabel={text.table.apply}
        cancelLabel={text.cancel}
        preferences={{
          pageSize: table.pageSize,
          contentDensity: density,
          contentDisplay: inChosenOrder(columns, table.visible),
        }}
        onConfirm={({ detail }) => {
          table.save({
            columns: detail.contentDisplay?.filter((column) => column.visible).map((column) => column.id),
            pageSize: detail.pageSize,
          })
          if (detail.contentDensity) changeSettings({ density: detail.contentDensity })
        }}
        pageSizePreference={{
          title: text.table.pageSize,
          options: pageSizes.map((value) => ({ value, label: text.table.rows(value) })),
        }}
        contentDensityPreference={{ label: text.table.compact, description: text.table.compactDetail }}
        contentDisplayPreference={{
          title: text.table.columns,
          options: columns.map((column, place) => ({
            id: column.id,
            label: column.header,
            alwaysVisible: place === 0,
          })),
        }}
      />
    </div>
  )
}

/** The columns that are shown, in the reader's order, and after them the others. */
function inChosenOrder<T>(columns: Column<T>[], visible: string[]) {
  const others = columns.filter((column) => !visible.includes(column.id))
  return [
    ...visible.filter((id) => columns.some((column) => column.id === id)).map((id) => ({ id, visible: true })),
    ...others.map((column) => ({ id: column.id, visible: false })),
  ]
}

function Rows<T>({ table, columns, rowKey, label, empty, sortedByServer = [] }: PartProps<T>) {
  const { density } = useSettings()
  const { collectionProps, items } = table.collection
  return (
    <Table
      {...collectionProps}
      variant="borderless"
      items={[...items]}
      columnDefinitions={columns.map((column, place) => ({
        id: column.id,
        header: column.header,
        cell: (item: Item<T>) => column.cell(item.row),
        sortingField: column.id,
        sortingComparator: comparatorOf(columns, sortedByServer, column.id),
        width: column.width,
        isRowHeader: place === 0,
      }))}
      columnDisplay={inChosenOrder(columns, table.visible)}
      trackBy={(item) => rowKey(item.row)}
      contentDensity={density}
      wrapLines
      onSortingChange={(event) => {
        collectionProps.onSortingChange?.(event)
        table.rememberSort(event.detail.sortingColumn.sortingField ?? '', event.detail.isDescending ?? false)
      }}
      ariaLabels={{ tableLabel: label }}
      empty={empty}
    />
  )
}

function Cards<T>({ table, columns, rowKey, label }: PartProps<T>) {
  const [first, ...others] = columns.filter((column) => table.visible.includes(column.id))
  return (
    <ul className="ag-cards" aria-label={label}>
      {table.collection.items.map(({ row }) => (
        <li key={rowKey(row)} className="ag-card">
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
      ))}
    </ul>
  )
}
