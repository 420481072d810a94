#include "access/policy_effect.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "access/test_index.hpp"
#include "base/json.hpp"

namespace ag::access {
namespace {

using test::a_company;
using Names = std::vector<std::string>;

constexpr std::string_view kRules = R"(
permission_sets: {ReadOnly: {level: low}, Deploy: {level: medium}, PowerUser: {level: high}}
approval_policies:
  nobody: {steps: []}
  lead: {steps: [{any_of: [{group: TeamLeads}, {group: Security}]}]}
rules:
  - {id: look, who: {groups: [Developers]}, what: [ReadOnly], where: [all], max: 8h, approval: nobody}
  - {id: change, who: {groups: [Developers]}, what: [Deploy], where: [all], max: 4h, approval: lead, extend: {times: 2, by: 1h}}
)";

Names remarks_of(std::string_view text, const test::Company& company = a_company()) {
  Names all;
  for (const auto& it : remarks(test::index_of(text, test::shared(company)))) {
    EXPECT_GT(it.line, 0);
    all.push_back(fmt::format("{} {}: {}", it.line, it.where, it.message));
  }
  return all;
}

/// Of one guardrail beside the rules; it stands on line 11.
Names guarded(std::string_view guardrail, const test::Company& company = a_company()) {
  return remarks_of(fmt::format("{}guardrails:\n  - {{id: g, {}}}\n", kRules, guardrail), company);
}
/// Of one rule more.
Names ruled(std::string_view rule) { return remarks_of(fmt::format("{}  - {{id: r, {}}}\n", kRules, rule)); }

TEST(Remarks, AreNoneOfAPolicyThatDoesWhatItSays) {
  EXPECT_EQ(remarks_of(kRules), Names{});
  EXPECT_EQ(guarded("where: [all], what: [Deploy], require: {approvers: 2, max: 2h}"), Names{});
  EXPECT_EQ(guarded("where: {ou: /Workloads/Prod, tag: {team: shop}}, forbid: true"), Names{});
  EXPECT_EQ(guarded("what: [\"*\"], never_with: [Deploy]"), Names{});
  EXPECT_EQ(guarded("what: [Deploy], never_with: [Deploy, PowerUser]"), Names{});
}

TEST(Remarks, TellAGuardrailThatClosesNothing) {
  EXPECT_EQ(guarded("where: {ou: /Workloads/Prod, accounts: [shop-dev]}, forbid: true"),
            Names{"11 g.where: it fits no active account today: it closes nothing"});
  EXPECT_EQ(guarded("where: {accounts: [old]}, forbid: true"),
            Names{"11 g.where: it fits no active account today: it closes nothing"});
  EXPECT_EQ(guarded("what: [Deploy], when: {level: [critical]}, forbid: true"),
            Names{"11 g.what: it fits no permission set today: it closes nothing"});
  EXPECT_EQ(guarded("who: {groups: [Empty]}, require: {approvers: 2}"),
            Names{"11 g.who: it fits no enabled person today: it closes nothing"});
  EXPECT_EQ(guarded("what: [Deploy], never_with: [Deploy]"),
            Names{"11 g.never_with: Deploy alone is on both sides, and nothing is kept apart from itself: it closes "
                  "nothing"});
  EXPECT_EQ(guarded("what: [Deploy], never_with: {names: [PowerUser], level: [low]}"),
            Names{"11 g.never_with: it fits no permission set today: it closes nothing"});
}

TEST(Remarks, SayOnceWhatAnUnknownNameExplains) {
  EXPECT_EQ(guarded("where: {ou: /Workloads/Prd}, forbid: true").size(), 1U);
  EXPECT_EQ(guarded("what: [Deplyo], forbid: true").size(), 1U);
  EXPECT_EQ(guarded("who: {groups: [Develpers]}, forbid: true").size(), 1U);
  EXPECT_EQ(guarded("what: [Deploy], never_with: [Deplyo]").size(), 1U);
}

TEST(Remarks, TellARuleThatOpensNothing) {
  EXPECT_EQ(ruled("who: {groups: [Developers]}, what: {names: [Deploy], level: [critical]}, where: [all], max: 1h, "
                  "approval: lead"),
            Names{"10 r.what: it fits no permission set today: it opens nothing"});
  EXPECT_EQ(ruled("who: {groups: [Empty]}, what: [Deploy], where: {ou: /Sandbox, tag: {env: [prod]}}, max: 1h, "
                  "approval: lead"),
            (Names{"10 r.where: it fits no active account today: it opens nothing",
                   "10 r.who: it fits no enabled person today: it opens nothing"}));
}

TEST(Remarks, TellABreakGlassThatOpensNothing) {
  EXPECT_EQ(remarks_of(fmt::format("{}break_glass: {{who: {{groups: [Oncall]}}, what: {{names: [Deploy], level: "
                                   "[high]}}, where: [all], notify: [Security]}}\n",
                                   kRules)),
            Names{"10 break_glass.what: it fits no permission set today: it opens nothing"});
}

TEST(Remarks, TellTheRulesThatAGuardrailClosesWithMoreApproversThanThereAre) {
  EXPECT_EQ(guarded("where: [all], what: [Deploy], require: {approvers: 9}"),
            Names{"11 g.require.approvers: 9 must agree, and so many cannot: where it fits it closes change (line 9)"});
  EXPECT_EQ(guarded("where: [all], require: {approvers: 1}"),
            Names{"11 g.require.approvers: 1 must agree, and so many cannot: where it fits it closes look (line 8)"})
      << "steps that are empty have nobody to give";
  // cleo, dora, emil and ana-admin, who is ana: four for ben, three for ana.
  EXPECT_EQ(guarded("where: [all], what: [Deploy], require: {approvers: 4}"), Names{});
  EXPECT_EQ(guarded("who: {users: [ana]}, what: [Deploy], require: {approvers: 4}"),
            Names{"11 g.require.approvers: 4 must agree, and so many cannot: where it fits it closes change (line 9)"});
}

TEST(Remarks, TellALongestTimeThatShortensNothing) {
  EXPECT_EQ(guarded("where: [all], require: {max: 200h}"),
            Names{"11 g.require.max: no rule that it fits gives more than 8h: that it is 8d8h at most closes nothing"});
  EXPECT_EQ(guarded("where: [all], what: [Deploy], require: {max: 5h}"), Names{}) << "4h, and twice 1h more";
  EXPECT_EQ(guarded("where: [all], what: [Deploy], require: {max: 6h}").size(), 1U);
  EXPECT_EQ(guarded("where: [all], what: [PowerUser], require: {max: 200h}"), Names{}) << "there is no rule yet";
}

TEST(Remarks, SayWhatFollowsFromALevelOfNothing) {
  EXPECT_EQ(
      remarks_of("permission_sets: {ProdAdmn: {level: critical}}\n"),
      Names{"2 permission_sets.ProdAdmn: there is no permission set \"ProdAdmn\"; did you mean \"ProdAdmin\"?; as "
            "it stands it says the level of nothing: what it means keeps the level that it has, and guardrails "
            "and approvals go by that"});
}

TEST(Remarks, AreOfTheTextAloneBeforeAwsWasRead) {
  const auto parsed =
      parse_policy(fmt::format("version: 1\n{}guardrails:\n  - {{id: g, what: [Nope], forbid: true}}\n", kRules));
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(remarks({std::make_shared<const Policy>(*parsed), std::make_shared<const Organization>()}).empty());
}

TEST(Everyone, StandsAlone) {
  for (const std::string_view who : {"{groups: [Developers], everyone: true}", "{users: [ana], everyone: true}"}) {
    const auto problems = test::problems_of(test::changed("{groups: [Developers]}", who));
    ASSERT_EQ(problems.size(), 1U) << who;
    EXPECT_EQ(problems[0].line, 10);
    EXPECT_EQ(problems[0].where, "rules[0].who");
    EXPECT_EQ(problems[0].code, "contradiction");
    EXPECT_NE(problems[0].message.find("leave out one or the other"), std::string::npos);
  }
  EXPECT_TRUE(test::problems_of(test::changed("{groups: [Developers]}", "{everyone: true, except: {groups: [Oncall]}}"))
                  .empty());
}

class RemarksOfDocs : public testing::TestWithParam<std::string_view> {};
TEST_P(RemarksOfDocs, AreNone) {
  const auto document = [](const std::string& name) {
    std::ifstream in(std::string(AG_SOURCE_DIR) + "/docs/policies/" + name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string name(GetParam());
  auto policy = parse_policy(document(name + ".yaml"));
  ASSERT_TRUE(policy);
  auto snapshot = from_json<Snapshot>(*parse_json(document(name + ".organization.json")));
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(test::told(remarks({std::make_shared<const Policy>(std::move(*policy)),
                                std::make_shared<const Organization>(std::move(*snapshot))})),
            "");
}
INSTANTIATE_TEST_SUITE_P(OfDocs, RemarksOfDocs, testing::Values("startup", "company", "bank", "platform", "tags"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace ag::access
