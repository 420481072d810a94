// An Asker against its slow and obvious twin, on random policies, organizations and questions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "access/eligibility.hpp"
#include "access/test_random.hpp"
#include "access/test_twin.hpp"

namespace ag::access {
namespace {

using test::Random;
using test::Twin;

struct Tally {
  std::size_t asked = 0;
  std::size_t opened = 0;
  std::map<std::string, std::size_t> answers;
};

/// One policy for one organization, with both who judge by it.
struct Court {
  explicit Court(Random& random)
      : policy(std::make_shared<const Policy>(test::random_policy(random))),
        organization(std::make_shared<const Organization>(test::random_snapshot(random))),
        index(policy, organization),
        twin(*policy, organization->snapshot()) {}
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Organization> organization;
  PolicyIndex index;
  Twin twin;
};

void expect_same_steps(const Court& court, const Terms& terms, const Twin::Choice& choice, const Twin::Question& q) {
  ASSERT_EQ(terms.steps.size(), choice.steps.size());
  for (std::size_t i = 0; i < choice.steps.size(); ++i) {
    ASSERT_EQ(terms.steps[i].need, choice.steps[i].need);
    for (const std::optional<Instant> now : {std::optional<Instant>(), std::optional(q.start)}) {
      const Today today{court.index, now};
      std::set<std::string> ids;
      for (const User* person : candidates(terms.steps[i], today, q.user.id)) ids.insert(person->id.str());
      ASSERT_EQ(ids, court.twin.deciders(choice, choice.steps[i], q, now));
      for (const User& person : court.organization->snapshot().users)
        ASSERT_EQ(is_candidate(terms.steps[i], today, q.user.id, person.id), ids.contains(person.id.str()));
    }
  }
  const auto widest = widest_steps(terms);
  for (std::size_t i = 0; i < widest.size(); ++i) {
    Twin::TwinStep wide = choice.steps[i];
    wide.any_of.insert(wide.any_of.end(), choice.later.begin(), choice.later.end());
    std::set<std::string> ids;
    for (const User* person : candidates(widest[i], {court.index, {}}, q.user.id)) ids.insert(person->id.str());
    ASSERT_EQ(ids, court.twin.deciders(choice, wide, q, std::nullopt));
  }
}

void expect_same_terms(const Court& court, const Terms& terms, const Twin::Choice& choice, const Twin::Question& q) {
  ASSERT_EQ(terms.min, choice.min);
  ASSERT_EQ(terms.max, choice.max);
  ASSERT_EQ(terms.reason_min, choice.reason_min);
  ASSERT_EQ(terms.ticket_patterns, choice.tickets);
  std::vector<std::string> guardrails;
  for (const auto* guardrail : terms.guardrails) guardrails.push_back(guardrail->id);
  ASSERT_EQ(guardrails, choice.guardrails);
  std::vector<std::vector<std::string>> during;
  for (const auto* windows : terms.during) during.push_back(*windows);
  ASSERT_EQ(during, choice.during);
  expect_same_steps(court, terms, choice, q);
}

enum class Asking { kAccess, kMoreTime };

void expect_same_judgement(const Court& court, Asker& asker, const Twin::Question& q, Asking asking, Tally& tally) {
  const bool extending = asking == Asking::kMoreTime;
  const Wish wish{q.account, q.set, q.duration, q.start, q.rule};
  const auto verdict = extending ? asker.judge_extension(wish) : asker.judge(wish);
  const auto expected = extending ? court.twin.judge_extension(q) : court.twin.judge(q);
  ASSERT_EQ(verdict ? verdict->terms->rule->id : verdict.error().code, expected);
  ++tally.asked;
  if (!verdict) {
    ASSERT_FALSE(verdict.error().message.empty());
    ++tally.answers[verdict.error().code];
    return;
  }
  ++tally.opened;
  Twin::Question under{q.user, q.account, q.set, q.start, q.duration, verdict->terms->rule->id};
  expect_same_terms(court, *verdict->terms, court.twin.choice_of(under, q.start + q.duration, extending), under);
}

void judge_some(const Court& court, Random& random, Tally& tally) {
  const Snapshot& snapshot = court.organization->snapshot();
  for (const auto& user : snapshot.users) {
    Asker asker(court.index, user);
    for (int i = 0; i < 10; ++i) {
      const Asking asking = random.chance(15) ? Asking::kMoreTime : Asking::kAccess;
      std::optional<std::string> rule;
      if (random.chance(20) || asking == Asking::kMoreTime) rule = fmt::format("rule-{}", 1 + random.below(6));
      const Twin::Question q{user,
                             random.pick(snapshot.accounts),
                             random.pick(snapshot.permission_sets),
                             test::random_moment(random),
                             Duration::minutes(test::random_minutes(random, 65)),
                             rule};
      expect_same_judgement(court, asker, q, asking, tally);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

void list_everything(const Court& court, Instant at, Tally& tally) {
  const Snapshot& snapshot = court.organization->snapshot();
  for (const auto& user : snapshot.users) {
    Asker asker(court.index, user);
    std::map<std::string, const Terms*> told;
    for (const auto& it : asker.everything(at)) told[it.account->name + " " + it.permission_set->name] = it.terms;
    std::size_t open = 0;
    for (const auto& account : snapshot.accounts) {
      for (const auto& set : snapshot.permission_sets) {
        const Twin::Question q{user, account, set, at, Duration::seconds(1)};
        const auto expected = court.twin.verdict(q);
        const Terms* terms = asker.verdict(account, set, at);
        ASSERT_EQ(terms == nullptr ? "" : terms->rule->id, expected);
        ++tally.asked;
        if (terms == nullptr) continue;
        ++open;
        const auto listed = told.find(account.name + " " + set.name);
        ASSERT_NE(listed, told.end());
        ASSERT_EQ(listed->second->rule->id, expected);
        const Twin::Question under{user, account, set, at, Duration::seconds(1), expected};
        expect_same_terms(court, *listed->second, court.twin.choice_of(under, at + Duration::seconds(1), false), under);
      }
    }
    ASSERT_EQ(told.size(), open) << "nothing is listed twice, nor what the twin does not open";
    tally.opened += open;
  }
}

// AG_SEEDS=15000 of an optimised build puts more than a million questions to each of the two.
TEST(AskerAndItsTwin, JudgeAlike) {
  Random random(7);
  Tally tally;
  const std::size_t rounds = test::rounds(2);
  for (std::size_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    const Court court(random);
    judge_some(court, random, tally);
    if (testing::Test::HasFatalFailure()) return;
  }
  fmt::print("{} wishes, {} granted\n", tally.asked, tally.opened);
  EXPECT_GT(tally.opened, tally.asked / 30) << "too few wishes are granted to say anything";
  if (rounds < 60) return;
  for (const auto* code : {"not_eligible", "forbidden", "account_not_active", "duration_too_long", "duration_too_short",
                           "outside_window", "no_approver", "not_extendable"}) {
    EXPECT_GT(tally.answers[code], 0U) << code << " never happened";
  }
}

TEST(AskerAndItsTwin, ListAlike) {
  Random random(11);
  Tally tally;
  const std::size_t rounds = test::rounds(1);
  for (std::size_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    const Court court(random);
    list_everything(court, test::random_moment(random), tally);
    if (testing::Test::HasFatalFailure()) return;
  }
  fmt::print("{} verdicts, {} open\n", tally.asked, tally.opened);
  EXPECT_GT(tally.opened, tally.asked / 30);
}

}  // namespace
}  // namespace ag::access
