#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// YAML 1.2 as a plain tree that keeps what the policy parser needs and YAML libraries forget: where each node
/// stands, whether a scalar was quoted, and keys that are given twice.
namespace ag::access::yaml {

struct Member;

enum class Kind { kNull, kScalar, kSequence, kMapping };

struct Node {
  Kind kind = Kind::kNull;
  int line = 0;         ///< from 1
  bool quoted = false;  ///< a scalar in quotes or a block: text, whatever it looks like
  std::string scalar;
  std::vector<Node> items;      ///< of a sequence
  std::vector<Member> members;  ///< of a mapping, in the order of the file
};

struct Member {
  Node key;
  Node value;
};

struct Problem {
  int line = 1;
  std::string code;     ///< `invalid_yaml` or `duplicate_key`
  std::string message;  ///< without the line
};

struct Document {
  Node root;
  std::vector<Problem> duplicates;  ///< keys that are given twice; `root` has both
};

/// One document without anchors, aliases or tags, at most 16 deep.
[[nodiscard]] std::expected<Document, Problem> read(std::string_view text);
/// The same, where a key that is given twice is a problem like any other.
[[nodiscard]] std::expected<Node, Problem> parse(std::string_view text);

}  // namespace ag::access::yaml
