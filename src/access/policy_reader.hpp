#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/policy.hpp"
#include "access/yaml.hpp"
#include "base/time.hpp"

/// Reads the single values of a policy file and collects every problem, so that one run tells all of them.
namespace ag::access {

class PolicyValues {
 public:
  std::vector<PolicyProblem> problems;
  std::vector<PolicyProblem> warnings;

  void refuse(const yaml::Node& node, const std::string& where, std::string code, std::string message);
  void warn(const yaml::Node& node, const std::string& where, std::string message);

  /// Whether the node is a mapping; unknown keys are told.
  bool mapping(const yaml::Node& node, const std::string& where, const std::vector<std::string>& known);
  /// Whether the node is a list; one that is empty is told, and a list all the same.
  bool list(const yaml::Node& node, const std::string& where, std::string_view example);

  /// The member of a mapping; none when it is not there.
  [[nodiscard]] static const yaml::Node* member(const yaml::Node& node, std::string_view name);
  /// The same, but told when it is not there.
  const yaml::Node* required(const yaml::Node& node, const std::string& where, std::string_view name);

  /// A name: one line, not a number, boolean or null by YAML's core schema. Empty when it was told.
  std::string text(const yaml::Node& node, const std::string& where);
  std::vector<std::string> texts(const yaml::Node& node, const std::string& where);
  /// Zero when it was told.
  Duration duration(const yaml::Node& node, const std::string& where);
  std::int64_t number(const yaml::Node& node, const std::string& where, std::int64_t least, std::int64_t most);
  bool flag(const yaml::Node& node, const std::string& where);
  std::optional<Level> level(const yaml::Node& node, const std::string& where);

  /// As in `rules[1].max`; names from the file are cut to a length that can be shown.
  [[nodiscard]] static std::string join(const std::string& where, std::string_view name);
  [[nodiscard]] static std::string at(const std::string& where, std::size_t index);
  /// The node in a message: its text in quotes, or `a list`, `a mapping`, `nothing`.
  [[nodiscard]] static std::string shown(const yaml::Node& node);
};

}  // namespace ag::access
