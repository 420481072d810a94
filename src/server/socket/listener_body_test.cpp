#include <gtest/gtest.h>
#include <chrono>
#include <thread>

#include "server/socket/listener_bench.hpp"

/// Bodies: how large, how many, and who waits for whom.
namespace ag::server::http {
namespace {

using namespace testing;

TEST(Listener, RefusesABodyByItsLengthWithoutReadingIt) {
  ListenerOptions options;
  options.max_body = 1'000;
  Echo server(std::move(options));
  RawClient client(server.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(client.response().status, 413);  // before a single byte of the body was sent
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(server.calls, 0);

  RawClient pushing(server.listener->port());
  pushing.send("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000000\r\n\r\n");
  const std::string piece(64 * 1024, 'a');
  std::size_t sent = 0;
  while (sent < 100'000'000 && pushing.send(piece)) sent += piece.size();
  EXPECT_LT(sent, 100'000'000U);  // the connection ended under it

  RawClient fitting(server.listener->port());
  fitting.send(post(std::string(1'000, 'a')));
  EXPECT_EQ(fitting.response().body.size(), 1'000U);
}

template <class Condition>
void wait_until(Condition is_true) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_true()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST(Listener, TakesLargeBodiesWhereTheyBelongAndAFewAtATime) {
  ListenerOptions options;
  options.max_body = 1'000;
  options.large_path = "/large";
  options.max_large_body = 5'000;
  options.large_bodies = 1;
  Echo server(std::move(options));
  const auto ask = [](const std::string& target, std::size_t length) {
    return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  };
  for (const char* target : {"/larger", "/", "/x/large"}) {
    RawClient client(server.listener->port());
    client.send(ask(target, 1'001));
    EXPECT_EQ(client.response().status, 413) << target;
  }
  RawClient too_large(server.listener->port());
  too_large.send(ask("/large", 5'001));
  EXPECT_EQ(too_large.response().status, 413);

  RawClient slow(server.listener->port());
  slow.send(ask("/large/x?y", 5'000) + "a");
  RawClient other(server.listener->port());
  wait_until([&] {  // until the slow one is counted
    RawClient each(server.listener->port());
    each.send(ask("/large", 5'000) + std::string(5'000, 'a'));
    return each.response().status == 503;
  });
  other.send(ask("/small", 3) + "abc");
  EXPECT_EQ(other.response().body, "abc") << "it holds up nobody else";
  slow.send(std::string(4'999, 'a'));
  EXPECT_EQ(slow.response().body.size(), 5'000U);
  RawClient next(server.listener->port());
  wait_until([&] {
    RawClient each(server.listener->port());
    each.send(ask("/large", 5'000) + std::string(5'000, 'a'));
    return each.response().status == 200;
  });
}

TEST(Listener, ClosesInOrderOverABodyThatItDoesNotRead) {
  ListenerOptions options;
  options.max_body = 1'000;
  Echo server(std::move(options));
  RawClient client(server.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50000\r\n\r\n" + std::string(50'000, 'a'));
  EXPECT_EQ(client.response().status, 413);
  EXPECT_TRUE(client.is_closed());
  EXPECT_FALSE(client.was_reset());  // a reset makes many clients forget the response
}

TEST(Listener, LetsAClientWaitForTheGoAheadOfItsBody) {
  Echo server;
  RawClient client(server.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.response().status, 100);
  client.send("abc");
  EXPECT_EQ(client.response().body, "abc");
  client.send("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.response().status, 413);
}

}  // namespace
}  // namespace ag::server::http
