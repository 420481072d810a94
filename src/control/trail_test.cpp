#include "control/trail.hpp"

#include <deque>

#include "control/slot_bench.hpp"

namespace ag::control {
namespace {

using testing::kOtherAccount;
using testing::kSameAccount;
using testing::kSlot;

constexpr std::string_view kOwn = "arn:aws:sts::999999999999:assumed-role/AccessGuard/i-1";
constexpr std::string_view kTheirs = "arn:aws:sts::999999999999:assumed-role/AWSReservedSSO_Admin_1/bo";

/// Trail with a ledger that takes everything, or nothing, and replies that are fed by hand.
struct Bench : ::testing::Test {
  Bench() { prepare(); }
  void prepare() {
    trail.use_instance(aws::InstanceArn("arn:instance"));
    trail.note_caller(kOwn);
  }

  void grant(const access::Slot& slot) {
    const access::RequestId id("req_" + std::to_string(state.size.get()));
    access::Request request{.id = id,
                            .requester = slot.principal,
                            .requester_name = "ana",
                            .permission_set = slot.permission_set,
                            .permission_set_name = "set",
                            .session_duration = Duration::hours(1),
                            .accounts = {},
                            .duration = Duration::hours(8),
                            .start = {},
                            .reason = "because",
                            .ticket = {},
                            .steps = {},
                            .lapses_at = now + Duration::hours(8)};
    apply(access::RequestSubmitted{std::move(request)});
    const access::GrantId grant("grt_" + std::to_string(state.size.get()));
    apply(access::RequestApproved{id, now, now + Duration::hours(8), {{grant, slot}}});
    apply(access::CreateIntended{slot});
    apply(access::CreateAccepted{slot, access::OperationId("op-ours")});
    apply(access::SlotPresent{slot, now - Duration::seconds(1)});
  }
  void apply(access::Event event) {
    if (std::holds_alternative<access::CreateIntended>(event)) trail.touch();
    state.replay({state.size.get(), now, {}, {}, std::move(event)});
  }

  void turn() {
    for (auto& event : trail.plan(state)) {
      told.push_back(std::get<access::SlotShared>(event));
      if (takes) apply(std::move(event));
    }
    for (auto& call : trail.dispatch(state, budget, ids, now)) sent.push_back(std::move(call));
  }
  void wait(Duration time) {
    now = now + time;
    turn();
  }
  aws::LookupEvents take() {
    turn();
    if (const Instant wake = trail.next_wake(); sent.empty() && wake <= now + Duration::seconds(2)) wait(wake - now);
    EXPECT_FALSE(sent.empty()) << "nothing was sent";
    if (sent.empty()) return {};
    taken = sent.front().id;
    auto call = std::get<aws::LookupEvents>(sent.front().call);
    sent.pop_front();
    return call;
  }
  void reply(aws::AwsResult<aws::Reply> reply) {
    EXPECT_TRUE(trail.owns(taken));
    trail.receive(taken, reply, now);
    turn();
  }
  void answer(std::vector<aws::MadeAssignment> items, const std::string& next = "") {
    std::optional<Instant> newest;
    for (const auto& made : items) newest = std::max(newest.value_or(made.at), made.at);
    reply(aws::MadeAssignments{std::move(items), newest, 0, next});
  }

  aws::MadeAssignment made(std::string_view by = kTheirs, const access::Slot& slot = kSlot) const {
    return {"event-1",
            Instant::from_seconds(now.count_seconds()),
            std::string(by),
            "",
            aws::InstanceArn("arn:instance"),
            testing::assignment(slot),
            aws::OperationId("op-theirs")};
  }

  access::State state;
  Trail trail;
  Budget budget;
  CallIds ids;
  Instant now = testing::kNoon + Duration::milliseconds(300);
  CallId taken = 0;
  bool takes = true;
  std::deque<Outgoing> sent;
  std::vector<access::SlotShared> told;
};

using TrailOf = Bench;

TEST_F(TrailOf, AsksForNothingWhileNothingIsOurs) {
  wait(Duration::hours(1));
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(trail.next_wake(), Instant::max());
  grant(kSlot);
  apply(access::DeleteIntended{kSlot});
  wait(Duration::minutes(1));
  EXPECT_TRUE(sent.empty()) << "what goes is not asked about";
}

TEST_F(TrailOf, AsksForNothingBeforeItIsKnownWhoWeAre) {
  trail = {};
  trail.use_instance(aws::InstanceArn("arn:instance"));
  grant(kSlot);
  wait(Duration::minutes(5));
  EXPECT_TRUE(sent.empty()) << "our own creates would be taken for somebody's";
  trail.note_caller(kOwn);
  take();
}

TEST_F(TrailOf, TellsOfWhatSomebodyElseMadeOnce) {
  grant(kSlot);
  EXPECT_EQ(take().since, Instant::from_seconds(now.count_seconds())) << "from our own create on";
  wait(Duration::minutes(3));
  answer({made()});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].slot, kSlot);
  EXPECT_EQ(told[0].event, "event-1");
  EXPECT_EQ(told[0].by, kTheirs);
  EXPECT_EQ(told[0].at_expiry, access::ForeignCreates::kHold);
  wait(Duration::hours(1));
  EXPECT_TRUE(sent.empty()) << "more is not to be known of it";
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(TrailOf, SaysWhatItWasConfiguredToSay) {
  trail.use({access::ForeignCreates::kDelete, Duration::minutes(1)});
  grant(kSlot);
  take();
  answer({made()});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].at_expiry, access::ForeignCreates::kDelete);
}

TEST_F(TrailOf, KnowsItsOwnCallsByTheRoleOrByWhatTheyWereAnswered) {
  grant(kSlot);
  take();
  auto by_path = made("arn:aws:sts::999999999999:assumed-role/AccessGuard/another-session");
  auto by_issuer = made("arn:aws:sts::999999999999:something");
  by_issuer.event = "event-2";
  by_issuer.by_role = "arn:aws:iam::999999999999:role/tools/AccessGuard";
  auto by_operation = made("arn:aws:sts::999999999999:assumed-role/AccessGuardBefore/i-0");
  by_operation.event = "event-3";
  by_operation.operation = aws::OperationId("op-ours");
  answer({by_path, by_issuer, by_operation});
  EXPECT_TRUE(told.empty());
  wait(Duration::minutes(1));
  take();
  answer({made("arn:aws:sts::888888888888:assumed-role/AccessGuard/i-1")});
  EXPECT_EQ(told.size(), 1U) << "a role of that name in another account is somebody else";
}

TEST_F(TrailOf, PassesOverWhatSaysNothingOfUs) {
  const auto before = made();
  wait(Duration::seconds(1));
  grant(kSlot);
  take();
  auto of_group = made();
  of_group.assignment.principal_type = aws::PrincipalType::kGroup;
  auto of_another = made();
  of_another.instance = aws::InstanceArn("arn:another");
  auto of_nobody = made(kTheirs, kOtherAccount);
  answer({before});
  wait(Duration::minutes(1));
  take();
  answer({of_group});
  wait(Duration::minutes(1));
  take();
  answer({of_another});
  wait(Duration::minutes(1));
  take();
  answer({of_nobody});
  EXPECT_TRUE(told.empty()) << "older than our create, of a group, of another instance, of what is not ours";
}

TEST_F(TrailOf, TakesWhatWasMadeBeforeOursWasSeenForOurs) {
  grant(kSlot);
  auto try_of_a_role_before = made("arn:aws:sts::999999999999:assumed-role/RoleBefore/i-1");
  try_of_a_role_before.at = state.slots.find(kSlot)->present_since - Duration::milliseconds(300);
  take();
  answer({try_of_a_role_before});
  EXPECT_TRUE(told.empty()) << "each try of a create is an event, and the ledger knows the answer to one of them";
  wait(Duration::minutes(1));
  take();
  answer({made()});
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(TrailOf, ReadsAllPagesWithOneBeginning) {
  grant(kSlot);
  const auto first = take();
  wait(Duration::seconds(2));
  answer({made(kOwn)}, "t1");
  const auto second = take();
  EXPECT_EQ(second.token, "t1");
  EXPECT_EQ(second.since, first.since);
  wait(Duration::seconds(2));
  answer({made()});
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(TrailOf, EndsWhereATokenComesTwice) {
  grant(kSlot);
  take();
  wait(Duration::seconds(2));
  answer({}, "t1");
  take();
  wait(Duration::seconds(2));
  answer({}, "t1");
  EXPECT_TRUE(sent.empty());
}

TEST_F(TrailOf, GoesOnAQuarterOfAnHourBeforeTheNewestEvent) {
  grant(kSlot);
  take();
  wait(Duration::hours(1));
  answer({made(kOwn)});
  const Instant newest = Instant::from_seconds(now.count_seconds());
  wait(Duration::minutes(1));
  EXPECT_EQ(take().since, newest - Trail::kLateness);
}

TEST_F(TrailOf, SaysAgainWhatTheLedgerDidNotTake) {
  grant(kSlot);
  take();
  takes = false;
  answer({made()});
  EXPECT_EQ(told.size(), 1U);
  takes = true;
  wait(Duration::seconds(1));
  EXPECT_EQ(told.size(), 2U);
  wait(Duration::seconds(1));
  EXPECT_EQ(told.size(), 2U);
}

TEST_F(TrailOf, AsksOnceAMinuteAndWaitsForItsBudget) {
  grant(kSlot);
  grant(kSameAccount);
  take();
  answer({}, "t1");
  EXPECT_TRUE(sent.empty()) << "one a second";
  EXPECT_LE(trail.next_wake(), now + Duration::seconds(2));
  wait(Duration::seconds(2));
  take();
  answer({});
  wait(Duration::seconds(50));
  EXPECT_TRUE(sent.empty());
  wait(Duration::seconds(10));
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(TrailOf, TellsWhyAwsDoesNotTellAndAsksLessOften) {
  grant(kSlot);
  take();
  reply(testing::SlotBench::error(aws::ErrorClass::kDenied, "AccessDeniedException"));
  ASSERT_TRUE(trail.problem().has_value());
  EXPECT_EQ(trail.problem()->code, "AccessDeniedException");
  wait(Duration::minutes(2));
  EXPECT_TRUE(sent.empty());
  wait(Duration::minutes(3));
  take();
  answer({});
  EXPECT_FALSE(trail.problem().has_value());
}

TEST_F(TrailOf, ForgetsNoneOfThoseItHasBeen) {
  trail.note_caller("arn:aws:iam::999999999999:user/accessguard");
  grant(kSlot);
  take();
  answer({made(kOwn)});
  EXPECT_TRUE(told.empty()) << "credentials may change while the program runs";
}

TEST(CallerOf, IsTheRoleOfASessionAndOfAllElseTheArn) {
  EXPECT_EQ(caller_of("arn:aws:sts::1:assumed-role/R/S"), "1/R");
  EXPECT_EQ(caller_of("arn:aws-cn:iam::1:role/path/to/R"), "1/R");
  EXPECT_EQ(caller_of("arn:aws:iam::1:user/R"), "arn:aws:iam::1:user/R");
  EXPECT_EQ(caller_of("arn:aws:iam::1:root"), "arn:aws:iam::1:root");
  EXPECT_EQ(caller_of("arn:aws:sts::1:assumed-role/"), "arn:aws:sts::1:assumed-role/");
  EXPECT_EQ(caller_of("nonsense"), "nonsense");
  EXPECT_EQ(caller_of(""), "");
}

}  // namespace
}  // namespace ag::control
