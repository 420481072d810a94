#pragma once
#include "access/event.hpp"
#include "base/json.hpp"

namespace ag::server {

/// One line of a request's story, in plain words. What a person wrote is in `said` alone, so that it cannot pass for
/// anything that AccessGuard says.
[[nodiscard]] json::object timeline_view(const access::Entry& entry);

}  // namespace ag::server
