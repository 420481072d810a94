#pragma once
#include <string>

#include "sandbox/assignments.hpp"
#include "sandbox/input.hpp"
#include "sandbox/paging.hpp"
#include "sandbox/service.hpp"

/// What the parts of sso-admin share: sso_admin.cpp, of the instance and its assignments, permission_set_calls.cpp, of
/// permission sets and how they get into accounts, and set_policies.cpp, of what they allow.
namespace ag::sandbox {

namespace sso_admin {

[[nodiscard]] std::unexpected<Fault> absent(std::string_view kind, std::string_view id);
/// Of the two identifiers nearly every call begins with.
[[nodiscard]] Outcome<void> check_instance(const World& world, const std::string& arn);
[[nodiscard]] Outcome<const PermissionSet*> find_permission_set(const World& world, const std::string& arn);

/// Reads InstanceArn and PermissionSetArn, beside what `input` was asked for before.
[[nodiscard]] Outcome<const PermissionSet*> permission_set_of(const World& world, Input& input);
/// The same for a call that has no other members, or pages only.
[[nodiscard]] Outcome<const PermissionSet*> named_permission_set(const World& world, const Call& call);

/// A delegated administrator may neither touch the management account nor the permission sets provisioned there
/// (AWS: "Delegated administration"). `account` is empty when the call is about the permission set alone.
[[nodiscard]] Outcome<void> check_delegation(const World& world, const Call& call, std::string_view account,
                                             const std::string& permission_set);

/// `{Status, RequestId, CreatedDate}` of every operation of a kind, newest first, filtered by `Filter.Status`.
[[nodiscard]] Outcome<json::object> list_status(const World& world, const Call& call, OperationKind kind,
                                                std::string_view member);
/// The operation that the call names in `id_member`.
[[nodiscard]] Outcome<const Operation*> named_operation(const World& world, const Call& call, OperationKind kind,
                                                        std::string_view id_member);

}  // namespace sso_admin

[[nodiscard]] Outcome<json::object> list_permission_sets(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> describe_permission_set(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> list_tags_of_set(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> list_managed_policies(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> attach_managed_policy(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> detach_managed_policy(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> list_customer_managed_policies(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> attach_customer_managed_policy(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> detach_customer_managed_policy(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> get_permissions_boundary(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> put_permissions_boundary(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> delete_permissions_boundary(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> get_inline_policy(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> put_inline_policy(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> delete_inline_policy(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> provision(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> describe_provisioning(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> list_provisionings(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> list_provisioned_sets(World& world, const Call& call);
[[nodiscard]] Outcome<json::object> list_provisioned_accounts(World& world, const Call& call);

}  // namespace ag::sandbox
