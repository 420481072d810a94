#pragma once
#include "simulation/chance.hpp"

namespace ag::simulation {

/// How often each thing goes wrong, of a thousand.
struct Faults {
  // of calls
  int lost_calls = 0;         ///< never arrive; no reply
  int lost_replies = 0;       ///< take effect; no reply
  int late_calls = 0;         ///< take effect after the caller has given up
  int late_creates = 0;       ///< the same, of creates alone
  int slow_calls = 0;         ///< seconds under way
  int throttled = 0;          ///< ThrottlingException
  int internal = 0;           ///< 500, nothing happened
  int internal_after = 0;     ///< 500, but it happened
  int conflicts = 0;          ///< ConflictException out of the blue
  int stale_lists = 0;        ///< as it was a few seconds ago
  int failed_operations = 0;  ///< begun, and then they come to nothing
  // of turns
  int append_refused = 0;   ///< and for some seconds after
  int append_unknown = 0;   ///< the reply of the commit is lost, half of them after it was done
  int append_stalled = 0;   ///< the commit takes seconds
  int foreign_writers = 0;  ///< another writer is first
  int crashes = 0;          ///< at one of the points of a turn
};

/// Everything at once, as no real day is.
[[nodiscard]] Faults hostile();

/// Swarm testing: some of the faults, each as strong as chance will have it. What is always on hides what it masks.
[[nodiscard]] Faults swarm(Chance& chance);

}  // namespace ag::simulation
