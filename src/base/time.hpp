#pragma once
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ag {

/// A length of time, never negative, to the nanosecond, at most about 292 years.
/// Sums saturate at that maximum instead of wrapping.
class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration nanoseconds(std::int64_t n) { return Duration(n < 0 ? 0 : n); }
  static constexpr Duration milliseconds(std::int64_t n) { return scaled(n, 1'000'000); }
  static constexpr Duration seconds(std::int64_t n) { return scaled(n, 1'000'000'000); }
  static constexpr Duration minutes(std::int64_t n) { return scaled(n, 60'000'000'000); }
  static constexpr Duration hours(std::int64_t n) { return scaled(n, 3'600'000'000'000); }
  static constexpr Duration max() { return Duration(std::numeric_limits<std::int64_t>::max()); }

  [[nodiscard]] constexpr std::int64_t count_nanoseconds() const { return nanoseconds_; }
  [[nodiscard]] constexpr std::int64_t count_milliseconds() const { return nanoseconds_ / 1'000'000; }
  [[nodiscard]] constexpr std::int64_t count_seconds() const { return nanoseconds_ / 1'000'000'000; }
  [[nodiscard]] constexpr bool is_zero() const { return nanoseconds_ == 0; }

  constexpr auto operator<=>(const Duration&) const = default;

  friend constexpr Duration operator+(Duration a, Duration b) {
    return b.nanoseconds_ > max().nanoseconds_ - a.nanoseconds_ ? max() : Duration(a.nanoseconds_ + b.nanoseconds_);
  }
  /// Saturates at zero and at the maximum.
  friend constexpr Duration operator*(Duration a, std::int64_t factor) { return scaled(factor, a.nanoseconds_); }

 private:
  constexpr explicit Duration(std::int64_t n) : nanoseconds_(n) {}
  static constexpr Duration scaled(std::int64_t n, std::int64_t unit) {
    if (n <= 0 || unit <= 0) return Duration(0);
    return n > std::numeric_limits<std::int64_t>::max() / unit ? max() : Duration(n * unit);
  }
  std::int64_t nanoseconds_ = 0;
};

/// A moment: nanoseconds of UTC since 1970-01-01, leap seconds not counted; years 1970 to 2262.
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant from_nanoseconds(std::int64_t n) { return Instant(n < 0 ? 0 : n); }
  static constexpr Instant from_seconds(std::int64_t n) { return Instant(Duration::seconds(n).count_nanoseconds()); }
  /// Later than every moment that is compared with it: "never".
  static constexpr Instant max() { return Instant(std::numeric_limits<std::int64_t>::max()); }

  [[nodiscard]] constexpr std::int64_t count_nanoseconds() const { return nanoseconds_; }
  [[nodiscard]] constexpr std::int64_t count_seconds() const { return nanoseconds_ / 1'000'000'000; }

  constexpr auto operator<=>(const Instant&) const = default;

  friend constexpr Instant operator+(Instant at, Duration by) {
    return Instant((Duration::nanoseconds(at.nanoseconds_) + by).count_nanoseconds());
  }
  friend constexpr Instant operator-(Instant at, Duration by) {
    return Instant::from_nanoseconds(at.nanoseconds_ - by.count_nanoseconds());
  }
  /// How long from `b` to `a`; zero when `a` is the earlier of the two.
  friend constexpr Duration operator-(Instant a, Instant b) {
    return Duration::nanoseconds(a.nanoseconds_ - b.nanoseconds_);
  }

 private:
  constexpr explicit Instant(std::int64_t n) : nanoseconds_(n) {}
  std::int64_t nanoseconds_ = 0;
};

/// `2026-11-25T14:02:07Z`; with milliseconds (`.123`) only when there are any.
[[nodiscard]] std::string to_rfc3339(Instant at);

/// RFC 3339 with `Z` or a numeric offset; fractions to the nanosecond. Years 1970 to 2261.
/// Error code `invalid_time`.
[[nodiscard]] Result<Instant> parse_rfc3339(std::string_view text);

/// `1h30m`, `45s`, `1d`, `0s`: the shortest form that parse_duration reads back; whole seconds.
[[nodiscard]] std::string to_text(Duration length);

/// `45s`, `30m`, `1h30m`, `1d` (units d, h, m, s, each at most once and in that order) or ISO 8601 (`PT1H30M`,
/// `P1D`). Whole units only; at most ten years, so that no sum of an instant and a duration can overflow.
/// Error code `invalid_duration`.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// `20261125T140207Z`, the form AWS signs (`X-Amz-Date`).
[[nodiscard]] std::string to_amz_date(Instant at);

/// `Wed, 25 Nov 2026 14:02:07 GMT` (RFC 9110 §5.6.7), as in HTTP's `Date`. Error code `invalid_time`.
[[nodiscard]] Result<Instant> parse_http_date(std::string_view text);
[[nodiscard]] std::string to_http_date(Instant at);

}  // namespace ag
