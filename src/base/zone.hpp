#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <cctz/time_zone.h>

#include "base/result.hpp"
#include "base/time.hpp"

/// Local time, for the few places where people's days and office hours matter. Everything else is UTC.
namespace ag {

/// A local time without its zone: what a clock on the wall shows.
struct WallTime {
  std::int64_t day = 0;  ///< since 1970-01-01
  Duration time;         ///< of day, below 24 hours
  auto operator<=>(const WallTime&) const = default;
  /// 0 is Monday.
  [[nodiscard]] int weekday() const { return static_cast<int>(((day + 3) % 7 + 7) % 7); }
};

/// A zone of the IANA time zone database, as the machine's /usr/share/zoneinfo has it.
class Zone {
 public:
  /// UTC.
  Zone() = default;
  /// By name, as in `Europe/Berlin`. Error code `unknown_zone`.
  [[nodiscard]] static Result<Zone> find(std::string_view name);

  [[nodiscard]] WallTime at(Instant moment) const;
  /// When a clock on the wall shows it. Of two such moments (clocks are put back) the first; where clocks skip it, the
  /// moment that it would have been without the skip. `wall.time` may be 24 hours: the end of the day.
  [[nodiscard]] Instant when(const WallTime& wall) const;
  /// `2026-11-26T18:00:00+01:00`
  [[nodiscard]] std::string to_text(Instant moment) const;

 private:
  cctz::time_zone zone_ = cctz::utc_time_zone();
};

/// `2026-01-05T09:00`, seconds allowed. Error code `invalid_time`.
[[nodiscard]] Result<WallTime> parse_wall_time(std::string_view text);
/// `09:00`, up to `24:00`. Error code `invalid_time`.
[[nodiscard]] Result<Duration> parse_time_of_day(std::string_view text);

}  // namespace ag
