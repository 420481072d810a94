#pragma once
#include "server/api/views.hpp"

namespace ag::server {

/// What a permission set allows, in plain words.
struct Allows {
  std::string text;
  bool is_analyzed = false;  ///< it comes from what the permission set really contains
};
/// Null is one that is no more.
[[nodiscard]] Allows allows_of(const access::PermissionSet* set);

/// What somebody who judges the request has to know, found out by the server from ids and from today's policy: none of
/// it is what the requester wrote. Null for the requester, who need not learn who else has access.
[[nodiscard]] json::value facts_view(const View& view, const access::RequestState& request, const Viewer& viewer,
                                     Instant now);

}  // namespace ag::server
