#include "iam/managed_policies.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace ag::iam {
namespace {

TEST(ManagedPolicies, AreFoundByNameAndByArn) {
  EXPECT_EQ(managed_policies().size(), 1'485U);  // of data/iam/managed-policies.jsonl.gz
  const auto view = find_managed_policy("viewonlyaccess");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->arn(), "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess");
  EXPECT_EQ(find_managed_policy(view->arn())->name, "ViewOnlyAccess");
  EXPECT_EQ(find_managed_policy("job-function/ViewOnlyAccess")->name, "ViewOnlyAccess");
  EXPECT_FALSE(find_managed_policy("arn:aws:iam::aws:policy/ViewOnlyAccess"));
  EXPECT_FALSE(find_managed_policy("ViewOnly"));
}

TEST(ManagedPolicies, EveryOneIsAJsonObject) {
  for (const ManagedPolicy& policy : managed_policies()) {
    const auto document = parse_json(document_of(policy), Numbers::kAny);
    ASSERT_TRUE(document && document->is_object()) << policy.name;
    ASSERT_TRUE(document->as_object().contains("Statement")) << policy.name;
  }
}

}  // namespace
}  // namespace ag::iam
