#include "aws/credentials.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "aws/fake_transport.hpp"
#include "aws/metadata.hpp"

namespace ag::aws {
namespace {

const Instant kNow = parse_rfc3339("2026-11-25T12:00:00Z").value();

// A folder and an environment for one test.
class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    folder =
        std::filesystem::temp_directory_path() / (std::string("ag_credentials_") + std::to_string(::getpid()) + "_" +
                                                  testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder / ".aws");
    variables["HOME"] = folder.string();
  }
  ~CredentialsTest() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
  Environment environment() {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto it = variables.find(name);
      return it == variables.end() ? std::nullopt : std::optional(it->second);
    };
  }
  std::shared_ptr<CredentialSource> chain(std::optional<std::string> profile = std::nullopt) {
    return make_credential_chain(
        {environment(), std::move(profile),
         endpoint_of(Service::kSts, "eu-west-1", [](const auto&) { return std::nullopt; }).value(), transport});
  }

  std::filesystem::path folder;
  std::map<std::string, std::string> variables;
  std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>();
};

AwsResult<Credentials> get(CredentialSource& source, Instant now = kNow, const std::string& refused = "") {
  AwsResult<Credentials> got = std::unexpected(AwsError{.code = "not called"});
  source.get(now, refused, [&](AwsResult<Credentials> result) { got = std::move(result); });
  return got;
}
std::string key(const AwsResult<Credentials>& result) {
  return result ? result->access_key_id : result.error().message;
}

std::string role_reply(std::string_view key_id, std::string_view expiration, std::string_view action = "AssumeRole") {
  return fmt::format(
      "<{2}Response><{2}Result><Credentials><AccessKeyId>{0}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
      "<SessionToken>t</SessionToken><Expiration>{1}</Expiration></Credentials></{2}Result></{2}Response>",
      key_id, expiration, action);
}
std::string metadata_reply(std::string_view key_id) {
  return fmt::format(
      R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"s","Token":"t","Expiration":"2026-11-25T18:00:00Z"}})",
      key_id);
}

TEST_F(CredentialsTest, ComeFromTheEnvironmentFirst) {
  write(".aws/credentials", "[default]\naws_access_key_id = FILE\naws_secret_access_key = f\n");
  variables["AWS_ACCESS_KEY_ID"] = "ENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "e";
  variables["AWS_SESSION_TOKEN"] = "t";
  const auto source = chain();
  EXPECT_EQ(get(*source)->session_token, "t");
  EXPECT_EQ(key(get(*source)), "ENV");
  EXPECT_EQ(key(get(*chain("default"))), "FILE") << "a profile asked for by name comes before the environment";
}

TEST_F(CredentialsTest, NeedBothKeysOfTheEnvironment) {
  variables["AWS_ACCESS_KEY_ID"] = "ENV";
  const auto result = get(*chain());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "InvalidCredentials");
  EXPECT_EQ(result.error().message, "AWS credentials: AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY");
}

TEST_F(CredentialsTest, SayWhereWasLooked) {
  variables["AWS_PROFILE"] = "x";
  const auto result = get(*chain());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorClass::kCredentials);
  EXPECT_EQ(result.error().code, "NoCredentials");
  const std::string home = folder.string();
  EXPECT_EQ(result.error().message, "no AWS credentials: AWS_ACCESS_KEY_ID is not set; profile \"x\" is not in " +
                                        home + "/.aws/credentials or " + home + "/.aws/config");
  EXPECT_TRUE(transport->asked.empty()) << "a profile that was named is not replaced by the machine's role";
}

TEST_F(CredentialsTest, AreLookedForAgainUntilFound) {
  variables["AWS_PROFILE"] = "x";
  const auto source = chain();
  EXPECT_FALSE(get(*source));
  write(".aws/credentials", "[x]\naws_access_key_id = LATER\naws_secret_access_key = f\n");
  EXPECT_EQ(key(get(*source)), "LATER");
}

TEST_F(CredentialsTest, NeverShowSecretsOfABrokenFile) {
  write(".aws/credentials", "[default]\naws_secret_access_key: hunter2\n");
  const auto result = get(*chain());
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("line 2"), std::string::npos);
  EXPECT_EQ(result.error().message.find("hunter2"), std::string::npos);
}

TEST_F(CredentialsTest, OfAFileAreReadAgainWhenRefused) {
  write(".aws/credentials", "[default]\naws_access_key_id = OLD\naws_secret_access_key = f\n");
  const auto source = chain();
  EXPECT_EQ(key(get(*source)), "OLD");
  write(".aws/credentials", "[default]\naws_access_key_id = NEW\naws_secret_access_key = f\n");
  EXPECT_EQ(key(get(*source)), "OLD");
  EXPECT_EQ(key(get(*source, kNow, "OLD")), "NEW");
  EXPECT_EQ(key(get(*source, kNow, "NEW")), "NEW") << "there are no others";
}

TEST_F(CredentialsTest, OfARoleAreAssumedHopByHop) {
  write(".aws/credentials", "[base]\naws_access_key_id = BASE\naws_secret_access_key = f\n");
  write(".aws/config",
        "[profile app]\nrole_arn = arn:aws:iam::1:role/App\nsource_profile = hub\nexternal_id = x\n"
        "[profile hub]\nrole_arn = arn:aws:iam::2:role/Hub\nsource_profile = base\n");
  variables["AWS_PROFILE"] = "app";
  transport->will_answer(200, role_reply("HUB", "2026-11-25T13:00:00Z"));
  transport->will_answer(200, role_reply("APP", "2026-11-25T13:00:00Z"));
  const auto source = chain();
  const auto result = get(*source);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->access_key_id, "APP");
  EXPECT_EQ(result->expiration, kNow + Duration::hours(1));
  ASSERT_EQ(transport->asked.size(), 2U);
  EXPECT_EQ(transport->asked[0].origin, "https://sts.eu-west-1.amazonaws.com");
  EXPECT_NE(transport->asked[0].request.body.find("role%2FHub"), std::string::npos);
  EXPECT_NE(transport->asked[0].request.headers.find("authorization")->find("Credential=BASE/"),
            std::string_view::npos);
  EXPECT_NE(transport->asked[1].request.body.find("role%2FApp"), std::string::npos);
  EXPECT_NE(transport->asked[1].request.headers.find("authorization")->find("Credential=HUB/"), std::string_view::npos);
  EXPECT_EQ(key(get(*source)), "APP");
  EXPECT_EQ(transport->asked.size(), 2U) << "kept";
}

TEST_F(CredentialsTest, NameTheRoleThatCannotBeAssumed) {
  write(".aws/credentials",
        "[default]\naws_access_key_id = B\naws_secret_access_key = f\nrole_arn = arn:aws:iam::1:role/R\nsource_profile "
        "= default\n");
  transport->will_answer(
      403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>");
  const auto result = get(*chain());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorClass::kDenied);
  EXPECT_EQ(result.error().message, "assuming arn:aws:iam::1:role/R: no");
}

TEST_F(CredentialsTest, OfTheBaseAreRenewedWhenAssumingFindsThemExpired) {
  int fetched = 0;
  const auto base = make_refreshing_credentials([&](Instant, const std::string&, const CredentialSource::Done& done) {
    done(Credentials{fmt::format("BASE{}", ++fetched), "s", "t", std::nullopt});
  });
  transport->will_answer(403, "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>");
  transport->will_answer(200, role_reply("ROLE", "2026-11-25T13:00:00Z"));
  const auto source = make_assumed_role(base, {.role_arn = "arn:r", .session_name = "s"}, {.host = "sts"}, transport);
  EXPECT_EQ(key(get(*source)), "ROLE");
  EXPECT_NE(transport->asked[1].request.headers.find("authorization")->find("Credential=BASE2/"),
            std::string_view::npos);
}

TEST_F(CredentialsTest, OfAWebIdentityAreAskedForUnsigned) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "ey.J+x\n");
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/Pod";
  transport->will_answer(200, role_reply("POD", "2026-11-25T13:00:00Z", "AssumeRoleWithWebIdentity"));
  EXPECT_EQ(key(get(*chain())), "POD");
  const auto& request = transport->asked.at(0).request;
  EXPECT_EQ(request.body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2FPod"
            "&RoleSessionName=accessguard&WebIdentityToken=ey.J%2Bx");
  EXPECT_FALSE(request.headers.find("authorization"));
  transport->will_answer(400, "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>");
  EXPECT_EQ(get(*chain()).error().kind, ErrorClass::kRetryable);
}

TEST_F(CredentialsTest, OfAContainerComeWithItsToken) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write("token", "pod-token");
  transport->will_answer(200, metadata_reply("EKS"));
  EXPECT_EQ(key(get(*chain())), "EKS");
  EXPECT_EQ(transport->asked.at(0).origin + transport->asked.at(0).request.target,
            "http://169.254.170.23/v1/credentials");
  EXPECT_EQ(transport->asked.at(0).request.headers.find("authorization"), "pod-token");
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1";
  transport->will_answer(200, metadata_reply("ECS"));
  EXPECT_EQ(key(get(*chain())), "ECS");
  EXPECT_EQ(transport->asked.at(1).origin + transport->asked.at(1).request.target,
            "http://169.254.170.2/v2/credentials/1");
}

TEST_F(CredentialsTest, OfAContainerAreNotAskedForElsewhere) {
  for (const auto* uri : {"http://evil.example/", "http://localhost.evil.example/", "http://127.0.0.1@evil.example/",
                          "ftp://localhost/", "http://[::1].evil/", "http://[::1", "evil"}) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    const auto result = get(*chain());
    ASSERT_FALSE(result) << uri;
    EXPECT_EQ(result.error().code, "InvalidCredentials") << uri;
  }
  for (const auto* uri :
       {"https://creds.example/x", "http://[::1]:80/x", "http://[fd00:ec2::23]/x", "http://localhost:8080/x"}) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    transport->will_answer(200, metadata_reply("LOCAL"));
    EXPECT_EQ(key(get(*chain())), "LOCAL") << uri;
  }
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "a\r\nb";
  EXPECT_EQ(get(*chain()).error().code, "InvalidCredentials");
}

TEST_F(CredentialsTest, OfAnInstanceComeByThreeSteps) {
  transport->will_answer(200, "imds-token");
  transport->will_answer(200, "jit-role\n");
  transport->will_answer(200, metadata_reply("EC2"));
  EXPECT_EQ(key(get(*chain())), "EC2");
  ASSERT_EQ(transport->asked.size(), 3U);
  EXPECT_EQ(transport->asked[0].request.method, "PUT");
  EXPECT_EQ(transport->asked[0].origin, "http://169.254.169.254");
  EXPECT_EQ(transport->asked[1].request.headers.find("x-aws-ec2-metadata-token"), "imds-token");
  EXPECT_EQ(transport->asked[2].request.target, "/latest/meta-data/iam/security-credentials/jit-role");
}

TEST_F(CredentialsTest, OfAnInstanceAreTheLastResort) {
  transport->will_answer(
      std::unexpected(AwsError{.kind = ErrorClass::kRetryable, .code = "Timeout", .message = "no route"}));
  const auto result = get(*chain());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "NoCredentials");
  EXPECT_TRUE(result.error().message.ends_with("; instance metadata: no route")) << result.error().message;
  EXPECT_TRUE(
      result.error().message.starts_with("no AWS credentials: AWS_ACCESS_KEY_ID is not set; profile \"default\""));
  variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_TRUE(get(*chain()).error().message.ends_with("AWS_EC2_METADATA_DISABLED is set"));
  EXPECT_EQ(transport->asked.size(), 1U);
}

TEST(Metadata, ReadsCredentialsOrSaysWhyNot) {
  EXPECT_EQ(credentials_from_json(metadata_reply("A"))->expiration, kNow + Duration::hours(6));
  EXPECT_EQ(credentials_from_json(R"({"Code":"AssumeRoleUnauthorizedAccess"})").error().code, "InvalidCredentials");
  for (const auto* body : {"", "[]", "<html>", "{}", R"({"AccessKeyId":"A","SecretAccessKey":"s"})",
                           R"({"AccessKeyId":"A","Expiration":"2026-11-25T18:00:00Z"})", R"({"AccessKeyId":7})"}) {
    EXPECT_EQ(credentials_from_json(body).error().code, "UnreadableReply") << body;
  }
}

// A source whose fetches the test answers by hand.
struct Refreshing {
  std::vector<CredentialSource::Done> fetches;
  std::shared_ptr<CredentialSource> source = make_refreshing_credentials(
      [this](Instant, const std::string&, CredentialSource::Done done) { fetches.push_back(std::move(done)); });
  std::vector<std::string> got;

  void ask(Instant now, const std::string& refused = "") {
    source->get(now, refused,
                [this](const auto& result) { got.push_back(result ? result->access_key_id : result.error().code); });
  }
  void bring(const std::string& key_id, Instant expiration) {
    const auto done = std::move(fetches.back());
    done(Credentials{key_id, "s", "t", expiration});
  }
  void fail() {
    const auto done = std::move(fetches.back());
    done(std::unexpected(AwsError{.kind = ErrorClass::kRetryable, .code = "Timeout"}));
  }
};

TEST(RefreshingCredentials, FetchOnceForAllWhoWait) {
  Refreshing test;
  test.ask(kNow);
  test.ask(kNow);
  EXPECT_TRUE(test.got.empty());
  EXPECT_EQ(test.fetches.size(), 1U);
  test.bring("A", kNow + Duration::hours(1));
  test.ask(kNow);
  EXPECT_EQ(test.got, (std::vector<std::string>{"A", "A", "A"}));
  EXPECT_EQ(test.fetches.size(), 1U);
}

TEST(RefreshingCredentials, AreRenewedBesidesFromFifteenMinutesBefore) {
  Refreshing test;
  test.ask(kNow);
  test.bring("A", kNow + Duration::hours(1));
  test.ask(kNow + Duration::minutes(44));
  EXPECT_EQ(test.fetches.size(), 1U);
  test.ask(kNow + Duration::minutes(46));
  test.ask(kNow + Duration::minutes(47));
  EXPECT_EQ(test.fetches.size(), 2U);
  EXPECT_EQ(test.got, (std::vector<std::string>{"A", "A", "A", "A"})) << "nobody waits for it";
  test.bring("B", kNow + Duration::hours(2));
  test.ask(kNow + Duration::minutes(48));
  EXPECT_EQ(test.got.back(), "B");
}

TEST(RefreshingCredentials, AreWaitedForFromTenMinutesBefore) {
  Refreshing test;
  test.ask(kNow);
  test.bring("A", kNow + Duration::hours(1));
  test.ask(kNow + Duration::minutes(51));
  EXPECT_EQ(test.got.size(), 1U);
  test.bring("B", kNow + Duration::hours(2));
  EXPECT_EQ(test.got.back(), "B");
}

TEST(RefreshingCredentials, ServeUntilTheyExpireWhenRenewingFails) {
  Refreshing test;
  test.ask(kNow);
  test.bring("A", kNow + Duration::hours(1));
  test.ask(kNow + Duration::minutes(51));
  test.fail();
  EXPECT_EQ(test.got.back(), "A");
  test.ask(kNow + Duration::minutes(51) + Duration::seconds(14));
  EXPECT_EQ(test.fetches.size(), 2U) << "a struggling STS is left alone for a while";
  EXPECT_EQ(test.got.back(), "A");
  test.ask(kNow + Duration::minutes(61));
  EXPECT_EQ(test.fetches.size(), 3U);
  test.fail();
  EXPECT_EQ(test.got.back(), "Timeout");
  test.ask(kNow + Duration::minutes(61));
  EXPECT_EQ(test.got.back(), "Timeout");
  EXPECT_EQ(test.fetches.size(), 3U);
}

TEST(RefreshingCredentials, AreReplacedWhenRefused) {
  Refreshing test;
  test.ask(kNow);
  test.bring("A", kNow + Duration::hours(1));
  test.ask(kNow, "A");
  test.ask(kNow, "A");
  EXPECT_EQ(test.fetches.size(), 2U);
  test.bring("B", kNow + Duration::hours(1));
  test.ask(kNow, "A");
  EXPECT_EQ(test.fetches.size(), 2U) << "B is not what was refused";
  EXPECT_EQ(test.got, (std::vector<std::string>{"A", "B", "B", "B"}));
}

}  // namespace
}  // namespace ag::aws
