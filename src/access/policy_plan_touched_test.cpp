#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/policy_plan.hpp"
#include "access/test_asking.hpp"
#include "access/test_policy.hpp"

namespace ag::access {
namespace {

using test::World;

/// What another policy would do to what is under way.
std::vector<Touched> touched_by(const World& world, const std::string& text) {
  auto parsed = parse_policy(text);
  if (!parsed) ADD_FAILURE() << test::told(parsed.error());
  AG_ASSERT(parsed.has_value());
  const PolicyIndex after(std::make_shared<const Policy>(std::move(*parsed)), world.index().shared_organization());
  return touched(after, world.state, world.now);
}

constexpr std::string_view kFree = "{id: free, who: {groups: [Developers]}, what: [ReadOnly], where: [play]";
constexpr std::string_view kDeploy = "{id: deploy, who: {groups: [Developers]}, what: [Deploy], where: [all]";

/// As the policy is, but one rule is for somebody else.
std::string without(std::string_view rule) {
  std::string other(rule);
  const std::string_view who = "{groups: [Developers]}";
  other.replace(other.find(who), who.size(), "{users: [emil]}");
  return test::policy_with(rule, other);
}

TEST(Touched, IsNothingUnderTheSamePolicy) {
  World world = test::a_world();
  world.asked("ana", test::deploying());
  world.asked("ana", test::playing());
  EXPECT_TRUE(touched_by(world, std::string(test::kPolicy)).empty());
}

TEST(Touched, IsAPendingRequestThatWouldBeRefused) {
  World world = test::a_world();
  const auto id = world.asked("ana", test::deploying());
  const auto all = touched_by(world, without(kDeploy));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, TouchKind::kRefused);
  EXPECT_EQ(all[0].request, id);
  EXPECT_EQ(all[0].user_name, "ana");
  EXPECT_EQ(all[0].account_name, "shop-prod");
  EXPECT_EQ(all[0].permission_set_name, "Deploy");
  EXPECT_NE(all[0].why.find("ana"), std::string::npos) << all[0].why;
}

TEST(Touched, IsAPendingRequestOfWhichMoreWouldBeAsked) {
  World world = test::a_world();
  world.asked("ana", test::deploying());
  const auto more = touched_by(world, test::policy_with("{any_of: [{group: TeamLeads}]}, {any_of: [{group: Security}]}",
                                                        "{any_of: [{group: TeamLeads}], need: 2}, {any_of: [{group: "
                                                        "Security}]}"));
  ASSERT_EQ(more.size(), 1U);
  EXPECT_EQ(more[0].kind, TouchKind::kAsksMore);
  EXPECT_NE(more[0].why.find("3 must agree, not 2"), std::string::npos) << more[0].why;
  const auto words = touched_by(world, test::policy_with("what: [ProdAdmin], require: {reason_min: 20}",
                                                         "what: [Deploy], require: {reason_min: 99}"));
  ASSERT_EQ(words.size(), 1U);
  EXPECT_NE(words[0].why.find("the reason must have 99 characters"), std::string::npos) << words[0].why;
  const auto ticket =
      touched_by(world, test::policy_with("what: [ProdAdmin], require: {ticket", "what: [Deploy], require: {ticket"));
  ASSERT_EQ(ticket.size(), 1U);
  EXPECT_NE(ticket[0].why.find("a ticket like"), std::string::npos) << ticket[0].why;
}

TEST(Touched, IsALiveGrantThatNoRuleWouldOpenAndThatGoesOn) {
  World world = test::a_world();
  const auto id = world.asked("ana", test::playing());
  const auto all = touched_by(world, without(kFree));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, TouchKind::kNotOpened);
  EXPECT_EQ(all[0].grant, world.grant(id).id);
  EXPECT_NE(all[0].why.find("it goes on until " + to_rfc3339(world.grant(id).end)), std::string::npos) << all[0].why;
}

TEST(Touched, IsNotALiveGrantThatIsOnlyLongerThanWouldBeAllowed) {
  World world = test::a_world();
  world.asked("ana", test::playing());
  EXPECT_TRUE(touched_by(world, test::policy_with("where: [play], max: 8h", "where: [play], max: 1m")).empty())
      << "how long it is was a matter of its beginning";
}

TEST(Touched, IsAScheduledGrantThatWouldNotBegin) {
  World world = test::a_world();
  auto asking = test::playing();
  asking.start = world.now + Duration::hours(2);
  world.asked("ana", asking);
  const auto all = touched_by(world, without(kFree));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, TouchKind::kNotBegun);
  EXPECT_EQ(all[0].why.find("it would not begin"), 0U) << all[0].why;
}

TEST(Touched, IsNotWhatIsOver) {
  World world = test::a_world();
  const auto id = world.asked("ana", test::playing());
  world.asked("ana", test::deploying());
  world.pass(Duration::hours(9));
  EXPECT_EQ(world.grant(id).status, Status::kEnding);
  EXPECT_TRUE(touched_by(world, without(kFree)).empty());
  EXPECT_TRUE(touched_by(world, without(kDeploy)).empty()) << "it has lapsed";
}

}  // namespace
}  // namespace ag::access
