#include "simulation/shrink.hpp"

#include <algorithm>
#include <numeric>

#include "simulation/crew.hpp"
#include "simulation/life.hpp"

namespace ag::simulation {
namespace {

struct Tried {
  bool broke = false;
  int law = 0;
};

/// Which law the life breaks with these acts alone; -1 when its process dies of it, none when it keeps them all.
std::vector<std::optional<int>> try_each(std::uint64_t seed, int replicas, int jobs,
                                         const std::vector<std::vector<std::size_t>>& candidates) {
  const auto outcomes = share_out<Tried>(candidates.size(), jobs, [&](std::size_t number, Tried& tried) {
    const Life life = live(seed, {.only = candidates[number], .replicas = replicas});
    if (!life.broken.empty()) tried = {true, life.broken.front().law};
  });
  std::vector<std::optional<int>> laws;
  for (const auto& tried : outcomes.results) laws.push_back(tried.broke ? std::optional(tried.law) : std::nullopt);
  for (const std::size_t number : outcomes.died) laws[number] = -1;
  return laws;
}

std::vector<std::size_t> without(const std::vector<std::size_t>& acts, std::size_t from, std::size_t count) {
  std::vector<std::size_t> left(acts.begin(), acts.begin() + static_cast<std::ptrdiff_t>(from));
  const std::size_t to = std::min(acts.size(), from + count);
  left.insert(left.end(), acts.begin() + static_cast<std::ptrdiff_t>(to), acts.end());
  return left;
}

}  // namespace

// Delta debugging: leave out halves, then quarters, down to single acts, for as long as the same law breaks.
std::vector<std::size_t> shrink(std::uint64_t seed, int replicas, int jobs) {
  std::vector<std::size_t> acts(plan_of(seed).acts.size());
  std::iota(acts.begin(), acts.end(), std::size_t{0});
  const auto law = try_each(seed, replicas, jobs, {acts}).front();
  if (!law) return acts;
  for (std::size_t size = std::max<std::size_t>(1, acts.size() / 2);;) {
    std::vector<std::vector<std::size_t>> candidates;
    for (std::size_t from = 0; from < acts.size(); from += size) candidates.push_back(without(acts, from, size));
    const auto laws = try_each(seed, replicas, jobs, candidates);
    const auto same = std::find(laws.begin(), laws.end(), law);
    if (same != laws.end()) {
      acts = candidates[static_cast<std::size_t>(same - laws.begin())];
      size = std::clamp<std::size_t>(size, 1, std::max<std::size_t>(1, acts.size()));
      if (acts.empty()) return acts;
      continue;
    }
    if (size == 1) return acts;
    size = (size + 1) / 2;
  }
}

}  // namespace ag::simulation
