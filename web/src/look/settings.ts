import { useSyncExternalStore } from 'react'
import type { Zone } from './time'

/** How this reader likes it, kept in this browser alone. */
export interface Settings {
  theme: 'system' | 'light' | 'dark'
  density: 'comfortable' | 'compact'
  zone: Zone
  /** The organization's AWS access portal, for the links into the AWS console. */
  portal: string
  region: string
}

const key = 'accessguard.settings'
const defaults: Settings = { theme: 'system', density: 'comfortable', zone: 'local', portal: '', region: '' }

function read(): Settings {
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Settings>) }
  } catch {
    return defaults
  }
}

let current = read()
const listeners = new Set<() => void>()

export const settings = () => current

export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(key, JSON.stringify(current))
  } catch {
    // A browser that stores nothing: it holds until the page is left.
  }
  listeners.forEach((listener) => listener())
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const watchSettings = subscribe
export const useSettings = () => useSyncExternalStore(subscribe, settings)
