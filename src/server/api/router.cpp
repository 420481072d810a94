#include "server/api/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ag::server {
namespace {

constexpr std::size_t kMostSegments = 8;
constexpr std::size_t kMostParameters = 16;

std::unexpected<Error> bad_target(std::string_view what) {
  return fail("invalid_request", fmt::format("the address of this request {}", what));
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(&text[i + 1], &text[i + 1] + 2, value, 16);
    if (error != std::errc{} || end != &text[i + 1] + 2 || value == 0) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  Target target;
  const auto question = text.find('?');
  std::string_view path = text.substr(0, question);
  std::string_view query = question == std::string_view::npos ? std::string_view{} : text.substr(question + 1);
  if (path.empty() || path.front() != '/') return bad_target("must begin with /");
  for (path.remove_prefix(1); !path.empty();) {
    const auto slash = path.find('/');
    auto segment = decode(path.substr(0, slash));
    if (!segment) return bad_target("has a bad percent-encoding");
    target.segments.push_back(std::move(*segment));
    if (target.segments.size() > kMostSegments) return bad_target("is too deep");
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    // "/v1/me/" is another address than "/v1/me": its last segment is empty.
    if (slash != std::string_view::npos && path.empty()) target.segments.emplace_back();
  }
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals));
    std::string raw(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    std::replace(raw.begin(), raw.end(), '+', ' ');
    auto value = decode(raw);
    if (!name || !value) return bad_target("has a bad percent-encoding");
    if (!target.query.emplace(*name, std::move(*value)).second)
      return bad_target(fmt::format("gives \"{}\" twice", *name));
    if (target.query.size() > kMostParameters) return bad_target("has too many parameters");
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  }
  return target;
}

std::optional<std::string> Parameters::get(const std::string& name) const {
  const auto it = query.find(name);
  return it == query.end() ? std::nullopt : std::optional(it->second);
}

Result<void> Parameters::only(std::initializer_list<std::string_view> known) const {
  for (const auto& [name, value] : query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return fail("unknown_field",
                  known.size() == 0
                      ? fmt::format("\"{}\" is not a parameter here; there are none", name)
                      : fmt::format("\"{}\" is not a parameter here; known are: {}", name, fmt::join(known, ", ")),
                  name);
    }
  }
  return {};
}

Result<bool> Parameters::flag(const std::string& name) const {
  const auto value = get(name);
  if (!value || *value == "false") return false;
  if (*value == "true") return true;
  return fail("invalid_value", fmt::format("\"{}\" must be true or false", name), name);
}

Result<std::int64_t> Parameters::number(const std::string& name, std::int64_t fallback, std::int64_t least,
                                        std::int64_t most) const {
  const auto text = get(name);
  if (!text) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most) {
    return fail("invalid_value", fmt::format("\"{}\" must be a whole number from {} to {}", name, least, most), name);
  }
  return value;
}

}  // namespace ag::server
