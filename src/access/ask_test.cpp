#include "access/decide.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/test_asking.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::administering;
using test::Asking;
using test::code_of;
using test::deploying;
using test::playing;
using test::reading;
using test::user_id;
using test::World;

TEST(Ask, BecomesARequestThatSaysAllThatWasDerived) {
  World world = a_world();
  const RequestId id = world.asked("ana", deploying());
  const RequestState& request = world.request(id);
  EXPECT_EQ(request.request.requester, user_id("ana"));
  EXPECT_EQ(request.request.requester_name, "ana");
  EXPECT_EQ(request.request.permission_set_name, "Deploy");
  EXPECT_EQ(request.request.level, Level::kMedium);
  EXPECT_EQ(request.request.accounts.at(0).name, "shop-prod");
  EXPECT_EQ(request.request.accounts.at(0).path, "/Workloads/Prod");
  EXPECT_EQ(request.request.accounts.at(0).rule, "deploy");
  ASSERT_EQ(request.request.steps.size(), 2U);
  EXPECT_EQ(request.request.steps[1].any_of.at(0), (Party{PartyKind::kGroup, "g-Security", "Security"}));
  EXPECT_EQ(request.request.lapses_at, world.now + Duration::hours(4));
  EXPECT_EQ(request.version, version_of(request.request));
  EXPECT_EQ(world.status(id), Status::kPending);
  EXPECT_EQ(request.grants.size(), 0U);
}

TEST(Ask, CarriesTheHardEndOfItsRuleToTheGrant) {
  World world = a_world();
  const RequestId soft = world.asked("ana", playing());
  EXPECT_FALSE(world.request(soft).request.session_end) << "as requests were written before there was a choice";
  EXPECT_EQ(world.grant(soft).session_end, SessionEnd::kSoft);

  world.apply_policy(test::policy_with("max: 8h, approval: nobody}", "max: 8h, approval: nobody, end: hard}"));
  Asking anew = playing();
  anew.reason = "another matter altogether";
  const RequestId hard = world.asked("ana", anew);
  EXPECT_EQ(world.request(hard).request.session_end, SessionEnd::kHard);
  EXPECT_EQ(world.grant(hard).session_end, SessionEnd::kHard);
}

TEST(Ask, IsGrantedAtOnceWhereNobodyMustAgree) {
  World world = a_world();
  const RequestId id = world.asked("ana", playing());
  EXPECT_EQ(world.status(id), Status::kGranting);
  const GrantState& grant = world.grant(id);
  EXPECT_EQ(grant.slot, (Slot{AccountId("012345678901"), test::set_arn("ReadOnly"), user_id("ana")}));
  EXPECT_EQ(grant.start, world.now);
  EXPECT_EQ(grant.end, world.now + Duration::hours(1));
}

struct Refusal {
  std::string_view what;
  Asking asking;
  std::string_view code;
  std::string_view field;
  std::string_view says;
};

Asking with(Asking asking, void (*change)(Asking&)) {
  change(asking);
  return asking;
}

TEST(Ask, RefusesBadInputAndNamesTheField) {
  World world = a_world();
  const std::vector<Refusal> refusals = {
      {"no account", with(playing(), [](Asking& a) { a.accounts = {}; }), "missing_field", "accounts", "at least one"},
      {"too many accounts", with(playing(), [](Asking& a) { a.accounts.assign(51, "play"); }), "too_many", "accounts",
       "has 51; at most 50"},
      {"unknown account", with(playing(), [](Asking& a) { a.accounts = {"play", "shop-prd"}; }), "unknown_account",
       "accounts[1]", "there is no account \"shop-prd\""},
      {"empty account", with(playing(), [](Asking& a) { a.accounts = {""}; }), "unknown_account", "accounts[0]",
       "\"\""},
      {"unknown set", with(playing(), [](Asking& a) { a.permission_set = "Readonly"; }), "unknown_permission_set",
       "permission_set", "there is no permission set \"Readonly\""},
      {"zero duration", with(playing(), [](Asking& a) { a.duration = {}; }), "invalid_duration", "duration",
       "at least one second"},
      {"half a second", with(playing(), [](Asking& a) { a.duration = Duration::milliseconds(500); }),
       "invalid_duration", "duration", "at least one second"},
      {"too long", with(playing(), [](Asking& a) { a.duration = Duration::hours(9); }), "duration_too_long", "duration",
       "9h is too long"},
      {"endless", with(playing(), [](Asking& a) { a.duration = Duration::max(); }), "duration_too_long", "duration",
       "too long"},
      {"too short", with(reading(), [](Asking& a) { a.duration = Duration::seconds(1); }), "duration_too_short",
       "duration", "1s is too short"},
      {"empty reason", with(playing(), [](Asking& a) { a.reason = ""; }), "too_short", "reason", "must not be empty"},
      {"blank reason", with(playing(), [](Asking& a) { a.reason = " \t\n "; }), "too_short", "reason",
       "must not be empty"},
      {"100 kB of reason", with(playing(), [](Asking& a) { a.reason.assign(100'000, 'x'); }), "too_long", "reason",
       "at most 500"},
      {"control characters", with(playing(), [](Asking& a) { a.reason = "a\x1b[2Jb"; }), "invalid_characters", "reason",
       "control characters"},
      {"two lines", with(playing(), [](Asking& a) { a.reason = "a\nb"; }), "invalid_characters", "reason",
       "line breaks"},
      {"direction of writing", with(playing(), [](Asking& a) { a.reason = "a\xe2\x80\xae z"; }), "invalid_characters",
       "reason", "invisible"},
      {"not UTF-8", with(playing(), [](Asking& a) { a.reason = "\xff"; }), "invalid_characters", "reason", ""},
      {"empty ticket", with(playing(), [](Asking& a) { a.ticket = ""; }), "too_short", "ticket", "must not be empty"},
      {"long ticket", with(playing(), [](Asking& a) { a.ticket = std::string(65, 'T'); }), "too_long", "ticket",
       "at most 64"},
      {"no rule", with(playing(), [](Asking& a) { a.permission_set = "SecurityAudit"; }), "not_eligible", "accounts",
       "no rule lets ana ask for SecurityAudit in play"},
      {"suspended", with(playing(), [](Asking& a) { a.accounts = {"old"}; }), "account_not_active", "accounts",
       "old is SUSPENDED"},
      {"another rule", with(playing(), [](Asking& a) { a.rule = "deploy"; }), "not_eligible", "accounts", "deploy"},
  };
  for (const auto& it : refusals) {
    SCOPED_TRACE(it.what);
    const auto outcome = world.ask("ana", it.asking);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, it.code);
    EXPECT_EQ(outcome.error().field, it.field);
    EXPECT_NE(outcome.error().message.find(it.says), std::string::npos) << outcome.error().message;
  }
  EXPECT_EQ(world.state.requests.size(), 0U);
}

TEST(Ask, RefusesTimesThatAreNotAhead) {
  World world = a_world();
  Asking asking = playing();
  asking.start = world.now - Duration::seconds(1);
  EXPECT_EQ(code_of(world.ask("ana", asking)), "start_in_past");
  asking.start = world.now + kStartHorizon + Duration::seconds(1);
  EXPECT_EQ(code_of(world.ask("ana", asking)), "start_too_far");
  EXPECT_EQ(world.ask("ana", asking).error().field, "start");
  asking.start = Instant::max();
  EXPECT_EQ(code_of(world.ask("ana", asking)), "start_too_far");
  asking.start = world.now;
  EXPECT_EQ(code_of(world.ask("ana", asking)), "");
  asking.start = world.now + kStartHorizon;
  EXPECT_EQ(code_of(world.ask("ana", asking)), "");
}

TEST(Ask, RefusesAnAmbiguousNameAndListsWhatItCouldBe) {
  World world = a_world(a_company().with(Account{AccountId("777777777777"), "play", "", "ACTIVE", {}, "", {}}, "/"));
  const auto error = world.ask("ana", playing()).error();
  EXPECT_EQ(error.code, "ambiguous_account");
  EXPECT_NE(error.message.find("012345678901, 777777777777"), std::string::npos) << error.message;
}

TEST(Ask, QuotesOnlyWholeCharactersOfWhatItDoesNotKnow) {
  World world = a_world();
  std::string name = "x";
  for (int i = 0; i < 200; ++i) name += "\xc3\xa9";
  Asking asking = playing();
  asking.accounts = {name};
  const auto account = world.ask("ana", asking).error();
  EXPECT_TRUE(decode_utf8(account.message));
  asking = playing();
  asking.rule = name;
  const auto rule = world.ask("ana", asking).error();
  EXPECT_TRUE(decode_utf8(rule.message) && decode_utf8(rule.rule));
  EXPECT_LT(rule.rule.size(), 100U);
  EXPECT_TRUE(decode_utf8(world.run(world.as("ana"), Withdraw{RequestId(name)}).error().message));
  EXPECT_TRUE(decode_utf8(world.run(world.the_operator(), RevokeToken{TokenId(name)}).error().message));
}

TEST(Ask, IsForEnabledPeopleOfTheDirectoryOnly) {
  World world = a_world();
  EXPECT_EQ(code_of(world.ask("gone", playing())), "user_disabled");
  EXPECT_EQ(code_of(world.ask("stranger", playing())), "unknown_user");
  EXPECT_EQ(code_of(world.run(World::the_operator(), world.command(playing()))), "unknown_user")
      << "an administrator is nobody that could be granted anything";
  world.forget_the_directory();
  EXPECT_EQ(code_of(world.ask("ana", playing())), "directory_unknown");
}

TEST(Ask, RefusesWhatTheRequesterHasAlready) {
  const auto direct = StandingAssignment{AccountId("012345678901"), test::set_arn("ReadOnly"), user_id("ana"), {}};
  EXPECT_EQ(code_of(a_world(a_company().with(direct)).ask("ana", playing())), "already_held");
  EXPECT_EQ(code_of(a_world(a_company().with(direct)).ask("ben", playing())), "");
  const auto by_group =
      StandingAssignment{AccountId("012345678901"), test::set_arn("ReadOnly"), {}, test::group_id("Developers")};
  const auto error = a_world(a_company().with(by_group)).ask("ana", playing()).error();
  EXPECT_EQ(error.code, "already_held");
  EXPECT_NE(error.message.find("through the group Developers"), std::string::npos) << error.message;
}

TEST(Ask, NamesTheGuardrailThatAsksForMoreWords) {
  World world = a_world();
  Asking asking = administering();
  asking.reason = "too short by far";
  const auto words = world.ask("ana", asking).error();
  EXPECT_EQ(words.code, "too_short");
  EXPECT_EQ(words.field, "reason");
  EXPECT_EQ(words.rule, "prod-words (line 15)");
  asking = administering();
  asking.ticket.reset();
  const auto without = world.ask("ana", asking).error();
  EXPECT_EQ(without.code, "ticket_needed");
  EXPECT_EQ(without.field, "ticket");
  EXPECT_EQ(without.rule, "prod-ticket (line 16)");
  asking.ticket = "ops1";
  const auto wrong = world.ask("ana", asking).error();
  EXPECT_EQ(wrong.code, "invalid_ticket");
  EXPECT_EQ(wrong.rule, "prod-ticket (line 16)");
  EXPECT_NE(wrong.message.find("\"ops1\""), std::string::npos);
  asking.ticket = "OPS-1";
  EXPECT_EQ(code_of(world.ask("ana", asking)), "");
}

TEST(Ask, CountsCharactersNotBytesAndForgivesWhiteSpaceAround) {
  World world = a_world();
  Asking asking = playing();
  for (int i = 0; i < 249; ++i) asking.reason = i == 0 ? "  \xc3\xa4" : asking.reason + "\xc3\xa4\xc3\xa4";
  const RequestId id = world.asked("ana", asking);
  EXPECT_TRUE(world.request(id).request.reason.starts_with("\xc3\xa4"));
}

TEST(Ask, RefusesTheOneRequestTooMany) {
  World world = a_world();
  Asking asking = deploying();
  for (int i = 0; i < Limits{}.open_requests; ++i) {
    asking.reason = fmt::format("deployment number {} of many", i);
    world.asked("ana", asking);
  }
  EXPECT_EQ(code_of(world.ask("ana", deploying())), "too_many");
  EXPECT_EQ(code_of(world.ask("ben", deploying())), "") << "each has a share of his own";
  ASSERT_TRUE(world.run(world.as("ana"), Withdraw{world.state.requests.begin()->first}));
  EXPECT_EQ(code_of(world.ask("ana", deploying())), "");
}

TEST(Ask, OfSeveralAccountsIsOneRequestWithAGrantEach) {
  World world = a_world();
  Asking asking = deploying();
  asking.accounts = {"shop-prod", "333344445555", "222222222222", "shop-prod"};
  const RequestId id = world.asked("ana", asking);
  EXPECT_EQ(world.request(id).request.accounts.size(), 2U) << "the same account counts once, however it is called";
  ASSERT_TRUE(world.approve(id, "cleo"));
  ASSERT_TRUE(world.approve(id, "emil"));
  ASSERT_EQ(world.request(id).grants.size(), 2U);
  EXPECT_EQ(world.grant(id, 0).slot.account.str(), "222222222222");
  EXPECT_EQ(world.grant(id, 1).slot.account.str(), "333344445555");
  EXPECT_NE(world.grant(id, 0).id, world.grant(id, 1).id);
}

TEST(Ask, TwiceForTheSameIsOnce) {
  World world = a_world();
  const RequestId pending = world.asked("ana", reading());
  EXPECT_EQ(world.asked("ana", reading()), pending);
  EXPECT_EQ(world.ledger.size(), 2U) << "the policy and one request";
  const RequestId granted = world.asked("ana", playing());
  EXPECT_EQ(world.asked("ana", playing()), granted);
  EXPECT_NE(world.asked("ben", playing()), granted) << "another person's";
  Asking asking = reading();
  asking.reason = "another matter altogether";
  EXPECT_NE(world.asked("ana", asking), pending);
  asking = reading();
  asking.duration = Duration::hours(2);
  EXPECT_NE(world.asked("ana", asking), pending);
  asking = reading();
  asking.accounts = {"payments-prod"};
  EXPECT_NE(world.asked("ana", asking), pending);
  ASSERT_TRUE(world.run(world.as("ana"), Withdraw{pending}));
  EXPECT_NE(world.asked("ana", reading()), pending) << "what is over is asked for anew";
}

TEST(Ask, RefusesTheOneGrantTooMany) {
  World world = a_world();
  world.apply_policy(test::policy_with("guardrails:\n", "limits: {live_grants: 1}\nguardrails:\n"));
  world.asked("ana", playing());
  Asking asking = reading();
  const auto error = world.ask("ana", asking).error();
  EXPECT_EQ(error.code, "too_many");
  EXPECT_EQ(error.message, "ana holds access 1 times, this would add 1, and 1 are allowed");
}

TEST(Ask, KeepsTimesAsTheLedgerDoes) {
  World world = a_world();
  Asking asking = playing();
  asking.start = Instant::from_nanoseconds((world.now + Duration::hours(1)).count_nanoseconds() + 123'456'789);
  const RequestId id = world.asked("ana", asking);
  EXPECT_EQ(world.request(id).request.start->count_nanoseconds() % 1'000'000, 0)
      << "the ledger keeps milliseconds: what lives must be what is read back";
  EXPECT_EQ(world.grant(id).start, *world.request(id).request.start);
}

}  // namespace
}  // namespace ag::access
