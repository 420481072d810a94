#include "access/approvers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "access/windows.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

void add_group(const Group* group, std::set<UserId>& ids) {
  if (group != nullptr) ids.insert(group->members.begin(), group->members.end());
}

/// Those of a schedule who are on call now; all who ever are when it is no matter of now.
void add_on_call(const std::string& schedule, const Today& today, std::set<UserId>& ids) {
  const Organization& organization = today.index.organization();
  const auto& schedules = today.index.policy().on_call;
  const auto found = schedules.find(schedule);
  if (found == schedules.end()) return;
  std::vector<OnCall::Turn> turns = found->second.turns;
  if (today.now && today.until) {
    turns = turns_between(found->second, *today.now, *today.until);
  } else if (today.now) {
    const auto turn = turn_at(found->second, *today.now);
    turns = turn ? std::vector{*turn} : std::vector<OnCall::Turn>{};
  }
  for (const auto& turn : turns) {
    if (!turn.group.empty()) add_group(organization.find_group(turn.group), ids);
    const User* user = turn.user.empty() ? nullptr : organization.find_user(turn.user);
    if (user != nullptr) ids.insert(user->id);
  }
}

std::set<UserId> ids_of(const std::vector<Party>& parties, const Today& today) {
  std::set<UserId> ids;
  for (const auto& party : parties) {
    switch (party.kind) {
      case PartyKind::kUser: ids.insert(UserId(party.id)); break;
      case PartyKind::kGroup: add_group(today.index.organization().find(GroupId(party.id)), ids); break;
      case PartyKind::kOnCall: add_on_call(party.id, today, ids); break;
    }
  }
  return ids;
}

bool is_named(const Party& party, const Today& today, const UserId& person) {
  switch (party.kind) {
    case PartyKind::kUser: return party.id == person.str();
    case PartyKind::kGroup: return today.index.organization().is_member(person, GroupId(party.id));
    case PartyKind::kOnCall: return ids_of({party}, today).contains(person);
  }
  return false;
}

bool names(const std::vector<Party>& parties, const Today& today, const UserId& person) {
  return std::any_of(parties.begin(), parties.end(),
                     [&](const Party& party) { return is_named(party, today, person); });
}

/// Whether each needed approval can be given by somebody of its own: a maximum matching of approvals to people.
class Matching {
 public:
  /// The people of each step.
  void add(std::set<std::size_t> people, int need) {
    seats_.insert(seats_.end(), static_cast<std::size_t>(need), people_.size());
    people_.emplace_back(people.begin(), people.end());
  }
  bool fills_all() {
    for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
      std::set<std::size_t> tried;
      if (!place(seat, tried)) return false;
    }
    return true;
  }

 private:
  bool place(std::size_t seat, std::set<std::size_t>& tried) {
    for (const std::size_t person : people_[seats_[seat]]) {
      if (!tried.insert(person).second) continue;
      const auto held = taken_.find(person);
      if (held == taken_.end() || place(held->second, tried)) {
        taken_[person] = seat;
        return true;
      }
    }
    return false;
  }
  std::vector<std::vector<std::size_t>> people_;  // by step
  std::vector<std::size_t> seats_;                // each approval that is needed: its step
  std::map<std::size_t, std::size_t> taken_;
};

/// Where a name is a user's and a group's, it is the group's: more people can decide then, and each of them is told.
std::optional<Party> owner_called(const std::string& name, const Organization& organization) {
  if (const Group* group = organization.find_group(name)) return Party{PartyKind::kGroup, group->id.str(), name};
  if (const User* user = organization.find_user(name)) return Party{PartyKind::kUser, user->id.str(), name};
  return std::nullopt;
}

Party by_tag(const std::vector<Tag>& tags, const std::string& key, std::string_view of,
             const Organization& organization) {
  const auto tag = std::find_if(tags.begin(), tags.end(), [&](const Tag& it) { return it.key == key; });
  if (tag == tags.end())
    return {PartyKind::kGroup, "", fmt::format("the tag {} of {}, which it does not have", key, of)};
  if (auto owner = owner_called(tag->value, organization)) return *owner;
  return {PartyKind::kGroup, "", fmt::format("{}, as the tag {} of {} says", tag->value, key, of)};
}

Party resolve(const PartyRule& rule, const Organization& organization, const Asked& asked) {
  switch (rule.kind) {
    case PartyRuleKind::kGroup: {
      const Group* group = organization.find_group(rule.name);
      return {PartyKind::kGroup, group != nullptr ? group->id.str() : "", rule.name};
    }
    case PartyRuleKind::kUser: {
      const User* user = organization.find_user(rule.name);
      return {PartyKind::kUser, user != nullptr ? user->id.str() : "", rule.name};
    }
    case PartyRuleKind::kAccountTag: return by_tag(asked.account.tags, rule.name, asked.account.name, organization);
    case PartyRuleKind::kPermissionSetTag:
      return by_tag(asked.permission_set.tags.value_or(std::vector<Tag>{}), rule.name, asked.permission_set.name,
                    organization);
    case PartyRuleKind::kManager: {
      const std::string manager = asked.requester.manager.value_or("");
      const User* user = organization.find_user(manager);
      if (user != nullptr) return {PartyKind::kUser, user->id.str(), user->user_name};
      return {PartyKind::kUser, "", fmt::format("the manager of {}", asked.requester.user_name)};
    }
    case PartyRuleKind::kOnCall: return {PartyKind::kOnCall, rule.name, rule.name};
  }
  return {};
}

}  // namespace

bool is_same_person(const Organization& organization, const UserId& a, const UserId& b) {
  const User* one = organization.find(a);
  const User* other = organization.find(b);
  return a == b ||
         (one != nullptr && other != nullptr && organization.person_of(*one) == organization.person_of(*other));
}

bool is_same_person(const Organization& organization, const Person& a, const Person& b) {
  if (!a.id.empty() && !b.id.empty()) return is_same_person(organization, a.id, b.id);
  const auto number = [&](const Person& it) {
    const User* user = organization.find(it.id);
    return user != nullptr ? organization.person_of(*user) : organization.person_called(it.name);
  };
  const auto one = number(a);
  return (one && one == number(b)) || folded(a.name) == folded(b.name);
}

namespace {

std::size_t person_of(const Today& today, const UserId& id) {
  return today.index.organization().person_of(*today.index.organization().find(id));
}

/// The persons, at most so many, behind those who may decide in a step.
std::set<std::size_t> people_of(const Step& step, const Today& today, const UserId& requester, std::size_t most) {
  std::set<std::size_t> people;
  const auto add = [&](const UserId& id) {
    if (people.size() < most && is_candidate(step, today, requester, id)) people.insert(person_of(today, id));
  };
  for (const auto& party : step.any_of) {
    const Group* group = party.kind == PartyKind::kGroup ? today.index.organization().find(GroupId(party.id)) : nullptr;
    if (group != nullptr) {
      for (auto member = group->members.begin(); member != group->members.end() && people.size() < most; ++member)
        add(*member);
    } else {
      for (const auto& id : ids_of({party}, today)) add(id);
    }
  }
  return people;
}

}  // namespace

bool is_candidate(const Step& step, const Today& today, const UserId& requester, const UserId& person) {
  const User* user = today.index.organization().find(person);
  if (user == nullptr || !user->enabled) return false;
  if (is_same_person(today.index.organization(), requester, person)) return false;
  if (step.none_of && names(*step.none_of, today, person)) return false;
  return names(step.any_of, today, person);
}

std::vector<const User*> candidates(const Step& step, const Today& today, const UserId& requester) {
  std::vector<const User*> people;
  for (const auto& id : ids_of(step.any_of, today)) {
    if (is_candidate(step, today, requester, id)) people.push_back(today.index.organization().find(id));
  }
  return people;
}

std::vector<const User*> members_of(const std::vector<Party>& parties, const Today& today) {
  std::vector<const User*> people;
  for (const auto& id : ids_of(parties, today)) {
    const User* user = today.index.organization().find(id);
    if (user != nullptr && user->enabled) people.push_back(user);
  }
  return people;
}

Step escalated(const Step& step, const std::vector<Escalation>& escalations, std::optional<Instant> by) {
  Step wider = step;
  for (const auto& escalation : escalations) {
    if (by && escalation.at > *by) continue;
    for (const auto& party : escalation.any_of) {
      if (std::find(wider.any_of.begin(), wider.any_of.end(), party) == wider.any_of.end())
        wider.any_of.push_back(party);
    }
  }
  return wider;
}

bool can_satisfy(const std::vector<Step>& steps, const Today& today, const UserId& requester) {
  // Of so many people each seat finds one that no other seat has taken: more of them make no difference.
  const auto enough = static_cast<std::size_t>(approvals_needed(steps));
  Matching matching;
  for (const auto& step : steps) matching.add(people_of(step, today, requester, enough), step.need);
  return matching.fills_all();
}

bool can_satisfy(const std::vector<Step>& steps, const Today& today, const UserId& requester,
                 const std::vector<UserId>& out_of) {
  Matching matching;
  for (const auto& step : steps) {
    std::set<std::size_t> people;
    for (const auto& id : out_of) {
      if (is_candidate(step, today, requester, id)) people.insert(person_of(today, id));
    }
    matching.add(std::move(people), step.need);
  }
  return matching.fills_all();
}

int approvals_needed(const std::vector<Step>& steps) {
  int needed = 0;
  for (const auto& step : steps) needed += step.need;
  return needed;
}

std::string names_of(const std::vector<Party>& parties) {
  std::vector<std::string> names;
  for (const auto& party : parties)
    names.push_back(party.kind == PartyKind::kOnCall ? fmt::format("whoever is on call for {}", party.name)
                                                     : party.name);
  return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
}

std::string who_could(const std::vector<Step>& steps, const Today& today, const UserId& requester) {
  std::vector<std::string> parts;
  for (const auto& step : steps) {
    const auto people = candidates(step, today, requester);
    const auto itself = names(step.any_of, today, requester);
    parts.push_back(fmt::format("{} needed out of {}, which has {} who could decide{}", step.need,
                                names_of(step.any_of), people.size(), itself ? " beside you" : ""));
  }
  return fmt::format("{}", fmt::join(parts, "; then "));
}

std::vector<Party> resolve(const std::vector<PartyRule>& rules, const Organization& organization, const Asked& asked) {
  std::vector<Party> parties;
  for (const auto& rule : rules) parties.push_back(resolve(rule, organization, asked));
  return parties;
}

}  // namespace ag::access
