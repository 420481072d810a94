#include <gtest/gtest.h>

#include "access/glass.hpp"
#include "access/test_asking.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::code_of;
using test::policy_with;
using test::World;

World a_world_with_glass(std::string_view more = "", const test::Company& company = a_company()) {
  World world = a_world(company);
  std::string text = policy_with("guardrails:\n", fmt::format("guardrails:\n{}", more));
  text += "break_glass: {who: {groups: [Oncall]}, what: [ProdAdmin], where: [prod], notify: [Security]}\n";
  world.apply_policy(text);
  return world;
}

test::Company with_ana_on_call() { return a_company().with_group("Oncall", {"ana"}); }

UseBreakGlass breaking(World& world) {
  return {world.fresh_request_id(), "shop-prod", "ProdAdmin", {}, "the shop is down", "shop-prod"};
}

RequestId broken(World& world) {
  const auto outcome = world.run(world.as("ana"), breaking(world));
  EXPECT_TRUE(outcome) << outcome.error().message;
  return outcome->request;
}

TEST(BreakGlass, GivesAccessAtOnceAndTellsEverybodyNamed) {
  World world = a_world_with_glass("", with_ana_on_call());
  const RequestId id = broken(world);
  EXPECT_EQ(world.status(id), Status::kGranting);
  EXPECT_EQ(world.grant(id).end, world.now + Duration::hours(1)) << "an hour where the policy says nothing";
  EXPECT_TRUE(*world.request(id).request.break_glass);
  const auto& opened = std::get<BreakGlassOpened>(world.ledger.back().event);
  ASSERT_EQ(opened.notify.size(), 1U);
  EXPECT_EQ(opened.notify.front().name, "Security");
  EXPECT_EQ(opened.review_by, world.now + Duration::hours(24));
  EXPECT_NE(world.state.reviews.find(id), nullptr);
}

TEST(BreakGlass, WorksWhereNobodyCouldApprove) {
  World world = a_world_with_glass("", with_ana_on_call().with_group("TeamLeads", {}).with_group("Security", {}));
  EXPECT_EQ(world.status(broken(world)), Status::kGranting);
}

TEST(BreakGlass, IsHeldToWhatIsKeptApartButWaitsForNobody) {
  const auto code = [](std::string_view guardrail) {
    World world = a_world_with_glass(fmt::format("  - {}\n", guardrail), with_ana_on_call());
    EXPECT_TRUE(world.ask("ana", test::playing()));
    const auto outcome = world.run(world.as("ana"), breaking(world));
    if (!outcome) EXPECT_TRUE(outcome.error().rule.starts_with("g (line ")) << outcome.error().rule;
    return code_of(outcome);
  };
  EXPECT_EQ(code("{id: g, what: [ProdAdmin], never_with: [ReadOnly]}"), "never_with");
  EXPECT_EQ(code("{id: g, what: [ProdAdmin], require: {approvers: 3, reason_min: 100, ticket: \"X-[0-9]+\"}}"), "");
}

TEST(BreakGlass, OpensWhatIsToldOfIt) {
  int opened = 0;
  const std::string_view guardrails[] = {
      "{id: g, what: [ProdAdmin], forbid: true}",
      "{id: g, what: [Deploy], forbid: true}",
      "{id: g, where: [play], what: [ProdAdmin], forbid: true}",
      "{id: g, who: {groups: [Oncall]}, forbid: true}",
      "{id: g, who: {groups: [TeamLeads]}, forbid: true}",
      "{id: g, when: {level: [high]}, forbid: true}",
      "{id: g, when: {level: [critical]}, forbid: true}",
      "{id: g, require: {max: 10m}}",
      "{id: g, require: {max: 1h}}",
      "{id: g, require: {approvers: 4, reason_min: 200, ticket: \"X-[0-9]+\"}}",
      "{id: g, require: {other_team: \"*\"}}",
  };
  for (const auto guardrail : guardrails) {
    for (const auto length : {Duration::minutes(5), Duration::minutes(30), Duration::hours(2)}) {
      World world = a_world_with_glass(fmt::format("  - {}\n", guardrail), with_ana_on_call());
      auto command = breaking(world);
      command.duration = length;
      const auto& organization = world.index().organization();
      const auto told = Glass(world.index())
                            .answer({**organization.user("ana", ""), **organization.account("shop-prod", ""),
                                     **organization.permission_set("ProdAdmin", ""), length, world.now});
      ASSERT_TRUE(told);
      const auto outcome = world.run(world.as("ana"), command);
      EXPECT_EQ(told->opens, outcome.has_value()) << guardrail << ", " << to_text(length) << ": " << told->words;
      opened += outcome ? 1 : 0;
    }
  }
  EXPECT_GT(opened, 10);
}

TEST(BreakGlass, IsAsShortAsAGuardrailSays) {
  World world = a_world_with_glass("  - {id: g, what: [ProdAdmin], require: {max: 5m}}\n", with_ana_on_call());
  auto longer = breaking(world);
  longer.duration = Duration::minutes(6);
  const auto error = world.run(world.as("ana"), longer).error();
  EXPECT_EQ(error.code, "duration_too_long");
  EXPECT_TRUE(error.rule.starts_with("g (line ")) << error.rule;
  EXPECT_EQ(world.grant(broken(world)).end, world.now + Duration::minutes(5)) << "where nothing is said";
}

TEST(BreakGlass, NeedsTheNameOfTheAccountTyped) {
  World world = a_world_with_glass("", with_ana_on_call());
  for (const std::string& typed : {"", "yes", "Shop-Prod", "shop-prod "}) {
    auto command = breaking(world);
    command.confirm = typed;
    const auto error = world.run(world.as("ana"), command).error();
    EXPECT_EQ(error.code, "not_confirmed") << typed;
    EXPECT_EQ(error.field, "confirm");
  }
}

TEST(BreakGlass, IsForThoseThatAndThereOnlyWhomThePolicyNames) {
  World world = a_world_with_glass("", with_ana_on_call());
  auto command = breaking(world);
  EXPECT_EQ(code_of(world.run(world.as("ben"), command)), "not_eligible");
  command.permission_set = "PowerUser";
  EXPECT_EQ(code_of(world.run(world.as("ana"), command)), "not_eligible");
  command = breaking(world);
  command.account = command.confirm = "play";
  EXPECT_EQ(code_of(world.run(world.as("ana"), command)), "not_eligible");
  command = breaking(world);
  command.duration = Duration::hours(2);
  const auto error = world.run(world.as("ana"), command).error();
  EXPECT_EQ(error.code, "duration_too_long");
  EXPECT_EQ(error.fix, "ask for 1h at most");
  command = breaking(world);
  command.reason = " ";
  EXPECT_EQ(world.run(world.as("ana"), command).error().field, "reason");
  EXPECT_EQ(world.state.requests.size(), 0U);
}

TEST(BreakGlass, IsNotThereWhereThePolicyHasNone) {
  World world = a_world(with_ana_on_call());
  EXPECT_EQ(code_of(world.run(world.as("ana"), breaking(world))), "not_eligible");
}

TEST(BreakGlass, OpensNothingThatIsForbiddenAltogether) {
  World world =
      a_world_with_glass("  - {id: never, where: [prod], what: [ProdAdmin], forbid: true}\n", with_ana_on_call());
  const auto error = world.run(world.as("ana"), breaking(world)).error();
  EXPECT_EQ(error.code, "forbidden");
  EXPECT_TRUE(error.rule.starts_with("never (line "));
}

TEST(BreakGlass, IsReviewedBySomebodyElse) {
  World world = a_world_with_glass("", with_ana_on_call().with_group("Security", {"emil", "ana", "ana-admin"}));
  const RequestId id = broken(world);
  const ReviewBreakGlass review{id, Finding::kJustified, "it was down indeed"};
  EXPECT_EQ(code_of(world.run(world.as("ana"), review)), "self_review");
  EXPECT_EQ(code_of(world.run(world.as("ana", Role::kAdmin), review)), "self_review") << "as an administrator neither";
  EXPECT_EQ(code_of(world.run(world.as("ana-admin"), review)), "self_review") << "nor as somebody else";
  EXPECT_EQ(code_of(world.run(world.as("ben"), review)), "not_reviewer");
  EXPECT_EQ(code_of(world.run(world.as("emil"), {ReviewBreakGlass{id, Finding::kJustified, ""}})), "too_short");
  ASSERT_TRUE(world.run(world.as("emil"), review));
  EXPECT_EQ(world.request(id).review->by_name, "emil");
  EXPECT_EQ(world.state.reviews.size(), 0U);
  const auto again = world.run(world.as("emil"), review).error();
  EXPECT_EQ(again.code, "nothing_to_review");
  EXPECT_NE(again.message.find("was reviewed by emil"), std::string::npos);
}

TEST(BreakGlass, NagsUntilItIsReviewed) {
  World world = a_world_with_glass("", with_ana_on_call());
  const RequestId id = broken(world);
  const auto nags = [&] {
    return std::count_if(world.ledger.begin(), world.ledger.end(),
                         [](const Entry& entry) { return std::holds_alternative<BreakGlassOverdue>(entry.event); });
  };
  world.pass(Duration::hours(23));
  EXPECT_EQ(nags(), 0);
  world.pass(Duration::hours(1));
  EXPECT_EQ(nags(), 1);
  world.pass(Duration::hours(24));
  world.pass(Duration::hours(24));
  EXPECT_EQ(nags(), 3);
  ASSERT_TRUE(world.run(world.as("emil"), ReviewBreakGlass{id, Finding::kUnjustified, "it was a drill"}));
  world.pass(Duration::hours(48));
  EXPECT_EQ(nags(), 3);
}

TEST(BreakGlass, IsNotExtended) {
  World world = a_world_with_glass("", with_ana_on_call());
  const RequestId id = broken(world);
  const auto error =
      world.run(world.as("ana"), ExtendAccess{world.fresh_request_id(), id, Duration::minutes(5), "more", {}}).error();
  EXPECT_EQ(error.code, "not_extendable");
}

}  // namespace
}  // namespace ag::access
