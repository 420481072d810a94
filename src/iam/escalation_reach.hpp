#pragma once
#include <map>
#include <string>
#include <string_view>

#include "iam/escalation.hpp"
#include "iam/expand.hpp"
#include "iam/facts.hpp"
#include "iam/layers.hpp"

/// Where a few named resources are enough: of the ways to become administrator by one's own permissions, some need no
/// more than oneself, or any one role or user.
namespace ag::iam {

/// What an action can attach to a user, a role or a group: iam:PolicyARN may limit it.
struct Attaching {
  Grant grant{};                   ///< of the policy below
  Level worth = Level::kCritical;  ///< of that policy
  std::string policy{};  ///< the one that is worth most: `AdministratorAccess`, `a policy of the account's own`
};

/// The same for the three actions that attach, each looked at once. The expansion must outlive it.
class Attachings {
 public:
  Attachings(const Expansion& expansion, Attached attached) : expansion_(expansion), attached_(attached) {}

  /// Of an action that attaches; null of others, and where nothing limits what is attached.
  [[nodiscard]] const Attaching* limited(ActionId action);
  /// What is granted of any action; of one that attaches, for the policy that is worth most.
  [[nodiscard]] Grant grant_of(ActionId action);

 private:
  const Expansion& expansion_;
  Attached attached_;
  std::map<ActionId, Attaching> known_{};
};

/// Whoever holds the permissions, as far as that is known.
class Oneself {
 public:
  /// An ARN of a user, a role or a role's session; empty: nobody said who it is.
  explicit Oneself(std::string_view principal);

  /// Whether writing or attaching policies reaches the very one who does it: AttachUserPolicy on one's own user. Where
  /// nobody said who it is, `user/${aws:username}` does.
  [[nodiscard]] bool is_reached_by(const Expansion& expansion, Attachings& granted, ActionId action) const;

 private:
  bool unknown_ = false;
  std::string arn_{};  // of the user or role; empty of all others
  Circumstances known_{};
};

/// The name of a role that is an administrator of its account wherever it exists, when a grant names it: nothing
/// richer is needed than OrganizationAccountAccessRole. Empty: it names none.
[[nodiscard]] std::string_view well_known_administrator(const Grant& grant);

/// Whether all of a technique's actions work on one role, or on one user: making a role and writing its policy, both
/// for `role/app-*`. Whoever can do that needs no other.
[[nodiscard]] bool works_on_one(Attachings& granted, const Technique& technique);

}  // namespace ag::iam
