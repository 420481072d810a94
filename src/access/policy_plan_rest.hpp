#pragma once
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "access/policy_plan.hpp"
#include "access/policy_plan_cases.hpp"

/// What else a change of the policy changes. Part of the plan: the door is policy_plan.hpp.
namespace ag::access {

/// `name_at` gives a reference: of a crowd only the first names are copied.
template <class NameOf>
[[nodiscard]] Some some(const Bits& bits, NameOf name_at) {
  auto all = bits.positions();
  Some some{all.size(), {}};
  const auto said = all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kNamesSaid));
  std::partial_sort(all.begin(), said, all.end(), [&](auto a, auto b) { return name_at(a) < name_at(b); });
  for (auto it = all.begin(); it != said; ++it) some.names.push_back(name_at(*it));
  return some;
}

/// What lines that widen have told of: rules of the new policy, guardrails of the old one.
struct Told {
  std::set<const Rule*> rules;
  std::set<const Guardrail*> guardrails;
};

/// Two policies that were compared, and what was told of them.
struct Compared {
  const Sides& sides;
  const Told& told;
};

/// Levels, change control, limits; and what changed in rules, guardrails and break-glass without anybody's noticing
/// today. `glass` is of break-glass alone (glass.hpp), its guardrails in the same order; null when neither has it.
[[nodiscard]] std::vector<PolicyChangeLine> rest_of_plan(const Compared& rules, const Compared* glass, Instant now);

}  // namespace ag::access
