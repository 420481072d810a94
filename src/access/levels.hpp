#pragma once
#include <optional>
#include <string>
#include <vector>

#include "access/organization.hpp"
#include "access/policy.hpp"

/// How much a permission set can do, and whether what the policy names contains it.
namespace ag::access {

/// The level that it has by what it allows, raised to what the policy declares. A lower one counts only where the
/// policy says instead of what. Where what it allows is not known: the declared level, else high.
[[nodiscard]] Level level_of(const Policy& policy, const PermissionSet& set);

/// Why it is that, for approvers: `critical by what it allows: it can …`.
[[nodiscard]] std::string reason_of_level(const Policy& policy, const PermissionSet& set);

/// The level by what it allows, where that is higher than the declared one, which therefore says nothing.
[[nodiscard]] std::optional<Level> level_ignored(const Policy& policy, const PermissionSet& set);

[[nodiscard]] bool contains(const Sets& sets, const PermissionSet& set, Level level);
[[nodiscard]] bool contains(const std::vector<Target>& targets, const Account& account,
                            const Organization& organization);

}  // namespace ag::access
