#include "server/core.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "server/testing_world.hpp"

namespace ag::server {
namespace {

using testing::Chance;
using testing::CrashPoint;
using testing::Faults;
using testing::World;
using testing::WorldOptions;

constexpr std::array<std::string_view, 3> kPeople = {"ana", "emil", "hana"};
constexpr std::array<std::string_view, 3> kAccounts = {"dev-payments", "dev-web", "prod-payments"};
constexpr std::array<std::string_view, 3> kSets = {"ReadOnly", "PowerUser", "ProdAdmin"};
constexpr std::string_view kLead = "bo";

/// Enough for whatever backed off longest, and for what has to wait for its account after that.
constexpr Duration kAfterFaults = Duration::seconds(180);

/// People who ask, approve and end at random, and a console where somebody gives and takes by hand.
class Crowd {
 public:
  /// The fewer they want, the more often they meet.
  Crowd(World& world, std::uint64_t seed) : world_(world), chance_(seed ^ 0x5eed), wanted_(1 + seed % 3) {}

  void act() {
    switch (chance_.below(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: return ask();
      case 5:
      case 6: return approve();
      case 7:
      case 8: return end();
      default: return change_by_hand();
    }
  }

 private:
  template <class Items>
  auto pick(const Items& items) {
    return items[chance_.below(items.size())];
  }
  std::string_view pick_first(const std::array<std::string_view, 3>& names) { return names[chance_.below(wanted_)]; }

  void ask() {
    const auto who = pick_first(kPeople);
    const auto account = pick_first(kAccounts);
    const auto set = pick(kSets);
    // AWS's lists may lag: what was given by hand a moment ago could be taken for ours.
    const auto given = by_hand_.find(world_.slot(account, set, who));
    if (given != by_hand_.end() && given->second + Duration::seconds(10) > world_.now()) return;
    std::optional<Instant> start;
    if (chance_.per_thousand(300)) start = world_.now() + chance_.between({}, Duration::seconds(90));
    const auto asked =
        world_.ask(who, account, set, chance_.between(Duration::seconds(1), Duration::minutes(3)), start);
    if (asked) requests_.push_back({std::string(who), *asked});
  }

  void approve() {
    if (requests_.empty() || !world_.is_up()) return;
    const auto [who, request] = pick(requests_);
    if (world_.core().state().requests.find(request) == nullptr) return;
    EXPECT_FALSE(world_.approve(who, request).has_value()) << "nobody approves for himself";
    if (world_.is_up()) (void)world_.approve(kLead, request);
  }

  void end() {
    if (requests_.empty()) return;
    const auto [who, request] = pick(requests_);
    (void)world_.end(who, request);
  }

  void change_by_hand() {
    if (!world_.is_up()) return;
    const auto slot = world_.slot(pick_first(kAccounts), pick(kSets), pick_first(kPeople));
    if (const auto it = by_hand_.find(slot); it != by_hand_.end()) {
      world_.sandbox().remove_standing(slot, world_.now());
      by_hand_.erase(it);
    } else if (world_.core().state().slots.find(testing::slot_of(slot)) == nullptr &&
               !world_.sandbox().is_present(slot)) {
      world_.sandbox().add_standing(slot, world_.now());
      by_hand_[slot] = world_.now();
    }
  }

  World& world_;
  Chance chance_;
  std::size_t wanted_;
  std::vector<std::pair<std::string, access::RequestId>> requests_;
  std::map<sandbox::Slot, Instant> by_hand_;
};

WorldOptions options_for(std::uint64_t seed, const Faults& faults) {
  sandbox::Behaviour behaviour;
  behaviour.failures_per_thousand = 50;
  return {.seed = seed,
          .faults = faults,
          .behaviour = behaviour,
          .bounds = {kAfterFaults, kAfterFaults, Duration::seconds(5)}};
}

void play(World& world, std::uint64_t seed, int acts) {
  Crowd crowd(world, seed);
  Chance chance(seed ^ 0xac7);
  for (int i = 0; i < acts && world.laws().broken().empty(); ++i) {
    crowd.act();
    world.run_for(chance.between({}, Duration::seconds(8)));
  }
}

void come_to_rest(World& world) {
  world.stop_faults();
  world.run_for(kAfterFaults + Duration::seconds(20));
  const Instant last = world.laws().last_end();
  if (last > world.now()) world.run_for(last - world.now());
  world.run_for(kAfterFaults);
}

std::uint64_t seeds() {
  const char* wanted = std::getenv("AG_SEEDS");
  return wanted == nullptr ? 300 : std::strtoull(wanted, nullptr, 10);
}

std::uint64_t first_seed() {
  const char* wanted = std::getenv("AG_SEED");
  return wanted == nullptr ? 1 : std::strtoull(wanted, nullptr, 10);
}

void expect_at_rest(World& world, std::uint64_t seed) {
  const auto& broken = world.laws().broken();
  std::string told;
  for (const auto& each : broken) told += each + "\n";
  ASSERT_TRUE(broken.empty()) << "AG_SEED=" << seed << " AG_SEEDS=1\n" << told << world.story();
  const auto gauges = world.core().gauges();
  EXPECT_EQ(gauges.outstanding_creates, 0U) << "AG_SEED=" << seed;
  EXPECT_EQ(gauges.waiting[0] + gauges.waiting[1], 0U) << "AG_SEED=" << seed;
  EXPECT_EQ(gauges.watched, world.core().state().slots.size()) << "AG_SEED=" << seed;
  EXPECT_EQ(world.laws().grants_over(), world.laws().grants()) << "AG_SEED=" << seed;
}

TEST(Core, KeepsItsLawsWhateverGoesWrong) {
  std::size_t grants = 0;
  std::size_t crashes = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
    World world(options_for(seed, testing::hostile()));
    play(world, seed, 50);
    come_to_rest(world);
    expect_at_rest(world, seed);
    if (HasFatalFailure()) return;
    grants += world.laws().grants();
    crashes += world.crashes();
  }
  fmt::print("{} grants, {} crashes\n", grants, crashes);
}

}  // namespace
}  // namespace ag::server
