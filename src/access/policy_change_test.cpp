#include <gtest/gtest.h>

#include "access/test_asking.hpp"
#include "base/hash.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::code_of;
using test::kPolicy;
using test::policy_with;
using test::World;

// ProdAdmin is of no declared level, and so of a high one.
std::string wider() {
  return policy_with("where: [prod], max: 4h, approval: lead}", "where: [prod], max: 8h, approval: lead}");
}

Result<Outcome> propose(World& world, std::string_view who, const std::string& text, std::string_view id = "chg_1") {
  return world.run(world.as(who, Role::kAdmin), ApplyPolicy{text, "api", {}, ChangeId(std::string(id))});
}

Result<Outcome> agree(World& world, std::string_view who, Role role = Role::kAdmin, const std::string& text = wider(),
                      Verdict verdict = Verdict::kApprove) {
  return world.run(world.as(who, role), DecideChange{ChangeId("chg_1"), to_hex(sha256(text)), verdict, "read it"});
}

std::string hash_in_force(const World& world) { return world.state.policy.get().hash; }

TEST(PolicyChange, ThatOpensHighAccessWaitsForSomebodyElse) {
  World world = a_world();
  const std::string before = hash_in_force(world);
  const auto outcome = propose(world, "ana", wider());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(hash_in_force(world), before);
  const auto& proposed = std::get<PolicyProposed>(outcome->events.front());
  EXPECT_EQ(proposed.base, before);
  EXPECT_FALSE(proposed.widens.empty());
  EXPECT_EQ(code_of(agree(world, "ana")), "self_approval");
  EXPECT_EQ(code_of(agree(world, "ana-admin")), "self_approval") << "one person, two accounts";
  EXPECT_EQ(code_of(agree(world, "cleo", Role::kPerson)), "not_approver");
  EXPECT_EQ(code_of(agree(world, "cleo", Role::kAdmin, "another text")), "stale_version");
  ASSERT_TRUE(agree(world, "cleo"));
  EXPECT_EQ(hash_in_force(world), to_hex(sha256(wider())));
  EXPECT_EQ(code_of(agree(world, "dora")), "not_pending");
}

TEST(PolicyChange, IsNotAgreedToByItsProposerUnderAnotherName) {
  for (const char* name : {"ANA", "ana", "Ana@Example.com", " ana-admin"}) {
    World world = a_world();
    ASSERT_TRUE(propose(world, "ana", wider()));
    const Caller outside{{"person", {}, name, {}}, UserId(), name, Role::kAdmin};
    const DecideChange decide{ChangeId("chg_1"), to_hex(sha256(wider())), Verdict::kApprove, "read it"};
    EXPECT_EQ(code_of(world.run(outside, decide)), "self_approval") << name;
    const Caller other{{"person", {}, "somebody", {}}, UserId(), "somebody", Role::kAdmin};
    EXPECT_EQ(code_of(world.run(other, decide)), "");
  }
}

TEST(PolicyChange, ThatClosesIsAppliedAtOnce) {
  World world = a_world();
  const std::string closer =
      policy_with("where: [prod], max: 4h, approval: lead}", "where: [prod], max: 2h, approval: lead}");
  ASSERT_TRUE(propose(world, "ana", closer));
  EXPECT_EQ(hash_in_force(world), to_hex(sha256(closer)));
}

TEST(PolicyChange, FromTheServersOwnDiskIsAppliedAtOnce) {
  World world = a_world();
  world.apply_policy(wider());
  EXPECT_EQ(hash_in_force(world), to_hex(sha256(wider())));
}

TEST(PolicyChange, IsDeniedByAnyOfThem) {
  World world = a_world();
  ASSERT_TRUE(propose(world, "ana", wider()));
  ASSERT_TRUE(agree(world, "cleo", Role::kAdmin, wider(), Verdict::kDeny));
  EXPECT_EQ(hash_in_force(world), to_hex(sha256(kPolicy)));
  EXPECT_EQ(code_of(agree(world, "dora")), "not_pending");
}

TEST(PolicyChange, GivesWayToANewerOne) {
  World world = a_world();
  ASSERT_TRUE(propose(world, "ana", wider()));
  ASSERT_TRUE(propose(world, "cleo", wider() + "# another\n", "chg_2"));
  const auto error = agree(world, "dora").error();
  EXPECT_EQ(error.code, "not_pending");
  EXPECT_EQ(error.message, "a newer proposal took the place of chg_1");
}

TEST(PolicyChange, ToAPolicyThatHasChangedMeanwhileIsNotApplied) {
  World world = a_world();
  ASSERT_TRUE(propose(world, "ana", wider()));
  world.apply_policy(policy_with("min: 10m", "min: 11m"));
  EXPECT_EQ(code_of(agree(world, "cleo")), "policy_changed");
}

TEST(PolicyChange, CannotWeakenItsOwnControlAlone) {
  World world = a_world();
  const std::string before = hash_in_force(world);
  ASSERT_TRUE(propose(world, "ana", std::string(kPolicy) + "change_control: {when: never}\n"));
  EXPECT_EQ(hash_in_force(world), before);
  EXPECT_NE(world.state.policy_changes.find(ChangeId("chg_1")), nullptr);
}

TEST(PolicyChange, IsForThoseWhomThePolicyNames) {
  World world = a_world();
  world.apply_policy(std::string(kPolicy) + "change_control: {when: widens, any_of: [{group: Security}]}\n");
  const std::string text = wider() + "change_control: {when: widens, any_of: [{group: Security}]}\n";
  ASSERT_TRUE(propose(world, "ana", text));
  EXPECT_EQ(code_of(agree(world, "cleo", Role::kAdmin, text)), "not_approver") << "administrator or not";
  ASSERT_TRUE(agree(world, "emil", Role::kPerson, text));
  EXPECT_EQ(hash_in_force(world), to_hex(sha256(text)));
}

TEST(PolicyChange, OfAnAdministratorOutsideTheDirectoryNeedsSomebodyElseToo) {
  World world = a_world();
  ASSERT_TRUE(world.run(World::the_operator(), ApplyPolicy{wider(), "api", {}, ChangeId("chg_1")}));
  const auto own =
      world.run(World::the_operator(), DecideChange{ChangeId("chg_1"), to_hex(sha256(wider())), Verdict::kApprove, {}});
  EXPECT_EQ(code_of(own), "self_approval");
  EXPECT_EQ(code_of(agree(world, "cleo")), "");
}

}  // namespace
}  // namespace ag::access
