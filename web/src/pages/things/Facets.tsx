import type { Schemas } from '../../api/queries'
import { Disclosure } from '../../parts/Disclosure'
import { LevelMark, Tag } from '../../parts/Marks'
import { Section } from '../../parts/Page'
import { text } from '../../text'
import { byWeight, pathOf, type Analysis, type Facet, type Finding, type Path } from './analysis'

const words = text.permissionSets

/** So many findings, and actions of a finding, are shown before one asks for the others. */
const atOnce = 8

const nameOf = (facet: string) => words.facet[facet] ?? facet

/** Where the verdict comes from: kind by kind, the worst first, each finding with the statements that allow it. */
export function Facets({ analysis }: { analysis: Analysis }) {
  const { found, empty } = byWeight(analysis.facets)
  return (
    <Section title={words.facets} about={words.facetsDetail}>
      <div className="ag-facets">
        {found.map((facet) => (
          <Disclosure key={facet.facet} summary={<FacetHead facet={facet} />}>
            <Findings findings={facet.findings} paths={analysis.escalation_paths} />
          </Disclosure>
        ))}
      </div>
      {empty.length > 0 && <p className="ag-flat ag-soft">{words.noFindings(empty.map(nameOf))}</p>}
    </Section>
  )
}

function FacetHead({ facet }: { facet: Facet }) {
  return (
    <span className="ag-facets__head">
      <strong>{nameOf(facet.facet)}</strong>
      <LevelMark level={facet.level} />
      <span className="ag-soft">{words.findings(facet.findings.length)}</span>
    </span>
  )
}

function Findings({ findings, paths }: { findings: Finding[]; paths: Path[] }) {
  const rest = findings.slice(atOnce)
  return (
    <>
      <ul className="ag-findings">
        {findings.slice(0, atOnce).map((finding) => (
          <OneFinding key={finding.thing} finding={finding} path={pathOf(finding, paths)} />
        ))}
      </ul>
      {rest.length > 0 && (
        <Disclosure summary={text.allows.more(rest.length)}>
          <ul className="ag-findings">
            {rest.map((finding) => (
              <OneFinding key={finding.thing} finding={finding} path={pathOf(finding, paths)} />
            ))}
          </ul>
        </Disclosure>
      )}
    </>
  )
}

function OneFinding({ finding, path }: { finding: Finding; path: Path | undefined }) {
  return (
    <li>
      <p className="ag-flat ag-row">
        <LevelMark level={finding.level} />
        <span>{finding.words}</span>
        {finding.certainty !== 'certainly' && <Tag tone="warn">{words.possibly}</Tag>}
      </p>
      {finding.evidence.length > 0 && (
        <Disclosure summary={words.evidence(finding.actions)}>
          <Evidence of={finding} path={path} />
        </Disclosure>
      )}
    </li>
  )
}

function Evidence({ of, path }: { of: Finding; path: Path | undefined }) {
  const left = of.actions - of.evidence.length
  return (
    <>
      <ul className="ag-evidence">
        {of.evidence.map((item) => (
          <OneAction key={item.action} item={item} />
        ))}
      </ul>
      {left > 0 && <p className="ag-flat ag-soft">{words.moreActions(left)}</p>}
      {path?.roles && path.roles.length > 0 && (
        <p className="ag-flat ag-soft">
          {words.roles} <span className="ag-mono">{path.roles.join(', ')}</span>
        </p>
      )}
      {path?.known_as && (
        <p className="ag-flat ag-soft">
          {words.knownAs} <span className="ag-mono">{path.known_as}</span>
        </p>
      )}
    </>
  )
}

const placesInWords = (places: Schemas['StatementPlace'][]) =>
  // Statements are counted from 0 in JSON, and from 1 where people read them.
  places.map((place) => words.statement(place.policy, place.statement + 1, place.sid)).join('; ')

/** An action, the statements that allow it, and what narrows it. */
function OneAction({ item }: { item: Schemas['AllowedAction'] }) {
  return (
    <li>
      <code className="ag-mono">{item.action}</code>{' '}
      <span className="ag-soft">
        {words.allowedBy} {placesInWords(item.allowed_by)}
        {item.narrowed_by && `, ${words.narrowedBy} ${placesInWords(item.narrowed_by)}`}
        {item.resources && (
          <>
            , {words.onlyOn} <span className="ag-mono">{item.resources.join(', ')}</span>
          </>
        )}
        {item.depends_on && (
          <>
            , {words.dependsOn} <span className="ag-mono">{item.depends_on.join(', ')}</span>
          </>
        )}
      </span>
    </li>
  )
}
