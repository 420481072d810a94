#include "cli/curl.hpp"

#include <fmt/format.h>

#include "cli/interrupt.hpp"

namespace ag::cli {
namespace {

bool is_this_machine(std::string_view server) {
  const auto scheme = server.find("://");
  const std::string_view rest = scheme == std::string_view::npos ? server : server.substr(scheme + 3);
  const std::string_view host = rest.substr(0, rest.starts_with('[') ? rest.find(']') + 1 : rest.find_first_of(":/"));
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace

void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(started);
}

void set_common(CURL* easy, const ClientOptions& options, const std::string& target) {
  curl_easy_setopt(easy, CURLOPT_URL, (options.server + target).c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "accessguard/" AG_VERSION);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  // A proxy of the environment is for other machines; it must not be told the token of this one.
  if (is_this_machine(options.server)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

HeaderList header_list(const ClientOptions& options, const HttpHeaders& headers) {
  HeaderList list;
  const auto append = [&](const std::string& line) { list.reset(curl_slist_append(list.release(), line.c_str())); };
  if (!options.token.empty()) append("Authorization: Bearer " + options.token);
  append("Expect:");  // a body of at most 64 KiB is not worth a round trip
  for (const auto& [name, value] : headers) append(value.empty() ? name + ";" : name + ": " + value);
  return list;
}

std::optional<HttpHeaders::Field> parse_header_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || line.starts_with("HTTP/")) return std::nullopt;
  const auto trimmed = [](std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return std::string_view{};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  };
  return HttpHeaders::Field{std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))};
}

std::optional<Problem> refuse_beforehand(const ClientOptions& options, std::string_view path) {
  if (!options.server.starts_with("http://") && !options.server.starts_with("https://")) {
    return Problem{.code = "invalid_server",
                   .detail = fmt::format("\"{}\" is no address of a server.", options.server),
                   .fix = "give --server http://HOST:PORT or https://HOST"};
  }
  if (options.token.empty() && (path == "/v1" || path.starts_with("/v1/"))) {
    return Problem{.code = "not_signed_in",
                   .detail = fmt::format("You are not signed in: there is no token for {}.", options.server),
                   .fix = "accessguard login --token-stdin, or set ACCESSGUARD_TOKEN"};
  }
  return std::nullopt;
}

Problem problem_of_curl(CURLcode code, const ClientOptions& options, const char* words) {
  if (is_interrupted()) return {.code = "interrupted", .detail = "Interrupted."};
  if (code == CURLE_FILESIZE_EXCEEDED || code == CURLE_WRITE_ERROR) {
    return {.code = "answer_too_large", .detail = "The answer is larger than any of AccessGuard's."};
  }
  const std::string why = words != nullptr && *words != '\0' ? words : curl_easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return {.code = "timed_out",
            .detail = fmt::format("{} did not answer in time: {}.", options.server, why),
            .fix = "accessguard doctor"};
  }
  return {.code = "unreachable",
          .detail = fmt::format("{} cannot be reached: {}.", options.server, why),
          .fix = "is `accessguard serve` running there? --server or ACCESSGUARD_SERVER names another"};
}

}  // namespace ag::cli
