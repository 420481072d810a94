#pragma once
#include "access/policy_index.hpp"
namespace ag::access {
struct PolicyPlan {};
inline PolicyPlan plan_of(const PolicyIndex&, const PolicyIndex&, Instant) { return {}; }
inline std::vector<std::string> widenings(const PolicyPlan&, ChangeScope) { return {}; }
}  // namespace ag::access
