#include "server/socket/wire.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/assert.hpp"
#include "base/json.hpp"

namespace ag::server::http {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 37> kReasons = {{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

constexpr std::array<std::string_view, 7> kOurs = {"content-length", "transfer-encoding", "connection", "keep-alive",
                                                   "upgrade",        "trailer",           "date"};

bool equal_names(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// RFC 9110 §5.6.2.
bool is_token_character(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_value_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

void append_fields(std::string& head, const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    const auto is_it = [&field = name](std::string_view ours) { return equal_names(field, ours); };
    if (std::any_of(kOurs.begin(), kOurs.end(), is_it)) continue;
    fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
  }
}

std::string start_of(int status, Instant now) {
  return fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", status, reason_phrase(status), to_http_date(now));
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto it = std::find_if(kReasons.begin(), kReasons.end(), [&](const auto& row) { return row.first == status; });
  return it == kReasons.end() ? std::string_view() : it->second;
}

bool is_sendable(int status, const HttpHeaders& headers) {
  if (status < 200 || status > 599) return false;
  return std::all_of(headers.begin(), headers.end(), [](const HttpHeaders::Field& field) {
    return !field.first.empty() && std::all_of(field.first.begin(), field.first.end(), is_token_character) &&
           std::all_of(field.second.begin(), field.second.end(), is_value_character);
  });
}

Outgoing serialize(HttpResponse response, Persistence persistence, BodyRule rule, Instant now) {
  if (!is_sendable(response.status, response.headers)) response = internal_error();
  const bool has_body = response.status != 204 && response.status != 304;
  Outgoing result;
  result.head = start_of(response.status, now);
  append_fields(result.head, response.headers);
  if (has_body) fmt::format_to(std::back_inserter(result.head), "Content-Length: {}\r\n", response.body.size());
  if (persistence == Persistence::kClose) result.head += "Connection: close\r\n";
  result.head += "\r\n";
  if (has_body && rule == BodyRule::kSend) result.body = std::move(response.body);
  return result;
}

std::string stream_head(const HttpHeaders& headers, Instant now) {
  AG_ASSERT(is_sendable(200, headers));
  std::string head = start_of(200, now);
  const auto add_unless_given = [&](std::string_view name, std::string_view value) {
    if (!headers.find(name)) fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
  };
  add_unless_given("Content-Type", "text/event-stream");
  add_unless_given("Cache-Control", "no-store");
  add_unless_given("X-Accel-Buffering", "no");  // nginx would hold events back until its buffer is full
  append_fields(head, headers);
  head += "Connection: close\r\n\r\n";
  return head;
}

HttpResponse problem(int status, std::string_view code, std::string_view detail) {
  const json::object body = {{"type", "about:blank"},
                             {"title", reason_phrase(status)},
                             {"status", status},
                             {"code", code},
                             {"detail", detail}};
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/problem+json");
  response.headers.add("Cache-Control", "no-store");
  response.body = json::serialize(body);
  return response;
}

HttpResponse internal_error() {
  return problem(500, "internal_error", "The server failed to answer. The cause is in its log.");
}

}  // namespace ag::server::http
