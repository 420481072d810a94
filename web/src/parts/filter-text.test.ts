import { expect, it } from 'vitest'
import { filterToText, textToFilter } from './filter-text'

const known = new Set(['state', 'reason'])

it('stands in the address and comes back as it was', () => {
  const query = {
    operation: 'or' as const,
    tokens: [
      { propertyKey: 'state', operator: '=', value: 'active' },
      { propertyKey: 'reason', operator: '!:', value: 'a;b%3B' },
      { operator: ':', value: 'payouts' },
    ],
  }
  expect(textToFilter(filterToText(query), known)).toEqual(query)
})

it('takes nothing from an address that it does not know', () => {
  expect(textToFilter('owner=x;;state', known)).toEqual({ operation: 'and', tokens: [] })
})
