#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "access/policy.hpp"
#include "access/policy_reader.hpp"
#include "access/ticket_pattern.hpp"
#include "access/yaml.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

using yaml::Kind;
using yaml::Node;

constexpr std::int64_t kMostApprovers = 20;
constexpr std::int64_t kMostReasonCharacters = 500;  // a reason cannot be longer
constexpr std::size_t kMostSteps = 8;                // more than anybody would climb; bounds what judging costs

class PolicyReader {
 public:
  std::expected<Policy, std::vector<PolicyProblem>> read(const Node& root) {
    if (!in_.mapping(
            root, "",
            {"version", "targets", "permission_sets", "rules", "guardrails", "approval_policies", "break_glass"})) {
      return std::unexpected(in_.problems);
    }
    if (const Node* version = in_.required(root, "", "version"); version != nullptr && version->scalar != "1") {
      in_.refuse(
          *version, "version", "unsupported_version",
          fmt::format("{} is not a version this program knows; write version: 1", PolicyValues::shown(*version)));
    }
    // Targets first: rules name them. Approval policies before the rules for the same reason.
    targets_ = PolicyValues::member(root, "targets");
    each(root, "targets", [&](const std::string& name, const Node& node, const std::string& where) {
      if (name == "all") in_.refuse(node, where, "reserved_name", "\"all\" is built in and means every account");
      policy_.targets[name] = target(node, where);
    });
    each(root, "permission_sets", [&](const std::string& name, const Node& node, const std::string& where) {
      if (name.find('*') != std::string::npos) {
        in_.refuse(node, where, "invalid_name",
                   fmt::format("\"{}\" must be one permission set: a * stands for nothing here", name));
      }
      policy_.level_lines[name] = node.line;
      if (!in_.mapping(node, where, {"level"})) return;
      if (const Node* value = in_.required(node, where, "level")) {
        if (const auto level = in_.level(*value, PolicyValues::join(where, "level"))) policy_.levels[name] = *level;
      }
    });
    each(root, "approval_policies", [&](const std::string& name, const Node& node, const std::string& where) {
      policy_.approvals[name] = approval(name, node, where);
    });
    list(root, "rules", [&](const Node& node, const std::string& where) { rule(node, where); });
    list(root, "guardrails", [&](const Node& node, const std::string& where) { guardrail(node, where); });
    if (const Node* node = PolicyValues::member(root, "break_glass")) break_glass(*node, "break_glass");

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
    const Node* node = PolicyValues::member(root, section);
    if (node == nullptr || node->kind == Kind::kNull) return;
    if (node->kind != Kind::kMapping) {
      return in_.refuse(*node, section, "invalid_type",
                        "must be a mapping of names; it is " + PolicyValues::shown(*node));
    }
    for (const auto& [key, value] : node->members)
      visit(in_.text(key, section), value, PolicyValues::join(section, key.scalar));
  }
  template <class Visit>
  void list(const Node& root, const std::string& section, Visit visit) {
    const Node* node = PolicyValues::member(root, section);
    if (node == nullptr || node->kind == Kind::kNull) return;
    if (node->kind != Kind::kSequence) {
      return in_.refuse(*node, section, "invalid_type", "must be a list; it is " + PolicyValues::shown(*node));
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) visit(node->items[i], PolicyValues::at(section, i));
  }

  Target target(const Node& node, const std::string& where) {
    Target target;
    target.line = node.line;
    if (!in_.mapping(node, where, {"ou", "tag", "accounts", "all", "except"})) return target;
    if (const Node* unit = PolicyValues::member(node, "ou"))
      target.unit = in_.text(*unit, PolicyValues::join(where, "ou"));
    if (const Node* tags = PolicyValues::member(node, "tag"))
      read_tags(*tags, PolicyValues::join(where, "tag"), target);
    if (const Node* accounts = PolicyValues::member(node, "accounts")) {
      target.accounts = in_.texts(*accounts, PolicyValues::join(where, "accounts"));
    }
    const Node* all = PolicyValues::member(node, "all");
    if (all != nullptr) in_.flag(*all, PolicyValues::join(where, "all"));
    if (const Node* except = PolicyValues::member(node, "except"))
      target.except = targets(*except, PolicyValues::join(where, "except"));
    // What is given but wrong was told already.
    const bool selects = std::any_of(node.members.begin(), node.members.end(), [](const auto& member) {
      return member.key.scalar == "ou" || member.key.scalar == "tag" || member.key.scalar == "accounts";
    });
    if (!selects && all == nullptr) {
      in_.refuse(node, where, "empty_target", "selects nothing; give ou, tag or accounts, or write all: true");
    } else if (selects && all != nullptr) {
      in_.refuse(*all, where, "contradiction",
                 "all: true stands alone, or with except; here ou, tag or accounts narrow it");
    }
    return target;
  }

  void read_tags(const Node& node, const std::string& where, Target& target) {
    if (node.kind != Kind::kMapping) {
      return in_.refuse(node, where, "invalid_type",
                        "must be a mapping, as in {env: [dev]}; it is " + PolicyValues::shown(node));
    }
    if (node.members.empty()) in_.refuse(node, where, "empty_list", "must name at least one tag");
    for (const auto& [key, value] : node.members) {
      const auto place = PolicyValues::join(where, key.scalar);
      target.tags[in_.text(key, where)] =
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
      } else if (PolicyValues::member(*targets_or_none(), names[i]) != nullptr) {
        in_.refuse(node.items[i], PolicyValues::at(where, i), "unknown_target",
                   fmt::format("the target \"{}\" is defined further down; move it above this one", names[i]));
      } else if (!names[i].empty()) {
        in_.refuse(node.items[i], PolicyValues::at(where, i), "unknown_target",
                   suggestion("target", names[i], policy_.targets));
      }
    }
    return found;
  }

  People people(const Node& node, const std::string& where) {
    People people;
    if (!in_.mapping(node, where, {"groups", "users", "everyone", "except"})) return people;
    if (const Node* n = PolicyValues::member(node, "groups"))
      people.groups = in_.texts(*n, PolicyValues::join(where, "groups"));
    if (const Node* n = PolicyValues::member(node, "users"))
      people.users = in_.texts(*n, PolicyValues::join(where, "users"));
    if (const Node* n = PolicyValues::member(node, "everyone"))
      people.everyone = in_.flag(*n, PolicyValues::join(where, "everyone"));
    if (const Node* except = PolicyValues::member(node, "except")) {
      const auto place = PolicyValues::join(where, "except");
      if (in_.mapping(*except, place, {"groups", "users"}) && except->members.empty())
        in_.refuse(*except, place, "empty_list", "must name at least one");
      if (const Node* n = PolicyValues::member(*except, "groups"))
        people.except_groups = in_.texts(*n, PolicyValues::join(place, "groups"));
      if (const Node* n = PolicyValues::member(*except, "users"))
        people.except_users = in_.texts(*n, PolicyValues::join(place, "users"));
    }
    // What is given but wrong was told already.
    const bool names_somebody = std::any_of(node.members.begin(), node.members.end(), [](const auto& member) {
      return member.key.scalar == "groups" || member.key.scalar == "users" || member.key.scalar == "everyone";
    });
    if (!names_somebody) {
      in_.refuse(node, where, "empty_people", "names nobody; give groups or users, or write everyone: true");
    }
    return people;
  }

  void rule(const Node& node, const std::string& where) {
    if (!in_.mapping(node, where, {"id", "who", "what", "where", "max", "min", "approval", "end"})) return;
    Rule rule;
    rule.line = node.line;
    if (const Node* n = in_.required(node, where, "id")) rule.id = unique_id(*n, PolicyValues::join(where, "id"));
    if (const Node* n = in_.required(node, where, "who")) rule.who = people(*n, PolicyValues::join(where, "who"));
    if (const Node* n = in_.required(node, where, "what")) rule.what = in_.texts(*n, PolicyValues::join(where, "what"));
    if (const Node* n = in_.required(node, where, "where"))
      rule.where = targets(*n, PolicyValues::join(where, "where"));
    if (const Node* n = in_.required(node, where, "max")) rule.max = in_.duration(*n, PolicyValues::join(where, "max"));
    if (const Node* n = PolicyValues::member(node, "min")) {
      rule.min = in_.duration(*n, PolicyValues::join(where, "min"));
      if (!rule.max.is_zero() && rule.min > rule.max) {
        in_.refuse(*n, PolicyValues::join(where, "min"), "contradiction",
                   fmt::format("{} is longer than max, which is {}", to_text(rule.min), to_text(rule.max)));
      }
    }
    if (const Node* n = in_.required(node, where, "approval")) {
      rule.approval = in_.text(*n, PolicyValues::join(where, "approval"));
      if (!rule.approval.empty() && !policy_.approvals.contains(rule.approval)) {
        in_.refuse(*n, PolicyValues::join(where, "approval"), "unknown_approval_policy",
                   suggestion("approval policy", rule.approval, policy_.approvals));
      }
    }
    if (const Node* n = PolicyValues::member(node, "end")) {
      rule.session_end = session_end(*n, PolicyValues::join(where, "end"));
    }
    policy_.rules.push_back(std::move(rule));
  }

  SessionEnd session_end(const Node& node, const std::string& where) {
    const auto parsed = node.kind == Kind::kScalar ? enum_from<SessionEnd>(node.scalar) : std::nullopt;
    if (parsed) return *parsed;
    in_.refuse(node, where, "invalid_value",
               fmt::format("{} is not an end; it is hard, which cuts live sessions, or soft, which is left out",
                           PolicyValues::shown(node)));
    return SessionEnd::kSoft;
  }

  ApprovalPolicy approval(const std::string& name, const Node& node, const std::string& where) {
    ApprovalPolicy policy;
    policy.name = name;
    policy.line = node.line;
    if (!in_.mapping(node, where, {"steps", "low", "medium", "high", "critical", "lapse", "remind"})) return policy;
    if (const Node* n = PolicyValues::member(node, "lapse"))
      policy.lapse = in_.duration(*n, PolicyValues::join(where, "lapse"));
    if (const Node* n = PolicyValues::member(node, "remind")) {
      const auto place = PolicyValues::join(where, "remind");
      if (in_.list(*n, place, "[30m, 2h]")) {
        for (std::size_t i = 0; i < n->items.size(); ++i) in_.duration(n->items[i], PolicyValues::at(place, i));
      }
      in_.warn(*n, place, "reminders are not sent by this version");
    }
    const Node* flat = PolicyValues::member(node, "steps");
    std::vector<std::string_view> given;
    std::vector<std::string_view> missing;
    for (std::size_t i = 0; i < kLevels; ++i) {
      const auto level = name_of(static_cast<Level>(i));
      const Node* n = PolicyValues::member(node, level);
      (n == nullptr ? missing : given).push_back(level);
      if (n != nullptr) policy.steps[i] = steps_of_level(*n, PolicyValues::join(where, level));
    }
    if (flat != nullptr && given.empty()) {
      policy.steps.fill(steps(*flat, PolicyValues::join(where, "steps")));
    } else if (flat != nullptr) {
      in_.refuse(*flat, where, "contradiction",
                 fmt::format("give either steps, or steps for each level; here are both steps and {}",
                             fmt::join(given, ", ")));
    } else if (!missing.empty()) {
      in_.refuse(node, where, "missing_key",
                 fmt::format("give steps, or all four of low, medium, high and critical; missing: {}",
                             fmt::join(missing, ", ")));
    }
    return policy;
  }

  std::vector<StepRule> steps_of_level(const Node& node, const std::string& where) {
    if (!in_.mapping(node, where, {"steps"})) return {};
    const Node* list = in_.required(node, where, "steps");
    return list == nullptr ? std::vector<StepRule>{} : steps(*list, PolicyValues::join(where, "steps"));
  }

  std::vector<StepRule> steps(const Node& node, const std::string& where) {
    std::vector<StepRule> steps;
    if (node.kind != Kind::kSequence) {
      in_.refuse(
          node, where, "invalid_type",
          "must be a list of steps, where [] means that nobody needs to agree; it is " + PolicyValues::shown(node));
      return steps;
    }
    if (node.items.size() > kMostSteps) {
      in_.refuse(node, where, "too_many",
                 fmt::format("has {} steps; at most {} are allowed", node.items.size(), kMostSteps));
      return steps;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i)
      steps.push_back(step(node.items[i], PolicyValues::at(where, i)));
    return steps;
  }

  StepRule step(const Node& node, const std::string& where) {
    StepRule step;
    step.line = node.line;
    if (!in_.mapping(node, where, {"any_of", "need"})) return step;
    if (const Node* n = PolicyValues::member(node, "need")) {
      step.need = static_cast<int>(in_.number(*n, PolicyValues::join(where, "need"), 1, kMostApprovers));
    }
    const Node* any_of = in_.required(node, where, "any_of");
    if (any_of == nullptr) return step;
    const auto place = PolicyValues::join(where, "any_of");
    if (!in_.list(*any_of, place, "[{group: TeamLeads}, {user: ana}]")) return step;
    for (std::size_t i = 0; i < any_of->items.size(); ++i) {
      const Node& party = any_of->items[i];
      const auto here = PolicyValues::at(place, i);
      if (!in_.mapping(party, here, {"group", "user"})) continue;
      const Node* group = PolicyValues::member(party, "group");
      const Node* user = PolicyValues::member(party, "user");
      if ((group == nullptr) == (user == nullptr))
        in_.refuse(party, here, "invalid_value", "give one of group and user, and not both");
      else if (group != nullptr) step.groups.push_back(in_.text(*group, PolicyValues::join(here, "group")));
      else step.users.push_back(in_.text(*user, PolicyValues::join(here, "user")));
    }
    return step;
  }

  void guardrail(const Node& node, const std::string& where) {
    if (!in_.mapping(node, where, {"id", "where", "what", "when", "require"})) return;
    Guardrail guardrail;
    guardrail.line = node.line;
    if (const Node* n = in_.required(node, where, "id")) guardrail.id = unique_id(*n, PolicyValues::join(where, "id"));
    if (const Node* n = PolicyValues::member(node, "where"))
      guardrail.where = targets(*n, PolicyValues::join(where, "where"));
    if (const Node* n = PolicyValues::member(node, "what"))
      guardrail.what = in_.texts(*n, PolicyValues::join(where, "what"));
    if (const Node* n = PolicyValues::member(node, "when"))
      guardrail.levels = levels_when(*n, PolicyValues::join(where, "when"));
    if (const Node* n = in_.required(node, where, "require"))
      requirements(*n, PolicyValues::join(where, "require"), guardrail);
    policy_.guardrails.push_back(std::move(guardrail));
  }

  std::vector<Level> levels_when(const Node& node, const std::string& where) {
    std::vector<Level> levels;
    if (!in_.mapping(node, where, {"level"})) return levels;
    const Node* list = in_.required(node, where, "level");
    const auto place = PolicyValues::join(where, "level");
    if (list == nullptr || !in_.list(*list, place, "[high, critical]")) return levels;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      if (const auto parsed = in_.level(list->items[i], PolicyValues::at(place, i))) levels.push_back(*parsed);
    }
    return levels;
  }

  void requirements(const Node& node, const std::string& where, Guardrail& guardrail) {
    if (!in_.mapping(node, where, {"approvers", "reason_min", "ticket", "max"})) return;
    if (const Node* n = PolicyValues::member(node, "approvers")) {
      guardrail.approvers = static_cast<int>(in_.number(*n, PolicyValues::join(where, "approvers"), 1, kMostApprovers));
    }
    if (const Node* n = PolicyValues::member(node, "reason_min")) {
      guardrail.reason_min =
          static_cast<std::size_t>(in_.number(*n, PolicyValues::join(where, "reason_min"), 1, kMostReasonCharacters));
    }
    if (const Node* n = PolicyValues::member(node, "max"))
      guardrail.max = in_.duration(*n, PolicyValues::join(where, "max"));
    if (const Node* n = PolicyValues::member(node, "ticket"))
      ticket(*n, PolicyValues::join(where, "ticket"), guardrail);
    if (node.members.empty()) in_.refuse(node, where, "empty_guardrail", "requires nothing");
  }

  void ticket(const Node& node, const std::string& where, Guardrail& guardrail) {
    if (node.kind == Kind::kSequence || node.kind == Kind::kMapping) {
      return in_.refuse(node, where, "invalid_type",
                        "must be a text, as in \"^[A-Z]+-[0-9]+$\"; it is " + PolicyValues::shown(node));
    }
    guardrail.ticket = node.scalar;
    if (is_ticket_pattern(node.scalar)) return;
    in_.refuse(node, where, "invalid_pattern",
               fmt::format("\"{}\" is not a regular expression of 1 to {} characters without back-references",
                           excerpt(node.scalar), kLongestTicketPattern));
  }

  void break_glass(const Node& node, const std::string& where) {
    if (!in_.mapping(node, where, {"who", "what", "where", "max", "notify", "review_within"})) return;
    BreakGlass glass;
    glass.line = node.line;
    if (const Node* n = in_.required(node, where, "who")) glass.who = people(*n, PolicyValues::join(where, "who"));
    if (const Node* n = in_.required(node, where, "what"))
      glass.what = in_.texts(*n, PolicyValues::join(where, "what"));
    if (const Node* n = in_.required(node, where, "where"))
      glass.where = targets(*n, PolicyValues::join(where, "where"));
    if (const Node* n = PolicyValues::member(node, "max"))
      glass.max = in_.duration(*n, PolicyValues::join(where, "max"));
    if (const Node* n = PolicyValues::member(node, "notify"))
      glass.notify = in_.texts(*n, PolicyValues::join(where, "notify"));
    if (const Node* n = PolicyValues::member(node, "review_within")) {
      glass.review_within = in_.duration(*n, PolicyValues::join(where, "review_within"));
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

  [[nodiscard]] const Node* targets_or_none() const {
    static const Node kNone;
    return targets_ == nullptr ? &kNone : targets_;
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

  PolicyValues in_;
  Policy policy_;
  std::set<std::string> ids_;
  const Node* targets_ = nullptr;  // of the file, to tell those that are defined too late
};

/// Characters that YAML forbids, or that make a reader see another policy than the one in force: what ends the file or
/// a line for one program and not for another, and what changes the direction of writing.
bool is_hidden(char32_t c) {
  return (c < 0x20 && c != '\t' && c != '\r') || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

std::optional<PolicyProblem> check_line(std::string_view line, int number) {
  const auto points = decode_utf8(line);
  if (!points) return PolicyProblem{number, "", "invalid_characters", "the policy is not valid UTF-8 in this line"};
  for (std::size_t i = 0; i < points->size(); ++i) {
    const char32_t c = (*points)[i];
    const bool byte_order_mark = c == 0xfeff && number == 1 && i == 0;
    const bool lone_return = c == '\r' && i + 1 < points->size();
    if ((!is_hidden(c) || byte_order_mark) && !lone_return) continue;
    return PolicyProblem{number, "", "invalid_characters",
                         fmt::format("the character U+{:04X} cannot be seen and is not allowed; remove it",
                                     static_cast<std::uint32_t>(c))};
  }
  return std::nullopt;
}

std::optional<PolicyProblem> check_characters(std::string_view text) {
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (auto problem = check_line(line, number)) return problem;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::nullopt;
}

}  // namespace

std::expected<Policy, std::vector<PolicyProblem>> parse_policy(std::string_view text) {
  if (text.size() > kLargestPolicyBytes) {
    return std::unexpected(std::vector{PolicyProblem{
        1, "", "too_large",
        fmt::format("the policy has {} bytes; at most {} are allowed", text.size(), kLargestPolicyBytes)}});
  }
  if (const auto problem = check_characters(text)) return std::unexpected(std::vector{*problem});
  const auto tree = yaml::parse(text);
  if (!tree)
    return std::unexpected(std::vector{PolicyProblem{tree.error().line, "", tree.error().code, tree.error().message}});
  return PolicyReader{}.read(*tree);
}

}  // namespace ag::access
