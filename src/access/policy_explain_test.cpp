#include "access/policy_explain.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/test_asking.hpp"
#include "access/test_index.hpp"
#include "access/test_random.hpp"

namespace ag::access {
namespace {

using test::a_company;
using Names = std::vector<std::string>;

// Wednesday, 2026-01-07T12:00:00Z
constexpr Instant kNoon = Instant::from_seconds(1'767'787'200);

constexpr std::string_view kPolicy = R"(
permission_sets: {ReadOnly: {level: low}, Deploy: {level: medium}}
targets:
  pay: {accounts: [payments-prod]}
  prod: {ou: /Workloads/Prod, except: [pay]}
windows:
  office: {days: mon-fri, from: "08:00", to: "18:00", zone: UTC}
rules:
  - {id: look, who: {groups: [Developers], except: {users: [finn]}}, what: [ReadOnly], where: [all], max: 8h, approval: nobody}
  - {id: change, who: {groups: [Developers]}, what: [Deploy], where: [prod], max: 4h, approval: lead}
  - {id: longer, who: {everyone: true}, what: {names: ["*"], level: [medium, high], except: [ProdAdmin]}, where: [all], min: 30m, max: 8h, approval: two, during: [office]}
guardrails:
  - {id: words, where: [prod], what: [Deploy], require: {reason_min: 20, ticket: "T-[0-9]+"}}
  - {id: nights, where: [prod], when: {outside: [office]}, require: {approvers: 2}}
  - {id: payments, where: [pay], forbid: true}
  - {id: contractors, who: {groups: [Empty]}, where: [all], require: {max: 1h}}
approval_policies:
  nobody: {steps: []}
  lead: {steps: [{any_of: [{group: TeamLeads}]}]}
  two: {steps: [{any_of: [{group: TeamLeads}, {group: Security}], need: 2}]}
)";

Explanation explained(std::string_view who, std::string_view what, std::string_view where,
                      Duration duration = Duration::hours(1), Instant start = kNoon) {
  const auto index = test::index_of(kPolicy, test::shared(a_company()));
  const auto& organization = index.organization();
  return explain(index,
                 {**organization.user(who, ""), **organization.account(where, ""),
                  **organization.permission_set(what, ""), duration, start},
                 kNoon);
}

Names rules_of(const Explanation& it) {
  Names all;
  for (const auto& rule : it.rules) {
    all.push_back(fmt::format("{} ({}): {}", rule.id, rule.line,
                              rule.opens ? "opens" : fmt::format("{}: {}", name_of(*rule.stops_at), rule.why_not)));
  }
  return all;
}
Names guardrails_of(const Explanation& it) {
  Names all;
  for (const auto& rail : it.guardrails) {
    all.push_back(fmt::format("{} ({}): {}", rail.id, rail.line,
                              rail.applies ? rail.asks : fmt::format("{}: {}", name_of(*rail.stops_at), rail.why_not)));
  }
  return all;
}

TEST(Explain, TellsEachRuleAndTheFirstReasonWhyNot) {
  EXPECT_EQ(rules_of(explained("ana", "Deploy", "shop-prod")),
            (Names{"look (10): what: Deploy is none of ReadOnly", "change (11): opens", "longer (12): opens"}));
  EXPECT_EQ(rules_of(explained("finn", "ReadOnly", "payments-prod")),
            (Names{"look (10): who: finn is excepted by name", "change (11): what: ReadOnly is none of Deploy",
                   "longer (12): what: ReadOnly is low, not medium or high"}));
  EXPECT_EQ(rules_of(explained("cleo", "ProdAdmin", "play")),
            (Names{"look (10): who: cleo is none of Developers", "change (11): who: cleo is none of Developers",
                   "longer (12): what: ProdAdmin is excepted by ProdAdmin"}));
  EXPECT_EQ(rules_of(explained("ana", "Deploy", "payments-prod", Duration::hours(9)))[1],
            "change (11): where: payments-prod (/Workloads/Prod/Payments) is not in prod");
  EXPECT_EQ(rules_of(explained("ana", "Deploy", "shop-prod", Duration::hours(5)))[1],
            "change (11): duration: 5h is more than 4h");
  EXPECT_EQ(rules_of(explained("ana", "Deploy", "shop-prod", Duration::minutes(5)))[2],
            "longer (12): duration: 5m is less than 30m");
}

TEST(Explain, TellsWhichWindowIsClosedOrCloses) {
  const Instant night = kNoon + Duration::hours(10);
  EXPECT_EQ(rules_of(explained("ana", "Deploy", "shop-prod", Duration::hours(1), night))[2],
            "longer (12): time: 2026-01-07T22:00:00Z is not within office (mon-fri 08:00-18:00 UTC)");
  EXPECT_EQ(rules_of(explained("ana", "Deploy", "shop-prod", Duration::hours(7)))[2],
            "longer (12): time: office (mon-fri 08:00-18:00 UTC) closes at 2026-01-07T18:00:00Z, before 7h are over");
}

TEST(Explain, TellsEachGuardrailAndWhatItAsks) {
  EXPECT_EQ(guardrails_of(explained("ana", "Deploy", "shop-prod")),
            (Names{"words (14): a reason of 20 characters, a ticket like T-[0-9]+",
                   "nights (15): time: it holds outside office (mon-fri 08:00-18:00 UTC) only",
                   "payments (16): where: shop-prod (/Workloads/Prod) is not in pay",
                   "contractors (17): who: ana is none of Empty"}));
  EXPECT_EQ(guardrails_of(explained("ana", "Deploy", "shop-prod", Duration::hours(1), kNoon + Duration::hours(10)))[1],
            "nights (15): 2 at least must agree");
}

TEST(Explain, TellsTheVerdictAndWhoCouldAgreeToday) {
  const auto it = explained("ana", "Deploy", "shop-prod");
  EXPECT_TRUE(it.allowed);
  EXPECT_EQ(it.rule, "change");
  EXPECT_EQ(it.line, 11);
  ASSERT_EQ(it.steps.size(), 1U);
  EXPECT_EQ(it.steps[0].people, (Names{"cleo", "dora"})) << "ana-admin is ana, and gone is disabled";
  EXPECT_EQ(it.level, Level::kMedium);
  EXPECT_EQ(it.before_others, Names{"longer (line 12) asks for 2 to agree, not 1"});
  EXPECT_EQ(
      it.verdict,
      "ana may ask for Deploy in shop-prod for 1h under change (line 11): 1 of TeamLeads (cleo, dora) must agree, "
      "4h at most, with a reason of 20 characters, with a ticket like T-[0-9]+");
}

TEST(Explain, TellsTheRefusalAsWhoAsksWouldGetIt) {
  const auto forbidden = explained("ana", "ReadOnly", "payments-prod");
  EXPECT_FALSE(forbidden.allowed);
  EXPECT_EQ(forbidden.refusal->code, "forbidden");
  EXPECT_EQ(forbidden.rules[0].opens, true) << "a rule opens it, and a guardrail closes";
  EXPECT_NE(forbidden.verdict.find("payments (line 16)"), std::string::npos) << forbidden.verdict;
  EXPECT_EQ(explained("cleo", "ReadOnly", "play").refusal->code, "not_eligible");
}

TEST(Explain, HeedsWhatThePersonHolds) {
  const auto company = a_company().with(
      StandingAssignment{AccountId("222222222222"), test::set_arn("ReadOnly"), test::user_id("ana"), {}});
  test::World world = test::a_world(company);
  const auto ask = [&](const char* who) {
    const auto& organization = world.organization();
    return explain(world.state, world.index(),
                   {**organization.user(who, ""), **organization.account("222222222222", ""),
                    **organization.permission_set("ReadOnly", ""), Duration::minutes(10), world.now},
                   world.now);
  };
  const auto held = ask("ana");
  EXPECT_FALSE(held.allowed);
  EXPECT_EQ(held.refusal->code, "already_held");
  EXPECT_TRUE(ask("ben").allowed) << ask("ben").verdict;
}

TEST(Explain, TakesTheShortestThatARuleLetsThroughWhereNoDurationIsNamed) {
  const auto index = test::index_of(
      "rules:\n  - {id: long, who: {everyone: true}, what: [ReadOnly], where: {all: true}, min: 30m, max: "
      "2h, "
      "approval: none}\napproval_policies: {none: {steps: []}}\n",
      test::shared(a_company()));
  const auto& organization = index.organization();
  const Question question{**organization.user("ana", ""), **organization.account("222222222222", ""),
                          **organization.permission_set("ReadOnly", ""), std::nullopt, kNoon};
  const auto it = explain(index, question, kNoon);
  EXPECT_TRUE(it.allowed) << it.verdict;
  EXPECT_EQ(it.verdict.find(" for "), it.verdict.find(" for ReadOnly")) << it.verdict;
  const auto refused =
      explain(index, {question.user, question.account, question.permission_set, Duration::minutes(5), kNoon}, kNoon);
  EXPECT_FALSE(refused.allowed);
}

TEST(Explain, AgreesWithJudgeOnRandomPolicies) {
  test::Random random(41);
  std::size_t allowed = 0;
  for (std::size_t round = test::rounds(10); round > 0; --round) {
    const PolicyIndex index(std::make_shared<const Policy>(test::random_policy(random)),
                            std::make_shared<const Organization>(test::random_snapshot(random)));
    const Snapshot& snapshot = index.organization().snapshot();
    for (int i = 0; i < 20; ++i) {
      const Question question{
          random.pick(snapshot.users), random.pick(snapshot.accounts), random.pick(snapshot.permission_sets),
          Duration::minutes(static_cast<std::int64_t>(1 + random.below(40))), test::random_moment(random)};
      const auto it = explain(index, question, question.start);
      const auto opens = std::any_of(it.rules.begin(), it.rules.end(), [](const auto& rule) { return rule.opens; });
      if (it.allowed) ASSERT_TRUE(opens) << it.verdict;
      if (!opens) ASSERT_FALSE(it.allowed);
      for (const auto& rule : it.rules) {
        ASSERT_NE(rule.opens, rule.stops_at.has_value());
        ASSERT_EQ(rule.opens, rule.why_not.empty());
        ASSERT_EQ(rule.why_not.find("none of ,"), std::string::npos);
      }
      if (!it.allowed) continue;
      ++allowed;
      Asker asker(index, question.user);
      const auto verdict = asker.judge({question.account, question.permission_set, *question.duration, question.start});
      ASSERT_EQ(verdict->terms->guardrails.size(), std::count_if(it.guardrails.begin(), it.guardrails.end(),
                                                                 [](const auto& rail) { return rail.applies; }));
    }
  }
  EXPECT_GT(allowed, test::rounds(3));
}

Explanation with_glass(std::string_view who, std::string_view what, std::string_view where,
                       Duration duration = Duration::hours(2)) {
  const auto index = test::index_of(
      fmt::format("{}break_glass: {{who: {{groups: [Oncall]}}, what: [SecurityAudit, Deploy], where: [all], max: 1h, "
                  "notify: [Security], review_within: 1d}}\n",
                  kPolicy),
      test::shared(a_company().with_disabled("finn")));
  const auto& organization = index.organization();
  return explain(index,
                 {**organization.user(who, ""), **organization.account(where, ""),
                  **organization.permission_set(what, ""), duration, kNoon},
                 kNoon);
}

TEST(Explain, NamesTheRoadOfBreakGlass) {
  const auto it = with_glass("ben", "SecurityAudit", "shop-dev");
  ASSERT_TRUE(it.break_glass);
  EXPECT_TRUE(it.break_glass->opens);
  EXPECT_EQ(it.break_glass->line, 22);
  const std::string road =
      "break_glass (line 22) opens it at once, without approval, for 1h at most, with a review within 1d";
  EXPECT_EQ(it.break_glass->words, road);
  const auto refused = with_glass("ben", "ProdAdmin", "play");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.break_glass->words, "break_glass (line 22) does not open it: it is not for ProdAdmin");
  EXPECT_EQ(refused.verdict.find("break_glass"), std::string::npos);
  const auto forbidden = with_glass("ben", "Deploy", "payments-prod");
  EXPECT_EQ(forbidden.break_glass->words,
            "break_glass (line 22) does not open it: nobody may have Deploy in payments-prod: payments (line 16) "
            "forbids it");
  EXPECT_EQ(with_glass("cleo", "Deploy", "shop-prod").break_glass->words,
            "break_glass (line 22) does not open it: it is not for cleo");
  EXPECT_FALSE(explained("ben", "Deploy", "shop-prod").break_glass) << "that policy has none";
}

TEST(Explain, SaysBesideARefusalThatBreakGlassOpensIt) {
  const auto it = with_glass("ben", "SecurityAudit", "play", Duration::hours(10));
  EXPECT_FALSE(it.allowed);
  EXPECT_EQ(
      it.verdict,
      "10h is too long for SecurityAudit in play; longer (line 12); the window closes at 2026-01-07T18:00:00Z: ask "
      "for 6h at most; but break_glass (line 22) opens it at once, without approval, for 1h at most, with a "
      "review within 1d");
}

TEST(Explain, RefusesWhoIsDisabled) {
  const auto it = with_glass("finn", "ReadOnly", "play");
  EXPECT_FALSE(it.allowed);
  ASSERT_TRUE(it.refusal);
  EXPECT_EQ(it.refusal->code, "user_disabled");
  EXPECT_EQ(it.verdict, "finn is disabled in the directory");
  EXPECT_FALSE(it.break_glass->opens);
}

}  // namespace
}  // namespace ag::access
