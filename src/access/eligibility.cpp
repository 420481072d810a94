#include "access/eligibility.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.hpp"

namespace ag::access {
namespace {

// Where a text is somebody's id it is nobody's name: who may choose a name could otherwise take another's place.
bool names_account(const std::vector<std::string>& names, const Account& account, const Organization& organization) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    return name == account.id.str() || (name == account.name && organization.find(AccountId(name)) == nullptr);
  });
}

bool names_user(const std::vector<std::string>& names, const User& user, const Organization& organization) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    return name == user.id.str() || (name == user.user_name && organization.find(UserId(name)) == nullptr);
  });
}

bool lies_in(const std::string& unit, const Account& account, const Organization& organization) {
  if (unit == "/") return true;
  const auto found = organization.unit(unit, "ou");
  return found && std::find(account.units.begin(), account.units.end(), (*found)->id) != account.units.end();
}

bool has_tags(const std::map<std::string, std::vector<std::string>>& wanted, const Account& account) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
    return std::any_of(account.tags.begin(), account.tags.end(), [&](const Tag& tag) {
      return tag.key == entry.first &&
             std::find(entry.second.begin(), entry.second.end(), tag.value) != entry.second.end();
    });
  });
}

bool covers(const Target& target, const Account& account, const Organization& organization) {
  if (!target.unit.empty() && !lies_in(target.unit, account, organization)) return false;
  if (!has_tags(target.tags, account)) return false;
  if (!target.accounts.empty() && !names_account(target.accounts, account, organization)) return false;
  return std::none_of(target.except.begin(), target.except.end(),
                      [&](const Target& except) { return covers(except, account, organization); });
}

bool covers(const std::vector<Target>& targets, const Account& account, const Organization& organization) {
  return std::any_of(targets.begin(), targets.end(),
                     [&](const Target& target) { return covers(target, account, organization); });
}

bool in_any_group(const std::vector<std::string>& names, const User& user, const Organization& organization) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    const auto group = organization.group(name, "group");
    return group && organization.is_member(user.id, (*group)->id);
  });
}

bool includes(const People& people, const User& user, const Organization& organization) {
  const bool excepted =
      names_user(people.except_users, user, organization) || in_any_group(people.except_groups, user, organization);
  return !excepted && (people.everyone || names_user(people.users, user, organization) ||
                       in_any_group(people.groups, user, organization));
}

bool names_set(const std::vector<std::string>& patterns, const PermissionSet& set) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return pattern == set.arn.str() || matches_glob(pattern, set.name); });
}

bool applies(const Guardrail& guardrail, const Account& account, const PermissionSet& set, Level level,
             const Organization& organization) {
  const bool level_matches = guardrail.levels.empty() || std::find(guardrail.levels.begin(), guardrail.levels.end(),
                                                                   level) != guardrail.levels.end();
  return level_matches && (guardrail.what.empty() || names_set(guardrail.what, set)) &&
         (guardrail.where.empty() || covers(guardrail.where, account, organization));
}

Step resolve(const StepRule& rule, const Organization& organization) {
  Step step;
  step.need = rule.need;
  for (const auto& name : rule.groups) {
    const auto group = organization.group(name, "group");
    step.any_of.push_back({PartyKind::kGroup, group ? (*group)->id.str() : "", name});
  }
  for (const auto& name : rule.users) {
    const auto user = organization.user(name, "user");
    step.any_of.push_back({PartyKind::kUser, user ? (*user)->id.str() : "", name});
  }
  return step;
}

int approvals_needed(const std::vector<Step>& steps) {
  int needed = 0;
  for (const auto& step : steps) needed += step.need;
  return needed;
}

/// Adds what the guardrails ask to what the rule asks; each can only close further.
void close_with(const Policy& policy, const Organization& organization, Eligibility& it) {
  int approvers = 0;
  for (const auto& guardrail : policy.guardrails) {
    if (!applies(guardrail, *it.account, *it.permission_set, it.level, organization)) continue;
    it.guardrails.push_back(&guardrail);
    approvers = std::max(approvers, guardrail.approvers);
    it.reason_min = std::max(it.reason_min, guardrail.reason_min);
    if (!guardrail.ticket.empty()) it.ticket_patterns.push_back(guardrail.ticket);
    if (guardrail.max) it.max = std::min(it.max, *guardrail.max);
  }
  const int missing = approvers - approvals_needed(it.steps);
  if (missing <= 0) return;
  // More people must agree than the rule asks: out of those whom its last step names. A rule that names nobody
  // has nobody to give, and no_approver will say so.
  if (it.steps.empty()) it.steps.push_back({});
  it.steps.back().need += it.steps.back().any_of.empty() ? missing - 1 : missing;
}

/// Whether the steps can be satisfied by distinct people: a maximum matching of needed approvals to candidates.
class Matching {
 public:
  Matching(const std::vector<Step>& steps, const Organization& organization, const UserId& requester) {
    for (const auto& step : steps) {
      std::set<std::string> people;
      for (const User* user : candidates(step, organization, requester)) people.insert(person_of(*user));
      seats_.insert(seats_.end(), static_cast<std::size_t>(step.need), people_.size());
      people_.emplace_back(people.begin(), people.end());
    }
  }
  bool fills_all() {
    for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
      std::set<std::string> tried;
      if (!place(seat, tried)) return false;
    }
    return true;
  }

 private:
  bool place(std::size_t seat, std::set<std::string>& tried) {
    for (const auto& person : people_[seats_[seat]]) {
      if (!tried.insert(person).second) continue;
      const auto held = taken_.find(person);
      if (held == taken_.end() || place(held->second, tried)) {
        taken_[person] = seat;
        return true;
      }
    }
    return false;
  }
  std::vector<std::vector<std::string>> people_;  // by step
  std::vector<std::size_t> seats_;                // each approval that is needed: its step
  std::map<std::string, std::size_t> taken_;
};

std::string who_could(const std::vector<Step>& steps, const Organization& organization, const User& requester) {
  std::vector<std::string> parts;
  for (const auto& step : steps) {
    std::vector<std::string> names;
    for (const auto& party : step.any_of) names.push_back(party.name);
    const auto people = candidates(step, organization, requester.id);
    const auto itself = std::any_of(step.any_of.begin(), step.any_of.end(), [&](const Party& party) {
      return party.id == requester.id.str() ||
             (party.kind == PartyKind::kGroup && organization.is_member(requester.id, GroupId(party.id)));
    });
    parts.push_back(fmt::format("{} needed out of {}, which has {} who could decide{}", step.need,
                                names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", ")), people.size(),
                                itself ? " beside you" : ""));
  }
  return fmt::format("{}", fmt::join(parts, "; then "));
}

Eligibility by_rule(const Policy& policy, const Organization& organization, const Rule& rule, const Account& account,
                    const PermissionSet& set) {
  Eligibility it;
  it.account = &account;
  it.permission_set = &set;
  it.rule = &rule;
  it.level = level_of(policy, set);
  it.min = rule.min;
  it.max = rule.max;
  const auto& approval = policy.approvals.at(rule.approval);
  it.lapse = approval.lapse;
  for (const auto& step : approval.steps[static_cast<std::size_t>(it.level)])
    it.steps.push_back(resolve(step, organization));
  close_with(policy, organization, it);
  return it;
}

bool asks_less(const Eligibility& a, const Eligibility& b) {
  return std::make_tuple(approvals_needed(a.steps), b.max) < std::make_tuple(approvals_needed(b.steps), a.max);
}

bool opens(const Rule& rule, const User& user, const Account& account, const PermissionSet& set,
           const Organization& organization) {
  return names_set(rule.what, set) && includes(rule.who, user, organization) &&
         covers(rule.where, account, organization);
}

/// A guardrail may allow less time than the rule asks for at least: then no time at all is right.
bool leaves_time(const Eligibility& it) { return it.min <= it.max; }

/// The guardrail that allows less time than the rule does.
const Guardrail* shortening(const Eligibility& it) {
  for (const Guardrail* guardrail : it.guardrails) {
    if (guardrail->max && *guardrail->max == it.max && it.max < it.rule->max) return guardrail;
  }
  return nullptr;
}

std::unexpected<Error> not_eligible(const Policy& policy, const Organization& organization, const Wish& wish) {
  std::vector<std::string> here;
  std::vector<std::string> elsewhere;
  bool name_known = false;
  for (const auto& rule : policy.rules) {
    name_known = name_known || (wish.rule && *wish.rule == rule.id);
    if (opens(rule, wish.user, wish.account, wish.permission_set, organization)) here.push_back(place_of(rule));
    else if (includes(rule.who, wish.user, organization) && names_set(rule.what, wish.permission_set))
      elsewhere.push_back(place_of(rule));
  }
  std::string fix = "`accessguard can` lists what you may ask for";
  if (!here.empty()) fix = fmt::format("{} would open it", fmt::join(here, ", "));
  else if (!elsewhere.empty()) {
    fix = fmt::format("{} would open it in other accounts; `accessguard can` lists them", fmt::join(elsewhere, ", "));
  }
  const std::string named = excerpt(wish.rule.value_or(""));
  const std::string subject = !wish.rule    ? "no rule lets"
                              : !name_known ? fmt::format("there is no rule \"{}\" that lets", named)
                                            : fmt::format("the rule {} does not let", named);
  return fail(
      {"not_eligible",
       fmt::format("{} {} ask for {} in {}", subject, wish.user.user_name, wish.permission_set.name, wish.account.name),
       "accounts", named, fix});
}

std::unexpected<Error> no_time(const Eligibility& it, const Wish& wish) {
  return fail({"not_eligible",
               fmt::format("nobody can ask for {} in {}: {} is for {} at least, and {} allows {} at most",
                           wish.permission_set.name, wish.account.name, place_of(*it.rule), to_text(it.min),
                           place_of(*shortening(it)), to_text(it.max)),
               "accounts", place_of(*it.rule), "ask an administrator to mend the policy"});
}

/// None of them fits: some are for longer times than the wish, all others for shorter ones.
std::unexpected<Error> wrong_duration(const std::vector<Eligibility>& open, const Wish& wish) {
  const auto refused = [&](std::string code, std::string_view what, std::string rule, std::string fix) {
    return fail({std::move(code),
                 fmt::format("{} is too {} for {} in {}", to_text(wish.duration), what, wish.permission_set.name,
                             wish.account.name),
                 "duration", std::move(rule), std::move(fix)});
  };
  const Eligibility* next_longer = nullptr;
  const Eligibility* longest = &open.front();
  for (const auto& it : open) {
    if (it.min > wish.duration && (next_longer == nullptr || it.min < next_longer->min)) next_longer = &it;
    if (it.max > longest->max) longest = &it;
  }
  if (next_longer != nullptr) {
    return refused("duration_too_short", "short", place_of(*next_longer->rule),
                   fmt::format("ask for {} at least", to_text(next_longer->min)));
  }
  const Guardrail* guardrail = shortening(*longest);
  return refused("duration_too_long", "long", guardrail != nullptr ? place_of(*guardrail) : place_of(*longest->rule),
                 fmt::format("ask for {} at most", to_text(longest->max)));
}

}  // namespace

std::string place_of(const Rule& rule) { return fmt::format("{} (line {})", rule.id, rule.line); }
std::string place_of(const Guardrail& guardrail) { return fmt::format("{} (line {})", guardrail.id, guardrail.line); }

std::string person_of(const User& user) {
  // The slash keeps an id apart from a mail address that looks like one.
  return user.email.empty() ? "/" + user.id.str() : to_lower(user.email);
}

Level level_of(const Policy& policy, const PermissionSet& set) {
  for (const auto& name : {set.arn.str(), set.name}) {
    if (const auto it = policy.levels.find(name); it != policy.levels.end()) return it->second;
  }
  return Level::kHigh;
}

Result<Eligibility> judge(const Policy& policy, const Organization& organization, const Wish& wish) {
  if (wish.account.state != "ACTIVE") {
    return fail("account_not_active",
                fmt::format("{} is {} in AWS Organizations; nothing can be granted there", wish.account.name,
                            wish.account.state),
                "accounts");
  }
  std::vector<Eligibility> open;
  for (const auto& rule : policy.rules) {
    if (wish.rule && *wish.rule != rule.id) continue;
    if (!opens(rule, wish.user, wish.account, wish.permission_set, organization)) continue;
    open.push_back(by_rule(policy, organization, rule, wish.account, wish.permission_set));
  }
  if (open.empty()) return not_eligible(policy, organization, wish);
  if (std::none_of(open.begin(), open.end(), leaves_time)) return no_time(open.front(), wish);
  std::erase_if(open, [](const Eligibility& it) { return !leaves_time(it); });

  const auto fits = [&](const Eligibility& it) { return wish.duration <= it.max && wish.duration >= it.min; };
  if (std::none_of(open.begin(), open.end(), fits)) return wrong_duration(open, wish);
  std::erase_if(open, [&](const Eligibility& it) { return !fits(it); });

  std::vector<Eligibility> possible = open;
  std::erase_if(possible,
                [&](const Eligibility& it) { return !Matching(it.steps, organization, wish.user.id).fills_all(); });
  const auto& choice = possible.empty() ? open : possible;
  const auto best = std::min_element(choice.begin(), choice.end(), asks_less);
  if (possible.empty()) {
    return fail({"no_approver",
                 fmt::format("nobody could approve {} in {} for {}: {}", wish.permission_set.name, wish.account.name,
                             wish.user.user_name, who_could(best->steps, organization, wish.user)),
                 "accounts", place_of(*best->rule), "ask an administrator to name more approvers"});
  }
  return *best;
}

std::vector<Eligibility> eligible(const Policy& policy, const Organization& organization, const User& user) {
  // A few distinct steps serve many accounts and permission sets: whether they can be satisfied is found once.
  std::vector<std::pair<std::vector<Step>, bool>> judged;
  const auto possible = [&](const std::vector<Step>& steps) {
    const auto known = std::find_if(judged.begin(), judged.end(), [&](const auto& it) { return it.first == steps; });
    if (known != judged.end()) return known->second;
    return judged.emplace_back(steps, Matching(steps, organization, user.id).fills_all()).second;
  };
  // For the shortest time only the rules count that allow it; then the one that asks least.
  const auto comes_before = [](const Eligibility& a, const Eligibility& b) {
    return a.min != b.min ? a.min < b.min : asks_less(a, b);
  };
  std::map<std::pair<std::string, std::string>, Eligibility> best;  // by ids of account and permission set
  for (const auto& rule : policy.rules) {
    if (!includes(rule.who, user, organization)) continue;
    for (const auto& account : organization.snapshot().accounts) {
      if (account.state != "ACTIVE" || !covers(rule.where, account, organization)) continue;
      for (const auto& set : organization.snapshot().permission_sets) {
        if (!names_set(rule.what, set)) continue;
        auto it = by_rule(policy, organization, rule, account, set);
        if (!leaves_time(it) || !possible(it.steps)) continue;
        const auto [place, fresh] = best.try_emplace({account.id.str(), set.arn.str()}, it);
        if (!fresh && comes_before(it, place->second)) place->second = std::move(it);
      }
    }
  }
  std::vector<Eligibility> all;
  all.reserve(best.size());
  for (auto& [key, it] : best) all.push_back(std::move(it));
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.account->name, a.account->id, a.permission_set->name) <
           std::tie(b.account->name, b.account->id, b.permission_set->name);
  });
  return all;
}

bool is_candidate(const Step& step, const Organization& organization, const UserId& requester, const UserId& person) {
  const User* user = organization.find(person);
  if (user == nullptr || !user->enabled || person == requester) return false;
  const User* asking = organization.find(requester);
  if (asking != nullptr && person_of(*asking) == person_of(*user)) return false;
  return std::any_of(step.any_of.begin(), step.any_of.end(), [&](const Party& party) {
    return party.kind == PartyKind::kUser ? party.id == person.str()
                                          : organization.is_member(person, GroupId(party.id));
  });
}

std::vector<const User*> candidates(const Step& step, const Organization& organization, const UserId& requester) {
  std::set<UserId> ids;
  for (const auto& party : step.any_of) {
    if (party.kind == PartyKind::kUser) ids.insert(UserId(party.id));
    else if (const Group* group = organization.find(GroupId(party.id)))
      ids.insert(group->members.begin(), group->members.end());
  }
  std::vector<const User*> people;
  for (const auto& id : ids) {
    if (is_candidate(step, organization, requester, id)) people.push_back(organization.find(id));
  }
  return people;
}

}  // namespace ag::access
