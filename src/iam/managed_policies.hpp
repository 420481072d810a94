#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// AWS's managed policies, as they were when the program was built. Where AccessGuard is connected to AWS it reads them
/// there; the sandbox and `accessguard iam` use these.
///
/// Source: data/iam/README.md. The texts are packed: reading one takes about half a millisecond.
namespace ag::iam {

struct ManagedPolicy {
  std::string_view name;     ///< `ReadOnlyAccess`
  std::string_view path;     ///< `/`, `/job-function/`, `/service-role/`, `/aws-service-role/`
  std::string_view version;  ///< the default version at that time: `v157`

  [[nodiscard]] std::string arn() const;  ///< `arn:aws:iam::aws:policy/job-function/ViewOnlyAccess`
};

/// All of them, by name.
[[nodiscard]] const std::vector<ManagedPolicy>& managed_policies();

/// By name or by ARN, letter case aside.
[[nodiscard]] std::optional<ManagedPolicy> find_managed_policy(std::string_view name_or_arn);

/// The policy's JSON document.
[[nodiscard]] std::string document_of(const ManagedPolicy& policy);

}  // namespace ag::iam
