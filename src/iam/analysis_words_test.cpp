#include "iam/analysis_words.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "iam/analysis_input.hpp"
#include "iam/analysis_json.hpp"
#include "iam/test_layers.hpp"

namespace ag::iam {
namespace {

using Lines = std::vector<std::string>;

Lines said(const std::vector<std::string>& statements, std::size_t most = 3) {
  return sentences(analyze({.layers = only(statements)}), most);
}

TEST(Sentences, SayTheWorstFirst) {
  EXPECT_EQ(said({allow("s3:GetObject secretsmanager:GetSecretValue iam:PutUserPolicy ec2:DescribeInstances")}),
            (Lines{"can make itself administrator by writing an inline policy for an IAM user",
                   "can read every secret in Secrets Manager", "can read every object in S3"}));
}

TEST(Sentences, SayWhatItDependsOnAndWhereItEnds) {
  EXPECT_EQ(said({allow("s3:GetObject", "arn:aws:s3:::logs/*")}, 1),
            Lines{"can read some objects in S3: arn:aws:s3:::logs/*"});
  EXPECT_EQ(said({allow("secretsmanager:GetSecretValue", "*",
                        ", 'Condition': {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}")}),
            Lines{"may read every secret in Secrets Manager (depends on aws:MultiFactorAuthPresent)"});
}

TEST(Sentences, DoNotRepeatAWayWithMoreActions) {
  EXPECT_EQ(said({allow("iam:AttachRolePolicy sts:AssumeRole")}).size(), 2U);
}

TEST(Sentences, SayInWhichAccountItWorks) {
  EXPECT_EQ(
      said({allow("sso:CreateAccountAssignment")}, 1),
      Lines{"can make itself administrator by assigning an existing permission set to itself in any account, where "
            "IAM Identity Center is administered"});
}

TEST(Page, OfASmallPolicyIsShort) {
  const Analysis analysis = analyze({.layers = only({allow("secretsmanager:GetSecretValue"), allow("new:Thing")})});
  EXPECT_EQ(page("Deploy", analysis, {}),
            "Deploy: high\n"
            "\n"
            "reading or making credentials: high\n"
            "  can read every secret in Secrets Manager\n"
            "      secretsmanager:GetSecretValue in test, statement 1\n"
            "\n"
            "breadth: medium\n"
            "  can use 1 of AWS's 22,091 actions; 0 change something, 0 on any resource; and 1 that the catalogue does "
            "not know\n"
            "  not in the catalogue of 2026-09-26: new:Thing\n");
  EXPECT_EQ(page("Empty", analyze({.layers = only({deny("*")})}), {}), "Empty: low\nallows nothing\n");
}

TEST(Page, OfAnAdministratorSaysWhyFirst) {
  const std::string text = page("Admin", analyze({.layers = only({allow("*")})}), {});
  EXPECT_TRUE(
      text.starts_with("Admin: critical\nas good as an administrator, because it can do everything on everything\n"))
      << text;
}

// ---- what comes in ----

std::string quoted(std::string text) {
  for (char& c : text) {
    if (c == '\'') c = '"';
  }
  return text;
}

Result<ReadInput> read(const std::string& text) { return read_analysis_input(quoted(text)); }

TEST(AnalysisInput, HasTheShapeOfEvaluate) {
  const std::string all = document({allow("*")});
  const auto got =
      read("{'name': 'X', 'identityPolicies': [" + all + ", {'policy': " + all + ", 'name': 'second'}, " +
           "'ReadOnlyAccess'], 'permissionBoundaries': [" + all + "], 'sessionPolicy': " + all +
           ", 'scps': [{'org': 'r', 'policies': [" + all + "]}, [" + all + "]], 'rcps': [], 'request': {}, " +
           "'resourcePolicy': null, 'account': 'member', 'principal': 'arn:aws:iam::111122223333:user/a'}");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->name, "X");
  ASSERT_EQ(got->input.layers.identity.size(), 3U);
  EXPECT_EQ(got->input.layers.identity[0].name, "identityPolicies[0]");
  EXPECT_EQ(got->input.layers.identity[1].name, "second");
  EXPECT_EQ(got->input.layers.identity[2].name, "ReadOnlyAccess");
  EXPECT_TRUE(got->input.layers.boundary && got->input.layers.session);
  EXPECT_EQ(got->input.layers.service_control.size(), 2U);
  EXPECT_EQ(got->input.account, AccountKind::kMember);
  EXPECT_EQ(got->ignored, (std::vector<std::string>{"rcps", "request"}));
}

TEST(AnalysisInput, LayersThatAreNullLimitNothing) {
  const auto got = read("{'identityPolicies': [" + document({allow("*")}) +
                        "], 'permissionBoundaries': null, 'sessionPolicy': null, 'scps': null}");
  ASSERT_TRUE(got);
  EXPECT_TRUE(analyze(got->input).effective_administrator);
}

TEST(AnalysisInput, ReadsRolesWithTheirTrust) {
  const auto got = read(
      "{'identityPolicies': [" + document({allow("sts:AssumeRole")}) +
      "], 'roles': [{'arn': 'arn:aws:iam::111122223333:role/Admin', 'trustPolicy': {'Version': '2012-10-17', "
      "'Statement': "
      "[{'Effect': 'Allow', 'Principal': {'AWS': '111122223333'}, 'Action': 'sts:AssumeRole'}]}, 'identityPolicies': "
      "['AdministratorAccess']}]}");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(analyze(got->input).effective_administrator);
}

TEST(AnalysisInput, SaysNothingAboutWhatItCannotRead) {
  EXPECT_EQ(read("{").error().code, "invalid_json");
  EXPECT_EQ(read("7").error().code, "invalid_input");
  EXPECT_EQ(read("{'identityPolicies': {}}").error().code, "unreadable_policy");
  EXPECT_EQ(read("{'identityPolicies': [1]}").error().code, "unreadable_policy");
  EXPECT_EQ(read("{'identityPolicies': ['ReadOnlyAcces']}").error().message,
            "1:23 identityPolicies[0]: there is no AWS managed policy ReadOnlyAcces; did you mean ReadOnlyAccess?");
  EXPECT_EQ(read("{'identityPolicies': [{'Statement': [{'Effect': 'Perhaps', 'Action': '*', 'Resource': '*'}]}]}")
                .error()
                .code,
            "unreadable_policy");
  EXPECT_EQ(read("{'identityPolicies': null, 'account': 'other'}").error().field, "account");
  EXPECT_EQ(read("{'identityPolicies': null, 'roles': [{}]}").error().field, "roles[0]");
}

TEST(AnalysisInput, ASlipIsAnErrorAndNotALowLevel) {
  const std::string all = document({allow("*")});
  EXPECT_EQ(read("{}").error().field, "identityPolicies");
  EXPECT_EQ(read("{'identitypolicies': [" + all + "]}").error().message,
            "identitypolicies: did you mean identityPolicies?");
  EXPECT_EQ(read("{'identityPolicies': [" + all + "], 'scp': []}").error().message, "scp: did you mean scps?");
  EXPECT_EQ(read("{'identityPolicies': [" + all + "], 'identityPolicies': []}").error().message,
            "identityPolicies: this is written twice");
  EXPECT_EQ(read("{'identityPolicies': null, 'roles': [{'arn': 'x', 'permissionBoundary': []}]}").error().message,
            "roles[0].permissionBoundary: did you mean permissionBoundaries?");
}

TEST(AnalysisInput, WithoutAPolicyIsAnErrorAndNotALowLevel) {
  for (const std::string_view nothing :
       {"[]", "{'identityPolicies': []}", "{'identityPolicies': null}", "{'identityPolicies': [], 'scps': null}"}) {
    const auto got = read(std::string(nothing));
    ASSERT_FALSE(got) << nothing;
    EXPECT_EQ(got.error().message, "identityPolicies: there is no policy in it, so there is nothing to analyze");
  }
  EXPECT_FALSE(read("null"));
  EXPECT_TRUE(read("{'identityPolicies': [], 'roles': [{'arn': 'arn:aws:iam::111122223333:role/A'}]}"))
      << "a role may trust whoever may do nothing";
}

TEST(AnalysisInput, SaysWhatIsMissingAndWhatIsNotKnown) {
  EXPECT_EQ(read("{'Version': '2012-10-17'}").error().message, "Statement: this is missing: a policy has statements");
  EXPECT_EQ(read("{'PolicyDocument': " + document({allow("*")}) + "}").error().message,
            "PolicyDocument: this is not known here: a policy stands alone, under policy, or in the list "
            "identityPolicies");
  EXPECT_EQ(read("{'account': 'member'}").error().message, "identityPolicies: this is missing: a list of policies");
}

TEST(AnalysisInput, PoliciesAloneAreTheIdentitys) {
  const std::string all = document({allow("*")});
  for (const std::string& text : std::vector<std::string>{
           all, "{'policy': " + all + ", 'name': 'admin'}", "[" + all + "]", "['AdministratorAccess']",
           "{'identityPolicies': " + all + "}", "{'policy': 'AdministratorAccess'}"}) {
    const auto got = read(text);
    ASSERT_TRUE(got) << text << ": " << got.error().message;
    EXPECT_TRUE(analyze(got->input).effective_administrator) << text;
  }
  EXPECT_EQ(read("{'policy': " + all + ", 'name': 'admin'}")->name, "admin");
  EXPECT_EQ(read("[" + all + "]")->input.layers.identity[0].name, "policy[0]");
}

TEST(AnalysisInput, APolicyMayBeJsonTextAsTheApisHandItOut) {
  const auto got = read_analysis_input(
      R"({"identityPolicies": [" {\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"]})");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(analyze(got->input).effective_administrator);
  EXPECT_EQ(
      read_analysis_input(
          R"({"identityPolicies": ["{\"Statement\":[{\"Effect\":\"Maybe\",\"Action\":\"*\",\"Resource\":\"*\"}]}"]})")
          .error()
          .field,
      "identityPolicies[0].Statement[0].Effect");
}

TEST(AnalysisInput, AnEmptyListOfBoundariesOrSessionPoliciesLimitsNothing) {
  const std::string all = document({allow("*")});
  const std::string reads = document({allow("s3:ListBucket")});
  const auto administrator = [&](const std::string& more) {
    const auto got = read("{'identityPolicies': [" + all + "], " + more + "}");
    EXPECT_TRUE(got) << more << ": " << got.error().message;
    return got && analyze(got->input).effective_administrator;
  };
  EXPECT_TRUE(administrator("'permissionBoundaries': []"));
  EXPECT_TRUE(administrator("'sessionPolicy': []"));
  EXPECT_FALSE(administrator("'permissionBoundaries': " + reads));
  EXPECT_FALSE(administrator("'sessionPolicy': [" + reads + "]"));
  EXPECT_FALSE(administrator("'scps': [{'policies': []}]"));
}

TEST(AnalysisJson, HasLevelFacetsPathsAndTheAnswerAboutAdministrators) {
  const json::object got = to_json(analyze({.layers = only({allow("iam:PutUserPolicy")})}));
  EXPECT_EQ(got.at("level").as_string(), "critical");
  EXPECT_TRUE(got.at("effective_administrator").as_bool());
  EXPECT_EQ(got.at("facets").as_array().size(), kFacets);
  const auto& path = got.at("escalation_paths").at(0).as_object();
  EXPECT_EQ(path.at("technique").as_string(), "iam-007");
  EXPECT_EQ(path.at("actions").at(0).as_string(), "iam:PutUserPolicy");
  EXPECT_EQ(path.at("steps").at(0).at("allowed_by").at(0).at("policy").as_string(), "test");
  EXPECT_EQ(got.at("allowed").at("possible").to_number<int>(), 1);
}

}  // namespace
}  // namespace ag::iam
