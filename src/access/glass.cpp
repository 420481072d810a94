#include "access/glass.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "access/eligibility.hpp"

namespace ag::access {
namespace {

Guardrail of_an_emergency(Guardrail guardrail) {
  guardrail.approvers = 0;
  guardrail.reason_min = 0;
  guardrail.ticket.clear();
  guardrail.during.clear();
  guardrail.other_team.clear();
  return guardrail;
}

std::string words_of(const BreakGlass& glass, const Terms& terms) {
  std::string words = fmt::format("break_glass (line {}) opens it at once, without approval, for {} at most",
                                  glass.line, to_text(terms.max));
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
  alone.windows = whole.windows;
  alone.levels = whole.levels;
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

std::optional<GlassAnswer> Glass::answer(const Question& question) const {
  if (!alone_) return std::nullopt;
  const auto& [user, account, set, length, at] = question;
  const BreakGlass& glass = *whole_.policy().break_glass;
  GlassAnswer answer{glass.line, false, {}};
  const auto refused = [&](std::string_view why) {
    answer.words = fmt::format("break_glass (line {}) does not open it: {}", glass.line, why);
    return answer;
  };
  if (!user.enabled) return refused(fmt::format("{} is disabled in the directory", user.user_name));
  if (!alone_->of(user).rules.test(0)) return refused(fmt::format("it is not for {}", user.user_name));
  if (!alone_->of(set).rules.test(0)) return refused(fmt::format("it is not for {}", set.name));
  if (!alone_->of(account).rules.test(0)) return refused(fmt::format("it is not for {}", account.name));
  Asker asker(*alone_, user);
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

namespace {

/// Of things that the same guardrails fit one stands for all.
template <class Thing>
std::map<std::uint32_t, std::vector<const Thing*>> classes(const PolicyIndex& index,
                                                           const std::vector<const Thing*>& things, const Thing* only) {
  std::map<std::uint32_t, std::vector<const Thing*>> all;
  for (const Thing* thing : things) {
    const bool is_asked = only == nullptr || only == thing;
    if (is_asked && index.of(*thing).rules.test(0)) all[index.guardrail_row(*thing)].push_back(thing);
  }
  return all;
}

template <class Thing>
void sort_by_name(std::vector<const Thing*>& things) {
  std::sort(things.begin(), things.end(), [](const Thing* a, const Thing* b) { return a->name < b->name; });
}

}  // namespace

std::optional<GlassReach> Glass::reach(const User& user, const Within& within, Instant at) const {
  if (!alone_ || !user.enabled || !alone_->of(user).rules.test(0)) return std::nullopt;
  const BreakGlass& glass = *whole_.policy().break_glass;
  GlassReach reach{glass.line, {}, glass.review_within, {}, {}};
  std::vector<const Account*> active;
  for (const Account* account : alone_->accounts()) {
    if (account->state == "ACTIVE") active.push_back(account);
  }
  const auto accounts = classes(*alone_, active, within.account);
  const auto sets = classes(*alone_, alone_->permission_sets(), within.permission_set);
  Asker asker(*alone_, user);
  std::set<std::uint32_t> reached;
  for (const auto& [row, alike] : accounts) {
    bool any = false;
    for (const auto& [number, same] : sets) {
      const Terms* terms = asker.verdict(*alike.front(), *same.front(), at);
      if (terms == nullptr) continue;
      any = true;
      reach.max = std::max(reach.max, terms->max);
      if (reached.insert(number).second)
        reach.permission_sets.insert(reach.permission_sets.end(), same.begin(), same.end());
    }
    if (any) reach.accounts.insert(reach.accounts.end(), alike.begin(), alike.end());
  }
  if (reach.accounts.empty()) return std::nullopt;
  sort_by_name(reach.accounts);
  sort_by_name(reach.permission_sets);
  return reach;
}

}  // namespace ag::access
