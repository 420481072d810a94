#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "aws/codec_protocols.hpp"
#include "base/assert.hpp"
#include "base/codec.hpp"

namespace ag::aws::codec_detail {
namespace {

// The most that AWS takes. More items a page, fewer calls out of 20 a second.
constexpr std::int64_t kPageOfIdentityCenter = 100;
constexpr std::int64_t kPageOfOrganizations = 20;
constexpr std::int64_t kPageOfCloudTrail = 50;
constexpr std::size_t kMaxToken = std::size_t{1} << 16;  // identitystore's NextToken goes to 65,535
constexpr double kLatestSecond = 9e9;                    // in the year 2255, and what an Instant can hold
constexpr Duration kLongestRetry = Duration::hours(24);  // EventBridge Scheduler's own limits
constexpr std::int64_t kMostRetries = 185;
constexpr double kLongestSession = 7 * 24 * 3600.0;  // seconds; AWS allows 12 h

// ---- what is asked ------------------------------------------------------------------------------------

template <class Kind>
json::string text(const Id<Kind>& id) {
  return json::string(id.str());
}
json::string text(std::string_view value) { return json::string(value); }

json::object page(json::object input, std::int64_t size, const PageToken& token) {
  input["MaxResults"] = size;
  if (!token.empty()) input["NextToken"] = text(token);
  return input;
}

json::object assignment(const InstanceArn& instance, const Assignment& of) {
  return {{"InstanceArn", text(instance)},
          {"TargetId", text(of.account)},
          {"TargetType", "AWS_ACCOUNT"},
          {"PermissionSetArn", text(of.permission_set)},
          {"PrincipalType", text(name_of(of.principal_type))},
          {"PrincipalId", text(of.principal_id)}};
}

json::object permission_set_of(const auto& call) {
  return {{"InstanceArn", text(call.instance)}, {"PermissionSetArn", text(call.permission_set)}};
}

json::object input_of(const ListInstances& call) { return page({}, kPageOfIdentityCenter, call.token); }
json::object input_of(const ListPermissionSets& call) {
  return page({{"InstanceArn", text(call.instance)}}, kPageOfIdentityCenter, call.token);
}
json::object input_of(const DescribePermissionSet& call) { return permission_set_of(call); }
json::object input_of(const ListTagsOfPermissionSet& call) {
  // No MaxResults: the operation has none.
  json::object input{{"InstanceArn", text(call.instance)}, {"ResourceArn", text(call.permission_set)}};
  if (!call.token.empty()) input["NextToken"] = text(call.token);
  return input;
}
json::object input_of(const CreateAccountAssignment& call) { return assignment(call.instance, call.assignment); }
json::object input_of(const DeleteAccountAssignment& call) { return assignment(call.instance, call.assignment); }
json::object input_of(const DescribeCreation& call) {
  return {{"InstanceArn", text(call.instance)}, {"AccountAssignmentCreationRequestId", text(call.operation)}};
}
json::object input_of(const DescribeDeletion& call) {
  return {{"InstanceArn", text(call.instance)}, {"AccountAssignmentDeletionRequestId", text(call.operation)}};
}
json::object input_of(const ListCreationStatus& call) {
  return page({{"InstanceArn", text(call.instance)}}, kPageOfIdentityCenter, call.token);
}
json::object input_of(const ListDeletionStatus& call) {
  return page({{"InstanceArn", text(call.instance)}}, kPageOfIdentityCenter, call.token);
}
json::object input_of(const ListAccountAssignments& call) {
  return page({{"InstanceArn", text(call.instance)},
               {"AccountId", text(call.account)},
               {"PermissionSetArn", text(call.permission_set)}},
              kPageOfIdentityCenter, call.token);
}
json::object input_of(const ListAccountAssignmentsForPrincipal& call) {
  return page({{"InstanceArn", text(call.instance)},
               {"PrincipalType", text(name_of(call.principal_type))},
               {"PrincipalId", text(call.principal_id)}},
              kPageOfIdentityCenter, call.token);
}
json::object input_of(const ListPermissionSetsProvisionedToAccount& call) {
  return page({{"InstanceArn", text(call.instance)}, {"AccountId", text(call.account)}}, kPageOfIdentityCenter,
              call.token);
}
json::object input_of(const GetInlinePolicyForPermissionSet& call) { return permission_set_of(call); }
json::object input_of(const PutInlinePolicyToPermissionSet& call) {
  json::object input = permission_set_of(call);
  input["InlinePolicy"] = text(call.document);
  return input;
}
json::object input_of(const DeleteInlinePolicyFromPermissionSet& call) { return permission_set_of(call); }
json::object paged_permission_set_of(const auto& call) {
  return page(permission_set_of(call), kPageOfIdentityCenter, call.token);
}
json::object input_of(const ListManagedPoliciesInPermissionSet& call) { return paged_permission_set_of(call); }
json::object input_of(const ListCustomerManagedPolicyReferencesInPermissionSet& call) {
  return paged_permission_set_of(call);
}
json::object input_of(const GetPermissionsBoundaryForPermissionSet& call) { return permission_set_of(call); }
json::object input_of(const ProvisionPermissionSet& call) {
  json::object input = permission_set_of(call);
  input["TargetType"] = "AWS_ACCOUNT";
  input["TargetId"] = text(call.account);
  return input;
}
json::object input_of(const DescribeProvisioning& call) {
  return {{"InstanceArn", text(call.instance)}, {"ProvisionPermissionSetRequestId", text(call.operation)}};
}
json::object input_of(const ListUsers& call) {
  json::object input{{"IdentityStoreId", text(call.store)}};
  if (!call.extensions.empty()) input["Extensions"] = json::value_from(call.extensions);
  return page(std::move(input), kPageOfIdentityCenter, call.token);
}
json::object input_of(const ListGroups& call) {
  return page({{"IdentityStoreId", text(call.store)}}, kPageOfIdentityCenter, call.token);
}
json::object input_of(const ListGroupMemberships& call) {
  return page({{"IdentityStoreId", text(call.store)}, {"GroupId", text(call.group)}}, kPageOfIdentityCenter,
              call.token);
}
json::object input_of(const DescribeOrganization&) { return {}; }
json::object input_of(const ListRoots& call) { return page({}, kPageOfOrganizations, call.token); }
json::object input_of(const ListOrganizationalUnitsForParent& call) {
  return page({{"ParentId", text(call.parent)}}, kPageOfOrganizations, call.token);
}
json::object input_of(const ListAccountsForParent& call) {
  return page({{"ParentId", text(call.parent)}}, kPageOfOrganizations, call.token);
}
json::object input_of(const ListTagsForResource& call) {
  json::object input{{"ResourceId", text(call.resource)}};
  if (!call.token.empty()) input["NextToken"] = text(call.token);
  return input;
}
json::object input_of(const DescribePolicy& call) { return {{"PolicyId", text(call.policy)}}; }
json::object input_of(const UpdatePolicy& call) {
  return {{"PolicyId", text(call.policy)}, {"Content", text(call.content)}};
}

json::object input_of(const ListTargetsForPolicy& call) {
  return page({{"PolicyId", text(call.policy)}}, kPageOfOrganizations, call.token);
}

// `at(2026-11-25T14:02:07)`: the whole second at or after the moment.
std::string one_time(Instant at) {
  const Instant second = Instant::from_seconds(at.count_seconds());
  std::string moment = to_rfc3339(second == at ? second : second + Duration::seconds(1));
  moment.pop_back();  // the Z: the time zone is a member of its own
  return fmt::format("at({})", moment);
}

// A universal target: the scheduler itself makes the call, in the partition of the role it makes it with.
std::string removal_target(std::string_view role_arn) {
  const auto partition = role_arn.substr(0, role_arn.find(":iam:"));
  return fmt::format("{}:scheduler:::aws-sdk:ssoadmin:deleteAccountAssignment", partition);
}

// Name and group of the others are in the path and the query (codec_rest.cpp).
json::object schedule_input(const Schedule& schedule, const std::string& client_token) {
  json::object input{
      {"ScheduleExpression", text(one_time(schedule.at))},
      {"ScheduleExpressionTimezone", "UTC"},
      {"FlexibleTimeWindow", json::object{{"Mode", "OFF"}}},
      {"ActionAfterCompletion", "DELETE"},
      {"ClientToken", text(client_token)},
      {"Target", json::object{{"Arn", text(removal_target(schedule.role_arn))},
                              {"RoleArn", text(schedule.role_arn)},
                              {"Input", text(json::serialize(assignment(schedule.instance, schedule.assignment)))},
                              {"RetryPolicy", json::object{{"MaximumEventAgeInSeconds", kLongestRetry.count_seconds()},
                                                           {"MaximumRetryAttempts", kMostRetries}}}}},
  };
  if (!schedule.group.empty()) input["GroupName"] = text(schedule.group);
  return input;
}
json::object input_of(const CreateSchedule& call) { return schedule_input(call.schedule, call.client_token); }
json::object input_of(const UpdateSchedule& call) { return schedule_input(call.schedule, call.client_token); }
json::object input_of(const DeleteSchedule&) { std::unreachable(); }
json::object input_of(const GetSchedule&) { std::unreachable(); }
json::object input_of(const GetManagedPolicy&) { std::unreachable(); }
json::object input_of(const GetManagedPolicyVersion&) { std::unreachable(); }
// The other pages have to be asked for with the same parameters.
json::object input_of(const LookupEvents& call) {
  json::object attribute{{"AttributeKey", "EventName"}, {"AttributeValue", "CreateAccountAssignment"}};
  return page({{"LookupAttributes", json::array{std::move(attribute)}}, {"StartTime", call.since.count_seconds()}},
              kPageOfCloudTrail, call.token);
}
json::object input_of(const GetCallerIdentity&) { std::unreachable(); }
json::object input_of(const AssumeRole&) { std::unreachable(); }

// ---- what is answered ---------------------------------------------------------------------------------

// Whether a reply must bring a list. AWS sends empty ones as `[]`; where "none" has weight, nothing else will do.
enum class Presence { kRequired, kOptional };

// One object of a reply. Remembers the first thing that is not as it must be and goes on with empty values, so that
// each decoder reads straight down.
class Reading {
 public:
  Reading(const json::object* object, std::string* problem) : object_(object), problem_(problem) {}

  // A string that must be there and not be empty.
  std::string required(std::string_view name) {
    std::string value = optional(name);
    if (value.empty()) note(name, "is missing");
    return value;
  }

  // Absent, null and empty are the same.
  std::string optional(std::string_view name) {
    const json::value* value = member(name);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->get_string());
    note(name, "is not a string");
    return {};
  }

  bool flag(std::string_view name) {
    const json::value* value = member(name);
    if (value == nullptr) return false;
    if (!value->is_bool()) note(name, "is not true or false");
    return value->is_bool() && value->get_bool();
  }

  template <class E>
  E one_of(std::string_view name) {
    const auto value = enum_from<E>(required(name));
    if (!value) note(name, "has an unknown value");
    return value.value_or(E{});
  }

  Reading object(std::string_view name) {
    const json::value* value = member(name);
    const json::object* inner = value == nullptr ? nullptr : value->if_object();
    if (inner == nullptr) note(name, "is not an object");
    return {inner, problem_};
  }

  template <class Visit>
  void each(std::string_view name, Presence presence, Visit visit) {
    const json::value* value = member(name);
    if (value == nullptr && presence == Presence::kOptional) return;
    const json::array* array = value == nullptr ? nullptr : value->if_array();
    if (array == nullptr) return note(name, "is not a list");
    for (const json::value& element : *array) {
      if (!element.is_object()) return note(name, "holds something else than objects");
      visit(Reading(&element.get_object(), problem_));
    }
  }

  void each_text(std::string_view name, auto visit) {
    const json::value* value = member(name);
    if (value == nullptr) return;
    const json::array* array = value->if_array();
    if (array == nullptr) return note(name, "is not a list");
    for (const json::value& element : *array) {
      if (!element.is_string() || element.get_string().empty()) return note(name, "holds something else than strings");
      visit(std::string(element.get_string()));
    }
  }

  // `PT1H`, or a number of seconds (moto).
  Duration session_duration(std::string_view name) {
    const json::value* value = member(name);
    if (value == nullptr) return PermissionSetDescription{}.session_duration;
    if (value->is_string()) {
      if (const auto parsed = parse_duration(value->get_string())) return *parsed;
    } else if (value->is_number()) {
      const double seconds = value->to_number<double>();
      if (std::isfinite(seconds) && seconds >= 0 && seconds <= kLongestSession) {
        return Duration::seconds(static_cast<std::int64_t>(seconds));
      }
    }
    note(name, "is not a duration");
    return {};
  }

  // Epoch seconds, with a fraction or not; none when it is not told. A time that no clock can tell is a fault.
  std::optional<Instant> time(std::string_view name) {
    const json::value* value = member(name);
    if (value == nullptr) return std::nullopt;
    const double seconds = value->is_number() ? value->to_number<double>() : -1;
    if (std::isfinite(seconds) && seconds >= 0 && seconds <= kLatestSecond) {
      return Instant::from_nanoseconds(static_cast<std::int64_t>(seconds * 1e3) * 1'000'000);
    }
    note(name, "is not a time");
    return std::nullopt;
  }

  PageToken next() {
    PageToken token = optional("NextToken");
    if (token.size() > kMaxToken) note("NextToken", "is too long");
    return token;
  }

  // A member of whatever form: a document, for which AWS promises none. None when it is not there.
  [[nodiscard]] const json::value* document(std::string_view name) const { return member(name); }

  void note(std::string_view name, std::string_view what) {
    if (problem_->empty()) *problem_ = fmt::format("{} {}", name, what);
  }

 private:
  [[nodiscard]] const json::value* member(std::string_view name) const {
    const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  const json::object* object_;
  std::string* problem_;
};

Instances reply_of(const ListInstances&, Reading body) {
  Instances reply;
  body.each("Instances", Presence::kOptional, [&](Reading item) {
    Instance instance{InstanceArn(item.required("InstanceArn")), IdentityStoreId(item.required("IdentityStoreId")),
                      AccountId(item.optional("OwnerAccountId")), item.optional("Status")};
    // Older partitions send no status; an instance that is listed there is one that can be used.
    if (instance.status.empty()) instance.status = "ACTIVE";
    reply.items.push_back(std::move(instance));
  });
  reply.next = body.next();
  return reply;
}

PermissionSetArns permission_sets(Reading body) {
  PermissionSetArns reply;
  body.each_text("PermissionSets", [&](std::string arn) { reply.items.emplace_back(std::move(arn)); });
  reply.next = body.next();
  return reply;
}
PermissionSetArns reply_of(const ListPermissionSets&, Reading body) { return permission_sets(body); }
PermissionSetArns reply_of(const ListPermissionSetsProvisionedToAccount&, Reading body) {
  return permission_sets(body);
}

PermissionSetDescription reply_of(const DescribePermissionSet&, Reading body) {
  Reading set = body.object("PermissionSet");
  return {PermissionSetArn(set.required("PermissionSetArn")), set.required("Name"), set.optional("Description"),
          set.session_duration("SessionDuration")};
}

Operation operation(Reading status) {
  Operation reply{.status = status.one_of<OperationStatus>("Status"),
                  .id = OperationId(status.optional("RequestId")),
                  .failure_reason = status.optional("FailureReason")};
  // Without its id there is no asking how far it has come.
  if (reply.status == OperationStatus::kInProgress && reply.id.empty()) status.note("RequestId", "is missing");
  return reply;
}
Operation reply_of(const CreateAccountAssignment&, Reading body) {
  return operation(body.object("AccountAssignmentCreationStatus"));
}
Operation reply_of(const DescribeCreation&, Reading body) {
  return operation(body.object("AccountAssignmentCreationStatus"));
}
Operation reply_of(const DeleteAccountAssignment&, Reading body) {
  return operation(body.object("AccountAssignmentDeletionStatus"));
}
Operation reply_of(const DescribeDeletion&, Reading body) {
  return operation(body.object("AccountAssignmentDeletionStatus"));
}

OperationStatuses operation_statuses(Reading body, std::string_view list) {
  OperationStatuses reply;
  body.each(list, Presence::kRequired, [&](Reading item) {
    reply.items.push_back(
        {OperationId(item.required("RequestId")), item.one_of<OperationStatus>("Status"), item.time("CreatedDate")});
  });
  reply.next = body.next();
  return reply;
}
OperationStatuses reply_of(const ListCreationStatus&, Reading body) {
  return operation_statuses(body, "AccountAssignmentsCreationStatus");
}
OperationStatuses reply_of(const ListDeletionStatus&, Reading body) {
  return operation_statuses(body, "AccountAssignmentsDeletionStatus");
}

// A permission set without an inline policy is answered with none or an empty one: no error.
InlinePolicy reply_of(const GetInlinePolicyForPermissionSet&, Reading body) { return {body.optional("InlinePolicy")}; }
Acknowledged reply_of(const PutInlinePolicyToPermissionSet&, Reading) { return {}; }
Acknowledged reply_of(const DeleteInlinePolicyFromPermissionSet&, Reading) { return {}; }
AttachedPolicies reply_of(const ListManagedPoliciesInPermissionSet&, Reading body) {
  AttachedPolicies reply;
  body.each("AttachedManagedPolicies", Presence::kRequired,
            [&](Reading item) { reply.arns.push_back(item.required("Arn")); });
  reply.next = body.next();
  return reply;
}

CustomerManagedPolicy customer_managed(Reading item) {
  CustomerManagedPolicy policy{item.required("Name"), item.optional("Path")};
  if (policy.path.empty()) policy.path = "/";
  return policy;
}
CustomerManagedPolicies reply_of(const ListCustomerManagedPolicyReferencesInPermissionSet&, Reading body) {
  CustomerManagedPolicies reply;
  body.each("CustomerManagedPolicyReferences", Presence::kRequired,
            [&](Reading item) { reply.items.push_back(customer_managed(item)); });
  reply.next = body.next();
  return reply;
}
PermissionsBoundary reply_of(const GetPermissionsBoundaryForPermissionSet&, Reading body) {
  Reading boundary = body.object("PermissionsBoundary");
  PermissionsBoundary reply{boundary.optional("ManagedPolicyArn"), std::nullopt};
  if (reply.managed_policy.empty())
    reply.customer_managed = customer_managed(boundary.object("CustomerManagedPolicyReference"));
  return reply;
}

Operation reply_of(const ProvisionPermissionSet&, Reading body) {
  return operation(body.object("PermissionSetProvisioningStatus"));
}
Operation reply_of(const DescribeProvisioning&, Reading body) {
  return operation(body.object("PermissionSetProvisioningStatus"));
}

Assignments assignments(Reading body) {
  Assignments reply;
  body.each("AccountAssignments", Presence::kRequired, [&](Reading item) {
    reply.items.push_back({AccountId(item.required("AccountId")), PermissionSetArn(item.required("PermissionSetArn")),
                           item.one_of<PrincipalType>("PrincipalType"), item.required("PrincipalId")});
  });
  reply.next = body.next();
  return reply;
}
Assignments reply_of(const ListAccountAssignments&, Reading body) { return assignments(body); }
Assignments reply_of(const ListAccountAssignmentsForPrincipal&, Reading body) { return assignments(body); }

// The primary address first, if the directory calls one that.
std::vector<std::string> emails_of(Reading user) {
  std::vector<std::string> emails;
  bool has_primary = false;
  user.each("Emails", Presence::kOptional, [&](Reading item) {
    std::string value = item.optional("Value");
    if (value.empty()) return;
    const bool goes_first = !has_primary && item.flag("Primary");
    has_primary = has_primary || goes_first;
    emails.insert(goes_first ? emails.begin() : emails.end(), std::move(value));
  });
  return emails;
}

// A document, which the company's identity provider filled: what is not understood there is nobody, and no reason to
// read no users at all. As in SCIM an object with the manager's id as its value, or plainly a text. A name that is
// there to be displayed is not taken: it may be the user name of somebody else.
std::string manager_of(Reading user) {
  const json::value* extensions = user.document("Extensions");
  const auto inside = [](const json::value* outer, std::string_view name) {
    const json::object* object = outer == nullptr ? nullptr : outer->if_object();
    return object == nullptr ? nullptr : object->if_contains(name);
  };
  const json::value* manager = inside(inside(extensions, kEnterpriseExtension), "manager");
  if (const json::value* value = inside(manager, "value")) manager = value;
  const json::string* told = manager == nullptr ? nullptr : manager->if_string();
  return told == nullptr ? "" : std::string(*told);
}

Users reply_of(const ListUsers&, Reading body) {
  Users reply;
  body.each("Users", Presence::kRequired, [&](Reading item) {
    std::vector<std::string> emails = emails_of(item);
    std::string primary = emails.empty() ? "" : emails.front();
    if (!emails.empty()) emails.erase(emails.begin());
    reply.items.push_back({UserId(item.required("UserId")), item.optional("UserName"), item.optional("DisplayName"),
                           std::move(primary), item.optional("UserStatus") != "DISABLED", manager_of(item),
                           std::move(emails)});
  });
  reply.next = body.next();
  return reply;
}

Groups reply_of(const ListGroups&, Reading body) {
  Groups reply;
  body.each("Groups", Presence::kRequired, [&](Reading item) {
    reply.items.push_back(
        {GroupId(item.required("GroupId")), item.optional("DisplayName"), item.optional("Description")});
  });
  reply.next = body.next();
  return reply;
}

Members reply_of(const ListGroupMemberships&, Reading body) {
  Members reply;
  body.each("GroupMemberships", Presence::kRequired,
            [&](Reading item) { reply.items.emplace_back(item.object("MemberId").required("UserId")); });
  reply.next = body.next();
  return reply;
}

OrganizationDescription reply_of(const DescribeOrganization&, Reading body) {
  Reading organization = body.object("Organization");
  return {organization.required("Id"), AccountId(organization.required("MasterAccountId"))};
}

Units units(Reading body, std::string_view list) {
  Units reply;
  body.each(list, Presence::kOptional,
            [&](Reading item) { reply.items.push_back({item.required("Id"), item.optional("Name")}); });
  reply.next = body.next();
  return reply;
}
Units reply_of(const ListRoots&, Reading body) { return units(body, "Roots"); }
Units reply_of(const ListOrganizationalUnitsForParent&, Reading body) { return units(body, "OrganizationalUnits"); }

Accounts reply_of(const ListAccountsForParent&, Reading body) {
  Accounts reply;
  body.each("Accounts", Presence::kOptional, [&](Reading item) {
    std::string state = item.optional("State");
    if (state.empty()) state = item.optional("Status");
    reply.items.push_back(
        {AccountId(item.required("Id")), item.optional("Name"), item.optional("Email"), std::move(state)});
  });
  reply.next = body.next();
  return reply;
}

Tags tags(Reading body) {
  Tags reply;
  body.each("Tags", Presence::kOptional,
            [&](Reading item) { reply.items.emplace_back(item.required("Key"), item.optional("Value")); });
  reply.next = body.next();
  return reply;
}

Tags reply_of(const ListTagsForResource&, Reading body) { return tags(body); }
Tags reply_of(const ListTagsOfPermissionSet&, Reading body) { return tags(body); }

Policy policy(Reading body) {
  Reading policy = body.object("Policy");
  Reading summary = policy.object("PolicySummary");
  return {summary.required("Id"), summary.optional("Name"), policy.required("Content")};
}
Policy reply_of(const DescribePolicy&, Reading body) { return policy(body); }
Policy reply_of(const UpdatePolicy&, Reading body) { return policy(body); }

PolicyTargets reply_of(const ListTargetsForPolicy&, Reading body) {
  PolicyTargets reply;
  // An empty answer must not pass for a policy that is attached nowhere.
  body.each("Targets", Presence::kRequired, [&](Reading item) { reply.items.push_back(item.required("TargetId")); });
  reply.next = body.next();
  return reply;
}

ScheduleArn reply_of(const CreateSchedule&, Reading body) { return {body.required("ScheduleArn")}; }
ScheduleArn reply_of(const UpdateSchedule&, Reading body) { return {body.required("ScheduleArn")}; }
Acknowledged reply_of(const DeleteSchedule&, Reading) { return {}; }

std::optional<Instant> moment_of(std::string_view expression, std::string_view zone) {
  if (!zone.empty() && zone != "UTC") return std::nullopt;
  if (!expression.starts_with("at(") || !expression.ends_with(')')) return std::nullopt;
  const auto moment = parse_rfc3339(fmt::format("{}Z", expression.substr(3, expression.size() - 4)));
  return moment ? std::optional(*moment) : std::nullopt;
}

ScheduleDescription reply_of(const GetSchedule&, Reading body) {
  ScheduleDescription reply{.name = body.required("Name"), .group = body.optional("GroupName")};
  reply.at = moment_of(body.required("ScheduleExpression"), body.optional("ScheduleExpressionTimezone"));
  reply.enabled = body.optional("State") != "DISABLED";
  Reading target = body.object("Target");
  reply.role_arn = target.required("RoleArn");
  reply.target_arn = target.required("Arn");
  reply.target_input = target.optional("Input");
  return reply;
}

ManagedPolicy reply_of(const GetManagedPolicy&, Reading) { std::unreachable(); }
PolicyDocument reply_of(const GetManagedPolicyVersion&, Reading) { std::unreachable(); }

// What one event tells is text of others: where it cannot be read the rest is read all the same.
MadeAssignments reply_of(const LookupEvents&, Reading body) {
  MadeAssignments reply;
  body.each("Events", Presence::kRequired, [&](Reading item) {
    const auto at = item.time("EventTime");
    if (at) reply.newest = std::max(reply.newest.value_or(*at), *at);
    auto event = made_assignment(item.optional("CloudTrailEvent"));
    if (!event) ++reply.unreadable;
    else if (event->is_refused) return;
    else reply.items.push_back(std::move(event->made));
  });
  reply.next = body.next();
  return reply;
}

CallerIdentity reply_of(const GetCallerIdentity&, Reading) { std::unreachable(); }
AssumedRole reply_of(const AssumeRole&, Reading) { std::unreachable(); }

}  // namespace

json::object json_input(const Call& call) {
  AG_ASSERT(service_of(call) != Service::kSts && service_of(call) != Service::kIam);
  return std::visit([](const auto& one) { return input_of(one); }, call);
}

Result<Reply> reply_from_json(const Call& call, const json::object& body) {
  AG_ASSERT(service_of(call) != Service::kSts && service_of(call) != Service::kIam);
  std::string problem;
  Reply reply = std::visit(
      [&](const auto& one) -> Reply {
        return ReplyTo<std::decay_t<decltype(one)>>(reply_of(one, Reading(&body, &problem)));
      },
      call);
  if (!problem.empty()) return fail("incomplete_reply", problem);
  return reply;
}

}  // namespace ag::aws::codec_detail
