#pragma once
#include <string>
#include <string_view>

#include "base/http.hpp"
#include "base/time.hpp"
#include "server/socket/guard.hpp"

/// Responses as bytes (RFC 9112). Framing is the listener's alone: what a handler says about Content-Length,
/// Transfer-Encoding, Connection, Keep-Alive, Upgrade, Trailer and Date is dropped.
namespace ag::server::http {

enum class BodyRule {
  kSend,
  kOmit,  ///< the answer to HEAD: the length is told, the body is not sent
};

struct Outgoing {
  std::string head;  ///< with its closing empty line
  std::string body;
};

/// Whether a response can be sent as it is: a final status, names that are tokens, values without CR, LF, NUL or any
/// other control character. A handler that copies a stranger's text into a header must not write a second response.
[[nodiscard]] bool is_sendable(int status, const HttpHeaders& headers);

/// The response as it goes out; one that is not sendable goes out as internal_error().
[[nodiscard]] Outgoing serialize(HttpResponse response, Persistence persistence, BodyRule rule, Instant now);

/// The head of a response that ends when the connection does; status 200. `headers` must be sendable (asserted).
[[nodiscard]] std::string stream_head(const HttpHeaders& headers, Instant now);

/// RFC 9457: application/problem+json with type, title, status, code and detail.
[[nodiscard]] HttpResponse problem(int status, std::string_view code, std::string_view detail);
[[nodiscard]] HttpResponse internal_error();

/// `Not Found` for 404; empty when there is none.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace ag::server::http
