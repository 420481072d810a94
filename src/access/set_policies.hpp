#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/organization.hpp"
#include "iam/analysis.hpp"

/// A permission set in the words of the `iam` room.
namespace ag::access {

/// The documents of AWS managed policies: as they were read from AWS, else as they came with this program.
class ManagedDocuments {
 public:
  /// Of one snapshot, which must outlive it.
  explicit ManagedDocuments(const Snapshot& snapshot);
  /// Null where nobody knows it.
  [[nodiscard]] const std::string* find(const std::string& arn);

 private:
  std::map<std::string, const std::string*, std::less<>> read_;
  std::map<std::string, std::optional<std::string>, std::less<>> bundled_;  ///< those that were asked for
};

struct SetInput {
  iam::AnalysisInput input;
  std::vector<std::string> unread;  ///< what may allow more and is not in `input`
};

/// Policies that limit and are not known limit nothing.
[[nodiscard]] SetInput input_of(const SetPolicies& policies, ManagedDocuments& documents);

}  // namespace ag::access
