#include "simulation/faults.hpp"

#include <array>

namespace ag::simulation {
namespace {

// Of a thousand faults, so many are on in one life.
constexpr int kShareOn = 350;

struct Strongest {
  int Faults::* fault;
  int per_thousand;
};
constexpr std::array<Strongest, 15> kStrongest = {{
    {&Faults::lost_calls, 80},
    {&Faults::lost_replies, 100},
    {&Faults::late_calls, 80},
    {&Faults::slow_calls, 100},
    {&Faults::throttled, 250},
    {&Faults::internal, 150},
    {&Faults::internal_after, 100},
    {&Faults::conflicts, 150},
    {&Faults::stale_lists, 300},
    {&Faults::failed_operations, 250},
    {&Faults::append_refused, 20},
    {&Faults::append_unknown, 80},
    {&Faults::append_stalled, 10},
    {&Faults::foreign_writers, 60},
    {&Faults::crashes, 20},
}};

}  // namespace

Faults hostile() {
  return {.lost_calls = 20,
          .lost_replies = 30,
          .late_calls = 20,
          .slow_calls = 20,
          .throttled = 40,
          .internal = 20,
          .internal_after = 20,
          .conflicts = 30,
          .stale_lists = 100,
          .failed_operations = 50,
          .append_refused = 5,
          .append_unknown = 20,
          .append_stalled = 2,
          .foreign_writers = 20,
          .crashes = 8};
}

Faults swarm(Chance& chance) {
  Faults faults;
  for (const auto& [fault, most] : kStrongest) {
    if (chance.per_thousand(kShareOn))
      faults.*fault = 1 + static_cast<int>(chance.below(static_cast<std::size_t>(most)));
  }
  return faults;
}

}  // namespace ag::simulation
