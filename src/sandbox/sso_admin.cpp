#include "sandbox/sso_admin.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "sandbox/operations.hpp"

/// sso-admin: Identity Center's instance, permission sets and account assignments (API version 2020-07-20).
namespace ag::sandbox {
namespace sso_admin {

std::unexpected<Fault> absent(std::string_view kind, std::string_view id) {
  return refuse("ResourceNotFoundException", fmt::format("{} {} not found.", kind, id));
}

Outcome<void> check_instance(const World& world, const std::string& arn) {
  if (arn != world.company.instance_arn) return absent("Instance", arn);
  return {};
}

Outcome<const PermissionSet*> find_permission_set(const World& world, const std::string& arn) {
  const PermissionSet* set = world.company.permission_set(arn);
  if (set == nullptr) return absent("PermissionSet", arn);
  return set;
}

Outcome<const PermissionSet*> permission_set_of(const World& world, Input& input) {
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto arn = input.required("PermissionSetArn", kPermissionSetArn);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  return find_permission_set(world, arn);
}

Outcome<const PermissionSet*> named_permission_set(const World& world, const Call& call) {
  Input input(call);
  return permission_set_of(world, input);
}

Outcome<void> check_delegation(const World& world, const Call& call, std::string_view account,
                               const std::string& permission_set) {
  const AccountId& management = world.company.management_account;
  if (call.caller.account == management) return {};
  if (account != management.str() && !world.assignments.is_provisioned(management, PermissionSetArn(permission_set))) {
    return {};
  }
  return refuse("AccessDeniedException", fmt::format("User: {} is not authorized to perform: sso:{} on resource: {}",
                                                     call.caller.arn, call.operation, permission_set));
}

Outcome<const Operation*> named_operation(const World& world, const Call& call, OperationKind kind,
                                          std::string_view id_member) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const OperationId id(input.required(id_member, kOperationId));
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  const Operation* operation = world.assignments.find(kind, id);
  if (operation == nullptr) return absent("Request", id.str());
  return operation;
}

Outcome<json::object> list_status(const World& world, const Call& call, OperationKind kind, std::string_view member) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  Input filter = input.inside("Filter");
  const auto status = filter.optional_of("Status", {"IN_PROGRESS", "FAILED", "SUCCEEDED"});
  input.absorb(filter);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  auto found = world.assignments.operations(kind);
  if (status) std::erase_if(found, [&](const Operation* each) { return *status != name_of(each->status); });
  // Newest first, whatever the page before showed.
  const auto key = [&](std::size_t i) {
    return fmt::format("{:020}", std::numeric_limits<std::uint64_t>::max() - found[i]->number);
  };
  const auto value = [&](std::size_t i) {
    return json::value(json::object{{"Status", name_of(found[i]->status)},
                                    {"RequestId", found[i]->id.str()},
                                    {"CreatedDate", epoch_seconds(found[i]->begun)}});
  };
  return page(world, call, member, Listing{found.size(), key, value});
}

}  // namespace sso_admin

using namespace sso_admin;

namespace {

Outcome<json::object> list_instances(World& world, const Call& call) {
  const Company& company = world.company;
  return page(world, call, "Instances",
              {{company.instance_arn, json::object{{"InstanceArn", company.instance_arn},
                                                   {"IdentityStoreId", company.identity_store_id},
                                                   {"OwnerAccountId", company.management_account.str()},
                                                   {"CreatedDate", epoch_seconds(company.founded)},
                                                   {"Status", "ACTIVE"}}}});
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

Outcome<json::object> begin(World& world, const Call& call, OperationKind kind, const Slot& slot,
                            std::string_view member) {
  if (auto good = check_delegation(world, call, slot.account.str(), slot.permission_set.str()); !good) {
    return std::unexpected(std::move(good.error()));
  }
  const auto operation = begin_operation(world, kind, slot, Operation::Origin::kCall);
  if (!operation) return std::unexpected(operation.error());
  return json::object{{member, status_of(*operation)}};
}

Outcome<json::object> create_assignment(World& world, const Call& call) {
  const auto slot = slot_of(world, call);
  if (!slot) return std::unexpected(slot.error());
  const bool is_known = slot->principal_type == PrincipalType::kUser
                            ? world.company.user(slot->principal_id) != nullptr
                            : world.company.group(slot->principal_id) != nullptr;
  if (!is_known) return absent(name_of(slot->principal_type), slot->principal_id);
  return begin(world, call, OperationKind::kCreate, *slot, "AccountAssignmentCreationStatus");
}

// A principal that is gone from the directory can still be unassigned.
Outcome<json::object> delete_assignment(World& world, const Call& call) {
  const auto slot = slot_of(world, call);
  if (!slot) return std::unexpected(slot.error());
  return begin(world, call, OperationKind::kDelete, *slot, "AccountAssignmentDeletionStatus");
}

Outcome<json::object> describe_status(const World& world, const Call& call, OperationKind kind,
                                      std::string_view id_member, std::string_view answer_member) {
  const auto operation = named_operation(world, call, kind, id_member);
  if (!operation) return std::unexpected(operation.error());
  return json::object{{answer_member, status_of(**operation)}};
}

Outcome<json::object> describe_creation(World& world, const Call& call) {
  return describe_status(world, call, OperationKind::kCreate, "AccountAssignmentCreationRequestId",
                         "AccountAssignmentCreationStatus");
}
Outcome<json::object> describe_deletion(World& world, const Call& call) {
  return describe_status(world, call, OperationKind::kDelete, "AccountAssignmentDeletionRequestId",
                         "AccountAssignmentDeletionStatus");
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
  if (call.caller.account != world.company.management_account) {
    return refuse("AccessDeniedException", "This operation must be called from the management account.");
  }
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto principal = input.required("PrincipalId", kPrincipalId);
  const auto principal_type = input.required_of("PrincipalType", {"USER", "GROUP"});
  Input filter = input.inside("Filter");
  const auto account = filter.optional("AccountId", kAccountId);
  input.absorb(filter);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  const auto type = principal_type == "USER" ? PrincipalType::kUser : PrincipalType::kGroup;
  std::vector<Item> items;
  for (const Slot& slot : world.assignments.present(type, principal)) {
    if (!account || slot.account.str() == *account) items.push_back(assignment_item(slot));
  }
  return page(world, call, "AccountAssignments", std::move(items));
}

constexpr OperationEntry kOperations[] = {
    {"AttachCustomerManagedPolicyReferenceToPermissionSet", attach_customer_managed_policy},
    {"AttachManagedPolicyToPermissionSet", attach_managed_policy},
    {"CreateAccountAssignment", create_assignment},
    {"DeleteAccountAssignment", delete_assignment},
    {"DeleteInlinePolicyFromPermissionSet", delete_inline_policy},
    {"DeletePermissionsBoundaryFromPermissionSet", delete_permissions_boundary},
    {"DescribeAccountAssignmentCreationStatus", describe_creation},
    {"DescribeAccountAssignmentDeletionStatus", describe_deletion},
    {"DescribePermissionSet", describe_permission_set},
    {"DescribePermissionSetProvisioningStatus", describe_provisioning},
    {"DetachCustomerManagedPolicyReferenceFromPermissionSet", detach_customer_managed_policy},
    {"DetachManagedPolicyFromPermissionSet", detach_managed_policy},
    {"GetInlinePolicyForPermissionSet", get_inline_policy},
    {"GetPermissionsBoundaryForPermissionSet", get_permissions_boundary},
    {"ListAccountAssignmentCreationStatus", list_creations},
    {"ListAccountAssignmentDeletionStatus", list_deletions},
    {"ListAccountAssignments", list_assignments},
    {"ListAccountAssignmentsForPrincipal", list_assignments_for_principal},
    {"ListAccountsForProvisionedPermissionSet", list_provisioned_accounts},
    {"ListCustomerManagedPolicyReferencesInPermissionSet", list_customer_managed_policies},
    {"ListInstances", list_instances},
    {"ListManagedPoliciesInPermissionSet", list_managed_policies},
    {"ListPermissionSetProvisioningStatus", list_provisionings},
    {"ListPermissionSets", list_permission_sets},
    {"ListPermissionSetsProvisionedToAccount", list_provisioned_sets},
    {"ListTagsForResource", list_tags_of_set},
    {"ProvisionPermissionSet", provision},
    {"PutInlinePolicyToPermissionSet", put_inline_policy},
    {"PutPermissionsBoundaryToPermissionSet", put_permissions_boundary},
};

}  // namespace

std::span<const OperationEntry> sso_admin_operations() { return kOperations; }

}  // namespace ag::sandbox
