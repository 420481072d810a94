#include "access/policy_plan.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "access/test_index.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::Company;
using Names = std::vector<std::string>;

// Wednesday, 2026-01-07T12:00:00Z
constexpr Instant kNoon = Instant::from_seconds(1'767'787'200);

constexpr std::string_view kLevels = R"(
permission_sets:
  ReadOnly: {level: low}
  Deploy: {level: medium}
  ProdAdmin: {level: critical}
)";
constexpr std::string_view kApprovals = R"(
approval_policies:
  nobody: {steps: []}
  lead: {steps: [{any_of: [{group: TeamLeads}]}]}
  two: {steps: [{any_of: [{group: TeamLeads}], need: 2}]}
  lead-then-security: {steps: [{any_of: [{group: TeamLeads}]}, {any_of: [{group: Security}]}]}
  security: {steps: [{any_of: [{group: Security}]}]}
  lead-or-security: {steps: [{any_of: [{group: TeamLeads}, {group: Security}]}]}
  lead-later-security: {steps: [{any_of: [{group: TeamLeads}]}], escalate: [{after: 1h, any_of: [{group: Security}]}]}
  manager: {steps: [{any_of: [{manager: true}]}]}
)";
constexpr std::string_view kWindows = R"(
windows:
  office: {days: mon-fri, from: "08:00", to: "18:00", zone: UTC}
  long: {days: mon-sat, from: "08:00", to: "18:00", zone: UTC}
)";

PolicyPlan plan(std::string_view before, std::string_view after, const Company& company = a_company()) {
  const auto organization = test::shared(company);
  const auto whole = [](std::string_view text) { return fmt::format("{}{}{}{}", kLevels, kWindows, text, kApprovals); };
  return plan_of(test::index_of(whole(before), organization), test::index_of(whole(after), organization), kNoon);
}

/// Each line as `kind subject level: text`.
Names lines(const PolicyPlan& plan) {
  Names all;
  for (const auto& it : plan.changes)
    all.push_back(fmt::format("{} {} {}: {}", name_of(it.kind), name_of(it.subject), name_of(it.level), to_text(it)));
  return all;
}

std::string rule(std::string_view what, std::string_view rest, std::string_view who = "{groups: [Developers]}") {
  return fmt::format("rules:\n  - {{id: r, who: {}, what: [{}], where: [all], {}}}\n", who, what, rest);
}

TEST(Plan, SaysWhoGainsWhatWhereAndHow) {
  const auto it = plan("", rule("Deploy", "max: 4h, approval: lead"));
  EXPECT_EQ(
      lines(it),
      Names{"gains access medium: 3 people (ana, ben, finn) may ask for Deploy (medium) in 5 accounts "
            "(management, payments-prod, play, shop-dev, shop-prod): 1 person must agree (TeamLeads), 4h at most; "
            "because of r (line 12)"});
  EXPECT_EQ(it.changes.at(0).people.count, 3U);
  EXPECT_EQ(it.changes.at(0).accounts.count, 5U) << "in the suspended account nobody can ask for anything";
}

TEST(Plan, SaysWhoLosesAndByWhichRule) {
  const auto it =
      plan(rule("Deploy, ReadOnly", "max: 4h, approval: lead"),
           rule("ReadOnly", "max: 4h, approval: lead", "{groups: [Developers], except: {users: [ben, finn]}}"));
  EXPECT_EQ(lines(it),
            (Names{"loses access medium: 3 people (ana, ben, finn) may no longer ask for Deploy (medium) in 5 "
                   "accounts (management, payments-prod, play, shop-dev, shop-prod); because of r (line 12 "
                   "before)",
                   "loses access low: 2 people (ben, finn) may no longer ask for ReadOnly (low) in 5 accounts "
                   "(management, payments-prod, play, shop-dev, shop-prod); because of r (line 12 before)"}));
}

struct Eased {
  std::string_view before;
  std::string_view after;
  std::string_view words;
};

std::string difference_of(const PolicyPlan& plan, ChangeKind kind) {
  std::string all;
  for (const auto& it : plan.changes) {
    if (it.kind == kind && it.subject == ChangeSubject::kAccess)
      all += fmt::format("{}", fmt::join(it.differences, "; "));
  }
  return all;
}

class EveryDimension : public testing::TestWithParam<Eased> {};

TEST_P(EveryDimension, IsEasedOneWayAndTightenedTheOther) {
  const auto& [before, after, words] = GetParam();
  const auto forth = plan(rule("Deploy", before), rule("Deploy", after));
  EXPECT_EQ(difference_of(forth, ChangeKind::kEased), words);
  EXPECT_EQ(difference_of(forth, ChangeKind::kTightened), "") << "it is only easier";
  const auto back = plan(rule("Deploy", after), rule("Deploy", before));
  EXPECT_EQ(difference_of(back, ChangeKind::kEased), "") << "it is only harder";
  EXPECT_NE(difference_of(back, ChangeKind::kTightened), "");
}

INSTANTIATE_TEST_SUITE_P(
    Plan, EveryDimension,
    testing::Values(
        Eased{"max: 2h, approval: lead", "max: 4h, approval: lead", "4h at most, before 2h"},
        Eased{"min: 1h, max: 2h, approval: lead", "max: 2h, approval: lead", "1s at least, before 1h"},
        Eased{"max: 2h, approval: lead-then-security", "max: 2h, approval: lead",
              "1 person must agree (TeamLeads), before 2 people must agree (TeamLeads, then Security)"},
        Eased{"max: 2h, approval: two", "max: 2h, approval: lead",
              "1 person must agree (TeamLeads), before 2 people must agree (2 of TeamLeads)"},
        Eased{"max: 2h, approval: lead", "max: 2h, approval: nobody",
              "nobody must agree, before 1 person must agree (TeamLeads)"},
        Eased{"max: 2h, approval: lead", "max: 2h, approval: lead-or-security",
              "1 person must agree (TeamLeads or Security), before 1 person must agree (TeamLeads)"},
        Eased{"max: 2h, approval: lead", "max: 2h, approval: lead-later-security",
              "1 person must agree (TeamLeads), after 1h Security too, before 1 person must agree (TeamLeads)"},
        Eased{"max: 2h, approval: lead, during: [office]", "max: 2h, approval: lead, during: [long]",
              "the windows of time are others"},
        Eased{"max: 2h, approval: lead, during: [office]", "max: 2h, approval: lead", "the windows of time are others"},
        Eased{"max: 2h, approval: lead", "max: 2h, approval: lead, extend: {times: 1, by: 1h}",
              "1 times 1h more, before no more time"},
        Eased{"max: 2h, approval: lead, extend: {times: 1, by: 1h}",
              "max: 2h, approval: lead, extend: {times: 2, by: 1h}", "2 times 1h more, before 1 times 1h more"},
        Eased{"max: 2h, approval: lead, extend: {times: 1, by: 1h}",
              "max: 2h, approval: lead, extend: {times: 1, by: 1h, approval: nobody}",
              "for more time nobody must agree, before 1 person must agree (TeamLeads)"}));

std::string guarded(std::string_view guardrail, std::string_view approval = "lead") {
  return rule("Deploy", fmt::format("max: 4h, approval: {}", approval)) +
         (guardrail.empty() ? "" : fmt::format("guardrails:\n  - {{id: g, where: [all], {}}}\n", guardrail));
}

class EveryGuardrail : public testing::TestWithParam<std::pair<std::string_view, std::string_view>> {};

TEST_P(EveryGuardrail, WidensWhenItIsTakenAway) {
  const auto& [guardrail, words] = GetParam();
  const auto away = plan(guarded(guardrail), guarded(""));
  ASSERT_FALSE(away.changes.empty());
  const bool forbids = words == "forbid";
  EXPECT_EQ(away.changes[0].kind, forbids ? ChangeKind::kGains : ChangeKind::kEased);
  if (!forbids) EXPECT_EQ(difference_of(away, ChangeKind::kEased), words);
  EXPECT_EQ(away.changes[0].because, Names{"the guardrail g (line 14 before)"});
  EXPECT_EQ(away.changes.size(), 1U);
  const auto added = plan(guarded(""), guarded(guardrail));
  ASSERT_FALSE(added.changes.empty());
  for (const auto& it : added.changes) {
    EXPECT_EQ(it.kind, forbids ? ChangeKind::kLoses : ChangeKind::kTightened) << to_text(it);
    EXPECT_FALSE(widens(it, ChangeScope::kWidens));
  }
}

using Pair = std::pair<std::string_view, std::string_view>;
INSTANTIATE_TEST_SUITE_P(
    Plan, EveryGuardrail,
    testing::Values(
        Pair{"require: {approvers: 2}", "1 person must agree (TeamLeads), before 2 people must agree (2 of TeamLeads)"},
        Pair{"require: {max: 1h}", "4h at most, before 1h"},
        Pair{"require: {reason_min: 20}", "a reason of 1 characters, before 20"},
        Pair{"require: {ticket: \"T-1\"}", "no ticket is needed, before a ticket like T-1"},
        Pair{"require: {during: [office]}", "the windows of time are others"},
        Pair{"require: {other_team: \"Dev*\"}",
             "1 person must agree (TeamLeads), before 1 person must agree (TeamLeads), not of the same Dev*"},
        Pair{"never_with: [ProdAdmin], what: [Deploy]", "what may not be held at the same time is other"},
        Pair{"forbid: true", "forbid"}));

TEST(Plan, SaysEasierAndHarderOfOneChangeThatIsBoth) {
  const auto it = plan(rule("Deploy", "max: 4h, approval: lead"), rule("Deploy", "max: 2h, approval: nobody"));
  ASSERT_EQ(it.changes.size(), 2U);
  EXPECT_EQ(it.changes[0].kind, ChangeKind::kEased) << "what widens comes first";
  EXPECT_EQ(it.changes[1].kind, ChangeKind::kTightened);
}

TEST(Plan, OtherApproversAreEasierForWhoIsOneOfThem) {
  const auto it = plan(rule("Deploy", "max: 4h, approval: lead"), rule("Deploy", "max: 4h, approval: security"));
  ASSERT_EQ(it.changes.size(), 2U);
  EXPECT_EQ(it.changes[0].differences, Names{"1 person must agree (Security), before 1 person must agree (TeamLeads)"});
}

TEST(Plan, SeesALongerWayBesideTheOneThatAsksLeast) {
  const std::string_view two_rules = R"(
rules:
  - {id: short, who: {users: [ana]}, what: [Deploy], where: [all], max: 1h, approval: nobody}
  - {id: long, who: {users: [ana]}, what: [Deploy], where: [all], max: 8h, approval: lead}
)";
  const auto it =
      plan("rules:\n  - {id: short, who: {users: [ana]}, what: [Deploy], where: [all], max: 1h, approval: nobody}\n",
           two_rules);
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].kind, ChangeKind::kEased);
  EXPECT_EQ(it.changes[0].because, Names{"long (line 14)"});
}

TEST(Plan, SeesWhatHoldsOutsideAWindowThoughItIsNoonNow) {
  const auto it = plan(guarded("when: {outside: [office]}, require: {approvers: 2}"), guarded(""));
  EXPECT_EQ(difference_of(it, ChangeKind::kEased),
            "1 person must agree (TeamLeads), before 2 people must agree (2 of TeamLeads)");
  const auto longer = plan(guarded("when: {outside: [office]}, require: {approvers: 2}"),
                           guarded("when: {outside: [long]}, require: {approvers: 2}"));
  EXPECT_EQ(difference_of(longer, ChangeKind::kEased), difference_of(it, ChangeKind::kEased)) << "on Saturday";
  EXPECT_EQ(difference_of(longer, ChangeKind::kTightened), "");
}

TEST(Plan, TellsTheHigherLevelWhenItIsLoweredInTheSameBreath) {
  const auto organization = test::shared(a_company());
  const std::string lowered = fmt::format("permission_sets: {{ProdAdmin: {{level: low}}}}\n{}{}",
                                          rule("ProdAdmin", "max: 1h, approval: lead"), kApprovals);
  const std::string before = fmt::format("permission_sets: {{ProdAdmin: {{level: critical}}}}\n{}", kApprovals);
  const auto it = plan_of(test::index_of(before, organization), test::index_of(lowered, organization), kNoon);
  ASSERT_EQ(it.changes.size(), 2U);
  EXPECT_EQ(it.changes[0].subject, ChangeSubject::kAccess);
  EXPECT_EQ(it.changes[0].level, Level::kCritical);
  EXPECT_EQ(it.changes[1].subject, ChangeSubject::kLevel);
  EXPECT_EQ(to_text(it.changes[1]), "ProdAdmin counts as low, before critical: declared low in line 2 of the policy");
  EXPECT_EQ(widenings(it, ChangeScope::kOpensHigh).size(), 2U);
}

TEST(Plan, TellsOnlyThePersonForWhomTooFewAreLeft) {
  // ana is one of the two leads: of the other one alone two cannot agree.
  const auto company = a_company().with_group("TeamLeads", {"cleo", "finn"});
  const auto it = plan(rule("Deploy", "max: 4h, approval: lead"), rule("Deploy", "max: 4h, approval: two"), company);
  ASSERT_EQ(it.changes.size(), 2U);
  EXPECT_EQ(it.changes[0].kind, ChangeKind::kTightened);
  EXPECT_EQ(it.changes[0].people.names, (Names{"ana", "ben"}));
  EXPECT_EQ(it.changes[1].kind, ChangeKind::kLoses);
  EXPECT_EQ(it.changes[1].people.names, Names{"finn"});
}

TEST(Plan, TellsPeopleApartOfWhomOneHasAnIdentityOutsideTheTeam) {
  // ana's second identity is a lead and on no team: it may decide for finn, and never for ana. finn, who is a lead too,
  // is of ana's team.
  const auto company =
      a_company().with_group("TeamLeads", {"ana-admin", "finn"}).with_group("Developers", {"ana", "finn"});
  const std::string guardrail = "guardrails:\n  - {id: g, where: [all], require: {other_team: \"Dev*\"}}\n";
  const auto it = plan(guardrail, guardrail + rule("Deploy", "max: 4h, approval: lead"), company);
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].people.names, Names{"finn"});
}

TEST(Plan, TellsWhoseManagerIsThere) {
  Company company = a_company();
  User ana{test::user_id("ana"), "ana", "ana", test::mail_of("ana"), true, "cleo"};
  User ben{test::user_id("ben"), "ben", "ben", test::mail_of("ben"), true, "gone"};
  company = std::move(company).with(ana).with(ben);
  const auto it = plan("", rule("Deploy", "max: 4h, approval: manager"), company);
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].people.names, Names{"ana"}) << "ben's manager is disabled, finn has none";
  EXPECT_EQ(it.changes[0].after, "1 person must agree (the requester's manager), 4h at most");
}

TEST(Plan, IsEmptyWhenOnlyWordsChange) {
  const auto it = plan("# a note\n" + rule("Deploy", "max: 4h, approval: lead"),
                       "rules:\n  - {id: other, who: {groups: [Developers]}, what: [Deploy], where: {ou: /}, max: 4h, "
                       "approval: lead}\n");
  EXPECT_EQ(lines(it), Names{}) << "the name of a rule is no access, nor is another way to say everywhere";
}

// ---- what is not access by rules -------------------------------------------------------------------------

std::string glass(std::string_view rest) {
  return fmt::format("break_glass: {{who: {{groups: [Oncall]}}, what: [ReadOnly], where: [all], {}}}\n", rest);
}

TEST(Plan, TellsHowBreakGlassWidens) {
  EXPECT_EQ(
      lines(plan("", glass("max: 1h, notify: [Security]"))),
      Names{"gains break_glass critical: ben may have ReadOnly in 5 accounts (management, payments-prod, play, "
            "shop-dev, shop-prod) by break-glass: nobody must agree, 1h at most; because of break_glass (line 11)"});
  EXPECT_EQ(
      lines(plan(glass("max: 1h, notify: [Security]"), glass("max: 2h, notify: [Security]"))),
      Names{"eased break_glass critical: ben gets ReadOnly in 5 accounts (management, payments-prod, play, shop-dev, "
            "shop-prod) by break-glass more easily: 2h at most, before 1h; because of break_glass (line 11, before "
            "line 11)"});
  EXPECT_EQ(lines(plan(glass("max: 1h, notify: [Security, TeamLeads]"), glass("max: 1h, notify: [Security]"))),
            Names{"eased break_glass critical: break-glass tells Security, before Security, TeamLeads"});
  EXPECT_EQ(lines(plan(glass("max: 1h, notify: [Security]"), "")).size(), 1U);
  for (const auto& it : plan(glass("max: 1h, notify: [Security]"), "").changes)
    EXPECT_FALSE(widens(it, ChangeScope::kWidens));
}

TEST(Plan, TellsBreakGlassForAGroupThatIsNotThereYet) {
  const auto it =
      plan(glass("max: 1h, notify: [Security]"),
           "break_glass: {who: {groups: [Oncall, Ghosts]}, what: [ReadOnly], where: [all], max: 1h, notify: "
           "[Security]}\n");
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_TRUE(widens(it.changes[0], ChangeScope::kOpensHigh)) << to_text(it.changes[0]);
}

TEST(Plan, TellsThatChangeControlGetsWeaker) {
  const auto control = [](std::string_view when, std::string_view who) {
    return fmt::format("change_control: {{when: {}{}}}\n", when, who.empty() ? "" : fmt::format(", any_of: [{}]", who));
  };
  const auto weaker = plan(control("widens", "{group: Security}"), control("never", ""));
  EXPECT_EQ(lines(weaker),
            Names{"eased change_control critical: who must agree to changes of the policy, and to which: "
                  "never, before widens (Security)"});
  EXPECT_EQ(widenings(weaker, ChangeScope::kOpensHigh).size(), 1U);
  EXPECT_EQ(widenings(plan(control("widens", "{group: Security}"), control("widens", "{group: Security}, {user: ana}")),
                      ChangeScope::kOpensHigh)
                .size(),
            1U)
      << "one more who may agree";
  const auto stricter = plan(control("widens", "{group: Security}"), control("always", "{group: Security}"));
  ASSERT_EQ(stricter.changes.size(), 1U);
  EXPECT_EQ(stricter.changes[0].kind, ChangeKind::kTightened);
  EXPECT_EQ(widenings(stricter, ChangeScope::kWidens), Names{});
  EXPECT_EQ(widenings(plan(control("never", ""), control("always", "{group: Security}")), ChangeScope::kWidens),
            Names{});
}

TEST(Plan, TellsLimits) {
  const auto it = plan("limits: {open_requests: 5, live_grants: 9}\n", "limits: {open_requests: 6, live_grants: 3}\n");
  EXPECT_EQ(lines(it), (Names{"eased limits low: a person may have 6 open requests at once, before 5",
                              "tightened limits low: a person may have 3 live grants at once, before 9"}));
  EXPECT_EQ(widenings(it, ChangeScope::kWidens).size(), 1U);
  EXPECT_EQ(widenings(it, ChangeScope::kOpensHigh), Names{});
}

TEST(Plan, TellsRulesThatNobodyCanUseYet) {
  const auto ghosts = plan("", rule("ProdAdmin", "max: 4h, approval: nobody", "{groups: [Ghosts]}"));
  ASSERT_EQ(ghosts.changes.size(), 1U);
  EXPECT_EQ(ghosts.changes[0].subject, ChangeSubject::kNothingYet);
  EXPECT_EQ(ghosts.changes[0].level, Level::kCritical);
  EXPECT_EQ(ghosts.changes[0].because, Names{"the rule r (line 12)"});
  EXPECT_TRUE(widens(ghosts.changes[0], ChangeScope::kOpensHigh));
  const auto low = plan("", rule("ReadOnly", "max: 4h, approval: nobody", "{groups: [Ghosts]}"));
  ASSERT_EQ(low.changes.size(), 1U);
  EXPECT_FALSE(widens(low.changes[0], ChangeScope::kOpensHigh));
}

TEST(Plan, TellsANameThatNoPermissionSetHasYet) {
  const auto it =
      plan(rule("ReadOnly", "max: 4h, approval: nobody"), rule("ReadOnly, Ghost", "max: 4h, approval: nobody"));
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].subject, ChangeSubject::kNothingYet);
  EXPECT_TRUE(widens(it.changes[0], ChangeScope::kOpensHigh)) << "what is unknown counts as high";
}

TEST(Plan, IsSilentAboutARuleThatIsSurelyNarrower) {
  const auto it = plan(rule("ReadOnly", "max: 4h, approval: nobody", "{groups: [Developers, Ghosts]}"),
                       rule("ReadOnly", "max: 4h, approval: nobody", "{groups: [Developers]}"));
  EXPECT_EQ(lines(it), Names{});
}

TEST(Plan, TellsARuleThatIsNarrowerTodayOnly) {
  const auto it = plan(rule("ProdAdmin", "max: 4h, approval: lead"),
                       rule("ProdAdmin", "max: 4h, approval: lead", "{users: [ana]}"));
  ASSERT_EQ(it.changes.size(), 2U);
  EXPECT_EQ(to_text(it.changes[0]),
            "the rule r (line 12): it lets nobody have more today, but is not surely narrower than before")
      << "ana keeps it when she is no Developer any more";
  EXPECT_EQ(it.changes[1].people.names, (Names{"ben", "finn"}));
}

TEST(Plan, TellsWhatIsEasierForALevelThatNothingHasYet) {
  const auto by_level = [](std::string_view high) {
    return fmt::format(
        "rules:\n  - {{id: r, who: {{groups: [Developers]}}, what: [\"Read*\"], where: [all], max: 1h, "
        "approval: by}}\napproval_policies:\n  by: {{low: {{steps: []}}, medium: {{steps: []}}, high: "
        "{{steps: [{}]}}, critical: {{steps: [{{any_of: [{{group: Security}}]}}]}}}}\n",
        high);
  };
  const auto organization = test::shared(a_company());
  const auto levels = std::string(kLevels);
  const auto it = plan_of(test::index_of(levels + by_level("{any_of: [{group: TeamLeads}]}"), organization),
                          test::index_of(levels + by_level(""), organization), kNoon);
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].subject, ChangeSubject::kNothingYet);
}

TEST(Plan, TellsAGuardrailThatGoesWithoutAnybodysNoticing) {
  const std::string guardrail =
      "guardrails:\n  - {id: g, where: {tag: {env: mars}}, what: [ProdAdmin], forbid: true}\n";
  const auto it = plan(guardrail, "");
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].subject, ChangeSubject::kNothingYet);
  EXPECT_TRUE(widens(it.changes[0], ChangeScope::kOpensHigh));
  const auto wider = plan(guardrail, "guardrails:\n  - {id: g, where: [all], what: [ProdAdmin], forbid: true}\n");
  EXPECT_EQ(lines(wider), Names{});
}

// ---- widenings -------------------------------------------------------------------------------------------

TEST(Widenings, GoByTheScope) {
  const auto low = plan("", rule("ReadOnly", "max: 4h, approval: nobody"));
  EXPECT_EQ(widenings(low, ChangeScope::kNever), Names{});
  EXPECT_EQ(widenings(low, ChangeScope::kOpensHigh), Names{});
  EXPECT_EQ(widenings(low, ChangeScope::kWidens).size(), 1U);
  const auto high = plan("", rule("PowerUser", "max: 4h, approval: nobody"));
  EXPECT_EQ(widenings(high, ChangeScope::kOpensHigh).size(), 1U) << "nobody said its level: that counts as high";
  EXPECT_EQ(widenings(high, ChangeScope::kNever), Names{});
}

TEST(Widenings, AreAtMostTwentyLinesAndACount) {
  PolicyPlan many = plan("", rule("PowerUser", "max: 4h, approval: nobody"));
  many.changes.resize(1);
  for (int i = 0; i < 24; ++i) many.changes.push_back(many.changes[0]);
  const auto all = widenings(many, ChangeScope::kOpensHigh);
  ASSERT_EQ(all.size(), kMostWidenings + 1);
  EXPECT_EQ(all.back(), "and 5 more");
}

}  // namespace
}  // namespace ag::access
