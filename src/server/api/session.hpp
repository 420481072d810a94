#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// What a browser sends by itself, and what that may do. A cookie comes along with every request, whoever made the
/// browser send it: so it counts only for pages that this server gave out. Functions of headers only.
namespace ag::server {

/// The page that made the browser send a request, as the browser says (Fetch Metadata; RFC 6454 for `Origin`).
enum class Source {
  kOwnPage,  ///< of this very server: scheme, name and port
  kAddress,  ///< nobody's: typed, or out of a bookmark
  kForeign,  ///< another one's, be it on this machine on another port
  kUntold,   ///< the browser does not say, or it is none
};
[[nodiscard]] Source source_of(const HttpHeaders& headers);

/// Whether a cookie may speak for the request: to change something only from an own page, to read from no foreign one.
[[nodiscard]] bool may_use_cookie(std::string_view method, Source source);

/// What to answer where it may not.
[[nodiscard]] Error foreign_origin();

/// The secret in the session cookie. None as well where the cookie comes twice: another program on this host, or a
/// domain above, has put one beside ours, and which is which cannot be told.
[[nodiscard]] std::optional<std::string> session_of(const HttpHeaders& headers);

/// `Set-Cookie` for a session. Where the browser speaks HTTPS to whatever stands before this server the cookie is
/// bound to that (`Secure`, `__Host-`): nobody can plant one from elsewhere.
[[nodiscard]] std::string session_cookie(const HttpHeaders& headers, std::string_view secret, Duration lifetime);
/// `Set-Cookie` that takes it away.
[[nodiscard]] std::string no_session_cookie(const HttpHeaders& headers);

}  // namespace ag::server
