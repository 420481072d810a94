#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::Reply;

std::string id_of(const Console& console, std::string_view principal) {
  return console.slot("prod-web", "ReadOnly", principal).principal_id;
}
json::object by(std::string_view path, std::string_view value) {
  return {{"AlternateIdentifier",
           json::object{{"UniqueAttribute", json::object{{"AttributePath", path}, {"AttributeValue", value}}}}}};
}

TEST(IdentityStore, ListsEveryUserOnce) {
  Console console(1, {.page_size = 7});
  std::set<std::string> names;
  int disabled = 0;
  for (const auto& user : console.all_directory("ListUsers", "Users")) {
    names.insert(std::string(std::string_view(user.at("UserName").as_string())));
    disabled += user.at("UserStatus").as_string() == "DISABLED" ? 1 : 0;
    EXPECT_EQ(user.at("UserId").as_string().size(), 47U);
    EXPECT_TRUE(user.at("UserId").as_string().starts_with("906"));
    EXPECT_TRUE(std::string_view(user.at("Emails").as_array().at(0).at("Value").as_string()).ends_with("@example.com"));
  }
  EXPECT_EQ(names.size(), 40U);
  EXPECT_TRUE(names.contains("ana") && names.contains("bo") && names.contains("chen"));
  EXPECT_EQ(disabled, 1);
}

TEST(IdentityStore, FindsAUserByItsDeprecatedFilter) {
  Console console;
  const json::object filter{
      {"Filters", json::array{json::object{{"AttributePath", "UserName"}, {"AttributeValue", "bo"}}}}};
  const auto users = console.all_directory("ListUsers", "Users", filter);
  ASSERT_EQ(users.size(), 1U);
  EXPECT_EQ(users[0].at("UserId").as_string(), id_of(console, "bo"));
  const json::object unknown{
      {"Filters", json::array{json::object{{"AttributePath", "Title"}, {"AttributeValue", "bo"}}}}};
  EXPECT_EQ(console.directory("ListUsers", unknown).error(), "ValidationException");
}

const json::object kWithExtensions{{"Extensions", json::array{"aws:identitystore:enterprise"}}};

// How SCIM nests it.
std::string manager_in(const json::object& user) {
  const auto& enterprise = user.at("Extensions").at("aws:identitystore:enterprise");
  return std::string(std::string_view(enterprise.at("manager").at("value").as_string()));
}

TEST(IdentityStore, TellsEverybodysManagerButTheHeadsToThoseWhoAskForTheExtension) {
  Console console(1, {.page_size = 7});
  std::map<std::string, std::string> managers;
  for (const auto& user : console.all_directory("ListUsers", "Users", kWithExtensions)) {
    const std::string name(std::string_view(user.at("UserName").as_string()));
    if (user.as_object().contains("Extensions")) managers[name] = manager_in(user.as_object());
  }
  EXPECT_EQ(managers.size(), 39U);
  EXPECT_FALSE(managers.contains("sven")) << "the head of the company";
  EXPECT_EQ(managers["ana"], id_of(console, "bo"));
  for (const auto& user : console.all_directory("ListUsers", "Users")) {
    EXPECT_FALSE(user.as_object().contains("Extensions")) << "nobody asked";
  }
  json::object ana{{"UserId", id_of(console, "ana")}};
  EXPECT_FALSE(console.directory("DescribeUser", ana).body.contains("Extensions"));
  ana["Extensions"] = kWithExtensions.at("Extensions");
  EXPECT_EQ(manager_in(console.directory("DescribeUser", ana).body), id_of(console, "bo"));
}

TEST(IdentityStore, KnowsNoExtensionButTheEnterprises) {
  Console console;
  for (const json::value& bad : {json::value(json::array{"aws:identitystore:other"}), json::value(json::array{}),
                                 json::value("aws:identitystore:enterprise")}) {
    EXPECT_EQ(console.directory("ListUsers", {{"Extensions", bad}}).error(), "ValidationException") << bad;
  }
}

TEST(IdentityStore, DescribesUsersAndGroups) {
  Console console;
  const Reply user = console.directory("DescribeUser", {{"UserId", id_of(console, "ana")}});
  EXPECT_EQ(user.body.at("UserName").as_string(), "ana");
  EXPECT_EQ(user.body.at("DisplayName").as_string(), "Ana Corvelha");
  const Reply group = console.directory("DescribeGroup", {{"GroupId", id_of(console, "Developers")}});
  EXPECT_EQ(group.body.at("DisplayName").as_string(), "Developers");
  EXPECT_FALSE(group.body.at("Description").as_string().empty());
}

TEST(IdentityStore, ListsGroupsAndTheirMembersFromBothSides) {
  Console console(1, {.page_size = 3});
  std::set<std::string> seen;
  std::size_t memberships = 0;
  for (const auto& group : console.all_directory("ListGroups", "Groups")) {
    seen.insert(std::string(std::string_view(group.at("DisplayName").as_string())));
    for (const auto& each :
         console.all_directory("ListGroupMemberships", "GroupMemberships", {{"GroupId", group.at("GroupId")}})) {
      EXPECT_EQ(each.at("GroupId"), group.at("GroupId"));
      ++memberships;
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{"Admins", "Auditors", "DataEngineers", "Developers", "Finance", "Oncall",
                                         "Security", "TeamLeads"}));
  std::size_t other_side = 0;
  for (const Person& person : console.sandbox.people()) {
    other_side += console
                      .all_directory("ListGroupMembershipsForMember", "GroupMemberships",
                                     {{"MemberId", json::object{{"UserId", person.id.str()}}}})
                      .size();
  }
  EXPECT_EQ(memberships, other_side);
  EXPECT_GT(memberships, 40U);
}

TEST(IdentityStore, FindsIdsByUniqueAttributesWhateverTheCaseOfThePath) {
  Console console;
  EXPECT_EQ(console.directory("GetUserId", by("userName", "chen")).body.at("UserId").as_string(),
            id_of(console, "chen"));
  EXPECT_EQ(console.directory("GetUserId", by("UserName", "chen")).status, 200);
  EXPECT_EQ(console.directory("GetUserId", by("emails.value", "chen@example.com")).body.at("UserId").as_string(),
            id_of(console, "chen"));
  EXPECT_EQ(console.directory("GetGroupId", by("displayName", "Finance")).body.at("GroupId").as_string(),
            id_of(console, "Finance"));
  const Reply nobody = console.directory("GetUserId", by("userName", "nobody"));
  EXPECT_EQ(nobody.body.at("__type").as_string(), "com.amazonaws.identitystore#ResourceNotFoundException");
  EXPECT_EQ(nobody.body.at("ResourceType").as_string(), "USER");
  EXPECT_TRUE(nobody.body.contains("RequestId"));
  EXPECT_EQ(console.directory("GetGroupId", by("displayName", "finance")).error(), "ResourceNotFoundException");
  EXPECT_EQ(console.directory("GetUserId", by("title", "x")).error(), "ValidationException");
  const json::object external{
      {"AlternateIdentifier", json::object{{"ExternalId", json::object{{"Issuer", "okta"}, {"Id", "1"}}}}}};
  EXPECT_EQ(console.directory("GetUserId", external).error(), "ResourceNotFoundException");
  const Reply missing = console.directory("GetUserId");
  EXPECT_NE(missing.message().find("'alternateIdentifier'"), std::string::npos);
}

TEST(IdentityStore, TellsWhetherAMemberIsInGroups) {
  Console console;
  const Reply reply = console.directory(
      "IsMemberInGroups",
      {{"MemberId", json::object{{"UserId", id_of(console, "bo")}}},
       {"GroupIds", json::array{json::value(id_of(console, "TeamLeads")), json::value(id_of(console, "Security"))}}});
  const auto& results = reply.body.at("Results").as_array();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[0].at("MembershipExists").as_bool());
  EXPECT_FALSE(results[1].at("MembershipExists").as_bool());
  EXPECT_EQ(console
                .directory("IsMemberInGroups",
                           {{"MemberId", json::object{{"UserId", id_of(console, "bo")}}}, {"GroupIds", json::array{}}})
                .error(),
            "ValidationException");
}

TEST(IdentityStore, DoesNotFindWhatIsNotThere) {
  Console console;
  constexpr const char* kNobody = "00000000-0000-4000-8000-000000000000";
  const auto type = [&](std::string_view operation, json::object input) {
    const Reply reply = console.directory(operation, std::move(input));
    EXPECT_EQ(reply.error(), "ResourceNotFoundException");
    return std::string(std::string_view(reply.body.at("ResourceType").as_string()));
  };
  EXPECT_EQ(type("DescribeUser", {{"UserId", kNobody}}), "USER");
  EXPECT_EQ(type("DescribeGroup", {{"GroupId", kNobody}}), "GROUP");
  EXPECT_EQ(type("ListGroupMemberships", {{"GroupId", kNobody}}), "GROUP");
  EXPECT_EQ(type("ListGroupMembershipsForMember", {{"MemberId", json::object{{"UserId", kNobody}}}}), "USER");
  const json::object member{{"UserId", id_of(console, "bo")}};
  EXPECT_EQ(type("IsMemberInGroups", {{"MemberId", member}, {"GroupIds", json::array{kNobody}}}), "GROUP");
  EXPECT_EQ(type("ListUsers", {{"IdentityStoreId", "d-0000000000"}}), "IDENTITY_STORE");
}

}  // namespace
}  // namespace ag::sandbox
