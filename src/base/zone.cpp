#include "base/zone.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/zone_names.hpp"

namespace ag {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr Duration kDay = Duration::hours(24);
constexpr cctz::civil_day kEpoch(1970, 1, 1);

cctz::time_point<cctz::seconds> point_of(Instant moment) {
  return cctz::time_point<cctz::seconds>(cctz::seconds(moment.count_seconds()));
}

bool is_name(std::string_view name) {
  const auto names = zone_names();
  return std::binary_search(names.begin(), names.end(), name);
}

/// People write the city, or slip.
std::optional<std::string> nearest_zone(std::string_view name) {
  std::vector<std::string> names;
  for (const auto each : zone_names()) {
    const auto slash = each.rfind('/');
    if (slash != std::string_view::npos && to_lower(each.substr(slash + 1)) == to_lower(name)) return std::string(each);
    names.emplace_back(each);
  }
  return nearest(name, names);
}

}  // namespace

Result<Zone> Zone::find(std::string_view name) {
  // Only names of the list: cctz would also open any path, and remembers every name it was ever asked for.
  if (!is_name(name)) {
    const auto near = nearest_zone(name);
    return fail(
        Error{"unknown_zone", fmt::format("there is no time zone \"{}\"; {}", excerpt(name),
                                          near ? fmt::format("did you mean \"{}\"?", *near)
                                               : "name one of the IANA database, as in Europe/Berlin, or UTC")});
  }
  Zone zone;
  if (cctz::load_time_zone(std::string(name), &zone.zone_)) return zone;
  return fail(Error{"unknown_zone",
                    fmt::format("this machine's time zone database does not have \"{}\"; install or update the package "
                                "tzdata and start again",
                                name)});
}

WallTime Zone::at(Instant moment) const {
  const auto civil = cctz::convert(point_of(moment), zone_);
  const auto day = cctz::civil_day(civil);
  const auto nanoseconds = moment.count_nanoseconds() % kNanosecondsPerSecond;
  return {day - kEpoch, Duration::seconds(civil - cctz::civil_second(day)) + Duration::nanoseconds(nanoseconds)};
}

Instant Zone::when(const WallTime& wall) const {
  const auto civil = cctz::civil_second(kEpoch + wall.day) + wall.time.count_seconds();
  // The offset before the change answers both edges as the header says.
  const auto found = zone_.lookup(civil).pre.time_since_epoch().count();
  return Instant::from_seconds(found) + Duration::nanoseconds(wall.time.count_nanoseconds() % kNanosecondsPerSecond);
}

std::string Zone::to_text(Instant moment) const {
  const bool utc = zone_ == cctz::utc_time_zone();
  return cctz::format(utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S%Ez", point_of(moment), zone_);
}

Result<WallTime> parse_wall_time(std::string_view text) {
  const bool with_seconds = text.size() == std::string_view("2026-01-05T09:00:00").size();
  const std::string complete = std::string(text) + (with_seconds ? "Z" : ":00Z");
  // There and back again: so nothing is taken that only RFC 3339 knows, like an offset or a leap second.
  const auto moment = parse_rfc3339(complete);
  if (!moment || to_rfc3339(*moment) != complete) {
    return fail("invalid_time",
                fmt::format("\"{}\" is not a local time; write it like 2026-01-05T09:00", excerpt(text)));
  }
  const std::int64_t seconds = moment->count_seconds();
  const std::int64_t per_day = kDay.count_seconds();
  return WallTime{seconds / per_day, Duration::seconds(seconds % per_day)};
}

Result<Duration> parse_time_of_day(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() == 5 && digit(0) && digit(1) && text[2] == ':' && digit(3) && digit(4)) {
    const int hours = (text[0] - '0') * 10 + (text[1] - '0');
    const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
    const Duration time = Duration::hours(hours) + Duration::minutes(minutes);
    if (minutes < 60 && time <= kDay) return time;
  }
  return fail("invalid_time",
              fmt::format("\"{}\" is not a time of day; write it like 09:00, from 00:00 to 24:00", excerpt(text)));
}

}  // namespace ag
