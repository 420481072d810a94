// The same store of rules and the same questions put to AccessGuard, Cedar and Casbin in one run: may this person have
// that permission set in that account? Each gets its policies compiled beforehand and a question by names.
//
//     node eligibility.mjs PATH_OF_ELIGIBILITY_BENCH
//
// Rule i lets the group g(i mod 50) into the permission set s(i / 50 mod 20) in the account a(13 i mod 30); the person
// u(i) is in three groups. All must let the same questions through. Cedar and Casbin run as they come from npm, in
// WebAssembly and in JavaScript: the ratios are to what a server in Node.js would get, not to what Rust or Go would.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { newEnforcer, newModelFromString } from "casbin";

const cedar = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs");

const stores = [10, 100, 1000];
const questions = 2000;
const users = 100;

const groupsOf = (user) => [0, 1, 2].map((k) => `g${(user * 7 + k * 11) % 50}`);
const rule = (i) => ({
  group: `g${i % 50}`,
  set: `s${Math.floor(i / 50) % 20}`,
  account: `a${(i * 13) % 30}`,
});
const question = (i) => ({
  user: i % users,
  set: `s${Math.floor(i / 3) % 20}`,
  account: `a${Math.floor(i / 7) % 30}`,
});

/** Nanoseconds a question, and how many were let through. */
function measured(ask) {
  for (let i = 0; i < questions / 10; ++i) ask(question(i)); // the compiler warms up
  let allowed = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < questions; ++i) allowed += ask(question(i)) ? 1 : 0;
  return { nanoseconds: Number(process.hrtime.bigint() - start) / questions, allowed };
}

function accessguard(program, rules) {
  const words = execFileSync(program, ["beside", String(rules), String(questions)], { encoding: "utf8" }).split(" ");
  return { nanoseconds: Number(words[0]), allowed: Number(words[1]) };
}

function cedarOf(rules) {
  const policies = {};
  for (let i = 0; i < rules; ++i) {
    const { group, set, account } = rule(i);
    policies[`r${i}`] =
      `permit(principal in Group::"${group}", action == Action::"${set}", resource == Account::"${account}");`;
  }
  const parsed = cedar.preparsePolicySet("store", { staticPolicies: policies });
  if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
  return measured(({ user, set, account }) => {
    const principal = { type: "User", id: `u${user}` };
    const answer = cedar.statefulIsAuthorized({
      principal,
      action: { type: "Action", id: set },
      resource: { type: "Account", id: account },
      context: {},
      preparsedPolicySetId: "store",
      // Only the entities that the question is about: with all of them it would be far slower.
      entities: [{ uid: principal, attrs: {}, parents: groupsOf(user).map((id) => ({ type: "Group", id })) }],
    });
    if (answer.type !== "success") throw new Error(JSON.stringify(answer));
    return answer.response.decision === "allow";
  });
}

async function casbinOf(rules) {
  const enforcer = await newEnforcer(
    newModelFromString(`
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && r.obj == p.obj && g(r.sub, p.sub)
`),
  );
  const policies = [...Array(rules).keys()].map(rule).map(({ group, set, account }) => [group, account, set]);
  await enforcer.addPolicies(policies);
  const links = [];
  for (let user = 0; user < users; ++user) {
    for (const group of groupsOf(user)) links.push([`u${user}`, group]);
  }
  await enforcer.addGroupingPolicies(links);
  return measured(({ user, set, account }) => enforcer.enforceSync(`u${user}`, account, set));
}

const program = process.argv[2];
if (program === undefined) {
  console.error("usage: node eligibility.mjs PATH_OF_ELIGIBILITY_BENCH");
  process.exit(2);
}
console.log(`a verdict beside Cedar ${cedar.getCedarSDKVersion()} (WebAssembly) and Casbin (JavaScript), Node.js ${process.version}`);
for (const rules of stores) {
  const ours = accessguard(program, rules);
  const peers = { cedar: cedarOf(rules), casbin: await casbinOf(rules) };
  const parts = Object.entries(peers).map(([name, it]) => {
    if (it.allowed !== ours.allowed) throw new Error(`${name} lets ${it.allowed} through, AccessGuard ${ours.allowed}`);
    return `${name} ${Math.round(it.nanoseconds)} ns, ${(it.nanoseconds / ours.nanoseconds).toFixed(0)} times as long`;
  });
  console.log(
    `${String(rules).padStart(4)} rules: ${Math.round(ours.nanoseconds)} ns; ${parts.join("; ")}; ${ours.allowed} of ${questions} let through by each`,
  );
}
