import { Link } from 'react-router'
import { useIsAdministrator, useMe } from '../app/session'
import { text } from '../text'

export const accountPath = (id: string) => `/accounts/${encodeURIComponent(id)}`
/** Arns have slashes: the last part of one is unique in the instance, and the name is what people read. */
export const permissionSetPath = (name: string) => `/permission-sets/${encodeURIComponent(name)}`
export const personPath = (id: string) => `/people/${encodeURIComponent(id)}`
export const requestPath = (id: string) => `/requests/${encodeURIComponent(id)}`

export function AccountLink({ account }: { account: { id: string; name: string } }) {
  return (
    <Link className="ag-link" to={accountPath(account.id)} title={account.id}>
      {account.name}
    </Link>
  )
}

export function PermissionSetLink({ set }: { set: { name: string } }) {
  return (
    <Link className="ag-link" to={permissionSetPath(set.name)}>
      {set.name}
    </Link>
  )
}

/** A person; a link for those who may open the page. */
export function PersonLink({ person }: { person: { id: string | null; user_name: string; display_name?: string } }) {
  const me = useMe()
  const isMine = person.id !== null && me.user?.id === person.id
  const mayOpen = useIsAdministrator() || isMine
  const name = person.display_name || person.user_name
  const words = isMine ? text.you(name) : name
  if (!mayOpen || person.id === null) return <span title={person.user_name}>{words}</span>
  return (
    <Link className="ag-link" to={personPath(person.id)} title={person.user_name}>
      {words}
    </Link>
  )
}

/** `prod-web`, `prod-web and 3 more`. */
export function accountsInWords(accounts: { name: string }[]): string {
  const [first, ...others] = accounts
  if (!first) return ''
  if (others.length === 0) return first.name
  if (others.length === 1 && others[0]) return `${first.name}, ${others[0].name}`
  return text.andMore(first.name, others.length)
}

export const partiesInWords = (parties: { name: string }[]) => parties.map((party) => party.name).join(text.or)

/** Some of many, by name: `3: prod-web, prod-data, prod-payments`. */
export const someInWords = (some: { count: number; names: string[] }) =>
  some.count === 0
    ? text.none
    : some.count === 1
      ? some.names.join()
      : `${some.count}: ${some.names.slice(0, 4).join(', ')}${some.count > 4 ? ', …' : ''}`
