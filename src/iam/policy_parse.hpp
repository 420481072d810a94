#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iam/json_reader.hpp"
#include "iam/policy.hpp"

/// From the text of a policy document to its value, and to everything that is wrong with it.
namespace ag::iam {

enum class Severity {
  kUnreadable,  ///< what the policy means cannot be known: it must not be evaluated
  kError,       ///< AWS refuses the document; its meaning is clear all the same
  kWarning,     ///< AWS takes it, and it probably does not do what was meant
};

struct Problem {
  Severity severity = Severity::kError;
  std::string code{};  ///< stable, snake_case: `unknown_operator`, `duplicate_member` …
  std::string path{};  ///< `Statement[2].Condition.StringEqualz`; counted from 0; empty for the whole
  Position at{};
  std::string message{};  ///< one sentence for a person, with the nearest valid name where there is one
  bool operator==(const Problem&) const = default;
};

/// `3:14 Statement[2].Condition.StringEqualz: no such operator; did you mean StringEquals?`
[[nodiscard]] std::string to_text(const Problem& problem);

struct ParsedPolicy {
  Policy policy{};
  std::vector<Problem> problems{};  ///< in the order of the text, at most kMostProblems

  /// Whether the policy's meaning is known: nothing in it is kUnreadable.
  [[nodiscard]] bool readable() const;
  /// Whether AWS would take it, as far as this program knows: no kUnreadable, no kError.
  [[nodiscard]] bool acceptable() const;
};

/// Larger texts are not read at all: ten times the largest policy that AWS takes anywhere.
inline constexpr std::size_t kLargestPolicyText = 2 * 1024 * 1024;  // bytes
inline constexpr std::size_t kMostProblems = 100;                   // more help nobody

/// Reads one policy document. Never fails: what cannot be read is among the problems.
[[nodiscard]] ParsedPolicy parse(std::string_view text, PolicyKind kind);

/// The same, of a document that is part of a larger JSON text; positions are those of the whole.
/// `path` comes before every path: `identityPolicies[0]`.
[[nodiscard]] ParsedPolicy parse(const JsonNode& document, PolicyKind kind, std::string_view path = {});

/// The length that AWS counts for this kind, and the most it takes; none where no limit is published.
struct SizeLimit {
  std::size_t most = 0;
  bool counts_white_space = false;  ///< IAM leaves white space out of its count, Organizations does not
};
[[nodiscard]] std::optional<SizeLimit> size_limit(PolicyKind kind);

}  // namespace ag::iam
