// Laws of the policy language, on random policies, organizations and questions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "access/eligibility.hpp"
#include "access/test_index.hpp"
#include "access/test_random.hpp"

namespace ag::access {
namespace {

using test::Random;

struct Land {
  explicit Land(Random& random) : organization(std::make_shared<const Organization>(test::random_snapshot(random))) {}
  [[nodiscard]] PolicyIndex under(const Policy& policy) const {
    return {std::make_shared<const Policy>(policy), organization};
  }
  [[nodiscard]] const Snapshot& snapshot() const { return organization->snapshot(); }
  std::shared_ptr<const Organization> organization;
};

/// The same at any place of the list: order must not matter.
template <class T>
void insert_anywhere(std::vector<T>& list, T thing, Random& random) {
  const auto place = static_cast<std::ptrdiff_t>(random.below(list.size() + 1));
  list.insert(list.begin() + place, std::move(thing));
}

struct Asked {
  const User* user = nullptr;
  const Account* account = nullptr;
  const PermissionSet* set = nullptr;
  Duration duration;
  Instant start;
};

std::vector<Asked> questions(const Land& land, Random& random) {
  std::vector<Asked> all;
  for (const auto& user : land.snapshot().users) {
    for (int i = 0; i < 8; ++i) {
      all.push_back({&user, &random.pick(land.snapshot().accounts), &random.pick(land.snapshot().permission_sets),
                     Duration::minutes(static_cast<std::int64_t>(1 + random.below(40))), test::random_moment(random)});
    }
  }
  return all;
}

/// An Asker keeps the terms that its verdict points to.
struct Answer {
  Answer(const PolicyIndex& index, const Asked& asked, std::optional<std::string> rule = {})
      : asker(index, *asked.user),
        verdict(asker.judge({*asked.account, *asked.set, asked.duration, asked.start, std::move(rule)})) {}
  Asker asker;
  Result<Eligibility> verdict;
};

std::vector<const User*> people_of(const Terms& terms, const PolicyIndex& index, const User& requester) {
  std::vector<const User*> people;
  for (const auto& step : terms.steps) {
    const auto some = candidates(step, {index, {}}, requester.id);
    people.insert(people.end(), some.begin(), some.end());
  }
  return people;
}

/// Each in the same steps, or more of them at the end: what is asked after is asked on top of what was before.
void expect_no_easier(const PolicyIndex& index, const User& requester, const Terms& after, const Terms& before) {
  EXPECT_LE(after.max, before.max);
  EXPECT_GE(after.min, before.min);
  EXPECT_GE(after.reason_min, before.reason_min);
  EXPECT_GE(after.ticket_patterns.size(), before.ticket_patterns.size());
  EXPECT_GE(after.during.size(), before.during.size());
  EXPECT_GE(approvals_needed(after.steps), approvals_needed(before.steps));
  ASSERT_GE(after.steps.size(), before.steps.size());
  for (std::size_t i = 0; i < before.steps.size(); ++i) EXPECT_GE(after.steps[i].need, before.steps[i].need);
  const auto then = people_of(before, index, requester);
  for (const User* person : people_of(after, index, requester))
    EXPECT_NE(std::find(then.begin(), then.end(), person), then.end()) << person->user_name;
}

TEST(Guardrail, NeverOpensAnything) {
  Random random(21);
  std::size_t open = 0;
  std::size_t closed = 0;
  for (std::size_t round = test::rounds(6); round > 0; --round) {
    const Land land(random);
    const Policy before = test::random_policy(random);
    Policy after = before;
    insert_anywhere(after.guardrails, test::random_guardrail(random, 77), random);
    const PolicyIndex index_before = land.under(before);
    const PolicyIndex index_after = land.under(after);
    for (const auto& asked : questions(land, random)) {
      const Answer then(index_before, asked);
      const Answer now(index_after, asked);
      if (then.verdict && !now.verdict) ++closed;
      if (!now.verdict) continue;
      ++open;
      ASSERT_TRUE(then.verdict) << "a guardrail opened it: " << then.verdict.error().message;
      const Answer same_rule(index_before, asked, now.verdict->terms->rule->id);
      ASSERT_TRUE(same_rule.verdict) << same_rule.verdict.error().message;
      expect_no_easier(index_after, *asked.user, *now.verdict->terms, *same_rule.verdict->terms);
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(open, closed);
  EXPECT_GT(closed, test::rounds(1) / 4) << "too few guardrails close anything to say something";
}

TEST(Guardrail, HoldsOutsideAWindowWhenAnyPartOfTheAccessLiesThere) {
  const auto index = test::index_of(R"(
windows:
  office: {days: mon-fri, from: "08:00", to: "18:00", zone: UTC}
rules:
  - {id: r, who: {users: [ana]}, what: [ReadOnly], where: [all], max: 4h, approval: nobody}
guardrails:
  - {id: g, where: [all], when: {outside: [office]}, require: {max: 2h}}
approval_policies: {nobody: {steps: []}}
)",
                                    test::shared(test::a_company()));
  const auto& organization = index.organization();
  Asker asker(index, **organization.user("ana", ""));
  const auto longest = [&](int hour, int minute) {
    const Instant start = test::kFirstMonday + Duration::hours(hour) + Duration::minutes(minute);
    const auto verdict = asker.judge(
        {**organization.account("play", ""), **organization.permission_set("ReadOnly", ""), Duration::hours(2), start});
    return verdict ? verdict->terms->max : Duration();
  };
  EXPECT_EQ(longest(8, 0), Duration::hours(4));
  EXPECT_EQ(longest(16, 0), Duration::hours(4)) << "it ends when the window does";
  EXPECT_EQ(longest(16, 1), Duration::hours(2)) << "its last minute is outside";
  EXPECT_EQ(longest(7, 59), Duration::hours(2));
}

TEST(Rule, NeverClosesAnything) {
  Random random(22);
  std::size_t opened = 0;
  std::size_t kept = 0;
  for (std::size_t round = test::rounds(6); round > 0; --round) {
    const Land land(random);
    const Policy before = test::random_policy(random);
    Policy after = before;
    insert_anywhere(after.rules, test::random_rule(random, 77), random);
    const PolicyIndex index_before = land.under(before);
    const PolicyIndex index_after = land.under(after);
    for (const auto& asked : questions(land, random)) {
      const Answer then(index_before, asked);
      const Answer now(index_after, asked);
      if (!then.verdict && now.verdict) ++opened;
      if (!then.verdict) continue;
      ++kept;
      ASSERT_TRUE(now.verdict) << "a rule closed it: " << now.verdict.error().message;
      ASSERT_LE(approvals_needed(now.verdict->terms->steps), approvals_needed(then.verdict->terms->steps));
      const Answer same_rule(index_after, asked, then.verdict->terms->rule->id);
      ASSERT_TRUE(same_rule.verdict) << "who names the old rule still has it";
    }
  }
  EXPECT_GT(kept, test::rounds(1));
  EXPECT_GT(opened, test::rounds(1)) << "too few rules open anything to say something";
}

/// Whatever the policy says, and whoever is named: nobody decides about his own request, under no identity.
void expect_requester_is_nobody(const PolicyIndex& index, const Terms& terms, const User& requester, Instant at) {
  std::vector<Step> steps = terms.steps;
  const auto widest = widest_steps(terms);
  steps.insert(steps.end(), widest.begin(), widest.end());
  for (const auto& step : steps) {
    for (const std::optional<Instant> now : {std::optional<Instant>(), std::optional(at)}) {
      const Today today{index, now};
      for (const User* person : candidates(step, today, requester.id)) {
        ASSERT_NE(person->id, requester.id);
        ASSERT_FALSE(is_same_person(index.organization(), person->id, requester.id));
      }
      for (const auto& identity : index.organization().snapshot().users) {
        if (is_same_person(index.organization(), identity.id, requester.id))
          ASSERT_FALSE(is_candidate(step, today, requester.id, identity.id));
      }
    }
  }
}

TEST(Requester, NeverDecidesWhateverThePolicySays) {
  Random random(23);
  std::size_t looked_at = 0;
  std::size_t named = 0;
  for (std::size_t round = test::rounds(10); round > 0; --round) {
    const Land land(random);
    const PolicyIndex index = land.under(test::random_policy(random));
    const Instant at = test::random_moment(random);
    for (const auto& user : land.snapshot().users) {
      Asker asker(index, user);
      for (const auto& it : asker.everything(at)) {
        expect_requester_is_nobody(index, *it.terms, user, at);
        const Wish more{*it.account, *it.permission_set, Duration::minutes(1), at, it.terms->rule->id};
        if (const auto longer = asker.judge_extension(more))
          expect_requester_is_nobody(index, *longer->terms, user, at);
        if (testing::Test::HasFatalFailure()) return;
        ++looked_at;
        for (const auto& step : widest_steps(*it.terms)) {
          const auto people = members_of(step.any_of, {index, {}});
          named += std::find(people.begin(), people.end(), &user) != people.end() ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GT(looked_at, test::rounds(15));
  EXPECT_GT(named, test::rounds(3)) << "the requester is among those who are named, and still does not count";
}

TEST(Verdict, IsWhatJudgeSaysForTheShortestTime) {
  Random random(24);
  std::size_t looked_at = 0;
  for (std::size_t round = test::rounds(10); round > 0; --round) {
    const Land land(random);
    const PolicyIndex index = land.under(test::random_policy(random));
    const Instant at = test::random_moment(random);
    for (const auto& user : land.snapshot().users) {
      Asker asker(index, user);
      for (const auto& it : asker.everything(at)) {
        // Windows, and guardrails outside of them, may shut a time that is longer than a moment; and it may be nobody's
        // turn.
        if (!it.terms->during.empty() || it.terms->asks_on_call || it.terms->min > Duration::seconds(1)) continue;
        const auto verdict = asker.judge({*it.account, *it.permission_set, it.terms->min, at});
        ASSERT_TRUE(verdict) << "what is listed can be asked for: " << verdict.error().message;
        const auto needed = approvals_needed(verdict->terms->steps);
        ASSERT_EQ(needed, approvals_needed(it.terms->steps));
        ++looked_at;
      }
    }
  }
  EXPECT_GT(looked_at, test::rounds(6));
}

}  // namespace
}  // namespace ag::access
