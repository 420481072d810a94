#include "simulation/hunt.hpp"

#include <algorithm>

#include "simulation/crew.hpp"
#include "simulation/life.hpp"

namespace ag::simulation {
namespace {

// After a bug is found it lives on for so many seeds, for the table of which laws it breaks.
constexpr std::uint64_t kSeedsAfterwards = 15;

bool breaks_anyway(const HuntOptions& options, std::uint64_t number, Bug bug) {
  bring_back(Bug::kNone);
  const Life life = live(options.first + number, {.replicas = options.replicas});
  bring_back(bug);
  return !life.broken.empty();
}

}  // namespace

std::vector<Verdict> live_many(const HuntOptions& options) {
  auto outcomes = share_out<Verdict>(options.count, options.jobs, [&](std::size_t number, Verdict& verdict) {
    const std::uint64_t seed = options.first + number;
    const Life life = live(seed, {.replicas = options.replicas});
    verdict = {.seed = seed,
               .died = false,
               .broke = !life.broken.empty(),
               .law = life.broken.empty() ? 0 : life.broken.front().law,
               .lived = life.lived,
               .grants = life.grants,
               .crashes = life.crashes,
               .calls = life.calls,
               .entries = life.entries,
               .trace = life.trace};
  });
  for (const std::size_t number : outcomes.died) {
    outcomes.results[number] = {.seed = options.first + number, .died = true};
  }
  return std::move(outcomes.results);
}

std::vector<Kill> hunt_all(std::span<const KnownBug> bugs, const HuntOptions& options) {
  struct Task {
    Kill kill;
  };
  // A life that dies takes its process along, so a task is taken up again after it until it is through.
  std::vector<Kill> kills(bugs.size());
  std::vector<std::size_t> open(bugs.size());
  for (std::size_t i = 0; i < bugs.size(); ++i) open[i] = i;
  const auto is_through = [&](const Kill& kill) {
    return kill.lived >= options.count || (kill.seeds > 0 && kill.lived >= kill.seeds + kSeedsAfterwards);
  };
  while (!open.empty()) {
    auto outcomes = share_out<Task>(open.size(), options.jobs, [&](std::size_t number, Task& task) {
      const KnownBug& bug = bugs[open[number]];
      bring_back(bug.bug);
      Kill kill = kills[open[number]];
      while (!is_through(kill)) {
        task.kill = kill;
        const Life life = live(options.first + kill.lived, {.replicas = options.replicas});
        ++kill.lived;
        // A seed that breaks a law without the bug has not found the bug.
        if (life.broken.empty() || breaks_anyway(options, kill.lived - 1, bug.bug)) continue;
        if (kill.seeds == 0) kill.seeds = kill.lived;
        kill.laws |= 1U << static_cast<unsigned>(life.broken.front().law);
      }
      task.kill = kill;
    });
    std::vector<std::size_t> again;
    for (std::size_t i = 0; i < open.size(); ++i) kills[open[i]] = outcomes.results[i].kill;
    for (const std::size_t number : outcomes.died) {
      Kill& kill = kills[open[number]];
      ++kill.lived;
      kill.died = true;
      if (kill.seeds == 0) kill.seeds = kill.lived;
      if (!is_through(kill)) again.push_back(open[number]);
    }
    open = std::move(again);
  }
  return kills;
}

}  // namespace ag::simulation
