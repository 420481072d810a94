#include <fmt/format.h>

#include <set>

#include "base/codec.hpp"
#include "sandbox/input.hpp"
#include "sandbox/paging.hpp"
#include "sandbox/service.hpp"

/// sso-admin: Identity Center's instance, permission sets and account assignments (API version 2020-07-20).
namespace ag::sandbox {
namespace {

// What AWS says when it cannot get into the account (aws-samples/aws-identitycenter-codepipeline-auto-assignment#31).
constexpr std::string_view kSuspendedReason =
    "AWS SSO is unable to complete your request at this time. Obtaining permissions to manage your AWS account '{}' "
    "takes longer than usual. Please try again in a few minutes.";
constexpr std::string_view kInternalReason = "An unexpected internal service exception was encountered";

std::unexpected<Fault> absent(std::string_view kind, std::string_view id) {
  return refuse("ResourceNotFoundException", fmt::format("{} {} not found.", kind, id));
}

/// Of the two identifiers nearly every call begins with.
Outcome<void> check_instance(const World& world, const std::string& arn) {
  if (arn != world.company.instance_arn) return absent("Instance", arn);
  return {};
}

Outcome<const PermissionSet*> find_permission_set(const World& world, const std::string& arn) {
  const PermissionSet* set = world.company.permission_set(arn);
  if (set == nullptr) return absent("PermissionSet", arn);
  return set;
}

/// Reads InstanceArn and PermissionSetArn and nothing else.
Outcome<const PermissionSet*> named_permission_set(const World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto arn = input.required("PermissionSetArn", kPermissionSetArn);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  return find_permission_set(world, arn);
}

Outcome<json::object> list_instances(World& world, const Call& call) {
  const Company& company = world.company;
  return page(world, call, "Instances",
              {{company.instance_arn, json::object{{"InstanceArn", company.instance_arn},
                                                   {"IdentityStoreId", company.identity_store_id},
                                                   {"OwnerAccountId", company.management_account.str()},
                                                   {"CreatedDate", epoch_seconds(company.founded)},
                                                   {"Status", "ACTIVE"}}}});
}

Outcome<json::object> list_permission_sets(World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  std::vector<Item> items;
  for (const PermissionSet& set : world.company.permission_sets) {
    items.push_back({set.arn.str(), json::value(set.arn.str())});
  }
  return page(world, call, "PermissionSets", std::move(items));
}

Outcome<json::object> describe_permission_set(World& world, const Call& call) {
  const auto set = named_permission_set(world, call);
  if (!set) return std::unexpected(set.error());
  return json::object{{"PermissionSet", json::object{{"Name", (*set)->name},
                                                     {"PermissionSetArn", (*set)->arn.str()},
                                                     {"Description", (*set)->description},
                                                     {"CreatedDate", epoch_seconds((*set)->created)},
                                                     {"SessionDuration", (*set)->session_duration}}}};
}

Outcome<json::object> list_managed_policies(World& world, const Call& call) {
  const auto set = named_permission_set(world, call);
  if (!set) return std::unexpected(set.error());
  std::vector<Item> items;
  for (const std::string& arn : (*set)->managed_policies) {
    items.push_back({arn, json::object{{"Name", arn.substr(arn.rfind('/') + 1)}, {"Arn", arn}}});
  }
  return page(world, call, "AttachedManagedPolicies", std::move(items));
}

Outcome<json::object> get_inline_policy(World& world, const Call& call) {
  const auto set = named_permission_set(world, call);
  if (!set) return std::unexpected(set.error());
  json::object answer;
  if (!(*set)->inline_policy.empty()) answer["InlinePolicy"] = (*set)->inline_policy;
  return answer;
}

// ---- assignments --------------------------------------------------------------------------------------

json::object status_of(const Operation& operation) {
  json::object status{{"Status", name_of(operation.status)},
                      {"RequestId", operation.id.str()},
                      {"TargetId", operation.slot.account.str()},
                      {"TargetType", "AWS_ACCOUNT"},
                      {"PermissionSetArn", operation.slot.permission_set.str()},
                      {"PrincipalType", name_of(operation.slot.principal_type)},
                      {"PrincipalId", operation.slot.principal_id},
                      {"CreatedDate", epoch_seconds(operation.begun)}};
  if (operation.status == OperationStatus::kFailed) status["FailureReason"] = operation.failure_reason;
  return status;
}

Outcome<Slot> slot_of(const World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto account = input.required("TargetId", kAccountId);
  (void)input.required_of("TargetType", {"AWS_ACCOUNT"});
  const auto permission_set = input.required("PermissionSetArn", kPermissionSetArn);
  const auto principal_type = input.required_of("PrincipalType", {"USER", "GROUP"});
  const auto principal = input.required("PrincipalId", kPrincipalId);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  if (auto set = find_permission_set(world, permission_set); !set) return std::unexpected(std::move(set.error()));
  if (world.company.account(account) == nullptr) return absent("Account", account);
  return Slot{AccountId(account), PermissionSetArn(permission_set),
              principal_type == "USER" ? PrincipalType::kUser : PrincipalType::kGroup, principal};
}

/// How the next operation is to end, when not well.
std::optional<std::string> planned_failure(World& world, OperationKind kind, const Slot& slot) {
  if (world.operations_to_fail > 0) {
    --world.operations_to_fail;
    return world.operation_failure;
  }
  const Account* account = world.company.account(slot.account.str());
  if (kind == OperationKind::kCreate && account->state != AccountState::kActive) {
    return fmt::format(kSuspendedReason, slot.account.str());
  }
  if (world.assignments.next_roll() < world.behaviour.failures_per_thousand) return std::string(kInternalReason);
  return std::nullopt;
}

Outcome<json::object> begin(World& world, OperationKind kind, const Slot& slot, std::string_view member) {
  if (auto fault = world.assignments.refusal(kind, slot, world.behaviour)) return std::unexpected(std::move(*fault));
  const auto failure = planned_failure(world, kind, slot);
  return json::object{{member, status_of(world.assignments.begin(kind, slot, failure, world.behaviour, world.now))}};
}

Outcome<json::object> create_assignment(World& world, const Call& call) {
  const auto slot = slot_of(world, call);
  if (!slot) return std::unexpected(slot.error());
  const bool is_known = slot->principal_type == PrincipalType::kUser
                            ? world.company.user(slot->principal_id) != nullptr
                            : world.company.group(slot->principal_id) != nullptr;
  if (!is_known) return absent(name_of(slot->principal_type), slot->principal_id);
  return begin(world, OperationKind::kCreate, *slot, "AccountAssignmentCreationStatus");
}

// A principal that is gone from the directory can still be unassigned.
Outcome<json::object> delete_assignment(World& world, const Call& call) {
  const auto slot = slot_of(world, call);
  if (!slot) return std::unexpected(slot.error());
  return begin(world, OperationKind::kDelete, *slot, "AccountAssignmentDeletionStatus");
}

Outcome<json::object> describe_status(const World& world, const Call& call, OperationKind kind,
                                      std::string_view id_member, std::string_view answer_member) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const OperationId id(input.required(id_member, kOperationId));
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  const Operation* operation = world.assignments.find(kind, id);
  if (operation == nullptr) return absent("Request", id.str());
  return json::object{{answer_member, status_of(*operation)}};
}

Outcome<json::object> describe_creation(World& world, const Call& call) {
  return describe_status(world, call, OperationKind::kCreate, "AccountAssignmentCreationRequestId",
                         "AccountAssignmentCreationStatus");
}
Outcome<json::object> describe_deletion(World& world, const Call& call) {
  return describe_status(world, call, OperationKind::kDelete, "AccountAssignmentDeletionRequestId",
                         "AccountAssignmentDeletionStatus");
}

Outcome<json::object> list_status(const World& world, const Call& call, OperationKind kind, std::string_view member) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  Input filter = input.inside("Filter");
  const auto status = filter.optional_of("Status", {"IN_PROGRESS", "FAILED", "SUCCEEDED"});
  input.absorb(filter);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  std::vector<Item> items;
  for (const Operation* operation : world.assignments.operations(kind)) {
    if (status && *status != name_of(operation->status)) continue;
    // Newest first, whatever the page before showed.
    const std::string key = fmt::format("{:020}", std::numeric_limits<std::uint64_t>::max() - operation->number);
    items.push_back({key, json::object{{"Status", name_of(operation->status)},
                                       {"RequestId", operation->id.str()},
                                       {"CreatedDate", epoch_seconds(operation->begun)}}});
  }
  return page(world, call, member, std::move(items));
}

Outcome<json::object> list_creations(World& world, const Call& call) {
  return list_status(world, call, OperationKind::kCreate, "AccountAssignmentsCreationStatus");
}
Outcome<json::object> list_deletions(World& world, const Call& call) {
  return list_status(world, call, OperationKind::kDelete, "AccountAssignmentsDeletionStatus");
}

Item assignment_item(const Slot& slot) {
  return {fmt::format("{}/{}/{}/{}", slot.account.str(), slot.permission_set.str(), name_of(slot.principal_type),
                      slot.principal_id),
          json::object{{"AccountId", slot.account.str()},
                       {"PermissionSetArn", slot.permission_set.str()},
                       {"PrincipalType", name_of(slot.principal_type)},
                       {"PrincipalId", slot.principal_id}}};
}

Outcome<json::object> list_assignments(World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto account = input.required("AccountId", kAccountId);
  const auto permission_set = input.required("PermissionSetArn", kPermissionSetArn);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  if (auto set = find_permission_set(world, permission_set); !set) return std::unexpected(std::move(set.error()));
  if (world.company.account(account) == nullptr) return absent("Account", account);
  std::vector<Item> items;
  for (const Slot& slot : world.assignments.present(AccountId(account), PermissionSetArn(permission_set))) {
    items.push_back(assignment_item(slot));
  }
  return page(world, call, "AccountAssignments", std::move(items));
}

// Direct assignments only: whether AWS adds those of a user's groups is not documented.
Outcome<json::object> list_assignments_for_principal(World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto principal = input.required("PrincipalId", kPrincipalId);
  const auto principal_type = input.required_of("PrincipalType", {"USER", "GROUP"});
  Input filter = input.inside("Filter");
  const auto account = filter.optional("AccountId", kAccountId);
  input.absorb(filter);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  std::vector<Item> items;
  for (const Slot& slot : world.assignments.present()) {
    if (slot.principal_id != principal || name_of(slot.principal_type) != principal_type) continue;
    if (!account || slot.account.str() == *account) items.push_back(assignment_item(slot));
  }
  return page(world, call, "AccountAssignments", std::move(items));
}

// ---- provisioning -------------------------------------------------------------------------------------

/// Permission sets do not change here, so whatever is provisioned is the latest.
bool asks_for_stale(Input& input) {
  const auto status = input.optional_of("ProvisioningStatus",
                                        {"LATEST_PERMISSION_SET_PROVISIONED", "LATEST_PERMISSION_SET_NOT_PROVISIONED"});
  return status == "LATEST_PERMISSION_SET_NOT_PROVISIONED";
}

Outcome<json::object> list_provisioned_sets(World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto account = input.required("AccountId", kAccountId);
  const bool stale = asks_for_stale(input);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  if (world.company.account(account) == nullptr) return absent("Account", account);
  std::vector<Item> items;
  for (const PermissionSet& set : world.company.permission_sets) {
    if (stale || !world.assignments.is_provisioned(AccountId(account), set.arn)) continue;
    items.push_back({set.arn.str(), json::value(set.arn.str())});
  }
  return page(world, call, "PermissionSets", std::move(items));
}

Outcome<json::object> list_provisioned_accounts(World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto permission_set = input.required("PermissionSetArn", kPermissionSetArn);
  const bool stale = asks_for_stale(input);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  if (auto set = find_permission_set(world, permission_set); !set) return std::unexpected(std::move(set.error()));
  std::vector<Item> items;
  for (const Account& account : world.company.accounts) {
    if (stale || !world.assignments.is_provisioned(account.id, PermissionSetArn(permission_set))) continue;
    items.push_back({account.id.str(), json::value(account.id.str())});
  }
  return page(world, call, "AccountIds", std::move(items));
}

constexpr OperationEntry kOperations[] = {
    {"CreateAccountAssignment", create_assignment},
    {"DeleteAccountAssignment", delete_assignment},
    {"DescribeAccountAssignmentCreationStatus", describe_creation},
    {"DescribeAccountAssignmentDeletionStatus", describe_deletion},
    {"DescribePermissionSet", describe_permission_set},
    {"GetInlinePolicyForPermissionSet", get_inline_policy},
    {"ListAccountAssignmentCreationStatus", list_creations},
    {"ListAccountAssignmentDeletionStatus", list_deletions},
    {"ListAccountAssignments", list_assignments},
    {"ListAccountAssignmentsForPrincipal", list_assignments_for_principal},
    {"ListAccountsForProvisionedPermissionSet", list_provisioned_accounts},
    {"ListInstances", list_instances},
    {"ListManagedPoliciesInPermissionSet", list_managed_policies},
    {"ListPermissionSets", list_permission_sets},
    {"ListPermissionSetsProvisionedToAccount", list_provisioned_sets},
};

}  // namespace

std::span<const OperationEntry> sso_admin_operations() { return kOperations; }

}  // namespace ag::sandbox
