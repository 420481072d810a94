import { expect, it } from 'vitest'
import { comparatorOf, type Column } from './useTable'

const column = (id: string, more: Partial<Column<number>> = {}): Column<number> => ({
  id,
  header: id,
  cell: String,
  value: String,
  ...more,
})
const columns = [column('name'), column('level', { sortBy: (row) => row })]
const sorted = (rows: number[], id: string, byServer: string[] = []) => {
  const comparator = comparatorOf(columns, byServer, id)
  return rows
    .map((row) => ({ row }))
    .sort(comparator)
    .map((item) => item.row)
}

it('leaves rows as they come where the server sorts', () => {
  expect(sorted([3, 1, 2], 'level', ['level'])).toEqual([3, 1, 2])
})

it('sorts by what a column says, and else by its value', () => {
  expect(sorted([3, 10, 2], 'level')).toEqual([2, 3, 10])
  expect(comparatorOf(columns, [], 'name')).toBeUndefined()
})
