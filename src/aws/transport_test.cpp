#include "aws/transport.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <mutex>
#include <thread>

#include "aws/socket_server.hpp"
#include "base/codec.hpp"

namespace ag::aws {
namespace {

using namespace std::chrono_literals;

void answer_all(int socket) {
  while (!read_request(socket).empty()) write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

HttpRequest post(std::string body = "{}") {
  return {"POST",
          "/",
          {{"Host", "sso.eu-west-1.amazonaws.com"}, {"Content-Type", "application/x-amz-json-1.1"}},
          std::move(body)};
}

AwsResult<HttpResponse> exchange(Transport& transport, const std::string& origin, HttpRequest request,
                                 Duration deadline = Duration::seconds(20)) {
  auto promise = std::make_shared<std::promise<AwsResult<HttpResponse>>>();
  auto future = promise->get_future();
  transport.send(origin, std::move(request), deadline,
                 [promise](auto result) { promise->set_value(std::move(result)); });
  return future.get();
}

std::string code_of(const AwsResult<HttpResponse>& result) { return result ? "none" : result.error().code; }

// Connects a socket that nobody accepts from: its port refuses once the socket is closed.
std::string refusing_origin() {
  const SocketServer gone([](int) {});
  return gone.origin();
}

TEST(Transport, SendsTheRequestAsItStandsAndReturnsTheResponse) {
  std::promise<std::string> seen;
  SocketServer server([&](int socket) {
    seen.set_value(read_request(socket));
    write(socket, "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n");
    write(socket, "HTTP/1.1 400 Bad\r\nx-amzn-RequestId:  r-1 \r\nDate: now\r\nContent-Length: 5\r\n\r\nhello");
  });
  const auto transport = make_curl_transport();
  auto request = post(R"({"MaxResults":10})");
  request.target = "/base/";
  request.headers.add("X-Empty", "");
  const auto response = exchange(*transport, server.origin(), request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 400);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->headers.find("X-Amzn-Requestid"), "r-1");
  EXPECT_FALSE(response->headers.find("x-interim"));
  const std::string sent = seen.get_future().get();
  EXPECT_TRUE(sent.starts_with("POST /base/ HTTP/1.1\r\n")) << sent;
  EXPECT_NE(sent.find("\r\nHost: sso.eu-west-1.amazonaws.com\r\n"), std::string::npos) << sent;
  EXPECT_NE(sent.find("\r\nContent-Type: application/x-amz-json-1.1\r\n"), std::string::npos) << sent;
  EXPECT_NE(sent.find("\r\nX-Empty:\r\n"), std::string::npos) << sent;
  EXPECT_TRUE(sent.ends_with("\r\n\r\n{\"MaxResults\":10}")) << sent;
}

TEST(Transport, SendsEveryMethod) {
  std::mutex mutex;
  std::vector<std::string> seen;
  SocketServer server([&](int socket) {
    for (std::string request = read_request(socket); !request.empty(); request = read_request(socket)) {
      const std::lock_guard lock(mutex);
      seen.push_back(request.substr(0, request.find(' ')));
      write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  });
  const auto transport = make_curl_transport();
  for (const auto* method : {"POST", "GET", "PUT", "DELETE", "GET"}) {
    EXPECT_TRUE(exchange(*transport, server.origin(), {.method = method}));
  }
  const std::lock_guard lock(mutex);
  EXPECT_EQ(seen, (std::vector<std::string>{"POST", "GET", "PUT", "DELETE", "GET"}));
}

TEST(Transport, FollowsNoRedirect) {
  SocketServer server([](int socket) {
    read_request(socket);
    write(socket, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  });
  const auto transport = make_curl_transport();
  const auto response = exchange(*transport, server.origin(), post());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
}

TEST(Transport, RefusesOtherSchemesAndBrokenHeaders) {
  const auto transport = make_curl_transport();
  EXPECT_EQ(code_of(exchange(*transport, "file:///etc", {.method = "GET", .target = "/hostname"})), "Connection");
  auto request = post();
  request.headers.add("X-Amz-Target", "a\r\nHost: evil");
  EXPECT_EQ(code_of(exchange(*transport, "http://127.0.0.1:1", request)), "InvalidRequest");
}

TEST(Transport, ReportsARefusedConnectionAsRetryable) {
  const auto transport = make_curl_transport();
  const auto response = exchange(*transport, refusing_origin(), post());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorClass::kRetryable);
  EXPECT_EQ(response.error().code, "Connection");
  EXPECT_FALSE(response.error().message.empty());
  EXPECT_EQ(response.error().http_status, 0);
}

TEST(Transport, ReportsResponsesThatBreakOff) {
  const std::vector<std::string> halves = {
      "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "nonsense\r\n\r\n"};
  for (const auto& half : halves) {
    SocketServer server([&](int socket) {
      read_request(socket);
      write(socket, half);
      ::shutdown(socket, SHUT_RDWR);
    });
    const auto transport = make_curl_transport();
    EXPECT_EQ(code_of(exchange(*transport, server.origin(), post())), "Connection") << half;
  }
}

TEST(Transport, KeepsTheDeadlineWhateverTheServerDoes) {
  const std::vector<SocketServer::Serve> slow = {
      [](int socket) { read_request(socket); },  // never answers
      [](int socket) {                           // a byte now and then must not push the deadline
        read_request(socket);
        write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        for (int i = 0; i < 600; ++i) {
          if (::send(socket, "x", 1, MSG_NOSIGNAL) != 1) return;
          std::this_thread::sleep_for(50ms);
        }
      },
  };
  for (const auto& serve : slow) {
    const auto transport = make_curl_transport();
    SocketServer server(serve);
    const auto start = std::chrono::steady_clock::now();
    const auto response = exchange(*transport, server.origin(), post(), Duration::milliseconds(300));
    EXPECT_EQ(code_of(response), "Timeout");
    EXPECT_EQ(response.error().kind, ErrorClass::kRetryable);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
    transport->stop();
  }
}

TEST(Transport, CountsWaitingForATurnIntoTheDeadline) {
  SocketServer server([](int socket) { read_request(socket); });
  const auto transport = make_curl_transport({.max_in_flight = 1});
  transport->send(server.origin(), post(), Duration::seconds(60), [](auto) {});
  EXPECT_EQ(code_of(exchange(*transport, server.origin(), post(), Duration::milliseconds(200))), "Timeout");
  EXPECT_LE(server.connections(), 1U);
}

TEST(Transport, BoundsTheResponse) {
  SocketServer server([](int socket) {
    for (std::string request = read_request(socket); !request.empty(); request = read_request(socket)) {
      const std::string body = request.substr(request.find("\r\n\r\n") + 4);
      std::string headers;
      for (int i = 0; body == "headers" && i < 1000; ++i) headers += "X-Many: 1\r\n";
      const std::size_t size = body == "headers" ? 0 : std::stoul(body);
      write(socket,
            fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\n\r\n{}", headers, size, std::string(size, 'x')));
    }
  });
  const auto transport = make_curl_transport({.max_response = 1000});
  EXPECT_EQ(exchange(*transport, server.origin(), post("1000")).value().body.size(), 1000U);
  const auto above = exchange(*transport, server.origin(), post("1001"));
  EXPECT_EQ(code_of(above), "OversizedResponse");
  EXPECT_EQ(above.error().kind, ErrorClass::kOther);
  EXPECT_EQ(code_of(exchange(*transport, server.origin(), post("headers"))), "OversizedResponse");
  const auto usual = make_curl_transport();
  EXPECT_EQ(exchange(*usual, server.origin(), post("8388608")).value().body.size(), 8388608U);
  EXPECT_EQ(code_of(exchange(*usual, server.origin(), post("8388609"))), "OversizedResponse");
}

TEST(Transport, RefusesMoreThanMayWait) {
  SocketServer server([](int socket) { read_request(socket); });
  const auto transport = make_curl_transport({.max_in_flight = 1, .max_waiting = 3});
  std::atomic<int> busy = 0;
  std::atomic<int> cancelled = 0;
  for (int i = 0; i < 20; ++i) {
    transport->send(server.origin(), post(), Duration::seconds(60), [&](auto result) {
      if (code_of(result) == "Busy") ++busy;
      if (code_of(result) == "Cancelled") ++cancelled;
    });
  }
  EXPECT_GE(busy, 20 - 1 - 3);
  transport->stop();
  EXPECT_EQ(busy + cancelled, 20);
  EXPECT_GE(cancelled, 3);
}

TEST(Transport, CallsEveryDoneWhenStopped) {
  SocketServer server([](int socket) { read_request(socket); });
  std::atomic<int> called = 0;
  {
    const auto transport = make_curl_transport({.max_in_flight = 2});
    for (int i = 0; i < 10; ++i) {
      transport->send(server.origin(), post(), Duration::seconds(60), [&](auto result) {
        EXPECT_EQ(code_of(result), "Cancelled");
        // What a `done` sends while stopping is refused, not lost.
        transport->send("http://127.0.0.1:1", post(), Duration::seconds(60), [&](auto again) {
          EXPECT_EQ(code_of(again), "Cancelled");
          ++called;
        });
      });
    }
    transport->stop();
    EXPECT_EQ(called, 10);
    EXPECT_EQ(code_of(exchange(*transport, server.origin(), post())), "Cancelled");
  }
  EXPECT_EQ(called, 10);
}

TEST(Transport, MayBeSentToFromADone) {
  SocketServer server(answer_all);
  const auto transport = make_curl_transport();
  std::promise<std::string> second;
  transport->send(server.origin(), post(), Duration::seconds(20), [&](auto) {
    transport->send(server.origin(), post(), Duration::seconds(20),
                    [&](auto result) { second.set_value(code_of(result)); });
  });
  EXPECT_EQ(second.get_future().get(), "none");
}

TEST(Transport, ServesManyThreadsOnFewConnections) {
  SocketServer server(answer_all);
  const auto transport = make_curl_transport({.max_in_flight = 4});
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto response = exchange(*transport, server.origin(), post());
        if (response && response->body == "ok") ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
  EXPECT_LE(server.connections(), 8U) << "connections are kept";
}

// Waiting once more after a completion before filling its place made it 34 requests a second: 29 s for these.
TEST(Transport, FillsAFreePlaceAtOnce) {
  SocketServer server(answer_all);
  const auto transport = make_curl_transport({.max_in_flight = 1});
  constexpr int kRequests = 1000;
  std::atomic<int> left = kRequests;
  std::promise<void> all;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRequests; ++i) {
    transport->send(server.origin(), post(), Duration::seconds(60), [&](auto) {
      if (--left == 0) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 15s);
}

}  // namespace
}  // namespace ag::aws
