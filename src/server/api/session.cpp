#include "server/api/session.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace ag::server {
namespace {

constexpr std::string_view kPlainName = "accessguard";
constexpr std::string_view kBoundName = "__Host-accessguard";  // browsers take it over HTTPS alone, and from this host
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Of one name in a Cookie field; none when it is not there, or twice.
std::optional<std::string> cookie(std::string_view field, std::string_view name) {
  std::optional<std::string> found;
  while (!field.empty()) {
    const auto end = field.find(';');
    const std::string_view pair = trimmed(field.substr(0, end));
    field = end == std::string_view::npos ? std::string_view{} : field.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (found) return std::nullopt;
    found = std::string(pair.substr(equals + 1));
  }
  return found;
}

/// `Origin` has no path; the default port is left out in it as in `Host`.
bool is_this_server(std::string_view origin, std::string_view host) {
  std::string_view authority = origin;
  if (origin.starts_with(kHttps)) authority.remove_prefix(kHttps.size());
  else if (origin.starts_with(kHttp)) authority.remove_prefix(kHttp.size());
  else return false;
  return to_lower(authority) == to_lower(host);
}

bool speaks_https(const HttpHeaders& headers) { return headers.find("Origin").value_or("").starts_with(kHttps); }

std::string cookie_field(const HttpHeaders& headers, std::string_view value, std::int64_t seconds) {
  const bool is_bound = speaks_https(headers);
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", is_bound ? kBoundName : kPlainName,
                     value, seconds, is_bound ? "; Secure" : "");
}

}  // namespace

Source source_of(const HttpHeaders& headers) {
  const auto origin = headers.find("Origin");
  if (origin && !is_this_server(*origin, headers.find("Host").value_or(""))) return Source::kForeign;
  if (const auto site = headers.find("Sec-Fetch-Site")) {
    if (*site == "same-origin") return Source::kOwnPage;
    return *site == "none" ? Source::kAddress : Source::kForeign;
  }
  return origin ? Source::kOwnPage : Source::kUntold;
}

bool may_use_cookie(std::string_view method, Source source) {
  if (source == Source::kOwnPage) return true;
  return source != Source::kForeign && (method == "GET" || method == "HEAD");
}

Error foreign_origin() {
  return {"foreign_origin",
          "this came from a page of another address: a session counts for this server's own pages alone", "Origin", "",
          "open the console at its own address; programs send a token in Authorization"};
}

std::optional<std::string> session_of(const HttpHeaders& headers) {
  const auto field = headers.find("Cookie");
  if (!field) return std::nullopt;
  if (auto bound = cookie(*field, kBoundName)) return bound;
  return cookie(*field, kPlainName);
}

std::string session_cookie(const HttpHeaders& headers, std::string_view secret, Duration lifetime) {
  return cookie_field(headers, secret, lifetime.count_seconds());
}

std::string no_session_cookie(const HttpHeaders& headers) { return cookie_field(headers, "", 0); }

}  // namespace ag::server
