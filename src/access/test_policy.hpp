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

/// kValid with one piece of it replaced.
inline std::string changed(std::string_view from, std::string_view to) {
  std::string text(kValid);
  const auto at = text.find(from);
  AG_ASSERT(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

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
