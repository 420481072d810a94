#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "access/policy.hpp"
#include "access/test_company.hpp"
#include "access/test_policy.hpp"

namespace ag::access {
namespace {

using test::a_company;
using test::changed;
using test::kValid;

std::vector<std::string> unknown_in(std::string_view text, const test::Company& company) {
  const auto policy = parse_policy(text);
  AG_ASSERT(policy.has_value());
  std::vector<std::string> all;
  for (const auto& p : check_names(*policy, company.organization())) {
    EXPECT_GT(p.line, 0) << p.where << ": " << p.message;
    all.push_back(fmt::format("{} {} {}", p.line, p.where, p.code));
  }
  return all;
}

TEST(CheckNames, IsContentWithNamesThatAreThere) {
  EXPECT_EQ(unknown_in(kValid, a_company()), std::vector<std::string>{});
}

TEST(CheckNames, SaysNothingBeforeAwsWasRead) {
  EXPECT_TRUE(check_names(*parse_policy(changed("[Developers]", "[Nobody]")), Organization{}).empty());
}

TEST(CheckNames, TellsEveryPlaceWhereANameIsUnknown) {
  using Told = std::vector<std::string>;
  EXPECT_EQ(unknown_in(changed("/Workloads/Prod", "/Workloads/Prd"), a_company()),
            (Told{"3 targets.prod unknown_unit", "3 deploy.where unknown_unit", "3 prod-alone.where unknown_unit"}));
  EXPECT_EQ(unknown_in(changed("\"333344445555\"", "\"999999999999\""), a_company()),
            (Told{"5 targets.pay unknown_account", "5 break_glass.where unknown_account"}));
  EXPECT_EQ(unknown_in(changed("ProdAdmin:", "ProdAdmn:"), a_company()),
            (Told{"7 permission_sets.ProdAdmn unknown_permission_set"}));
  EXPECT_EQ(unknown_in(changed("[Developers]", "[Developer]"), a_company()), (Told{"9 power.who unknown_group"}));
  EXPECT_EQ(unknown_in(changed("[PowerUser]", "[PowerUser, \"Nope*\", \"Power*\"]"), a_company()),
            (Told{"9 power.what matches_nothing"}));
  EXPECT_EQ(unknown_in(changed("[Oncall]", "[Oncal]"), a_company()), (Told{"15 deploy.who unknown_group"}));
  EXPECT_EQ(unknown_in(changed("user: cleo", "user: cloe"), a_company()),
            (Told{"29 approval_policies.lead unknown_user"}));
  EXPECT_EQ(unknown_in(changed("    where: [prod]\n    when", "    where: {ou: /Prod}\n    when"), a_company()),
            (Told{"24 prod-alone.where unknown_unit"}));
  EXPECT_EQ(unknown_in(changed("[SecurityAudit]", "[SecAudit]"), a_company()),
            (Told{"31 break_glass.what unknown_permission_set"}));
  EXPECT_EQ(unknown_in(changed("notify: [Security]", "notify: [Secure]"), a_company()),
            (Told{"31 break_glass.notify unknown_group"}));
}

TEST(CheckNames, TellsStepsThatHaveFewerPeopleThanTheyNeed) {
  const auto company = a_company().with_group("TeamLeads", {"gone", "ana"});
  const auto text = changed("need: 1", "need: 3");
  EXPECT_EQ(unknown_in(text, company), std::vector<std::string>{"29 approval_policies.lead too_few_people"});
  EXPECT_EQ(unknown_in(changed("need: 1", "need: 2"), company), std::vector<std::string>{});
}

}  // namespace
}  // namespace ag::access
