import { applyDensity, applyMode, Density, disableMotion, Mode } from '@cloudscape-design/global-styles'
import { settings, type Settings } from './settings'

const prefersDark = matchMedia('(prefers-color-scheme: dark)')
const prefersStill = matchMedia('(prefers-reduced-motion: reduce)')

export const isDark = (theme: Settings['theme']) => theme === 'dark' || (theme === 'system' && prefersDark.matches)

export function applyAppearance(): void {
  const { theme, density } = settings()
  applyMode(isDark(theme) ? Mode.Dark : Mode.Light)
  applyDensity(density === 'compact' ? Density.Compact : Density.Comfortable)
  disableMotion(prefersStill.matches)
}

prefersDark.addEventListener('change', applyAppearance)
prefersStill.addEventListener('change', applyAppearance)
