#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iam/policy.hpp"

/// All policies that decide together what somebody may do, and how a statement among them is named.
namespace ag::iam {

struct NamedPolicy {
  std::string name;  ///< for people: `ReadOnlyAccess`, `inline`, a file's name
  Policy policy;
};

/// An action is allowed when identity, boundary, session and every level of SCPs allow it and nothing denies it.
/// What is left out limits nothing. RCPs and policies of resources are not here: they depend on the resource.
struct PolicyLayers {
  std::vector<NamedPolicy> identity{};
  std::optional<std::vector<NamedPolicy>> boundary{};
  std::optional<std::vector<NamedPolicy>> session{};
  std::vector<std::vector<NamedPolicy>> service_control{};  ///< from the root to the account; each level must allow
};

enum class Layer { kIdentity, kBoundary, kSession, kServiceControl };
constexpr auto enum_names(Layer) {
  return std::array<std::string_view, 4>{"identity", "boundary", "session", "service control"};
}

/// Where a statement stands.
struct StatementRef {
  Layer layer = Layer::kIdentity;
  std::string policy{};
  std::size_t index = 0;  ///< in the policy, from 0
  std::string sid{};      ///< empty when it has none
  bool operator==(const StatementRef&) const = default;
};

/// `ReadOnlyAccess, statement 2 (DenyReadingSecrets)`; counted from 1, as people do.
[[nodiscard]] std::string to_text(const StatementRef& ref);

/// What is known of a request beforehand: key in lower case → its only value. What is not here is unknown, not absent.
using Circumstances = std::map<std::string, std::string, std::less<>>;

/// As the value of `iam:policyarn`: a customer managed policy, whichever. What names AWS's policies does not fit it.
inline constexpr std::string_view kSomeOwnPolicy = "a customer managed policy";

/// The pattern with the variables that have a value: `user/${aws:username}`. Others stay as they are.
[[nodiscard]] std::string with_values(std::string_view pattern, const Circumstances& known);

/// From "does not apply" to "applies". What a statement asks of its holder's circumstances lies between the two: see
/// iam/condition_keys.hpp.
enum class Outcome {
  kFails,
  kPresumablyNot,  ///< of a Deny: it depends on circumstances, and whoever holds the permissions is not meant
  kDepends,
  kPresumably,  ///< of an Allow: it depends on circumstances that whoever holds the permissions meets
  kHolds,
};

/// Whether a statement applies. Keys that are not known make it depend on them, and so does every operator that is not
/// a plain comparison of texts or booleans. What holds of any value (`StringLike: *`) of a key that every request has
/// is no condition, and neither is a date that was past when the program was made.
///
/// The region is left to whoever asks: he chooses one that an Allow names and that a Deny does not, so a condition on
/// aws:RequestedRegion is none for an Allow, and a Deny that has one never holds. Nor is one on aws:SourceIp for an
/// Allow that takes every address of IPv4.
[[nodiscard]] Outcome outcome_of(const Statement& statement, const Circumstances& known);

}  // namespace ag::iam
