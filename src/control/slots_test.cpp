#include "control/slots.hpp"

#include <algorithm>

#include "control/slot_bench.hpp"

namespace ag::control {
namespace {

using access::Status;
using aws::ErrorClass;
using aws::OperationStatus;
using testing::kOtherAccount;
using testing::kSameAccount;
using testing::kSlot;
using testing::SlotBench;

using Create = aws::CreateAccountAssignment;
using Delete = aws::DeleteAccountAssignment;
using Look = aws::ListAccountAssignments;
using PollCreate = aws::DescribeCreation;
using PollDelete = aws::DescribeDeletion;

constexpr auto kDone = OperationStatus::kSucceeded;
constexpr auto kUnderWay = OperationStatus::kInProgress;
constexpr auto kFailed = OperationStatus::kFailed;

TEST(SlotControl, RefusesAGrantOfWhatIsHeldAlready) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kFailed);
  EXPECT_EQ(bench.state.grants.find(grant)->failure_code, "already_held");
  EXPECT_EQ(bench.count("slot.standing"), 1U);
  bench.wait(Duration::hours(2));
  EXPECT_TRUE(bench.sent.empty()) << "standing access was touched";
}

TEST(SlotControl, LooksIntendsCreatesAndVerifies) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  EXPECT_EQ(bench.count("slot.create_intended"), 1U);
  bench.answer<Create>(bench.operation(kDone));  // as moto does
  EXPECT_EQ(bench.status(grant), Status::kGranting) << "active only when it was seen";
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
  EXPECT_EQ(bench.control.gauges().outstanding_creates, 0U);
}

TEST(SlotControl, PollsWhatIsUnderWay) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay, "op-1"));
  EXPECT_EQ(bench.count("slot.create_accepted"), 1U);
  EXPECT_EQ(bench.wait_for_call(), Duration::seconds(1));
  bench.answer<PollCreate>(bench.operation(kUnderWay, "op-1"));
  EXPECT_EQ(bench.control.gauges().outstanding_creates, 1U);
  bench.answer<PollCreate>(bench.operation(kDone, "op-1"));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
}

TEST(SlotControl, AsksLessOftenTheLongerItTakesAndAtLastLooks) {
  SlotBench bench;
  bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay));
  Duration longest;
  for (const Instant begun = bench.now; bench.now < begun + Duration::minutes(5);) {
    longest = std::max(longest, bench.wait_for_call());
    bench.answer<PollCreate>(bench.operation(kUnderWay));
  }
  EXPECT_EQ(longest, Duration::seconds(5));
  bench.answer<PollCreate>(bench.operation(kUnderWay));
  (void)bench.take<Look>();
}

TEST(SlotControl, TriesAgainWhatFailedForAPassingReason) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay));
  bench.answer<PollCreate>(bench.operation(kFailed, "op", "An unexpected internal service exception was encountered"));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kGranting);
  bench.answer<Create>(bench.operation(kDone, "op-2"));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
}

TEST(SlotControl, GivesUpWhatFailsAgainAndAgainWithAwssWords) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  int creates = 0;
  for (; bench.status(grant) == Status::kGranting && creates < 20; ++creates) {
    bench.answer<Create>(bench.operation(kFailed, "op", "takes long. Please try again in a few minutes."));
    bench.look_absent();
  }
  EXPECT_EQ(creates, 6);
  EXPECT_EQ(bench.status(grant), Status::kFailed);
  EXPECT_EQ(bench.state.grants.find(grant)->failure_message, "takes long. Please try again in a few minutes.");
}

TEST(SlotControl, FailsTheGrantAtOnceWhenTheReasonWillNotPassAndNothingIsThere) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay));
  bench.answer<PollCreate>(bench.operation(kFailed, "op", "Received a 404 status error: Not supported by group."));
  EXPECT_EQ(bench.status(grant), Status::kGranting) << "only a list shows that nothing is there";
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kFailed);
  EXPECT_EQ(bench.state.slots.size(), 0U);
  bench.wait(Duration::seconds(1));
  EXPECT_EQ(bench.control.gauges().watched, 0U);
}

TEST(SlotControl, FailsTheGrantWithAwssWordsWhenTheCreateIsDenied) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.error(ErrorClass::kDenied, "AccessDeniedException", "you may not"));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kFailed);
  EXPECT_EQ(bench.state.grants.find(grant)->failure_code, "AccessDeniedException");
  EXPECT_EQ(bench.state.grants.find(grant)->failure_message, "you may not");
}

TEST(SlotControl, TriesALaterGrantAnewAfterOneHasFailed) {
  SlotBench bench;
  const auto first = bench.grant();
  bench.look_absent();
  const auto create = bench.take<Create>();
  const auto second = bench.grant();  // while AWS thinks about the first
  bench.reply(create, bench.error(ErrorClass::kDenied));
  bench.look_absent();
  EXPECT_EQ(bench.status(first), Status::kFailed);
  EXPECT_EQ(bench.status(second), Status::kGranting);
  bench.answer<Create>(bench.operation(kDone));
  bench.look_present();
  EXPECT_EQ(bench.status(second), Status::kActive);
}

TEST(SlotControl, SeesThatASecondGrantHasWhatTheFirstHasAlready) {
  SlotBench bench;
  (void)bench.grant();
  bench.make_active();
  bench.wait(Duration::minutes(2));
  const auto second = bench.grant();
  bench.look_present();
  EXPECT_EQ(bench.status(second), Status::kActive);
  EXPECT_EQ(bench.count("slot.create_intended"), 1U);
}

TEST(SlotControl, FailsOnlyTheGrantsThatHaveBegun) {
  SlotBench bench;
  const auto now = bench.grant(kSlot, {}, Duration::minutes(10));
  const auto later = bench.grant(kSlot, Duration::minutes(20), Duration::minutes(30));
  bench.look_absent();
  bench.answer<Create>(bench.error(ErrorClass::kDenied));
  bench.look_absent();
  EXPECT_EQ(bench.status(now), Status::kFailed);
  EXPECT_EQ(bench.status(later), Status::kScheduled);
  // What may have been made is cleared away, and then the later one has its turn.
  bench.answer<Delete>(bench.error(ErrorClass::kAbsent));
  bench.look_absent();
  EXPECT_EQ(bench.wait_for_call(Duration::hours(1)).count_seconds() + 1, 20 * 60) << "the second of the two calls";
  bench.make_active();
  EXPECT_EQ(bench.status(later), Status::kActive);
}

TEST(SlotControl, LetsTheListDecideWhenAwsForgotTheOperation) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay));
  bench.answer<PollCreate>(bench.error(ErrorClass::kAbsent, "ResourceNotFoundException"));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
}

TEST(SlotControl, LooksAgainWhenTheListLagsAndCreatesAgainWhenItNeverCatchesUp) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kDone));
  for (int i = 0; i < 6; ++i) bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kGranting);
  EXPECT_EQ(bench.count("slot.missing"), 0U);
  bench.answer<Create>(bench.operation(kDone));
  bench.look_absent();
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
}

TEST(SlotControl, ReadsEveryPageBeforeItSaysAbsent) {
  SlotBench bench;
  bench.grant();
  bench.answer<Look>(aws::Assignments{{testing::assignment(kSameAccount)}, "page-2"});
  EXPECT_EQ(bench.count("slot.create_intended"), 0U);
  const auto second = bench.take<Look>();
  EXPECT_EQ(std::get<Look>(second.call).token, "page-2");
  bench.reply(second, aws::Assignments{{}, ""});
  EXPECT_EQ(bench.count("slot.create_intended"), 1U);
}

TEST(SlotControl, BelievesALongListHoweverLongItsPagesTake) {
  SlotBench bench;
  bench.grant();
  for (int page = 1; page <= 9; ++page) {
    const auto look = bench.take<Look>();
    bench.now = bench.now + Duration::seconds(10);
    bench.reply(look, aws::Assignments{{}, page == 9 ? "" : fmt::format("page-{}", page)});
  }
  (void)bench.take<Create>();
}

TEST(SlotControl, BeginsAListAnewWhenAwsGoesInCircles) {
  SlotBench bench;
  bench.grant();
  bench.answer<Look>(aws::Assignments{{}, "again"});
  bench.answer<Look>(aws::Assignments{{}, "again"});
  EXPECT_EQ(bench.count("slot.create_intended"), 0U) << "half a list proves nothing";
  EXPECT_GE(bench.wait_for_call(), Duration::milliseconds(500));
  EXPECT_EQ(std::get<Look>(bench.sent.front().call).token, "");
  bench.look_absent();
  (void)bench.take<Create>();
}

TEST(SlotControl, IgnoresLooksAlikeOfOthers) {
  SlotBench bench;
  const auto grant = bench.grant();
  aws::Assignment group = testing::assignment(kSlot);
  group.principal_type = aws::PrincipalType::kGroup;
  bench.look({testing::assignment(kSameAccount), group});
  EXPECT_EQ(bench.status(grant), Status::kGranting);
  (void)bench.take<Create>();
}

// ---- several grants of one slot --------------------------------------------------------------------------

TEST(SlotControl, KeepsTheSlotWhileAnotherGrantNeedsIt) {
  SlotBench bench;
  const auto first = bench.grant(kSlot, {}, Duration::minutes(10));
  const auto second = bench.grant(kSlot, {}, Duration::minutes(20));
  bench.make_active();
  bench.wait(Duration::minutes(10));
  EXPECT_EQ(bench.status(first), Status::kEnded);
  EXPECT_EQ(bench.state.grants.find(first)->covered_by, second);
  EXPECT_TRUE(bench.sent.empty());
  EXPECT_EQ(bench.wait_for_call().count_seconds() + 1, 10 * 60);
  bench.answer<Delete>(bench.operation(kDone));
  bench.look_absent();
  EXPECT_EQ(bench.status(second), Status::kEnded);
}

TEST(SlotControl, DeletesNothingWhenTheNextGrantStartsAsTheLastOneEnds) {
  SlotBench bench;
  const auto first = bench.grant(kSlot, {}, Duration::minutes(10));
  const auto second = bench.grant(kSlot, Duration::minutes(10), Duration::minutes(20));
  bench.make_active();
  bench.wait(Duration::minutes(10));
  EXPECT_EQ(bench.status(first), Status::kEnded);
  EXPECT_EQ(bench.count("slot.delete_intended"), 0U);
  bench.look_present();
  EXPECT_EQ(bench.status(second), Status::kActive);
  bench.wait(Duration::minutes(1));
  EXPECT_TRUE(bench.sent.empty()) << "it was only looked at";
  EXPECT_EQ(bench.state.slots.find(kSlot)->live, std::vector{second});
}

TEST(SlotControl, MakesItAgainForAGrantThatComesDuringTheDelete) {
  SlotBench bench;
  const auto first = bench.grant();
  bench.make_active();
  bench.end(first);
  bench.answer<Delete>(bench.operation(kUnderWay));
  const auto second = bench.grant();
  bench.turn();
  EXPECT_EQ(bench.status(first), Status::kRevoked) << "covered by the second";
  bench.look_absent();
  bench.answer<Create>(bench.operation(kDone));
  bench.look_present();
  EXPECT_EQ(bench.status(second), Status::kActive);
  EXPECT_EQ(bench.count("slot.create_intended"), 2U);
}

TEST(SlotControl, MakesSureOfItForAGrantThatComesWhenTheDeletesReplyIsLost) {
  SlotBench bench;
  bench.end([&] {
    const auto first = bench.grant();
    bench.make_active();
    return first;
  }());
  bench.answer<Delete>(bench.error(ErrorClass::kRetryable, "Timeout"));
  const Instant silence = bench.now;
  const auto second = bench.grant();
  bench.answer<Create>(bench.error(ErrorClass::kConflictTransient));  // the delete was under way
  bench.look_absent();
  bench.answer<Create>(bench.operation(kDone));
  bench.look_present();
  EXPECT_EQ(bench.status(second), Status::kActive);
  bench.wait_for_call();
  EXPECT_EQ(bench.now, silence + Duration::seconds(30)) << "a late delete would go unseen";
  bench.look_absent();
  EXPECT_EQ(bench.count("slot.missing"), 1U);
  bench.answer<Create>(bench.operation(kDone));
}

TEST(SlotControl, WakesForAScheduledStart) {
  SlotBench bench;
  const auto grant = bench.grant(kSlot, Duration::minutes(5), Duration::minutes(10));
  bench.turn();
  EXPECT_TRUE(bench.sent.empty());
  EXPECT_EQ(bench.control.next_wake(), bench.now + Duration::minutes(5));
  EXPECT_EQ(bench.wait_for_call(), Duration::minutes(5));
  bench.make_active();
  EXPECT_EQ(bench.status(grant), Status::kActive);
}

TEST(SlotControl, EndsAScheduledGrantThatNeverBegan) {
  SlotBench bench;
  const auto grant = bench.grant(kSlot, Duration::minutes(5), Duration::minutes(10));
  bench.end(grant);
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
  EXPECT_EQ(bench.count("slot.create_intended"), 0U);
}

// ---- restarts --------------------------------------------------------------------------------------------

TEST(SlotControl, DeletesAfterARestartWhatExpiredMeanwhile) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.now = bench.now + Duration::hours(3);
  bench.restart();
  bench.turn();
  bench.answer<Delete>(bench.operation(kDone));
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), Status::kEnded);
}

TEST(SlotControl, WaitsForTheInstanceAndForgetsNothingMeanwhile) {
  SlotBench bench;
  bench.grant();
  bench.make_active();
  bench.now = bench.now + Duration::hours(3);
  bench.control = SlotControl();
  bench.control.adopt(bench.state);
  for (int i = 0; i < 3; ++i) bench.turn();
  EXPECT_EQ(bench.control.next_wake(), Instant::max()) << "it cannot do anything yet";
  bench.control.use_instance(aws::InstanceArn("arn:instance"));
  bench.turn();
  (void)bench.take<Delete>();
}

TEST(SlotControl, MakesAgainWhatWasRemovedByHand) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.restart();
  bench.look_absent();
  EXPECT_EQ(bench.count("slot.missing"), 1U);
  EXPECT_EQ(bench.count("slot.create_intended"), 2U);
  bench.answer<Create>(bench.operation(kDone, "op-2"));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
}

TEST(SlotControl, FollowsAnOperationThatTheProcessBeforeBegan) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay, "op-1"));
  bench.restart();
  EXPECT_EQ(bench.control.gauges().outstanding_creates, 1U);
  const auto poll = bench.take<PollCreate>();
  EXPECT_EQ(std::get<PollCreate>(poll.call).operation, aws::OperationId("op-1"));
  bench.reply(poll, bench.operation(kDone, "op-1"));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
  EXPECT_EQ(bench.control.gauges().outstanding_creates, 0U);
}

TEST(SlotControl, TriesAnewWhenTheOperationOfTheProcessBeforeFailed) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay, "op-1"));
  bench.restart();
  // It may be one of long ago: the ledger does not know those that came after it.
  bench.answer<PollCreate>(bench.operation(kFailed, "op-1", "no"));
  bench.look_absent();
  bench.answer<Create>(bench.operation(kDone, "op-2"));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
}

TEST(SlotControl, LooksAfterACrashBetweenIntentAndCall) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.look_absent();
  (void)bench.take<Create>();
  bench.restart();
  bench.look_absent();
  bench.answer<Create>(bench.operation(kDone));
  bench.look_present();
  EXPECT_EQ(bench.status(grant), Status::kActive);
}

// ---- the ledger ------------------------------------------------------------------------------------------

TEST(SlotControl, SendsNothingWithoutTheIntentAndAsksForItAgain) {
  SlotBench bench;
  bench.grant();
  bench.turn();
  const auto look = bench.take<Look>();
  bench.refuses = true;
  bench.reply(look, aws::Assignments{{}, ""});
  EXPECT_TRUE(bench.sent.empty()) << "no intent on the ledger, no call";
  EXPECT_GT(bench.control.next_wake(), bench.now);
  EXPECT_LE(bench.control.next_wake(), bench.now + Duration::seconds(2));
  bench.refuses = false;
  bench.now = bench.control.next_wake();
  bench.turn();
  EXPECT_EQ(bench.count("slot.create_intended"), 1U);
  (void)bench.take<Create>();
}

TEST(SlotControl, LooksAgainWhenTheLedgerWasDownTooLongForTheLastLook) {
  SlotBench bench;
  bench.grant();
  bench.turn();
  bench.refuses = true;
  bench.look_absent();
  for (int i = 0; i < 60; ++i) {
    bench.now = bench.now + Duration::seconds(1);
    bench.turn();
    if (!bench.sent.empty()) bench.look_absent();
  }
  bench.refuses = false;
  bench.wait_for_call();
  (void)bench.take<Create>();
}

TEST(SlotControl, SaysAbsentAgainWhenTheLedgerRefusedIt) {
  SlotBench bench;
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  bench.answer<Delete>(bench.operation(kDone));
  const auto look = bench.take<Look>();
  bench.refuses = true;
  bench.reply(look, aws::Assignments{{}, ""});
  EXPECT_EQ(bench.status(grant), Status::kEnding);
  bench.refuses = false;
  bench.wait(Duration::seconds(1));
  EXPECT_EQ(bench.status(grant), Status::kRevoked);
}

}  // namespace
}  // namespace ag::control
