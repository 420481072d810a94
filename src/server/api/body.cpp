#include "server/api/body.hpp"

#include "base/text.hpp"

namespace ag::server {

namespace {

// The ledger keeps times to the millisecond; a finer one would be another after a restart.
Instant to_milliseconds(Instant at) {
  return Instant::from_nanoseconds(at.count_nanoseconds() / 1'000'000 * 1'000'000);
}

}  // namespace

Result<json::value> json_body(const HttpRequest& request) {
  const auto type = request.headers.find("Content-Type");
  if (request.body.empty() && !type) return json::value(json::object{});
  const std::string media = to_lower(type.value_or("").substr(0, type.value_or("").find(';')));
  if (media != "application/json") {
    return fail("unsupported_media_type", "send JSON, with Content-Type: application/json", "Content-Type");
  }
  if (request.body.empty()) return json::value(json::object{});
  return parse_json(request.body);
}

Answer json_answer(const json::value& body, int status) {
  return HttpResponse{.status = status,
                      .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                      .body = canonical_json(body)};
}

Result<Duration> duration_field(std::string_view text, std::string field) {
  auto parsed = parse_duration(text);
  if (parsed && !parsed->is_zero()) return *parsed;
  return fail("invalid_duration",
              "\"" + field + "\" must be at least one second and look like 30m, 1h30m or PT1H, not \"" +
                  std::string(text.substr(0, 64)) + "\"",
              std::move(field));
}

Result<Instant> time_field(std::string_view text, std::string field, Instant now) {
  if (text.starts_with('+')) {
    auto ahead = duration_field(text.substr(1), std::move(field));
    if (!ahead) return fail(ahead.error());
    return to_milliseconds(now + *ahead);
  }
  auto parsed = parse_rfc3339(text);
  if (parsed) return to_milliseconds(*parsed);
  return fail("invalid_time", "\"" + field + "\": " + parsed.error().message + ", or +2h", std::move(field));
}

}  // namespace ag::server
