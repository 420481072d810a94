// The twin's rules. Written to be read beside AWS's pages, not to be fast.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "iam/test_twin.hpp"

namespace ag::iam::twin {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// A pattern as a list of steps: one text that must be there, or "any", or "one".
struct Step {
  enum Kind { kText, kAny, kOne } kind;
  char c = 0;
};
using Steps = std::vector<Step>;

bool glob(const Steps& steps, std::size_t s, const std::string& text, std::size_t t) {
  // Row by row over all places of the text: which can be reached after each step.
  std::vector<bool> reached(text.size() + 1, false);
  reached[t] = true;
  for (; s < steps.size(); ++s) {
    std::vector<bool> next(text.size() + 1, false);
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (!reached[i]) continue;
      if (steps[s].kind == Step::kAny) {
        for (std::size_t j = i; j <= text.size(); ++j) next[j] = true;
      } else if (i < text.size() && (steps[s].kind == Step::kOne || steps[s].c == text[i])) {
        next[i + 1] = true;
      }
    }
    reached = next;
  }
  return reached[text.size()];
}

Steps literal(const std::string& text) {
  Steps steps;
  for (const char c : text) steps.push_back({Step::kText, c});
  return steps;
}

/// Replaces the variables; none when one of them has no single value.
std::optional<Steps> steps_of(const std::string& pattern, bool wildcards, bool variables, const Question& question) {
  Steps steps;
  std::size_t i = 0;
  while (i < pattern.size()) {
    const std::size_t close = pattern.find('}', i);
    if (variables && pattern.compare(i, 2, "${") == 0 && close != std::string::npos) {
      const std::string inside = pattern.substr(i + 2, close - i - 2);
      std::string value;
      if (inside == "*" || inside == "?" || inside == "$") {
        value = inside;
      } else {
        std::string name = inside;
        std::optional<std::string> fallback;
        const std::size_t comma = inside.find(", '");
        if (comma != std::string::npos && inside.back() == '\'') {
          name = inside.substr(0, comma);
          fallback = inside.substr(comma + 3, inside.size() - comma - 4);
        }
        const auto found = question.context.find(lower(name));
        const bool missing = found == question.context.end() || found->second.empty();
        if (missing && !fallback) return std::nullopt;
        if (!missing && found->second.size() > 1) return std::nullopt;
        value = missing ? *fallback : found->second[0];
      }
      for (const Step& step : literal(value)) steps.push_back(step);
      i = close + 1;
      continue;
    }
    if (wildcards && pattern[i] == '*') steps.push_back({Step::kAny});
    else if (wildcards && pattern[i] == '?') steps.push_back({Step::kOne});
    else steps.push_back({Step::kText, pattern[i]});
    ++i;
  }
  return steps;
}

std::vector<std::string> six(const std::string& arn) {
  std::vector<std::string> parts(1);
  for (const char c : arn) {
    if (c == ':' && parts.size() < 6) parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

/// none: the pattern means nothing here.
std::optional<bool> arn_matches(const std::string& pattern, const std::string& arn, bool variables, bool only_whole,
                                const Question& question) {
  const auto wanted = six(pattern);
  const auto given = six(arn);
  if (only_whole && wanted.size() < 6) return std::nullopt;
  for (std::size_t i = 0; variables && i < wanted.size() && i < 5; ++i) {
    if (wanted[i].find("${") != std::string::npos) return std::nullopt;
  }
  const auto last = steps_of(wanted.back(), true, variables, question);
  if (!last) return std::nullopt;
  if (given.size() < wanted.size()) return false;
  const bool covers_the_rest = !last->empty() && last->back().kind == Step::kAny;
  if (given.size() > wanted.size() && !covers_the_rest) return false;
  for (std::size_t i = 0; i + 1 < wanted.size(); ++i) {
    if (!glob(*steps_of(wanted[i], true, false, question), 0, given[i], 0)) return false;
  }
  return glob(*last, 0, given[wanted.size() - 1], 0);
}

// ---- conditions ------------------------------------------------------------------------------------------------

std::optional<double> number(const std::string& text) {
  std::size_t i = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  std::size_t before = 0, after = 0;
  while (i < text.size() && isdigit(static_cast<unsigned char>(text[i])) != 0) ++i, ++before;
  bool point = false;
  if (i < text.size() && text[i] == '.') {
    point = true;
    ++i;
    while (i < text.size() && isdigit(static_cast<unsigned char>(text[i])) != 0) ++i, ++after;
  }
  if (i != text.size() || before == 0 || (point && after == 0)) return std::nullopt;
  return std::strtod(text.c_str(), nullptr);
}

/// Only the forms that the random cases use: days and days with a time of UTC, seconds since 1970.
std::optional<double> moment(const std::string& text) {
  if (!text.empty() && text.size() != 4 && text.find_first_not_of("0123456789") == std::string::npos)
    return number(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  const int fields =
      std::sscanf(text.c_str(), "%4d-%2d-%2d%nT%2d:%2d:%2dZ", &year, &month, &day, &used, &hour, &minute, &second);
  if (fields != 3 && fields != 6) return std::nullopt;
  if (fields == 3 && static_cast<std::size_t>(used) != text.size()) return std::nullopt;
  double days = 0;
  for (int y = 1970; y < year; ++y) days += (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 366 : 365;
  const int lengths[] = {
      31, (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int m = 1; m < month; ++m) days += lengths[m - 1];
  return ((days + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
}

/// The bits of an address as characters, cut at its prefix length; "4" or "6" before them.
std::optional<std::string> address(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string ip = text.substr(0, slash);
  std::string bits;
  if (ip.find('.') != std::string::npos) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    char rest = 0;
    if (std::sscanf(ip.c_str(), "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &rest) != 4) return std::nullopt;
    for (const unsigned byte : {a, b, c, d}) {
      for (int bit = 7; bit >= 0; --bit) bits += (byte >> bit & 1U) != 0 ? '1' : '0';
    }
    bits.insert(0, "4");
  } else if (ip.find("::") != std::string::npos) {
    // group::group, one group on each side at most: what the random cases use
    unsigned head = 0, tail = 0;
    const std::string before = ip.substr(0, ip.find("::")), behind = ip.substr(ip.find("::") + 2);
    if (before.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return std::nullopt;
    if (behind.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return std::nullopt;
    if (!before.empty()) std::sscanf(before.c_str(), "%x", &head);
    if (!behind.empty()) std::sscanf(behind.c_str(), "%x", &tail);
    for (int bit = 15; bit >= 0; --bit) bits += (head >> bit & 1U) != 0 ? '1' : '0';
    bits += std::string(96, '0');
    for (int bit = 15; bit >= 0; --bit) bits += (tail >> bit & 1U) != 0 ? '1' : '0';
    bits.insert(0, "6");
  } else {
    return std::nullopt;
  }
  if (slash != std::string::npos) bits.resize(1 + static_cast<std::size_t>(std::atoi(text.c_str() + slash + 1)));
  return bits;
}

enum class Pair { kSame, kDiffer, kUnreadable };

template <class T, class Same>
Pair compare(const std::optional<T>& policy, const std::optional<T>& request, Same same) {
  if (!policy || !request) return Pair::kUnreadable;
  return same(*request, *policy) ? Pair::kSame : Pair::kDiffer;
}

Pair pair_of(const Condition& condition, const std::string& policy, const std::string& request, bool variables,
             const Question& question) {
  using enum Comparison;
  const auto text_pair = [&](const std::string& pattern, const std::string& value, bool wildcards) {
    const auto steps = steps_of(pattern, wildcards, variables, question);
    if (!steps) return Pair::kUnreadable;
    return glob(*steps, 0, value, 0) ? Pair::kSame : Pair::kDiffer;
  };
  const auto boolean = [](const std::string& text) {
    const std::string word = lower(text);
    return word == "true" || word == "false" ? std::optional(word) : std::nullopt;
  };
  switch (condition.op.comparison) {
    case kStringEquals: return text_pair(policy, request, false);
    case kStringLike: return text_pair(policy, request, true);
    case kStringEqualsIgnoreCase: {
      auto steps = steps_of(policy, false, variables, question);
      if (!steps) return Pair::kUnreadable;
      for (Step& step : *steps) step.c = lower(std::string(1, step.c))[0];
      return glob(*steps, 0, lower(request), 0) ? Pair::kSame : Pair::kDiffer;
    }
    case kNumericEquals: return compare(number(policy), number(request), [](double a, double b) { return a == b; });
    case kNumericLessThan: return compare(number(policy), number(request), [](double a, double b) { return a < b; });
    case kNumericLessThanEquals:
      return compare(number(policy), number(request), [](double a, double b) { return a <= b; });
    case kNumericGreaterThan: return compare(number(policy), number(request), [](double a, double b) { return a > b; });
    case kNumericGreaterThanEquals:
      return compare(number(policy), number(request), [](double a, double b) { return a >= b; });
    case kDateEquals: return compare(moment(policy), moment(request), [](double a, double b) { return a == b; });
    case kDateLessThan: return compare(moment(policy), moment(request), [](double a, double b) { return a < b; });
    case kDateLessThanEquals:
      return compare(moment(policy), moment(request), [](double a, double b) { return a <= b; });
    case kDateGreaterThan: return compare(moment(policy), moment(request), [](double a, double b) { return a > b; });
    case kDateGreaterThanEquals:
      return compare(moment(policy), moment(request), [](double a, double b) { return a >= b; });
    case kBool: {
      const auto value = boolean(request);
      if (!value) return Pair::kUnreadable;
      const auto steps = steps_of(policy, false, variables, question);
      if (!steps) return Pair::kUnreadable;
      std::string word;
      for (const Step& step : *steps) word += step.c;
      return lower(word) == *value ? Pair::kSame : Pair::kDiffer;
    }
    case kBinaryEquals: {
      // The random cases have canonical base 64 only: equal texts are equal bytes.
      const auto canonical = [](const std::string& text) {
        return text == "QQ==" || text == "QUI=" ? std::optional(text) : std::nullopt;
      };
      return compare(canonical(policy), canonical(request), [](const auto& a, const auto& b) { return a == b; });
    }
    case kIpAddress:
      return compare(address(policy), address(request),
                     [](const std::string& a, const std::string& b) { return a.starts_with(b); });
    case kArnLike: {
      if (six(request).size() < 6) return Pair::kUnreadable;
      const auto matches = arn_matches(policy, request, variables, true, question);
      return !matches ? Pair::kUnreadable : *matches ? Pair::kSame : Pair::kDiffer;
    }
    case kNull:
    case kUnknown: break;
  }
  return Pair::kUnreadable;
}

/// Nothing can be said of a value that is none of the operator's kind.
bool readable(Comparison comparison, const std::string& request) {
  Condition condition;
  condition.op.comparison = comparison;
  const char* const readable_by_all[] = {"1", "2026-03-01", "true", "QQ==", "10.0.0.1", "arn:aws:s3:::b"};
  // There is a value of each kind that can be compared with it, or there is none.
  return std::ranges::any_of(readable_by_all, [&](const char* policy) {
    return pair_of(condition, policy, request, false, {}) != Pair::kUnreadable;
  });
}

bool holds_for(const Condition& condition, const std::string& request, bool variables, const Question& question) {
  if (!readable(condition.op.comparison, request)) return false;
  bool any_same = false;
  bool all_differ = true;
  for (const auto& policy : condition.values) {
    const Pair pair = pair_of(condition, policy, request, variables, question);
    any_same = any_same || pair == Pair::kSame;
    all_differ = all_differ && pair == Pair::kDiffer;
  }
  return condition.op.negated ? all_differ : any_same;
}

}  // namespace

bool holds(const Condition& condition, bool variables, const Question& question) {
  if (condition.op.comparison == Comparison::kUnknown) return question.unknown_operators_hold;
  const auto found = question.context.find(lower(condition.key));
  const bool there = found != question.context.end() && !found->second.empty();
  if (condition.op.comparison == Comparison::kNull) {
    for (const auto& value : condition.values) {
      if (lower(value) == (there ? "false" : "true")) return true;
    }
    return false;
  }
  if (!there) {
    if (condition.op.if_exists) return true;
    if (condition.op.quantifier == Quantifier::kForAllValues) return true;
    if (condition.op.quantifier == Quantifier::kForAnyValue) return false;
    return condition.op.negated;
  }
  int yes = 0;
  for (const auto& value : found->second) yes += holds_for(condition, value, variables, question) ? 1 : 0;
  const int all = static_cast<int>(found->second.size());
  switch (condition.op.quantifier) {
    case Quantifier::kForAllValues: return yes == all;
    case Quantifier::kForAnyValue: return yes > 0;
    case Quantifier::kNone: break;
  }
  return all == 1 && yes == 1;
}

namespace {

// ---- statements ------------------------------------------------------------------------------------------------

bool about_action(const Statement& statement, const Question& question) {
  bool any = false;
  for (const auto& pattern : statement.actions.patterns)
    any = any || glob(*steps_of(lower(pattern), true, false, question), 0, lower(question.action), 0);
  return statement.actions.sense == Sense::kIs ? any : !any;
}

/// Whether the pattern could fit if its variables had other values: the text with a * in the place of each.
bool could_match(const std::string& pattern, bool variables, const Question& question) {
  const auto wanted = six(pattern);
  for (std::size_t i = 0; variables && i < wanted.size() && i < 5; ++i) {
    if (wanted[i].find("${") != std::string::npos) return false;
  }
  std::string open;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::size_t close = pattern.find('}', i);
    const bool variable = variables && pattern.compare(i, 2, "${") == 0 && close != std::string::npos;
    open += variable ? '*' : pattern[i];
    if (variable) i = close;
  }
  return arn_matches(open, question.resource, false, false, question).value_or(false);
}

bool about_resource(const Statement& statement, bool variables, const Question& question) {
  if (statement.resources.sense == Sense::kAbsent) return true;
  bool any = false;
  bool means_nothing = false;
  for (const auto& pattern : statement.resources.patterns) {
    const auto matches = arn_matches(pattern, question.resource, variables, false, question);
    any = any || matches.value_or(false);
    means_nothing = means_nothing || (!matches && could_match(pattern, variables, question));
  }
  return statement.resources.sense == Sense::kIs ? any : !any && !means_nothing;
}

bool applies(const Policy& policy, const Statement& statement, const Question& question) {
  const bool variables = policy.version == LanguageVersion::k2012;
  if (!about_action(statement, question) || !about_resource(statement, variables, question)) return false;
  return std::ranges::all_of(statement.conditions,
                             [&](const Condition& one) { return holds(one, variables, question); });
}

// ---- principals ------------------------------------------------------------------------------------------------

std::string account_of(const std::string& principal) {
  if (!principal.starts_with("arn:")) return "";
  return six(principal)[4];
}
bool is_root(const std::string& principal) { return principal.ends_with(":root"); }
bool is_session(const std::string& principal) { return principal.find(":assumed-role/") != std::string::npos; }
bool is_federated(const std::string& principal) { return principal.find(":federated-user/") != std::string::npos; }
bool is_role(const std::string& principal) { return principal.find(":role/") != std::string::npos; }
bool is_provider(const std::string& principal) { return principal.find("-provider/") != std::string::npos; }
bool has_identity(const std::string& principal) { return principal.starts_with("arn:") && !is_provider(principal); }
bool is_service_linked(const std::string& principal) {
  return principal.find("assumed-role/AWSServiceRoleFor") != std::string::npos ||
         principal.find(":role/aws-service-role/") != std::string::npos;
}

enum class Named { kNo, kAccount, kEntity, kDirect };

Named named_by(const PrincipalPattern& pattern, const std::string& principal) {
  const std::string& name = pattern.name;
  if (pattern.type == PrincipalType::kService || pattern.type == PrincipalType::kFederated)
    return name == principal ? Named::kDirect : Named::kNo;
  if (pattern.type != PrincipalType::kAws) return Named::kNo;
  if (name == "*") return Named::kDirect;
  const bool account = name.size() == 12 || name.ends_with(":root");
  if (account) {
    if (!has_identity(principal)) return Named::kNo;
    if (account_of(principal) != (name.size() == 12 ? name : account_of(name))) return Named::kNo;
    return is_root(principal) ? Named::kDirect : Named::kAccount;
  }
  if (name == principal) return is_role(principal) ? Named::kEntity : Named::kDirect;
  if (account_of(name) != account_of(principal)) return Named::kNo;
  const std::string last = name.substr(name.rfind('/') + 1);
  if (is_session(principal) && is_role(name)) {
    const std::size_t begin = principal.find('/') + 1;
    if (principal.substr(begin, principal.rfind('/') - begin) == last) return Named::kEntity;
  }
  if (is_federated(principal) && name.find(":user/") != std::string::npos &&
      principal.substr(principal.rfind('/') + 1) == last)
    return Named::kEntity;
  return Named::kNo;
}

Named named(const Statement& statement, const std::string& principal) {
  Named best = Named::kNo;
  for (const auto& pattern : statement.principals.patterns) best = std::max(best, named_by(pattern, principal));
  if (statement.principals.sense == Sense::kIs) return best;
  // The guide has the account named beside its user, and the role beside its session: neither spares the others.
  for (const auto& pattern : statement.principals.patterns) {
    const std::string& name = pattern.name;
    if (pattern.type != PrincipalType::kAws || !name.starts_with("arn:") || is_root(name)) continue;
    if (best == Named::kAccount && account_of(name) == account_of(principal)) best = Named::kNo;
    if (best != Named::kEntity || !is_session(name) || account_of(name) != account_of(principal)) continue;
    const std::string role_of_name = name.substr(name.find('/') + 1, name.rfind('/') - name.find('/') - 1);
    const std::string who = is_session(principal) ? principal.substr(0, principal.rfind('/')) : principal;
    if (role_of_name == who.substr(who.rfind('/') + 1)) best = Named::kNo;
  }
  return best == Named::kNo ? Named::kDirect : Named::kNo;
}

/// The ways in which the policies of a layer say `effect`.
std::set<Named> said(const std::vector<Policy>& policies, Effect effect, bool with_principal,
                     const Question& question) {
  std::set<Named> ways;
  for (const auto& policy : policies) {
    for (const auto& statement : policy.statements) {
      if (statement.effect != effect || !applies(policy, statement, question)) continue;
      // Every form counts on its own: a list may name both the role and its session.
      if (!with_principal || statement.principals.sense == Sense::kIsNot) {
        ways.insert(with_principal ? named(statement, question.principal) : Named::kDirect);
      } else {
        for (const auto& pattern : statement.principals.patterns) ways.insert(named_by(pattern, question.principal));
      }
    }
  }
  ways.erase(Named::kNo);
  return ways;
}

}  // namespace

char verdict(const World& world, const Question& question) {
  const std::string& who = question.principal;
  const auto says = [&](const std::vector<Policy>& policies, Effect effect, bool with_principal) {
    return !said(policies, effect, with_principal, question).empty();
  };
  const bool own_policies = has_identity(who) && !is_root(who);
  const bool scps = has_identity(who) && !is_service_linked(who);

  // 1. An explicit deny, anywhere.
  // NotPrincipal cannot spare a principal with a boundary.
  if (own_policies && !world.boundary.empty()) {
    for (const auto& policy : world.resource) {
      for (const auto& statement : policy.statements) {
        if (statement.effect == Effect::kDeny && statement.principals.sense == Sense::kIsNot &&
            applies(policy, statement, question))
          return 'E';
      }
    }
  }
  bool denied = says(world.resource, Effect::kDeny, true) || says(world.endpoint, Effect::kDeny, true);
  if (own_policies)
    denied = denied || says(world.identity, Effect::kDeny, false) || says(world.boundary, Effect::kDeny, false);
  if (has_identity(who)) denied = denied || says(world.session, Effect::kDeny, false);
  for (const auto& level : world.service_control) denied = denied || (scps && says(level, Effect::kDeny, false));
  for (const auto& level : world.resource_control)
    denied = denied || (!is_service_linked(who) && says(level, Effect::kDeny, true));
  if (denied) return 'E';

  // 2. Every level of SCPs, and the endpoint.
  for (const auto& level : world.service_control) {
    if (scps && !says(level, Effect::kAllow, false)) return 'I';
  }
  for (const auto& policy : world.endpoint) {
    if (!says({policy}, Effect::kAllow, true)) return 'I';
  }

  // 3. The resource's policy, and what limits whoever it names.
  const auto ways = said(world.resource, Effect::kAllow, true, question);
  if (!has_identity(who)) return ways.empty() ? 'I' : 'A';
  const bool boundary = !own_policies || world.boundary.empty() || says(world.boundary, Effect::kAllow, false);
  const bool session = world.session.empty() || says(world.session, Effect::kAllow, false);
  const bool identity = is_root(who) || says(world.identity, Effect::kAllow, false);
  const bool own = identity && boundary && session;
  if (!question.account.empty() && question.account != account_of(who)) return own && !ways.empty() ? 'A' : 'I';
  if (ways.contains(Named::kDirect)) return 'A';
  if (ways.contains(Named::kEntity) && boundary && session) return 'A';

  // 4. Identity policies alone, unless the resource must let in itself.
  const std::string action = lower(question.action);
  const std::string resource = six(question.resource).size() == 6 ? six(question.resource)[5] : "";
  const bool must_let_in = (action.starts_with("kms:") && resource.starts_with("key/")) ||
                           (action.starts_with("sts:assumerole") && resource.starts_with("role/"));
  if (must_let_in && !ways.contains(Named::kAccount)) return 'I';
  return own ? 'A' : 'I';
}

}  // namespace ag::iam::twin
