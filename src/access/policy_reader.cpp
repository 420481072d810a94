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

std::string join(const std::string& where, std::string_view name) {
  return where.empty() ? excerpt(name) : fmt::format("{}.{}", where, excerpt(name));
}

}  // namespace

std::optional<Place> Place::find(std::string_view key) const {
  if (node->kind != Kind::kMapping) return std::nullopt;
  for (const auto& member : node->members) {
    if (member.key.scalar == key) return Place{&member.value, join(name, key)};
  }
  return std::nullopt;
}

std::vector<Place> Place::items() const {
  std::vector<Place> items;
  for (std::size_t i = 0; i < node->items.size(); ++i)
    items.push_back({&node->items[i], fmt::format("{}[{}]", name, i)});
  return items;
}

Place Place::key(const Node& key) const { return {&key, join(name, key.scalar)}; }

std::string Place::shown() const {
  switch (node->kind) {
    case Kind::kNull: return "nothing";
    case Kind::kSequence: return "a list";
    case Kind::kMapping: return "a mapping";
    case Kind::kScalar: return fmt::format("\"{}\"", excerpt(node->scalar));
  }
  return "";
}

void PolicyValues::refuse(const Place& place, std::string code, std::string message) {
  if (problems.size() < kMostProblems)
    problems.push_back({place.line(), place.name, std::move(code), std::move(message)});
}

void PolicyValues::warn(const Place& place, std::string message) {
  warnings.push_back({place.line(), place.name, "warning", std::move(message)});
}

bool PolicyValues::mapping(const Place& place, const std::vector<std::string>& known) {
  if (place.node->kind != Kind::kMapping) {
    refuse(place, "invalid_type",
           fmt::format("must be a mapping with: {}; it is {}", fmt::join(known, ", "), place.shown()));
    return false;
  }
  for (const auto& [key, value] : place.node->members) {
    if (std::find(known.begin(), known.end(), key.scalar) != known.end()) continue;
    const auto near = nearest(key.scalar, known);
    const std::string shown = fmt::format("\"{}\"", excerpt(key.scalar));
    refuse(place.key(key), "unknown_key",
           near ? fmt::format("{} is not known here; did you mean \"{}\"?", shown, *near)
                : fmt::format("{} is not known here; known are: {}", shown, fmt::join(known, ", ")));
  }
  return true;
}

bool PolicyValues::list(const Place& place, std::string_view example) {
  if (place.node->kind != Kind::kSequence) {
    refuse(place, "invalid_type", fmt::format("must be a list, as in {}; it is {}", example, place.shown()));
    return false;
  }
  if (place.node->items.empty()) refuse(place, "empty_list", "must name at least one");
  return true;
}

bool PolicyValues::at_most(const Place& place, std::size_t most, std::string_view things) {
  const std::size_t count = place.node->items.size();
  if (count <= most) return true;
  refuse(place, "too_many", fmt::format("has {} {}; at most {} are allowed", count, things, most));
  return false;
}

std::optional<Place> PolicyValues::required(const Place& place, std::string_view key) {
  auto found = place.find(key);
  if (!found) refuse(place, "missing_key", fmt::format("\"{}\" is missing", key));
  return found;
}

std::vector<std::pair<std::string, Place>> PolicyValues::named(const Place& place) {
  std::vector<std::pair<std::string, Place>> found;
  if (place.node->kind == Kind::kNull) return found;
  if (place.node->kind != Kind::kMapping) {
    refuse(place, "invalid_type", "must be a mapping of names; it is " + place.shown());
    return found;
  }
  for (const auto& [key, value] : place.node->members)
    found.emplace_back(text({&key, place.name}), Place{&value, join(place.name, key.scalar)});
  return found;
}

std::string PolicyValues::text(const Place& place) {
  const auto told = [&](std::string code, std::string message) {
    refuse(place, std::move(code), std::move(message));
    return std::string();
  };
  const std::string& value = place.node->scalar;
  if (place.node->kind != Kind::kScalar || value.empty())
    return told("invalid_type", fmt::format("must be a text; it is {}", place.shown()));
  if (value.size() > kLongestName) {
    return told("too_long",
                fmt::format("{} has {} bytes; at most {} are allowed", place.shown(), value.size(), kLongestName));
  }
  // Between letters, so that white space at the ends is not forgiven.
  if (!one_line("x" + value + "x", {0, kLongestName + 2}, place.name)) {
    return told("invalid_characters",
                fmt::format("{} holds control characters, line breaks or invisible characters", place.shown()));
  }
  if (place.node->quoted) return value;
  if (std::all_of(value.begin(), value.end(), is_digit)) {
    return told("unquoted_id",
                fmt::format("{0} is read as a number, which drops leading zeros; write \"{0}\" in quotes", value));
  }
  if (const auto type = other_type(value))
    return told("invalid_type", fmt::format("{0} is read as {1}; write \"{0}\" in quotes", value, *type));
  return value;
}

std::vector<std::string> PolicyValues::texts(const Place& place) {
  std::vector<std::string> values;
  if (!list(place, "[a, b]")) return values;
  for (const auto& item : place.items()) values.push_back(text(item));
  return values;
}

Duration PolicyValues::duration(const Place& place) {
  const auto parsed = place.node->kind == Kind::kScalar ? parse_duration(place.node->scalar) : fail("", "");
  if (parsed && !parsed->is_zero()) return *parsed;
  refuse(place, "invalid_duration",
         fmt::format("{} is not a duration of at least one second; write it like 30m, 1h30m or 8h", place.shown()));
  return {};
}

std::int64_t PolicyValues::number(const Place& place, std::int64_t least, std::int64_t most) {
  const Node& node = *place.node;
  std::int64_t value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stop, error] = std::from_chars(node.scalar.data(), end, value);
  const bool whole = node.kind == Kind::kScalar && !node.quoted && error == std::errc{} && stop == end;
  if (whole && value >= least && value <= most) return value;
  refuse(place, "invalid_number",
         fmt::format("{} must be a whole number from {} to {}{}", place.shown(), least, most,
                     node.quoted ? ", without quotes" : ""));
  return least;
}

bool PolicyValues::flag(const Place& place) {
  if (place.node->kind == Kind::kScalar && !place.node->quoted && place.node->scalar == "true") return true;
  refuse(place, "invalid_value", fmt::format("can only be true, not {}; leave the key out otherwise", place.shown()));
  return false;
}

bool PolicyValues::boolean(const Place& place) {
  const bool plain = place.node->kind == Kind::kScalar && !place.node->quoted;
  if (plain && place.node->scalar == "true") return true;
  if (!plain || place.node->scalar != "false")
    refuse(place, "invalid_value", fmt::format("must be true or false, not {}", place.shown()));
  return false;
}

std::optional<Level> PolicyValues::level(const Place& place) {
  return choice<Level>(place, "invalid_level", "a level; it is one of low, medium, high, critical");
}

std::vector<Level> PolicyValues::levels(const Place& place) {
  std::vector<Level> levels;
  if (!list(place, "[high, critical]")) return levels;
  for (const auto& item : place.items()) {
    if (const auto parsed = level(item)) levels.push_back(*parsed);
  }
  return levels;
}

std::string unknown_name(std::string_view what, const std::string& name, const std::vector<std::string>& known) {
  const auto near = nearest(name, known);
  return near ? fmt::format("there is no {} \"{}\"; did you mean \"{}\"?", what, name, *near)
              : fmt::format("there is no {} \"{}\"; known are: {}", what, name,
                            known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")));
}

}  // namespace ag::access
