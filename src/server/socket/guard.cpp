#include "server/socket/guard.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>

#include "server/socket/asio.hpp"

namespace ag::server::http {
namespace {

namespace beast = boost::beast::http;

constexpr Refusal kMalformed{400, "malformed_request", "The request is not well-formed HTTP/1.1."};
constexpr Refusal kBareLineEnd{400, "malformed_request", "Lines end with CR LF and with nothing else."};
constexpr Refusal kFolded{400, "malformed_request", "Header fields must not be folded over several lines."};
constexpr Refusal kControl{400, "malformed_request", "The header holds a control character."};
constexpr Refusal kHeadTooLarge{431, "header_too_large", "The header is larger than this server accepts."};
constexpr Refusal kVersion{505, "version_not_supported", "This server speaks HTTP/1.1."};
constexpr Refusal kMethod{501, "method_not_implemented", "This server does not know the method."};
constexpr Refusal kTarget{400, "invalid_target", "The request target must be a path of printable ASCII."};
constexpr Refusal kCoding{411, "length_required", "Send the body with Content-Length, not with a transfer coding."};
constexpr Refusal kNoHost{400, "invalid_host", "The request must have exactly one valid Host field."};
constexpr Refusal kOtherHost{421, "unknown_host", "This server is not known by the name in the Host field."};
constexpr Refusal kRepeated{400, "repeated_field", "A header field that may come once came more than once."};
constexpr Refusal kLength{400, "invalid_length", "Content-Length is not a valid number."};
constexpr Refusal kExpectation{417, "expectation_failed", "Expect may only be 100-continue."};

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

// Fields on which a decision about trust, framing or identity rests: two of them mean that this server and a proxy
// before it might each believe another one.
constexpr std::array<std::string_view, 11> kSingle = {"host",           "content-length", "authorization",  "cookie",
                                                      "content-type",   "origin",         "expect",         "forwarded",
                                                      "sec-fetch-site", "referer",        "idempotency-key"};
constexpr std::string_view kForwardedPrefix = "x-forwarded-";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x7f || (byte < 0x20 && c != '\t' && c != '\r' && c != '\n');
}

bool may_come_once(std::string_view name) {
  return name.starts_with(kForwardedPrefix) || std::find(kSingle.begin(), kSingle.end(), name) != kSingle.end();
}

std::optional<Refusal> check_fields(const HttpHeaders& headers) {
  if (headers.size() > kMaxFields) return kHeadTooLarge;
  std::vector<std::string> seen;
  for (const auto& [field, value] : headers) {
    std::string name = lowered(field);
    if (name == "transfer-encoding") return kCoding;
    if (!may_come_once(name)) continue;
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) return name == "host" ? kNoHost : kRepeated;
    seen.push_back(std::move(name));
  }
  return std::nullopt;
}

std::optional<Refusal> check_host(const HttpHeaders& headers, const GuardRules& rules) {
  const auto field = headers.find("Host");
  if (!field) return kNoHost;
  const auto name = host_name(*field);
  if (!name) return kNoHost;
  const auto is_known = [&](const std::string& host) { return host == "*" || host == *name; };
  if (std::none_of(rules.hosts.begin(), rules.hosts.end(), is_known)) return kOtherHost;
  return std::nullopt;
}

bool is_under(std::string_view target, std::string_view path) {
  if (path.empty() || !target.starts_with(path)) return false;
  const auto rest = target.substr(path.size());
  return rest.empty() || rest.front() == '/' || rest.front() == '?';
}

/// Digits only: a sign, a list or a space is another length to somebody else.
std::expected<std::size_t, Refusal> content_length(const HttpRequest& request, const GuardRules& rules) {
  const auto field = request.headers.find("Content-Length");
  if (!field) return 0;
  if (field->empty() || !std::all_of(field->begin(), field->end(), is_digit)) return std::unexpected(kLength);
  std::size_t length = 0;
  const auto parsed = std::from_chars(field->data(), field->data() + field->size(), length);
  const std::size_t most = is_under(request.target, rules.large_path) ? rules.max_large_body : rules.max_body;
  if (parsed.ec != std::errc() || length > most)
    return std::unexpected(Refusal{413, "body_too_large", rules.too_large});
  return length;
}

Refusal refusal_of(const boost::system::error_code& problem) {
  if (problem == beast::error::bad_version) return kVersion;
  if (problem == beast::error::header_limit) return kHeadTooLarge;
  return kMalformed;
}

}  // namespace

HeadScan scan_head(std::string_view input, std::size_t from) {
  for (std::size_t i = from; i < input.size(); ++i) {
    const char c = input[i];
    const char before = i == 0 ? '\0' : input[i - 1];
    if (i >= kMaxHead) return kHeadTooLarge;
    if (is_control(c)) return kControl;
    if ((c == '\n') != (before == '\r')) return kBareLineEnd;
    if ((c == ' ' || c == '\t') && before == '\n') return kFolded;
    if (c != '\n') continue;
    if (i == 1) return kMalformed;  // an empty line where the request line should be
    if (i >= 3 && input[i - 2] == '\n') return HeadEnd{i + 1};
  }
  return NeedMore{};
}

std::optional<std::string> host_name(std::string_view field) {
  const bool is_bracketed = field.starts_with('[');
  const std::size_t end = is_bracketed ? field.find(']') + 1 : std::min(field.find(':'), field.size());
  if (end == 0) return std::nullopt;
  std::string_view name = field.substr(0, end);
  const std::string_view port = field.substr(end);
  if (!port.empty()) {
    const std::string_view digits = port.substr(1);
    if (port.front() != ':' || digits.empty() || digits.size() > 5) return std::nullopt;
    if (!std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  }
  const std::string_view inner = is_bracketed ? name.substr(1, name.size() - 2) : name;
  const auto is_allowed = [&](char c) {
    if (is_bracketed) return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.';
    return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
  };
  if (inner.empty() || !std::all_of(inner.begin(), inner.end(), is_allowed)) return std::nullopt;
  return lowered(name);
}

std::optional<Refusal> guard(const HttpRequest& request, Version version, const GuardRules& rules) {
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) return kMethod;
  const auto is_printable = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!request.target.starts_with('/') || !std::all_of(request.target.begin(), request.target.end(), is_printable)) {
    return kTarget;
  }
  if (const auto refusal = check_fields(request.headers)) return refusal;
  if (const auto refusal = check_host(request.headers, rules)) return refusal;
  if (const auto length = content_length(request, rules); !length) return length.error();
  const auto expect = request.headers.find("Expect");
  if (expect && version == Version::kHttp11 && lowered(*expect) != "100-continue") return kExpectation;
  return std::nullopt;
}

std::expected<Head, Refusal> read_head(std::string_view head, const GuardRules& rules) {
  // Beast takes "/a b HTTP/1.1" for a target and a version of its own, which would be answered with 505.
  const std::string_view line = head.substr(0, head.find('\r'));
  if (std::count(line.begin(), line.end(), ' ') != 2) return std::unexpected(kMalformed);
  // Judged here and not by Beast's error, which an optimised build was seen not to recognise as its own.
  const std::string_view spoken = line.substr(line.rfind(' ') + 1);
  if (spoken.starts_with("HTTP/") && spoken != "HTTP/1.1" && spoken != "HTTP/1.0") return std::unexpected(kVersion);

  beast::request_parser<beast::empty_body> parser;
  parser.header_limit(kMaxHead);
  parser.body_limit(boost::none);  // ours decides: its answer is a 413, not a parse error
  parser.skip(true);               // the body is read by its length, which the guard has seen
  boost::system::error_code problem;
  parser.put(asio::buffer(head.data(), head.size()), problem);
  if (problem) return std::unexpected(refusal_of(problem));
  if (!parser.is_header_done()) return std::unexpected(kMalformed);

  const auto& message = parser.get();
  Head result;
  result.request.method = std::string(message.method_string());
  result.request.target = std::string(message.target());
  for (const auto& field : message) {
    result.request.headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  const Version version = message.version() == 11 ? Version::kHttp11 : Version::kHttp10;
  if (const auto refusal = guard(result.request, version, rules)) return std::unexpected(*refusal);

  const auto length = content_length(result.request, rules);
  if (!length) return std::unexpected(length.error());
  result.body_length = *length;
  const bool keeps_alive = version == Version::kHttp11 && parser.keep_alive();
  result.persistence = keeps_alive ? Persistence::kKeepAlive : Persistence::kClose;
  // From HTTP/1.0 it is to be ignored (RFC 9110 §10.1.1).
  const bool expects = version == Version::kHttp11 && result.request.headers.find("Expect").has_value();
  result.expectation = expects ? Expectation::kContinue : Expectation::kNone;
  return result;
}

}  // namespace ag::server::http
