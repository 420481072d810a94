#include "control/session_ends.hpp"

#include <gtest/gtest.h>

#include "control/session_bench.hpp"

namespace ag::control::testing {
namespace {

using access::SessionEnd;
using aws::DescribePolicy;
using aws::ErrorClass;
using aws::UpdatePolicy;

struct HardEnd : ::testing::Test, SessionBench {};

TEST_F(HardEnd, CutsWhatLivesOnWhenAHardGrantIsOver) {
  const auto grant = active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  EXPECT_EQ(kinds.back(), "sessions.cut_intended") << "the intent is on the ledger before the call";
  const Instant over = now;
  const auto update = take<UpdatePolicy>();
  EXPECT_EQ(policy_of(update), session_end_policy({{kSlot, "set", over}}));
  reply(update, aws::Policy{});
  EXPECT_EQ(count("sessions.cut"), 0U) << "what AWS took is not what AWS has";
  answer<DescribePolicy>(aws::Policy{"", "", policy_of(update)});
  EXPECT_EQ(count("sessions.cut"), 1U);
  EXPECT_EQ(state.cuts.find(kSlot)->confirmed, over);
  EXPECT_FALSE(state.grants.find(grant)->sessions_cut_at) << "until it is gone more credentials can be had";
}

TEST_F(HardEnd, MovesToTheVerifiedAbsence) {
  const auto grant = active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  cut();
  wait(Duration::seconds(4));
  absent(kSlot);
  const Instant gone = now;
  wait(Duration::seconds(1));
  EXPECT_EQ(cut(), session_end_policy({{kSlot, "set", gone}}));
  EXPECT_EQ(state.grants.find(grant)->sessions_cut_at, now);
  EXPECT_EQ(access::credentials_until(*state.grants.find(grant)), now);
}

TEST_F(HardEnd, IsNotForSoftGrants) {
  const auto grant = active(kSlot, Duration::hours(1), SessionEnd::kSoft);
  wait(Duration::hours(1));
  absent(kSlot);
  EXPECT_EQ(state.cuts.size(), 0U);
  EXPECT_EQ(access::credentials_until(*state.grants.find(grant)), now + Duration::hours(1));
}

TEST_F(HardEnd, CutsNothingOfAGrantThatNeverWas) {
  const auto one = grant(kSlot, Duration::hours(2), SessionEnd::kHard);
  end(one);
  EXPECT_EQ(state.cuts.size(), 0U);
}

TEST_F(HardEnd, WaitsForTheLastGrantOfTheSlot) {
  active(kSlot, Duration::hours(1));
  const auto other = active(kSlot, Duration::hours(2), SessionEnd::kSoft);
  wait(Duration::hours(1));
  apply(access::GrantCovered{access::GrantId("grt_1"), other});
  EXPECT_EQ(state.cuts.size(), 0U) << "law 3: another grant needs these sessions";
  wait(Duration::hours(1));
  ASSERT_EQ(state.cuts.size(), 1U);
  EXPECT_EQ(state.cuts.find(kSlot)->issued_before, now);
}

TEST_F(HardEnd, LetsALaterGrantWork) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  absent(kSlot);
  const Instant gone = now;
  cut();
  wait(Duration::minutes(10));
  active(kSlot, Duration::hours(3), SessionEnd::kSoft);
  wait(Duration::minutes(30));
  EXPECT_EQ(document(), session_end_policy({{kSlot, "set", gone}})) << "law 4: its credentials are newer";
}

TEST_F(HardEnd, DeniesNothingThatIsYetToBeIssuedOnceTheClockIsPutRight) {
  const Instant right = now;
  const auto early = active(kSlot, Duration::hours(1));
  now = right + Duration::hours(3);  // by a clock that is wrong
  end(early);
  absent(kSlot);
  run(Duration::seconds(5));
  ASSERT_EQ(state.cuts.find(kSlot)->confirmed, state.cuts.find(kSlot)->issued_before);
  now = right + Duration::minutes(1);
  budget = {};  // as after every jump
  control.touch();
  run(Duration::seconds(5));
  EXPECT_LE(*state.cuts.find(kSlot)->confirmed, now) << "law 4: a grant from now on works";
  EXPECT_GT(*state.cuts.find(kSlot)->confirmed, right);
}

TEST_F(HardEnd, IsTakenOutWhenNoCredentialCanLive) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  absent(kSlot);
  cut();
  run(Duration::minutes(64));
  EXPECT_EQ(count("sessions.restored"), 0U);
  run(Duration::minutes(2));
  EXPECT_EQ(count("sessions.restored"), 1U);
  EXPECT_EQ(in_aws, session_end_policy({})) << "the placeholder, for a policy may not be empty";
  EXPECT_EQ(state.cuts.size(), 0U);
  EXPECT_EQ(control.next_wake(), Instant::max());
}

TEST_F(HardEnd, StaysWhileTheAssignmentMayBeThere) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  cut();
  run(Duration::hours(5));
  ASSERT_EQ(count("sessions.restored"), 0U);
  absent(kSlot);
  run(Duration::minutes(1));
  EXPECT_EQ(state.cuts.find(kSlot)->confirmed, state.cuts.find(kSlot)->issued_before);
}

TEST_F(HardEnd, SendsNothingThatTheLedgerDoesNotHave) {
  active(kSlot, Duration::hours(1));
  refuses = true;
  wait(Duration::hours(1));
  EXPECT_TRUE(sent.empty()) << "law 5";
  refuses = false;
  run(Duration::seconds(3));
  EXPECT_EQ(in_aws, document());
  EXPECT_EQ(count("sessions.cut"), 1U);
}

TEST_F(HardEnd, TriesAgainWhateverGoesWrong) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  for (const auto kind : {ErrorClass::kRetryable, ErrorClass::kThrottled, ErrorClass::kConflictTransient}) {
    const auto update = take<UpdatePolicy>();
    reply(update, error(kind));
    wait(Duration::minutes(1));
  }
  reply(take<UpdatePolicy>(), aws::Policy{});
  answer<DescribePolicy>(error(ErrorClass::kRetryable));
  wait(Duration::minutes(1));
  answer<DescribePolicy>(aws::Policy{"", "", session_end_policy({})});
  wait(Duration::minutes(1));
  EXPECT_EQ(cut(), document()) << "what was read is not what was written: it is written again";
  EXPECT_EQ(count("sessions.cut"), 1U);
  EXPECT_EQ(count("sessions.cut_refused"), 0U);
}

TEST_F(HardEnd, SaysThatAwsWillNotAndGoesOnTrying) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  answer<UpdatePolicy>(error(ErrorClass::kDenied, "AccessDeniedException"));
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "AccessDeniedException");
  wait(Duration::minutes(5));
  answer<UpdatePolicy>(error(ErrorClass::kDenied, "AccessDeniedException"));
  EXPECT_EQ(count("sessions.cut_refused"), 1U) << "once";
  wait(Duration::minutes(5));
  cut();
  EXPECT_EQ(count("sessions.cut"), 1U);
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "");
}

TEST_F(HardEnd, IsRefusedWithoutAPolicy) {
  control.use_policy("");
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  wait(Duration::minutes(10));
  EXPECT_EQ(count("sessions.cut_refused"), 1U);
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "no_policy");
  EXPECT_TRUE(sent.empty());
}

TEST_F(HardEnd, IsRefusedInTheManagementAccount) {
  control.use_management_account(kSlot.account);
  active(kSlot, Duration::hours(1));
  active(kOtherAccount, Duration::hours(1));
  wait(Duration::hours(1));
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "management_account");
  EXPECT_EQ(cut(), session_end_policy({{kOtherAccount, "set", now}}));
}

TEST_F(HardEnd, IsWrittenAndSaidNotToHoldWhereThePolicyIsNotAttached) {
  control.use_not_bound(std::set{kSlot.account});
  const auto grant = active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  absent(kSlot);
  run(Duration::minutes(1));
  EXPECT_EQ(in_aws, session_end_policy({{kSlot, "set", *state.cuts.find(kSlot)->intended}}));
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "policy_not_attached");
  EXPECT_EQ(count("sessions.cut"), 0U) << "what AWS has denies nothing there";
  EXPECT_FALSE(state.grants.find(grant)->sessions_cut_at);
  const auto refused = count("sessions.cut_refused");
  run(Duration::minutes(20));
  EXPECT_EQ(count("sessions.cut_refused"), refused) << "once";
  restart();
  run(Duration::minutes(1));
  EXPECT_EQ(count("sessions.cut"), 0U) << "who has not read what it is attached to does not know better";
  control.use_not_bound(std::set<access::AccountId>{});  // somebody has attached it
  cut();
  EXPECT_EQ(count("sessions.cut"), 1U);
  EXPECT_EQ(state.grants.find(grant)->sessions_cut_at, now);
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "");
}

TEST_F(HardEnd, HoldsNoMoreWhenThePolicyIsDetached) {
  const auto grant = active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  absent(kSlot);
  cut();
  ASSERT_TRUE(state.grants.find(grant)->sessions_cut_at);
  control.use_not_bound(std::set{kSlot.account});
  run(Duration::minutes(1));
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "policy_not_attached");
  EXPECT_FALSE(state.grants.find(grant)->sessions_cut_at);
  run(Duration::hours(2));
  EXPECT_EQ(count("sessions.restored"), 1U) << "it is taken out all the same";
  EXPECT_EQ(in_aws, session_end_policy({}));
}

TEST_F(HardEnd, SaysOneReasonWhereThereAreTwo) {
  control.use_not_bound(std::set{kSlot.account});
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  answer<UpdatePolicy>(error(ErrorClass::kDenied, "AccessDeniedException"));
  wait(Duration::minutes(5));
  answer<UpdatePolicy>(error(ErrorClass::kDenied, "AccessDeniedException"));
  EXPECT_EQ(count("sessions.cut_refused"), 1U);
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "policy_not_attached");
}

TEST_F(HardEnd, CutsWhatAnotherGrantKeptThoughThatOneFailed) {
  const auto early = active(kSlot, Duration::hours(1));
  const auto late = grant(kSlot, Duration::hours(2), access::SessionEnd::kSoft);
  wait(Duration::hours(1));
  apply(access::GrantCovered{early, late});
  run(Duration::minutes(1));
  EXPECT_TRUE(state.cuts.find(kSlot) == nullptr);
  apply(access::GrantFailed{late, "ResourceNotFoundException", "the person is gone"});
  EXPECT_EQ(state.slots.find(kSlot), nullptr);
  cut();
  const access::SessionCut* row = state.cuts.find(kSlot);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->permission_set_name, "set");
  EXPECT_EQ(row->session_duration, Duration::hours(1));
  EXPECT_EQ(row->grants, std::vector{early});
}

TEST_F(HardEnd, IsBoundAsTheNewerOfTwoReadingsSays) {
  control.use_not_bound(std::set{kSlot.account});
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  absent(kSlot);
  run(Duration::minutes(1));
  ASSERT_EQ(count("sessions.cut_refused"), 1U);
  const access::SessionsCut another_says{kSlot, *state.cuts.find(kSlot)->intended, now};
  apply(another_says);
  control.note_foreign(another_says);
  run(Duration::minutes(10));
  EXPECT_EQ(count("sessions.cut_refused"), 1U) << "an older reading contradicts nobody";
  control.use_not_bound(std::set{kSlot.account});
  run(Duration::minutes(1));
  EXPECT_EQ(count("sessions.cut_refused"), 2U) << "a newer one does";
}

TEST_F(HardEnd, StaysUnboundThoughAnotherReasonCameBetween) {
  control.use_not_bound(std::set{kSlot.account});
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  absent(kSlot);
  run(Duration::minutes(1));
  apply(access::SessionsCutRefused{kSlot, "no_room", ""});
  run(Duration::minutes(1));
  EXPECT_EQ(state.cuts.find(kSlot)->refused, "policy_not_attached");
  EXPECT_EQ(count("sessions.cut"), 0U);
}

TEST_F(HardEnd, KeepsWhatAnotherServerDeniesWhileTheLedgerTellsNothingOfIt) {
  const std::string of_another = session_end_policy({{kOtherAccount, "set", now + Duration::minutes(50)}});
  control.keep_what_others_deny(true);
  active(kSlot, Duration::hours(1));
  in_aws = of_another;
  wait(Duration::hours(1));
  absent(kSlot);
  run(Duration::minutes(1));
  const std::string ours = session_end_policy({{kSlot, "set", *state.cuts.find(kSlot)->intended}});
  EXPECT_EQ(in_aws, with_statements(ours, statements_of(of_another)));
  EXPECT_TRUE(state.cuts.find(kSlot)->confirmed) << "it is there, among others";

  in_aws = of_another;  // who read the policy before we wrote it
  run(Duration::minutes(10));
  EXPECT_EQ(in_aws, with_statements(ours, statements_of(of_another)));

  control.keep_what_others_deny(false);  // and now the ledger would tell of them
  run(Duration::minutes(1));
  EXPECT_EQ(in_aws, ours);
}

TEST_F(HardEnd, TakesOutItsOwnThoughItKeepsWhatOthersDeny) {
  control.keep_what_others_deny(true);
  active(kSlot, Duration::hours(1));
  in_aws = session_end_policy({{kOtherAccount, "set", now}});
  wait(Duration::hours(1));
  absent(kSlot);
  run(Duration::hours(2));
  EXPECT_EQ(count("sessions.restored"), 1U);
  EXPECT_EQ(in_aws, session_end_policy({{kOtherAccount, "set", kNoon}}));
}

TEST_F(HardEnd, NeedsNoRoomWhereItDoesNotHold) {
  const access::Slot elsewhere{access::AccountId("999999999999"), kSlot.permission_set, kSlot.principal};
  control.use_not_bound(std::set{elsewhere.account});
  for (int i = 0; i < 40; ++i) {
    active({elsewhere.account, kSlot.permission_set, access::UserId(fmt::format("user-{:032}", i))},
           Duration::minutes(61 + i));
  }
  active(kSlot, Duration::hours(1));
  run(Duration::minutes(102));
  EXPECT_TRUE(state.cuts.find(kSlot)->confirmed) << "the shortest of all, and the only one that cuts anything";
}

TEST_F(HardEnd, PutsThoseFirstWhoseSessionsLiveLongest) {
  std::vector<access::Slot> slots;
  for (int i = 0; i < 40; ++i) {
    slots.push_back({kSlot.account, kSlot.permission_set, access::UserId(fmt::format("user-{:032}", i))});
    active(slots.back(), Duration::minutes(60 + i));
  }
  run(Duration::minutes(101));
  const auto* first = state.cuts.find(slots.front());
  EXPECT_EQ(first->refused, "no_room");
  EXPECT_FALSE(first->confirmed) << "it was cut, and others needed its place";
  EXPECT_TRUE(state.cuts.find(slots.back())->confirmed);
  EXPECT_LE(in_aws.size(), kLongestPolicy);

  for (const auto& slot : slots) absent(slot);  // all in one moment: they share a statement
  run(Duration::minutes(1));
  EXPECT_TRUE(std::all_of(slots.begin(), slots.end(), [&](const auto& slot) {
    return state.cuts.find(slot)->confirmed && state.cuts.find(slot)->refused.empty();
  }));
}

TEST_F(HardEnd, IsLookedAtAgainAfterAStartAndNowAndThen) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  absent(kSlot);
  cut();
  restart();
  turn();
  answer<DescribePolicy>(aws::Policy{"", "", session_end_policy({})});  // somebody has taken it out by hand
  EXPECT_EQ(cut(), document());
  EXPECT_EQ(count("sessions.cut"), 1U) << "nothing new";
  run(Duration::minutes(6));
  EXPECT_GE(looks, 2);
}

TEST_F(HardEnd, SoonUndoesWhatAnUpdateWithoutAnAnswerPutsBack) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  const auto lost = take<UpdatePolicy>();
  reply(lost, error(ErrorClass::kRetryable, "Timeout"));
  wait(Duration::seconds(4));
  absent(kSlot);
  cut();
  const std::string wanted = document();
  ASSERT_NE(policy_of(lost), wanted);
  run(Duration::seconds(40));
  in_aws = policy_of(lost);  // AWS takes it only now
  run(Duration::seconds(35));
  EXPECT_EQ(in_aws, wanted);
}

TEST_F(HardEnd, SoonUndoesWhatTheServerBeforeThisOneHadSent) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  const auto lost = take<UpdatePolicy>();
  restart();
  wait(Duration::seconds(4));
  absent(kSlot);
  cut();
  const std::string wanted = document();
  run(Duration::seconds(40));
  in_aws = policy_of(lost);
  run(Duration::seconds(35));
  EXPECT_EQ(in_aws, wanted);
  const int before = looks;
  run(Duration::minutes(4));
  EXPECT_LE(looks - before, 3) << "and then as seldom as before";
}

TEST_F(HardEnd, TakesOutWhatComesBackWhenNothingIsCutAnyMore) {
  active(kSlot, Duration::hours(1));
  wait(Duration::hours(1));
  absent(kSlot);
  cut();
  run(Duration::minutes(64));
  while (sent.empty() && state.cuts.size() > 0) wait(Duration::seconds(10));
  answer<UpdatePolicy>(error(ErrorClass::kRetryable, "Timeout"));
  const std::string old = in_aws;
  cut();
  ASSERT_EQ(count("sessions.restored"), 1U);
  ASSERT_EQ(state.cuts.size(), 0U);
  in_aws = old;
  run(Duration::seconds(35));
  EXPECT_EQ(in_aws, session_end_policy({}));
  run(Duration::minutes(3));
  EXPECT_EQ(control.next_wake(), Instant::max());
}

}  // namespace
}  // namespace ag::control::testing
