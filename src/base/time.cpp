#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "base/text.hpp"

namespace ag {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// Far above any rule's maximum, far below what an Instant can hold.
constexpr std::int64_t kLongestDurationSeconds = 10 * 366 * kSecondsPerDay;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};

struct Civil {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// Days since 1970-01-01 of a proleptic Gregorian date. Counts years from March, so that the leap day is the
// last day of the year, in cycles of 400 years.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t cycle = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_cycle = year - cycle * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return cycle * 146'097 + day_of_cycle - 719'468;
}

Civil civil_from_seconds(std::int64_t seconds) {
  const std::int64_t days = seconds / kSecondsPerDay + 719'468;
  const std::int64_t cycle = days / 146'097;
  const std::int64_t day_of_cycle = days - cycle * 146'097;
  const std::int64_t year_of_cycle =
      (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36'524 - day_of_cycle / 146'096) / 365;
  const std::int64_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  Civil civil;
  civil.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  civil.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  civil.year = year_of_cycle + cycle * 400 + (civil.month <= 2 ? 1 : 0);
  const std::int64_t of_day = seconds % kSecondsPerDay;
  civil.hour = static_cast<int>(of_day / 3600);
  civil.minute = static_cast<int>(of_day / 60 % 60);
  civil.second = static_cast<int>(of_day % 60);
  return civil;
}

std::string_view weekday_of(std::int64_t seconds) {
  return kWeekdays.at(static_cast<std::size_t>(seconds / kSecondsPerDay % 7));
}

int days_in_month(std::int64_t year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays.at(static_cast<std::size_t>(month - 1));
}

std::optional<std::int64_t> seconds_from_civil(const Civil& civil) {
  if (civil.year < 1970 || civil.year > 2261 || civil.month < 1 || civil.month > 12 || civil.day < 1 ||
      civil.day > days_in_month(civil.year, civil.month) || civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
    return std::nullopt;
  }
  // A leap second (:60) counts as the first second of the next minute.
  return days_from_civil(civil.year, civil.month, civil.day) * kSecondsPerDay + civil.hour * 3600 + civil.minute * 60 +
         civil.second;
}

// Reads text from the left; every reader leaves it unread and answers false when it does not fit.
struct Cursor {
  std::string_view rest;

  bool literal(char expected) {
    if (rest.empty() || rest.front() != expected) return false;
    rest.remove_prefix(1);
    return true;
  }
  template <class Number>
  bool digits(std::size_t count, Number& value) {
    if (rest.size() < count) return false;
    Number parsed = 0;
    for (const char c : rest.substr(0, count)) {
      if (c < '0' || c > '9') return false;  // from_chars would take "-0" for a number of two digits
      parsed = parsed * 10 + (c - '0');
    }
    value = parsed;
    rest.remove_prefix(count);
    return true;
  }
};

bool read_fraction(Cursor& in, std::int64_t& nanoseconds) {
  std::size_t count = 0;
  std::int64_t scale = kNanosecondsPerSecond / 10;
  while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    nanoseconds += (in.rest.front() - '0') * scale;
    scale /= 10;
    in.rest.remove_prefix(1);
    if (++count > 9) return false;
  }
  return count > 0;
}

std::unexpected<Error> bad_time(std::string_view text) {
  return fail("invalid_time",
              fmt::format("\"{}\" is not a time; write it like 2026-11-25T14:30:00Z or 2026-11-25T15:30:00+01:00",
                          excerpt(text)));
}

std::unexpected<Error> bad_duration(std::string_view text) {
  return fail("invalid_duration",
              fmt::format("\"{}\" is not a duration; write it like 45s, 30m, 1h30m, 1d or PT1H30M", excerpt(text)));
}

// `unit_order` holds the units still allowed, longest first.
bool read_units(std::string_view text, std::string_view unit_order, std::int64_t& seconds) {
  if (text.empty()) return false;
  while (!text.empty()) {
    std::int64_t amount = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
    if (error != std::errc{} || amount < 0 || at == text.data() + text.size() || text.front() == '-') return false;
    const char unit = *at;
    const auto place = unit_order.find(unit);
    if (place == std::string_view::npos) return false;
    unit_order.remove_prefix(place + 1);
    const char lower = static_cast<char>(unit | 0x20);
    const std::int64_t scale = lower == 'd' ? kSecondsPerDay : lower == 'h' ? 3600 : lower == 'm' ? 60 : 1;
    if (amount > kLongestDurationSeconds / scale) return false;
    seconds += amount * scale;
    if (seconds > kLongestDurationSeconds) return false;
    text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
  }
  return true;
}

}  // namespace

std::string to_rfc3339(Instant at) {
  const Civil c = civil_from_seconds(at.count_seconds());
  const std::int64_t milliseconds = at.count_nanoseconds() % kNanosecondsPerSecond / 1'000'000;
  // Compiled: every entry and every answer holds several.
  auto text = fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"), c.year, c.month, c.day, c.hour, c.minute,
                          c.second);
  if (milliseconds != 0) text += fmt::format(FMT_COMPILE(".{:03}"), milliseconds);
  text += 'Z';
  return text;
}

Result<Instant> parse_rfc3339(std::string_view text) {
  Cursor in{text};
  Civil civil;
  const bool date_and_time = in.digits(4, civil.year) && in.literal('-') && in.digits(2, civil.month) &&
                             in.literal('-') && in.digits(2, civil.day) && (in.literal('T') || in.literal('t')) &&
                             in.digits(2, civil.hour) && in.literal(':') && in.digits(2, civil.minute) &&
                             in.literal(':') && in.digits(2, civil.second);
  if (!date_and_time) return bad_time(text);
  std::int64_t nanoseconds = 0;
  if (in.literal('.') && !read_fraction(in, nanoseconds)) return bad_time(text);

  std::int64_t offset_seconds = 0;
  if (!in.literal('Z') && !in.literal('z')) {
    const bool east = in.literal('+');
    int hours = 0;
    int minutes = 0;
    if ((!east && !in.literal('-')) || !in.digits(2, hours) || !in.literal(':') || !in.digits(2, minutes) ||
        hours > 23 || minutes > 59) {
      return bad_time(text);
    }
    offset_seconds = (hours * 3600 + minutes * 60) * (east ? 1 : -1);
  }
  const auto seconds = seconds_from_civil(civil);
  if (!in.rest.empty() || !seconds || *seconds < offset_seconds) return bad_time(text);
  return Instant::from_nanoseconds((*seconds - offset_seconds) * kNanosecondsPerSecond + nanoseconds);
}

std::string to_text(Duration length) {
  std::int64_t left = length.count_seconds();
  if (left == 0) return "0s";
  std::string text;
  for (const auto& [scale, unit] :
       {std::pair{kSecondsPerDay, 'd'}, {std::int64_t{3600}, 'h'}, {std::int64_t{60}, 'm'}, {std::int64_t{1}, 's'}}) {
    if (left >= scale) text += fmt::format("{}{}", left / scale, unit);
    left %= scale;
  }
  return text;
}

Result<Duration> parse_duration(std::string_view text) {
  std::int64_t seconds = 0;
  if (text.starts_with('P')) {
    const std::string_view body = text.substr(1);
    const auto t = body.find('T');
    const std::string_view days = body.substr(0, t);
    const std::string_view rest = t == std::string_view::npos ? std::string_view{} : body.substr(t + 1);
    const bool fits = (days.empty() || read_units(days, "D", seconds)) &&
                      (t == std::string_view::npos ? !days.empty() : read_units(rest, "HMS", seconds));
    if (!fits) return bad_duration(text);
  } else if (!read_units(text, "dhms", seconds)) {
    return bad_duration(text);
  }
  return Duration::seconds(seconds);
}

std::string to_amz_date(Instant at) {
  const Civil c = civil_from_seconds(at.count_seconds());
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string to_http_date(Instant at) {
  const Civil c = civil_from_seconds(at.count_seconds());
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", weekday_of(at.count_seconds()), c.day,
                     kMonths.at(static_cast<std::size_t>(c.month - 1)), c.year, c.hour, c.minute, c.second);
}

Result<Instant> parse_http_date(std::string_view text) {
  Cursor in{text};
  Civil civil;
  if (in.rest.size() < 5 || in.rest.substr(3, 2) != ", ") return bad_time(text);
  in.rest.remove_prefix(5);
  if (!in.digits(2, civil.day) || !in.literal(' ') || in.rest.size() < 4) return bad_time(text);
  const auto month = std::find(kMonths.begin(), kMonths.end(), in.rest.substr(0, 3));
  if (month == kMonths.end()) return bad_time(text);
  civil.month = static_cast<int>(month - kMonths.begin()) + 1;
  in.rest.remove_prefix(3);
  const bool fits = in.literal(' ') && in.digits(4, civil.year) && in.literal(' ') && in.digits(2, civil.hour) &&
                    in.literal(':') && in.digits(2, civil.minute) && in.literal(':') && in.digits(2, civil.second) &&
                    in.rest == " GMT";
  const auto seconds = fits ? seconds_from_civil(civil) : std::nullopt;
  if (!seconds || text.substr(0, 3) != weekday_of(*seconds)) return bad_time(text);
  return Instant::from_seconds(*seconds);
}

}  // namespace ag
