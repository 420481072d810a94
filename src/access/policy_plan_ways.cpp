#include "access/policy_plan_ways.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/policy_content.hpp"
#include "access/windows.hpp"

namespace ag::access {
namespace {

using Stretches = std::vector<std::pair<Instant, Instant>>;

constexpr Duration kWeek = Duration::hours(24 * 7);
constexpr Duration kHalfAYear = kWeek * 26;

Stretches stretches_of(const Policy& policy, const std::vector<std::string>& windows, Instant from, Instant to) {
  Stretches all;
  for (Instant at = from; at < to;) {
    const Instant end = open_until(policy, windows, at);
    if (end > at) {
      all.emplace_back(at, std::min(end, to));
      at = end;
      continue;
    }
    const auto next = next_opening(policy, windows, at);
    if (!next || *next <= at) break;
    at = *next;
  }
  return all;
}

Stretches common(const Stretches& some, const Stretches& others) {
  Stretches all;
  for (const auto& [begin, end] : some) {
    for (const auto& [from, to] : others) {
      if (std::max(begin, from) < std::min(end, to)) all.emplace_back(std::max(begin, from), std::min(end, to));
    }
  }
  return all;
}

bool lies_in(const Times& part, const Times& whole) {
  if (!whole) return true;
  if (!part) return false;
  return std::all_of(part->begin(), part->end(), [&](const auto& it) {
    return std::any_of(whole->begin(), whole->end(),
                       [&](const auto& span) { return span.first <= it.first && it.second <= span.second; });
  });
}

template <class T>
bool contains_all(const std::set<T>& whole, const std::set<T>& part) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

/// Names of things of the directory go by their ids, since a name and an id may mean the same.
std::string key_of(const PartyRule& party, const PolicyIndex& index) {
  const Organization& organization = index.organization();
  switch (party.kind) {
    case PartyRuleKind::kGroup: {
      const Group* group = organization.find_group(party.name);
      return group != nullptr ? "group " + group->id.str() : "group called " + party.name;
    }
    case PartyRuleKind::kUser: {
      const User* user = organization.find_user(party.name);
      return user != nullptr ? "user " + user->id.str() : "user called " + party.name;
    }
    case PartyRuleKind::kAccountTag: return "account tag " + party.name;
    case PartyRuleKind::kPermissionSetTag: return "permission set tag " + party.name;
    case PartyRuleKind::kManager: return "manager";
    case PartyRuleKind::kOnCall: {
      const auto& schedules = index.policy().on_call;
      const auto found = schedules.find(party.name);
      return "on call " + (found == schedules.end() ? "" : content_of(found->second));
    }
  }
  return {};
}

std::set<std::string> keys_of(const std::vector<PartyRule>& parties, const PolicyIndex& index) {
  std::set<std::string> keys;
  for (const auto& party : parties) keys.insert(key_of(party, index));
  return keys;
}

std::string words_of(const PartyRule& party) {
  switch (party.kind) {
    case PartyRuleKind::kGroup:
    case PartyRuleKind::kUser: return party.name;
    case PartyRuleKind::kAccountTag: return fmt::format("whom the account's tag {} names", party.name);
    case PartyRuleKind::kPermissionSetTag: return fmt::format("whom the permission set's tag {} names", party.name);
    case PartyRuleKind::kManager: return "the requester's manager";
    case PartyRuleKind::kOnCall: return fmt::format("whoever is on call for {}", party.name);
  }
  return {};
}

std::string words_of(const std::vector<PartyRule>& parties) {
  std::vector<std::string> words;
  for (const auto& party : parties) words.push_back(words_of(party));
  return words.empty() ? "nobody is named" : fmt::format("{}", fmt::join(words, " or "));
}

std::string people(int count) { return count == 1 ? "1 person" : fmt::format("{} people", count); }

/// Neighbouring steps of the same people are one.
void add_step(Agreement& agreement, std::set<std::string> any_of, int need) {
  agreement.needed += need;
  if (!agreement.steps.empty() && agreement.steps.back().any_of == any_of) agreement.steps.back().need += need;
  else agreement.steps.push_back({std::move(any_of), need});
}

/// The terms say how many; of whom, the policy does.
Agreement agreement_of(const PolicyIndex& index, const ApprovalPolicy& approval, const Terms& terms) {
  const auto& rules = approval.steps[static_cast<std::size_t>(terms.level)];
  Agreement agreement;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < terms.steps.size(); ++i) {
    const auto any_of = i < rules.size() ? rules[i].any_of : std::vector<PartyRule>{};
    const int need = terms.steps[i].need;
    add_step(agreement, keys_of(any_of, index), need);
    parts.push_back(need == 1 ? words_of(any_of) : fmt::format("{} of {}", need, words_of(any_of)));
  }
  if (!agreement.steps.empty()) {
    for (const auto& later : approval.escalate) agreement.later.push_back({later.after, keys_of(later.any_of, index)});
  }
  for (const Guardrail* guardrail : terms.guardrails) {
    if (!guardrail->other_team.empty()) agreement.other_teams.insert(guardrail->other_team);
  }
  agreement.words = agreement.steps.empty()
                        ? "nobody must agree"
                        : fmt::format("{} must agree ({})", people(agreement.needed), fmt::join(parts, ", then "));
  for (const auto& later : agreement.steps.empty() ? std::vector<EscalateRule>{} : approval.escalate)
    agreement.words += fmt::format(", after {} {} too", to_text(later.after), words_of(later.any_of));
  if (!agreement.other_teams.empty() && !agreement.steps.empty())
    agreement.words += fmt::format(", not of the same {}", fmt::join(agreement.other_teams, " or "));
  return agreement;
}

/// Whoever may decide there, sooner or later, may do so here, and not later.
bool is_as_wide(const Agreement& wide, const Agreement& other) {
  return std::all_of(other.later.begin(), other.later.end(), [&](const Agreement::Later& later) {
    return std::all_of(later.any_of.begin(), later.any_of.end(), [&](const std::string& party) {
      const bool at_once = std::all_of(wide.steps.begin(), wide.steps.end(),
                                       [&](const auto& step) { return step.any_of.contains(party); });
      return at_once || std::any_of(wide.later.begin(), wide.later.end(), [&](const auto& it) {
               return it.after <= later.after && it.any_of.contains(party);
             });
    });
  });
}

/// Whoever has what `hard` asks has all that `easy` asks: its steps are among the other's, in their order.
bool asks_no_more(const Agreement& easy, const Agreement& hard) {
  if (easy.steps.empty()) return true;
  if (!contains_all(hard.other_teams, easy.other_teams) || !is_as_wide(easy, hard)) return false;
  std::size_t next = 0;
  for (const auto& step : easy.steps) {
    while (next < hard.steps.size() &&
           !(hard.steps[next].need >= step.need && contains_all(step.any_of, hard.steps[next].any_of))) {
      ++next;
    }
    if (next == hard.steps.size()) return false;
    ++next;
  }
  return true;
}

std::string tickets_of(const std::set<std::string>& tickets) {
  return tickets.empty() ? "no ticket is needed" : fmt::format("a ticket like {}", fmt::join(tickets, " and "));
}

std::string windows_of(const Terms& terms) {
  std::vector<std::string> all;
  for (const auto* windows : terms.during) all.push_back(fmt::format("{}", fmt::join(*windows, " or ")));
  return fmt::format("{}", fmt::join(all, " and "));
}

std::string words_of(const Way& way, const Terms& terms) {
  std::string words = fmt::format("{}, {} at most", way.agreement.words, to_text(way.max));
  if (way.min > Duration::seconds(1)) words += fmt::format(", {} at least", to_text(way.min));
  if (way.reason_min > 1) words += fmt::format(", a reason of {} characters", way.reason_min);
  if (!way.tickets.empty()) words += ", " + tickets_of(way.tickets);
  if (!terms.during.empty()) words += ", only during " + windows_of(terms);
  if (way.extend) {
    words += fmt::format(", {} times {} more", way.extend->times, to_text(way.extend->by));
    if (way.extend->agreement.words != way.agreement.words) words += fmt::format(" ({})", way.extend->agreement.words);
  }
  for (const Guardrail* guardrail : way.guardrails) {
    if (!guardrail->outside.empty()) words += fmt::format(", outside {}", fmt::join(guardrail->outside, " or "));
    if (guardrail->never_with) words += fmt::format(", not together with what {} names", guardrail->id);
  }
  return words;
}

void compare_agreements(std::vector<Difference>& all, const Agreement& before, const Agreement& after,
                        std::string_view what) {
  const Difference found{!asks_no_more(before, after), !asks_no_more(after, before),
                         fmt::format("{}{}, before {}", what, after.words, before.words)};
  if (found.eases || found.tightens) all.push_back(found);
}

void compare_more(std::vector<Difference>& all, const Way& before, const Way& after) {
  const auto words = [](const Way& way) {
    return way.extend ? fmt::format("{} times {} more", way.extend->times, to_text(way.extend->by))
                      : std::string("no more time");
  };
  const int times_before = before.extend ? before.extend->times : 0;
  const int times_after = after.extend ? after.extend->times : 0;
  const Duration by_before = before.extend ? before.extend->by : Duration();
  const Duration by_after = after.extend ? after.extend->by : Duration();
  const Difference found{times_after > times_before || by_after > by_before,
                         times_after < times_before || by_after < by_before,
                         fmt::format("{}, before {}", words(after), words(before))};
  if (found.eases || found.tightens) all.push_back(found);
  if (before.extend && after.extend)
    compare_agreements(all, before.extend->agreement, after.extend->agreement, "for more time ");
}

/// `more` is what an extension takes; null: there is none.
Way way_of(const PolicyIndex& index, const Terms& terms, const Terms* more, Instant now) {
  const Policy& policy = index.policy();
  const Rule& rule = *terms.rule;
  Way way{.rule = &rule,
          .guardrails = terms.guardrails,
          .min = terms.min,
          .max = terms.max,
          .reason_min = terms.reason_min,
          .tickets = {terms.ticket_patterns.begin(), terms.ticket_patterns.end()},
          .agreement = agreement_of(index, policy.approvals.at(rule.approval), terms),
          .times = times_of(policy, terms.during, now),
          .session_end = rule.session_end};
  for (const Guardrail* guardrail : terms.guardrails) {
    if (guardrail->never_with) way.apart.insert(content_of(policy, *guardrail));
  }
  if (more != nullptr) {
    way.extend = Way::More{rule.extend->times, more->max,
                           agreement_of(index, policy.approvals.at(rule.extend->approval), *more)};
  }
  way.words = words_of(way, terms);
  return way;
}

}  // namespace

Times times_of(const Policy& policy, const std::vector<const std::vector<std::string>*>& during, Instant now) {
  Times times;
  for (const auto* windows : during) {
    Stretches open;
    for (const Instant from : {now, now + kHalfAYear}) {
      const auto week = stretches_of(policy, *windows, from, from + kWeek);
      open.insert(open.end(), week.begin(), week.end());
    }
    times = times ? common(*times, open) : open;
  }
  return times;
}

Way way_of(const PolicyIndex& index, const Rule& rule, const Asked& asked,
           const std::vector<const Guardrail*>& guardrails, Instant now) {
  const Terms terms = terms_of(index, rule, asked, guardrails, Purpose::kAsk);
  if (!rule.extend) return way_of(index, terms, nullptr, now);
  const Terms more = terms_of(index, rule, asked, guardrails, Purpose::kExtend);
  return way_of(index, terms, &more, now);
}

Way way_of(const PolicyIndex& index, const Rule& rule, Level level, Instant now) {
  const auto bare = [&](const std::string& approval) {
    Terms terms{.rule = &rule, .level = level, .min = rule.min, .max = rule.max};
    if (!rule.during.empty()) terms.during.push_back(&rule.during);
    for (const auto& step : index.policy().approvals.at(approval).steps[static_cast<std::size_t>(level)])
      terms.steps.push_back({{}, step.need});
    return terms;
  };
  const Terms terms = bare(rule.approval);
  if (!rule.extend) return way_of(index, terms, nullptr, now);
  Terms more = bare(rule.extend->approval);
  more.max = rule.extend->by;
  return way_of(index, terms, &more, now);
}

std::vector<Difference> differences(const Way& before, const Way& after) {
  std::vector<Difference> all;
  compare_agreements(all, before.agreement, after.agreement, "");
  if (before.max != after.max) {
    all.push_back({after.max > before.max, after.max < before.max,
                   fmt::format("{} at most, before {}", to_text(after.max), to_text(before.max))});
  }
  if (before.min != after.min) {
    all.push_back({after.min<before.min, after.min> before.min,
                   fmt::format("{} at least, before {}", to_text(after.min), to_text(before.min))});
  }
  if (before.reason_min != after.reason_min) {
    all.push_back({after.reason_min<before.reason_min, after.reason_min> before.reason_min,
                   fmt::format("a reason of {} characters, before {}", after.reason_min, before.reason_min)});
  }
  if (before.tickets != after.tickets) {
    all.push_back({!contains_all(after.tickets, before.tickets), !contains_all(before.tickets, after.tickets),
                   fmt::format("{}, before {}", tickets_of(after.tickets), tickets_of(before.tickets))});
  }
  const Difference times{!lies_in(after.times, before.times), !lies_in(before.times, after.times),
                         "the windows of time are others"};
  if (times.eases || times.tightens) all.push_back(times);
  compare_more(all, before, after);
  if (before.session_end != after.session_end) {
    const bool cuts = after.session_end == SessionEnd::kHard;
    all.push_back({!cuts, cuts, cuts ? "sessions are cut at the end" : "sessions are no longer cut at the end"});
  }
  if (before.apart != after.apart) {
    all.push_back({!contains_all(after.apart, before.apart), !contains_all(before.apart, after.apart),
                   "what may not be held at the same time is other"});
  }
  return all;
}

}  // namespace ag::access
