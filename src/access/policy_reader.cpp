#include "access/policy_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace ag::access {
namespace {

using yaml::Kind;
using yaml::Node;

constexpr std::size_t kLongestName = 128;  // bytes
constexpr std::size_t kMostProblems = 50;  // a file that is all wrong need not be told a thousand times

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_radix_number(std::string_view text) {
  const auto all = [](std::string_view digits, std::string_view of) {
    return !digits.empty() && digits.find_first_not_of(of) == std::string_view::npos;
  };
  return (text.starts_with("0o") && all(text.substr(2), "01234567")) ||
         (text.starts_with("0x") && all(text.substr(2), "0123456789abcdefABCDEF"));
}

/// `[-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ( [eE] [-+]? [0-9]+ )?`
bool is_decimal_number(std::string_view text) {
  const auto skip = [&](std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  const auto digits = [&] {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto count = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(count);
    return count;
  };
  skip("-+");
  const std::size_t whole = digits();
  const std::size_t fraction = skip(".") ? digits() : 0;
  if (whole == 0 && fraction == 0) return false;
  if (skip("eE")) {
    skip("-+");
    if (digits() == 0) return false;
  }
  return text.empty();
}

/// What YAML 1.2's core schema (§10.3.2) reads a plain scalar as, where that is not a text.
std::optional<std::string_view> other_type(std::string_view text) {
  if (is_one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) return "a boolean";
  const std::string_view unsigned_text = text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  if (is_one_of(unsigned_text, {".inf", ".Inf", ".INF"}) || is_one_of(text, {".nan", ".NaN", ".NAN"}) ||
      is_radix_number(text) || is_decimal_number(text)) {
    return "a number";
  }
  return std::nullopt;
}

}  // namespace

void PolicyValues::refuse(const Node& node, const std::string& where, std::string code, std::string message) {
  if (problems.size() < kMostProblems) problems.push_back({node.line, where, std::move(code), std::move(message)});
}

void PolicyValues::warn(const Node& node, const std::string& where, std::string message) {
  warnings.push_back({node.line, where, "warning", std::move(message)});
}

bool PolicyValues::mapping(const Node& node, const std::string& where, const std::vector<std::string>& known) {
  if (node.kind != Kind::kMapping) {
    refuse(node, where, "invalid_type",
           fmt::format("must be a mapping with: {}; it is {}", fmt::join(known, ", "), shown(node)));
    return false;
  }
  for (const auto& [key, value] : node.members) {
    if (std::find(known.begin(), known.end(), key.scalar) != known.end()) continue;
    const auto near = nearest(key.scalar, known);
    refuse(key, join(where, key.scalar), "unknown_key",
           near ? fmt::format("{} is not known here; did you mean \"{}\"?", shown(key), *near)
                : fmt::format("{} is not known here; known are: {}", shown(key), fmt::join(known, ", ")));
  }
  return true;
}

bool PolicyValues::list(const Node& node, const std::string& where, std::string_view example) {
  if (node.kind != Kind::kSequence) {
    refuse(node, where, "invalid_type", fmt::format("must be a list, as in {}; it is {}", example, shown(node)));
    return false;
  }
  if (node.items.empty()) refuse(node, where, "empty_list", "must name at least one");
  return true;
}

const Node* PolicyValues::member(const Node& node, std::string_view name) {
  if (node.kind != Kind::kMapping) return nullptr;
  for (const auto& [key, value] : node.members) {
    if (key.scalar == name) return &value;
  }
  return nullptr;
}

const Node* PolicyValues::required(const Node& node, const std::string& where, std::string_view name) {
  const Node* found = member(node, name);
  if (found == nullptr) refuse(node, where, "missing_key", fmt::format("\"{}\" is missing", name));
  return found;
}

std::string PolicyValues::text(const Node& node, const std::string& where) {
  const auto told = [&](std::string code, std::string message) {
    refuse(node, where, std::move(code), std::move(message));
    return std::string();
  };
  const std::string& value = node.scalar;
  if (node.kind != Kind::kScalar || value.empty())
    return told("invalid_type", fmt::format("must be a text; it is {}", shown(node)));
  if (value.size() > kLongestName) {
    return told("too_long",
                fmt::format("{} has {} bytes; at most {} are allowed", shown(node), value.size(), kLongestName));
  }
  // Between letters, so that white space at the ends is not forgiven.
  if (!one_line("x" + value + "x", {0, kLongestName + 2}, where)) {
    return told("invalid_characters",
                fmt::format("{} holds control characters, line breaks or invisible characters", shown(node)));
  }
  if (node.quoted) return value;
  if (std::all_of(value.begin(), value.end(), is_digit)) {
    return told("unquoted_id",
                fmt::format("{0} is read as a number, which drops leading zeros; write \"{0}\" in quotes", value));
  }
  if (const auto type = other_type(value))
    return told("invalid_type", fmt::format("{0} is read as {1}; write \"{0}\" in quotes", value, *type));
  return value;
}

std::vector<std::string> PolicyValues::texts(const Node& node, const std::string& where) {
  std::vector<std::string> values;
  if (!list(node, where, "[a, b]")) return values;
  for (std::size_t i = 0; i < node.items.size(); ++i) values.push_back(text(node.items[i], at(where, i)));
  return values;
}

Duration PolicyValues::duration(const Node& node, const std::string& where) {
  const auto parsed = node.kind == Kind::kScalar ? parse_duration(node.scalar) : fail("", "");
  if (parsed && !parsed->is_zero()) return *parsed;
  refuse(node, where, "invalid_duration",
         fmt::format("{} is not a duration of at least one second; write it like 30m, 1h30m or 8h", shown(node)));
  return {};
}

std::int64_t PolicyValues::number(const Node& node, const std::string& where, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stop, error] = std::from_chars(node.scalar.data(), end, value);
  const bool whole = node.kind == Kind::kScalar && !node.quoted && error == std::errc{} && stop == end;
  if (whole && value >= least && value <= most) return value;
  refuse(node, where, "invalid_number",
         fmt::format("{} must be a whole number from {} to {}{}", shown(node), least, most,
                     node.quoted ? ", without quotes" : ""));
  return least;
}

bool PolicyValues::flag(const Node& node, const std::string& where) {
  if (node.kind == Kind::kScalar && !node.quoted && node.scalar == "true") return true;
  refuse(node, where, "invalid_value",
         fmt::format("can only be true, not {}; leave the key out otherwise", shown(node)));
  return false;
}

std::optional<Level> PolicyValues::level(const Node& node, const std::string& where) {
  const auto parsed = node.kind == Kind::kScalar ? enum_from<Level>(node.scalar) : std::nullopt;
  if (!parsed) {
    refuse(node, where, "invalid_level",
           fmt::format("{} is not a level; it is one of low, medium, high, critical", shown(node)));
  }
  return parsed;
}

std::string PolicyValues::join(const std::string& where, std::string_view name) {
  return where.empty() ? excerpt(name) : fmt::format("{}.{}", where, excerpt(name));
}

std::string PolicyValues::at(const std::string& where, std::size_t index) {
  return fmt::format("{}[{}]", where, index);
}

std::string PolicyValues::shown(const Node& node) {
  switch (node.kind) {
    case Kind::kNull: return "nothing";
    case Kind::kSequence: return "a list";
    case Kind::kMapping: return "a mapping";
    case Kind::kScalar: return fmt::format("\"{}\"", excerpt(node.scalar));
  }
  return "";
}

}  // namespace ag::access
