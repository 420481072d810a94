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

/// Whom it is for, and where and what it opens. Without a name in the organization it is for nobody.
struct Glass {
  Bits people;
  Bits accounts;
  Bits sets;
};

/// The section as a rule, so that the index tells whom and what it fits as it does for rules.
Glass glass_of(const PolicyIndex& index) {
  const auto& users = index.organization().snapshot().users;
  Glass glass{Bits(users.size()), Bits(index.accounts().size()), Bits(index.permission_sets().size())};
  const auto& section = index.policy().break_glass;
  if (!section) return glass;
  Policy alone;
  alone.levels = index.policy().levels;
  alone.approvals[""] = {};
  alone.rules.push_back({.id = "", .who = section->who, .what = section->what, .where = section->where});
  const PolicyIndex fitting(std::make_shared<const Policy>(std::move(alone)), index.shared_organization());
  for (std::size_t i = 0; i < users.size(); ++i) {
    if (users[i].enabled && fitting.of(users[i]).rules.test(0)) glass.people.set(i);
  }
  for (std::size_t i = 0; i < index.accounts().size(); ++i) {
    const Account& account = *index.accounts()[i];
    if (account.state == "ACTIVE" && fitting.of(account).rules.test(0)) glass.accounts.set(i);
  }
  for (std::size_t i = 0; i < index.permission_sets().size(); ++i) {
    if (fitting.of(*index.permission_sets()[i]).rules.test(0)) glass.sets.set(i);
  }
  if (is_empty(glass.people) || is_empty(glass.accounts) || is_empty(glass.sets)) {
    return {Bits(users.size()), Bits(index.accounts().size()), Bits(index.permission_sets().size())};
  }
  return glass;
}

/// People, accounts, permission sets of the one that are not all of the other. Where only some of one kind are new the
/// line names those.
void add_glass_places(const PolicyIndex& index, const Glass& some, const Glass& others, ChangeKind kind, Lines& all) {
  const auto beyond = [](Bits bits, const Bits& known) {
    bits -= known;
    return bits;
  };
  const Glass more{beyond(some.people, others.people), beyond(some.accounts, others.accounts),
                   beyond(some.sets, others.sets)};
  if (is_empty(more.people) && is_empty(more.accounts) && is_empty(more.sets)) return;
  const auto told = [](const Bits& added, const Bits& whole) { return is_empty(added) ? whole : added; };
  const bool gains = kind == ChangeKind::kGains;
  auto it = line(kind, ChangeSubject::kBreakGlass, Level::kCritical, "");
  const auto& users = index.organization().snapshot().users;
  it.people =
      access::some(told(more.people, some.people), [&](auto at) -> const std::string& { return users[at].user_name; });
  it.accounts = access::some(told(more.accounts, some.accounts),
                             [&](auto at) -> const std::string& { return index.accounts()[at]->name; });
  it.permission_sets = access::some(told(more.sets, some.sets),
                                    [&](auto at) -> const std::string& { return index.permission_sets()[at]->name; });
  it.after =
      fmt::format("break-glass {} {} people ({}{}), in {} accounts, {} permission sets",
                  gains ? "comes to let" : "no longer lets", it.people.count, fmt::join(it.people.names, ", "),
                  it.people.count > it.people.names.size() ? ", …" : "", it.accounts.count, it.permission_sets.count);
  all.push_back(std::move(it));
}

void add_glass_terms(const BreakGlass& before, const BreakGlass& after, Lines& all) {
  const auto note = [&](bool eased, std::string words) {
    all.push_back(line(eased ? ChangeKind::kEased : ChangeKind::kTightened, ChangeSubject::kBreakGlass,
                       Level::kCritical, std::move(words)));
  };
  if (before.max != after.max) {
    note(after.max > before.max,
         fmt::format("break-glass lasts {} at most, before {}", to_text(after.max), to_text(before.max)));
  }
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

void add_break_glass(const Sides& sides, Lines& all) {
  const auto& before = sides[0].index.policy().break_glass;
  const auto& after = sides[1].index.policy().break_glass;
  const Glass then = glass_of(sides[0].index);
  const Glass now = glass_of(sides[1].index);
  add_glass_places(sides[1].index, now, then, ChangeKind::kGains, all);
  add_glass_places(sides[1].index, then, now, ChangeKind::kLoses, all);
  if (before && after) add_glass_terms(*before, *after, all);
  // A section for names that nobody bears yet opens nothing today, and all the more tomorrow.
  const bool is_wider =
      after && !(before && surely_contains(before->who, after->who) && surely_contains(before->what, after->what) &&
                 surely_contains(before->where, after->where));
  const bool is_told =
      std::any_of(all.begin(), all.end(), [](const auto& it) { return it.kind == ChangeKind::kGains; });
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

void add_unnoticed_guardrails(const Sides& sides, const Told& told, Lines& all) {
  const Policy& before = sides[0].index.policy();
  const Policy& after = sides[1].index.policy();
  for (const auto number : sides[0].changed_guardrails.positions()) {
    const Guardrail& guardrail = before.guardrails[number];
    if (told.guardrails.contains(&guardrail)) continue;
    const Guardrail* now = called(after.guardrails, guardrail.id);
    const auto covers = [&](const Guardrail& other) { return closes_no_less(before, guardrail, after, other); };
    if (std::any_of(after.guardrails.begin(), after.guardrails.end(), covers)) continue;
    auto it = line(ChangeKind::kEased, ChangeSubject::kNothingYet, highest_level(sides, guardrail.what),
                   now == nullptr ? "without it nobody has more today, but may tomorrow"
                                  : "it lets nobody have more today, but is not surely as strict as before");
    it.because = {now == nullptr ? fmt::format("the guardrail {} (line {} before)", guardrail.id, guardrail.line)
                                 : "the guardrail " + place_of(*now)};
    all.push_back(std::move(it));
  }
}

}  // namespace

std::vector<PolicyChangeLine> rest_of_plan(const Sides& sides, const Told& told, Instant now) {
  Lines all;
  add_break_glass(sides, all);
  add_levels(sides, all);
  add_change_control(sides, all);
  add_limits(sides, all);
  add_unnoticed_rules(sides, told, now, all);
  add_unnoticed_guardrails(sides, told, all);
  return all;
}

}  // namespace ag::access
