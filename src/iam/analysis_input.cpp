#include "iam/analysis_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "iam/managed_policies.hpp"

namespace ag::iam {
namespace {

constexpr std::size_t kMostPolicies = 1'000;  // of one list: a role has at most 25 attached

std::unexpected<Error> wrong(std::string_view path, std::string_view what) {
  return fail("invalid_input", fmt::format("{}: {}", path, what), std::string(path));
}

class Reader {
 public:
  Result<ReadInput> read(const JsonNode& root) {
    if (root.kind != JsonNode::Kind::kObject) return wrong("input", "an object is expected");
    for (const JsonMember& member : root.members) {
      const auto read = read_member(member);
      if (!read) return fail(read.error());
    }
    return std::move(made_);
  }

  Result<NamedPolicy> policy(const JsonNode& node, PolicyKind kind, const std::string& path) {
    if (node.kind == JsonNode::Kind::kString) return read_managed_policy(node.text);
    if (node.kind != JsonNode::Kind::kObject) return wrong(path, "a policy is expected");
    const JsonNode* inner = node.find("policy");
    const JsonNode* name = node.find("name");
    const std::string called = name != nullptr && name->kind == JsonNode::Kind::kString ? name->text : path;
    if (inner != nullptr && inner->kind == JsonNode::Kind::kString) return read_managed_policy(inner->text);
    return document(inner != nullptr ? *inner : node, kind, called);
  }

  Result<NamedPolicy> document(const JsonNode& node, PolicyKind kind, const std::string& name) {
    ParsedPolicy parsed = parse(node, kind, name);
    if (!parsed.readable()) {
      const auto at = std::find_if(parsed.problems.begin(), parsed.problems.end(),
                                   [](const Problem& p) { return p.severity == Severity::kUnreadable; });
      return fail("unreadable_policy", to_text(*at), name);
    }
    for (const Problem& problem : parsed.problems) made_.problems.push_back(to_text(problem));
    return NamedPolicy{name, std::move(parsed.policy)};
  }

  ReadInput& made() { return made_; }

 private:
  Result<void> read_member(const JsonMember& member) {
    const JsonNode& value = member.value;
    AnalysisInput& input = made_.input;
    if (value.kind == JsonNode::Kind::kNull) return {};
    if (member.name == "name") return text(value, "name", made_.name);
    if (member.name == "principal") return text(value, "principal", input.principal);
    if (member.name == "account") return account(value);
    if (member.name == "roles") return roles(value);
    const auto known = layer(member, input.layers);
    if (!known) return fail(known.error());
    if (!*known) made_.ignored.push_back(member.name);
    return {};
  }

  /// Whether the member was one of the layers.
  Result<bool> layer(const JsonMember& member, PolicyLayers& layers) {
    const JsonNode& value = member.value;
    if (value.kind == JsonNode::Kind::kNull) return true;
    if (member.name == "identityPolicies") return into(layers.identity, value, PolicyKind::kIdentity, member.name);
    if (member.name == "permissionBoundaries")
      return into(layers.boundary.emplace(), value, PolicyKind::kBoundary, member.name);
    if (member.name == "sessionPolicy") {
      auto read = policy(value, PolicyKind::kSession, member.name);
      if (!read) return fail(read.error());
      layers.session = {std::move(*read)};
      return true;
    }
    if (member.name == "scps") {
      const auto read = levels(layers, value);
      if (!read) return fail(read.error());
      return true;
    }
    return false;
  }

  Result<bool> into(std::vector<NamedPolicy>& list, const JsonNode& value, PolicyKind kind, const std::string& path) {
    if (value.kind != JsonNode::Kind::kArray) return wrong(path, "a list is expected");
    if (value.items.size() > kMostPolicies) return wrong(path, fmt::format("at most {} policies", kMostPolicies));
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      auto read = policy(value.items[i], kind, fmt::format("{}[{}]", path, i));
      if (!read) return fail(read.error());
      list.push_back(std::move(*read));
    }
    return true;
  }

  Result<void> levels(PolicyLayers& layers, const JsonNode& value) {
    if (value.kind != JsonNode::Kind::kArray) return wrong("scps", "a list of levels is expected");
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const std::string path = fmt::format("scps[{}]", i);
      const JsonNode& level = value.items[i];
      const JsonNode* policies = level.kind == JsonNode::Kind::kObject ? level.find("policies") : &level;
      if (policies == nullptr) return wrong(path, "policies are missing");
      const auto read = into(layers.service_control.emplace_back(), *policies, PolicyKind::kServiceControl, path);
      if (!read) return fail(read.error());
    }
    return {};
  }

  Result<void> text(const JsonNode& value, std::string_view path, std::string& target) {
    if (value.kind != JsonNode::Kind::kString) return wrong(path, "a text is expected");
    target = value.text;
    return {};
  }

  Result<void> account(const JsonNode& value) {
    const auto names = enum_names(AccountKind{});
    const auto at = std::find(names.begin(), names.end(), std::string_view(value.text));
    if (at == names.end()) return wrong("account", "unknown, member or management is expected");
    made_.input.account = static_cast<AccountKind>(at - names.begin());
    return {};
  }

  Result<void> roles(const JsonNode& value) {
    if (value.kind != JsonNode::Kind::kArray) return wrong("roles", "a list is expected");
    if (value.items.size() > kMostRoles) return wrong("roles", fmt::format("at most {} roles", kMostRoles));
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const auto read = role(value.items[i], fmt::format("roles[{}]", i));
      if (!read) return fail(read.error());
    }
    return {};
  }

  Result<void> role(const JsonNode& node, const std::string& path) {
    if (node.kind != JsonNode::Kind::kObject) return wrong(path, "an object is expected");
    Role role;
    for (const JsonMember& member : node.members) {
      if (member.name == "arn") {
        const auto read = text(member.value, path + ".arn", role.arn);
        if (!read) return fail(read.error());
      } else if (member.name == "trustPolicy") {
        auto read = policy(member.value, PolicyKind::kTrust, path + ".trustPolicy");
        if (!read) return fail(read.error());
        role.trust = std::move(read->policy);
      } else {
        const auto known = layer(member, role.layers);
        if (!known) return fail(known.error());
        if (!*known) made_.ignored.push_back(fmt::format("{}.{}", path, member.name));
      }
    }
    if (role.arn.empty()) return wrong(path, "a role has an arn");
    made_.input.roles.push_back(std::move(role));
    return {};
  }

  ReadInput made_{};
};

Result<JsonNode> read_node(std::string_view text) {
  auto node = read_json(text);
  if (!node)
    return fail("invalid_json",
                fmt::format("{}:{} {}", node.error().at.line, node.error().at.column, node.error().message));
  return std::move(*node);
}

}  // namespace

Result<ReadInput> read_analysis_input(std::string_view text) {
  const auto node = read_node(text);
  if (!node) return fail(node.error());
  return Reader().read(*node);
}

Result<ReadInput> read_policy_file(std::string_view text, std::string_view name) {
  const auto node = read_node(text);
  if (!node) return fail(node.error());
  Reader reader;
  auto policy = reader.document(*node, PolicyKind::kIdentity, std::string(name));
  if (!policy) return fail(policy.error());
  reader.made().name = std::string(name);
  reader.made().input.layers.identity.push_back(std::move(*policy));
  return std::move(reader.made());
}

Result<NamedPolicy> read_managed_policy(std::string_view name_or_arn) {
  const auto found = find_managed_policy(name_or_arn);
  if (!found) {
    std::vector<std::string> names;
    for (const ManagedPolicy& policy : managed_policies()) names.emplace_back(policy.name);
    const auto near = nearest(name_or_arn, names);
    return fail("unknown_managed_policy", fmt::format("there is no AWS managed policy {}{}", excerpt(name_or_arn),
                                                      near ? fmt::format("; did you mean {}?", *near) : ""));
  }
  return NamedPolicy{std::string(found->name), parse(document_of(*found), PolicyKind::kAwsManaged).policy};
}

}  // namespace ag::iam
