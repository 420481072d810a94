// Several accounts in one request, people who come later, windows, and what nobody may hold at once.
#include <gtest/gtest.h>

#include "access/eligibility.hpp"
#include "access/test_asking.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::Asking;
using test::code_of;
using test::policy_with;
using test::World;

Asking reading_everywhere() {
  return {.accounts = {"play", "shop-prod", "payments-prod"}, .permission_set = "ReadOnly"};
}

World a_world_with(std::string_view from, std::string_view to, const test::Company& company = a_company()) {
  World world = a_world(company);
  world.apply_policy(policy_with(from, to));
  return world;
}

// ---- several accounts ------------------------------------------------------------------------------------

TEST(SeveralAccounts, AreGrantedApartWhereRulesDiffer) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading_everywhere());
  EXPECT_EQ(world.status(id), Status::kPending);
  ASSERT_EQ(world.request(id).grants.size(), 1U) << "nobody has to agree to the sandbox";
  EXPECT_EQ(world.grant(id).slot.account, AccountId("012345678901"));
  ASSERT_TRUE(world.approve(id, "cleo"));
  ASSERT_EQ(world.request(id).grants.size(), 3U);
  EXPECT_EQ(world.status(id), Status::kGranting);
}

TEST(SeveralAccounts, KeepWhatWasGrantedWhenTheRestIsDenied) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading_everywhere());
  ASSERT_TRUE(world.deny(id, "cleo"));
  EXPECT_EQ(world.status(id), Status::kGranting) << "of the sandbox";
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "not_pending");
  EXPECT_EQ(world.request(id).grants.size(), 1U);
}

TEST(SeveralAccounts, MayBeDroppedByAnApprover) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading_everywhere());
  Decide decision{id, world.request(id).version, Verdict::kApprove, {}, {}, std::vector<std::string>{"shop-prod"}};
  ASSERT_TRUE(world.run(world.as("cleo"), decision));
  ASSERT_EQ(world.request(id).grants.size(), 2U);
  EXPECT_EQ(world.grant(id, 1).slot.account, AccountId("222222222222"));
  EXPECT_EQ(world.status(id), Status::kGranting) << "nothing of it waits any more";
}

TEST(SeveralAccounts, AreNeverAddedByAnApprover) {
  World world = a_world();
  const RequestId id = world.asked("ana", test::reading());
  Decide decision{id, world.request(id).version, Verdict::kApprove, {}, {}, std::vector<std::string>{"payments-prod"}};
  const auto error = world.run(world.as("cleo"), decision).error();
  EXPECT_EQ(error.code, "unknown_account");
  EXPECT_EQ(error.fix, "they are: shop-prod");
  decision.accounts = std::vector<std::string>{};
  EXPECT_EQ(code_of(world.run(world.as("cleo"), decision)), "missing_field");
}

TEST(SeveralAccounts, WaitForThePeopleOfEach) {
  World world = a_world();
  std::string text = policy_with("where: [all], max: 4h, approval: lead-then-security}",
                                 "where: [prod], max: 4h, approval: lead-then-security}\n"
                                 "  - {id: deploy-play, who: {groups: [Developers]}, what: [Deploy], where: [play], "
                                 "max: 4h, approval: security}");
  text += "  security: {steps: [{any_of: [{group: Security}]}]}\n";
  world.apply_policy(text);
  const RequestId id = world.asked("ana", {.accounts = {"play", "shop-prod"}, .permission_set = "Deploy"});
  ASSERT_TRUE(world.approve(id, "emil")) << "of Security: of the sandbox's only step";
  ASSERT_EQ(world.request(id).grants.size(), 1U);
  EXPECT_EQ(code_of(world.approve(id, "emil")), "already_decided") << "prod still waits for a team lead";
  ASSERT_TRUE(world.approve(id, "cleo"));
  EXPECT_EQ(world.request(id).grants.size(), 1U);
  ASSERT_TRUE(world.approve(id, "emil")) << "prod has come to Security by now";
  EXPECT_EQ(world.request(id).grants.size(), 2U);
}

// ---- people who come later -------------------------------------------------------------------------------

constexpr std::string_view kLead = "lead: {steps: [{any_of: [{group: TeamLeads}]}], lapse: 4h}";

TEST(Escalation, LetsFurtherPeopleDecideAfterItsTime) {
  World world = a_world_with(kLead,
                             "lead: {steps: [{any_of: [{group: TeamLeads}]}], lapse: 4h, remind: [30m], "
                             "escalate: [{after: 1h, any_of: [{group: Security}]}]}");
  const RequestId id = world.asked("ana", test::reading());
  EXPECT_EQ(code_of(world.approve(id, "emil")), "not_approver");
  world.pass(Duration::minutes(30));
  EXPECT_EQ(kind_of(world.ledger.back().event), "request.reminded");
  world.pass(Duration::minutes(30));
  EXPECT_EQ(kind_of(world.ledger.back().event), "request.escalated");
  EXPECT_EQ(code_of(world.approve(id, "emil")), "");
  EXPECT_EQ(world.status(id), Status::kGranting);
}

TEST(Escalation, NeverReachesTheRequester) {
  World world = a_world_with(kLead,
                             "lead: {steps: [{any_of: [{group: TeamLeads}]}], lapse: 4h, "
                             "escalate: [{after: 1h, any_of: [{user: ana}, {user: ana-admin}]}]}");
  const RequestId id = world.asked("ana", test::reading());
  world.pass(Duration::hours(1));
  EXPECT_EQ(code_of(world.approve(id, "ana")), "self_approval");
  EXPECT_EQ(code_of(world.approve(id, "ana-admin")), "self_approval");
}

TEST(Escalation, IsNotToldOfWhatWasDecided) {
  World world = a_world_with(kLead,
                             "lead: {steps: [{any_of: [{group: TeamLeads}]}], lapse: 4h, remind: [30m], "
                             "escalate: [{after: 1h, any_of: [{group: Security}]}]}");
  const RequestId id = world.asked("ana", test::reading());
  ASSERT_TRUE(world.approve(id, "cleo"));
  const std::size_t before = world.ledger.size();
  world.pass(Duration::minutes(59));
  EXPECT_EQ(world.ledger.size(), before);
}

// ---- approvers by tag, manager, schedule, and not of one's own team -----------------------------------------

TEST(Approvers, AreTheOwnersThatTheAccountsTagsName) {
  const auto company =
      a_company().with(Account{AccountId("222222222222"), "shop-prod", "", "ACTIVE", {}, "", {{"owner", "Security"}}},
                       "/Workloads/Prod");
  World world = a_world_with(kLead, "lead: {steps: [{any_of: [{account_tag: owner}]}], lapse: 4h}", company);
  const RequestId id = world.asked("ana", test::reading());
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "not_approver");
  EXPECT_EQ(code_of(world.approve(id, "emil")), "");
  Asking elsewhere = test::reading();
  elsewhere.accounts = {"payments-prod"};
  const auto error = world.ask("ana", elsewhere).error();
  EXPECT_EQ(error.code, "no_approver");
  EXPECT_NE(error.message.find("the tag owner of payments-prod, which it does not have"), std::string::npos)
      << error.message;
}

TEST(Approvers, AreTheRequestersManager) {
  User ana{test::user_id("ana"), "ana", "ana", test::mail_of("ana"), true, "emil"};
  World world =
      a_world_with(kLead, "lead: {steps: [{any_of: [{manager: true}]}], lapse: 4h}", a_company().with(std::move(ana)));
  const RequestId id = world.asked("ana", test::reading());
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "not_approver");
  EXPECT_EQ(code_of(world.approve(id, "emil")), "");
  EXPECT_EQ(code_of(world.ask("finn", test::reading())), "no_approver") << "nobody is said to be the manager of finn";
}

TEST(Approvers, OnCallAreThoseWhoseTurnItIsWhenTheyDecide) {
  World world = a_world();
  // 2027-01-15T08:00:00Z is the moment at which worlds begin.
  std::string text = policy_with(kLead, "lead: {steps: [{any_of: [{on_call: shop}]}], lapse: 4h}");
  text +=
      "on_call:\n  shop: {zone: Europe/Berlin, from: \"2027-01-08T10:00\", every: 7d, "
      "turns: [{user: cleo}, {user: emil}]}\n";
  world.apply_policy(text);
  const RequestId id = world.asked("ana", test::reading());
  EXPECT_EQ(code_of(world.approve(id, "emil")), "not_approver") << "cleo's turn ends at ten o'clock in Berlin";
  world.pass(Duration::hours(1));
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "not_approver");
  EXPECT_EQ(code_of(world.approve(id, "emil")), "");
}

TEST(Approvers, OfTheRequestersOwnTeamDoNotCount) {
  auto company =
      a_company().with(Group{test::group_id("team-shop"), "team-shop", {test::user_id("ana"), test::user_id("cleo")}});
  World world =
      a_world_with("guardrails:\n", "guardrails:\n  - {id: other, where: [prod], require: {other_team: \"team-*\"}}\n",
                   std::move(company).with_group("TeamLeads", {"cleo", "emil"}));
  const RequestId id = world.asked("ana", test::reading());
  EXPECT_EQ(code_of(world.approve(id, "cleo")), "not_approver");
  EXPECT_EQ(code_of(world.approve(id, "emil")), "");
}

// ---- windows ----------------------------------------------------------------------------------------------

World a_world_with_hours(std::string_view when) {
  World world = a_world();
  std::string text = policy_with("where: [play], max: 8h, approval: nobody}",
                                 fmt::format("where: [play], max: 8h, approval: nobody, {}}}", when));
  text += "windows:\n  office: {days: mon-fri, from: \"08:00\", to: \"18:00\", zone: Europe/Berlin}\n";
  world.apply_policy(text);
  return world;  // it is Friday, nine o'clock in Berlin
}

TEST(Window, HoldsTheWholeOfTheAccess) {
  World world = a_world_with_hours("during: [office]");
  Asking asking = test::playing();
  asking.duration = Duration::hours(8);
  EXPECT_EQ(code_of(world.ask("ana", asking)), "");
  world.pass(Duration::hours(2));
  asking.reason = "once more";
  const auto error = world.ask("ana", asking).error();
  EXPECT_EQ(error.code, "duration_too_long");
  EXPECT_EQ(error.fix, "the window closes at 2027-01-15T17:00:00Z: ask for 7h at most");
}

TEST(Window, ThatIsClosedSaysWhenItOpens) {
  World world = a_world_with_hours("during: [office]");
  world.pass(Duration::hours(9));
  Asking asking = test::playing();
  const auto error = world.ask("ana", asking).error();
  EXPECT_EQ(error.code, "outside_window");
  EXPECT_EQ(error.field, "start");
  EXPECT_EQ(error.fix, "ask with start 2027-01-18T08:00:00+01:00");
  asking.start = *parse_rfc3339("2027-01-18T08:00:00+01:00");
  EXPECT_EQ(code_of(world.ask("ana", asking)), "");
}

TEST(Window, CutsWhatIsApprovedLate) {
  World world = a_world();
  std::string text = policy_with("max: 8h, approval: lead}", "max: 8h, approval: lead, during: [office]}");
  text += "windows:\n  office: {days: mon-fri, from: \"08:00\", to: \"10:30\", zone: Europe/Berlin}\n";
  world.apply_policy(text);
  const RequestId id = world.asked("ana", test::reading());
  world.pass(Duration::minutes(60));
  ASSERT_TRUE(world.approve(id, "cleo"));
  EXPECT_EQ(world.grant(id).end, world.now + Duration::minutes(30)) << "from ten to half past ten";
}

TEST(Guardrail, OutsideAWindowHoldsForWhatReachesBeyondIt) {
  World world = a_world();
  std::string text = policy_with("guardrails:\n",
                                 "guardrails:\n  - {id: night, when: {outside: [office]}, require: {approvers: 2}}\n");
  text += "windows:\n  office: {days: mon-fri, from: \"08:00\", to: \"18:00\", zone: Europe/Berlin}\n";
  world.apply_policy(text);
  const RequestId by_day = world.asked("ana", test::reading());
  EXPECT_EQ(world.request(by_day).request.accounts.front().guardrails, std::vector<std::string>{});
  Asking asking = test::reading();
  asking.start = world.now + Duration::minutes(8 * 60 + 30);
  asking.duration = Duration::hours(1);
  const RequestId into_the_evening = world.asked("ana", asking);
  EXPECT_EQ(world.request(into_the_evening).request.accounts.front().guardrails, std::vector<std::string>{"night"});
  EXPECT_EQ(world.request(into_the_evening).request.steps.back().need, 2);
}

// ---- what nobody may hold at once, or at all --------------------------------------------------------------

constexpr std::string_view kApart =
    "guardrails:\n  - {id: apart, where: [prod], what: [ReadOnly], never_with: [Deploy]}\n";

TEST(NeverWith, RefusesTheSecondWhileTheFirstIsHeld) {
  World world = a_world_with("guardrails:\n", kApart);
  const RequestId first = world.asked("ana", test::reading());
  const RequestId second = world.asked("ana", test::deploying());
  ASSERT_TRUE(world.approve(first, "cleo"));
  ASSERT_TRUE(world.approve(second, "cleo"));
  const auto error = world.approve(second, "emil").error();
  EXPECT_EQ(error.code, "no_longer_allowed") << "both were asked for before either was held";
  EXPECT_NE(error.message.find("ReadOnly in shop-prod is held until"), std::string::npos) << error.message;
  Asking asking = test::deploying();
  asking.reason = "and once more for the other one";
  const auto again = world.ask("ana", asking).error();
  EXPECT_EQ(again.code, "never_with");
  EXPECT_TRUE(again.rule.starts_with("apart (line "));
  EXPECT_EQ(again.fix, "end it first: `accessguard access end " + first.str() + "`");
  EXPECT_EQ(code_of(world.ask("ben", asking)), "") << "it is for one person";
}

TEST(NeverWith, IsForThePersonBehindEachIdentity) {
  World world = a_world_with("guardrails:\n", kApart);
  const RequestId first = world.asked("ana", test::reading());
  ASSERT_TRUE(world.approve(first, "cleo"));
  World other = a_world_with("guardrails:\n", kApart, a_company().with_group("Developers", {"ana", "ana-admin"}));
  const RequestId held = other.asked("ana", test::reading());
  ASSERT_TRUE(other.approve(held, "cleo"));
  EXPECT_EQ(code_of(other.ask("ana-admin", test::deploying())), "never_with");
}

TEST(NeverWith, CountsStandingAccessToo) {
  const auto company = a_company().with(
      StandingAssignment{AccountId("222222222222"), test::set_arn("ReadOnly"), test::user_id("ana"), {}});
  World world = a_world_with("guardrails:\n", kApart, company);
  EXPECT_EQ(code_of(world.ask("ana", test::deploying())), "never_with");
}

TEST(NeverWith, WaitsUntilItIsKnownWhatStands) {
  World world = a_world_with("guardrails:\n", kApart);
  const RequestId waits = world.asked("ana", test::reading());
  Asking later = test::deploying();
  later.start = world.now + Duration::hours(1);
  const RequestId scheduled = world.asked("ben", later);
  ASSERT_TRUE(world.approve(scheduled, "cleo"));
  ASSERT_TRUE(world.approve(scheduled, "emil"));

  world.forget_the_standing();
  const auto error = world.ask("finn", test::deploying()).error();
  EXPECT_EQ(error.code, "directory_unknown");
  EXPECT_TRUE(error.rule.starts_with("apart (line ")) << error.rule;
  EXPECT_EQ(code_of(world.ask("finn", test::playing())), "") << "nothing keeps that apart from anything";
  EXPECT_EQ(code_of(world.approve(waits, "cleo")), "directory_unknown") << "it can be approved in a moment";
  EXPECT_EQ(world.status(waits), Status::kPending);
  world.pass(Duration::minutes(90));
  EXPECT_EQ(world.status(scheduled), Status::kScheduled) << "it begins when it is known";

  world.move_to(a_company());
  ASSERT_TRUE(world.approve(waits, "cleo"));
  world.pass(Duration::seconds(1));
  EXPECT_EQ(world.status(scheduled), Status::kGranting);
}

TEST(Forbid, IsForEverybodyWhateverTheRules) {
  World world =
      a_world_with("guardrails:\n", "guardrails:\n  - {id: never, where: [prod], what: [Deploy], forbid: true}\n");
  const auto error = world.ask("ana", test::deploying()).error();
  EXPECT_EQ(error.code, "forbidden");
  EXPECT_TRUE(error.rule.starts_with("never (line "));
  Asker asker(world.index(), *world.organization().find(test::user_id("ana")));
  for (const auto& it : asker.everything(world.now))
    EXPECT_FALSE(it.permission_set->name == "Deploy" && it.account->path.starts_with("/Workloads/Prod"));
}

}  // namespace
}  // namespace ag::access
