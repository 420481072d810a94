#include "cli/when.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace ag::cli {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

/// The largest unit, and the one below it when that still says something.
std::string roughly(std::int64_t seconds) {
  const auto two = [](std::int64_t large, std::string_view unit, std::int64_t small, std::string_view lower) {
    return small == 0 ? fmt::format("{}{}", large, unit) : fmt::format("{}{}{}{}", large, unit, small, lower);
  };
  if (seconds >= kDay) return two(seconds / kDay, "d", seconds % kDay / kHour, "h");
  if (seconds >= kHour) return two(seconds / kHour, "h", seconds % kHour / kMinute, "m");
  if (seconds >= 10 * kMinute) return fmt::format("{}m", seconds / kMinute);
  if (seconds >= kMinute) return two(seconds / kMinute, "m", seconds % kMinute, "s");
  return fmt::format("{}s", seconds);
}

}  // namespace

std::string clock_text(Instant at, Instant now) {
  const std::string text = to_rfc3339(Instant::from_seconds(at.count_seconds()));  // 2026-11-25T15:30:00Z
  std::string clock = text.substr(11, 8);
  if (clock.ends_with(":00")) clock.resize(5);
  const bool today = to_rfc3339(now).substr(0, 10) == text.substr(0, 10);
  return today ? clock + "Z" : fmt::format("{} {}Z", text.substr(0, 10), clock);
}

std::string relative_text(Instant at, Instant now) {
  if (const std::int64_t ahead = (at - now).count_seconds(); ahead > 0) return "in " + roughly(ahead);
  const std::int64_t past = (now - at).count_seconds();
  return past == 0 ? "now" : roughly(past) + " ago";
}

std::string when_text(Instant at, Instant now) {
  return fmt::format("{} ({})", clock_text(at, now), relative_text(at, now));
}

std::string two_clocks(Instant end, Instant credentials_until, Instant now) {
  return fmt::format("access {} {} · credentials may live until {}", end > now ? "ends" : "ended", when_text(end, now),
                     clock_text(credentials_until, now));
}

Result<Instant> parse_when(std::string_view text, Instant now) {
  if (text.starts_with('+')) {
    const auto ahead = parse_duration(text.substr(1));
    if (ahead) return now + *ahead;
  } else if (const auto time = parse_rfc3339(text)) {
    return *time;
  }
  return fail("invalid_time",
              fmt::format("\"{}\" is not a time: write 2026-11-25T14:30:00Z, or +2h from now", excerpt(text)));
}

}  // namespace ag::cli
