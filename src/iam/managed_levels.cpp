#include "iam/managed_levels.hpp"

#include <utility>

#include "iam/analysis.hpp"
#include "iam/managed_policies.hpp"
#include "iam/policy_parse.hpp"

namespace ag::iam {

const std::vector<std::string>& managed_policy_arns() {
  static const std::vector<std::string> kArns = [] {
    std::vector<std::string> arns;
    for (const ManagedPolicy& policy : managed_policies()) arns.push_back(policy.arn());
    return arns;
  }();
  return kArns;
}

Level level_of_managed_policy(std::size_t number) {
  const ManagedPolicy& policy = managed_policies().at(number);
  Policy read = parse(document_of(policy), PolicyKind::kAwsManaged).policy;
  return analyze({.layers = {.identity = {{std::string(policy.name), std::move(read)}}},
                  .attached = Attached::kCountsAsHigh})
      .level;
}

const std::vector<Level>& levels_of_managed_policies() {
  static const std::vector<Level> kLevels = [] {
    std::vector<Level> levels;
    for (std::size_t i = 0; i < managed_policies().size(); ++i) levels.push_back(level_of_managed_policy(i));
    return levels;
  }();
  return kLevels;
}

}  // namespace ag::iam
