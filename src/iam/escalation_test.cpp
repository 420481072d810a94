#include "iam/escalation.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "iam/analysis.hpp"
#include "iam/analysis_words.hpp"
#include "iam/catalogue.hpp"
#include "iam/test_layers.hpp"

namespace ag::iam {
namespace {

const Catalogue& kAws = Catalogue::built_in();

const EscalationPath* find(const std::vector<EscalationPath>& paths, std::string_view technique) {
  const auto at =
      std::find_if(paths.begin(), paths.end(), [&](const auto& path) { return path.technique == technique; });
  return at == paths.end() ? nullptr : &*at;
}

std::vector<EscalationPath> escalations(const PolicyLayers& layers) {
  return find_escalations(Expansion(layers), AccountKind::kUnknown);
}

constexpr std::string_view kWithMfa = ", 'Condition': {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}";
constexpr std::string_view kOfTeam = ", 'Condition': {'StringEquals': {'aws:ResourceTag/team': 'a'}}";

std::string needed(const Technique& technique) { return std::string(technique.written); }

// ---- every technique of data/iam/escalations.txt ----

TEST(Escalations, OfOthersAre105AndOursCome) {
  const auto& all = Facts::built_in().techniques();
  const auto ours = std::count_if(all.begin(), all.end(), [](const Technique& t) { return t.names == "accessguard"; });
  EXPECT_EQ(all.size() - static_cast<std::size_t>(ours), 105U);
  EXPECT_EQ(ours, 154);
}

TEST(Escalations, EachIsFoundFromExactlyItsActionsWithTheStatementsThatAllowThem) {
  for (const Technique& technique : Facts::built_in().techniques()) {
    const auto paths = escalations(only({allow("s3:ListAllMyBuckets"), allow(needed(technique))}));
    const EscalationPath* path = find(paths, technique.name);
    ASSERT_NE(path, nullptr) << technique.name;
    EXPECT_EQ(path->certainty, Certainty::kCertainly) << technique.name;
    EXPECT_EQ(path->breadth, Breadth::kEverything) << technique.name;
    EXPECT_EQ(path->level, technique.kind == TechniqueClass::kSelf ? Level::kCritical : Level::kHigh) << technique.name;
    EXPECT_FALSE(path->words.empty()) << technique.name;
    ASSERT_EQ(path->steps.size(), std::min(technique.actions.size(), kMostSteps)) << technique.name;
    for (const Step& step : path->steps) {
      ASSERT_EQ(step.grant.allowed_by.size(), 1U) << technique.name << ' ' << step.action;
      EXPECT_EQ(step.grant.allowed_by[0].index, 1U) << technique.name << ' ' << step.action;
    }
  }
}

TEST(Escalations, NoneIsFoundWhereOneActionIsMissingOrDenied) {
  for (const Technique& technique : Facts::built_in().techniques()) {
    // `iam:*` stands for 180 actions: three of them are tried.
    for (std::size_t i = 0; i < std::min<std::size_t>(technique.actions.size(), 8); ++i) {
      const std::string one = kAws.name(technique.actions[i]);
      std::string others;
      for (const ActionId action : technique.actions) {
        if (action != technique.actions[i]) others += (others.empty() ? "" : " ") + kAws.name(action);
      }
      if (!others.empty()) {
        EXPECT_EQ(find(escalations(only({allow(others)})), technique.name), nullptr) << technique.name << ' ' << one;
      }
      EXPECT_EQ(find(escalations(only({allow(needed(technique)), deny(one)})), technique.name), nullptr)
          << technique.name << ' ' << one;
    }
  }
}

TEST(Escalations, NoneIsFoundBehindABoundaryOrAnScpThatLacksOneAction) {
  for (const Technique& technique : Facts::built_in().techniques()) {
    const std::string one = kAws.name(technique.actions.front());
    PolicyLayers bounded = only({allow(needed(technique))});
    bounded.boundary = {named("boundary", "{'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'NotAction': '" +
                                              one + "', 'Resource': '*'}]}")};
    EXPECT_EQ(find(escalations(bounded), technique.name), nullptr) << technique.name;
    PolicyLayers controlled = only({allow(needed(technique))});
    controlled.service_control = {{named("root", document({allow("*"), deny(one)}))}};
    EXPECT_EQ(find(escalations(controlled), technique.name), nullptr) << technique.name;
  }
}

TEST(Escalations, AConditionOnWhatIsReachedMakesEachPossibleOnly) {
  for (const Technique& technique : Facts::built_in().techniques()) {
    const auto paths = escalations(only({allow(needed(technique), "*", kOfTeam)}));
    const EscalationPath* path = find(paths, technique.name);
    ASSERT_NE(path, nullptr) << technique.name;
    EXPECT_EQ(path->certainty, Certainty::kPossibly) << technique.name;
    EXPECT_EQ(path->level, technique.kind == TechniqueClass::kSelf ? Level::kHigh : Level::kMedium) << technique.name;
    EXPECT_EQ(path->steps.front().grant.depends_on, std::vector<std::string>{"aws:ResourceTag/team"});
  }
}

TEST(Escalations, AConditionThatTheHolderMeetsIsNamedAndTakesNothingOff) {
  for (const Technique& technique : Facts::built_in().techniques()) {
    const auto paths = escalations(only({allow(needed(technique), "*", kWithMfa)}));
    const EscalationPath* path = find(paths, technique.name);
    ASSERT_NE(path, nullptr) << technique.name;
    EXPECT_EQ(path->certainty, Certainty::kPresumably) << technique.name;
    EXPECT_EQ(path->level, technique.kind == TechniqueClass::kSelf ? Level::kCritical : Level::kHigh) << technique.name;
    EXPECT_EQ(path->steps.front().grant.depends_on, std::vector<std::string>{"aws:MultiFactorAuthPresent"});
  }
}

TEST(Escalations, AreFoundWhenStatementsAndPoliciesAreSplit) {
  PolicyLayers layers = only({allow("iam:PassRole"), allow("lambda:CreateFunction")});
  layers.identity.push_back(named("second", document({allow("lambda:InvokeFunction")})));
  const auto paths = escalations(layers);
  const EscalationPath* path = find(paths, "lambda-001");
  ASSERT_NE(path, nullptr);
  EXPECT_EQ(path->steps.back().grant.allowed_by[0].policy, "second");
}

// ---- where named resources are enough ----

Level level_as(std::string_view principal, const std::vector<std::string>& statements) {
  const auto paths = find_escalations(Expansion(only(statements)), AccountKind::kUnknown, principal);
  return paths.empty() ? Level::kLow : paths.front().level;
}
constexpr std::string_view kAnn = "arn:aws:iam::111122223333:user/team/Ann";
constexpr std::string_view kDeploy = "arn:aws:iam::111122223333:role/Deploy";

TEST(Oneself, IsEnoughToAttachAPolicyTo) {
  const std::string own = allow("iam:AttachUserPolicy", "arn:aws:iam::*:user/team/${aws:username}");
  EXPECT_EQ(level_as("", {own}), Level::kCritical) << "whoever it is, it is the user";
  EXPECT_EQ(level_as(kAnn, {own}), Level::kCritical);
  EXPECT_EQ(level_as(kDeploy, {own}), Level::kHigh) << "a role has no aws:username";
  EXPECT_EQ(level_as(kAnn, {allow("iam:PutUserPolicy", "arn:aws:iam::111122223333:user/team/*")}), Level::kCritical);
  EXPECT_EQ(level_as(kAnn, {allow("iam:PutUserPolicy", "arn:aws:iam::111122223333:user/Bob")}), Level::kHigh);
  EXPECT_EQ(level_as(kDeploy, {allow("iam:PutRolePolicy", kDeploy)}), Level::kCritical);
  EXPECT_EQ(level_as("arn:aws:sts::111122223333:assumed-role/Deploy/ann", {allow("iam:PutRolePolicy", kDeploy)}),
            Level::kCritical);
  EXPECT_EQ(level_as(kAnn, {own, deny("iam:*", kAnn)}), Level::kHigh) << "denied where it would matter";
}

TEST(OneRole, IsEnoughWhereItCanBeMadeAndGivenAPolicy) {
  const std::string_view apps = "arn:aws:iam::111122223333:role/app-*";
  EXPECT_EQ(level_as("", {allow("iam:CreateRole iam:PutRolePolicy", apps)}), Level::kCritical);
  EXPECT_EQ(level_as("", {allow("iam:CreateRole", apps), allow("iam:AttachRolePolicy", "arn:aws:iam::*:role/*-admin")}),
            Level::kCritical);
  EXPECT_EQ(level_as("", {allow("iam:UpdateAssumeRolePolicy iam:PutRolePolicy", apps)}), Level::kCritical);
  EXPECT_EQ(level_as("", {allow("iam:CreateRole", apps), allow("iam:PutRolePolicy", "arn:aws:iam::*:role/other")}),
            Level::kHigh);
  EXPECT_EQ(level_as("", {allow("iam:CreateRole", apps), allow("iam:PutRolePolicy", "arn:aws:iam::*:policy/app-*")}),
            Level::kHigh);
}

TEST(NamedResources, ThatAreEnoughCostNothingMoreUnderACondition) {
  const std::string_view apps = "arn:aws:iam::*:role/app-*";
  const std::string_view own = "arn:aws:iam::*:user/${aws:username}";
  for (const std::string_view second : {"iam:PutRolePolicy", "iam:AttachRolePolicy"}) {
    const std::string actions = "iam:CreateRole " + std::string(second);
    EXPECT_EQ(level_as("", {allow(actions, apps, kWithMfa)}), Level::kCritical);
    EXPECT_EQ(level_as("", {allow(actions, apps, kOfTeam)}), Level::kHigh);
  }
  for (const std::string_view action : {"iam:PutUserPolicy", "iam:AttachUserPolicy"}) {
    EXPECT_EQ(level_as("", {allow(action, own, kWithMfa)}), Level::kCritical);
    EXPECT_EQ(level_as("", {allow(action, own, kOfTeam)}), Level::kHigh);
  }
  EXPECT_EQ(level_as(kDeploy, {allow("iam:PutRolePolicy", kDeploy, kWithMfa)}), Level::kCritical);
  EXPECT_EQ(level_as(kDeploy, {allow("iam:PutRolePolicy", kDeploy, kOfTeam)}), Level::kHigh);
}

TEST(NamedResources, ThatAreAdministratorsByTheirNameAreEnough) {
  for (const std::string_view name : {"OrganizationAccountAccessRole", "AWSControlTowerExecution"}) {
    const std::string arn = "arn:aws:iam::*:role/" + std::string(name);
    EXPECT_EQ(level_as("", {allow("sts:AssumeRole", arn)}), Level::kHigh) << name;
    EXPECT_EQ(level_as("", {allow("sts:AssumeRole", arn, kOfTeam)}), Level::kMedium) << name;
    EXPECT_EQ(escalations(only({allow("sts:AssumeRole", arn)})).at(0).words,
              "assuming " + std::string(name) + ", an administrator of each account that has it");
  }
  EXPECT_EQ(level_as("", {allow("sts:AssumeRole", "arn:aws:iam::*:role/app")}), Level::kMedium);
}

std::string only_policies(std::string_view policies) {
  return ", 'Condition': {'ArnLike': {'iam:PolicyARN': [" + std::string(policies) + "]}}";
}

TEST(Attaching, IsWorthWhatCanBeAttached) {
  const auto attach = [](std::string_view policies) {
    return allow("iam:AttachRolePolicy", "*", only_policies(policies));
  };
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/AdministratorAccess'")}), Level::kCritical);
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/*'")}), Level::kCritical);
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::111122223333:policy/app-*'")}), Level::kHigh) << "who knows which";
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess'")}), Level::kMedium)
      << "never less, though it is low";
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/ReadOnlyAccess'")}), Level::kHigh);
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/PowerUserAccess'")}), Level::kHigh);
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/job-function/SystemAdministrator'")}), Level::kHigh);
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/AdministratorAccess-Amplify'")}), Level::kCritical);
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/job-function/View*', 'arn:aws:iam::aws:policy/Power*'")}),
            Level::kHigh)
      << "the worst counts";
  EXPECT_EQ(level_as("", {attach("'arn:aws:iam::aws:policy/OfTomorrow'")}), Level::kHigh) << "who knows it";
  EXPECT_EQ(level_as("", {allow("iam:AttachRolePolicy", "arn:aws:iam::*:role/app-*",
                                only_policies("'arn:aws:iam::aws:policy/PowerUserAccess'"))}),
            Level::kMedium);
  EXPECT_EQ(
      level_as("", {allow("iam:AttachRolePolicy"),
                    deny("iam:AttachRolePolicy", "*", only_policies("'arn:aws:iam::aws:policy/AdministratorAccess'"))}),
      Level::kCritical)
      << "IAMFullAccess is as good";
}

TEST(Attaching, IsToldWithThePolicyThatIsWorthMost) {
  const auto told = [](std::string_view policies) {
    return sentences(analyze({.layers = only({allow("iam:AttachRolePolicy", "*", only_policies(policies))})}), 1).at(0);
  };
  EXPECT_EQ(told("'arn:aws:iam::aws:policy/PowerUserAccess', 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess'"),
            "can gain more permissions by attaching PowerUserAccess to a role that it works as or can assume");
  EXPECT_EQ(told("'arn:aws:iam::aws:policy/IAMFullAccess'"),
            "can make itself administrator by attaching IAMFullAccess to a role that it works as or can assume");
  EXPECT_EQ(
      told("'arn:aws:iam::111122223333:policy/*'"),
      "may make itself administrator by attaching a policy of the account's own to a role that it works as or can "
      "assume (depends on iam:PolicyARN)");
}

// ---- passing roles ----

std::string passed_to(std::string_view services) {
  return ", 'Condition': {'StringEquals': {'iam:PassedToService': [" + std::string(services) + "]}}";
}

TEST(PassRole, ToOneServiceOpensTheWaysThroughThatServiceOnly) {
  const std::string rest = allow("lambda:CreateFunction lambda:InvokeFunction ec2:RunInstances");
  const auto paths = escalations(only({rest, allow("iam:PassRole", "*", passed_to("'lambda.amazonaws.com'"))}));
  ASSERT_NE(find(paths, "lambda-001"), nullptr);
  EXPECT_EQ(find(paths, "lambda-001")->certainty, Certainty::kCertainly);
  EXPECT_EQ(find(paths, "lambda-001")->level, Level::kHigh);
  EXPECT_EQ(find(paths, "ec2-001"), nullptr);
}

TEST(PassRole, OfNamedRolesIsLess) {
  const std::string rest = allow("lambda:CreateFunction lambda:InvokeFunction");
  const auto paths = escalations(only({rest, allow("iam:PassRole", "arn:aws:iam::*:role/app-*")}));
  const EscalationPath* path = find(paths, "lambda-001");
  ASSERT_NE(path, nullptr);
  EXPECT_EQ(path->breadth, Breadth::kSome);
  EXPECT_EQ(path->level, Level::kMedium);
  EXPECT_EQ(path->steps.front().grant.resources, std::vector<std::string>{"arn:aws:iam::*:role/app-*"});
}

TEST(PassRole, UnderAnotherConditionIsAMayBe) {
  const auto paths =
      escalations(only({allow("lambda:CreateFunction lambda:InvokeFunction"),
                        allow("iam:PassRole", "*", ", 'Condition': {'StringEquals': {'aws:ResourceTag/team': 'a'}}")}));
  ASSERT_NE(find(paths, "lambda-001"), nullptr);
  EXPECT_EQ(find(paths, "lambda-001")->certainty, Certainty::kPossibly);
}

TEST(PassRole, WildcardsAndDeniesOfServicesAreUnderstood) {
  const std::string rest = allow("lambda:CreateFunction lambda:InvokeFunction ec2:RunInstances");
  const auto like =
      escalations(only({rest, allow("iam:PassRole", "*",
                                    ", 'Condition': {'StringLike': {'iam:PassedToService': 'ec2.amazonaws.com*'}}")}));
  EXPECT_NE(find(like, "ec2-001"), nullptr);
  EXPECT_EQ(find(like, "lambda-001"), nullptr);
  const auto denied =
      escalations(only({rest, allow("iam:PassRole"), deny("iam:PassRole", "*", passed_to("'lambda.amazonaws.com'"))}));
  EXPECT_EQ(find(denied, "lambda-001"), nullptr);
  ASSERT_NE(find(denied, "ec2-001"), nullptr);
  EXPECT_EQ(find(denied, "ec2-001")->certainty, Certainty::kCertainly);
}

TEST(PassRole, KnowsTheNamesThatServicesHaveInChina) {
  const std::string rest = allow("ec2:RunInstances");
  const auto paths = escalations(only({rest, allow("iam:PassRole", "*", passed_to("'ec2.amazonaws.com.cn'"))}));
  ASSERT_NE(find(paths, "ec2-001"), nullptr);
  EXPECT_EQ(find(paths, "ec2-001")->level, Level::kHigh);
}

TEST(PassRole, ToANewFunctionIsEnoughForALevel) {
  EXPECT_EQ(level_as("", {allow("iam:PassRole lambda:CreateFunction")}), Level::kHigh);
}

// ---- the account ----

TEST(Escalations, ThroughIdentityCenterCountWhereItIsAdministered) {
  const Expansion expansion(only({allow("sso:CreateAccountAssignment")}));
  EXPECT_EQ(find_escalations(expansion, AccountKind::kUnknown).at(0).level, Level::kHigh);
  EXPECT_EQ(find_escalations(expansion, AccountKind::kManagement).at(0).level, Level::kCritical);
  EXPECT_TRUE(find_escalations(expansion, AccountKind::kMember).empty());
  EXPECT_TRUE(analyze({.layers = expansion.layers(), .account = AccountKind::kManagement}).effective_administrator);
  EXPECT_FALSE(analyze({.layers = expansion.layers(), .account = AccountKind::kUnknown}).effective_administrator);
}

TEST(Escalations, AreMinimalWhenNoShorterOneSaysTheSame) {
  const auto paths = escalations(only({allow("iam:AttachRolePolicy sts:AssumeRole")}));
  EXPECT_TRUE(find(paths, "iam-009")->minimal);
  EXPECT_FALSE(find(paths, "iam-014")->minimal);
}

// ---- chains ----

constexpr std::string_view kAccount = "arn:aws:iam::111122223333:";

Role role(std::string_view name, std::string_view principal, const std::vector<std::string>& statements) {
  return {.arn = std::string(kAccount) + "role/" + std::string(name),
          .trust = policy_of("{'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole', "
                             "'Principal': " +
                                 std::string(principal) + "}]}",
                             PolicyKind::kTrust),
          .layers = only(statements)};
}
constexpr std::string_view kRoot = "{'AWS': 'arn:aws:iam::111122223333:root'}";

Analysis with_roles(const std::vector<std::string>& statements, std::vector<Role> roles) {
  return analyze({.layers = only(statements), .roles = std::move(roles)});
}

TEST(Chains, LeadOverAnAssumedRoleToAnAdministrator) {
  const auto got = with_roles({allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/Deploy")},
                              {role("Deploy", kRoot, {allow("sts:AssumeRole")}), role("Admin", kRoot, {allow("*")})});
  EXPECT_TRUE(got.effective_administrator);
  EXPECT_EQ(got.administrator_because, "can become administrator by assuming role/Deploy, then assuming role/Admin");
  EXPECT_EQ(got.level, Level::kCritical);
  EXPECT_EQ(got.escalation_paths.at(0).roles.size(), 2U);
}

TEST(Chains, EndWhereATrustPolicySaysNo) {
  const auto got = with_roles({allow("sts:AssumeRole")},
                              {role("Admin", "{'AWS': 'arn:aws:iam::111122223333:role/Other'}", {allow("*")})});
  EXPECT_FALSE(got.effective_administrator);
}

TEST(Chains, NeedNoPermissionWhereTheTrustNamesThePrincipal) {
  const std::string me = std::string(kAccount) + "user/ana";
  const AnalysisInput input{.layers = only({allow("s3:ListAllMyBuckets")}),
                            .roles = {role("Admin", "{'AWS': '" + me + "'}", {allow("*")})},
                            .principal = me};
  EXPECT_TRUE(analyze(input).effective_administrator);
  AnalysisInput denied = input;
  denied.layers = only({deny("sts:AssumeRole")});
  EXPECT_FALSE(analyze(denied).effective_administrator);
}

TEST(Chains, KnowASessionByItsRoleAndAPrincipalOfAnotherAccount) {
  const auto reaches = [](std::string_view principal, std::string_view trusted, const std::string& own) {
    return analyze({.layers = only({own}),
                    .roles = {role("Admin", "{'AWS': '" + std::string(trusted) + "'}", {allow("*")})},
                    .principal = std::string(principal)})
        .effective_administrator;
  };
  const std::string nothing = allow("s3:ListAllMyBuckets");
  const std::string assume = allow("sts:AssumeRole");
  constexpr std::string_view session = "arn:aws:sts::111122223333:assumed-role/Dev/ann";
  EXPECT_TRUE(reaches(session, "arn:aws:iam::111122223333:role/team/Dev", nothing));
  EXPECT_TRUE(reaches(session, "111122223333", assume));
  EXPECT_FALSE(reaches(session, "111122223333", nothing));
  EXPECT_FALSE(reaches(session, "arn:aws:iam::111122223333:role/Other", assume));
  constexpr std::string_view stranger = "arn:aws:iam::444455556666:user/Eve";
  EXPECT_TRUE(reaches(stranger, "arn:aws:iam::444455556666:root", assume));
  EXPECT_FALSE(reaches(stranger, "arn:aws:iam::111122223333:root", assume));
  EXPECT_FALSE(reaches(stranger, stranger, nothing)) << "across accounts her own policies have to allow it too";
}

TEST(Chains, ChooseTheNameOfASession) {
  const auto deploy = [](std::string_view trusted) {
    return with_roles({allow("sts:AssumeRole", std::string(kAccount) + "role/Deploy")},
                      {role("Deploy", kRoot, {allow("sts:AssumeRole")}),
                       role("Admin", "{'AWS': '" + std::string(trusted) + "'}", {allow("*")})});
  };
  EXPECT_EQ(deploy("arn:aws:sts::111122223333:assumed-role/Deploy/release").administrator_because,
            "can become administrator by assuming role/Deploy, then assuming role/Admin");
  EXPECT_FALSE(deploy("arn:aws:sts::111122223333:assumed-role/Other/release").effective_administrator);
  EXPECT_FALSE(deploy("arn:aws:sts::444455556666:assumed-role/Deploy/release").effective_administrator);
}

TEST(Chains, PassARoleToAServiceByItsNameInChina) {
  EXPECT_TRUE(with_roles({allow("iam:PassRole ec2:RunInstances", "*", passed_to("'ec2.amazonaws.com.cn'"))},
                         {role("Worker", "{'Service': 'ec2.amazonaws.com.cn'}", {allow("*")})})
                  .escalation_paths.at(0)
                  .technique == "chain");
}

TEST(Chains, MakeAnAdministratorOfARoleThatTheyCanAssume) {
  const std::string app = std::string(kAccount) + "role/app";
  const auto got = with_roles({allow("sts:AssumeRole iam:PutRolePolicy", app)}, {role("app", kRoot, {allow("s3:*")})});
  EXPECT_EQ(got.administrator_because, "can become administrator by giving role/app a policy and assuming role/app");
  EXPECT_FALSE(with_roles({allow("sts:AssumeRole", app), allow("iam:PutRolePolicy", std::string(kAccount) + "role/b")},
                          {role("app", kRoot, {allow("s3:*")})})
                   .effective_administrator);
}

TEST(Chains, PassARoleThatTrustsTheService) {
  const std::vector<std::string> statements = {allow("iam:PassRole lambda:CreateFunction lambda:InvokeFunction")};
  const auto got = with_roles(statements, {role("Worker", "{'Service': 'lambda.amazonaws.com'}", {allow("*")})});
  EXPECT_TRUE(got.effective_administrator);
  EXPECT_EQ(got.administrator_because,
            "can become administrator by passing role/Worker to a new Lambda function and invoking it");
  EXPECT_FALSE(with_roles(statements, {role("Worker", "{'Service': 'ec2.amazonaws.com'}", {allow("*")})})
                   .effective_administrator);
  EXPECT_FALSE(with_roles(statements, {role("Worker", "{'Service': 'lambda.amazonaws.com'}", {allow("s3:*")})})
                   .effective_administrator);
}

TEST(Chains, RewriteATrustPolicy) {
  EXPECT_TRUE(with_roles({allow("iam:UpdateAssumeRolePolicy", "arn:aws:iam::111122223333:role/Admin")},
                         {role("Admin", "{'Service': 'ec2.amazonaws.com'}", {allow("*")})})
                  .effective_administrator);
}

TEST(Chains, AreAMayBeUnderACondition) {
  const auto got = with_roles({allow("sts:AssumeRole", "*", kOfTeam)}, {role("Admin", kRoot, {allow("*")})});
  EXPECT_FALSE(got.effective_administrator);
  ASSERT_FALSE(got.escalation_paths.empty());
  EXPECT_EQ(got.escalation_paths[0].technique, "chain");
  EXPECT_EQ(got.escalation_paths[0].certainty, Certainty::kPossibly);
  EXPECT_EQ(got.escalation_paths[0].level, Level::kHigh);
}

TEST(Chains, CountWhatTheirHolderMeets) {
  for (const auto& [own, roles] : {std::pair(allow("sts:AssumeRole", "*", kWithMfa), allow("*")),
                                   std::pair(allow("sts:AssumeRole"), allow("*", "*", kWithMfa))}) {
    const auto got = with_roles({own}, {role("Admin", kRoot, {roles})});
    EXPECT_TRUE(got.effective_administrator) << own;
    EXPECT_EQ(got.escalation_paths.at(0).certainty, Certainty::kPresumably) << own;
    EXPECT_EQ(got.escalation_paths.at(0).level, Level::kCritical) << own;
  }
}

TEST(Chains, AreNotLongerThanFiveRoles) {
  std::vector<Role> roles;
  for (int i = 1; i <= 6; ++i) {
    const std::string next = std::string(kAccount) + "role/r" + std::to_string(i + 1);
    roles.push_back(role("r" + std::to_string(i), kRoot, {i == 6 ? allow("*") : allow("sts:AssumeRole", next)}));
  }
  const auto start = [&](int i) {
    return with_roles({allow("sts:AssumeRole", std::string(kAccount) + "role/r" + std::to_string(i))}, roles);
  };
  EXPECT_TRUE(start(2).effective_administrator);
  EXPECT_FALSE(start(1).effective_administrator);
}

}  // namespace
}  // namespace ag::iam
