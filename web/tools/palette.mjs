// The colours, in one place. Text colours hold 4.5:1 on `panel`, `ground` and `quiet`, and the strong ones on their
// `…Soft`; src/theme/palette.test.ts measures that.
export const palette = {
  light: {
    ground: '#f5f6f3', panel: '#ffffff', raised: '#ffffff', quiet: '#eef1ed', ink: '#14211c', soft: '#54625c',
    line: '#dfe4e0', edge: '#84918b',
    accent: '#0a6b55', accentStrong: '#074f3f', accentSoft: '#e0f0ea', onAccent: '#ffffff',
    good: '#0a6b55', goodSoft: '#e0f0ea', warn: '#855300', warnSoft: '#fdf1d8', bad: '#b3261e', badSoft: '#fdeae8',
    info: '#23568f', infoSoft: '#e6eff9', violet: '#6442a8', violetSoft: '#efeaf9', tail: '#b9c7c0',
    shadow: '0 1px 2px rgb(20 33 28 / 6%), 0 4px 16px rgb(20 33 28 / 5%)', veil: 'rgb(20 33 28 / 42%)',
  },
  dark: {
    ground: '#0c1110', panel: '#141b19', raised: '#1b2421', quiet: '#1d2724', ink: '#e8eeeb', soft: '#a0aea8',
    line: '#28332f', edge: '#6f7d77',
    accent: '#5fd3b0', accentStrong: '#8be5c9', accentSoft: '#12332a', onAccent: '#06231b',
    good: '#5fd3b0', goodSoft: '#12332a', warn: '#f0b849', warnSoft: '#33270c', bad: '#ff8f83', badSoft: '#3a1a17',
    info: '#8db8f2', infoSoft: '#16283f', violet: '#bda4f5', violetSoft: '#2a2142', tail: '#3c4a45',
    shadow: '0 1px 2px rgb(0 0 0 / 40%), 0 4px 16px rgb(0 0 0 / 30%)', veil: 'rgb(0 0 0 / 62%)',
  },
}
