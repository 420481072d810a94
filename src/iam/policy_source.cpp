#include "iam/policy_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "iam/managed_policies.hpp"

namespace ag::iam {
namespace {

using Kind = JsonNode::Kind;

std::unexpected<Problem> wrong(std::string_view path, const JsonNode& node, std::string message) {
  return std::unexpected(Problem{Severity::kUnreadable, "wrong_type", std::string(path), node.at, std::move(message)});
}

/// The policy, when its meaning is known; what else is wrong with it goes to `problems`.
Sourced<Policy> readable(ParsedPolicy parsed, std::vector<Problem>& problems) {
  for (const Problem& problem : parsed.problems) {
    if (problem.severity == Severity::kUnreadable) return std::unexpected(problem);
  }
  std::ranges::move(parsed.problems, std::back_inserter(problems));
  return std::move(parsed.policy);
}

bool is_document(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

/// A document as JSON text. Positions in it are of no use to whoever sees the whole: only where it stands is told.
ParsedPolicy parse_inner(const JsonNode& text, PolicyKind kind, std::string_view path) {
  ParsedPolicy parsed = parse(text.text, kind);
  for (Problem& problem : parsed.problems) {
    problem.at = text.at;
    problem.path = problem.path.empty() ? std::string(path) : fmt::format("{}.{}", path, problem.path);
  }
  return parsed;
}

Sourced<SourcedPolicy> from_text(const JsonNode& node, PolicyKind kind, std::string_view path,
                                 std::vector<Problem>& problems) {
  if (!is_document(node.text)) {
    auto managed = managed_policy(node.text);
    if (!managed) {
      managed.error().path = path;
      managed.error().at = node.at;
    }
    return managed;
  }
  auto policy = readable(parse_inner(node, kind, path), problems);
  if (!policy) return std::unexpected(std::move(policy.error()));
  return SourcedPolicy{{}, std::move(*policy)};
}

}  // namespace

Sourced<SourcedPolicy> read_policy(const JsonNode& node, PolicyKind kind, std::string_view path,
                                   std::vector<Problem>& problems) {
  if (node.kind == Kind::kString) return from_text(node, kind, path, problems);
  if (node.kind != Kind::kObject)
    return wrong(path, node, fmt::format("a policy is an object, not {}", kind_name(node.kind)));
  SourcedPolicy read;
  const JsonNode* under = node.find("policy");
  if (const JsonNode* name = node.find("name"); under != nullptr && name != nullptr && name->kind == Kind::kString)
    read.name = name->text;
  if (under != nullptr && under->kind == Kind::kString) {
    auto inner = from_text(*under, kind, path, problems);
    if (inner && !read.name.empty()) inner->name = std::move(read.name);
    return inner;
  }
  auto policy = readable(parse(under == nullptr ? node : *under, kind, path), problems);
  if (!policy) return std::unexpected(std::move(policy.error()));
  read.policy = std::move(*policy);
  return read;
}

Sourced<std::vector<SourcedPolicy>> read_policies(const JsonNode& node, PolicyKind kind, std::string_view path,
                                                  std::vector<Problem>& problems) {
  std::vector<SourcedPolicy> list;
  if (node.kind == Kind::kNull) return list;
  if (node.kind != Kind::kArray) {
    auto one = read_policy(node, kind, path, problems);
    if (!one) return std::unexpected(std::move(one.error()));
    list.push_back(std::move(*one));
    return list;
  }
  if (node.items.size() > kMostPolicies) return wrong(path, node, fmt::format("at most {} policies", kMostPolicies));
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    auto one = read_policy(node.items[i], kind, fmt::format("{}[{}]", path, i), problems);
    if (!one) return std::unexpected(std::move(one.error()));
    list.push_back(std::move(*one));
  }
  return list;
}

Sourced<std::vector<std::vector<SourcedPolicy>>> read_levels(const JsonNode& node, PolicyKind kind,
                                                             std::string_view path, std::vector<Problem>& problems) {
  std::vector<std::vector<SourcedPolicy>> levels;
  if (node.kind == Kind::kNull) return levels;
  if (node.kind != Kind::kArray)
    return wrong(path, node, fmt::format("a list of levels is expected, not {}", kind_name(node.kind)));
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const JsonNode& level = node.items[i];
    std::string here = fmt::format("{}[{}]", path, i);
    const JsonNode* policies = &level;
    if (level.kind != Kind::kArray) {
      if (level.kind != Kind::kObject)
        return wrong(here, level, fmt::format("an object is expected, not {}", kind_name(level.kind)));
      if (auto right = without_slips(level, here, {"policies"}); !right)
        return std::unexpected(std::move(right.error()));
      here += ".policies";
      policies = level.find("policies");
      if (policies == nullptr || policies->kind == Kind::kNull) return wrong(here, level, "this is missing");
    }
    auto list = read_policies(*policies, kind, here, problems);
    if (!list) return std::unexpected(std::move(list.error()));
    levels.push_back(std::move(*list));
  }
  return levels;
}

Sourced<SourcedPolicy> managed_policy(std::string_view name_or_arn) {
  const auto found = find_managed_policy(name_or_arn);
  if (found) return SourcedPolicy{std::string(found->name), parse(document_of(*found), PolicyKind::kAwsManaged).policy};
  std::vector<std::string> names;
  for (const ManagedPolicy& policy : managed_policies()) names.emplace_back(policy.name);
  const auto near = nearest(name_or_arn, names);
  return std::unexpected(Problem{Severity::kUnreadable,
                                 "unknown_managed_policy",
                                 {},
                                 {0, 0},
                                 fmt::format("there is no AWS managed policy {}{}", excerpt(name_or_arn),
                                             near ? fmt::format("; did you mean {}?", *near) : "")});
}

Sourced<void> without_slips(const JsonNode& object, std::string_view path, const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  for (const JsonMember& member : object.members) {
    const auto told = [&](std::string message) {
      std::string here = path.empty() ? excerpt(member.name) : fmt::format("{}.{}", path, excerpt(member.name));
      return std::unexpected(Problem{Severity::kUnreadable, "slip", std::move(here), member.at, std::move(message)});
    };
    if (!seen.insert(member.name).second) return told("this is written twice");
    if (std::ranges::find(names, member.name) != names.end()) continue;
    if (const auto meant = nearest(member.name, names)) return told(fmt::format("did you mean {}?", *meant));
  }
  return {};
}

}  // namespace ag::iam
