#pragma once
#include <cstddef>
#include <string_view>

#include "base/json.hpp"
#include "iam/analysis.hpp"

/// Analyses, expansions and differences as JSON. WIRE FORMAT of `accessguard iam … -o json`: members are added, never
/// renamed.
namespace ag::iam {

[[nodiscard]] json::object to_json(const Analysis& analysis);

/// The actions that may be allowed, each with `certainty`, `breadth` and access levels; with `resources` and
/// `depends_on` where there are any.
[[nodiscard]] json::object to_json(const Expansion& expansion);

[[nodiscard]] json::object to_json(const Difference& difference);

}  // namespace ag::iam
