#include "iam/policy_parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "iam/condition_operator.hpp"
#include "iam/policy_rules.hpp"

namespace ag::iam {
namespace {

using Kind = JsonNode::Kind;

const std::vector<std::string> kDocumentElements = {"Version", "Id", "Statement"};
const std::vector<std::string> kStatementElements = {"Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
                                                     "NotAction", "Resource", "NotResource", "Condition"};
constexpr std::array<std::pair<std::string_view, PrincipalType>, 4> kPrincipalTypes = {{
    {"AWS", PrincipalType::kAws},
    {"Service", PrincipalType::kService},
    {"Federated", PrincipalType::kFederated},
    {"CanonicalUser", PrincipalType::kCanonicalUser},
}};

std::string suggestion(std::string_view text, const std::vector<std::string>& names) {
  const auto name = nearest(text, names);
  return name ? fmt::format("; did you mean {}?", *name) : std::string();
}

/// Where the reader is, written out only when there is something to tell: most policies have nothing wrong.
/// Points to the path above it, which must live as long.
class Path {
 public:
  explicit Path(std::string_view root) : name_(root), is_root_(true) {}
  Path(const Path& above, std::string_view name) : above_(&above), name_(name) {}
  Path(const Path& above, std::size_t index) : above_(&above), index_(index) {}

  [[nodiscard]] std::string text() const {
    if (is_root_) return std::string(name_);
    const std::string above = above_->text();
    if (index_ != kNoIndex) return fmt::format("{}[{}]", above, index_);
    // Names come from outside and end in messages: what is no word is shown like any such text.
    return above.empty() ? excerpt(name_) : fmt::format("{}.{}", above, excerpt(name_));
  }

 private:
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
  const Path* above_ = nullptr;
  std::string_view name_;
  std::size_t index_ = kNoIndex;
  bool is_root_ = false;
};

/// Goes through the JSON of one document, fills the policy and notes what is wrong.
class DocumentReader {
 public:
  DocumentReader(std::string_view path, Problems& problems) : root_(path), problems_(problems) {}

  Policy read(const JsonNode& node) {
    Policy policy;
    if (node.kind != Kind::kObject) {
      problems_.add(Severity::kUnreadable, "wrong_type", root_.text(), node.at,
                    fmt::format("a policy is an object, not {}", kind_name(node.kind)));
      return policy;
    }
    tell_duplicates(node, root_);
    bool has_statement = false;
    for (const auto& member : node.members) {
      const Path path(root_, member.name);
      if (member.name == "Version") {
        version(policy, member, path);
      } else if (member.name == "Id") {
        if (text(member.value, path)) policy.id = member.value.text;
      } else if (member.name == "Statement") {
        if (!std::exchange(has_statement, true)) statements(policy, member, path);
      } else {
        policy.unknown.push_back(unknown(member, path, kDocumentElements));
      }
    }
    if (!has_statement)
      problems_.add(Severity::kUnreadable, "missing_element", root_.text(), node.at, "a policy has a Statement");
    return policy;
  }

 private:
  void wrong_type(const JsonNode& node, const Path& path, std::string_view expected) {
    problems_.add(Severity::kUnreadable, "wrong_type", path.text(), node.at,
                  fmt::format("{} is expected, not {}", expected, kind_name(node.kind)));
  }

  bool text(const JsonNode& node, const Path& path) {
    if (node.kind == Kind::kString) return true;
    wrong_type(node, path, "a string");
    return false;
  }

  void tell_duplicates(const JsonNode& node, const Path& path) {
    std::set<std::string_view> names;
    for (const auto& member : node.members) {
      if (names.insert(member.name).second) continue;
      problems_.add(Severity::kUnreadable, "duplicate_member", Path(path, member.name).text(), member.at,
                    "this is written twice; which of the two holds cannot be known");
    }
  }

  UnknownElement unknown(const JsonMember& member, const Path& path, const std::vector<std::string>& names) {
    problems_.add(Severity::kError, "unknown_element", path.text(), member.at,
                  "the policy language has no such element" + suggestion(member.name, names));
    return {member.name, to_json(member.value), member.at};
  }

  void version(Policy& policy, const JsonMember& member, const Path& path) {
    if (!text(member.value, path)) return;
    if (member.value.text == "2012-10-17") {
      policy.version = LanguageVersion::k2012;
    } else if (member.value.text != "2008-10-17") {
      // Which language it is decides what ${…} means.
      problems_.add(Severity::kUnreadable, "unknown_version", path.text(), member.value.at,
                    "the versions of the policy language are 2012-10-17 and 2008-10-17; did you mean 2012-10-17?");
    }
  }

  void statements(Policy& policy, const JsonMember& member, const Path& path) {
    if (member.value.kind == Kind::kObject) {
      policy.statements.push_back(statement(member.value, path));
      return;
    }
    if (member.value.kind != Kind::kArray) return wrong_type(member.value, path, "a list of statements");
    if (member.value.items.empty())
      problems_.add(Severity::kError, "empty_list", path.text(), member.value.at, "there is no statement in it");
    for (std::size_t i = 0; i < member.value.items.size(); ++i) {
      const JsonNode& item = member.value.items[i];
      const Path item_path(path, i);
      if (item.kind == Kind::kObject) policy.statements.push_back(statement(item, item_path));
      else wrong_type(item, item_path, "a statement");
    }
  }

  Statement statement(const JsonNode& node, const Path& path) {
    Statement result;
    result.at = node.at;
    tell_duplicates(node, path);
    bool has_effect = false;
    for (const auto& member : node.members) {
      const Path here(path, member.name);
      if (member.name == "Sid") {
        if (text(member.value, here)) result.sid = member.value.text;
      } else if (member.name == "Effect") {
        has_effect = true;
        effect(result, member, here);
      } else if (member.name == "Principal" || member.name == "NotPrincipal") {
        one_sense(result.principals.sense, member, here);
        principals(result.principals, member, here);
      } else if (member.name == "Action" || member.name == "NotAction") {
        one_sense(result.actions.sense, member, here);
        patterns(result.actions, member, here);
      } else if (member.name == "Resource" || member.name == "NotResource") {
        one_sense(result.resources.sense, member, here);
        patterns(result.resources, member, here);
      } else if (member.name == "Condition") {
        conditions(result, member, here);
      } else {
        result.unknown.push_back(unknown(member, here, kStatementElements));
      }
    }
    if (!has_effect)
      problems_.add(Severity::kUnreadable, "missing_element", path.text(), node.at, "a statement has an Effect");
    if (result.actions.sense == Sense::kAbsent)
      problems_.add(Severity::kUnreadable, "missing_element", path.text(), node.at,
                    "a statement has an Action or a NotAction");
    return result;
  }

  void effect(Statement& statement, const JsonMember& member, const Path& path) {
    if (!text(member.value, path)) return;
    if (member.value.text == "Allow") statement.effect = Effect::kAllow;
    else if (member.value.text != "Deny")
      problems_.add(Severity::kUnreadable, "unknown_effect", path.text(), member.value.at,
                    "Effect is Allow or Deny, written so" + suggestion(member.value.text, {"Allow", "Deny"}));
  }

  void one_sense(Sense& sense, const JsonMember& member, const Path& path) {
    const Sense now = member.name.starts_with("Not") ? Sense::kIsNot : Sense::kIs;
    if (sense != Sense::kAbsent && sense != now) {
      const std::string_view positive = now == Sense::kIsNot ? std::string_view(member.name).substr(3) : member.name;
      problems_.add(Severity::kUnreadable, "both_senses", path.text(), member.at,
                    fmt::format("a statement has {0} or Not{0}, never both", positive));
    }
    sense = now;
  }

  void patterns(PatternElement& element, const JsonMember& member, const Path& path) {
    element.at = member.at;
    strings(element.patterns, member.value, path);
  }

  void strings(std::vector<std::string>& out, const JsonNode& node, const Path& path) {
    if (node.kind == Kind::kString) {
      out.push_back(node.text);
      return;
    }
    if (node.kind != Kind::kArray) return wrong_type(node, path, "a string or a list of strings");
    if (node.items.empty())
      problems_.add(Severity::kError, "empty_list", path.text(), node.at, "there is nothing in it");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (text(node.items[i], Path(path, i))) out.push_back(node.items[i].text);
    }
  }

  void principals(PrincipalElement& element, const JsonMember& member, const Path& path) {
    element.at = member.at;
    if (member.value.kind == Kind::kString) {
      if (member.value.text != "*")
        problems_.add(Severity::kUnreadable, "bare_principal", path.text(), member.value.at,
                      "only \"*\" stands alone; a principal is written {\"AWS\": …}, {\"Service\": …} or "
                      "{\"Federated\": …}");
      element.everyone = true;
      element.patterns.push_back({PrincipalType::kAws, member.value.text, {}});
      return;
    }
    if (member.value.kind != Kind::kObject) return wrong_type(member.value, path, "\"*\" or an object");
    tell_duplicates(member.value, path);
    for (const auto& entry : member.value.members) {
      const Path here(path, entry.name);
      PrincipalPattern pattern{principal_type(entry, here), {}, {}};
      if (pattern.type == PrincipalType::kUnknown) pattern.type_name = entry.name;
      std::vector<std::string> names;
      strings(names, entry.value, here);
      for (auto& name : names) {
        pattern.name = std::move(name);
        element.patterns.push_back(pattern);
      }
    }
    if (element.patterns.empty())
      problems_.add(Severity::kError, "empty_list", path.text(), member.value.at, "there is no principal in it");
  }

  PrincipalType principal_type(const JsonMember& entry, const Path& path) {
    std::vector<std::string> names;
    for (const auto& [name, type] : kPrincipalTypes) {
      if (name == entry.name) return type;
      names.emplace_back(name);
    }
    problems_.add(Severity::kError, "unknown_principal_type", path.text(), entry.at,
                  "there is no such type of principal" + suggestion(entry.name, names));
    return PrincipalType::kUnknown;
  }

  void conditions(Statement& statement, const JsonMember& member, const Path& path) {
    if (member.value.kind != Kind::kObject) return wrong_type(member.value, path, "an object");
    tell_duplicates(member.value, path);
    for (const auto& entry : member.value.members) {
      const Path here(path, entry.name);
      const ConditionOperator op = parse_operator(entry.name);
      if (op.comparison == Comparison::kUnknown) {
        const auto meant = nearest_operator(entry.name);
        problems_.add(Severity::kError, "unknown_operator", here.text(), entry.at,
                      "there is no such condition operator" + (meant ? fmt::format("; did you mean {}?", *meant) : ""));
      }
      if (entry.value.kind != Kind::kObject) {
        wrong_type(entry.value, here, "an object of condition keys");
        continue;
      }
      tell_duplicates(entry.value, here);
      for (const auto& key : entry.value.members) {
        Condition condition{entry.name, op, key.name, {}, key.at};
        values(condition.values, key.value, Path(here, key.name));
        statement.conditions.push_back(std::move(condition));
      }
    }
  }

  void values(std::vector<std::string>& out, const JsonNode& node, const Path& path) {
    const auto is_value = [](const JsonNode& value) {
      return value.kind == Kind::kString || value.kind == Kind::kNumber || value.kind == Kind::kBoolean;
    };
    const auto text_of = [](const JsonNode& value) {
      return value.kind == Kind::kNumber ? without_exponent(value.text) : value.text;
    };
    if (is_value(node)) {
      out.push_back(text_of(node));
      return;
    }
    if (node.kind != Kind::kArray) return wrong_type(node, path, "a value or a list of values");
    if (node.items.empty())
      problems_.add(Severity::kWarning, "empty_list", path.text(), node.at, "a condition without values never matches");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (is_value(node.items[i])) out.push_back(text_of(node.items[i]));
      else wrong_type(node.items[i], Path(path, i), "a string, a number or a boolean");
    }
  }

  Path root_;
  Problems& problems_;
};

ParsedPolicy parsed(const JsonNode& document, PolicyKind kind, std::string_view path, std::string_view text) {
  ParsedPolicy result;
  Problems problems(result.problems);
  result.policy = DocumentReader(path, problems).read(document);
  check_rules(result.policy, kind, path, problems);
  check_text(text, kind, path, document.at, problems);
  std::ranges::sort(result.problems, {}, [](const Problem& problem) {
    return std::tie(problem.at.line, problem.at.column, problem.severity, problem.path, problem.message);
  });
  return result;
}

}  // namespace

std::string to_text(const Problem& problem) {
  std::string where;
  if (problem.at.line > 0) where = fmt::format("{}:{} ", problem.at.line, problem.at.column);
  if (problem.path.empty()) return where + problem.message;
  return fmt::format("{}{}: {}", where, problem.path, problem.message);
}

bool ParsedPolicy::readable() const {
  return std::ranges::none_of(problems, [](const Problem& p) { return p.severity == Severity::kUnreadable; });
}

bool ParsedPolicy::acceptable() const {
  return std::ranges::all_of(problems, [](const Problem& p) { return p.severity == Severity::kWarning; });
}

ParsedPolicy parse(std::string_view text, PolicyKind kind) {
  ParsedPolicy result;
  if (text.size() > kLargestPolicyText) {
    result.problems.push_back(
        {Severity::kUnreadable, "too_long", "", {1, 1}, fmt::format("a text of {} bytes is no policy", text.size())});
    return result;
  }
  const auto document = read_json(text);
  if (!document) {
    result.problems.push_back({Severity::kUnreadable, "invalid_json", "", document.error().at,
                               fmt::format("this is not JSON: {}", document.error().message)});
    return result;
  }
  return parsed(*document, kind, {}, text);
}

ParsedPolicy parse(const JsonNode& document, PolicyKind kind, std::string_view path) {
  return parsed(document, kind, path, to_json(document));
}

}  // namespace ag::iam
