#pragma once
#include <span>
#include <string_view>

#include "simulation/injected.hpp"

/// The bugs of others that can be brought back, and where each was met.
namespace ag::simulation {

struct KnownBug {
  Bug bug = Bug::kNone;
  std::string_view name;    ///< as --bug takes it
  std::string_view source;  ///< whose, and the number of the issue or what else it can be found by
  std::string_view what;
};

[[nodiscard]] std::span<const KnownBug> known_bugs();
[[nodiscard]] const KnownBug* find_bug(std::string_view name);

/// From here on it is there. False in a build that has none to bring back.
bool bring_back(Bug bug);

}  // namespace ag::simulation
