#pragma once
#include <optional>
#include <string>

#include "cli/command.hpp"

/// Following one request until something comes of it.
namespace ag::cli {

/// One line at the foot of the terminal that is written over; nothing off a terminal.
class LiveLine {
 public:
  explicit LiveLine(Context& context);
  ~LiveLine() { clear(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  void draw(std::string_view text);
  void clear();

 private:
  Context& context_;
  bool works_ = false;
  bool drawn_ = false;
  int turn_ = 0;
};

/// Reads a request again whenever an event tells of it; every second when there is no stream of events. A server that
/// cannot be reached for a while is borne with.
class RequestWatch {
 public:
  RequestWatch(Context& context, std::string id, ClientOptions options);

  /// The request as it is, when it may have changed; none after `patience`.
  [[nodiscard]] ApiResult<std::optional<Answer>> next(Duration patience);

 private:
  [[nodiscard]] ApiResult<bool> hears_of_it(Duration patience);
  [[nodiscard]] ApiResult<std::optional<Answer>> read();

  Context& context_;
  std::string id_;
  ClientOptions options_;
  std::optional<EventStream> stream_;
  Instant read_at_;
  bool lost_ = false;
};

enum class WaitKind { kNone, kForever, kBounded };
struct WaitPlan {
  WaitKind kind = WaitKind::kNone;
  std::optional<Duration> bound;
};

/// What `--wait`, `--wait=10m` and `--no-wait` say; without them a person at a terminal waits. Error code
/// `invalid_value`, and those of parse_duration().
[[nodiscard]] Result<WaitPlan> wait_plan(const Context& context, const Arguments& arguments);

/// Trouble that a wait bears with: the server is away or busy.
[[nodiscard]] bool is_passing(const Problem& problem);

/// The request that an id of a grant belongs to: they share the ULID (`grt_<ULID>_<number>`). Other ids as they are.
[[nodiscard]] std::string request_of(std::string_view id);
[[nodiscard]] ApiCall get_request(std::string_view id);

/// Waits until `request` is no longer pending or granting, and leaves in it how it is then. `bound`: at most so long.
[[nodiscard]] ExitCode wait_for_outcome(Context& context, Answer& request, std::optional<Duration> bound);

}  // namespace ag::cli
