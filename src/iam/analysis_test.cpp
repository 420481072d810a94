#include "iam/analysis.hpp"

#include <gtest/gtest.h>

#include <map>

#include "iam/catalogue.hpp"
#include "iam/test_layers.hpp"

namespace ag::iam {
namespace {

Analysis of(const std::vector<std::string>& statements) { return analyze({.layers = only(statements)}); }
Analysis of_managed(std::string_view name) { return analyze({.layers = {.identity = {managed(name)}}}); }

std::string facet_levels(const Analysis& analysis) {
  std::string text;
  for (const FacetResult& facet : analysis.facets) {
    if (facet.findings.empty()) continue;
    text += std::string(enum_names(Facet{})[static_cast<std::size_t>(facet.facet)]) + "=" +
            std::string(enum_names(Level{})[static_cast<std::size_t>(facet.level)]) + " ";
  }
  return text;
}

constexpr std::string_view kWithMfa = ", 'Condition': {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}";
constexpr std::string_view kOfTeam = ", 'Condition': {'StringEquals': {'aws:ResourceTag/team': 'a'}}";

TEST(Level, IsThatOfTheWorstFacet) {
  EXPECT_EQ(of({}).level, Level::kLow);
  EXPECT_EQ(of({allow("ec2:DescribeInstances")}).level, Level::kLow);
  EXPECT_EQ(of({allow("s3:GetObject")}).level, Level::kMedium);
  EXPECT_EQ(of({allow("secretsmanager:GetSecretValue s3:GetObject")}).level, Level::kHigh);
  EXPECT_EQ(of({allow("iam:PutRolePolicy")}).level, Level::kCritical);
}

TEST(Level, IsOneLessWhereSomethingLimitsIt) {
  EXPECT_EQ(of({allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:app-*")}).level,
            Level::kMedium);
  EXPECT_EQ(of({allow("secretsmanager:GetSecretValue", "*", kOfTeam)}).level, Level::kMedium);
  EXPECT_EQ(of({allow("iam:PutRolePolicy", "arn:aws:iam::*:role/app-*")}).level, Level::kHigh);
  EXPECT_EQ(of({allow("iam:PutRolePolicy", "arn:aws:iam::*:role/app-*", kOfTeam)}).level, Level::kMedium);
}

TEST(Level, IsNotLessForWhatItsHolderMeets) {
  EXPECT_EQ(of({allow("secretsmanager:GetSecretValue", "*", kWithMfa)}).level, Level::kHigh);
  EXPECT_EQ(of({allow("s3:GetObject", "*", kWithMfa)}).level, Level::kMedium);
  EXPECT_EQ(of({allow("iam:PutRolePolicy", "arn:aws:iam::*:role/app-*", kWithMfa)}).level, Level::kHigh);
  for (const std::string_view denied :
       {"'BoolIfExists': {'aws:MultiFactorAuthPresent': 'false'}", "'NotIpAddress': {'aws:SourceIp': '10.0.0.0/8'}",
        "'StringNotEquals': {'aws:PrincipalOrgID': 'o-x'}",
        "'DateLessThan': {'aws:CurrentTime': '2020-01-01T00:00:00Z'}"}) {
    const Analysis got = of({allow("*"), deny("*", "*", ", 'Condition': {" + std::string(denied) + "}")});
    EXPECT_EQ(got.level, Level::kCritical) << denied;
    EXPECT_TRUE(got.effective_administrator) << denied;
  }
  const Analysis allowed = of({allow("*", "*", kWithMfa)});
  EXPECT_EQ(allowed.level, Level::kCritical);
  EXPECT_EQ(allowed.everywhere, 0U) << "counts stay what is certain";
  EXPECT_EQ(allowed.facet(Facet::kBreadth).findings[0].certainty, Certainty::kPresumably);
}

TEST(Level, FallsWhenADenyTakesTheReasonAway) {
  PolicyLayers layers{.identity = {managed("ReadOnlyAccess")}};
  EXPECT_EQ(analyze({.layers = layers}).level, Level::kHigh);
  layers.identity.push_back(named("inline", document({deny("ssm:GetParameter*")})));
  EXPECT_EQ(analyze({.layers = layers}).level, Level::kMedium);
}

TEST(Level, OfTheWellKnownPoliciesIsInTheOrderOfWhatTheyAllow) {
  const std::string_view names[] = {"ViewOnlyAccess",  "ReadOnlyAccess", "SystemAdministrator",
                                    "PowerUserAccess", "IAMFullAccess",  "AdministratorAccess"};
  std::vector<Analysis> analyses;
  for (const std::string_view name : names) analyses.push_back(of_managed(name));
  for (std::size_t i = 0; i + 1 < analyses.size(); ++i) {
    EXPECT_LE(analyses[i].level, analyses[i + 1].level) << names[i];
    EXPECT_TRUE(less_access(analyses[i], analyses[i + 1]))
        << names[i] << ' ' << analyses[i].score << ' ' << analyses[i + 1].score;
  }
  EXPECT_EQ(facet_levels(analyses[0]), "credentials=low data=low breadth=low ");
  EXPECT_EQ(analyses[1].level, Level::kHigh);
  EXPECT_EQ(analyses[3].level, Level::kHigh);
  EXPECT_FALSE(analyses[3].effective_administrator);
  EXPECT_EQ(analyses[4].level, Level::kCritical);
  EXPECT_TRUE(analyses[4].effective_administrator);
  EXPECT_EQ(analyses[5].administrator_because, "can do everything on everything");
}

TEST(Score, HasADigitForTheLevelAndOneForEachCountOfFacets) {
  // credentials high; data medium; breadth low
  EXPECT_EQ(of({allow("secretsmanager:GetSecretValue s3:GetObject")}).score, 2011);
  EXPECT_EQ(of({}).score, 0);
}

TEST(Facets, NameTheStatementsAndActionsThatAreTheReason) {
  const Analysis got =
      of({allow("ec2:Describe*"), allow("s3:GetObject secretsmanager:*"), allow("kms:Decrypt", "*", kOfTeam)});
  const auto& findings = got.facet(Facet::kCredentials).findings;
  ASSERT_GE(findings.size(), 2U);
  EXPECT_EQ(findings[0].thing, "secrets");
  EXPECT_EQ(findings[0].words, "read every secret in Secrets Manager");
  EXPECT_EQ(findings[0].actions, 2U);
  EXPECT_EQ(findings[0].evidence[0].action, "secretsmanager:GetSecretValue");
  EXPECT_EQ(findings[0].evidence[0].grant.allowed_by, (std::vector<StatementRef>{{Layer::kIdentity, "test", 1, ""}}));
  EXPECT_EQ(findings[1].thing, "decryption");
  EXPECT_EQ(findings[1].certainty, Certainty::kPossibly);
  EXPECT_EQ(findings[1].evidence[0].grant.depends_on, std::vector<std::string>{"aws:ResourceTag/team"});
}

TEST(Facets, EachFactIsFoundByItsFacetAlone) {
  for (const Fact& fact : Facts::built_in().facts()) {
    const std::string action = Catalogue::built_in().name(fact.action);
    const Analysis got = of({allow(action)});
    ASSERT_GE(got.facet(fact.facet).level, fact.level) << action;
    const auto& findings = got.facet(fact.facet).findings;
    const auto& thing = Facts::built_in().things()[fact.thing].name;
    ASSERT_TRUE(std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return f.thing == thing; }))
        << action;
    ASSERT_TRUE(of({allow(action), deny(action)}).facet(fact.facet).findings.empty()) << action;
  }
}

const Finding* found(const Analysis& analysis, std::string_view thing) {
  for (const FacetResult& facet : analysis.facets) {
    for (const Finding& finding : facet.findings) {
      if (finding.thing == thing) return &finding;
    }
  }
  return nullptr;
}

TEST(Facets, NameTheKindsThatAreThereAndNoOther) {
  const Facts& facts = Facts::built_in();
  for (const Fact& fact : facts.facts()) {
    if (fact.kind == 0) continue;
    const Kind& kind = facts.kinds()[fact.kind - 1];
    const std::string action = Catalogue::built_in().name(fact.action);
    const Analysis got = of({allow(action)});
    const Finding* finding = found(got, facts.things()[fact.thing].name);
    ASSERT_NE(finding, nullptr) << action;
    if (finding->words == facts.things()[fact.thing].everywhere) continue;
    ASSERT_NE(finding->words.find(kind.name), std::string::npos) << action << ": " << finding->words;
  }
  const auto words = [](std::string_view actions, std::string_view thing, std::string_view resource = "*") {
    return found(of({allow(actions, resource)}), thing)->words;
  };
  EXPECT_EQ(words("cognito-sync:ListRecords", "tables"), "read all records that applications keep in Cognito Sync");
  EXPECT_EQ(words("ec2:DeleteVolume", "delete-disks"), "delete all disks");
  EXPECT_EQ(words("ec2:DeleteVolume", "delete-disks", "arn:aws:ec2:*:*:volume/vol-1"), "delete some disks");
  EXPECT_EQ(words("s3:PutBucketPublicAccessBlock", "share-objects"),
            "lift what keeps buckets in S3 from becoming public");
  EXPECT_EQ(words("ec2:DeleteVolume ec2:TerminateInstances ec2:DeleteSnapshot elasticfilesystem:DeleteFileSystem",
                  "delete-disks"),
            "delete all disks and instances, and some snapshots and images and file systems");
  EXPECT_EQ(words("s3:GetObject", "objects"), "read every object in S3");
}

TEST(Facets, DoNotContradictTheirSiblings) {
  for (const std::string_view high : {"autoscaling:TerminateInstanceInAutoScalingGroup", "ec2:TerminateInstances"})
    EXPECT_EQ(of({allow(high)}).level, Level::kHigh) << high;
  for (const std::string_view medium :
       {"rds:ModifyDBCluster", "docdb-elastic:UpdateCluster", "elasticache:ModifyUser", "memorydb:UpdateUser",
        "mq:UpdateUser", "cognito-idp:AdminCreateUser", "cognito-idp:UpdateUserPool",
        "cognito-idp:UpdateIdentityProvider", "s3:PutObject", "dynamodb:PutItem", "dynamodb:UpdateItem",
        "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret", "ssm:PutParameter", "ec2:StopInstances",
        "rds:StopDBInstance", "iam:DeleteUser"})
    EXPECT_EQ(of({allow(medium)}).level, Level::kMedium) << medium;
}

TEST(Facets, OfMoneySayWhatCanBePaidAndBought) {
  const Analysis billing = of_managed("Billing");
  EXPECT_EQ(billing.level, Level::kMedium);
  const auto& findings = billing.facet(Facet::kMoney).findings;
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].words, "make payments and change how they are paid");
  EXPECT_EQ(of({allow("ec2:PurchaseReservedInstancesOffering")}).facet(Facet::kMoney).level, Level::kMedium);
}

TEST(Facets, OfTheOrganizationDependOnTheAccount) {
  const auto layers = only({allow("organizations:DetachPolicy")});
  EXPECT_EQ(analyze({.layers = layers}).facet(Facet::kOrganization).level, Level::kHigh);
  EXPECT_EQ(analyze({.layers = layers, .account = AccountKind::kManagement}).facet(Facet::kOrganization).level,
            Level::kCritical);
  EXPECT_EQ(analyze({.layers = layers, .account = AccountKind::kMember}).facet(Facet::kOrganization).level,
            Level::kLow);
}

TEST(Facets, BreadthCountsWhatChanges) {
  EXPECT_EQ(of({allow("ec2:*")}).facet(Facet::kBreadth).level, Level::kMedium);
  EXPECT_EQ(of({allow("*:Create* *:Update* *:Delete*")}).facet(Facet::kBreadth).level, Level::kHigh);
  EXPECT_EQ(of({allow("sqs:SendMessage")}).facet(Facet::kBreadth).level, Level::kLow);
  EXPECT_EQ(of({allow("unheard-of:DoThis")}).facet(Facet::kBreadth).level, Level::kMedium);
  EXPECT_EQ(of({allow("*")}).facet(Facet::kBreadth).level, Level::kCritical);
}

TEST(Administrator, IsWhoCanMakeHimselfOneWithoutAConditionOnWhatIsReached) {
  EXPECT_TRUE(of({allow("*")}).effective_administrator);
  EXPECT_TRUE(of({allow("iam:*")}).effective_administrator);
  EXPECT_TRUE(of({allow("iam:CreatePolicyVersion")}).effective_administrator);
  EXPECT_TRUE(of({allow("*"), deny("cloudtrail:*")}).effective_administrator);
  for (const std::string_view everything : {"arn:*", "arn:aws:*", "arn:aws:iam:*", "arn:aws:iam::*", "*:*", "a*"})
    EXPECT_TRUE(of({allow("*", everything)}).effective_administrator) << everything;
  EXPECT_FALSE(of({allow("*", "arn:aws:s3*")}).effective_administrator);
  EXPECT_FALSE(of({allow("iam:CreatePolicyVersion", "*", kOfTeam)}).effective_administrator);
  EXPECT_FALSE(of({allow("iam:AttachRolePolicy", "arn:aws:iam::*:role/app-*")}).effective_administrator);
  EXPECT_FALSE(of({allow("iam:PassRole lambda:*")}).effective_administrator);
  EXPECT_FALSE(of({allow("*"), deny("iam:*")}).effective_administrator);
  EXPECT_EQ(of({allow("iam:PutUserPolicy")}).administrator_because,
            "can make itself administrator by writing an inline policy for an IAM user");
}

TEST(Administrator, SaysWhatItDependsOn) {
  EXPECT_EQ(of({allow("iam:PutUserPolicy", "*", kWithMfa)}).administrator_because,
            "can make itself administrator by writing an inline policy for an IAM user (depends on "
            "aws:MultiFactorAuthPresent)");
  EXPECT_EQ(of({allow("*", "*", kWithMfa)}).administrator_because,
            "can do everything on everything (depends on aws:MultiFactorAuthPresent)");
  EXPECT_EQ(of({allow("*", "*", kWithMfa), allow("iam:PutUserPolicy")}).administrator_because,
            "can make itself administrator by writing an inline policy for an IAM user")
      << "what is certain is said";
}

TEST(ManagedPolicies, AreAllAnalysed) {
  std::map<Level, int> levels;
  int with_techniques = 0;
  std::vector<std::string_view> administrators;
  for (const ManagedPolicy& policy : managed_policies()) {
    const Analysis analysis = of_managed(policy.name);
    ++levels[analysis.level];
    if (analysis.effective_administrator) administrators.push_back(policy.name);
    with_techniques += analysis.escalation_paths.empty() ? 0 : 1;
    ASSERT_EQ(analysis.facets.size(), kFacets);
    for (const FacetResult& facet : analysis.facets) {
      for (const Finding& finding : facet.findings) {
        ASSERT_FALSE(finding.words.empty());
        for (const Evidence& evidence : finding.evidence)
          ASSERT_FALSE(evidence.grant.allowed_by.empty()) << policy.name;
      }
    }
  }
  // Of the data of today: whoever changes facts, escalations or policies looks at what became of these.
  EXPECT_EQ(levels, (std::map<Level, int>{
                        {Level::kLow, 598}, {Level::kMedium, 565}, {Level::kHigh, 315}, {Level::kCritical, 7}}));
  EXPECT_EQ(administrators, (std::vector<std::string_view>{
                                "AWSCodeStarServiceRole", "AWSMcpServiceActionsFullAccess", "AWSSSOServiceRolePolicy",
                                "AdministratorAccess", "AdministratorAccess-Amplify",
                                "CloudFormationStackSetsOrgMemberServiceRolePolicy", "IAMFullAccess"}));
  EXPECT_EQ(with_techniques, 263);
}

}  // namespace
}  // namespace ag::iam
