#pragma once
#include <vector>

#include "access/policy_index.hpp"

/// What of a policy does nothing on today's organization, or something else than its writer must have meant: a
/// guardrail that fits nothing, a rule that guardrails close for everybody. Such a policy is accepted; each is worth a
/// warning.
namespace ag::access {

/// Everything worth a look: of the text, of its names (check_names) and of its effect; by line. What a name already
/// explains is not told again.
[[nodiscard]] std::vector<PolicyProblem> remarks(const PolicyIndex& index);

}  // namespace ag::access
