#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "iam/policy.hpp"

/// JSON with the position of every value and with members that were written twice.
///
/// base/json.hpp refuses what is not right; whoever reads a policy wants to know where it is wrong, and Boost.JSON
/// keeps neither positions nor the second of two equal members.
namespace ag::iam {

struct JsonMember;

struct JsonNode {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  Position at{};
  std::string text{};               ///< a string's value; a number's or boolean's JSON text
  std::vector<JsonNode> items;      ///< of an array
  std::vector<JsonMember> members;  ///< of an object, in the order of the text, equal names kept

  /// The first member of that name; nullptr when there is none.
  [[nodiscard]] const JsonNode* find(std::string_view name) const;
};

struct JsonMember {
  std::string name{};
  Position at{};  ///< of the name
  JsonNode value{};
};

struct JsonError {
  Position at{};
  std::string message{};  ///< what was expected
};

inline constexpr int kDeepestJson = 32;  ///< a policy nests to 6

/// Strict JSON (RFC 8259), valid UTF-8, at most kDeepestJson deep. A byte order mark at the very start is no
/// part of it: editors on Windows write one.
[[nodiscard]] std::expected<JsonNode, JsonError> read_json(std::string_view text);

/// Compact JSON of it, members in the order of the text.
[[nodiscard]] std::string to_json(const JsonNode& node);

/// A JSON number as policies and requests write it: `1e3` is 1000, `-2.5E-1` is -0.25. Others, and what would be longer
/// than anybody writes, stay as they are.
[[nodiscard]] std::string without_exponent(std::string_view number);

/// "a string", "an object" …: for messages.
[[nodiscard]] std::string_view kind_name(JsonNode::Kind kind);

}  // namespace ag::iam
