#pragma once
#include <optional>
#include <string>
#include <vector>

#include "access/policy_index.hpp"

/// Break-glass as a rule among rules, for everything that has to tell what it opens without using it: the plan of a
/// change, an explanation, an expectation, the list of what a person can have.
namespace ag::access {

/// What requests and answers say in a rule's place.
inline constexpr const char* kBreakGlassRule = "break_glass";

/// The same organization in front of a policy that has break-glass for its only rule, at which nobody must agree; none
/// when the policy has no such section. The guardrails are all there, in their order and on their lines, but of each
/// only what counts in an emergency: `forbid`, `never_with` and the longest time, outside the windows that it names.
[[nodiscard]] std::optional<PolicyIndex> glass_of(const PolicyIndex& index);

/// The same, where there may be none: then nobody has anything by it.
[[nodiscard]] PolicyIndex glass_or_nothing(const PolicyIndex& index);

/// What break-glass would do for one person, there and then.
struct GlassAnswer {
  int line = 0;        ///< of the section
  bool opens = false;  ///< by one call, without anybody's approval
  std::string words;   ///< `break_glass (line 12) opens it at once, without approval, for 1h at most, …`; or why not
};

/// All that break-glass opens to one person.
struct GlassReach {
  int line = 0;
  Duration max;  ///< where it is longest
  Duration review_within;
  std::vector<const Account*> accounts;  ///< by name; in each of them at least one of
  std::vector<const PermissionSet*> permission_sets;
};

/// The index must live as long.
class Glass {
 public:
  explicit Glass(const PolicyIndex& index) : whole_(index), alone_(glass_of(index)) {}

  struct Question {
    const User& user;
    const Account& account;
    const PermissionSet& permission_set;
    std::optional<Duration> length = std::nullopt;  ///< what has to be possible; none: any time at all
    Instant at;
  };
  /// None when the policy has no break-glass.
  [[nodiscard]] std::optional<GlassAnswer> answer(const Question& question) const;

  /// Of all accounts and permission sets, or of these alone; none when it opens nothing of them to the person.
  struct Within {
    const Account* account = nullptr;
    const PermissionSet* permission_set = nullptr;
  };
  [[nodiscard]] std::optional<GlassReach> reach(const User& user, const Within& within, Instant at) const;

 private:
  const PolicyIndex& whole_;
  std::optional<PolicyIndex> alone_;
};

}  // namespace ag::access
