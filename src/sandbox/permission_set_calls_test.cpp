#include <gtest/gtest.h>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::Reply;

const Duration kLongest = Behaviour{}.operation_max;
const std::string kDeny = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})";

json::object of_set(const Slot& slot) { return {{"PermissionSetArn", slot.permission_set.str()}}; }
json::object with(json::object input, std::string_view member, const auto& value) {
  input[member] = json::value_from(value);
  return input;
}

Reply put(Console& console, const Slot& slot, std::string_view document) {
  return console.sso("PutInlinePolicyToPermissionSet", with(of_set(slot), "InlinePolicy", document));
}
std::string inline_policy(Console& console, const Slot& slot) {
  const Reply reply = console.sso("GetInlinePolicyForPermissionSet", of_set(slot));
  EXPECT_EQ(reply.status, 200) << reply.text;
  const auto* policy = reply.body.if_contains("InlinePolicy");
  return policy == nullptr ? "" : std::string(std::string_view(policy->as_string()));
}
Reply provision(Console& console, const Slot& slot) {
  return console.sso("ProvisionPermissionSet", {{"PermissionSetArn", slot.permission_set.str()},
                                                {"TargetType", "AWS_ACCOUNT"},
                                                {"TargetId", slot.account.str()}});
}
std::string provisioning(Console& console, const Reply& begun, std::string_view member = "Status") {
  return console
      .sso("DescribePermissionSetProvisioningStatus",
           {{"ProvisionPermissionSetRequestId", begun.at("PermissionSetProvisioningStatus", "RequestId")}})
      .at("PermissionSetProvisioningStatus", member);
}
/// How many accounts have the permission set as it was before its last change.
std::size_t stale(Console& console, const Slot& slot) {
  return console
      .all_sso("ListAccountsForProvisionedPermissionSet", "AccountIds",
               with(of_set(slot), "ProvisioningStatus", "LATEST_PERMISSION_SET_NOT_PROVISIONED"))
      .size();
}

TEST(InlinePolicy, IsPutReadAndDeleted) {
  Console console;
  const Slot slot = console.slot("prod-web", "SecurityAudit", "ana");
  EXPECT_EQ(inline_policy(console, slot), "");
  EXPECT_EQ(put(console, slot, kDeny).status, 200);
  EXPECT_EQ(inline_policy(console, slot), kDeny);
  EXPECT_EQ(console.sso("DeleteInlinePolicyFromPermissionSet", of_set(slot)).status, 200);
  EXPECT_EQ(inline_policy(console, slot), "");
  EXPECT_EQ(console.sso("DeleteInlinePolicyFromPermissionSet", of_set(slot)).status, 200) << "none is no error";
}

TEST(InlinePolicy, MustBeADocumentWithinTheQuota) {
  Console console;
  const Slot slot = console.slot("prod-web", "SecurityAudit", "ana");
  for (const char* bad : {"nonsense", "[]", "{}", "{\"Statement\":"}) {
    EXPECT_EQ(put(console, slot, bad).error(), "ValidationException") << bad;
  }
  const auto long_one = [](std::size_t content, std::size_t white_space) {
    const std::string frame = R"({"Statement":[]})";
    const std::string filler = "\"" + std::string(content - frame.size() - 4, 'x') + "\"";  // and a colon and a comma
    return R"({"Statement":[],)" + std::string(white_space, ' ') + filler.substr(0, filler.size() - 1) + "\":1}";
  };
  EXPECT_EQ(put(console, slot, long_one(10'239, 10'000)).status, 200) << "white space does not count";
  EXPECT_EQ(put(console, slot, long_one(10'241, 0)).error(), "ServiceQuotaExceededException");
  EXPECT_EQ(put(console, slot, long_one(10'000, 23'000)).error(), "ValidationException") << "above 32,768 in all";
}

TEST(Provisioning, BringsAChangedPermissionSetToAnAccount) {
  Console console;
  const Slot slot = console.slot("prod-web", "ReadOnly", "Admins");
  EXPECT_EQ(stale(console, slot), 0U);
  ASSERT_EQ(put(console, slot, kDeny).status, 200);
  EXPECT_EQ(stale(console, slot), 14U) << "everywhere";
  const Reply begun = provision(console, slot);
  ASSERT_EQ(begun.status, 200) << begun.text;
  EXPECT_EQ(begun.at("PermissionSetProvisioningStatus", "Status"), "IN_PROGRESS");
  EXPECT_EQ(begun.at("PermissionSetProvisioningStatus", "AccountId"), slot.account.str());
  EXPECT_EQ(console.create(console.slot("prod-web", "Deploy", "ana")).error(), "ConflictException")
      << "a role is being changed there";
  console.wait(kLongest);
  EXPECT_EQ(provisioning(console, begun), "SUCCEEDED");
  EXPECT_EQ(stale(console, slot), 13U);
  const auto latest =
      console.all_sso("ListPermissionSetsProvisionedToAccount", "PermissionSets",
                      {{"AccountId", slot.account.str()}, {"ProvisioningStatus", "LATEST_PERMISSION_SET_PROVISIONED"}});
  EXPECT_EQ(std::count(latest.begin(), latest.end(), json::value(slot.permission_set.str())), 1);
}

TEST(Provisioning, ComesWithANewAssignmentToo) {
  Console console;
  const Slot slot = console.slot("prod-web", "ReadOnly", "ana");
  ASSERT_EQ(put(console, slot, kDeny).status, 200);
  ASSERT_EQ(console.create(slot).status, 200);
  console.wait(kLongest);
  EXPECT_EQ(stale(console, slot), 13U);
  const Slot fresh = console.slot("prod-web", "Deploy", "ana");
  ASSERT_EQ(put(console, fresh, kDeny).status, 200);
  console.sandbox.add_standing(fresh, console.now);
  EXPECT_EQ(stale(console, fresh), 0U) << "the first to hold it has it as it is now";
}

TEST(Provisioning, FailsWhereThePermissionSetIsNot) {
  Console console;
  const Reply begun = provision(console, console.slot("prod-web", "NetworkAdmin", "ana"));
  ASSERT_EQ(begun.status, 200);
  console.wait(kLongest);
  EXPECT_EQ(provisioning(console, begun), "FAILED");
  EXPECT_NE(provisioning(console, begun, "FailureReason").find("Permission set provision not found"),
            std::string::npos);
}

TEST(Provisioning, IsLimitedToThreeAtATime) {
  Console console;
  std::vector<std::string> ids;
  for (const char* account : {"prod-web", "prod-data", "dev-web"}) {
    const Reply begun = provision(console, console.slot(account, "ReadOnly", "ana"));
    ids.insert(ids.begin(), begun.at("PermissionSetProvisioningStatus", "RequestId"));
  }
  EXPECT_EQ(provision(console, console.slot("dev-payments", "ReadOnly", "ana")).error(), "ThrottlingException");
  const auto listed = console.all_sso("ListPermissionSetProvisioningStatus", "PermissionSetsProvisioningStatus");
  ASSERT_EQ(listed.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(listed[i].at("RequestId").as_string(), ids[i]);
}

TEST(Provisioning, NamesWhatIsMissing) {
  Console console;
  const Slot slot = console.slot("prod-web", "ReadOnly", "ana");
  const Reply none = console.sso("ProvisionPermissionSet", of_set(slot));
  EXPECT_NE(none.message().find("'targetType'"), std::string::npos);
  EXPECT_NE(none.message().find("'targetId'"), std::string::npos);
  Slot nowhere = slot;
  nowhere.account = AccountId("999999999999");
  EXPECT_EQ(provision(console, nowhere).error(), "ResourceNotFoundException");
  EXPECT_EQ(console
                .sso("DescribePermissionSetProvisioningStatus",
                     {{"ProvisionPermissionSetRequestId", "00000000-0000-4000-8000-000000000000"}})
                .error(),
            "ResourceNotFoundException");
}

}  // namespace
}  // namespace ag::sandbox
