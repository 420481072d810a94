#include "server/time_keeper.hpp"

#include <gtest/gtest.h>

namespace ag::server {
namespace {

const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");
const Instant kUp = Instant::from_seconds(1'000);

TEST(TimeKeeper, TrustsTheWallClockWhileNothingSpeaksAgainstIt) {
  TimeKeeper keeper;
  const auto time = keeper.read(kNoon, kUp);
  EXPECT_EQ(time.now, kNoon);
  EXPECT_FALSE(time.disagreement);
  EXPECT_FALSE(time.jumped);
  keeper.note_aws(kNoon + Duration::seconds(29), kUp);
  EXPECT_FALSE(keeper.read(kNoon, kUp).disagreement);
}

TEST(TimeKeeper, EndsAccessByTheClockThatIsAhead) {
  TimeKeeper keeper;
  keeper.note_aws(kNoon + Duration::minutes(2), kUp);
  auto time = keeper.read(kNoon, kUp);
  ASSERT_TRUE(time.disagreement);
  EXPECT_EQ(time.disagreement->code, "clock_disagrees");
  EXPECT_EQ(time.now, kNoon + Duration::minutes(2));
  EXPECT_EQ(time.skew_seconds, -120);

  keeper.note_aws(kNoon - Duration::minutes(2), kUp);
  time = keeper.read(kNoon, kUp);
  ASSERT_TRUE(time.disagreement);
  EXPECT_EQ(time.now, kNoon);
  EXPECT_EQ(time.skew_seconds, 120);
}

TEST(TimeKeeper, SeesAStepBackAtOnceThoughAwsHasNotSpokenSince) {
  TimeKeeper keeper;
  keeper.note_aws(kNoon, kUp);
  EXPECT_FALSE(keeper.read(kNoon, kUp).disagreement);
  const auto time = keeper.read(kNoon - Duration::hours(1), kUp + Duration::seconds(5));
  ASSERT_TRUE(time.disagreement);
  EXPECT_EQ(time.now, kNoon + Duration::seconds(5));
  EXPECT_FALSE(time.jumped) << "what counts went on";
}

TEST(TimeKeeper, TellsWhenTheTimeThatCountsJumps) {
  TimeKeeper keeper;
  (void)keeper.read(kNoon, kUp);
  EXPECT_FALSE(keeper.read(kNoon + Duration::seconds(7), kUp + Duration::seconds(2)).jumped);
  EXPECT_TRUE(keeper.read(kNoon - Duration::hours(1), kUp + Duration::seconds(3)).jumped);
  EXPECT_FALSE(keeper.read(kNoon - Duration::hours(1), kUp + Duration::seconds(4)).jumped) << "once";
  EXPECT_TRUE(keeper.read(kNoon, kUp + Duration::seconds(5)).jumped);
}

TEST(TimeKeeper, DoesNotTakeAPausedMachineForAStep) {
  TimeKeeper keeper;
  (void)keeper.read(kNoon, kUp);
  EXPECT_FALSE(keeper.read(kNoon + Duration::hours(3), kUp + Duration::hours(3)).jumped);
}

TEST(TimeKeeper, AClockBehindTheLedgerIsWrongUntilAwsSaysOtherwise) {
  TimeKeeper keeper;
  keeper.note_ledger(kNoon, kUp);
  EXPECT_FALSE(keeper.read(kNoon + Duration::hours(1), kUp).disagreement) << "nothing was written for an hour";
  EXPECT_TRUE(keeper.read(kNoon - Duration::hours(1), kUp).disagreement);
  keeper.note_aws(kNoon - Duration::hours(1), kUp);
  const auto time = keeper.read(kNoon - Duration::hours(1), kUp);
  EXPECT_FALSE(time.disagreement) << "it was the ledger's clock that was wrong";
  EXPECT_EQ(time.now, kNoon - Duration::hours(1));
}

}  // namespace
}  // namespace ag::server
