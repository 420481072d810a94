#pragma once
#include "server/api/views.hpp"

/// A request as api/openapi.yaml describes it.
namespace ag::server {

[[nodiscard]] json::object request_view(const View& view, const access::RequestState& request, const Viewer& viewer,
                                        Instant now);

}  // namespace ag::server
