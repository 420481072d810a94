#pragma once
#include <cstdint>
#include <vector>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "simulation/bugs.hpp"

/// Many lives: looking for seeds that break a law, with or without a bug that is known to be there.
namespace ag::simulation {

/// What is kept of one life of many.
struct Verdict {
  std::uint64_t seed = 0;
  bool died = false;  ///< an assertion failed, or worse
  bool broke = false;
  int law = 0;  ///< the first that broke
  Duration lived;
  std::uint64_t grants = 0;
  std::uint64_t crashes = 0;
  std::uint64_t calls = 0;
  std::uint64_t entries = 0;
  Digest trace{};

  [[nodiscard]] bool failed() const { return died || broke; }
};

struct HuntOptions {
  std::uint64_t first = 1;
  std::uint64_t count = 1;
  int replicas = 1;
  int jobs = 1;
};

[[nodiscard]] std::vector<Verdict> live_many(const HuntOptions& options);

/// What became of one bug.
struct Kill {
  std::uint64_t seeds = 0;  ///< lives that it took to find it; 0: it survived
  std::uint32_t laws = 0;   ///< a bit for each law that it broke in those and some more lives
  bool died = false;        ///< of an assertion of the program's own, too
  std::uint64_t lived = 0;  ///< how many lives were tried
};

/// Each of the known bugs for at most `options.count` seeds.
[[nodiscard]] std::vector<Kill> hunt_all(std::span<const KnownBug> bugs, const HuntOptions& options);

}  // namespace ag::simulation
