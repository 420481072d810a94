// Policies and what is said about them: the text, then the problem as a person reads it.
#include "iam/policy_parse.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "iam/condition_operator.hpp"

namespace ag::iam {
namespace {

std::vector<std::string> told(std::string_view text, PolicyKind kind = PolicyKind::kCustomerManaged) {
  std::vector<std::string> lines;
  for (const auto& problem : parse(text, kind).problems) lines.push_back(to_text(problem));
  return lines;
}

std::string statement(std::string_view rest) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)" + std::string(rest) + "}]}";
}

TEST(PolicyParse, KeepsEveryElementAsItWasWritten) {
  const auto parsed = parse(R"({
  "Version": "2012-10-17",
  "Id": "of-the-queue",
  "Statement": {
    "Sid": "Some thing",
    "Effect": "Deny",
    "NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/Ann"], "Service": "sns.amazonaws.com"},
    "NotAction": "SQS:send*",
    "NotResource": ["arn:aws:sqs:*:*:a", "arn:aws:sqs:*:*:${aws:username}"],
    "Condition": {"NumericLessThan": {"s3:max-keys": 10}, "Bool": {"aws:SecureTransport": [true, "false"]}}
  }
})",
                            PolicyKind::kResource);
  ASSERT_TRUE(parsed.problems.empty()) << to_text(parsed.problems.front());
  const Policy& policy = parsed.policy;
  EXPECT_EQ(policy.id, "of-the-queue");
  EXPECT_EQ(policy.version, LanguageVersion::k2012);
  ASSERT_EQ(policy.statements.size(), 1U);
  const Statement& only = policy.statements[0];
  EXPECT_EQ(only.sid, "Some thing");
  EXPECT_EQ(only.effect, Effect::kDeny);
  EXPECT_EQ(only.at, (Position{4, 16}));
  EXPECT_EQ(only.principals.sense, Sense::kIsNot);
  ASSERT_EQ(only.principals.patterns.size(), 3U);
  EXPECT_EQ(only.principals.patterns[2], (PrincipalPattern{PrincipalType::kService, "sns.amazonaws.com", ""}));
  EXPECT_EQ(only.actions.sense, Sense::kIsNot);
  EXPECT_EQ(only.actions.patterns, std::vector<std::string>{"SQS:send*"});
  EXPECT_EQ(only.resources.sense, Sense::kIsNot);
  EXPECT_EQ(only.resources.patterns.size(), 2U);
  ASSERT_EQ(only.conditions.size(), 2U);
  EXPECT_EQ(only.conditions[0].values, std::vector<std::string>{"10"});
  EXPECT_EQ(only.conditions[1].values, (std::vector<std::string>{"true", "false"}));
  EXPECT_EQ(only.conditions[1].key, "aws:SecureTransport");
}

TEST(PolicyParse, ReadsEveryoneInBothForms) {
  const auto one = parse(R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}})",
                         PolicyKind::kResource);
  const auto other = parse(R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:*","Resource":"*"}})",
                           PolicyKind::kResource);
  EXPECT_EQ(one.policy.statements[0].principals.patterns, other.policy.statements[0].principals.patterns);
  EXPECT_TRUE(one.policy.statements[0].principals.everyone);
  EXPECT_FALSE(other.policy.statements[0].principals.everyone);
}

TEST(PolicyParse, KeepsAndReportsUnknownElements) {
  const auto parsed = parse(R"({"Version":"2012-10-17","Comment":{"a":[1,null,"é\n"]},"Statement":[
  {"Effect":"Allow","Action":"s3:*","Resource":"*","Conditions":{}}]})",
                            PolicyKind::kIdentity);
  ASSERT_EQ(parsed.policy.unknown.size(), 1U);
  EXPECT_EQ(parsed.policy.unknown[0].name, "Comment");
  EXPECT_EQ(parsed.policy.unknown[0].json, R"({"a":[1,null,"é\n"]})");
  ASSERT_EQ(parsed.policy.statements[0].unknown.size(), 1U);
  EXPECT_TRUE(parsed.readable());
  EXPECT_FALSE(parsed.acceptable());
  ASSERT_EQ(parsed.problems.size(), 2U);
  EXPECT_EQ(to_text(parsed.problems[1]),
            "2:52 Statement[0].Conditions: the policy language has no such element; did you mean Condition?");
}

struct Case {
  PolicyKind kind;
  std::string text;
  std::string told;
};

TEST(PolicyParse, NamesWhatIsWrongAndWhere) {
  using enum PolicyKind;
  const std::vector<Case> cases = {
      {kIdentity, "", "1:1 this is not JSON: a JSON value is expected"},
      {kIdentity, "[]", "1:1 a policy is an object, not a list"},
      {kIdentity, "{\"Statement\":[],}", "1:17 this is not JSON: a member's name in quotation marks is expected"},
      {kIdentity, "{}", "1:1 a policy has a Statement"},
      {kIdentity, R"({"Statement":[]})", "1:14 Statement: there is no statement in it"},
      {kIdentity, R"({"Statement":"x"})", "1:14 Statement: a list of statements is expected, not a string"},
      {kIdentity, R"({"Statement":[7]})", "1:15 Statement[0]: a statement is expected, not a number"},
      {kIdentity, R"({"Version":"2012-10-18","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})",
       "1:12 Version: the versions of the policy language are 2012-10-17 and 2008-10-17; did you mean 2012-10-17?"},
      {kIdentity, R"({"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}})",
       "1:31 Statement.Effect: this is written twice; which of the two holds cannot be known"},
      {kIdentity, R"({"Statement":{"Action":"*","Resource":"*"}})", "1:14 Statement: a statement has an Effect"},
      {kIdentity, R"({"Statement":{"Effect":"allow","Action":"*","Resource":"*"}})",
       "1:24 Statement.Effect: Effect is Allow or Deny, written so; did you mean Allow?"},
      {kIdentity, statement(R"("Resource":"*")"), "1:38 Statement[0]: a statement has an Action or a NotAction"},
      {kIdentity, statement(R"("Action":"s3:*","NotAction":"s3:*","Resource":"*")"),
       "1:72 Statement[0].NotAction: a statement has Action or NotAction, never both"},
      {kIdentity, statement(R"("Action":"s3:*")"),
       "1:38 Statement[0]: a statement of this kind of policy has a Resource or a NotResource"},
      {kIdentity, statement(R"("Action":5,"Resource":"*")"),
       "1:65 Statement[0].Action: a string or a list of strings is expected, not a number"},
      {kIdentity, statement(R"("Action":["s3:*",null],"Resource":"*")"),
       "1:73 Statement[0].Action[1]: a string is expected, not null"},
      {kIdentity, statement(R"("Action":[],"Resource":"*")"), "1:65 Statement[0].Action: there is nothing in it"},
      {kIdentity, statement(R"("Action":"GetObject","Resource":"*")"),
       "1:56 Statement[0].Action: GetObject: an action is written service:name"},
      {kIdentity, statement(R"("Action":"s*:Get","Resource":"*")"),
       "1:56 Statement[0].Action: s*:Get: the service cannot have a wildcard"},
      {kIdentity, statement(R"("Action":"s3:*","Resource":"bucket")"),
       "1:72 Statement[0].Resource: bucket: a resource is an ARN or \"*\""},
      {kIdentity, statement(R"("Action":"s3:*","Resource":"*","Sid":"a b")"),
       "1:38 Statement[0].Sid: a Sid has letters A to Z and digits only"},
      {kIdentity, statement(R"("Action":"s3:*","Resource":"*","Principal":"*")"),
       "1:87 Statement[0].Principal: whom this kind of policy is about is whom it is attached to: it names no "
       "principal"},
      {kIdentity, statement(R"("Action":"s3:*","Resource":"*","Condition":[])"),
       "1:99 Statement[0].Condition: an object is expected, not a list"},
      {kIdentity, statement(R"("Action":"s3:*","Resource":"*","Condition":{"StringEqualz":{"aws:x":"1"}})"),
       "1:100 Statement[0].Condition.StringEqualz: there is no such condition operator; did you mean StringEquals?"},
      {kIdentity,
       statement(R"("Action":"s3:*","Resource":"*","Condition":{"ForAllValues:StringLikIfExists":{"aws:x":"1"}})"),
       "1:100 Statement[0].Condition.ForAllValues:StringLikIfExists: there is no such condition operator; did you mean "
       "ForAllValues:StringLikeIfExists?"},
      {kIdentity, statement(R"("Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:x":{}}})"),
       "1:116 Statement[0].Condition.Bool.aws:x: a value or a list of values is expected, not an object"},
      {kIdentity, statement(R"("Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:x":"1","aws:x":"2"}})"),
       "1:120 Statement[0].Condition.Bool.aws:x: this is written twice; which of the two holds cannot be known"},
      {kResource, statement(R"("Action":"s3:*","Resource":"*")"),
       "1:38 Statement[0]: a statement of this kind of policy has a Principal"},
      {kResource, statement(R"("Action":"s3:*","Resource":"*","Principal":"111122223333")"),
       "1:99 Statement[0].Principal: only \"*\" stands alone; a principal is written {\"AWS\": …}, {\"Service\": …} "
       "or "
       "{\"Federated\": …}"},
      {kResource, statement(R"("Action":"s3:*","Resource":"*","Principal":{"Aws":"111122223333"})"),
       "1:100 Statement[0].Principal.Aws: there is no such type of principal; did you mean AWS?"},
      {kResource, statement(R"("Action":"s3:*","Resource":"*","Principal":{"AWS":"arn:aws:iam::1:role/a*"})"),
       "1:87 Statement[0].Principal: arn:aws:iam::1:role/a*: * stands for everyone or is not there: it cannot be a "
       "part "
       "of a principal"},
      {kResource, statement(R"("Action":"s3:*","Resource":"*","NotPrincipal":{"AWS":"111122223333"})"),
       "1:87 Statement[0].NotPrincipal: Allow with NotPrincipal allows everyone else, anonymous requests too"},
      {kTrust, statement(R"("Action":"s3:GetObject","Principal":{"AWS":"111122223333"})"),
       "1:56 Statement[0].Action: s3:GetObject: a trust policy is about actions of sts"},
      {kTrust, statement(R"("Action":"sts:AssumeRole","Resource":"*","Principal":{"AWS":"111122223333"})"),
       "1:82 Statement[0].Resource: a trust policy is about the role that it is attached to: it names no resource"},
      {kResourceControl, statement(R"("Action":"s3:*","Resource":"*","Principal":"*")"),
       "1:38 Statement[0].Effect: only AWS's own RCPFullAWSAccess allows; a resource control policy denies"},
  };
  for (const auto& one : cases) {
    const auto lines = told(one.text, one.kind);
    ASSERT_FALSE(lines.empty()) << one.text;
    EXPECT_EQ(lines.front(), one.told) << one.text;
  }
}

TEST(PolicyParse, WarnsOfWhatAwsTakesAndNobodyMeans) {
  const auto warning = [](std::string_view text, PolicyKind kind = PolicyKind::kIdentity) {
    const auto parsed = parse(text, kind);
    EXPECT_TRUE(parsed.acceptable()) << text;
    return parsed.problems.size() == 1 ? parsed.problems[0].code : std::string("not one problem");
  };
  EXPECT_EQ(warning(statement(R"("NotAction":"iam:*","Resource":"*")")), "allow_not_action");
  EXPECT_EQ(warning(R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}"}})"),
            "variable_in_old_version");
  EXPECT_EQ(warning(statement(R"("Action":"s3:*","Resource":"arn:aws:s3::${aws:PrincipalAccount}:b")")),
            "variable_before_resource");
  EXPECT_EQ(warning(statement(
                R"("Action":"s3:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}})")),
            "for_all_values_allow");
  EXPECT_EQ(warning(statement(R"("Action":"s3:*","Resource":"*","Condition":{"Bool":{"SecureTransport":"true"}})")),
            "unlikely_key");
}

TEST(PolicyParse, CountsTheSizeAsAwsDoes) {
  const auto with_length = [](std::size_t characters, std::string_view space) {
    const std::string head = R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::)";
    return head + std::string(characters - head.size() - 3, 'b') + "\"}" + std::string(space) + "}";
  };
  const std::vector<std::pair<PolicyKind, std::size_t>> limits = {{PolicyKind::kCustomerManaged, 6'144},
                                                                  {PolicyKind::kBoundary, 6'144},
                                                                  {PolicyKind::kIdentity, 10'240},
                                                                  {PolicyKind::kSession, 2'048},
                                                                  {PolicyKind::kServiceControl, 10'240}};
  for (const auto& [kind, most] : limits) {
    EXPECT_TRUE(told(with_length(most, ""), kind).empty()) << most;
    EXPECT_EQ(told(with_length(most + 1, ""), kind).size(), 1U) << most;
    EXPECT_EQ(told(with_length(most, " \n"), kind).empty(), !size_limit(kind)->counts_white_space) << most;
  }
  EXPECT_TRUE(told(with_length(100'000, ""), PolicyKind::kAwsManaged).empty());
}

TEST(PolicyParse, KnowsWhichCharactersIamTakes) {
  const auto with = [](std::string_view text) {
    return statement(R"("Action":"s3:*","Resource":"arn:aws:s3:::)" + std::string(text) + "\"");
  };
  EXPECT_TRUE(told(with("straße-ÿ")).empty());
  EXPECT_EQ(told(with("łódź")), std::vector<std::string>{"1:1 IAM takes no characters beyond U+00FF in a policy"});
  EXPECT_TRUE(told(with("łódź"), PolicyKind::kServiceControl).empty());
}

TEST(PolicyParse, NeverLosesTheProblemThatForbidsEvaluation) {
  std::string actions = "\"x\"";
  for (int i = 0; i < 300; ++i) actions += ",\"x\"";
  const auto parsed = parse(statement("\"Action\":[" + actions + "],\"Resource\":5"), PolicyKind::kIdentity);
  EXPECT_FALSE(parsed.readable());
  EXPECT_LE(parsed.problems.size(), kMostProblems + 1);
}

TEST(PolicyParse, TakesOperatorsApart) {
  EXPECT_EQ(parse_operator("foranyvalue:stringnotlikeifexists"),
            (ConditionOperator{Comparison::kStringLike, true, Quantifier::kForAnyValue, true}));
  EXPECT_EQ(parse_operator("ArnEquals"), parse_operator("ArnLike"));
  EXPECT_EQ(parse_operator("Null"), (ConditionOperator{Comparison::kNull, false, Quantifier::kNone, false}));
  EXPECT_EQ(parse_operator("ForAllValues:What").comparison, Comparison::kUnknown);
}

}  // namespace
}  // namespace ag::iam
