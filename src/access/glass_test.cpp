#include "access/glass.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/test_index.hpp"

namespace ag::access {
namespace {

using test::a_company;
using Names = std::vector<std::string>;

// Wednesday, 2026-01-07T12:00:00Z
constexpr Instant kNoon = Instant::from_seconds(1'767'787'200);

constexpr std::string_view kPolicy = R"(
windows:
  office: {days: mon, from: "08:00", to: "09:00", zone: UTC}
  lunch: {from: "12:00", to: "13:00", zone: UTC}
guardrails:
  - {id: never, where: {ou: /Workloads/Prod}, what: [PowerUser], forbid: true}
  - {id: short, where: {accounts: [play]}, require: {max: 10m, approvers: 2, during: [office], ticket: "T-1", reason_min: 99}}
  - {id: at-night, where: {accounts: [shop-dev]}, when: {outside: [lunch]}, what: [Deploy], forbid: true}
  - {id: nothing, where: {accounts: [management]}, what: ["*"], forbid: true}
break_glass: {who: {groups: [Oncall]}, what: [PowerUser, Deploy], where: [all], max: 1h, notify: [Security]}
)";

PolicyIndex an_index(std::string_view text = kPolicy) { return test::index_of(text, test::shared(a_company())); }

template <class T>
Names names_of(const std::vector<const T*>& things) {
  Names names;
  for (const T* thing : things) names.push_back(thing->name);
  return names;
}

TEST(Glass, ReachesWhatTheSectionNamesAndNoGuardrailForbids) {
  const auto index = an_index();
  const auto& organization = index.organization();
  const auto reach = Glass(index).reach(**organization.user("ben", ""), {}, kNoon);
  ASSERT_TRUE(reach);
  EXPECT_EQ(names_of(reach->accounts), (Names{"payments-prod", "play", "shop-dev", "shop-prod"}));
  EXPECT_EQ(names_of(reach->permission_sets), (Names{"Deploy", "PowerUser"}));
  EXPECT_EQ(reach->max, Duration::hours(1));
  EXPECT_FALSE(Glass(index).reach(**organization.user("ana", ""), {}, kNoon)) << "it is not for ana";
}

TEST(Glass, ReachesNoMoreThanIsAskedAbout) {
  const auto index = an_index();
  const auto& organization = index.organization();
  const User& ben = **organization.user("ben", "");
  const PermissionSet* power = *organization.permission_set("PowerUser", "");
  const Account* prod = *organization.account("shop-prod", "");
  const auto in_prod = Glass(index).reach(ben, {prod, nullptr}, kNoon);
  ASSERT_TRUE(in_prod);
  EXPECT_EQ(names_of(in_prod->permission_sets), Names{"Deploy"});
  EXPECT_FALSE(Glass(index).reach(ben, {prod, power}, kNoon));
  const auto play = Glass(index).reach(ben, {*organization.account("play", ""), nullptr}, kNoon);
  ASSERT_TRUE(play);
  EXPECT_EQ(play->max, Duration::minutes(10));
}

TEST(Glass, HeedsOfAGuardrailOnlyWhatAnEmergencyCan) {
  const auto index = an_index();
  const auto& organization = index.organization();
  const auto answer = Glass(index).answer({**organization.user("ben", ""), **organization.account("play", ""),
                                           **organization.permission_set("Deploy", ""), std::nullopt, kNoon});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->opens) << "neither approvers, windows, tickets nor reasons: " << answer->words;
  EXPECT_EQ(answer->words,
            "break_glass (line 11) opens it at once, without approval, for 10m at most, with a review within 1d");
}

TEST(Glass, IsKeptOutOutsideTheWindowsOfAGuardrail) {
  const auto index = an_index();
  const auto& organization = index.organization();
  const auto opens = [&](std::optional<Duration> length, Instant at) {
    return Glass(index)
        .answer({**organization.user("ben", ""), **organization.account("shop-dev", ""),
                 **organization.permission_set("Deploy", ""), length, at})
        ->opens;
  };
  EXPECT_TRUE(opens({}, kNoon));
  EXPECT_TRUE(opens(Duration::hours(1), kNoon));
  EXPECT_FALSE(opens(Duration::hours(1), kNoon + Duration::minutes(1))) << "some of it would lie outside";
  EXPECT_FALSE(opens({}, kNoon + Duration::hours(2)));
}

TEST(Glass, IsNothingWhereThePolicyHasNone) {
  const auto index = an_index("limits: {open_requests: 5}\n");
  const auto& organization = index.organization();
  const User& ben = **organization.user("ben", "");
  EXPECT_FALSE(Glass(index).reach(ben, {}, kNoon));
  EXPECT_FALSE(Glass(index).answer(
      {ben, **organization.account("play", ""), **organization.permission_set("Deploy", ""), std::nullopt, kNoon}));
}

}  // namespace
}  // namespace ag::access
