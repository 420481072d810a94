#include "access/set_policies.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "iam/managed_policies.hpp"
#include "iam/policy_parse.hpp"

namespace ag::access {
namespace {

constexpr std::string_view kManagedByAws = ":iam::aws:policy/";

/// Takes a document in, or tells why its meaning is not known.
std::optional<std::string> add(std::vector<iam::NamedPolicy>& layer, std::string_view document, iam::PolicyKind kind,
                               std::string name) {
  iam::ParsedPolicy parsed = iam::parse(document, kind);
  if (parsed.readable()) {
    layer.push_back({std::move(name), std::move(parsed.policy)});
    return std::nullopt;
  }
  const auto problem = std::find_if(parsed.problems.begin(), parsed.problems.end(),
                                    [](const iam::Problem& it) { return it.severity == iam::Severity::kUnreadable; });
  return fmt::format("{} cannot be understood: {}", name, to_text(*problem));
}

std::string name_of_managed(std::string_view arn) { return std::string(arn.substr(arn.rfind('/') + 1)); }

}  // namespace

ManagedDocuments::ManagedDocuments(const Snapshot& snapshot) {
  if (!snapshot.managed_policies) return;
  for (const auto& policy : *snapshot.managed_policies) read_.emplace(policy.arn, &policy.document);
}

const std::string* ManagedDocuments::find(const std::string& arn) {
  if (const auto it = read_.find(arn); it != read_.end()) return it->second;
  auto it = bundled_.find(arn);
  if (it == bundled_.end()) {
    const auto known = iam::find_managed_policy(arn);
    it = bundled_.emplace(arn, known ? std::optional(iam::document_of(*known)) : std::nullopt).first;
  }
  return it->second ? &*it->second : nullptr;
}

SetInput input_of(const SetPolicies& policies, ManagedDocuments& documents) {
  SetInput made;
  const auto note = [&](std::optional<std::string> why) {
    if (why) made.unread.push_back(std::move(*why));
  };
  auto& identity = made.input.layers.identity;
  for (const auto& arn : policies.managed) {
    const std::string* document = documents.find(arn);
    if (document == nullptr) note(fmt::format("AWS's managed policy {} is not known here", arn));
    else note(add(identity, *document, iam::PolicyKind::kAwsManaged, name_of_managed(arn)));
  }
  if (!policies.inline_policy.empty())
    note(add(identity, policies.inline_policy, iam::PolicyKind::kPermissionSetInline, "the inline policy"));
  for (const auto& policy : policies.customer_managed)
    note(fmt::format("{} is a policy that each account has of its own: it is not read", policy));
  // A boundary that is not known here is left out: it could only allow less.
  const std::string* boundary =
      policies.boundary.find(kManagedByAws) == std::string::npos ? nullptr : documents.find(policies.boundary);
  std::vector<iam::NamedPolicy> limit;
  if (boundary != nullptr && !add(limit, *boundary, iam::PolicyKind::kBoundary, name_of_managed(policies.boundary)))
    made.input.layers.boundary = std::move(limit);
  return made;
}

}  // namespace ag::access
