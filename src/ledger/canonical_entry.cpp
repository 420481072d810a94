#include "ledger/canonical_entry.hpp"

#include <array>
#include <charconv>

#include "base/json.hpp"

namespace ag::ledger {
namespace {

constexpr int kMaxDepth = 32;  // parse_json's

enum class Byte : std::uint8_t { kPlain, kQuote, kBackslash, kControl, kBeyondAscii };

constexpr std::array<Byte, 256> kBytes = [] {
  std::array<Byte, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = i < 0x20 ? Byte::kControl : i < 0x80 ? Byte::kPlain : Byte::kBeyondAscii;
  }
  bytes['"'] = Byte::kQuote;
  bytes['\\'] = Byte::kBackslash;
  return bytes;
}();

// Every reader takes what it reads off the left, or answers false and the whole is not canonical.
class Scanner {
 public:
  explicit Scanner(std::string_view bytes) : rest_(bytes) {}

  bool entry() { return rest_.starts_with('{') && object(1) && rest_.empty(); }
  [[nodiscard]] bool needs_the_slow_one() const { return needs_the_slow_one_; }
  [[nodiscard]] CanonicalEntry result() const { return {index_}; }

 private:
  bool take(char expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool word(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool value(int depth) {
    if (rest_.empty()) return false;
    switch (rest_.front()) {
      case '{': return object(depth + 1);
      case '[': return array(depth + 1);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number().has_value();
    }
  }

  bool object(int depth) {
    if (depth > kMaxDepth || !take('{')) return false;
    if (take('}')) return true;
    std::string_view former;
    bool first = true;
    do {
      const auto name = member_name();
      // Sorted and never twice: each name is greater than the one before.
      if (!name || (!first && *name <= former) || !take(':')) return false;
      former = *name;
      first = false;
      const bool is_index = depth == 1 && *name == "index";
      const std::string_view before = rest_;
      if (!value(depth)) return false;
      if (is_index) index_ = Scanner(before).number();
    } while (take(','));
    return take('}');
  }

  bool array(int depth) {
    if (depth > kMaxDepth || !take('[')) return false;
    if (take(']')) return true;
    do {
      if (!value(depth)) return false;
    } while (take(','));
    return take(']');
  }

  // The order of other names is that of their UTF-16 code units after unescaping: rare, and left to the slow one.
  std::optional<std::string_view> member_name() {
    if (!take('"')) return std::nullopt;
    std::size_t length = 0;
    while (length < rest_.size() && kind(length) == Byte::kPlain) ++length;
    if (length == rest_.size()) return std::nullopt;
    if (kind(length) != Byte::kQuote) {
      needs_the_slow_one_ = true;
      return std::nullopt;
    }
    const std::string_view name = rest_.substr(0, length);
    rest_.remove_prefix(length + 1);
    return name;
  }

  bool string() {
    if (!take('"')) return false;
    for (;;) {
      std::size_t plain = 0;
      while (plain < rest_.size() && kind(plain) == Byte::kPlain) ++plain;
      rest_.remove_prefix(plain);
      if (rest_.empty()) return false;
      switch (kind(0)) {
        case Byte::kQuote: return take('"');
        case Byte::kBackslash:
          if (!escape()) return false;
          break;
        case Byte::kBeyondAscii:
          if (!code_point()) return false;
          break;
        case Byte::kPlain:
        case Byte::kControl: return false;
      }
    }
  }

  // RFC 8785 §3.2.2.2: two letters where there is such an escape, otherwise \u00 and lower-case digits, and only for
  // characters that must be escaped.
  bool escape() {
    if (rest_.size() < 2) return false;
    constexpr std::string_view kShort = "\"\\bfnrt";
    if (kShort.find(rest_[1]) != std::string_view::npos) {
      rest_.remove_prefix(2);
      return true;
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (rest_.size() < 6 || !rest_.starts_with("\\u00")) return false;
    const auto low = kDigits.find(rest_[5]);
    if ((rest_[4] != '0' && rest_[4] != '1') || low == std::string_view::npos) return false;
    const bool has_short = rest_[4] == '0' && (low == 0x8 || low == 0x9 || low == 0xa || low == 0xc || low == 0xd);
    rest_.remove_prefix(6);
    return !has_short;
  }

  // RFC 3629 §4: no overlong form, no surrogate, nothing above U+10FFFF.
  bool code_point() {
    const auto at = [this](std::size_t i) { return i < rest_.size() ? static_cast<unsigned char>(rest_[i]) : 0U; };
    const auto follows = [&at](std::size_t i) { return (at(i) & 0xc0U) == 0x80U; };
    const unsigned lead = at(0);
    const unsigned second = at(1);
    std::size_t length = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
      length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      length = 3;
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return false;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      length = 4;
      if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return false;
    } else {
      return false;
    }
    for (std::size_t i = 1; i < length; ++i) {
      if (!follows(i)) return false;
    }
    rest_.remove_prefix(length);
    return true;
  }

  std::optional<std::int64_t> number() {
    const std::size_t sign = rest_.starts_with('-') ? 1 : 0;
    const auto is_digit = [this](std::size_t i) { return i < rest_.size() && rest_[i] >= '0' && rest_[i] <= '9'; };
    if (!is_digit(sign)) return std::nullopt;
    // "007" and "-0" have a shorter form.
    if (rest_[sign] == '0' && (sign == 1 || is_digit(1))) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc{}) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return number;
  }

  [[nodiscard]] Byte kind(std::size_t i) const { return kBytes[static_cast<unsigned char>(rest_[i])]; }

  std::string_view rest_;
  std::optional<std::int64_t> index_;
  bool needs_the_slow_one_ = false;
};

}  // namespace

std::optional<CanonicalEntry> canonical_entry(std::string_view bytes) {
  Scanner scanner(bytes);
  if (scanner.entry()) return scanner.result();
  if (scanner.needs_the_slow_one()) return canonical_entry_slowly(bytes);
  return std::nullopt;
}

std::optional<CanonicalEntry> canonical_entry_slowly(std::string_view bytes) {
  const auto value = parse_json(bytes);
  if (!value || !value->is_object() || canonical_json(*value) != bytes) return std::nullopt;
  CanonicalEntry entry;
  const json::value* index = value->get_object().if_contains("index");
  if (index != nullptr && index->is_int64()) entry.index = index->get_int64();
  return entry;
}

}  // namespace ag::ledger
