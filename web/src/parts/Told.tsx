import { Fragment } from 'react'
import { Moment } from './Moment'

const moments = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/

/** A sentence of the server's, with its moments in the reader's zone and the accounts it numbers by their names. */
export function Told({ text, accounts = [] }: { text: string; accounts?: { id: string; name: string }[] }) {
  const named = accounts.reduce((sentence, account) => sentence.replaceAll(account.id, account.name), text)
  return named
    .split(moments)
    .map((part, index) =>
      moments.test(part) ? <Moment key={index} at={part} /> : <Fragment key={index}>{part}</Fragment>,
    )
}
