#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "iam/policy.hpp"

/// The names of condition operators.
/// Source: IAM User Guide, reference_policies_elements_condition_operators.html.
namespace ag::iam {

/// `ForAllValues:StringLikeIfExists` taken apart. Letter case does not count, as in AWS. For what is no operator the
/// comparison is kUnknown; quantifier and IfExists are what could be read.
[[nodiscard]] ConditionOperator parse_operator(std::string_view text);

/// The operator that was probably meant, with its quantifier and IfExists.
[[nodiscard]] std::optional<std::string> nearest_operator(std::string_view text);

}  // namespace ag::iam
