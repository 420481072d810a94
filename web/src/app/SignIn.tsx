import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import { useState, type FormEvent } from 'react'
import type { Schemas } from '../api/queries'
import { asProblem } from '../api/problem'
import { Glyph } from '../look/Glyph'
import { Loading, ProblemNotice, Refused } from '../parts/States'
import { Tag } from '../parts/Marks'
import { text } from '../text'
import { Mark } from './Mark'
import { useSignIn, useSignInWays } from './session'
import './sign-in.css'

type Person = Schemas['SignInWays']['people'][number]

export function SignInPage() {
  return (
    <main className="ag-signin">
      <div className="ag-signin__hero">
        <Mark />
        <h1>{text.signIn.title}</h1>
        <p>{text.signIn.promise}</p>
      </div>
      <div className="ag-signin__card">
        <Ways />
      </div>
    </main>
  )
}

/** Over the page that was open, which is left as it is. */
export function SignInAgain() {
  return (
    <Modal visible header={text.signIn.over} closeAriaLabel={text.close} onDismiss={() => {}}>
      <p className="ag-signin__over">{text.signIn.overDetail}</p>
      <Ways />
    </Modal>
  )
}

function Ways() {
  const ways = useSignInWays()
  if (ways.error) return <ProblemNotice error={ways.error} again={() => void ways.refetch()} />
  if (!ways.data) return <Loading lines={4} />
  const { methods, people } = ways.data
  return (
    <>
      {methods.includes('person') && <People people={people} />}
      {methods.includes('token') &&
        (methods.includes('person') ? (
          <details className="ag-signin__other">
            <summary>{text.signIn.withToken}</summary>
            <TokenForm />
          </details>
        ) : (
          <TokenForm />
        ))}
    </>
  )
}

/** One person of each kind: groups and the administrator's role are what tells people apart here. */
function suggested(people: Person[]): Person[] {
  const kinds = new Map<string, Person>()
  for (const person of people) {
    const kind = person.administrator ? 'administrator' : person.groups.join()
    if (kind !== '' && !kinds.has(kind)) kinds.set(kind, person)
  }
  const administrator = kinds.get('administrator')
  const others = [...kinds.values()].filter((person) => person !== administrator)
  return [...others.slice(0, 5), ...(administrator ? [administrator] : [])]
}

function People({ people }: { people: Person[] }) {
  const [wanted, setWanted] = useState('')
  const signIn = useSignIn()
  const needle = wanted.trim().toLowerCase()
  const found =
    needle === ''
      ? people
      : people.filter((person) =>
          `${person.display_name} ${person.user_name} ${person.groups.join(' ')}`.toLowerCase().includes(needle),
        )
  const groups =
    needle === ''
      ? [
          { title: text.signIn.suggested, of: suggested(people) },
          { title: text.signIn.everybody, of: people },
        ]
      : [{ title: '', of: found }]
  return (
    <div className="ag-signin__people">
      <h2>{text.signIn.who}</h2>
      <p>{text.signIn.sandbox}</p>
      <Input
        type="search"
        value={wanted}
        onChange={({ detail }) => setWanted(detail.value)}
        placeholder={text.signIn.find}
        ariaLabel={text.signIn.find}
        clearAriaLabel={text.close}
      />
      <Refused error={signIn.error} />
      {found.length === 0 && <p role="status">{text.signIn.noPerson}</p>}
      <div className="ag-signin__lists" tabIndex={0} role="group" aria-label={text.signIn.who}>
        {groups.map((group) => (
          <section key={group.title}>
            {group.title && <h3>{group.title}</h3>}
            <ul>
              {group.of.map((person) => (
                <li key={person.id}>
                  <button
                    type="button"
                    className="ag-person"
                    disabled={signIn.isPending}
                    onClick={() => signIn.mutate({ person: person.id })}
                  >
                    <Initials name={person.display_name} />
                    <span className="ag-person__name">
                      <span className="ag-hidden">{text.signIn.signInAs}</span> {person.display_name}
                      <small>{person.groups.join(', ') || person.user_name}</small>
                    </span>
                    {person.administrator ? (
                      <Tag tone="accent">{text.signIn.administrator}</Tag>
                    ) : (
                      <Glyph name="right" />
                    )}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  )
}

function TokenForm() {
  const [token, setToken] = useState('')
  const signIn = useSignIn()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (token.trim() !== '') signIn.mutate({ token: token.trim() })
  }
  return (
    <form className="ag-signin__token" onSubmit={submit}>
      <FormField
        label={text.signIn.token}
        constraintText={text.signIn.tokenHint}
        errorText={signIn.error ? asProblem(signIn.error).message : undefined}
      >
        <Input
          type="password"
          autoComplete={false}
          spellcheck={false}
          value={token}
          onChange={({ detail }) => setToken(detail.value)}
        />
      </FormField>
      <div>
        <Button variant="primary" formAction="submit" loading={signIn.isPending} disabled={token.trim() === ''}>
          {text.signIn.submit}
        </Button>
      </div>
      <p>{text.signIn.tokenDetail}</p>
      <code>{text.signIn.tokenCommand}</code>
    </form>
  )
}

export function Initials({ name }: { name: string }) {
  const letters = name.split(/\s+/).map((part) => part[0] ?? '')
  const hue = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6
  return (
    <span className={`ag-initials ag-initials--${hue}`} aria-hidden="true">
      {`${letters[0] ?? ''}${letters.length > 1 ? (letters.at(-1) ?? '') : ''}`}
    </span>
  )
}
