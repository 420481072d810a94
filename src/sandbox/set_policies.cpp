#include <fmt/format.h>

#include <algorithm>

#include "sandbox/sso_admin.hpp"

/// sso-admin: what a permission set allows. Its AWS managed and inline policies, the names of policies that each
/// account is to have, and its permissions boundary.
namespace ag::sandbox {

using namespace sso_admin;

namespace {

constexpr std::size_t kMaxPolicy = 32'768;         // AWS: characters of an inline policy
constexpr std::size_t kMaxPolicyContent = 10'240;  // AWS: and of those, the ones that are not white space
constexpr std::size_t kMostAttached = 20;          // AWS: policies of a permission set, managed and the customer's
const Pattern kPolicyDocument{R"([\u0009\u000A\u000D\u0020-\u00FF]+)",
                              [](std::string_view text) { return !text.empty(); }, kMaxPolicy};
const Pattern kManagedPolicyArn{
    R"(arn:(aws|aws-us-gov|aws-cn|aws-iso|aws-iso-b):iam::aws:policy/.+)",
    [](std::string_view text) { return text.starts_with("arn:aws") && text.find(":iam::aws:policy/") < 20; }, 2048};
const Pattern kPolicyName{R"([\w+=,.@-]+)", [](std::string_view text) { return text.find('/') == text.npos; }, 128};
const Pattern kPolicyPath{R"(((/[A-Za-z0-9\.,\+@=_-]+)*)/)",
                          [](std::string_view text) { return text.starts_with('/') && text.ends_with('/'); }, 512};

PermissionSet& changeable(World& world, const PermissionSet& set) {
  return world.company.permission_sets[*CompanyIndex::find(world.company.index.permission_sets, set.arn.str())];
}

/// Does something to a permission set. What is provisioned somewhere is stale from then on, until
/// ProvisionPermissionSet.
template <class Change>
Outcome<json::object> change(World& world, const Call& call, Input& input, Change change_set) {
  const auto set = permission_set_of(world, input);
  if (!set) return std::unexpected(set.error());
  if (auto good = check_delegation(world, call, "", (*set)->arn.str()); !good) return std::unexpected(good.error());
  PermissionSet& changed = changeable(world, **set);
  if (Outcome<void> done = change_set(changed); !done) return std::unexpected(std::move(done.error()));
  world.assignments.change(changed.arn);
  return json::object{};
}

template <class Policy>
Outcome<void> attach(std::vector<Policy>& policies, const PermissionSet& set, Policy policy, const std::string& name) {
  if (std::find(policies.begin(), policies.end(), policy) != policies.end()) {
    return refuse("ConflictException", fmt::format("Permission set provisioned has already {} attached.", name), 409);
  }
  if (set.managed_policies.size() + set.customer_managed.size() >= kMostAttached) {
    return refuse("ServiceQuotaExceededException", "The permission set has the most policies it may have.", 402);
  }
  policies.push_back(std::move(policy));
  return {};
}

template <class Policy>
Outcome<void> detach(std::vector<Policy>& policies, const Policy& policy, const std::string& name) {
  if (std::erase(policies, policy) > 0) return {};
  return absent("Policy", name);
}

Outcome<void> check_document(const std::string& document) {
  const auto parsed = parse_json(document, Numbers::kAny);
  if (!parsed || !parsed->is_object() || !parsed->get_object().contains("Statement")) {
    return refuse("ValidationException", "The policy document is not valid JSON of the policy language.");
  }
  const auto content = std::count_if(document.begin(), document.end(),
                                     [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; });
  if (static_cast<std::size_t>(content) > kMaxPolicyContent) {
    return refuse("ServiceQuotaExceededException", "The inline policy exceeds the quota of 10240 characters.", 402);
  }
  return {};
}

/// Reads a CustomerManagedPolicyReference.
CustomerManagedPolicy reference_of(Input& input, Input reference) {
  CustomerManagedPolicy policy{reference.required("Name", kPolicyName),
                               reference.optional("Path", kPolicyPath).value_or("/")};
  input.absorb(reference);
  return policy;
}

json::object to_json(const CustomerManagedPolicy& policy) { return {{"Name", policy.name}, {"Path", policy.path}}; }

constexpr std::string_view kReference = "CustomerManagedPolicyReference";

}  // namespace

// ---- AWS managed policies -----------------------------------------------------------------------------

Outcome<json::object> list_managed_policies(World& world, const Call& call) {
  const auto set = named_permission_set(world, call);
  if (!set) return std::unexpected(set.error());
  std::vector<Item> items;
  for (const std::string& arn : (*set)->managed_policies) {
    items.push_back({arn, json::object{{"Name", arn.substr(arn.rfind('/') + 1)}, {"Arn", arn}}});
  }
  return page(world, call, "AttachedManagedPolicies", std::move(items));
}

Outcome<json::object> attach_managed_policy(World& world, const Call& call) {
  Input input(call);
  const auto arn = input.required("ManagedPolicyArn", kManagedPolicyArn);
  return change(world, call, input, [&](PermissionSet& set) { return attach(set.managed_policies, set, arn, arn); });
}

Outcome<json::object> detach_managed_policy(World& world, const Call& call) {
  Input input(call);
  const auto arn = input.required("ManagedPolicyArn", kManagedPolicyArn);
  return change(world, call, input, [&](PermissionSet& set) { return detach(set.managed_policies, arn, arn); });
}

// ---- the inline policy --------------------------------------------------------------------------------

Outcome<json::object> get_inline_policy(World& world, const Call& call) {
  const auto set = named_permission_set(world, call);
  if (!set) return std::unexpected(set.error());
  json::object answer;
  if (!(*set)->inline_policy.empty()) answer["InlinePolicy"] = (*set)->inline_policy;
  return answer;
}

Outcome<json::object> put_inline_policy(World& world, const Call& call) {
  Input input(call);
  const auto document = input.required("InlinePolicy", kPolicyDocument);
  return change(world, call, input, [&](PermissionSet& set) {
    auto good = check_document(document);
    if (good) set.inline_policy = document;
    return good;
  });
}

// One that is not there is no error.
Outcome<json::object> delete_inline_policy(World& world, const Call& call) {
  Input input(call);
  return change(world, call, input, [](PermissionSet& set) {
    set.inline_policy.clear();
    return Outcome<void>();
  });
}

// ---- policies that each account is to have ------------------------------------------------------------

Outcome<json::object> list_customer_managed_policies(World& world, const Call& call) {
  const auto set = named_permission_set(world, call);
  if (!set) return std::unexpected(set.error());
  std::vector<Item> items;
  for (const auto& policy : (*set)->customer_managed) items.push_back({policy.path + policy.name, to_json(policy)});
  return page(world, call, "CustomerManagedPolicyReferences", std::move(items));
}

Outcome<json::object> attach_customer_managed_policy(World& world, const Call& call) {
  Input input(call);
  input.require(kReference);
  const auto policy = reference_of(input, input.inside(kReference));
  return change(world, call, input,
                [&](PermissionSet& set) { return attach(set.customer_managed, set, policy, policy.name); });
}

Outcome<json::object> detach_customer_managed_policy(World& world, const Call& call) {
  Input input(call);
  input.require(kReference);
  const auto policy = reference_of(input, input.inside(kReference));
  return change(world, call, input,
                [&](PermissionSet& set) { return detach(set.customer_managed, policy, policy.name); });
}

// ---- the permissions boundary -------------------------------------------------------------------------

Outcome<json::object> get_permissions_boundary(World& world, const Call& call) {
  const auto set = named_permission_set(world, call);
  if (!set) return std::unexpected(set.error());
  const PermissionsBoundary& boundary = (*set)->boundary;
  json::object answer;
  if (!boundary.managed_policy.empty()) answer["ManagedPolicyArn"] = boundary.managed_policy;
  else if (boundary.customer_managed) answer[kReference] = to_json(*boundary.customer_managed);
  else return absent("PermissionsBoundary", (*set)->arn.str());
  return json::object{{"PermissionsBoundary", std::move(answer)}};
}

Outcome<json::object> put_permissions_boundary(World& world, const Call& call) {
  Input input(call);
  input.require("PermissionsBoundary");
  Input given = input.inside("PermissionsBoundary");
  PermissionsBoundary boundary;
  boundary.managed_policy = given.optional("ManagedPolicyArn", kManagedPolicyArn).value_or("");
  if (given.has(kReference)) boundary.customer_managed = reference_of(given, given.inside(kReference));
  input.absorb(given);
  return change(world, call, input, [&](PermissionSet& set) -> Outcome<void> {
    if (boundary.managed_policy.empty() != boundary.customer_managed.has_value()) {
      return refuse("ValidationException", "Exactly one of ManagedPolicyArn and CustomerManagedPolicyReference.");
    }
    set.boundary = boundary;
    return {};
  });
}

Outcome<json::object> delete_permissions_boundary(World& world, const Call& call) {
  Input input(call);
  return change(world, call, input, [](PermissionSet& set) {
    set.boundary = {};
    return Outcome<void>();
  });
}

}  // namespace ag::sandbox
