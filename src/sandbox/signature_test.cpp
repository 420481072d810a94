#include "sandbox/signature.hpp"

#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "sandbox/test_client.hpp"

namespace ag::sandbox {
namespace {

using testing::Console;
using testing::json_request;
using testing::kNoon;
using testing::query_request;
using testing::read;
using testing::Reply;
using testing::sign;
using testing::Signer;

// The vectors are AWS's key of all examples, compared with botocore and with curl.
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kToken = "IQoJEXAMPLETOKEN//////////wEaCXVzLWVhc3QtMQ==";

HttpRequest vector_a() {
  return {"POST",
          "/",
          {{"Host", "sso.us-east-1.amazonaws.com"},
           {"Content-Type", "application/x-amz-json-1.1"},
           {"X-Amz-Target", "SWBExternalService.ListInstances"},
           {"X-Amz-Date", "20260101T120000Z"},
           {"Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sso/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
            "Signature=9f423387beb2b2569777e88496e80813d25cb841b52bc4fdd4c79badd63da2e9"}},
          R"({"MaxResults":10})"};
}

TEST(Signature, AgreesWithTheVectorOfAJsonCall) {
  const HttpRequest request = vector_a();
  const auto authorization = parse_authorization(request);
  ASSERT_TRUE(authorization);
  EXPECT_EQ(authorization->access_key_id, "AKIDEXAMPLE");
  EXPECT_EQ(authorization->service, "sso");
  EXPECT_EQ(to_hex(sha256(*canonical_request(request, *authorization))),
            "fb512d3945bd6925d49a69ca6be0a39a9aaa0b2e89c3bc04647476312b8a9f74");
  EXPECT_EQ(*signature_of(request, *authorization, *signing_time(request), kSecret), authorization->signature);
  EXPECT_TRUE(check_form(request, *authorization, kNoon, kNoon));
  EXPECT_TRUE(check_signature(request, *authorization, kNoon, kSecret));
}

TEST(Signature, AgreesWithTheVectorOfAQueryCallWithASessionToken) {
  HttpRequest request{"POST",
                      "/",
                      {{"Host", "sts.us-east-1.amazonaws.com"},
                       {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                       {"X-Amz-Date", "20260101T120000Z"},
                       {"X-Amz-Security-Token", std::string(kToken)}},
                      "Action=GetCallerIdentity&Version=2011-06-15"};
  const Authorization authorization{"AKIDEXAMPLE",
                                    "20260101",
                                    "us-east-1",
                                    "sts",
                                    {"content-type", "host", "x-amz-date", "x-amz-security-token"},
                                    "9d210f5e0091f66a239b486ab4e6f2d8305b76c1ccb863e583305077a31bb560"};
  EXPECT_EQ(to_hex(sha256(*canonical_request(request, authorization))),
            "459c84d6a30e4e2cfb651ebfc1504998eb31146303f77d2e43a11af80fc5e001");
  EXPECT_TRUE(check_signature(request, authorization, kNoon, kSecret));
}

TEST(Signature, AgreesWithTheVectorOfAPathAndAQuery) {
  const HttpRequest request{"GET",
                            "/schedules/a%20b?groupName=access-guard",
                            {{"Host", "scheduler.us-east-1.amazonaws.com"}, {"X-Amz-Date", "20260101T120000Z"}},
                            ""};
  const Authorization authorization{"AKIDEXAMPLE",
                                    "20260101",
                                    "us-east-1",
                                    "scheduler",
                                    {"host", "x-amz-date"},
                                    "8b2ed766399ff73f4bf0d997848833d64af916bbef988a71f7caa966d43b7001"};
  EXPECT_TRUE(check_signature(request, authorization, kNoon, kSecret));
}

TEST(Signature, RefusesAnyChangedPart) {
  const auto original = *parse_authorization(vector_a());
  HttpRequest body = vector_a();
  body.body += " ";
  EXPECT_FALSE(check_signature(body, original, kNoon, kSecret));
  HttpRequest method = vector_a();
  method.method = "GET";
  EXPECT_FALSE(check_signature(method, original, kNoon, kSecret));
  HttpRequest target = vector_a();
  target.target = "/?x=1";
  EXPECT_FALSE(check_signature(target, original, kNoon, kSecret));
  EXPECT_FALSE(check_signature(vector_a(), original, kNoon + Duration::seconds(1), kSecret));
  EXPECT_FALSE(check_signature(vector_a(), original, kNoon, "another secret"));
  Authorization shortened = original;
  shortened.signature.pop_back();
  EXPECT_FALSE(check_signature(vector_a(), shortened, kNoon, kSecret));
}

TEST(Signature, ReadsAnAuthorizationWithoutSpacesAfterCommas) {
  HttpRequest request;
  request.headers.add("Authorization",
                      "AWS4-HMAC-SHA256 Credential=K/20260101/r/s/aws4_request,SignedHeaders=host;date,Signature=ab");
  const auto authorization = parse_authorization(request);
  ASSERT_TRUE(authorization);
  EXPECT_EQ(authorization->signed_headers, (std::vector<std::string>{"host", "date"}));
}

TEST(Signature, TrimsValuesJoinsRepeatedFieldsAndSortsTheQuery) {
  const HttpRequest request{"GET", "/?b=2&a&b=1", {{"Host", "  h  "}, {"X-Many", "a   b"}, {"x-many", "c"}}, ""};
  const Authorization authorization{"K", "20260101", "r", "s", {"host", "x-many"}, ""};
  EXPECT_EQ(*canonical_request(request, authorization),
            "GET\n/\na=&b=1&b=2\nhost:h\nx-many:a b,c\n\nhost;x-many\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Signature, SaysWhatAnIncompleteAuthorizationLacks) {
  const auto fault = [](std::string header) {
    HttpRequest request;
    if (!header.empty()) request.headers.add("Authorization", std::move(header));
    const auto parsed = parse_authorization(request);
    return parsed ? std::string() : parsed.error().code + " " + parsed.error().message;
  };
  EXPECT_EQ(fault(""), "MissingAuthenticationTokenException Missing Authentication Token");
  EXPECT_NE(fault("Basic Zm9v").find("IncompleteSignatureException"), std::string::npos);
  EXPECT_NE(fault("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=ab").find("'Credential'"), std::string::npos);
  EXPECT_NE(fault("AWS4-HMAC-SHA256 Credential=K/1/r/s/aws4_request, SignedHeaders=host").find("'Signature'"),
            std::string::npos);
  EXPECT_NE(fault("AWS4-HMAC-SHA256 Credential=K/1/r/s/aws4_request, Signature=ab").find("'SignedHeaders'"),
            std::string::npos);
  EXPECT_NE(fault("AWS4-HMAC-SHA256 Credential=K/1/r, SignedHeaders=host, Signature=ab").find("exactly 5"),
            std::string::npos);
  EXPECT_NE(fault("AWS4-HMAC-SHA256 " + std::string(5000, ',')).find("too long"), std::string::npos);
}

// ---- at the front door --------------------------------------------------------------------------------

Reply list_instances(Console& console, const Signer& signer, std::string_view service, Instant signed_at) {
  HttpRequest request = json_request("SWBExternalService.ListInstances", {});
  sign(request, signer, service, signed_at);
  return read(console.sandbox.handle(request, console.now));
}

TEST(Authentication, LetsASignedRequestIn) {
  Console console;
  EXPECT_EQ(list_instances(console, console.signer, "sso", kNoon).status, 200);
}

TEST(Authentication, RefusesAWrongSecret) {
  Console console;
  Signer signer = console.signer;
  signer.secret_access_key = "wrong";
  const Reply reply = list_instances(console, signer, "sso", kNoon);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.error(), "InvalidSignatureException");
  EXPECT_NE(reply.message().find("does not match the signature you provided"), std::string::npos);
}

TEST(Authentication, RefusesAnUnknownKey) {
  Console console;
  Signer signer = console.signer;
  signer.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  const Reply reply = list_instances(console, signer, "sso", kNoon);
  EXPECT_EQ(reply.error(), "UnrecognizedClientException");
  EXPECT_EQ(reply.message(), "The security token included in the request is invalid.");
}

TEST(Authentication, RefusesASessionTokenWithAKeyThatHasNone) {
  Console console;
  Signer signer = console.signer;
  signer.session_token = "made-up";
  EXPECT_EQ(list_instances(console, signer, "sso", kNoon).error(), "UnrecognizedClientException");
}

TEST(Authentication, RefusesARequestWithoutASignature) {
  Console console;
  const Reply reply = read(console.sandbox.handle(json_request("SWBExternalService.ListInstances", {}), kNoon));
  EXPECT_EQ(reply.error(), "MissingAuthenticationTokenException");
  const Reply query = read(console.sandbox.handle(query_request("Action=GetCallerIdentity&Version=2011-06-15"), kNoon));
  EXPECT_EQ(query.status, 403);
  EXPECT_EQ(query.element("Code"), "MissingAuthenticationToken");
}

TEST(Authentication, AllowsFiveMinutesOfSkewAndNoMore) {
  Console console;
  const Duration five = Duration::minutes(5);
  const Duration more = Duration::seconds(301);
  EXPECT_EQ(list_instances(console, console.signer, "sso", kNoon - five).status, 200);
  EXPECT_EQ(list_instances(console, console.signer, "sso", kNoon + five).status, 200);
  const Reply late = list_instances(console, console.signer, "sso", kNoon - more);
  EXPECT_EQ(late.error(), "InvalidSignatureException");
  EXPECT_EQ(late.message(),
            "Signature expired: 20260101T115459Z is now earlier than 20260101T115500Z (20260101T120000Z - 5 min.)");
  EXPECT_NE(list_instances(console, console.signer, "sso", kNoon + more).message().find("Signature not yet current"),
            std::string::npos);
}

TEST(Authentication, WantsTheScopeOfTheServiceAndTheRegion) {
  Console console;
  const Reply service = list_instances(console, console.signer, "sso-admin", kNoon);
  EXPECT_EQ(service.error(), "InvalidSignatureException");
  EXPECT_NE(service.message().find("Credential should be scoped to correct service: 'sso'"), std::string::npos);
  Signer signer = console.signer;
  signer.region = "eu-west-1";
  const Reply region = list_instances(console, signer, "sso", kNoon);
  EXPECT_EQ(region.error(), "InvalidSignatureException");
  EXPECT_NE(region.message().find("Credential should be scoped to a valid region"), std::string::npos);
}

TEST(Authentication, WantsHostAndEveryAmzHeaderSigned) {
  Console console;
  HttpRequest unsigned_header = json_request("SWBExternalService.ListInstances", {});
  sign(unsigned_header, console.signer, "sso", kNoon);
  unsigned_header.headers.add("X-Amz-Meta", "slipped in");
  EXPECT_NE(read(console.sandbox.handle(unsigned_header, kNoon)).message().find("must be a 'SignedHeader'"),
            std::string::npos);
  HttpRequest without_host{"POST", "/", {{"X-Amz-Target", "SWBExternalService.ListInstances"}}, "{}"};
  sign(without_host, console.signer, "sso", kNoon);
  EXPECT_NE(read(console.sandbox.handle(without_host, kNoon)).message().find("'Host'"), std::string::npos);
}

TEST(Authentication, SpellsItsRefusalsAsTheQueryServicesDo) {
  Console console;
  console.signer.secret_access_key = "wrong";
  const Reply wrong = console.query("Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(wrong.element("Code"), "SignatureDoesNotMatch");
  console.signer.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  EXPECT_EQ(console.query("Action=GetCallerIdentity&Version=2011-06-15").element("Code"), "InvalidClientTokenId");
}

}  // namespace
}  // namespace ag::sandbox
