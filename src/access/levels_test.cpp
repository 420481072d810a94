#include "access/levels.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "access/policy_effect.hpp"
#include "access/set_analysis.hpp"
#include "access/test_company.hpp"

// How much a permission set can do: by what it allows, and by what the policy says of it.
namespace ag::access {
namespace {

using test::a_company;

constexpr std::string_view kReadsObjects =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]})";
constexpr std::string_view kReadsSecrets =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]})";
constexpr std::string_view kLists =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}]})";
const std::string kAdministrator = "arn:aws:iam::aws:policy/AdministratorAccess";

PermissionSet a_set(std::optional<SetPolicies> policies) {
  return {.arn = test::set_arn("Deploy"), .name = "Deploy", .policies = std::move(policies)};
}
SetPolicies inline_of(std::string_view document) { return {.inline_policy = std::string(document)}; }

Organization with_set(PermissionSet set, const Organization* before = nullptr) {
  return Organization(a_company().with(std::move(set)).snapshot(), before);
}

const SetAnalysis& analysis_in(const Organization& organization) {
  return *organization.find(test::set_arn("Deploy"))->analysis;
}

Policy declaring(std::string_view declared) {
  const std::string text =
      declared.empty() ? "version: 1\n" : fmt::format("version: 1\npermission_sets: {{Deploy: {}}}\n", declared);
  auto policy = parse_policy(text);
  EXPECT_TRUE(policy) << text;
  return *policy;
}

struct Told {
  Level level;
  std::string reason;
};
Told told(const std::optional<SetPolicies>& policies, std::string_view declared) {
  const Organization organization = with_set(a_set(policies));
  const PermissionSet& set = *organization.find(test::set_arn("Deploy"));
  const Policy policy = declaring(declared);
  return {level_of(policy, set), reason_of_level(policy, set)};
}

TEST(LevelOfASet, IsWhatItAllowsRaisedByWhatThePolicySays) {
  const SetPolicies objects = inline_of(kReadsObjects);  // medium
  const SetPolicies secrets = inline_of(kReadsSecrets);  // high
  struct Case {
    std::optional<SetPolicies> policies;
    std::string declared;
    Level expected;
  };
  const std::vector<Case> cases = {
      {std::nullopt, "", Level::kHigh},
      {std::nullopt, "{level: low}", Level::kLow},
      {std::nullopt, "{level: low, instead_of: high}", Level::kLow},
      {std::nullopt, "{level: critical}", Level::kCritical},
      {inline_of(kLists), "", Level::kLow},
      {objects, "", Level::kMedium},
      {objects, "{level: low}", Level::kMedium},
      {objects, "{level: medium}", Level::kMedium},
      {objects, "{level: critical}", Level::kCritical},
      {objects, "{level: low, instead_of: medium}", Level::kLow},
      {objects, "{level: low, instead_of: high}", Level::kLow},
      {secrets, "{level: low, instead_of: medium}", Level::kHigh},
      {secrets, "{level: medium, instead_of: high}", Level::kMedium},
      {secrets, "{level: critical}", Level::kCritical},
      {SetPolicies{.managed = {kAdministrator}}, "{level: low, instead_of: high}", Level::kCritical},
      {SetPolicies{.managed = {kAdministrator}}, "{level: low, instead_of: critical}", Level::kLow},
      {SetPolicies{}, "", Level::kLow},
  };
  for (const auto& one : cases) {
    const auto it = told(one.policies, one.declared);
    EXPECT_EQ(it.level, one.expected) << one.declared << ": " << it.reason;
  }
}

TEST(LevelOfASet, CountsAsHighWhereNotAllOfItIsKnownAndNobodyHasSaidMore) {
  SetPolicies partly = inline_of(kLists);
  partly.customer_managed = {"/data/ReadLake"};
  EXPECT_EQ(told(partly, "").level, Level::kHigh);
  EXPECT_EQ(told(partly, "{level: low}").level, Level::kHigh);
  EXPECT_EQ(told(partly, "{level: low, instead_of: high}").level, Level::kHigh)
      << "nobody has looked at what it may be";
  EXPECT_EQ(told(partly, "{level: low, instead_of: critical}").level, Level::kLow);
  EXPECT_EQ(told(partly, "{level: critical}").level, Level::kCritical);
  partly.inline_policy = kReadsSecrets;
  EXPECT_EQ(told(partly, "{level: low}").level, Level::kHigh) << "what is known of it is high";
  partly.managed = {kAdministrator};
  EXPECT_EQ(told(partly, "").level, Level::kCritical);
  for (const auto& unknown :
       {inline_of("{]"), inline_of(R"({"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]})"),
        SetPolicies{.managed = {"arn:aws:iam::aws:policy/MadeTomorrow"}}}) {
    const auto it = told(unknown, "");
    EXPECT_EQ(it.level, Level::kHigh) << it.reason;
    EXPECT_NE(it.reason.find("not all of it is known, which counts as high: "), std::string::npos) << it.reason;
  }
}

TEST(LevelOfASet, IsNoLongerLoweredOnceSomethingUnreadIsAttached) {
  SetPolicies policies = inline_of(kReadsSecrets);
  constexpr std::string_view kLowered = "{level: medium, instead_of: high}";
  EXPECT_EQ(told(policies, kLowered).level, Level::kMedium);
  policies.customer_managed = {"AdminOfThisAccount"};
  const auto it = told(policies, kLowered);
  EXPECT_EQ(it.level, Level::kHigh);
  EXPECT_NE(it.reason.find("not all of it is known, which counts as high"), std::string::npos) << it.reason;
  EXPECT_NE(it.reason.find("does not lower it"), std::string::npos) << it.reason;
}

TEST(LevelOfASet, SaysWhy) {
  const SetPolicies objects = inline_of(kReadsObjects);
  EXPECT_EQ(told(std::nullopt, "").reason, "nobody has said what it can do: that counts as high");
  EXPECT_EQ(told(std::nullopt, "{level: low}").reason, "declared low in line 2 of the policy");
  EXPECT_EQ(told(objects, "").reason, "medium by what it allows: it can read every object in S3");
  EXPECT_EQ(told(objects, "{level: medium}").reason, told(objects, "").reason);
  EXPECT_EQ(told(objects, "{level: high}").reason,
            "declared high in line 2 of the policy; medium by what it allows: it can read every object in S3");
  EXPECT_EQ(told(objects, "{level: low}").reason,
            "medium by what it allows: it can read every object in S3; that it is declared low in line 2 of the policy "
            "does not lower it");
  EXPECT_EQ(told(objects, "{level: low, instead_of: medium}").reason,
            "declared low in line 2 of the policy, although medium by what it allows: it can read every object in S3");
}

TEST(LevelOfASet, IsRemarkedUponWhereTheDeclaredOneSaysNothing) {
  const auto remarks_on = [](SetPolicies policies, std::string_view declared) {
    auto organization = std::make_shared<const Organization>(with_set(a_set(std::move(policies))));
    std::string all;
    for (const auto& it : remarks(PolicyIndex(std::make_shared<const Policy>(declaring(declared)), organization)))
      all += fmt::format("{}:{} {} {}\n", it.line, it.where, it.code, it.message);
    return all;
  };
  const auto remarks_of = [&](std::string_view document, std::string_view declared) {
    return remarks_on(inline_of(document), declared);
  };
  SetPolicies partly = inline_of(kReadsSecrets);
  partly.customer_managed = {"Lake"};
  const std::string unread = remarks_on(partly, "{level: medium, instead_of: high}");
  EXPECT_TRUE(unread.starts_with("2:permission_sets.Deploy level_not_lowered not all of what it allows is known ("))
      << unread;
  EXPECT_TRUE(
      unread.ends_with("): it counts as high, and declaring it medium does not lower it; if you have looked at "
                       "all of it, add `instead_of: critical`\n"))
      << unread;
  EXPECT_EQ(remarks_on(partly, "{level: medium, instead_of: critical}"), "");
  EXPECT_EQ(remarks_of(kReadsObjects, "{level: low}"),
            "2:permission_sets.Deploy level_not_lowered by what it allows it is medium, and declaring it low does not "
            "lower it; if you have looked at what it allows, add `instead_of: medium`\n");
  EXPECT_EQ(
      remarks_of(kReadsSecrets, "{level: low, instead_of: medium}"),
      "2:permission_sets.Deploy level_not_lowered by what it allows it is high now, which is more than the medium "
      "that you have looked at: it counts as high\n");
  EXPECT_EQ(remarks_of(kReadsObjects, "{level: low, instead_of: medium}"), "");
  EXPECT_EQ(remarks_of(kReadsObjects, "{level: high}"), "");
}

TEST(LevelOfASet, IsNotDeclaredInsteadOfALowerOne) {
  for (const char* declared : {"{level: high, instead_of: high}", "{level: high, instead_of: low}"}) {
    const auto policy = parse_policy(fmt::format("version: 1\npermission_sets: {{Deploy: {}}}\n", declared));
    ASSERT_FALSE(policy) << declared;
    EXPECT_EQ(policy.error().front().code, "invalid_level");
    EXPECT_EQ(policy.error().front().where, "permission_sets.Deploy.instead_of");
  }
}

// ---- the analysis --------------------------------------------------------------------------------------------

TEST(SetAnalysis, HasTheSameContentWhateverTheOrderOfAwssLists) {
  const SetPolicies one{.managed = {kAdministrator, "arn:aws:iam::aws:policy/ReadOnlyAccess"},
                        .customer_managed = {"/a", "/b"}};
  SetPolicies other = one;
  std::swap(other.managed[0], other.managed[1]);
  std::swap(other.customer_managed[0], other.customer_managed[1]);
  const auto content = [](const SetPolicies& policies) { return analysis_in(with_set(a_set(policies))).content; };
  EXPECT_EQ(content(one), content(other));
  for (auto change : std::vector<void (*)(SetPolicies&)>{
           [](SetPolicies& it) { it.managed.pop_back(); }, [](SetPolicies& it) { it.customer_managed = {"/a"}; },
           [](SetPolicies& it) { it.inline_policy = kLists; },
           [](SetPolicies& it) { it.boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"; }}) {
    SetPolicies changed = one;
    change(changed);
    EXPECT_NE(content(changed), content(one));
  }
}

TEST(SetAnalysis, IsTakenOverWhereTheSetIsAsItWas) {
  const PermissionSet set = a_set(inline_of(kReadsObjects));
  const Organization before = with_set(set);
  EXPECT_EQ(&analysis_in(with_set(set, &before)), &analysis_in(before));
  const Organization after = with_set(a_set(inline_of(kReadsSecrets)), &before);
  EXPECT_EQ(analysis_in(after).level, Level::kHigh);
  EXPECT_EQ(with_set(a_set(std::nullopt), &before).find(set.arn)->analysis, nullptr) << "it is not known any more";
}

TEST(SetAnalysis, FollowsWhatAwsSaysOfItsManagedPolicies) {
  const auto with_document = [](std::string_view document, const Organization* before) {
    Snapshot snapshot = a_company().with(a_set(SetPolicies{.managed = {kAdministrator}})).snapshot();
    snapshot.managed_policies = {{kAdministrator, "v2", std::string(document)}};
    return Organization(std::move(snapshot), before);
  };
  const Organization before = with_document(kLists, nullptr);
  EXPECT_EQ(analysis_in(before).level, Level::kLow) << "not the program's own copy";
  const Organization after = with_document(kReadsSecrets, &before);
  EXPECT_EQ(analysis_in(after).level, Level::kHigh);
  EXPECT_NE(analysis_in(after).content, analysis_in(before).content);
}

TEST(SetAnalysis, HeedsABoundaryThatIsKnown) {
  SetPolicies policies{.managed = {kAdministrator}, .boundary = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"};
  EXPECT_LT(analysis_in(with_set(a_set(policies))).level, Level::kHigh);
  policies.boundary = "/Fence";  // each account's own: it may say anything
  EXPECT_EQ(analysis_in(with_set(a_set(policies))).level, Level::kCritical);
  EXPECT_TRUE(analysis_in(with_set(a_set(policies))).unread.empty()) << "it could only allow less";
}

}  // namespace
}  // namespace ag::access
