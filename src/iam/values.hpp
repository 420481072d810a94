#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What condition operators read out of a text. Each gives nothing for a text that is none.
/// Source: IAM User Guide, reference_policies_elements_condition_operators.html.
namespace ag::iam {

/// An integer or a decimal fraction, with a sign or without: `-10`, `0.25`. No exponent, no white space.
/// Compared as double: whole numbers are exact up to 2^53.
[[nodiscard]] std::optional<double> read_number(std::string_view text);

/// A moment of UTC, years 1 to 9999.
struct Moment {
  std::int64_t seconds = 0;  ///< since 1970-01-01
  std::int32_t nanoseconds = 0;
  auto operator<=>(const Moment&) const = default;
};

/// A W3C date (`2020`, `2020-01`, `2020-01-01`, `2020-01-01T12:30Z`, with seconds and fractions, with an offset) or
/// whole seconds since 1970. Four digits are a year. http://www.w3.org/TR/NOTE-datetime
[[nodiscard]] std::optional<Moment> read_moment(std::string_view text);

/// `true` or `false` in any letter case.
[[nodiscard]] std::optional<bool> read_boolean(std::string_view text);

/// The bytes behind base 64 with its padding.
[[nodiscard]] std::optional<std::string> read_base64(std::string_view text);

/// An address, or all that begin with the same bits: `203.0.113.0/24`, `2001:db8::/32`.
struct AddressRange {
  bool is_v6 = false;
  std::uint8_t bits = 0;                 ///< 0 to 32, or 0 to 128
  std::array<std::uint8_t, 16> bytes{};  ///< the first four of them for v4
  /// Whether all of `other` lies in this. v4 and v6 never meet, not through v6-mapped addresses either.
  [[nodiscard]] bool covers(const AddressRange& other) const;
};
[[nodiscard]] std::optional<AddressRange> read_address_range(std::string_view text);

}  // namespace ag::iam
