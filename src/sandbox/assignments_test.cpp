#include <gtest/gtest.h>

#include <set>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::kNoon;
using testing::Reply;

const Duration kLongest = Behaviour{}.operation_max;

TEST(Assignment, AppearsWhenItsOperationCompletesAndNotBefore) {
  Console console;
  const Slot slot = console.slot("prod-payments", "ProdAdmin", "ana");
  const Reply begun = console.create(slot);
  ASSERT_EQ(begun.status, 200) << begun.text;
  EXPECT_EQ(begun.at("AccountAssignmentCreationStatus", "Status"), "IN_PROGRESS");
  EXPECT_EQ(begun.at("AccountAssignmentCreationStatus", "PrincipalId"), slot.principal_id);
  console.wait(Duration::milliseconds(799));
  EXPECT_EQ(console.creation_status(begun), "IN_PROGRESS");
  EXPECT_FALSE(console.sandbox.is_present(slot));
  console.wait(kLongest);
  EXPECT_EQ(console.creation_status(begun), "SUCCEEDED");
  EXPECT_TRUE(console.lists(slot));
}

TEST(Assignment, DisappearsWhenItsRemovalCompletesAndNotBefore) {
  Console console;
  const Slot slot = console.slot("security-audit", "SecurityAudit", "chen");
  (void)console.instance();
  const Reply begun = console.remove(slot);
  ASSERT_EQ(begun.status, 200) << begun.text;
  console.wait(Duration::milliseconds(700));
  console.sandbox.advance(console.now);
  EXPECT_TRUE(console.sandbox.is_present(slot));
  console.wait(kLongest);
  EXPECT_FALSE(console.lists(slot));
  const Reply status =
      console.sso("DescribeAccountAssignmentDeletionStatus",
                  {{"AccountAssignmentDeletionRequestId", begun.at("AccountAssignmentDeletionStatus", "RequestId")}});
  EXPECT_EQ(status.at("AccountAssignmentDeletionStatus", "Status"), "SUCCEEDED");
}

TEST(Assignment, TakesATimeBetweenTheBoundsThatDependsOnTheSeedAlone) {
  const auto times = [](std::uint64_t seed) {
    Console console(seed);
    std::vector<std::int64_t> taken;
    for (const Person& person : console.sandbox.people()) {
      const Slot slot = console.slot("dev-web", "PowerUser", person.user_name);
      if (console.sandbox.is_present(slot)) continue;
      EXPECT_EQ(console.create(slot).status, 200);
      const Instant begun = console.now;
      console.wait(kLongest);
      console.sandbox.advance(console.now);
      for (const Presence& presence : console.sandbox.presences()) {
        if (presence.slot == slot) taken.push_back((presence.from - begun).count_nanoseconds());
      }
    }
    return taken;
  };
  const auto first = times(1);
  ASSERT_EQ(first.size(), 39U);
  for (const auto each : first) {
    EXPECT_GE(each, Behaviour{}.operation_min.count_nanoseconds());
    EXPECT_LE(each, kLongest.count_nanoseconds());
  }
  EXPECT_GT(std::set(first.begin(), first.end()).size(), 30U);
  EXPECT_EQ(first, times(1));
  EXPECT_NE(first, times(2));
}

TEST(Assignment, IsNoErrorWhenItExists) {
  Console console;
  const Slot slot = console.slot("security-audit", "SecurityAudit", "chen");
  const Reply begun = console.create(slot);
  ASSERT_EQ(begun.status, 200);
  console.wait(kLongest);
  EXPECT_EQ(console.creation_status(begun), "SUCCEEDED");
  std::size_t intervals = 0;
  for (const Presence& presence : console.sandbox.presences()) intervals += presence.slot == slot ? 1U : 0U;
  EXPECT_EQ(intervals, 1U);
}

TEST(Assignment, CannotBeRemovedWhenItIsAbsent) {
  Console console;
  const Reply reply = console.remove(console.slot("prod-payments", "ProdAdmin", "ana"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.body.at("__type").as_string(), "com.amazonaws.swbexternalservice#ResourceNotFoundException");
}

TEST(Assignment, ConflictsWithAnOperationOnTheSamePermissionSetAndAccount) {
  Console console;
  // Developers hold it already: no role comes or goes.
  ASSERT_EQ(console.create(console.slot("dev-web", "PowerUser", "chen")).status, 200);
  const Reply reply = console.create(console.slot("dev-web", "PowerUser", "fatima"));
  EXPECT_EQ(reply.body.at("__type").as_string(), "com.amazonaws.swbexternalservice#ConflictException");
  EXPECT_EQ(reply.message(), "There is a conflicting operation in process.");
  EXPECT_EQ(console.create(console.slot("dev-web", "ReadOnly", "fatima")).status, 200);
  console.wait(kLongest);
  EXPECT_EQ(console.create(console.slot("dev-web", "PowerUser", "fatima")).status, 200);
}

TEST(Assignment, ConflictsWithAnyRoleUpdateInTheAccount) {
  Console console;
  ASSERT_EQ(console.create(console.slot("prod-web", "ProdAdmin", "ana")).status, 200);
  EXPECT_EQ(console.create(console.slot("prod-web", "ReadOnly", "ana")).error(), "ConflictException");
  EXPECT_EQ(console.remove(console.slot("prod-web", "ReadOnly", "Admins")).error(), "ConflictException");
  EXPECT_EQ(console.create(console.slot("prod-data", "ProdAdmin", "ana")).status, 200);
}

TEST(Assignment, OfTheLastHolderTakesTheRoleAwayAndSoConflictsWithEverythingInTheAccount) {
  Console console;
  ASSERT_EQ(console.remove(console.slot("network-hub", "NetworkAdmin", "uma")).status, 200);
  EXPECT_EQ(console.create(console.slot("network-hub", "ReadOnly", "ana")).error(), "ConflictException");
  ASSERT_EQ(console.remove(console.slot("security-audit", "SecurityAudit", "chen")).status, 200);
  EXPECT_EQ(console.create(console.slot("security-audit", "ReadOnly", "ana")).status, 200) << "groups hold it still";
}

TEST(Assignment, IsThrottledBeyondFifteenOutstandingCreates) {
  Console console(1, {.operation_min = Duration::hours(1), .operation_max = Duration::hours(1), .calls_per_second = 0});
  // Thirteen open accounts where ReadOnly is provisioned, and two more sets that are.
  std::vector<Slot> slots;
  for (const char* account :
       {"example-management", "security-audit", "log-archive", "shared-services", "network-hub", "prod-payments",
        "prod-web", "prod-data", "staging-payments", "staging-web", "dev-payments", "dev-web", "sandbox-experiments"}) {
    slots.push_back(console.slot(account, "ReadOnly", "ana"));
  }
  slots.push_back(console.slot("dev-web", "PowerUser", "chen"));
  slots.push_back(console.slot("dev-payments", "PowerUser", "chen"));
  for (const Slot& slot : slots) ASSERT_EQ(console.create(slot).status, 200);
  const Slot sixteenth = console.slot("sandbox-experiments", "PowerUser", "chen");
  const Reply reply = console.create(sixteenth);
  EXPECT_EQ(reply.error(), "ThrottlingException");
  EXPECT_EQ(reply.message(), "There are too many requests processing. Please try again later.");
  EXPECT_EQ(console.remove(console.slot("sandbox-experiments", "PowerUser", "Developers")).status, 200)
      << "removals are not limited so";
  console.wait(Duration::hours(1));
  EXPECT_EQ(console.create(sixteenth).status, 200);
}

TEST(Assignment, EndsFailedInASuspendedAccount) {
  Console console;
  const Slot slot = console.slot("legacy-shop", "ProdAdmin", "ana");
  const Reply begun = console.create(slot);
  ASSERT_EQ(begun.status, 200);
  EXPECT_EQ(begun.text.find("FailureReason"), std::string::npos) << "not told before it failed";
  console.wait(kLongest);
  const Reply status =
      console.sso("DescribeAccountAssignmentCreationStatus",
                  {{"AccountAssignmentCreationRequestId", begun.at("AccountAssignmentCreationStatus", "RequestId")}});
  EXPECT_EQ(status.at("AccountAssignmentCreationStatus", "Status"), "FAILED");
  EXPECT_EQ(
      status.at("AccountAssignmentCreationStatus", "FailureReason"),
      "AWS SSO is unable to complete your request at this time. Obtaining permissions to manage your AWS account '" +
          slot.account.str() + "' takes longer than usual. Please try again in a few minutes.");
  EXPECT_FALSE(console.sandbox.is_present(slot));
}

TEST(Assignment, ProvisionsWithTheFirstAndDeprovisionsWithTheLast) {
  Console console;
  const Slot slot = console.slot("prod-payments", "ProdAdmin", "ana");
  const auto is_provisioned = [&] {
    bool in_account = false;
    for (const auto& arn : console.all_sso("ListPermissionSetsProvisionedToAccount", "PermissionSets",
                                           {{"AccountId", slot.account.str()}})) {
      in_account |= arn.as_string() == slot.permission_set.str();
    }
    bool has_account = false;
    for (const auto& id : console.all_sso("ListAccountsForProvisionedPermissionSet", "AccountIds",
                                          {{"PermissionSetArn", slot.permission_set.str()}})) {
      has_account |= id.as_string() == slot.account.str();
    }
    EXPECT_EQ(in_account, has_account);
    return in_account;
  };
  EXPECT_FALSE(is_provisioned());
  ASSERT_EQ(console.create(slot).status, 200);
  console.wait(kLongest);
  EXPECT_TRUE(is_provisioned());
  ASSERT_EQ(console.remove(slot).status, 200);
  console.wait(kLongest);
  EXPECT_FALSE(is_provisioned());
}

TEST(Assignment, RecordsTheTrueIntervalsAndWhoMadeThem) {
  Console console;
  const Slot slot = console.slot("prod-payments", "ProdAdmin", "ana");
  const Reply begun = console.create(slot);
  console.wait(kLongest);
  ASSERT_EQ(console.remove(slot).status, 200);
  console.wait(kLongest);
  console.sandbox.add_standing(slot, console.now);
  const Instant by_hand = console.now;
  std::vector<Presence> found;
  for (const Presence& presence : console.sandbox.presences()) {
    if (presence.slot == slot) found.push_back(presence);
  }
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].created_by.str(), begun.at("AccountAssignmentCreationStatus", "RequestId"));
  EXPECT_FALSE(found[0].deleted_by.empty());
  EXPECT_GE(found[0].from, kNoon + Behaviour{}.operation_min);
  EXPECT_LE(found[0].until, by_hand);
  EXPECT_EQ(found[1].from, by_hand);
  EXPECT_EQ(found[1].until, Instant::max());
  EXPECT_TRUE(found[1].created_by.empty());
}

TEST(Assignment, RemovalFailsWhenSomeoneInTheConsoleWasQuicker) {
  Console console;
  const Slot slot = console.slot("security-audit", "SecurityAudit", "chen");
  const Reply begun = console.remove(slot);
  ASSERT_EQ(begun.status, 200);
  console.sandbox.remove_standing(slot, console.now);
  console.wait(kLongest);
  const Reply status =
      console.sso("DescribeAccountAssignmentDeletionStatus",
                  {{"AccountAssignmentDeletionRequestId", begun.at("AccountAssignmentDeletionStatus", "RequestId")}});
  EXPECT_EQ(status.at("AccountAssignmentDeletionStatus", "Status"), "FAILED");
  EXPECT_EQ(status.at("AccountAssignmentDeletionStatus", "FailureReason"),
            "Received a 404 status error: Assignment not found.");
}

TEST(Assignment, OfAPrincipalThatIsGoneCanStillBeRemoved) {
  Console console;
  Slot slot = console.slot("dev-web", "PowerUser", "ana");
  slot.principal_id = slot.principal_id.substr(0, 11) + "00000000-0000-4000-8000-000000000000";
  EXPECT_EQ(console.create(slot).error(), "ResourceNotFoundException");
  console.sandbox.add_standing(slot, console.now);
  EXPECT_TRUE(console.lists(slot));
  EXPECT_EQ(console.remove(slot).status, 200);
}

TEST(Assignment, ListsItsStatusesNewestFirstAndByStatus) {
  Console console(1, {.page_size = 2});
  std::vector<std::string> ids;
  for (const char* account : {"prod-payments", "prod-web", "prod-data", "legacy-shop", "staging-web"}) {
    const Reply begun = console.create(console.slot(account, "Deploy", "ana"));
    ids.insert(ids.begin(), begun.at("AccountAssignmentCreationStatus", "RequestId"));
  }
  console.wait(kLongest);
  const auto all = console.all_sso("ListAccountAssignmentCreationStatus", "AccountAssignmentsCreationStatus");
  ASSERT_EQ(all.size(), ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(all[i].at("RequestId").as_string(), ids[i]);
  const auto failed = console.all_sso("ListAccountAssignmentCreationStatus", "AccountAssignmentsCreationStatus",
                                      {{"Filter", json::object{{"Status", "FAILED"}}}});
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].at("RequestId").as_string(), ids[1]);
  EXPECT_TRUE(console.all_sso("ListAccountAssignmentDeletionStatus", "AccountAssignmentsDeletionStatus").empty());
}

TEST(Assignment, StatusIsFoundByItsOwnKindOnly) {
  Console console;
  const Reply begun = console.create(console.slot("prod-payments", "ProdAdmin", "ana"));
  const Reply other =
      console.sso("DescribeAccountAssignmentDeletionStatus",
                  {{"AccountAssignmentDeletionRequestId", begun.at("AccountAssignmentCreationStatus", "RequestId")}});
  EXPECT_EQ(other.error(), "ResourceNotFoundException");
}

TEST(Disturbance, AnswersAnErrorInsteadOfTheCallOrAfterIt) {
  Console console;
  const Slot slot = console.slot("prod-payments", "ProdAdmin", "ana");
  (void)console.instance();
  console.sandbox.disturb({.operation = "CreateAccountAssignment"});
  const Reply instead = console.create(slot);
  EXPECT_EQ(instead.status, 500);
  EXPECT_EQ(instead.error(), "InternalServerException");
  console.wait(kLongest);
  EXPECT_FALSE(console.lists(slot));

  console.sandbox.disturb({.operation = "CreateAccountAssignment", .when = Disturbance::When::kAfterTheCall});
  EXPECT_EQ(console.create(slot).status, 500);
  console.wait(kLongest);
  EXPECT_TRUE(console.lists(slot)) << "it took effect";
}

TEST(Disturbance, FailsAsManyOperationsAsAskedFor) {
  Console console;
  console.sandbox.fail_next_operations(1, "a reason");
  const Reply first = console.create(console.slot("prod-payments", "ProdAdmin", "ana"));
  const Reply second = console.create(console.slot("prod-web", "ProdAdmin", "ana"));
  console.wait(kLongest);
  EXPECT_EQ(console.creation_status(first), "FAILED");
  EXPECT_EQ(console.creation_status(second), "SUCCEEDED");
}

TEST(Disturbance, FailsTheShareOfOperationsThatTheBehaviourSays) {
  Console console(1, {.calls_per_second = 0, .failures_per_thousand = 300});
  int failed = 0;
  int begun = 0;
  for (int round = 0; round < 5; ++round) {
    for (const Person& person : console.sandbox.people()) {
      const Reply reply = console.create(console.slot("prod-payments", "Deploy", person.user_name));
      ASSERT_EQ(reply.status, 200);
      console.wait(kLongest);
      ++begun;
      if (console.creation_status(reply) == "FAILED") ++failed;
    }
  }
  EXPECT_GT(failed, begun / 5);
  EXPECT_LT(failed, begun * 2 / 5);
}

}  // namespace
}  // namespace ag::sandbox
