#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/directory.hpp"

/// For the tests of the directory: a small organization, and somebody who reads it in no time.
namespace ag::control::testing {

using aws::ErrorClass;
using Answer = aws::AwsResult<aws::Reply>;

inline const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");
inline const aws::AccountId kManagement("100000000000");
inline const aws::AccountId kProd("200000000000");
inline const aws::PermissionSetArn kReadOnly("arn:ps-read");
inline const std::string kManaged = "arn:aws:iam::aws:policy/ReadOnlyAccess";

inline Answer refusal(ErrorClass kind, const std::string& code = "SomeException") {
  return std::unexpected(aws::AwsError{
      .kind = kind, .code = code, .message = "words of AWS", .request_id = "", .http_status = 400, .retry_after = {}});
}

/// A small organization, answered from memory; `special` comes before it.
class Organization {
 public:
  using Special = std::function<std::optional<Answer>(const aws::Call&)>;
  Special special;

  Answer answer(const aws::Call& call) const {
    if (special) {
      if (auto given = special(call)) return *given;
    }
    return std::visit([&](const auto& c) { return Answer(reply(c)); }, call);
  }

 private:
  static aws::CallerIdentity reply(const aws::GetCallerIdentity&) { return {kManagement, "arn:me", "me"}; }
  static aws::OrganizationDescription reply(const aws::DescribeOrganization&) { return {"o-1", kManagement}; }
  static aws::Instances reply(const aws::ListInstances&) {
    return {{{aws::InstanceArn("arn:instance"), aws::IdentityStoreId("d-1"), kManagement, "ACTIVE"}}, ""};
  }
  static aws::PermissionSetArns reply(const aws::ListPermissionSets&) { return {{kReadOnly}, ""}; }
  static aws::PermissionSetDescription reply(const aws::DescribePermissionSet& call) {
    return {call.permission_set, "ReadOnly", "looks", Duration::hours(4)};
  }
  static aws::Tags reply(const aws::ListTagsOfPermissionSet&) { return {{{"owner", "Leads"}}, ""}; }
  static aws::AttachedPolicies reply(const aws::ListManagedPoliciesInPermissionSet&) { return {{kManaged}, ""}; }
  static aws::InlinePolicy reply(const aws::GetInlinePolicyForPermissionSet&) { return {"{}"}; }
  static aws::CustomerManagedPolicies reply(const aws::ListCustomerManagedPolicyReferencesInPermissionSet&) {
    return {{{"ReadLake", "/data/"}}, ""};
  }
  static Answer reply(const aws::GetPermissionsBoundaryForPermissionSet&) { return refusal(ErrorClass::kAbsent); }
  static aws::ManagedPolicy reply(const aws::GetManagedPolicy& call) { return {call.arn, "v1"}; }
  static aws::PolicyDocument reply(const aws::GetManagedPolicyVersion& call) { return {call.version}; }
  static aws::Users reply(const aws::ListUsers& call) {
    return {{{aws::UserId("u-ana"), "ana", "Ana", "ana@example.com", true, call.extensions.empty() ? "" : "u-bo"},
             {aws::UserId("u-bo"), "bo", "Bo", "bo@example.com", true}},
            ""};
  }
  static aws::Groups reply(const aws::ListGroups&) { return {{{aws::GroupId("g-leads"), "Leads", ""}}, ""}; }
  static aws::Members reply(const aws::ListGroupMemberships&) { return {{aws::UserId("u-bo")}, ""}; }
  static aws::Units reply(const aws::ListRoots&) { return {{{"r-1", "Root"}}, ""}; }
  static aws::Units reply(const aws::ListOrganizationalUnitsForParent& call) {
    if (call.parent == "r-1") return {{{"ou-work", "Workloads"}}, ""};
    if (call.parent == "ou-work") return {{{"ou-prod", "Prod"}}, ""};
    return {};
  }
  static aws::Accounts reply(const aws::ListAccountsForParent& call) {
    if (call.parent == "r-1") return {{{kManagement, "management", "m@example.com", "ACTIVE"}}, ""};
    if (call.parent == "ou-prod") return {{{kProd, "prod", "p@example.com", "ACTIVE"}}, ""};
    return {};
  }
  static aws::PolicyTargets reply(const aws::ListTargetsForPolicy& call) {
    if (call.token.empty()) return {{"ou-prod"}, "more"};
    return {{kManagement.str()}, ""};
  }
  static aws::Tags reply(const aws::ListTagsForResource&) { return {{{"env", "prod"}}, ""}; }
  static aws::PermissionSetArns reply(const aws::ListPermissionSetsProvisionedToAccount& call) {
    return call.account == kProd ? aws::PermissionSetArns{{kReadOnly}, ""} : aws::PermissionSetArns{};
  }
  static aws::Assignments reply(const aws::ListAccountAssignments& call) {
    return {{{call.account, call.permission_set, aws::PrincipalType::kGroup, "g-leads"}}, ""};
  }
  static aws::Assignments reply(const aws::ListAccountAssignmentsForPrincipal& call) {
    if (call.principal_id != "g-leads") return {};
    return {{{kProd, kReadOnly, aws::PrincipalType::kGroup, "g-leads"}}, ""};
  }
  template <class Other>
  static Answer reply(const Other& call) {
    ADD_FAILURE() << "the directory made a call that is none of its business: " << aws::operation_of(aws::Call(call));
    return refusal(ErrorClass::kOther);
  }
};

class Reading {
 public:
  Organization organization;
  Directory directory;
  Budget budget;
  CallIds ids;
  Instant now = kNoon;
  std::map<std::string, int> calls;
  std::vector<access::Snapshot> finished;
  std::size_t most_in_flight = 0;

  /// Answers everything, from wake to wake, until the next reading would begin later than `until`.
  void run(Instant until) {
    for (int turns = 0; turns < 20'000; ++turns) {
      auto outgoing = directory.dispatch(budget, ids, now);
      most_in_flight = std::max(most_in_flight, outgoing.size());
      for (const auto& call : outgoing) answer(call);
      if (!outgoing.empty()) continue;
      const Instant wake = directory.next_wake();
      if (wake > until) return;
      ASSERT_GT(wake, now) << "it asks to be woken for nothing";
      now = wake;
    }
    FAIL() << "it never ends";
  }
  void run() { run(now + Duration::minutes(4)); }

  void answer(const Outgoing& outgoing) {
    EXPECT_TRUE(outgoing.lane == Lane::kSync || outgoing.lane == Lane::kBulk);
    ++calls[std::string(aws::operation_of(outgoing.call))];
    directory.receive(outgoing.id, organization.answer(outgoing.call), now);
    if (auto snapshot = directory.take_finished()) finished.push_back(std::move(*snapshot));
  }
};

template <class Call>
Organization::Special always(Answer answer) {
  return [answer = std::move(answer)](const aws::Call& call) -> std::optional<Answer> {
    if (std::holds_alternative<Call>(call)) return answer;
    return std::nullopt;
  };
}

}  // namespace ag::control::testing
