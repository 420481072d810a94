#pragma once
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "access/policy_plan.hpp"
#include "access/policy_plan_cases.hpp"

/// What else a change of the policy changes. Part of the plan: the door is policy_plan.hpp.
namespace ag::access {

template <class NameOf>
[[nodiscard]] Some some(const Bits& bits, NameOf name_at) {
  Some some;
  const auto all = positions(bits);
  some.count = all.size();
  for (const auto at : all) some.names.push_back(name_at(at));
  std::sort(some.names.begin(), some.names.end());
  if (some.names.size() > kNamesSaid) some.names.resize(kNamesSaid);
  return some;
}

/// What lines that widen have told of: rules of the new policy, guardrails of the old one.
struct Told {
  std::set<const Rule*> rules;
  std::set<const Guardrail*> guardrails;
};

/// Break-glass, levels, change control, limits; and what changed in rules and guardrails without anybody's noticing
/// today.
[[nodiscard]] std::vector<PolicyChangeLine> rest_of_plan(const Sides& sides, const Told& told, Instant now);

}  // namespace ag::access
