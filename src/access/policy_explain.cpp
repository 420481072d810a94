#include "access/policy_explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/levels.hpp"
#include "access/policy_content.hpp"
#include "access/scene.hpp"
#include "access/windows.hpp"

namespace ag::access {
namespace {

std::string list(const std::vector<std::string>& names, std::string_view joint = ", ") {
  return fmt::format("{}", fmt::join(names, joint));
}

Duration length_of(const Question& question) { return question.duration.value_or(Duration::seconds(1)); }

// ---- what does not fit, in words -----------------------------------------------------------------------------

/// By which of the names this person is meant: `the group Leads`, or `name`.
std::optional<std::string> named(const Organization& organization, const User& user,
                                 const std::vector<std::string>& groups, const std::vector<std::string>& users) {
  for (const auto& name : groups) {
    const Group* group = organization.find_group(name);
    if (group != nullptr && organization.is_member(user.id, group->id)) return "the group " + name;
  }
  for (const auto& name : users) {
    if (organization.find_user(name) == &user) return "name";
  }
  return std::nullopt;
}

std::string not_who(const Organization& organization, const People& people, const User& user) {
  if (const auto except = named(organization, user, people.except_groups, people.except_users))
    return fmt::format("{} is excepted by {}", user.user_name, *except);
  std::vector<std::string> names = people.groups;
  names.insert(names.end(), people.users.begin(), people.users.end());
  return names.empty() ? "it names nobody" : fmt::format("{} is none of {}", user.user_name, list(names));
}

std::string not_what(const Sets& sets, const PermissionSet& set, Level level) {
  Sets without = sets;
  without.except.clear();
  if (contains(without, set, level)) return fmt::format("{} is excepted by {}", set.name, list(sets.except));
  without.levels.clear();
  if (!contains(without, set, level)) return fmt::format("{} is none of {}", set.name, list(sets.names));
  std::vector<std::string> levels;
  for (const Level each : sets.levels) levels.emplace_back(name_of(each));
  return fmt::format("{} is {}, not {}", set.name, name_of(level), list(levels, " or "));
}

/// By its name in the file where it has one.
std::string words_of(const Policy& policy, const Target& target) {
  for (const auto& [name, known] : policy.targets) {
    if (content_of(known) == content_of(target)) return name;
  }
  std::vector<std::string> parts;
  if (!target.unit.empty()) parts.push_back("below " + target.unit);
  for (const auto& [key, values] : target.tags)
    parts.push_back(fmt::format("tagged {}: {}", key, list(values, " or ")));
  if (!target.accounts.empty()) parts.push_back(list(target.accounts, " or "));
  if (parts.empty()) parts.emplace_back("all accounts");
  for (const auto& except : target.except) parts.push_back(fmt::format("except {}", words_of(policy, except)));
  return list(parts, " ");
}

std::string not_where(const Policy& policy, const std::vector<Target>& targets, const Account& account) {
  std::vector<std::string> words;
  for (const auto& target : targets) words.push_back(words_of(policy, target));
  return fmt::format("{} ({}) is not in {}", account.name, account.path, list(words, " or "));
}

std::string words_of(const Policy& policy, const std::vector<std::string>& windows) {
  std::vector<std::string> words;
  for (const auto& name : windows) words.push_back(fmt::format("{} ({})", name, describe(policy.windows.at(name))));
  return list(words, " or ");
}

/// Why access of that length does not lie in the windows; nothing when it does.
std::optional<std::string> not_during(const Policy& policy, const std::vector<std::string>& windows, Instant start,
                                      Duration duration) {
  if (windows.empty()) return std::nullopt;
  const Instant end = open_until(policy, windows, start);
  if (end >= start + duration) return std::nullopt;
  const std::string all = words_of(policy, windows);
  if (end <= start) return fmt::format("{} is not within {}", in_zone_of(policy, windows, start), all);
  return fmt::format("{} closes at {}, before {} are over", all, in_zone_of(policy, windows, end), to_text(duration));
}

// ---- rules and guardrails ------------------------------------------------------------------------------------

/// What of a column fits; the index has the last word, the words only follow it.
struct Fit {
  bool who = false;
  bool what = false;
  bool where = false;
};

ExplainedRule explained(const PolicyIndex& index, const Question& question, const Rule& rule, const Fit& fit) {
  const Policy& policy = index.policy();
  ExplainedRule it{rule.id, rule.line, false, {}, {}};
  const auto stop = [&](Part part, std::string why) {
    it.stops_at = part;
    it.why_not = std::move(why);
    return it;
  };
  const Level level = level_of(policy, question.permission_set);
  if (!fit.who) return stop(Part::kWho, not_who(index.organization(), rule.who, question.user));
  if (!fit.what) return stop(Part::kWhat, not_what(rule.what, question.permission_set, level));
  if (!fit.where) return stop(Part::kWhere, not_where(policy, rule.where, question.account));
  const Duration duration = question.duration.value_or(rule.min);
  if (auto why = not_during(policy, rule.during, question.start, duration)) return stop(Part::kTime, std::move(*why));
  if (duration > rule.max)
    return stop(Part::kDuration, fmt::format("{} is more than {}", to_text(duration), to_text(rule.max)));
  if (duration < rule.min)
    return stop(Part::kDuration, fmt::format("{} is less than {}", to_text(duration), to_text(rule.min)));
  it.opens = true;
  return it;
}

std::string words_of(const Sets& sets) {
  if (!sets.names.empty()) return list(sets.names, " or ");
  std::vector<std::string> levels;
  for (const Level each : sets.levels) levels.emplace_back(name_of(each));
  return levels.empty() ? "other permission sets" : fmt::format("what is {}", list(levels, " or "));
}

/// Of what is asked for, which is of that level.
std::string asks_of(const Policy& policy, const Guardrail& guardrail, const PermissionSet& set, Level level) {
  std::vector<std::string> asks;
  if (guardrail.forbid) asks.emplace_back("nobody may ask for it");
  if (guardrail.approvers > 0) asks.push_back(fmt::format("{} at least must agree", guardrail.approvers));
  if (guardrail.max) asks.push_back(fmt::format("{} at most", to_text(*guardrail.max)));
  if (guardrail.reason_min > 0) asks.push_back(fmt::format("a reason of {} characters", guardrail.reason_min));
  if (!guardrail.ticket.empty()) asks.push_back(fmt::format("a ticket like {}", guardrail.ticket));
  if (!guardrail.during.empty()) asks.push_back(fmt::format("only during {}", words_of(policy, guardrail.during)));
  if (!guardrail.other_team.empty())
    asks.push_back(fmt::format("who shares a group {} with the requester may not agree", guardrail.other_team));
  if (guardrail.never_with) {
    const Sets& other = contains(guardrail.what, set, level) ? *guardrail.never_with : guardrail.what;
    asks.push_back(fmt::format("not together with {}", words_of(other)));
  }
  return list(asks, ", ");
}

ExplainedGuardrail explained(const PolicyIndex& index, const Question& question, const Guardrail& guardrail,
                             const Fit& fit) {
  const Policy& policy = index.policy();
  ExplainedGuardrail it{guardrail.id, guardrail.line, false, {}, {}, {}};
  const auto stop = [&](Part part, std::string why) {
    it.stops_at = part;
    it.why_not = std::move(why);
    return it;
  };
  const Level level = level_of(policy, question.permission_set);
  if (!fit.who) return stop(Part::kWho, not_who(index.organization(), *guardrail.who, question.user));
  if (!fit.what) return stop(Part::kWhat, not_what(guardrail.what, question.permission_set, level));
  if (!fit.where) return stop(Part::kWhere, not_where(policy, guardrail.where, question.account));
  if (!guardrail.outside.empty() && !not_during(policy, guardrail.outside, question.start, length_of(question))) {
    return stop(Part::kTime, fmt::format("it holds outside {} only", words_of(policy, guardrail.outside)));
  }
  it.applies = true;
  it.asks = asks_of(policy, guardrail, question.permission_set, level);
  return it;
}

void explain_columns(const PolicyIndex& index, const Question& question, Explanation& it) {
  const Policy& policy = index.policy();
  const auto who = index.of(question.user);
  const auto& what = index.of(question.permission_set);
  const auto& where = index.of(question.account);
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    const Fit fit{who.rules.test(i), what.rules.test(i), where.rules.test(i)};
    it.rules.push_back(explained(index, question, policy.rules[i], fit));
  }
  for (std::size_t i = 0; i < policy.guardrails.size(); ++i) {
    const Fit fit{who.guardrails.test(i), what.guardrails.test(i), where.guardrails.test(i)};
    it.guardrails.push_back(explained(index, question, policy.guardrails[i], fit));
  }
}

// ---- the verdict ---------------------------------------------------------------------------------------------

/// Of a rule that opens it too, why it was not taken.
std::string why_not_taken(Asker& asker, const Question& question, const Terms& taken, const ExplainedRule& other) {
  const std::string place = fmt::format("{} (line {})", other.id, other.line);
  const auto verdict =
      asker.judge({question.account, question.permission_set, length_of(question), question.start, other.id});
  if (!verdict) return fmt::format("{}: {}", place, verdict.error().message);
  const Terms& terms = *verdict->terms;
  const int here = approvals_needed(taken.steps);
  const int there = approvals_needed(terms.steps);
  if (there > here) return fmt::format("{} asks for {} to agree, not {}", place, there, here);
  if (terms.max < taken.max)
    return fmt::format("{} allows {} at most, not {}", place, to_text(terms.max), to_text(taken.max));
  return fmt::format("{} asks the same, and comes later in the file", place);
}

std::vector<ExplainedStep> explained(const std::vector<Step>& steps, const Today& today, const User& requester) {
  std::vector<ExplainedStep> all;
  for (const auto& step : steps) {
    ExplainedStep it{step.need, names_of(step.any_of), 0, {}};
    for (const User* person : candidates(step, today, requester.id)) it.people.push_back(person->user_name);
    it.could = it.people.size();
    std::sort(it.people.begin(), it.people.end());
    if (it.people.size() > kPeopleSaid) it.people.resize(kPeopleSaid);
    all.push_back(std::move(it));
  }
  return all;
}

std::string words_of(const Explanation& it, const Question& question) {
  std::vector<std::string> parts;
  for (const auto& step : it.steps) {
    const std::size_t more = step.could - step.people.size();
    const std::string people = step.could == 0 ? "nobody just now" : list(step.people);
    parts.push_back(
        fmt::format("{} of {} ({}{})", step.need, step.of, people, more > 0 ? fmt::format(" and {} more", more) : ""));
  }
  std::string words = fmt::format("{} may ask for {} in {}{} under {} (line {}): ", question.user.user_name,
                                  question.permission_set.name, question.account.name,
                                  question.duration ? " for " + to_text(*question.duration) : "", it.rule, it.line);
  words += parts.empty() ? "nobody must agree" : fmt::format("{} must agree", list(parts, ", then "));
  words += fmt::format(", {} at most", to_text(it.max));
  if (it.reason_min > 1) words += fmt::format(", with a reason of {} characters", it.reason_min);
  if (!it.ticket_patterns.empty()) words += fmt::format(", with a ticket like {}", list(it.ticket_patterns, " and "));
  return words;
}

std::string words_of(const Error& error) {
  std::string words = error.message;
  const bool says_rule = error.rule.empty() || error.message.find(error.rule) != std::string::npos;
  if (!says_rule) words += fmt::format("; {}", error.rule);
  if (!error.fix.empty()) words += fmt::format("; {}", error.fix);
  return words;
}

/// As who asks would hear it.
Result<Eligibility> judged(Asker& asker, const Question& question) {
  if (!question.user.enabled)
    return fail("user_disabled", fmt::format("{} is disabled in the directory", question.user.user_name), "user");
  return asker.judge({question.account, question.permission_set, length_of(question), question.start});
}

/// Of a question that names no duration, the shortest that a rule which fits lets through.
Question with_duration(const PolicyIndex& index, const Question& question) {
  if (question.duration) return question;
  const auto who = index.of(question.user);
  const auto& what = index.of(question.permission_set);
  const auto& where = index.of(question.account);
  std::optional<Duration> shortest;
  for (std::size_t i = 0; i < index.policy().rules.size(); ++i) {
    if (!who.rules.test(i) || !what.rules.test(i) || !where.rules.test(i)) continue;
    shortest = std::min(shortest.value_or(Duration::max()), index.policy().rules[i].min);
  }
  return {question.user, question.account, question.permission_set, shortest, question.start};
}

Result<void> check_holdings(const Scene& scene, const Question& question, const Eligibility& verdict) {
  if (auto held = check_not_held(scene, question.user, question.account, question.permission_set); !held) return held;
  return check_separation(scene, question.user, verdict, question.start, question.start + length_of(question));
}

Explanation explained(const PolicyIndex& index, const Question& asked, const State* state, Instant now) {
  Explanation it;
  it.level = level_of(index.policy(), asked.permission_set);
  it.level_reason = reason_of_level(index.policy(), asked.permission_set);
  explain_columns(index, asked, it);
  const Question question = with_duration(index, asked);

  it.break_glass =
      Glass(index).answer({question.user, question.account, question.permission_set, std::nullopt, question.start});

  Asker asker(index, question.user);
  const auto verdict = judged(asker, question);
  Result<void> may = verdict ? Result<void>() : fail(verdict.error());
  if (may && state != nullptr) may = check_holdings({*state, index, Caller{}, now}, question, *verdict);
  if (!may) {
    it.refusal = may.error();
    it.verdict = words_of(may.error());
    if (it.break_glass && it.break_glass->opens) it.verdict += "; but " + it.break_glass->words;
    return it;
  }
  const Terms& terms = *verdict->terms;
  it.allowed = true;
  it.rule = terms.rule->id;
  it.line = terms.rule->line;
  for (const auto& rule : it.rules) {
    if (rule.opens && rule.id != it.rule) it.before_others.push_back(why_not_taken(asker, question, terms, rule));
  }
  it.steps = explained(terms.steps, {index, now}, question.user);
  it.min = terms.min;
  it.max = terms.max;
  it.reason_min = terms.reason_min;
  it.ticket_patterns = terms.ticket_patterns;
  it.verdict = words_of(it, asked);
  return it;
}

}  // namespace

Explanation explain(const PolicyIndex& index, const Question& question, Instant now) {
  return explained(index, question, nullptr, now);
}

Explanation explain(const State& state, const PolicyIndex& index, const Question& question, Instant now) {
  return explained(index, question, &state, now);
}

}  // namespace ag::access
