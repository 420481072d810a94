// Conformance: examples of AWS's documentation, with the page that has them.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "iam/test_policies.hpp"

namespace ag::iam {
namespace {

using namespace test;

constexpr std::string_view kBob = "arn:aws:iam::444455556666:user/Bob";

struct Asked {
  std::string_view action;
  std::string_view resource;
  Keys keys;
  char expected;
  std::string_view principal = kUser;
};

struct Example {
  std::string_view page;  // docs.aws.amazon.com/IAM/latest/UserGuide/…
  LayerKind layer;        // what the policy is; other layers allow
  std::string_view statements;
  std::vector<Asked> asked;
};

const std::vector<Example>& examples() {
  static const Keys none = {};
  static const std::vector<Example> all = {
      {"reference_policies_elements_condition_operators.html#Conditions_String",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":"iam:*AccessKey*","Resource":"arn:aws:iam::111122223333:user/*",
           "Condition":{"StringEquals":{"aws:PrincipalTag/job-category":"iamuser-admin"}}})",
       {{"iam:CreateAccessKey",
         "arn:aws:iam::111122223333:user/Bo",
         {{"aws:PrincipalTag/job-category", {"iamuser-admin"}}},
         'A'},
        {"iam:ListAccessKeys",
         "arn:aws:iam::111122223333:user/Bo",
         {{"aws:principaltag/Job-Category", {"iamuser-admin"}}},
         'A'},
        {"iam:CreateAccessKey",
         "arn:aws:iam::111122223333:user/Bo",
         {{"aws:PrincipalTag/job-category", {"IAMuser-admin"}}},
         'I'},
        {"iam:CreateAccessKey", "arn:aws:iam::111122223333:user/Bo", none, 'I'},
        {"iam:CreateUser",
         "arn:aws:iam::111122223333:user/Bo",
         {{"aws:PrincipalTag/job-category", {"iamuser-admin"}}},
         'I'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_String",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::*"},
          {"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket",
           "Condition":{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/"]}}},
          {"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::bucket/home/${aws:username}",
                                                        "arn:aws:s3:::bucket/home/${aws:username}/*"]})",
       {{"s3:GetBucketLocation", "arn:aws:s3:::other", none, 'A'},
        {"s3:ListBucket", "arn:aws:s3:::bucket", {{"s3:prefix", {""}}}, 'A'},
        {"s3:ListBucket", "arn:aws:s3:::bucket", {{"s3:prefix", {"home/"}}}, 'A'},
        {"s3:ListBucket", "arn:aws:s3:::bucket", {{"s3:prefix", {"home/Ann/"}}, {"aws:username", {"Ann"}}}, 'A'},
        {"s3:ListBucket", "arn:aws:s3:::bucket", {{"s3:prefix", {"home/Bob/"}}, {"aws:username", {"Ann"}}}, 'I'},
        {"s3:ListBucket", "arn:aws:s3:::bucket", none, 'I'},
        {"s3:PutObject", "arn:aws:s3:::bucket/home/Ann/x", {{"aws:username", {"Ann"}}}, 'A'},
        {"s3:PutObject", "arn:aws:s3:::bucket/home/Annabel/x", {{"aws:username", {"Ann"}}}, 'I'},
        {"s3:PutObject", "arn:aws:s3:::bucket/home/Ann/x", none, 'I'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_Numeric",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::example_bucket",
           "Condition":{"NumericLessThanEquals":{"s3:max-keys":"10"}}})",
       {{"s3:ListBucket", "arn:aws:s3:::example_bucket", {{"s3:max-keys", {"10"}}}, 'A'},
        {"s3:ListBucket", "arn:aws:s3:::example_bucket", {{"s3:max-keys", {"11"}}}, 'I'},
        {"s3:ListBucket", "arn:aws:s3:::example_bucket", none, 'I'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_Date",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":"iam:*AccessKey*","Resource":"arn:aws:iam::111122223333:user/*",
           "Condition":{"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}}})",
       {{"iam:UpdateAccessKey",
         "arn:aws:iam::111122223333:user/A",
         {{"aws:TokenIssueTime", {"2020-06-01T00:00:00Z"}}},
         'A'},
        {"iam:UpdateAccessKey",
         "arn:aws:iam::111122223333:user/A",
         {{"aws:TokenIssueTime", {"2020-01-01T00:00:01Z"}}},
         'I'},
        {"iam:UpdateAccessKey", "arn:aws:iam::111122223333:user/A", none, 'I'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_Boolean",
       LayerKind::kBoundary,
       R"({"Effect":"Allow","Action":"*","Resource":"*"},
          {"Sid":"BooleanExample","Action":"s3:*","Effect":"Deny",
           "Resource":["arn:aws:s3:::amzn-s3-demo-bucket","arn:aws:s3:::amzn-s3-demo-bucket/*"],
           "Condition":{"Bool":{"aws:SecureTransport":"false"}}})",
       {{"s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/k", {{"aws:SecureTransport", {"false"}}}, 'E'},
        {"s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/k", {{"aws:SecureTransport", {"true"}}}, 'A'},
        {"s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket2/k", {{"aws:SecureTransport", {"false"}}}, 'A'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_IPAddress",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":"someservice:*","Resource":"*","Condition":{"IpAddress":{
           "aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}}})",
       {{"someservice:Any", "*", {{"aws:SourceIp", {"203.0.113.0"}}}, 'A'},
        {"someservice:Any", "*", {{"aws:SourceIp", {"203.0.113.255"}}}, 'A'},
        {"someservice:Any", "*", {{"aws:SourceIp", {"203.0.114.0"}}}, 'I'},
        {"someservice:Any", "*", {{"aws:SourceIp", {"2001:db8:1234:5678::1"}}}, 'A'},
        {"someservice:Any", "*", {{"aws:SourceIp", {"2001:db8:1234:5679::1"}}}, 'I'},
        {"someservice:Any", "*", none, 'I'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_ARN",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":"x:Like","Resource":"*","Condition":{
           "ArnLike":{"aws:SourceArn":"arn:aws:someservice:*:111122223333:finance/*"}}},
          {"Effect":"Allow","Action":"x:String","Resource":"*","Condition":{
           "StringLike":{"aws:SourceArn":"arn:aws:someservice:*:111122223333:finance/*"}}})",
       {{"x:Like",
         "*",
         {{"aws:SourceArn",
           {"arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}}},
         'I'},
        {"x:String",
         "*",
         {{"aws:SourceArn",
           {"arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}}},
         'A'},
        {"x:Like",
         "*",
         {{"aws:SourceArn", {"arn:aws:someservice:us-east-2:111122223333:finance/document.txt"}}},
         'A'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_ARN",
       LayerKind::kResource,
       R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"SQS:SendMessage",
           "Resource":"arn:aws:sqs:eu-west-1:111122223333:orders",
           "Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:topic"}}})",
       {{"sqs:SendMessage", kQueue, {{"aws:SourceArn", {"arn:aws:sns:eu-west-1:111122223333:topic"}}}, 'A'},
        {"sqs:ReceiveMessage", kQueue, none, 'A'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_IfExists",
       LayerKind::kIdentity,
       R"({"Sid":"THISPOLICYDOESNOTWORK","Effect":"Allow","Action":"ec2:RunInstances","Resource":"*",
           "Condition":{"StringLike":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}}})",
       {{"ec2:RunInstances",
         "arn:aws:ec2:eu-west-1:111122223333:instance/*",
         {{"ec2:InstanceType", {"t2.micro"}}},
         'A'},
        {"ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:subnet/s", none, 'I'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_IfExists",
       LayerKind::kIdentity,
       R"({"Sid":"RunInstance","Effect":"Allow","Action":"ec2:RunInstances","Resource":"*",
           "Condition":{"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}}})",
       {{"ec2:RunInstances",
         "arn:aws:ec2:eu-west-1:111122223333:instance/*",
         {{"ec2:InstanceType", {"t2.micro"}}},
         'A'},
        {"ec2:RunInstances",
         "arn:aws:ec2:eu-west-1:111122223333:instance/*",
         {{"ec2:InstanceType", {"c5.large"}}},
         'I'},
        {"ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:subnet/s", none, 'A'}}},
      {"reference_policies_elements_condition_operators.html#Conditions_Null",
       LayerKind::kIdentity,
       R"({"Action":"ec2:*","Effect":"Allow","Resource":"*","Condition":{"Null":{"aws:TokenIssueTime":"true"}}})",
       {{"ec2:StartInstances", "*", none, 'A'},
        {"ec2:StartInstances", "*", {{"aws:TokenIssueTime", {"2026-01-01T00:00:00Z"}}}, 'I'}}},
      {"reference_policies_multi-value-conditions.html",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:*:*:table/Thread","Condition":{
           "ForAllValues:StringLike":{"dynamodb:requestedAttributes":["PostDateTime","Message","Tags"]}}})",
       {{"dynamodb:GetItem",
         "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread",
         {{"dynamodb:requestedAttributes", {"PostDateTime", "Message"}}},
         'A'},
        {"dynamodb:GetItem",
         "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread",
         {{"dynamodb:requestedAttributes", {"PostDateTime", "Message", "Tags"}}},
         'A'},
        {"dynamodb:GetItem",
         "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread",
         {{"dynamodb:requestedAttributes", {"PostDateTime", "UserName"}}},
         'I'},
        {"dynamodb:GetItem",
         "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread",
         {{"dynamodb:requestedAttributes", {"ID"}}},
         'I'},
        {"dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread", none, 'A'}}},
      {"reference_policies_multi-value-conditions.html",
       LayerKind::kBoundary,
       R"({"Effect":"Allow","Action":"*","Resource":"*"},
          {"Effect":"Deny","Action":"dynamodb:PutItem","Resource":"arn:aws:dynamodb:*:*:table/Thread","Condition":{
           "ForAnyValue:StringLike":{"dynamodb:requestedAttributes":["ID","PostDateTime"]}}})",
       {{"dynamodb:PutItem",
         "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread",
         {{"dynamodb:requestedAttributes", {"UserName", "Message", "PostDateTime"}}},
         'E'},
        {"dynamodb:PutItem",
         "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread",
         {{"dynamodb:requestedAttributes", {"UserName"}}},
         'A'},
        {"dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread", none, 'A'}}},
      {"reference_policies_variables.html#policy-vars-intro",
       LayerKind::kIdentity,
       R"({"Action":["s3:ListBucket"],"Effect":"Allow","Resource":["arn:aws:s3:::mybucket"],
           "Condition":{"StringLike":{"s3:prefix":["${aws:username}/*"]}}},
          {"Action":["s3:GetObject","s3:PutObject"],"Effect":"Allow",
           "Resource":["arn:aws:s3:::mybucket/${aws:username}/*"]})",
       {{"s3:ListBucket", "arn:aws:s3:::mybucket", {{"aws:username", {"David"}}, {"s3:prefix", {"David/docs"}}}, 'A'},
        {"s3:ListBucket", "arn:aws:s3:::mybucket", {{"aws:username", {"David"}}, {"s3:prefix", {"Adele/"}}}, 'I'},
        {"s3:GetObject", "arn:aws:s3:::mybucket/David/x", {{"aws:username", {"David"}}}, 'A'},
        {"s3:GetObject", "arn:aws:s3:::mybucket/Adele/x", {{"aws:username", {"David"}}}, 'I'},
        {"s3:DeleteObject", "arn:aws:s3:::mybucket/David/x", {{"aws:username", {"David"}}}, 'I'}}},
      {"reference_policies_variables.html#policy-vars-resourceelement",
       LayerKind::kIdentity,
       R"({"Sid":"AllQueueActions","Effect":"Allow","Action":"sqs:*",
           "Resource":"arn:aws:sqs:us-east-2:*:${aws:username}-queue"})",
       {{"sqs:DeleteQueue", "arn:aws:sqs:us-east-2:111122223333:Ann-queue", {{"aws:username", {"Ann"}}}, 'A'},
        {"sqs:DeleteQueue", "arn:aws:sqs:us-east-1:111122223333:Ann-queue", {{"aws:username", {"Ann"}}}, 'I'},
        {"sqs:DeleteQueue", "arn:aws:sqs:us-east-2:111122223333:Bob-queue", {{"aws:username", {"Ann"}}}, 'I'}}},
      {"reference_policies_variables.html#policy-vars-conditionelement",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":["iam:*user*"],"Resource":"*",
           "Condition":{"StringLike":{"iam:ResourceTag/costCenter":["12345","67890"]}}})",
       {{"iam:GetUser", "arn:aws:iam::111122223333:user/A", {{"iam:ResourceTag/costCenter", {"67890"}}}, 'A'},
        {"iam:CreateUser", "arn:aws:iam::111122223333:user/A", {{"iam:ResourceTag/costCenter", {"1"}}}, 'I'},
        {"iam:ListUsers", "*", none, 'I'}}},
      {"reference_policies_variables.html#policy-vars-default-values",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/${aws:PrincipalTag/team, 'company-wide'}/*"})",
       {{"s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/yellow/x", {{"aws:PrincipalTag/team", {"yellow"}}}, 'A'},
        {"s3:GetObject",
         "arn:aws:s3:::amzn-s3-demo-bucket/company-wide/x",
         {{"aws:PrincipalTag/team", {"yellow"}}},
         'I'},
        {"s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/company-wide/x", none, 'A'}}},
      {"reference_policies_elements_notprincipal.html",
       LayerKind::kResource,
       R"({"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::444455556666:user/Bob","arn:aws:iam::444455556666:root"]},
           "Action":"s3:*","Resource":["arn:aws:s3:::BUCKETNAME","arn:aws:s3:::BUCKETNAME/*"]},
          {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:user/Bob"},"Action":"s3:*","Resource":"*"})",
       {{"s3:GetObject", "arn:aws:s3:::BUCKETNAME/x", none, 'A', kBob},
        {"s3:GetObject", "arn:aws:s3:::BUCKETNAME/x", none, 'E', "arn:aws:iam::444455556666:user/Alice"},
        {"s3:GetObject", "arn:aws:s3:::BUCKETNAME/x", none, 'E', "arn:aws:sts::444455556666:assumed-role/x/y"},
        {"s3:GetObject", "arn:aws:s3:::BUCKETNAME/x", none, 'E', kUser},
        {"s3:GetObject", "arn:aws:s3:::BUCKETNAME/x", none, 'E', kRoleSession},
        {"s3:GetObject", "arn:aws:s3:::BUCKETNAME/x", none, 'E', kService}}},
      {"reference_policies_elements_notprincipal.html",
       LayerKind::kResource,
       R"({"Effect":"Deny","NotPrincipal":{"AWS":[
             "arn:aws:sts::444455556666:assumed-role/cross-account-read-only-role/cross-account-audit-app",
             "arn:aws:iam::444455556666:role/cross-account-read-only-role","arn:aws:iam::444455556666:root"]},
           "Action":"s3:*","Resource":["arn:aws:s3:::Bucket_AccountAudit","arn:aws:s3:::Bucket_AccountAudit/*"]},
          {"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"})",
       {{"s3:GetObject", "arn:aws:s3:::Bucket_AccountAudit/x", none, 'A',
         "arn:aws:sts::444455556666:assumed-role/cross-account-read-only-role/cross-account-audit-app"},
        {"s3:GetObject", "arn:aws:s3:::Bucket_AccountAudit/x", none, 'E',
         "arn:aws:sts::444455556666:assumed-role/cross-account-read-only-role/another"},
        {"s3:GetObject", "arn:aws:s3:::Bucket_AccountAudit/x", none, 'E', kBob}}},
      {"access_policies_boundaries.html",
       LayerKind::kBoundary,
       R"({"Effect":"Allow","Action":["s3:*","cloudwatch:*","ec2:*"],"Resource":"*"})",
       {{"s3:GetObject", "arn:aws:s3:::b/k", none, 'A'},
        {"ec2:StartInstances", "*", none, 'A'},
        {"iam:CreateUser", "arn:aws:iam::111122223333:user/x", none, 'I'}}},
      {"reference_policies_elements_notaction.html",
       LayerKind::kIdentity,
       R"({"Effect":"Allow","NotAction":"s3:DeleteBucket","Resource":"arn:aws:s3:::*"})",
       {{"s3:GetObject", "arn:aws:s3:::b/k", none, 'A'},
        {"s3:DeleteBucket", "arn:aws:s3:::b", none, 'I'},
        {"iam:GetUser", "arn:aws:iam::111122223333:user/x", none, 'I'}}},
      {"reference_policies_elements_notaction.html",
       LayerKind::kBoundary,
       R"({"Effect":"Allow","Action":"*","Resource":"*"},
          {"Sid":"DenyAllUsersNotUsingMFA","Effect":"Deny","NotAction":"iam:*","Resource":"*",
           "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}})",
       {{"s3:GetObject", "arn:aws:s3:::b/k", {{"aws:MultiFactorAuthPresent", {"true"}}}, 'A'},
        {"s3:GetObject", "arn:aws:s3:::b/k", {{"aws:MultiFactorAuthPresent", {"false"}}}, 'E'},
        {"s3:GetObject", "arn:aws:s3:::b/k", none, 'E'},
        {"iam:EnableMFADevice", "arn:aws:iam::111122223333:user/x", none, 'A'}}},
      {"reference_policies_elements_notresource.html",
       LayerKind::kBoundary,
       R"({"Effect":"Allow","Action":"*","Resource":"*"},
          {"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::HRBucket/Payroll","arn:aws:s3:::HRBucket/Payroll/*"]})",
       {{"s3:GetObject", "arn:aws:s3:::HRBucket/Payroll/x", none, 'A'},
        {"s3:GetObject", "arn:aws:s3:::HRBucket/Payroll", none, 'A'},
        {"s3:GetObject", "arn:aws:s3:::HRBucket/Other", none, 'E'},
        {"s3:ListAllMyBuckets", "*", none, 'E'}}},
      {"reference_policies_examples_aws_deny-requested-region.html",
       LayerKind::kServiceControl,
       R"({"Effect":"Allow","Action":"*","Resource":"*"},
          {"Sid":"DenyAllOutsideRequestedRegions","Effect":"Deny",
           "NotAction":["cloudfront:*","iam:*","organizations:*","route53:*","support:*"],"Resource":"*",
           "Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1","eu-west-2","eu-west-3"]}}})",
       {{"ec2:RunInstances",
         "arn:aws:ec2:us-east-1:111122223333:instance/*",
         {{"aws:RequestedRegion", {"us-east-1"}}},
         'E'},
        {"ec2:RunInstances",
         "arn:aws:ec2:eu-west-1:111122223333:instance/*",
         {{"aws:RequestedRegion", {"eu-west-1"}}},
         'A'},
        {"iam:GetUser", "arn:aws:iam::111122223333:user/x", {{"aws:RequestedRegion", {"us-east-1"}}}, 'A'}}},
      {"organizations/latest/userguide/orgs_manage_policies_rcps_examples.html",
       LayerKind::kResourceControl,
       R"({"Sid":"EnforceOrgIdentities","Effect":"Deny","Principal":"*","Action":["s3:*","sqs:*"],"Resource":"*",
           "Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},
                        "BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}})",
       {{"s3:GetObject",
         "arn:aws:s3:::b/k",
         {{"aws:PrincipalOrgID", {"o-1"}}, {"aws:PrincipalIsAWSService", {"false"}}},
         'A'},
        {"s3:GetObject",
         "arn:aws:s3:::b/k",
         {{"aws:PrincipalOrgID", {"o-2"}}, {"aws:PrincipalIsAWSService", {"false"}}},
         'E'},
        {"s3:GetObject", "arn:aws:s3:::b/k", {{"aws:PrincipalIsAWSService", {"false"}}}, 'E'},
        {"s3:GetObject", "arn:aws:s3:::b/k", {{"aws:PrincipalIsAWSService", {"true"}}}, 'A'},
        {"ec2:StartInstances", "*", {{"aws:PrincipalOrgID", {"o-2"}}}, 'A'}}},
  };
  return all;
}

TEST(Conformance, ExamplesThatAwsPublishes) {
  for (const auto& example : examples()) {
    const bool of_resource = example.layer == LayerKind::kResource || example.layer == LayerKind::kResourceControl;
    const auto ours = policy(document(example.statements), of_resource ? PolicyKind::kResource : PolicyKind::kIdentity);
    Layers layers;
    layers.identity = {allow_all()};
    if (example.layer == LayerKind::kIdentity) layers.identity = {ours};
    if (example.layer == LayerKind::kBoundary) layers.boundary = {ours};
    if (example.layer == LayerKind::kServiceControl) layers.service_control = {{ours}};
    if (example.layer == LayerKind::kResourceControl) layers.resource_control = {{ours}};
    if (example.layer == LayerKind::kResource) layers.resource = {ours};
    const Engine engine(std::move(layers));
    for (const auto& asked : example.asked)
      EXPECT_EQ(
          letter(engine, request({.principal = asked.principal, .action = asked.action, .resource = asked.resource},
                                 context_of(asked.keys))),
          asked.expected)
          << example.page << " " << asked.action << " " << asked.resource;
  }
}

/// The tables above and beside, counted: what a reader may rely on. Each operator and layer case is asked as verdict
/// and as decision.
TEST(Conformance, HoldsAtLeastFifteenHundredCases) {
  const std::size_t counts[] = {count_operator_cases(), count_value_cases(),     count_pattern_cases(),
                                count_variable_cases(), count_principal_cases(), count_layer_cases(),
                                count_published_cases()};
  std::size_t sum = 0;
  for (const std::size_t count : counts) sum += count;
  std::string told;
  for (const std::size_t count : counts) told += std::to_string(count) + " ";
  RecordProperty("cases", static_cast<int>(sum));
  EXPECT_GE(sum, 1'500U);
  std::printf("conformance cases: %zu (operators, values, patterns, variables, principals, layers, published: %s)\n",
              sum, told.c_str());
}

}  // namespace

std::size_t test::count_published_cases() {
  std::size_t count = 0;
  for (const auto& example : examples()) count += example.asked.size();
  return count;
}

}  // namespace ag::iam
