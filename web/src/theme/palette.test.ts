import { describe, expect, it } from 'vitest'
import { palette } from '../../tools/palette.mjs'

const channel = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => channel(parseInt(color.slice(at, at + 2), 16) / 255))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

describe.each(['light', 'dark'] as const)('%s', (mode) => {
  const colors: Record<string, string> = palette[mode]
  const pairs = [
    ...['ink', 'soft', 'accent', 'good', 'warn', 'bad', 'info', 'violet'].flatMap((text) =>
      ['panel', 'ground', 'quiet', 'raised'].map((ground) => [text, ground]),
    ),
    ...['good', 'warn', 'bad', 'info', 'violet', 'accent'].map((text) => [text, `${text}Soft`]),
    ...['accentSoft', 'badSoft', 'violetSoft', 'warnSoft'].flatMap((ground) => [
      ['ink', ground],
      ['soft', ground],
    ]),
    ['onAccent', 'accent'],
    ['panel', 'bad'],
  ] as [string, string][]
  it.each(pairs)('%s on %s can be read (4.5:1)', (text, ground) => {
    expect(contrast(colors[text] ?? '', colors[ground] ?? '')).toBeGreaterThanOrEqual(4.5)
  })
  it('the edge of a field is seen (3:1)', () =>
    expect(contrast(colors.edge ?? '', colors.panel ?? '')).toBeGreaterThanOrEqual(3))
})
