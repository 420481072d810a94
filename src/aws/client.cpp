#include "aws/client.hpp"

#include <chrono>
#include <future>
#include <utility>

#include "aws/codec.hpp"
#include "aws/errors.hpp"
#include "aws/sigv4.hpp"
#include "base/assert.hpp"

namespace ag::aws {
namespace {

// AWS takes a signature for five minutes either way; well before that our clock is worth correcting.
constexpr Duration kClockTolerance = Duration::seconds(30);
// After a refused signature even a small difference is worth one more try; `Date` counts whole seconds.
constexpr Duration kClockToleranceWhenRefused = Duration::seconds(2);
constexpr Duration kLongestWait = Duration::hours(24);

// Only AWS's own responses are asked for the time: a proxy's page carries the proxy's clock.
std::optional<Instant> aws_time(const HttpResponse& response) {
  if (!response.headers.find("x-amzn-RequestId") && !response.headers.find("x-amz-request-id")) return std::nullopt;
  const auto date = response.headers.find("Date");
  const auto parsed = date ? parse_http_date(*date) : Result<Instant>(fail("invalid_time", "no Date"));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace

/// One call on its way through at most three exchanges.
struct Client::Attempt {
  Call call;
  Duration deadline;
  Done done;
  std::string refused_key;         // of credentials that expired during this call
  std::optional<AwsError> expiry;  // what they were refused with
  bool clock_corrected = false;
};

/// When an exchange went out and came back, by our own clock, and with which key.
struct Client::Sent {
  Instant at;
  Instant back;
  std::string key;
};

Client::Client(ClientParts parts) : parts_(std::move(parts)) {
  AG_ASSERT(parts_.transport != nullptr && parts_.credentials != nullptr && parts_.clock);
}

Client::~Client() { parts_.transport->stop(); }

Instant Client::corrected(Instant own) const {
  const std::int64_t skew = skew_seconds_;
  return skew >= 0 ? own + Duration::seconds(skew) : own - Duration::seconds(-skew);
}

void Client::perform(Call call, Done done) {
  begin(std::make_shared<Attempt>(Attempt{std::move(call), parts_.deadline, std::move(done), {}, {}}));
}

AwsResult<Reply> Client::perform(Call call, Duration deadline) {
  deadline = std::min(deadline, kLongestWait);
  const auto promise = std::make_shared<std::promise<AwsResult<Reply>>>();
  auto future = promise->get_future();
  begin(std::make_shared<Attempt>(Attempt{
      std::move(call), deadline, [promise](AwsResult<Reply> reply) { promise->set_value(std::move(reply)); }, {}, {}}));
  // The exchange has the same deadline and a better message: it gets a moment to say so.
  const auto wait = std::chrono::milliseconds((deadline + Duration::milliseconds(500)).count_milliseconds());
  if (future.wait_for(wait) == std::future_status::ready) return future.get();
  return std::unexpected(local_error(ErrorClass::kRetryable, "Timeout", "no answer before the deadline"));
}

void Client::begin(const std::shared_ptr<Attempt>& attempt) {
  const Instant now = parts_.clock();
  parts_.credentials->get(corrected(now), attempt->refused_key,
                          [this, attempt, now](AwsResult<Credentials> credentials) {
                            if (!credentials) {
                              const Sent sent{now, parts_.clock(), ""};
                              return conclude(attempt, sent, std::unexpected(std::move(credentials.error())));
                            }
                            if (attempt->expiry && credentials->access_key_id == attempt->refused_key) {
                              return attempt->done(std::unexpected(std::move(*attempt->expiry)));
                            }
                            exchange(attempt, *credentials);
                          });
}

void Client::exchange(const std::shared_ptr<Attempt>& attempt, const Credentials& credentials) {
  const Endpoint& endpoint = parts_.endpoints[service_of(attempt->call)];
  const Instant now = parts_.clock();
  HttpRequest request =
      sign(encode(attempt->call, endpoint), credentials, endpoint.service, endpoint.region, corrected(now));
  Sent sent{now, now, credentials.access_key_id};
  parts_.transport->send(
      endpoint.origin, std::move(request), attempt->deadline,
      [this, attempt, sent = std::move(sent)](AwsResult<HttpResponse> response) mutable {
        sent.back = parts_.clock();
        auto reply = response ? decode(attempt->call, *response) : std::unexpected(std::move(response.error()));
        observe(attempt->call, sent, reply);
        const bool refused = !reply && is_signature_failure(reply.error());  // conclude() looks into those
        if (const auto server = response ? aws_time(*response) : std::nullopt) {
          if (parts_.server_time) parts_.server_time(*server);
          if (!refused) learn_clock(*server, sent, kClockTolerance);
        }
        conclude(attempt, sent, std::move(reply));
      });
}

void Client::conclude(const std::shared_ptr<Attempt>& attempt, const Sent& sent, AwsResult<Reply> reply) {
  if (!reply && repeats(*attempt, sent, reply.error())) return begin(attempt);
  attempt->done(std::move(reply));
}

bool Client::repeats(Attempt& attempt, const Sent& sent, const AwsError& error) {
  if (is_signature_failure(error) && error.server_time && !attempt.clock_corrected) {
    attempt.clock_corrected = true;
    return learn_clock(*error.server_time, sent, kClockToleranceWhenRefused);
  }
  if (is_expired_token(error) && !attempt.expiry && !sent.key.empty()) {
    attempt.refused_key = sent.key;
    attempt.expiry = error;
    return true;
  }
  return false;
}

// AWS stamped its response between our sending and receiving; what lies outside of that is our clock's fault.
bool Client::learn_clock(Instant server, const Sent& sent, Duration tolerance) {
  const Instant earliest = corrected(sent.at);
  const Instant latest = corrected(sent.back);
  const Duration off = server < earliest ? earliest - server : server - latest;
  if (off <= tolerance) return false;
  skew_seconds_ = server.count_seconds() - sent.back.count_seconds();
  return true;
}

void Client::observe(const Call& call, const Sent& sent, const AwsResult<Reply>& reply) const {
  if (!parts_.observe) return;
  parts_.observe({service_of(call), operation_of(call), reply ? "ok" : reply.error().code, sent.back - sent.at});
}

}  // namespace ag::aws
