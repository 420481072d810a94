#include "cli/json_path.hpp"

namespace ag::cli {

const json::value& value_at(const json::value& value, std::string_view path) {
  static const json::value nothing(nullptr);
  const json::value* at = &value;
  while (!path.empty()) {
    const auto dot = path.find('.');
    const auto* object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(path.substr(0, dot));
    if (at == nullptr) return nothing;
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return *at;
}

std::string text_at(const json::value& value, std::string_view path) {
  const auto* text = value_at(value, path).if_string();
  return text == nullptr ? std::string{} : std::string(*text);
}

std::int64_t number_at(const json::value& value, std::string_view path) {
  const auto* number = value_at(value, path).if_int64();
  return number == nullptr ? 0 : *number;
}

bool flag_at(const json::value& value, std::string_view path) {
  const auto* flag = value_at(value, path).if_bool();
  return flag != nullptr && *flag;
}

std::optional<Instant> time_at(const json::value& value, std::string_view path) {
  const auto* text = value_at(value, path).if_string();
  if (text == nullptr) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  return time ? std::optional(*time) : std::nullopt;
}

const json::array& items_at(const json::value& value, std::string_view path) {
  static const json::array none;
  const auto* array = value_at(value, path).if_array();
  return array == nullptr ? none : *array;
}

}  // namespace ag::cli
