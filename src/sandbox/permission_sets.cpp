#include <fmt/format.h>

#include <span>

#include "sandbox/company.hpp"
#include "sandbox/sequence.hpp"

namespace ag::sandbox {
namespace {

// Secrets are not reading: ReadOnlyAccess shows what is there, this keeps it from showing what is inside.
constexpr std::string_view kNoSecrets = R"json({
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "DenyReadingSecrets",
    "Effect": "Deny",
    "Action": [
      "kms:Decrypt", "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "ssm:GetParameter*"
    ],
    "Resource": "*"
  }]
})json";

constexpr std::string_view kNoLastingIdentities = R"json({
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "DenyLastingIdentities",
    "Effect": "Deny",
    "Action": ["iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
    "Resource": "*"
  }, {
    "Sid": "DenyLeavingTheCompanyRegions",
    "Effect": "Deny",
    "NotAction": ["cloudfront:*", "iam:*", "organizations:*", "route53:*", "sts:*", "support:*"],
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-central-1"]}}
  }]
})json";

constexpr std::string_view kDeploy = R"json({
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "ReleaseServices",
    "Effect": "Allow",
    "Action": [
      "ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:ListTasks",
      "ecs:RegisterTaskDefinition", "ecs:UpdateService",
      "lambda:GetFunction", "lambda:PublishVersion", "lambda:UpdateAlias", "lambda:UpdateFunctionCode",
      "codedeploy:CreateDeployment", "codedeploy:GetDeployment", "codedeploy:StopDeployment",
      "codepipeline:GetPipelineState", "codepipeline:PutApprovalResult", "codepipeline:StartPipelineExecution"
    ],
    "Resource": "*"
  }, {
    "Sid": "PullAndPushImages",
    "Effect": "Allow",
    "Action": [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"
    ],
    "Resource": "*"
  }, {
    "Sid": "PassTaskRolesOnly",
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": "arn:aws:iam::*:role/service/*",
    "Condition": {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]}}
  }]
})json";

constexpr std::string_view kKeepTheTrail = R"json({
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "DenyCoveringTracks",
    "Effect": "Deny",
    "Action": [
      "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail",
      "config:DeleteConfigurationRecorder", "config:StopConfigurationRecorder",
      "guardduty:DeleteDetector", "guardduty:DisassociateFromAdministratorAccount"
    ],
    "Resource": "*"
  }, {
    "Sid": "DenyLastingIdentities",
    "Effect": "Deny",
    "Action": ["iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile", "organizations:LeaveOrganization"],
    "Resource": "*"
  }]
})json";

constexpr std::string_view kAnalystData = R"json({
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "ReadTheLake",
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:GetBucketLocation", "s3:ListBucket"],
    "Resource": ["arn:aws:s3:::example-analytics-*", "arn:aws:s3:::example-analytics-*/*"]
  }, {
    "Sid": "WriteQueryResults",
    "Effect": "Allow",
    "Action": ["s3:AbortMultipartUpload", "s3:PutObject"],
    "Resource": "arn:aws:s3:::example-analytics-results/*"
  }, {
    "Sid": "DenyPersonalData",
    "Effect": "Deny",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::example-analytics-*/personal/*"
  }]
})json";

struct SetPlan {
  std::string_view name;
  std::string_view owner;  // a group: those who may agree
  std::string_view description;
  std::string_view session_duration;
  std::vector<std::string_view> managed_policies;  // what follows arn:aws:iam::aws:policy/
  std::string_view inline_policy;
};
const std::vector<SetPlan>& set_plans() {
  static const std::vector<SetPlan> kSets = {
      {"ReadOnly", "Admins", "See everything, open no secret", "PT8H", {"ReadOnlyAccess"}, kNoSecrets},
      {"PowerUser",
       "Admins",
       "Build and run anything but identities",
       "PT4H",
       {"PowerUserAccess"},
       kNoLastingIdentities},
      {"Deploy", "TeamLeads", "Release services and roll them back", "PT1H", {"CloudWatchLogsReadOnlyAccess"}, kDeploy},
      {"ProdAdmin", "Security", "Administer a production account", "PT1H", {"AdministratorAccess"}, kKeepTheTrail},
      {"BreakGlassAdmin", "Security", "Emergencies only, reviewed after each use", "PT1H", {"AdministratorAccess"}, ""},
      {"Billing", "Finance", "Invoices, budgets and cost reports", "PT4H", {"job-function/Billing"}, ""},
      {"SecurityAudit",
       "Security",
       "Read security configuration and findings",
       "PT8H",
       {"SecurityAudit", "AWSCloudTrail_ReadOnlyAccess", "AWSSecurityHubReadOnlyAccess",
        "AmazonGuardDutyReadOnlyAccess"},
       ""},
      {"DataAnalyst", "DataEngineers", "Query the data lake", "PT4H", {"AmazonAthenaFullAccess"}, kAnalystData},
      {"NetworkAdmin", "Admins", "Networks, gateways and DNS", "PT2H", {"job-function/NetworkAdministrator"}, ""},
      {"SupportUser",
       "TeamLeads",
       "Look into incidents and talk to AWS Support",
       "PT8H",
       {"job-function/SupportUser", "CloudWatchReadOnlyAccess"},
       ""},
  };
  return kSets;
}

}  // namespace

std::vector<PermissionSet> make_permission_sets(std::uint64_t seed, std::string_view instance_arn, Instant founded) {
  const std::string_view instance_id = instance_arn.substr(instance_arn.rfind('/') + 1);
  std::vector<PermissionSet> sets;
  for (const SetPlan& plan : set_plans()) {
    PermissionSet set{
        .arn = PermissionSetArn(fmt::format("arn:aws:sso:::permissionSet/{}/ps-{}", instance_id,
                                            derived_text(seed, plan.name, 3, 16, kLowerHex))),
        .name = std::string(plan.name),
        .description = std::string(plan.description),
        .session_duration = std::string(plan.session_duration),
        .inline_policy = std::string(plan.inline_policy),
        .created = founded + Duration::hours(24) * static_cast<std::int64_t>(sets.size() + 2),
        .tags = {{"managed-by", "landing-zone"}, {"owner", std::string(plan.owner)}},
    };
    for (const std::string_view policy : plan.managed_policies) {
      set.managed_policies.push_back(fmt::format("arn:aws:iam::aws:policy/{}", policy));
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace ag::sandbox
