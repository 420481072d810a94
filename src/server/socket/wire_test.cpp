#include "server/socket/wire.hpp"

#include <gtest/gtest.h>

namespace ag::server::http {
namespace {

const Instant kNow = Instant::from_seconds(1'795'615'327);

TEST(Wire, WritesAResponseAsRfc9112Has) {
  HttpResponse response{201, {{"Content-Type", "text/plain"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}}, "made"};
  const auto out = serialize(response, Persistence::kKeepAlive, BodyRule::kSend, kNow);
  EXPECT_EQ(out.head,
            "HTTP/1.1 201 Created\r\nDate: Wed, 25 Nov 2026 14:02:07 GMT\r\nContent-Type: text/plain\r\n"
            "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(out.body, "made");
}

TEST(Wire, KeepsFramingToItself) {
  HttpResponse response{200,
                        {{"content-LENGTH", "99"},
                         {"Transfer-Encoding", "chunked"},
                         {"Connection", "keep-alive"},
                         {"Date", "yesterday"},
                         {"Keep-Alive", "timeout=5"},
                         {"Upgrade", "h2c"}},
                        "body"};
  const auto out = serialize(response, Persistence::kClose, BodyRule::kSend, kNow);
  EXPECT_EQ(out.head,
            "HTTP/1.1 200 OK\r\nDate: Wed, 25 Nov 2026 14:02:07 GMT\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
}

TEST(Wire, TellsTheLengthButSendsNoBodyToHead) {
  const auto out = serialize({200, {}, "12345"}, Persistence::kKeepAlive, BodyRule::kOmit, kNow);
  EXPECT_NE(out.head.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_EQ(out.body, "");
}

TEST(Wire, SendsNoBodyWhereTheStatusAllowsNone) {
  for (const int status : {204, 304}) {
    const auto out = serialize({status, {}, "12345"}, Persistence::kKeepAlive, BodyRule::kSend, kNow);
    EXPECT_EQ(out.head.find("Content-Length"), std::string::npos);
    EXPECT_EQ(out.body, "");
  }
}

TEST(Wire, NeverLetsAHeaderValueEndItsLine) {
  for (const std::string& value : {std::string("/a\r\nSet-Cookie: stolen=1"), std::string("a\nb"), std::string("a\rb"),
                                   std::string("a\0b", 3), std::string("a\x7f")}) {
    EXPECT_FALSE(is_sendable(200, {{"Location", value}}));
    const auto out = serialize({302, {{"Location", value}}, "secret"}, Persistence::kKeepAlive, BodyRule::kSend, kNow);
    EXPECT_TRUE(out.head.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    EXPECT_EQ(out.head.find("Location"), std::string::npos);
    EXPECT_EQ((out.head + out.body).find("stolen"), std::string::npos);
    EXPECT_EQ(out.body.find("secret"), std::string::npos);
  }
  EXPECT_FALSE(is_sendable(200, {{"", "a"}}));
  EXPECT_FALSE(is_sendable(200, {{"A b", "a"}}));
  EXPECT_FALSE(is_sendable(200, {{"A:", "a"}}));
  EXPECT_FALSE(is_sendable(200, {{"A\r\nB", "a"}}));
  EXPECT_FALSE(is_sendable(100, {}));
  EXPECT_FALSE(is_sendable(0, {}));
  EXPECT_FALSE(is_sendable(600, {}));
  EXPECT_TRUE(is_sendable(200, {{"A-b_c", "caf\xc3\xa9\t!"}}));
}

TEST(Wire, MakesProblemsThatProgramsCanRead) {
  const auto response = problem(411, "length_required", "Say \"how\" much.");
  EXPECT_EQ(response.headers.find("content-type"), "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Length Required","status":411,"code":"length_required",)"
                           R"("detail":"Say \"how\" much."})");
}

TEST(Wire, BeginsAnEventStreamThatNoProxyHolds) {
  const auto head = stream_head({{"X-Thing", "1"}}, kNow);
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nDate: Wed, 25 Nov 2026 14:02:07 GMT\r\nContent-Type: text/event-stream\r\n"
            "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\nX-Thing: 1\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace ag::server::http
