#include "cli/event_stream.hpp"

#include <gtest/gtest.h>

#include "cli/tiny_server.hpp"

namespace ag::cli {
namespace {

constexpr std::string_view kStream =
    ": hello\n\nid: 41\nevent: request.decided\ndata: {\"index\":41}\n\n"
    "data: one\r\ndata: two\r\n\r\nid: 43\rdata:x\r\revent: lost\n\n";

TEST(EventParser, ReadsTheSameEventsHoweverTheNetworkCutsThem) {
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece) {
    EventParser parser;
    std::vector<ServerEvent> events;
    for (std::size_t at = 0; at < kStream.size(); at += piece) {
      for (auto& event : parser.feed(kStream.substr(at, piece))) events.push_back(std::move(event));
    }
    ASSERT_EQ(events.size(), 3U) << piece;
    EXPECT_EQ(events[0].id, "41");
    EXPECT_EQ(events[0].event, "request.decided");
    EXPECT_EQ(events[0].data, "{\"index\":41}");
    EXPECT_EQ(events[1].id, "41");  // stays until another is given
    EXPECT_EQ(events[1].event, "message");
    EXPECT_EQ(events[1].data, "one\ntwo");
    EXPECT_EQ(events[2].id, "43");
    EXPECT_EQ(events[2].data, "x");
  }
}

TEST(EventParser, BoundsALineWithoutEnd) {
  EventParser parser;
  const std::string chunk(EventParser::kLargestEvent, 'x');
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(parser.feed("data: " + chunk).empty());
  const auto events = parser.feed("\n\n");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_LE(events[0].data.size(), EventParser::kLargestEvent);
}

std::string stream_answer(std::string_view events) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + std::string(events);
}

TEST(EventStream, ComesBackWithTheLastIdItSaw) {
  TinyServer server({stream_answer("id: 7\nevent: a\ndata: {}\n\n"), stream_answer("id: 8\nevent: b\ndata: {}\n\n")});
  EventStream stream({.server = server.address(), .token = "ag_t"}, "5");
  const auto first = stream.next(Duration::seconds(5));
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->id, "7");
  const auto second = stream.next(Duration::seconds(10));
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->id, "8");
  EXPECT_EQ((*second)->event, "b");
  EXPECT_NE(server.request(0).find("\r\nLast-Event-ID: 5\r\n"), std::string::npos);
  EXPECT_NE(server.request(1).find("\r\nLast-Event-ID: 7\r\n"), std::string::npos);
  EXPECT_NE(server.request(1).find("\r\nAuthorization: Bearer ag_t\r\n"), std::string::npos);
}

TEST(EventStream, GivesUpWhenTheServerRefuses) {
  TinyServer server({json_reply(401, R"({"code":"token_expired","detail":"The token has expired."})")});
  EventStream stream({.server = server.address(), .token = "ag_t"}, std::nullopt);
  const auto event = stream.next(Duration::seconds(5));
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code, "token_expired");
}

TEST(EventStream, ReturnsNothingWhenNothingHappens) {
  EventStream stream({.server = "http://127.0.0.1:9", .token = "ag_t"}, std::nullopt);
  const auto event = stream.next(Duration::milliseconds(50));
  ASSERT_TRUE(event);
  EXPECT_FALSE(event->has_value());
  EXPECT_FALSE(stream.is_open());
}

}  // namespace
}  // namespace ag::cli
