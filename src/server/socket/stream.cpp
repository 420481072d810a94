#include <mutex>
#include <utility>

#include "server/clock.hpp"
#include "server/log.hpp"
#include "server/socket/core.hpp"
#include "server/socket/wire.hpp"

namespace ag::server::http {
namespace {

constexpr std::size_t kBlockSize = 64 * 1024;   // events are gathered up to this before they are written
constexpr std::size_t kMaxEvent = 1024 * 1024;  // bytes; a longer one is a fault of the stream, and ends it
// The system grows a send buffer to 4 MB for a reader that is slow: times max_streams that is a gigabyte.
constexpr int kSendBuffer = 64 * 1024;
constexpr std::size_t kMaxStray = 16 * 1024;         // bytes a client may send into a stream; they are thrown away
constexpr auto kFarewell = std::chrono::seconds(1);  // for the client to close after us
constexpr std::string_view kHeartbeat = ": keep-alive\n\n";

/// The `wake` that the stream is given: may be called from any thread and at any time, even after the listener is
/// gone. Calls between two deliveries count as one.
class Waker : public std::enable_shared_from_this<Waker> {
 public:
  Waker(Executor executor, std::weak_ptr<Connection> connection)
      : executor_(executor), connection_(std::move(connection)) {}

  void wake() {
    const std::scoped_lock lock(mutex_);
    if (!is_armed_ || is_posted_) return;
    is_posted_ = true;
    asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
  }

  /// After it, the executor is not touched again.
  void disarm() {
    const std::scoped_lock lock(mutex_);
    is_armed_ = false;
  }

 private:
  void deliver() {
    {
      const std::scoped_lock lock(mutex_);
      is_posted_ = false;
    }
    if (const auto connection = connection_.lock()) connection->raise();
  }

  std::mutex mutex_;
  bool is_armed_ = true;
  bool is_posted_ = false;
  Executor executor_;
  std::weak_ptr<Connection> connection_;  // locked on the I/O thread only: sockets are not closed elsewhere
};

/// Holds one of the max_streams places, and takes the stream down whatever ends it.
class Place {
 public:
  Place(Core& core, const ConnectionPtr& connection, std::shared_ptr<StreamResponse> response)
      : core_(core),
        waker_(std::make_shared<Waker>(core.io.get_executor(), connection)),
        response_(std::move(response)) {
    ++core_.streams;
  }
  ~Place() {
    waker_->disarm();
    --core_.streams;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] bool subscribe() {
    try {
      response_->events->on_wake([waker = waker_] { waker->wake(); });
      return true;
    } catch (...) {
      return failed("on_wake threw");
    }
  }

  /// Appends what there is, up to a block; false when the stream is over or broken.
  [[nodiscard]] bool gather(std::string& block) {
    try {
      while (block.size() < kBlockSize) {
        const bool is_over = response_->events->is_over();
        const auto event = response_->events->next();
        if (!event || event->empty()) return !is_over;
        if (event->size() > kMaxEvent) return failed("an event is too long");
        block += *event;
      }
      return true;
    } catch (...) {
      return failed("next threw");
    }
  }

 private:
  static bool failed(std::string_view cause) {
    log(Severity::kError, "stream_failed", {{"cause", std::string(cause)}});
    return false;
  }

  Core& core_;
  std::shared_ptr<Waker> waker_;
  std::shared_ptr<StreamResponse> response_;
};

/// Sees the client close while nothing is sent. Reads the socket itself: the deadlines of `stream` are for the writer.
Task<void> watch(ConnectionPtr connection) {
  std::string stray(1024, '\0');
  const auto space = asio::buffer(stray);
  std::size_t total = 0;
  bool is_open = true;
  while (is_open && total <= kMaxStray) {
    const auto result = co_await connection->stream.socket().async_read_some(space, kAsValue);
    const auto& [problem, count] = result;
    total += count;
    is_open = !problem;
  }
  connection->is_gone = true;
  connection->raise();
}

void start_watching(Core& core, const ConnectionPtr& connection) {
  asio::co_spawn(core.io.get_executor(), watch(connection), [connection](const std::exception_ptr& problem) {
    if (!problem) return;
    connection->is_gone = true;
    connection->raise();
  });
}

/// Sends until it is over; the socket is left open when it is the server that ends it.
Task<void> pump(Core& core, ConnectionPtr connection, std::shared_ptr<Place> place) {
  const auto heartbeat = to_chrono(core.options.heartbeat);
  auto due = SteadyClock::now() + heartbeat;
  bool goes_on = true;
  while (goes_on && !connection->is_gone && !core.is_stopping) {
    std::string block;
    goes_on = place->gather(block);
    if (block.empty() && goes_on && SteadyClock::now() < due) {
      co_await wait(connection, due);
      continue;
    }
    if (block.empty() && goes_on) block = kHeartbeat;
    const bool is_sent = co_await send(core, connection, std::move(block));
    goes_on = goes_on && is_sent;
    due = SteadyClock::now() + heartbeat;
  }
}

}  // namespace

Task<void> stream_events(Core& core, ConnectionPtr connection, std::shared_ptr<StreamResponse> response) {
  connection->phase = Phase::kStreaming;
  std::string head = stream_head(response->headers, wall_clock());
  auto place = std::make_shared<Place>(core, connection, std::move(response));
  ErrorCode ignored;
  const asio::socket_base::send_buffer_size small(kSendBuffer);
  connection->stream.socket().set_option(small, ignored);
  if (!place->subscribe()) co_return;
  const bool is_sent = co_await send(core, connection, std::move(head));
  if (!is_sent) co_return;
  start_watching(core, connection);
  co_await pump(core, connection, place);
  place.reset();

  connection->stream.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  const auto farewell = SteadyClock::now() + kFarewell;
  while (!connection->is_gone && SteadyClock::now() < farewell && !core.is_cut) co_await wait(connection, farewell);
}

}  // namespace ag::server::http
