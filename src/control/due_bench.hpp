#pragma once
#include <vector>

#include "access/decide.hpp"
#include "access/state.hpp"

/// For tests of control: what the clock makes happen, in a world whose policy allows all that was granted.
namespace ag::control::testing {

inline std::vector<access::Event> all_due(const access::State& state, Instant now) {
  std::vector<access::Event> events;
  for (const auto& [due, unused] : state.due) {
    const bool starts = due.first <= now && due.second.first == access::DueKind::kGrantStart;
    if (starts) events.emplace_back(access::GrantStarted{access::GrantId(due.second.second)});
  }
  for (auto& event : access::fall_due(state, access::PolicyIndex(), now, 100)) events.push_back(std::move(event));
  return events;
}

}  // namespace ag::control::testing
