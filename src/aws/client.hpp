#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "aws/transport.hpp"
#include "aws/types.hpp"
#include "base/time.hpp"

namespace ag::aws {

/// One exchange with AWS, for metrics.
struct Observation {
  Service service = Service::kSts;
  std::string_view operation;
  std::string code;  ///< `ok`, or the error's code
  Duration took;
};

struct ClientParts {
  std::shared_ptr<Transport> transport;  ///< this client's alone, but for its credential sources: stopped with it
  std::shared_ptr<CredentialSource> credentials;
  Endpoints endpoints;
  std::function<Instant()> clock;                   ///< called from several threads
  std::function<void(const Observation&)> observe;  ///< may be empty; from the transport's thread, must not block
  std::function<void(Instant)> server_time;         ///< AWS's `Date` of each answer; as `observe`
  Duration deadline = Duration::seconds(30);        ///< of one exchange, where the caller names none
};

/// Performs calls: encodes, signs, sends, decodes. Thread-safe.
///
/// It repeats a call in two cases only, once each, because they are about who and when we are and not about the
/// call: a signature refused while our clock is off (learned from AWS's `Date`), and an expired token. All other
/// repeating is for those who know what the call is for.
class Client {
 public:
  using Done = std::function<void(AwsResult<Reply>)>;

  explicit Client(ClientParts parts);
  /// Stops the transport; every `done` has been called when it returns. Not from within a `done`.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// `done` is called exactly once: from the transport's thread, or from within this call when the request is
  /// refused at once. It must not block.
  void perform(Call call, Done done);

  /// Blocks for at most `deadline`, and a day. Not from within a `done`: it would wait for itself.
  [[nodiscard]] AwsResult<Reply> perform(Call call, Duration deadline);

  /// The same for one known call: `ask(ListUsers{store, ""}, deadline)` is an AwsResult<Users>.
  template <class C>
  [[nodiscard]] AwsResult<ReplyTo<C>> ask(C call, Duration deadline) {
    auto reply = perform(Call(std::move(call)), deadline);
    if (!reply) return std::unexpected(std::move(reply.error()));
    return std::get<ReplyTo<C>>(std::move(*reply));
  }

  /// How many seconds AWS's clock is ahead of ours; negative when it is behind. 0 until a reply
  /// showed more than 30 s, or a signature was refused.
  [[nodiscard]] std::int64_t clock_skew() const { return skew_seconds_; }

 private:
  struct Attempt;
  struct Sent;

  [[nodiscard]] Instant corrected(Instant own) const;
  void begin(const std::shared_ptr<Attempt>& attempt);
  void exchange(const std::shared_ptr<Attempt>& attempt, const Credentials& credentials);
  void conclude(const std::shared_ptr<Attempt>& attempt, const Sent& sent, AwsResult<Reply> reply);
  bool repeats(Attempt& attempt, const Sent& sent, const AwsError& error);
  bool learn_clock(Instant server, const Sent& sent, Duration tolerance);
  void observe(const Call& call, const Sent& sent, const AwsResult<Reply>& reply) const;

  const ClientParts parts_;
  std::atomic<std::int64_t> skew_seconds_ = 0;
};

}  // namespace ag::aws
