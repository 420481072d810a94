#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/policy.hpp"
#include "access/yaml.hpp"
#include "base/codec.hpp"
#include "base/time.hpp"

/// Reads the single values of a policy file and collects every problem, so that one run tells all of them.
namespace ag::access {

/// A node of the file and its name, as in `rules[1].max`. Names from the file are cut to a length that can be shown.
struct Place {
  const yaml::Node* node = nullptr;  ///< never null
  std::string name;

  [[nodiscard]] int line() const { return node->line; }
  /// The member of a mapping; none when it is not there.
  [[nodiscard]] std::optional<Place> find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key).has_value(); }
  /// Of a list, in order; none of anything else.
  [[nodiscard]] std::vector<Place> items() const;
  /// The same place under the name of a key, where that is what is wrong.
  [[nodiscard]] Place key(const yaml::Node& key) const;
  /// In a message: the text in quotes, or `a list`, `a mapping`, `nothing`.
  [[nodiscard]] std::string shown() const;
};

class PolicyValues {
 public:
  std::vector<PolicyProblem> problems;
  std::vector<PolicyProblem> warnings;

  void refuse(const Place& place, std::string code, std::string message);
  void warn(const Place& place, std::string message);

  /// Whether it is a mapping; unknown keys are told.
  bool mapping(const Place& place, const std::vector<std::string>& known);
  /// Whether it is a list; one that is empty is told, and a list all the same.
  bool list(const Place& place, std::string_view example);
  /// Whether it has so many or fewer; told when not.
  bool at_most(const Place& place, std::size_t most, std::string_view things);
  /// The member of a mapping; told when it is not there.
  std::optional<Place> required(const Place& place, std::string_view key);
  /// Of a mapping whose keys are names of the writer's own; none when it is nothing, told when it is something else.
  std::vector<std::pair<std::string, Place>> named(const Place& place);

  /// A name: one line, not a number, boolean or null by YAML's core schema. Empty when it was told.
  std::string text(const Place& place);
  std::vector<std::string> texts(const Place& place);
  /// Zero when it was told.
  Duration duration(const Place& place);
  std::int64_t number(const Place& place, std::int64_t least, std::int64_t most);
  /// `true`; false when it was told.
  bool flag(const Place& place);
  /// `true` or `false`.
  bool boolean(const Place& place);
  std::optional<Level> level(const Place& place);
  std::vector<Level> levels(const Place& place);
  /// One of the names of an enum; told with `what_it_is`, as in "an end; it is hard or soft".
  template <class Enum>
  std::optional<Enum> choice(const Place& place, std::string_view code, std::string_view what_it_is) {
    const auto found = place.node->kind == yaml::Kind::kScalar ? enum_from<Enum>(place.node->scalar) : std::nullopt;
    if (!found) refuse(place, std::string(code), fmt::format("{} is not {}", place.shown(), what_it_is));
    return found;
  }
};

/// `there is no target "prd"; did you mean "prod"?`
[[nodiscard]] std::string unknown_name(std::string_view what, const std::string& name,
                                       const std::vector<std::string>& known);

template <class Map>
[[nodiscard]] std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

}  // namespace ag::access
