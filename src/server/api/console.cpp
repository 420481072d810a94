#include "server/api/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace ag::server {
namespace {

// Scripts, styles and calls from here and from nowhere else, nothing inline, nobody's frame.
constexpr std::string_view kContentSecurity =
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src "
    "'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

// Paths that programs ask: what is not there must be told to them as a problem, not as a page.
constexpr std::array<std::string_view, 5> kOfPrograms = {"v1", "healthz", "readyz", "metrics", "openapi.json"};

// Names with a hash of the content in them: the same name is always the same content.
constexpr std::string_view kHashedFolder = "assets/";

constexpr std::string_view kNotBuilt = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>AccessGuard</title></head>
<body>
<h1>AccessGuard runs, without its console</h1>
<p>This program was built without the web console. In a clone of the sources <code>./dev build</code> builds both; it
needs npm, and says why when it could not.</p>
<p>The command line does all that the console does: <code>accessguard --help</code>.
The API describes itself at <a href="/openapi.json">/openapi.json</a>.</p>
</body>
</html>
)";

constexpr std::string_view kNotBuiltTag = "not-built";

// What ends so is a file, there or not; ids and names in addresses of the console may have dots too.
constexpr std::array<std::string_view, 13> kFileEndings = {
    ".js", ".css", ".html", ".svg", ".png", ".ico", ".woff2", ".map", ".json", ".txt", ".webmanifest", ".gz", ".br"};

enum class Caching { kForever, kAskAgain };

HttpResponse page(std::string_view type, std::string_view tag, Caching caching) {
  HttpResponse response;
  response.headers.add("Content-Type", std::string(type));
  response.headers.add("ETag", fmt::format("\"{}\"", tag));
  response.headers.add("Cache-Control",
                       caching == Caching::kForever ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.add("Vary", "Accept-Encoding");
  response.headers.add("Content-Security-Policy", std::string(kContentSecurity));
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("X-Frame-Options", "DENY");
  response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.add("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
  return response;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// Whether a list as of Accept-Encoding names it, and not with the weight 0 (RFC 9110 §12.5.3). What is not named is
/// not taken: `*` is left to those who send nothing better.
bool accepts(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    const auto semicolon = item.find(';');
    if (to_lower(trimmed(item.substr(0, semicolon))) != wanted) continue;
    if (semicolon == std::string_view::npos) return true;
    const std::string_view weight = trimmed(item.substr(semicolon + 1));
    return weight.find_first_of("123456789") != std::string_view::npos || !weight.starts_with("q=");
  }
  return false;
}

/// Whether If-None-Match names the tag; weak or strong makes no difference (RFC 9110 §13.1.2).
bool knows(std::string_view list, std::string_view tag) {
  return trimmed(list) == "*" || list.find(fmt::format("\"{}\"", tag)) != std::string_view::npos;
}

HttpResponse unless_known(const HttpRequest& request, std::string_view tag, HttpResponse response) {
  if (!knows(request.headers.find("If-None-Match").value_or(""), tag)) return response;
  response.status = 304;
  response.body.clear();
  return response;
}

HttpResponse file_answer(const HttpRequest& request, const ConsoleFile& file) {
  const std::string_view accepted = request.headers.find("Accept-Encoding").value_or("");
  std::string_view coding;
  std::string_view bytes = file.identity;
  if (!file.brotli.empty() && accepts(accepted, "br")) {
    coding = "br";
    bytes = file.brotli;
  } else if (!file.gzip.empty() && accepts(accepted, "gzip")) {
    coding = "gzip";
    bytes = file.gzip;
  }
  const std::string tag = coding.empty() ? std::string(file.hash) : fmt::format("{}-{}", file.hash, coding);
  HttpResponse response =
      page(file.type, tag, file.path.starts_with(kHashedFolder) ? Caching::kForever : Caching::kAskAgain);
  if (!coding.empty()) response.headers.add("Content-Encoding", std::string(coding));
  response.body = bytes;
  return unless_known(request, tag, std::move(response));
}

const ConsoleFile* find(std::span<const ConsoleFile> files, std::string_view path) {
  const auto it = std::lower_bound(files.begin(), files.end(), path,
                                   [](const ConsoleFile& file, std::string_view wanted) { return file.path < wanted; });
  return it == files.end() || it->path != path ? nullptr : &*it;
}

/// An address that the console itself makes something of.
bool is_page_address(const HttpRequest& request, const Target& target) {
  if (target.segments.empty()) return true;
  const auto leads_elsewhere = [](const std::string& segment) {
    return segment.empty() || segment == "." || segment.find("..") != std::string::npos;
  };
  const auto ends_it = [&](std::string_view ending) { return target.segments.back().ends_with(ending); };
  if (target.segments.front() + "/" == kHashedFolder ||
      std::any_of(target.segments.begin(), target.segments.end(), leads_elsewhere) ||
      std::any_of(kFileEndings.begin(), kFileEndings.end(), ends_it))
    return false;
  return request.headers.find("Accept").value_or("").find("text/html") != std::string_view::npos;
}

}  // namespace

std::optional<HttpResponse> console_answer(const HttpRequest& request, const Target& target,
                                           std::span<const ConsoleFile> files) {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  const auto& segments = target.segments;
  if (!segments.empty() && std::find(kOfPrograms.begin(), kOfPrograms.end(), segments.front()) != kOfPrograms.end())
    return std::nullopt;
  if (const auto* file = find(files, fmt::format("{}", fmt::join(segments, "/")))) return file_answer(request, *file);
  if (!is_page_address(request, target)) return std::nullopt;
  if (const auto* index = find(files, "index.html")) return file_answer(request, *index);
  HttpResponse response = page("text/html; charset=utf-8", kNotBuiltTag, Caching::kAskAgain);
  response.body = kNotBuilt;
  return unless_known(request, kNotBuiltTag, std::move(response));
}

}  // namespace ag::server
