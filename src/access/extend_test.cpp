#include <gtest/gtest.h>

#include "access/test_asking.hpp"

namespace ag::access {
namespace {

using test::a_world;
using test::code_of;
using test::policy_with;
using test::World;

constexpr std::string_view kReadOnlyInPlay = "where: [play], max: 8h, approval: nobody}";

World a_world_that_extends(std::string_view how, std::string_view more = "") {
  World world = a_world();
  std::string text =
      policy_with(kReadOnlyInPlay, fmt::format("where: [play], max: 8h, approval: nobody, extend: {}}}", how));
  const auto at = text.find("guardrails:\n");
  text.insert(at + std::string_view("guardrails:\n").size(), more);
  world.apply_policy(text);
  return world;
}

Result<Outcome> extend(World& world, const RequestId& id, Duration by, std::string_view who = "ana",
                       std::string reason = "it takes longer than thought") {
  return world.run(world.as(who), ExtendAccess{world.fresh_request_id(), id, by, std::move(reason), {}});
}

TEST(Extension, MakesTheLiveGrantEndLaterWithoutAGap) {
  World world = a_world_that_extends("{times: 2, by: 2h}");
  const RequestId id = world.asked("ana", test::playing());
  const Instant end = world.grant(id).end;
  world.pass(Duration::minutes(50));
  const auto outcome = extend(world, id, Duration::minutes(30));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(world.grant(id).end, end + Duration::minutes(30));
  EXPECT_EQ(world.request(outcome->request).grants, world.request(id).grants) << "the same grant, not another one";
  EXPECT_EQ(world.status(outcome->request), world.status(id));
  world.pass(Duration::minutes(10));
  EXPECT_EQ(world.grant(id).status, Status::kGranting) << "the old end does not end it";
  EXPECT_TRUE(is_desired(world.state, *world.state.slots.find(world.grant(id).slot), world.now));
  world.pass(Duration::minutes(30));
  EXPECT_EQ(world.grant(id).status, Status::kEnding);
}

TEST(Extension, IsForAsOftenAndAsLongAsTheRuleSays) {
  World world = a_world_that_extends("{times: 1, by: 1h}");
  const RequestId id = world.asked("ana", test::playing());
  const auto too_long = extend(world, id, Duration::hours(2)).error();
  EXPECT_EQ(too_long.code, "duration_too_long");
  EXPECT_EQ(too_long.fix, "ask for 1h at most");
  ASSERT_TRUE(extend(world, id, Duration::hours(1)));
  const auto again = extend(world, id, Duration::hours(1), "ana", "still not done").error();
  EXPECT_EQ(again.code, "extended_enough");
  EXPECT_TRUE(again.rule.starts_with("free (line ")) << again.rule;
}

TEST(Extension, AskedForTwiceIsOneUntilItsTimeHasBegun) {
  World world = a_world_that_extends("{times: 3, by: 1h}");
  const RequestId id = world.asked("ana", test::playing());
  const Instant end = world.grant(id).end;
  const auto first = extend(world, id, Duration::hours(1));
  ASSERT_TRUE(first);
  const auto again = extend(world, id, Duration::hours(1));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->request, first->request);
  EXPECT_EQ(world.grant(id).end, end + Duration::hours(1));
  world.pass(end - world.now);
  const auto later = extend(world, id, Duration::hours(1));
  ASSERT_TRUE(later);
  EXPECT_NE(later->request, first->request);
  EXPECT_EQ(world.grant(id).end, end + Duration::hours(2));
}

TEST(Extension, DoesNotUndoWhatAnApproverShortened) {
  World world = a_world();
  world.apply_policy(policy_with("where: [prod], min: 10m, max: 8h, approval: lead}",
                                 "where: [prod], min: 10m, max: 8h, approval: lead, extend: {times: 3, by: 1h, "
                                 "approval: nobody}}"));
  const RequestId id = world.asked("ana", test::reading());
  Decide shorter{id, world.request(id).version, Verdict::kApprove, {}, Duration::minutes(10)};
  ASSERT_TRUE(world.run(world.as("cleo"), shorter));
  const auto error = extend(world, id, Duration::minutes(30)).error();
  EXPECT_EQ(error.code, "duration_too_long");
  EXPECT_NE(error.message.find("the approver allowed 10m"), std::string::npos) << error.message;
}

TEST(Extension, IsNotThereWhereTheRuleDoesNotSay) {
  World world = a_world();
  const RequestId id = world.asked("ana", test::playing());
  const auto error = extend(world, id, Duration::minutes(30)).error();
  EXPECT_EQ(error.code, "not_extendable");
  EXPECT_EQ(error.message, "free (line 9) does not let access be extended");
}

TEST(Extension, AsksThoseWhomTheRuleNamesForIt) {
  World world = a_world_that_extends("{times: 2, by: 1h, approval: lead}");
  const RequestId id = world.asked("ana", test::playing());
  const auto outcome = extend(world, id, Duration::minutes(30));
  ASSERT_TRUE(outcome);
  const RequestId extension = outcome->request;
  EXPECT_EQ(world.status(extension), Status::kPending);
  EXPECT_EQ(world.status(id), Status::kGranting);
  EXPECT_EQ(extend(world, id, Duration::minutes(30))->request, extension) << "asked twice, meant once";
  EXPECT_EQ(code_of(world.approve(extension, "ana-admin")), "self_approval");
  const Instant end = world.grant(id).end;
  ASSERT_TRUE(world.approve(extension, "cleo", Duration::minutes(10)));
  EXPECT_EQ(world.grant(id).end, end + Duration::minutes(10)) << "an approver may shorten it";
}

TEST(Extension, ThatNobodyDecidesInTimeLapsesWithTheGrant) {
  World world = a_world_that_extends("{times: 2, by: 1h, approval: lead}");
  const RequestId id = world.asked("ana", test::playing());
  const RequestId extension = extend(world, id, Duration::minutes(30))->request;
  EXPECT_EQ(world.request(extension).request.lapses_at, world.grant(id).end);
  world.pass(Duration::hours(1));
  EXPECT_EQ(world.status(extension), Status::kLapsed);
  EXPECT_EQ(world.grant(id).status, Status::kEnding);
  EXPECT_EQ(code_of(world.approve(extension, "cleo")), "not_pending");
}

TEST(Extension, OfWhatWasEndedMeanwhileIsRefused) {
  World world = a_world_that_extends("{times: 2, by: 1h, approval: lead}");
  const RequestId id = world.asked("ana", test::playing());
  const RequestId extension = extend(world, id, Duration::minutes(30))->request;
  ASSERT_TRUE(world.run(world.as("ana"), End{id, std::nullopt}));
  EXPECT_EQ(code_of(world.approve(extension, "cleo")), "no_longer_allowed");
  const auto error = extend(world, id, Duration::minutes(30), "ana", "again").error();
  EXPECT_EQ(error.code, "nothing_to_extend");
}

TEST(Extension, IsTheHoldersAlone) {
  World world = a_world_that_extends("{times: 2, by: 1h}");
  const RequestId id = world.asked("ana", test::playing());
  EXPECT_EQ(code_of(extend(world, id, Duration::minutes(30), "ben")), "not_requester");
  EXPECT_EQ(code_of(extend(world, id, Duration::minutes(30), "ana-admin")), "not_requester");
  EXPECT_EQ(code_of(extend(world, RequestId("req_none"), Duration::minutes(30))), "unknown_request");
}

TEST(Extension, StaysWithinTheLongestTimeOfAGuardrailForTheWhole) {
  World world = a_world_that_extends("{times: 3, by: 1h}", "  - {id: short, where: [play], require: {max: 90m}}\n");
  const RequestId id = world.asked("ana", test::playing());
  const auto error = extend(world, id, Duration::hours(1)).error();
  EXPECT_EQ(error.code, "duration_too_long");
  EXPECT_EQ(error.message, "the access would last 2h in all, and 1h30m at most are allowed in play");
  EXPECT_TRUE(error.rule.starts_with("short (line "));
  EXPECT_TRUE(extend(world, id, Duration::minutes(30)));
}

TEST(Extension, ThroughAnExtensionIsOfTheFirst) {
  World world = a_world_that_extends("{times: 2, by: 1h}");
  const RequestId id = world.asked("ana", test::playing());
  const RequestId first = extend(world, id, Duration::minutes(30))->request;
  const auto second = extend(world, first, Duration::minutes(20), "ana", "and longer");
  ASSERT_TRUE(second);
  EXPECT_EQ(world.request(second->request).request.extends, id);
  EXPECT_EQ(world.grant(id).extensions, 2);
}

TEST(Extension, IsNoWayRoundTheApproversOfTheFirstRequest) {
  World world = a_world();
  world.apply_policy(policy_with("max: 8h, approval: lead}", "max: 8h, approval: lead, extend: {times: 1, by: 1h}}"));
  const RequestId id = world.asked("ana", test::reading());
  ASSERT_TRUE(world.approve(id, "cleo"));
  const RequestId extension = extend(world, id, Duration::minutes(30))->request;
  EXPECT_EQ(world.status(extension), Status::kPending) << "where the rule names no approval of its own, the rule's";
}

}  // namespace
}  // namespace ag::access
