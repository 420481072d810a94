#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"

/// Reading the API's objects without insisting on them: a newer server may say more, and an older one less. A member
/// that is missing or of another type reads as empty. Paths name members with dots: `permission_set.name`.
namespace ag::cli {

[[nodiscard]] const json::value& value_at(const json::value& value, std::string_view path);
[[nodiscard]] std::string text_at(const json::value& value, std::string_view path);
[[nodiscard]] std::int64_t number_at(const json::value& value, std::string_view path);
[[nodiscard]] bool flag_at(const json::value& value, std::string_view path);
[[nodiscard]] std::optional<Instant> time_at(const json::value& value, std::string_view path);
[[nodiscard]] const json::array& items_at(const json::value& value, std::string_view path);

}  // namespace ag::cli
