#include "simulation/life.hpp"

#include <algorithm>

namespace ag::simulation {
namespace {

// What was sent over a connection that is gone reaches AWS within 40 seconds: nothing may come back to life by then.
// And a program that has just started has read the whole organization, and done what it makes of it.
constexpr Duration kForStragglers = Duration::seconds(75);

// Of the permission sets that end hard, what comes after the last credential, and what a policy may be behind.
constexpr Duration kLongestSession = Duration::hours(5);

bool is_done(const LifeOptions& options, std::size_t number) {
  return !options.only || std::find(options.only->begin(), options.only->end(), number) != options.only->end();
}

}  // namespace

void come_to_rest(World& world, Duration within) {
  world.stop_faults();
  const Instant quiet = world.now();
  const auto deadline = [&] {
    return std::max(quiet, world.laws().last_end()) + within + world.laws().may_be_late() + Duration::seconds(60);
  };
  const auto may_go_on = [&] { return world.unrest() && world.now() < deadline() && world.laws().broken().empty(); };
  do {  // a straggler may bring an assignment back, which a later look then finds
    while (may_go_on()) world.run_for(Duration::seconds(1));
    if (!world.unrest()) world.run_for(kForStragglers);
  } while (may_go_on());
  const auto unrest = world.unrest();
  if (unrest && world.laws().broken().empty()) world.laws().break_law(0, "it does not come to rest: " + *unrest);
}

void outlive_sessions(World& world) {
  const Instant latest = world.now() + kLongestSession;
  while (world.laws().denies_sessions() && world.now() < latest && world.laws().broken().empty()) {
    world.run_for(Duration::minutes(5));
  }
}

Life live(std::uint64_t seed, const LifeOptions& options) {
  Plan plan = plan_of(seed);
  plan.world.telling = options.telling;
  plan.world.replicas = options.replicas;
  World world(plan.world);
  const Instant born = world.now();
  if (plan.calm) world.stop_faults();
  Player player(world);
  for (std::size_t i = 0; i < plan.acts.size() && world.laws().broken().empty(); ++i) {
    if (is_done(options, i)) player.act(i, plan.acts[i]);
  }
  if (world.laws().broken().empty()) come_to_rest(world, plan.world.bounds.absent_within);
  if (world.laws().broken().empty() && plan.long_tail) outlive_sessions(world);
  return {world.laws().broken(), world.now() - born,    world.laws().grants(), world.crashes(),
          world.calls(),         world.ledger().size(), world.trace(),         world.story()};
}

}  // namespace ag::simulation
