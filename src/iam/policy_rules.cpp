#include "iam/policy_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace ag::iam {
namespace {

enum class PrincipalRule { kNone, kRequired };

bool is_organization_policy(PolicyKind kind) {
  return kind == PolicyKind::kServiceControl || kind == PolicyKind::kResourceControl;
}

PrincipalRule principal_rule(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kResource:
    case PolicyKind::kTrust:
    case PolicyKind::kResourceControl: return PrincipalRule::kRequired;
    case PolicyKind::kIdentity:
    case PolicyKind::kPermissionSetInline:
    case PolicyKind::kAwsManaged:
    case PolicyKind::kCustomerManaged:
    case PolicyKind::kBoundary:
    case PolicyKind::kSession:
    case PolicyKind::kServiceControl: return PrincipalRule::kNone;
  }
  return PrincipalRule::kNone;
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// Everything about one statement; the caller looks at what spans statements.
class StatementRules {
 public:
  StatementRules(const Statement& statement, PolicyKind kind, LanguageVersion version, std::string path,
                 Problems& problems)
      : statement_(statement), kind_(kind), version_(version), path_(std::move(path)), problems_(problems) {}

  void check() {
    sid();
    principals();
    actions();
    resources();
    conditions();
    if (kind_ == PolicyKind::kResourceControl) resource_control();
  }

 private:
  void tell(Severity severity, std::string code, std::string_view element, Position at, std::string message) {
    const std::string path = element.empty() ? path_ : fmt::format("{}.{}", path_, element);
    problems_.add(severity, std::move(code), path, at, std::move(message));
  }

  void sid() {
    // grammar.html, "sid_string": IAM takes letters and digits; other services' policies take more.
    if (kind_ == PolicyKind::kResource || is_organization_policy(kind_)) return;
    if (!std::ranges::all_of(statement_.sid, is_alphanumeric))
      tell(Severity::kError, "invalid_sid", "Sid", statement_.at, "a Sid has letters A to Z and digits only");
  }

  void principals() {
    const auto& element = statement_.principals;
    const std::string_view name = element.sense == Sense::kIsNot ? "NotPrincipal" : "Principal";
    if (principal_rule(kind_) == PrincipalRule::kNone) {
      if (element.sense != Sense::kAbsent)
        tell(Severity::kError, "principal_not_allowed", name, element.at,
             "whom this kind of policy is about is whom it is attached to: it names no principal");
      return;
    }
    if (element.sense == Sense::kAbsent) {
      tell(Severity::kUnreadable, "missing_element", "", statement_.at,
           "a statement of this kind of policy has a Principal");
      return;
    }
    if (element.sense == Sense::kIsNot && statement_.effect == Effect::kAllow)
      tell(Severity::kWarning, "allow_not_principal", name, element.at,
           "Allow with NotPrincipal allows everyone else, anonymous requests too");
    for (const auto& pattern : element.patterns) {
      if (pattern.name != "*" && pattern.type == PrincipalType::kAws && pattern.name.find('*') != std::string::npos)
        tell(Severity::kError, "principal_wildcard", name, element.at,
             fmt::format("{}: * stands for everyone or is not there: it cannot be a part of a principal",
                         excerpt(pattern.name)));
    }
  }

  void actions() {
    const auto& element = statement_.actions;
    const std::string_view name = element.sense == Sense::kIsNot ? "NotAction" : "Action";
    for (const auto& pattern : element.patterns) {
      if (pattern == "*") continue;
      const auto colon = pattern.find(':');
      if (colon == std::string::npos || colon == 0 || colon + 1 == pattern.size()) {
        tell(Severity::kError, "invalid_action", name, element.at,
             fmt::format("{}: an action is written service:name", excerpt(pattern)));
      } else if (pattern.find_first_of("*?") < colon) {
        tell(Severity::kError, "wildcard_in_service", name, element.at,
             fmt::format("{}: the service cannot have a wildcard", excerpt(pattern)));
      } else if (kind_ == PolicyKind::kTrust && !to_lower(pattern).starts_with("sts:")) {
        tell(Severity::kError, "not_sts", name, element.at,
             fmt::format("{}: a trust policy is about actions of sts", excerpt(pattern)));
      }
    }
    if (element.sense == Sense::kIsNot && statement_.effect == Effect::kAllow && !is_organization_policy(kind_))
      tell(Severity::kWarning, "allow_not_action", name, element.at,
           "Allow with NotAction allows every other action, those of services to come too");
  }

  void resources() {
    const auto& element = statement_.resources;
    const std::string_view name = element.sense == Sense::kIsNot ? "NotResource" : "Resource";
    if (kind_ == PolicyKind::kTrust) {
      if (element.sense != Sense::kAbsent)
        tell(Severity::kError, "resource_not_allowed", name, element.at,
             "a trust policy is about the role that it is attached to: it names no resource");
      return;
    }
    if (element.sense == Sense::kAbsent && kind_ != PolicyKind::kResource) {
      tell(Severity::kUnreadable, "missing_element", "", statement_.at,
           "a statement of this kind of policy has a Resource or a NotResource");
      return;
    }
    for (const auto& pattern : element.patterns) resource(pattern, name);
  }

  void resource(std::string_view pattern, std::string_view name) {
    if (pattern == "*") return;
    if (!pattern.starts_with("arn:")) {
      tell(Severity::kError, "invalid_resource", name, statement_.resources.at,
           fmt::format("{}: a resource is an ARN or \"*\"", excerpt(pattern)));
      return;
    }
    const auto variable = pattern.find("${");
    if (variable == std::string_view::npos) return;
    if (version_ == LanguageVersion::k2008) {
      literal_variable(name, statement_.resources.at, pattern);
    } else if (std::ranges::count(pattern.substr(0, variable), ':') < 5) {
      tell(Severity::kWarning, "variable_before_resource", name, statement_.resources.at,
           fmt::format("{}: a variable stands for a part of the resource, after the fifth colon; this never matches",
                       excerpt(pattern)));
    }
  }

  void literal_variable(std::string_view element, Position at, std::string_view text) {
    tell(Severity::kWarning, "variable_in_old_version", element, at,
         fmt::format("{}: variables need \"Version\": \"2012-10-17\"; here ${{…}} is literal text", excerpt(text)));
  }

  void conditions() {
    for (const auto& condition : statement_.conditions) {
      const auto element = [&condition] {
        return fmt::format("Condition.{}.{}", excerpt(condition.operator_text), excerpt(condition.key));
      };
      if (condition.op.comparison == Comparison::kNull && condition.op.if_exists)
        tell(Severity::kError, "null_if_exists", element(), condition.at, "Null has no IfExists");
      if (condition.key.find(':') == std::string::npos)
        tell(Severity::kWarning, "unlikely_key", element(), condition.at, "a condition key is written service:name");
      if (condition.op.quantifier == Quantifier::kForAllValues && statement_.effect == Effect::kAllow &&
          !guarded(condition.key))
        tell(Severity::kWarning, "for_all_values_allow", element(), condition.at,
             "ForAllValues holds when the key is not there at all: add Null with false for the same key");
      for (const auto& value : condition.values) {
        if (version_ == LanguageVersion::k2008 && value.find("${") != std::string::npos)
          literal_variable(element(), condition.at, value);
      }
    }
  }

  bool guarded(std::string_view key) {
    return std::ranges::any_of(statement_.conditions, [&](const Condition& other) {
      return other.op.comparison == Comparison::kNull && to_lower(other.key) == to_lower(key);
    });
  }

  void resource_control() {
    // Organizations User Guide, orgs_manage_policies_rcps_syntax.html.
    if (statement_.effect == Effect::kAllow)
      tell(Severity::kError, "rcp_allow", "Effect", statement_.at,
           "only AWS's own RCPFullAWSAccess allows; a resource control policy denies");
    if (statement_.actions.sense == Sense::kIsNot)
      tell(Severity::kError, "rcp_not_action", "NotAction", statement_.actions.at,
           "a resource control policy has Action, not NotAction");
    const bool everyone =
        statement_.principals.sense == Sense::kIs &&
        std::ranges::all_of(statement_.principals.patterns, [](const PrincipalPattern& p) { return p.name == "*"; });
    if (!everyone)
      tell(Severity::kError, "rcp_principal", "Principal", statement_.principals.at,
           "Principal is \"*\" in a resource control policy; conditions say for whom it holds");
    if (statement_.effect == Effect::kDeny &&
        std::ranges::find(statement_.actions.patterns, "*") != statement_.actions.patterns.end())
      tell(Severity::kError, "rcp_every_action", "Action", statement_.actions.at,
           "a resource control policy names the service: s3:*");
  }

  const Statement& statement_;
  PolicyKind kind_;
  LanguageVersion version_;
  std::string path_;
  Problems& problems_;
};

/// As IAM counts: code points, or those that are no white space.
std::size_t counted(std::string_view text, bool white_space) {
  std::size_t count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // within a code point
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (white_space || !space) ++count;
  }
  return count;
}

}  // namespace

void check_rules(const Policy& policy, PolicyKind kind, std::string_view path, Problems& problems) {
  const std::string prefix = path.empty() ? "" : fmt::format("{}.", path);
  if (!policy.id.empty() && principal_rule(kind) == PrincipalRule::kNone)
    problems.add(Severity::kError, "id_not_allowed", prefix + "Id", {}, "only policies of resources have an Id");
  std::set<std::string_view> sids;
  for (std::size_t i = 0; i < policy.statements.size(); ++i) {
    const Statement& statement = policy.statements[i];
    const std::string here = fmt::format("{}Statement[{}]", prefix, i);
    StatementRules(statement, kind, policy.version, here, problems).check();
    if (!statement.sid.empty() && !sids.insert(statement.sid).second && !is_organization_policy(kind))
      problems.add(Severity::kError, "duplicate_sid", here + ".Sid", statement.at,
                   fmt::format("{}: another statement has the same Sid", excerpt(statement.sid)));
  }
}

std::optional<SizeLimit> size_limit(PolicyKind kind) {
  // IAM User Guide, reference_iam-quotas.html; Organizations User Guide, orgs_reference_limits.html; IAM Identity
  // Center User Guide, limits.html.
  switch (kind) {
    case PolicyKind::kIdentity: return SizeLimit{10'240, false};  // of a role, all inline policies together
    case PolicyKind::kPermissionSetInline: return SizeLimit{10'240, false};
    case PolicyKind::kCustomerManaged:
    case PolicyKind::kBoundary: return SizeLimit{6'144, false};
    case PolicyKind::kSession: return SizeLimit{2'048, true};
    case PolicyKind::kServiceControl: return SizeLimit{10'240, true};
    case PolicyKind::kResourceControl: return SizeLimit{5'120, true};
    case PolicyKind::kTrust: return SizeLimit{4'096, false};  // 2,048 unless the account asked for more
    case PolicyKind::kAwsManaged:                             // AWS's own are up to 140 kB long
    case PolicyKind::kResource: return std::nullopt;          // each service has its own
  }
  return std::nullopt;
}

void check_text(std::string_view text, PolicyKind kind, std::string_view path, Position at, Problems& problems) {
  // reference_iam-quotas.html: documents have tab, line ends, and U+0020 to U+00FF. In UTF-8 others begin after 0xC3.
  const bool of_iam = kind != PolicyKind::kResource && !is_organization_policy(kind);
  if (of_iam && std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0xC3; }))
    problems.add(Severity::kError, "invalid_characters", std::string(path), at,
                 "IAM takes no characters beyond U+00FF in a policy");
  const auto limit = size_limit(kind);
  if (!limit) return;
  const std::size_t size = counted(text, limit->counts_white_space);
  if (size <= limit->most) return;
  problems.add(Severity::kError, "too_long", std::string(path), at,
               fmt::format("{} characters; AWS takes {} of this kind of policy{}", size, limit->most,
                           limit->counts_white_space ? "" : ", white space not counted"));
}

}  // namespace ag::iam
