import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter'

type Query = PropertyFilterProps.Query

const operators = ['!=', '>=', '<=', '!:', '=', ':', '>', '<'] as const

/** A table's filter as it stands in the address: `state=active;account:prod;*;text`. */
export function filterToText(query: Query): string {
  const tokens = query.tokens.map((token) => {
    const value = String(token.value).replace(/[;%]/g, (sign) => (sign === ';' ? '%3B' : '%25'))
    return token.propertyKey ? `${token.propertyKey}${token.operator}${value}` : `~${token.operator}${value}`
  })
  return (query.operation === 'or' ? ['any', ...tokens] : tokens).join(';')
}

export function textToFilter(text: string, known: Set<string>): Query {
  const parts = text.split(';').filter((part) => part !== '')
  const operation = parts[0] === 'any' ? 'or' : 'and'
  if (operation === 'or') parts.shift()
  const tokens = parts.flatMap((part) => {
    const key = part.startsWith('~') ? '~' : (/^[a-z_]+/.exec(part)?.[0] ?? '')
    const rest = part.slice(key.length)
    const operator = operators.find((one) => rest.startsWith(one))
    if (!operator || (key !== '~' && !known.has(key))) return []
    const value = rest.slice(operator.length).replace(/%3B/g, ';').replace(/%25/g, '%')
    return [{ ...(key === '~' ? {} : { propertyKey: key }), operator, value }]
  })
  return { operation, tokens }
}
