#include <gtest/gtest.h>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::json_request;
using testing::kNoon;
using testing::Reply;
using testing::sign;

TEST(Gateway, SendsTheHeadersThatAwsSends) {
  Console console;
  HttpRequest request = json_request("SWBExternalService.ListInstances", {});
  sign(request, console.signer, "sso", kNoon);
  const HttpResponse first = console.sandbox.handle(request, kNoon);
  EXPECT_EQ(first.headers.find("Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(first.headers.find("Date"), "Thu, 01 Jan 2026 12:00:00 GMT");
  EXPECT_EQ(first.headers.find("x-amzn-RequestId")->size(), 36U);
  const HttpResponse second = console.sandbox.handle(request, kNoon);
  EXPECT_NE(first.headers.find("x-amzn-RequestId"), second.headers.find("x-amzn-RequestId"));
}

TEST(Gateway, RefusesWhatItDoesNotKnow) {
  Console console;
  EXPECT_EQ(console.sso("DeletePermissionSet").error(), "UnknownOperationException");
  EXPECT_EQ(console.call("Nothing.ListInstances", "sso", {}).error(), "UnknownOperationException");
  EXPECT_EQ(console.call("NoDot", "sso", {}).error(), "UnknownOperationException");
}

TEST(Gateway, RefusesABodyThatIsNotAnObject) {
  Console console;
  for (const char* body : {"", "[]", "{", "nonsense"}) {
    HttpRequest request = json_request("SWBExternalService.ListInstances", {});
    request.body = body;
    sign(request, console.signer, "sso", kNoon);
    EXPECT_EQ(testing::read(console.sandbox.handle(request, kNoon)).error(), "SerializationException") << body;
  }
}

TEST(Gateway, AdmitsTwentyCallsASecondOfEachService) {
  Console console;
  (void)console.store();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(console.sso("ListPermissionSets").status, 200) << i;
  const Reply throttled = console.sso("ListPermissionSets");
  EXPECT_EQ(throttled.status, 400);
  EXPECT_EQ(throttled.body.at("__type").as_string(), "com.amazonaws.swbexternalservice#ThrottlingException");
  EXPECT_EQ(throttled.message(), "Rate exceeded");
  EXPECT_EQ(console.sso("ListInstances").error(), "ThrottlingException") << "all of sso-admin together";
  for (int i = 0; i < 20; ++i) ASSERT_EQ(console.directory("ListGroups").status, 200) << i;
  const Reply directory = console.directory("ListGroups");
  EXPECT_EQ(directory.error(), "ThrottlingException");
  EXPECT_EQ(directory.body.at("RetryAfterSeconds").as_int64(), 1);
  console.wait(Duration::milliseconds(50));
  EXPECT_EQ(console.sso("ListPermissionSets").status, 200) << "one more after a twentieth of a second";
  EXPECT_EQ(console.sso("ListPermissionSets").error(), "ThrottlingException");
  EXPECT_EQ(console.organization("DescribeOrganization").status, 200);
}

TEST(Gateway, NeverAdmitsMoreThanTheRateInAnySecondAfterTheFirst) {
  Console console;
  (void)console.store();
  int admitted = 0;
  const Instant start = console.now;
  for (int i = 0; i < 1000; ++i) {  // ten seconds, a hundred tries in each
    if (console.sso("ListPermissionSets").status == 200) ++admitted;
    console.wait(Duration::milliseconds(10));
  }
  EXPECT_EQ((console.now - start).count_seconds(), 10);
  EXPECT_GE(admitted, 200);
  EXPECT_LE(admitted, 220) << "the burst of one second and twenty a second";
}

TEST(Gateway, DoesNotCountRefusedSignaturesAgainstTheRate) {
  Console console;
  (void)console.store();
  auto stranger = console.signer;
  stranger.secret_access_key = "wrong";
  for (int i = 0; i < 50; ++i) {
    HttpRequest request = json_request("SWBExternalService.ListInstances", {});
    sign(request, stranger, "sso", console.now);
    (void)console.sandbox.handle(request, console.now);
  }
  EXPECT_EQ(console.sso("ListPermissionSets").status, 200);
}

/// Deterministic junk: SplitMix64 and values of every JSON type, some of them nearly right.
class Junk {
 public:
  explicit Junk(std::uint64_t seed) : state_(seed) {}
  std::uint64_t number() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  json::value value(int depth = 0) {
    switch (number() % (depth > 3 ? 7U : 9U)) {
      case 0: return nullptr;
      case 1: return number() % 2 == 0;
      case 2: return static_cast<std::int64_t>(number());
      case 3: return 1.5;
      case 4: return "arn:aws:sso:::permissionSet/ssoins-0/ps-";
      case 5: return json::string(number() % 3000, 'x');
      case 6: return "ä\"<&>'\n\x01";
      case 7: return json::array{value(depth + 1), value(depth + 1)};
      default: return json::object{{"UserId", value(depth + 1)}, {"AccountId", value(depth + 1)}};
    }
  }

 private:
  std::uint64_t state_;
};

TEST(Gateway, AnswersJunkWithAReadableRefusal) {
  constexpr std::string_view kMembers[] = {
      "TargetId",   "PermissionSetArn", "PrincipalId", "PrincipalType",       "Filter",
      "Filters",    "MemberId",         "GroupIds",    "AlternateIdentifier", "NextToken",
      "MaxResults", "ParentId",         "AccountId",   "ResourceId",          "UserId",
      "PolicyId",   "Content",          "TargetType",  "InlinePolicy",        "Target",
      "Filter",     "ClientToken",      "GroupName",   "ScheduleExpression",  "FlexibleTimeWindow"};
  constexpr std::string_view kSso[] = {
      "CreateAccountAssignment", "ListAccountAssignmentsForPrincipal", "ListAccountAssignmentCreationStatus",
      "ListPermissionSets",      "PutInlinePolicyToPermissionSet",     "ProvisionPermissionSet"};
  constexpr std::string_view kDirectory[] = {
      "ListUsers", "GetUserId", "IsMemberInGroups", "ListGroupMembershipsForMember", "DescribeUser", "ListGroups"};
  constexpr std::string_view kTree[] = {"ListAccounts",    "ListChildren", "ListTagsForResource",
                                        "DescribeAccount", "UpdatePolicy", "ListPoliciesForTarget"};
  constexpr std::string_view kMethods[] = {"POST", "PUT", "DELETE", "GET", "PATCH", "HEAD"};
  Console console(1, {.calls_per_second = 0});
  Junk junk(1);
  for (int i = 0; i < 3000; ++i) {
    json::object input;
    for (const auto member : kMembers) {
      if (junk.number() % 3 == 0) input[member] = junk.value();
    }
    const auto pick = junk.number() % 6;
    const Reply reply = i % 4 == 0   ? console.sso(kSso[pick], input)
                        : i % 4 == 1 ? console.directory(kDirectory[pick], input)
                        : i % 4 == 2 ? console.organization(kTree[pick], input)
                                     : console.scheduler(std::string(kMethods[pick]), "end", input);
    ASSERT_TRUE(reply.status == 200 ||
                ((reply.status == 400 || reply.status == 404) && !reply.error().empty() && !reply.message().empty()))
        << reply.text;
  }
}

TEST(Paging, HonoursMaxResultsUpToThePageSize) {
  Console console(1, {.page_size = 4});
  const auto size = [&](int asked) {
    return console.sso("ListPermissionSets", {{"MaxResults", asked}}).body.at("PermissionSets").as_array().size();
  };
  EXPECT_EQ(size(3), 3U);
  EXPECT_EQ(size(4), 4U);
  EXPECT_EQ(size(100), 4U);
  EXPECT_EQ(console.sso("ListPermissionSets", {{"MaxResults", 0}}).error(), "ValidationException");
  EXPECT_EQ(console.sso("ListPermissionSets", {{"MaxResults", 101}}).error(), "ValidationException");
  EXPECT_EQ(console.sso("ListPermissionSets", {{"MaxResults", "ten"}}).error(), "ValidationException");
}

TEST(Paging, GivesTheSameWholeWhateverThePageSize) {
  for (const int page_size : {1, 2, 3, 7, 10, 100}) {
    Console console(1, {.page_size = page_size});
    EXPECT_EQ(console.all_directory("ListUsers", "Users").size(), 40U);
    EXPECT_EQ(console.all_sso("ListPermissionSets", "PermissionSets").size(), 10U);
    EXPECT_EQ(console.all_organization("ListAccounts", "Accounts").size(), 14U);
  }
}

TEST(Paging, GivesNoTokenWithTheLastPage) {
  Console console(1, {.page_size = 10});
  EXPECT_FALSE(console.sso("ListPermissionSets").body.contains("NextToken"));
}

TEST(Paging, RefusesTokensOfAnythingElse) {
  Console console(1, {.page_size = 2});
  const Reply page = console.sso("ListPermissionSets");
  const std::string token(std::string_view(page.body.at("NextToken").as_string()));
  EXPECT_EQ(console.sso("ListPermissionSets", {{"NextToken", token}}).status, 200);
  EXPECT_EQ(console.sso("ListPermissionSets", {{"NextToken", token}, {"MaxResults", 1}}).status, 200);
  std::string altered = token;
  altered.back() = altered.back() == '0' ? '1' : '0';
  EXPECT_EQ(console.sso("ListPermissionSets", {{"NextToken", altered}}).error(), "ValidationException");
  EXPECT_EQ(console.sso("ListPermissionSets", {{"NextToken", "x"}}).error(), "ValidationException");
  EXPECT_EQ(console.sso("ListInstances", {{"NextToken", token}}).error(), "ValidationException");
  EXPECT_EQ(console.directory("ListUsers", {{"NextToken", token}}).error(), "ValidationException");
  const Slot one = console.slot("security-audit", "SecurityAudit", "chen");
  const json::object of_one{{"AccountId", one.account.str()}, {"PermissionSetArn", one.permission_set.str()}};
  json::object of_other = of_one;
  of_other["AccountId"] = console.slot("prod-web", "ReadOnly", "ana").account.str();
  of_other["NextToken"] = console.sso("ListAccountAssignments", of_one).body.at("NextToken");
  EXPECT_EQ(console.sso("ListAccountAssignments", of_other).error(), "ValidationException");
}

TEST(Paging, NeitherRepeatsNorHidesWhenThingsGoBetweenPages) {
  Console console(1, {.page_size = 1});
  const Slot chen = console.slot("security-audit", "SecurityAudit", "chen");
  json::object input{{"AccountId", chen.account.str()}, {"PermissionSetArn", chen.permission_set.str()}};
  // Users sort after groups: Auditors, Security, then chen.
  const Reply first = console.sso("ListAccountAssignments", input);
  Slot gone = chen;
  gone.principal_type = PrincipalType::kGroup;
  gone.principal_id =
      std::string_view(first.body.at("AccountAssignments").as_array().at(0).at("PrincipalId").as_string());
  console.sandbox.remove_standing(gone, console.now);
  input["NextToken"] = first.body.at("NextToken");
  const auto rest = console.all_sso("ListAccountAssignments", "AccountAssignments", input);
  EXPECT_EQ(rest.size(), 2U);
}

TEST(Gateway, AnswersTheSameToTheSameCallsOfTheSameSeed) {
  const auto transcript = [](std::uint64_t seed) {
    Console console(seed, {.page_size = 3});
    std::string all;
    const Slot slot = console.slot("prod-payments", "ProdAdmin", "ana");
    all += console.create(slot).text;
    console.wait(Duration::seconds(2));
    all += console.sso("ListAccountAssignmentCreationStatus").text;
    all += console.directory("ListUsers").text;
    all += console.organization("ListAccounts").text;
    all += console.query("Action=GetCallerIdentity&Version=2011-06-15").text;
    return all;
  };
  EXPECT_EQ(transcript(7), transcript(7));
  EXPECT_NE(transcript(7), transcript(8));
}

}  // namespace
}  // namespace ag::sandbox
