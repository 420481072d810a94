#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iam/context.hpp"
#include "iam/policy.hpp"
#include "iam/truth.hpp"

/// Texts of a policy that stand for many: `*` any characters, `?` one character, `${…}` a value of the request.
/// Source: IAM User Guide, reference_policies_variables.html and reference_policies_elements_resource.html.
namespace ag::iam {

/// One step of a pattern: a byte that must be there, or one of these, or kVariable + its number.
using Symbol = std::uint16_t;
inline constexpr Symbol kAny = 0x100;
inline constexpr Symbol kOne = 0x101;
inline constexpr Symbol kVariable = 0x200;
inline constexpr std::size_t kMostVariables = 0x1000;  // in one pattern; IAM's longest policy has room for fewer

/// Whether the whole text fits. `?` stands for one code point. Time is at most the product of the two lengths.
[[nodiscard]] bool fits(std::span<const Symbol> pattern, std::string_view text);

enum class Wildcards { kLiteral, kSpecial };
enum class Letters { kAsWritten, kIgnoreCase };  ///< of ASCII letters

/// A pattern, made ready once.
class Pattern {
 public:
  Pattern() = default;
  /// With k2008 `${` is text like any other. `${*}`, `${?}` and `${$}` are those characters and never wildcards.
  /// With kIgnoreCase the texts to be matched must be in lower case.
  Pattern(std::string_view text, LanguageVersion version, Wildcards wildcards, Letters letters = Letters::kAsWritten);

  /// Whether it fits the text. kNo also when a variable has no value, or more than one.
  /// kMaybe when a variable's value is unknown; then `unknown`, if given, gets its key.
  [[nodiscard]] Truth match(std::string_view text, const Context& context,
                            std::vector<std::string>* unknown = nullptr) const;

  enum class Resolution : std::uint8_t { kResolved, kMissing, kUnknown };
  /// Whether its variables have values. For those who must tell "does not fit" from "means nothing".
  [[nodiscard]] Resolution resolution(const Context& context, std::vector<std::string>* unknown = nullptr) const;

  /// Whether it would fit if its variables had the right values.
  [[nodiscard]] bool could_fit(std::string_view text) const;

  [[nodiscard]] bool has_variables() const { return !variables_.empty(); }
  [[nodiscard]] bool ends_with_any() const { return !symbols_.empty() && symbols_.back() == kAny; }
  /// What every text that fits begins with: up to the first wildcard or variable.
  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  [[nodiscard]] bool is_prefix_then_any() const { return symbols_.size() == prefix_.size() + 1 && ends_with_any(); }
  [[nodiscard]] bool is_literal() const { return symbols_.size() == prefix_.size(); }
  [[nodiscard]] bool is_everything() const { return symbols_.size() == 1 && symbols_.front() == kAny; }

 private:
  struct Variable {
    ContextKey key;
    std::optional<std::string> fallback;
  };
  const std::string* value_of(const Variable& variable, const Context& context) const;
  [[nodiscard]] bool match_expanded(std::string_view text, const Context& context) const;
  void add_variable(std::string_view inside);

  std::vector<Symbol> symbols_;
  std::string prefix_;
  std::vector<Variable> variables_;
  Letters letters_ = Letters::kAsWritten;
};

/// A text taken apart at its first five colons: the segments of an ARN.
struct Segments {
  explicit Segments(std::string_view text);
  std::array<std::string_view, 6> part{};
  std::size_t count = 0;
  std::string_view whole;
};

/// Whether the ARN that the policy writes covers the one of a request.
///
/// Segment by segment: a wildcard does not reach over one of the first five colons. Only a `*` at the end of a pattern
/// of fewer than six segments covers all that follows (`arn:aws:s3:*`). Variables may stand in the last segment only.
class ArnPattern {
 public:
  enum class Short { kCoversTheRest, kNeverMatches };  ///< of patterns with fewer than six segments
  ArnPattern(std::string_view text, LanguageVersion version, Short fewer = Short::kCoversTheRest);

  [[nodiscard]] Truth match(const Segments& arn, const Context& context,
                            std::vector<std::string>* unknown = nullptr) const;
  [[nodiscard]] Pattern::Resolution resolution(const Context& context,
                                               std::vector<std::string>* unknown = nullptr) const;
  /// Whether the pattern could fit this ARN, but a variable has no value to tell.
  [[nodiscard]] bool lacks_a_value_for(const Segments& arn, const Context& context) const;
  [[nodiscard]] bool is_everything() const { return parts_.size() == 1 && parts_[0].is_everything(); }
  [[nodiscard]] bool never_matches() const { return never_; }

 private:
  /// Whether all segments but the last fit, and nothing speaks against that one yet.
  [[nodiscard]] bool fits_until_last(const Segments& arn, const Context& context) const;

  std::vector<Pattern> parts_;
  std::string prefix_;  // of the whole ARN
  bool never_ = false;
};

}  // namespace ag::iam
