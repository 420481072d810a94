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

Result<Reply> managed_policy(const XmlElement& result) {
  const XmlElement* policy = result.child("Policy");
  if (policy == nullptr) return fail("incomplete_reply", "the reply has no Policy");
  auto arn = required(*policy, "Arn");
  auto version = required(*policy, "DefaultVersionId");
  if (!arn) return std::unexpected(std::move(arn.error()));
  if (!version) return std::unexpected(std::move(version.error()));
  return ManagedPolicy{std::move(*arn), std::move(*version)};
}

// IAM sends the document as RFC 3986 encodes it. A percent sign that begins no octet stands for itself.
std::string percent_decoded(std::string_view text) {
  const auto value_of = [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    return c >= '0' && c <= '9' ? c - '0' : is_letter ? (c | 0x20) - 'a' + 10 : -1;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? value_of(text[i + 1]) : -1;
    const int low = high >= 0 ? value_of(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<Reply> policy_document(const XmlElement& result) {
  const XmlElement* version = result.child("PolicyVersion");
  if (version == nullptr) return fail("incomplete_reply", "the reply has no PolicyVersion");
  auto document = required(*version, "Document");
  if (!document) return std::unexpected(std::move(document.error()));
  return PolicyDocument{percent_decoded(*document)};
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

namespace {

std::string input_of(const GetCallerIdentity&) { return {}; }
std::string input_of(const AssumeRole& call) {
  std::string text = form({{"RoleArn", call.role_arn},
                           {"RoleSessionName", call.session_name},
                           {"DurationSeconds", fmt::to_string(call.duration.count_seconds())}});
  if (call.external_id) text += "&" + form({{"ExternalId", *call.external_id}});
  return text;
}
std::string input_of(const GetManagedPolicy& call) { return form({{"PolicyArn", call.arn}}); }
std::string input_of(const GetManagedPolicyVersion& call) {
  return form({{"PolicyArn", call.arn}, {"VersionId", call.version}});
}
template <class Other>
std::string input_of(const Other&) {
  assertion_failed("the call is of the query protocol", __FILE__, __LINE__);
}

}  // namespace

std::string query_input(const Call& call) {
  const std::string_view version = service_of(call) == Service::kIam ? kIamVersion : kStsVersion;
  const std::string input = std::visit([](const auto& one) { return input_of(one); }, call);
  return form({{"Action", operation_of(call)}, {"Version", version}}) + (input.empty() ? "" : "&" + input);
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
  const std::string name = fmt::format("{}Result", operation_of(call));
  if (std::holds_alternative<AssumeRole>(call)) return role_from_xml(root, name);
  const XmlElement* result = root.child(name);
  if (result == nullptr) return fail("incomplete_reply", fmt::format("the reply has no {}", name));
  if (std::holds_alternative<GetManagedPolicy>(call)) return managed_policy(*result);
  if (std::holds_alternative<GetManagedPolicyVersion>(call)) return policy_document(*result);
  return caller_identity(*result);
}

}  // namespace ag::aws::codec_detail
