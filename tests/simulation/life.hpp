#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "simulation/acts.hpp"

/// One seed, from the first act to rest.
namespace ag::simulation {

struct LifeOptions {
  Telling telling = Telling::kSilent;
  std::optional<std::vector<std::size_t>> only;  ///< the acts that are done, by number; none: all
  int replicas = 1;
};

struct Life {
  std::vector<Breach> broken;
  Duration lived;
  std::uint64_t grants = 0;
  std::uint64_t crashes = 0;
  std::uint64_t calls = 0;
  std::uint64_t entries = 0;
  Digest trace{};
  std::string story;
};

/// Plays the acts among the faults; then the faults stop, and everything has to come to rest.
[[nodiscard]] Life live(std::uint64_t seed, const LifeOptions& options);

/// The second half of a life, for tests that play the first by hand.
void come_to_rest(World& world, Duration within);
/// What comes after rest: nothing, until no session can live any more that was ended hard.
void outlive_sessions(World& world);

}  // namespace ag::simulation
