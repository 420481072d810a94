#include <functional>
#include <set>

#include "control/slot_bench.hpp"

/// What AWS allows at once, and what goes first.
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

/// Lives that end after a few calls, one after another, until AWS has taken a delete of each slot or `most` have
/// passed. What AWS answers says nothing of proof: that takes longer than such a life.
std::size_t crash_loop(SlotBench& bench, std::set<access::Slot> there, int most,
                       const std::function<aws::AwsResult<aws::Reply>(const aws::Assignment&)>& answer) {
  constexpr int kCallsInALife = 3;
  for (int life = 0; life < most && !there.empty(); ++life) {
    bench.restart();
    for (int calls = 0; calls < kCallsInALife;) {
      bench.wait(Duration::milliseconds(67));
      if (bench.sent.empty()) break;
      for (; !bench.sent.empty(); ++calls) {
        const auto call = std::move(bench.sent.front());
        bench.sent.pop_front();
        if (const auto* del = std::get_if<Delete>(&call.call)) {
          std::erase_if(there, [&](const auto& slot) { return assignment(slot) == del->assignment; });
          bench.reply(call, answer(del->assignment));
        }
      }
    }
  }
  return there.size();
}

TEST(SlotControl, ServesEveryEndAlthoughItDiesAgainAndAgain) {
  SlotBench bench;
  std::vector<access::GrantId> grants;
  std::set<access::Slot> there;
  for (int i = 0; i < 20; ++i) {
    grants.push_back(bench.grant(slot_in(i)));
    bench.make_active(slot_in(i));
    there.insert(slot_in(i));
  }
  for (const auto& grant : grants) bench.end(grant);
  const auto taken = [&](const auto& it) { return bench.operation(kUnderWay, "del-" + it.account.str()); };
  EXPECT_EQ(crash_loop(bench, there, 12, taken), 0U);
}

TEST(SlotControl, ServesEveryEndAlthoughMuchThatNeverWasIsDeletedFirst) {
  SlotBench bench;
  std::vector<access::GrantId> grants;
  for (int i = 0; i < 30; ++i) {
    grants.push_back(bench.grant(slot_in(i)));
    bench.make_active(slot_in(i));
  }
  for (int i = 0; i < 29; ++i) bench.end(grants[static_cast<std::size_t>(i)]);
  bench.turn();  // intended, and perhaps sent
  bench.restart();
  bench.end(grants.back());
  const auto never_was = [&](const auto&) { return bench.error(ErrorClass::kAbsent); };
  EXPECT_EQ(crash_loop(bench, {slot_in(29)}, 1, never_was), 0U) << "nobody has sent its delete yet: it goes first";
  EXPECT_EQ(crash_loop(bench, {slot_in(28)}, 60, never_was), 0U) << "they take turns, though none leaves a trace";
}

TEST(SlotControl, AsksAtOnceForWhatAnEndWaitsFor) {
  SlotBench bench;
  const auto ends = bench.grant(kSlot);
  bench.make_active();
  bench.grant(kSameAccount);
  bench.look_absent();
  bench.answer<Create>(bench.operation(kUnderWay, "op-other"));
  bench.restart();  // it holds the account, and nobody knows whether AWS is done with it
  for (int i = 10; i < 40; ++i) bench.grant(slot_in(i));
  bench.end(ends);
  bench.wait(Duration::seconds(1));
  bench.answer<PollCreate>(bench.operation(kDone, "op-other"));
  bench.wait(Duration::milliseconds(60));
  bench.take<Delete>();
}

/// Two ends in one account; the first delete is under way.
struct TwoEnds {
  SlotBench bench;
  TwoEnds() {
    const auto first = bench.grant(kSlot);
    bench.make_active(kSlot);
    const auto second = bench.grant(kSameAccount);
    bench.make_active(kSameAccount);
    bench.end(first);
    bench.wait_for_call();
    bench.end(second);
    bench.answer<Delete>(bench.operation(kUnderWay, "del"));
  }
};

TEST(SlotControl, AsksSoonWhetherADeleteHasEndedWhenTheNextOneWaitsForItsAccount) {
  TwoEnds ends;
  EXPECT_LE(ends.bench.wait_for_call(), Duration::milliseconds(1'100));
  ends.bench.answer<PollDelete>(ends.bench.operation(kDone, "del"));
  EXPECT_LE(ends.bench.wait_for_call(), Duration::milliseconds(100));
  ends.bench.take<Delete>();
}

TEST(SlotControl, AsksSoonOnlyWithCallsThatNoOtherEndNeeds) {
  TwoEnds ends;
  std::vector<access::GrantId> others;
  for (int i = 10; i < 110; ++i) others.push_back(ends.bench.grant(slot_in(i)));
  for (const auto& grant : others) ends.bench.end(grant);
  int deletes_first = 0;
  for (Instant until = ends.bench.now + Duration::milliseconds(2'500); ends.bench.now < until;) {
    ends.bench.wait(Duration::milliseconds(60));
    for (; !ends.bench.sent.empty(); ends.bench.sent.pop_front()) {
      EXPECT_FALSE(std::holds_alternative<PollDelete>(ends.bench.sent.front().call));
      ++deletes_first;
    }
  }
  EXPECT_GT(deletes_first, 40);
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
