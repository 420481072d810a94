// The same policies and the same 16 questions put to AccessGuard and to iam-simulate, one after the other.
//
//     node bench.mjs PATH_OF_IAM_BENCH FILE_OF_MANAGED_POLICIES
//
// iam-simulate is called as a library is: policies as documents with every question, checked (runSimulation) and not
// (runUnsafeSimulation). Times are of the processor.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const [program, file] = process.argv.slice(2)
const managed = Object.fromEntries(
  readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line)).map(({ name, document }) => [name, document]),
)
const principal = 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_X_1/ann'
const contextVariables = {
  'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_1',
  'aws:PrincipalOrgID': 'o-a1b2c3d4e5',
  'aws:RequestedRegion': 'eu-west-1',
  'aws:SourceIp': '203.0.113.7',
  'aws:SecureTransport': 'true',
  'aws:MultiFactorAuthPresent': 'true',
}

function simulationsOf(ours) {
  const named = (name, policy) => ({ name, policy })
  const full = named('full', ours.fullAccess)
  return ours.asked.map(({ action, resource }) => ({
    request: { principal, action, resource: { resource, accountId: '111122223333' }, contextVariables },
    identityPolicies: [named(ours.name, managed[ours.name])],
    serviceControlPolicies: [
      { orgIdentifier: 'root', policies: [full, named('guardrails', ours.guardrails)] },
      { orgIdentifier: 'ou', policies: [full, named('regions', ours.regions)] },
      { orgIdentifier: 'account', policies: [full] },
    ],
    resourceControlPolicies: [],
  }))
}

async function measured(simulations, run) {
  for (const one of simulations) await run(one, {}) // the compiler warms up
  let best = Infinity
  for (let window = 0; window < 5; ++window) {
    const start = process.cpuUsage()
    let calls = 0
    do {
      for (const one of simulations) await run(one, {})
      calls += simulations.length
    } while (process.cpuUsage(start).user < 300_000)
    const used = process.cpuUsage(start)
    best = Math.min(best, ((used.user + used.system) * 1000) / calls)
  }
  return best
}

for (const line of execFileSync(program, [file, 'beside'], { encoding: 'utf8' }).trimEnd().split('\n')) {
  const ours = JSON.parse(line)
  const simulations = simulationsOf(ours)
  let differ = 0
  for (const [i, one] of simulations.entries()) {
    const { overallResult, errors } = await runSimulation(one, {})
    // Questions that its checks refuse (an action without a resource asked with one, …) are asked unchecked.
    const theirs = errors ? (await runUnsafeSimulation(one, {})).overallResult : overallResult
    if (theirs !== undefined && theirs !== ours.verdicts[i]) ++differ
  }
  const unchecked = await measured(simulations, runUnsafeSimulation)
  const checked = await measured(simulations, runSimulation)
  console.log(
    `${ours.name.padEnd(20)} ours ${ours.decision.toFixed(0)} ns a decision with its statements; iam-simulate ` +
      `${(unchecked / 1000).toFixed(0)} µs (${(unchecked / ours.decision).toFixed(0)}×), checked ` +
      `${(checked / 1000).toFixed(0)} µs (${(checked / ours.decision).toFixed(0)}×); ${differ} of ${simulations.length} verdicts differ`,
  )
}
