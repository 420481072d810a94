#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "aws/types.hpp"
#include "base/http.hpp"
#include "base/time.hpp"

namespace ag::aws {

/// Sends HTTP requests. A seam: production uses make_curl_transport, tests what they like.
class Transport {
 public:
  using Done = std::function<void(AwsResult<HttpResponse>)>;

  virtual ~Transport() = default;

  /// Sends `request` to `origin` (`https://host[:port]`, no slash at the end), its headers just as they are. Never
  /// waits. `deadline` is for everything from now to the last byte of the response, waiting for a turn included.
  ///
  /// `done` is called exactly once: from the transport's own thread, where it must not block nor wait for another
  /// response of this transport, or, when the request is refused at once, from within send(). Any HTTP status is a
  /// response. Errors are local: kRetryable with code `Timeout`, `Connection` (name, TCP, TLS, a response that
  /// broke off), `Busy` (too many waiting) or `Cancelled` (stopping), and kOther with `OversizedResponse`.
  /// After `Timeout`, `Connection` or `Cancelled` nobody knows whether the call took effect.
  virtual void send(std::string origin, HttpRequest request, Duration deadline, Done done) = 0;

  /// Ends: what is under way or waiting is `Cancelled`, what comes later is refused. Returns when every `done` has
  /// been called. Not from within a `done` (asserted). Again does nothing.
  virtual void stop() = 0;
};

struct TransportOptions {
  std::size_t max_in_flight = 16;  ///< connections at once; AWS lets us make 20 calls a second per service
  std::size_t max_waiting = 1024;  ///< more is refused as `Busy`: a minute of calls at that rate
  std::size_t max_response = std::size_t{8} << 20;  ///< bytes of body; as much as codec.hpp decodes
  Duration connect_deadline = Duration::seconds(10);
  std::string user_agent = "accessguard";
  std::string ca_bundle;  ///< PEM file in place of the system's (AWS_CA_BUNDLE); empty for the system's
};

/// On libcurl, with one thread. HTTP/1.1, TLS 1.2 or later with the peer verified, connections kept, no redirects;
/// proxies by the environment as curl reads it (HTTPS_PROXY, https_proxy, NO_PROXY, …). Stops when destroyed, which
/// must not happen on its own thread: stop() it before a `done` could be the last to hold it.
[[nodiscard]] std::unique_ptr<Transport> make_curl_transport(TransportOptions options = {});

}  // namespace ag::aws
