#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "iam/analysis.hpp"
#include "iam/json_reader.hpp"
#include "iam/policy_parse.hpp"

/// Policies from outside: one document, or everything that belongs to somebody as one JSON object.
namespace ag::iam {

struct ReadInput {
  AnalysisInput input{};
  std::string name{};                   ///< what `name` says
  std::vector<std::string> ignored{};   ///< members that have no part in an analysis: `request`, `rcps` …
  std::vector<std::string> problems{};  ///< what AWS would refuse or what is probably not meant, as text
};

/// `{identityPolicies: [policy], permissionBoundaries: [policy], sessionPolicy: policy, scps: [{policies: [policy]}],
/// roles: [{arn, trustPolicy, identityPolicies, permissionBoundaries}], principal, account, name}`: the shape of
/// `accessguard iam evaluate`, and roles. All but identityPolicies may be left out; all may be null. How a policy may
/// be written, and lists of them: policy_source.hpp. `account` is `member` or `management`. A policy alone, or a list
/// of policies, is the identity's.
///
/// Error codes `invalid_json`, `invalid_input`, `unreadable_policy` (its meaning is not known: nothing is said about
/// it), `unknown_managed_policy`; the message says where.
[[nodiscard]] Result<ReadInput> read_analysis_input(std::string_view text);

/// One policy document as the whole input. Error codes as above.
[[nodiscard]] Result<ReadInput> read_policy_file(std::string_view text, std::string_view name);

/// An AWS managed policy of data/iam. Error code `unknown_managed_policy`, with the nearest name.
[[nodiscard]] Result<NamedPolicy> read_managed_policy(std::string_view name_or_arn);

}  // namespace ag::iam
