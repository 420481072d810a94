#include "access/decide.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/test_asking.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::Asking;
using test::code_of;
using test::deploying;
using test::kPolicy;
using test::playing;
using test::policy_with;
using test::powering;
using test::reading;
using test::World;

// ---- decide -----------------------------------------------------------------------------------------------

TEST(Approval, ByTheNeededPersonMakesTheGrant) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  world.pass(Duration::minutes(5));
  const auto outcome = world.approve(id, "cleo");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->events.size(), 2U);
  EXPECT_EQ(world.status(id), Status::kGranting);
  EXPECT_EQ(world.grant(id).start, world.now) << "the time runs from the approval";
  EXPECT_EQ(world.grant(id).end, world.now + Duration::hours(1));
}

TEST(Approval, NeverCountsFromTheRequesterByWhateverRoad) {
  const auto company = a_company().with_group("TeamLeads", {"ana", "ana-admin", "cleo"});
  World world = a_world(company);
  const RequestId id = world.asked("ana", reading());
  const std::string version = world.request(id).version;
  EXPECT_EQ(code_of(world.approve(id, "ana")), "self_approval") << "as a member of the approving group";
  const Decide approve{id, version, Verdict::kApprove, {}, {}};
  EXPECT_EQ(code_of(world.run(world.as("ana", Role::kAdmin), approve)), "self_approval") << "as an administrator";
  EXPECT_EQ(code_of(world.approve(id, "ana-admin")), "self_approval") << "through a second identity";
  EXPECT_EQ(code_of(world.run(world.as("ana-admin", Role::kAdmin), approve)), "self_approval");
  EXPECT_EQ(code_of(world.deny(id, "ana")), "self_approval") << "who wants it no more can withdraw";
  EXPECT_EQ(world.status(id), Status::kPending);
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "");
}

TEST(Approval, ThroughASecondIdentityIsRefusedWhenTheMailAddressCameLater) {
  World world = a_world(a_company().with_mail("ana-admin", "other@example.com"));
  const RequestId id = world.asked("ana", reading());
  world.move_to(a_company());
  EXPECT_EQ(code_of(world.approve(id, "ana-admin")), "self_approval");
}

TEST(Approval, IsForThoseOfTheStepOnly) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  const auto error = world.approve(id, "emil").error();
  EXPECT_EQ(error.code, "not_approver");
  EXPECT_EQ(error.message, "emil may not decide this now; TeamLeads may");
  const Decide approve{id, world.request(id).version, Verdict::kApprove, {}, {}};
  EXPECT_EQ(code_of(world.run(world.as("emil", Role::kAdmin), approve)), "not_approver") << "administrators neither";
  EXPECT_EQ(code_of(world.run(World::the_operator(), approve)), "not_approver");
  EXPECT_EQ(code_of(world.approve(id, "gone")), "not_approver") << "disabled";
  EXPECT_EQ(code_of(world.approve(id, "stranger")), "not_approver");
  world.move_to(a_company().with_group("TeamLeads", {"emil"}));
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "not_approver") << "no longer in the group";
  EXPECT_EQ(code_of(world.approve(id, "emil")), "") << "in the group by now";
}

TEST(Approval, CountsForExactlyTheVersionThatWasSeen) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  Asking asking = reading();
  asking.reason = "the same for another reason";
  const RequestId other = world.asked("ana", asking);
  for (const std::string& version : {std::string(), std::string("0"), world.request(other).version,
                                     world.request(id).version + "0", std::string(64, '0')}) {
    const auto error = world.run(world.as("cleo"), Decide{id, version, Verdict::kApprove, {}, {}}).error();
    EXPECT_EQ(error.code, "stale_version");
    EXPECT_EQ(error.field, "version");
  }
  EXPECT_EQ(world.request(id).decisions.size(), 0U);
}

TEST(Approval, BySeveralNeedsDistinctPeople) {
  World world = a_world();
  const RequestId id = world.asked("ben", powering());
  ASSERT_TRUE(world.approve(id, "dora"));
  EXPECT_EQ(world.status(id), Status::kPending);
  EXPECT_EQ(code_of(world.approve(id, "dora")), "already_decided");
  ASSERT_TRUE(world.approve(id, "emil"));
  EXPECT_EQ(world.status(id), Status::kGranting);
}

TEST(Approval, ByASecondIdentityOfAnApproverCountsNothing) {
  const auto company = a_company().with_group("TeamLeads", {"ana", "ana-admin", "cleo"});
  World world = a_world(company);
  const RequestId id = world.asked("ben", powering());
  ASSERT_TRUE(world.approve(id, "ana"));
  EXPECT_EQ(code_of(world.approve(id, "ana-admin")), "already_decided");
  EXPECT_EQ(world.status(id), Status::kPending);
}

TEST(Approval, InTwoStepsGoesInOrderAndAPersonCountsOnce) {
  World world = a_world();
  const RequestId id = world.asked("ana", deploying());
  EXPECT_EQ(code_of(world.approve(id, "emil")), "not_approver") << "Security comes second";
  ASSERT_TRUE(world.approve(id, "dora")) << "dora is a TeamLead and in Security";
  EXPECT_EQ(current_step(world.request(id)), 1U);
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "not_approver") << "the step of TeamLeads is over";
  EXPECT_EQ(code_of(world.approve(id, "dora")), "already_decided");
  EXPECT_EQ(world.status(id), Status::kPending);
  ASSERT_TRUE(world.approve(id, "emil"));
  EXPECT_EQ(world.status(id), Status::kGranting);
  EXPECT_EQ(world.request(id).decisions.at(0).step, 0);
  EXPECT_EQ(world.request(id).decisions.at(1).step, 1);
}

TEST(Approval, MayShortenButNeverWiden) {
  World world = a_world();
  const RequestId id = world.asked("ana", deploying());
  EXPECT_EQ(code_of(world.approve(id, "cleo", Duration::hours(2))), "invalid_duration");
  EXPECT_EQ(code_of(world.approve(id, "cleo", Duration{})), "invalid_duration");
  EXPECT_EQ(world.approve(id, "cleo", Duration::milliseconds(1)).error().field, "max_duration");
  ASSERT_TRUE(world.approve(id, "cleo", Duration::minutes(20)));
  ASSERT_TRUE(world.approve(id, "emil", Duration::minutes(40)));
  EXPECT_EQ(world.grant(id).end, world.now + Duration::minutes(20)) << "the shortest holds";
}

TEST(Approval, OfAllThatWasAskedIsNotShorter) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  ASSERT_TRUE(world.approve(id, "cleo", Duration::hours(1)));
  EXPECT_EQ(world.grant(id).end, world.now + Duration::hours(1));
}

TEST(Denial, ByOneEndsIt) {
  World world = a_world();
  const RequestId id = world.asked("ana", deploying());
  ASSERT_TRUE(world.approve(id, "cleo"));
  ASSERT_TRUE(world.deny(id, "emil"));
  EXPECT_EQ(world.status(id), Status::kDenied);
  EXPECT_EQ(code_of(world.approve(id, "dora")), "not_pending");
  EXPECT_EQ(code_of(world.run(world.as("ana"), Withdraw{id})), "not_pending");
  EXPECT_EQ(world.state.holdings.size(), 0U);
}

TEST(Denial, NeedsAComment) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  const std::string version = world.request(id).version;
  for (const auto& comment :
       {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>("  ")}) {
    const auto error = world.run(world.as("cleo"), Decide{id, version, Verdict::kDeny, comment, {}}).error();
    EXPECT_EQ(error.code, "too_short");
    EXPECT_EQ(error.field, "comment");
  }
  EXPECT_EQ(code_of(world.run(world.as("cleo"), Decide{id, version, Verdict::kDeny, std::string(501, 'x'), {}})),
            "too_long");
  EXPECT_EQ(code_of(world.run(world.as("cleo"), Decide{id, version, Verdict::kApprove, "a\nb", {}})),
            "invalid_characters");
  ASSERT_TRUE(world.run(world.as("cleo"), Decide{id, version, Verdict::kApprove, "  fine  ", {}}));
  EXPECT_EQ(world.request(id).decisions.at(0).comment, "fine");
}

TEST(Denial, IsPossibleWhenTheDoorIsClosedMeanwhile) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  world.apply_policy("version: 1\n");
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "no_longer_allowed");
  EXPECT_EQ(code_of(world.deny(id, "cleo")), "");
}

TEST(Decision, OnWhatIsNotThereIsRefused) {
  World world = a_world();
  const auto error = world.run(world.as("cleo"), Decide{RequestId("req_none"), "", Verdict::kApprove, {}, {}}).error();
  EXPECT_EQ(error.code, "unknown_request");
  EXPECT_NE(error.message.find("\"req_none\""), std::string::npos);
}

TEST(Decision, ComesTooLateOnceTheRequestLapsed) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  world.pass(Duration::hours(4));
  EXPECT_EQ(world.status(id), Status::kLapsed);
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "not_pending");
}

// The engine lets a bounded number of things fall due before it decides: what is over time is over all the same.
TEST(Decision, ComesTooLateEvenBeforeTheLapseIsOnTheLedger) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  const Decide approve{id, world.request(id).version, Verdict::kApprove, {}, {}};
  const auto at = [&](Instant now) {
    return code_of(decide(world.state, world.index(), world.as("cleo"), approve, {}, now));
  };
  EXPECT_EQ(at(world.request(id).request.lapses_at - Duration::milliseconds(1)), "");
  EXPECT_EQ(at(world.request(id).request.lapses_at), "not_pending");
}

TEST(Approval, IsRefusedWhenTheDoorHasClosedMeanwhile) {
  struct Case {
    std::string_view what;
    std::string policy;
    test::Company company;
    std::string_view says;
  };
  const std::string same(kPolicy);
  const auto old_account = Account{AccountId("222222222222"), "shop-prod", "", "SUSPENDED", {}, "", {}};
  for (const auto& it :
       {Case{"no rule", "version: 1\n", a_company(), "no rule lets ana"},
        Case{"another target", policy_with("where: [prod], min", "where: [play], min"), a_company(),
             "no rule lets ana"},
        Case{"a shorter time", policy_with("min: 10m, max: 8h", "min: 10m, max: 30m"), a_company(), "1h is too long"},
        Case{"a guardrail",
             policy_with("require: {reason_min: 20}}", "require: {reason_min: 20}}\n  - {id: g, require: {max: 5m}}"),
             a_company(), "nobody can ask"},
        Case{"requester gone", same, a_company().without_user("ana"), "ana is no longer"},
        Case{"requester disabled", same, a_company().with_disabled("ana"), "ana is no longer"},
        Case{"set gone", same, a_company().without_set("ReadOnly"), "ReadOnly no longer exists"},
        Case{"account gone", same, a_company().without_account("222222222222"), "shop-prod no longer exists"},
        Case{"account suspended", same, a_company().with(old_account, "/Workloads/Prod"), "shop-prod is SUSPENDED"},
        Case{"account moved", same,
             a_company().with(Account{AccountId("222222222222"), "shop-prod", "", "ACTIVE", {}, "", {}},
                              "/Workloads/Dev"),
             "no rule lets ana"}}) {
    SCOPED_TRACE(it.what);
    World world = a_world();
    const RequestId id = world.asked("ana", reading());
    world.move_to(it.company);
    world.apply_policy(it.policy);
    const auto outcome = world.approve(id, "cleo");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, "no_longer_allowed");
    EXPECT_EQ(outcome.error().field, "id");
    EXPECT_NE(outcome.error().message.find(it.says), std::string::npos) << outcome.error().message;
    EXPECT_EQ(world.status(id), Status::kPending);
  }
}

TEST(Approval, MustSatisfyThePolicyOfTheDayToo) {
  World world = a_world();
  const RequestId id = world.asked("ana", deploying());
  ASSERT_TRUE(world.approve(id, "cleo"));
  const auto guarded = policy_with("guardrails:\n", "guardrails:\n  - {id: three, require: {approvers: 3}}\n");
  world.apply_policy(guarded);
  const auto outcome = world.approve(id, "emil");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "no_longer_allowed");
  EXPECT_NE(outcome.error().message.find("the policy has come to ask for others to agree"), std::string::npos)
      << outcome.error().message;
  EXPECT_EQ(world.status(id), Status::kPending) << "it can be withdrawn or denied, and it lapses";
  world.apply_policy(kPolicy);
  EXPECT_EQ(code_of(world.approve(id, "emil")), "");
}

TEST(Approval, OfOtherPeopleThanThoseOfTheDayIsNotEnough) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  const std::string other = "lead: {steps: [{any_of: [{group: Security}]}]";
  world.apply_policy(policy_with("lead: {steps: [{any_of: [{group: TeamLeads}]}]", other));
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "no_longer_allowed");
}

TEST(Approval, IsEnoughWhereThePolicyOfTheDayAsksForLess) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  world.apply_policy(policy_with("max: 8h, approval: lead}", "max: 8h, approval: nobody}"));
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "");
}

// ---- withdraw, lapse, end ------------------------------------------------------------------------------------

TEST(Withdrawal, IsTheRequestersAlone) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  EXPECT_EQ(code_of(world.run(world.as("cleo"), Withdraw{id})), "not_requester");
  EXPECT_EQ(code_of(world.run(world.as("cleo", Role::kAdmin), Withdraw{id})), "not_requester");
  EXPECT_EQ(code_of(world.run(world.as("ana"), Withdraw{RequestId("req_x")})), "unknown_request");
  ASSERT_TRUE(world.run(world.as("ana"), Withdraw{id}));
  EXPECT_EQ(world.status(id), Status::kWithdrawn);
  EXPECT_EQ(code_of(world.run(world.as("ana"), Withdraw{id})), "not_pending");
}

TEST(Withdrawal, ComesTooLateOnceItIsGranted) {
  World world = a_world();
  const RequestId id = world.asked("ana", playing());
  const auto error = world.run(world.as("ana"), Withdraw{id}).error();
  EXPECT_EQ(error.code, "not_pending");
  EXPECT_NE(error.message.find("is granting"), std::string::npos) << error.message;
}

void make_active(World& world, const RequestId& id) {
  const Slot slot = world.grant(id).slot;
  world.record(CreateIntended{slot});
  world.record(SlotPresent{slot, world.now});
}

TEST(End, IsForTheHolderAnApproverOrAnAdministrator) {
  struct Case {
    std::string_view who;
    Role role;
    std::optional<EndCause> cause;
  };
  for (const auto& it :
       {Case{"ana", Role::kPerson, EndCause::kHolder}, Case{"ana", Role::kAdmin, EndCause::kHolder},
        Case{"cleo", Role::kPerson, EndCause::kApprover}, Case{"cleo", Role::kAdmin, EndCause::kApprover},
        Case{"emil", Role::kAdmin, EndCause::kAdmin}, Case{"emil", Role::kPerson, std::nullopt},
        Case{"dora", Role::kPerson, std::nullopt}, Case{"ana-admin", Role::kPerson, std::nullopt}}) {
    SCOPED_TRACE(it.who);
    World world = a_world();
    const RequestId id = world.asked("ana", reading());
    ASSERT_TRUE(world.approve(id, "cleo"));
    make_active(world, id);
    const auto outcome = world.run(world.as(it.who, it.role), End{id, "done"});
    ASSERT_EQ(code_of(outcome), it.cause ? "" : "not_allowed");
    if (!it.cause) continue;
    EXPECT_EQ(world.status(id), Status::kEnding);
    EXPECT_EQ(world.grant(id).cause, it.cause);
    EXPECT_EQ(code_of(world.run(world.as(it.who, it.role), End{id, {}})), "nothing_to_end");
    world.record(SlotAbsent{world.grant(id).slot, world.now});
    EXPECT_EQ(world.status(id), Status::kRevoked);
  }
}

TEST(End, ByTheOperatorCountsAsTheAdministrators) {
  World world = a_world();
  const RequestId id = world.asked("ana", playing());
  ASSERT_TRUE(world.run(World::the_operator(), End{id, {}}));
  EXPECT_EQ(world.grant(id).cause, EndCause::kAdmin);
}

TEST(End, EndsAllGrantsOfTheRequestThatAreLeft) {
  World world = a_world();
  Asking asking = reading();
  asking.accounts = {"shop-prod", "payments-prod"};
  const RequestId id = world.asked("ana", asking);
  ASSERT_TRUE(world.approve(id, "cleo"));
  world.record(GrantFailed{world.grant(id, 0).id, "already_held", ""});
  const auto outcome = world.run(world.as("ana"), End{id, {}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->events.size(), 1U);
  EXPECT_EQ(world.grant(id, 0).status, Status::kFailed);
  EXPECT_EQ(world.grant(id, 1).status, Status::kEnding);
}

TEST(End, OfWhatIsNotGrantedFindsNothing) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  EXPECT_EQ(code_of(world.run(world.as("ana"), End{id, {}})), "nothing_to_end");
  EXPECT_EQ(code_of(world.run(world.as("ana"), End{RequestId("req_x"), {}})), "unknown_request");
}

TEST(End, RefusesAReasonThatCannotBeRead) {
  World world = a_world();
  const RequestId id = world.asked("ana", playing());
  EXPECT_EQ(code_of(world.run(world.as("ana"), End{id, std::string(501, 'x')})), "too_long");
  EXPECT_EQ(world.run(world.as("ana"), End{id, "a\x07"}).error().field, "reason");
  EXPECT_EQ(code_of(world.run(world.as("ana"), End{id, "  "})), "") << "an empty one is none";
}

TEST(ScheduledStart, WaitsThenGrantsForTheWholeTime) {
  World world = a_world();
  Asking asking = reading();
  asking.start = world.now + Duration::hours(2);
  const RequestId id = world.asked("ana", asking);
  ASSERT_TRUE(world.approve(id, "cleo"));
  EXPECT_EQ(world.status(id), Status::kScheduled);
  EXPECT_EQ(world.grant(id).start, *asking.start);
  EXPECT_EQ(world.grant(id).end, *asking.start + Duration::hours(1));
  const SlotState& slot = *world.state.slots.find(world.grant(id).slot);
  EXPECT_FALSE(is_desired(world.state, slot, world.now));
  EXPECT_FALSE(is_desired(world.state, slot, *asking.start - Duration::nanoseconds(1)));
  EXPECT_FALSE(is_desired(world.state, slot, *asking.start)) << "whether it still may is to be seen first";
  world.pass(Duration::hours(2));
  EXPECT_EQ(kind_of(world.ledger.back().event), "grant.started");
  EXPECT_TRUE(is_desired(world.state, slot, *asking.start));
  EXPECT_FALSE(is_desired(world.state, slot, *asking.start + Duration::hours(1)));
  EXPECT_EQ(world.status(id), Status::kGranting);
}

TEST(ScheduledStart, IsLookedAtOnceMoreWhenItComes) {
  World world = a_world();
  Asking asking = reading();
  asking.start = world.now + Duration::hours(2);
  const RequestId id = world.asked("ana", asking);
  ASSERT_TRUE(world.approve(id, "cleo"));
  world.apply_policy(policy_with("what: [ReadOnly], where: [prod], min", "what: [ReadOnly], where: [play], min"));
  world.pass(Duration::hours(2));
  EXPECT_EQ(world.status(id), Status::kEnding);
  EXPECT_EQ(world.grant(id).cause, EndCause::kPolicy);
  const auto& ending = std::get<GrantEnding>(world.ledger.back().event);
  EXPECT_EQ(*ending.reason, "no rule lets ana ask for ReadOnly in shop-prod");
}

TEST(ScheduledStart, WaitsForADirectory) {
  World world = a_world();
  Asking asking = reading();
  asking.start = world.now + Duration::hours(2);
  const RequestId id = world.asked("ana", asking);
  ASSERT_TRUE(world.approve(id, "cleo"));
  world.forget_the_directory();
  world.pass(Duration::hours(2));
  EXPECT_EQ(world.status(id), Status::kScheduled);
  EXPECT_EQ(next_due(world.state, world.index()), world.grant(id).end) << "nobody waits for what cannot come";
  world.move_to(a_company());
  world.pass(Duration::minutes(1));
  EXPECT_EQ(world.status(id), Status::kGranting);
}

TEST(ScheduledStart, ThatPassedBeforeTheApprovalIsTheApprovals) {
  World world = a_world();
  Asking asking = reading();
  asking.start = world.now + Duration::hours(1);
  const RequestId id = world.asked("ana", asking);
  world.pass(Duration::hours(2));
  ASSERT_TRUE(world.approve(id, "cleo"));
  EXPECT_EQ(world.grant(id).start, world.now);
  EXPECT_EQ(world.grant(id).end, world.now + Duration::hours(1));
}

TEST(ScheduledStart, CanBeEndedBeforeItBegins) {
  World world = a_world();
  Asking asking = playing();
  asking.start = world.now + Duration::hours(1);
  const RequestId id = world.asked("ana", asking);
  ASSERT_TRUE(world.run(world.as("ana"), End{id, {}}));
  EXPECT_FALSE(is_desired(world.state, *world.state.slots.find(world.grant(id).slot), *asking.start));
}

TEST(FallDue, EndsGrantsAndLapsesRequestsAtTheirMomentNotBefore) {
  World world = a_world();
  const RequestId granted = world.asked("ana", playing());
  const RequestId pending = world.asked("ana", reading());
  EXPECT_TRUE(
      fall_due(world.state, world.index(), world.now + Duration::hours(1) - Duration::nanoseconds(1), 10).empty());
  world.pass(Duration::hours(1));
  EXPECT_EQ(world.status(granted), Status::kEnding);
  EXPECT_EQ(world.grant(granted).cause, EndCause::kExpiry);
  EXPECT_EQ(world.status(pending), Status::kPending);
  world.pass(Duration::hours(3));
  EXPECT_EQ(world.status(pending), Status::kLapsed);
  EXPECT_EQ(world.state.due.size(), 0U);
}

TEST(FallDue, TakesTheEarliestWhenNotAllFit) {
  World world = a_world();
  Asking asking = playing();
  std::vector<RequestId> ids;
  for (const int minutes : {30, 10, 20}) {
    asking.duration = Duration::minutes(minutes);
    ids.push_back(world.asked("ana", asking));
  }
  const auto events = fall_due(world.state, world.index(), world.now + Duration::hours(1), 2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(std::get<GrantEnding>(events[0]).grant, world.grant(ids[1]).id);
  EXPECT_EQ(std::get<GrantEnding>(events[1]).grant, world.grant(ids[2]).id);
}

TEST(FallDue, LeavesOutWhatIsNotOfGrantsBeforeItCounts) {
  World world = a_world();
  (void)world.asked("ana", reading());  // nobody decides in time
  world.pass(Duration::hours(3) + Duration::minutes(30));
  const RequestId granted = world.asked("ana", playing());
  const Instant later = world.now + Duration::hours(2);
  const auto all = fall_due(world.state, world.index(), later, 1);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<RequestLapsed>(all[0]));
  const auto ends = fall_due(world.state, world.index(), later, 1, Dues::kGrants);
  ASSERT_EQ(ends.size(), 1U) << "law 10: what may not be written now does not stand before what ends";
  EXPECT_EQ(std::get<GrantEnding>(ends[0]).grant, world.grant(granted).id);
}

}  // namespace
}  // namespace ag::access
