#pragma once
#include <optional>
#include <string>

#include "access/policy_index.hpp"

/// Break-glass as a rule among rules, for everything that has to tell what it opens without using it: the plan of a
/// change, an explanation, an expectation, the list of what a person can have.
namespace ag::access {

/// What requests and answers say in a rule's place.
inline constexpr const char* kBreakGlassRule = "break_glass";

/// The same organization in front of a policy that has break-glass for its only rule, at which nobody must agree; none
/// when the policy has no such section. The guardrails are all there, in their order and on their lines, but of each
/// only what an emergency cannot do without: `forbid`, `never_with`, the longest time, reason and ticket; and that at
/// any hour. Who must agree, and windows of time, are nothing to an emergency.
[[nodiscard]] std::optional<PolicyIndex> glass_of(const PolicyIndex& index);

/// The same, where there may be none: then nobody has anything by it.
[[nodiscard]] PolicyIndex glass_or_nothing(const PolicyIndex& index);

/// What break-glass would do for one person, there and now.
struct GlassAnswer {
  int line = 0;        ///< of the section
  bool opens = false;  ///< by one call, without anybody's approval
  std::string words;   ///< `break_glass (line 12) opens it at once, without approval, for 1h at most, …`; or why not
};
/// None when the policy has no break-glass. `length` is what has to be possible; none: any time at all.
[[nodiscard]] std::optional<GlassAnswer> glass_for(const PolicyIndex& index, const User& user, const Account& account,
                                                   const PermissionSet& set, std::optional<Duration> length,
                                                   Instant at);

}  // namespace ag::access
