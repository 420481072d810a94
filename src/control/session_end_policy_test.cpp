#include "control/session_end_policy.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.hpp"

namespace ag::control {
namespace {

const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");

DeniedSessions denied(const std::string& user, Instant issued_before = kNoon,
                      const std::string& account = "111111111111", const std::string& set = "PowerUser") {
  return {{access::AccountId(account), access::PermissionSetArn("arn:aws:sso:::permissionSet/ssoins-1/ps-" + set),
           access::UserId(user)},
          set,
          issued_before};
}

std::size_t statements(const std::string& policy) { return parse_json(policy)->at("Statement").as_array().size(); }

TEST(SessionEndPolicy, DeniesOnePersonOneSetsRolesInOneAccountAndOnlyOlderCredentials) {
  EXPECT_EQ(session_end_policy({denied("u-ana")}),
            R"({"Statement":[{"Action":"*","Condition":{)"
            R"("ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/)"
            R"(*AWSReservedSSO_PowerUser_*"},)"
            R"("DateLessThan":{"aws:TokenIssueTime":"2026-01-05T12:00:00Z"},)"
            R"("StringEquals":{"identitystore:userId":"u-ana"}},)"
            R"("Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"})");
}

TEST(SessionEndPolicy, DeniesSomebodyWhoDoesNotExistWhenThereIsNobody) {
  EXPECT_EQ(session_end_policy({}),
            R"({"Statement":[{"Action":"*","Condition":{"StringEquals":{"identitystore:userId":"nobody"}},)"
            R"("Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"})");
}

TEST(SessionEndPolicy, MeansTheCredentialsOfTheLastSecondToo) {
  const auto policy = session_end_policy({denied("u-ana", kNoon + Duration::milliseconds(1))});
  EXPECT_NE(policy.find("\"2026-01-05T12:00:01Z\""), std::string::npos) << policy;
}

TEST(SessionEndPolicy, SharesAStatementWhereNothingMoreIsDeniedByIt) {
  EXPECT_EQ(statements(session_end_policy({denied("u-ana"), denied("u-bo")})), 1U) << "the same roles and moment";
  EXPECT_EQ(statements(session_end_policy({denied("u-ana"), denied("u-ana", kNoon, "222222222222")})), 1U)
      << "the same person and moment";
  EXPECT_EQ(statements(session_end_policy({denied("u-ana"), denied("u-bo", kNoon + Duration::seconds(1))})), 2U)
      << "ana may have newer credentials";
  EXPECT_EQ(statements(session_end_policy({denied("u-ana"), denied("u-bo", kNoon, "222222222222")})), 2U)
      << "ana was not in bo's account";
  EXPECT_EQ(statements(session_end_policy({denied("u-ana"), denied("u-bo"), denied("u-ana", kNoon, "222222222222")})),
            2U);
}

TEST(SessionEndPolicy, DoesNotHangOnTheOrder) {
  EXPECT_EQ(session_end_policy({denied("u-ana"), denied("u-bo", kNoon + Duration::hours(1))}),
            session_end_policy({denied("u-bo", kNoon + Duration::hours(1)), denied("u-ana")}));
}

TEST(SessionEndPolicy, IsOfThePermissionSetsPartition) {
  DeniedSessions in_china = denied("u-ana");
  in_china.slot.permission_set = access::PermissionSetArn("arn:aws-cn:sso:::permissionSet/ssoins-1/ps-1");
  const auto policy = session_end_policy({in_china});
  EXPECT_NE(policy.find("\"arn:aws-cn:iam::111111111111:role/"), std::string::npos) << policy;
}

TEST(SessionEndPolicy, HoldsAsMuchAsAwsTakesAndNotMore) {
  std::vector<DeniedSessions> apart;
  std::vector<DeniedSessions> together;
  for (int i = 0; i < 400; ++i) {
    const auto user = fmt::format("9067678c09-12345678-1234-4123-8123-{:012}", i);
    apart.push_back(denied(user, kNoon + Duration::seconds(i)));
    together.push_back(denied(user));
  }
  for (const auto* each : {&apart, &together}) {
    const std::size_t fit = how_many_fit(*each);
    const auto policy_of = [&](std::size_t count) {
      return session_end_policy({each->begin(), each->begin() + static_cast<std::ptrdiff_t>(count)}).size();
    };
    EXPECT_LE(policy_of(fit), kLongestPolicy);
    EXPECT_GT(policy_of(fit + 1), kLongestPolicy);
  }
  EXPECT_EQ(how_many_fit(apart), 30U) << "the number of docs/hard-end.md";
  EXPECT_EQ(how_many_fit(together), 198U);
  EXPECT_EQ(how_many_fit({}), 0U);
  EXPECT_EQ(how_many_fit({apart.front()}), 1U);
}

TEST(SessionEndPolicy, BindsWhatItIsAttachedToAndAllBelow) {
  const access::AccountId management("100000000000");
  const access::AccountId prod("200000000000");
  const access::AccountId dev("300000000000");
  access::Snapshot organization;
  organization.management_account = management;
  const auto add = [&](const access::AccountId& id, std::vector<access::UnitId> units) {
    organization.accounts.push_back({id, "", "", "ACTIVE", std::move(units), "", {}});
  };
  const access::UnitId root("r-1");
  add(management, {root});
  add(prod, {root, access::UnitId("ou-work"), access::UnitId("ou-prod")});
  add(dev, {root, access::UnitId("ou-work")});
  const auto not_bound_by = [&](std::vector<std::string> targets) {
    organization.hard_end = {"p-1", std::move(targets)};
    return not_bound(organization, "p-1").value();
  };
  EXPECT_FALSE(not_bound(organization, "p-1")) << "nobody knows";
  EXPECT_EQ(not_bound_by({}), (std::set{prod, dev}));
  EXPECT_TRUE(not_bound_by({"r-1"}).empty());
  EXPECT_TRUE(not_bound_by({"ou-work"}).empty());
  EXPECT_EQ(not_bound_by({"ou-prod"}), std::set{dev});
  EXPECT_EQ(not_bound_by({"300000000000", "ou-elsewhere"}), std::set{prod});
  EXPECT_FALSE(not_bound(organization, "p-2")) << "it was read of another one";
}

TEST(SessionEndPolicy, IsTheSameWhoeverAddsWhat) {
  const std::string a = session_end_policy({denied("1", kNoon)});
  const std::string b = session_end_policy({denied("2", kNoon + Duration::minutes(1))});
  EXPECT_EQ(with_statements(a, statements_of(b)), with_statements(b, statements_of(a)));
  EXPECT_EQ(statements_of(with_statements(a, statements_of(b))).size(), 2U);
  EXPECT_EQ(with_statements(session_end_policy({}), statements_of(a)), a) << "who denies somebody need not deny nobody";
  EXPECT_EQ(with_statements(session_end_policy({}), {}), session_end_policy({}));
}

TEST(SessionEndPolicy, LeavesOutOfOthersWhatDoesNotFit) {
  std::set<std::string> others;
  for (int i = 0; i < 100; ++i) {
    others.merge(statements_of(session_end_policy({denied(std::to_string(i), kNoon + Duration::minutes(i))})));
  }
  const std::string own = session_end_policy({denied("own", kNoon)});
  const std::string all = with_statements(own, others);
  EXPECT_LE(all.size(), kLongestPolicy);
  EXPECT_GT(all.size(), kLongestPolicy - 500);
  EXPECT_TRUE(statements_of(all).contains(*statements_of(own).begin()));
}

TEST(SessionEndPolicy, HasNoStatementsWhereItIsNoPolicy) {
  for (const auto* text : {"", "[]", "7", "{}", R"({"Statement":{}})", R"({"Statement":7})"}) {
    EXPECT_TRUE(statements_of(text).empty()) << text;
  }
}

}  // namespace
}  // namespace ag::control
