#include "server/api/examination.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "access/policy.hpp"

namespace ag::server {
namespace {

const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");
const access::AccountId kManagement("100000000000");
const access::AccountId kProd("200000000000");
const access::AccountId kDev("300000000000");

constexpr std::string_view kPolicy = R"(version: 1
targets:
  prod: {ou: /Prod}
permission_sets:
  ReadOnly: {level: low}
rules:
  - id: look
    who: {everyone: true}
    what: [ReadOnly]
    where: [all]
    max: 1h
    approval: nobody
  - id: change
    who: {everyone: true}
    what: [ReadOnly]
    where: [prod]
    max: 1h
    approval: nobody
    end: hard
approval_policies:
  nobody: {steps: []}
)";

/// A company of three accounts: the management account and dev below the root, prod in a unit of its own.
struct HardEndCheck : ::testing::Test {
  access::Snapshot snapshot;
  EngineHealth health;
  Metrics metrics;
  std::string policy{kPolicy};

  HardEndCheck() {
    metrics.declare("accessguard_aws_api_requests_total", MetricKind::kCounter, "");
    metrics.declare("accessguard_aws_throttles_total", MetricKind::kCounter, "");
    const access::UnitId root("r-1");
    const access::UnitId unit("ou-prod");
    snapshot.instance_arn = "arn:instance";
    snapshot.management_account = kManagement;
    snapshot.units = {{root, "Root", "/"}, {unit, "Prod", "/Prod"}};
    snapshot.accounts = {{kManagement, "management", "", "ACTIVE", {root}, "/", {}},
                         {kDev, "dev", "", "ACTIVE", {root}, "/", {}},
                         {kProd, "prod", "", "ACTIVE", {root, unit}, "/Prod", {}}};
    health.hard_end_policy = "p-1";
  }
  void attach(std::vector<std::string> targets) { snapshot.hard_end = {"p-1", std::move(targets)}; }
  [[nodiscard]] std::optional<Check> find(std::string_view id) const {
    ReadModel model;
    auto parsed = access::parse_policy(policy);
    EXPECT_TRUE(parsed.has_value());
    model.set_index(
        std::make_shared<const access::PolicyIndex>(std::make_shared<const access::Policy>(std::move(*parsed)),
                                                    std::make_shared<const access::Organization>(snapshot)));
    auto checks = further_checks(health, model, metrics, {}, kNoon);
    for (auto& each : foreign_checks(model, kNoon)) checks.push_back(std::move(each));
    const auto it = std::find_if(checks.begin(), checks.end(), [&](const auto& check) { return check.id == id; });
    return it == checks.end() ? std::nullopt : std::optional(*it);
  }
};

TEST_F(HardEndCheck, IsOfNoConcernWithoutARuleThatWantsIt) {
  policy = policy.substr(0, policy.find("  - id: change")) + "approval_policies:\n  nobody: {steps: []}\n";
  health.hard_end_policy = "";
  EXPECT_FALSE(find("hard_end"));
}

TEST_F(HardEndCheck, WarnsThatNoPolicyIsConfigured) {
  health.hard_end_policy = "";
  const auto check = find("hard_end");
  ASSERT_TRUE(check);
  EXPECT_EQ(check->state, Condition::kWarn);
  EXPECT_NE(check->detail.find("line 13"), std::string::npos) << check->detail;
  EXPECT_NE(check->fix.find("hard_end_policy"), std::string::npos);
}

TEST_F(HardEndCheck, WarnsOfAccountsThatThePolicyDoesNotBind) {
  attach({kDev.str()});
  const auto check = find("hard_end");
  ASSERT_TRUE(check);
  EXPECT_EQ(check->state, Condition::kWarn);
  EXPECT_NE(check->detail.find("1 account"), std::string::npos) << check->detail;
  EXPECT_NE(check->fix.find("attach-policy --policy-id p-1"), std::string::npos);
  EXPECT_EQ(check->detail.find("prod"), std::string::npos) << "names are for administrators";
  const auto named = find("hard_end_accounts");
  ASSERT_TRUE(named);
  EXPECT_NE(named->detail.find("prod (200000000000)"), std::string::npos) << named->detail;
}

TEST_F(HardEndCheck, CountsOnlyWhatSuchRulesReach) {
  attach({"ou-prod"});
  EXPECT_EQ(find("hard_end")->state, Condition::kOk) << "that dev is not bound matters to nobody";
  EXPECT_FALSE(find("hard_end_accounts"));
  attach({});
  snapshot.accounts.back().state = "SUSPENDED";
  EXPECT_EQ(find("hard_end")->state, Condition::kOk);
}

TEST_F(HardEndCheck, SaysNothingOfTheManagementAccount) {
  policy.replace(policy.find("where: [prod]"), 13, "where: [all]");
  attach({kDev.str(), kProd.str()});
  EXPECT_EQ(find("hard_end")->state, Condition::kOk) << "no policy binds it, attached or not";
}

TEST_F(HardEndCheck, DoesNotWarnOfWhatWasNotRead) {
  EXPECT_EQ(find("hard_end")->state, Condition::kOk) << "where it may not be read there is a line about gaps";
}

}  // namespace
}  // namespace ag::server
