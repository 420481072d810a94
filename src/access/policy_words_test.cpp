// The words of the policy file that say when, who in turn, who must agree, what is never, and what is expected.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/policy.hpp"
#include "access/test_policy.hpp"

namespace ag::access {
namespace {

using test::kWordy;
using test::problems_of;
using test::spoilt;
using test::told;

Policy wordy() {
  auto policy = parse_policy(kWordy);
  AG_ASSERT(policy.has_value());
  return std::move(*policy);
}

struct Mistake {
  std::string_view from;  ///< this piece of kWordy …
  std::string_view to;    ///< … replaced by this
  int line;
  std::string_view where;
  std::string_view code;
  std::string_view says;  ///< a part of the message
};

/// Exactly this problem, and no other that only follows from it.
void expect_told(const Mistake& mistake) {
  SCOPED_TRACE(mistake.to);
  const auto problems = problems_of(spoilt(kWordy, mistake.from, mistake.to));
  ASSERT_EQ(problems.size(), 1U) << told(problems);
  const auto& problem = problems.front();
  EXPECT_EQ(problem.line, mistake.line) << told(problems);
  EXPECT_EQ(problem.where, mistake.where) << told(problems);
  EXPECT_EQ(problem.code, mistake.code) << told(problems);
  EXPECT_NE(problem.message.find(mistake.says), std::string::npos) << told(problems) << "should say " << mistake.says;
}

TEST(PolicyWords, ParseWithoutAWarning) {
  const auto policy = parse_policy(kWordy);
  ASSERT_TRUE(policy) << told(policy.error());
  EXPECT_TRUE(policy->warnings.empty()) << told(policy->warnings);
}

TEST(PolicyWords, SayWhen) {
  const Policy policy = wordy();
  const Window& office = policy.windows.at("office");
  EXPECT_EQ(office.name, "office");
  EXPECT_EQ(office.line, 5);
  EXPECT_EQ(office.zone, "Europe/Berlin");
  EXPECT_EQ(office.days, (std::array{true, true, true, true, true, false, false}));
  EXPECT_EQ(office.from, Duration::hours(8));
  EXPECT_EQ(office.to, Duration::hours(18));
  const Window& weekend = policy.windows.at("weekend");
  EXPECT_EQ(weekend.days, (std::array{true, false, false, false, false, true, true})) << "over the end of the week";
  EXPECT_EQ(weekend.from, Duration());
  EXPECT_EQ(weekend.to, Duration::hours(24));
  EXPECT_EQ(policy.windows.at("nights").days, (std::array{true, true, true, true, true, true, true}));
  EXPECT_EQ(policy.rules[0].during, (std::vector<std::string>{"office", "weekend"}));
  EXPECT_EQ(policy.guardrails[0].outside, std::vector<std::string>{"office"});
  EXPECT_EQ(policy.guardrails[0].during, (std::vector<std::string>{"office", "nights"}));
  EXPECT_TRUE(parse_policy(spoilt(kWordy, "\"18:00\"", "\"08:00\""))) << "a whole day";
  EXPECT_TRUE(parse_policy(spoilt(kWordy, "\"08:00\", to: \"18:00\"", "08:00, to: 24:00"))) << "a text without quotes";
}

TEST(PolicyWords, SayWhoIsOnCall) {
  const Policy policy = wordy();
  const OnCall& platform = policy.on_call.at("platform");
  EXPECT_EQ(platform.name, "platform");
  EXPECT_EQ(platform.line, 10);
  EXPECT_EQ(platform.zone, "Europe/Berlin");
  EXPECT_EQ(platform.from, "2026-01-05T09:00");
  EXPECT_EQ(platform.days, 7);
  ASSERT_EQ(platform.turns.size(), 2U);
  EXPECT_EQ(platform.turns[0].user, "ana");
  EXPECT_EQ(platform.turns[0].group, "");
  EXPECT_EQ(platform.turns[1].group, "Oncall");
  EXPECT_EQ(platform.turns[1].user, "");
}

TEST(PolicyWords, SelectPermissionSets) {
  const Policy policy = wordy();
  EXPECT_EQ(policy.rules[0].what.names, (std::vector<std::string>{"ReadOnly", "Deploy*"}));
  EXPECT_EQ(policy.rules[0].what.levels, (std::vector{Level::kLow, Level::kMedium}));
  EXPECT_EQ(policy.rules[0].what.except, std::vector<std::string>{"*Admin"});
  EXPECT_TRUE(policy.rules[1].what.names.empty());
  EXPECT_EQ(policy.guardrails[0].what.except, std::vector<std::string>{"ReadOnly"});
}

TEST(PolicyWords, SayHowAccessIsExtended) {
  const Policy policy = wordy();
  EXPECT_EQ(policy.rules[0].extend->times, 2);
  EXPECT_EQ(policy.rules[0].extend->by, Duration::hours(1));
  EXPECT_EQ(policy.rules[0].extend->approval, "nobody");
  EXPECT_EQ(policy.rules[0].extend->line, 23);
  EXPECT_EQ(policy.rules[1].extend->times, 1);
  EXPECT_EQ(policy.rules[1].extend->approval, "lead") << "the rule's own";
}

TEST(PolicyWords, SayWhatGuardrailsClose) {
  const Policy policy = wordy();
  const Guardrail& outsiders = policy.guardrails[0];
  EXPECT_EQ(outsiders.who->groups, std::vector<std::string>{"Developers"});
  EXPECT_EQ(outsiders.who->except_users, std::vector<std::string>{"ana"});
  EXPECT_EQ(outsiders.what.levels, (std::vector{Level::kHigh, Level::kCritical})) << "those of when";
  EXPECT_EQ(outsiders.other_team, "team-*");
  EXPECT_FALSE(outsiders.forbid || outsiders.never_with);
  EXPECT_TRUE(policy.guardrails[1].forbid);
  EXPECT_FALSE(policy.guardrails[1].who);
  EXPECT_EQ(policy.guardrails[2].never_with->names, (std::vector<std::string>{"SecurityAudit", "Deploy*"}));
  EXPECT_EQ(policy.guardrails[2].never_with->levels, std::vector{Level::kHigh});
  EXPECT_EQ(policy.guardrails[2].what.names, std::vector<std::string>{"PowerUser"});
}

TEST(PolicyWords, SayWhoMustAgree) {
  const Policy policy = wordy();
  const ApprovalPolicy& lead = policy.approvals.at("lead");
  ASSERT_EQ(lead.steps[2].size(), 2U);
  EXPECT_EQ(lead.steps[2][0].any_of, (std::vector<PartyRule>{{PartyRuleKind::kGroup, "TeamLeads"},
                                                             {PartyRuleKind::kUser, "cleo"},
                                                             {PartyRuleKind::kAccountTag, "owner"},
                                                             {PartyRuleKind::kPermissionSetTag, "owner"}}));
  EXPECT_EQ(lead.steps[2][1].any_of,
            (std::vector<PartyRule>{{PartyRuleKind::kManager, ""}, {PartyRuleKind::kOnCall, "platform"}}));
  EXPECT_EQ(lead.steps[2][1].need, 1);
  EXPECT_EQ(lead.remind, (std::vector{Duration::minutes(30), Duration::hours(2)}));
  ASSERT_EQ(lead.escalate.size(), 2U);
  EXPECT_EQ(lead.escalate[0].after, Duration::hours(1));
  EXPECT_EQ(lead.escalate[0].any_of, (std::vector<PartyRule>{{PartyRuleKind::kGroup, "Security"}}));
  EXPECT_EQ(lead.escalate[1].line, 54);
}

TEST(PolicyWords, SayLimitsAndWhoAgreesToChanges) {
  const Policy policy = wordy();
  EXPECT_EQ(policy.limits.open_requests, 5);
  EXPECT_EQ(policy.limits.live_grants, 7);
  EXPECT_EQ(policy.change_control.when, ChangeScope::kWidens);
  EXPECT_EQ(policy.change_control.any_of,
            (std::vector<PartyRule>{{PartyRuleKind::kGroup, "Security"}, {PartyRuleKind::kUser, "ana"}}));
  const Policy plain = *parse_policy("version: 1\nlimits: {live_grants: 3}\n");
  EXPECT_EQ(plain.limits.open_requests, 20);
  EXPECT_EQ(plain.limits.live_grants, 3);
  EXPECT_EQ(plain.change_control.when, ChangeScope::kOpensHigh);
  EXPECT_TRUE(plain.change_control.any_of.empty());
}

TEST(PolicyWords, SayWhatIsExpected) {
  const Policy policy = wordy();
  ASSERT_EQ(policy.expectations.size(), 3U);
  const Expectation& first = policy.expectations[0];
  EXPECT_EQ(first.line, 58);
  EXPECT_EQ(first.who, "ana");
  EXPECT_EQ(first.what, "ProdAdmin");
  EXPECT_EQ(first.where, "shop-prod");
  EXPECT_EQ(first.at, "sat 02:00");
  EXPECT_EQ(first.zone, "Europe/Berlin");
  EXPECT_FALSE(first.allow);
  EXPECT_TRUE(first.length.is_zero());
  const Expectation& second = policy.expectations[1];
  EXPECT_EQ(second.where, "222222222222");
  EXPECT_EQ(second.length, Duration::hours(1));
  EXPECT_TRUE(second.allow);
  EXPECT_EQ(second.approvers, 0);
  EXPECT_EQ(second.rule, "look");
  EXPECT_EQ(policy.expectations[2].at, "2026-11-26T02:00:00Z");
}

TEST(PolicyWords, TellWindowsThatCannotBe) {
  for (const Mistake& mistake : {
           Mistake{"Europe/Berlin}", "Europe/Berln}", 5, "windows.office.zone", "unknown_zone",
                   "did you mean \"Europe/Berlin\"?"},
           Mistake{", zone: Europe/Berlin}", "}", 5, "windows.office", "missing_key", "\"zone\""},
           Mistake{"tue-thu", "tues", 5, "windows.office.days[1]", "invalid_day", "\"tues\" is not a day; write mon"},
           Mistake{"tue-thu", "tue-thurs", 5, "windows.office.days[1]", "invalid_day", "mon-fri"},
           Mistake{"sat-mon", "weekend", 6, "windows.weekend.days", "invalid_day", "\"weekend\""},
           Mistake{"[mon, tue-thu, fri]", "[]", 5, "windows.office.days", "empty_list", "at least one"},
           Mistake{"[mon, tue-thu, fri]", "{mon: true}", 5, "windows.office.days", "invalid_type", "mon-fri"},
           Mistake{"\"08:00\"", "8am", 5, "windows.office.from", "invalid_time", "\"8am\" is not a time of day"},
           Mistake{"\"08:00\"", "\"24:00\"", 5, "windows.office.from", "invalid_time", "before 24:00"},
           Mistake{"\"18:00\"", "\"24:01\"", 5, "windows.office.to", "invalid_time", "from 00:00 to 24:00"},
           Mistake{"to: \"18:00\", ", "", 5, "windows.office", "missing_key", "\"to\" is missing"},
           Mistake{"from: \"08:00\", ", "", 5, "windows.office", "missing_key", "\"from\" is missing"},
           Mistake{"{days: sat-mon, zone: UTC}", "{zone: UTC}", 6, "windows.weekend", "empty_window", "all the time"},
           Mistake{"{days: sat-mon, zone: UTC}", "sat-mon", 6, "windows.weekend", "invalid_type", "days, from, to"},
           Mistake{"days: sat-mon", "days: sat-mon, fom: \"08:00\"", 6, "windows.weekend.fom", "unknown_key",
                   "did you mean \"from\"?"},
           Mistake{"[office, weekend]", "[offices]", 22, "rules[0].during[0]", "unknown_window",
                   "there is no window \"offices\"; did you mean \"office\"?"},
           Mistake{"outside: [office]", "outside: [holidays]", 36, "guardrails[0].when.outside[0]", "unknown_window",
                   "known are: nights, office, weekend"},
           Mistake{"[office, nights]", "[night]", 37, "guardrails[0].require.during[0]", "unknown_window", "nights"},
           Mistake{"[office, weekend]", "office", 22, "rules[0].during", "invalid_type", "\"office\""},
           Mistake{"[office, weekend]",
                   "[office, office, office, office, office, office, office, office, office, office, office, office, "
                   "office, office, office, office, office]",
                   22, "rules[0].during", "too_many", "has 17 windows; at most 16"},
       }) {
    expect_told(mistake);
  }
}

TEST(PolicyWords, TellSchedulesThatCannotBe) {
  std::string many = "turns: [";
  for (int i = 0; i <= 100; ++i) many += "{user: ana}, ";
  many += "]";
  for (const Mistake& mistake : {
           Mistake{"    zone: Europe/Berlin\n", "    zone: Berlin\n", 10, "on_call.platform.zone", "unknown_zone",
                   "did you mean \"Europe/Berlin\"?"},
           Mistake{"\"2026-01-05T09:00\"", "2026-01-05", 11, "on_call.platform.from", "invalid_time",
                   "\"2026-01-05\" is not a local time; write it like 2026-01-05T09:00"},
           Mistake{"every: 7d", "every: 12h", 12, "on_call.platform.every", "invalid_duration", "whole days"},
           Mistake{"every: 7d", "every: 36h", 12, "on_call.platform.every", "invalid_duration", "\"36h\""},
           Mistake{"every: 7d", "every: 367d", 12, "on_call.platform.every", "invalid_duration", "from 1d to 366d"},
           Mistake{"every: 7d", "every: 0d", 12, "on_call.platform.every", "invalid_duration", "\"0d\""},
           Mistake{"every: 7d", "every: 3650d", 12, "on_call.platform.every", "invalid_duration", "whole days"},
           Mistake{"[{user: ana}, {group: Oncall}]", "[]", 13, "on_call.platform.turns", "empty_list", "at least one"},
           Mistake{"[{user: ana}, {group: Oncall}]", "[ana]", 13, "on_call.platform.turns[0]", "invalid_type",
                   "\"ana\""},
           Mistake{"[{user: ana}, {group: Oncall}]", "[{user: ana, group: Oncall}]", 13, "on_call.platform.turns[0]",
                   "invalid_value", "exactly one of group, user"},
           Mistake{"[{user: ana}, {group: Oncall}]", "[{manager: true}]", 13, "on_call.platform.turns[0].manager",
                   "unknown_key", "known are: group, user"},
           Mistake{"turns: [{user: ana}, {group: Oncall}]", many, 13, "on_call.platform.turns", "too_many",
                   "has 101 turns; at most 100"},
           Mistake{"    every: 7d\n", "", 10, "on_call.platform", "missing_key", "\"every\""},
           Mistake{"{on_call: platform}", "{on_call: platfrom}", 51,
                   "approval_policies.lead.steps[1].any_of[1].on_call", "unknown_schedule",
                   "there is no on-call schedule \"platfrom\"; did you mean \"platform\"?"},
       }) {
    expect_told(mistake);
  }
}

TEST(PolicyWords, TellPermissionSetsThatAreNone) {
  for (const Mistake& mistake : {
           Mistake{"{level: [low]}", "{except: [ReadOnly]}", 26, "rules[1].what", "empty_sets", "names: [\"*\"]"},
           Mistake{"{level: [low]}", "{}", 26, "rules[1].what", "empty_sets", "selects nothing"},
           Mistake{"{level: [low]}", "{level: []}", 26, "rules[1].what.level", "empty_list", "at least one"},
           Mistake{"{level: [low]}", "{level: [lov]}", 26, "rules[1].what.level[0]", "invalid_level", "\"lov\""},
           Mistake{"{level: [low]}", "{level: low}", 26, "rules[1].what.level", "invalid_type", "\"low\""},
           Mistake{"{level: [low]}", "{levels: [low], names: [A]}", 26, "rules[1].what.levels", "unknown_key",
                   "did you mean \"level\"?"},
           Mistake{"{level: [low]}", "ReadOnly", 26, "rules[1].what", "invalid_type", "\"ReadOnly\""},
       }) {
    expect_told(mistake);
  }
}

TEST(PolicyWords, TellExtensionsThatCannotBe) {
  for (const Mistake& mistake : {
           Mistake{"by: 1h", "by: 0s", 23, "rules[0].extend.by", "invalid_duration", "\"0s\""},
           Mistake{"by: 1h", "by: 5h", 23, "rules[0].extend.by", "contradiction", "5h is longer than max, which is 4h"},
           Mistake{"by: 1h, ", "", 23, "rules[0].extend", "missing_key", "\"by\""},
           Mistake{"times: 2", "times: 0", 23, "rules[0].extend.times", "invalid_number", "from 1 to 20"},
           Mistake{"approval: nobody}", "approval: nobdy}", 23, "rules[0].extend.approval", "unknown_approval_policy",
                   "did you mean \"nobody\"?"},
           Mistake{"extend: {by: 30m}", "extend: 30m", 30, "rules[1].extend", "invalid_type", "\"30m\""},
       }) {
    expect_told(mistake);
  }
}

TEST(PolicyWords, TellGuardrailsThatCannotBe) {
  for (const Mistake& mistake : {
           Mistake{"    forbid: true\n", "    forbid: true\n    require: {max: 1h}\n", 38, "guardrails[1]",
                   "contradiction", "give one of require, forbid and never_with; here are require and forbid"},
           Mistake{"    forbid: true\n", "    forbid: true\n    never_with: [ReadOnly]\n", 38, "guardrails[1]",
                   "contradiction", "forbid and never_with"},
           Mistake{"    forbid: true\n", "", 38, "guardrails[1]", "missing_key", "\"forbid\""},
           Mistake{"forbid: true", "forbid: false", 40, "guardrails[1].forbid", "invalid_value", "can only be true"},
           Mistake{"    what: [ProdAdmin]\n", "", 39, "guardrails[1].forbid", "forbids_everything", "where: [all]"},
           Mistake{"    what: [PowerUser]\n", "", 41, "guardrails[2]", "missing_key", "\"what\" is missing"},
           Mistake{"{names: [SecurityAudit, \"Deploy*\"], level: [high]}", "{}", 44, "guardrails[2].never_with",
                   "empty_sets", "selects nothing"},
           Mistake{"names: [\"*\"], except: [ReadOnly]", "level: [high]", 36, "guardrails[0].when.level",
                   "contradiction", "given in what already"},
           Mistake{"{groups: [Developers], except: {users: [ana]}}", "{}", 33, "guardrails[0].who", "empty_people",
                   "names nobody"},
           Mistake{"other_team: \"team-*\"", "other_team: \"\"", 37, "guardrails[0].require.other_team", "invalid_type",
                   "must be a text"},
           Mistake{"{level: [high, critical], outside: [office]}", "{}", 36, "guardrails[0].when", "missing_key",
                   "\"outside\""},
       }) {
    expect_told(mistake);
  }
}

TEST(PolicyWords, TellApprovalsThatCannotBe) {
  for (const Mistake& mistake : {
           Mistake{"{manager: true}", "{manager: false}", 51, "approval_policies.lead.steps[1].any_of[0].manager",
                   "invalid_value", "can only be true"},
           Mistake{"{manager: true}", "{managr: true}", 51, "approval_policies.lead.steps[1].any_of[0].managr",
                   "unknown_key", "did you mean \"manager\"?"},
           Mistake{"{manager: true}", "{manager: true, user: ana}", 51, "approval_policies.lead.steps[1].any_of[0]",
                   "invalid_value", "group, user, account_tag, permission_set_tag, manager, on_call"},
           Mistake{"{account_tag: owner}", "{account_tag: 12}", 49,
                   "approval_policies.lead.steps[0].any_of[2].account_tag", "unquoted_id", "\"12\" in quotes"},
           Mistake{"[30m, 2h]", "[2h, 30m]", 53, "approval_policies.lead.remind[1]", "contradiction",
                   "30m does not come after 2h"},
           Mistake{"[30m, 2h]", "[30m, 30m]", 53, "approval_policies.lead.remind[1]", "contradiction", "after 30m"},
           Mistake{"[30m, 2h]", "[30m, 4h]", 53, "approval_policies.lead.remind[1]", "contradiction",
                   "4h is too late: the request lapses after 4h"},
           Mistake{"[30m, 2h]", "[1m, 2m, 3m, 4m, 5m, 6m, 7m, 8m, 9m, 10m, 11m]", 53, "approval_policies.lead.remind",
                   "too_many", "11 reminders; at most 10"},
           Mistake{"after: 3h", "after: 1h", 54, "approval_policies.lead.escalate[1].after", "contradiction",
                   "1h does not come after 1h"},
           Mistake{"after: 3h", "after: 5h", 54, "approval_policies.lead.escalate[1].after", "contradiction",
                   "5h is too late: the request lapses after 4h"},
           Mistake{"{after: 3h, any_of: [{on_call: ops}]}", "{after: 3h}", 54, "approval_policies.lead.escalate[1]",
                   "missing_key", "\"any_of\""},
           Mistake{"{after: 3h, any_of: [{on_call: ops}]}", "{any_of: [{user: ben}]}", 54,
                   "approval_policies.lead.escalate[1]", "missing_key", "\"after\""},
       }) {
    expect_told(mistake);
  }
}

TEST(PolicyWords, TellStepsThatNameFewerPeopleThanTheyNeed) {
  const std::string_view step = "{manager: true}, {on_call: platform}]\n";
  const auto with = [&](std::string_view any_of) { return spoilt(kWordy, step, any_of); };
  const auto only = [&](std::string_view any_of, std::string_view count) {
    SCOPED_TRACE(any_of);
    const auto problems = problems_of(with(any_of));
    ASSERT_EQ(problems.size(), 1U) << told(problems);
    EXPECT_EQ(problems[0].line, 52);
    EXPECT_EQ(problems[0].where, "approval_policies.lead.steps[1].need");
    EXPECT_EQ(problems[0].code, "contradiction");
    EXPECT_NE(problems[0].message.find(count), std::string::npos) << problems[0].message;
  };
  only("{user: ana}, {user: ben}]\n        need: 3\n", "3 must agree, but any_of names no more than 2");
  only("{user: ana}, {user: ana}]\n        need: 2\n", "no more than 1");
  only("{manager: true}]\n        need: 2\n", "no more than 1");
  only("{manager: true}, {on_call: ops}]\n        need: 3\n", "no more than 2");
  for (const std::string_view any_of :
       {"{user: ana}, {user: ben}]\n        need: 2\n", "{user: ana}, {group: TeamLeads}]\n        need: 3\n",
        "{user: ana}, {account_tag: owner}]\n        need: 3\n", "{on_call: platform}]\n        need: 3\n"}) {
    EXPECT_TRUE(parse_policy(with(any_of))) << any_of;
  }
}

TEST(PolicyWords, TellBreakGlassThatIsTooLongOrTellsNobody) {
  const auto problems = problems_of(test::changed("max: 30m", "max: 4h1s"));
  ASSERT_EQ(problems.size(), 1U) << told(problems);
  EXPECT_EQ(problems[0].line, 34);
  EXPECT_EQ(problems[0].where, "break_glass.max");
  EXPECT_EQ(problems[0].code, "too_long");
  EXPECT_NE(problems[0].message.find("nobody agrees to break-glass"), std::string::npos) << problems[0].message;
  EXPECT_TRUE(parse_policy(test::changed("max: 30m", "max: 4h")));
  const auto quiet = parse_policy(test::changed("  notify: [Security]\n", ""));
  ASSERT_TRUE(quiet) << told(quiet.error());
  ASSERT_EQ(quiet->warnings.size(), 1U);
  EXPECT_EQ(quiet->warnings[0].where, "break_glass");
  EXPECT_NE(quiet->warnings[0].message.find("nobody is told"), std::string::npos);
}

TEST(PolicyWords, TellLimitsAndChangeControlThatCannotBe) {
  for (const Mistake& mistake : {
           Mistake{"open_requests: 5", "open_requests: 0", 55, "limits.open_requests", "invalid_number", "from 1 to"},
           Mistake{"open_requests: 5", "open_request: 5", 55, "limits.open_request", "unknown_key", "open_requests"},
           Mistake{"limits: {open_requests: 5, live_grants: 7}", "limits: [5]", 55, "limits", "invalid_type", "a list"},
           Mistake{"when: widens", "when: sometimes", 56, "change_control.when", "invalid_value",
                   "\"sometimes\" is not a kind of change; it is never, opens-high, widens or always"},
           Mistake{"when: widens", "when: never", 56, "change_control.any_of", "contradiction", "leave any_of out"},
           Mistake{"[{group: Security}, {user: ana}]", "[{manager: true}]", 56, "change_control.any_of[0].manager",
                   "unknown_key", "known are: group, user"},
       }) {
    expect_told(mistake);
  }
}

TEST(PolicyWords, TellExpectationsThatSayNothing) {
  for (const Mistake& mistake : {
           Mistake{"at: \"sat 02:00\"", "at: 2am", 58, "expect[0].at", "invalid_time", "\"2am\" is not a time"},
           Mistake{"at: \"sat 02:00\"", "at: \"Sat 02:00\"", 58, "expect[0].at", "invalid_time", "sat 02:00"},
           Mistake{"at: \"sat 02:00\"", "at: \"24:00\"", 58, "expect[0].at", "invalid_time", "\"24:00\""},
           Mistake{"at: \"sat 02:00\", ", "", 58, "expect[0].zone", "contradiction", "only with at"},
           Mistake{"at: \"sat 02:00\"", "at: 2026-11-26T02:00:00Z", 58, "expect[0].zone", "contradiction",
                   "its own offset"},
           Mistake{"zone: Europe/Berlin, allow", "zone: Europe/Brlin, allow", 58, "expect[0].zone", "unknown_zone",
                   "Europe/Berlin"},
           Mistake{"allow: false", "allow: no", 58, "expect[0].allow", "invalid_value", "true or false, not \"no\""},
           Mistake{"allow: false", "allow: false, approvers: 1", 58, "expect[0]", "contradiction", "no approvers"},
           Mistake{"what: ProdAdmin, where", "what: \"Prod*\", where", 58, "expect[0].what", "invalid_name",
                   "one permission set"},
           Mistake{"rule: look", "rule: lok", 59, "expect[1].rule", "unknown_rule", "did you mean \"look\"?"},
           Mistake{"approvers: 0", "approvers: none", 59, "expect[1].approvers", "invalid_number", "from 0 to"},
           Mistake{"\"222222222222\"", "222222222222", 59, "expect[1].where", "unquoted_id", "in quotes"},
           Mistake{"for: 1h", "for: 0s", 59, "expect[1].for", "invalid_duration", "\"0s\""},
           Mistake{"who: ben, ", "", 59, "expect[1]", "missing_key", "\"who\""},
       }) {
    expect_told(mistake);
  }
}

TEST(PolicyWords, TellASectionThatIsNoneWithoutWhatFollowsFromIt) {
  for (const std::string_view section :
       {"targets", "windows", "on_call", "rules", "guardrails", "approval_policies", "expect"}) {
    SCOPED_TRACE(section);
    // The section's name is taken from what it holds, which becomes one that is not known.
    const auto problems =
        problems_of(spoilt(kWordy, fmt::format("\n{}:\n", section), fmt::format("\n{}: nothing\nunknown:\n", section)));
    ASSERT_EQ(problems.size(), 2U) << told(problems);
    EXPECT_EQ(problems[0].where, section);
    EXPECT_EQ(problems[0].code, "invalid_type");
    EXPECT_EQ(problems[1].where, "unknown");
  }
}

/// A policy as a company has it after some years: `rules` of them, each of eight lines.
std::string long_policy(int rules) {
  std::string text(kWordy.substr(0, kWordy.find("guardrails:")));
  for (int i = 0; i < rules; ++i) {
    text += fmt::format(
        "  - id: rule-{0}\n    who: {{groups: [Group{0}]}}\n    what: [Set{0}]\n    where: [prod]\n    max: 4h\n"
        "    approval: lead\n    during: [office]\n    extend: {{times: 2, by: 1h}}\n",
        i);
  }
  return text + std::string(kWordy.substr(kWordy.find("guardrails:")));
}

TEST(PolicyWords, OfAThousandLinesTellTenMistakesOfTenKindsInOneRun) {
  std::string text = long_policy(118);
  ASSERT_TRUE(parse_policy(text)) << told(problems_of(text));
  const std::vector<std::pair<std::string_view, std::string_view>> mistakes = {
      {"    what: [Set3]\n", "    waht: [Set3]\n    what: [Set3]\n"},
      {"    what: [Set10]\n", "    what: [Set10]\n    what: [Set10]\n"},
      {"Group20]}\n    what: [Set20]\n    where: [prod]", "Group20]}\n    what: [Set20]\n    where: [prd]"},
      {"Set30]\n    where: [prod]\n    max: 4h", "Set30]\n    where: [prod]\n    max: four"},
      {"Set40]\n    where: [prod]\n    max: 4h\n    approval: lead",
       "Set40]\n    where: [prod]\n    max: 4h\n    approval: led"},
      {"  - id: rule-50\n", "  - id: rule-49\n"},
      {"{groups: [Group60]}", "{groups: [60]}"},
      {"what: [Set70]", "what: []"},
      {"{groups: [Group80]}", "Group80"},
      {"to: \"18:00\", zone: Europe/Berlin", "to: \"18:00\", zone: Europe/Berln"},
  };
  for (const auto& [from, to] : mistakes) text = spoilt(text, from, to);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_GE(lines, 1'000);
  EXPECT_LE(lines, 1'010);

  const auto line_of = [&](std::string_view piece) {
    return 1 + static_cast<int>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find(piece)), '\n'));
  };
  const std::vector<std::pair<int, std::string>> wanted = {
      {5, "unknown_zone"},
      {line_of("waht"), "unknown_key"},
      {line_of("    what: [Set10]\n    where"), "duplicate_key"},
      {line_of("where: [prd]"), "unknown_target"},
      {line_of("max: four"), "invalid_duration"},
      {line_of("approval: led\n"), "unknown_approval_policy"},
      {line_of("  - id: rule-49\n    who: {groups: [Group50]"), "duplicate_id"},
      {line_of("{groups: [60]}"), "unquoted_id"},
      {line_of("what: []"), "empty_list"},
      {line_of("who: Group80"), "invalid_type"},
  };
  std::vector<std::pair<int, std::string>> found;
  for (const auto& problem : problems_of(text)) found.emplace_back(problem.line, problem.code);
  EXPECT_EQ(found, wanted) << told(problems_of(text));
}

}  // namespace
}  // namespace ag::access
