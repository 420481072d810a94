#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <regex>
#include <set>

#include "access/policy.hpp"
#include "access/yaml.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

using yaml::Kind;
using yaml::Node;

constexpr std::size_t kLongestName = 128;
constexpr std::int64_t kMostApprovers = 20;
constexpr std::size_t kMostProblems = 50;  // a file that is all wrong need not be told a thousand times
constexpr std::size_t kLongestPattern = 200;

/// Walks the tree and collects every problem, so that one run tells all of them.
class Reader {
 public:
  std::vector<PolicyProblem> problems;
  std::vector<PolicyProblem> warnings;

  void refuse(const Node& node, const std::string& where, std::string code, std::string message) {
    if (problems.size() < kMostProblems) problems.push_back({node.line, where, std::move(code), std::move(message)});
  }
  void warn(const Node& node, const std::string& where, std::string message) {
    warnings.push_back({node.line, where, "warning", std::move(message)});
  }

  /// Whether the node is a mapping with known keys only.
  bool mapping(const Node& node, const std::string& where, const std::vector<std::string>& known) {
    if (node.kind != Kind::kMapping) {
      refuse(node, where, "invalid_type", fmt::format("must be a mapping with: {}", fmt::join(known, ", ")));
      return false;
    }
    for (const auto& [key, value] : node.members) {
      if (std::find(known.begin(), known.end(), key.scalar) != known.end()) continue;
      const auto near = nearest(key.scalar, known);
      refuse(key, join(where, key.scalar), "unknown_key",
             near ? fmt::format("\"{}\" is not known here; did you mean \"{}\"?", key.scalar, *near)
                  : fmt::format("\"{}\" is not known here; known are: {}", key.scalar, fmt::join(known, ", ")));
    }
    return true;
  }

  static const Node* member(const Node& node, std::string_view name) {
    if (node.kind != Kind::kMapping) return nullptr;
    for (const auto& [key, value] : node.members) {
      if (key.scalar == name) return &value;
    }
    return nullptr;
  }

  const Node* required(const Node& node, const std::string& where, std::string_view name) {
    const Node* found = member(node, name);
    if (found == nullptr) refuse(node, where, "missing_key", fmt::format("\"{}\" is missing", name));
    return found;
  }

  std::string text(const Node& node, const std::string& where) {
    if (node.kind != Kind::kScalar || node.scalar.empty()) {
      refuse(node, where, "invalid_type", "must be a text");
      return {};
    }
    if (node.scalar.size() > kLongestName) {
      refuse(node, where, "too_long",
             fmt::format("has {} bytes; at most {} are allowed", node.scalar.size(), kLongestName));
      return {};
    }
    const bool digits =
        std::all_of(node.scalar.begin(), node.scalar.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits && !node.quoted) {
      refuse(node, where, "unquoted_id",
             fmt::format("{} is read as a number, which drops leading zeros; write \"{}\" in quotes", node.scalar,
                         node.scalar));
      return {};
    }
    return node.scalar;
  }

  std::vector<std::string> texts(const Node& node, const std::string& where) {
    std::vector<std::string> values;
    if (node.kind != Kind::kSequence) {
      refuse(node, where, "invalid_type", "must be a list, as in [a, b]");
      return values;
    }
    if (node.items.empty()) refuse(node, where, "empty_list", "must name at least one");
    for (std::size_t i = 0; i < node.items.size(); ++i) values.push_back(text(node.items[i], at(where, i)));
    return values;
  }

  Duration duration(const Node& node, const std::string& where) {
    const auto parsed = node.kind == Kind::kScalar ? parse_duration(node.scalar) : fail("", "");
    if (!parsed || parsed->is_zero()) {
      refuse(
          node, where, "invalid_duration",
          fmt::format("\"{}\" is not a duration of at least one second; write it like 30m, 1h30m or 8h", node.scalar));
      return {};
    }
    return *parsed;
  }

  std::int64_t number(const Node& node, const std::string& where, std::int64_t least, std::int64_t most) {
    std::int64_t value = 0;
    const char* end = node.scalar.data() + node.scalar.size();
    const auto [stop, error] = std::from_chars(node.scalar.data(), end, value);
    if (node.kind != Kind::kScalar || node.quoted || error != std::errc{} || stop != end || value < least ||
        value > most) {
      refuse(node, where, "invalid_number",
             fmt::format("\"{}\" must be a whole number from {} to {}", node.scalar, least, most));
      return least;
    }
    return value;
  }

  bool flag(const Node& node, const std::string& where) {
    if (node.kind == Kind::kScalar && !node.quoted && node.scalar == "true") return true;
    refuse(node, where, "invalid_value", "can only be true; leave the key out otherwise");
    return false;
  }

  std::optional<Level> level(const Node& node, const std::string& where) {
    const auto parsed = enum_from<Level>(node.scalar);
    if (node.kind != Kind::kScalar || !parsed) {
      refuse(node, where, "invalid_level",
             fmt::format("\"{}\" is not a level; it is one of low, medium, high, critical", node.scalar));
    }
    return parsed;
  }

  static std::string join(const std::string& where, std::string_view name) {
    return where.empty() ? std::string(name) : fmt::format("{}.{}", where, name);
  }
  static std::string at(const std::string& where, std::size_t index) { return fmt::format("{}[{}]", where, index); }
};

class PolicyReader {
 public:
  std::expected<Policy, std::vector<PolicyProblem>> read(const Node& root) {
    if (!in_.mapping(
            root, "",
            {"version", "targets", "permission_sets", "rules", "guardrails", "approval_policies", "break_glass"})) {
      return std::unexpected(in_.problems);
    }
    if (const Node* version = in_.required(root, "", "version"); version != nullptr && version->scalar != "1") {
      in_.refuse(*version, "version", "unsupported_version",
                 fmt::format("\"{}\" is not a version this program knows; write version: 1", version->scalar));
    }
    // Targets first: rules name them. Approval policies before the rules for the same reason.
    each(root, "targets", [&](const std::string& name, const Node& node, const std::string& where) {
      if (name == "all") in_.refuse(node, where, "reserved_name", "\"all\" is built in and means every account");
      policy_.targets[name] = target(node, where);
    });
    each(root, "permission_sets", [&](const std::string& name, const Node& node, const std::string& where) {
      in_.mapping(node, where, {"level"});
      if (const Node* value = in_.required(node, where, "level")) {
        if (const auto level = in_.level(*value, Reader::join(where, "level"))) policy_.levels[name] = *level;
      }
    });
    each(root, "approval_policies", [&](const std::string& name, const Node& node, const std::string& where) {
      policy_.approvals[name] = approval(name, node, where);
    });
    list(root, "rules", [&](const Node& node, const std::string& where) { rule(node, where); });
    list(root, "guardrails", [&](const Node& node, const std::string& where) { guardrail(node, where); });
    if (const Node* node = Reader::member(root, "break_glass")) break_glass(*node, "break_glass");

    if (!in_.problems.empty()) {
      std::sort(in_.problems.begin(), in_.problems.end(),
                [](const auto& a, const auto& b) { return std::tie(a.line, a.where) < std::tie(b.line, b.where); });
      return std::unexpected(in_.problems);
    }
    policy_.warnings = std::move(in_.warnings);
    return std::move(policy_);
  }

 private:
  template <class Visit>
  void each(const Node& root, const std::string& section, Visit visit) {
    const Node* node = Reader::member(root, section);
    if (node == nullptr || node->kind == Kind::kNull) return;
    if (node->kind != Kind::kMapping) return in_.refuse(*node, section, "invalid_type", "must be a mapping of names");
    for (const auto& [key, value] : node->members)
      visit(in_.text(key, section), value, Reader::join(section, key.scalar));
  }
  template <class Visit>
  void list(const Node& root, const std::string& section, Visit visit) {
    const Node* node = Reader::member(root, section);
    if (node == nullptr || node->kind == Kind::kNull) return;
    if (node->kind != Kind::kSequence) return in_.refuse(*node, section, "invalid_type", "must be a list");
    for (std::size_t i = 0; i < node->items.size(); ++i) visit(node->items[i], Reader::at(section, i));
  }

  Target target(const Node& node, const std::string& where) {
    Target target;
    target.line = node.line;
    if (!in_.mapping(node, where, {"ou", "tag", "accounts", "all", "except"})) return target;
    if (const Node* unit = Reader::member(node, "ou")) target.unit = in_.text(*unit, Reader::join(where, "ou"));
    if (const Node* tags = Reader::member(node, "tag")) read_tags(*tags, Reader::join(where, "tag"), target);
    if (const Node* accounts = Reader::member(node, "accounts")) {
      target.accounts = in_.texts(*accounts, Reader::join(where, "accounts"));
    }
    const Node* all = Reader::member(node, "all");
    if (all != nullptr) in_.flag(*all, Reader::join(where, "all"));
    if (const Node* except = Reader::member(node, "except"))
      target.except = targets(*except, Reader::join(where, "except"));
    const bool selects = !target.unit.empty() || !target.tags.empty() || !target.accounts.empty();
    if (!selects && all == nullptr) {
      in_.refuse(node, where, "empty_target", "selects nothing; give ou, tag or accounts, or write all: true");
    } else if (selects && all != nullptr) {
      in_.refuse(*all, where, "contradiction", "all: true stands alone, or with except");
    }
    return target;
  }

  void read_tags(const Node& node, const std::string& where, Target& target) {
    if (node.kind != Kind::kMapping)
      return in_.refuse(node, where, "invalid_type", "must be a mapping, as in {env: [dev]}");
    for (const auto& [key, value] : node.members) {
      const auto place = Reader::join(where, key.scalar);
      target.tags[key.scalar] =
          value.kind == Kind::kScalar ? std::vector{in_.text(value, place)} : in_.texts(value, place);
    }
  }

  /// A list of target names, or one target written in place.
  std::vector<Target> targets(const Node& node, const std::string& where) {
    if (node.kind == Kind::kMapping) return {target(node, where)};
    std::vector<Target> found;
    const auto names = in_.texts(node, where);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == "all") {
        found.push_back(Target{.line = node.line});
      } else if (const auto it = policy_.targets.find(names[i]); it != policy_.targets.end()) {
        found.push_back(it->second);
      } else if (!names[i].empty()) {
        in_.refuse(node.items[i], Reader::at(where, i), "unknown_target",
                   suggestion("target", names[i], policy_.targets));
      }
    }
    return found;
  }

  People people(const Node& node, const std::string& where) {
    People people;
    if (!in_.mapping(node, where, {"groups", "users", "everyone", "except"})) return people;
    if (const Node* n = Reader::member(node, "groups")) people.groups = in_.texts(*n, Reader::join(where, "groups"));
    if (const Node* n = Reader::member(node, "users")) people.users = in_.texts(*n, Reader::join(where, "users"));
    if (const Node* n = Reader::member(node, "everyone"))
      people.everyone = in_.flag(*n, Reader::join(where, "everyone"));
    if (const Node* except = Reader::member(node, "except")) {
      const auto place = Reader::join(where, "except");
      in_.mapping(*except, place, {"groups", "users"});
      if (const Node* n = Reader::member(*except, "groups"))
        people.except_groups = in_.texts(*n, Reader::join(place, "groups"));
      if (const Node* n = Reader::member(*except, "users"))
        people.except_users = in_.texts(*n, Reader::join(place, "users"));
    }
    if (!people.everyone && people.groups.empty() && people.users.empty()) {
      in_.refuse(node, where, "empty_people", "names nobody; give groups or users, or write everyone: true");
    }
    return people;
  }

  void rule(const Node& node, const std::string& where) {
    if (!in_.mapping(node, where, {"id", "who", "what", "where", "max", "min", "approval"})) return;
    Rule rule;
    rule.line = node.line;
    if (const Node* n = in_.required(node, where, "id")) rule.id = unique_id(*n, Reader::join(where, "id"));
    if (const Node* n = in_.required(node, where, "who")) rule.who = people(*n, Reader::join(where, "who"));
    if (const Node* n = in_.required(node, where, "what")) rule.what = in_.texts(*n, Reader::join(where, "what"));
    if (const Node* n = in_.required(node, where, "where")) rule.where = targets(*n, Reader::join(where, "where"));
    if (const Node* n = in_.required(node, where, "max")) rule.max = in_.duration(*n, Reader::join(where, "max"));
    if (const Node* n = Reader::member(node, "min")) {
      rule.min = in_.duration(*n, Reader::join(where, "min"));
      if (rule.min > rule.max) in_.refuse(*n, Reader::join(where, "min"), "contradiction", "min is longer than max");
    }
    if (const Node* n = in_.required(node, where, "approval")) {
      rule.approval = in_.text(*n, Reader::join(where, "approval"));
      if (!rule.approval.empty() && !policy_.approvals.contains(rule.approval)) {
        in_.refuse(*n, Reader::join(where, "approval"), "unknown_approval_policy",
                   suggestion("approval policy", rule.approval, policy_.approvals));
      }
    }
    policy_.rules.push_back(std::move(rule));
  }

  ApprovalPolicy approval(const std::string& name, const Node& node, const std::string& where) {
    ApprovalPolicy policy;
    policy.name = name;
    policy.line = node.line;
    if (!in_.mapping(node, where, {"steps", "low", "medium", "high", "critical", "lapse", "remind"})) return policy;
    if (const Node* n = Reader::member(node, "lapse")) policy.lapse = in_.duration(*n, Reader::join(where, "lapse"));
    if (const Node* n = Reader::member(node, "remind")) {
      for (std::size_t i = 0; i < n->items.size(); ++i)
        in_.duration(n->items[i], Reader::at(Reader::join(where, "remind"), i));
      in_.warn(*n, Reader::join(where, "remind"), "reminders are not sent by this version");
    }
    const Node* flat = Reader::member(node, "steps");
    std::size_t levels_given = 0;
    for (std::size_t i = 0; i < kLevels; ++i) {
      const auto level = name_of(static_cast<Level>(i));
      const Node* n = Reader::member(node, level);
      if (n == nullptr) continue;
      ++levels_given;
      const auto place = Reader::join(where, level);
      in_.mapping(*n, place, {"steps"});
      if (const Node* list = in_.required(*n, place, "steps"))
        policy.steps[i] = steps(*list, Reader::join(place, "steps"));
    }
    if (flat != nullptr && levels_given == 0) {
      policy.steps.fill(steps(*flat, Reader::join(where, "steps")));
    } else if (flat != nullptr) {
      in_.refuse(*flat, where, "contradiction", "give either steps, or steps for each level");
    } else if (levels_given != kLevels) {
      in_.refuse(node, where, "missing_key", "give steps, or all four of low, medium, high and critical");
    }
    return policy;
  }

  std::vector<StepRule> steps(const Node& node, const std::string& where) {
    std::vector<StepRule> steps;
    if (node.kind != Kind::kSequence) {
      in_.refuse(node, where, "invalid_type", "must be a list of steps; [] means that nobody needs to agree");
      return steps;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) steps.push_back(step(node.items[i], Reader::at(where, i)));
    return steps;
  }

  StepRule step(const Node& node, const std::string& where) {
    StepRule step;
    step.line = node.line;
    if (!in_.mapping(node, where, {"any_of", "need"})) return step;
    if (const Node* n = Reader::member(node, "need")) {
      step.need = static_cast<int>(in_.number(*n, Reader::join(where, "need"), 1, kMostApprovers));
    }
    const Node* any_of = in_.required(node, where, "any_of");
    if (any_of == nullptr) return step;
    const auto place = Reader::join(where, "any_of");
    if (any_of->kind != Kind::kSequence || any_of->items.empty()) {
      in_.refuse(*any_of, place, "invalid_type", "must be a list such as [{group: TeamLeads}, {user: ana}]");
      return step;
    }
    for (std::size_t i = 0; i < any_of->items.size(); ++i) {
      const Node& party = any_of->items[i];
      const auto here = Reader::at(place, i);
      if (!in_.mapping(party, here, {"group", "user"})) continue;
      const Node* group = Reader::member(party, "group");
      const Node* user = Reader::member(party, "user");
      if ((group == nullptr) == (user == nullptr))
        in_.refuse(party, here, "invalid_value", "give one of group and user");
      else if (group != nullptr) step.groups.push_back(in_.text(*group, Reader::join(here, "group")));
      else step.users.push_back(in_.text(*user, Reader::join(here, "user")));
    }
    return step;
  }

  void guardrail(const Node& node, const std::string& where) {
    if (!in_.mapping(node, where, {"id", "where", "what", "when", "require"})) return;
    Guardrail guardrail;
    guardrail.line = node.line;
    if (const Node* n = in_.required(node, where, "id")) guardrail.id = unique_id(*n, Reader::join(where, "id"));
    if (const Node* n = Reader::member(node, "where")) guardrail.where = targets(*n, Reader::join(where, "where"));
    if (const Node* n = Reader::member(node, "what")) guardrail.what = in_.texts(*n, Reader::join(where, "what"));
    if (const Node* n = Reader::member(node, "when")) {
      const auto place = Reader::join(where, "when");
      in_.mapping(*n, place, {"level"});
      const Node* levels = in_.required(*n, place, "level");
      for (const Node& level : levels == nullptr ? std::vector<Node>{} : levels->items) {
        if (const auto parsed = in_.level(level, Reader::join(place, "level"))) guardrail.levels.push_back(*parsed);
      }
      if (guardrail.levels.empty())
        in_.refuse(*n, place, "invalid_type", "level must be a list such as [high, critical]");
    }
    if (const Node* n = in_.required(node, where, "require"))
      requirements(*n, Reader::join(where, "require"), guardrail);
    policy_.guardrails.push_back(std::move(guardrail));
  }

  void requirements(const Node& node, const std::string& where, Guardrail& guardrail) {
    if (!in_.mapping(node, where, {"approvers", "reason_min", "ticket", "max"})) return;
    if (const Node* n = Reader::member(node, "approvers")) {
      guardrail.approvers = static_cast<int>(in_.number(*n, Reader::join(where, "approvers"), 1, kMostApprovers));
    }
    if (const Node* n = Reader::member(node, "reason_min")) {
      guardrail.reason_min = static_cast<std::size_t>(in_.number(*n, Reader::join(where, "reason_min"), 1, 500));
    }
    if (const Node* n = Reader::member(node, "max")) guardrail.max = in_.duration(*n, Reader::join(where, "max"));
    if (const Node* n = Reader::member(node, "ticket")) {
      guardrail.ticket = n->scalar;
      if (!is_pattern(n->scalar)) {
        in_.refuse(*n, Reader::join(where, "ticket"), "invalid_pattern",
                   fmt::format("\"{}\" is not a regular expression of at most {} characters", n->scalar.substr(0, 64),
                               kLongestPattern));
      }
    }
    if (node.members.empty()) in_.refuse(node, where, "empty_guardrail", "requires nothing");
  }

  static bool is_pattern(const std::string& text) {
    try {
      const std::regex compiled(text, std::regex::ECMAScript);
      return !text.empty() && text.size() <= kLongestPattern;
    } catch (const std::regex_error&) {
      return false;
    }
  }

  void break_glass(const Node& node, const std::string& where) {
    if (!in_.mapping(node, where, {"who", "what", "where", "max", "notify", "review_within"})) return;
    BreakGlass glass;
    if (const Node* n = in_.required(node, where, "who")) glass.who = people(*n, Reader::join(where, "who"));
    if (const Node* n = in_.required(node, where, "what")) glass.what = in_.texts(*n, Reader::join(where, "what"));
    if (const Node* n = in_.required(node, where, "where")) glass.where = targets(*n, Reader::join(where, "where"));
    if (const Node* n = Reader::member(node, "max")) glass.max = in_.duration(*n, Reader::join(where, "max"));
    if (const Node* n = Reader::member(node, "notify")) glass.notify = in_.texts(*n, Reader::join(where, "notify"));
    if (const Node* n = Reader::member(node, "review_within")) {
      glass.review_within = in_.duration(*n, Reader::join(where, "review_within"));
    }
    in_.warn(node, where, "break-glass is checked but cannot be used with this version: it opens nothing");
    policy_.break_glass = std::move(glass);
  }

  std::string unique_id(const Node& node, const std::string& where) {
    auto id = in_.text(node, where);
    const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
             c == '.';
    });
    if (!plain)
      in_.refuse(node, where, "invalid_id", fmt::format("\"{}\" may hold letters, digits, - _ and . only", id));
    if (!id.empty() && !ids_.insert(id).second) {
      in_.refuse(node, where, "duplicate_id", fmt::format("\"{}\" is the id of another rule or guardrail", id));
    }
    return id;
  }

  template <class Map>
  static std::string suggestion(std::string_view what, const std::string& name, const Map& known) {
    std::vector<std::string> names;
    for (const auto& [key, value] : known) names.push_back(key);
    const auto near = nearest(name, names);
    return near ? fmt::format("there is no {} \"{}\"; did you mean \"{}\"?", what, name, *near)
                : fmt::format("there is no {} \"{}\"; known are: {}", what, name,
                              names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  }

  Reader in_;
  Policy policy_;
  std::set<std::string> ids_;
};

}  // namespace

std::expected<Policy, std::vector<PolicyProblem>> parse_policy(std::string_view text) {
  if (text.size() > kLargestPolicyBytes) {
    return std::unexpected(std::vector{PolicyProblem{
        1, "", "too_large",
        fmt::format("the policy has {} bytes; at most {} are allowed", text.size(), kLargestPolicyBytes)}});
  }
  if (!decode_utf8(text)) {
    return std::unexpected(std::vector{PolicyProblem{1, "", "invalid_characters", "the policy is not valid UTF-8"}});
  }
  const auto tree = yaml::parse(text);
  if (!tree) {
    int line = 1;
    if (tree.error().field.starts_with("line ")) line = std::atoi(tree.error().field.c_str() + 5);
    return std::unexpected(std::vector{PolicyProblem{line, "", tree.error().code, tree.error().message}});
  }
  return PolicyReader{}.read(*tree);
}

}  // namespace ag::access
