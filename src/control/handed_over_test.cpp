#include "control/slot_bench.hpp"

/// What becomes of a slot that somebody else has made too.
namespace ag::control {
namespace {

using namespace testing;
using access::ForeignCreates;
using access::Status;
using aws::ErrorClass;
using aws::OperationStatus;

using Delete = aws::DeleteAccountAssignment;
using Look = aws::ListAccountAssignments;

TEST(HandedOver, IsWhatExpiresAndIsSeenToBeThereAfterItsEnd) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.wait(Duration::minutes(10));
  bench.share(ForeignCreates::kHold);
  bench.wait_for_call(Duration::hours(2));
  EXPECT_EQ(bench.now, testing::kNoon + Duration::hours(1)) << "it is looked at as soon as the time is over";
  bench.look_present();
  EXPECT_EQ(bench.count("slot.handed_over"), 1U);
  EXPECT_EQ(bench.count("slot.delete_intended"), 0U);
  EXPECT_EQ(bench.status(grant), Status::kEnded);
  EXPECT_EQ(bench.state.grants.find(grant)->handed_over->by, "arn:them");
  EXPECT_EQ(bench.state.slots.find(kSlot), nullptr) << "it is not ours any more";
  bench.wait_for_call(Duration::hours(3));
  EXPECT_TRUE(bench.sent.empty()) << "nobody looks at it any more";
}

TEST(HandedOver, IsNotWhatWasSeenBeforeItsEnd) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.share(ForeignCreates::kHold);
  bench.wait(Duration::minutes(59) + Duration::seconds(55));
  bench.control.doubt(kSlot);
  bench.look_present();
  bench.wait(Duration::seconds(10));
  EXPECT_EQ(bench.count("slot.handed_over"), 0U) << "he may have taken it back since that look";
  bench.look_absent();
  EXPECT_EQ(bench.count("slot.delete_intended"), 1U) << "and he has: a create of ours may still be under way";
  bench.answer<Delete>(bench.error(ErrorClass::kAbsent));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kEnded);
  EXPECT_EQ(bench.count("slot.absent"), 1U);
}

TEST(HandedOver, WaitsForTheWordThatItIsOver) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.share(ForeignCreates::kHold);
  bench.now = bench.now + Duration::hours(2);  // among hundreds that end in this second
  bench.control.touch(kSlot);
  EXPECT_TRUE(bench.control.plan(bench.state, bench.now).empty()) << "nothing is deleted before it is known why";
  bench.turn();
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kEnded);
  EXPECT_EQ(bench.count("slot.handed_over"), 1U);
}

TEST(HandedOver, IsNotWhatIsToBeDeleted) {
  SlotBench bench;
  bench.grant();
  bench.make_active();
  bench.share(ForeignCreates::kDelete);
  bench.wait(Duration::hours(1));
  bench.take<Delete>();
}

TEST(HandedOver, IsNotWhatSomebodyEnds) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.share(ForeignCreates::kHold);
  bench.end(grant);
  bench.take<Delete>();
}

TEST(HandedOver, IsNotWhatOneOfTwoGrantsIsEndedOf) {
  SlotBench bench;
  bench.grant(kSlot, {}, Duration::minutes(30));
  bench.make_active();
  const auto other = bench.grant(kSlot, {}, Duration::hours(1));
  bench.share(ForeignCreates::kHold);
  bench.refuses = true;  // so that the first one stays open beyond its end
  bench.wait(Duration::minutes(30));
  bench.refuses = false;
  bench.end(other);
  bench.wait(Duration::seconds(1));
  EXPECT_EQ(bench.count("slot.handed_over"), 0U);
  EXPECT_EQ(bench.count("slot.delete_intended"), 1U);
}

TEST(HandedOver, WaitsForALookForAsLongAsItTakes) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.share(ForeignCreates::kHold);
  bench.wait(Duration::hours(1));
  for (int i = 0; i < 8; ++i) bench.answer<Look>(bench.error(ErrorClass::kRetryable));
  EXPECT_EQ(bench.status(grant), Status::kEnding);
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kEnded);
}

TEST(HandedOver, IsGivenToTheNextGrantOnlyAsStandingAccess) {
  SlotBench bench;
  bench.grant();
  bench.make_active();
  bench.share(ForeignCreates::kHold);
  bench.wait(Duration::hours(1));
  bench.look_present();
  const auto next = bench.grant();
  bench.look_present();
  EXPECT_EQ(bench.status(next), Status::kFailed);
  EXPECT_EQ(bench.state.grants.find(next)->failure_code, "already_held");
}

TEST(HandedOver, IsNotWhatWasMissingSince) {
  SlotBench bench;
  bench.grant();
  bench.make_active();
  bench.share(ForeignCreates::kHold);
  bench.control.doubt(kSlot);
  bench.look_absent();
  EXPECT_EQ(bench.count("slot.missing"), 1U);
  EXPECT_EQ(bench.state.slots.find(kSlot)->shared, nullptr) << "somebody took it away: what we make now is ours alone";
}

}  // namespace
}  // namespace ag::control
