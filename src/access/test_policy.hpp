#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/policy.hpp"
#include "base/assert.hpp"

/// For tests of the policy file: a valid one to be spoilt, and the example of the interface description.
namespace ag::access::test {

// The tests say line numbers of this text.
inline constexpr std::string_view kValid = R"(version: 1
targets:
  prod: {ou: /Workloads/Prod}
  play: {tag: {env: [sandbox, dev]}}
  pay: {accounts: ["333344445555"]}
permission_sets:
  ProdAdmin: {level: critical}
rules:
  - id: power
    who: {groups: [Developers]}
    what: [PowerUser]
    where: [play]
    max: 8h
    approval: nobody
  - id: deploy
    who: {users: [ana], except: {groups: [Oncall]}}
    what: [Deploy, ReadOnly]
    where: [prod]
    max: 4h
    min: 5m
    approval: lead
guardrails:
  - id: prod-alone
    where: [prod]
    when: {level: [high, critical]}
    require: {approvers: 2, reason_min: 20, ticket: "^[A-Z]+-[0-9]+$", max: 2h}
approval_policies:
  nobody: {steps: []}
  lead: {steps: [{any_of: [{group: TeamLeads}, {user: cleo}], need: 1}], lapse: 4h}
break_glass:
  who: {groups: [Oncall]}
  what: [SecurityAudit]
  where: [pay]
  max: 30m
  notify: [Security]
)";

// The example of the interface description, word for word.
inline constexpr std::string_view kSample = R"(version: 1
targets:
  prod:      {ou: /Workloads/Prod}                 # recursive; by path or id
  sandboxes: {tag: {env: [sandbox, dev]}}
  payments:  {accounts: ["333344445555"]}
permission_sets:
  ProdAdmin: {level: critical}                     # may raise the derived level
rules:                                             # each opens a door
  - id: sandbox-power
    who: {groups: [Developers]}
    what: [PowerUser]
    where: [sandboxes]
    max: 8h
    approval: none
  - id: prod-deploy
    who: {groups: [Developers]}
    what: [Deploy, ReadOnly]
    where: [prod]
    max: 4h
    approval: by-level
guardrails:                                        # each closes, for everyone
  - id: prod-never-alone
    where: [prod]
    when: {level: [high, critical]}
    require: {approvers: 2, reason_min: 20, ticket: "^[A-Z]+-[0-9]+$", max: 2h}
approval_policies:
  none: {steps: []}
  by-level:
    low: {steps: []}
    medium: {steps: [{any_of: [{group: TeamLeads}], need: 1}]}
    high: {steps: [{any_of: [{group: TeamLeads}], need: 1}, {any_of: [{group: Security}], need: 1}]}
    critical: {steps: [{any_of: [{group: TeamLeads}], need: 1}, {any_of: [{group: Security}], need: 2}]}
    lapse: 4h                                      # nobody decided
    remind: [30m, 2h]
break_glass:
  who: {groups: [Oncall]}
  what: [BreakGlassAdmin]
  where: [prod]
  max: 1h
  notify: [Security]
  review_within: 1d
)";

// Every word that there is beside those. The tests say line numbers of this text.
inline constexpr std::string_view kWordy = R"(version: 1
targets:
  prod: {ou: /Workloads/Prod}
windows:
  office: {days: [mon, tue-thu, fri], from: "08:00", to: "18:00", zone: Europe/Berlin}
  weekend: {days: sat-mon, zone: UTC}
  nights: {from: "22:00", to: "06:00", zone: America/New_York}
on_call:
  platform:
    zone: Europe/Berlin
    from: "2026-01-05T09:00"
    every: 7d
    turns: [{user: ana}, {group: Oncall}]
  ops: {zone: UTC, from: "2026-01-05T09:00:30", every: 1d, turns: [{user: ben}, {user: cleo}]}
rules:
  - id: deploy
    who: {groups: [Developers]}
    what: {names: [ReadOnly, "Deploy*"], level: [low, medium], except: ["*Admin"]}
    where: [prod]
    max: 4h
    approval: lead
    during: [office, weekend]
    extend: {times: 2, by: 1h, approval: nobody}
  - id: look
    who: {everyone: true}
    what: {level: [low]}
    where: [prod]
    max: 1h
    approval: lead
    extend: {by: 30m}
guardrails:
  - id: outsiders
    who: {groups: [Developers], except: {users: [ana]}}
    where: [prod]
    what: {names: ["*"], except: [ReadOnly]}
    when: {level: [high, critical], outside: [office]}
    require: {approvers: 2, during: [office, nights], other_team: "team-*"}
  - id: never
    what: [ProdAdmin]
    forbid: true
  - id: duties
    where: [prod]
    what: [PowerUser]
    never_with: {names: [SecurityAudit, "Deploy*"], level: [high]}
approval_policies:
  nobody: {steps: []}
  lead:
    steps:
      - any_of: [{group: TeamLeads}, {user: cleo}, {account_tag: owner}, {permission_set_tag: owner}]
        need: 2
      - any_of: [{manager: true}, {on_call: platform}]
    lapse: 4h
    remind: [30m, 2h]
    escalate: [{after: 1h, any_of: [{group: Security}]}, {after: 3h, any_of: [{on_call: ops}]}]
limits: {open_requests: 5, live_grants: 7}
change_control: {when: widens, any_of: [{group: Security}, {user: ana}]}
expect:
  - {who: ana, what: ProdAdmin, where: shop-prod, at: "sat 02:00", zone: Europe/Berlin, allow: false}
  - {who: ben, what: ReadOnly, where: "222222222222", for: 1h, approvers: 0, rule: look}
  - {who: ben, what: ReadOnly, where: shop-prod, at: 2026-11-26T02:00:00Z, allow: true}
)";

/// The text with one piece of it replaced, where it stands first.
inline std::string spoilt(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed(text);
  const auto at = changed.find(from);
  AG_ASSERT(at != std::string::npos);
  return changed.replace(at, from.size(), to);
}

/// kValid with one piece of it replaced.
inline std::string changed(std::string_view from, std::string_view to) { return spoilt(kValid, from, to); }

inline std::string told(const std::vector<PolicyProblem>& problems) {
  std::string all;
  for (const auto& p : problems) all += fmt::format("  line {}: {}: {}: {}\n", p.line, p.where, p.code, p.message);
  return all;
}

inline std::vector<PolicyProblem> problems_of(std::string_view text) {
  auto parsed = parse_policy(text);
  return parsed ? std::vector<PolicyProblem>{} : parsed.error();
}

}  // namespace ag::access::test
