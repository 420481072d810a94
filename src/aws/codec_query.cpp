#include <fmt/format.h>

#include <utility>

#include "aws/codec_protocols.hpp"
#include "base/assert.hpp"

namespace ag::aws::codec_detail {
namespace {

Result<std::string> required(const XmlElement& element, std::string_view name) {
  const std::string_view text = element.text_of(name);
  if (text.empty()) return fail("incomplete_reply", fmt::format("the reply has no {}", name));
  return std::string(text);
}

Result<Reply> caller_identity(const XmlElement& result) {
  auto account = required(result, "Account");
  auto arn = required(result, "Arn");
  if (!account) return std::unexpected(std::move(account.error()));
  if (!arn) return std::unexpected(std::move(arn.error()));
  return CallerIdentity{AccountId(std::move(*account)), std::move(*arn), std::string(result.text_of("UserId"))};
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            std::string_view("-._~").find(c) != std::string_view::npos;
    if (unreserved) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, percent_encoded(value));
  }
  return text;
}

std::string query_input(const Call& call) {
  AG_ASSERT(service_of(call) == Service::kSts);
  const auto* role = std::get_if<AssumeRole>(&call);
  if (role == nullptr) return form({{"Action", operation_of(call)}, {"Version", kStsVersion}});
  const std::string seconds = fmt::to_string(role->duration.count_seconds());
  std::string text = form({{"Action", operation_of(call)},
                           {"Version", kStsVersion},
                           {"RoleArn", role->role_arn},
                           {"RoleSessionName", role->session_name},
                           {"DurationSeconds", seconds}});
  if (role->external_id) text += "&" + form({{"ExternalId", *role->external_id}});
  return text;
}

Result<AssumedRole> role_from_xml(const XmlElement& root, std::string_view result) {
  const XmlElement* holder = root.child(result);
  const XmlElement* credentials = holder == nullptr ? nullptr : holder->child("Credentials");
  if (credentials == nullptr) return fail("incomplete_reply", "the reply has no Credentials");
  AssumedRole role;
  for (const auto& [name, member] :
       {std::pair{"AccessKeyId", &role.access_key_id}, std::pair{"SecretAccessKey", &role.secret_access_key},
        std::pair{"SessionToken", &role.session_token}}) {
    auto text = required(*credentials, name);
    if (!text) return std::unexpected(std::move(text.error()));
    *member = std::move(*text);
  }
  const auto expiration = parse_rfc3339(credentials->text_of("Expiration"));
  if (!expiration) return fail("incomplete_reply", "the reply has no readable Expiration");
  role.expiration = *expiration;
  return role;
}

Result<Reply> reply_from_xml(const Call& call, const XmlElement& root) {
  AG_ASSERT(service_of(call) == Service::kSts);
  const std::string name = fmt::format("{}Result", operation_of(call));
  if (std::holds_alternative<AssumeRole>(call)) return role_from_xml(root, name);
  const XmlElement* result = root.child(name);
  if (result == nullptr) return fail("incomplete_reply", fmt::format("the reply has no {}", name));
  return caller_identity(*result);
}

}  // namespace ag::aws::codec_detail
