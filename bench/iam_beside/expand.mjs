// The actions of AWS's managed policies: ours and those of @cloud-copilot/iam-expand, on the same data.
// Usage: node expand.mjs IAM_ANALYSIS_BENCH
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expandIamActions } from "@cloud-copilot/iam-expand";

const bench = process.argv[2];
const data = new URL("../../data/iam/managed-policies.jsonl.gz", import.meta.url);
const policies = new Map(
  gunzipSync(readFileSync(data))
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map((policy) => [policy.name, policy.document]),
);
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

for (const name of ["ReadOnlyAccess", "SecurityAudit", "AdministratorAccess"]) {
  // Policies of Allow with Action alone: iam-expand knows lists of actions, not effects.
  const patterns = list(policies.get(name).Statement).flatMap((statement) => list(statement.Action));
  const options = { expandAsterisk: true, sort: true, distinct: true };
  let theirs = await expandIamActions(patterns, options);
  const times = [];
  for (let i = 0; i < 5; ++i) {
    const start = process.cpuUsage();
    theirs = await expandIamActions(patterns, options);
    const used = process.cpuUsage(start);
    times.push((used.user + used.system) / 1000);
  }
  const ours = execFileSync(bench, ["expand", name]).toString().trim().split("\n");
  const missing = theirs.filter((action) => !ours.includes(action));
  const more = ours.filter((action) => !theirs.includes(action));
  console.log(
    `${name}: iam-expand ${theirs.length} actions in ${median(times).toFixed(1)} ms of CPU; ours ${ours.length}` +
      (missing.length + more.length ? `; only theirs: ${missing.slice(0, 5)}; only ours: ${more.slice(0, 5)}` : ", the same"),
  );
}

// The same as `iam_analysis_bench memory`, as far as iam-expand goes: all managed policies held, all their patterns
// expanded, none of the results kept.
for (const policy of policies.values()) {
  const patterns = list(policy.Statement).flatMap((statement) => list(statement.Action));
  if (patterns.length > 0) await expandIamActions(patterns, { expandAsterisk: true, sort: true, distinct: true });
}
console.log(`peak memory of iam-expand with all of them expanded: ${(process.resourceUsage().maxRSS / 1024).toFixed(1)} MiB`);
