#include "control/slot_facts.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace ag::control {
namespace {

using access::GrantState;
using access::SlotState;
using access::State;
using access::Status;

// After a slot was seen to be gone it is looked at again: a create that AWS took late would bring it back.
constexpr std::array kLooksAfterRelease = {Duration::minutes(1), Duration::minutes(5), Duration::minutes(15),
                                           Duration::minutes(60)};

bool is_ending(const State& state, const access::GrantId& id) {
  return state.grants.find(id)->status == Status::kEnding;
}

}  // namespace

bool is_needed(const State& state, const access::GrantId& id, Instant now) {
  const GrantState& grant = *state.grants.find(id);
  return is_open(grant) && access::has_begun(grant, now) && now < grant.end;
}

bool has_ending(const State& state, const SlotState& row) {
  return std::any_of(row.live.begin(), row.live.end(), [&](const auto& id) { return is_ending(state, id); });
}

bool has_untold_end(const State& state, const SlotState& row, Instant now) {
  return std::any_of(row.live.begin(), row.live.end(), [&](const auto& id) {
    const GrantState& grant = *state.grants.find(id);
    return is_open(grant) && access::has_begun(grant, now) && grant.end <= now;
  });
}

std::optional<Instant> waits_since(const State& state, const SlotState& row, Instant now) {
  std::optional<Instant> since;
  for (const auto& id : row.live) {
    const GrantState& grant = *state.grants.find(id);
    if (is_needed(state, id, now) && grant.status == Status::kGranting) since = std::max(since, {grant.start});
  }
  return since;
}

std::vector<access::GrantId> needed_grants(const State& state, const SlotState& row, Instant now) {
  std::vector<access::GrantId> needed;
  std::copy_if(row.live.begin(), row.live.end(), std::back_inserter(needed),
               [&](const auto& id) { return is_needed(state, id, now); });
  return needed;
}

std::vector<access::GrantId> ending_grants(const State& state, const SlotState& row) {
  std::vector<access::GrantId> ending;
  std::copy_if(row.live.begin(), row.live.end(), std::back_inserter(ending),
               [&](const auto& id) { return is_ending(state, id); });
  return ending;
}

Lane lane_of(const State& state, const SlotState* row, Instant now) {
  if (row == nullptr) return Lane::kVerify;
  return is_desired(state, *row, now) ? Lane::kGrant : Lane::kRevoke;
}

bool is_recent(const access::Released& released, Instant now) {
  return now - released.observed_at <= access::kReleasedKept;
}

Instant next_look(const access::Released& released, const std::optional<Instant>& looked_at) {
  for (const Duration after : kLooksAfterRelease) {
    const Instant at = released.observed_at + after;
    if (!looked_at || *looked_at < at) return at;
  }
  return Instant::max();
}

}  // namespace ag::control
