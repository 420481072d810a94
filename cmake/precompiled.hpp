// The headers that most files of most rooms use; measured, not guessed: <regex>, <iostream>, Asio and
// CLI11 are left out because few files need them.
#pragma once
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <compare>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
