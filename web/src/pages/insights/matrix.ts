import type { Schemas } from '../../api/queries'

type Item = Schemas['AccessItem']

export interface Cell {
  kind: 'temporary' | 'standing' | 'both'
  items: Item[]
}

/** Paths of access as people × accounts, both in the order of their names. */
export function matrixOf(items: Item[]) {
  const people = new Map<string, Item['user']>()
  const accounts = new Map<string, Item['account']>()
  const cells = new Map<string, Cell>()
  for (const item of items) {
    people.set(item.user.id, item.user)
    accounts.set(item.account.id, item.account)
    const key = `${item.user.id} ${item.account.id}`
    const kind = item.path === 'grant' ? 'temporary' : 'standing'
    const cell = cells.get(key)
    if (!cell) cells.set(key, { kind, items: [item] })
    else {
      cell.items.push(item)
      if (cell.kind !== kind) cell.kind = 'both'
    }
  }
  return {
    people: [...people.values()].sort((one, other) => one.display_name.localeCompare(other.display_name)),
    accounts: [...accounts.values()].sort((one, other) => one.name.localeCompare(other.name)),
    cells,
  }
}
