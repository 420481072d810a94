#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// The only place that knows Asio and Beast: one I/O thread that accepts, guards, reads and writes, and a bounded
/// pool of threads on which the handler runs as an ordinary blocking function.
namespace ag::server {

/// A response that goes on: server-sent events. The listener calls `next` from its I/O thread whenever `wake` was
/// called, and sends what it returns until it returns nothing; a heartbeat comment keeps proxies from closing it.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// The next bytes to send, complete `id:`/`event:`/`data:` blocks; nothing when there are none now. Must not block.
  [[nodiscard]] virtual std::optional<std::string> next() = 0;
  /// Given once, before the first next(): call `wake` from any thread when there may be more.
  virtual void on_wake(std::function<void()> wake) = 0;
  /// True when nothing will come after what next() still holds: the listener sends that and closes. Asked before each
  /// next(), on the I/O thread; must not block. Whoever makes it true calls `wake`.
  [[nodiscard]] virtual bool is_over() { return false; }
};

struct StreamResponse {
  HttpHeaders headers;
  std::unique_ptr<EventStream> events;
};
using Answer = std::variant<HttpResponse, StreamResponse>;

/// Called on a pool thread, from several at once. A HEAD request comes as such; the body of its answer is measured and
/// not sent. Must not throw; what it throws all the same becomes a 500 that says nothing of why.
using Handler = std::function<Answer(const HttpRequest&)>;

struct ListenerOptions {
  std::string address = "127.0.0.1";  ///< an IP address
  std::uint16_t port = 0;             ///< 0 lets the system choose; see Listener::port
  std::vector<std::string> hosts;     ///< what `Host` may be beside the address itself, without port; "*" for any
  std::size_t threads = 4;            ///< handlers that run at once
  std::size_t queue = 256;            ///< requests that may wait for a thread; then 503 with Retry-After
  std::size_t max_body = 64 * 1024;
  std::string large_path;          ///< under which a body may have `max_large_body`; empty: nowhere
  std::size_t max_large_body = 0;  ///< more than `max_body`
  std::size_t large_bodies = 4;    ///< that are read or handled at once; then 503 with Retry-After
  std::size_t max_connections = 4096;
  std::size_t max_streams = 256;
  Duration read_deadline = Duration::seconds(15);   ///< for a whole header, and again for a whole body
  Duration idle_deadline = Duration::seconds(60);   ///< between two requests of a connection
  Duration heartbeat = Duration::seconds(15);       ///< of an event stream
  Duration write_deadline = Duration::seconds(15);  ///< for each 64 kB of a response or of events; then it is cut
  Duration drain = Duration::seconds(10);           ///< for running and waiting requests when the listener ends
  /// Makes the body of a refusal that the listener itself answers (guard, limits): status, code, detail.
  std::function<HttpResponse(int, std::string_view, std::string_view)> refusal;
};

/// Serves from the moment it is made until it is destroyed.
///
/// The destructor stops accepting, closes what is idle or still being read, ends event streams, and gives the requests
/// that run or wait `drain` to be answered; then every connection is cut. It returns when the last running handler
/// has: a thread cannot be abandoned, so a handler must bound its own work. `wake` may be called even after that.
class Listener {
 public:
  /// Error codes `invalid_address`, `address_in_use`, `listen_failed`.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> start(ListenerOptions options, Handler handler);
  virtual ~Listener() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

}  // namespace ag::server
