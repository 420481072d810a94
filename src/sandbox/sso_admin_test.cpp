#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::Reply;

TEST(SsoAdmin, ListsTheOneInstanceOfTheManagementAccount) {
  Console console;
  const auto instances = console.all_sso("ListInstances", "Instances");
  ASSERT_EQ(instances.size(), 1U);
  EXPECT_EQ(instances[0].at("Status").as_string(), "ACTIVE");
  const Reply organization = console.organization("DescribeOrganization");
  EXPECT_EQ(instances[0].at("OwnerAccountId").as_string(), organization.at("Organization", "MasterAccountId"));
}

TEST(SsoAdmin, DescribesEveryPermissionSetItLists) {
  Console console(1, {.page_size = 3});
  std::set<std::string> names;
  for (const auto& arn : console.all_sso("ListPermissionSets", "PermissionSets")) {
    console.wait(Duration::seconds(1));
    const Reply reply = console.sso("DescribePermissionSet", {{"PermissionSetArn", arn}});
    ASSERT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply.at("PermissionSet", "PermissionSetArn"), std::string_view(arn.as_string()));
    EXPECT_EQ(reply.at("PermissionSet", "SessionDuration").substr(0, 2), "PT");
    EXPECT_TRUE(reply.body.at("PermissionSet").at("CreatedDate").is_double());
    names.insert(reply.at("PermissionSet", "Name"));
  }
  EXPECT_EQ(names, (std::set<std::string>{"BreakGlassAdmin", "Billing", "DataAnalyst", "Deploy", "NetworkAdmin",
                                          "PowerUser", "ProdAdmin", "ReadOnly", "SecurityAudit", "SupportUser"}));
}

TEST(SsoAdmin, TellsWhoseAPermissionSetIs) {
  Console console(1, {.page_size = 1});
  const std::string arn = console.slot("prod-web", "Billing", "ana").permission_set.str();
  std::map<std::string, std::string> tags;
  for (const auto& tag : console.all_sso("ListTagsForResource", "Tags", {{"ResourceArn", arn}})) {
    tags[std::string(std::string_view(tag.at("Key").as_string()))] = std::string_view(tag.at("Value").as_string());
  }
  EXPECT_EQ(tags, (std::map<std::string, std::string>{{"managed-by", "landing-zone"}, {"owner", "Finance"}}));
  EXPECT_TRUE(console.all_sso("ListTagsForResource", "Tags", {{"ResourceArn", console.instance()}}).empty());
  const Reply unnamed = console.call("SWBExternalService.ListTagsForResource", "sso", {{"ResourceArn", arn}});
  EXPECT_EQ(unnamed.status, 200) << "the instance need not be named";
}

TEST(SsoAdmin, TellsNoTagsOfWhatIsNotThere) {
  Console console;
  const std::string arn = console.slot("prod-web", "Billing", "ana").permission_set.str();
  const auto error = [&](std::string_view resource) {
    return console.sso("ListTagsForResource", {{"ResourceArn", resource}}).error();
  };
  EXPECT_EQ(error(arn.substr(0, arn.size() - 16) + "0000000000000000"), "ResourceNotFoundException");
  EXPECT_EQ(error("682380894983"), "ValidationException") << "that is for organizations";
  EXPECT_EQ(console.sso("ListTagsForResource").error(), "ValidationException");
}

TEST(SsoAdmin, TellsManagedAndInlinePolicies) {
  Console console(1, {.page_size = 2});
  const Slot audit = console.slot("prod-web", "SecurityAudit", "ana");
  const auto managed = console.all_sso("ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies",
                                       {{"PermissionSetArn", audit.permission_set.str()}});
  ASSERT_EQ(managed.size(), 4U);
  EXPECT_EQ(managed[0].at("Name").as_string(), "AWSCloudTrail_ReadOnlyAccess");
  const Reply without =
      console.sso("GetInlinePolicyForPermissionSet", {{"PermissionSetArn", audit.permission_set.str()}});
  EXPECT_EQ(without.status, 200);
  EXPECT_FALSE(without.body.contains("InlinePolicy"));
  const Slot deploy = console.slot("prod-web", "Deploy", "ana");
  const Reply with =
      console.sso("GetInlinePolicyForPermissionSet", {{"PermissionSetArn", deploy.permission_set.str()}});
  EXPECT_TRUE(parse_json(std::string_view(with.body.at("InlinePolicy").as_string())));
}

TEST(SsoAdmin, ListsAssignmentsOfAPrincipalDirectOnesOnlyAndByAccount) {
  Console console(1, {.page_size = 4});
  const Slot admins = console.slot("prod-web", "ReadOnly", "Admins");
  const json::object group{{"PrincipalId", admins.principal_id}, {"PrincipalType", "GROUP"}};
  EXPECT_EQ(console.all_sso("ListAccountAssignmentsForPrincipal", "AccountAssignments", group).size(), 13U);
  json::object filtered = group;
  filtered["Filter"] = json::object{{"AccountId", admins.account.str()}};
  const auto one = console.all_sso("ListAccountAssignmentsForPrincipal", "AccountAssignments", filtered);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].at("AccountId").as_string(), admins.account.str());
  // sven is one of the Admins and holds nothing himself.
  const Slot sven = console.slot("prod-web", "ReadOnly", "sven");
  EXPECT_TRUE(console
                  .all_sso("ListAccountAssignmentsForPrincipal", "AccountAssignments",
                           {{"PrincipalId", sven.principal_id}, {"PrincipalType", "USER"}})
                  .empty());
}

TEST(SsoAdmin, HasNothingStale) {
  Console console;
  const Slot slot = console.slot("prod-web", "ReadOnly", "Admins");
  EXPECT_TRUE(
      console
          .all_sso("ListPermissionSetsProvisionedToAccount", "PermissionSets",
                   {{"AccountId", slot.account.str()}, {"ProvisioningStatus", "LATEST_PERMISSION_SET_NOT_PROVISIONED"}})
          .empty());
  EXPECT_TRUE(console
                  .all_sso("ListAccountsForProvisionedPermissionSet", "AccountIds",
                           {{"PermissionSetArn", slot.permission_set.str()},
                            {"ProvisioningStatus", "LATEST_PERMISSION_SET_NOT_PROVISIONED"}})
                  .empty());
}

TEST(SsoAdmin, NamesEveryMemberThatIsWrong) {
  Console console;
  const Reply none = console.sso("CreateAccountAssignment");
  EXPECT_EQ(none.body.at("__type").as_string(), "com.amazonaws.swbexternalservice#ValidationException");
  EXPECT_NE(none.message().find("5 validation errors detected"), std::string::npos) << none.message();
  for (const char* member : {"targetId", "targetType", "permissionSetArn", "principalType", "principalId"}) {
    EXPECT_NE(none.message().find(fmt::format("Value null at '{}'", member)), std::string::npos) << member;
  }
  json::object input = Console::assignment(console.slot("prod-web", "ReadOnly", "ana"));
  const auto with = [&](std::string_view member, json::value value) {
    json::object changed = input;
    changed[member] = std::move(value);
    const Reply reply = console.sso("CreateAccountAssignment", changed);
    return reply.error() + ": " + reply.message();
  };
  EXPECT_NE(
      with("TargetId", "12345").find("ValidationException: 1 validation error detected: Value '12345' at 'targetId'"),
      std::string::npos);
  EXPECT_NE(with("TargetType", "OU").find("enum value set: [AWS_ACCOUNT]"), std::string::npos);
  EXPECT_NE(with("PrincipalType", "ROLE").find("'principalType'"), std::string::npos);
  EXPECT_NE(with("PrincipalId", "ana").find("'principalId'"), std::string::npos);
  EXPECT_NE(with("PermissionSetArn", "arn:aws:sso:::instance/ssoins-1/ps-2").find("'permissionSetArn'"),
            std::string::npos);
  EXPECT_NE(with("InstanceArn", 7).find("'instanceArn'"), std::string::npos);
}

TEST(SsoAdmin, DoesNotFindWhatIsNotThere) {
  Console console;
  const Slot slot = console.slot("prod-web", "ReadOnly", "ana");
  json::object input = Console::assignment(slot);
  const auto with = [&](std::string_view member, std::string_view value) {
    json::object changed = input;
    changed[member] = value;
    return console.sso("CreateAccountAssignment", changed).error();
  };
  EXPECT_EQ(with("TargetId", "999999999999"), "ResourceNotFoundException");
  EXPECT_EQ(with("InstanceArn", "arn:aws:sso:::instance/ssoins-0000000000000000"), "ResourceNotFoundException");
  EXPECT_EQ(with("PermissionSetArn",
                 slot.permission_set.str().substr(0, slot.permission_set.str().size() - 16) + "0000000000000000"),
            "ResourceNotFoundException");
  EXPECT_EQ(with("PrincipalId", "00000000-0000-4000-8000-000000000000"), "ResourceNotFoundException");
  EXPECT_EQ(with("PrincipalType", "GROUP"), "ResourceNotFoundException") << "ana is no group";
  EXPECT_EQ(console
                .sso("DescribeAccountAssignmentCreationStatus",
                     {{"AccountAssignmentCreationRequestId", "00000000-0000-4000-8000-000000000000"}})
                .error(),
            "ResourceNotFoundException");
}

}  // namespace
}  // namespace ag::sandbox
