#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/json_memory.hpp"
#include "base/text.hpp"

namespace ag {
namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kUnbounded = static_cast<std::size_t>(-1);  // the caller bounds the text

// Feeds Boost.JSON's value stack and refuses what Boost's own parser lets pass: a member given twice
// (of which it keeps the last) and, on demand, fractions.
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = kUnbounded;
  static constexpr std::size_t max_array_size = kUnbounded;
  static constexpr std::size_t max_key_size = kUnbounded;
  static constexpr std::size_t max_string_size = kUnbounded;

  StrictHandler(Numbers numbers, json::storage_ptr memory) : numbers_(numbers) { stack_.reset(std::move(memory)); }

  [[nodiscard]] Error problem() const { return problem_; }
  json::value release() { return stack_.release(); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t n, json::error_code& ec) {
    AG_ASSERT(n <= names_.size());
    const auto own = names_.end() - static_cast<std::ptrdiff_t>(n);
    std::sort(own, names_.end());
    const auto twice = std::adjacent_find(own, names_.end());
    if (twice != names_.end()) {
      return refuse({"duplicate_member", fmt::format("\"{}\" is given twice in one object", excerpt(*twice)), *twice},
                    ec);
    }
    names_.erase(own, names_.end());
    stack_.push_object(n);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) { return stack_.push_array(n), true; }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    names_.push_back(std::move(key_));
    key_.clear();
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return stack_.push_chars(part), true; }
  bool on_string(json::string_view part, std::size_t, json::error_code&) { return stack_.push_string(part), true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t n, json::string_view, json::error_code&) { return stack_.push_int64(n), true; }
  bool on_uint64(std::uint64_t n, json::string_view, json::error_code& ec) {
    if (numbers_ == Numbers::kIntegers) return refuse_number(ec);
    stack_.push_uint64(n);
    return true;
  }
  bool on_double(double n, json::string_view, json::error_code& ec) {
    if (numbers_ == Numbers::kIntegers) return refuse_number(ec);
    stack_.push_double(n);
    return true;
  }
  bool on_bool(bool b, json::error_code&) { return stack_.push_bool(b), true; }
  bool on_null(json::error_code&) { return stack_.push_null(), true; }
  bool on_comment_part(json::string_view, json::error_code&) { return false; }
  bool on_comment(json::string_view, json::error_code&) { return false; }

 private:
  bool refuse(Error problem, json::error_code& ec) {
    problem_ = std::move(problem);
    ec = json::error::syntax;
    return false;
  }
  bool refuse_number(json::error_code& ec) {
    return refuse({"invalid_json", "a number here is a whole number of at most 63 bits", {}}, ec);
  }

  Numbers numbers_;
  json::value_stack stack_;
  std::vector<std::string> names_;  // of the members of all objects that are open, the innermost last
  std::string key_;
  Error problem_;
};

void append_utf16(std::string_view utf8, std::u16string& out) {
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t k = 1; k < length && i + k < utf8.size(); ++k) {
      point = point << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3fU);
    }
    i += length;
    if (point < 0x10000) {
      out += static_cast<char16_t>(point);
    } else {
      out += static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10));
      out += static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
}

// RFC 8785 §3.2.3 sorts by UTF-16 code units; for ASCII names that is the order of their bytes.
bool sorts_before(std::string_view a, std::string_view b) {
  const auto is_ascii = [](std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  };
  if (is_ascii(a) && is_ascii(b)) return a < b;
  std::u16string wide_a;
  std::u16string wide_b;
  append_utf16(a, wide_a);
  append_utf16(b, wide_b);
  return wide_a < wide_b;
}

void write_escaped(char c, std::string& out) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
  }
}

void write_string(std::string_view text, std::string& out) {
  const auto is_escaped = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
  out += '"';
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_escaped) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    write_escaped(text.front(), out);
    text.remove_prefix(1);
  }
  out += '"';
}

void write(const json::value& value, std::string& out);

void write_object(const json::object& object, std::string& out) {
  std::vector<const json::key_value_pair*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  const auto by_key = [](const auto* a, const auto* b) { return sorts_before(a->key(), b->key()); };
  if (!std::is_sorted(members.begin(), members.end(), by_key)) std::sort(members.begin(), members.end(), by_key);
  out += '{';
  const char* separator = "";
  for (const auto* member : members) {
    out += separator;
    separator = ",";
    write_string(member->key(), out);
    out += ':';
    write(member->value(), out);
  }
  out += '}';
}

void write(const json::value& value, std::string& out) {
  switch (value.kind()) {
    case json::kind::null: out += "null"; return;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; return;
    case json::kind::int64: fmt::format_to(std::back_inserter(out), "{}", value.get_int64()); return;
    case json::kind::uint64: fmt::format_to(std::back_inserter(out), "{}", value.get_uint64()); return;
    case json::kind::double_: assertion_failed("canonical JSON holds whole numbers only", __FILE__, __LINE__);
    case json::kind::string: write_string(value.get_string(), out); return;
    case json::kind::array: {
      out += '[';
      const char* separator = "";
      for (const auto& element : value.get_array()) {
        out += separator;
        separator = ",";
        write(element, out);
      }
      out += ']';
      return;
    }
    case json::kind::object: write_object(value.get_object(), out); return;
  }
}

Result<json::value> parse(std::string_view text, Numbers numbers, json::storage_ptr memory) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<StrictHandler> parser(options, numbers, std::move(memory));
  json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) ec = json::error::extra_data;
  if (!ec) return parser.handler().release();
  if (const Error problem = parser.handler().problem(); !problem.code.empty()) return std::unexpected(problem);
  return fail("invalid_json", fmt::format("this is not valid JSON: {} near byte {}", ec.message(), used));
}

}  // namespace

Result<json::value> parse_json(std::string_view text, Numbers numbers) { return parse(text, numbers, {}); }

Result<json::value> parse_json_in(json::storage_ptr memory, std::string_view text) {
  return parse(text, Numbers::kIntegers, std::move(memory));
}

std::string canonical_json(const json::value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace ag
