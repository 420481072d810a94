#pragma once
#include <compare>

#include "base/id.hpp"

namespace ag::access {

using AccountId = Id<struct AccountIdKind>;  ///< twelve digits
using UnitId = Id<struct UnitIdKind>;        ///< an organizational unit or root: `ou-…`, `r-…`
using PermissionSetArn = Id<struct PermissionSetArnKind>;
using UserId = Id<struct UserIdKind>;  ///< the Identity Store's, stable over renames
using GroupId = Id<struct GroupIdKind>;
using RequestId = Id<struct RequestIdKind>;      ///< `req_` and a ULID: sorts by time
using GrantId = Id<struct GrantIdKind>;          ///< `grt_`, the request's ULID, `_` and a number
using TokenId = Id<struct TokenIdKind>;          ///< `tok_` and a ULID
using ChangeId = Id<struct ChangeIdKind>;        ///< `chg_` and a ULID: a proposed change of the policy
using OperationId = Id<struct OperationIdKind>;  ///< AWS's id of an assignment under way

/// One possible assignment. Desired and observed state meet here.
struct Slot {
  AccountId account;
  PermissionSetArn permission_set;
  UserId principal;

  auto operator<=>(const Slot&) const = default;

  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("account", self.account);
    codec("permission_set", self.permission_set);
    codec("principal", self.principal);
  }
};

}  // namespace ag::access
