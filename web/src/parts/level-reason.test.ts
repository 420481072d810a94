import { expect, it } from 'vitest'
import { reasonAlone, reasonInShort } from './level-reason'

it('leaves out what stands beside it: the level, and what it can do', () => {
  expect(reasonAlone('critical', 'critical by what it allows: it can read every secret, it can read every table')).toBe(
    'by what it allows',
  )
  expect(
    reasonAlone('medium', 'declared medium in line 15 of the policy, although high by what it allows: it can read'),
  ).toBe('declared medium in line 15 of the policy, although high by what it allows')
})

it('leaves every other reason as it is', () => {
  expect(reasonAlone('high', 'declared high in line 7 of the policy')).toBe('declared high in line 7 of the policy')
  expect(reasonAlone('low', 'critical by what it allows')).toBe('critical by what it allows')
})

it('does not say the level again where it stands beside', () => {
  expect(reasonInShort('critical', 'critical by what it allows: it can become administrator')).toBe(
    'It can become administrator',
  )
  expect(reasonInShort('medium', 'declared medium in line 15, although high')).toBe(
    'Declared medium in line 15, although high',
  )
})
