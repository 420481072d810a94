#include "control/set_reading.hpp"

#include <fmt/format.h>

#include <utility>

#include "control/call.hpp"
#include "control/keep_once.hpp"

namespace ag::control {
namespace {

constexpr std::size_t kEnoughDenials = 10;
constexpr std::string_view kTags = "permission set tags";
constexpr std::string_view kPolicies = "permission set policies";
constexpr std::string_view kManaged = "AWS managed policies";
constexpr std::string_view kManagedByAws = ":iam::aws:policy/";

/// Null for a call about a managed policy.
const access::PermissionSetArn* set_of(const aws::Call& call) {
  return std::visit(
      [](const auto& it) -> const access::PermissionSetArn* {
        if constexpr (requires { it.permission_set; }) return &it.permission_set;
        else return nullptr;
      },
      call);
}

std::string path_and_name(const aws::CustomerManagedPolicy& policy) { return policy.path + policy.name; }

}  // namespace

bool is_gap_of_sets(std::string_view gap) {
  return gap.starts_with(kTags) || gap.starts_with(kPolicies) || gap.starts_with(kManaged);
}

void SetReading::adopt(const access::Snapshot& cached) {
  for (const auto& set : cached.permission_sets) {
    if (set.policies) known_policies_[set.arn] = *set.policies;
    if (!set.tags) continue;
    auto& known = known_tags_[set.arn];
    for (const auto& tag : *set.tags) known.emplace_back(tag.key, tag.value);
  }
  if (!cached.managed_policies) return;
  for (const auto& policy : *cached.managed_policies) known_managed_[policy.arn] = policy;
}

std::vector<aws::Call> SetReading::begin_tags(const aws::InstanceArn& instance,
                                              const std::vector<access::PermissionSet>& sets) {
  tags_.clear();
  tried_.clear();
  gaps_.clear();
  for (const auto& set : sets) {
    tags_[set.arn];
    next_.emplace_back(aws::ListTagsOfPermissionSet{instance, set.arn, {}});
  }
  return std::exchange(next_, {});
}

std::vector<aws::Call> SetReading::begin_policies(const aws::InstanceArn& instance,
                                                  const std::vector<access::PermissionSet>& sets) {
  policies_.clear();
  managed_.clear();
  later_.clear();
  no_boundary_.clear();
  wanted_.clear();
  for (const auto& set : sets) {
    policies_[set.arn];
    next_.emplace_back(aws::ListManagedPoliciesInPermissionSet{instance, set.arn, {}});
    next_.emplace_back(aws::GetInlinePolicyForPermissionSet{instance, set.arn});
    next_.emplace_back(aws::ListCustomerManagedPolicyReferencesInPermissionSet{instance, set.arn, {}});
    next_.emplace_back(aws::GetPermissionsBoundaryForPermissionSet{instance, set.arn});
  }
  return std::exchange(next_, {});
}

bool SetReading::owns(const aws::Call& call) {
  return std::holds_alternative<aws::ListTagsOfPermissionSet>(call) ||
         std::holds_alternative<aws::ListManagedPoliciesInPermissionSet>(call) ||
         std::holds_alternative<aws::GetInlinePolicyForPermissionSet>(call) ||
         std::holds_alternative<aws::ListCustomerManagedPolicyReferencesInPermissionSet>(call) ||
         std::holds_alternative<aws::GetPermissionsBoundaryForPermissionSet>(call) ||
         std::holds_alternative<aws::GetManagedPolicy>(call) ||
         std::holds_alternative<aws::GetManagedPolicyVersion>(call);
}

std::vector<aws::Call> SetReading::take(const aws::Call& call, const aws::Reply& reply) {
  tried_[std::string(aws::operation_of(call))].answered = true;
  std::visit([this](const auto& asked, const auto& answer) { note(asked, answer); }, call, reply);
  return std::exchange(next_, {});
}

void SetReading::fail(const aws::Call& call, const aws::AwsError& error) {
  auto& tried = tried_[std::string(aws::operation_of(call))];
  // A permission set without a boundary: AWS's answer is that there is none.
  const bool is_boundary = std::holds_alternative<aws::GetPermissionsBoundaryForPermissionSet>(call);
  if (is_boundary && error.kind == aws::ErrorClass::kAbsent) {
    tried.answered = true;
    return;
  }
  if (error.kind == aws::ErrorClass::kDenied) ++tried.denied;
  const access::PermissionSetArn* about = set_of(call);
  if (about == nullptr) {
    gaps_.insert(fmt::format("{}: {}", kManaged, error.code));
    return;
  }
  const access::PermissionSetArn& set = *about;
  const bool is_tags = std::holds_alternative<aws::ListTagsOfPermissionSet>(call);
  gaps_.insert(fmt::format("{}: {}", is_tags ? kTags : kPolicies, error.code));
  if (is_tags) tags_.erase(set);
  else if (is_boundary) no_boundary_.insert(set);  // without it the set could only seem to allow more
  else if (is_retryable(error.kind)) later_.insert(set);
  else policies_.erase(set);
}

bool SetReading::is_hopeless(const aws::Call& call) const {
  const auto it = tried_.find(aws::operation_of(call));
  return it != tried_.end() && it->second.denied >= kEnoughDenials && !it->second.answered;
}

bool SetReading::finish_tags() {
  for (auto& [set, tags] : tags_) keep_once(tags);
  const bool is_new = tags_ != known_tags_;
  known_tags_ = std::exchange(tags_, {});
  return is_new;
}

bool SetReading::finish_policies() {
  for (const auto& set : later_) {
    const auto before = known_policies_.find(set);
    if (before == known_policies_.end()) policies_.erase(set);
    else if (const auto read = policies_.find(set); read != policies_.end()) read->second = before->second;
  }
  for (const auto& set : no_boundary_) {
    const auto before = known_policies_.find(set);
    const auto read = policies_.find(set);
    if (before != known_policies_.end() && read != policies_.end()) read->second.boundary = before->second.boundary;
  }
  for (auto& [set, policies] : policies_) {
    keep_once(policies.managed);
    keep_once(policies.customer_managed);
  }
  const bool is_new = policies_ != known_policies_ || managed_ != known_managed_;
  known_policies_ = std::exchange(policies_, {});
  known_managed_ = std::exchange(managed_, {});
  return is_new;
}

void SetReading::fill_in(access::Snapshot& snapshot) const {
  for (auto& set : snapshot.permission_sets) {
    set.tags.reset();
    if (const auto tags = known_tags_.find(set.arn); tags != known_tags_.end()) {
      set.tags.emplace();
      for (const auto& [key, value] : tags->second) set.tags->push_back({key, value});
    }
    const auto policies = known_policies_.find(set.arn);
    set.policies = policies == known_policies_.end() ? std::nullopt : std::optional(policies->second);
  }
  snapshot.managed_policies.emplace();
  for (const auto& [arn, policy] : known_managed_) snapshot.managed_policies->push_back(policy);
}

// ---- what replies hold -----------------------------------------------------------------------------------

void SetReading::note(const aws::ListTagsOfPermissionSet& call, const aws::Tags& page) {
  const auto tags = tags_.find(call.permission_set);
  if (tags != tags_.end()) tags->second.insert(tags->second.end(), page.items.begin(), page.items.end());
}

void SetReading::note(const aws::ListManagedPoliciesInPermissionSet& call, const aws::AttachedPolicies& page) {
  const auto set = policies_.find(call.permission_set);
  if (set == policies_.end()) return;  // another of its calls was denied
  set->second.managed.insert(set->second.managed.end(), page.arns.begin(), page.arns.end());
  for (const auto& arn : page.arns) want(arn);
}

void SetReading::note(const aws::ListCustomerManagedPolicyReferencesInPermissionSet& call,
                      const aws::CustomerManagedPolicies& page) {
  const auto set = policies_.find(call.permission_set);
  if (set == policies_.end()) return;
  for (const auto& policy : page.items) set->second.customer_managed.push_back(path_and_name(policy));
}

void SetReading::note(const aws::GetInlinePolicyForPermissionSet& call, const aws::InlinePolicy& policy) {
  const auto set = policies_.find(call.permission_set);
  if (set != policies_.end()) set->second.inline_policy = policy.document;
}

void SetReading::note(const aws::GetPermissionsBoundaryForPermissionSet& call,
                      const aws::PermissionsBoundary& boundary) {
  const auto set = policies_.find(call.permission_set);
  if (set == policies_.end()) return;
  set->second.boundary =
      boundary.customer_managed ? path_and_name(*boundary.customer_managed) : boundary.managed_policy;
  if (!boundary.customer_managed) want(boundary.managed_policy);
}

// What was read of it before counts until AWS says otherwise: it is no older than the program's own copy.
void SetReading::want(const std::string& managed_policy) {
  if (managed_policy.find(kManagedByAws) == std::string::npos || !wanted_.insert(managed_policy).second) return;
  const auto known = known_managed_.find(managed_policy);
  if (known != known_managed_.end()) managed_.insert(*known);
  aws::Call call = aws::GetManagedPolicy{managed_policy};
  if (!is_hopeless(call)) next_.push_back(std::move(call));
}

void SetReading::note(const aws::GetManagedPolicy& call, const aws::ManagedPolicy& policy) {
  const auto known = managed_.find(call.arn);
  if (known == managed_.end() || known->second.version != policy.default_version)
    next_.emplace_back(aws::GetManagedPolicyVersion{call.arn, policy.default_version});
}

void SetReading::note(const aws::GetManagedPolicyVersion& call, const aws::PolicyDocument& document) {
  managed_[call.arn] = {call.arn, call.version, document.document};
}

}  // namespace ag::control
