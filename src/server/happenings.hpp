#pragma once
#include <vector>

#include "server/event_hub.hpp"
#include "server/read_model.hpp"

namespace ag::server {

/// What an entry tells to those who listen: once for each request whose story it is part of. Ask after it was applied.
[[nodiscard]] std::vector<Happening> happenings_of(const View& view, const access::Entry& entry);

}  // namespace ag::server
