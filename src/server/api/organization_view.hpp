#pragma once
#include "access/organization.hpp"
#include "access/policy.hpp"
#include "base/json.hpp"

/// What was read of AWS, as api/openapi.yaml describes it.
namespace ag::server {

inline constexpr std::size_t kLongestSearch = 128;  ///< bytes of a text that is looked for

[[nodiscard]] json::object account_view(const access::Account& account);
[[nodiscard]] json::object permission_set_view(const access::Policy& policy, const access::PermissionSet& set);

}  // namespace ag::server
