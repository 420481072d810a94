#include "access/glass.hpp"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "access/eligibility.hpp"

namespace ag::access {
namespace {

Guardrail of_an_emergency(Guardrail guardrail) {
  guardrail.approvers = 0;
  guardrail.other_team.clear();
  guardrail.outside.clear();
  guardrail.during.clear();
  return guardrail;
}

std::string words_of(const BreakGlass& glass, const Terms& terms) {
  std::string words = fmt::format("break_glass (line {}) opens it at once, without approval, for {} at most",
                                  glass.line, to_text(terms.max));
  if (terms.reason_min > 1) words += fmt::format(", with a reason of {} characters", terms.reason_min);
  if (!terms.ticket_patterns.empty())
    words += fmt::format(", with a ticket like {}", fmt::join(terms.ticket_patterns, " and "));
  for (const Guardrail* guardrail : terms.guardrails) {
    if (guardrail->never_with) words += fmt::format(", not together with what {} names", place_of(*guardrail));
  }
  return words + fmt::format(", with a review within {}", to_text(glass.review_within));
}

}  // namespace

std::optional<PolicyIndex> glass_of(const PolicyIndex& index) {
  if (!index.policy().break_glass) return std::nullopt;
  return glass_or_nothing(index);
}

PolicyIndex glass_or_nothing(const PolicyIndex& index) {
  const Policy& whole = index.policy();
  Policy alone;
  alone.targets = whole.targets;
  alone.levels = whole.levels;
  alone.level_lines = whole.level_lines;
  for (const auto& guardrail : whole.guardrails) alone.guardrails.push_back(of_an_emergency(guardrail));
  if (const auto& glass = whole.break_glass) {
    alone.approvals[""] = {};
    alone.rules.push_back({.id = kBreakGlassRule,
                           .line = glass->line,
                           .who = glass->who,
                           .what = glass->what,
                           .where = glass->where,
                           .max = glass->max,
                           .approval = ""});
  }
  return {std::make_shared<const Policy>(std::move(alone)), index.shared_organization()};
}

std::optional<GlassAnswer> glass_for(const PolicyIndex& index, const User& user, const Account& account,
                                     const PermissionSet& set, std::optional<Duration> length, Instant at) {
  const auto alone = glass_of(index);
  if (!alone) return std::nullopt;
  const BreakGlass& glass = *index.policy().break_glass;
  GlassAnswer answer{glass.line, false, {}};
  const auto refused = [&](std::string_view why) {
    answer.words = fmt::format("break_glass (line {}) does not open it: {}", glass.line, why);
    return answer;
  };
  if (!user.enabled) return refused(fmt::format("{} is disabled in the directory", user.user_name));
  const auto rules = [](const auto& rows) { return rows.rules.test(0); };
  if (!rules(alone->of(user))) return refused(fmt::format("it is not for {}", user.user_name));
  if (!rules(alone->of(set))) return refused(fmt::format("it is not for {}", set.name));
  if (!rules(alone->of(account))) return refused(fmt::format("it is not for {}", account.name));
  Asker asker(*alone, user);
  const auto verdict = asker.judge({account, set, length.value_or(Duration::seconds(1)), at});
  if (!verdict) {
    const Error& error = verdict.error();
    const bool says_where = error.rule.empty() || error.message.find(error.rule) != std::string::npos;
    return refused(says_where ? error.message : fmt::format("{} ({})", error.message, error.rule));
  }
  answer.opens = true;
  answer.words = words_of(glass, *verdict->terms);
  return answer;
}

}  // namespace ag::access
