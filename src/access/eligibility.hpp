#pragma once
#include <optional>
#include <string>
#include <vector>

#include "access/event.hpp"
#include "access/organization.hpp"
#include "access/policy.hpp"
#include "base/result.hpp"

/// Rules open, guardrails close. Any one rule that opens a door opens it; every guardrail that matches applies.
namespace ag::access {

/// What one rule, with all guardrails on top, lets one person ask for in one account.
struct Eligibility {
  const Account* account = nullptr;
  const PermissionSet* permission_set = nullptr;
  const Rule* rule = nullptr;
  std::vector<const Guardrail*> guardrails;
  Level level = Level::kHigh;
  Duration min;
  Duration max;
  std::size_t reason_min = 1;
  std::vector<std::string> ticket_patterns;
  std::vector<Step> steps;
  Duration lapse;
};

/// What is asked in one account; `rule` is given when the requester names one.
struct Wish {
  const User& user;
  const Account& account;
  const PermissionSet& permission_set;
  Duration duration;
  std::optional<std::string> rule;
};

/// The level that the policy declares; high where it says nothing.
[[nodiscard]] Level level_of(const Policy& policy, const PermissionSet& permission_set);

/// The eligibility that asks least of the requester (fewest approvals, then the longest time, then first in the
/// file) of those that allow the wish. Error codes `not_eligible`, `account_not_active`, `duration_too_long`,
/// `duration_too_short`, `no_approver`; each says rule, line and what would help.
[[nodiscard]] Result<Eligibility> judge(const Policy& policy, const Organization& organization, const Wish& wish);

/// Everything a person may ask for: for each account and permission set the one that judge() would take for the
/// shortest time (its `min`). What nobody could approve is not there. Sorted by account name, then permission set name.
[[nodiscard]] std::vector<Eligibility> eligible(const Policy& policy, const Organization& organization,
                                                const User& user);

/// The rule or guardrail as errors name it: with its line in the file.
[[nodiscard]] std::string place_of(const Rule& rule);
[[nodiscard]] std::string place_of(const Guardrail& guardrail);

/// Who it is behind an account of the directory: all with one mail address are one person, whatever their letter case.
/// Who has no address is somebody of their own.
[[nodiscard]] std::string person_of(const User& user);

/// Who may decide in a step, today: enabled people, never the requester, nor anyone who shares the requester's mail
/// address (a second identity of the same person).
[[nodiscard]] std::vector<const User*> candidates(const Step& step, const Organization& organization,
                                                  const UserId& requester);
[[nodiscard]] bool is_candidate(const Step& step, const Organization& organization, const UserId& requester,
                                const UserId& person);

}  // namespace ag::access
