#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "iam/json_reader.hpp"
#include "iam/policy_parse.hpp"

/// Policies that stand in a larger JSON text: in the cases of `iam evaluate`, in the inputs of `iam analyze`.
///
/// One reader for both, so that a layer that limits in one of them limits in the other too.
namespace ag::iam {

struct SourcedPolicy {
  std::string name{};  ///< what `name` says, or the managed policy's; empty when it has none
  Policy policy{};
};

/// What is wrong with it, where: severity kUnreadable, code `unknown_managed_policy` or one of the parser's.
template <class T>
using Sourced = std::expected<T, Problem>;

/// A policy is an IAM document, bare, or under `policy` with a `name` beside it; the same as JSON text in a string, as
/// AWS's APIs hand it out; or the name or ARN of an AWS managed policy. What is wrong with a policy that can be read
/// goes to `problems`.
[[nodiscard]] Sourced<SourcedPolicy> read_policy(const JsonNode& node, PolicyKind kind, std::string_view path,
                                                 std::vector<Problem>& problems);

/// A list of policies, or one alone; null: none.
[[nodiscard]] Sourced<std::vector<SourcedPolicy>> read_policies(const JsonNode& node, PolicyKind kind,
                                                                std::string_view path, std::vector<Problem>& problems);

/// `[{org, policies: [policy]}]`, or a bare list for a level; null: no levels. A level without policies allows nothing.
[[nodiscard]] Sourced<std::vector<std::vector<SourcedPolicy>>> read_levels(const JsonNode& node, PolicyKind kind,
                                                                           std::string_view path,
                                                                           std::vector<Problem>& problems);

/// AWS's managed policy of that name or ARN; the error has the nearest name.
[[nodiscard]] Sourced<SourcedPolicy> managed_policy(std::string_view name_or_arn);

/// A member that nobody knows is the caller's own, unless it looks like one of `names` or is written twice: an SCP that
/// is not seen because of a slip would allow more.
[[nodiscard]] Sourced<void> without_slips(const JsonNode& object, std::string_view path,
                                          const std::vector<std::string>& names);

inline constexpr std::size_t kMostPolicies = 1'000;  ///< of one list: a role has at most 25 attached

}  // namespace ag::iam
