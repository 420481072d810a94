import { describe, expect, it } from 'vitest'
import { countdown, fromNow, lengthForApi, lengthInWords, moment, parseLength } from './time'

describe('lengths', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [90, '1 min 30 s'],
    [600, '10 min'],
    [3600, '1 h'],
    [5400, '1 h 30 min'],
    [7199, '2 h'],
    [86_400, '1 d'],
    [90_000, '1 d 1 h'],
    [86_399, '24 h'],
  ])('%i seconds read %s', (seconds, words) => expect(lengthInWords(seconds)).toBe(words))

  it.each([
    ['45s', 45],
    ['30m', 1800],
    ['1h30m', 5400],
    ['1 h 30 min', 5400],
    ['1d', 86_400],
    ['90', 5400],
    ['1:30', 5400],
  ])('%s is understood', (text, seconds) => expect(parseLength(text)).toBe(seconds))

  it.each(['', 'soon', '1x', '-5m', 'h'])('%j is no length', (text) => expect(parseLength(text)).toBeNull())

  it('goes to the API and comes back as the same length', () => {
    for (const seconds of [1, 45, 60, 3599, 3600, 5400, 86_400, 90_061])
      expect(parseLength(lengthForApi(seconds))).toBe(seconds)
  })
})

describe('moments', () => {
  const now = Date.parse('2026-11-26T21:30:00Z')
  it('leave out what the reader knows', () => {
    expect(moment(Date.parse('2026-11-26T14:02:10Z'), 'utc', now)).toBe('14:02')
    expect(moment(Date.parse('2026-11-24T14:02:00Z'), 'utc', now)).toBe('Tue 14:02')
    expect(moment(Date.parse('2026-03-03T14:02:00Z'), 'utc', now)).toBe('3 Mar 14:02')
    expect(moment(Date.parse('2025-03-03T14:02:00Z'), 'utc', now)).toBe('3 Mar 2025 14:02')
  })
  it('are told from now in one unit, never rounded up', () => {
    expect(fromNow(now - 4000, now)).toBe('just now')
    expect(fromNow(now - 119_000, now)).toBe('1 min ago')
    expect(fromNow(now + 7_190_000, now)).toBe('in 1 h')
  })
  it('count down to nothing and not below', () => {
    expect(countdown(2467)).toBe('0:41:07')
    expect(countdown(0.4)).toBe('0:00:00')
    expect(countdown(-5)).toBe('0:00:00')
    expect(countdown(90_000)).toBe('1 d 1 h')
  })
})
