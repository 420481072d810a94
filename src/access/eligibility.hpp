#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "access/policy_index.hpp"
#include "access/terms.hpp"
#include "base/result.hpp"

/// Rules open, guardrails close. Any one rule that opens a door opens it; every guardrail that matches applies.
namespace ag::access {

/// When it is asked there must be people who could agree, and time enough. While it waits neither matters, nor which
/// windows are open. When it is granted, or starts, where a window closes before the wish is over it is cut.
enum class Occasion { kAsking, kWaiting, kGranting };

/// What is asked for in one account.
struct Wish {
  const Account& account;
  const PermissionSet& permission_set;
  Duration duration;
  Instant start;
  std::optional<std::string> rule = std::nullopt;  ///< given when the requester names one
  Occasion occasion = Occasion::kAsking;
  std::optional<Instant> asked_at = std::nullopt;  ///< where that is not its start
};

/// What one person may ask for in one account, and what it takes. The terms live as long as the Asker that gave them.
struct Eligibility {
  const Account* account = nullptr;
  const PermissionSet* permission_set = nullptr;
  const Terms* terms = nullptr;
  Duration duration;  ///< for how long it would be, of one wish
};

/// One person in front of the policy. It remembers what it has found out: make one, then ask it all there is to ask.
/// Accounts, permission sets and the user must be the index's own.
class Asker {
 public:
  Asker(const PolicyIndex& index, const User& user);

  /// The terms that ask least (fewest approvals, then the longest time, then first in the file) of those that allow
  /// the wish. Error codes `not_eligible`, `forbidden`, `account_not_active`, `duration_too_long`,
  /// `duration_too_short`, `outside_window`, `no_approver`; each says rule, line and what would help.
  [[nodiscard]] Result<Eligibility> judge(const Wish& wish);

  /// The same for more time after `start`, which is when a grant ends that this rule opened. Error codes as of
  /// judge(), and `not_extendable`.
  [[nodiscard]] Result<Eligibility> judge_extension(const Wish& wish);

  /// The terms that judge() would take at that moment for the shortest time, without the words; null when there are
  /// none. It counts everybody of an on-call schedule; judge() only whose turn comes before the request lapses.
  [[nodiscard]] const Terms* verdict(const Account& account, const PermissionSet& set, Instant at);

  /// Everything the person may ask for now: for each account and permission set what verdict() says. Sorted by account
  /// name, then permission set name.
  [[nodiscard]] std::vector<Eligibility> everything(Instant at);

  /// A place in what everything() gives: positions in the index's accounts and permission sets.
  struct Place {
    std::size_t account = 0;
    std::size_t permission_set = 0;
  };
  struct Stretch {
    std::vector<Eligibility> items;
    std::optional<Place> next;  ///< where it goes on; none: that was the last of it
  };
  /// From that place on, so many at most: of two million nobody reads more than a page.
  [[nodiscard]] Stretch some(Instant at, Place from, std::size_t limit);

 private:
  /// What makes terms differ; the account and the permission set only where their tags name approvers.
  using TermsKey = std::tuple<std::uint32_t, std::uint32_t, Level, Purpose, const Account*, const PermissionSet*>;
  using Rules = std::vector<std::uint32_t>;  ///< positions in the policy

  [[nodiscard]] Rules rules_open(const Account& account, const PermissionSet& set) const;
  /// The number of the set of guardrails that fit, and hold in that time.
  std::uint32_t guardrails_of(const Account& account, const PermissionSet& set, Instant start, Instant end);
  std::uint32_t number_of(const Rules& guardrails);
  const Terms& terms(std::uint32_t rule, std::uint32_t guardrails, const Account& account, const PermissionSet& set,
                     Purpose purpose);
  const Terms* least(const Rules& rules, std::uint32_t guardrails, const Account& account, const PermissionSet& set);
  Result<Eligibility> choose(const Rules& rules, const Wish& wish, Purpose purpose);

  const PolicyIndex& index_;
  const User& user_;
  PolicyIndex::Rows rows_;
  Rules own_;                                                 ///< rules that fit the person
  std::unordered_map<std::uint64_t, std::uint32_t> fitting_;  ///< guardrails whatever the time, by their two rows
  std::vector<bool> depends_on_time_;                         ///< by the number of guardrails
  std::map<Rules, std::uint32_t> guardrail_numbers_;
  std::vector<std::vector<const Guardrail*>> guardrails_;
  std::map<TermsKey, std::unique_ptr<const Terms>> terms_;
};

}  // namespace ag::access
