#include "sandbox/limits.hpp"

#include <algorithm>
#include <iterator>

namespace ag::sandbox {
namespace {

struct Published {
  std::string_view operation;
  int calls_per_second;
  int burst;
};
constexpr Published kPublished[] = {
    {"DescribeAccount", 20, 30},
    {"DescribeOrganization", 1, 2},
    {"DescribeOrganizationalUnit", 2, 2},
    {"DescribePolicy", 2, 2},
    {"ListAccounts", 8, 12},
    {"ListAccountsForParent", 5, 8},
    {"ListChildren", 6, 10},
    {"ListOrganizationalUnitsForParent", 5, 8},
    {"ListParents", 5, 8},
    {"ListPolicies", 5, 8},
    {"ListPoliciesForTarget", 5, 8},
    {"ListRoots", 1, 2},
    {"ListTagsForResource", 10, 15},
    {"ListTargetsForPolicy", 5, 8},
    {"UpdatePolicy", 2, 3},
};

}  // namespace

bool RateLimit::admits(int calls_per_second, int burst, Instant now) {
  if (calls_per_second <= 0) return true;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const Duration each = Duration::nanoseconds((kSecond + calls_per_second - 1) / calls_per_second);
  const Instant full_at = std::max(full_at_, now) + each;
  if (full_at - now > each * burst) return false;
  full_at_ = full_at;
  return true;
}

bool OrganizationsLimits::admits(std::string_view operation, Instant now) {
  const auto published = std::find_if(std::begin(kPublished), std::end(kPublished),
                                      [&](const Published& each) { return each.operation == operation; });
  if (published == std::end(kPublished)) return true;
  auto limit = of_operation_.find(operation);
  if (limit == of_operation_.end()) limit = of_operation_.emplace(operation, RateLimit{}).first;
  return limit->second.admits(published->calls_per_second, published->burst, now);
}

}  // namespace ag::sandbox
