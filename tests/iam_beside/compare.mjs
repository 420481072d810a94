// Puts the same random cases to `accessguard iam evaluate --jsonl` and to @cloud-copilot/iam-simulate, and sorts the
// differences into the classes that docs/iam.md explains. Fails when one is left over.
//
//     npm ci && node compare.mjs ../../build/release/accessguard [cases] [first seed]
import { spawnSync } from 'node:child_process'
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { caseOf } from './generate.mjs'
import { classes } from './classes.mjs'

const [program, cases = '20000', first = '1'] = process.argv.slice(2)
if (!program) throw new Error('usage: node compare.mjs ACCESSGUARD [CASES] [FIRST_SEED]')

function simulationOf(one) {
  const { request } = one
  return {
    request: {
      principal: request.principal,
      action: request.action,
      resource: { resource: request.resource, accountId: request.resourceAccount },
      contextVariables: request.context,
    },
    identityPolicies: one.identityPolicies,
    serviceControlPolicies: one.scps.map(({ org, policies }) => ({ orgIdentifier: org, policies })),
    resourceControlPolicies: one.rcps.map(({ org, policies }) => ({ orgIdentifier: org, policies })),
    ...(one.resourcePolicy && { resourcePolicy: one.resourcePolicy }),
    ...(one.permissionBoundaries && { permissionBoundaryPolicies: one.permissionBoundaries }),
    ...(one.sessionPolicy && { sessionPolicy: one.sessionPolicy }),
  }
}

const all = Array.from({ length: Number(cases) }, (_, i) => ({ seed: Number(first) + i, one: caseOf(Number(first) + i) }))
const input = all.map(({ one }) => JSON.stringify(one)).join('\n') + '\n'
const ours = spawnSync(program, ['iam', 'evaluate', '--jsonl'], { input, encoding: 'utf8', maxBuffer: 1 << 28 })
if (ours.status !== 0) throw new Error(ours.stderr.slice(0, 2000))
const verdicts = ours.stdout.trimEnd().split('\n')
if (verdicts.length !== all.length) throw new Error(`${verdicts.length} verdicts for ${all.length} cases`)

/// The class of a difference; nothing when there is no explanation. Several may come together in one case.
async function classOf(one, ours) {
  const rewritten = []
  let all = one
  for (const { name, rewrite } of classes) {
    const alone = rewrite(one)
    if (alone && (await runSimulation(simulationOf(alone), {})).overallResult === ours) return name
    const next = rewrite(all)
    if (next) [all] = [next, rewritten.push(name)]
  }
  const together = rewritten.length > 1 && (await runSimulation(simulationOf(all), {})).overallResult === ours
  return together ? rewritten.join(' + ') : null
}

const same = {}
const differ = {}
const refused = {}
const left = []
for (const [i, { seed, one }] of all.entries()) {
  const result = await runSimulation(simulationOf(one), {})
  if (result.resultType === 'error') {
    const reason = JSON.stringify(result.errors).replace(/\d+/g, 'N').slice(0, 70)
    refused[reason] = (refused[reason] ?? 0) + 1
    continue
  }
  const theirs = result.overallResult
  if (theirs === verdicts[i]) {
    same[theirs] = (same[theirs] ?? 0) + 1
    continue
  }
  const name = await classOf(one, verdicts[i])
  if (name) (differ[name] ??= []).push(seed)
  else left.push({ seed, ours: verdicts[i], theirs })
}
const count = (object) => Object.values(object).reduce((sum, n) => sum + n, 0)
console.log(`${all.length} cases, ${count(refused)} of them not taken by iam-simulate`)
for (const [reason, n] of Object.entries(refused)) console.log(`  ${n} ${reason}`)
console.log(`${count(same)} the same: ${JSON.stringify(same)}`)
for (const [name, seeds] of Object.entries(differ)) console.log(`${seeds.length} differ: ${name} (seeds ${seeds.slice(0, 3)})`)
console.log(`${left.length} differ without an explanation`)
for (const { seed, ours: a, theirs } of left.slice(0, 10)) console.log(`  seed ${seed}: ours ${a}, theirs ${theirs}`)
process.exit(left.length > 0 ? 1 : 0)
