#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "cli/client.hpp"

/// Server-sent events (WHATWG HTML §9.2), read as a stream of values.
namespace ag::cli {

struct ServerEvent {
  std::string id;     ///< the last one given, also by an earlier event
  std::string event;  ///< its type; `message` when none was given
  std::string data;
};

/// Bytes in, events out, wherever the network cut them. Lines and events that are longer than the bound are dropped.
class EventParser {
 public:
  static constexpr std::size_t kLargestEvent = 1024 * 1024;  ///< bytes; those of AccessGuard have a few hundred

  [[nodiscard]] std::vector<ServerEvent> feed(std::string_view bytes);

 private:
  void take_line(std::vector<ServerEvent>& events);

  std::string line_;
  std::string id_;
  std::string event_;
  std::string data_;
  bool has_data_ = false;
  bool after_return_ = false;  // a line feed that follows belongs to the carriage return before
};

/// One stream that comes back: when the connection ends it is opened anew after a pause, with Last-Event-ID, so that
/// nothing is missed.
class EventStream {
 public:
  /// `after`: the position after which to begin; none: with what comes next.
  EventStream(ClientOptions options, std::optional<std::string> after);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// The next event, or none when `patience` is over without one. A problem when the server refuses the stream
  /// (401, 404 …) or Ctrl-C was pressed; a connection that merely ends or cannot be made is tried again.
  [[nodiscard]] ApiResult<std::optional<ServerEvent>> next(Duration patience);

  /// Whether a stream is flowing now.
  [[nodiscard]] bool is_open() const;

 private:
  struct Connection;
  void connect();
  void finish_if_done();

  ClientOptions options_;
  std::string last_id_;
  std::unique_ptr<Connection> connection_;
  std::deque<ServerEvent> waiting_;
  std::optional<Problem> refusal_;
  std::int64_t reconnect_at_ = 0;  // milliseconds of the steady clock
  int failures_ = 0;               // in a row
};

}  // namespace ag::cli
