#include <fmt/format.h>

#include "iam/managed_policies.hpp"
#include "sandbox/input.hpp"
#include "sandbox/sequence.hpp"
#include "sandbox/service.hpp"

/// iam: the documents of AWS managed policies (API version 2010-05-08): those that were published here, and all that
/// AWS has.
namespace ag::sandbox {
namespace {

Outcome<const ManagedPolicy*> find_policy(World& world, const std::string& arn) {
  auto it = world.policies.find(arn);
  const auto of_aws = it == world.policies.end() ? iam::find_managed_policy(arn) : std::nullopt;
  if (of_aws && of_aws->arn() == arn) {
    it = world.policies.emplace(arn, ManagedPolicy{arn, std::string(of_aws->version), iam::document_of(*of_aws)}).first;
  }
  if (it == world.policies.end()) {
    return refuse("NoSuchEntity", fmt::format("Policy {} was not found.", arn), 404);
  }
  return &it->second;
}

/// RFC 3986: everything but the unreserved characters is encoded, as IAM does with documents.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreserved = "-._~";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          kUnreserved.find(c) != std::string_view::npos;
    if (is_plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Outcome<json::object> get_policy(World& world, const Call& call) {
  Input input(call);
  const auto arn = input.required("PolicyArn", kAnyText);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const auto policy = find_policy(world, arn);
  if (!policy) return std::unexpected(policy.error());

  const std::string rest = arn.substr(arn.find(":policy/") + std::string_view(":policy").size());
  const std::string created = to_rfc3339(world.company.founded);
  return json::object{{"Policy", json::object{{"PolicyName", rest.substr(rest.rfind('/') + 1)},
                                              {"PolicyId", "ANPA" + derived_text(world.seed, arn, 4, 17, kKeyAlphabet)},
                                              {"Arn", arn},
                                              {"Path", rest.substr(0, rest.rfind('/') + 1)},
                                              {"DefaultVersionId", (*policy)->version},
                                              {"AttachmentCount", 0},
                                              {"PermissionsBoundaryUsageCount", 0},
                                              {"IsAttachable", true},
                                              {"CreateDate", created},
                                              {"UpdateDate", created}}}};
}

Outcome<json::object> get_policy_version(World& world, const Call& call) {
  Input input(call);
  const auto arn = input.required("PolicyArn", kAnyText);
  const auto version = input.required("VersionId", kAnyText);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));
  const auto policy = find_policy(world, arn);
  if (!policy) return std::unexpected(policy.error());
  if ((*policy)->version != version) {
    return refuse("NoSuchEntity",
                  fmt::format("Policy {} version {} does not exist or is not attachable.", arn, version), 404);
  }
  return json::object{{"PolicyVersion", json::object{{"Document", percent_encoded((*policy)->document)},
                                                     {"VersionId", version},
                                                     {"IsDefaultVersion", true},
                                                     {"CreateDate", to_rfc3339(world.company.founded)}}}};
}

constexpr OperationEntry kOperations[] = {
    {"GetPolicy", get_policy},
    {"GetPolicyVersion", get_policy_version},
};

}  // namespace

std::span<const OperationEntry> iam_operations() { return kOperations; }

}  // namespace ag::sandbox
