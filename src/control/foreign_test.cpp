#include "control/slot_bench.hpp"

/// Another server on the same ledger.
namespace ag::control {
namespace {

using namespace testing;
using access::Status;
using aws::OperationStatus;
using Create = aws::CreateAccountAssignment;
using Delete = aws::DeleteAccountAssignment;
using Look = aws::ListAccountAssignments;

class Foreign : public ::testing::Test {
 protected:
  /// Taken in from the ledger, as the other one wrote it.
  void writes(const access::Event& event) {
    bench.state.replay({bench.state.size.get(), bench.now, {}, {}, event});
    for (const auto& slot : access::slots_of(bench.state, event)) {
      bench.control.touch(slot);
      bench.control.note_foreign(slot, event);
    }
  }
  void answer_polls(OperationStatus status) {
    for (bench.turn(); !bench.sent.empty(); bench.turn()) {
      const auto call = std::move(bench.sent.front());
      bench.sent.pop_front();
      const bool is_look = std::holds_alternative<Look>(call.call);
      if (is_look) bench.reply(call, aws::Assignments{{}, ""});
      else bench.reply(call, SlotBench::operation(status, "theirs"));
    }
  }

  SlotBench bench;
};

TEST_F(Foreign, ACreateThatItsServerHasAnAnswerToIsNotCalledUnanswered) {
  bench.grant();
  writes(access::CreateIntended{kSlot});
  bench.turn();
  EXPECT_EQ(bench.count("slot.create_unanswered"), 0U) << "its answer may be on its way";
  writes(access::CreateAccepted{kSlot, aws::OperationId("theirs")});
  bench.turn();
  writes(access::SlotPresent{kSlot, bench.now});
  bench.wait(Duration::minutes(10));
  EXPECT_EQ(bench.count("slot.create_unanswered"), 0U);
}

TEST_F(Foreign, ACreateOfASilentServerIsUnansweredAndIsTakenOver) {
  bench.grant();
  writes(access::CreateIntended{kSlot});
  for (int i = 0; i < 150; ++i) {
    answer_polls(OperationStatus::kInProgress);
    bench.now = bench.now + Duration::seconds(1);
  }
  EXPECT_EQ(bench.count("slot.create_unanswered"), 1U);
  EXPECT_EQ(bench.count("slot.create_intended"), 1U) << "our own, beside theirs";
}

TEST_F(Foreign, ACreateIsUnansweredWhenItsGrantEndsBeforeItsAnswer) {
  const auto grant = bench.grant();
  writes(access::CreateIntended{kSlot});
  bench.turn();
  bench.end(grant);
  bench.turn();
  EXPECT_EQ(bench.count("slot.delete_intended"), 1U);
  EXPECT_EQ(bench.count("slot.create_unanswered"), 1U);
}

TEST_F(Foreign, WhatWasSeenBeforeTheOtherOneWroteSaysNothing) {
  bench.grant();
  const auto look = bench.take<Look>();
  writes(access::CreateIntended{kSlot});
  writes(access::CreateAccepted{kSlot, aws::OperationId("theirs")});
  writes(access::SlotPresent{kSlot, bench.now});
  bench.reply(look, aws::Assignments{});  // how it was before all that
  bench.turn();
  EXPECT_EQ(bench.count("slot.missing"), 0U);
}

TEST_F(Foreign, WhatItHasDeletedIsMadeAgainAtOnceForTheNextGrant) {
  const auto first = bench.grant();
  bench.look_absent();
  bench.answer<Create>(SlotBench::operation(OperationStatus::kSucceeded));
  writes(access::GrantEnding{first, access::EndCause::kHolder, {}});
  writes(access::DeleteIntended{kSlot});
  writes(access::DeleteAccepted{kSlot, aws::OperationId("theirs")});
  bench.grant();
  const Instant begun = bench.now;
  for (int looks = 0; looks < 20; ++looks) {
    if (bench.sent.empty()) bench.wait_for_call();
    ASSERT_FALSE(bench.sent.empty());
    if (std::holds_alternative<Create>(bench.sent.front().call)) break;
    bench.look_absent();
  }
  ASSERT_FALSE(bench.sent.empty());
  EXPECT_TRUE(std::holds_alternative<Create>(bench.sent.front().call));
  EXPECT_LT(bench.now - begun, Duration::seconds(5)) << "law 4: a list that does not show it is right";
}

TEST_F(Foreign, WhatTheOtherOneSawIsNoLongerOpen) {
  const auto grant = bench.grant();
  writes(access::CreateIntended{kSlot});
  writes(access::SlotPresent{kSlot, bench.now});
  bench.turn();
  while (!bench.sent.empty()) bench.look_present();
  bench.end(grant);
  bench.answer<Delete>(SlotBench::operation(OperationStatus::kSucceeded));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked) << "the create cannot come any more";
}

}  // namespace
}  // namespace ag::control
