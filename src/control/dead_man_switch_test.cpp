#include "control/dead_man_switch.hpp"

#include <gtest/gtest.h>

#include "control/switch_bench.hpp"

namespace ag::control::testing {
namespace {

using aws::CreateSchedule;
using aws::DeleteSchedule;
using aws::ErrorClass;
using aws::UpdateSchedule;

constexpr Duration kHour = Duration::hours(1);
const Duration kGrace = kSettings.grace;

struct Switch : ::testing::Test, SwitchBench {};

TEST_F(Switch, IsArmedBeforeTheCreate) {
  intended(kSlot, kHour);
  EXPECT_FALSE(allows_create());
  const auto outgoing = take<CreateSchedule>();
  const auto& schedule = std::get<CreateSchedule>(outgoing.call).schedule;
  EXPECT_EQ(schedule.name, switch_name(kSlot));
  EXPECT_EQ(schedule.group, "AccessGuard");
  EXPECT_EQ(schedule.at, now + kHour + kGrace);
  EXPECT_EQ(schedule.role_arn, kSettings.role_arn);
  EXPECT_EQ(schedule.assignment, assignment(kSlot));
  refuses = true;
  reply(outgoing, aws::ScheduleArn{});
  EXPECT_FALSE(allows_create()) << "until the ledger says so";
  refuses = false;
  run(Duration::seconds(2));
  EXPECT_EQ(count("switch.armed"), 1U);
  EXPECT_TRUE(allows_create());
}

TEST_F(Switch, IsNotForWhatIsNotOurs) {
  grant(kSlot, {}, kHour);
  run(Duration::minutes(1));
  EXPECT_TRUE(in_aws.empty()) << "no list has shown the slot empty: it may be standing access";
  EXPECT_FALSE(allows_create());
}

TEST_F(Switch, LetsEverythingPassWhenItIsOff) {
  control = DeadManSwitch();
  intended(kSlot, kHour);
  EXPECT_TRUE(allows_create());
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(control.next_wake(), Instant::max());
}

TEST_F(Switch, IsDisarmedAfterTheVerifiedRemoval) {
  intended(kSlot, kHour);
  run(kHour + Duration::seconds(5));
  EXPECT_TRUE(scheduled(kSlot)) << "over, but not seen to be gone";
  absent(kSlot);
  run(Duration::seconds(1));
  EXPECT_FALSE(scheduled(kSlot));
  EXPECT_EQ(count("switch.disarmed"), 1U);
  EXPECT_EQ(state.switches.size(), 0U);
  EXPECT_EQ(control.next_wake(), Instant::max());
}

TEST_F(Switch, IsMovedForALaterGrant) {
  intended(kSlot, kHour);
  run(Duration::minutes(30));
  const auto before = *scheduled(kSlot);
  grant(kSlot, {}, kHour);
  EXPECT_FALSE(allows_create()) << "should somebody have removed it, it is not made again before that";
  run(Duration::seconds(1));
  EXPECT_EQ(*scheduled(kSlot), before + Duration::minutes(30)) << "law 4";
  EXPECT_TRUE(allows_create());
}

TEST_F(Switch, KnowsOfWhatBeginsBeforeItWouldRemove) {
  intended(kSlot, kHour);
  run(Duration::seconds(1));
  const auto before = *scheduled(kSlot);
  grant(kSlot, kHour + Duration::minutes(5), kHour * 3);
  run(Duration::seconds(1));
  EXPECT_EQ(*scheduled(kSlot), now + kHour * 3 + kGrace - Duration::seconds(1));
  EXPECT_GT(*scheduled(kSlot), before) << "law 4: it would be removed just after it was given";
}

TEST_F(Switch, IgnoresWhatBeginsLongAfter) {
  intended(kSlot, kHour);
  run(Duration::seconds(1));
  const auto before = *scheduled(kSlot);
  grant(kSlot, kHour * 5, kHour * 6);
  run(Duration::seconds(1));
  EXPECT_EQ(*scheduled(kSlot), before) << "the first grant must not last until the second";
}

TEST_F(Switch, IsMovedForAnEarlyEnd) {
  const auto one = intended(kSlot, kHour * 4);
  run(Duration::minutes(30));
  end(one);
  const Instant over = now;
  run(Duration::seconds(1));
  EXPECT_EQ(*scheduled(kSlot), over + kGrace);
}

TEST_F(Switch, UpdatesWhatACallWithoutAnAnswerMade) {
  intended(kSlot, kHour);
  const auto create = take<CreateSchedule>();
  in_aws[switch_name(kSlot)] = std::get<CreateSchedule>(create.call).schedule.at;
  reply(create, error(ErrorClass::kRetryable, "Timeout"));
  EXPECT_FALSE(allows_create());
  run(Duration::seconds(5));
  EXPECT_TRUE(allows_create());
  EXPECT_EQ(count("switch.armed"), 1U);
}

TEST_F(Switch, UpdatesWhatIsThereAlready) {
  in_aws[switch_name(kSlot)] = now + Duration::minutes(1);
  intended(kSlot, kHour);
  run(Duration::seconds(5));
  EXPECT_EQ(scheduled(kSlot), state.switches.find(kSlot)->at);
  EXPECT_GT(*scheduled(kSlot), now + kHour);
  EXPECT_TRUE(allows_create());
}

TEST_F(Switch, MakesAnewWhatIsMissing) {
  intended(kSlot, kHour);
  run(Duration::minutes(1));
  in_aws.clear();  // by hand
  grant(kSlot, {}, kHour * 2);
  run(Duration::seconds(10));
  EXPECT_EQ(scheduled(kSlot), state.switches.find(kSlot)->at);
  EXPECT_TRUE(allows_create());
}

TEST_F(Switch, CountsAMissingOneAsDisarmed) {
  intended(kSlot, kHour);
  run(Duration::minutes(1));
  in_aws.clear();
  run(kHour);
  absent(kSlot);
  run(Duration::seconds(5));
  EXPECT_EQ(count("switch.disarmed"), 1U);
}

TEST_F(Switch, DoesNotTrustOneThatIsBeingDeleted) {
  const auto one = intended(kSlot, kHour);
  run(Duration::minutes(30));
  end(one);
  absent(kSlot);
  turn();
  const auto removal = take<DeleteSchedule>();
  grant(kSlot, {}, Duration::minutes(5));  // ends before the old one would remove it
  apply(access::CreateIntended{kSlot});
  turn();
  EXPECT_FALSE(allows_create());
  reply(removal, error(ErrorClass::kRetryable, "Timeout"));
  EXPECT_FALSE(allows_create()) << "it may have been deleted";
  in_aws.clear();
  run(Duration::seconds(10));
  EXPECT_TRUE(allows_create());
  EXPECT_EQ(scheduled(kSlot), state.switches.find(kSlot)->at);
}

TEST_F(Switch, DeletesWhatAServerBeforeThisOneMadeAndDidNotWriteDown) {
  const auto one = intended(kSlot, kHour);
  in_aws[switch_name(kSlot)] = now + kHour + kGrace;
  sent.clear();  // it was sent, and then the server died
  end(one);
  restart();
  absent(kSlot);
  run(Duration::seconds(5));
  EXPECT_TRUE(in_aws.empty()) << "law 3: it would remove what is standing access by then";
}

TEST_F(Switch, DeletesWhatBeganAndEndedWhileNoServerCameSoFar) {
  const auto one = intended(kSlot, kHour);
  in_aws[switch_name(kSlot)] = now + kHour + kGrace;
  sent.clear();  // it was sent, and then the server died
  end(one);
  absent(kSlot);  // by one that died before it asked AWS about schedules
  restart();
  run(Duration::seconds(5));
  EXPECT_TRUE(in_aws.empty());
}

TEST_F(Switch, IsMadeAnewWhereTheLedgerForgotThatItWasDeleted) {
  intended(kSlot, kHour);
  run(Duration::seconds(1));
  ASSERT_TRUE(allows_create());
  restart();
  in_aws.clear();
  control.doubt(state);
  EXPECT_FALSE(allows_create());
  run(Duration::seconds(5));
  EXPECT_TRUE(allows_create());
  EXPECT_EQ(scheduled(kSlot), state.switches.find(kSlot)->at);
}

TEST_F(Switch, IsNotForgottenWhenItWasMadeAfterTheEndAndTheLedgerTookNothing) {
  const auto one = intended(kSlot, kHour);
  const auto made = take<CreateSchedule>();
  end(one);
  absent(kSlot);
  refuses = true;
  reply(made, aws::ScheduleArn{"arn"});
  EXPECT_TRUE(std::holds_alternative<DeleteSchedule>(take<DeleteSchedule>().call));
}

TEST_F(Switch, DeletesOnceMoreWhatACallOfBeforeMayStillMake) {
  const auto one = intended(kSlot, Duration::minutes(1));
  answer<CreateSchedule>(error(ErrorClass::kRetryable, "Timeout"));  // on its way all the same
  end(one);
  absent(kSlot);
  turn();
  answer<DeleteSchedule>(error(ErrorClass::kAbsent, "ResourceNotFoundException"));
  in_aws[switch_name(kSlot)] = now + kHour;
  run(Duration::minutes(2));
  EXPECT_TRUE(in_aws.empty()) << "law 3: it would remove what is standing access by then";
  EXPECT_EQ(control.next_wake(), Instant::max());
}

TEST_F(Switch, DeletesOnceMoreWhatTheServerBeforeThisOneHadSent) {
  const auto one = intended(kSlot, kHour);
  sent.clear();  // a create, on its way; then the grant failed, and the server died before it looked a second time
  apply(access::GrantFailed{one, "ResourceNotFoundException", "no such permission set"});
  restart();
  answer<DeleteSchedule>(error(ErrorClass::kAbsent, "ResourceNotFoundException"));
  in_aws[switch_name(kSlot)] = now + kHour;
  run(Duration::minutes(2));
  EXPECT_TRUE(in_aws.empty()) << "law 3: it would remove what is standing access by then";
  EXPECT_EQ(control.next_wake(), Instant::max());
}

TEST_F(Switch, IsDeletedAfterARemovalThatTheLedgerHasYetToHear) {
  const auto one = intended(kSlot, kHour);
  run(Duration::seconds(1));
  end(one);
  const auto moved = take<UpdateSchedule>();
  refuses = true;
  reply(moved, aws::ScheduleArn{"arn"});
  absent(kSlot);
  turn();
  EXPECT_TRUE(std::holds_alternative<DeleteSchedule>(take<DeleteSchedule>().call));
}

TEST_F(Switch, GoesOnTryingAndSaysWhy) {
  intended(kSlot, kHour);
  answer<CreateSchedule>(error(ErrorClass::kDenied, "AccessDeniedException"));
  ASSERT_TRUE(control.problem().has_value());
  EXPECT_EQ(control.problem()->code, "AccessDeniedException");
  EXPECT_FALSE(allows_create());
  run(Duration::minutes(3));
  EXPECT_TRUE(allows_create());
  EXPECT_FALSE(control.problem().has_value());
}

TEST_F(Switch, KeepsSlotsApart) {
  intended(kSlot, kHour);
  intended(kOtherAccount, kHour * 2);
  intended(kSameAccount, kHour * 3);
  run(Duration::seconds(1));
  EXPECT_EQ(in_aws.size(), 3U);
  for (const auto& [name, at] : in_aws) {
    EXPECT_LE(name.size(), 64U);
    EXPECT_EQ(name.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_."),
              std::string::npos);
  }
}

TEST_F(Switch, IsArmedForAWholeSecondAndNeverEarly) {
  now = now + Duration::milliseconds(1);
  intended(kSlot, kHour);
  run(Duration::seconds(1));
  EXPECT_EQ(scheduled(kSlot), kNoon + kHour + kGrace + Duration::seconds(1));
}

}  // namespace
}  // namespace ag::control::testing
