#pragma once
#include <cstddef>
#include <vector>

#include "access/organization.hpp"
#include "access/state.hpp"

/// What follows when a permission set allows something else than the ledger knows: the change is an entry, and nobody's
/// agreement to what it was holds for what it is.
namespace ag::access {

/// An entry for every set of `now` that the ledger does not know so, and after it what becomes void with it: requests
/// for the set that wait for decisions, and grants of it that people agreed to and that are yet to start. At most
/// `limit` sets, the others when the entries of these are applied. `before` tells what was gained and lost.
[[nodiscard]] std::vector<Event> set_changes(const State& state, const Organization& now, const Organization& before,
                                             std::size_t limit);

}  // namespace ag::access
