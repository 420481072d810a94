// The plan against a walk over everybody and everything, on random policies and what becomes of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "access/eligibility.hpp"
#include "access/policy_plan.hpp"
#include "access/test_random.hpp"

namespace ag::access {
namespace {

using test::Random;

template <class T>
void change_list(std::vector<T>& list, T fresh, Random& random) {
  const std::size_t at = random.below(list.size() + 1);
  if (at == list.size() || random.chance(30)) list.push_back(std::move(fresh));
  else if (random.chance(50)) list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
  else list[at] = std::move(fresh);
}

void change_one_thing(Policy& policy, Random& random) {
  switch (random.below(8)) {
    case 0: change_list(policy.guardrails, test::random_guardrail(random, 1 + random.below(9)), random); break;
    case 1: {
      const auto& name = random.pick(test::kApprovals);
      policy.approvals[name] = test::random_approval(random, name);
      break;
    }
    case 2: policy.levels[random.pick(test::kSets)].level = static_cast<Level>(random.below(kLevels)); break;
    case 3: {
      const auto& name = random.pick(test::kWindows);
      policy.windows[name] = test::random_window(random, name);
      break;
    }
    case 4:
      if (!policy.rules.empty()) policy.rules[0].max = policy.rules[0].min + test::random_length(random);
      break;
    case 5:
      if (!policy.guardrails.empty()) policy.guardrails[0].max = test::random_length(random);
      break;
    default: change_list(policy.rules, test::random_rule(random, 1 + random.below(9)), random); break;
  }
}

struct Two {
  explicit Two(Random& random) : organization(std::make_shared<const Organization>(test::random_snapshot(random))) {
    Policy policy = test::random_policy(random);
    before = PolicyIndex(std::make_shared<const Policy>(policy), organization);
    for (std::size_t i = 1 + random.below(2); i > 0; --i) change_one_thing(policy, random);
    after = PolicyIndex(std::make_shared<const Policy>(policy), organization);
  }
  std::shared_ptr<const Organization> organization;
  PolicyIndex before;
  PolicyIndex after;
};

bool has(const Some& some, const std::string& name) {
  return std::find(some.names.begin(), some.names.end(), name) != some.names.end();
}

/// All names of these small worlds are said, so a line says exactly where it holds.
bool is_told(const PolicyPlan& plan, const std::vector<ChangeKind>& kinds, const User& user, const Account& account,
             const PermissionSet& set) {
  return std::any_of(plan.changes.begin(), plan.changes.end(), [&](const PolicyChangeLine& line) {
    return line.subject == ChangeSubject::kAccess && std::find(kinds.begin(), kinds.end(), line.kind) != kinds.end() &&
           has(line.people, user.user_name) && has(line.accounts, account.name) && has(line.permission_sets, set.name);
  });
}

std::string all_of(const PolicyPlan& plan) {
  std::string text;
  for (const auto& line : plan.changes) text += fmt::format("  {}: {}\n", name_of(line.kind), to_text(line));
  return text;
}

using Visit = std::function<void(const User&, const Account&, const PermissionSet&, Asker&, Asker&)>;
void each_place(const Two& two, const Visit& visit) {
  const Snapshot& snapshot = two.organization->snapshot();
  for (const auto& user : snapshot.users) {
    Asker before(two.before, user);
    Asker after(two.after, user);
    for (const auto& account : snapshot.accounts) {
      for (const auto& set : snapshot.permission_sets) visit(user, account, set, before, after);
    }
  }
}

/// Whether a wish that is granted after would have been granted before as easily: by the rule that asks least.
void expect_widening_is_told(const Two& two, const PolicyPlan& plan, Random& random, std::size_t& widened) {
  each_place(two, [&](const auto& user, const auto& account, const auto& set, Asker& before, Asker& after) {
    if (!user.enabled || testing::Test::HasFatalFailure()) return;
    const Instant start =
        test::kFirstMonday + Duration::minutes(static_cast<std::int64_t>(random.below(7UL * 24 * 60)));
    const Wish wish{account, set, Duration::minutes(static_cast<std::int64_t>(1 + random.below(60))), start};
    const auto then = before.judge(wish);
    const auto now = after.judge(wish);
    if (!now) return;
    const bool easier = !then || approvals_needed(now->terms->steps) < approvals_needed(then->terms->steps);
    if (!easier) return;
    ++widened;
    ASSERT_TRUE(is_told(plan, {ChangeKind::kGains, ChangeKind::kEased}, user, account, set))
        << user.user_name << " gets " << set.name << " in " << account.name << " by " << now->terms->rule->id
        << " and the plan says nothing of it:\n"
        << all_of(plan);
  });
}

TEST(Plan, NeverHidesWhatWidens) {
  Random random(31);
  std::size_t widened = 0;
  for (std::size_t round = test::rounds(8); round > 0; --round) {
    const Two two(random);
    expect_widening_is_told(two, plan_of(two.before, two.after, test::kFirstMonday), random, widened);
    if (testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(widened, test::rounds(3));
}

/// Whether there is an hour of the week at which the one opens it and the other never does.
bool opens(Asker& asker, const Account& account, const PermissionSet& set, Instant at) {
  return asker.verdict(account, set, at) != nullptr;
}

TEST(Plan, TellsWhoGainsAndWhoLosesExactly) {
  Random random(32);
  std::size_t gained = 0;
  std::size_t lost = 0;
  for (std::size_t round = test::rounds(2); round > 0; --round) {
    const Two two(random);
    const auto plan = plan_of(two.before, two.after, test::kFirstMonday);
    each_place(two, [&](const auto& user, const auto& account, const auto& set, Asker& before, Asker& after) {
      bool gains = false;
      bool loses = false;
      for (int hour = 0; hour < 24 * 7 && user.enabled; ++hour) {
        const Instant at = test::kFirstMonday + Duration::hours(hour);
        const bool then = opens(before, account, set, at);
        const bool now = opens(after, account, set, at);
        gains = gains || (!then && now);
        loses = loses || (then && !now);
      }
      gained += gains ? 1 : 0;
      lost += loses ? 1 : 0;
      EXPECT_EQ(is_told(plan, {ChangeKind::kGains}, user, account, set), gains)
          << user.user_name << " " << account.name << " " << set.name << "\n"
          << all_of(plan);
      EXPECT_EQ(is_told(plan, {ChangeKind::kLoses}, user, account, set), loses)
          << user.user_name << " " << account.name << " " << set.name << "\n"
          << all_of(plan);
    });
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(gained, test::rounds(1));
  EXPECT_GT(lost, test::rounds(1));
}

TEST(Plan, BackwardsTellsTheOpposite) {
  Random random(33);
  const std::map<ChangeKind, ChangeKind> opposite = {{ChangeKind::kGains, ChangeKind::kLoses},
                                                     {ChangeKind::kLoses, ChangeKind::kGains},
                                                     {ChangeKind::kEased, ChangeKind::kTightened},
                                                     {ChangeKind::kTightened, ChangeKind::kEased}};
  for (std::size_t round = test::rounds(3); round > 0; --round) {
    const Two two(random);
    const auto forth = plan_of(two.before, two.after, test::kFirstMonday);
    const auto back = plan_of(two.after, two.before, test::kFirstMonday);
    each_place(two, [&](const auto& user, const auto& account, const auto& set, Asker&, Asker&) {
      for (const auto& [kind, other] : opposite) {
        EXPECT_EQ(is_told(forth, {kind}, user, account, set), is_told(back, {other}, user, account, set))
            << user.user_name << " " << account.name << " " << set.name << " " << name_of(kind) << "\n"
            << all_of(forth) << "back:\n"
            << all_of(back);
      }
    });
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Plan, OfTheSamePolicyIsEmpty) {
  Random random(34);
  for (std::size_t round = test::rounds(5); round > 0; --round) {
    const Two two(random);
    EXPECT_TRUE(plan_of(two.before, two.before, test::kFirstMonday).changes.empty());
  }
}

}  // namespace
}  // namespace ag::access
