import { expect, it } from 'vitest'
import { toCsv } from './csv'

it('quotes what would break a row', () => {
  expect(
    toCsv(
      ['name', 'why'],
      [
        ['prod-web', 'a "quick", look'],
        ['x', null],
      ],
    ),
  ).toBe('name,why\r\nprod-web,"a ""quick"", look"\r\nx,\r\n')
})

it('lets no cell be run as a formula, and leaves numbers alone', () => {
  expect(toCsv(['a'], [['=HYPERLINK("x")'], ['@x'], ['-1'], [-1]])).toBe(
    'a\r\n"\'=HYPERLINK(""x"")"\r\n\'@x\r\n\'-1\r\n-1\r\n',
  )
})
