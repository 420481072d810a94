#include "aws/sigv4.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace ag::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Outer white space gone, inner runs of blanks made one.
std::string collapsed(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool is_signed(std::string_view lower_name) {
  return lower_name == "host" || lower_name == "content-type" || lower_name.starts_with("x-amz-");
}

using Fields = std::map<std::string, std::string>;

// By name in lower case; fields of one name keep their order and become one, joined by commas.
Fields signed_fields(const HttpHeaders& headers) {
  Fields fields;
  for (const auto& [name, value] : headers) {
    const std::string key = to_lower(name);
    if (!is_signed(key)) continue;
    const auto [field, is_first] = fields.emplace(key, collapsed(value));
    if (!is_first) field->second += "," + collapsed(value);
  }
  return fields;
}

std::string names_of(const Fields& fields) {
  std::string names;
  for (const auto& [name, value] : fields) names += (names.empty() ? "" : ";") + name;
  return names;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string canonical_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (is_unreserved(c) || c == '/') out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out.empty() ? "/" : out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (parameter.empty()) continue;
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto value = std::min(equals + 1, parameter.size());
    parameters.emplace_back(std::string(parameter.substr(0, equals)), std::string(parameter.substr(value)));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const auto& [name, value] : parameters) out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  return out;
}

HttpRequest without_signature(HttpRequest request) {
  HttpHeaders kept;
  for (const auto& [name, value] : request.headers) {
    const std::string key = to_lower(name);
    if (key == "authorization" || key == "x-amz-date" || key == "x-amz-security-token") continue;
    kept.add(name, value);
  }
  request.headers = std::move(kept);
  return request;
}

Digest signing_key(const std::string& secret, std::string_view day, std::string_view region, std::string_view service) {
  std::string seed = "AWS4" + secret;
  Digest key = hmac_sha256(std::span(reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size()), day);
  OPENSSL_cleanse(seed.data(), seed.size());
  for (const std::string_view part : {region, service, std::string_view("aws4_request")}) key = hmac_sha256(key, part);
  return key;
}

}  // namespace

std::string canonical_request(const HttpRequest& request) {
  const std::string_view target = request.target;
  const auto question = std::min(target.find('?'), target.size());
  const auto query = std::min(question + 1, target.size());
  const Fields fields = signed_fields(request.headers);
  std::string out = fmt::format("{}\n{}\n{}\n", request.method, canonical_path(target.substr(0, question)),
                                canonical_query(target.substr(query)));
  for (const auto& [name, value] : fields) out += fmt::format("{}:{}\n", name, value);
  out += fmt::format("\n{}\n{}", names_of(fields), to_hex(sha256(request.body)));
  return out;
}

HttpRequest sign(HttpRequest request, const Credentials& credentials, std::string_view service, std::string_view region,
                 Instant now) {
  AG_ASSERT(request.headers.find("host").has_value());
  request = without_signature(std::move(request));
  const std::string at = to_amz_date(now);
  request.headers.add("X-Amz-Date", at);
  if (!credentials.session_token.empty()) request.headers.add("X-Amz-Security-Token", credentials.session_token);

  const std::string_view day = std::string_view(at).substr(0, 8);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, at, scope, to_hex(sha256(canonical_request(request))));
  Digest key = signing_key(credentials.secret_access_key, day, region, service);
  const std::string signature = to_hex(hmac_sha256(key, to_sign));
  OPENSSL_cleanse(key.data(), key.size());
  request.headers.add("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                                   credentials.access_key_id, scope,
                                                   names_of(signed_fields(request.headers)), signature));
  return request;
}

}  // namespace ag::aws
