#pragma once
#include <string>
#include <string_view>

#include "access/test_world.hpp"
#include "base/assert.hpp"

/// For tests of commands: a world with a policy, and what ana, ben and finn may ask for under it.
namespace ag::access::test {

inline constexpr std::string_view kPolicy = R"(version: 1
targets:
  prod: {ou: /Workloads/Prod}
  play: {ou: /Sandbox}
permission_sets:
  ReadOnly: {level: low}
  Deploy: {level: medium}
rules:
  - {id: free, who: {groups: [Developers]}, what: [ReadOnly], where: [play], max: 8h, approval: nobody}
  - {id: lead-only, who: {everyone: true}, what: [ReadOnly], where: [prod], min: 10m, max: 8h, approval: lead}
  - {id: deploy, who: {groups: [Developers]}, what: [Deploy], where: [all], max: 4h, approval: lead-then-security}
  - {id: power, who: {groups: [Developers]}, what: [PowerUser], where: [all], max: 4h, approval: two}
  - {id: admin, who: {groups: [Developers]}, what: [ProdAdmin], where: [prod], max: 4h, approval: lead}
guardrails:
  - {id: prod-words, where: [prod], what: [ProdAdmin], require: {reason_min: 20}}
  - {id: prod-ticket, where: [prod], what: [ProdAdmin], require: {ticket: "[A-Z]+-[0-9]+"}}
approval_policies:
  nobody: {steps: []}
  lead: {steps: [{any_of: [{group: TeamLeads}]}], lapse: 4h}
  two: {steps: [{any_of: [{group: TeamLeads}, {group: Security}], need: 2}], lapse: 2h}
  lead-then-security: {steps: [{any_of: [{group: TeamLeads}]}, {any_of: [{group: Security}]}], lapse: 4h}
)";

/// A policy without what was there: `from` becomes `to`.
inline std::string policy_with(std::string_view from, std::string_view to) {
  std::string text(kPolicy);
  const auto at = text.find(from);
  AG_ASSERT(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

inline World a_world(const test::Company& company = a_company()) {
  World world(company);
  world.apply_policy(kPolicy);
  return world;
}

inline Asking reading() { return {.accounts = {"shop-prod"}, .permission_set = "ReadOnly"}; }
inline Asking deploying() { return {.accounts = {"shop-prod"}, .permission_set = "Deploy"}; }
inline Asking powering() { return {.accounts = {"play"}, .permission_set = "PowerUser"}; }
inline Asking administering() {
  return {.accounts = {"shop-prod"}, .permission_set = "ProdAdmin", .duration = Duration::hours(1), .ticket = "OPS-1"};
}
inline Asking playing() { return {.accounts = {"play"}, .permission_set = "ReadOnly"}; }

inline std::string code_of(const Result<Outcome>& outcome) { return outcome ? "" : outcome.error().code; }

}  // namespace ag::access::test
