#include "simulation/laws.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/cloud.hpp"

/// A law that cannot be broken is no law: each is broken here once, by hand.
namespace ag::simulation {
namespace {

const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");

/// A slot of the sandbox's, and laws that watch it.
struct Court {
  sandbox::Sandbox sandbox{1};
  Laws laws{sandbox, {Duration::seconds(30), Duration::seconds(30), Duration{}}};
  sandbox::Slot there = *sandbox.slot("dev-web", "ReadOnly", "ana");
  access::Slot slot = slot_of(there);
  access::Request request;
  std::int64_t entries = 0;

  void note(access::Event event, Instant at) { laws.note_entry({entries++, at, {}, {}, std::move(event)}, at); }
  void ask(std::vector<access::Step> steps = {}, Duration duration = Duration::hours(1)) {
    request.id = access::RequestId("req_1");
    request.requester = slot.principal;
    request.duration = duration;
    request.steps = std::move(steps);
    note(access::RequestSubmitted{request}, kNoon);
  }
  void approve(Instant start, Instant end) {
    note(access::RequestApproved{request.id, start, end, {{access::GrantId("grt_1"), slot}}}, start);
  }
  void decide(std::string_view who, std::string version) {
    const auto by = access::UserId(sandbox.slot("dev-web", "ReadOnly", who)->principal_id);
    note(
        access::RequestDecided{
            request.id, std::move(version), access::Verdict::kApprove, by, std::string(who), 0, {}, {}},
        kNoon);
  }
  void send(control::CallId id, aws::Call call, Instant at = kNoon) {
    laws.note_call({1, id}, {id, std::move(call), control::Lane::kSync}, at);
  }
  [[nodiscard]] aws::Assignment assignment() const {
    return {slot.account, slot.permission_set, aws::PrincipalType::kUser, slot.principal.str()};
  }
  [[nodiscard]] bool is_broken(int law) const {
    return std::any_of(laws.broken().begin(), laws.broken().end(),
                       [&](const Breach& breach) { return breach.law == law; });
  }
};

const std::vector<access::Step> kALead = {{{{access::PartyKind::kGroup, "g", "TeamLeads"}}, 1}};

TEST(Laws, SeeAnApprovalThatIsMissing) {
  Court court;
  court.ask(kALead);
  court.approve(kNoon, kNoon + Duration::hours(1));
  EXPECT_TRUE(court.is_broken(1));
}

TEST(Laws, SeeSomebodyWhoMayNotDecide) {
  Court court;
  court.ask(kALead);
  court.decide("bo", access::version_of(court.request));
  EXPECT_TRUE(court.laws.broken().empty());
  court.decide("carla", access::version_of(court.request));
  EXPECT_TRUE(court.is_broken(1));
}

TEST(Laws, SeeARequesterWhoDecides) {
  Court court;
  court.ask(kALead);
  court.decide("ana", access::version_of(court.request));
  EXPECT_TRUE(court.is_broken(1));
}

TEST(Laws, SeeMoreTimeThanWasAgreed) {
  Court court;
  court.ask({}, Duration::minutes(10));
  court.approve(kNoon, kNoon + Duration::minutes(11));
  EXPECT_TRUE(court.is_broken(1));
}

TEST(Laws, SeeAGrantThatIsNeverMarkedEnded) {
  Court court;
  court.laws.note_quiet(kNoon);
  court.ask();
  court.approve(kNoon, kNoon + Duration::seconds(10));
  court.laws.check(kNoon + Duration::seconds(41));
  EXPECT_TRUE(court.is_broken(2));
}

TEST(Laws, SeeALieAboutWhatIsGone) {
  Court court;
  court.sandbox.add_standing(court.there, kNoon);
  court.note(access::SlotAbsent{court.slot, kNoon}, kNoon);
  EXPECT_TRUE(court.is_broken(2));
}

TEST(Laws, SeeAGrantThatAnothersEndCuts) {
  Court court;
  court.ask();
  court.approve(kNoon, kNoon + Duration::hours(1));
  court.note(access::CreateIntended{court.slot}, kNoon);
  court.note(access::DeleteIntended{court.slot}, kNoon);
  EXPECT_TRUE(court.laws.broken().empty());
  court.send(1, aws::DeleteAccountAssignment{{}, court.assignment()});
  EXPECT_TRUE(court.is_broken(3));
}

/// A delete is sent at noon; the sandbox takes it three seconds later. What it removes was given by hand at that
/// moment.
std::vector<Breach> broken_by_a_delete(Instant given_at) {
  Cloud cloud({});
  Chance chance(1);
  Laws laws(cloud.sandbox(), {Duration::seconds(30), Duration::seconds(30), Duration{}});
  const auto there = Cloud::slot("dev-web", "ReadOnly", "ana");
  const auto slot = slot_of(there);
  const auto ask = [&](const aws::Call& call, Instant at) { return *cloud.answer(call, at, at, {}, chance); };
  const auto instance = std::get<aws::Instances>(ask(aws::ListInstances{}, kNoon)).items.front().arn;
  const aws::DeleteAccountAssignment call{
      instance, {slot.account, slot.permission_set, aws::PrincipalType::kUser, slot.principal.str()}};
  laws.note_entry({0, kNoon, {}, {}, access::CreateIntended{slot}}, kNoon);
  laws.note_entry({1, kNoon, {}, {}, access::DeleteIntended{slot}}, kNoon);
  laws.note_call({1, 1}, {1, call, control::Lane::kRevoke}, kNoon);
  cloud.sandbox().add_standing(there, given_at);
  (void)ask(call, kNoon + Duration::seconds(3));
  cloud.sandbox().advance(kNoon + Duration::seconds(10));
  laws.check(kNoon + Duration::seconds(10));
  EXPECT_FALSE(cloud.sandbox().is_present(there));
  return laws.broken();
}

TEST(Laws, SeeADeleteThatWasSentAlthoughSomebodyHadGivenIt) {
  const auto broken = broken_by_a_delete(kNoon - Duration::seconds(1));
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].law, 3);
}

TEST(Laws, DoNotBlameADeleteForWhatWasGivenAfterItWasSent) {
  EXPECT_TRUE(broken_by_a_delete(kNoon + Duration::seconds(1)).empty());
}

TEST(Laws, SeeALiveGrantWithoutItsAssignment) {
  Court court;
  court.laws.note_quiet(kNoon);
  court.ask();
  court.approve(kNoon, kNoon + Duration::hours(1));
  court.laws.check(kNoon + Duration::seconds(30));
  EXPECT_TRUE(court.laws.broken().empty());
  court.laws.check(kNoon + Duration::seconds(31));
  EXPECT_TRUE(court.is_broken(4));
}

TEST(Laws, SeeAGrantThatIsGivenUpForWhatPasses) {
  Court court;
  court.ask();
  court.approve(kNoon, kNoon + Duration::hours(1));
  court.note(access::GrantFailed{access::GrantId("grt_1"), "ThrottlingException", ""}, kNoon);
  EXPECT_TRUE(court.is_broken(4));
}

TEST(Laws, SeeACallWithoutAnIntent) {
  Court court;
  court.send(1, aws::CreateAccountAssignment{{}, court.assignment()});
  EXPECT_TRUE(court.is_broken(5));
}

TEST(Laws, SeeALieAboutWhatIsThere) {
  Court court;
  court.note(access::SlotPresent{court.slot, kNoon}, kNoon);
  EXPECT_TRUE(court.is_broken(5));
}

TEST(Laws, SeeAnApprovalOfAnotherVersion) {
  Court court;
  court.ask(kALead);
  court.decide("bo", "another");
  EXPECT_TRUE(court.is_broken(6));
}

TEST(Laws, SeeAnApprovalThatCountsTwice) {
  Court court;
  court.ask();
  court.approve(kNoon, kNoon + Duration::hours(1));
  court.approve(kNoon, kNoon + Duration::hours(1));
  EXPECT_TRUE(court.is_broken(6));
}

TEST(Laws, SeeTwoOperationsInOneAccount) {
  Court court;
  court.note(access::CreateIntended{court.slot}, kNoon);
  court.send(1, aws::CreateAccountAssignment{{}, court.assignment()});
  EXPECT_TRUE(court.laws.broken().empty());
  court.laws.note_reply({1, 1}, aws::Operation{aws::OperationStatus::kInProgress, aws::OperationId("op"), ""});
  court.send(2, aws::CreateAccountAssignment{{}, court.assignment()});
  EXPECT_TRUE(court.is_broken(7));
}

TEST(Laws, SeeTooManyCallsInASecond) {
  Court court;
  for (control::CallId id = 1; id <= 20; ++id) court.send(id, aws::ListInstances{});
  EXPECT_TRUE(court.laws.broken().empty());
  court.send(21, aws::ListInstances{}, kNoon + Duration::milliseconds(999));
  EXPECT_TRUE(court.is_broken(7));
}

TEST(Laws, SeeAGrantThatGoesBeforeARevoke) {
  Court court;
  const aws::Call call = aws::ListInstances{};
  court.laws.note_order({{1, call, control::Lane::kRevoke}, {2, call, control::Lane::kGrant}});
  EXPECT_TRUE(court.laws.broken().empty());
  court.laws.note_order({{1, call, control::Lane::kGrant}, {2, call, control::Lane::kRevoke}});
  EXPECT_TRUE(court.is_broken(7));
}

TEST(Laws, SeeACreateWhoseIntentTheLedgerCouldNotTake) {
  Court court;
  court.laws.note_ledger_out(kNoon + Duration::minutes(1));
  court.send(1, aws::CreateAccountAssignment{{}, court.assignment()});
  EXPECT_TRUE(court.is_broken(10));
}

}  // namespace
}  // namespace ag::simulation
