#pragma once
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "access/organization.hpp"
#include "access/state.hpp"

/// The service control policy that ends live sessions: a deny of everything for whoever holds credentials that were
/// issued to these people, for these roles, before these moments. Credentials of a later grant are newer, and work.
namespace ag::control {

/// AWS's limit of a service control policy's document; white space would count, there is none.
inline constexpr std::size_t kLongestPolicy = 10'240;

/// One slot's sessions, as the policy names them.
struct DeniedSessions {
  access::Slot slot;
  std::string permission_set_name;
  Instant issued_before;
};

/// Canonical JSON. Sessions that differ in one thing only share a statement, so that more fit; no statement denies
/// more than its sessions. Without any it denies somebody who does not exist: a policy may not be empty.
[[nodiscard]] std::string session_end_policy(const std::vector<DeniedSessions>& denied);

/// The statements of a policy that deny somebody anything, each as canonical JSON; of what is no policy, none.
[[nodiscard]] std::set<std::string> statements_of(const std::string& policy);

/// The policy with these statements beside its own, in one order whoever's are whose. Of those that do not fit the last
/// are left out.
[[nodiscard]] std::string with_statements(const std::string& policy, const std::set<std::string>& others);

/// Accounts that the policy does not bind, since it is attached neither to them nor to anything above them; none: it is
/// not known what it is attached to. The management account, which no policy binds, is not among them.
[[nodiscard]] std::optional<std::set<access::AccountId>> not_bound(const access::Snapshot& organization,
                                                                   const std::string& policy);

/// How many of them fit into one policy, from the front.
[[nodiscard]] std::size_t how_many_fit(const std::vector<DeniedSessions>& denied);

}  // namespace ag::control
