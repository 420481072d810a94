// What a change of the policy does to break-glass, which nobody has to agree to.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/levels.hpp"
#include "access/policy_plan.hpp"
#include "access/test_asking.hpp"
#include "access/test_index.hpp"
#include "access/test_random.hpp"
#include "access/windows.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::Company;
using Names = std::vector<std::string>;

constexpr Instant kNoon = Instant::from_seconds(1'767'787'200);

std::string policy(std::string_view guardrails, std::string_view glass = "what: [\"*\"], where: [all], max: 1h",
                   std::string_view levels = "{PowerUser: {level: medium}, ReadOnly: {level: low}}") {
  std::string text = fmt::format("permission_sets: {}\n", levels);
  if (!guardrails.empty()) text += fmt::format("guardrails:\n{}", guardrails);
  if (!glass.empty())
    text += fmt::format("break_glass: {{who: {{groups: [Oncall]}}, {}, notify: [Security]}}\n", glass);
  return text;
}

PolicyPlan plan(const std::string& before, const std::string& after, const Company& company = a_company()) {
  const auto organization = test::shared(company);
  return plan_of(test::index_of(before, organization), test::index_of(after, organization), kNoon);
}

/// Each line as `kind subject level: text`.
Names lines(const PolicyPlan& plan) {
  Names all;
  for (const auto& it : plan.changes)
    all.push_back(fmt::format("{} {} {}: {}", name_of(it.kind), name_of(it.subject), name_of(it.level), to_text(it)));
  return all;
}

constexpr std::string_view kNoPower =
    "  - {id: no-power, where: {ou: /Workloads/Prod}, what: [PowerUser], forbid: true}\n";

TEST(PlanOfBreakGlass, OpensWhatAGuardrailNoLongerForbids) {
  const auto it = plan(policy(kNoPower), policy(""));
  EXPECT_EQ(lines(it), Names{"gains break_glass critical: ben may have PowerUser in 2 accounts (payments-prod, "
                             "shop-prod) by break-glass: nobody must agree, 1h at most; because of the guardrail "
                             "no-power (line 4 before)"});
  EXPECT_EQ(it.changes.at(0).accounts.names, (Names{"payments-prod", "shop-prod"}));
  EXPECT_EQ(widenings(it, ChangeScope::kOpensHigh).size(), 1U) << "a medium permission set that nobody has to agree to";
}

TEST(PlanOfBreakGlass, LosesWhatAGuardrailComesToForbid) {
  const auto it = plan(policy(""), policy(kNoPower));
  EXPECT_EQ(lines(it),
            Names{"loses break_glass critical: ben may no longer have PowerUser in 2 accounts (payments-prod, "
                  "shop-prod) by break-glass; because of the guardrail no-power (line 4)"});
  EXPECT_EQ(widenings(it, ChangeScope::kWidens), Names{});
}

TEST(PlanOfBreakGlass, IsNotSaidToOpenWhatIsForbidden) {
  const auto it = plan(policy(kNoPower, ""), policy(kNoPower, "what: [PowerUser], where: [all], max: 1h"));
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].accounts.names, (Names{"management", "play", "shop-dev"}));
}

TEST(PlanOfBreakGlass, TellsAllOfASectionThatIsNew) {
  const auto it = plan(policy("", ""), policy("", "what: [ReadOnly], where: {accounts: [play]}, max: 30m"));
  EXPECT_EQ(lines(it), Names{"gains break_glass critical: ben may have ReadOnly in play by break-glass: nobody must "
                             "agree, 30m at most; because of break_glass (line 3)"});
}

TEST(PlanOfBreakGlass, OpensWhereAGuardrailCameByTheLevelThatIsLowered) {
  const std::string_view high = "  - {id: g, where: [all], when: {level: [high, critical]}, forbid: true}\n";
  const auto it = plan(policy(high, "what: [Deploy], where: [all], max: 1h", "{Deploy: {level: high}}"),
                       policy(high, "what: [Deploy], where: [all], max: 1h", "{Deploy: {level: low}}"));
  ASSERT_EQ(it.changes.size(), 2U);
  EXPECT_EQ(it.changes[0].kind, ChangeKind::kGains);
  EXPECT_EQ(it.changes[0].subject, ChangeSubject::kBreakGlass);
  EXPECT_EQ(it.changes[0].accounts.count, 5U);
}

TEST(PlanOfBreakGlass, OpensWhatAnExceptionTakesOutOfAGuardrail) {
  const auto it = plan(policy("  - {id: g, where: [all], what: [Deploy], forbid: true}\n"),
                       policy("  - {id: g, who: {everyone: true, except: {users: [ben]}}, where: [all], what: "
                              "[Deploy], forbid: true}\n"));
  ASSERT_FALSE(it.changes.empty());
  EXPECT_EQ(it.changes[0].kind, ChangeKind::kGains);
  EXPECT_EQ(it.changes[0].people.names, Names{"ben"});
}

struct Eased {
  std::string_view guardrail;
  std::string_view words;
};
class EveryGuardrailOfBreakGlass : public testing::TestWithParam<Eased> {};

TEST_P(EveryGuardrailOfBreakGlass, EasesItWhenItIsTakenAway) {
  const auto& [guardrail, words] = GetParam();
  const std::string whole = fmt::format("  - {{id: g, where: [all], what: [Deploy], {}}}\n", guardrail);
  const auto away = plan(policy(whole), policy(""));
  ASSERT_FALSE(away.changes.empty());
  EXPECT_EQ(away.changes[0].kind, ChangeKind::kEased);
  EXPECT_EQ(away.changes[0].subject, ChangeSubject::kBreakGlass);
  EXPECT_EQ(away.changes[0].differences, Names{std::string(words)});
  EXPECT_EQ(away.changes.size(), 1U);
  EXPECT_EQ(widenings(away, ChangeScope::kOpensHigh).size(), 1U);
  const auto added = plan(policy(""), policy(whole));
  ASSERT_EQ(added.changes.size(), 1U);
  EXPECT_EQ(added.changes[0].kind, ChangeKind::kTightened);
}

INSTANTIATE_TEST_SUITE_P(PlanOfBreakGlass, EveryGuardrailOfBreakGlass,
                         testing::Values(Eased{"require: {max: 10m}", "1h at most, before 10m"},
                                         Eased{"never_with: [ProdAdmin]",
                                               "what may not be held at the same time is other"}));

TEST(PlanOfBreakGlass, OpensAtNightWhatWasForbiddenAtNight) {
  const std::string windows = "windows:\n  office: {days: mon-fri, from: \"08:00\", to: \"18:00\", zone: UTC}\n";
  const auto it = plan(windows + policy("  - {id: g, where: [all], what: [Deploy], when: {outside: [office]}, forbid: "
                                        "true}\n"),
                       windows + policy(""));
  ASSERT_EQ(it.changes.size(), 1U) << "though it is noon now";
  EXPECT_EQ(it.changes[0].kind, ChangeKind::kGains);
  EXPECT_EQ(it.changes[0].permission_sets.names, Names{"Deploy"});
}

TEST(PlanOfBreakGlass, IsNotEasedByWhatAnEmergencyDoesNotHeed) {
  // More approvers, tickets, reasons, or a longest time beyond its own, are nothing to break-glass.
  const auto it = plan(
      policy(
          "  - {id: g, where: [all], what: [ReadOnly], require: {approvers: 2, max: 2h, ticket: x, reason_min: 99}}\n"),
      policy("", "what: [\"*\"], where: [all], max: 1h"));
  for (const auto& line : it.changes) EXPECT_NE(line.subject, ChangeSubject::kBreakGlass) << to_text(line);
}

TEST(PlanOfBreakGlass, TellsAForbiddenThingThatNobodyCouldHaveTodayByTheRoadItOpens) {
  // Nobody is on call today. Who is tomorrow has it, and nobody has to agree.
  const auto company = a_company().with_group("Oncall", {});
  const auto it = plan(policy(kNoPower), policy(""), company);
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].subject, ChangeSubject::kBreakGlass);
  EXPECT_EQ(to_text(it.changes[0]),
            "break-glass gives nobody more today, but may tomorrow, and nobody has to agree; because of the guardrail "
            "no-power (line 4 before)");
  EXPECT_EQ(widenings(it, ChangeScope::kOpensHigh).size(), 1U);
}

TEST(PlanOfBreakGlass, SaysNothingOfAGuardrailForOtherPermissionSets) {
  const auto it = plan(policy(kNoPower, "what: [ReadOnly], where: [all], max: 1h"),
                       policy("", "what: [ReadOnly], where: [all], max: 1h"));
  ASSERT_EQ(it.changes.size(), 1U);
  EXPECT_EQ(it.changes[0].subject, ChangeSubject::kNothingYet);
  EXPECT_EQ(it.changes[0].level, Level::kMedium);
}

// ---- the whole way: one administrator alone --------------------------------------------------------------------

std::string with_glass(std::string_view guardrails) {
  std::string text = test::policy_with("guardrails:\n", fmt::format("guardrails:\n{}", guardrails));
  text = text.replace(text.find("Deploy: {level: medium}"), 0, "PowerUser: {level: medium}\n  ");
  return text +
         "break_glass: {who: {groups: [Oncall]}, what: [\"*\"], where: [prod], max: 1h, notify: [Security]}\n"
         "change_control: {when: opens-high, any_of: [{group: Security}]}\n";
}

TEST(PlanOfBreakGlass, WhatItComesToOpenIsNothingForOneAdministratorAlone) {
  test::World world;
  world.apply_policy(with_glass("  - {id: no-power, where: [prod], what: [PowerUser], forbid: true}\n"));
  const auto opens = [&] {
    return world.run(world.as("ben"), UseBreakGlass{.id = world.fresh_request_id(),
                                                    .account = "shop-prod",
                                                    .permission_set = "PowerUser",
                                                    .duration = std::nullopt,
                                                    .reason = "because the shop is down, and nobody answers",
                                                    .confirm = "shop-prod"});
  };
  EXPECT_EQ(test::code_of(opens()), "forbidden");
  const auto proposed =
      world.run(world.as("ben", Role::kAdmin), ApplyPolicy{with_glass(""), "api", {}, ChangeId("chg_1")});
  ASSERT_TRUE(proposed);
  EXPECT_TRUE(std::holds_alternative<PolicyProposed>(proposed->events.front())) << "it is in force at once";
  EXPECT_EQ(test::code_of(opens()), "forbidden");
}

// ---- against a walk over everybody and everything --------------------------------------------------------------

using test::Random;

BreakGlass random_glass(Random& random) {
  BreakGlass glass{.line = 900, .who = test::random_people(random), .what = test::random_sets(random)};
  glass.where = test::random_targets(random);
  glass.max = test::random_length(random);
  return glass;
}

constexpr int kHours = 24 * 7;

/// One policy as a person reads the file: whom break-glass is for, and which guardrails hold in each hour of the week.
class Reader {
 public:
  explicit Reader(const PolicyIndex& index) : index_(index) {
    for (const auto& guardrail : index.policy().guardrails) {
      auto& holds = holds_.emplace_back();
      for (int hour = 0; hour < kHours; ++hour) {
        const Instant at = test::kFirstMonday + Duration::hours(hour);
        holds.push_back(guardrail.outside.empty() || open_until(index.policy(), guardrail.outside, at) <= at);
      }
    }
  }

  /// For how long at most, in each hour; nothing: not at all.
  [[nodiscard]] std::vector<std::optional<Duration>> given(const User& user, const Account& account,
                                                           const PermissionSet& set) const {
    std::vector<std::optional<Duration>> all(kHours);
    if (!is_for(user, account, set)) return all;
    Bits fitting = index_.of(user).guardrails;
    fitting &= index_.of(account).guardrails;
    fitting &= index_.of(set).guardrails;
    for (std::size_t hour = 0; hour < kHours; ++hour) {
      all[hour] = index_.policy().break_glass->max;
      for (const auto i : fitting.positions()) {
        const Guardrail& guardrail = index_.policy().guardrails[i];
        if (!holds_[i][hour]) continue;
        if (guardrail.forbid) all[hour].reset();
        if (guardrail.max && all[hour]) all[hour] = std::min(*all[hour], *guardrail.max);
      }
    }
    return all;
  }

 private:
  [[nodiscard]] bool is_for(const User& user, const Account& account, const PermissionSet& set) const {
    const auto& glass = index_.policy().break_glass;
    const Organization& organization = index_.organization();
    if (!glass || !user.enabled || account.state != "ACTIVE") return false;
    const auto named = [&](const auto& groups, const auto& users) {
      const auto in_group = [&](const auto& name) {
        const Group* group = organization.find_group(name);
        return group != nullptr && organization.is_member(user.id, group->id);
      };
      const auto is_user = [&](const auto& name) { return organization.find_user(name) == &user; };
      return std::any_of(groups.begin(), groups.end(), in_group) || std::any_of(users.begin(), users.end(), is_user);
    };
    const People& who = glass->who;
    return !named(who.except_groups, who.except_users) && (who.everyone || named(who.groups, who.users)) &&
           contains(glass->what, set, index_.level_of(set)) && contains(glass->where, account, organization);
  }

  const PolicyIndex& index_;
  std::vector<std::vector<bool>> holds_;
};

bool is_told(const PolicyPlan& plan, ChangeKind kind, const User& user, const Account& account,
             const PermissionSet& set) {
  const auto has = [](const Some& some, const std::string& name) {
    return std::find(some.names.begin(), some.names.end(), name) != some.names.end();
  };
  return std::any_of(plan.changes.begin(), plan.changes.end(), [&](const PolicyChangeLine& line) {
    return line.subject == ChangeSubject::kBreakGlass && line.kind == kind && has(line.people, user.user_name) &&
           has(line.accounts, account.name) && has(line.permission_sets, set.name);
  });
}

struct Two {
  explicit Two(Random& random) : organization(std::make_shared<const Organization>(test::random_snapshot(random))) {
    Policy policy = test::random_policy(random);
    if (random.chance(90)) policy.break_glass = random_glass(random);
    for (auto& guardrail : policy.guardrails) guardrail.forbid = guardrail.forbid || random.chance(30);
    before = PolicyIndex(std::make_shared<const Policy>(policy), organization);
    for (std::size_t i = 1 + random.below(2); i > 0; --i) change(policy, random);
    after = PolicyIndex(std::make_shared<const Policy>(policy), organization);
  }
  static void change(Policy& policy, Random& random) {
    switch (random.below(7)) {
      case 0: policy.break_glass = random_glass(random); break;
      case 1: policy.levels[random.pick(test::kSets)].level = static_cast<Level>(random.below(kLevels)); break;
      case 2: policy.guardrails.push_back(test::random_guardrail(random, 20)); break;
      case 3:
        if (!policy.guardrails.empty()) policy.guardrails[0].forbid = !policy.guardrails[0].forbid;
        break;
      case 5:
        if (policy.break_glass) policy.break_glass->max = test::random_length(random);
        break;
      case 4:
        if (!policy.guardrails.empty()) policy.guardrails[0].where = test::random_targets(random);
        break;
      default:
        if (!policy.guardrails.empty()) policy.guardrails.pop_back();
        break;
    }
  }
  std::shared_ptr<const Organization> organization;
  PolicyIndex before;
  PolicyIndex after;
};

TEST(PlanOfBreakGlass, TellsExactlyWhoComesToHaveWhatAndWhoNoLonger) {
  Random random(35);
  std::size_t gained = 0;
  std::size_t lost = 0;
  std::size_t longer = 0;
  for (std::size_t round = test::rounds(4); round > 0; --round) {
    const Two two(random);
    const auto plan = plan_of(two.before, two.after, test::kFirstMonday);
    const Reader before(two.before);
    const Reader after(two.after);
    const Snapshot& snapshot = two.organization->snapshot();
    for (const auto& user : snapshot.users) {
      for (const auto& account : snapshot.accounts) {
        for (const auto& set : snapshot.permission_sets) {
          const auto then = before.given(user, account, set);
          const auto now = after.given(user, account, set);
          bool gains = false;
          bool loses = false;
          bool is_longer = false;
          for (std::size_t hour = 0; hour < kHours; ++hour) {
            gains = gains || (!then[hour] && now[hour]);
            loses = loses || (then[hour] && !now[hour]);
            is_longer = is_longer || (then[hour] && now[hour] && *now[hour] > *then[hour]);
          }
          gained += gains ? 1 : 0;
          lost += loses ? 1 : 0;
          longer += is_longer ? 1 : 0;
          const auto told =
              fmt::format("{} {} {}\n{}", user.user_name, account.name, set.name, fmt::join(lines(plan), "\n"));
          ASSERT_EQ(is_told(plan, ChangeKind::kGains, user, account, set), gains) << told;
          ASSERT_EQ(is_told(plan, ChangeKind::kLoses, user, account, set), loses) << told;
          if (is_longer) ASSERT_TRUE(is_told(plan, ChangeKind::kEased, user, account, set)) << told;
        }
      }
    }
    const bool is_wider = std::any_of(plan.changes.begin(), plan.changes.end(), [](const PolicyChangeLine& line) {
      return line.subject == ChangeSubject::kBreakGlass && line.kind == ChangeKind::kGains;
    });
    if (is_wider) EXPECT_FALSE(widenings(plan, ChangeScope::kOpensHigh).empty());
  }
  EXPECT_GT(gained, test::rounds(1));
  EXPECT_GT(lost, test::rounds(1));
  EXPECT_GT(longer, test::rounds(1));
}

}  // namespace
}  // namespace ag::access
