#include "iam/json_reader.hpp"

#include <fmt/format.h>
#include <charconv>

#include <algorithm>
#include <cstdint>

#include "base/json.hpp"
#include "base/text.hpp"

namespace ag::iam {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads from the left, once; stops at the first error and keeps it.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::expected<JsonNode, JsonError> read() {
    const bool ascii = std::ranges::all_of(text_, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii && !decode_utf8(text_)) return std::unexpected(JsonError{{1, 1}, "this is not valid UTF-8"});
    if (text_.starts_with(kByteOrderMark)) at_ = line_start_ = kByteOrderMark.size();
    JsonNode root;
    skip_space();
    if (!value(root, 0)) return std::unexpected(error_);
    skip_space();
    if (!at_end()) return std::unexpected(JsonError{here(), "nothing more is expected after the value"});
    return root;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] Position here() const { return {line_, static_cast<std::uint32_t>(at_ - line_start_ + 1)}; }
  bool failed(std::string message) { return failed(here(), std::move(message)); }
  bool failed(Position at, std::string message) {
    error_ = {at, std::move(message)};
    return false;
  }

  void skip_space() {
    while (!at_end()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
      ++at_;
      if (c == '\n') {
        ++line_;
        line_start_ = at_;
      }
    }
  }

  bool value(JsonNode& node, int depth) {
    node.at = here();
    if (depth > kDeepestJson) return failed(fmt::format("nested deeper than {}", kDeepestJson));
    switch (peek()) {
      case '{': return object(node, depth);
      case '[': return array(node, depth);
      case '"': node.kind = JsonNode::Kind::kString; return string(node.text);
      case 't': return word(node, "true", JsonNode::Kind::kBoolean);
      case 'f': return word(node, "false", JsonNode::Kind::kBoolean);
      case 'n': return word(node, "null", JsonNode::Kind::kNull);
      default: return number(node);
    }
  }

  bool word(JsonNode& node, std::string_view expected, JsonNode::Kind kind) {
    if (!text_.substr(at_).starts_with(expected)) return failed("a JSON value is expected");
    node.kind = kind;
    if (kind != JsonNode::Kind::kNull) node.text = expected;
    at_ += expected.size();
    return true;
  }

  bool digits() {
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ > begin;
  }

  bool number(JsonNode& node) {
    const Position start = here();
    const std::size_t begin = at_;
    if (peek() == '-') ++at_;
    const bool leading_zero = peek() == '0';
    const std::size_t first = at_;
    bool good = digits() && !(leading_zero && at_ - first > 1);
    if (good && peek() == '.') {
      ++at_;
      good = digits();
    }
    if (good && (peek() == 'e' || peek() == 'E')) {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      good = digits();
    }
    if (!good) return failed(start, "a JSON value is expected");
    node.kind = JsonNode::Kind::kNumber;
    node.text = text_.substr(begin, at_ - begin);
    return true;
  }

  bool array(JsonNode& node, int depth) {
    node.kind = JsonNode::Kind::kArray;
    ++at_;
    skip_space();
    if (peek() == ']') return ++at_, true;
    while (true) {
      skip_space();
      if (!value(node.items.emplace_back(), depth + 1)) return false;
      skip_space();
      if (peek() == ']') return ++at_, true;
      if (peek() != ',') return failed("',' or ']' is expected");
      ++at_;
    }
  }

  bool object(JsonNode& node, int depth) {
    node.kind = JsonNode::Kind::kObject;
    ++at_;
    skip_space();
    if (peek() == '}') return ++at_, true;
    while (true) {
      skip_space();
      JsonMember& member = node.members.emplace_back();
      member.at = here();
      if (peek() != '"') return failed("a member's name in quotation marks is expected");
      if (!string(member.name)) return false;
      skip_space();
      if (peek() != ':') return failed("':' is expected");
      ++at_;
      skip_space();
      if (!value(member.value, depth + 1)) return false;
      skip_space();
      if (peek() == '}') return ++at_, true;
      if (peek() != ',') return failed("',' or '}' is expected");
      ++at_;
    }
  }

  bool string(std::string& out) {
    const Position start = here();
    ++at_;
    while (true) {
      const std::size_t plain = at_;
      while (!at_end() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      out.append(text_.substr(plain, at_ - plain));
      if (at_end()) return failed(start, "the string that begins here has no end");
      if (text_[at_] == '"') return ++at_, true;
      if (text_[at_] != '\\') return failed("a control character in a string must be escaped");
      if (!escape(out)) return false;
    }
  }

  bool escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const Position start = here();
    ++at_;
    const char letter = peek();
    if (letter == 'u') return ++at_, code_point(out, start);
    const auto found = at_end() ? std::string_view::npos : kLetters.find(letter);
    if (found == std::string_view::npos) return failed(start, "there is no such escape");
    out += kMeanings[found];
    ++at_;
    return true;
  }

  /// Four hexadecimal digits; more than 0xFFFF when there are none.
  std::uint32_t unit() {
    std::uint32_t result = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      if (is_digit(c)) result = result * 16 + static_cast<std::uint32_t>(c - '0');
      else if (c >= 'a' && c <= 'f') result = result * 16 + static_cast<std::uint32_t>(c - 'a' + 10);
      else if (c >= 'A' && c <= 'F') result = result * 16 + static_cast<std::uint32_t>(c - 'A' + 10);
      else return 0x10000;
    }
    return result;
  }

  bool code_point(std::string& out, Position start) {
    std::uint32_t code = unit();
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      const std::uint32_t low = unit();
      if (low < 0xDC00 || low > 0xDFFF) return failed(start, "half of a surrogate pair is missing");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code > 0xFFFF) {
      return failed(start, "four hexadecimal digits are expected after \\u");
    } else if (code >= 0xD800 && code <= 0xDFFF) {
      return failed(start, "half of a surrogate pair is missing");
    }
    const auto byte = [&out](std::uint32_t bits) { out += static_cast<char>(bits); };
    if (code < 0x80) {
      byte(code);
    } else if (code < 0x800) {
      byte(0xC0 | (code >> 6));
      byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      byte(0xE0 | (code >> 12));
      byte(0x80 | ((code >> 6) & 0x3F));
      byte(0x80 | (code & 0x3F));
    } else {
      byte(0xF0 | (code >> 18));
      byte(0x80 | ((code >> 12) & 0x3F));
      byte(0x80 | ((code >> 6) & 0x3F));
      byte(0x80 | (code & 0x3F));
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  JsonError error_;
};

void write(std::string& out, const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::kNull: out += "null"; break;
    case JsonNode::Kind::kBoolean:
    case JsonNode::Kind::kNumber: out += node.text; break;
    case JsonNode::Kind::kString: out += json::serialize(json::string(node.text)); break;
    case JsonNode::Kind::kArray:
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        write(out, node.items[i]);
      }
      out += ']';
      break;
    case JsonNode::Kind::kObject:
      out += '{';
      for (std::size_t i = 0; i < node.members.size(); ++i) {
        if (i > 0) out += ',';
        out += json::serialize(json::string(node.members[i].name));
        out += ':';
        write(out, node.members[i].value);
      }
      out += '}';
      break;
  }
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const {
  const auto it = std::ranges::find(members, name, &JsonMember::name);
  return it == members.end() ? nullptr : &it->value;
}

std::expected<JsonNode, JsonError> read_json(std::string_view text) { return Reader(text).read(); }

std::string to_json(const JsonNode& node) {
  std::string out;
  write(out, node);
  return out;
}

std::string without_exponent(std::string_view number) {
  constexpr int kMostDigits = 308;  // of a double
  const auto e = number.find_first_of("eE");
  int exponent = 0;
  if (e == std::string_view::npos) return std::string(number);
  const std::string_view written = number.substr(number[e + 1] == '+' ? e + 2 : e + 1);
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), exponent);
  if (error != std::errc{} || exponent > kMostDigits || exponent < -kMostDigits) return std::string(number);
  std::string_view digits = number.substr(0, e);
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  std::string all(digits);
  const auto point = std::min(all.find('.'), all.size());
  if (point < all.size()) all.erase(point, 1);
  auto at = static_cast<int>(point) + exponent;  // of the point, in the digits
  if (at < 1) {
    all.insert(0, static_cast<std::size_t>(1 - at), '0');
    at = 1;
  }
  if (static_cast<int>(all.size()) < at) all.append(static_cast<std::size_t>(at) - all.size(), '0');
  if (static_cast<int>(all.size()) > at) all.insert(static_cast<std::size_t>(at), 1, '.');
  return negative ? "-" + all : all;
}

std::string_view kind_name(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::kNull: return "null";
    case JsonNode::Kind::kBoolean: return "a boolean";
    case JsonNode::Kind::kNumber: return "a number";
    case JsonNode::Kind::kString: return "a string";
    case JsonNode::Kind::kArray: return "a list";
    case JsonNode::Kind::kObject: return "an object";
  }
  return "";
}

}  // namespace ag::iam
