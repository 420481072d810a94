#include <gtest/gtest.h>

#include "server/core_bench.hpp"

/// The dead man's switch, with the whole core and AWS.
namespace ag::server::testing {
namespace {

constexpr std::string_view kPolicy = R"(version: 1
rules:
  - {id: any, who: {everyone: true}, what: [Deploy], where: [all], max: 8h, approval: nobody}
approval_policies:
  nobody: {steps: []}
)";
constexpr Duration kGrace = Duration::minutes(10);

struct ServerThatMayDie : ::testing::Test, CoreBench {
  ServerThatMayDie() : CoreBench(kPolicy, behaviour()) { start(prepared()); }
  static sandbox::Behaviour behaviour() {
    sandbox::Behaviour behaviour;
    behaviour.schedule_lateness_max = Duration::minutes(1);
    return behaviour;
  }
  [[nodiscard]] Prepared prepared() const {
    const auto management = sandbox.slot("example-management", "Deploy", "ana")->account;
    return {.dead_man_switch = control::SwitchSettings{
                fmt::format("arn:aws:iam::{}:role/AccessGuardScheduler", management.str()), "AccessGuard", kGrace}};
  }
  [[nodiscard]] sandbox::Slot slot() const { return *sandbox.slot("prod-web", "Deploy", "ana"); }
};

TEST_F(ServerThatMayDie, HasAwsRemoveItAllTheSame) {
  const auto request = hold("ana", "prod-web", "Deploy", Duration::minutes(30));
  const Instant end = grant(request).end;
  ASSERT_TRUE(sandbox.is_present(slot()));
  ASSERT_EQ(sandbox.schedules().size(), 1U);
  EXPECT_LT(std::find(calls.begin(), calls.end(), "CreateSchedule"),
            std::find(calls.begin(), calls.end(), "CreateAccountAssignment"));
  EXPECT_LT(first("switch.armed"), first("slot.present"));
  destroy();
  run_for(end + kGrace - now);
  EXPECT_TRUE(sandbox.is_present(slot()));
  run_for(Duration::minutes(2));
  EXPECT_FALSE(sandbox.is_present(slot()));
  EXPECT_TRUE(sandbox.schedules().empty());
  start(prepared());
  run_for(Duration::minutes(2));
  EXPECT_EQ(grant(request).status, access::Status::kEnded) << "a server that comes back finds it as it is";
  EXPECT_EQ(count("switch.disarmed"), 1U);
}

TEST_F(ServerThatMayDie, RemovesItItselfAndTakesTheScheduleAway) {
  const auto request = hold("ana", "prod-web", "Deploy", Duration::minutes(30));
  run_for(Duration::minutes(31));
  EXPECT_EQ(grant(request).status, access::Status::kEnded);
  EXPECT_TRUE(sandbox.schedules().empty());
  const auto presences = sandbox.presences(slot());
  ASSERT_EQ(presences.size(), 1U);
  EXPECT_FALSE(sandbox.is_of_a_schedule(presences.front().deleted_by));
  EXPECT_LT(presences.front().until, grant(request).end + Duration::seconds(10));
}

TEST_F(ServerThatMayDie, DoesNotCutALaterGrant) {
  hold("ana", "prod-web", "Deploy", Duration::minutes(30));
  run_for(Duration::minutes(20));
  const auto later = ask("ana", "prod-web", "Deploy", Duration::hours(2));
  run_for(Duration::seconds(10));
  const Instant end = grant(later).end;
  destroy();
  run_for(end - now);
  EXPECT_TRUE(sandbox.is_present(slot())) << "law 4";
  run_for(kGrace + Duration::minutes(2));
  EXPECT_FALSE(sandbox.is_present(slot()));
}

TEST_F(ServerThatMayDie, LeavesStandingAccessAlone) {
  sandbox.add_standing(slot(), now);
  const auto request = ask("ana", "prod-web", "Deploy", Duration::minutes(30));
  run_for(Duration::hours(2));
  EXPECT_EQ(grant(request).status, access::Status::kFailed);
  EXPECT_TRUE(sandbox.is_present(slot())) << "law 3";
  EXPECT_TRUE(std::find(calls.begin(), calls.end(), "CreateSchedule") == calls.end());
}

TEST_F(ServerThatMayDie, GivesNothingThatAwsWouldNotRemove) {
  sandbox.deny("CreateSchedule", now + Duration::minutes(20));
  const auto request = ask("ana", "prod-web", "Deploy", Duration::hours(1));
  run_for(Duration::minutes(15));
  EXPECT_FALSE(sandbox.is_present(slot()));
  ASSERT_TRUE(core->switch_problem().has_value());
  run_for(Duration::minutes(15));
  EXPECT_TRUE(sandbox.is_present(slot()));
  EXPECT_EQ(grant(request).status, access::Status::kActive);
  EXPECT_FALSE(core->switch_problem().has_value());
}

TEST_F(ServerThatMayDie, IsAsItWasWithoutTheSwitch) {
  destroy();
  start({});
  hold("ana", "prod-web", "Deploy", Duration::minutes(30));
  EXPECT_TRUE(sandbox.schedules().empty());
  EXPECT_EQ(count("switch.armed"), 0U);
}

}  // namespace
}  // namespace ag::server::testing
