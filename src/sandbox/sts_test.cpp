#include <gtest/gtest.h>

#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::kNoon;
using testing::Reply;
using testing::Signer;

constexpr const char* kIdentity = "Action=GetCallerIdentity&Version=2011-06-15";

std::string role(const Console& console, std::string_view account, std::string_view name) {
  return fmt::format("arn%3Aaws%3Aiam%3A%3A{}%3Arole%2F{}", console.slot(account, "ReadOnly", "ana").account.str(),
                     name);
}
Reply assume(Console& console, std::string_view role_arn, std::string_view more = "") {
  return console.query(
      fmt::format("Action=AssumeRole&Version=2011-06-15&RoleArn={}&RoleSessionName=accessguard{}", role_arn, more));
}
Signer signer_of(const Reply& reply) {
  return {reply.element("AccessKeyId"), reply.element("SecretAccessKey"), reply.element("SessionToken")};
}

TEST(Sts, TellsWhoIsCalling) {
  Console console;
  const Reply reply = console.query(kIdentity);
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.element("Account"), console.slot("example-management", "ReadOnly", "ana").account.str());
  EXPECT_EQ(reply.element("Arn"), "arn:aws:iam::" + reply.element("Account") + ":user/accessguard");
  EXPECT_TRUE(reply.text.starts_with(
      "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"));
  EXPECT_EQ(reply.element("RequestId").size(), 36U);
}

TEST(Sts, GivesCredentialsThatSignUntilTheyExpire) {
  Console console;
  const Reply assumed = assume(console, role(console, "example-management", "AccessGuard"), "&DurationSeconds=900");
  ASSERT_EQ(assumed.status, 200) << assumed.text;
  EXPECT_EQ(assumed.element("Expiration"), "2026-01-01T12:15:00Z");
  console.signer = signer_of(assumed);
  EXPECT_TRUE(console.query(kIdentity).element("Arn").ends_with(":assumed-role/AccessGuard/accessguard"));
  EXPECT_EQ(console.sso("ListPermissionSets").status, 200);
  (void)console.store();
  console.now = kNoon + Duration::seconds(899);
  EXPECT_EQ(console.sso("ListPermissionSets").status, 200);
  console.now = kNoon + Duration::seconds(900);
  const Reply expired = console.sso("ListPermissionSets");
  EXPECT_EQ(expired.error(), "ExpiredTokenException");
  EXPECT_EQ(console.query(kIdentity).element("Code"), "ExpiredToken");
}

TEST(Sts, WantsTheSessionTokenWithTemporaryCredentials) {
  Console console;
  console.signer = signer_of(assume(console, role(console, "example-management", "AccessGuard")));
  console.signer.session_token = "";
  EXPECT_EQ(console.query(kIdentity).element("Code"), "InvalidClientTokenId");
}

TEST(Sts, DeniesARoleThatIsNotThereOrThatWantsAnotherExternalId) {
  Console console;
  const Reply unknown = assume(console, role(console, "prod-web", "Nobody"));
  EXPECT_EQ(unknown.status, 403);
  EXPECT_EQ(unknown.element("Code"), "AccessDenied");
  EXPECT_NE(unknown.element("Message").find("is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::"),
            std::string::npos);
  EXPECT_EQ(assume(console, role(console, "legacy-shop", "AccessGuard")).element("Code"), "AccessDenied");
  const std::string partner = role(console, "prod-web", "AccessGuardPartner");
  EXPECT_EQ(assume(console, partner).element("Code"), "AccessDenied");
  EXPECT_EQ(assume(console, partner, "&ExternalId=wrong").element("Code"), "AccessDenied");
  EXPECT_EQ(assume(console, partner, "&ExternalId=accessguard-sandbox").status, 200);
}

TEST(Sts, LimitsTheLengthOfSessions) {
  Console console;
  const std::string twelve_hours = role(console, "prod-web", "AccessGuard");
  EXPECT_EQ(assume(console, twelve_hours, "&DurationSeconds=43200").status, 200);
  EXPECT_EQ(assume(console, twelve_hours, "&DurationSeconds=43201").element("Code"), "ValidationError");
  EXPECT_EQ(assume(console, twelve_hours, "&DurationSeconds=899").element("Code"), "ValidationError");
  EXPECT_NE(assume(console, role(console, "prod-web", "OrganizationAccountAccessRole"), "&DurationSeconds=7200")
                .element("Message")
                .find("MaxSessionDuration"),
            std::string::npos);
  console.signer = signer_of(assume(console, role(console, "example-management", "AccessGuard")));
  EXPECT_EQ(assume(console, twelve_hours, "&DurationSeconds=3600").status, 200);
  EXPECT_NE(assume(console, twelve_hours, "&DurationSeconds=3601").element("Message").find("role chaining"),
            std::string::npos);
}

TEST(Sts, NamesTheMemberThatIsWrong) {
  Console console;
  const Reply reply = console.query("Action=AssumeRole&Version=2011-06-15&RoleSessionName=a%20b");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.element("Code"), "ValidationError");
  EXPECT_NE(reply.element("Message").find("'roleArn'"), std::string::npos);
  EXPECT_NE(reply.element("Message").find("'roleSessionName'"), std::string::npos);
}

TEST(Sts, EscapesWhatItRepeats) {
  Console console;
  const Reply reply = assume(console, role(console, "prod-web", "%3Ca%20b%3D%22%26%22%3E"));
  EXPECT_TRUE(reply.element("Message").ends_with(":role/&lt;a b=&quot;&amp;&quot;&gt;")) << reply.text;
}

TEST(Sts, KeepsMembersOutOfIdentityCenter) {
  Console console;
  (void)console.store();
  console.signer = signer_of(assume(console, role(console, "prod-web", "AccessGuard")));
  EXPECT_EQ(console.query(kIdentity).element("Account"), console.slot("prod-web", "ReadOnly", "ana").account.str());
  EXPECT_EQ(console.sso("ListPermissionSets").body.at("__type").as_string(),
            "com.amazonaws.swbexternalservice#AccessDeniedException");
  EXPECT_EQ(console.directory("ListUsers").error(), "AccessDeniedException");
  EXPECT_EQ(console.organization("ListAccounts").error(), "AccessDeniedException");
  EXPECT_EQ(console.organization("DescribeOrganization").status, 200);
}

TEST(Sts, KnowsNoOtherOperation) {
  Console console;
  EXPECT_EQ(console.query("Action=GetSessionToken&Version=2011-06-15").element("Code"), "InvalidAction");
  EXPECT_EQ(console.query("Version=2011-06-15").element("Code"), "InvalidAction");
  EXPECT_EQ(console.query("Action=GetCallerIdentity&X=%zz").element("Code"), "MalformedQueryString");
}

TEST(Iam, ServesThePoliciesThatWerePublished) {
  Console console;
  constexpr const char* kGet =
      "Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Fjob-function%2FMadeUp";
  EXPECT_EQ(console.query(kGet, "iam").element("Code"), "NoSuchEntity");
  console.sandbox.publish({"arn:aws:iam::aws:policy/job-function/MadeUp", "v28", R"({"Statement": []})"});
  const Reply policy = console.query(kGet, "iam");
  ASSERT_EQ(policy.status, 200) << policy.text;
  EXPECT_EQ(policy.element("PolicyName"), "MadeUp");
  EXPECT_EQ(policy.element("Path"), "/job-function/");
  EXPECT_EQ(policy.element("DefaultVersionId"), "v28");
  const Reply version = console.query(
      "Action=GetPolicyVersion&Version=2010-05-08&VersionId=v28&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Fjob-"
      "function%2FMadeUp",
      "iam");
  EXPECT_EQ(version.element("Document"), "%7B%22Statement%22%3A%20%5B%5D%7D");
}

}  // namespace
}  // namespace ag::sandbox
