#pragma once
#include "server/api/views.hpp"

namespace ag::server {

/// A proposed change of the policy, without its text.
[[nodiscard]] json::object change_view(const View& view, const access::PolicyChange& change, const Viewer& viewer);

}  // namespace ag::server
