#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "access/state.hpp"
#include "aws/types.hpp"
#include "control/budget.hpp"

/// What the ledger's state says of a slot, for the three parts of SlotControl.
namespace ag::control {

/// The assignment that fills a slot: grants are always to a person.
[[nodiscard]] inline aws::Assignment assignment_of(const access::Slot& slot) {
  return {slot.account, slot.permission_set, aws::PrincipalType::kUser, slot.principal.str()};
}

/// Neither over nor about to be, as the ledger says.
[[nodiscard]] inline bool is_open(const access::GrantState& grant) {
  return grant.status == access::Status::kGranting || grant.status == access::Status::kActive;
}
/// Open, begun and not over: what makes a slot desired.
[[nodiscard]] bool is_needed(const access::State& state, const access::GrantId& id, Instant now);
[[nodiscard]] bool has_ending(const access::State& state, const access::SlotState& row);
/// Whether the time of one of its grants is over and the ledger does not say so yet: of many ends it takes so many at a
/// time.
[[nodiscard]] bool has_untold_end(const access::State& state, const access::SlotState& row, Instant now);
/// Since when a grant needs it that was not yet seen to have it, the latest of them; it may be there for another one.
[[nodiscard]] std::optional<Instant> waits_since(const access::State& state, const access::SlotState& row, Instant now);
[[nodiscard]] std::vector<access::GrantId> needed_grants(const access::State& state, const access::SlotState& row,
                                                         Instant now);
[[nodiscard]] std::vector<access::GrantId> ending_grants(const access::State& state, const access::SlotState& row);
[[nodiscard]] Lane lane_of(const access::State& state, const access::SlotState* row, Instant now);
/// The ledger drops an old one only when others come: until then it says nothing any more.
[[nodiscard]] bool is_recent(const access::Released& released, Instant now);
/// When a released slot is to be looked at: the first of the moments that no look has answered.
[[nodiscard]] Instant next_look(const access::Released& released, const std::optional<Instant>& looked_at);

/// Those of the failure's grants that still wait for the slot.
template <class Failure>
[[nodiscard]] std::vector<access::GrantId> hopeless_grants(const std::optional<Failure>& failure,
                                                           const access::State& state, const access::SlotState& row,
                                                           Instant now) {
  if (!failure) return {};
  auto grants = needed_grants(state, row, now);
  std::erase_if(grants, [&](const auto& id) {
    return std::find(failure->grants.begin(), failure->grants.end(), id) == failure->grants.end();
  });
  return grants;
}

}  // namespace ag::control
