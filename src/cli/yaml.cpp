#include "cli/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"
#include "cli/text.hpp"

namespace ag::cli {
namespace {

// Words that some version of YAML takes for null or a truth value (YAML 1.1 §10.2 has the longest list).
constexpr std::array<std::string_view, 14> kWords = {"null", "true", "false", "yes",  "no",   "on", "off",
                                                     "y",    "n",    "~",     ".nan", ".inf", "<<", "="};

bool is_plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  const std::string lower = to_lower(text);
  if (std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) return false;
  // A digit, a sign or a dot may begin a number or a time; the others are indicators.
  if (std::string_view("0123456789+-.!&*?|>%@`\"'#,[]{}:").find(text.front()) != std::string_view::npos) return false;
  if (text.back() == ':' || text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos)
    return false;
  return printable(text) == text;
}

std::string scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  return printable_json(json::serialize(json::string(text)));  // JSON strings are YAML's double-quoted ones
}

void emit(std::string& out, const json::value& value, std::size_t indent);

bool is_nested(const json::value& value) {
  return (value.is_object() && !value.get_object().empty()) || (value.is_array() && !value.get_array().empty());
}

std::string leaf(const json::value& value) {
  if (value.is_string()) return scalar(value.get_string());
  if (value.is_object()) return "{}";
  if (value.is_array()) return "[]";
  return json::serialize(value);
}

void emit_object(std::string& out, const json::object& object, std::size_t indent) {
  bool first = true;
  for (const auto& member : object) {
    // The first member stands on the line of its "- " or at the place where the caller has indented already.
    if (!first) out.append(indent, ' ');
    first = false;
    out += scalar(member.key());
    out += ':';
    if (!is_nested(member.value())) {
      out += ' ' + leaf(member.value()) + '\n';
      continue;
    }
    out += '\n';
    out.append(indent + 2, ' ');
    emit(out, member.value(), indent + 2);
  }
}

void emit_array(std::string& out, const json::array& array, std::size_t indent) {
  bool first = true;
  for (const auto& element : array) {
    if (!first) out.append(indent, ' ');
    first = false;
    out += "- ";
    emit(out, element, indent + 2);
  }
}

void emit(std::string& out, const json::value& value, std::size_t indent) {
  if (!is_nested(value)) out += leaf(value) + '\n';
  else if (value.is_object()) emit_object(out, value.get_object(), indent);
  else emit_array(out, value.get_array(), indent);
}

}  // namespace

std::string to_yaml(const json::value& value) {
  std::string out;
  emit(out, value, 0);
  return out;
}

}  // namespace ag::cli
