#include "iam/analysis_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "iam/policy_source.hpp"

namespace ag::iam {
namespace {

using Kind = JsonNode::Kind;

std::unexpected<Error> wrong(std::string_view path, std::string_view what) {
  return fail("invalid_input", fmt::format("{}: {}", path, what), std::string(path));
}

std::unexpected<Error> wrong(const Problem& problem) {
  if (problem.code == "slip") return wrong(problem.path, problem.message);
  const bool managed = problem.code == "unknown_managed_policy";
  return fail(managed ? problem.code : "unreadable_policy", to_text(problem), problem.path);
}

bool is_absent(const JsonNode* node) { return node == nullptr || node->kind == Kind::kNull; }

class Reader {
 public:
  /// A document alone, one with a name, a list of policies, or everything by its name.
  Result<ReadInput> read(const JsonNode& root) {
    if (root.kind == Kind::kObject && root.find("Statement") == nullptr && root.find("policy") == nullptr)
      return members(root);
    if (root.kind != Kind::kObject && root.kind != Kind::kArray) return wrong("input", "an object is expected");
    if (auto read = identity(root, "policy"); !read) return fail(std::move(read.error()));
    if (root.kind == Kind::kObject) {
      const NamedPolicy& only = made_.input.layers.identity.front();  // an object is one policy
      if (only.name != "policy") made_.name = only.name;
    }
    return finished();
  }

  Result<ReadInput> document(const JsonNode& root, std::string_view name) {
    if (auto read = identity(root, name); !read) return fail(std::move(read.error()));
    made_.name = name;
    return finished();
  }

 private:
  static const std::vector<std::string>& layer_names() {
    static const std::vector<std::string> kNames = {"identityPolicies", "permissionBoundaries", "sessionPolicy",
                                                    "scps"};
    return kNames;
  }

  /// Beside the layers; the last four are of `iam evaluate`.
  static const std::vector<std::string>& member_names() {
    static const std::vector<std::string> kNames = {"name",    "principal", "account",        "roles",
                                                    "request", "rcps",      "resourcePolicy", "endpointPolicies"};
    return kNames;
  }

  Result<void> no_slips(const JsonNode& node, std::string_view path, std::vector<std::string> names) {
    names.insert(names.end(), layer_names().begin(), layer_names().end());
    if (auto right = without_slips(node, path, names); !right) return wrong(right.error());
    return {};
  }

  Result<ReadInput> members(const JsonNode& root) {
    if (auto right = no_slips(root, "", member_names()); !right) return fail(std::move(right.error()));
    // Nothing said must not look like nothing allowed.
    if (root.find("identityPolicies") == nullptr) return without_policies(root);
    for (const JsonMember& member : root.members) {
      if (auto read = read_member(member); !read) return fail(std::move(read.error()));
    }
    return finished();
  }

  /// What was meant, as far as that can be seen.
  static std::unexpected<Error> without_policies(const JsonNode& root) {
    if (root.find("Version") != nullptr || root.find("Id") != nullptr)
      return wrong("Statement", "this is missing: a policy has statements");
    for (const JsonMember& member : root.members) {
      const auto is = [&](const std::vector<std::string>& names) {
        return std::ranges::find(names, member.name) != names.end();
      };
      if (!is(member_names()) && !is(layer_names()))
        return wrong(excerpt(member.name),
                     "this is not known here: a policy stands alone, under policy, or in the list identityPolicies");
    }
    return wrong("identityPolicies", "this is missing: a list of policies");
  }

  Result<ReadInput> finished() {
    // Whoever may do nothing may still be trusted by roles.
    if (made_.input.layers.identity.empty() && made_.input.roles.empty())
      return wrong("identityPolicies", "there is no policy in it, so there is nothing to analyze");
    for (const Problem& problem : problems_) made_.problems.push_back(to_text(problem));
    return std::move(made_);
  }

  Result<void> read_member(const JsonMember& member) {
    const JsonNode& value = member.value;
    AnalysisInput& input = made_.input;
    if (value.kind == Kind::kNull) return {};
    if (member.name == "name") return text(value, "name", made_.name);
    if (member.name == "principal") return text(value, "principal", input.principal);
    if (member.name == "account") return account(value);
    if (member.name == "roles") return roles(value);
    const auto known = layer(member, member.name, input.layers);
    if (!known) return fail(known.error());
    if (!*known) made_.ignored.push_back(member.name);
    return {};
  }

  Result<void> identity(const JsonNode& value, std::string_view path) {
    return list(value, PolicyKind::kIdentity, path, made_.input.layers.identity);
  }

  /// Whether the member was one of the layers. A list of boundaries or session policies that is empty is no such layer,
  /// as in `iam evaluate`; a level of SCPs without policies allows nothing.
  Result<bool> layer(const JsonMember& member, const std::string& path, PolicyLayers& layers) {
    const JsonNode& value = member.value;
    Result<void> read;
    if (member.name == "identityPolicies") {
      read = list(value, PolicyKind::kIdentity, path, layers.identity);
    } else if (member.name == "permissionBoundaries") {
      read = list(value, PolicyKind::kBoundary, path, layers.boundary.emplace());
      if (layers.boundary->empty()) layers.boundary.reset();
    } else if (member.name == "sessionPolicy") {
      read = list(value, PolicyKind::kSession, path, layers.session.emplace());
      if (layers.session->empty()) layers.session.reset();
    } else if (member.name == "scps") {
      read = levels(value, path, layers.service_control);
    } else {
      return false;
    }
    if (!read) return fail(std::move(read.error()));
    return true;
  }

  static void name(std::vector<SourcedPolicy> read, std::string_view path, bool is_list,
                   std::vector<NamedPolicy>& out) {
    for (std::size_t i = 0; i < read.size(); ++i) {
      std::string called = std::move(read[i].name);
      if (called.empty()) called = is_list ? fmt::format("{}[{}]", path, i) : std::string(path);
      out.push_back({std::move(called), std::move(read[i].policy)});
    }
  }

  Result<void> list(const JsonNode& value, PolicyKind kind, std::string_view path, std::vector<NamedPolicy>& out) {
    auto read = read_policies(value, kind, path, problems_);
    if (!read) return wrong(read.error());
    name(std::move(*read), path, value.kind == Kind::kArray, out);
    return {};
  }

  Result<void> levels(const JsonNode& value, std::string_view path, std::vector<std::vector<NamedPolicy>>& out) {
    auto read = read_levels(value, PolicyKind::kServiceControl, path, problems_);
    if (!read) return wrong(read.error());
    for (std::size_t i = 0; i < read->size(); ++i)
      name(std::move((*read)[i]), fmt::format("{}[{}]", path, i), true, out.emplace_back());
    return {};
  }

  Result<void> text(const JsonNode& value, std::string_view path, std::string& target) {
    if (value.kind != Kind::kString) return wrong(path, "a text is expected");
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
    if (value.kind != Kind::kArray) return wrong("roles", "a list is expected");
    if (value.items.size() > kMostRoles) return wrong("roles", fmt::format("at most {} roles", kMostRoles));
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const auto read = role(value.items[i], fmt::format("roles[{}]", i));
      if (!read) return fail(read.error());
    }
    return {};
  }

  Result<void> role(const JsonNode& node, const std::string& path) {
    if (node.kind != Kind::kObject) return wrong(path, "an object is expected");
    if (auto right = no_slips(node, path, {"arn", "trustPolicy", "name"}); !right) return right;
    Role role;
    for (const JsonMember& member : node.members) {
      const std::string here = fmt::format("{}.{}", path, excerpt(member.name));
      if (member.name == "arn") {
        if (auto read = text(member.value, here, role.arn); !read) return read;
      } else if (member.name == "trustPolicy" && !is_absent(&member.value)) {
        auto read = read_policy(member.value, PolicyKind::kTrust, here, problems_);
        if (!read) return wrong(read.error());
        role.trust = std::move(read->policy);
      } else if (const auto known = layer(member, here, role.layers); !known) {
        return fail(known.error());
      } else if (!*known) {
        made_.ignored.push_back(here);
      }
    }
    if (role.arn.empty()) return wrong(path, "a role has an arn");
    made_.input.roles.push_back(std::move(role));
    return {};
  }

  ReadInput made_{};
  std::vector<Problem> problems_{};
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
  return Reader().document(*node, name);
}

Result<NamedPolicy> read_managed_policy(std::string_view name_or_arn) {
  auto found = managed_policy(name_or_arn);
  if (!found) return fail("unknown_managed_policy", found.error().message);
  return NamedPolicy{std::move(found->name), std::move(found->policy)};
}

}  // namespace ag::iam
