#pragma once
#include <string_view>

#include "iam/action_set.hpp"
#include "iam/layers.hpp"
#include "iam/policy.hpp"

/// How much of what there is a statement's Resource element speaks of.
namespace ag::iam {

/// What holds for every request that a person's role makes: through TLS, and not as a service of AWS. A condition that
/// asks only this is none.
[[nodiscard]] const Circumstances& usual_circumstances();

/// Of a statement's actions, those for which it speaks of every resource that the account has: `*`, or patterns that
/// cover all ARNs of the action's types (`arn:aws:iam::*:role/*` for iam:PassRole).
///
/// Of an Allow it errs to yes: one account's id counts as all (but for sts:AssumeRole, which reaches into others), one
/// covered type is enough when the required ones are covered, and `NotResource` is everything. Of a Deny it errs to no.
[[nodiscard]] ActionSet actions_on_everything(const Statement& statement, const ActionSet& actions);

/// How much a Deny's resources take away from a pattern that an Allow speaks of.
enum class Cut {
  kNothing,
  kPart,
  kAllButNamed,  ///< NotResource: what the deny names is left, and nothing else
  kAll,
};
[[nodiscard]] Cut cut_of(const PatternElement& denied, std::string_view pattern, bool pattern_is_everything);

}  // namespace ag::iam
