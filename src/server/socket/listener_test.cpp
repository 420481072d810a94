#include "server/socket/listener.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/json.hpp"
#include "server/socket/guard.hpp"
#include "server/socket/listener_bench.hpp"

namespace ag::server::http {
namespace {

using namespace testing;

/// A door that handlers wait at until it is opened; counts those who came.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void await(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return came_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int came_ = 0;
  bool is_open_ = false;
};

/// Returns when the I/O thread has seen all that was sent before: it serves this refused request after it.
void settle(const Listener& listener) {
  RawClient probe(listener.port());
  probe.send("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(probe.response().status, 421);
}

TEST(Listener, AnswersARequest) {
  Echo server;
  RawClient client(server.listener->port());
  client.send(post("a body"));
  const auto response = client.response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "a body");
  EXPECT_EQ(response.headers.find("X-Method"), "POST");
  EXPECT_EQ(response.headers.find("X-Target"), "/echo");
  EXPECT_TRUE(parse_http_date(response.headers.find("Date").value()).has_value());
  EXPECT_EQ(response.headers.find("Connection"), std::nullopt);
}

struct Attack {
  const char* name;
  std::string bytes;
  int status;
};

// What Beast 1.81 lets pass, what it does not, and what is not HTTP. A request that is smuggled behind each of them
// ("GET /smuggled") must never reach the handler either.
std::vector<Attack> attacks() {
  const std::string start = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  const std::string chunk = "5\r\nhello\r\n0\r\n\r\n";
  std::vector<Attack> table = {
      {"length, then chunked", start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, 400},
      {"chunked, then length", start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + chunk, 400},
      {"two lengths that differ", start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400},
      {"two lengths that agree", start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
      {"a signed length", start + "Content-Length: +5\r\n\r\nhello", 400},
      {"a list of lengths", start + "Content-Length: 5, 5\r\n\r\nhello", 400},
      {"a negative length", start + "Content-Length: -1\r\n\r\n", 400},
      {"a length beyond 64 bits", start + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"bare line feeds", "POST / HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n", 400},
      {"a bare line feed in a value", start + "A: b\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"a bare carriage return", start + "A: b\rX: y\r\n\r\n", 400},
      {"a space before the colon", start + "Content-Length : 5\r\n\r\nhello", 400},
      {"a NUL in a value", start + std::string("A: b\0c\r\n\r\n", 10), 400},
      {"an unknown coding", start + "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\nhello", 411},
      {"an unknown coding alone", start + "Transfer-Encoding: xchunked\r\n\r\n" + chunk, 411},
      {"chunked that is not last", start + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunk, 411},
      {"identity", start + "Transfer-Encoding: identity\r\n\r\n", 411},
      {"chunked", start + "Transfer-Encoding: chunked\r\n\r\n" + chunk, 411},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, 411},
      {"a Cookie in a trailer",
       start + "Transfer-Encoding: chunked\r\nTrailer: Cookie\r\n\r\n5\r\nhello\r\n0\r\nCookie: session=evil\r\n\r\n",
       411},
      {"an identity in a trailer",
       start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Forwarded-User: root\r\n\r\n", 411},
      {"two hosts", start + "Host: evil.example\r\n\r\n", 400},
      {"the same host twice", start + "Host: 127.0.0.1\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"another host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
      {"a host with a user", "GET / HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\n\r\n", 400},
      {"an absolute target", "GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400},
      {"an authority as target", "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501},
      {"a star as target", "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400},
      {"a target that is not ASCII", "GET /\xc3\xa9 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400},
      {"a folded line", start + "A: b\r\n c\r\n\r\n", 400},
      {"a folded first field", "GET / HTTP/1.1\r\n Host: 127.0.0.1\r\n\r\n", 400},
      {"two cookies", start + "Cookie: a=1\r\nCookie: a=2\r\n\r\n", 400},
      {"two authorizations", start + "Authorization: a\r\nauthorization: b\r\n\r\n", 400},
      {"two origins", start + "Origin: a\r\nOrigin: b\r\n\r\n", 400},
      {"two forwarded addresses", start + "X-Forwarded-For: a\r\nX-Forwarded-For: b\r\n\r\n", 400},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: 127.0.0.1\r\n\r\n", 505},
      {"HTTP/2 in the clear", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"an empty line first", "\r\n" + kGet, 400},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501},
      {"an expectation", start + "Expect: a-miracle\r\nContent-Length: 0\r\n\r\n", 417},
      {"a huge header", start + "A: " + std::string(20'000, 'a'), 431},
      {"many fields", start, 431},
      {"a huge target", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n", 431},
      {"a huge length", start + "Content-Length: 999999999999\r\n\r\nhello", 413},
  };
  for (auto& attack : table) {
    if (attack.name != std::string_view("many fields")) continue;
    for (int i = 0; i < 150; ++i) attack.bytes += "A: b\r\n";
    attack.bytes += "\r\n";
  }
  return table;
}

TEST(Listener, RefusesEveryAttackAndClosesBeforeTheHandlerSeesIt) {
  Echo server;
  for (const auto& attack : attacks()) {
    RawClient client(server.listener->port());
    client.send(attack.bytes + "GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    const auto response = client.response();
    EXPECT_EQ(response.status, attack.status) << attack.name;
    EXPECT_EQ(response.headers.find("Connection"), "close") << attack.name;
    EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json") << attack.name;
    const auto body = parse_json(response.body);
    ASSERT_TRUE(body.has_value()) << attack.name;
    EXPECT_EQ(body->at("status").as_int64(), attack.status) << attack.name;
    EXPECT_TRUE(client.is_closed()) << attack.name;
  }
  EXPECT_EQ(server.calls, 0);
}

TEST(Listener, JudgesTheSameHoweverTheBytesAreCut) {
  Echo server;
  const auto table = attacks();
  for (std::size_t i = 0; i < table.size(); i += 3) {
    RawClient client(server.listener->port());
    for (std::size_t at = 0; at < table[i].bytes.size(); at += 700) {
      if (!client.send(std::string_view(table[i].bytes).substr(at, 700))) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(client.response().status, table[i].status) << table[i].name;
  }
  EXPECT_EQ(server.calls, 0);
}

TEST(Listener, LetsItsOwnerWordTheRefusals) {
  ListenerOptions options;
  options.refusal = [](int status, std::string_view code, std::string_view) {
    return HttpResponse{status, {{"X-Code", std::string(code)}}, "no"};
  };
  Echo server(std::move(options));
  RawClient client(server.listener->port());
  client.send("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  const auto response = client.response();
  EXPECT_EQ(response.status, 421);
  EXPECT_EQ(response.headers.find("X-Code"), "unknown_host");
  EXPECT_EQ(response.headers.find("Connection"), "close");
  EXPECT_EQ(response.body, "no");
}

TEST(Listener, RefusesInItsOwnWordsWhenItsOwnersFail) {
  ListenerOptions options;
  options.refusal = [](int, std::string_view, std::string_view) -> HttpResponse { throw std::runtime_error("x"); };
  Echo server(std::move(options));
  RawClient client(server.listener->port());
  client.send("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(client.response().status, 421);
}

TEST(Listener, AnswersForTheHostsItWasGiven) {
  ListenerOptions options;
  options.hosts = {"Console.Example"};
  Echo server(std::move(options));
  const auto status = [&](const std::string& host) {
    RawClient client(server.listener->port());
    client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.response().status;
  };
  EXPECT_EQ(status("127.0.0.1:" + std::to_string(server.listener->port())), 200);
  EXPECT_EQ(status("console.example"), 200);
  EXPECT_EQ(status("CONSOLE.example:443"), 200);
  EXPECT_EQ(status("localhost"), 421);
}

TEST(Listener, CutsAHeaderThatDripsWhenItsDeadlinePasses) {
  ListenerOptions options;
  options.read_deadline = Duration::milliseconds(300);
  Echo server(std::move(options));
  RawClient client(server.listener->port());
  const auto started = std::chrono::steady_clock::now();
  client.send("GET / HTTP/1.1\r\nX-Drip: ");
  // A byte every 20 ms, for ever: a deadline that slides would never pass.
  int dripped = 0;
  while (!client.has_news_within(20) && dripped < 400) {
    client.send("a");
    ++dripped;
  }
  EXPECT_LT(dripped, 400);
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(300));
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(server.calls, 0);
}

TEST(Listener, CutsABodyThatDripsWhenItsDeadlinePasses) {
  ListenerOptions options;
  options.read_deadline = Duration::milliseconds(300);
  Echo server(std::move(options));
  RawClient client(server.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n");
  int dripped = 0;
  while (!client.has_news_within(20) && dripped < 400) {
    client.send("a");
    ++dripped;
  }
  EXPECT_LT(dripped, 400);
  EXPECT_EQ(server.calls, 0);
}

TEST(Listener, ClosesWhoeverSaysNothing) {
  ListenerOptions options;
  options.read_deadline = Duration::milliseconds(100);
  Echo server(std::move(options));
  RawClient client(server.listener->port());
  EXPECT_TRUE(client.is_closed());
}

TEST(Listener, ClosesAConnectionThatIdlesBetweenRequests) {
  ListenerOptions options;
  options.idle_deadline = Duration::milliseconds(100);
  Echo server(std::move(options));
  RawClient client(server.listener->port());
  client.send(kGet);
  EXPECT_EQ(client.response().status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST(Listener, AnswersPipelinedRequestsInTheirOrder) {
  // The first handler takes longest: answers that came as handlers end would come in reverse.
  Gate gate;
  const auto listener = listen({}, [&](const HttpRequest& request) {
    if (request.body == "0") gate.pass();
    return echo(request);
  });
  RawClient client(listener->port());
  std::string all;
  for (int i = 0; i < 50; ++i) all += post(std::to_string(i));
  client.send(all);
  gate.await(1);
  gate.open();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.response().body, std::to_string(i));
}

TEST(Listener, KeepsAConnectionAsTheClientAsks) {
  Echo server;
  const auto connection = [&](const std::string& version, const std::string& field) {
    RawClient client(server.listener->port());
    client.send("GET / " + version + "\r\nHost: 127.0.0.1\r\n" + field + "\r\n");
    const auto response = client.response();
    EXPECT_EQ(response.status, 200);
    const bool says_close = response.headers.find("Connection") == "close";
    EXPECT_EQ(client.has_news_within(says_close ? 10'000 : 50), says_close);
    return says_close ? "close" : "keep";
  };
  EXPECT_STREQ(connection("HTTP/1.1", ""), "keep");
  EXPECT_STREQ(connection("HTTP/1.1", "Connection: close\r\n"), "close");
  EXPECT_STREQ(connection("HTTP/1.0", ""), "close");
}

TEST(Listener, AnswersAClientThatHasEndedSending) {
  Echo server;
  RawClient client(server.listener->port());
  client.send(kGet);
  client.end_sending();
  EXPECT_EQ(client.response().status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST(Listener, SendsToHeadTheLengthAndNoBody) {
  const auto listener = listen({}, [](const HttpRequest& request) -> Answer {
    return HttpResponse{200, {{"X-Method", request.method}}, "12345"};
  });
  RawClient client(listener->port());
  client.send("HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + kGet);
  const auto head = client.response(Reading::kHeadOnly);
  EXPECT_EQ(head.headers.find("Content-Length"), "5");
  EXPECT_EQ(head.headers.find("X-Method"), "HEAD");
  const auto get = client.response();  // a body sent to HEAD would stand before this one
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.body, "12345");
}

TEST(Listener, SendsLargeResponsesWhole) {
  std::string large(5'000'000, 'a');
  for (std::size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>('b' + i % 20);
  const auto listener = listen({}, [&](const HttpRequest&) -> Answer { return HttpResponse{200, {}, large}; });
  RawClient client(listener->port());
  client.send(kGet + kGet);
  EXPECT_TRUE(client.response().body == large);
  EXPECT_TRUE(client.response().body == large);
}

TEST(Listener, CutsAClientThatDoesNotReadItsResponse) {
  ListenerOptions options;
  options.write_deadline = Duration::milliseconds(200);
  options.max_connections = 1;
  const std::string large(20'000'000, 'a');  // more than the system buffers
  const auto listener =
      listen(std::move(options), [&](const HttpRequest&) -> Answer { return HttpResponse{200, {}, large}; });
  RawClient client(listener->port(), 4'096);
  client.send(kGet);
  EXPECT_TRUE(client.has_news_within(10'000));
  int status = 503;
  for (int tries = 0; tries < 1'000 && status != 200; ++tries) {
    RawClient next(listener->port());
    next.send(kGet);
    status = next.response(Reading::kHeadOnly).status;
    if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(status, 200);  // the place of the first is free
  EXPECT_LT(client.rest().size(), large.size());
}

TEST(Listener, SaysNothingOfWhatAHandlerThrew) {
  const auto listener = listen({}, [](const HttpRequest& request) -> Answer {
    if (request.target == "/int") throw 5;
    if (request.target == "/bad") return HttpResponse{302, {{"Location", "/\r\nSet-Cookie: a=stolen"}}, ""};
    throw std::runtime_error("password hunter2 is wrong");
  });
  for (const char* target : {"/", "/int", "/bad"}) {
    RawClient client(listener->port());
    client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    const auto response = client.response();
    EXPECT_EQ(response.status, 500) << target;
    EXPECT_EQ(response.headers.find("Set-Cookie"), std::nullopt);
    EXPECT_NE(response.body.find("internal_error"), std::string::npos);
    EXPECT_EQ(response.body.find("hunter2"), std::string::npos);
    client.send(kGet);  // and the connection lives on
    EXPECT_EQ(client.response().status, 500);
  }
}

TEST(Listener, SaysItIsBusyWhenThreadsAndQueueAreFull) {
  Gate gate;
  ListenerOptions options;
  options.threads = 2;
  options.queue = 1;
  const auto listener = listen(std::move(options), [&](const HttpRequest& request) {
    gate.pass();
    return echo(request);
  });
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(listener->port());
    clients.back().send(kGet);
  }
  gate.await(2);
  // Which of these two takes the last place is theirs to settle; the other is refused at once, while all handlers are
  // stuck: the I/O thread is not.
  RawClient third(listener->port());
  RawClient fourth(listener->port());
  third.send(kGet);
  fourth.send(kGet);
  for (int tries = 0; tries < 5'000 && !third.has_news_within(1) && !fourth.has_news_within(1); ++tries) {
  }
  RawClient& refused = third.has_news_within(0) ? third : fourth;
  RawClient& waiting = third.has_news_within(0) ? fourth : third;
  const auto response = refused.response();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.find("Retry-After"), "1");
  EXPECT_EQ(response.headers.find("Connection"), "close");
  EXPECT_TRUE(refused.is_closed());
  gate.open();
  for (auto& client : clients) EXPECT_EQ(client.response().status, 200);
  EXPECT_EQ(waiting.response().status, 200);
}

TEST(Listener, ServesTwoHundredClientsAtOnce) {
  Echo server;
  constexpr int kClients = 200;
  constexpr int kThreads = 8;
  constexpr int kRounds = 10;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<RawClient> clients;
      for (int i = 0; i < kClients / kThreads; ++i) clients.emplace_back(server.listener->port());
      for (int round = 0; round < kRounds; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
          clients[i].send(post(std::to_string(t) + "/" + std::to_string(i) + "/" + std::to_string(round)));
        }
        for (std::size_t i = 0; i < clients.size(); ++i) {
          const auto expected = std::to_string(t) + "/" + std::to_string(i) + "/" + std::to_string(round);
          if (clients[i].response().body != expected) ++wrong;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(server.calls, kClients * kRounds);
}

TEST(Listener, TurnsAwayConnectionsBeyondItsBound) {
  ListenerOptions options;
  options.max_connections = 2;
  Echo server(std::move(options));
  auto first = std::make_unique<RawClient>(server.listener->port());
  RawClient second(server.listener->port());
  first->send(kGet);
  second.send(kGet);
  EXPECT_EQ(first->response().status, 200);
  EXPECT_EQ(second.response().status, 200);
  {
    RawClient third(server.listener->port());
    EXPECT_EQ(third.response().status, 503);
    EXPECT_TRUE(third.is_closed());
  }
  first.reset();  // its place is free as soon as the server sees it
  int status = 0;
  for (int tries = 0; tries < 200 && status != 200; ++tries) {
    RawClient fourth(server.listener->port());
    fourth.send(kGet);
    status = fourth.response().status;
    if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(status, 200);
}

TEST(Listener, SaysWhyItCannotListen) {
  const auto invalid = Listener::start({.address = "not an address"}, echo);
  ASSERT_FALSE(invalid.has_value());
  EXPECT_EQ(invalid.error().code, "invalid_address");
  Echo server;
  const auto in_use = Listener::start({.port = server.listener->port()}, echo);
  ASSERT_FALSE(in_use.has_value());
  EXPECT_EQ(in_use.error().code, "address_in_use");
  const auto elsewhere = Listener::start({.address = "192.0.2.1"}, echo);
  ASSERT_FALSE(elsewhere.has_value());
  EXPECT_EQ(elsewhere.error().code, "listen_failed");
}

TEST(Listener, EndsAtOnceWithIdleAndHalfReadConnections) {
  auto server = std::make_unique<Echo>();
  RawClient silent(server->listener->port());
  RawClient half(server->listener->port());
  half.send("GET / HTT");
  RawClient idle(server->listener->port());
  idle.send(kGet);
  EXPECT_EQ(idle.response().status, 200);
  const auto started = std::chrono::steady_clock::now();
  const auto port = server->listener->port();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(half.is_closed());
  EXPECT_TRUE(idle.is_closed());
  EXPECT_FALSE(RawClient(port).is_connected());
}

TEST(Listener, AnswersWhatRunsAndWaitsBeforeItEnds) {
  Gate gate;
  ListenerOptions options;
  options.threads = 1;
  auto listener = listen(std::move(options), [&](const HttpRequest& request) {
    gate.pass();
    return echo(request);
  });
  const auto port = listener->port();
  RawClient running(port);
  running.send(post("runs") + kGet);  // the second is one too late
  gate.await(1);
  RawClient waiting(port);
  waiting.send(post("waits"));
  settle(*listener);
  auto ended = std::async(std::launch::async, [&] { listener.reset(); });
  while (RawClient(port).is_connected()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  gate.open();
  const auto response = running.response();
  EXPECT_EQ(response.body, "runs");
  EXPECT_EQ(response.headers.find("Connection"), "close");
  EXPECT_TRUE(running.is_closed());
  EXPECT_EQ(waiting.response().body, "waits");
  EXPECT_TRUE(waiting.is_closed());
  ended.get();
}

TEST(Listener, CutsConnectionsWhenTheTimeToDrainIsOver) {
  Gate gate;
  ListenerOptions options;
  options.threads = 1;
  options.drain = Duration::milliseconds(100);
  std::atomic<int> calls = 0;
  auto listener = listen(std::move(options), [&](const HttpRequest& request) {
    ++calls;
    gate.pass();
    return echo(request);
  });
  RawClient running(listener->port());
  RawClient waiting(listener->port());
  running.send(kGet);
  gate.await(1);
  waiting.send(kGet);
  settle(*listener);
  auto ended = std::async(std::launch::async, [&] { listener.reset(); });
  EXPECT_TRUE(running.is_closed());
  EXPECT_TRUE(waiting.is_closed());
  EXPECT_EQ(ended.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);  // the handler still runs
  gate.open();
  ended.get();
  EXPECT_EQ(calls, 1);  // what waited was never begun
}

TEST(Listener, EndsWhenNobodyEverCame) {
  for (int i = 0; i < 20; ++i) Echo server;
}

}  // namespace
}  // namespace ag::server::http
