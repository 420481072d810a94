#pragma once
#include <string>
#include <string_view>

#include "iam/expand.hpp"
#include "iam/facts.hpp"
#include "iam/layers.hpp"

/// Where a few named resources are enough: of the ways to become administrator by one's own permissions, some need no
/// more than oneself, or any one role or user.
namespace ag::iam {

/// Whoever holds the permissions, as far as that is known.
class Oneself {
 public:
  /// An ARN of a user, a role or a role's session; empty: nobody said who it is.
  explicit Oneself(std::string_view principal);

  /// Whether writing or attaching policies reaches the very one who does it: AttachUserPolicy on one's own user. Where
  /// nobody said who it is, `user/${aws:username}` does.
  [[nodiscard]] bool is_reached_by(const Expansion& expansion, ActionId action) const;

 private:
  bool unknown_ = false;
  std::string arn_{};  // of the user or role; empty of all others
  Circumstances known_{};
};

/// Whether all of a technique's actions work on one role, or on one user: making a role and writing its
/// policy, both for `role/app-*`. Whoever can do that needs no other.
[[nodiscard]] bool works_on_one(const Expansion& expansion, const Technique& technique);

/// What is granted of attaching a policy that makes an administrator: iam:PolicyARN may limit which. kNever when only
/// policies of AWS can be attached that do not.
[[nodiscard]] Grant attaching(const Expansion& expansion, ActionId action);
[[nodiscard]] bool attaches_managed_policies(ActionId action);

}  // namespace ag::iam
