#include "aws/codec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "base/codec.hpp"
#include "base/json.hpp"

namespace ag::aws {
namespace {

const InstanceArn kInstance("arn:aws:sso:::instance/ssoins-1");
const PermissionSetArn kSet("arn:aws:sso:::permissionSet/ssoins-1/ps-1");
const Assignment kAssignment{AccountId("111122223333"), kSet, PrincipalType::kUser, "u-1"};

// Not a whole second: the schedule is the next one.
const Instant kEnd = parse_rfc3339("2026-11-25T14:02:07.250Z").value();

Endpoint endpoint(Service service) {
  return endpoint_of(service, "eu-west-1", [](const std::string&) { return std::nullopt; }).value();
}
HttpRequest encoded(const Call& call) { return encode(call, endpoint(service_of(call))); }

template <class C>
AwsResult<ReplyTo<C>> decoded(const C& call, std::string body, int status = 200) {
  auto reply = decode(call, HttpResponse{status, {{"Content-Type", "text/html"}}, std::move(body)});
  if (!reply) return std::unexpected(reply.error());
  return std::get<ReplyTo<C>>(std::move(*reply));
}

// A target with its parameters sorted: their order has no meaning.
std::string in_order(std::string target) {
  const auto question = target.find('?');
  if (question == std::string::npos) return target;
  std::set<std::string> parameters;
  std::string part;
  for (const char c : target.substr(question + 1) + "&") {
    if (c == '&') parameters.insert(std::exchange(part, ""));
    else part += c;
  }
  return fmt::format("{}?{}", target.substr(0, question), fmt::join(parameters, "&"));
}

// The fields of a form; of what stands encoded in it only the colon and the slash.
json::object fields_of(std::string_view form) {
  json::object fields;
  while (!form.empty()) {
    const auto end = std::min(form.find('&'), form.size());
    const auto field = form.substr(0, end);
    std::string value(field.substr(field.find('=') + 1));
    for (const auto& [encoded, plain] : {std::pair<std::string_view, char>{"%3A", ':'}, {"%2F", '/'}}) {
      for (auto at = value.find(encoded); at != std::string::npos; at = value.find(encoded))
        value.replace(at, encoded.size(), 1, plain);
    }
    fields[field.substr(0, field.find('='))] = value;
    form.remove_prefix(std::min(end + 1, form.size()));
  }
  return fields;
}

struct Example {
  Call call;
  std::string request;  // the body
  std::string reply;    // a full one
};

const std::string kIdentityReply =
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
    "<Arn>arn:aws:sts::111122223333:assumed-role/R/S</Arn><UserId>AROA:S</UserId><Account>111122223333</Account>"
    "</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></"
    "GetCallerIdentityResponse>";
const std::string kRoleReply =
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>a&amp;b/+</"
    "SecretAccessKey>"
    "<SessionToken>t</SessionToken><Expiration>2026-11-25T15:02:07.123456Z</Expiration></Credentials></"
    "AssumeRoleResult>"
    "</AssumeRoleResponse>";

// One of every call, with what goes out and what may come back.
std::vector<Example> examples() {
  const std::string key =
      R"("InstanceArn":"arn:aws:sso:::instance/ssoins-1","TargetId":"111122223333","TargetType":"AWS_ACCOUNT",)"
      R"("PermissionSetArn":"arn:aws:sso:::permissionSet/ssoins-1/ps-1","PrincipalType":"USER","PrincipalId":"u-1")";
  const std::string instance = R"("InstanceArn":"arn:aws:sso:::instance/ssoins-1")";
  const std::string set = R"("PermissionSetArn":"arn:aws:sso:::permissionSet/ssoins-1/ps-1")";
  const Schedule schedule{"end", "", kEnd, "arn:aws-cn:iam::1:role/R", kInstance, kAssignment};
  const std::string schedule_body =
      R"j({"ScheduleExpression":"at(2026-11-25T14:02:08)","ScheduleExpressionTimezone":"UTC",)j"
      R"("FlexibleTimeWindow":{"Mode":"OFF"},"ActionAfterCompletion":"DELETE","ClientToken":"token-1",)"
      R"("Target":{"Arn":"arn:aws-cn:scheduler:::aws-sdk:ssoadmin:deleteAccountAssignment",)"
      R"("RoleArn":"arn:aws-cn:iam::1:role/R","Input":)" +
      json::serialize(json::value("{" + key + "}")) +
      R"(,"RetryPolicy":{"MaximumEventAgeInSeconds":86400,"MaximumRetryAttempts":185}}})";
  return {
      {ListInstances{}, R"({"MaxResults":100})",
       R"({"Instances":[{"InstanceArn":"arn:i","IdentityStoreId":"d-1","OwnerAccountId":"111122223333","Status":"ACTIVE","CreatedDate":1650989104.461}],"NextToken":null})"},
      {ListPermissionSets{kInstance, "t"}, "{" + instance + R"(,"MaxResults":100,"NextToken":"t"})",
       R"({"PermissionSets":["arn:1","arn:2"],"NextToken":"n"})"},
      {DescribePermissionSet{kInstance, kSet}, "{" + instance + "," + set + "}",
       R"({"PermissionSet":{"PermissionSetArn":"arn:1","Name":"Admin","Description":null,"SessionDuration":"PT1H30M"}})"},
      {CreateAccountAssignment{kInstance, kAssignment}, "{" + key + "}",
       R"({"AccountAssignmentCreationStatus":{"Status":"IN_PROGRESS","RequestId":"op-1","CreatedDate":1.5}})"},
      {DeleteAccountAssignment{kInstance, kAssignment}, "{" + key + "}",
       R"({"AccountAssignmentDeletionStatus":{"Status":"SUCCEEDED"}})"},
      {DescribeCreation{kInstance, OperationId("op-1")},
       "{" + instance + R"(,"AccountAssignmentCreationRequestId":"op-1"})",
       R"({"AccountAssignmentCreationStatus":{"Status":"FAILED","RequestId":"op-1","FailureReason":"why"}})"},
      {DescribeDeletion{kInstance, OperationId("op-1")},
       "{" + instance + R"(,"AccountAssignmentDeletionRequestId":"op-1"})",
       R"({"AccountAssignmentDeletionStatus":{"Status":"SUCCEEDED","RequestId":"op-1"}})"},
      {ListCreationStatus{kInstance, "t"}, "{" + instance + R"(,"MaxResults":100,"NextToken":"t"})",
       R"({"AccountAssignmentsCreationStatus":[{"Status":"FAILED","RequestId":"op-1","CreatedDate":1650989104.461},{"Status":"IN_PROGRESS","RequestId":"op-2"}],"NextToken":"n"})"},
      {ListDeletionStatus{kInstance, ""}, "{" + instance + R"(,"MaxResults":100})",
       R"({"AccountAssignmentsDeletionStatus":[]})"},
      {GetInlinePolicyForPermissionSet{kInstance, kSet}, "{" + instance + "," + set + "}",
       R"({"InlinePolicy":"{\"Version\":1}"})"},
      {PutInlinePolicyToPermissionSet{kInstance, kSet, "{}"}, "{" + instance + "," + set + R"(,"InlinePolicy":"{}"})",
       "{}"},
      {DeleteInlinePolicyFromPermissionSet{kInstance, kSet}, "{" + instance + "," + set + "}", "{}"},
      {ListManagedPoliciesInPermissionSet{kInstance, kSet, "t"},
       "{" + instance + "," + set + R"(,"MaxResults":100,"NextToken":"t"})",
       R"({"AttachedManagedPolicies":[{"Name":"Billing","Arn":"arn:aws:iam::aws:policy/job-function/Billing"}],"NextToken":"n"})"},
      {ListCustomerManagedPolicyReferencesInPermissionSet{kInstance, kSet, ""},
       "{" + instance + "," + set + R"(,"MaxResults":100})",
       R"({"CustomerManagedPolicyReferences":[{"Name":"ReadLake","Path":"/data/"},{"Name":"Plain"}]})"},
      {GetPermissionsBoundaryForPermissionSet{kInstance, kSet}, "{" + instance + "," + set + "}",
       R"({"PermissionsBoundary":{"CustomerManagedPolicyReference":{"Name":"Fence","Path":"/"}}})"},
      {GetManagedPolicy{"arn:aws:iam::aws:policy/P"},
       "Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FP",
       "<GetPolicyResponse><GetPolicyResult><Policy><Arn>arn:aws:iam::aws:policy/P</Arn>"
       "<DefaultVersionId>v7</DefaultVersionId></Policy></GetPolicyResult></GetPolicyResponse>"},
      {GetManagedPolicyVersion{"arn:aws:iam::aws:policy/P", "v7"},
       "Action=GetPolicyVersion&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FP&VersionId=v7",
       "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion>"
       "<Document>%7B%22Version%22%3A%222012-10-17%22%2c 100%%4%7D</Document>"
       "</PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>"},
      {ProvisionPermissionSet{kInstance, kSet, AccountId("111122223333")},
       "{" + instance + "," + set + R"(,"TargetType":"AWS_ACCOUNT","TargetId":"111122223333"})",
       R"({"PermissionSetProvisioningStatus":{"Status":"IN_PROGRESS","RequestId":"op-3","AccountId":"111122223333"}})"},
      {DescribeProvisioning{kInstance, OperationId("op-3")},
       "{" + instance + R"(,"ProvisionPermissionSetRequestId":"op-3"})",
       R"({"PermissionSetProvisioningStatus":{"Status":"FAILED","RequestId":"op-3","FailureReason":"why"}})"},
      {ListAccountAssignments{kInstance, AccountId("111122223333"), kSet, ""},
       "{" + instance + R"(,"AccountId":"111122223333",)" + set + R"(,"MaxResults":100})",
       R"({"AccountAssignments":[{"AccountId":"111122223333","PermissionSetArn":"arn:1","PrincipalType":"GROUP","PrincipalId":"g-1"}]})"},
      {ListAccountAssignmentsForPrincipal{kInstance, PrincipalType::kGroup, "g-1", ""},
       "{" + instance + R"(,"PrincipalType":"GROUP","PrincipalId":"g-1","MaxResults":100})",
       R"({"AccountAssignments":[]})"},
      {ListPermissionSetsProvisionedToAccount{kInstance, AccountId("111122223333"), ""},
       "{" + instance + R"(,"AccountId":"111122223333","MaxResults":100})", R"({"PermissionSets":["arn:1"]})"},
      {ListUsers{IdentityStoreId("d-1"), ""}, R"({"IdentityStoreId":"d-1","MaxResults":100})",
       R"({"Users":[{"UserId":"u-1","UserName":"ada","DisplayName":"Ada","Emails":[{"Value":"b@x","Primary":false},{"Value":"a@x","Primary":true}],"UserStatus":"DISABLED"}]})"},
      {ListUsers{IdentityStoreId("d-1"), "t", {std::string(kEnterpriseExtension)}},
       R"({"IdentityStoreId":"d-1","Extensions":["aws:identitystore:enterprise"],"MaxResults":100,"NextToken":"t"})",
       R"({"Users":[{"UserId":"u-1","Extensions":{"aws:identitystore:enterprise":{"department":"x","manager":{"value":"u-2"}}}}]})"},
      {ListGroups{IdentityStoreId("d-1"), ""}, R"({"IdentityStoreId":"d-1","MaxResults":100})",
       R"({"Groups":[{"GroupId":"g-1","DisplayName":"Admins","Description":null}],"NextToken":""})"},
      {ListGroupMemberships{IdentityStoreId("d-1"), GroupId("g-1"), ""},
       R"({"IdentityStoreId":"d-1","GroupId":"g-1","MaxResults":100})",
       R"({"GroupMemberships":[{"MembershipId":"m","GroupId":"g-1","MemberId":{"UserId":"u-1"}}]})"},
      {DescribeOrganization{}, "{}",
       R"({"Organization":{"Id":"o-1","MasterAccountId":"111122223333","FeatureSet":"ALL"}})"},
      {ListRoots{}, R"({"MaxResults":20})", R"({"Roots":[{"Id":"r-1","Name":"Root"}]})"},
      {ListOrganizationalUnitsForParent{"r-1", ""}, R"({"ParentId":"r-1","MaxResults":20})",
       R"({"OrganizationalUnits":[{"Id":"ou-1","Name":"Prod"}],"NextToken":"n"})"},
      {ListAccountsForParent{"ou-1", ""}, R"({"ParentId":"ou-1","MaxResults":20})",
       R"({"Accounts":[{"Id":"111122223333","Name":"a","Email":"a@x","Status":"ACTIVE","State":"SUSPENDED"},{"Id":"1","Status":"ACTIVE"}]})"},
      {ListTagsForResource{"111122223333", "t"}, R"({"ResourceId":"111122223333","NextToken":"t"})",
       R"({"Tags":[{"Key":"env","Value":"prod"},{"Key":"k","Value":""}]})"},
      {ListTagsOfPermissionSet{kInstance, kSet, "t"},
       "{" + instance + R"(,"ResourceArn":"arn:aws:sso:::permissionSet/ssoins-1/ps-1","NextToken":"t"})",
       R"({"Tags":[{"Key":"owner","Value":"Security"}],"NextToken":"n"})"},
      {DescribePolicy{"p-12345678"}, R"({"PolicyId":"p-12345678"})",
       R"({"Policy":{"PolicySummary":{"Id":"p-12345678","Name":"End"},"Content":"{}"}})"},
      {UpdatePolicy{"p-12345678", "{}"}, R"({"PolicyId":"p-12345678","Content":"{}"})",
       R"({"Policy":{"PolicySummary":{"Id":"p-12345678","Name":"End"},"Content":"{}"}})"},
      {ListTargetsForPolicy{"p-12345678", "t"}, R"({"PolicyId":"p-12345678","MaxResults":20,"NextToken":"t"})",
       R"({"Targets":[{"TargetId":"r-1","Arn":"arn:r","Name":"Root","Type":"ROOT"},{"TargetId":"111122223333"}],"NextToken":"n"})"},
      {CreateSchedule{schedule, "token-1"}, schedule_body, R"({"ScheduleArn":"arn:s"})"},
      {UpdateSchedule{schedule, "token-1"}, schedule_body, R"({"ScheduleArn":"arn:s"})"},
      {DeleteSchedule{"end", "guard", "token-1"}, "", "{}"},
      {GetSchedule{"end", "guard"}, "",
       R"j({"Name":"end","GroupName":"guard","ScheduleExpression":"at(2026-11-25T14:02:08)","State":"DISABLED","Target":{"Arn":"arn:t","RoleArn":"arn:r","Input":"{}"}})j"},
      {LookupEvents{parse_rfc3339("2026-11-25T14:02:07Z").value(), "t"},
       R"({"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"CreateAccountAssignment"}],)"
       R"("StartTime":1795615327,"MaxResults":50,"NextToken":"t"})",
       R"({"Events":[{"EventId":"e-1","EventTime":1795615330.0,"CloudTrailEvent":"{}"}],"NextToken":"n"})"},
      {GetCallerIdentity{}, "Action=GetCallerIdentity&Version=2011-06-15", kIdentityReply},
      {AssumeRole{"arn:aws:iam::1:role/R", "a b", "x&y", Duration::hours(1)},
       "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2FR&RoleSessionName=a%20b&"
       "DurationSeconds=3600"
       "&ExternalId=x%26y",
       kRoleReply},
  };
}

TEST(Codec, KnowsEveryCall) {
  std::set<std::size_t> kinds;
  for (const auto& one : examples()) kinds.insert(one.call.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Call>);
}

TEST(Codec, AsksInTheWordsOfAws) {
  for (const auto& one : examples()) {
    const auto request = encoded(one.call);
    if (service_of(one.call) != Service::kScheduler) {
      EXPECT_EQ(request.method, "POST");
      EXPECT_EQ(request.target, "/");
    }
    EXPECT_EQ(request.body, one.request) << operation_of(one.call);
  }
  const auto json = encoded(DescribeCreation{});
  EXPECT_EQ(json.headers.find("host"), "sso.eu-west-1.amazonaws.com");
  EXPECT_EQ(json.headers.find("content-type"), "application/x-amz-json-1.1");
  EXPECT_EQ(json.headers.find("x-amz-target"), "SWBExternalService.DescribeAccountAssignmentCreationStatus");
  EXPECT_EQ(encoded(ListUsers{}).headers.find("x-amz-target"), "AWSIdentityStore.ListUsers");
  EXPECT_EQ(encoded(ListRoots{}).headers.find("x-amz-target"), "AWSOrganizationsV20161128.ListRoots");
  EXPECT_EQ(encoded(ListTagsOfPermissionSet{}).headers.find("x-amz-target"), "SWBExternalService.ListTagsForResource");
  const auto query = encoded(GetCallerIdentity{});
  EXPECT_EQ(query.headers.find("content-type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_FALSE(query.headers.find("x-amz-target"));
}

TEST(Codec, ReadsWhatAwsAnswers) {
  std::map<std::string, Reply> replies;
  for (const auto& one : examples()) {
    auto reply = decode(one.call, HttpResponse{200, {}, one.reply});
    ASSERT_TRUE(reply) << operation_of(one.call) << ": " << reply.error().message;
    replies.emplace(operation_of(one.call), std::move(*reply));
  }
  const auto instance = std::get<Instances>(replies.at("ListInstances"));
  EXPECT_EQ(instance.items.at(0).identity_store.str(), "d-1");
  EXPECT_EQ(instance.next, "");
  EXPECT_EQ(std::get<PermissionSetArns>(replies.at("ListPermissionSets")).next, "n");
  const auto set = std::get<PermissionSetDescription>(replies.at("DescribePermissionSet"));
  EXPECT_EQ(set.session_duration, Duration::minutes(90));
  EXPECT_EQ(set.name, "Admin");
  const auto created = std::get<Operation>(replies.at("CreateAccountAssignment"));
  EXPECT_EQ(created.status, OperationStatus::kInProgress);
  EXPECT_EQ(created.id.str(), "op-1");
  const auto failed = std::get<Operation>(replies.at("DescribeAccountAssignmentCreationStatus"));
  EXPECT_EQ(failed.status, OperationStatus::kFailed);
  EXPECT_EQ(failed.failure_reason, "why");
  const auto statuses = std::get<OperationStatuses>(replies.at("ListAccountAssignmentCreationStatus"));
  ASSERT_EQ(statuses.items.size(), 2U);
  EXPECT_EQ(statuses.items[0].id.str(), "op-1");
  EXPECT_EQ(statuses.items[0].status, OperationStatus::kFailed);
  EXPECT_EQ(statuses.items[0].created, parse_rfc3339("2022-04-26T16:05:04.461Z").value());
  EXPECT_FALSE(statuses.items[1].created);
  EXPECT_EQ(statuses.next, "n");
  EXPECT_EQ(std::get<InlinePolicy>(replies.at("GetInlinePolicyForPermissionSet")).document, R"({"Version":1})");
  const auto attached = std::get<AttachedPolicies>(replies.at("ListManagedPoliciesInPermissionSet"));
  EXPECT_EQ(attached.arns, std::vector<std::string>{"arn:aws:iam::aws:policy/job-function/Billing"});
  EXPECT_EQ(attached.next, "n");
  const auto referenced =
      std::get<CustomerManagedPolicies>(replies.at("ListCustomerManagedPolicyReferencesInPermissionSet"));
  EXPECT_EQ(referenced.items, (std::vector<CustomerManagedPolicy>{{"ReadLake", "/data/"}, {"Plain", "/"}}));
  const auto boundary = std::get<PermissionsBoundary>(replies.at("GetPermissionsBoundaryForPermissionSet"));
  EXPECT_EQ(boundary.managed_policy, "");
  EXPECT_EQ(boundary.customer_managed, (CustomerManagedPolicy{"Fence", "/"}));
  EXPECT_EQ(std::get<ManagedPolicy>(replies.at("GetPolicy")).default_version, "v7");
  EXPECT_EQ(std::get<PolicyDocument>(replies.at("GetPolicyVersion")).document, R"({"Version":"2012-10-17", 100%%4})");
  EXPECT_EQ(std::get<Operation>(replies.at("ProvisionPermissionSet")).id.str(), "op-3");
  EXPECT_EQ(std::get<Operation>(replies.at("DescribePermissionSetProvisioningStatus")).failure_reason, "why");
  const auto policy = std::get<Policy>(replies.at("DescribePolicy"));
  EXPECT_EQ(policy.id + policy.name + policy.content, "p-12345678End{}");
  const auto targets = std::get<PolicyTargets>(replies.at("ListTargetsForPolicy"));
  EXPECT_EQ(targets.items, (std::vector<std::string>{"r-1", "111122223333"}));
  EXPECT_EQ(targets.next, "n");
  EXPECT_EQ(std::get<ScheduleArn>(replies.at("CreateSchedule")).arn, "arn:s");
  const auto schedule = std::get<ScheduleDescription>(replies.at("GetSchedule"));
  EXPECT_EQ(schedule.at, parse_rfc3339("2026-11-25T14:02:08Z").value());
  EXPECT_FALSE(schedule.enabled);
  EXPECT_EQ(schedule.target_arn + schedule.role_arn + schedule.target_input, "arn:tarn:r{}");
  EXPECT_EQ(std::get<Assignments>(replies.at("ListAccountAssignments")).items.at(0),
            (Assignment{AccountId("111122223333"), PermissionSetArn("arn:1"), PrincipalType::kGroup, "g-1"}));
  const auto user = std::get<Users>(replies.at("ListUsers")).items.at(0);
  EXPECT_EQ(user.email, "a@x");
  EXPECT_EQ(user.more_emails, std::vector<std::string>{"b@x"});
  EXPECT_FALSE(user.enabled);
  EXPECT_EQ(std::get<Members>(replies.at("ListGroupMemberships")).items.at(0).str(), "u-1");
  EXPECT_EQ(std::get<OrganizationDescription>(replies.at("DescribeOrganization")).management_account.str(),
            "111122223333");
  const auto accounts = std::get<Accounts>(replies.at("ListAccountsForParent"));
  EXPECT_EQ(accounts.items.at(0).state, "SUSPENDED") << "State, not the retired Status";
  EXPECT_EQ(accounts.items.at(1).state, "ACTIVE");
  EXPECT_EQ(std::get<Tags>(replies.at("ListTagsForResource")).items.at(0),
            (std::pair<std::string, std::string>("env", "prod")));
  EXPECT_EQ(std::get<CallerIdentity>(replies.at("GetCallerIdentity")).account.str(), "111122223333");
  const auto role = std::get<AssumedRole>(replies.at("AssumeRole"));
  EXPECT_EQ(role.secret_access_key, "a&b/+");
  EXPECT_EQ(role.expiration, parse_rfc3339("2026-11-25T15:02:07.123456Z").value());
}

TEST(Codec, ReadsTheSessionDurationsOfMoto) {
  const auto duration = [](std::string_view value) {
    return decoded(
        DescribePermissionSet{},
        fmt::format(R"({{"PermissionSet":{{"PermissionSetArn":"a","Name":"n","SessionDuration":{}}}}})", value));
  };
  EXPECT_EQ(duration("3600")->session_duration, Duration::hours(1));
  EXPECT_EQ(duration("7200.0")->session_duration, Duration::hours(2));
  EXPECT_EQ(duration("null")->session_duration, Duration::hours(1));
  EXPECT_EQ(duration("\"PT12H\"")->session_duration, Duration::hours(12));
  for (const auto* bad : {"-1", "1e300", "\"soon\"", "[]", "true"}) EXPECT_FALSE(duration(bad)) << bad;
}

TEST(Codec, ReadsTheTagsOfAPermissionSet) {
  const auto tags =
      decoded(ListTagsOfPermissionSet{}, R"({"Tags":[{"Key":"owner","Value":"Security"}],"NextToken":"n"})").value();
  EXPECT_EQ(tags.items, (std::vector<std::pair<std::string, std::string>>{{"owner", "Security"}}));
  EXPECT_EQ(tags.next, "n");
  EXPECT_TRUE(decoded(ListTagsOfPermissionSet{}, R"({"Tags":null})")->items.empty());
  EXPECT_FALSE(decoded(ListTagsOfPermissionSet{}, R"({"Tags":[{"Value":"of what?"}]})"));
}

TEST(Codec, ReadsManagersInWhateverFormTheyComeAndReadsTheUserWhereItUnderstandsNone) {
  const auto manager = [](std::string_view extensions) {
    const auto users =
        decoded(ListUsers{}, fmt::format(R"({{"Users":[{{"UserId":"u-1","Extensions":{}}}]}})", extensions));
    return users ? users->items.at(0).manager : users.error().message;
  };
  const auto enterprise = [&](std::string_view document) {
    return manager(fmt::format(R"({{"aws:identitystore:enterprise":{}}})", document));
  };
  EXPECT_EQ(enterprise(R"({"manager":{"value":"u-2","displayName":"Bo"}})"), "u-2");
  EXPECT_EQ(enterprise(R"({"manager":"bo"})"), "bo");
  for (const auto* nobody :
       {"null", "7", "[]", "{}", R"({"manager":null})", R"({"manager":7})", R"({"manager":[{"value":"u-2"}]})",
        R"({"manager":{}})", R"({"manager":{"value":7}})", R"({"manager":{"value":{"value":"u-2"}}})"}) {
    EXPECT_EQ(enterprise(nobody), "") << nobody;
  }
  for (const auto* nobody : {"null", "[]", "\"x\"", R"({"other:extension":{"manager":"bo"}})"}) {
    EXPECT_EQ(manager(nobody), "") << nobody;
  }
  EXPECT_EQ(enterprise(R"({"manager":{"displayName":"bo"}})"), "")
      << "what is there to be displayed may be the name of somebody else";
}

TEST(Codec, RefusesRepliesThatLackWhatIsNeeded) {
  const auto lacking = [](const auto& call, std::string body) {
    const auto reply = decoded(call, std::move(body));
    return reply ? std::string("a value") : reply.error().code + ": " + reply.error().message;
  };
  EXPECT_EQ(lacking(CreateAccountAssignment{}, "{}"),
            "IncompleteReply: AccountAssignmentCreationStatus is not an object");
  EXPECT_EQ(lacking(CreateAccountAssignment{}, R"({"AccountAssignmentCreationStatus":{"Status":"IN_PROGRESS"}})"),
            "IncompleteReply: RequestId is missing");
  EXPECT_EQ(lacking(DescribeDeletion{}, R"({"AccountAssignmentDeletionStatus":{"Status":"PENDING","RequestId":"r"}})"),
            "IncompleteReply: Status has an unknown value");
  EXPECT_EQ(lacking(ListAccountAssignments{}, "{}"), "IncompleteReply: AccountAssignments is not a list")
      << "an empty answer must not prove that access is gone";
  EXPECT_EQ(lacking(ListDeletionStatus{}, "{}"), "IncompleteReply: AccountAssignmentsDeletionStatus is not a list");
  EXPECT_EQ(
      lacking(ListCreationStatus{},
              R"({"AccountAssignmentsCreationStatus":[{"Status":"FAILED","RequestId":"r","CreatedDate":1e300}]})"),
      "IncompleteReply: CreatedDate is not a time");
  EXPECT_EQ(lacking(ProvisionPermissionSet{}, R"({"PermissionSetProvisioningStatus":{"Status":"IN_PROGRESS"}})"),
            "IncompleteReply: RequestId is missing");
  EXPECT_EQ(lacking(DescribePolicy{}, R"({"Policy":{"PolicySummary":{"Id":"p"}}})"),
            "IncompleteReply: Content is missing")
      << "an empty policy must not be taken for the one that is to be changed";
  EXPECT_EQ(lacking(ListTargetsForPolicy{}, "{}"), "IncompleteReply: Targets is not a list")
      << "an empty answer must not pass for a policy that is attached nowhere";
  EXPECT_EQ(lacking(GetSchedule{}, R"j({"Name":"n","ScheduleExpression":"at(x)"})j"),
            "IncompleteReply: Target is not an object");
  EXPECT_EQ(lacking(ListUsers{}, R"({"Users":null})"), "IncompleteReply: Users is not a list");
  EXPECT_EQ(lacking(ListAccountAssignments{}, R"({"AccountAssignments":[{"AccountId":"1"}]})"),
            "IncompleteReply: PermissionSetArn is missing");
  EXPECT_EQ(lacking(ListAccountAssignments{}, R"({"AccountAssignments":["x"]})"),
            "IncompleteReply: AccountAssignments holds something else than objects");
  EXPECT_EQ(lacking(ListPermissionSets{}, R"({"PermissionSets":[7]})"),
            "IncompleteReply: PermissionSets holds something else than strings");
  EXPECT_EQ(lacking(ListUsers{}, R"({"Users":[],"NextToken":7})"), "IncompleteReply: NextToken is not a string");
  EXPECT_EQ(lacking(ListUsers{}, R"({"Users":[],"NextToken":")" + std::string(70'000, 'x') + "\"}"),
            "IncompleteReply: NextToken is too long");
  EXPECT_EQ(lacking(GetCallerIdentity{}, "<GetCallerIdentityResponse/>"),
            "IncompleteReply: the reply has no GetCallerIdentityResult");
}

// Golden: what boto3 puts on the wire for the same calls (tests/test_interop_sandbox.py keeps the file true).
TEST(Codec, AsksAsBoto3Does) {
  const InstanceArn instance("arn:aws:sso:::instance/ssoins-1234567890abcdef");
  const PermissionSetArn set("arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef");
  const AccountId account("111122223333");
  const OperationId operation("12345678-1234-4123-8123-123456789012");
  const std::string deny = R"({"Version":"2012-10-17","Statement":[]})";
  const Schedule schedule{"access-guard_1.a",
                          "access-guard",
                          kEnd,
                          "arn:aws:iam::111122223333:role/AccessGuardScheduler",
                          instance,
                          {account, set, PrincipalType::kUser, "9067678c09-12345678-1234-4123-8123-123456789012"}};
  const std::vector<Call> calls = {
      ListCreationStatus{instance, ""},
      ListDeletionStatus{instance, "t"},
      GetInlinePolicyForPermissionSet{instance, set},
      PutInlinePolicyToPermissionSet{instance, set, deny},
      DeleteInlinePolicyFromPermissionSet{instance, set},
      ProvisionPermissionSet{instance, set, account},
      DescribeProvisioning{instance, operation},
      DescribePolicy{"p-12345678"},
      UpdatePolicy{"p-12345678", deny},
      CreateSchedule{schedule, "token-1"},
      UpdateSchedule{schedule, "token-1"},
      DeleteSchedule{schedule.name, schedule.group, "token-1"},
      GetSchedule{schedule.name, schedule.group},
      ListTagsOfPermissionSet{instance, set, "t"},
      ListUsers{IdentityStoreId("d-1234567890"), "", {std::string(kEnterpriseExtension)}},
      ListManagedPoliciesInPermissionSet{instance, set, "t"},
      ListCustomerManagedPolicyReferencesInPermissionSet{instance, set, ""},
      GetPermissionsBoundaryForPermissionSet{instance, set},
      GetManagedPolicy{"arn:aws:iam::aws:policy/job-function/Billing"},
      GetManagedPolicyVersion{"arn:aws:iam::aws:policy/job-function/Billing", "v3"},
      LookupEvents{parse_rfc3339("2026-11-25T14:02:07Z").value(), "t"},
      ListTargetsForPolicy{"p-12345678", "t"},
  };
  std::ifstream file(AG_SOURCE_DIR "/src/aws/golden_boto3_requests.json");
  const auto golden = parse_json(std::string(std::istreambuf_iterator<char>(file), {})).value().as_array();
  ASSERT_EQ(golden.size(), calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto& theirs = golden[i].as_object();
    const HttpRequest ours = encoded(calls[i]);
    EXPECT_EQ(operation_of(calls[i]), std::string_view(theirs.at("operation").as_string()));
    EXPECT_EQ(ours.headers.find("host"), std::string_view(theirs.at("host").as_string()));
    EXPECT_EQ(ours.headers.find("x-amz-target").value_or(""), std::string_view(theirs.at("target").as_string()));
    EXPECT_EQ(ours.method, std::string_view(theirs.at("method").as_string()));
    std::string target(std::string_view(theirs.at("path").as_string()));
    for (const auto& parameter : theirs.at("query").as_object()) {
      target += target.find('?') == std::string::npos ? '?' : '&';
      target +=
          fmt::format("{}={}", std::string_view(parameter.key()), std::string_view(parameter.value().as_string()));
    }
    EXPECT_EQ(in_order(ours.target), in_order(target));
    const json::value body = ours.body.empty()            ? json::value(nullptr)
                             : ours.body.starts_with('{') ? parse_json(ours.body).value()
                                                          : json::value(fields_of(ours.body));
    EXPECT_EQ(body, theirs.at("body")) << operation_of(calls[i]) << ": " << ours.body;
  }
}

TEST(Codec, KeepsAnySchedulesNameInItsPlace) {
  const auto target = [](std::string name, std::string group) {
    return encode(GetSchedule{std::move(name), std::move(group)},
                  endpoint_of(Service::kScheduler, "eu-west-1",
                              [](const std::string& variable) {
                                return variable == "AWS_ENDPOINT_URL_SCHEDULER"
                                           ? std::optional<std::string>("http://h:1/base")
                                           : std::nullopt;
                              })
                      .value())
        .target;
  };
  EXPECT_EQ(target("a", ""), "/base/schedules/a");
  EXPECT_EQ(target("a/b?c", "x&y=z"), "/base/schedules/a%2Fb%3Fc?groupName=x%26y%3Dz");
}

TEST(Codec, ReadsTheMomentOfAOneTimeScheduleInUtcOnly) {
  const auto at = [](std::string_view expression, std::string_view zone) {
    return decoded(GetSchedule{},
                   fmt::format(R"({{"Name":"n","ScheduleExpression":"{}","ScheduleExpressionTimezone":"{}",)"
                               R"("Target":{{"Arn":"a","RoleArn":"r"}}}})",
                               expression, zone))
        .value()
        .at;
  };
  EXPECT_EQ(at("at(2026-11-25T14:02:08)", "UTC"), parse_rfc3339("2026-11-25T14:02:08Z").value());
  EXPECT_EQ(at("at(2026-11-25T14:02:08)", "Europe/Berlin"), std::nullopt);
  for (const auto* other : {"rate(1 hour)", "at(soon)", "at(", "at()", "cron(0 0 * * ? *)"}) {
    EXPECT_EQ(at(other, ""), std::nullopt) << other;
  }
}

TEST(Codec, TakesAnEmptyBodyForADeletedScheduleAndNothingElse) {
  EXPECT_TRUE(decoded(DeleteSchedule{}, ""));
  EXPECT_FALSE(decoded(GetSchedule{}, ""));
  EXPECT_FALSE(decoded(DeleteInlinePolicyFromPermissionSet{}, ""));
}

TEST(Codec, AcceptsEmptyPages) {
  EXPECT_TRUE(decoded(ListAccountsForParent{}, "{}")->items.empty());
  EXPECT_EQ(decoded(ListAccountsForParent{}, R"({"Accounts":[],"NextToken":"n"})")->next, "n");
  EXPECT_TRUE(decoded(ListTagsForResource{}, R"({"Tags":null})")->items.empty());
}

TEST(Codec, DoesNotTakeForeignPagesForReplies) {
  for (const auto* page :
       {"", "<html>sign in to the wifi</html>", "<ListAllMyBucketsResult/>", "[]", "null", "\"ok\"", "{\"Users\":"}) {
    const auto reply = decoded(ListUsers{}, page);
    ASSERT_FALSE(reply) << page;
    EXPECT_EQ(reply.error().code, "UnreadableReply");
    EXPECT_EQ(reply.error().kind, ErrorClass::kRetryable);
  }
  EXPECT_EQ(decoded(ListUsers{}, R"({"__type":"x#AccessDeniedException"})").error().kind, ErrorClass::kDenied);
  EXPECT_EQ(decoded(ListUsers{}, std::string(kMaxReplyBytes + 1, ' ')).error().code, "OversizedReply");
  EXPECT_EQ(decoded(GetCallerIdentity{}, "{}").error().code, "UnreadableReply");
}

TEST(Codec, PassesOnTheErrorsOfAws) {
  const auto error = decoded(ListUsers{}, R"({"__type":"ResourceNotFoundException","Message":""})", 400).error();
  EXPECT_EQ(error.kind, ErrorClass::kAbsent);
  EXPECT_EQ(decoded(GetCallerIdentity{}, "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>", 403)
                .error()
                .code,
            "ExpiredToken");
}

// Every truncation, and many mutations: an error or a value, never a crash. (Run under the sanitizers.)
TEST(Codec, SurvivesTruncatedAndMutatedReplies) {
  std::uint64_t state = 20261125;
  const auto next = [&](std::size_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state >> 33) % below;
  };
  std::size_t values = 0;
  std::size_t errors = 0;
  const auto feed = [&](const Call& call, const std::string& body) {
    for (const int status : {200, 400, 500}) {
      const auto reply = decode(call, HttpResponse{status, {}, body});
      EXPECT_TRUE(reply || reply.error().message.size() <= 512U);
      ++(reply ? values : errors);
    }
  };
  const auto all = examples();
  for (const auto& one : all) {
    const std::size_t shortest = std::holds_alternative<DeleteSchedule>(one.call) ? 1 : 0;  // it may be empty
    for (std::size_t length = shortest; length < one.reply.size(); ++length) {
      const auto cut = decode(one.call, HttpResponse{200, {}, one.reply.substr(0, length)});
      EXPECT_FALSE(cut) << operation_of(one.call) << " took " << one.reply.substr(0, length);
      feed(one.call, one.reply.substr(0, length));
    }
    for (int round = 0; round < 500; ++round) {
      std::string body = one.reply;
      for (std::size_t edits = 1 + next(3); edits > 0; --edits) {
        const std::size_t at = next(body.size());
        const std::string_view pieces[] = {"null", "{}",  "[]",   "\"\"", "-1e999", "<",
                                           ">",    "&x;", "\xff", "{",    "}",      ","};
        if (next(2) == 0) body[at] = static_cast<char>(next(256));
        else body.replace(at, next(body.size() - at + 1), pieces[next(std::size(pieces))]);
        if (body.empty()) body = "x";
      }
      feed(one.call, body);
    }
    for (const auto& other : all) feed(other.call, one.reply);  // the answer to another question
  }
  EXPECT_GT(values, 100U);
  EXPECT_GT(errors, 10'000U);
}

}  // namespace
}  // namespace ag::aws
