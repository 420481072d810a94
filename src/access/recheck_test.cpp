// What a request meets that has waited while the policy changed: at its decision, at its grant, and in what approvers
// are told of it.
#include <gtest/gtest.h>

#include "access/test_asking.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::code_of;
using test::policy_with;
using test::World;

Outlook outlook_for(const World& world, const RequestId& id, std::string_view who) {
  const auto& request = world.request(id);
  return outlook(world.state, world.index(), request, request.request.accounts.front(), test::user_id(who), world.now);
}

std::string guarded(std::string_view guardrail) {
  return policy_with("guardrails:\n", fmt::format("guardrails:\n  - {}\n", guardrail));
}

TEST(WaitingRequest, MustSayWhatANewGuardrailWantsToHear) {
  const std::pair<const char*, const char*> cases[] = {
      {"{id: new, where: [prod], require: {reason_min: 200}}", "at least 200 are needed"},
      {"{id: new, where: [prod], require: {ticket: \"OPS-[0-9]+\"}}", "needs a ticket"},
  };
  for (const auto& [guardrail, words] : cases) {
    World world = a_world();
    const RequestId id = world.asked("ana", test::reading());
    EXPECT_FALSE(outlook_for(world, id, "cleo").refusal);
    world.apply_policy(guarded(guardrail));
    const auto told = outlook_for(world, id, "cleo");
    ASSERT_TRUE(told.refusal) << guardrail;
    EXPECT_NE(told.refusal->find(words), std::string::npos) << *told.refusal;
    const auto error = world.approve(id, "cleo").error();
    EXPECT_EQ(error.code, "no_longer_allowed");
    EXPECT_EQ(error.message, *told.refusal);
    EXPECT_EQ(world.status(id), Status::kPending);
  }
}

TEST(WaitingRequest, IsToldToBeLostWhenMoreMustAgreeThanWereAsked) {
  World world = a_world();
  const RequestId id = world.asked("ana", test::reading());
  world.apply_policy(guarded("{id: new, where: [prod], require: {approvers: 2}}"));
  for (const char* who : {"cleo", "dora", "emil"}) EXPECT_TRUE(outlook_for(world, id, who).refusal) << who;
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "no_longer_allowed");
}

TEST(WaitingRequest, MayStillGetTheApprovalsThatAreAskedForToday) {
  World world = a_world();
  const RequestId id = world.asked("ana", test::deploying());
  world.apply_policy(
      policy_with("where: [all], max: 4h, approval: lead-then-security", "where: [all], max: 4h, approval: two"));
  EXPECT_FALSE(outlook_for(world, id, "cleo").refusal);
  ASSERT_TRUE(world.approve(id, "cleo"));
  EXPECT_FALSE(outlook_for(world, id, "emil").refusal);
  ASSERT_TRUE(world.approve(id, "emil"));
  EXPECT_EQ(world.status(id), Status::kGranting);
}

TEST(WaitingRequest, IsToldItsRuleItsGuardrailsAndItsEnd) {
  World world = a_world();
  test::Asking asking = test::administering();
  asking.reason = "the certificate of the shop runs out";
  const RequestId id = world.asked("ana", asking);
  const auto told = outlook_for(world, id, "cleo");
  EXPECT_FALSE(told.refusal);
  EXPECT_TRUE(told.rule.starts_with("admin (line ")) << told.rule;
  EXPECT_EQ(told.guardrails.size(), 2U);
  EXPECT_EQ(told.would_end, world.now + Duration::hours(1));
}

TEST(LiveGrants, AreNeverMoreThanTheLimitHoweverManyWereAskedFor) {
  World world = a_world();
  world.apply_policy(std::string(test::kPolicy) + "limits: {open_requests: 5, live_grants: 2}\n");
  std::vector<RequestId> asked;
  for (const char* reason : {"to look", "to see", "to find"}) {
    test::Asking asking = test::reading();
    asking.reason = reason;
    asked.push_back(world.asked("ana", asking));
  }
  ASSERT_TRUE(world.approve(asked[0], "cleo"));
  ASSERT_TRUE(world.approve(asked[1], "cleo"));
  EXPECT_FALSE(outlook_for(world, asked[0], "cleo").refusal) << "what is granted does not count once more";
  const auto told = outlook_for(world, asked[2], "cleo");
  const auto error = world.approve(asked[2], "cleo").error();
  EXPECT_EQ(error.code, "no_longer_allowed");
  EXPECT_EQ(told.refusal, error.message) << "approvers are shown it beforehand";
  EXPECT_EQ(error.message, "ana holds access 2 times, this would add 1, and 2 are allowed");
  EXPECT_EQ(code_of(world.ask("ana-admin", test::reading())), "too_many") << "one person, whatever the identity";
}

TEST(Deny, EndsItFromWhateverStep) {
  for (const char* who : {"emil", "cleo"}) {
    World world = a_world();
    const RequestId id = world.asked("ana", test::deploying());
    if (who == std::string("cleo")) ASSERT_TRUE(world.approve(id, "cleo"));
    EXPECT_EQ(code_of(world.deny(id, who)), "") << who << ": of the step to come, or who had agreed";
    EXPECT_EQ(world.status(id), Status::kDenied);
  }
}

TEST(Deny, IsForApproversOnly) {
  World world = a_world();
  const RequestId id = world.asked("ana", test::deploying());
  EXPECT_EQ(code_of(world.deny(id, "finn")), "not_approver");
  EXPECT_EQ(code_of(world.deny(id, "ana-admin")), "self_approval");
}

TEST(OnCall, WhoseTurnComesAfterTheLapseCannotApprove) {
  World world = a_world();
  const std::string text = policy_with("lead: {steps: [{any_of: [{group: TeamLeads}]}], lapse: 4h}",
                                       "lead: {steps: [{any_of: [{on_call: rota}]}], lapse: 4h}");
  const auto with_turns = [&](std::string_view turns) {
    return text +
           fmt::format("on_call:\n  rota: {{from: \"2026-01-05T09:00\", zone: UTC, every: 7d, turns: [{}]}}\n", turns);
  };
  world.apply_policy(with_turns("{user: ana}, {user: ana}, {user: cleo}"));
  std::set<std::string> codes;
  for (int week = 0; week < 3; ++week) {
    const auto asked = world.ask("ana", test::reading());
    codes.insert(code_of(asked));
    if (asked) EXPECT_EQ(code_of(world.approve(asked->request, "cleo")), "");
    else EXPECT_NE(asked.error().message.find("0 who could decide"), std::string::npos) << asked.error().message;
    world.pass(Duration::hours(24 * 7));
  }
  EXPECT_EQ(codes, (std::set<std::string>{"", "no_approver"})) << "in the weeks of her own nobody could";
}

}  // namespace
}  // namespace ag::access
