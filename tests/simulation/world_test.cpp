#include "simulation/world.hpp"

#include <gtest/gtest.h>

#include "simulation/life.hpp"

/// One thing at a time, in the world of the simulator.
namespace ag::simulation {
namespace {

constexpr Duration kAfterFaults = Duration::seconds(180);

WorldOptions options_for(std::uint64_t seed) {
  return {.seed = seed,
          .faults = {},
          .behaviour = {},
          .bounds = {kAfterFaults, kAfterFaults, Duration::seconds(5), {}, {}},
          .start = {}};
}

/// Nothing goes wrong, and the laws are strict from the first moment: a few operations one after the other in one
/// account are all that there is to wait for.
struct CalmWorld : World {
  explicit CalmWorld(std::uint64_t seed, Duration bound = Duration::seconds(30))
      : World(
            {.seed = seed, .faults = {}, .behaviour = {}, .bounds = {bound, bound, Duration{}, {}, {}}, .start = {}}) {
    stop_faults();
  }
};

void expect_lawful(const World& world) {
  std::string told;
  for (const auto& each : world.laws().broken()) told += to_text(each) + "\n";
  ASSERT_TRUE(told.empty()) << told << world.story();
}

TEST(World, GivesAndTakesAwayInTime) {
  CalmWorld world(1);
  const auto slot = world.slot("dev-web", "ReadOnly", "ana");
  ASSERT_TRUE(world.ask("ana", "dev-web", "ReadOnly", Duration::minutes(10)).has_value());
  EXPECT_TRUE(world.run_until(Duration::seconds(10), [&] { return world.sandbox().is_present(slot); }));
  world.run_for(Duration::minutes(9) + Duration::seconds(45));
  EXPECT_TRUE(world.sandbox().is_present(slot)) << "taken away before its end";
  EXPECT_TRUE(world.run_until(Duration::seconds(20), [&] { return world.laws().grants_over() == 1; }));
  EXPECT_FALSE(world.sandbox().is_present(slot));
  expect_lawful(world);
}

TEST(World, LosesNothingWhereverItIsCutOff) {
  for (const CrashPoint point : {CrashPoint::kBeforeAppend, CrashPoint::kAfterAppend, CrashPoint::kAfterDispatch}) {
    for (int turns = 0; turns < 25; ++turns) {
      World world(options_for(static_cast<std::uint64_t>(turns + 1)));
      (void)world.ask("ana", "dev-web", "ReadOnly", Duration::seconds(25));
      // One more wait for each run: every turn of this one life is cut off once.
      world.run_for(Duration::milliseconds(1'700) * turns);
      world.crash_at(point);
      world.run_for(Duration::minutes(1));
      come_to_rest(world, kAfterFaults);
      ASSERT_NO_FATAL_FAILURE(expect_lawful(world));
      EXPECT_EQ(world.laws().grants(), 1U);
    }
  }
}

TEST(World, NeverGivesUpWhileAwsIsAway) {
  World world(options_for(3));
  const auto slot = world.slot("dev-web", "ReadOnly", "ana");
  (void)world.ask("ana", "dev-web", "ReadOnly", Duration::minutes(2));
  ASSERT_TRUE(world.run_until(Duration::seconds(15), [&] { return world.sandbox().is_present(slot); }));
  Faults away;
  away.lost_calls = 500;
  away.internal = 1'000;
  world.set_faults(away);
  world.run_for(Duration::hours(2));
  EXPECT_TRUE(world.sandbox().is_present(slot));
  const std::size_t tries = world.calls("DeleteAccountAssignment");
  EXPECT_GT(tries, 60U);
  EXPECT_LT(tries, 200U) << "once a minute is enough";
  world.stop_faults();
  EXPECT_TRUE(world.run_until(Duration::seconds(75), [&] { return !world.sandbox().is_present(slot); }));
  EXPECT_TRUE(world.run_until(Duration::seconds(60), [&] { return world.laws().grants_over() == 1; }));
  expect_lawful(world);
}

TEST(World, RestsWhenThereIsNothingToDo) {
  CalmWorld world(6);
  world.run_for(Duration::hours(1));
  expect_lawful(world);
  EXPECT_EQ(world.calls("CreateAccountAssignment") + world.calls("ListAccountAssignments"), 0U);
  EXPECT_GE(world.calls("ListUsers"), 11U) << "the directory is read every five minutes";
}

TEST(World, IsNotHeldBackByAwsWhenNothingGoesWrong) {
  CalmWorld world(7);
  for (int i = 0; i < 20; ++i) {
    (void)world.ask("ana", "dev-payments", i % 2 == 0 ? "ReadOnly" : "PowerUser", Duration::seconds(20));
    world.run_for(Duration::seconds(5));
  }
  world.run_for(Duration::minutes(2));
  EXPECT_EQ(world.cloud().refusals("ThrottlingException"), 0U);
  EXPECT_EQ(world.cloud().refusals("ConflictException"), 0U);
  expect_lawful(world);
}

}  // namespace
}  // namespace ag::simulation
