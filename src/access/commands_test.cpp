#include "access/decide.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "access/test_asking.hpp"
#include "base/hash.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::a_world;
using test::Asking;
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
  EXPECT_EQ(code_of(apply(policy_with("min: 10m, max: 8h", "min: 10m, max: 7h"), seen)), "");
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

TokenIssued session(std::string_view id, Instant end, std::optional<TokenId> began_with = {}) {
  return {TokenId(id), user_id("ana"), "ana", Role::kPerson, std::string(64, 'a'), end, TokenSession{began_with}};
}

TEST(Tokens, EndASessionThatTheyBeganWhenTheyAreRevoked) {
  World world;
  const TokenIssued first{TokenId("tok_1"), user_id("ana"),       "ana",
                          Role::kPerson,    std::string(64, 'a'), world.now + Duration::hours(8)};
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{first}));
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{session("tok_2", first.expires_at, first.token)}));
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{session("tok_3", first.expires_at)}));
  ASSERT_TRUE(world.run(World::the_operator(), RevokeToken{first.token}));
  EXPECT_TRUE(is_revoked(world.state, *world.state.tokens.find(TokenId("tok_2"))));
  EXPECT_FALSE(is_revoked(world.state, *world.state.tokens.find(TokenId("tok_3"))));
}

TEST(Tokens, AreForgottenADayAfterTheSessionThatTheyWereAndNoOtherEver) {
  World world;
  const TokenIssued for_programs{TokenId("tok_1"), user_id("ana"),       "ana",
                                 Role::kPerson,    std::string(64, 'a'), world.now + Duration::hours(1)};
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{for_programs}));
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{session("tok_2", world.now + Duration::hours(1))}));
  world.pass(Duration::hours(1) + kSessionKept);
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{session("tok_3", world.now + Duration::hours(1))}));
  EXPECT_NE(world.state.tokens.find(TokenId("tok_2")), nullptr) << "not a moment too early";
  world.pass(Duration::seconds(1));
  ASSERT_TRUE(world.run(World::the_operator(), IssueToken{session("tok_4", world.now + Duration::hours(1))}));
  EXPECT_EQ(world.state.tokens.find(TokenId("tok_2")), nullptr);
  EXPECT_NE(world.state.tokens.find(TokenId("tok_1")), nullptr);
  EXPECT_NE(world.state.tokens.find(TokenId("tok_3")), nullptr);
}

// ---- revoking ------------------------------------------------------------------------------------------------

Caller the_admin(const World& world) { return world.as("emil", Role::kAdmin); }

/// Who lost what: the users and accounts of the grants that a revocation ends.
std::vector<std::string> lost(const World& world, const Result<Outcome>& outcome) {
  std::vector<std::string> all;
  for (const auto& event : outcome->events) {
    const Slot& slot = world.state.grants.find(std::get<GrantEnding>(event).grant)->slot;
    all.push_back(slot.principal.str() + " in " + slot.account.str());
  }
  std::sort(all.begin(), all.end());
  return all;
}

RequestId both_prods(World& world, std::string_view who) {
  Asking asking = reading();
  asking.accounts = {"shop-prod", "payments-prod"};
  const RequestId id = world.asked(who, asking);
  AG_ASSERT(world.approve(id, "cleo").has_value());
  return id;
}

using Names = std::vector<std::string>;

TEST(Revoke, EndsWhatItSelectsAndNothingElse) {
  struct Case {
    std::string_view what;
    decltype(Revoke::selected) selected;
    Names lost;
  };
  World made = a_world();
  const RequestId anas = both_prods(made, "ana");
  made.asked("ben", playing());
  const GrantId one = made.grant(anas, 1).id;
  const Names all = {"u-ana in 222222222222", "u-ana in 333344445555", "u-ben in 012345678901"};
  const Names of_ana = {all[0], all[1]};
  for (const auto& it : std::vector<Case>{{"a request", anas, of_ana},
                                          {"a grant", one, {all[1]}},
                                          {"a user's name", OfUser{"ana"}, of_ana},
                                          {"a user's id", OfUser{"u-ben"}, {all[2]}},
                                          {"an account's name", OfAccount{"shop-prod"}, {all[0]}},
                                          {"an account's id", OfAccount{"333344445555"}, {all[1]}},
                                          {"everyone", OfEveryone{}, all}}) {
    SCOPED_TRACE(it.what);
    World world = a_world();
    ASSERT_EQ(both_prods(world, "ana"), anas);
    world.asked("ben", playing());
    const auto outcome = world.run(the_admin(world), Revoke{it.selected, "laptop stolen"});
    ASSERT_EQ(code_of(outcome), "");
    EXPECT_EQ(lost(world, outcome), it.lost);
    std::size_t ending = 0;
    for (const auto& [id, grant] : world.state.grants) {
      ending += grant.status == Status::kEnding ? 1 : 0;
      EXPECT_EQ(grant.cause.has_value(), grant.status == Status::kEnding);
      EXPECT_EQ(grant.cause.value_or(EndCause::kAdmin), EndCause::kAdmin);
    }
    EXPECT_EQ(ending, it.lost.size());
    EXPECT_EQ(std::get<GrantEnding>(world.ledger.back().event).reason, "laptop stolen");
  }
}

TEST(Revoke, IsForAdministratorsOnly) {
  World world = a_world();
  const RequestId id = both_prods(world, "ana");
  for (const auto* who : {"ana", "cleo", "emil"}) {
    EXPECT_EQ(code_of(world.run(world.as(who), Revoke{id, "because"})), "not_allowed") << who;
    EXPECT_EQ(code_of(world.run(world.as(who), Revoke{OfEveryone{}, "because"})), "not_allowed") << who;
  }
  EXPECT_EQ(code_of(world.run(World::the_operator(), Revoke{id, "because"})), "");
}

TEST(Revoke, ReachesWhatIsScheduledAndLeavesWhatIsOver) {
  World world = a_world();
  const RequestId over = world.asked("ana", playing());
  ASSERT_TRUE(world.run(world.as("ana"), End{over, {}}));
  Asking later = playing();
  later.start = world.now + Duration::hours(2);
  const RequestId scheduled = world.asked("ana", later);
  const auto outcome = world.run(the_admin(world), Revoke{OfUser{"ana"}, "left the company"});
  ASSERT_EQ(code_of(outcome), "");
  EXPECT_EQ(outcome->events.size(), 1U);
  EXPECT_EQ(world.status(scheduled), Status::kEnding);
  EXPECT_EQ(world.grant(over).cause, EndCause::kHolder) << "who ended it first stays on the ledger";
}

TEST(Revoke, ReachesWhomAndWhatTheDirectoryHasForgotten) {
  for (const auto& selected : std::vector<decltype(Revoke::selected)>{
           OfUser{"u-ana"}, OfUser{"ana"}, OfAccount{"shop-prod"}, OfAccount{"222222222222"}}) {
    World world = a_world();
    both_prods(world, "ana");
    world.move_to(a_company().without_user("ana").without_account("222222222222"));
    EXPECT_EQ(code_of(world.run(the_admin(world), Revoke{selected, "deleted in a hurry"})), "");
    world.forget_the_directory();  // not even read
    EXPECT_EQ(code_of(world.run(the_admin(world), Revoke{OfEveryone{}, "the rest"})),
              std::holds_alternative<OfUser>(selected) ? "nothing_to_revoke" : "");
  }
}

TEST(Revoke, SuggestsWhomTheDirectoryHasForgottenToo) {
  World world = a_world();
  both_prods(world, "ana");
  world.forget_the_directory();
  const auto error = world.run(the_admin(world), Revoke{OfUser{"anna"}, "in a hurry"}).error();
  EXPECT_EQ(error.fix, "did you mean \"ana\"?");
}

TEST(Revoke, TakesAnIdForAnIdEvenWhereItIsAlsoSomebodysName) {
  World world = a_world();
  both_prods(world, "ana");
  world.asked("ben", playing());
  world.move_to(a_company().with(User{user_id("ben"), "u-ana", "Ben", "ben@example.com", true}));
  const auto outcome = world.run(the_admin(world), Revoke{OfUser{"u-ana"}, "the id"});
  ASSERT_EQ(code_of(outcome), "");
  EXPECT_EQ(lost(world, outcome), (Names{"u-ana in 222222222222", "u-ana in 333344445555"}));
}

TEST(Revoke, OfANameThatTwoPeopleHadIsRefusedAndListsThem) {
  World world = a_world();
  both_prods(world, "ana");
  world.move_to(a_company().without_user("ana").with(User{UserId("u-new"), "ana", "Ana", "ana@new.example", true}));
  const auto error = world.run(the_admin(world), Revoke{OfUser{"ana"}, "which one?"}).error();
  EXPECT_EQ(error.code, "ambiguous_user");
  EXPECT_NE(error.message.find("u-ana, u-new"), std::string::npos) << error.message;
  EXPECT_EQ(code_of(world.run(the_admin(world), Revoke{OfUser{"u-ana"}, "that one"})), "");
}

TEST(Revoke, ThatSelectsNothingSaysWhy) {
  struct Case {
    decltype(Revoke::selected) selected;
    std::string_view code;
    std::string_view said;
  };
  World world = a_world();
  const RequestId id = both_prods(world, "ana");
  const GrantId grant = world.grant(id).id;
  const auto check = [&](const Case& it) {
    const auto error = world.run(the_admin(world), Revoke{it.selected, "because"}).error();
    EXPECT_EQ(error.code, it.code) << it.said;
    EXPECT_NE((error.message + " | " + error.fix).find(it.said), std::string::npos) << error.message << error.fix;
    EXPECT_FALSE(error.field.empty());
  };
  check({OfUser{"anna"}, "nothing_to_revoke", "there is no user \"anna\" | did you mean \"ana\"?"});
  check({OfAccount{"shop-prd"}, "nothing_to_revoke", "did you mean \"shop-prod\"?"});
  check({OfUser{"ben"}, "nothing_to_revoke", "user \"ben\" has no access"});
  check({RequestId("req_x"), "unknown_request", "req_x"});
  check({GrantId("grt_x"), "nothing_to_revoke", "there is no grant \"grt_x\""});
  ASSERT_TRUE(world.run(the_admin(world), Revoke{OfEveryone{}, "because"}));
  check({OfEveryone{}, "nothing_to_revoke", "nobody has access"});
  check({id, "nothing_to_revoke", "is ending"});
  check({grant, "nothing_to_revoke", "is ending"});
}

TEST(Revoke, NeedsAReason) {
  World world = a_world();
  world.asked("ana", playing());
  EXPECT_EQ(code_of(world.run(the_admin(world), Revoke{OfEveryone{}, "  "})), "too_short");
  EXPECT_EQ(code_of(world.run(the_admin(world), Revoke{OfEveryone{}, std::string(501, 'x')})), "too_long");
  EXPECT_EQ(world.run(the_admin(world), Revoke{OfEveryone{}, "a\x07"}).error().field, "reason");
}

TEST(Revoke, RepeatedWithItsKeyDoesNothingMore) {
  World world = a_world();
  const RequestId id = world.asked("ana", playing());
  const auto first = world.run(the_admin(world), Revoke{OfUser{"ana"}, "once"}, IdempotencyKey{"r", "1"});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->request, id);
  const auto again = world.run(the_admin(world), Revoke{OfUser{"ana"}, "once"}, IdempotencyKey{"r", "1"});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->events.empty());
  EXPECT_EQ(again->request, id);
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
