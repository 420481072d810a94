#include "control/slot_bench.hpp"

/// How a grant ends.
namespace ag::control {
namespace {

using namespace testing;
using access::Status;
using aws::ErrorClass;
using aws::OperationStatus;

using Create = aws::CreateAccountAssignment;
using Delete = aws::DeleteAccountAssignment;
using Look = aws::ListAccountAssignments;
using PollCreate = aws::DescribeCreation;
using PollDelete = aws::DescribeDeletion;

constexpr auto kDone = OperationStatus::kSucceeded;
constexpr auto kUnderWay = OperationStatus::kInProgress;
constexpr auto kFailed = OperationStatus::kFailed;

TEST(SlotControl, DeletesAtTheEndAndVerifies) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.wait_for_call(Duration::hours(2));
  EXPECT_EQ(bench.now, testing::kNoon + Duration::hours(1)) << "not before the end, and not after";
  EXPECT_EQ(bench.count("slot.delete_intended"), 1U);
  bench.answer<Delete>(bench.operation(kUnderWay, "del-1"));
  EXPECT_EQ(bench.status(grant), Status::kEnding) << "ended means seen to be gone";
  bench.look_absent();
  EXPECT_EQ(bench.now, testing::kNoon + Duration::hours(1) + Duration::seconds(3)) << "a list in time saves the poll";
  EXPECT_EQ(bench.status(grant), Status::kEnded);
  EXPECT_TRUE(bench.control.released_since(kSlot, bench.now));
}

TEST(SlotControl, AsksForTheStatusWhenTheListStillShowsIt) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  bench.answer<Delete>(bench.operation(kUnderWay, "del-1"));
  bench.look_present();
  bench.answer<PollDelete>(bench.operation(kUnderWay, "del-1"));
  bench.answer<PollDelete>(bench.operation(kDone, "del-1"));
  EXPECT_EQ(bench.status(grant), Status::kEnding);
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

TEST(SlotControl, AsksForTheStatusWhenTheListIsDenied) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  bench.answer<Delete>(bench.operation(kUnderWay, "del-1"));
  bench.answer<Look>(bench.error(ErrorClass::kDenied));
  bench.answer<PollDelete>(bench.operation(kDone, "del-1"));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

TEST(SlotControl, TakesNothingForItsOwnThatItNeverMade) {
  SlotBench bench;
  bench.creates = Creates::kHeld;
  const auto given = bench.grant();
  bench.look_absent();
  EXPECT_EQ(bench.count("slot.create_intended"), 1U);
  bench.wait(Duration::minutes(5));
  bench.creates = Creates::kAllowed;
  bench.turn();
  bench.look_present();  // somebody had helped out by hand meanwhile
  EXPECT_EQ(bench.status(given), Status::kFailed);
  EXPECT_EQ(bench.count("slot.standing"), 1U);
  bench.wait(Duration::hours(2));
  EXPECT_TRUE(std::none_of(bench.sent.begin(), bench.sent.end(),
                           [](const auto& call) { return std::holds_alternative<Delete>(call.call); }));
}

TEST(SlotControl, EndsWithoutADeleteWhatItNeverMade) {
  SlotBench bench;
  bench.creates = Creates::kHeld;
  const auto given = bench.grant();
  bench.look_absent();
  bench.wait(Duration::minutes(5));
  bench.end(given);
  bench.look_absent();
  EXPECT_EQ(bench.status(given), Status::kRevoked);
  EXPECT_EQ(bench.count("slot.delete_intended"), 0U);
}

TEST(SlotControl, SendsNoCreateWhileTheyAreHeld) {
  SlotBench bench;
  bench.creates = Creates::kHeld;
  const auto grant = bench.grant();
  const auto other = bench.grant(kSameAccount);
  bench.look_absent();  // of both
  bench.wait(Duration::minutes(1));
  EXPECT_TRUE(std::none_of(bench.sent.begin(), bench.sent.end(),
                           [](const auto& call) { return std::holds_alternative<Create>(call.call); }));
  bench.sent.clear();
  bench.end(grant);
  bench.creates = Creates::kAllowed;
  bench.restart();
  bench.wait(Duration::seconds(2));
  EXPECT_FALSE(bench.sent.empty());
  EXPECT_EQ(bench.status(other), Status::kGranting);
}

TEST(SlotControl, EndsEarlyWhenAPersonSaysSo) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  bench.turn();
  bench.answer<Delete>(bench.operation(kDone));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

TEST(SlotControl, TakesAwsAtItsWordThatThereIsNothingToDeleteButLooks) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  bench.answer<Delete>(bench.error(ErrorClass::kAbsent, "ResourceNotFoundException"));
  EXPECT_EQ(bench.status(grant), Status::kEnding);
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

TEST(SlotControl, NeverGivesUpADeleteAndWaitsAMinuteAtMost) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  Duration longest;
  for (int i = 0; i < 60; ++i) {
    longest = std::max(longest, bench.wait_for_call());
    switch (i % 4) {
      case 0: bench.answer<Delete>(bench.operation(kFailed, "del", "no")); break;
      case 1: bench.answer<Delete>(bench.error(ErrorClass::kDenied)); break;
      case 2: bench.answer<Delete>(bench.error(ErrorClass::kInvalid)); break;
      default: bench.answer<Delete>(bench.error(ErrorClass::kConflictTransient)); break;
    }
  }
  EXPECT_GT(longest, Duration::seconds(45));
  EXPECT_LE(longest, Duration::seconds(60));
  bench.answer<Delete>(bench.operation(kDone));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

TEST(SlotControl, DeletesAgainWhatIsStillThere) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  bench.answer<Delete>(bench.operation(kDone));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kEnding);
  bench.answer<Delete>(bench.operation(kDone));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

TEST(SlotControl, DoesNotLetTheTroublesOfAGrantDelayItsEnd) {
  SlotBench bench;
  const auto grant = bench.grant();
  for (int i = 0; i < 8; ++i) {
    bench.look_absent();
    bench.answer<Create>(bench.error(ErrorClass::kConflictTransient));
  }
  bench.end(grant);
  EXPECT_LT(bench.wait_for_call(), Duration::milliseconds(100)) << "the pause was meant for the create";
  (void)bench.take<Delete>();
}

TEST(SlotControl, EndsWhatIsStillBeingMade) {
  SlotBench bench;
  const auto grant = bench.grant(kSlot, {}, Duration::seconds(2));
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay));
  bench.wait(Duration::seconds(3));
  EXPECT_EQ(bench.count("slot.delete_intended"), 1U);
  bench.answer<PollCreate>(bench.operation(kDone));
  bench.answer<Delete>(bench.operation(kDone));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kEnded);
}

TEST(SlotControl, SaysAbsentOfAnUnansweredCreateOnlyWhenItCanNoLongerHappen) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.error(ErrorClass::kRetryable, "Timeout"));
  const Instant silence = bench.now;
  bench.end(grant);
  bench.answer<Delete>(bench.error(ErrorClass::kAbsent));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kEnding) << "AWS may not have come to the create yet";
  bench.wait_for_call();
  EXPECT_EQ(bench.now, silence + Duration::seconds(30));
  bench.look_present();  // it did come
  bench.answer<Delete>(bench.operation(kDone));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

TEST(SlotControl, LooksBeforeItRepeatsAnUnansweredCreate) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.error(ErrorClass::kRetryable, "Timeout"));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
  bench.wait(Duration::minutes(1));
  EXPECT_TRUE(bench.sent.empty());
}

TEST(SlotControl, EndsWhatIsGoneWithItsAccountOrPermissionSet) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  bench.answer<Delete>(bench.error(ErrorClass::kAbsent));
  bench.answer<Look>(bench.error(ErrorClass::kAbsent, "ResourceNotFoundException", "no such permission set"));
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

}  // namespace
}  // namespace ag::control
