#include "control/budget.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "control/call.hpp"

namespace ag::control {
namespace {

const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");

aws::Call look() { return aws::ListAccountAssignments{}; }

TEST(Budget, NeverLetsMoreThanTwentyCallsGoInASecond) {
  Budget budget;
  std::deque<Instant> sent;
  for (Instant now = kNoon; now < kNoon + Duration::seconds(10); now = now + Duration::milliseconds(1)) {
    while (budget.allows(look(), Lane::kRevoke, now)) {
      budget.spend(look(), Lane::kRevoke, now);
      sent.push_back(now);
    }
    while (!sent.empty() && sent.front() + Duration::seconds(1) <= now) sent.pop_front();
    ASSERT_LE(sent.size(), 20U) << to_rfc3339(now);
  }
  EXPECT_GE(sent.size(), 18U) << "and it uses what there is";
}

TEST(Budget, IsNotAskedAgainAndAgainWhenTheClockWasSetBack) {
  TokenBucket bucket(4, 7);
  bucket.drain(kNoon);
  const Instant before = kNoon - Duration::seconds(4);
  const Instant when = bucket.when(before);
  EXPECT_FALSE(bucket.has(before));
  EXPECT_TRUE(bucket.has(when)) << "it wakes for nothing";
}

TEST(Budget, KeepsAShareForRevokes) {
  Budget budget;
  int others = 0;
  int revokes = 0;
  for (Instant now = kNoon; now < kNoon + Duration::seconds(10); now = now + Duration::milliseconds(1)) {
    for (const Lane lane : {Lane::kGrant, Lane::kVerify, Lane::kSync, Lane::kBulk}) {
      for (; budget.allows(look(), lane, now); ++others) budget.spend(look(), lane, now);
    }
    for (; budget.allows(look(), Lane::kRevoke, now); ++revokes) budget.spend(look(), Lane::kRevoke, now);
  }
  EXPECT_LE(others, 121);
  EXPECT_GE(revokes, 65) << "however much the others want";
}

TEST(Budget, BeginsWithNothingAfterCallsThatItKnowsNothingOf) {
  Budget budget = Budget::drained(kNoon);
  EXPECT_FALSE(budget.allows(look(), Lane::kRevoke, kNoon));
  EXPECT_TRUE(budget.allows(look(), Lane::kRevoke, kNoon + Duration::seconds(1)));
}

TEST(Budget, SaysWhenItWillAllowTheCallAndNotInThePast) {
  const aws::Call calls[] = {look(),
                             aws::ListUsers{},
                             aws::GetCallerIdentity{},
                             aws::ListRoots{},
                             aws::ListTagsForResource{},
                             aws::DescribeOrganization{},
                             aws::ListAccountsForParent{}};
  for (const auto& call : calls) {
    for (const Lane lane : {Lane::kRevoke, Lane::kGrant, Lane::kSync}) {
      Budget budget;
      while (budget.allows(call, lane, kNoon)) budget.spend(call, lane, kNoon);
      const Instant when = budget.when(call, lane, kNoon);
      EXPECT_GT(when, kNoon);
      EXPECT_LE(when, kNoon + Duration::seconds(2)) << aws::operation_of(call);
      EXPECT_TRUE(budget.allows(call, lane, when)) << aws::operation_of(call);
    }
  }
}

TEST(Budget, CountsServicesApart) {
  Budget budget;
  while (budget.allows(look(), Lane::kRevoke, kNoon)) budget.spend(look(), Lane::kRevoke, kNoon);
  EXPECT_TRUE(budget.allows(aws::ListUsers{}, Lane::kSync, kNoon));
  EXPECT_TRUE(budget.allows(aws::ListRoots{}, Lane::kSync, kNoon));
}

TEST(Budget, DoesNotGrowWhenTheClockGoesBack) {
  Budget budget;
  while (budget.allows(look(), Lane::kRevoke, kNoon)) budget.spend(look(), Lane::kRevoke, kNoon);
  EXPECT_FALSE(budget.allows(look(), Lane::kRevoke, kNoon - Duration::hours(1)));
  EXPECT_FALSE(budget.allows(look(), Lane::kRevoke, kNoon));
}

TEST(Backoff, DoublesUpToTheMostAndNeverOverflows) {
  const Duration most = Duration::seconds(60);
  for (const int attempts : {0, 1, 2, 3, 4, 5, 6, 20, 21, 63, 64, 1'000'000, 2'147'483'646}) {
    const Duration wait = backoff(attempts, most, 42);
    const Duration full = attempts < 6 ? Duration::seconds(1LL << attempts) : most;
    EXPECT_LE(wait, full) << attempts;
    EXPECT_GE(wait * 5, full * 4) << attempts;
  }
}

TEST(Backoff, SpreadsNeighbours) {
  EXPECT_NE(backoff(6, Duration::seconds(60), 1), backoff(6, Duration::seconds(60), 2));
}

}  // namespace
}  // namespace ag::control
