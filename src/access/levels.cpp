#include "access/levels.hpp"

#include <fmt/format.h>

namespace ag::access {
namespace {

/// By arn before name: whoever may name permission sets must not be able to take another's level.
const std::pair<const std::string, Level>* declared(const Policy& policy, const PermissionSet& set) {
  for (const auto* name : {&set.arn.str(), &set.name}) {
    if (const auto it = policy.levels.find(*name); it != policy.levels.end()) return &*it;
  }
  return nullptr;
}

}  // namespace

Level level_of(const Policy& policy, const PermissionSet& set) {
  const auto* it = declared(policy, set);
  return it == nullptr ? Level::kHigh : it->second;
}

std::string reason_of_level(const Policy& policy, const PermissionSet& set) {
  const auto* it = declared(policy, set);
  if (it == nullptr) return "nobody has said what it can do: that counts as high";
  const auto line = policy.level_lines.find(it->first);
  return line == policy.level_lines.end()
             ? fmt::format("declared {} in the policy", name_of(it->second))
             : fmt::format("declared {} in line {} of the policy", name_of(it->second), line->second);
}

}  // namespace ag::access
