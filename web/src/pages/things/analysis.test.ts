import { expect, it } from 'vitest'
import { byWeight, pathOf, readable, type Facet, type Finding, type Path } from './analysis'

const facet = (name: string, level: Facet['level'], findings = 1): Facet => ({
  facet: name,
  level,
  findings: Array.from({ length: findings }, () => ({ thing: name }) as Finding),
})

it('tells the worst first, keeps the order of the server among equals, and names what has nothing', () => {
  const { found, empty } = byWeight([
    facet('escalation', 'low', 0),
    facet('credentials', 'medium'),
    facet('data', 'critical'),
    facet('exposure', 'medium'),
    facet('breadth', 'high'),
  ])
  expect(found.map((one) => one.facet)).toEqual(['data', 'breadth', 'credentials', 'exposure'])
  expect(empty).toEqual(['escalation'])
})

it('finds the way to more permissions by its technique alone', () => {
  const paths = [{ technique: 'iam-009' }, { technique: 'sts-001' }] as Path[]
  expect(pathOf({ thing: 'sts-001' } as Finding, paths)).toBe(paths[1])
  expect(pathOf({ thing: 'logs' } as Finding, paths)).toBeUndefined()
})

it('lays JSON out, and leaves what is none as it stands', () => {
  expect(readable('{"Version":"2012-10-17"}')).toBe('{\n  "Version": "2012-10-17"\n}')
  expect(readable('{"Version":')).toBe('{"Version":')
})
