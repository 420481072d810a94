#include "access/policy_index.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "access/levels.hpp"
#include "access/test_index.hpp"
#include "access/test_random.hpp"

namespace ag::access {
namespace {

using test::a_company;
using Numbers = std::vector<std::uint32_t>;

constexpr std::string_view kApprovals = "approval_policies: {nobody: {steps: []}}\n";

PolicyIndex index_of(std::string_view rules, const test::Company& company = a_company()) {
  return test::index_of(fmt::format("{}{}", rules, kApprovals), test::shared(company));
}
const PermissionSet& set_of(const PolicyIndex& index, std::string_view name) {
  return **index.organization().permission_set(name, "");
}
const Account& account_of(const PolicyIndex& index, std::string_view name) {
  return **index.organization().account(name, "");
}

TEST(Bits, TellTheirPositions) {
  Bits bits(200);
  for (const auto at : {0U, 63U, 64U, 199U}) bits.set(at);
  EXPECT_EQ(bits.positions(), (Numbers{0, 63, 64, 199}));
  EXPECT_EQ(Bits(0).positions(), Numbers{});
}

TEST(PolicyIndex, HasAColumnForEachRule) {
  const auto index = index_of(R"(
rules:
  - {id: a, who: {groups: [Developers]}, what: [ReadOnly], where: {ou: /Workloads}, max: 1h, approval: nobody}
  - {id: b, who: {everyone: true}, what: ["*"], where: {accounts: [play, "222222222222"]}, max: 1h, approval: nobody}
  - {id: c, who: {users: [ana]}, what: [Deploy, Nothing], where: [all], max: 1h, approval: nobody}
)");
  EXPECT_EQ(index.of(**index.organization().user("ana", "")).rules.positions(), (Numbers{0, 1, 2}));
  EXPECT_EQ(index.of(**index.organization().user("cleo", "")).rules.positions(), Numbers{1});
  EXPECT_EQ(index.of(account_of(index, "shop-prod")).rules.positions(), (Numbers{0, 1, 2}));
  EXPECT_EQ(index.of(account_of(index, "play")).rules.positions(), (Numbers{1, 2}));
  EXPECT_EQ(index.rules_of(set_of(index, "Deploy")), (Numbers{1, 2}));
  EXPECT_EQ(index.rules_of(set_of(index, "ReadOnly")), (Numbers{0, 1}));
}

TEST(PolicyIndex, TakesATextForAnIdBeforeAName) {
  const auto company =
      a_company().with(Account{AccountId("777777777777"), "333344445555", "", "ACTIVE", {}, "", {}}, "/");
  const auto index = index_of(
      "rules:\n  - {id: r, who: {everyone: true}, what: [ReadOnly], where: {accounts: [\"333344445555\"]}, max: 1h, "
      "approval: nobody}\n",
      company);
  EXPECT_EQ(index.of(account_of(index, "payments-prod")).rules.positions(), Numbers{0});
  EXPECT_EQ(index.of(account_of(index, "777777777777")).rules.positions(), Numbers{})
      << "who may name accounts must not take another's place";
}

TEST(PolicyIndex, DoesNotTakeTwoTargetsForOneWhoseTextsRunTogether) {
  Policy policy;
  policy.approvals["nobody"] = {};
  const auto rule = [&](std::vector<std::string> accounts) {
    Rule rule{.id = "r", .max = Duration::hours(1), .approval = "nobody"};
    rule.what.names = {"*"};
    rule.where = {Target{.accounts = std::move(accounts)}};
    policy.rules.push_back(rule);
  };
  rule({"play\tshop-dev"});
  rule({"play", "shop-dev"});
  rule({"play\tshop-dev\t"});
  const PolicyIndex index(std::make_shared<const Policy>(policy), test::shared(a_company()));
  EXPECT_EQ(index.of(account_of(index, "play")).rules.positions(), Numbers{1});
}

TEST(PolicyIndex, KnowsWhichRowsOfGuardrailsAreTheSame) {
  const auto index = index_of(R"(
guardrails:
  - {id: g, where: {ou: /Workloads/Prod}, what: [ReadOnly], require: {max: 1h}}
)");
  EXPECT_EQ(index.guardrail_row(account_of(index, "shop-prod")),
            index.guardrail_row(account_of(index, "payments-prod")));
  EXPECT_NE(index.guardrail_row(account_of(index, "shop-prod")), index.guardrail_row(account_of(index, "play")));
  EXPECT_EQ(index.guardrail_row(set_of(index, "Deploy")), index.guardrail_row(set_of(index, "PowerUser")));
  EXPECT_NE(index.guardrail_row(set_of(index, "Deploy")), index.guardrail_row(set_of(index, "ReadOnly")));
}

TEST(PolicyIndex, KnowsLevelsAsThePolicyDeclaresThem) {
  test::Random random(51);
  for (int round = 0; round < 50; ++round) {
    const PolicyIndex index(std::make_shared<const Policy>(test::random_policy(random)),
                            std::make_shared<const Organization>(test::random_snapshot(random)));
    for (const auto* set : index.permission_sets())
      EXPECT_EQ(index.level_of(*set), access::level_of(index.policy(), *set));
  }
}

TEST(Organization, FindsOneOfANameAndNobodyOfTwo) {
  const auto company = a_company().with(Group{GroupId("g-other"), "Security", {}}).with_user("u-ana");
  const auto organization = company.organization();
  EXPECT_EQ(organization.find_group("TeamLeads")->id, test::group_id("TeamLeads"));
  EXPECT_EQ(organization.find_group("g-TeamLeads")->name, "TeamLeads");
  EXPECT_EQ(organization.find_group("Security"), nullptr) << "two have the name";
  EXPECT_EQ(organization.find_group("Nobody"), nullptr);
  EXPECT_EQ(organization.find_user("u-ana")->user_name, "ana") << "an id comes before a name";
  EXPECT_EQ(organization.find_user(""), nullptr);
}

}  // namespace
}  // namespace ag::access
