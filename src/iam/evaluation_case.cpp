#include "iam/evaluation_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "iam/json_reader.hpp"
#include "iam/policy_source.hpp"

namespace ag::iam {
namespace {

using Kind = JsonNode::Kind;

bool is_absent(const JsonNode* node) { return node == nullptr || node->kind == Kind::kNull; }

/// Reads a case from its JSON, up to the first error.
class CaseReader {
 public:
  Result<EvaluationCase> read(const JsonNode& root) {
    if (auto right = is_object(root, "case"); !right) return fail(std::move(right.error()));
    if (auto right = no_slips(root, "",
                              {"request", "identityPolicies", "permissionBoundaries", "sessionPolicy", "scps", "rcps",
                               "resourcePolicy", "endpointPolicies"});
        !right)
      return fail(std::move(right.error()));
    auto request = read_request(root.find("request"));
    if (!request) return fail(std::move(request.error()));
    if (auto read = read_layers(root); !read) return fail(std::move(read.error()));
    std::vector<std::string> problems;
    for (const Problem& problem : told_) problems.push_back(to_text(problem));
    return EvaluationCase{std::move(*request), std::move(layers_), std::move(names_), std::move(problems)};
  }

 private:
  static std::unexpected<Error> invalid(std::string_view field, std::string message) {
    return fail("invalid_case", std::move(message), std::string(field));
  }

  static Result<void> is_object(const JsonNode& node, std::string_view field) {
    if (node.kind == Kind::kObject) return {};
    return invalid(field, fmt::format("an object is expected, not {}", kind_name(node.kind)));
  }

  static Result<void> no_slips(const JsonNode& node, std::string_view field, const std::vector<std::string>& names) {
    if (auto right = without_slips(node, field, names); !right)
      return invalid(right.error().path, right.error().message);
    return {};
  }

  static Result<std::string> text_of(const JsonNode* node, std::string_view field) {
    if (is_absent(node)) return invalid(field, "this is missing");
    if (node->kind != Kind::kString)
      return invalid(field, fmt::format("a string is expected, not {}", kind_name(node->kind)));
    return node->text;
  }

  static Result<Request> read_request(const JsonNode* node) {
    if (is_absent(node)) return invalid("request", "this is missing");
    if (auto right = is_object(*node, "request"); !right) return fail(std::move(right.error()));
    if (auto right = no_slips(*node, "request",
                              {"principal", "action", "resource", "resourceAccount", "context", "unknownContext"});
        !right)
      return fail(std::move(right.error()));
    const auto principal = text_of(node->find("principal"), "request.principal");
    if (!principal) return fail(principal.error());
    const auto action = text_of(node->find("action"), "request.action");
    if (!action) return fail(action.error());
    const auto resource = text_of(node->find("resource"), "request.resource");
    if (!resource) return fail(resource.error());
    std::string account;
    if (const auto* member = node->find("resourceAccount"); !is_absent(member)) {
      auto text = text_of(member, "request.resourceAccount");
      if (!text) return fail(std::move(text.error()));
      account = std::move(*text);
    }
    auto context = read_context(*node);
    if (!context) return fail(std::move(context.error()));
    auto request = Request::make({*principal, *action, *resource, account}, std::move(*context));
    if (!request) request.error().field.insert(0, "request.");
    return request;
  }

  static Result<Context> read_context(const JsonNode& request) {
    const JsonNode* known = request.find("context");
    const JsonNode* unknown = request.find("unknownContext");
    std::vector<std::string> keys;
    if (!is_absent(unknown)) {
      auto values = values_of(*unknown, "request.unknownContext");
      if (!values) return fail(std::move(values.error()));
      keys = std::move(*values);
    }
    const bool nothing_known = is_absent(known) || std::ranges::find(keys, "*") != keys.end();
    Context context(nothing_known ? Rest::kUnknown : Rest::kAbsent);
    for (const auto& key : keys) context.set_unknown(key);
    if (is_absent(known)) return context;
    if (auto right = is_object(*known, "request.context"); !right) return fail(std::move(right.error()));
    std::set<std::string> seen;
    for (const auto& member : known->members) {
      if (!seen.insert(to_lower(member.name)).second)
        return invalid(fmt::format("request.context.{}", excerpt(member.name)),
                       "this key is written twice; letter case does not tell two keys apart");
      if (member.value.kind == Kind::kNull) {
        context.set_absent(member.name);
        continue;
      }
      auto values = values_of(member.value, fmt::format("request.context.{}", excerpt(member.name)));
      if (!values) return fail(std::move(values.error()));
      context.set(member.name, std::move(*values));
    }
    return context;
  }

  static Result<std::vector<std::string>> values_of(const JsonNode& node, const std::string& field) {
    std::vector<std::string> values;
    const auto is_value = [](const JsonNode& value) {
      return value.kind == Kind::kString || value.kind == Kind::kNumber || value.kind == Kind::kBoolean;
    };
    const auto text_of = [](const JsonNode& value) {
      return value.kind == Kind::kNumber ? without_exponent(value.text) : value.text;
    };
    if (is_value(node)) return std::vector{text_of(node)};
    if (node.kind != Kind::kArray)
      return invalid(field, fmt::format("a value or a list of values is expected, not {}", kind_name(node.kind)));
    for (const auto& item : node.items) {
      if (!is_value(item)) return invalid(field, fmt::format("a value is expected, not {}", kind_name(item.kind)));
      values.push_back(text_of(item));
    }
    return values;
  }

  Result<void> read_layers(const JsonNode& root) {
    const auto list = [&](std::string_view field, std::vector<PolicyHandle>& out, LayerKind layer, PolicyKind kind) {
      return read_layer(root.find(field), field, out, layer, kind);
    };
    if (auto read = list("identityPolicies", layers_.identity, LayerKind::kIdentity, PolicyKind::kIdentity); !read)
      return read;
    if (auto read = list("permissionBoundaries", layers_.boundary, LayerKind::kBoundary, PolicyKind::kBoundary); !read)
      return read;
    if (auto read = list("sessionPolicy", layers_.session, LayerKind::kSession, PolicyKind::kSession); !read)
      return read;
    if (auto read = list("resourcePolicy", layers_.resource, LayerKind::kResource, PolicyKind::kResource); !read)
      return read;
    if (auto read = list("endpointPolicies", layers_.endpoint, LayerKind::kEndpoint, PolicyKind::kResource); !read)
      return read;
    if (auto read = read_levels_of(root.find("scps"), "scps", layers_.service_control, LayerKind::kServiceControl,
                                   PolicyKind::kServiceControl);
        !read)
      return read;
    return read_levels_of(root.find("rcps"), "rcps", layers_.resource_control, LayerKind::kResourceControl,
                          PolicyKind::kResourceControl);
  }

  Result<void> read_layer(const JsonNode* node, std::string_view field, std::vector<PolicyHandle>& out, LayerKind layer,
                          PolicyKind kind) {
    if (is_absent(node)) return {};
    auto policies = read_policies(*node, kind, field, told_);
    if (!policies) return fail(error_of(policies.error()));
    take(std::move(*policies), layer, 0, out);
    return {};
  }

  Result<void> read_levels_of(const JsonNode* node, std::string_view field, std::vector<std::vector<PolicyHandle>>& out,
                              LayerKind layer, PolicyKind kind) {
    if (is_absent(node)) return {};
    auto levels = read_levels(*node, kind, field, told_);
    if (!levels) return fail(error_of(levels.error()));
    for (std::size_t i = 0; i < levels->size(); ++i) take(std::move((*levels)[i]), layer, i, out.emplace_back());
    return {};
  }

  void take(std::vector<SourcedPolicy> policies, LayerKind layer, std::size_t level, std::vector<PolicyHandle>& out) {
    for (SourcedPolicy& policy : policies) {
      if (!policy.name.empty()) names_.push_back({layer, level, out.size(), std::move(policy.name)});
      out.push_back(compile(policy.policy));
    }
  }

  static Error error_of(const Problem& problem) { return {"invalid_policy", problem.message, problem.path}; }

  Layers layers_;
  std::vector<CasePolicy> names_;
  std::vector<Problem> told_;
};

bool has_levels(LayerKind layer) { return layer == LayerKind::kServiceControl || layer == LayerKind::kResourceControl; }

}  // namespace

Result<EvaluationCase> read_case(std::string_view text) {
  const auto root = read_json(text);
  if (!root)
    return fail("invalid_json", fmt::format("this is not JSON: {}", root.error().message),
                fmt::format("column {}", root.error().at.column));
  return CaseReader().read(*root);
}

std::string to_line(const Decision& decision) {
  std::string line(name_of(decision.verdict));
  for (std::size_t i = 0; i < decision.depends_on.size(); ++i) {
    line += i == 0 ? ' ' : ',';
    line += decision.depends_on[i];
  }
  return line;
}

json::object to_object(const EvaluationCase& asked, const Decision& decision) {
  json::array statements;
  for (const auto& one : decision.statements) {
    json::object statement{{"layer", name_of(one.layer)}};
    if (has_levels(one.layer)) statement["level"] = one.level;
    statement["policy"] = one.policy;
    const auto name = std::ranges::find_if(asked.names, [&](const CasePolicy& named) {
      return named.layer == one.layer && named.level == one.level && named.policy == one.policy;
    });
    if (name != asked.names.end()) statement["name"] = name->name;
    statement["statement"] = one.statement;
    if (!one.sid.empty()) statement["sid"] = one.sid;
    statement["effect"] = one.effect == Effect::kAllow ? "Allow" : "Deny";
    if (!one.certain) statement["certain"] = false;
    statements.push_back(std::move(statement));
  }
  json::array withheld;
  for (const auto& one : decision.withheld) {
    withheld.push_back(json::value(has_levels(one.layer) ? fmt::format("{}[{}]", name_of(one.layer), one.level)
                                                         : std::string(name_of(one.layer))));
  }
  json::object object{{"verdict", name_of(decision.verdict)}, {"statements", std::move(statements)}};
  if (!decision.depends_on.empty()) object["dependsOn"] = json::value_from(decision.depends_on);
  if (!withheld.empty()) object["withheld"] = std::move(withheld);
  if (!asked.problems.empty()) object["problems"] = json::value_from(asked.problems);
  return object;
}

}  // namespace ag::iam
