import { expect, it } from 'vitest'
import { reasonAlone } from './level-reason'

it('leaves out what the list below tells', () => {
  expect(reasonAlone('critical by what it allows: it can make itself administrator, it can read every secret')).toBe(
    'critical by what it allows',
  )
  expect(reasonAlone('declared medium in line 15 of the policy, although high by what it allows: it can read')).toBe(
    'declared medium in line 15 of the policy, although high by what it allows',
  )
})

it('leaves every other reason as it is', () => {
  expect(reasonAlone('declared high in line 7 of the policy')).toBe('declared high in line 7 of the policy')
})
