#include "access/eligibility.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.hpp"

namespace ag::access {
namespace {

bool names_account(const std::vector<std::string>& names, const Account& account) {
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return name == account.id.str() || name == account.name; });
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
  if (!target.accounts.empty() && !names_account(target.accounts, account)) return false;
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

bool names_user(const std::vector<std::string>& names, const User& user) {
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return name == user.user_name || name == user.id.str(); });
}

bool includes(const People& people, const User& user, const Organization& organization) {
  if (names_user(people.except_users, user) || in_any_group(people.except_groups, user, organization)) return false;
  return people.everyone || names_user(people.users, user) || in_any_group(people.groups, user, organization);
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

std::string place(const Rule& rule) { return fmt::format("{} (line {})", rule.id, rule.line); }

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
      std::vector<UserId> people;
      for (const User* user : candidates(step, organization, requester)) people.push_back(user->id);
      for (int i = 0; i < step.need; ++i) seats_.push_back(people);
    }
  }
  bool fills_all() {
    for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
      std::set<UserId> tried;
      if (!place(seat, tried)) return false;
    }
    return true;
  }

 private:
  bool place(std::size_t seat, std::set<UserId>& tried) {
    for (const auto& person : seats_[seat]) {
      if (!tried.insert(person).second) continue;
      const auto held = taken_.find(person);
      if (held == taken_.end() || place(held->second, tried)) {
        taken_[person] = seat;
        return true;
      }
    }
    return false;
  }
  std::vector<std::vector<UserId>> seats_;
  std::map<UserId, std::size_t> taken_;
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

std::unexpected<Error> not_eligible(const Policy& policy, const Organization& organization, const Wish& wish) {
  std::vector<std::string> others;
  for (const auto& rule : policy.rules) {
    if (includes(rule.who, wish.user, organization) && names_set(rule.what, wish.permission_set))
      others.push_back(place(rule));
  }
  const std::string fix =
      others.empty()
          ? std::string("`accessguard can` lists what you may ask for")
          : fmt::format("{} would open it in other accounts; `accessguard can` lists them", fmt::join(others, ", "));
  return fail({"not_eligible",
               fmt::format("no rule lets {} ask for {} in {}", wish.user.user_name, wish.permission_set.name,
                           wish.account.name),
               "accounts", wish.rule.value_or(""), fix});
}

}  // namespace

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
    if (!names_set(rule.what, wish.permission_set) || !includes(rule.who, wish.user, organization) ||
        !covers(rule.where, wish.account, organization)) {
      continue;
    }
    open.push_back(by_rule(policy, organization, rule, wish.account, wish.permission_set));
  }
  if (open.empty()) return not_eligible(policy, organization, wish);

  const auto fits = [&](const Eligibility& it) { return wish.duration <= it.max && wish.duration >= it.min; };
  if (std::none_of(open.begin(), open.end(), fits)) {
    const auto longest =
        std::max_element(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.max < b.max; });
    const bool too_long = wish.duration > longest->max;
    const Duration bound = too_long ? longest->max : longest->min;
    return fail({too_long ? "duration_too_long" : "duration_too_short",
                 fmt::format("{} is too {} for {} in {}", to_text(wish.duration), too_long ? "long" : "short",
                             wish.permission_set.name, wish.account.name),
                 "duration", place(*longest->rule),
                 fmt::format("ask for {} at {}", to_text(bound), too_long ? "most" : "least")});
  }
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
                 "accounts", place(*best->rule), "ask an administrator to name more approvers"});
  }
  return *best;
}

std::vector<Eligibility> eligible(const Policy& policy, const Organization& organization, const User& user) {
  std::map<std::pair<std::string, std::string>, Eligibility> best;  // by ids of account and permission set
  for (const auto& rule : policy.rules) {
    if (!includes(rule.who, user, organization)) continue;
    for (const auto& account : organization.snapshot().accounts) {
      if (account.state != "ACTIVE" || !covers(rule.where, account, organization)) continue;
      for (const auto& set : organization.snapshot().permission_sets) {
        if (!names_set(rule.what, set)) continue;
        auto it = by_rule(policy, organization, rule, account, set);
        const auto [place, fresh] = best.try_emplace({account.id.str(), set.arn.str()}, it);
        if (!fresh && asks_less(it, place->second)) place->second = std::move(it);
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
  if (asking != nullptr && !asking->email.empty() && to_lower(asking->email) == to_lower(user->email)) return false;
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
