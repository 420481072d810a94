#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// One description of a struct serves both ways, to JSON and from it:
///
///     struct Person {
///       UserId id;
///       std::optional<std::string> mail;
///       template <class Self, class Codec>
///       static void describe(Self& self, Codec& codec) {
///         codec("id", self.id);
///         codec("mail", self.mail);  // an empty optional is left out
///       }
///     };
///
/// Supported members: bool, 64-bit integers, std::string, Id, Instant (RFC 3339), Duration (whole seconds, as an
/// integer), enums with an `enum_names(E)` found by argument-dependent look-up, std::optional, std::vector, and
/// described structs. Decoding is strict: a missing, mistyped or unknown member is an error that names it.
namespace ag {

/// For an enum E: `std::span<const std::string_view>` or array of its names, in order from zero, by
/// `constexpr auto enum_names(E)`.
template <class E>
[[nodiscard]] constexpr std::string_view name_of(E value) {
  constexpr auto names = enum_names(E{});
  return names[static_cast<std::size_t>(value)];
}

template <class E>
[[nodiscard]] std::optional<E> enum_from(std::string_view name) {
  constexpr auto names = enum_names(E{});
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<E>(i);
  }
  return std::nullopt;
}

template <class T>
[[nodiscard]] json::value to_json(const T& value);

namespace codec_detail {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsId : std::false_type {};
template <class T>
struct IsId<Id<T>> : std::true_type {};

class Encoder {
 public:
  template <class T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (IsOptional<T>::value) {
      if (value) object_[name] = to_json(*value);
    } else {
      object_[name] = to_json(value);
    }
  }
  json::object take() { return std::move(object_); }

 private:
  json::object object_;
};

/// Where a value is, as a chain to the root: put into words only when something is wrong with it.
struct Path {
  const Path* above = nullptr;
  std::string_view name;
  std::optional<std::size_t> index;

  [[nodiscard]] std::string text() const {
    std::string text = above == nullptr ? "" : above->text();
    if (index) return fmt::format("{}[{}]", text, *index);
    if (text.empty() || name.empty()) return text + std::string(name);
    return fmt::format("{}.{}", text, name);
  }
};

/// The names that a struct describes.
class Names {
 public:
  template <class T>
  void operator()(std::string_view name, const T&) {
    names.push_back(name);
  }
  std::vector<std::string_view> names;
};

class Decoder {
 public:
  Decoder(const json::value& value, const Path& path) : object_(value.if_object()), path_(path) {
    if (object_ == nullptr) refuse("invalid_type", "must be an object", path_);
  }

  template <class T>
  void operator()(std::string_view name, T& target) {
    if (problem_) return;
    const Path where{&path_, name, {}};
    const json::value* member = object_->if_contains(name);
    if (member != nullptr) ++found_;
    if constexpr (IsOptional<T>::value) {
      if (member == nullptr || member->is_null()) return;
      typename T::value_type inner{};
      read(*member, inner, where);
      if (!problem_) target = std::move(inner);
    } else {
      if (member == nullptr) return refuse("missing_field", "is missing", where);
      read(*member, target, where);
    }
  }

  /// After describe(): the first problem, or the member that nobody described.
  template <class T>
  [[nodiscard]] std::optional<Error> finish(const T& described) {
    if (problem_ || object_->size() == found_) return problem_;
    Names known;
    T::describe(described, known);
    for (const auto& member : *object_) {
      const std::string_view key = member.key();
      if (std::find(known.names.begin(), known.names.end(), key) != known.names.end()) continue;
      refuse("unknown_field", fmt::format("is not known here; known are: {}", fmt::join(known.names, ", ")),
             Path{&path_, key, {}});
      break;
    }
    return problem_;
  }

  template <class T>
  void read(const json::value& value, T& target, const Path& where);

 private:
  void refuse(std::string code, std::string_view what, const Path& where) {
    if (problem_) return;
    const std::string field = where.text();
    problem_ =
        Error{std::move(code), fmt::format("{} {}", field.empty() ? "the body" : "\"" + field + "\"", what), field};
  }

  const json::object* object_ = nullptr;
  const Path& path_;
  std::size_t found_ = 0;  // how many of the known ones are there; the rest of the object is unknown
  std::optional<Error> problem_;
};

template <class T>
[[nodiscard]] Result<T> decode(const json::value& value, const Path& path) {
  Decoder decoder(value, path);
  T target{};
  T::describe(target, decoder);
  if (auto problem = decoder.finish(target)) return std::unexpected(std::move(*problem));
  return target;
}

}  // namespace codec_detail

template <class T>
[[nodiscard]] json::value to_json(const T& value) {
  using namespace codec_detail;
  if constexpr (std::is_same_v<T, json::value>) {
    return value;
  } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t>) {
    return json::value(value);
  } else if constexpr (std::is_integral_v<T>) {
    return json::value(static_cast<std::int64_t>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return json::value(json::string(value));
  } else if constexpr (IsId<T>::value) {
    return json::value(json::string(value.str()));
  } else if constexpr (std::is_same_v<T, Instant>) {
    return json::value(json::string(to_rfc3339(value)));
  } else if constexpr (std::is_same_v<T, Duration>) {
    return json::value(value.count_seconds());
  } else if constexpr (std::is_enum_v<T>) {
    return json::value(json::string(name_of(value)));
  } else if constexpr (IsVector<T>::value) {
    json::array array;
    array.reserve(value.size());
    for (const auto& element : value) array.push_back(to_json(element));
    return array;
  } else {
    Encoder encoder;
    T::describe(value, encoder);
    return encoder.take();
  }
}

/// Error codes `invalid_type`, `missing_field`, `unknown_field`, `invalid_value`, `invalid_time`; `field` is the
/// path of the member, as in `accounts[2]`.
template <class T>
[[nodiscard]] Result<T> from_json(const json::value& value, std::string_view path = {}) {
  const codec_detail::Path root{nullptr, path, {}};
  return codec_detail::decode<T>(value, root);
}

template <class T>
void codec_detail::Decoder::read(const json::value& value, T& target, const Path& where) {
  if (problem_) return;
  if constexpr (std::is_same_v<T, const json::value*>) {
    target = &value;  // borrowed: for as long as what is decoded
  } else if constexpr (std::is_same_v<T, json::value>) {
    target = value;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_bool()) return refuse("invalid_type", "must be true or false", where);
    target = value.get_bool();
  } else if constexpr (std::is_integral_v<T>) {
    if (!value.is_int64() || !std::in_range<T>(value.get_int64())) {
      return refuse("invalid_type", "must be a whole number in range", where);
    }
    target = static_cast<T>(value.get_int64());
  } else if constexpr (std::is_same_v<T, Duration>) {
    if (!value.is_int64() || value.get_int64() < 0) {
      return refuse("invalid_type", "must be a whole number of seconds, not negative", where);
    }
    target = Duration::seconds(value.get_int64());
  } else if constexpr (std::is_same_v<T, std::string> || IsId<T>::value || std::is_same_v<T, Instant> ||
                       std::is_enum_v<T>) {
    if (!value.is_string()) return refuse("invalid_type", "must be a string", where);
    const std::string_view text = value.get_string();
    if constexpr (std::is_same_v<T, Instant>) {
      const auto parsed = parse_rfc3339(text);
      if (!parsed) return refuse(parsed.error().code, "must be a time like 2026-11-25T14:30:00Z", where);
      target = *parsed;
    } else if constexpr (std::is_enum_v<T>) {
      const auto parsed = enum_from<T>(text);
      constexpr auto names = enum_names(T{});
      if (!parsed) {
        return refuse("invalid_value", fmt::format("must be one of: {}", fmt::join(names, ", ")), where);
      }
      target = *parsed;
    } else {
      target = T(std::string(text));
    }
  } else if constexpr (IsVector<T>::value) {
    const auto* array = value.if_array();
    if (array == nullptr) return refuse("invalid_type", "must be an array", where);
    target.clear();
    target.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
      typename T::value_type element{};
      read((*array)[i], element, Path{&where, {}, i});
      if (problem_) return;
      target.push_back(std::move(element));
    }
  } else {
    auto inner = decode<T>(value, where);
    if (!inner) problem_ = std::move(inner.error());
    else target = std::move(*inner);
  }
}

}  // namespace ag
