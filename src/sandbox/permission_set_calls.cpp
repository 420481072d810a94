#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "sandbox/operations.hpp"
#include "sandbox/sso_admin.hpp"

namespace ag::sandbox {

using namespace sso_admin;

Outcome<json::object> list_permission_sets(World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  const auto arn = [&](std::size_t i) -> const std::string& {
    return world.company.permission_sets[world.company.index.sets_in_order[i]].arn.str();
  };
  return page(world, call, "PermissionSets",
              Listing{world.company.permission_sets.size(), arn, [&](std::size_t i) { return json::value(arn(i)); }});
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

// The instance can have tags too, and has none. It need not be named beside the resource.
Outcome<json::object> list_tags_of_set(World& world, const Call& call) {
  Input input(call);
  const auto instance = input.optional("InstanceArn", kInstanceArn);
  const auto resource = input.required("ResourceArn", kTaggedArn);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance.value_or(world.company.instance_arn)); !known) {
    return std::unexpected(std::move(known.error()));
  }
  std::vector<Item> items;
  if (resource != world.company.instance_arn) {
    const auto set = find_permission_set(world, resource);
    if (!set) return std::unexpected(set.error());
    for (const Tag& tag : (*set)->tags) {
      items.push_back({tag.key, json::object{{"Key", tag.key}, {"Value", tag.value}}});
    }
  }
  return page(world, call, "Tags", std::move(items));
}

// ---- provisioning -------------------------------------------------------------------------------------

namespace {

json::object provisioning_status(const Operation& operation) {
  json::object status{{"Status", name_of(operation.status)},
                      {"RequestId", operation.id.str()},
                      {"AccountId", operation.slot.account.str()},
                      {"PermissionSetArn", operation.slot.permission_set.str()},
                      {"CreatedDate", epoch_seconds(operation.begun)}};
  if (operation.status == OperationStatus::kFailed) status["FailureReason"] = operation.failure_reason;
  return json::object{{"PermissionSetProvisioningStatus", std::move(status)}};
}

/// Which of the provisioned are asked for.
enum class Asked { kAll, kUpToDate, kStale };
Asked asked_for(Input& input) {
  const auto status = input.optional_of("ProvisioningStatus",
                                        {"LATEST_PERMISSION_SET_PROVISIONED", "LATEST_PERMISSION_SET_NOT_PROVISIONED"});
  if (!status) return Asked::kAll;
  return status == "LATEST_PERMISSION_SET_PROVISIONED" ? Asked::kUpToDate : Asked::kStale;
}

bool is_listed(const World& world, Asked asked, const AccountId& account, const PermissionSetArn& permission_set) {
  if (!world.assignments.is_provisioned(account, permission_set)) return false;
  return asked == Asked::kAll ||
         world.assignments.is_up_to_date(account, permission_set) == (asked == Asked::kUpToDate);
}

}  // namespace

// One account at a time: nobody who is careful asks for all of them at once.
Outcome<json::object> provision(World& world, const Call& call) {
  Input input(call);
  (void)input.required_of("TargetType", {"AWS_ACCOUNT"});
  const auto account = input.required("TargetId", kAccountId);
  const auto set = permission_set_of(world, input);
  if (!set) return std::unexpected(set.error());
  if (world.company.account(account) == nullptr) return absent("Account", account);
  if (auto good = check_delegation(world, call, account, (*set)->arn.str()); !good) {
    return std::unexpected(good.error());
  }
  const auto operation = begin_operation(world, OperationKind::kProvision,
                                         Slot{AccountId(account), (*set)->arn, {}, {}}, Operation::Origin::kCall);
  if (!operation) return std::unexpected(operation.error());
  return provisioning_status(*operation);
}

Outcome<json::object> describe_provisioning(World& world, const Call& call) {
  const auto operation = named_operation(world, call, OperationKind::kProvision, "ProvisionPermissionSetRequestId");
  if (!operation) return std::unexpected(operation.error());
  return provisioning_status(**operation);
}

Outcome<json::object> list_provisionings(World& world, const Call& call) {
  return list_status(world, call, OperationKind::kProvision, "PermissionSetsProvisioningStatus");
}

Outcome<json::object> list_provisioned_sets(World& world, const Call& call) {
  Input input(call);
  const auto instance = input.required("InstanceArn", kInstanceArn);
  const auto account = input.required("AccountId", kAccountId);
  const Asked asked = asked_for(input);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  if (auto known = check_instance(world, instance); !known) return std::unexpected(std::move(known.error()));
  if (world.company.account(account) == nullptr) return absent("Account", account);
  std::vector<Item> items;
  for (const PermissionSet& set : world.company.permission_sets) {
    if (!is_listed(world, asked, AccountId(account), set.arn)) continue;
    items.push_back({set.arn.str(), json::value(set.arn.str())});
  }
  return page(world, call, "PermissionSets", std::move(items));
}

Outcome<json::object> list_provisioned_accounts(World& world, const Call& call) {
  Input input(call);
  const Asked asked = asked_for(input);
  const auto set = permission_set_of(world, input);
  if (!set) return std::unexpected(set.error());
  std::vector<Item> items;
  for (const Account& account : world.company.accounts) {
    if (!is_listed(world, asked, account.id, (*set)->arn)) continue;
    items.push_back({account.id.str(), json::value(account.id.str())});
  }
  return page(world, call, "AccountIds", std::move(items));
}

}  // namespace ag::sandbox
