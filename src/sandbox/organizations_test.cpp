#include <gtest/gtest.h>

#include <set>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::Reply;

std::string text(const json::value& value) { return std::string(std::string_view(value.as_string())); }

/// The tree walked from the root: account names by the path of unit names.
void walk(Console& console, const std::string& parent, const std::string& path,
          std::map<std::string, std::string>& out) {
  for (const auto& account : console.all_organization("ListAccountsForParent", "Accounts", {{"ParentId", parent}})) {
    out[text(account.at("Name"))] = path;
  }
  for (const auto& unit :
       console.all_organization("ListOrganizationalUnitsForParent", "OrganizationalUnits", {{"ParentId", parent}})) {
    walk(console, text(unit.at("Id")), path + "/" + text(unit.at("Name")), out);
  }
}

TEST(Organizations, IsATreeThatHoldsEveryAccountOnce) {
  Console console(1, {.page_size = 2});
  const auto roots = console.all_organization("ListRoots", "Roots");
  ASSERT_EQ(roots.size(), 1U);
  std::map<std::string, std::string> tree;
  walk(console, text(roots[0].at("Id")), "", tree);
  EXPECT_EQ(tree.size(), 14U);
  EXPECT_EQ(tree["example-management"], "");
  EXPECT_EQ(tree["prod-payments"], "/Workloads/Prod");
  EXPECT_EQ(tree["staging-web"], "/Workloads/Staging");
  EXPECT_EQ(tree["security-audit"], "/Security");
  std::set<std::string> listed;
  for (const auto& account : console.all_organization("ListAccounts", "Accounts")) {
    listed.insert(text(account.at("Name")));
    EXPECT_EQ(account.at("State"), account.at("Status"));
    EXPECT_TRUE(text(account.at("Paths").as_array().at(0)).starts_with("o-"));
    EXPECT_EQ(account.at("State").as_string(),
              account.at("Name").as_string() == "legacy-shop" ? "SUSPENDED" : "ACTIVE");
  }
  EXPECT_EQ(listed.size(), 14U);
}

TEST(Organizations, SendsEmptyPagesNowAndThen) {
  std::size_t empty = 0;
  std::size_t pages = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Console console(seed, {.page_size = 2});
    std::vector<std::size_t> sizes;
    EXPECT_EQ(console.all_organization("ListAccounts", "Accounts", {}, &sizes).size(), 14U);
    pages += sizes.size();
    for (const std::size_t size : sizes) empty += size == 0 ? 1U : 0U;
  }
  EXPECT_GT(empty, 5U);
  EXPECT_LT(empty, pages / 2);
}

TEST(Organizations, KnowsParentsAndChildrenFromBothSides) {
  Console console;
  const std::string account = console.slot("prod-web", "ReadOnly", "ana").account.str();
  const auto parents = console.all_organization("ListParents", "Parents", {{"ChildId", account}});
  ASSERT_EQ(parents.size(), 1U);
  EXPECT_EQ(parents[0].at("Type").as_string(), "ORGANIZATIONAL_UNIT");
  const std::string prod = text(parents[0].at("Id"));
  std::set<std::string> children;
  for (const auto& child :
       console.all_organization("ListChildren", "Children", {{"ParentId", prod}, {"ChildType", "ACCOUNT"}})) {
    children.insert(text(child.at("Id")));
  }
  EXPECT_EQ(children.size(), 3U);
  EXPECT_TRUE(children.contains(account));
  const auto above = console.all_organization("ListParents", "Parents", {{"ChildId", prod}});
  const auto top = console.all_organization("ListParents", "Parents", {{"ChildId", text(above[0].at("Id"))}});
  EXPECT_EQ(top[0].at("Type").as_string(), "ROOT");
  EXPECT_EQ(console
                .all_organization("ListChildren", "Children",
                                  {{"ParentId", text(top[0].at("Id"))}, {"ChildType", "ORGANIZATIONAL_UNIT"}})
                .size(),
            5U);
}

TEST(Organizations, DescribesAccountsAndUnits) {
  Console console;
  const std::string account = console.slot("prod-web", "ReadOnly", "ana").account.str();
  const Reply described = console.organization("DescribeAccount", {{"AccountId", account}});
  EXPECT_EQ(described.at("Account", "Name"), "prod-web");
  const auto parents = console.all_organization("ListParents", "Parents", {{"ChildId", account}});
  const Reply unit =
      console.organization("DescribeOrganizationalUnit", {{"OrganizationalUnitId", parents[0].at("Id")}});
  EXPECT_EQ(unit.at("OrganizationalUnit", "Name"), "Prod");
  EXPECT_EQ(text(described.body.at("Account").at("Paths").as_array().at(0)),
            unit.at("OrganizationalUnit", "Path") + account + "/");
}

TEST(Organizations, TagsAccountsWithTheirTeamAndEnvironment) {
  Console console(1, {.page_size = 2});
  std::map<std::string, std::string> tags;
  for (const auto& tag :
       console.all_organization("ListTagsForResource", "Tags",
                                {{"ResourceId", console.slot("prod-payments", "ReadOnly", "ana").account.str()}})) {
    tags[text(tag.at("Key"))] = text(tag.at("Value"));
  }
  EXPECT_EQ(tags, (std::map<std::string, std::string>{{"cost-center", "cc-2100"},
                                                      {"data-classification", "restricted"},
                                                      {"env", "prod"},
                                                      {"owner", "TeamLeads"},
                                                      {"team", "payments"}}));
}

TEST(ControlPolicies, AreOneOfAwsAndOneToBeChangedAtTheRoot) {
  Console console(1, {.page_size = 1});
  const std::string root = text(console.all_organization("ListRoots", "Roots")[0].at("Id"));
  std::set<std::string> names;
  for (const auto& policy : console.all_organization("ListPoliciesForTarget", "Policies",
                                                     {{"TargetId", root}, {"Filter", "SERVICE_CONTROL_POLICY"}})) {
    names.insert(text(policy.at("Name")));
  }
  EXPECT_EQ(names, (std::set<std::string>{"AccessGuardSessionEnd", "FullAWSAccess"}));
  EXPECT_EQ(console.all_organization("ListPolicies", "Policies", {{"Filter", "SERVICE_CONTROL_POLICY"}}).size(), 2U);
  const std::string account = console.slot("prod-web", "ReadOnly", "ana").account.str();
  EXPECT_TRUE(console
                  .all_organization("ListPoliciesForTarget", "Policies",
                                    {{"TargetId", account}, {"Filter", "SERVICE_CONTROL_POLICY"}})
                  .empty())
      << "attached directly";
  for (const ControlPolicy& policy : console.sandbox.control_policies()) {
    const Reply described = console.organization("DescribePolicy", {{"PolicyId", policy.id}});
    ASSERT_EQ(described.status, 200) << described.text;
    EXPECT_EQ(described.at("Policy", "Content"), policy.content);
    EXPECT_TRUE(parse_json(policy.content));
    EXPECT_EQ(policy.targets, std::vector{root});
    EXPECT_EQ(policy.updates, 0U);
    console.wait(Duration::seconds(1));
  }
}

TEST(ControlPolicies, SayWhatTheyAreAttachedTo) {
  Console console(1, {.page_size = 1});
  const ControlPolicy policy = console.sandbox.control_policies().at(1);
  const std::string root = policy.targets.at(0);
  const std::string unit = text(
      console.all_organization("ListOrganizationalUnitsForParent", "OrganizationalUnits", {{"ParentId", root}})[0].at(
          "Id"));
  const std::string account = console.slot("prod-web", "ReadOnly", "ana").account.str();
  ASSERT_TRUE(console.sandbox.attach_policy(policy.id, {root, account, unit}));
  std::map<std::string, std::string> types;
  for (const auto& target : console.all_organization("ListTargetsForPolicy", "Targets", {{"PolicyId", policy.id}})) {
    types[text(target.at("TargetId"))] = text(target.at("Type"));
    EXPECT_TRUE(text(target.at("Arn")).ends_with("/" + text(target.at("TargetId"))));
    EXPECT_FALSE(text(target.at("Name")).empty());
  }
  EXPECT_EQ(types,
            (std::map<std::string, std::string>{{root, "ROOT"}, {account, "ACCOUNT"}, {unit, "ORGANIZATIONAL_UNIT"}}));
  ASSERT_TRUE(console.sandbox.attach_policy(policy.id, {}));
  EXPECT_TRUE(console.all_organization("ListTargetsForPolicy", "Targets", {{"PolicyId", policy.id}}).empty());
  EXPECT_FALSE(console.sandbox.attach_policy("p-00000000", {}));
  EXPECT_EQ(console.organization("ListTargetsForPolicy", {{"PolicyId", "p-00000000"}}).error(),
            "PolicyNotFoundException");
}

TEST(ControlPolicies, AreChangedAndCounted) {
  Console console;
  const ControlPolicy before = console.sandbox.control_policies().at(1);
  const std::string content = R"({"Version":"2012-10-17","Statement":[]})";
  const Reply updated = console.organization("UpdatePolicy", {{"PolicyId", before.id}, {"Content", content}});
  ASSERT_EQ(updated.status, 200) << updated.text;
  EXPECT_EQ(updated.at("Policy", "Content"), content);
  const ControlPolicy after = console.sandbox.control_policies().at(1);
  EXPECT_EQ(after.content, content);
  EXPECT_EQ(after.updates, 1U);
  EXPECT_EQ(after.name, before.name);
}

TEST(ControlPolicies, RefuseWhatAwsRefuses) {
  Console console(1, {.calls_per_second = 0});
  const std::string id = console.sandbox.control_policies().at(1).id;
  const auto update = [&](std::string_view policy, std::string_view content) {
    return console.organization("UpdatePolicy", {{"PolicyId", policy}, {"Content", content}});
  };
  EXPECT_EQ(update(id, "nonsense").error(), "MalformedPolicyDocumentException");
  EXPECT_EQ(update(id, "{}").error(), "MalformedPolicyDocumentException");
  const auto of_size = [](std::size_t size) {
    const std::string frame = R"({"Statement":[],"x":""})";
    return R"({"Statement":[],"x":")" + std::string(size - frame.size(), ' ') + "\"}";
  };
  EXPECT_EQ(update(id, of_size(10'240)).status, 200);
  const Reply too_long = update(id, of_size(10'241));
  EXPECT_EQ(too_long.error(), "ConstraintViolationException") << "white space counts";
  EXPECT_EQ(too_long.body.at("Reason").as_string(), "POLICY_CONTENT_LIMIT_EXCEEDED");
  EXPECT_EQ(update("p-00000000", "{}").error(), "PolicyNotFoundException");
  EXPECT_EQ(console.organization("DescribePolicy", {{"PolicyId", "p-00000000"}}).error(), "PolicyNotFoundException");
  EXPECT_EQ(update("nonsense", "{}").error(), "InvalidInputException");
  EXPECT_EQ(update("p-FullAWSAccess", of_size(100)).body.at("Reason").as_string(), "IMMUTABLE_POLICY");
  EXPECT_EQ(console.sandbox.control_policies().at(1).updates, 1U) << "what was refused does not count";
  console.sandbox.disturb({.operation = "UpdatePolicy", .http_status = 400, .code = "ConcurrentModificationException"});
  EXPECT_EQ(update(id, of_size(100)).error(), "ConcurrentModificationException");
}

TEST(Organizations, RefusesInItsOwnWords) {
  Console console;
  EXPECT_EQ(console.organization("DescribeAccount", {{"AccountId", "999999999999"}}).error(),
            "AccountNotFoundException");
  EXPECT_EQ(console.organization("ListAccountsForParent", {{"ParentId", "r-zzzz"}}).error(), "ParentNotFoundException");
  EXPECT_EQ(console.organization("ListParents", {{"ChildId", "999999999999"}}).error(), "ChildNotFoundException");
  EXPECT_EQ(console.organization("DescribeOrganizationalUnit", {{"OrganizationalUnitId", "ou-zzzz-zzzzzzzz"}}).error(),
            "OrganizationalUnitNotFoundException");
  EXPECT_EQ(console.organization("ListTagsForResource", {{"ResourceId", "999999999999"}}).error(),
            "TargetNotFoundException");
  const Reply missing = console.organization("ListAccountsForParent");
  EXPECT_EQ(missing.error(), "InvalidInputException");
  EXPECT_EQ(missing.body.at("Reason").as_string(), "INPUT_REQUIRED");
  const Reply pattern = console.organization("DescribeAccount", {{"AccountId", "abc"}});
  EXPECT_EQ(pattern.body.at("Reason").as_string(), "INVALID_PATTERN");
  EXPECT_EQ(console.organization("ListAccounts", {{"MaxResults", 21}}).error(), "InvalidInputException");
  const Reply token = console.organization("ListAccounts", {{"NextToken", "nonsense"}});
  EXPECT_EQ(token.body.at("Reason").as_string(), "INVALID_PAGINATION_TOKEN");
}

}  // namespace
}  // namespace ag::sandbox
