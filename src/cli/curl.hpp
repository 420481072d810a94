#pragma once
#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

#include "base/http.hpp"
#include "cli/client.hpp"

/// What the two ways of calling share: a handle with the rules that hold for each. For client.cpp and event_stream.cpp.
namespace ag::cli {

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using EasyHandle = std::unique_ptr<CURL, EasyCleanup>;

struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListCleanup>;

inline constexpr long kConnectMilliseconds = 5'000;  // a server that is there accepts within a second

/// Before the first handle; once in the program.
void start_curl();

/// Sets the address and what never changes: protocols, no redirects, no proxy towards this machine, user agent.
void set_common(CURL* easy, const ClientOptions& options, const std::string& target);

[[nodiscard]] HeaderList header_list(const ClientOptions& options, const HttpHeaders& headers);

/// `name: value` of one header line; nothing for the status line and the empty one.
[[nodiscard]] std::optional<HttpHeaders::Field> parse_header_line(std::string_view line);

/// Why nothing can be sent, when that is known before.
[[nodiscard]] std::optional<Problem> refuse_beforehand(const ClientOptions& options, std::string_view path);

[[nodiscard]] Problem problem_of_curl(CURLcode code, const ClientOptions& options, const char* words);

}  // namespace ag::cli
