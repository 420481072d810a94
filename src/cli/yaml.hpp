#pragma once
#include <string>

#include "base/json.hpp"

namespace ag::cli {

/// YAML 1.2 in block style, two spaces a level: reads back to the same value with a 1.1 or a 1.2 parser. Strings are
/// quoted whenever a parser could take them for something else (`no`, `12`, `2026-11-25`, `a: b`).
[[nodiscard]] std::string to_yaml(const json::value& value);

}  // namespace ag::cli
