#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "iam/evaluate.hpp"
#include "iam/policy_parse.hpp"

/// One question as JSON, policies and all, and its answer: what `accessguard iam evaluate` reads and writes.
///
/// API: scripts write cases and read answers.
///
///     {"request": {"principal": "arn:aws:iam::111122223333:user/Ann", "action": "s3:GetObject",
///                  "resource": "arn:aws:s3:::b/k", "resourceAccount": "111122223333",
///                  "context": {"aws:SourceIp": "203.0.113.7", "aws:TagKeys": ["a", "b"]},
///                  "unknownContext": ["aws:PrincipalTag/team"]},
///      "identityPolicies": [{"policy": {…}}], "permissionBoundaries": null, "sessionPolicy": null,
///      "scps": [{"org": "root", "policies": [{…}]}], "rcps": [], "resourcePolicy": null, "endpointPolicies": []}
///
/// Layers may be null, empty or left out: then there is no such layer. How a policy may be written: policy_source.hpp.
///
/// The context: keys that are not in it are absent, as AWS sees a request, except those in `unknownContext`
/// (`["*"]`: all others). A request without `context` says nothing about it: every key is unknown.
namespace ag::iam {

/// A policy of the case, to be named in the answer.
struct CasePolicy {
  LayerKind layer = LayerKind::kIdentity;
  std::size_t level = 0;
  std::size_t policy = 0;
  std::string name{};
};

struct EvaluationCase {
  Request request;
  Layers layers;
  std::vector<CasePolicy> names{};      ///< those that have one
  std::vector<std::string> problems{};  ///< of policies that can be evaluated all the same, as to_text() has them
};

/// Error codes `invalid_json`, `invalid_case`, `invalid_policy`, and those of Request::make; `field` says where:
/// `request.action`, `scps[1].policies[0].Statement[2].Effect`.
[[nodiscard]] Result<EvaluationCase> read_case(std::string_view text);

/// `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied`, or `DependsOn` and the keys: `DependsOn aws:SourceIp,aws:userid`.
[[nodiscard]] std::string to_line(const Decision& decision);

/// The decision as an object: `verdict`, `dependsOn`, `statements`, `withheld`, `problems`.
[[nodiscard]] json::object to_object(const EvaluationCase& asked, const Decision& decision);

}  // namespace ag::iam
