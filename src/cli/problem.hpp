#pragma once
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "base/http.hpp"

/// Why a call of the API came to nothing: what the server answered (RFC 9457), or why no answer came.
namespace ag::cli {

struct Problem {
  int status = 0;  ///< of HTTP; 0 when there was no answer
  std::string code;
  std::string detail;
  std::vector<std::pair<std::string, std::string>> errors;  ///< field and what is wrong with it
  std::string rule;
  std::string fix;
  std::string request_id;
};

template <class T>
using ApiResult = std::expected<T, Problem>;

/// Of an answer whose status is not 2xx. An answer that is no problem document (a proxy's page) yields `http_<status>`.
[[nodiscard]] Problem problem_of(const HttpResponse& response);

/// The lines that a person reads, each safe for a terminal:
///     error: detail (rule …)
///       field: …
///       try: …
///       request id: …
[[nodiscard]] std::vector<std::string> explain(const Problem& problem);

}  // namespace ag::cli
