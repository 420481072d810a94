#include "sandbox/signature.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/hash.hpp"

namespace ag::sandbox {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr Duration kMaxSkew = Duration::minutes(5);  // AWS: requests must arrive within five minutes of their stamp
constexpr std::size_t kMaxAuthorization = 4096;      // far above what AWS's own clients send

constexpr std::string_view kMismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details.";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Trimmed, with runs of spaces as one: the value as it is signed.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : trimmed(value)) {
    if (c == ' ' && !out.empty() && out.back() == ' ') continue;
    out += c;
  }
  return out;
}

/// All fields of that name, in order, joined by commas; nothing when there is none.
std::optional<std::string> canonical_header(const HttpRequest& request, std::string_view name) {
  std::optional<std::string> joined;
  for (const auto& [field, value] : request.headers) {
    if (lower(field) != name) continue;
    joined = joined ? *joined + "," + canonical_value(value) : canonical_value(value);
  }
  return joined;
}

std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  std::vector<std::string> pairs;
  for (const std::string_view pair : split(query, '&')) {
    const bool has_value = pair.find('=') != std::string_view::npos;
    pairs.push_back(std::string(pair) + (has_value ? "" : "="));
  }
  std::sort(pairs.begin(), pairs.end());
  return fmt::format("{}", fmt::join(pairs, "&"));
}

/// The path as it stands on the wire, encoded once more: every service but S3 signs it so.
std::string canonical_path(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string out;
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          kPlain.find(c) != std::string_view::npos;
    if (is_plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out.empty() ? "/" : out;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::unexpected<Fault> incomplete(std::string message) {
  return refuse("IncompleteSignatureException", std::move(message));
}
std::unexpected<Fault> invalid(std::string message) { return refuse("InvalidSignatureException", std::move(message)); }

}  // namespace

Outcome<Authorization> parse_authorization(const HttpRequest& request) {
  const auto header = request.headers.find("Authorization");
  if (!header || trimmed(*header).empty()) {
    return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  std::string_view text = trimmed(*header);
  if (text.size() > kMaxAuthorization) return incomplete("Authorization header is too long.");
  if (!text.starts_with(kAlgorithm) || text.substr(kAlgorithm.size(), 1) != " ") {
    return incomplete("Authorization header requires the AWS4-HMAC-SHA256 algorithm.");
  }
  text.remove_prefix(kAlgorithm.size());

  Authorization parsed;
  std::string_view credential;
  for (std::string_view part : split(text, ',')) {
    part = trimmed(part);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = trimmed(part.substr(equals + 1));
    if (name == "Credential") credential = value;
    if (name == "Signature") parsed.signature = std::string(value);
    if (name == "SignedHeaders" && !value.empty()) {
      for (const std::string_view field : split(value, ';')) parsed.signed_headers.push_back(lower(field));
    }
  }
  if (credential.empty()) return incomplete("Authorization header requires 'Credential' parameter.");
  if (parsed.signature.empty()) return incomplete("Authorization header requires 'Signature' parameter.");
  if (parsed.signed_headers.empty()) return incomplete("Authorization header requires 'SignedHeaders' parameter.");

  const auto scope = split(credential, '/');
  if (scope.size() != 5) {
    return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.");
  }
  if (scope[4] != kTerminator) {
    return invalid(
        fmt::format("Credential should be scoped with a valid terminator: '{}', not '{}'.", kTerminator, scope[4]));
  }
  parsed.access_key_id = std::string(scope[0]);
  parsed.date = std::string(scope[1]);
  parsed.region = std::string(scope[2]);
  parsed.service = std::string(scope[3]);
  return parsed;
}

Outcome<Instant> signing_time(const HttpRequest& request) {
  if (const auto stamp = request.headers.find("X-Amz-Date")) {
    const std::string_view text = trimmed(*stamp);
    // 20261125T140207Z is RFC 3339 without its separators.
    if (text.size() == 16 && text[8] == 'T') {
      const auto parsed =
          parse_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                                    text.substr(9, 2), text.substr(11, 2), text.substr(13)));
      if (parsed) return *parsed;
    }
    return incomplete("Date must be in ISO-8601 'basic format'.");
  }
  if (const auto date = request.headers.find("Date")) {
    if (const auto parsed = parse_http_date(*date)) return *parsed;
  }
  return incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
}

Outcome<std::string> canonical_request(const HttpRequest& request, const Authorization& authorization) {
  const auto question = request.target.find('?');
  const std::string_view target = request.target;
  const std::string_view path = target.substr(0, question);
  const std::string_view query = question == std::string::npos ? std::string_view{} : target.substr(question + 1);

  std::string text = fmt::format("{}\n{}\n{}\n", request.method, canonical_path(path), canonical_query(query));
  for (const std::string& name : authorization.signed_headers) {
    const auto value = canonical_header(request, name);
    if (!value) return invalid(std::string(kMismatch));
    text += fmt::format("{}:{}\n", name, *value);
  }
  text += fmt::format("\n{}\n{}", fmt::join(authorization.signed_headers, ";"), to_hex(sha256(request.body)));
  return text;
}

Outcome<std::string> signature_of(const HttpRequest& request, const Authorization& authorization, Instant signed_at,
                                  std::string_view secret_access_key) {
  const auto canonical = canonical_request(request, authorization);
  if (!canonical) return std::unexpected(canonical.error());
  const std::string to_sign =
      fmt::format("{}\n{}\n{}/{}/{}/{}\n{}", kAlgorithm, to_amz_date(signed_at), authorization.date,
                  authorization.region, authorization.service, kTerminator, to_hex(sha256(*canonical)));
  const Digest of_date = hmac_sha256(bytes_of(fmt::format("AWS4{}", secret_access_key)), authorization.date);
  const Digest of_region = hmac_sha256(of_date, authorization.region);
  const Digest of_service = hmac_sha256(of_region, authorization.service);
  const Digest key = hmac_sha256(of_service, kTerminator);
  return to_hex(hmac_sha256(key, to_sign));
}

Outcome<void> check_form(const HttpRequest& request, const Authorization& authorization, Instant signed_at,
                         Instant now) {
  const std::string stamp = to_amz_date(signed_at);
  if (authorization.date != stamp.substr(0, 8)) {
    return invalid(
        fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
                    "HTTP: '{}' != '{}', from '{}'.",
                    authorization.date, stamp.substr(0, 8), stamp));
  }
  const auto is_signed = [&](std::string_view name) {
    const auto& names = authorization.signed_headers;
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!is_signed("host")) {
    return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (!is_signed("x-amz-date") && !is_signed("date")) {
    return invalid("'X-Amz-Date' or 'Date' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const auto& [field, value] : request.headers) {
    const std::string name = lower(field);
    if (name.starts_with("x-amz-") && !is_signed(name)) {
      return invalid(fmt::format("'{}' must be a 'SignedHeader' in the AWS Authorization.", field));
    }
  }
  const std::string moment = to_amz_date(now);
  if (now - signed_at > kMaxSkew) {
    return invalid(fmt::format("Signature expired: {} is now earlier than {} ({} - 5 min.)", stamp,
                               to_amz_date(now - kMaxSkew), moment));
  }
  if (signed_at - now > kMaxSkew) {
    return invalid(fmt::format("Signature not yet current: {} is still later than {} ({} + 5 min.)", stamp,
                               to_amz_date(now + kMaxSkew), moment));
  }
  return {};
}

Outcome<void> check_signature(const HttpRequest& request, const Authorization& authorization, Instant signed_at,
                              std::string_view secret_access_key) {
  const auto expected = signature_of(request, authorization, signed_at, secret_access_key);
  if (!expected) return std::unexpected(expected.error());
  if (!equal_in_constant_time(*expected, authorization.signature)) return invalid(std::string(kMismatch));
  return {};
}

}  // namespace ag::sandbox
