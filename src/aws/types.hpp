#pragma once
#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "access/ids.hpp"
#include "base/id.hpp"
#include "base/time.hpp"

/// The AWS operations AccessGuard uses, as values: what is asked and what is answered. Names and members are
/// AWS's. Nothing here touches the network: `encode` (aws/codec.hpp) makes a request of a Call, `decode` a Reply
/// of a response, so that the same code runs in production, in tests and in the simulator.
namespace ag::aws {

using InstanceArn = Id<struct InstanceArnKind>;
using IdentityStoreId = Id<struct IdentityStoreIdKind>;
using access::AccountId;
using access::GroupId;
using access::OperationId;
using access::PermissionSetArn;
using access::UserId;
using PageToken = std::string;  ///< opaque; empty asks for the first page, or says that this was the last

enum class PrincipalType { kUser, kGroup };
constexpr auto enum_names(PrincipalType) { return std::array<std::string_view, 2>{"USER", "GROUP"}; }

/// One account assignment: a person or a group holds a permission set in an account.
struct Assignment {
  AccountId account;
  PermissionSetArn permission_set;
  PrincipalType principal_type = PrincipalType::kUser;
  std::string principal_id;  ///< a UserId or a GroupId

  auto operator<=>(const Assignment&) const = default;
};

enum class OperationStatus { kInProgress, kSucceeded, kFailed };
constexpr auto enum_names(OperationStatus) {
  return std::array<std::string_view, 3>{"IN_PROGRESS", "SUCCEEDED", "FAILED"};
}

// ---- sso-admin ----------------------------------------------------------------------------------------

struct Instance {
  InstanceArn arn;
  IdentityStoreId identity_store;
  AccountId owner;
  std::string status;  ///< ACTIVE when it can be used
};
struct ListInstances {
  PageToken token;
};
struct Instances {
  std::vector<Instance> items;
  PageToken next;
};

struct ListPermissionSets {
  InstanceArn instance;
  PageToken token;
};
struct PermissionSetArns {
  std::vector<PermissionSetArn> items;
  PageToken next;
};

struct DescribePermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
};
struct PermissionSetDescription {
  PermissionSetArn arn;
  std::string name;
  std::string description;
  Duration session_duration = Duration::hours(1);  ///< AWS's default; moto answers the number 3600
};

/// Named ListTagsForResource, as that of organizations is; of all that has tags we ask of permission sets only.
struct ListTagsOfPermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
  PageToken token;
};

struct CreateAccountAssignment {
  InstanceArn instance;
  Assignment assignment;
};
struct DeleteAccountAssignment {
  InstanceArn instance;
  Assignment assignment;
};
struct DescribeCreation {
  InstanceArn instance;
  OperationId operation;
};
struct DescribeDeletion {
  InstanceArn instance;
  OperationId operation;
};
/// What the four above answer: how far an assignment or its removal has come.
struct Operation {
  OperationStatus status = OperationStatus::kInProgress;
  OperationId id;
  std::string failure_reason;
};

/// The operations of the whole instance, whoever began them, newest first; the ids alone, not what they are about.
/// AWS knows them for a time that it does not publish.
struct ListCreationStatus {
  InstanceArn instance;
  PageToken token;
};
struct ListDeletionStatus {
  InstanceArn instance;
  PageToken token;
};
struct OperationState {
  OperationId id;
  OperationStatus status = OperationStatus::kInProgress;
  std::optional<Instant> created;  ///< not always told
};
struct OperationStatuses {
  std::vector<OperationState> items;
  PageToken next;
};

struct ListAccountAssignments {
  InstanceArn instance;
  AccountId account;
  PermissionSetArn permission_set;
  PageToken token;
};
struct ListAccountAssignmentsForPrincipal {
  InstanceArn instance;
  PrincipalType principal_type = PrincipalType::kUser;
  std::string principal_id;
  PageToken token;
};
struct Assignments {
  std::vector<Assignment> items;
  PageToken next;
};

struct ListPermissionSetsProvisionedToAccount {
  InstanceArn instance;
  AccountId account;
  PageToken token;
};

struct GetInlinePolicyForPermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
};
struct InlinePolicy {
  std::string document;  ///< JSON; empty when the permission set has none
};
struct PutInlinePolicyToPermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
  std::string document;  ///< JSON, at most 32,768 bytes
};
struct DeleteInlinePolicyFromPermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
};
/// It was done, and there is nothing to say about it.
struct Acknowledged {};

/// The ARNs of the AWS managed policies that are attached to it.
struct ListManagedPoliciesInPermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
  PageToken token;
};
struct AttachedPolicies {
  std::vector<std::string> arns;
  PageToken next;
};

/// A policy that every account is to have under this name and path; what it says there may differ.
struct CustomerManagedPolicy {
  std::string name;
  std::string path = "/";
  auto operator<=>(const CustomerManagedPolicy&) const = default;
};
struct ListCustomerManagedPolicyReferencesInPermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
  PageToken token;
};
struct CustomerManagedPolicies {
  std::vector<CustomerManagedPolicy> items;
  PageToken next;
};

/// AWS answers ResourceNotFoundException where the permission set has none.
struct GetPermissionsBoundaryForPermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
};
struct PermissionsBoundary {
  std::string managed_policy;                               ///< an ARN; empty when it is a customer's
  std::optional<CustomerManagedPolicy> customer_managed{};  ///< at most one of the two
};

/// A changed permission set reaches an account only with this. Answered, as DescribeProvisioning is, by an Operation.
struct ProvisionPermissionSet {
  InstanceArn instance;
  PermissionSetArn permission_set;
  AccountId account;
};
struct DescribeProvisioning {
  InstanceArn instance;
  OperationId operation;
};

// ---- identitystore ------------------------------------------------------------------------------------

struct User {
  UserId id;
  std::string user_name;
  std::string display_name;
  std::string email;    ///< the primary one; empty when the directory has none
  bool enabled = true;  ///< UserStatus is not DISABLED
  /// A user's id or name, as the enterprise extension has it; empty when it was not asked for or names none.
  std::string manager = {};
  std::vector<std::string> more_emails = {};  ///< beside the primary one
};
/// Attributes that AWS tells only when it is asked for them; the one name there is.
inline constexpr std::string_view kEnterpriseExtension = "aws:identitystore:enterprise";
struct ListUsers {
  IdentityStoreId store;
  PageToken token;
  std::vector<std::string> extensions = {};  ///< names; older endpoints do not know the parameter
};
struct Users {
  std::vector<User> items;
  PageToken next;
};

struct Group {
  GroupId id;
  std::string display_name;
  std::string description;
};
struct ListGroups {
  IdentityStoreId store;
  PageToken token;
};
struct Groups {
  std::vector<Group> items;
  PageToken next;
};

struct ListGroupMemberships {
  IdentityStoreId store;
  GroupId group;
  PageToken token;
};
struct Members {
  std::vector<UserId> items;
  PageToken next;
};

// ---- organizations ------------------------------------------------------------------------------------

struct DescribeOrganization {};
struct OrganizationDescription {
  std::string id;
  AccountId management_account;
};

struct ListRoots {
  PageToken token;
};
/// A root or an organizational unit.
struct Unit {
  std::string id;
  std::string name;
};
struct Units {
  std::vector<Unit> items;
  PageToken next;
};
struct ListOrganizationalUnitsForParent {
  std::string parent;
  PageToken token;
};

struct Account {
  AccountId id;
  std::string name;
  std::string email;
  std::string state;  ///< ACTIVE, SUSPENDED, …: `State`, or where it is absent the retired `Status`
};
struct ListAccountsForParent {
  std::string parent;
  PageToken token;
};
struct Accounts {
  std::vector<Account> items;
  PageToken next;
};

struct ListTagsForResource {
  std::string resource;
  PageToken token;
};
struct Tags {
  std::vector<std::pair<std::string, std::string>> items;
  PageToken next;
};

struct DescribePolicy {
  std::string policy;  ///< `p-…`
};
struct UpdatePolicy {
  std::string policy;
  std::string content;  ///< JSON; a service control policy has at most 10,240 characters, white space counted
};
struct Policy {
  std::string id;
  std::string name;
  std::string content;
};
struct ListTargetsForPolicy {
  std::string policy;
  PageToken token;
};
/// What a policy is attached to: ids of roots, units and accounts.
struct PolicyTargets {
  std::vector<std::string> items;
  PageToken next;
};

// ---- scheduler ----------------------------------------------------------------------------------------

/// The removal of one assignment, once, by AWS itself: an end that comes even when we do not. The schedule deletes
/// itself after; what it asks for is tried for a day.
struct Schedule {
  std::string name;   ///< 1 to 64 of `0-9a-zA-Z-_.`
  std::string group;  ///< a schedule group; empty for `default`
  Instant at;         ///< a whole second; a part of one counts as the next, so that nothing ends early
  std::string role_arn;
  InstanceArn instance;
  Assignment assignment;
};
/// `client_token`: 1 to 64 of `a-zA-Z0-9-_`. The same call with the same token is made once, however often it is sent.
struct CreateSchedule {
  Schedule schedule;
  std::string client_token;
};
struct UpdateSchedule {
  Schedule schedule;
  std::string client_token;
};
struct ScheduleArn {
  std::string arn;
};
struct DeleteSchedule {
  std::string name;
  std::string group;
  std::string client_token;
};
struct GetSchedule {
  std::string name;
  std::string group;
};
struct ScheduleDescription {
  std::string name;
  std::string group;
  std::optional<Instant> at;  ///< none when it is not a one-time schedule in UTC: not one of ours
  bool enabled = true;
  std::string role_arn;
  std::string target_arn;
  std::string target_input;  ///< JSON
};

// ---- iam ----------------------------------------------------------------------------------------------

/// GetPolicy. Of AWS managed policies every account may be asked.
struct GetManagedPolicy {
  std::string arn;
};
struct ManagedPolicy {
  std::string arn;
  std::string default_version;  ///< `v157`
};
/// GetPolicyVersion.
struct GetManagedPolicyVersion {
  std::string arn;
  std::string version;
};
struct PolicyDocument {
  std::string document;  ///< JSON
};

// ---- cloudtrail ---------------------------------------------------------------------------------------

/// The calls of CreateAccountAssignment since then, whoever made them, newest first. CloudTrail tells of a call some
/// minutes after it, and of a later one sometimes before an earlier one. It takes two of these a second.
struct LookupEvents {
  Instant since;  ///< a whole second
  PageToken token;
};
/// One such call that AWS took. All in it was written by others.
struct MadeAssignment {
  std::string event;    ///< CloudTrail's id of it
  Instant at;           ///< a whole second
  std::string by;       ///< the caller's ARN
  std::string by_role;  ///< the ARN of the role whose session made it; empty when it was none
  InstanceArn instance;
  Assignment assignment;
  OperationId operation;  ///< empty when it is not told
};
struct MadeAssignments {
  std::vector<MadeAssignment> items;
  std::optional<Instant> newest;  ///< of all events of the page, those that were refused too
  std::size_t unreadable = 0;     ///< events that are not as they must be, and are left out
  PageToken next;
};

// ---- sts ----------------------------------------------------------------------------------------------

struct GetCallerIdentity {};
struct CallerIdentity {
  AccountId account;
  std::string arn;
  std::string user_id;
};

struct AssumeRole {
  std::string role_arn;
  std::string session_name;
  std::optional<std::string> external_id;
  Duration duration = Duration::hours(1);
};
struct AssumedRole {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  Instant expiration;
};

// -------------------------------------------------------------------------------------------------------

using Call =
    std::variant<ListInstances, ListPermissionSets, DescribePermissionSet, ListTagsOfPermissionSet,
                 CreateAccountAssignment, DeleteAccountAssignment, DescribeCreation, DescribeDeletion,
                 ListCreationStatus, ListDeletionStatus, ListAccountAssignments, ListAccountAssignmentsForPrincipal,
                 ListPermissionSetsProvisionedToAccount, GetInlinePolicyForPermissionSet,
                 PutInlinePolicyToPermissionSet, DeleteInlinePolicyFromPermissionSet,
                 ListManagedPoliciesInPermissionSet, ListCustomerManagedPolicyReferencesInPermissionSet,
                 GetPermissionsBoundaryForPermissionSet, ProvisionPermissionSet, DescribeProvisioning, ListUsers,
                 ListGroups, ListGroupMemberships, DescribeOrganization, ListRoots, ListOrganizationalUnitsForParent,
                 ListAccountsForParent, ListTagsForResource, DescribePolicy, UpdatePolicy, ListTargetsForPolicy,
                 CreateSchedule, UpdateSchedule, DeleteSchedule, GetSchedule, GetManagedPolicy, GetManagedPolicyVersion,
                 LookupEvents, GetCallerIdentity, AssumeRole>;

using Reply =
    std::variant<Instances, PermissionSetArns, PermissionSetDescription, Operation, OperationStatuses, Assignments,
                 InlinePolicy, Acknowledged, Users, Groups, Members, OrganizationDescription, Units, Accounts, Tags,
                 Policy, PolicyTargets, ScheduleArn, ScheduleDescription, AttachedPolicies, CustomerManagedPolicies,
                 PermissionsBoundary, ManagedPolicy, PolicyDocument, MadeAssignments, CallerIdentity, AssumedRole>;

enum class Service { kSsoAdmin, kIdentityStore, kOrganizations, kSts, kScheduler, kIam, kCloudTrail };
/// As the AWS CLI names them.
constexpr auto enum_names(Service) {
  return std::array<std::string_view, 7>{"sso-admin", "identitystore", "organizations", "sts",
                                         "scheduler", "iam",           "cloudtrail"};
}
[[nodiscard]] Service service_of(const Call& call);
/// AWS's name of the operation, as in `CreateAccountAssignment`: for logs, metrics and the wire.
[[nodiscard]] std::string_view operation_of(const Call& call);

/// What to do about a failed call; decided by code and message, not by HTTP status (AWS sends 400 for most).
enum class ErrorClass {
  kRetryable,          ///< connection, time-out, 5xx, moto's HTML pages
  kThrottled,          ///< rate, or too many requests under way: back off
  kConflictTransient,  ///< an operation on the same thing is under way: wait and repeat
  kConflictPermanent,  ///< it exists already, or something holds it
  kAbsent,             ///< ResourceNotFound and its kin
  kDenied,             ///< AccessDenied: our permissions are not enough
  kCredentials,        ///< who we are was not accepted: expired, unknown, wrong signature or clock
  kInvalid,            ///< ValidationException and its kin: repeating it cannot help
  kQuota,              ///< ServiceQuotaExceeded
  kOther,
};
constexpr auto enum_names(ErrorClass) {
  return std::array<std::string_view, 10>{"retryable", "throttled", "conflict_transient", "conflict_permanent",
                                          "absent",    "denied",    "credentials",        "invalid",
                                          "quota",     "other"};
}

struct AwsError {
  ErrorClass kind = ErrorClass::kOther;
  std::string code;        ///< AWS's, as in `ThrottlingException`; ours where AWS sent none: `Timeout`, `Connection`
  std::string message;     ///< AWS's words, bounded to 512 bytes
  std::string request_id;  ///< AWS's, for a support case
  int http_status = 0;     ///< 0 when there was no response
  std::optional<Duration> retry_after;
  std::optional<Instant> server_time = std::nullopt;  ///< the response's `Date`: shows a wrong clock of ours
};

template <class T>
using AwsResult = std::expected<T, AwsError>;

namespace types_detail {
template <class R>
struct Answered {
  using Reply = R;
};
template <class C>
struct By;
template <>
struct By<ListInstances> : Answered<Instances> {};
template <>
struct By<ListPermissionSets> : Answered<PermissionSetArns> {};
template <>
struct By<DescribePermissionSet> : Answered<PermissionSetDescription> {};
template <>
struct By<ListTagsOfPermissionSet> : Answered<Tags> {};
template <>
struct By<CreateAccountAssignment> : Answered<Operation> {};
template <>
struct By<DeleteAccountAssignment> : Answered<Operation> {};
template <>
struct By<DescribeCreation> : Answered<Operation> {};
template <>
struct By<DescribeDeletion> : Answered<Operation> {};
template <>
struct By<ListAccountAssignments> : Answered<Assignments> {};
template <>
struct By<ListAccountAssignmentsForPrincipal> : Answered<Assignments> {};
template <>
struct By<ListPermissionSetsProvisionedToAccount> : Answered<PermissionSetArns> {};
template <>
struct By<ListUsers> : Answered<Users> {};
template <>
struct By<ListGroups> : Answered<Groups> {};
template <>
struct By<ListGroupMemberships> : Answered<Members> {};
template <>
struct By<DescribeOrganization> : Answered<OrganizationDescription> {};
template <>
struct By<ListRoots> : Answered<Units> {};
template <>
struct By<ListOrganizationalUnitsForParent> : Answered<Units> {};
template <>
struct By<ListAccountsForParent> : Answered<Accounts> {};
template <>
struct By<ListTagsForResource> : Answered<Tags> {};
template <>
struct By<ListCreationStatus> : Answered<OperationStatuses> {};
template <>
struct By<ListDeletionStatus> : Answered<OperationStatuses> {};
template <>
struct By<GetInlinePolicyForPermissionSet> : Answered<InlinePolicy> {};
template <>
struct By<PutInlinePolicyToPermissionSet> : Answered<Acknowledged> {};
template <>
struct By<DeleteInlinePolicyFromPermissionSet> : Answered<Acknowledged> {};
template <>
struct By<ListManagedPoliciesInPermissionSet> : Answered<AttachedPolicies> {};
template <>
struct By<ListCustomerManagedPolicyReferencesInPermissionSet> : Answered<CustomerManagedPolicies> {};
template <>
struct By<GetPermissionsBoundaryForPermissionSet> : Answered<PermissionsBoundary> {};
template <>
struct By<ProvisionPermissionSet> : Answered<Operation> {};
template <>
struct By<DescribeProvisioning> : Answered<Operation> {};
template <>
struct By<DescribePolicy> : Answered<Policy> {};
template <>
struct By<UpdatePolicy> : Answered<Policy> {};
template <>
struct By<ListTargetsForPolicy> : Answered<PolicyTargets> {};
template <>
struct By<CreateSchedule> : Answered<ScheduleArn> {};
template <>
struct By<UpdateSchedule> : Answered<ScheduleArn> {};
template <>
struct By<DeleteSchedule> : Answered<Acknowledged> {};
template <>
struct By<GetSchedule> : Answered<ScheduleDescription> {};
template <>
struct By<GetManagedPolicy> : Answered<ManagedPolicy> {};
template <>
struct By<GetManagedPolicyVersion> : Answered<PolicyDocument> {};
template <>
struct By<LookupEvents> : Answered<MadeAssignments> {};
template <>
struct By<GetCallerIdentity> : Answered<CallerIdentity> {};
template <>
struct By<AssumeRole> : Answered<AssumedRole> {};
}  // namespace types_detail

/// What a call of type C is answered with: `ReplyTo<ListUsers>` is Users. `decode` keeps to it.
template <class C>
using ReplyTo = typename types_detail::By<C>::Reply;

}  // namespace ag::aws
