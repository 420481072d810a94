#pragma once
#include "access/terms.hpp"
#include "base/json.hpp"

/// Parts of what a rule asks, as api/openapi.yaml describes them: for those who may ask, and for those who are about
/// to.
namespace ag::server {

/// One text for each list of windows: access has to lie within one window of each.
[[nodiscard]] json::array during_view(const access::Terms& terms, const access::Policy& policy);
[[nodiscard]] json::array escalations_view(const access::Terms& terms);
/// How often and by how much; null when not at all.
[[nodiscard]] json::value extend_view(const access::Terms& terms);
/// How long the whole of it may last, however often it is extended; null where that is not limited, or cannot be.
[[nodiscard]] json::value whole_view(const access::Terms& terms);

}  // namespace ag::server
