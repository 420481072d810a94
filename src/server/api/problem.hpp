#pragma once
#include <string>
#include <string_view>

#include "base/http.hpp"
#include "base/result.hpp"

/// Errors as people and programs see them over HTTP: RFC 9457 problem details.
namespace ag::server {

/// The HTTP status that an error's code stands for; 500 for a code that is not in the table, which is a mistake.
[[nodiscard]] int status_of_code(std::string_view code);

[[nodiscard]] HttpResponse problem(const Error& error, const std::string& request_id);
/// With a status that the code does not tell by itself (the listener's own refusals).
[[nodiscard]] HttpResponse problem(int status, const Error& error, const std::string& request_id);

}  // namespace ag::server
