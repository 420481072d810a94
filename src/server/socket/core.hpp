#pragma once
#include <memory>
#include <string>
#include <unordered_set>

#include "server/socket/asio.hpp"
#include "server/socket/guard.hpp"
#include "server/socket/listener.hpp"
#include "server/socket/pool.hpp"

/// What the coroutines of one listener share. Everything here belongs to the I/O thread; the pool's threads touch only
/// the Call they were given, and answer by posting to `io`.
namespace ag::server::http {

enum class Phase {
  kReading,    ///< waits for a request or for the rest of one: may be closed at any moment
  kHandling,   ///< a handler has the request
  kWriting,    ///< a response is on its way, under its own deadline
  kStreaming,  ///< sends events until somebody closes
};

struct Connection {
  explicit Connection(Socket socket) : stream(std::move(socket)), timer(stream.get_executor()) {}

  /// Ends the wait() of this connection's coroutine, now or the next one.
  void raise() {
    is_raised = true;
    timer.cancel();
  }

  Stream stream;
  Timer timer;
  bool is_raised = false;
  bool is_gone = false;  ///< the client of an event stream closed, or was cut
  Phase phase = Phase::kReading;
  std::string input;  ///< what has arrived and is not used yet: at most a head and a body, and one read more
  Head head;          ///< the request at hand
  Refusal refusal;    ///< or why there is none
  std::shared_ptr<void> large_body;  ///< its place among those, while it is read and handled
};
using ConnectionPtr = std::shared_ptr<Connection>;

struct Core {
  Core(ListenerOptions the_options, Handler the_handler);

  ListenerOptions options;
  GuardRules rules;
  Handler handler;
  std::size_t large_bodies = 0;  ///< before what counts itself out of it
  asio::io_context io{1};
  Acceptor acceptor{io};
  Timer drain{io};
  std::unordered_set<ConnectionPtr> connections;
  std::size_t streams = 0;
  bool is_stopping = false;  ///< no further requests
  bool is_cut = false;       ///< the time to drain is over: nothing is waited for
  Pool pool;                 ///< last, so that it ends before what its jobs refer to
};

/// Serves one connection from its first byte to its end.
[[nodiscard]] Task<void> serve(Core& core, ConnectionPtr connection);

/// Sends the events of an accepted stream until the client closes, the stream ends or the listener stops.
[[nodiscard]] Task<void> stream_events(Core& core, ConnectionPtr connection, std::shared_ptr<StreamResponse> response);

/// Waits until raise() or the deadline, whichever is first; raise() before the wait counts.
[[nodiscard]] Task<void> wait(ConnectionPtr connection, SteadyClock::time_point deadline);

/// Sends all of `bytes`, each 64 kB of it within the write deadline: false when that failed, and the socket is closed.
[[nodiscard]] Task<bool> send(Core& core, ConnectionPtr connection, std::string bytes);

}  // namespace ag::server::http
