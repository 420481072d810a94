#include <gtest/gtest.h>

#include "control/slot_bench.hpp"
#include "control/slots.hpp"

/// What comes after a slot was seen to be gone: looks for a create that AWS took late.
namespace ag::control {
namespace {

using aws::ErrorClass;
using aws::OperationStatus;
using testing::kSlot;
using testing::SlotBench;

using Create = aws::CreateAccountAssignment;
using Delete = aws::DeleteAccountAssignment;
using Look = aws::ListAccountAssignments;

constexpr auto kUnderWay = OperationStatus::kInProgress;

struct Released : ::testing::Test {
  SlotBench bench;
  Instant gone;

  void let_go() {
    bench.end(bench.state.slots.find(kSlot)->live.front());
    bench.answer<Delete>(bench.operation(kUnderWay, "del-1"));
    bench.look_absent();
    ASSERT_NE(bench.state.released.find(kSlot), nullptr);
    gone = bench.state.released.find(kSlot)->observed_at;
  }
};

TEST_F(Released, IsLookedAtForAnHour) {
  bench.grant();
  bench.make_active();
  let_go();
  for (const int minutes : {1, 5, 15, 60}) {
    bench.wait_for_call(Duration::hours(1));
    const Outgoing look = bench.take<Look>();
    EXPECT_EQ(look.lane, Lane::kVerify);
    EXPECT_EQ((bench.now - gone).count_seconds(), minutes * 60);
    bench.reply(look, aws::Assignments{{}, ""});
  }
  bench.wait(Duration::hours(2));
  EXPECT_TRUE(bench.sent.empty());
}

TEST_F(Released, IsRemovedAgainWhenACreateThatWasNeverAnsweredBringsItBack) {
  bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.error(ErrorClass::kRetryable, "Timeout"));
  EXPECT_EQ(bench.count("slot.create_unanswered"), 1U);
  bench.look_present();
  bench.wait(Duration::minutes(1));  // as long as AWS is given to take it late
  let_go();
  bench.look_present();
  EXPECT_EQ(bench.count("slot.reappeared"), 1U);
  bench.answer<Delete>(bench.operation(kUnderWay, "del-2"));
  bench.look_absent();
  EXPECT_EQ(bench.count("slot.absent"), 2U);
  bench.look_absent();  // and the hour begins anew
}

TEST_F(Released, IsSomebodyElsesWhenAllOursWereAnswered) {
  bench.grant();
  bench.make_active();
  let_go();
  bench.look_present();
  EXPECT_EQ(bench.count("assignment.appeared"), 1U);
  EXPECT_EQ(bench.count("slot.reappeared"), 0U);
  bench.wait(Duration::hours(2));
  EXPECT_TRUE(bench.sent.empty()) << "not ours to remove, and said once";
}

TEST_F(Released, IsSomebodyElsesAfterTheHourWhateverWasUnanswered) {
  bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.error(ErrorClass::kRetryable, "Timeout"));
  bench.look_present();
  bench.wait(Duration::minutes(1));
  let_go();
  bench.now = gone + Duration::hours(72);
  bench.restart();
  bench.control.doubt(kSlot);
  bench.turn();
  bench.wait(Duration::minutes(5));
  EXPECT_TRUE(bench.sent.empty()) << "it is forgotten, though the ledger still has its row";
  EXPECT_EQ(bench.count("slot.reappeared"), 0U);
}

TEST_F(Released, IsLookedAtAnewForTheNextGrant) {
  bench.grant();
  bench.make_active();
  let_go();
  bench.grant();
  bench.look_present();  // somebody has given it by hand in between
  EXPECT_EQ(bench.count("slot.create_intended"), 1U);
  EXPECT_EQ(bench.count("slot.standing"), 1U);
}

TEST_F(Released, IsLookedAtAnewForTheNextGrantAlthoughTheFirstListFails) {
  bench.grant();
  bench.make_active();
  let_go();
  bench.grant();
  bench.answer<Look>(bench.error(aws::ErrorClass::kRetryable));
  EXPECT_EQ(bench.count("slot.create_intended"), 1U) << "on the word of a look of the life before";
  bench.look_present();  // somebody has given it by hand in between
  EXPECT_EQ(bench.count("slot.standing"), 1U);
}

TEST_F(Released, IsLookedAtOnceAfterAStartForAllThatWasMissed) {
  bench.grant();
  bench.make_active();
  let_go();
  bench.now = gone + Duration::minutes(20);
  bench.restart();
  bench.turn();
  bench.look_absent();
  EXPECT_EQ((bench.now - gone).count_seconds(), 20 * 60);
  bench.wait_for_call(Duration::hours(1));
  bench.look_absent();
  EXPECT_EQ((bench.now - gone).count_seconds(), 60 * 60);
}

}  // namespace
}  // namespace ag::control
