#include "aws/codec.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/codec.hpp"
#include "base/json.hpp"

namespace ag::aws {
namespace {

const InstanceArn kInstance("arn:aws:sso:::instance/ssoins-1");
const PermissionSetArn kSet("arn:aws:sso:::permissionSet/ssoins-1/ps-1");
const Assignment kAssignment{AccountId("111122223333"), kSet, PrincipalType::kUser, "u-1"};

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
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/");
    EXPECT_EQ(request.body, one.request) << operation_of(one.call);
  }
  const auto json = encoded(DescribeCreation{});
  EXPECT_EQ(json.headers.find("host"), "sso.eu-west-1.amazonaws.com");
  EXPECT_EQ(json.headers.find("content-type"), "application/x-amz-json-1.1");
  EXPECT_EQ(json.headers.find("x-amz-target"), "SWBExternalService.DescribeAccountAssignmentCreationStatus");
  EXPECT_EQ(encoded(ListUsers{}).headers.find("x-amz-target"), "AWSIdentityStore.ListUsers");
  EXPECT_EQ(encoded(ListRoots{}).headers.find("x-amz-target"), "AWSOrganizationsV20161128.ListRoots");
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
  EXPECT_EQ(std::get<Assignments>(replies.at("ListAccountAssignments")).items.at(0),
            (Assignment{AccountId("111122223333"), PermissionSetArn("arn:1"), PrincipalType::kGroup, "g-1"}));
  const auto user = std::get<Users>(replies.at("ListUsers")).items.at(0);
  EXPECT_EQ(user.email, "a@x");
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
    for (std::size_t length = 0; length < one.reply.size(); ++length) {
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
