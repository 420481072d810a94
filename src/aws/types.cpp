#include "aws/types.hpp"

namespace ag::aws {
namespace {

struct Identity {
  Service service;
  std::string_view operation;
};

Identity of(const ListInstances&) { return {Service::kSsoAdmin, "ListInstances"}; }
Identity of(const ListPermissionSets&) { return {Service::kSsoAdmin, "ListPermissionSets"}; }
Identity of(const DescribePermissionSet&) { return {Service::kSsoAdmin, "DescribePermissionSet"}; }
Identity of(const ListTagsOfPermissionSet&) { return {Service::kSsoAdmin, "ListTagsForResource"}; }
Identity of(const CreateAccountAssignment&) { return {Service::kSsoAdmin, "CreateAccountAssignment"}; }
Identity of(const DeleteAccountAssignment&) { return {Service::kSsoAdmin, "DeleteAccountAssignment"}; }
Identity of(const DescribeCreation&) { return {Service::kSsoAdmin, "DescribeAccountAssignmentCreationStatus"}; }
Identity of(const DescribeDeletion&) { return {Service::kSsoAdmin, "DescribeAccountAssignmentDeletionStatus"}; }
Identity of(const ListAccountAssignments&) { return {Service::kSsoAdmin, "ListAccountAssignments"}; }
Identity of(const ListAccountAssignmentsForPrincipal&) {
  return {Service::kSsoAdmin, "ListAccountAssignmentsForPrincipal"};
}
Identity of(const ListPermissionSetsProvisionedToAccount&) {
  return {Service::kSsoAdmin, "ListPermissionSetsProvisionedToAccount"};
}
Identity of(const ListUsers&) { return {Service::kIdentityStore, "ListUsers"}; }
Identity of(const ListGroups&) { return {Service::kIdentityStore, "ListGroups"}; }
Identity of(const ListGroupMemberships&) { return {Service::kIdentityStore, "ListGroupMemberships"}; }
Identity of(const DescribeOrganization&) { return {Service::kOrganizations, "DescribeOrganization"}; }
Identity of(const ListRoots&) { return {Service::kOrganizations, "ListRoots"}; }
Identity of(const ListOrganizationalUnitsForParent&) {
  return {Service::kOrganizations, "ListOrganizationalUnitsForParent"};
}
Identity of(const ListAccountsForParent&) { return {Service::kOrganizations, "ListAccountsForParent"}; }
Identity of(const ListTagsForResource&) { return {Service::kOrganizations, "ListTagsForResource"}; }
Identity of(const ListCreationStatus&) { return {Service::kSsoAdmin, "ListAccountAssignmentCreationStatus"}; }
Identity of(const ListDeletionStatus&) { return {Service::kSsoAdmin, "ListAccountAssignmentDeletionStatus"}; }
Identity of(const GetInlinePolicyForPermissionSet&) { return {Service::kSsoAdmin, "GetInlinePolicyForPermissionSet"}; }
Identity of(const PutInlinePolicyToPermissionSet&) { return {Service::kSsoAdmin, "PutInlinePolicyToPermissionSet"}; }
Identity of(const DeleteInlinePolicyFromPermissionSet&) {
  return {Service::kSsoAdmin, "DeleteInlinePolicyFromPermissionSet"};
}
Identity of(const ProvisionPermissionSet&) { return {Service::kSsoAdmin, "ProvisionPermissionSet"}; }
Identity of(const DescribeProvisioning&) { return {Service::kSsoAdmin, "DescribePermissionSetProvisioningStatus"}; }
Identity of(const DescribePolicy&) { return {Service::kOrganizations, "DescribePolicy"}; }
Identity of(const UpdatePolicy&) { return {Service::kOrganizations, "UpdatePolicy"}; }
Identity of(const ListTargetsForPolicy&) { return {Service::kOrganizations, "ListTargetsForPolicy"}; }
Identity of(const CreateSchedule&) { return {Service::kScheduler, "CreateSchedule"}; }
Identity of(const UpdateSchedule&) { return {Service::kScheduler, "UpdateSchedule"}; }
Identity of(const DeleteSchedule&) { return {Service::kScheduler, "DeleteSchedule"}; }
Identity of(const GetSchedule&) { return {Service::kScheduler, "GetSchedule"}; }
Identity of(const ListManagedPoliciesInPermissionSet&) {
  return {Service::kSsoAdmin, "ListManagedPoliciesInPermissionSet"};
}
Identity of(const ListCustomerManagedPolicyReferencesInPermissionSet&) {
  return {Service::kSsoAdmin, "ListCustomerManagedPolicyReferencesInPermissionSet"};
}
Identity of(const GetPermissionsBoundaryForPermissionSet&) {
  return {Service::kSsoAdmin, "GetPermissionsBoundaryForPermissionSet"};
}
Identity of(const GetManagedPolicy&) { return {Service::kIam, "GetPolicy"}; }
Identity of(const GetManagedPolicyVersion&) { return {Service::kIam, "GetPolicyVersion"}; }
Identity of(const LookupEvents&) { return {Service::kCloudTrail, "LookupEvents"}; }
Identity of(const GetCallerIdentity&) { return {Service::kSts, "GetCallerIdentity"}; }
Identity of(const AssumeRole&) { return {Service::kSts, "AssumeRole"}; }

Identity identity_of(const Call& call) {
  return std::visit([](const auto& one) { return of(one); }, call);
}

}  // namespace

Service service_of(const Call& call) { return identity_of(call).service; }
std::string_view operation_of(const Call& call) { return identity_of(call).operation; }

}  // namespace ag::aws
