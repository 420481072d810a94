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

// ---- ends ------------------------------------------------------------------------------------------------

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

// ---- AWS's limits ----------------------------------------------------------------------------------------

TEST(SlotControl, WorksOnOneSlotOfAnAccountAtATime) {
  SlotBench bench;
  bench.grant(kSlot);
  bench.grant(kSameAccount);
  bench.look_absent();  // of both
  bench.answer<Create>(bench.operation(kUnderWay, "op-1"));
  bench.turn();
  EXPECT_TRUE(bench.sent.empty()) << "the account is busy";
  bench.answer<PollCreate>(bench.operation(kDone, "op-1"));
  for (int i = 0; i < 5; ++i) bench.wait(Duration::milliseconds(100));
  int creates = 0;
  for (const auto& call : bench.sent) creates += std::holds_alternative<Create>(call.call) ? 1 : 0;
  EXPECT_EQ(creates, 1) << "the other one waits no longer";
}

TEST(SlotControl, DoesNotLetAnUnreadableStatusKeepTheAccountBusy) {
  SlotBench bench;
  bench.grant(kSlot);
  bench.grant(kSameAccount);
  bench.look_absent();  // of both
  bench.answer<Create>(bench.operation(kUnderWay, "op-1"));
  bench.answer<PollCreate>(bench.error(ErrorClass::kDenied));
  for (int i = 0; i < 5; ++i) bench.wait(Duration::milliseconds(100));
  int creates = 0;
  for (const auto& call : bench.sent) creates += std::holds_alternative<Create>(call.call) ? 1 : 0;
  EXPECT_EQ(creates, 1);
}

access::Slot slot_in(int account) {
  return {access::AccountId(fmt::format("{:012}", account)), kSlot.permission_set, kSlot.principal};
}

TEST(SlotControl, HasTwelveCreatesOutstandingAtMost) {
  SlotBench bench;
  for (int i = 0; i < 20; ++i) bench.grant(slot_in(i));
  std::vector<aws::OperationId> under_way;
  const auto serve_looks = [&] {
    for (bench.turn(); !bench.sent.empty();) {
      const auto call = std::move(bench.sent.front());
      bench.sent.pop_front();
      if (std::holds_alternative<Look>(call.call)) {
        bench.reply(call, aws::Assignments{{}, ""});
      } else if (const auto* poll = std::get_if<PollCreate>(&call.call)) {
        bench.reply(call, aws::Operation{kUnderWay, poll->operation, ""});
      } else {
        under_way.emplace_back(fmt::format("op-{}", under_way.size()));
        bench.reply(call, aws::Operation{kUnderWay, under_way.back(), ""});
      }
    }
  };
  for (int i = 0; i < 8; ++i) {
    serve_looks();
    bench.now = bench.now + Duration::milliseconds(100);
  }
  for (int i = 0; i < 40; ++i) {
    bench.now = bench.now + Duration::milliseconds(100);
    serve_looks();
  }
  EXPECT_EQ(under_way.size(), 12U);
  EXPECT_EQ(bench.control.gauges().outstanding_creates, 12U);
}

TEST(SlotControl, LetsRevokesGoFirstWhenCallsAreScarce) {
  SlotBench bench;
  std::vector<access::GrantId> ending;
  for (int i = 0; i < 4; ++i) ending.push_back(bench.grant(slot_in(i)));
  for (int i = 0; i < 4; ++i) {
    bench.look_absent();
    bench.answer<Create>(bench.operation(kDone));
    bench.look_present(slot_in(i));
  }
  ASSERT_EQ(bench.status(ending[3]), Status::kActive);
  for (int i = 10; i < 30; ++i) bench.grant(slot_in(i));
  bench.wait_for_call();
  bench.sent.clear();  // the calls of this second are spent on looks for grants
  for (const auto& grant : ending) bench.end(grant);
  std::size_t deletes = 0;
  for (int i = 0; i < 12; ++i) {
    bench.wait(Duration::milliseconds(40));
    for (; !bench.sent.empty(); bench.sent.pop_front()) {
      const bool is_delete = std::holds_alternative<Delete>(bench.sent.front().call);
      EXPECT_TRUE(is_delete || deletes == 4) << "a grant went before a revoke";
      deletes += is_delete ? 1 : 0;
    }
  }
  EXPECT_EQ(deletes, 4U);
}

TEST(SlotControl, PutsAGrantThatEndsInTheQueueIntoTheOtherLane) {
  SlotBench bench;
  std::vector<access::GrantId> grants;
  for (int i = 0; i < 30; ++i) grants.push_back(bench.grant(slot_in(i)));
  bench.turn();
  EXPECT_GT(bench.control.gauges().waiting[static_cast<std::size_t>(Lane::kGrant)], 20U);
  bench.end(grants.back());  // its end has to look, too
  bench.turn();
  EXPECT_EQ(bench.control.gauges().waiting[static_cast<std::size_t>(Lane::kRevoke)] +
                static_cast<std::size_t>(std::count_if(bench.sent.begin(), bench.sent.end(),
                                                       [](const auto& call) { return call.lane == Lane::kRevoke; })),
            1U);
}

TEST(SlotControl, DoesNothingAtRest) {
  SlotBench bench;
  bench.grant();
  bench.make_active();
  for (int i = 0; i < 5; ++i) bench.turn();
  EXPECT_EQ(bench.control.next_wake(), Instant::max());
  EXPECT_TRUE(bench.sent.empty());
}

}  // namespace
}  // namespace ag::control
