#include <gtest/gtest.h>

#include <set>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::kNoon;
using testing::Reply;

const Duration kLongest = Behaviour{}.operation_max;

std::string deletion(Console& console, const Reply& begun, std::string_view member = "Status") {
  return console
      .sso("DescribeAccountAssignmentDeletionStatus",
           {{"AccountAssignmentDeletionRequestId", begun.at("AccountAssignmentDeletionStatus", "RequestId")}})
      .at("AccountAssignmentDeletionStatus", member);
}

TEST(Adversary, LetsOperationsStickAsLongAsAskedFor) {
  Console console;
  console.sandbox.stick_next_operations(1, Duration::hours(2));
  const Slot stuck = console.slot("prod-payments", "ProdAdmin", "ana");
  const Reply first = console.create(stuck);
  const Reply second = console.create(console.slot("prod-web", "ProdAdmin", "ana"));
  console.wait(kLongest);
  EXPECT_EQ(console.creation_status(second), "SUCCEEDED");
  EXPECT_EQ(console.creation_status(first), "IN_PROGRESS");
  EXPECT_EQ(console.remove(console.slot("prod-payments", "ReadOnly", "Admins")).error(), "ConflictException");
  console.wait(Duration::hours(2));
  EXPECT_EQ(console.creation_status(first), "SUCCEEDED");
  EXPECT_TRUE(console.sandbox.is_present(stuck));
}

TEST(Adversary, DeniesAnOperationForATime) {
  Console console;
  const Slot slot = console.slot("security-audit", "SecurityAudit", "chen");
  (void)console.instance();
  console.sandbox.deny("DeleteAccountAssignment", console.now + Duration::minutes(5));
  EXPECT_EQ(console.remove(slot).error(), "AccessDeniedException");
  EXPECT_EQ(console.create(console.slot("prod-web", "ProdAdmin", "ana")).status, 200) << "only that one";
  console.wait(Duration::minutes(5));
  EXPECT_EQ(console.remove(slot).status, 200);
  console.sandbox.deny("ListRoots", console.now + Duration::minutes(5));
  EXPECT_EQ(console.organization("ListRoots").error(), "AccessDeniedException");
  console.sandbox.deny("ListRoots", Instant{});
  EXPECT_EQ(console.organization("ListRoots").status, 200);
}

TEST(Adversary, SuspendsAnAccountAndRestoresIt) {
  Console console;
  const Slot slot = console.slot("security-audit", "SecurityAudit", "chen");
  ASSERT_TRUE(console.sandbox.suspend_account(slot.account));
  EXPECT_EQ(console.organization("DescribeAccount", {{"AccountId", slot.account.str()}}).at("Account", "State"),
            "SUSPENDED");
  const Reply refused = console.remove(slot);
  ASSERT_EQ(refused.status, 200) << "AWS begins it, and then cannot get in";
  console.wait(kLongest);
  EXPECT_EQ(deletion(console, refused), "FAILED");
  EXPECT_NE(deletion(console, refused, "FailureReason").find("AWS SSO is unable"), std::string::npos);
  EXPECT_TRUE(console.sandbox.is_present(slot));
  ASSERT_TRUE(console.sandbox.restore_account(slot.account));
  const Reply begun = console.remove(slot);
  console.wait(kLongest);
  EXPECT_EQ(deletion(console, begun), "SUCCEEDED");
  EXPECT_FALSE(console.sandbox.suspend_account(AccountId("999999999999")));
}

TEST(Adversary, MovesAnAccountInTheTree) {
  Console console;
  const AccountId account = console.slot("prod-web", "ReadOnly", "ana").account;
  const auto parent = [&](const std::string& id) {
    return std::string(std::string_view(
        console.all_organization("ListParents", "Parents", {{"ChildId", id}})[0].at("Id").as_string()));
  };
  const std::string dev = parent(console.slot("dev-web", "ReadOnly", "ana").account.str());
  const std::string prod = parent(account.str());
  ASSERT_TRUE(console.sandbox.move_account(account, dev));
  EXPECT_EQ(parent(account.str()), dev);
  EXPECT_EQ(console.all_organization("ListAccountsForParent", "Accounts", {{"ParentId", dev}}).size(), 3U);
  EXPECT_EQ(console.all_organization("ListAccountsForParent", "Accounts", {{"ParentId", prod}}).size(), 2U);
  EXPECT_FALSE(console.sandbox.move_account(account, "ou-none-00000000"));
  EXPECT_FALSE(console.sandbox.move_account(AccountId("999999999999"), dev));
}

TEST(Adversary, TakesAllAssignmentsAlongWithAnAccount) {
  Console console;
  const Slot slot = console.slot("prod-web", "ReadOnly", "ana");
  console.sandbox.add_standing(slot, console.now);
  ASSERT_TRUE(console.sandbox.remove_account(slot.account, console.now));
  EXPECT_FALSE(console.sandbox.is_present(slot));
  EXPECT_EQ(console.remove(slot).status, 400) << "there is no such account";
  EXPECT_FALSE(console.sandbox.remove_account(slot.account, console.now));
}

TEST(Adversary, LeavesTheAssignmentsOfAPersonWhoIsRemoved) {
  Console console;
  const Slot slot = console.slot("security-audit", "SecurityAudit", "chen");
  const std::size_t members = console
                                  .all_directory("ListGroupMembershipsForMember", "GroupMemberships",
                                                 {{"MemberId", json::object{{"UserId", slot.principal_id}}}})
                                  .size();
  EXPECT_EQ(members, 1U);
  ASSERT_TRUE(console.sandbox.remove_user(UserId(slot.principal_id)));
  EXPECT_EQ(console.all_directory("ListUsers", "Users").size(), 39U);
  EXPECT_EQ(console.directory("DescribeUser", {{"UserId", slot.principal_id}}).error(), "ResourceNotFoundException");
  const std::string security(std::string_view(
      console
          .directory("GetGroupId", {{"AlternateIdentifier",
                                     json::object{{"UniqueAttribute", json::object{{"AttributePath", "displayName"},
                                                                                   {"AttributeValue", "Security"}}}}}})
          .body.at("GroupId")
          .as_string()));
  EXPECT_EQ(console.all_directory("ListGroupMemberships", "GroupMemberships", {{"GroupId", security}}).size(), 3U);
  EXPECT_TRUE(console.lists(slot)) << "as in AWS";
  EXPECT_EQ(console.remove(slot).status, 200);
  console.wait(kLongest);
  EXPECT_FALSE(console.lists(slot));
  EXPECT_FALSE(console.sandbox.remove_user(UserId(slot.principal_id)));
}

TEST(Adversary, RemovesAPermissionSetWithEverythingOfIt) {
  Console console;
  const Slot held = console.slot("dev-web", "PowerUser", "viktor");
  const Slot coming = console.slot("sandbox-experiments", "PowerUser", "ana");
  const Reply begun = console.create(coming);
  ASSERT_EQ(begun.status, 200);
  ASSERT_TRUE(console.sandbox.remove_permission_set(held.permission_set, console.now));
  EXPECT_FALSE(console.sandbox.is_present(held));
  const auto presences = console.sandbox.presences(held);
  ASSERT_EQ(presences.size(), 1U);
  EXPECT_EQ(presences[0].until, console.now);
  console.wait(kLongest);
  EXPECT_EQ(console.creation_status(begun), "FAILED");
  EXPECT_FALSE(console.sandbox.is_present(coming));
  EXPECT_EQ(console.all_sso("ListPermissionSets", "PermissionSets").size(), 9U);
  EXPECT_EQ(console.create(coming).error(), "ResourceNotFoundException");
}

TEST(Adversary, RunsAsADelegatedAdministrator) {
  Console console;
  const Slot slot = console.slot("prod-payments", "ProdAdmin", "ana");
  const AccountId delegate = console.slot("security-audit", "ReadOnly", "ana").account;
  (void)console.instance();
  console.sandbox.delegated_admin(true);
  EXPECT_EQ(console.query("Action=GetCallerIdentity&Version=2011-06-15").element("Account"), delegate.str());
  EXPECT_EQ(console.all_directory("ListUsers", "Users").size(), 40U);
  EXPECT_EQ(console.all_organization("ListAccounts", "Accounts").size(), 14U);
  EXPECT_EQ(console.create(slot).status, 200);
  const Reply principal = console.sso("ListAccountAssignmentsForPrincipal",
                                      {{"PrincipalId", slot.principal_id}, {"PrincipalType", "USER"}});
  EXPECT_EQ(principal.error(), "AccessDeniedException");
  EXPECT_EQ(console.create(console.slot("example-management", "ProdAdmin", "ana")).error(), "AccessDeniedException")
      << "the management account";
  EXPECT_EQ(console.create(console.slot("prod-web", "ReadOnly", "ana")).error(), "AccessDeniedException")
      << "a permission set that is provisioned there";
  EXPECT_EQ(console.remove(console.slot("prod-web", "ReadOnly", "Admins")).error(), "AccessDeniedException");
  const ControlPolicy policy = console.sandbox.control_policies().at(1);
  EXPECT_EQ(console.organization("UpdatePolicy", {{"PolicyId", policy.id}, {"Content", policy.content}}).error(),
            "AccessDeniedException");
  console.sandbox.delegated_admin(false);
  console.wait(kLongest);
  EXPECT_EQ(console.create(console.slot("prod-web", "ReadOnly", "ana")).status, 200);
}

TEST(Adversary, LimitsOrganizationsByOperation) {
  Console console;
  EXPECT_EQ(console.organization("ListRoots").status, 200);
  EXPECT_EQ(console.organization("ListRoots").status, 200);
  const Reply third = console.organization("ListRoots");
  EXPECT_EQ(third.error(), "TooManyRequestsException");
  EXPECT_EQ(third.body.at("Type").as_string(), "RATE");
  EXPECT_EQ(console.organization("DescribeOrganization").status, 200) << "each for itself";
  console.wait(Duration::seconds(1));
  EXPECT_EQ(console.organization("ListRoots").status, 200);
  EXPECT_EQ(console.organization("ListRoots").error(), "TooManyRequestsException");
  Console free(1, {.calls_per_second = 0});
  for (int i = 0; i < 50; ++i) ASSERT_EQ(free.organization("ListRoots").status, 200);
}

// ---- what a judge sees --------------------------------------------------------------------------------

TEST(Changes, TellEachAppearanceAndDisappearanceOnceAndInOrder) {
  Console console;
  std::uint64_t seen = 0;
  const auto news = [&] {
    auto changed = console.sandbox.changed_since(seen);
    seen = console.sandbox.changes();
    return changed;
  };
  EXPECT_EQ(news().size(), console.sandbox.presences().size()) << "what was there from the start";
  EXPECT_TRUE(news().empty());
  const Slot slot = console.slot("prod-payments", "ProdAdmin", "ana");
  const Reply begun = console.create(slot);
  EXPECT_TRUE(news().empty());
  console.wait(kLongest);
  ASSERT_EQ(console.remove(slot).status, 200);
  console.wait(kLongest);
  console.sandbox.advance(console.now);
  const auto changed = news();
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0].slot, slot);
  EXPECT_EQ(changed[0].until, Instant::max());
  EXPECT_EQ(changed[0].created_by.str(), begun.at("AccountAssignmentCreationStatus", "RequestId"));
  EXPECT_EQ(changed[1].from, changed[0].from);
  EXPECT_LT(changed[1].until, Instant::max());
  EXPECT_FALSE(changed[1].deleted_by.empty());
}

TEST(Changes, AreEverythingForWhoeverComesTooLate) {
  Sandbox sandbox(1);
  const Slot slot = *sandbox.slot("prod-payments", "ProdAdmin", "ana");
  Instant now = kNoon;
  for (int i = 0; i < 60'000; ++i) {
    sandbox.add_standing(slot, now);
    sandbox.remove_standing(slot, now = now + Duration::seconds(1));
  }
  const auto all = sandbox.presences();
  EXPECT_EQ(sandbox.changed_since(0).size(), all.size());
  EXPECT_EQ(sandbox.changed_since(sandbox.changes() - 10).size(), 10U);
  EXPECT_TRUE(sandbox.changed_since(sandbox.changes() + 5).empty()) << "from the future";
  EXPECT_EQ(sandbox.presences(slot).size(), 60'000U);
  for (int i = 0; i < 60'000; ++i) {
    sandbox.add_standing(slot, now);
    sandbox.remove_standing(slot, now = now + Duration::seconds(1));
  }
  EXPECT_EQ(sandbox.presences(slot).size(), 100'000U) << "the oldest are forgotten";
  EXPECT_EQ(sandbox.presences(slot).back().until, now);
}

TEST(Presences, OfASlotAreThoseOfAllThatAreOfIt) {
  Console console;
  for (int round = 0; round < 3; ++round) {
    for (const char* who : {"ana", "bo"}) {
      const Slot slot = console.slot("prod-payments", "ProdAdmin", who);
      console.sandbox.add_standing(slot, console.now);
      console.wait(Duration::seconds(1));
      if (round < 2) console.sandbox.remove_standing(slot, console.now);
    }
  }
  const Slot slot = console.slot("prod-payments", "ProdAdmin", "bo");
  std::vector<Instant> all;
  for (const Presence& each : console.sandbox.presences()) {
    if (each.slot == slot) all.push_back(each.from);
  }
  std::vector<Instant> its_own;
  for (const Presence& each : console.sandbox.presences(slot)) its_own.push_back(each.from);
  EXPECT_EQ(its_own.size(), 3U);
  EXPECT_EQ(its_own, all);
}

}  // namespace
}  // namespace ag::sandbox
