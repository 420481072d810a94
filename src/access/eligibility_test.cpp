#include "access/eligibility.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/levels.hpp"
#include "access/test_company.hpp"
#include "base/assert.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::Company;
using test::set_arn;
using test::user_id;

constexpr std::string_view kApprovals = R"(
approval_policies:
  nobody: {steps: []}
  lead: {steps: [{any_of: [{group: TeamLeads}]}]}
  two-leads: {steps: [{any_of: [{group: TeamLeads}], need: 2}]}
  lead-then-security: {steps: [{any_of: [{group: TeamLeads}]}, {any_of: [{group: Security}]}]}
  empty-group: {steps: [{any_of: [{group: Empty}]}]}
  unknown-group: {steps: [{any_of: [{group: Ghosts}]}]}
  cleo-only: {steps: [{any_of: [{user: cleo}]}]}
  by-level:
    low: {steps: []}
    medium: {steps: [{any_of: [{group: TeamLeads}]}]}
    high: {steps: [{any_of: [{group: TeamLeads}]}, {any_of: [{group: Security}]}]}
    critical: {steps: [{any_of: [{group: TeamLeads}], need: 2}, {any_of: [{group: Security}]}]}
)";

constexpr Instant kNow = Instant::from_seconds(1'800'000'000);

/// A policy and the company it is for.
struct Setting {
  PolicyIndex index;
  const Organization& organization = index.organization();
  const Policy& policy = index.policy();
  mutable std::map<std::string, std::unique_ptr<Asker>> askers;

  Setting(std::string_view text, const Company& company = a_company())
      : index(std::make_shared<const Policy>(read(fmt::format("version: 1\n{}{}", text, kApprovals))),
              std::make_shared<const Organization>(company.organization())) {}

  [[nodiscard]] Asker& asker(std::string_view user) const {
    auto& asker = askers[std::string(user)];
    if (asker == nullptr) asker = std::make_unique<Asker>(index, **organization.user(user, ""));
    return *asker;
  }

  static Policy read(const std::string& text) {
    auto parsed = parse_policy(text);
    if (!parsed) {
      for (const auto& p : parsed.error())
        ADD_FAILURE() << p.line << ": " << p.where << ": " << p.message << "\n" << text;
    }
    AG_ASSERT(parsed.has_value());
    return std::move(*parsed);
  }

  [[nodiscard]] Result<Eligibility> judge(std::string_view user, std::string_view account, std::string_view set,
                                          Duration duration = Duration::hours(1),
                                          std::optional<std::string> rule = {}) const {
    return asker(user).judge(
        {**organization.account(account, ""), **organization.permission_set(set, ""), duration, kNow, std::move(rule)});
  }
  [[nodiscard]] std::string code(std::string_view user, std::string_view account, std::string_view set,
                                 Duration duration = Duration::hours(1)) const {
    const auto verdict = judge(user, account, set, duration);
    return verdict ? "" : verdict.error().code;
  }
};

std::vector<std::string> accounts_open_to_ana(std::string_view where, const Company& company = a_company()) {
  const Setting setting(fmt::format(R"(
targets:
  prod: {{ou: /Workloads/Prod}}
  shop: {{tag: {{team: shop}}}}
  pay: {{accounts: [payments-prod]}}
rules:
  - {{id: r, who: {{users: [ana]}}, what: [ReadOnly], where: {}, max: 2h, approval: nobody}}
)",
                                    where),
                        company);
  std::vector<std::string> open;
  for (const auto& account : setting.organization.snapshot().accounts) {
    if (setting.code("ana", account.id.str(), "ReadOnly").empty()) open.push_back(account.name);
  }
  return open;
}

using Names = std::vector<std::string>;

TEST(Target, OfAUnitHoldsTheAccountsOfAllUnitsBelow) {
  EXPECT_EQ(accounts_open_to_ana("{ou: /Workloads/Prod}"), (Names{"shop-prod", "payments-prod"}));
  EXPECT_EQ(accounts_open_to_ana("{ou: /Workloads/Prod/Payments}"), Names{"payments-prod"});
  EXPECT_EQ(accounts_open_to_ana("{ou: /Workloads}"), (Names{"shop-prod", "payments-prod", "shop-dev"}));
  EXPECT_EQ(accounts_open_to_ana("{ou: ou-prod}"), (Names{"shop-prod", "payments-prod"}));
  EXPECT_EQ(accounts_open_to_ana("{ou: r-root}").size(), 5U);
  EXPECT_EQ(accounts_open_to_ana("{ou: /}").size(), 5U);
  EXPECT_EQ(accounts_open_to_ana("{ou: /Work}"), Names{}) << "the beginning of a name is another unit";
  EXPECT_EQ(accounts_open_to_ana("{ou: Prod}"), Names{}) << "a unit goes by its id or its whole path";
}

TEST(Target, OfTagsNeedsEachKeyWithOneOfItsValues) {
  EXPECT_EQ(accounts_open_to_ana("{tag: {env: [dev, sandbox]}}"), (Names{"shop-dev", "play"}));
  EXPECT_EQ(accounts_open_to_ana("{tag: {env: prod}}"), (Names{"shop-prod", "payments-prod"}));
  EXPECT_EQ(accounts_open_to_ana("{tag: {env: [prod, dev], team: [shop]}}"), (Names{"shop-prod", "shop-dev"}));
  EXPECT_EQ(accounts_open_to_ana("{tag: {env: [Prod]}}"), Names{});
}

TEST(Target, OfAccountsGoesByIdOrName) {
  EXPECT_EQ(accounts_open_to_ana("{accounts: [\"012345678901\", shop-dev]}"), (Names{"shop-dev", "play"}));
  EXPECT_EQ(accounts_open_to_ana("{accounts: [nobody-knows]}"), Names{});
}

TEST(Target, IsNotWidenedByAnAccountThatIsNamedLikeAnId) {
  const auto company =
      a_company().with(Account{AccountId("777777777777"), "333344445555", "", "ACTIVE", {}, "", {}}, "/");
  EXPECT_EQ(accounts_open_to_ana("{accounts: [\"333344445555\"]}", company), Names{"payments-prod"});
}

TEST(Target, IsNarrowedByEverythingThatItSays) {
  EXPECT_EQ(accounts_open_to_ana("{ou: /Workloads/Prod, tag: {team: [shop]}}"), Names{"shop-prod"});
  EXPECT_EQ(accounts_open_to_ana("{ou: /Workloads, tag: {team: [shop]}, accounts: [shop-dev, play]}"),
            Names{"shop-dev"});
}

TEST(Target, LeavesOutItsExceptions) {
  EXPECT_EQ(accounts_open_to_ana("{all: true, except: [prod]}"), (Names{"management", "shop-dev", "play"}));
  EXPECT_EQ(accounts_open_to_ana("{ou: /Workloads, except: [prod, shop]}"), Names{});
  EXPECT_EQ(accounts_open_to_ana("{ou: /Workloads, except: {ou: /Workloads/Prod, tag: {team: [shop]}}}"),
            (Names{"payments-prod", "shop-dev"}));
  EXPECT_EQ(accounts_open_to_ana("{all: true, except: {ou: /Workloads, except: [pay]}}"),
            (Names{"management", "payments-prod", "play"}))
      << "what an exception leaves out is in again";
}

TEST(Target, OfSeveralNamesIsAnyOfThem) {
  EXPECT_EQ(accounts_open_to_ana("[pay, shop]"), (Names{"shop-prod", "payments-prod", "shop-dev"}));
  EXPECT_EQ(accounts_open_to_ana("[all]").size(), 5U);
}

TEST(Target, NeverOpensAnAccountThatIsNotActive) {
  const Setting setting(
      "rules:\n  - {id: r, who: {everyone: true}, what: [ReadOnly], where: [all], max: 1h, approval: nobody}");
  EXPECT_EQ(setting.code("ana", "old", "ReadOnly"), "account_not_active");
  for (const auto& it : setting.asker("ana").everything(kNow)) {
    EXPECT_NE(it.account->name, "old");
  }
}

bool opens_for(std::string_view who, std::string_view user, const Company& company = a_company()) {
  const Setting setting(
      fmt::format("rules:\n  - {{id: r, who: {}, what: [ReadOnly], where: [all], max: 1h, approval: nobody}}", who),
      company);
  return setting.code(user, "play", "ReadOnly").empty();
}

TEST(Who, IsTheUnionOfWhatIsNamedLessTheExceptions) {
  EXPECT_TRUE(opens_for("{groups: [Developers]}", "ana"));
  EXPECT_FALSE(opens_for("{groups: [Developers]}", "emil"));
  EXPECT_TRUE(opens_for("{groups: [Developers], users: [emil]}", "emil"));
  EXPECT_TRUE(opens_for("{groups: [g-Security]}", "emil")) << "groups go by id too";
  EXPECT_TRUE(opens_for("{users: [u-emil]}", "emil")) << "people go by id too";
  EXPECT_TRUE(opens_for("{everyone: true}", "emil"));
  EXPECT_FALSE(opens_for("{everyone: true, except: {users: [emil]}}", "emil"));
  EXPECT_FALSE(opens_for("{groups: [Developers], except: {groups: [Oncall]}}", "ben"));
  EXPECT_TRUE(opens_for("{groups: [Developers], except: {groups: [Oncall]}}", "ana"));
  EXPECT_FALSE(opens_for("{users: [ben], except: {groups: [Oncall]}}", "ben")) << "an exception beats a name";
}

TEST(Who, IsNobodyForAGroupThatIsUnknownOrAmbiguous) {
  EXPECT_FALSE(opens_for("{groups: [Ghosts]}", "ana"));
  EXPECT_FALSE(opens_for("{groups: [developers]}", "ana")) << "letter case counts";
  const auto twins = a_company().with(Group{GroupId("g-2"), "Developers", {user_id("ana")}});
  EXPECT_FALSE(opens_for("{groups: [Developers]}", "ana", twins));
}

TEST(Who, IsNotWidenedByAUserWhoIsNamedLikeAnotherUsersId) {
  const auto company = a_company().with(User{UserId("u-mallory"), "u-emil", "", "mallory@example.com", true});
  EXPECT_FALSE(opens_for("{users: [u-emil]}", "u-mallory", company));
}

TEST(What, GoesByNameArnOrStar) {
  const auto opens = [](std::string_view what, std::string_view set) {
    const Setting setting(fmt::format(
        "rules:\n  - {{id: r, who: {{users: [ana]}}, what: [{}], where: [all], max: 1h, approval: nobody}}", what));
    return setting.code("ana", "play", set).empty();
  };
  EXPECT_TRUE(opens("ReadOnly", "ReadOnly"));
  EXPECT_FALSE(opens("readonly", "ReadOnly"));
  EXPECT_FALSE(opens("Read", "ReadOnly"));
  EXPECT_TRUE(opens("\"Read*\"", "ReadOnly"));
  EXPECT_TRUE(opens("\"*\"", "ProdAdmin"));
  EXPECT_TRUE(opens("\"P*r*\"", "PowerUser"));
  EXPECT_FALSE(opens("\"P*x\"", "PowerUser"));
  EXPECT_TRUE(opens(fmt::format("\"{}\"", set_arn("Deploy").str()), "Deploy"));
  EXPECT_FALSE(opens(fmt::format("\"{}\"", set_arn("Deploy").str()), "ReadOnly"));
  EXPECT_FALSE(opens("\"arn:*\"", "ReadOnly")) << "a star stands in names only: every arn looks like every other";
}

TEST(Level, IsHighWhereThePolicySaysNothing) {
  const Setting setting(R"(
permission_sets:
  ReadOnly: {level: low}
  "arn:aws:sso:::permissionSet/ssoins-1/ps-ReadOnly": {level: medium}
  Deploy: {level: critical}
)");
  const auto level = [&](const char* set) {
    return level_of(setting.policy, **setting.organization.permission_set(set, ""));
  };
  EXPECT_EQ(level("PowerUser"), Level::kHigh);
  EXPECT_EQ(level("Deploy"), Level::kCritical);
  EXPECT_EQ(level("ReadOnly"), Level::kMedium) << "the arn is nearer than the name";
}

TEST(Judge, TakesTheStepsOfTheLevel) {
  const Setting setting(R"(
permission_sets:
  ReadOnly: {level: low}
  Deploy: {level: medium}
  ProdAdmin: {level: critical}
rules:
  - {id: r, who: {users: [finn]}, what: ["*"], where: [all], max: 1h, approval: by-level}
)",
                        a_company().with_user("gus", {"TeamLeads"}));
  const auto needs = [&](const char* set) {
    std::vector<int> all;
    for (const auto& step : setting.judge("finn", "play", set)->terms->steps) all.push_back(step.need);
    return all;
  };
  EXPECT_EQ(needs("ReadOnly"), std::vector<int>{});
  EXPECT_EQ(needs("Deploy"), std::vector<int>{1});
  EXPECT_EQ(needs("PowerUser"), (std::vector<int>{1, 1})) << "undeclared is high";
  EXPECT_EQ(needs("ProdAdmin"), (std::vector<int>{2, 1}));
}

constexpr std::string_view kThreeRules = R"(
rules:
  - {id: two, who: {everyone: true}, what: [ReadOnly], where: [all], max: 8h, approval: two-leads}
  - {id: one-short, who: {everyone: true}, what: [ReadOnly], where: [all], max: 2h, approval: lead}
  - {id: one-long, who: {everyone: true}, what: [ReadOnly], where: [all], max: 4h, approval: lead}
  - {id: one-long-too, who: {everyone: true}, what: [ReadOnly], where: [all], max: 4h, approval: cleo-only}
)";

TEST(Judge, TakesTheRuleThatAsksLeastOfThoseThatAllowTheWish) {
  const Setting setting(kThreeRules);
  EXPECT_EQ(setting.judge("finn", "play", "ReadOnly", Duration::hours(1))->terms->rule->id, "one-long");
  EXPECT_EQ(setting.judge("finn", "play", "ReadOnly", Duration::hours(4))->terms->rule->id, "one-long");
  EXPECT_EQ(setting.judge("finn", "play", "ReadOnly", Duration::hours(5))->terms->rule->id, "two");
}

TEST(Judge, TakesTheRuleThatIsNamed) {
  const Setting setting(kThreeRules);
  EXPECT_EQ(setting.judge("finn", "play", "ReadOnly", Duration::hours(1), "two")->terms->rule->id, "two");
  EXPECT_EQ(setting.judge("finn", "play", "ReadOnly", Duration::hours(3), "one-short").error().code,
            "duration_too_long");
  const auto unknown = setting.judge("finn", "play", "ReadOnly", Duration::hours(1), "no-such-rule").error();
  EXPECT_EQ(unknown.code, "not_eligible");
  EXPECT_NE(unknown.message.find("no-such-rule"), std::string::npos) << unknown.message;
  EXPECT_NE(unknown.fix.find("one-long"), std::string::npos) << "names a rule that would open it: " << unknown.fix;
}

TEST(Judge, SaysWhatWouldHelp) {
  const Setting setting(R"(
rules:
  - {id: prod-only, who: {users: [ana]}, what: [ReadOnly], where: {ou: /Workloads/Prod}, max: 1h, approval: nobody}
)");
  const auto elsewhere = setting.judge("ana", "play", "ReadOnly").error();
  EXPECT_EQ(elsewhere.code, "not_eligible");
  EXPECT_EQ(elsewhere.message, "no rule lets ana ask for ReadOnly in play");
  EXPECT_EQ(elsewhere.field, "accounts");
  EXPECT_NE(elsewhere.fix.find("prod-only (line 4) would open it in other accounts"), std::string::npos)
      << elsewhere.fix;
  const auto nowhere = setting.judge("ben", "play", "ReadOnly").error();
  EXPECT_EQ(nowhere.fix.find("prod-only"), std::string::npos);
  EXPECT_NE(nowhere.fix.find("accessguard can"), std::string::npos);
}

TEST(Judge, SaysHowLongWouldBeAllowed) {
  const Setting setting(R"(
rules:
  - {id: long, who: {users: [ana]}, what: [ReadOnly], where: [all], min: 1h, max: 2h, approval: nobody}
  - {id: short, who: {users: [ana]}, what: [ReadOnly], where: [all], min: 10m, max: 30m, approval: nobody}
)");
  const auto too_long = setting.judge("ana", "play", "ReadOnly", Duration::hours(3)).error();
  EXPECT_EQ(too_long.code, "duration_too_long");
  EXPECT_EQ(too_long.field, "duration");
  EXPECT_EQ(too_long.rule, "long (line 4)");
  EXPECT_EQ(too_long.fix, "ask for 2h at most");
  const auto too_short = setting.judge("ana", "play", "ReadOnly", Duration::minutes(5)).error();
  EXPECT_EQ(too_short.code, "duration_too_short");
  EXPECT_EQ(too_short.rule, "short (line 5)");
  EXPECT_EQ(too_short.fix, "ask for 10m at least");
  const auto between = setting.judge("ana", "play", "ReadOnly", Duration::minutes(45)).error();
  EXPECT_EQ(between.code, "duration_too_short");
  EXPECT_EQ(between.fix, "ask for 1h at least");
}

TEST(Guardrail, ClosesOnTopOfWhateverRuleOpened) {
  const Setting setting(R"(
permission_sets:
  ReadOnly: {level: low}
rules:
  - {id: r, who: {users: [finn]}, what: ["*"], where: [all], max: 8h, approval: lead}
guardrails:
  - {id: prod-time, where: {ou: /Workloads/Prod}, require: {max: 2h, reason_min: 10}}
  - {id: high-two, when: {level: [high, critical]}, require: {approvers: 2, ticket: "T-[0-9]+"}}
  - {id: deploy-words, what: [Deploy], require: {reason_min: 30, max: 4h}}
  - {id: elsewhere, where: {accounts: [shop-dev]}, require: {max: 1m, approvers: 9}}
)");
  const auto ids = [](const Eligibility& it) {
    Names all;
    for (const auto* guardrail : it.terms->guardrails) all.push_back(guardrail->id);
    return all;
  };
  const auto free = setting.judge("finn", "play", "ReadOnly");
  EXPECT_EQ(ids(*free), Names{});
  EXPECT_EQ(free->terms->max, Duration::hours(8));
  EXPECT_EQ(free->terms->reason_min, 1U);
  EXPECT_EQ(free->terms->steps.at(0).need, 1);

  const auto deploy = setting.judge("finn", "payments-prod", "Deploy");
  EXPECT_EQ(ids(*deploy), (Names{"prod-time", "high-two", "deploy-words"}));
  EXPECT_EQ(deploy->terms->max, Duration::hours(2));
  EXPECT_EQ(deploy->terms->reason_min, 30U);
  EXPECT_EQ(deploy->terms->ticket_patterns, Names{"T-[0-9]+"});
  ASSERT_EQ(deploy->terms->steps.size(), 1U);
  EXPECT_EQ(deploy->terms->steps[0].need, 2);

  const auto capped = setting.judge("finn", "payments-prod", "Deploy", Duration::hours(3)).error();
  EXPECT_EQ(capped.code, "duration_too_long");
  EXPECT_EQ(capped.rule, "prod-time (line 8)") << "the guardrail is what refused, not the rule";
  EXPECT_EQ(capped.fix, "ask for 2h at most");
}

TEST(Guardrail, AsksMorePeopleOfTheLastStep) {
  const Setting setting(R"(
rules:
  - {id: r, who: {users: [finn]}, what: [Deploy], where: [all], max: 8h, approval: lead-then-security}
guardrails:
  - {id: three, require: {approvers: 3}}
  - {id: two, require: {approvers: 2}}
)");
  const auto it = setting.judge("finn", "play", "Deploy");
  ASSERT_TRUE(it);
  EXPECT_EQ(it->terms->steps.at(0).need, 1);
  EXPECT_EQ(it->terms->steps.at(1).need, 2);
}

TEST(Guardrail, LeavesNobodyToApproveWhereTheRuleNamesNobody) {
  const Setting setting(R"(
rules:
  - {id: free, who: {users: [finn]}, what: [Deploy], where: [all], max: 8h, approval: nobody}
guardrails:
  - {id: two, require: {approvers: 2}}
)");
  const auto error = setting.judge("finn", "play", "Deploy").error();
  EXPECT_EQ(error.code, "no_approver");
  EXPECT_NE(error.message.find("wants 2 to agree to Deploy in play, and the approval of free (line 4) names nobody"),
            std::string::npos)
      << error.message;
}

TEST(Guardrail, ThatLeavesNoTimeAtAllIsSaidOnceNotBackAndForth) {
  const Setting setting(R"(
rules:
  - {id: long-only, who: {users: [finn]}, what: [Deploy], where: [all], min: 1h, max: 8h, approval: nobody}
guardrails:
  - {id: short-only, require: {max: 30m}}
)");
  const auto error = setting.judge("finn", "play", "Deploy", Duration::minutes(45)).error();
  EXPECT_EQ(error.code, "not_eligible");
  EXPECT_NE(error.message.find("long-only (line 4)"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("short-only (line 6)"), std::string::npos) << error.message;
  EXPECT_EQ(setting.code("finn", "play", "Deploy", Duration::minutes(20)), "not_eligible");
  EXPECT_EQ(setting.code("finn", "play", "Deploy", Duration::hours(2)), "not_eligible");
  EXPECT_TRUE(setting.asker("finn").everything(kNow).empty());
}

// ---- who could approve ------------------------------------------------------------------------------------

std::string verdict_for(std::string_view user, std::string_view approval, const Company& company = a_company()) {
  const Setting setting(
      fmt::format("rules:\n  - {{id: r, who: {{everyone: true}}, what: [Deploy], where: [all], max: 1h, approval: {}}}",
                  approval),
      company);
  return setting.code(user, "play", "Deploy");
}

TEST(Approver, MustBeSomebody) {
  EXPECT_EQ(verdict_for("finn", "lead"), "");
  EXPECT_EQ(verdict_for("finn", "empty-group"), "no_approver");
  EXPECT_EQ(verdict_for("finn", "unknown-group"), "no_approver");
  EXPECT_EQ(verdict_for("finn", "lead", a_company().with_group("TeamLeads", {"gone"})), "no_approver")
      << "who is disabled decides nothing";
  EXPECT_EQ(verdict_for("finn", "cleo-only", a_company().with_disabled("cleo")), "no_approver");
}

TEST(Approver, IsNeverTheRequester) {
  EXPECT_EQ(verdict_for("cleo", "cleo-only"), "no_approver");
  EXPECT_EQ(verdict_for("cleo", "lead", a_company().with_group("TeamLeads", {"cleo"})), "no_approver");
  EXPECT_EQ(verdict_for("cleo", "lead"), "") << "dora can";
  EXPECT_EQ(verdict_for("ana", "lead", a_company().with_group("TeamLeads", {"ana-admin"})), "no_approver")
      << "ana-admin has ana's mail address: the same person";
  EXPECT_EQ(verdict_for("ana-admin", "lead", a_company().with_group("TeamLeads", {"ana"})), "no_approver");
}

TEST(Approver, IsNeverTheRequesterWhoseAddressIsWrittenAnotherWay) {
  const auto verdict = [](const char* own, const char* other) {
    return verdict_for("x", "lead",
                       a_company().with_mail("x", own).with_mail("y", other).with_group("TeamLeads", {"y"}));
  };
  EXPECT_EQ(verdict("x@example.com", "y@example.com"), "");
  EXPECT_EQ(verdict("x@example.com", " X@Example.com\t"), "no_approver");
  EXPECT_EQ(verdict("\xc3\xa4na@example.com", "\xc3\x84NA@example.com"), "no_approver") << "letter case of any script";
  EXPECT_EQ(verdict("a\xcc\x88na@example.com", "\xc3\xa4na@example.com"), "no_approver") << "composed or not";
  EXPECT_EQ(verdict("x@example.com", "x\xe2\x80\x8b@example.com"), "no_approver") << "invisible characters";
}

TEST(Approver, IsNeverTheRequesterThroughAnAddressThatIsNotThePrimaryOne) {
  User x{test::user_id("x"), "x", "x", "x@example.com", true};
  User y{test::user_id("y"), "y", "y", "y@private.example", true, {}, {{"z@example.com"}}};
  User z{test::user_id("z"), "z", "z", "Z@example.com", true, {}, {{"x@example.com"}}};
  EXPECT_EQ(verdict_for("x", "lead", a_company().with(x).with(y).with_group("TeamLeads", {"y"})), "");
  EXPECT_EQ(verdict_for("x", "lead", a_company().with(x).with(y).with(z).with_group("TeamLeads", {"y"})), "no_approver")
      << "y is z, and z is x";
}

TEST(Approver, CountsOnceOverAllSteps) {
  const auto one_for_both = a_company().with_group("TeamLeads", {"dora"}).with_group("Security", {"dora"});
  EXPECT_EQ(verdict_for("finn", "lead-then-security", one_for_both), "no_approver");
  const auto two = a_company().with_group("TeamLeads", {"dora", "cleo"}).with_group("Security", {"dora"});
  EXPECT_EQ(verdict_for("finn", "lead-then-security", two), "") << "cleo first, dora then";
}

TEST(Approver, CountsOnceWithAllHisIdentities) {
  const auto twice = a_company().with_group("TeamLeads", {"ana", "ana-admin"});
  EXPECT_EQ(verdict_for("finn", "two-leads", twice), "no_approver");
  EXPECT_EQ(verdict_for("finn", "lead", twice), "");
}

TEST(Approver, WithoutMailAddressIsSomebodyOfHisOwn) {
  const auto without = a_company().with_mail("x", "").with_mail("y", "").with_group("TeamLeads", {"x", "y"});
  EXPECT_EQ(verdict_for("finn", "two-leads", without), "");
  EXPECT_EQ(verdict_for("x", "lead", without), "");
}

TEST(Approver, ErrorNamesTheStepsAndWhoIsMissing) {
  const Setting setting(
      "rules:\n  - {id: r, who: {everyone: true}, what: [Deploy], where: [all], max: 1h, approval: lead}",
      a_company().with_group("TeamLeads", {"cleo"}));
  const auto error = setting.judge("cleo", "play", "Deploy").error();
  EXPECT_EQ(error.message,
            "nobody could approve Deploy in play for cleo: 1 needed out of TeamLeads, which has 0 who could decide "
            "beside you");
  EXPECT_EQ(error.rule, "r (line 3)");
}

TEST(Judge, PrefersARuleThatSomebodyCouldApprove) {
  const Setting setting(R"(
rules:
  - {id: impossible, who: {users: [finn]}, what: [Deploy], where: [all], max: 8h, approval: unknown-group}
  - {id: possible, who: {users: [finn]}, what: [Deploy], where: [all], max: 1h, approval: two-leads}
)");
  EXPECT_EQ(setting.judge("finn", "play", "Deploy")->terms->rule->id, "possible");
  EXPECT_EQ(setting.code("finn", "play", "Deploy", Duration::hours(2)), "no_approver");
  const auto all = setting.asker("finn").everything(kNow);
  ASSERT_EQ(all.size(), 5U);
  for (const auto& it : all) EXPECT_EQ(it.terms->rule->id, "possible");
}

TEST(Eligible, PagesThroughEverythingWhateverTheSizeOfAPage) {
  const Setting setting(R"(
rules:
  - {id: a, who: {users: [finn]}, what: [ReadOnly, Deploy], where: {ou: /Workloads}, max: 8h, approval: lead}
  - {id: b, who: {users: [finn]}, what: [ReadOnly], where: [all], max: 1h, approval: nobody}
)");
  const auto told = [](const std::vector<Eligibility>& items) {
    Names names;
    for (const auto& it : items)
      names.push_back(fmt::format("{} {} {}", it.account->name, it.permission_set->name, it.terms->rule->id));
    return names;
  };
  Asker& asker = setting.asker("finn");
  const Names all = told(asker.everything(kNow));
  ASSERT_GT(all.size(), 5U);
  for (std::size_t limit = 1; limit <= all.size() + 1; ++limit) {
    Names paged;
    std::optional<Asker::Place> from = Asker::Place{};
    while (from) {
      const auto stretch = asker.some(kNow, *from, limit);
      EXPECT_LE(stretch.items.size(), limit);
      EXPECT_TRUE(stretch.items.size() == limit || !stretch.next) << "a page that is not full is the last";
      for (auto& name : told(stretch.items)) paged.push_back(std::move(name));
      from = stretch.next;
    }
    EXPECT_EQ(paged, all) << limit;
  }
  EXPECT_TRUE(asker.some(kNow, {1'000'000, 0}, 10).items.empty());
  EXPECT_TRUE(asker.some(kNow, {0, 1'000'000}, 1).items.front().account->name > "management");
}

TEST(Eligible, ListsEachAccountAndSetOnceInOrder) {
  const Setting setting(R"(
rules:
  - {id: a, who: {users: [finn]}, what: [ReadOnly, Deploy], where: {ou: /Workloads}, max: 8h, approval: lead}
  - {id: b, who: {users: [finn]}, what: [ReadOnly], where: [all], max: 1h, approval: nobody}
  - {id: c, who: {users: [ana]}, what: ["*"], where: [all], max: 1h, approval: nobody}
)");
  Names told;
  for (const auto& it : setting.asker("finn").everything(kNow)) {
    told.push_back(fmt::format("{} {} {}", it.account->name, it.permission_set->name, it.terms->rule->id));
  }
  EXPECT_EQ(told,
            (Names{"management ReadOnly b", "payments-prod Deploy a", "payments-prod ReadOnly b", "play ReadOnly b",
                   "shop-dev Deploy a", "shop-dev ReadOnly b", "shop-prod Deploy a", "shop-prod ReadOnly b"}));
}

TEST(Eligible, TellsTheRuleForTheShortestTime) {
  const Setting setting(R"(
rules:
  - {id: long-but-free, who: {users: [finn]}, what: [ReadOnly], where: [all], min: 1h, max: 8h, approval: nobody}
  - {id: short, who: {users: [finn]}, what: [ReadOnly], where: [all], max: 8h, approval: lead}
)");
  const auto all = setting.asker("finn").everything(kNow);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].terms->rule->id, "short");
}

}  // namespace
}  // namespace ag::access
