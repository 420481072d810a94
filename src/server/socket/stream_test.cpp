#include <gtest/gtest.h>
#include <atomic>
#include <chrono>
#include <deque>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "server/socket/listener.hpp"
#include "server/socket/raw_client.hpp"

namespace ag::server::http {
namespace {

const std::string kGet = "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/// What a test and the stream it opened share.
class Feed {
 public:
  void push(std::string event) {
    std::function<void()> wake;
    {
      const std::scoped_lock lock(mutex_);
      events_.push_back(std::move(event));
      wake = wake_;
    }
    if (wake) wake();
  }
  void end() {
    {
      const std::scoped_lock lock(mutex_);
      is_over_ = true;
    }
    wake()();
  }
  std::optional<std::string> take() {
    const std::scoped_lock lock(mutex_);
    ++asked_;
    if (events_.empty()) return std::nullopt;
    std::string event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  void keep(std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    wake_ = std::move(wake);
    changed_.notify_all();
  }
  void gone() {
    const std::scoped_lock lock(mutex_);
    is_gone_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool is_over() {
    const std::scoped_lock lock(mutex_);
    return is_over_;
  }
  [[nodiscard]] std::size_t asked() {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }
  /// The wake that the listener gave, once it has.
  std::function<void()> wake() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [this] { return wake_ != nullptr; });
    return wake_;
  }
  /// True when the stream was destroyed within ten seconds.
  bool is_gone() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return is_gone_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> events_;
  std::function<void()> wake_;
  std::size_t asked_ = 0;
  bool is_over_ = false;
  bool is_gone_ = false;
};

class FeedStream final : public EventStream {
 public:
  explicit FeedStream(std::shared_ptr<Feed> feed) : feed_(std::move(feed)) {}
  ~FeedStream() override { feed_->gone(); }
  FeedStream(const FeedStream&) = delete;
  FeedStream& operator=(const FeedStream&) = delete;
  std::optional<std::string> next() override { return feed_->take(); }
  void on_wake(std::function<void()> wake) override { feed_->keep(std::move(wake)); }
  bool is_over() override { return feed_->is_over(); }

 private:
  std::shared_ptr<Feed> feed_;
};

/// A listener that answers every request with the events of one feed.
struct Streaming {
  explicit Streaming(ListenerOptions options = {}) {
    auto started = Listener::start(std::move(options), [feed_of_it = feed](const HttpRequest& request) -> Answer {
      if (request.target == "/plain") return HttpResponse{200, {}, "plain"};
      return StreamResponse{{{"X-Thing", "1"}}, std::make_unique<FeedStream>(feed_of_it)};
    });
    listener = std::move(started.value());
  }
  std::shared_ptr<Feed> feed = std::make_shared<Feed>();
  std::unique_ptr<Listener> listener;
};

std::string event(int number) { return "id: " + std::to_string(number) + "\ndata: x\n\n"; }

TEST(EventStream, BeginsWithAHeadThatIsNotCached) {
  Streaming server;
  RawClient client(server.listener->port());
  client.send(kGet);
  const auto head = client.response(Reading::kHeadOnly);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.find("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.headers.find("Cache-Control"), "no-store");
  EXPECT_EQ(head.headers.find("X-Thing"), "1");
  EXPECT_EQ(head.headers.find("Content-Length"), std::nullopt);
}

TEST(EventStream, SendsEveryEventInOrderWhoeverWakesIt) {
  Streaming server;
  RawClient client(server.listener->port());
  server.feed->push(event(0));  // before there is a stream at all
  client.send(kGet);
  EXPECT_TRUE(client.sees(event(0)));
  std::string expected;
  for (int i = 1; i <= 2'000; ++i) expected += event(i);
  std::thread pushing([&] {
    for (int i = 1; i <= 2'000; ++i) server.feed->push(event(i));
  });
  pushing.join();
  EXPECT_TRUE(client.sees(expected));
}

TEST(EventStream, IsWokenForEachEventOfAQuietFeed) {
  Streaming server;
  RawClient client(server.listener->port());
  client.send(kGet);
  EXPECT_TRUE(client.sees("\r\n\r\n"));
  for (int i = 0; i < 50; ++i) {
    server.feed->wake();
    server.feed->push(event(i));
    EXPECT_TRUE(client.sees(event(i))) << i;  // the heartbeat is 15 s away: only the wake can have done it
  }
}

TEST(EventStream, BeatsWhileThereIsNothingToSay) {
  ListenerOptions options;
  options.heartbeat = Duration::milliseconds(30);
  Streaming server(std::move(options));
  RawClient client(server.listener->port());
  client.send(kGet);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.sees(": keep-alive\n\n"));
  server.feed->push(event(1));
  EXPECT_TRUE(client.sees(event(1)));
}

TEST(EventStream, EndsWhenTheClientCloses) {
  Streaming server;
  RawClient client(server.listener->port());
  client.send(kGet);
  EXPECT_TRUE(client.sees("\r\n\r\n"));
  client.close();
  EXPECT_TRUE(server.feed->is_gone());
  server.feed->push(event(1));  // its wake is harmless now
}

TEST(EventStream, SendsWhatIsLeftAndClosesWhenItIsOver) {
  Streaming server;
  RawClient client(server.listener->port());
  client.send(kGet);
  EXPECT_TRUE(client.sees("\r\n\r\n"));
  server.feed->push(event(1));
  server.feed->push(event(2));
  server.feed->end();
  EXPECT_EQ(client.rest(), event(1) + event(2));
  EXPECT_TRUE(server.feed->is_gone());
}

TEST(EventStream, CutsAReaderThatDoesNotReadAndAsksNoMoreOfTheFeedThanFits) {
  ListenerOptions options;
  options.write_deadline = Duration::milliseconds(200);
  Streaming server(std::move(options));
  RawClient client(server.listener->port(), 4'096);
  const std::string large = "data: " + std::string(10'000, 'x') + "\n\n";
  constexpr std::size_t kEvents = 2'000;  // 20 MB
  for (std::size_t i = 0; i < kEvents; ++i) server.feed->push(large);
  client.send(kGet);
  EXPECT_TRUE(server.feed->is_gone());
  EXPECT_LT(server.feed->asked(), kEvents / 4);
}

TEST(EventStream, CutsAClientThatTalksIntoIt) {
  Streaming server;
  RawClient client(server.listener->port());
  client.send(kGet);
  EXPECT_TRUE(client.sees("\r\n\r\n"));
  client.send(std::string(100'000, 'a'));
  EXPECT_TRUE(server.feed->is_gone());
}

TEST(EventStream, ToleratesAPipelinedRequestBehindIt) {
  Streaming server;
  RawClient client(server.listener->port());
  client.send(kGet + kGet);
  server.feed->push(event(1));
  EXPECT_TRUE(client.sees(event(1)));
  server.feed->end();
  EXPECT_EQ(client.rest(), "");
}

TEST(EventStream, EndsWhenItThrowsOrHandsOutTooMuch) {
  class Broken final : public EventStream {
   public:
    explicit Broken(bool throws) : throws_(throws) {}
    std::optional<std::string> next() override {
      if (throws_) throw std::runtime_error("x");
      return std::string(2'000'000, 'x');
    }
    void on_wake(std::function<void()>) override {}

   private:
    bool throws_;
  };
  auto started = Listener::start({}, [](const HttpRequest& request) -> Answer {
    return StreamResponse{{}, std::make_unique<Broken>(request.target == "/throws")};
  });
  for (const std::string target : {"/throws", "/long"}) {
    RawClient client(started.value()->port());
    client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    EXPECT_EQ(client.response(Reading::kHeadOnly).status, 200);
    EXPECT_EQ(client.rest(), "");
  }
}

TEST(EventStream, IsRefusedBeyondItsBoundWhileRequestsGoOn) {
  ListenerOptions options;
  options.max_streams = 2;
  Streaming server(std::move(options));
  RawClient first(server.listener->port());
  auto second = std::make_unique<RawClient>(server.listener->port());
  for (RawClient* client : {&first, second.get()}) {
    client->send(kGet);
    EXPECT_EQ(client->response(Reading::kHeadOnly).status, 200);
  }
  RawClient third(server.listener->port());
  third.send(kGet);
  const auto refused = third.response();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.find("Retry-After"), "1");
  EXPECT_TRUE(third.is_closed());
  RawClient plain(server.listener->port());
  plain.send("GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  EXPECT_EQ(plain.response().body, "plain");
  second.reset();
  int status = 0;
  for (int tries = 0; tries < 200 && status != 200; ++tries) {
    RawClient fourth(server.listener->port());
    fourth.send(kGet);
    status = fourth.response(Reading::kHeadOnly).status;
    if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(status, 200);
}

TEST(EventStream, AnswersHeadWithoutOpening) {
  Streaming server;
  RawClient client(server.listener->port());
  client.send("HEAD /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  EXPECT_EQ(client.response(Reading::kHeadOnly).headers.find("Content-Type"), "text/event-stream");
  EXPECT_TRUE(client.is_closed());
}

TEST(EventStream, FailsWhenAHeaderOfItWouldEndItsLine) {
  auto started = Listener::start({}, [](const HttpRequest&) -> Answer {
    return StreamResponse{{{"A", "b\r\nC: d"}}, std::make_unique<FeedStream>(std::make_shared<Feed>())};
  });
  RawClient client(started.value()->port());
  client.send(kGet);
  const auto response = client.response();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.headers.find("C"), std::nullopt);
}

TEST(EventStream, EndsWithTheListenerAndOutlivesItHarmlessly) {
  auto server = std::make_unique<Streaming>();
  const auto feed = server->feed;
  std::vector<RawClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back(server->listener->port());
    clients.back().send(kGet);
    EXPECT_TRUE(clients.back().sees("\r\n\r\n"));
  }
  const auto wake = feed->wake();
  std::atomic<bool> is_ended = false;
  std::thread pushing([&] {
    for (int i = 0; !is_ended || i < 100; ++i) feed->push(event(i));
  });
  auto ended = std::async(std::launch::async, [&] { server.reset(); });
  for (auto& client : clients) client.rest();
  for (auto& client : clients) client.close();
  ended.get();
  is_ended = true;
  pushing.join();
  wake();
  EXPECT_TRUE(feed->is_gone());
}

TEST(EventStream, DoesNotHoldTheListenerWhenItsClientStaysOpen) {
  auto server = std::make_unique<Streaming>();
  RawClient client(server->listener->port());
  client.send(kGet);
  EXPECT_TRUE(client.sees("\r\n\r\n"));
  const auto started = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
  EXPECT_EQ(client.rest(), "");
}

}  // namespace
}  // namespace ag::server::http
