#pragma once
#include <string>
#include <vector>

#include "access/organization.hpp"
#include "access/policy.hpp"

/// How much a permission set can do, and whether what the policy names contains it.
namespace ag::access {

/// The level that the policy declares; high where it says nothing.
[[nodiscard]] Level level_of(const Policy& policy, const PermissionSet& set);

/// Why it is that, for approvers: `declared critical in the policy (line 7)`.
[[nodiscard]] std::string reason_of_level(const Policy& policy, const PermissionSet& set);

[[nodiscard]] bool contains(const Sets& sets, const PermissionSet& set, Level level);
[[nodiscard]] bool contains(const std::vector<Target>& targets, const Account& account,
                            const Organization& organization);

}  // namespace ag::access
