#include "iam/values.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace ag::iam {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes things off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Exactly so many digits.
  std::optional<int> number(std::size_t digits) {
    if (rest_.size() < digits || !std::ranges::all_of(rest_.substr(0, digits), is_digit)) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (rest_[i] - '0');
    rest_.remove_prefix(digits);
    return value;
  }
  /// One digit or more, as parts of a second; what is finer than nanoseconds is dropped.
  std::optional<std::int32_t> fraction() {
    std::size_t digits = 0;
    std::int32_t value = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
      if (digits++ < 9) value = value * 10 + (rest_.front() - '0');
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 9; ++digits) value *= 10;
    return value;
  }

 private:
  std::string_view rest_;
};

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_of(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

/// Days from 1970-01-01 in the Gregorian calendar; negative before.
std::int64_t days_since_1970(int year, int month, int day) {
  const std::int64_t before = year - 1;
  std::int64_t days = before * 365 + before / 4 - before / 100 + before / 400;
  for (int m = 1; m < month; ++m) days += days_of(year, m);
  constexpr std::int64_t kUntil1970 = 719'162;  // from 0001-01-01
  return days + day - 1 - kUntil1970;
}

/// Minutes east of Greenwich.
std::optional<int> offset(Scanner& text) {
  if (text.take('Z')) return 0;
  const int sign = text.take('+') ? 1 : text.take('-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const auto hours = text.number(2);
  text.take(':');
  const auto minutes = text.number(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

std::optional<Moment> time_of_day(Scanner& text) {
  const auto hour = text.number(2);
  if (!hour || !text.take(':')) return std::nullopt;
  const auto minute = text.number(2);
  std::optional<int> second = 0;
  std::optional<std::int32_t> fraction = 0;
  if (text.take(':')) {
    second = text.number(2);
    if (text.take('.')) fraction = text.fraction();
  }
  const auto east = offset(text);
  if (!minute || !second || !fraction || !east || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return Moment{(*hour * 60LL + *minute - *east) * 60 + *second, *fraction};
}

std::optional<std::array<std::uint8_t, 4>> read_v4(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 3) return std::nullopt;
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + digits, value);
    if (value > 255) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(value);
    text.remove_prefix(digits);
    if (i == 3) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return text.empty() ? std::optional(bytes) : std::nullopt;
}

/// Groups of four hexadecimal digits, `::` once for groups of zeros, and perhaps a v4 address at the end.
std::optional<std::array<std::uint8_t, 16>> read_v6(std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;
  std::optional<std::size_t> gap;
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (text.find(':') == std::string_view::npos && text.find('.') != std::string_view::npos) {
      const auto v4 = read_v4(text);
      if (!v4 || size + 4 > 16) return std::nullopt;
      std::ranges::copy(*v4, bytes.begin() + static_cast<std::ptrdiff_t>(size));
      size += 4;
      break;
    }
    const std::size_t end = std::min(text.find(':'), text.size());
    unsigned group = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + end, group, 16);
    if (error != std::errc{} || stop != text.data() + end || end > 4 || size + 2 > 16) return std::nullopt;
    bytes[size++] = static_cast<std::uint8_t>(group >> 8);
    bytes[size++] = static_cast<std::uint8_t>(group & 0xFF);
    text.remove_prefix(end);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.starts_with(':')) {
      if (gap) return std::nullopt;
      gap = size;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return std::nullopt;
    }
  }
  if (!gap) return size == 16 ? std::optional(bytes) : std::nullopt;
  if (size == 16) return std::nullopt;  // :: stands for one group at least
  const auto after = bytes.begin() + static_cast<std::ptrdiff_t>(*gap);
  const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(size);
  std::copy_backward(after, end, bytes.end());
  std::fill(after, bytes.end() - (end - after), std::uint8_t{0});
  return bytes;
}

}  // namespace

std::optional<double> read_number(std::string_view text) {
  const std::string_view digits = text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  const auto point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view part = point == std::string_view::npos ? "0" : digits.substr(point + 1);
  if (whole.empty() || part.empty() || !std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(part, is_digit))
    return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return text.starts_with('-') ? -value : value;
}

std::optional<Moment> read_moment(std::string_view text) {
  if (!text.empty() && text.size() != 4 && text.size() <= 12 && std::ranges::all_of(text, is_digit)) {
    std::int64_t seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return Moment{seconds, 0};
  }
  Scanner scanner(text);
  const auto year = scanner.number(4);
  if (!year || *year == 0) return std::nullopt;
  if (scanner.at_end()) return Moment{days_since_1970(*year, 1, 1) * 86'400, 0};
  if (!scanner.take('-')) return std::nullopt;
  const auto month = scanner.number(2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  if (scanner.at_end()) return Moment{days_since_1970(*year, *month, 1) * 86'400, 0};
  if (!scanner.take('-')) return std::nullopt;
  const auto day = scanner.number(2);
  if (!day || *day < 1 || *day > days_of(*year, *month)) return std::nullopt;
  const std::int64_t midnight = days_since_1970(*year, *month, *day) * 86'400;
  if (scanner.at_end()) return Moment{midnight, 0};
  if (!scanner.take('T')) return std::nullopt;
  const auto time = time_of_day(scanner);
  if (!time || !scanner.at_end()) return std::nullopt;
  return Moment{midnight + time->seconds, time->nanoseconds};
}

std::optional<bool> read_boolean(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  const std::string lower = to_lower(text);
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

std::optional<std::string> read_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    held = (held << 6 | static_cast<std::uint32_t>(value)) & 0xFFFF;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xFF);
  }
  return bytes;
}

bool AddressRange::covers(const AddressRange& other) const {
  if (is_v6 != other.is_v6 || bits > other.bits) return false;
  const std::size_t whole = bits / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole), other.bytes.begin())) return false;
  if (bits % 8 == 0) return true;
  const int shift = 8 - bits % 8;
  return bytes[whole] >> shift == other.bytes[whole] >> shift;
}

std::optional<AddressRange> read_address_range(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  AddressRange range;
  if (const auto v4 = read_v4(address)) {
    std::ranges::copy(*v4, range.bytes.begin());
    range.bits = 32;
  } else if (const auto v6 = read_v6(address)) {
    range = {true, 128, *v6};
  } else {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) return range;
  const std::string_view bits = text.substr(slash + 1);
  unsigned value = 0;
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), value);
  if (error != std::errc{} || end != bits.data() + bits.size() || bits.size() > 3 || value > range.bits)
    return std::nullopt;
  range.bits = static_cast<std::uint8_t>(value);
  return range;
}

}  // namespace ag::iam
