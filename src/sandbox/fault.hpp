#pragma once
#include <expected>
#include <string>
#include <utility>

#include "base/json.hpp"

namespace ag::sandbox {

/// What AWS answers instead of a result. `code` is the exception's name of the JSON services; the query services
/// spell some of them otherwise, which the reply does.
struct Fault {
  std::string code;  ///< as in `ConflictException`
  std::string message;
  int status = 400;
  json::object members = {};  ///< beside the message, as in RetryAfterSeconds or Reason
};

template <class T>
using Outcome = std::expected<T, Fault>;

[[nodiscard]] inline std::unexpected<Fault> refuse(std::string code, std::string message, int status = 400) {
  return std::unexpected(Fault{std::move(code), std::move(message), status});
}

}  // namespace ag::sandbox
