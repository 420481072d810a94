#pragma once
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/http.hpp"

/// What a request must look like before any byte of it reaches a handler. Beast 1.81 parses strictly in most places,
/// but accepts what request smuggling, DNS rebinding and header shadowing are made of: unknown transfer codings,
/// trailers that become headers, several Host or Authorization fields, absolute targets, folded lines. All of that is
/// refused here. Functions of bytes and values only: no socket, no clock; feed them from a fuzzer.
namespace ag::server::http {

inline constexpr std::size_t kMaxHead = 16 * 1024;  ///< bytes of request line and fields; browsers stay below 8 kB
inline constexpr std::size_t kMaxFields = 100;      ///< browsers behind two proxies send about 40

/// A request that is answered by the listener itself. The texts are constants: nothing of the request is echoed.
struct Refusal {
  int status = 400;
  std::string_view code;
  std::string_view detail;

  bool operator==(const Refusal&) const = default;
};

struct GuardRules {
  std::vector<std::string> hosts;  ///< lower case, without port, IPv6 in brackets; "*" allows any
  std::size_t max_body = 64 * 1024;
  std::string large_path;          ///< under which a body may have `max_large_body`; empty: nowhere
  std::size_t max_large_body = 0;  ///< more than `max_body`
  /// What those are told whose body is larger: it outlives every refusal.
  std::string too_large = "The body is larger than this server accepts.";
};

struct NeedMore {
  bool operator==(const NeedMore&) const = default;
};
struct HeadEnd {
  std::size_t length = 0;  ///< of the head with its closing empty line
  bool operator==(const HeadEnd&) const = default;
};
using HeadScan = std::variant<NeedMore, HeadEnd, Refusal>;

/// Looks for the end of the head in what has arrived, of which the first `from` bytes were scanned before and needed
/// more. Refuses at the first byte that no head can hold: bare CR or LF, a folded line, control characters.
[[nodiscard]] HeadScan scan_head(std::string_view input, std::size_t from);

enum class Version { kHttp10, kHttp11 };
enum class Persistence { kKeepAlive, kClose };
enum class Expectation { kNone, kContinue };

/// A head that passed.
struct Head {
  HttpRequest request;  ///< its body is still empty
  std::size_t body_length = 0;
  Persistence persistence = Persistence::kClose;  ///< what the client asks for; HTTP/1.0 always closes
  Expectation expectation = Expectation::kNone;
};

/// Parses a whole head, as scan_head() found it, and applies guard() to it.
[[nodiscard]] std::expected<Head, Refusal> read_head(std::string_view head, const GuardRules& rules);

/// The rules over a head that is parsed; nothing when it passes.
[[nodiscard]] std::optional<Refusal> guard(const HttpRequest& request, Version version, const GuardRules& rules);

/// `Example.com:8080` is `example.com`, `[::1]:80` is `[::1]`; nothing when it is no host (RFC 9110 §7.2).
[[nodiscard]] std::optional<std::string> host_name(std::string_view field);

}  // namespace ag::server::http
