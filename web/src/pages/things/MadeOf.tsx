import type { Schemas } from '../../api/queries'
import { CopyButton } from '../../parts/CopyButton'
import { Disclosure } from '../../parts/Disclosure'
import { Facts, Section } from '../../parts/Page'
import { text } from '../../text'
import { readable } from './analysis'

const words = text.permissionSets

/** The policies that were judged. */
export function MadeOf({ policies }: { policies: Schemas['SetAnalysis']['policies'] }) {
  const { managed, customer_managed: own, boundary, inline } = policies
  const json = inline === null ? null : readable(inline)
  return (
    <Section title={words.madeOf} about={words.madeOfDetail}>
      <Facts
        columns={2}
        items={[
          { label: words.managed, value: managed.length === 0 ? text.none : <Managed policies={managed} /> },
          ...(own.length > 0 ? [{ label: words.customerManaged, value: <Names of={own} /> }] : []),
          { label: words.boundary, value: boundary === null ? text.none : <Names of={[boundary]} /> },
          {
            label: words.inline,
            value:
              json === null ? (
                text.none
              ) : (
                <Disclosure summary={words.showInline}>
                  <pre className="ag-inline-policy" tabIndex={0} aria-label={words.inline}>
                    {json}
                  </pre>
                  <CopyButton text={json} label={words.copyInline} variant="inline-link" />
                </Disclosure>
              ),
          },
        ]}
      />
    </Section>
  )
}

function Managed({ policies }: { policies: Schemas['SetAnalysis']['policies']['managed'] }) {
  return (
    <ul className="ag-policies">
      {policies.map((policy) => (
        <li key={policy.arn}>
          <span className="ag-mono">{policy.arn}</span>{' '}
          <span className="ag-soft">{policy.version ?? words.ownCopy}</span>
        </li>
      ))}
    </ul>
  )
}

function Names({ of }: { of: string[] }) {
  return (
    <ul className="ag-policies">
      {of.map((name) => (
        <li key={name} className="ag-mono">
          {name}
        </li>
      ))}
    </ul>
  )
}
