#include "access/decide.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/test_asking.hpp"
#include "base/hash.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::code_of;
using test::kPolicy;
using test::playing;
using test::policy_with;
using test::reading;
using test::user_id;
using test::World;

// ---- policy and tokens ---------------------------------------------------------------------------------------

TEST(ApplyPolicy, IsForAdministratorsOnly) {
  World world;
  EXPECT_EQ(code_of(world.run(world.as("ana"), ApplyPolicy{std::string(kPolicy), "api", {}})), "not_allowed");
  EXPECT_EQ(code_of(world.run(world.as("ana", Role::kAdmin), ApplyPolicy{std::string(kPolicy), "api", {}})), "");
  EXPECT_EQ(world.state.policy.get().hash, to_hex(sha256(kPolicy)));
  EXPECT_EQ(world.state.policy.get().applied_by, "ana");
}

TEST(ApplyPolicy, RefusesAPolicyWithMistakesAndTellsTheFirst) {
  World world;
  const auto error = world.run(World::the_operator(), ApplyPolicy{policy_with("max: 8h", "max: 8"), "api", {}}).error();
  EXPECT_EQ(error.code, "invalid_policy");
  EXPECT_EQ(error.field, "rules[0].max");
  EXPECT_NE(error.message.find("line 9: rules[0].max: \"8\""), std::string::npos) << error.message;
  EXPECT_EQ(world.state.policy.get().hash, "");
}

TEST(ApplyPolicy, IsBoundToThePolicyThatWasSeen) {
  World world;
  const auto apply = [&](std::string_view text, std::optional<std::string> seen) {
    return world.run(World::the_operator(), ApplyPolicy{std::string(text), "api", std::move(seen)});
  };
  EXPECT_EQ(code_of(apply(kPolicy, "0123")), "policy_changed");
  EXPECT_EQ(code_of(apply(kPolicy, "")), "") << "there was none";
  const std::string seen = world.state.policy.get().hash;
  EXPECT_EQ(code_of(apply("version: 1\n", seen)), "");
  const auto lost = apply(kPolicy, seen).error();
  EXPECT_EQ(lost.code, "policy_changed");
  EXPECT_EQ(lost.field, "If-Match");
  EXPECT_EQ(code_of(apply(kPolicy, {})), "");
}

TEST(ApplyPolicy, OfWhatIsInForceChangesNothing) {
  World world = a_world();
  const auto again = world.run(World::the_operator(), ApplyPolicy{std::string(kPolicy), "file", {}});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->events.empty());
}

TEST(Policy, OpensNothingBeforeTheFirstOne) {
  World world;
  EXPECT_EQ(code_of(world.ask("ana", playing())), "not_eligible");
}

TEST(Tokens, AreForAdministratorsOnly) {
  World world;
  const TokenIssued token{TokenId("tok_1"), user_id("ana"),       "ana",
                          Role::kAdmin,     std::string(64, 'a'), world.now + Duration::hours(8)};
  EXPECT_EQ(code_of(world.run(world.as("ana"), IssueToken{token})), "not_allowed")
      << "nobody makes himself an administrator";
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{token}));
  EXPECT_EQ(code_of(world.run(world.as("ana"), RevokeToken{token.token})), "not_allowed");
  EXPECT_EQ(code_of(world.run(World::the_operator(), RevokeToken{TokenId("tok_2")})), "unknown_token");
  EXPECT_EQ(world.run(World::the_operator(), RevokeToken{token.token})->events.size(), 1U);
  EXPECT_TRUE(world.state.tokens.find(token.token)->revoked);
  EXPECT_TRUE(world.run(World::the_operator(), RevokeToken{token.token})->events.empty());
}

TEST(Tokens, AreNeverIssuedOverOneThatWasThere) {
  World world;
  const TokenIssued token{TokenId("tok_1"), user_id("ana"), "ana", Role::kPerson, std::string(64, 'a'), world.now};
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{token}));
  ASSERT_TRUE(world.run(World::the_operator(), RevokeToken{token.token}));
  EXPECT_EQ(code_of(world.run(World::the_operator(), IssueToken{token})), "token_exists");
  EXPECT_TRUE(world.state.tokens.find(token.token)->revoked);
}

TEST(NoteStart, IsOnTheLedger) {
  World world;
  ASSERT_TRUE(world.run(World::the_operator(), NoteStart{"1.2.3"}));
  EXPECT_EQ(std::get<ServerStarted>(world.ledger.at(0).event).version, "1.2.3");
}

// ---- idempotency -----------------------------------------------------------------------------------------------

TEST(IdempotencyKey, FindsWhatTheFirstOneMade) {
  World world = a_world();
  const IdempotencyKey key{"k1", "hash-1"};
  const auto first = world.run(world.as("ana"), world.command(playing()), key);
  ASSERT_TRUE(first);
  const auto again = world.run(world.as("ana"), world.command(playing()), key);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->request, first->request);
  EXPECT_TRUE(again->events.empty());
  EXPECT_EQ(world.state.requests.size(), 1U);
}

TEST(IdempotencyKey, WithAnotherBodyIsRefused) {
  World world = a_world();
  ASSERT_TRUE(world.run(world.as("ana"), world.command(playing()), IdempotencyKey{"k1", "hash-1"}));
  const auto error = world.run(world.as("ana"), world.command(playing()), IdempotencyKey{"k1", "hash-2"}).error();
  EXPECT_EQ(error.code, "idempotency_key_reused");
  EXPECT_EQ(error.field, "Idempotency-Key");
}

TEST(IdempotencyKey, BelongsToOnePerson) {
  World world = a_world();
  const IdempotencyKey key{"k1", "hash-1"};
  const auto anas = world.run(world.as("ana"), world.command(playing()), key);
  const auto bens = world.run(world.as("ben"), world.command(playing()), key);
  EXPECT_NE(anas->request, bens->request);
}

TEST(IdempotencyKey, IsForgottenAfterADay) {
  World world = a_world();
  const IdempotencyKey key{"k1", "hash-1"};
  const auto first = world.run(world.as("ana"), world.command(playing()), key);
  world.pass(kIdempotencyKept);
  EXPECT_EQ(world.run(world.as("ana"), world.command(playing()), key)->request, first->request);
  world.pass(Duration::milliseconds(1));
  const auto second = world.run(world.as("ana"), world.command(playing()), IdempotencyKey{"k1", "hash-2"});
  ASSERT_TRUE(second);
  EXPECT_NE(second->request, first->request);
  EXPECT_EQ(world.state.idempotency.size(), 1U) << "the old one is gone";
  EXPECT_EQ(world.state.idempotency_by_age.size(), 1U);
}

TEST(IdempotencyKey, CoversDecisionsWithdrawalsAndEndsToo) {
  World world = a_world();
  const RequestId id = world.asked("ana", reading());
  const Decide approve{id, world.request(id).version, Verdict::kApprove, {}, {}};
  ASSERT_TRUE(world.run(world.as("cleo"), approve, IdempotencyKey{"a", "1"}));
  EXPECT_EQ(code_of(world.run(world.as("cleo"), approve, IdempotencyKey{"a", "1"})), "") << "not: no longer pending";
  ASSERT_TRUE(world.run(world.as("ana"), End{id, {}}, IdempotencyKey{"e", "1"}));
  EXPECT_EQ(code_of(world.run(world.as("ana"), End{id, {}}, IdempotencyKey{"e", "1"})), "");
  const RequestId other = world.asked("ana", reading());
  ASSERT_TRUE(world.run(world.as("ana"), Withdraw{other}, IdempotencyKey{"w", "1"}));
  EXPECT_EQ(code_of(world.run(world.as("ana"), Withdraw{other}, IdempotencyKey{"w", "1"})), "");
}

TEST(IdempotencyKey, OfARefusalIsNotRemembered) {
  World world = a_world();
  const IdempotencyKey key{"k1", "hash-1"};
  EXPECT_EQ(code_of(world.run(world.as("emil"), world.command(playing()), key)), "not_eligible");
  world.move_to(a_company().with_group("Developers", {"emil"}));
  EXPECT_EQ(code_of(world.run(world.as("emil"), world.command(playing()), key)), "");
}

TEST(IdempotencyKey, OfPeopleOutsideTheDirectoryIsTheirOwn) {
  World world = a_world();
  const RequestId one = world.asked("ana", playing());
  const RequestId two = world.asked("ben", playing());
  const auto admin = [](const char* name) {
    return Caller{{"person", {}, name, TokenId(std::string("tok_") + name)}, {}, name, Role::kAdmin};
  };
  const IdempotencyKey key{"k", "1"};
  ASSERT_TRUE(world.run(admin("x"), End{one, {}}, key));
  ASSERT_TRUE(world.run(admin("y"), End{two, {}}, key));
  EXPECT_EQ(world.status(two), Status::kEnding) << "y's command was done, not taken for x's";
}

}  // namespace
}  // namespace ag::access
