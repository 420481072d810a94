#include "access/preview.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "access/test_asking.hpp"

namespace ag::access {
namespace {

using test::a_world;
using test::administering;
using test::Asking;
using test::deploying;
using test::playing;
using test::World;

Draft draft_of(const Asking& asking) {
  return {asking.accounts, asking.permission_set, asking.duration, asking.start,
          asking.reason,   asking.ticket,         asking.rule};
}

Preview previewed(const World& world, std::string_view who, const Draft& draft) {
  return preview(world.state, world.index(), world.as(who), draft, world.now);
}

std::vector<std::string> codes_of(const Preview& seen) {
  std::vector<std::string> codes;
  for (const auto& refusal : seen.refusals) codes.push_back(refusal.error.code);
  return codes;
}

TEST(Preview, ShowsWhatIsAskedOfWhomBeforeThereIsAReason) {
  const World world = a_world();
  Draft draft = draft_of(deploying());
  draft.reason.reset();
  const Preview seen = previewed(world, "ana", draft);
  EXPECT_TRUE(seen.refusals.empty());
  ASSERT_EQ(seen.accounts.size(), 1U);
  EXPECT_TRUE(seen.accounts[0].is_open);
  EXPECT_EQ(seen.accounts[0].terms->rule->id, "deploy");
  EXPECT_EQ(seen.accounts[0].terms->steps.size(), 2U);
  EXPECT_EQ(seen.permission_set->name, "Deploy");
}

TEST(Preview, TellsEverythingThatRefusesAndNotOnlyTheFirst) {
  const World world = a_world();
  Draft draft = draft_of(deploying());
  draft.accounts.insert(draft.accounts.begin(), "shop-prd");
  draft.duration = Duration::hours(1'000);
  draft.reason = "";
  const Preview seen = previewed(world, "ana", draft);
  EXPECT_EQ(codes_of(seen), (std::vector<std::string>{"unknown_account", "duration_too_long", "too_short"}));
  EXPECT_EQ(seen.refusals[0].account, std::nullopt);
  EXPECT_EQ(seen.refusals[1].account, seen.accounts[0].account->id);
}

TEST(Preview, ShowsTheTermsOfTheShortestTimeWhereTheWishIsTooLong) {
  const World world = a_world();
  Draft draft = draft_of(deploying());
  draft.duration = Duration::hours(1'000);
  const Preview seen = previewed(world, "ana", draft);
  EXPECT_FALSE(seen.accounts.at(0).is_open);
  ASSERT_NE(seen.accounts[0].terms, nullptr);
  EXPECT_EQ(seen.accounts[0].terms->rule->id, "deploy");
}

TEST(Preview, ShowsNoTermsWhereNoRuleOpensIt) {
  const World world = a_world();
  Draft draft = draft_of(administering());
  const Preview seen = previewed(world, "emil", draft);
  ASSERT_EQ(seen.accounts.size(), 1U);
  EXPECT_EQ(seen.accounts[0].terms, nullptr);
  EXPECT_FALSE(seen.refusals.empty());
}

TEST(Preview, KnowsThatTheSameIsAskedAlready) {
  World world = a_world();
  const RequestId id = world.asked("ana", deploying());
  const Preview seen = previewed(world, "ana", draft_of(deploying()));
  EXPECT_EQ(seen.same_as, id);
  EXPECT_TRUE(seen.refusals.empty());
  Draft other = draft_of(deploying());
  other.reason = "something else entirely, of another day";
  EXPECT_EQ(previewed(world, "ana", other).same_as, std::nullopt);
}

/// The law of it: whoever sends what was previewed is told the same, be it yes or no.
TEST(Preview, NeverSaysOtherwiseThanAsking) {
  const World world = a_world();
  std::vector<std::string> accounts;
  for (const auto& account : world.organization().snapshot().accounts) accounts.push_back(account.name);
  accounts.emplace_back("no-such-account");
  std::vector<std::string> sets{"no-such-set"};
  for (const auto& set : world.organization().snapshot().permission_sets) sets.push_back(set.name);
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (const auto& user : world.organization().snapshot().users) {
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      for (const auto& set : sets) {
        for (const Duration duration : {Duration{}, Duration::minutes(30), Duration::hours(3), Duration::hours(100)}) {
          for (const std::string reason : {"", "because the deployment of Tuesday failed"}) {
            const Asking asking{.accounts = {accounts[i], accounts[(i + 1) % accounts.size()]},
                                .permission_set = set,
                                .duration = duration,
                                .reason = reason,
                                .ticket = i % 2 == 0 ? std::optional<std::string>("OPS-1") : std::nullopt,
                                .start = {},
                                .rule = {}};
            const Preview seen = previewed(world, user.user_name, draft_of(asking));
            World later = world;
            const auto asked = later.ask(user.user_name, asking);
            // A ticket that is not there yet is held against nobody who is still writing.
            if (!asked && asked.error().code == "ticket_needed") continue;
            ASSERT_EQ(asked.has_value(), seen.refusals.empty())
                << user.user_name << " " << accounts[i] << " " << set << ": "
                << (asked ? seen.refusals.front().error.message : asked.error().message);
            ++(asked ? taken : refused);
            if (!asked) {
              EXPECT_EQ(asked.error().code, seen.refusals.front().error.code);
              EXPECT_EQ(asked.error().message, seen.refusals.front().error.message);
              EXPECT_EQ(asked.error().field, seen.refusals.front().error.field);
            }
          }
        }
      }
    }
  }
  EXPECT_GT(taken, 10U);
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace ag::access
