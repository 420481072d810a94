#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "iam/facts.hpp"

/// What AWS's managed policies are worth, for those who may attach them.
namespace ag::iam {

/// The ARNs of managed_policies(), in their order.
[[nodiscard]] const std::vector<std::string>& managed_policy_arns();

/// The level of the policy with that number, found in a tenth of a millisecond. What it may attach itself is not looked
/// into again: it counts as high.
[[nodiscard]] Level level_of_managed_policy(std::size_t number);

/// Of all of them: found at the first question, in a fifth of a second, and kept.
[[nodiscard]] const std::vector<Level>& levels_of_managed_policies();

}  // namespace ag::iam
