#pragma once
#include <optional>
#include <string>

#include "base/codec.hpp"
#include "base/http.hpp"
#include "base/time.hpp"
#include "server/socket/listener.hpp"

/// Bodies in and out.
namespace ag::server {

/// The JSON body of a request. Error codes `unsupported_media_type`, those of parse_json.
[[nodiscard]] Result<json::value> json_body(const HttpRequest& request);

/// The same as a described struct; errors name the member.
template <class Body>
[[nodiscard]] Result<Body> body_as(const HttpRequest& request) {
  const auto value = json_body(request);
  if (!value) return fail(value.error());
  return from_json<Body>(*value);
}

[[nodiscard]] Answer json_answer(const json::value& body, int status = 200);

/// `30m`, `PT1H`; the error names the field.
[[nodiscard]] Result<Duration> duration_field(std::string_view text, std::string field);
/// RFC 3339, or `+2h` from now.
[[nodiscard]] Result<Instant> time_field(std::string_view text, std::string field, Instant now);

}  // namespace ag::server
