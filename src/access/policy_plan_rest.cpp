#include "access/policy_plan_rest.hpp"

#include <fmt/format.h>

#include <optional>

#include "access/levels.hpp"
#include "access/policy_content.hpp"
#include "access/policy_plan_ways.hpp"
#include "access/terms.hpp"

namespace ag::access {
namespace {

using Lines = std::vector<PolicyChangeLine>;

PolicyChangeLine line(ChangeKind kind, ChangeSubject subject, Level level, std::string words) {
  PolicyChangeLine it{.kind = kind, .subject = subject, .level = level};
  it.after = std::move(words);
  return it;
}

// ---- break-glass -------------------------------------------------------------------------------------------

/// What it lets people have, and for how long, the comparison of its ways tells.
void add_glass_terms(const BreakGlass& before, const BreakGlass& after, Lines& all) {
  const auto note = [&](bool eased, std::string words) {
    all.push_back(line(eased ? ChangeKind::kEased : ChangeKind::kTightened, ChangeSubject::kBreakGlass,
                       Level::kCritical, std::move(words)));
  };
  if (before.review_within != after.review_within) {
    note(after.review_within > before.review_within,
         fmt::format("break-glass is to be reviewed within {}, before {}", to_text(after.review_within),
                     to_text(before.review_within)));
  }
  const std::set<std::string> then(before.notify.begin(), before.notify.end());
  const std::set<std::string> now(after.notify.begin(), after.notify.end());
  if (then == now) return;
  const bool tells_all = std::includes(now.begin(), now.end(), then.begin(), then.end());
  note(!tells_all,
       fmt::format("break-glass tells {}, before {}", now.empty() ? "nobody" : fmt::format("{}", fmt::join(now, ", ")),
                   then.empty() ? "nobody" : fmt::format("{}", fmt::join(then, ", "))));
}

void add_break_glass(const Sides& sides, const Compared* glass, Lines& all) {
  const auto& before = sides[0].index.policy().break_glass;
  const auto& after = sides[1].index.policy().break_glass;
  if (before && after) add_glass_terms(*before, *after, all);
  // A section for names that nobody bears yet opens nothing today, and all the more tomorrow.
  const bool is_wider =
      after && !(before && surely_contains(before->who, after->who) && surely_contains(before->what, after->what) &&
                 surely_contains(before->where, after->where) && after->max <= before->max);
  const bool is_told = glass != nullptr && !glass->told.rules.empty();
  if (is_wider && !is_told) {
    all.push_back(
        line(ChangeKind::kEased, ChangeSubject::kBreakGlass, Level::kCritical,
             fmt::format("break-glass (line {}) would let more through than before, if today anything were so",
                         after->line)));
  }
}

// ---- levels, change control, limits ------------------------------------------------------------------------

void add_levels(const Sides& sides, Lines& all) {
  const Policy& after = sides[1].index.policy();
  for (const PermissionSet* set : sides[1].index.permission_sets()) {
    const Level then = sides[0].index.level_of(*set);
    const Level now = sides[1].index.level_of(*set);
    if (then == now) continue;
    auto it = line(now < then ? ChangeKind::kEased : ChangeKind::kTightened, ChangeSubject::kLevel, std::max(then, now),
                   fmt::format("{} counts as {}, before {}: {}", set->name, name_of(now), name_of(then),
                               reason_of_level(after, *set)));
    it.permission_sets = {1, {set->name}};
    all.push_back(std::move(it));
  }
}

std::string words_of(const ChangeControl& control) {
  std::vector<std::string> names;
  for (const auto& party : control.any_of) names.push_back(party.name);
  if (control.when == ChangeScope::kNever) return "never";
  return fmt::format("{} ({})", name_of(control.when),
                     names.empty() ? "administrators" : fmt::format("{}", fmt::join(names, ", ")));
}

void add_change_control(const Sides& sides, Lines& all) {
  const ChangeControl& before = sides[0].index.policy().change_control;
  const ChangeControl& after = sides[1].index.policy().change_control;
  const auto names_all = [](const ChangeControl& whole, const ChangeControl& part) {
    if (whole.any_of.empty() || part.any_of.empty()) return whole.any_of.empty() == part.any_of.empty();
    return std::all_of(part.any_of.begin(), part.any_of.end(), [&](const PartyRule& party) {
      return std::find(whole.any_of.begin(), whole.any_of.end(), party) != whole.any_of.end();
    });
  };
  // Where nobody is asked it does not matter who it is not.
  const bool compares = before.when != ChangeScope::kNever && after.when != ChangeScope::kNever;
  const bool eased = after.when < before.when || (compares && !names_all(before, after));
  const bool tightened = after.when > before.when || (compares && !names_all(after, before));
  if (!eased && !tightened) return;
  all.push_back(line(eased ? ChangeKind::kEased : ChangeKind::kTightened, ChangeSubject::kChangeControl,
                     Level::kCritical,
                     fmt::format("who must agree to changes of the policy, and to which: {}, before {}",
                                 words_of(after), words_of(before))));
}

void add_limits(const Sides& sides, Lines& all) {
  const Limits& before = sides[0].index.policy().limits;
  const Limits& after = sides[1].index.policy().limits;
  const auto note = [&](int then, int now, std::string_view what) {
    if (then == now) return;
    all.push_back(line(now > then ? ChangeKind::kEased : ChangeKind::kTightened, ChangeSubject::kLimits, Level::kLow,
                       fmt::format("a person may have {} {} at once, before {}", now, what, then)));
  };
  note(before.open_requests, after.open_requests, "open requests");
  note(before.live_grants, after.live_grants, "live grants");
}

// ---- what nobody notices today -----------------------------------------------------------------------------

template <class T>
const T* called(const std::vector<T>& things, const std::string& id) {
  const auto it = std::find_if(things.begin(), things.end(), [&](const T& thing) { return thing.id == id; });
  return it == things.end() ? nullptr : &*it;
}

bool has_all(const std::vector<std::string>& whole, const std::vector<std::string>& part) {
  return std::all_of(part.begin(), part.end(), [&](const std::string& name) {
    return std::find(whole.begin(), whole.end(), name) != whole.end();
  });
}

/// Whether, whatever the organization will be, the new rule opens nothing that the old one did not.
bool opens_no_more(const Sides& sides, const Rule& before, const Rule& after, Instant now) {
  if (!surely_contains(before.who, after.who) || !surely_contains(before.what, after.what) ||
      !surely_contains(before.where, after.where)) {
    return false;
  }
  for (std::size_t level = 0; level < kLevels; ++level) {
    const Way then = way_of(sides[0].index, before, static_cast<Level>(level), now);
    const auto between = differences(then, way_of(sides[1].index, after, static_cast<Level>(level), now));
    if (std::any_of(between.begin(), between.end(), [](const Difference& it) { return it.eases; })) return false;
  }
  return true;
}

bool are_same_windows(const Policy& before, const Policy& after, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto then = before.windows.find(name);
    const auto now = after.windows.find(name);
    return then != before.windows.end() && now != after.windows.end() &&
           content_of(then->second) == content_of(now->second);
  });
}

bool closes_no_less(const Policy& policy_before, const Guardrail& before, const Policy& policy_after,
                    const Guardrail& after) {
  const bool who = !after.who || (before.who && surely_contains(*after.who, *before.who));
  const bool where = after.where.empty() || (!before.where.empty() && surely_contains(after.where, before.where));
  const bool when = after.outside.empty() || (!before.outside.empty() && has_all(before.outside, after.outside) &&
                                              are_same_windows(policy_before, policy_after, after.outside));
  const bool during = before.during.empty() || (!after.during.empty() && has_all(before.during, after.during) &&
                                                are_same_windows(policy_before, policy_after, after.during));
  const bool apart = !before.never_with || (after.never_with && surely_contains(*after.never_with, *before.never_with));
  return who && where && when && during && apart && surely_contains(after.what, before.what) &&
         after.approvers >= before.approvers && after.reason_min >= before.reason_min &&
         (before.ticket.empty() || after.ticket == before.ticket) &&
         (!before.max || (after.max && *after.max <= *before.max)) &&
         (before.other_team.empty() || after.other_team == before.other_team) && (!before.forbid || after.forbid);
}

/// The highest level of what it names; of names and patterns that nobody bears nothing is known, which counts as high.
Level highest_level(const Sides& sides, const Sets& sets) {
  std::optional<Level> highest;
  for (const auto& side : sides) {
    for (const PermissionSet* set : side.index.permission_sets()) {
      const Level level = side.index.level_of(*set);
      if (contains(sets, *set, level)) highest = std::max(highest.value_or(level), level);
    }
  }
  return highest.value_or(Level::kHigh);
}

/// Names that the rule has come to give to permission sets that do not exist.
bool names_unknown_sets(const PolicyIndex& index, const Rule* before, const Rule& after) {
  return std::any_of(after.what.names.begin(), after.what.names.end(), [&](const std::string& name) {
    return name.find('*') == std::string::npos && !index.organization().permission_set(name, "") &&
           (before == nullptr || !has_all(before->what.names, {name}));
  });
}

void add_unnoticed_rules(const Sides& sides, const Told& told, Instant now, Lines& all) {
  const Policy& before = sides[0].index.policy();
  const Policy& after = sides[1].index.policy();
  for (const auto number : sides[1].changed_rules.positions()) {
    const Rule& rule = after.rules[number];
    const Rule* then = called(before.rules, rule.id);
    const bool is_unknown = names_unknown_sets(sides[1].index, then, rule);
    if (!is_unknown && told.rules.contains(&rule)) continue;
    const auto covers = [&](const Rule& other) { return opens_no_more(sides, other, rule, now); };
    if (!is_unknown && std::any_of(before.rules.begin(), before.rules.end(), covers)) continue;
    const Level level =
        is_unknown ? std::max(Level::kHigh, highest_level(sides, rule.what)) : highest_level(sides, rule.what);
    auto it = line(ChangeKind::kEased, ChangeSubject::kNothingYet, level,
                   is_unknown ? "it comes to name a permission set that is not there yet"
                              : "it lets nobody have more today, but is not surely narrower than before");
    it.because = {"the rule " + place_of(rule)};
    all.push_back(std::move(it));
  }
}

/// Whether both could name one permission set.
bool may_meet(const Sets& some, const Sets& others) {
  const auto is_plain = [](const std::string& name) { return name.find_first_of("*:") == std::string::npos; };
  const auto all_plain = [&](const Sets& sets) {
    return !sets.names.empty() && std::all_of(sets.names.begin(), sets.names.end(), is_plain);
  };
  if (!all_plain(some) || !all_plain(others)) return true;
  return std::any_of(some.names.begin(), some.names.end(),
                     [&](const std::string& name) { return has_all(others.names, {name}); });
}

/// Whether the new policy's break-glass could reach what this guardrail of the old one kept from it.
bool lets_glass_through(const Sides& glass, const Guardrail& guardrail) {
  const Policy& before = glass[0].index.policy();
  const Policy& after = glass[1].index.policy();
  if (before.rules.empty() || after.rules.empty()) return false;  // a section that is new is told as such
  Guardrail heeded = guardrail;
  if (heeded.max && *heeded.max >= after.rules.front().max) heeded.max.reset();
  const bool closes = heeded.forbid || heeded.max || heeded.never_with;
  const Sets& what = after.rules.front().what;
  const bool meets = may_meet(heeded.what, what) || (heeded.never_with && may_meet(*heeded.never_with, what));
  const auto covers = [&](const Guardrail& other) { return closes_no_less(before, heeded, after, other); };
  return closes && meets && std::none_of(after.guardrails.begin(), after.guardrails.end(), covers);
}

/// What of the guardrails lets nobody have more today, and may tomorrow: by a rule, or, which counts for more, by
/// break-glass.
void add_unnoticed_guardrails(const Compared& rules, const Compared* glass, Lines& all) {
  const Sides& sides = rules.sides;
  const Policy& before = sides[0].index.policy();
  const Policy& after = sides[1].index.policy();
  for (const auto number : sides[0].changed_guardrails.positions()) {
    const Guardrail& guardrail = before.guardrails[number];
    const Guardrail* now = called(after.guardrails, guardrail.id);
    const auto add = [&](ChangeSubject subject, Level level, std::string words) {
      auto it = line(ChangeKind::kEased, subject, level, std::move(words));
      it.because = {now == nullptr ? fmt::format("the guardrail {} (line {} before)", guardrail.id, guardrail.line)
                                   : "the guardrail " + place_of(*now)};
      all.push_back(std::move(it));
    };
    if (glass != nullptr) {
      const Guardrail& heeded = glass->sides[0].index.policy().guardrails[number];
      if (glass->told.guardrails.contains(&heeded)) continue;
      if (lets_glass_through(glass->sides, heeded)) {
        add(ChangeSubject::kBreakGlass, Level::kCritical,
            "break-glass gives nobody more today, but may tomorrow, and nobody has to agree");
        continue;
      }
    }
    const auto covers = [&](const Guardrail& other) { return closes_no_less(before, guardrail, after, other); };
    if (rules.told.guardrails.contains(&guardrail)) continue;
    if (std::any_of(after.guardrails.begin(), after.guardrails.end(), covers)) continue;
    add(ChangeSubject::kNothingYet, highest_level(sides, guardrail.what),
        now == nullptr ? "without it nobody has more today, but may tomorrow"
                       : "it lets nobody have more today, but is not surely as strict as before");
  }
}

}  // namespace

std::vector<PolicyChangeLine> rest_of_plan(const Compared& rules, const Compared* glass, Instant now) {
  Lines all;
  add_break_glass(rules.sides, glass, all);
  add_levels(rules.sides, all);
  add_change_control(rules.sides, all);
  add_limits(rules.sides, all);
  add_unnoticed_rules(rules.sides, rules.told, now, all);
  add_unnoticed_guardrails(rules, glass, all);
  return all;
}

}  // namespace ag::access
