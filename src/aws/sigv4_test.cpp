#include "aws/sigv4.hpp"

#include <gtest/gtest.h>

#include "base/hash.hpp"

namespace ag::aws {
namespace {

constexpr std::string_view kToken = "IQoJEXAMPLETOKEN//////////wEaCXVzLWVhc3QtMQ==";

Credentials example(std::string_view token = {}) {
  return {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", std::string(token), std::nullopt};
}

Instant at(std::string_view text) { return parse_rfc3339(text).value(); }
const Instant kNoon = at("2026-01-01T12:00:00Z");

HttpRequest list_instances() {
  return {"POST",
          "/",
          {{"Host", "sso.us-east-1.amazonaws.com"},
           {"Content-Type", "application/x-amz-json-1.1"},
           {"X-Amz-Target", "SWBExternalService.ListInstances"}},
          R"({"MaxResults":10})"};
}

HttpRequest caller_identity() {
  return {
      "POST",
      "/",
      {{"Host", "sts.us-east-1.amazonaws.com"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
      "Action=GetCallerIdentity&Version=2011-06-15"};
}

std::string authorization(const HttpRequest& request) {
  return std::string(request.headers.find("authorization").value_or(""));
}
std::string signature(const HttpRequest& request) {
  const std::string text = authorization(request);
  return text.substr(text.find("Signature=") + 10);
}
std::string hash(const HttpRequest& request) { return to_hex(sha256(canonical_request(request))); }

// Vectors A to D were made with botocore and agree with curl's own signer.
TEST(Sigv4, SignsJsonAsBotocoreDoes) {
  const auto request = sign(list_instances(), example(), "sso", "us-east-1", kNoon);
  EXPECT_EQ(hash(request), "fb512d3945bd6925d49a69ca6be0a39a9aaa0b2e89c3bc04647476312b8a9f74");
  EXPECT_EQ(authorization(request),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sso/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
            "Signature=9f423387beb2b2569777e88496e80813d25cb841b52bc4fdd4c79badd63da2e9");
}

// REST: another method, a path that is encoded twice, a query that is sorted. Made with botocore too.
TEST(Sigv4, SignsPathsAndQueriesAsBotocoreDoes) {
  const HttpHeaders host{{"Host", "scheduler.us-east-1.amazonaws.com"}};
  const auto get =
      sign({"GET", "/schedules/a%20b?groupName=access-guard", host, ""}, example(), "scheduler", "us-east-1", kNoon);
  EXPECT_EQ(hash(get), "ac3b4de8f852bd1601ce68f48fdc29fc0006c222b300268b103e26f1aebeed70");
  EXPECT_EQ(signature(get), "8b2ed766399ff73f4bf0d997848833d64af916bbef988a71f7caa966d43b7001");
  HttpRequest removal{"DELETE", "/schedules/end?groupName=access-guard&clientToken=token-1", host, ""};
  removal.headers.add("Content-Type", "application/json");
  const auto remove = sign(std::move(removal), example(), "scheduler", "us-east-1", kNoon);
  EXPECT_EQ(hash(remove), "081dec78ff5c5c5231ff54ec86e92bbadd3f7d762c5440eefdc1f792563ee429");
  EXPECT_EQ(signature(remove), "3f7ab80e8a680f30e0e5904288bc57eff933fa2d1c5ae9129635c2913525c869");
}

TEST(Sigv4, SignsTheSessionToken) {
  const auto request = sign(list_instances(), example(kToken), "sso", "us-east-1", kNoon);
  EXPECT_EQ(hash(request), "d0d921917b93b7049929f20c72835a21d7a14e093d211c9a1e5364785e34645f");
  EXPECT_EQ(signature(request), "a15c899f568cc6f0c30a72673cf8cefa2010f0d12c424342f932572fa0924d6a");
  EXPECT_EQ(request.headers.find("x-amz-security-token"), kToken);
}

TEST(Sigv4, SignsQueriesAsBotocoreDoes) {
  const auto plain = sign(caller_identity(), example(), "sts", "us-east-1", kNoon);
  EXPECT_EQ(hash(plain), "bfeb63ab1364d2a157bd2b6346de148f33169a38664882c919a618e9740428ae");
  EXPECT_EQ(signature(plain), "74561a1cb8bd4a08275233fc86067376b83e158cc44d226111e2bd0faff3998b");
  const auto with_token = sign(caller_identity(), example(kToken), "sts", "us-east-1", kNoon);
  EXPECT_EQ(hash(with_token), "459c84d6a30e4e2cfb651ebfc1504998eb31146303f77d2e43a11af80fc5e001");
  EXPECT_EQ(signature(with_token), "9d210f5e0091f66a239b486ab4e6f2d8305b76c1ccb863e583305077a31bb560");
}

// `get-vanilla` and `get-vanilla-query-order-key-case` of AWS's published SigV4 test suite.
TEST(Sigv4, AgreesWithTheSuiteOfAws) {
  const Instant then = at("2015-08-30T12:36:00Z");
  const HttpRequest vanilla{"GET", "/", {{"Host", "example.amazonaws.com"}}, ""};
  EXPECT_EQ(signature(sign(vanilla, example(), "service", "us-east-1", then)),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  const HttpRequest unsorted{"GET", "/?Param2=value2&Param1=value1", {{"Host", "example.amazonaws.com"}}, ""};
  EXPECT_EQ(signature(sign(unsorted, example(), "service", "us-east-1", then)),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(Sigv4, LeavesOtherHeadersUnsigned) {
  auto request = list_instances();
  request.headers.add("User-Agent", "accessguard/1");
  request.headers.add("Accept", "*/*");
  EXPECT_EQ(signature(sign(request, example(), "sso", "us-east-1", kNoon)),
            signature(sign(list_instances(), example(), "sso", "us-east-1", kNoon)));
}

TEST(Sigv4, SortsByNameAlone) {
  auto request = list_instances();
  request.headers.add("x-amz-foo-bar", "1");
  request.headers.add("x-amz-foo", "2");
  request.headers.add("X-AMZ-FOO", "  3   4 ");
  const auto text = canonical_request(request);
  EXPECT_NE(text.find("x-amz-foo:2,3 4\nx-amz-foo-bar:1\n"), std::string::npos) << text;
}

TEST(Sigv4, WritesQueriesInCanonicalForm) {
  const HttpRequest request{"GET", "/a b?b=2&a&b=1&&c=", {{"Host", "h"}}, ""};
  EXPECT_TRUE(canonical_request(request).starts_with("GET\n/a%20b\na=&b=1&b=2&c=\nhost:h\n"));
}

TEST(Sigv4, SigningAgainReplacesTheFormerSignature) {
  const auto once = sign(list_instances(), example(kToken), "sso", "us-east-1", kNoon + Duration::hours(1));
  const auto again = sign(once, example(), "sso", "us-east-1", kNoon);
  EXPECT_EQ(signature(again), "9f423387beb2b2569777e88496e80813d25cb841b52bc4fdd4c79badd63da2e9");
  EXPECT_EQ(again.headers.size(), list_instances().headers.size() + 2);
}

}  // namespace
}  // namespace ag::aws
