#include "sandbox/query.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/text.hpp"

namespace ag::sandbox {
namespace {

constexpr std::size_t kMaxParameters = 1'000;  // far above the fifty tags of AssumeRole

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return decode_utf8(out) ? std::optional(out) : std::nullopt;
}

/// False when something in it cannot be read.
[[nodiscard]] bool read_form(std::string_view form, json::object& parameters) {
  while (!form.empty()) {
    const auto end = form.find('&');
    const std::string_view pair = form.substr(0, end);
    form.remove_prefix(end == std::string_view::npos ? form.size() : end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = percent_decoded(pair.substr(0, equals));
    const auto value = percent_decoded(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!name || !value || parameters.size() >= kMaxParameters) return false;
    parameters[*name] = *value;
  }
  return true;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: {
        // XML 1.0 has no other control characters, not even escaped.
        const auto byte = static_cast<unsigned char>(c);
        const bool is_allowed = byte >= 0x20 || c == '\t' || c == '\n' || c == '\r';
        out += is_allowed ? c : '?';
      }
    }
  }
  return out;
}

std::string elements(const json::value& value) {
  if (const auto* object = value.if_object()) {
    std::string out;
    for (const auto& member : *object) {
      const std::string_view name = member.key();
      out += fmt::format("<{0}>{1}</{0}>", name, elements(member.value()));
    }
    return out;
  }
  if (const auto* array = value.if_array()) {
    std::string out;
    for (const json::value& item : *array) out += fmt::format("<member>{}</member>", elements(item));
    return out;
  }
  if (const auto* text = value.if_string()) return escaped(*text);
  return json::serialize(value);
}

}  // namespace

Outcome<json::object> query_parameters(const HttpRequest& request) {
  json::object parameters;
  const std::string_view target = request.target;
  const auto question = target.find('?');
  const bool is_readable = (question == std::string_view::npos || read_form(target.substr(question + 1), parameters)) &&
                           read_form(request.body, parameters);
  if (!is_readable) return refuse("MalformedQueryString", "The query string contains a syntax error.", 404);
  return parameters;
}

std::string xml_result(std::string_view operation, std::string_view xml_namespace, const json::object& result,
                       std::string_view request_id) {
  return fmt::format(
      "<{0}Response xmlns=\"{1}\"><{0}Result>{2}</{0}Result><ResponseMetadata><RequestId>{3}</RequestId>"
      "</ResponseMetadata></{0}Response>\n",
      operation, xml_namespace, elements(result), request_id);
}

std::string xml_error(std::string_view code, std::string_view message, std::string_view xml_namespace,
                      std::string_view request_id) {
  return fmt::format(
      "<ErrorResponse xmlns=\"{}\"><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>"
      "<RequestId>{}</RequestId></ErrorResponse>\n",
      xml_namespace, escaped(code), escaped(message), request_id);
}

}  // namespace ag::sandbox
