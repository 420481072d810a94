#include "cli/client.hpp"

#include <gtest/gtest.h>

#include "cli/tiny_server.hpp"

namespace ag::cli {
namespace {

ClientOptions options_for(const TinyServer& server) { return {.server = server.address(), .token = "ag_secret"}; }

TEST(Client, EncodesIdsAndQueries) {
  EXPECT_EQ(percent_encode("a/b c?&=%ü~._-"), "a%2Fb%20c%3F%26%3D%25%C3%BC~._-");
  EXPECT_EQ(target_of({.path = "/v1/x", .query = {{"account", "a&b"}, {"user", ""}, {"state", "a,b"}}}),
            "/v1/x?account=a%26b&state=a%2Cb");
  EXPECT_EQ(target_of({.path = "/v1/x?a=1", .query = {{"b", "2"}}}), "/v1/x?a=1&b=2");
}

TEST(Client, SendsTheTokenAndReadsTheObject) {
  TinyServer server({json_reply(200, R"({"role":"person"})")});
  Client client(options_for(server));
  const auto answer = client.call({.path = "/v1/me"});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->bytes, R"({"role":"person"})");
  EXPECT_TRUE(server.request(0).starts_with("GET /v1/me HTTP/1.1\r\n"));
  EXPECT_NE(server.request(0).find("\r\nAuthorization: Bearer ag_secret\r\n"), std::string::npos);
  EXPECT_EQ(server.request(0).find("Idempotency-Key"), std::string::npos);
}

std::string key_in(const std::string& request) {
  const auto at = request.find("Idempotency-Key: ");
  return at == std::string::npos ? std::string{} : request.substr(at + 17, 32);
}

TEST(Client, GivesEveryPostAKeyOfItsOwn) {
  TinyServer server({json_reply(201, "{}"), json_reply(201, "{}")});
  Client client(options_for(server));
  const ApiCall post{.method = "POST", .path = "/v1/requests", .body = R"({"a":1})"};
  ASSERT_TRUE(client.call(post));
  ASSERT_TRUE(client.call(post));
  EXPECT_EQ(key_in(server.request(0)).size(), 32U);
  EXPECT_NE(key_in(server.request(0)), key_in(server.request(1)));
  EXPECT_TRUE(server.request(0).ends_with("\r\n\r\n{\"a\":1}"));
  EXPECT_NE(server.request(0).find("\r\nContent-Type: application/json\r\n"), std::string::npos);
}

TEST(Client, RepeatsAPostWithTheSameKeyWhenTheConnectionBreaks) {
  TinyServer server({"", json_reply(201, "{}")});  // the first connection is closed without a word
  Client client(options_for(server));
  ASSERT_TRUE(client.call({.method = "POST", .path = "/v1/requests", .body = "{}"}));
  ASSERT_EQ(server.count(), 2U);
  EXPECT_EQ(key_in(server.request(0)), key_in(server.request(1)));
}

TEST(Client, WaitsAMomentForABusyServerAndThenTells) {
  const std::string busy = json_reply(503, R"({"code":"busy","detail":"Too much at once."})", "Retry-After: 1\r\n");
  TinyServer server({busy, busy, busy});
  const auto answer = Client(options_for(server)).call({.path = "/v1/me"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "busy");
  EXPECT_EQ(server.count(), 3U);
}

TEST(Client, DoesNotRepeatAChangeThatHasNoKey) {
  TinyServer server({"", json_reply(200, "{}")});
  const auto answer = Client(options_for(server)).call({.method = "PUT", .path = "/v1/policy", .body = "{}"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "unreachable");
}

TEST(Client, NeverCarriesTheTokenToWhereARedirectPoints) {
  TinyServer elsewhere({json_reply(200, "{}")});
  TinyServer server({json_reply(302, "", "Location: " + elsewhere.address() + "/v1/me\r\n")});
  const auto answer = Client(options_for(server)).call({.path = "/v1/me"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http_302");
  EXPECT_EQ(elsewhere.count(), 0U);
}

TEST(Client, SendsNothingWithoutAToken) {
  TinyServer server({json_reply(200, "{}"), json_reply(200, "{}")});
  Client client({.server = server.address(), .token = ""});
  const auto refused = client.call({.path = "/v1/me"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "not_signed_in");
  EXPECT_EQ(server.count(), 0U);
  EXPECT_TRUE(client.call({.path = "/healthz"}));  // needs none
}

TEST(Client, BoundsTheAnswer) {
  TinyServer server({"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(33 * 1024 * 1024, 'x')});
  const auto answer = Client(options_for(server)).call({.path = "/v1/me"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "answer_too_large");
}

TEST(Client, SaysThatNobodyListens) {
  const auto answer = Client({.server = "http://127.0.0.1:9", .token = "ag_t"}).call({.path = "/v1/me"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "unreachable");
  EXPECT_EQ(answer.error().status, 0);
}

TEST(Client, SpeaksHttpOnly) {
  for (const auto* server : {"file:///etc/passwd", "127.0.0.1:8642", "ftp://x"}) {
    const auto answer = Client({.server = server, .token = "ag_t"}).call({.path = "/v1/me"});
    ASSERT_FALSE(answer) << server;
    EXPECT_EQ(answer.error().code, "invalid_server");
  }
}

TEST(Client, KeepsToItsDeadline) {
  TinyServer silent({});  // takes connections and never says a word
  const auto answer = Client({.server = silent.address(), .token = "t", .deadline = Duration::milliseconds(200)})
                          .call({.path = "/v1/me"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "timed_out");
}

}  // namespace
}  // namespace ag::cli
