#include "access/policy.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "access/test_policy.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

using test::changed;
using test::kSample;
using test::kValid;
using test::problems_of;
using test::told;

struct Mistake {
  std::string_view name;
  std::string_view from;  ///< this piece of kValid …
  std::string_view to;    ///< … replaced by this
  int line;
  std::string_view where;
  std::string_view code;
  std::string_view says;  ///< a part of the message: the value, and the fix where there is one
};

/// Exactly this problem, and no other that only follows from it.
void expect_told(const Mistake& mistake) {
  SCOPED_TRACE(mistake.name);
  const auto problems = problems_of(changed(mistake.from, mistake.to));
  ASSERT_EQ(problems.size(), 1U) << told(problems);
  const auto& problem = problems.front();
  EXPECT_EQ(problem.line, mistake.line) << told(problems);
  EXPECT_EQ(problem.where, mistake.where) << told(problems);
  EXPECT_EQ(problem.code, mistake.code) << told(problems);
  EXPECT_NE(problem.message.find(mistake.says), std::string::npos) << told(problems) << "should say " << mistake.says;
}

TEST(Policy, OfTheInterfaceDescriptionParsesWithoutAWarning) {
  const auto policy = parse_policy(kSample);
  ASSERT_TRUE(policy) << told(policy.error());
  EXPECT_TRUE(policy->warnings.empty()) << told(policy->warnings);

  ASSERT_EQ(policy->rules.size(), 2U);
  const Rule& rule = policy->rules[1];
  EXPECT_EQ(rule.id, "prod-deploy");
  EXPECT_EQ(rule.line, 15);
  EXPECT_EQ(rule.who.groups, std::vector<std::string>{"Developers"});
  EXPECT_EQ(rule.what.names, (std::vector<std::string>{"Deploy", "ReadOnly"}));
  ASSERT_EQ(rule.where.size(), 1U);
  EXPECT_EQ(rule.where[0].unit, "/Workloads/Prod");
  EXPECT_EQ(rule.max, Duration::hours(4));
  EXPECT_EQ(rule.min, Duration::seconds(1));
  EXPECT_EQ(policy->targets.at("sandboxes").tags.at("env"), (std::vector<std::string>{"sandbox", "dev"}));
  EXPECT_EQ(policy->targets.at("payments").accounts, std::vector<std::string>{"333344445555"});
  EXPECT_EQ(policy->levels.at("ProdAdmin").level, Level::kCritical);

  const ApprovalPolicy& approval = policy->approvals.at("by-level");
  EXPECT_EQ(approval.lapse, Duration::hours(4));
  EXPECT_TRUE(approval.steps[0].empty());
  ASSERT_EQ(approval.steps[3].size(), 2U);
  EXPECT_EQ(approval.steps[3][1].any_of, (std::vector<PartyRule>{{PartyRuleKind::kGroup, "Security"}}));
  EXPECT_EQ(approval.steps[3][1].need, 2);

  const Guardrail& guardrail = policy->guardrails.at(0);
  EXPECT_EQ(guardrail.what.levels, (std::vector{Level::kHigh, Level::kCritical}));
  EXPECT_EQ(guardrail.approvers, 2);
  EXPECT_EQ(guardrail.reason_min, 20U);
  EXPECT_EQ(guardrail.ticket, "^[A-Z]+-[0-9]+$");
  EXPECT_EQ(guardrail.max, Duration::hours(2));
  EXPECT_EQ(policy->break_glass->review_within, Duration::hours(24));
}

TEST(Policy, SaysWhichRulesCutLiveSessions) {
  const auto policy = parse_policy(changed("approval: nobody\n", "approval: nobody\n    end: hard\n"));
  ASSERT_TRUE(policy) << told(policy.error());
  EXPECT_EQ(policy->rules[0].session_end, SessionEnd::kHard);
  EXPECT_EQ(policy->rules[1].session_end, SessionEnd::kSoft);
  expect_told({"neither", "approval: nobody\n", "approval: nobody\n    end: abrupt\n", 15, "rules[0].end",
               "invalid_value", "\"abrupt\" is not an end; it is hard"});
}

TEST(Policy, TellsUnknownAndDuplicateKeys) {
  for (const Mistake& mistake : {
           Mistake{"a slip", "approval: nobody\n", "approval: nobody\n    maxx: 8h\n", 15, "rules[0].maxx",
                   "unknown_key", "\"maxx\" is not known here; did you mean \"max\"?"},
           Mistake{"a section", "guardrails:", "guardrail:", 22, "guardrail", "unknown_key",
                   "did you mean \"guardrails\"?"},
           Mistake{"far from all", "{ou: /Workloads/Prod}", "{ou: /Workloads/Prod, colour: red}", 3,
                   "targets.prod.colour", "unknown_key", "known are: ou, tag, accounts, all, except"},
           Mistake{"in an exception", "except: {groups: [Oncall]}", "except: {groups: [Oncall], everyone: true}", 16,
                   "rules[1].who.except.everyone", "unknown_key", "\"everyone\""},
           Mistake{"in a step", "need: 1}", "need: 1, ned: 2}", 29, "approval_policies.lead.steps[0].ned",
                   "unknown_key", "did you mean \"need\"?"},
           Mistake{"a key twice", "max: 8h\n", "max: 8h\n    max: 9h\n", 14, "", "duplicate_key", "\"max\""},
           Mistake{"a key twice, once in quotes", "max: 8h\n", "max: 8h\n    \"max\": 8h\n", 14, "", "duplicate_key",
                   "\"max\""},
           Mistake{"a target twice", "  play:", "  prod: {all: true}\n  play:", 4, "", "duplicate_key", "\"prod\""},
           Mistake{"a list as key", "{env: [sandbox, dev]}", "{[env]: [sandbox, dev]}", 4, "", "invalid_yaml",
                   "a key must be a text"},
           Mistake{"a mapping as key", "{env: [sandbox, dev]}", "{{a: b}: [sandbox, dev]}", 4, "", "invalid_yaml",
                   "a key must be a text"},
           Mistake{"nothing as key", "{env: [sandbox, dev]}", "{~: [sandbox, dev]}", 4, "", "invalid_yaml",
                   "a key must be a text"},
       }) {
    expect_told(mistake);
  }
}

// YAML reads 012345678901 as a number without its zero: an id without quotes is refused wherever it could stand.
TEST(Policy, TellsUnquotedIdsEverywhere) {
  for (const Mistake& mistake : {
           Mistake{"account", "[\"333344445555\"]", "[333344445555]", 5, "targets.pay.accounts[0]", "", ""},
           Mistake{"account", "[\"333344445555\"]", "[\"1\", 012345678901]", 5, "targets.pay.accounts[1]", "", ""},
           Mistake{"ou", "/Workloads/Prod", "012345678901", 3, "targets.prod.ou", "", ""},
           Mistake{"tag value", "[sandbox, dev]", "[sandbox, 012345678901]", 4, "targets.play.tag.env[1]", "", ""},
           Mistake{"lone tag value", "[sandbox, dev]", "012345678901", 4, "targets.play.tag.env", "", ""},
           Mistake{"tag key", "env:", "012345678901:", 4, "targets.play.tag", "", ""},
           Mistake{"target", "prod: {ou", "012345678901: {ou", 3, "targets", "", ""},
           Mistake{"permission set", "ProdAdmin: {", "012345678901: {", 7, "permission_sets", "", ""},
           Mistake{"rule id", "id: power", "id: 012345678901", 9, "rules[0].id", "", ""},
           Mistake{"group", "[Developers]", "[012345678901]", 10, "rules[0].who.groups[0]", "", ""},
           Mistake{"what", "[PowerUser]", "[012345678901]", 11, "rules[0].what[0]", "", ""},
           Mistake{"where", "[play]", "[012345678901]", 12, "rules[0].where[0]", "", ""},
           Mistake{"approval", "approval: nobody", "approval: 012345678901", 14, "rules[0].approval", "", ""},
           Mistake{"user", "[ana]", "[012345678901]", 16, "rules[1].who.users[0]", "", ""},
           Mistake{"excepted group", "[Oncall]", "[012345678901]", 16, "rules[1].who.except.groups[0]", "", ""},
           Mistake{"guardrail id", "id: prod-alone", "id: 012345678901", 23, "guardrails[0].id", "", ""},
           Mistake{"approving group", "group: TeamLeads", "group: 012345678901", 29,
                   "approval_policies.lead.steps[0].any_of[0].group", "", ""},
           Mistake{"approving user", "user: cleo", "user: 012345678901", 29,
                   "approval_policies.lead.steps[0].any_of[1].user", "", ""},
           Mistake{"approval policy", "nobody: {", "012345678901: {", 28, "approval_policies", "", ""},
           Mistake{"notified", "[Security]", "[012345678901]", 35, "break_glass.notify[0]", "", ""},
       }) {
    SCOPED_TRACE(mistake.where);
    const auto problems = problems_of(changed(mistake.from, mistake.to));
    const auto found = std::find_if(problems.begin(), problems.end(), [&](const PolicyProblem& problem) {
      return problem.code == "unquoted_id" && problem.where == mistake.where && problem.line == mistake.line;
    });
    ASSERT_NE(found, problems.end()) << told(problems);
    const bool zero = mistake.to.find("012345678901") != std::string_view::npos;
    EXPECT_NE(found->message.find(zero ? "write \"012345678901\" in quotes" : "write \"333344445555\" in quotes"),
              std::string::npos);
  }
}

// The core schema of YAML 1.2 knows true, false, null and numbers; on, off, yes and no are texts like any other.
TEST(Policy, ReadsTextsByTheCoreSchema) {
  for (const std::string_view word : {"on", "off", "yes", "no", "y", "n", "Yes", "OFF", "1-2", "1.2.3", "0b1", "1_000",
                                      "12:30:45", "2026-01-01", "e3", "."}) {
    const auto policy = parse_policy(changed("[Developers]", fmt::format("[{}]", word)));
    ASSERT_TRUE(policy) << word << "\n" << told(policy.error());
    EXPECT_EQ(policy->rules[0].who.groups[0], word);
  }
  for (const std::string_view word :
       {"true", "True", "FALSE", "1.5", "-3", "+3", "1e3", "0x1F", "0o17", ".5", "-.inf", ".NaN", "12e03"}) {
    const auto problems = problems_of(changed("[Developers]", fmt::format("[{}]", word)));
    ASSERT_EQ(problems.size(), 1U) << word << "\n" << told(problems);
    EXPECT_EQ(problems[0].code, "invalid_type");
    EXPECT_EQ(problems[0].where, "rules[0].who.groups[0]");
    EXPECT_NE(problems[0].message.find(fmt::format("write \"{}\" in quotes", word)), std::string::npos);
    EXPECT_TRUE(parse_policy(changed("[Developers]", fmt::format("['{}']", word)))) << word;
  }
  for (const std::string_view word : {"null", "Null", "NULL", "~", "\"\"", "''"}) {
    const auto problems = problems_of(changed("[Developers]", fmt::format("[{}]", word)));
    ASSERT_EQ(problems.size(), 1U) << word << "\n" << told(problems);
    EXPECT_EQ(problems[0].code, "invalid_type");
  }
  EXPECT_TRUE(parse_policy(changed("[Developers]", "['null']")));
}

TEST(Policy, TellsWrongTypes) {
  for (const Mistake& mistake : {
           Mistake{"a target a text", "{ou: /Workloads/Prod}", "/Workloads/Prod", 3, "targets.prod", "invalid_type",
                   "\"/Workloads/Prod\""},
           Mistake{"a level a list", "level: critical", "level: [critical]", 7, "permission_sets.ProdAdmin.level",
                   "invalid_level", "a list"},
           Mistake{"who a list", "{groups: [Developers]}", "[Developers]", 10, "rules[0].who", "invalid_type",
                   "a list"},
           Mistake{"groups a text", "[Developers]", "Developers", 10, "rules[0].who.groups", "invalid_type",
                   "\"Developers\""},
           Mistake{"a group a mapping", "[Developers]", "[{name: Developers}]", 10, "rules[0].who.groups[0]",
                   "invalid_type", "a mapping"},
           Mistake{"everyone a text", "{groups: [Developers]}", "{everyone: yes}", 10, "rules[0].who.everyone",
                   "invalid_value", "\"yes\""},
           Mistake{"everyone false", "{groups: [Developers]}", "{everyone: false, users: [ana]}", 10,
                   "rules[0].who.everyone", "invalid_value", "\"false\""},
           Mistake{"except a list", "except: {groups: [Oncall]}", "except: [Oncall]", 16, "rules[1].who.except",
                   "invalid_type", "a list"},
           Mistake{"what a text", "[PowerUser]", "PowerUser", 11, "rules[0].what", "invalid_type", "\"PowerUser\""},
           Mistake{"where a text", "[play]", "play", 12, "rules[0].where", "invalid_type", "\"play\""},
           Mistake{"tag a list", "{env: [sandbox, dev]}", "[env]", 4, "targets.play.tag", "invalid_type", "a list"},
           Mistake{"tag without value", "{env: [sandbox, dev]}", "{env: }", 4, "targets.play.tag.env", "invalid_type",
                   "nothing"},
           Mistake{"when a list", "{level: [high, critical]}", "[high]", 25, "guardrails[0].when", "invalid_type",
                   "a list"},
           Mistake{"level of a guardrail a text", "[high, critical]", "high", 25, "guardrails[0].when.level",
                   "invalid_type", "\"high\""},
           Mistake{"require a number", "{approvers: 2, reason_min: 20, ticket: \"^[A-Z]+-[0-9]+$\", max: 2h}", "2", 26,
                   "guardrails[0].require", "invalid_type", "\"2\""},
           Mistake{"ticket a list", "\"^[A-Z]+-[0-9]+$\"", "[a]", 26, "guardrails[0].require.ticket", "invalid_type",
                   "a list"},
           Mistake{"steps a mapping", "{steps: []}", "{steps: {}}", 28, "approval_policies.nobody.steps",
                   "invalid_type", "a mapping"},
           Mistake{"steps nothing", "{steps: []}", "{steps: }", 28, "approval_policies.nobody.steps", "invalid_type",
                   "nothing"},
           Mistake{"a step a text", "{steps: []}", "{steps: [TeamLeads]}", 28, "approval_policies.nobody.steps[0]",
                   "invalid_type", "\"TeamLeads\""},
           Mistake{"any_of a text", "[{group: TeamLeads}, {user: cleo}]", "TeamLeads", 29,
                   "approval_policies.lead.steps[0].any_of", "invalid_type", "\"TeamLeads\""},
           Mistake{"a party a text", "[{group: TeamLeads}, {user: cleo}]", "[TeamLeads]", 29,
                   "approval_policies.lead.steps[0].any_of[0]", "invalid_type", "\"TeamLeads\""},
           Mistake{"remind a text", "lapse: 4h", "remind: 30m", 29, "approval_policies.lead.remind", "invalid_type",
                   "\"30m\""},
           Mistake{"approval a list", "approval: nobody", "approval: [nobody]", 14, "rules[0].approval", "invalid_type",
                   "a list"},
       }) {
    expect_told(mistake);
  }
}

TEST(Policy, TellsWrongTypesOfTheWholeFile) {
  struct Case {
    std::string_view text;
    int line;
    std::string_view where;
    std::string_view says;
  };
  for (const Case& it : {Case{"", 1, "", "nothing"}, Case{"# only a comment\n", 1, "", "nothing"},
                         Case{"\n- version: 1\n", 2, "", "a list"}, Case{"hello", 1, "", "\"hello\""},
                         Case{"version: 1\ntargets: [a]\n", 2, "targets", "a list"},
                         Case{"version: 1\nrules: {a: b}\n", 2, "rules", "a mapping"},
                         Case{"version: 1\nrules: none\n", 2, "rules", "\"none\""},
                         Case{"version: 1\nrules: [power]\n", 2, "rules[0]", "\"power\""},
                         Case{"version: 1\nguardrails: {}\n", 2, "guardrails", "a mapping"},
                         Case{"version: 1\nbreak_glass: [a]\n", 2, "break_glass", "a list"}}) {
    SCOPED_TRACE(it.text);
    const auto problems = problems_of(it.text);
    ASSERT_EQ(problems.size(), 1U) << told(problems);
    EXPECT_EQ(problems[0].line, it.line);
    EXPECT_EQ(problems[0].where, it.where);
    EXPECT_EQ(problems[0].code, "invalid_type");
    EXPECT_NE(problems[0].message.find(it.says), std::string::npos) << problems[0].message;
  }
}

TEST(Policy, AcceptsSectionsThatAreLeftEmpty) {
  const auto policy = parse_policy("version: 1\ntargets:\npermission_sets: ~\nrules: []\nguardrails:\n");
  ASSERT_TRUE(policy) << told(policy.error());
  EXPECT_TRUE(policy->rules.empty());
}

TEST(Policy, TellsBadDurations) {
  for (const std::string_view value : {"8", "0s", "-1h", "8hours", "1.5h", "1m1h", "1h1h", "20y", "\"\"", "~", "[8h]",
                                       "{h: 8}", "99999999999999999999h", "PT", "11000d", "1h 30m"}) {
    SCOPED_TRACE(value);
    const auto problems = problems_of(changed("max: 8h", fmt::format("max: {}", value)));
    ASSERT_EQ(problems.size(), 1U) << told(problems);
    EXPECT_EQ(problems[0].line, 13);
    EXPECT_EQ(problems[0].where, "rules[0].max");
    EXPECT_EQ(problems[0].code, "invalid_duration");
    const std::string_view shown = value == "\"\""     ? "\"\""
                                   : value == "~"      ? "nothing"
                                   : value == "[8h]"   ? "a list"
                                   : value == "{h: 8}" ? "a mapping"
                                                       : value;
    EXPECT_NE(problems[0].message.find(shown), std::string::npos) << problems[0].message;
  }
  for (const Mistake& mistake : {
           Mistake{"min", "min: 5m", "min: 5", 20, "rules[1].min", "invalid_duration", "\"5\""},
           Mistake{"lapse", "lapse: 4h", "lapse: never", 29, "approval_policies.lead.lapse", "invalid_duration",
                   "\"never\""},
           Mistake{"remind", "lapse: 4h", "remind: [30m, soon]", 29, "approval_policies.lead.remind[1]",
                   "invalid_duration", "\"soon\""},
           Mistake{"guardrail", "max: 2h", "max: 0s", 26, "guardrails[0].require.max", "invalid_duration", "\"0s\""},
           Mistake{"break glass", "max: 30m", "max: 30", 34, "break_glass.max", "invalid_duration", "\"30\""},
           Mistake{"review", "max: 30m", "review_within: tomorrow", 34, "break_glass.review_within", "invalid_duration",
                   "\"tomorrow\""},
       }) {
    expect_told(mistake);
  }
}

TEST(Policy, TellsMissingKeys) {
  for (const Mistake& mistake : {
           Mistake{"version", "version: 1\n", "# here\n", 2, "", "missing_key", "\"version\""},
           Mistake{"id", "- id: power\n    who", "- who", 9, "rules[0]", "missing_key", "\"id\""},
           Mistake{"who", "    who: {groups: [Developers]}\n", "", 9, "rules[0]", "missing_key", "\"who\""},
           Mistake{"what", "    what: [PowerUser]\n", "", 9, "rules[0]", "missing_key", "\"what\""},
           Mistake{"where", "    where: [play]\n", "", 9, "rules[0]", "missing_key", "\"where\""},
           Mistake{"max", "    max: 8h\n", "", 9, "rules[0]", "missing_key", "\"max\""},
           Mistake{"approval", "    approval: nobody\n", "", 9, "rules[0]", "missing_key", "\"approval\""},
           Mistake{"level", "{level: critical}", "{}", 7, "permission_sets.ProdAdmin", "missing_key", "\"level\""},
           Mistake{"guardrail id", "- id: prod-alone\n    where", "- where", 23, "guardrails[0]", "missing_key",
                   "\"id\""},
           Mistake{"level of when", "{level: [high, critical]}", "{}", 25, "guardrails[0].when", "missing_key",
                   "\"level\""},
           Mistake{"require", "    require: {approvers: 2, reason_min: 20, ticket: \"^[A-Z]+-[0-9]+$\", max: 2h}\n", "",
                   23, "guardrails[0]", "missing_key", "\"require\""},
           Mistake{"steps", "nobody: {steps: []}", "nobody: {lapse: 1h}", 28, "approval_policies.nobody", "missing_key",
                   "steps"},
           Mistake{"a level's steps", "nobody: {steps: []}",
                   "nobody: {low: {steps: []}, medium: {steps: []}, high: {steps: []}}", 28, "approval_policies.nobody",
                   "missing_key", "critical"},
           Mistake{"steps of a level", "nobody: {steps: []}",
                   "nobody: {low: {}, medium: {steps: []}, high: {steps: []}, critical: {steps: []}}", 28,
                   "approval_policies.nobody.low", "missing_key", "\"steps\""},
           Mistake{"any_of", "{any_of: [{group: TeamLeads}, {user: cleo}], need: 1}", "{need: 1}", 29,
                   "approval_policies.lead.steps[0]", "missing_key", "\"any_of\""},
           Mistake{"who may break glass", "  who: {groups: [Oncall]}\n  what", "  what", 31, "break_glass",
                   "missing_key", "\"who\""},
       }) {
    expect_told(mistake);
  }
}

TEST(Policy, TellsNamesThatLeadNowhere) {
  for (const Mistake& mistake : {
           Mistake{"target", "where: [play]", "where: [plays]", 12, "rules[0].where[0]", "unknown_target",
                   "there is no target \"plays\"; did you mean \"play\"?"},
           Mistake{"far target", "where: [play]", "where: [everywhere-else]", 12, "rules[0].where[0]", "unknown_target",
                   "known are: pay, play, prod"},
           Mistake{"target of a guardrail", "    where: [prod]\n    when", "    where: [prd]\n    when", 24,
                   "guardrails[0].where[0]", "unknown_target", "\"prd\""},
           Mistake{"target in an exception", "{ou: /Workloads/Prod}", "{ou: /Workloads/Prod, except: [x]}", 3,
                   "targets.prod.except[0]", "unknown_target", "\"x\""},
           Mistake{"target further down", "{ou: /Workloads/Prod}", "{ou: /Workloads/Prod, except: [pay]}", 3,
                   "targets.prod.except[0]", "unknown_target", "\"pay\" is defined further down"},
           Mistake{"target in itself", "{ou: /Workloads/Prod}", "{ou: /Workloads/Prod, except: [prod]}", 3,
                   "targets.prod.except[0]", "unknown_target", "\"prod\""},
           Mistake{"approval policy", "approval: nobody", "approval: nobdy", 14, "rules[0].approval",
                   "unknown_approval_policy", "there is no approval policy \"nobdy\"; did you mean \"nobody\"?"},
           Mistake{"level", "level: critical", "level: extreme", 7, "permission_sets.ProdAdmin.level", "invalid_level",
                   "\"extreme\" is not a level; it is one of low, medium, high, critical"},
           Mistake{"level of a guardrail", "[high, critical]", "[hihg]", 25, "guardrails[0].when.level[0]",
                   "invalid_level", "\"hihg\""},
       }) {
    expect_told(mistake);
  }
}

TEST(Policy, TellsContradictions) {
  for (const Mistake& mistake : {
           Mistake{"all with ou", "{ou: /Workloads/Prod}", "{ou: /Workloads/Prod, all: true}", 3, "targets.prod",
                   "contradiction", "all: true stands alone"},
           Mistake{"min over max", "min: 5m", "min: 5h", 20, "rules[1].min", "contradiction",
                   "5h is longer than max, which is 4h"},
           Mistake{"steps with levels", "nobody: {steps: []}", "nobody: {steps: [], low: {steps: []}}", 28,
                   "approval_policies.nobody", "contradiction", "low"},
           Mistake{"group and user", "{group: TeamLeads}", "{group: TeamLeads, user: ana}", 29,
                   "approval_policies.lead.steps[0].any_of[0]", "invalid_value", "exactly one of group, user"},
           Mistake{"neither group nor user", "{group: TeamLeads}", "{}", 29,
                   "approval_policies.lead.steps[0].any_of[0]", "invalid_value", "exactly one of group, user"},
           Mistake{"a target that selects nothing", "{ou: /Workloads/Prod}", "{}", 3, "targets.prod", "empty_target",
                   "write all: true"},
           Mistake{"people who are nobody", "{groups: [Developers]}", "{except: {groups: [Oncall]}}", 10,
                   "rules[0].who", "empty_people", "write everyone: true"},
           Mistake{"one id for two rules", "id: deploy", "id: power", 15, "rules[1].id", "duplicate_id", "\"power\""},
           Mistake{"one id for a rule and a guardrail", "id: prod-alone", "id: power", 23, "guardrails[0].id",
                   "duplicate_id", "\"power\""},
           Mistake{"an id with a space", "id: power", "id: power user", 9, "rules[0].id", "invalid_id",
                   "\"power user\""},
           Mistake{"a star for declared levels", "ProdAdmin: {level", "\"Prod*\": {level", 7, "permission_sets.Prod*",
                   "invalid_name", "\"Prod*\""},
       }) {
    expect_told(mistake);
  }
  const auto problems = problems_of("version: 1\ntargets:\n  all: {ou: /}\n");
  ASSERT_EQ(problems.size(), 1U) << told(problems);
  EXPECT_EQ(problems[0], (PolicyProblem{3, "targets.all", "reserved_name", problems[0].message}));
}

TEST(Policy, TellsEmptyLists) {
  for (const Mistake& mistake : {
           Mistake{"accounts", "[\"333344445555\"]", "[]", 5, "targets.pay.accounts", "empty_list", "at least one"},
           Mistake{"tags", "{env: [sandbox, dev]}", "{}", 4, "targets.play.tag", "empty_list", "at least one"},
           Mistake{"tag values", "[sandbox, dev]", "[]", 4, "targets.play.tag.env", "empty_list", "at least one"},
           Mistake{"groups", "[Developers]", "[]", 10, "rules[0].who.groups", "empty_list", "at least one"},
           Mistake{"users", "[ana]", "[]", 16, "rules[1].who.users", "empty_list", "at least one"},
           Mistake{"excepted groups", "[Oncall]", "[]", 16, "rules[1].who.except.groups", "empty_list", "at least one"},
           Mistake{"what", "[PowerUser]", "[]", 11, "rules[0].what", "empty_list", "at least one"},
           Mistake{"where", "[play]", "[]", 12, "rules[0].where", "empty_list", "at least one"},
           Mistake{"where of a guardrail", "    where: [prod]\n    when", "    where: []\n    when", 24,
                   "guardrails[0].where", "empty_list", "at least one"},
           Mistake{"levels", "[high, critical]", "[]", 25, "guardrails[0].when.level", "empty_list", "at least one"},
           Mistake{"any_of", "[{group: TeamLeads}, {user: cleo}]", "[]", 29, "approval_policies.lead.steps[0].any_of",
                   "empty_list", "at least one"},
           Mistake{"require", "{approvers: 2, reason_min: 20, ticket: \"^[A-Z]+-[0-9]+$\", max: 2h}", "{}", 26,
                   "guardrails[0].require", "empty_guardrail", "requires nothing"},
       }) {
    expect_told(mistake);
  }
}

TEST(Policy, TellsNumbersOutOfRange) {
  for (const std::string_view value :
       {"0", "-1", "21", "1000", "1.0", "one", "\"1\"", "99999999999999999999", "0x1", "1e1", "+1"}) {
    SCOPED_TRACE(value);
    const auto problems = problems_of(changed("need: 1", fmt::format("need: {}", value)));
    ASSERT_EQ(problems.size(), 1U) << told(problems);
    EXPECT_EQ(problems[0].line, 29);
    EXPECT_EQ(problems[0].where, "approval_policies.lead.steps[0].need");
    EXPECT_EQ(problems[0].code, "invalid_number");
    const std::string bare(value == "\"1\"" ? "1" : value);
    EXPECT_NE(problems[0].message.find(fmt::format("\"{}\" must be a whole number from 1 to 20", bare)),
              std::string::npos)
        << problems[0].message;
  }
  for (const Mistake& mistake : {
           Mistake{"approvers", "approvers: 2", "approvers: 0", 26, "guardrails[0].require.approvers", "invalid_number",
                   "\"0\" must be a whole number from 1 to 20"},
           Mistake{"reason", "reason_min: 20", "reason_min: 501", 26, "guardrails[0].require.reason_min",
                   "invalid_number", "\"501\" must be a whole number from 1 to 500"},
           Mistake{"a list", "need: 1", "need: [1]", 29, "approval_policies.lead.steps[0].need", "invalid_number",
                   "a list"},
       }) {
    expect_told(mistake);
  }
}

TEST(Policy, TellsTicketPatternsThatCannotBeRun) {
  const std::string long_one(201, 'a');
  // Compiling it would take more stack than there is.
  const std::string deep = std::string(100'000, '(') + std::string(100'000, ')');
  for (const std::string& pattern : {std::string("(["), std::string("*"), std::string("a{2,1}"), std::string(""),
                                     long_one, deep, std::string("(a)\\\\1")}) {
    const auto problems = problems_of(changed("\"^[A-Z]+-[0-9]+$\"", "\"" + pattern + "\""));
    ASSERT_EQ(problems.size(), 1U) << told(problems);
    EXPECT_EQ(problems[0].line, 26);
    EXPECT_EQ(problems[0].where, "guardrails[0].require.ticket");
    EXPECT_EQ(problems[0].code, "invalid_pattern");
    const std::string shown = pattern.starts_with("(a)") ? "(a)\\1" : pattern;
    EXPECT_NE(problems[0].message.find(fmt::format("\"{}\"", excerpt(shown))), std::string::npos);
    EXPECT_LT(problems[0].message.size(), 300U);
  }
}

TEST(Policy, TellsVersionsItDoesNotKnow) {
  for (const std::string_view value : {"2", "0", "one", "1.0", "[1]", "~"}) {
    SCOPED_TRACE(value);
    const auto problems = problems_of(changed("version: 1", fmt::format("version: {}", value)));
    ASSERT_EQ(problems.size(), 1U) << told(problems);
    EXPECT_EQ(problems[0].line, 1);
    EXPECT_EQ(problems[0].where, "version");
    EXPECT_EQ(problems[0].code, "unsupported_version");
    EXPECT_NE(problems[0].message.find("write version: 1"), std::string::npos);
  }
}

TEST(Policy, TellsYamlThatHidesThings) {
  for (const Mistake& mistake : {
           Mistake{"an anchor", "[Developers]", "&d [Developers]", 10, "", "invalid_yaml", "anchors and aliases"},
           Mistake{"an anchored text", "[Developers]", "[&d Developers]", 10, "", "invalid_yaml", "anchors"},
           Mistake{"an alias", "[Developers]", "*d", 10, "", "invalid_yaml", ""},
           Mistake{"a tag", "[Developers]", "[!!str Developers]", 10, "", "invalid_yaml", "tags"},
           Mistake{"a tagged list", "[Developers]", "!!seq [Developers]", 10, "", "invalid_yaml", "tags"},
           Mistake{"a tag of one's own", "[Developers]", "[!secret Developers]", 10, "", "invalid_yaml", "tags"},
           Mistake{"a second document", "permission_sets:", "---\npermission_sets:", 6, "", "invalid_yaml",
                   "second document"},
           Mistake{"a merge", "    max: 8h\n", "    max: 8h\n    <<: {min: 1m}\n", 14, "rules[0].<<", "unknown_key",
                   "\"<<\""},
           Mistake{"an open bracket", "[PowerUser]", "[PowerUser", 12, "", "invalid_yaml", ""},
           Mistake{"a tab as indentation", "    max: 8h", "\tmax: 8h", 13, "", "invalid_yaml", ""},
           Mistake{"too deep", "[PowerUser]", "[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]", 11, "", "invalid_yaml",
                   "nested too deep"},
       }) {
    expect_told(mistake);
  }
}

TEST(Policy, TellsFilesThatAreTooLarge) {
  std::string text(kValid);
  text.resize(kLargestPolicyBytes, '#');
  EXPECT_TRUE(parse_policy(text)) << told(problems_of(text));
  text += '#';
  const auto problems = problems_of(text);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].code, "too_large");
  EXPECT_NE(problems[0].message.find("1048577 bytes; at most 1048576"), std::string::npos) << problems[0].message;
}

TEST(Policy, TellsBytesThatAreNotUtf8) {
  const auto problems = problems_of(changed("[Developers]", "[Dev\xff]"));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0], (PolicyProblem{10, "", "invalid_characters", problems[0].message}));
  EXPECT_NE(problems[0].message.find("UTF-8"), std::string::npos);
}

// A byte 0x04 is where yaml-cpp thinks that the file ends: the guardrails below it would silently vanish.
TEST(Policy, TellsControlCharactersWhereverTheyStand) {
  struct Case {
    std::string_view bytes;
    std::string_view shown;
  };
  for (const Case& it : {Case{std::string_view("\0", 1), "U+0000"}, Case{"\x04", "U+0004"}, Case{"\x1b", "U+001B"},
                         Case{"\x7f", "U+007F"}, Case{"\xc2\x9b", "U+009B"}, Case{"\xe2\x80\xae", "U+202E"},
                         Case{"\xef\xbb\xbf", "U+FEFF"}}) {
    SCOPED_TRACE(it.shown);
    for (const std::string_view place : {"Developers", "guardrails:", "lead: {"}) {
      const auto text = changed(place, std::string(it.bytes) + std::string(place));
      const auto problems = problems_of(text);
      ASSERT_EQ(problems.size(), 1U) << told(problems);
      const int line = place == "Developers" ? 10 : place == "guardrails:" ? 22 : 29;
      EXPECT_EQ(problems[0], (PolicyProblem{line, "", "invalid_characters", problems[0].message}));
      EXPECT_NE(problems[0].message.find(it.shown), std::string::npos) << problems[0].message;
    }
  }
  EXPECT_TRUE(parse_policy("\xef\xbb\xbf" + std::string(kValid))) << "a byte order mark at the very start is usual";
  EXPECT_TRUE(parse_policy(changed("prod: {ou", "prod: # \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80\n    {ou")));
}

TEST(Policy, TellsControlCharactersThatAreWrittenAsEscapes) {
  for (const std::string_view escape : {"\\0", "\\x04", "\\n", "\\t", "\\e", "\\u200b", "\\u202e", "\\x7f"}) {
    SCOPED_TRACE(escape);
    const auto problems = problems_of(changed("[Developers]", fmt::format("[\"Dev{}elopers\"]", escape)));
    ASSERT_EQ(problems.size(), 1U) << told(problems);
    EXPECT_EQ(problems[0].line, 10);
    EXPECT_EQ(problems[0].where, "rules[0].who.groups[0]");
    EXPECT_EQ(problems[0].code, "invalid_characters");
    EXPECT_NE(problems[0].message.find("Dev?elopers"), std::string::npos) << problems[0].message;
  }
}

TEST(Policy, QuotesOnlyTheBeginningOfWhatIsTooLong) {
  const std::string name(100'000, 'x');
  for (const auto& text : {changed("[Developers]", "[" + name + "]"), changed("where: [play]", "where: [" + name + "]"),
                           changed("max: 8h", "max: " + name), changed("max: 8h", "max: 8h\n    \"" + name + "\": 1"),
                           changed("level: critical", "level: " + name), changed("need: 1", "need: " + name),
                           changed("version: 1", "version: " + name), changed("id: power", "id: " + name),
                           changed("{env:", "{\"" + name + "\":"), changed("  lead: {", "  \"" + name + "\": {"),
                           changed("max: 8h\n", "max: 8h\n    \"" + name + "\": 1\n    \"" + name + "\": 1\n"),
                           changed("[PowerUser]", "*" + name), "version: 1\n" + name}) {
    const auto problems = problems_of(text);
    ASSERT_FALSE(problems.empty());
    for (const auto& problem : problems) {
      EXPECT_LT(problem.message.size(), 400U) << problem.code;
      EXPECT_LT(problem.where.size(), 200U) << problem.code;
    }
  }
}

TEST(Policy, TellsAllMistakesInOneRunInTheOrderOfTheFile) {
  const auto problems = problems_of(R"(version: 2
targets:
  prod: {}
rules:
  - id: a b
    who: {}
    what: []
    where: [nowhere]
    max: never
    approval: nobody
)");
  std::vector<std::string> codes;
  int line = 0;
  for (const auto& problem : problems) {
    codes.push_back(problem.code);
    EXPECT_GE(problem.line, line);
    line = problem.line;
  }
  EXPECT_EQ(codes,
            (std::vector<std::string>{"unsupported_version", "empty_target", "invalid_id", "empty_people", "empty_list",
                                      "unknown_target", "invalid_duration", "unknown_approval_policy"}));
}

TEST(Policy, StopsTellingWhenEverythingIsWrong) {
  std::string text = "version: 1\nrules:\n";
  for (int i = 0; i < 1'000; ++i) text += "  - {id: 1}\n";
  EXPECT_EQ(problems_of(text).size(), 50U);
}

TEST(Policy, RefusesMoreStepsThanAnybodyWouldClimb) {
  std::string steps;
  for (int i = 0; i < 9; ++i) steps += "{any_of: [{user: cleo}]}, ";
  const auto problems = problems_of(changed("{steps: []}", "{steps: [" + steps + "]}"));
  ASSERT_EQ(problems.size(), 1U) << told(problems);
  EXPECT_EQ(problems[0].where, "approval_policies.nobody.steps");
  EXPECT_EQ(problems[0].code, "too_many");
  EXPECT_NE(problems[0].message.find("has 9 steps; at most 8"), std::string::npos) << problems[0].message;
}

}  // namespace
}  // namespace ag::access
