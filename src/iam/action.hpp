#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "iam/pattern.hpp"

/// Actions (`s3:GetObject`) and the patterns that stand for them. Letter case never counts.
/// Source: IAM User Guide, reference_policies_elements_action.html.
namespace ag::iam {

/// An action of a request, ready to be looked up.
class ActionName {
 public:
  /// Error code `invalid_action`: it is not written service:name.
  [[nodiscard]] static Result<ActionName> parse(std::string_view text);

  [[nodiscard]] std::string_view text() const { return lower_; }  ///< in lower case
  [[nodiscard]] std::string_view service() const { return std::string_view(lower_).substr(0, colon_); }
  [[nodiscard]] std::string_view name() const { return std::string_view(lower_).substr(colon_ + 1); }
  [[nodiscard]] std::uint64_t service_hash() const { return service_hash_; }
  [[nodiscard]] std::uint64_t name_hash() const { return name_hash_; }

 private:
  std::string lower_;
  std::size_t colon_ = 0;
  std::uint64_t service_hash_ = 0;
  std::uint64_t name_hash_ = 0;
};

/// The Action or NotAction of one statement: thousands of patterns, asked in the time of a few.
class ActionPatterns {
 public:
  explicit ActionPatterns(const PatternElement& element);

  /// Whether the statement is about the action, NotAction taken into account.
  [[nodiscard]] bool applies(const ActionName& action) const;

 private:
  /// All patterns of one service: where they begin and end below.
  struct Service {
    std::uint64_t hash = 0;
    std::string name;
    std::uint32_t names_begin = 0, names_end = 0;
    std::uint32_t globs_begin = 0, globs_end = 0;
  };
  struct Name {
    std::uint64_t hash = 0;
    std::string text;
  };
  [[nodiscard]] bool covers(const ActionName& action) const;

  Sense sense_;
  bool everything_ = false;
  std::vector<Service> services_;  // by hash
  std::vector<Name> names_;        // by service, then by hash
  std::vector<Pattern> globs_;     // by service; without the service
  std::vector<Pattern> loose_;     // with a wildcard in the service, or without a colon: asked one by one
};

}  // namespace ag::iam
