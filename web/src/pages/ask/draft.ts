import type { Schemas } from '../../api/queries'
import { lengthForApi, parseLength } from '../../look/time'

/** What is in the form: as typed. */
export interface Draft {
  accounts: string[]
  set: string
  length: string
  /** `2026-11-26T14:00`, in the reader's zone; empty for as soon as it is approved. */
  start: string
  reason: string
  ticket: string
}

/** The wish as the server takes it; null while account, permission set or length are missing. */
export function orderOf(draft: Draft): Schemas['PreviewOrder'] | null {
  const seconds = parseLength(draft.length)
  if (draft.accounts.length === 0 || draft.set === '' || seconds === null || seconds === 0) return null
  const start = draft.start === '' ? NaN : Date.parse(draft.start)
  return {
    accounts: draft.accounts,
    permission_set: draft.set,
    duration: lengthForApi(seconds),
    ...(Number.isNaN(start) ? {} : { start: new Date(start).toISOString() }),
    ...(draft.reason.trim() === '' ? {} : { reason: draft.reason.trim() }),
    ...(draft.ticket.trim() === '' ? {} : { ticket: draft.ticket.trim() }),
  }
}

/** A word that a POSIX shell takes as it is. */
const quoted = (word: string) => (/^[A-Za-z0-9._:/+=,@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** The same wish on the command line. */
export function asCommand(draft: Draft): string {
  const order = orderOf(draft)
  if (!order) return ''
  return [
    'accessguard ask',
    quoted(order.accounts.join(',')),
    quoted(order.permission_set),
    '--for',
    order.duration,
    '--reason',
    quoted(order.reason ?? '…'),
    ...(order.ticket === undefined ? [] : ['--ticket', quoted(order.ticket)]),
    ...(order.start === undefined ? [] : ['--start', order.start]),
  ].join(' ')
}

/** The fields of the form that a refusal can stand beside; what is merely not filled in yet is no refusal to show in red. */
export const stillMissing = (refusal: Schemas['Refusal'], draft: Draft): boolean =>
  (refusal.field === 'reason' && draft.reason.trim() === '') ||
  (refusal.field === 'ticket' && draft.ticket.trim() === '')
