#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/policy_plan.hpp"
#include "access/test_asking.hpp"
#include "access/test_policy.hpp"
#include "access/test_random.hpp"

namespace ag::access {
namespace {

using test::a_company;
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

constexpr std::string_view kLeadThenSecurity = "{any_of: [{group: TeamLeads}]}, {any_of: [{group: Security}]}";
const std::string kTwoLeads =
    test::policy_with(kLeadThenSecurity, "{any_of: [{group: TeamLeads}], need: 2}, {any_of: [{group: Security}]}");

TEST(Touched, IsAPendingRequestThatMoreMustAgreeToThanItAskedFor) {
  World world = test::a_world();
  const auto id = world.asked("ana", test::deploying());
  const auto more = touched_by(world, kTwoLeads);
  ASSERT_EQ(more.size(), 1U);
  EXPECT_EQ(more[0].kind, TouchKind::kRefused) << "the third approval cannot be added to it";
  EXPECT_NE(more[0].why.find("3 must agree, not 2"), std::string::npos) << more[0].why;
  EXPECT_NE(more[0].why.find("cannot be granted any more; it has to be asked again"), std::string::npos);
  // And so it is.
  world.apply_policy(kTwoLeads);
  EXPECT_EQ(test::code_of(world.approve(id, "cleo")), "no_longer_allowed") << "already the first of them";
  EXPECT_EQ(test::code_of(world.approve(id, "dora")), "no_longer_allowed");
}

TEST(Touched, IsAPendingRequestThatOthersMustAgreeTo) {
  // dora is a lead and of Security: her approval, once it is given to the step of the leads, is enough for both.
  World world = test::a_world();
  const auto id = world.asked("ana", test::reading());
  const std::string security = test::policy_with("lead: {steps: [{any_of: [{group: TeamLeads}]}]",
                                                 "lead: {steps: [{any_of: [{group: Security}]}]");
  const auto all = touched_by(world, security);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, TouchKind::kAsksMore);
  EXPECT_NE(all[0].why.find("others must agree (1 of Security); it is granted only if"), std::string::npos)
      << all[0].why;
  world.move_to(a_company().with_group("Security", {"emil"}));
  const auto apart = touched_by(world, security);
  ASSERT_EQ(apart.size(), 1U);
  EXPECT_EQ(apart[0].kind, TouchKind::kRefused) << "no lead is of Security";
  world.apply_policy(security);
  EXPECT_EQ(test::code_of(world.approve(id, "dora")), "no_longer_allowed");
}

TEST(Touched, IsNotAPendingRequestThatFewerMustAgreeTo) {
  World world = test::a_world();
  const auto id = world.asked("ana", test::deploying());
  const std::string fewer = test::policy_with(kLeadThenSecurity, "{any_of: [{group: Security}, {group: TeamLeads}]}");
  EXPECT_TRUE(touched_by(world, fewer).empty());
  world.apply_policy(fewer);
  ASSERT_TRUE(world.approve(id, "cleo"));
  ASSERT_TRUE(world.approve(id, "emil"));
  EXPECT_EQ(world.status(id), Status::kGranting);
}

TEST(Touched, CountsTheApprovalsThatAreThere) {
  World world = test::a_world();
  const auto id = world.asked("ana", test::powering());
  const std::string security =
      test::policy_with("two: {steps: [{any_of: [{group: TeamLeads}, {group: Security}], need: 2}]",
                        "two: {steps: [{any_of: [{group: Security}], need: 2}]");
  ASSERT_EQ(touched_by(world, security).size(), 1U);
  EXPECT_EQ(touched_by(world, security)[0].kind, TouchKind::kAsksMore) << "dora and emil could be the two";
  ASSERT_TRUE(world.approve(id, "cleo"));
  EXPECT_EQ(touched_by(world, security)[0].kind, TouchKind::kRefused) << "cleo's approval is there, and is not of them";
}

TEST(Touched, IsAPendingRequestThatWouldHaveToSayMore) {
  World world = test::a_world();
  world.asked("ana", test::deploying());
  const auto words = touched_by(world, test::policy_with("what: [ProdAdmin], require: {reason_min: 20}",
                                                         "what: [Deploy], require: {reason_min: 99}"));
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words[0].kind, TouchKind::kRefused) << "nobody can change what was said";
  EXPECT_NE(words[0].why.find("the reason must have 99 characters"), std::string::npos) << words[0].why;
  EXPECT_NE(words[0].why.find("it has to be asked again"), std::string::npos);
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

TEST(Touched, IsAScheduledGrantThatMoreWouldHaveToAgreeTo) {
  World world = test::a_world();
  auto asking = test::deploying();
  asking.start = world.now + Duration::hours(2);
  const auto id = world.asked("ana", asking);
  ASSERT_TRUE(world.approve(id, "cleo"));
  ASSERT_TRUE(world.approve(id, "emil"));
  ASSERT_EQ(world.status(id), Status::kScheduled);
  const auto all = touched_by(world, kTwoLeads);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, TouchKind::kNotBegun);
  EXPECT_EQ(all[0].grant, world.grant(id).id);
  EXPECT_NE(all[0].why.find("it would not begin: since this was asked the policy has come to ask for others to agree"),
            std::string::npos)
      << all[0].why;
  // And so it is.
  world.apply_policy(kTwoLeads);
  world.pass(Duration::hours(2));
  EXPECT_EQ(world.grant(id).cause, EndCause::kPolicy);
}

TEST(Touched, IsNotAScheduledGrantWhoseApproversAreEnoughStill) {
  World world = test::a_world();
  auto asking = test::deploying();
  asking.start = world.now + Duration::hours(2);
  const auto id = world.asked("ana", asking);
  ASSERT_TRUE(world.approve(id, "cleo"));
  ASSERT_TRUE(world.approve(id, "emil"));
  const std::string other =
      test::policy_with(kLeadThenSecurity, "{any_of: [{group: Security}]}, {any_of: [{user: cleo}]}");
  EXPECT_TRUE(touched_by(world, other).empty());
  world.apply_policy(other);
  world.pass(Duration::hours(2));
  EXPECT_EQ(world.status(id), Status::kGranting);
}

// ---- approvals of then and of now, against trying everybody ------------------------------------------------------

/// Steps of then and of today at random, with names that overlap.
std::string random_steps(test::Random& random) {
  std::vector<std::string> steps;
  for (std::size_t i = 1 + random.below(2); i > 0; --i) {
    std::vector<std::string> parties{fmt::format(
        "{{group: {}}}", random.pick(std::vector<std::string>{"TeamLeads", "Security", "Oncall", "Developers"}))};
    for (std::size_t j = random.below(2); j > 0; --j) {
      parties.push_back(random.pick(std::vector<std::string>{"{group: TeamLeads}", "{group: Security}", "{user: cleo}",
                                                             "{user: emil}", "{user: finn}", "{group: Oncall}"}));
    }
    steps.push_back(fmt::format("{{any_of: [{}], need: {}}}", fmt::join(parties, ", "), 1 + random.below(2)));
  }
  return fmt::format("{}", fmt::join(steps, ", "));
}

bool is_granted_by_some(const World& world, const RequestId& id) {
  if (world.status(id) != Status::kPending) return true;
  for (const auto* name : {"cleo", "dora", "emil", "finn", "ben"}) {
    World next = world;
    if (next.approve(id, name) && is_granted_by_some(next, id)) return true;
  }
  return false;
}

TEST(Touched, SaysThatItCannotBeGrantedAnyMoreJustWhenNobodysApprovalsCould) {
  test::Random random(36);
  std::map<TouchKind, std::size_t> seen;
  for (std::size_t round = test::rounds(3); round > 0; --round) {
    const std::string then = test::policy_with(kLeadThenSecurity, random_steps(random));
    const std::string now = test::policy_with(kLeadThenSecurity, random_steps(random));
    World world;
    world.apply_policy(then);
    auto asking = test::deploying();
    const auto asked = world.ask("ana", asking);
    if (!asked || world.status(asked->request) != Status::kPending) continue;
    for (const auto* name : {"cleo", "finn"}) {
      if (random.chance(30)) (void)world.approve(asked->request, name);
    }
    if (world.status(asked->request) != Status::kPending) continue;
    const auto all = touched_by(world, now);
    const bool is_refused = !all.empty() && all[0].kind == TouchKind::kRefused;
    if (!all.empty()) ++seen[all[0].kind];
    if (then != now) world.apply_policy(now);
    ASSERT_EQ(is_granted_by_some(world, asked->request), !is_refused) << then << now << (all.empty() ? "" : all[0].why);
  }
  EXPECT_GT(seen[TouchKind::kRefused], 0U);
  EXPECT_GT(seen[TouchKind::kAsksMore], 0U);
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
