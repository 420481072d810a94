#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

/// Times as people read and type them. Always with the zone, and the zone is UTC.
namespace ag::cli {

/// `15:30Z` on the day of `now`, else `2026-11-26 15:30Z`; with seconds when it has any.
[[nodiscard]] std::string clock_text(Instant at, Instant now);

/// `in 58m`, `3m20s ago`, `now`: two units at most, rounded down.
[[nodiscard]] std::string relative_text(Instant at, Instant now);

/// `15:30Z (in 58m)`.
[[nodiscard]] std::string when_text(Instant at, Instant now);

/// `access ends 15:30Z (in 58m) · credentials may live until 16:30Z`.
[[nodiscard]] std::string two_clocks(Instant end, Instant credentials_until, Instant now);

/// RFC 3339, or `+2h` from now. Error code `invalid_time`.
[[nodiscard]] Result<Instant> parse_when(std::string_view text, Instant now);

}  // namespace ag::cli
