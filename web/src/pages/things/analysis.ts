import type { Level, Schemas } from '../../api/queries'

export type Analysis = Schemas['SetAnalysis']['analysis']
export type Facet = Analysis['facets'][number]
export type Finding = Facet['findings'][number]
export type Path = Analysis['escalation_paths'][number]

const heights: Level[] = ['low', 'medium', 'high', 'critical']
const heightOf = (level: Level) => heights.indexOf(level)

/** Those in which something was found, the worst first and else as the server has them; and the names of the others. */
export function byWeight(facets: Facet[]): { found: Facet[]; empty: string[] } {
  return {
    found: facets
      .filter((facet) => facet.findings.length > 0)
      .sort((one, other) => heightOf(other.level) - heightOf(one.level)),
    empty: facets.filter((facet) => facet.findings.length === 0).map((facet) => facet.facet),
  }
}

/** The way to more permissions that a finding tells of, if it tells of one. */
export const pathOf = (finding: Finding, paths: Path[]): Path | undefined =>
  paths.find((path) => path.technique === finding.thing)

/** The JSON as one reads it; as it stands when it is none. */
export function readable(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}
