#include "control/slot_bench.hpp"

/// An end that AWS has no room for: the refusal says nothing of the slot, and the budget paces all of them together.
namespace ag::control {
namespace {

using namespace testing;
using aws::ErrorClass;
using aws::OperationStatus;
using Delete = aws::DeleteAccountAssignment;
using Look = aws::ListAccountAssignments;

constexpr int kUnlucky = 10;  // with half of all calls throttled, one in a thousand is so often in a row
constexpr Duration kSoon = Duration::milliseconds(1'500);

access::GrantId ending(SlotBench& bench) {
  const auto grant = bench.grant();
  bench.make_active();
  bench.end(grant);
  return grant;
}

TEST(SlotControl, AsksAgainInASecondHoweverOftenADeleteIsThrottled) {
  SlotBench bench;
  ending(bench);
  for (int i = 0; i < kUnlucky; ++i) {
    EXPECT_LE(bench.wait_for_call(), kSoon) << i;
    bench.answer<Delete>(bench.error(ErrorClass::kThrottled));
  }
  EXPECT_LE(bench.wait_for_call(), kSoon);
}

TEST(SlotControl, AListThatIsThrottledAfterADeleteIsAskedForAgainInsteadOfTheStatus) {
  SlotBench bench;
  const auto grant = ending(bench);
  bench.answer<Delete>(bench.operation(OperationStatus::kInProgress));
  bench.wait_for_call();
  for (int i = 0; i < kUnlucky; ++i) {
    bench.answer<Look>(bench.error(ErrorClass::kThrottled));
    EXPECT_LE(bench.wait_for_call(), kSoon) << i;
  }
  bench.look_absent();
  EXPECT_EQ(bench.status(grant), access::Status::kRevoked);
}

TEST(SlotControl, AGrantThatIsThrottledWaitsLongerEachTime) {
  SlotBench bench;
  bench.grant();
  bench.look_absent();
  Duration longest;
  for (int i = 0; i < kUnlucky; ++i) {
    bench.turn();
    while (bench.sent.empty()) bench.wait_for_call();
    const auto outgoing = bench.sent.front();
    bench.sent.pop_front();
    const bool is_look = std::holds_alternative<Look>(outgoing.call);
    if (is_look) bench.reply(outgoing, aws::Assignments{});
    else bench.reply(outgoing, bench.error(ErrorClass::kThrottled));
    longest = std::max(longest, bench.wait_for_call());
  }
  EXPECT_GT(longest, kSoon * 4);
}

}  // namespace
}  // namespace ag::control
