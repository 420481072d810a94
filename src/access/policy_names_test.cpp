#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "access/policy.hpp"
#include "access/test_company.hpp"
#include "access/test_policy.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::changed;
using test::kValid;
using test::kWordy;
using test::spoilt;

std::vector<std::string> unknown_in(std::string_view text, const test::Company& company) {
  const auto policy = parse_policy(text);
  AG_ASSERT(policy.has_value());
  std::vector<std::string> all;
  for (const auto& p : check_names(*policy, company.organization())) {
    EXPECT_GT(p.line, 0) << p.where << ": " << p.message;
    all.push_back(fmt::format("{} {} {}", p.line, p.where, p.code));
  }
  return all;
}

/// The company that kWordy is meant for.
test::Company wordy_company() {
  auto company = a_company().with_group("team-shop", {"ana"});
  const auto& snapshot = company.snapshot();
  Account shop = *std::ranges::find(snapshot.accounts, "shop-prod", &Account::name);
  shop.tags.push_back({"owner", "TeamLeads"});
  PermissionSet deploy = *std::ranges::find(snapshot.permission_sets, "Deploy", &PermissionSet::name);
  deploy.tags = std::vector<Tag>{{"owner", "dora"}};
  User ana = *std::ranges::find(snapshot.users, "ana", &User::user_name);
  ana.manager = "cleo";
  return std::move(company).with(shop, "/Workloads/Prod").with(deploy).with(ana);
}

/// The messages too.
std::vector<std::string> said_of(std::string_view text, const test::Company& company) {
  const auto policy = parse_policy(text);
  AG_ASSERT(policy.has_value());
  std::vector<std::string> all;
  for (const auto& p : check_names(*policy, company.organization()))
    all.push_back(fmt::format("{} {}: {}", p.line, p.where, p.message));
  return all;
}

TEST(CheckNames, IsContentWithNamesThatAreThere) {
  EXPECT_EQ(unknown_in(kValid, a_company()), std::vector<std::string>{});
  EXPECT_EQ(said_of(kWordy, wordy_company()), std::vector<std::string>{});
}

TEST(CheckNames, SaysNothingBeforeAwsWasRead) {
  EXPECT_TRUE(check_names(*parse_policy(changed("[Developers]", "[Nobody]")), Organization{}).empty());
}

TEST(CheckNames, TellsEveryPlaceWhereANameIsUnknown) {
  using Told = std::vector<std::string>;
  EXPECT_EQ(unknown_in(changed("/Workloads/Prod", "/Workloads/Prd"), a_company()),
            (Told{"3 targets.prod unknown_unit", "3 deploy.where unknown_unit", "3 prod-alone.where unknown_unit"}));
  EXPECT_EQ(unknown_in(changed("\"333344445555\"", "\"999999999999\""), a_company()),
            (Told{"5 targets.pay unknown_account", "5 break_glass.where unknown_account"}));
  EXPECT_EQ(unknown_in(changed("ProdAdmin:", "ProdAdmn:"), a_company()),
            (Told{"7 permission_sets.ProdAdmn unknown_permission_set"}));
  EXPECT_EQ(unknown_in(changed("[Developers]", "[Developer]"), a_company()), (Told{"9 power.who unknown_group"}));
  EXPECT_EQ(unknown_in(changed("[PowerUser]", "[PowerUser, \"Nope*\", \"Power*\"]"), a_company()),
            (Told{"9 power.what matches_nothing"}));
  EXPECT_EQ(unknown_in(changed("[Oncall]", "[Oncal]"), a_company()), (Told{"15 deploy.who unknown_group"}));
  EXPECT_EQ(unknown_in(changed("user: cleo", "user: cloe"), a_company()),
            (Told{"29 approval_policies.lead unknown_user"}));
  EXPECT_EQ(unknown_in(changed("    where: [prod]\n    when", "    where: {ou: /Prod}\n    when"), a_company()),
            (Told{"24 prod-alone.where unknown_unit"}));
  EXPECT_EQ(unknown_in(changed("[SecurityAudit]", "[SecAudit]"), a_company()),
            (Told{"31 break_glass.what unknown_permission_set"}));
  EXPECT_EQ(unknown_in(changed("notify: [Security]", "notify: [Secure]"), a_company()),
            (Told{"31 break_glass.notify unknown_group"}));
}

TEST(CheckNames, TellsStepsThatHaveFewerPeopleThanTheyNeed) {
  const auto company = a_company().with_group("TeamLeads", {"gone", "ana"});
  const auto text = changed("need: 1", "need: 3");
  EXPECT_EQ(unknown_in(text, company), std::vector<std::string>{"29 approval_policies.lead too_few_people"});
  EXPECT_EQ(unknown_in(changed("need: 1", "need: 2"), company), std::vector<std::string>{});
}

TEST(CheckNames, TellsNewWordsToo) {
  using Told = std::vector<std::string>;
  const auto told = [](std::string_view from, std::string_view to) {
    return unknown_in(spoilt(kWordy, from, to), wordy_company());
  };
  EXPECT_EQ(told("turns: [{user: ana}", "turns: [{user: anna}"), (Told{"10 on_call.platform unknown_user"}));
  EXPECT_EQ(told("{group: Oncall}]", "{group: Ocall}]"), (Told{"10 on_call.platform unknown_group"}));
  EXPECT_EQ(told("    who: {groups: [Developers], except", "    who: {groups: [Devlopers], except"),
            (Told{"32 outsiders.who unknown_group"}));
  EXPECT_EQ(told("except: [\"*Admin\"]", "except: [\"*Root\"]"), (Told{"16 deploy.what matches_nothing"}));
  EXPECT_EQ(told("names: [SecurityAudit", "names: [SecAudit"), (Told{"41 duties.never_with unknown_permission_set"}));
  EXPECT_EQ(told("team-*", "squad-*"), (Told{"32 outsiders.other_team matches_nothing"}));
  EXPECT_EQ(told("{account_tag: owner}", "{account_tag: ownr}"), (Told{"49 approval_policies.lead matches_nothing"}));
  EXPECT_EQ(told("{permission_set_tag: owner}", "{permission_set_tag: ownr}"),
            (Told{"49 approval_policies.lead matches_nothing"}));
  EXPECT_EQ(told("[{group: Security}]}", "[{group: Secure}]}"),
            (Told{"54 approval_policies.lead.escalate unknown_group"}));
  EXPECT_EQ(told("[{group: Security}]}", "[{group: Empty}]}"),
            (Told{"54 approval_policies.lead.escalate too_few_people"}));
  EXPECT_EQ(told("[{group: Security}, {user: ana}]", "[{user: annna}]"), (Told{"56 change_control unknown_user"}));
  EXPECT_EQ(told("[{group: Security}, {user: ana}]", "[{group: Empty}]"), (Told{"56 change_control too_few_people"}));
  EXPECT_EQ(told("who: ana, what: ProdAdmin", "who: anna, what: Admin"),
            (Told{"58 expect[0].who unknown_user", "58 expect[0].what unknown_permission_set"}));
  EXPECT_EQ(told("where: \"222222222222\"", "where: shop"), (Told{"59 expect[1].where unknown_account"}));
}

TEST(CheckNames, TellsTagsThatNoAccountHas) {
  EXPECT_EQ(said_of(changed("[sandbox, dev]", "[sandbox, deev]"), a_company()),
            (std::vector<std::string>{"4 targets.play: no account has the tag env=deev",
                                      "4 power.where: no account has the tag env=deev"}));
}

TEST(CheckNames, TellsOwnersThatAreNeitherGroupNorUser) {
  const auto company = wordy_company()
                           .with({AccountId("777777777777"), "a", "", "ACTIVE", {}, "", {{"owner", "nobody"}}}, "/")
                           .with({AccountId("777777777778"), "b", "", "ACTIVE", {}, "", {{"owner", "ben"}}}, "/");
  EXPECT_EQ(
      said_of(kWordy, company),
      (std::vector<std::string>{"49 approval_policies.lead: the tag \"owner\" names neither a group nor a user in 1 "
                                "of 3 accounts: a (\"nobody\")"}));
}

TEST(CheckNames, TellsThatTagsOfPermissionSetsWereNotRead) {
  auto company = wordy_company().with_set("Deploy");
  EXPECT_EQ(said_of(kWordy, company),
            (std::vector<std::string>{
                "49 approval_policies.lead: the tags of permission sets were not read: this names nobody"}));
}

TEST(CheckNames, TellsThatTheDirectoryNamesNoManagers) {
  const User ana{test::user_id("ana"), "ana", "ana", test::mail_of("ana"), true};
  EXPECT_EQ(said_of(kWordy, wordy_company().with(ana)),
            (std::vector<std::string>{"51 approval_policies.lead: the directory names nobody's manager"}));
}

// Whoever is named in an exception or a guardrail is to be kept out: a slip there leaves a door open.
TEST(CheckNames, SaysLoudlyWhereAnUnknownNameClosesNothing) {
  const auto closes_nothing = [](std::string_view text) {
    const auto said = said_of(text, wordy_company());
    EXPECT_FALSE(said.empty());
    return std::ranges::any_of(said, [](const auto& each) { return each.ends_with("it closes nothing"); });
  };
  for (const auto& text : {
           changed("except: {groups: [Oncall]}", "except: {groups: [Oncal]}"),
           changed("except: {groups: [Oncall]}", "except: {users: [bben]}"),
           changed("{ou: /Workloads/Prod}", "{ou: /Workloads/Prod, except: {ou: /Workloads/Prd}}"),
           changed("{ou: /Workloads/Prod}", "{ou: /Workloads/Prod, except: {tag: {env: [prd]}}}"),
           changed("[Deploy, ReadOnly]", "{names: [Deploy], except: [\"*Root\"]}"),
           changed("    where: [prod]\n    when", "    where: {ou: /Prod}\n    when"),
           changed("    where: [prod]\n    when", "    what: [Admin]\n    when"),
           changed("    where: [prod]\n    when", "    who: {groups: [Contractors]}\n    when"),
           spoilt(kWordy, "names: [SecurityAudit", "names: [SecAudit"),
           spoilt(kWordy, "team-*", "squad-*"),
       }) {
    EXPECT_TRUE(closes_nothing(text)) << text;
  }
  for (const auto& text : {
           changed("[Developers]", "[Developer]"),
           changed("where: [play]", "where: {ou: /Play}"),
           changed("[PowerUser]", "[PowerUsr]"),
           changed("    where: [prod]\n    when", "    who: {everyone: true, except: {users: [bben]}}\n    when"),
           changed("    where: [prod]\n    when", "    where: {all: true, except: {ou: /Prod}}\n    when"),
           changed("    where: [prod]\n    when", "    what: {names: [\"*\"], except: [ReadOly]}\n    when"),
           changed("user: cleo", "user: cloe"),
       }) {
    EXPECT_FALSE(closes_nothing(text)) << text;
  }
}

TEST(CheckNames, CountsPeopleInTheWorstTurnOnCall) {
  const auto with = [](std::string_view any_of, int need) {
    return said_of(
        spoilt(kWordy, "[{manager: true}, {on_call: platform}]\n", fmt::format("{}\n        need: {}\n", any_of, need)),
        wordy_company().with_group("Oncall", {"ben", "finn"}));
  };
  EXPECT_EQ(with("[{on_call: platform}]", 2),
            (std::vector<std::string>{"51 approval_policies.lead: 2 must agree, but only 1 could"}));
  EXPECT_TRUE(with("[{on_call: platform}, {user: ben}]", 2).empty());
  EXPECT_EQ(with("[{on_call: platform}, {user: ana}, {manager: true}]", 4),
            (std::vector<std::string>{"51 approval_policies.lead: 4 must agree, but only 2 could"}));
}

TEST(CheckNames, TellsThatNobodyIsToldOfBreakGlass) {
  EXPECT_EQ(unknown_in(changed("notify: [Security]", "notify: [Empty]"), a_company()),
            std::vector<std::string>{"31 break_glass.notify nobody_told"});
}

TEST(CheckNames, TellsAnUnknownPartyOnceAndNotThatItIsMissing) {
  EXPECT_EQ(said_of(changed("any_of: [{group: TeamLeads}, {user: cleo}]", "any_of: [{group: TeamLead}]"), a_company()),
            (std::vector<std::string>{"29 approval_policies.lead: there is no group \"TeamLead\"; did you mean "
                                      "\"TeamLeads\"?"}));
}

}  // namespace
}  // namespace ag::access
