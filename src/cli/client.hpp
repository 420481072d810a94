#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "cli/problem.hpp"

/// The HTTP API from the outside: one connection, one call at a time, blocking.
namespace ag::cli {

using Query = std::vector<std::pair<std::string, std::string>>;

struct ApiCall {
  std::string method = "GET";
  std::string path;  ///< encoded already: put ids through percent_encode()
  Query query{};     ///< encoded by the client; members with an empty value are left out
  std::optional<std::string> body{};
  HttpHeaders headers{};  ///< besides those that the client adds itself
};

/// An answer with a JSON body, and the very bytes of it: what `-o json` prints.
struct Answer {
  json::value value;
  std::string bytes;
  HttpHeaders headers;
  int status = 200;
};

struct ClientOptions {
  std::string server;                         ///< `http://127.0.0.1:8642`; http and https only
  std::string token;                          ///< empty: only what needs none
  Duration deadline = Duration::seconds(30);  ///< for one call as a whole
};

/// Everything but letters, digits and `-._~` as `%XX` (RFC 3986 §2.3).
[[nodiscard]] std::string percent_encode(std::string_view text);

/// The path and query of a call, encoded.
[[nodiscard]] std::string target_of(const ApiCall& call);

/// Never follows a redirect (a token must not travel), bounds every answer, and gives each POST an Idempotency-Key,
/// so that a call may be repeated after a broken connection. Ctrl-C ends a call with the code `interrupted`.
/// Codes without an HTTP status: `not_signed_in`, `unreachable`, `timed_out`, `answer_too_large`, `invalid_server`,
/// `interrupted`.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The answer, whatever its status.
  [[nodiscard]] ApiResult<HttpResponse> exchange(const ApiCall& call);

  /// A 2xx answer with a JSON body; everything else is a problem.
  [[nodiscard]] ApiResult<Answer> call(const ApiCall& call);

  [[nodiscard]] const ClientOptions& options() const { return options_; }

 private:
  struct Handle;
  [[nodiscard]] ApiResult<HttpResponse> attempt(const ApiCall& call, const HttpHeaders& headers);

  ClientOptions options_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace ag::cli
