#pragma once
#include <cstddef>

#include "access/organization.hpp"
#include "access/state.hpp"

/// What the policy's `limits` count.
namespace ag::access {

struct UnderWay {
  std::size_t open_requests = 0;  ///< that wait for decisions
  std::size_t live_grants = 0;    ///< that are not over, break-glass too
};

/// Of the person behind this user of the directory, under whatever identity.
[[nodiscard]] UnderWay under_way(const State& state, const Organization& organization, const User& user);

}  // namespace ag::access
