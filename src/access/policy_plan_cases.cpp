#include "access/policy_plan_cases.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "access/approvers.hpp"
#include "access/levels.hpp"
#include "access/policy_content.hpp"
#include "access/policy_plan_crowds.hpp"

namespace ag::access {
namespace {

/// Marks what the other list does not have in the same words; of several alike each needs its own.
template <class T>
Bits changed(const Policy& policy, const std::vector<T>& things, const Policy& other, const std::vector<T>& others) {
  std::multiset<std::string> known;
  for (const auto& thing : others) known.insert(content_of(other, thing));
  Bits bits(things.size());
  for (std::size_t i = 0; i < things.size(); ++i) {
    const auto same = known.find(content_of(policy, things[i]));
    if (same == known.end()) bits.set(i);
    else known.erase(same);
  }
  return bits;
}

Side side_of(const PolicyIndex& index, const PolicyIndex& other) {
  return {index, changed(index.policy(), index.policy().rules, other.policy(), other.policy().rules),
          changed(index.policy(), index.policy().guardrails, other.policy(), other.policy().guardrails)};
}

bool share_any(const Bits& a, const Bits& b, const Bits& c) {
  for (std::size_t i = 0; i < a.words().size(); ++i) {
    if ((a.words()[i] & b.words()[i] & c.words()[i]) != 0) return true;
  }
  return false;
}

/// The keys of tags that say who must agree.
std::set<std::string> owner_keys(const Sides& sides, PartyRuleKind kind) {
  std::set<std::string> keys;
  const auto note = [&](const std::vector<PartyRule>& parties) {
    for (const auto& party : parties) {
      if (party.kind == kind) keys.insert(party.name);
    }
  };
  for (const auto& side : sides) {
    for (const auto& [name, approval] : side.index.policy().approvals) {
      for (const auto& steps : approval.steps) {
        for (const auto& step : steps) note(step.any_of);
      }
      for (const auto& later : approval.escalate) note(later.any_of);
    }
  }
  return keys;
}

std::vector<std::string> owners(const std::set<std::string>& keys, const std::vector<Tag>& tags) {
  std::vector<std::string> values;
  for (const auto& key : keys) {
    const auto tag = std::find_if(tags.begin(), tags.end(), [&](const Tag& it) { return it.key == key; });
    values.push_back(tag == tags.end() ? "" : "=" + tag->value);
  }
  return values;
}

/// Accounts, or permission sets, that both policies treat alike.
template <class Thing>
struct Class {
  const Thing* first = nullptr;
  std::array<const PolicyIndex::Rows*, 2> rows{};
  std::vector<std::string> owners;
  std::array<Level, 2> levels{};  // of permission sets
  Bits members;
};

const std::vector<Tag>& tags_of(const Account& account) { return account.tags; }
const std::vector<Tag>& tags_of(const PermissionSet& set) {
  static const std::vector<Tag> kNone;
  return set.tags ? *set.tags : kNone;
}
bool can_be_asked_for(const Account& account) { return account.state == "ACTIVE"; }
bool can_be_asked_for(const PermissionSet&) { return true; }
Level level_at(const PolicyIndex&, const Account&) { return Level::kLow; }
Level level_at(const PolicyIndex& index, const PermissionSet& set) { return index.level_of(set); }

template <class Thing>
std::vector<Class<Thing>> classes(const Sides& sides, const std::vector<const Thing*>& things,
                                  const std::set<std::string>& keys) {
  using Words = std::vector<std::uint64_t>;
  std::map<std::tuple<Words, Words, Words, Words, std::vector<std::string>, std::array<Level, 2>>, std::size_t> known;
  std::vector<Class<Thing>> all;
  for (std::size_t i = 0; i < things.size(); ++i) {
    const Thing& thing = *things[i];
    if (!can_be_asked_for(thing)) continue;
    const auto& before = sides[0].index.of(thing);
    const auto& after = sides[1].index.of(thing);
    if (is_empty(before.rules) && is_empty(after.rules)) continue;
    const std::array levels{level_at(sides[0].index, thing), level_at(sides[1].index, thing)};
    auto owned_by = owners(keys, tags_of(thing));
    const auto [it, fresh] = known.try_emplace({before.rules.words(), before.guardrails.words(), after.rules.words(),
                                                after.guardrails.words(), owned_by, levels},
                                               all.size());
    if (fresh) all.push_back({&thing, {&before, &after}, std::move(owned_by), levels, Bits(things.size())});
    all[it->second].members.set(i);
  }
  return all;
}

using AccountClass = Class<Account>;
using SetClass = Class<PermissionSet>;

bool is_concerned(const Sides& sides, const AccountClass& account, const SetClass& set) {
  bool any = false;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const auto& of_account = *account.rows.at(i);
    const auto& of_set = *set.rows.at(i);
    any = any || share_any(of_account.rules, of_set.rules, sides.at(i).changed_rules) ||
          share_any(of_account.guardrails, of_set.guardrails, sides.at(i).changed_guardrails) ||
          (set.levels[0] != set.levels[1] && share_any(of_account.rules, of_set.rules));
  }
  return any && (share_any(account.rows[0]->rules, set.rows[0]->rules) ||
                 share_any(account.rows[1]->rules, set.rows[1]->rules));
}

/// Pairs of classes with the same rules and guardrails: the same questions.
struct Group {
  Fitting fitting;
  std::map<std::size_t, Bits> accounts;  // by class of permission sets
};

std::vector<std::uint32_t> common(const Bits& a, const Bits& b) {
  Bits both = a;
  both &= b;
  return both.positions();
}

using GroupKey = std::tuple<std::array<std::vector<std::uint32_t>, 2>, std::array<std::vector<std::uint32_t>, 2>,
                            std::array<Level, 2>, std::vector<std::string>, std::vector<std::string>>;

struct HashOfKey {
  std::size_t operator()(const GroupKey& key) const {
    std::size_t hash = 0;
    const auto mix = [&](std::size_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15 + (hash >> 29); };
    for (const auto* numbers : {&std::get<0>(key), &std::get<1>(key)}) {
      for (const auto& side : *numbers) {
        mix(side.size());
        for (const auto number : side) mix(number);
      }
    }
    return hash;
  }
};
using Groups = std::unordered_map<GroupKey, Group, HashOfKey>;

Groups groups(const Sides& sides, const std::vector<AccountClass>& accounts, const std::vector<SetClass>& sets) {
  Groups all;
  for (const auto& account : accounts) {
    for (std::size_t number = 0; number < sets.size(); ++number) {
      const auto& set = sets[number];
      if (!is_concerned(sides, account, set)) continue;
      Fitting fitting{*account.first, *set.first, set.levels, {}, {}};
      for (std::size_t i = 0; i < sides.size(); ++i) {
        fitting.rules.at(i) = common(account.rows.at(i)->rules, set.rows.at(i)->rules);
        fitting.guardrails.at(i) = common(account.rows.at(i)->guardrails, set.rows.at(i)->guardrails);
      }
      GroupKey key{fitting.rules, fitting.guardrails, fitting.levels, account.owners, set.owners};
      auto& group = all.try_emplace(std::move(key), Group{std::move(fitting), {}}).first->second;
      const auto [places, fresh] = group.accounts.try_emplace(number, account.members);
      if (!fresh) places->second |= account.members;
    }
  }
  return all;
}

std::vector<Places> places_of(const Group& group, const std::vector<SetClass>& sets) {
  std::map<Bits, Bits> by_accounts;
  for (const auto& [number, accounts] : group.accounts) {
    const auto [it, fresh] = by_accounts.try_emplace(accounts, sets[number].members);
    if (!fresh) it->second |= sets[number].members;
  }
  std::vector<Places> places;
  for (const auto& [accounts, members] : by_accounts) places.push_back({accounts, members});
  return places;
}

std::vector<std::uint32_t> those_in(const std::vector<std::uint32_t>& numbers, const Bits& bits) {
  std::vector<std::uint32_t> kept;
  std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(kept),
               [&](auto number) { return bits.test(number); });
  return kept;
}

}  // namespace

bool is_empty(const Bits& bits) {
  return std::all_of(bits.words().begin(), bits.words().end(), [](std::uint64_t word) { return word == 0; });
}
bool share_any(const Bits& a, const Bits& b) { return share_any(a, b, b); }
std::size_t count(const Bits& bits) {
  std::size_t sum = 0;
  for (const std::uint64_t word : bits.words()) sum += static_cast<std::size_t>(std::popcount(word));
  return sum;
}

Sides sides_of(const PolicyIndex& before, const PolicyIndex& after) {
  return {side_of(before, after), side_of(after, before)};
}

void each_case(const Sides& sides, const std::function<void(const Case&)>& visit) {
  const PolicyIndex& index = sides[1].index;
  const auto accounts = classes(sides, index.accounts(), owner_keys(sides, PartyRuleKind::kAccountTag));
  const auto sets = classes(sides, index.permission_sets(), owner_keys(sides, PartyRuleKind::kPermissionSetTag));
  const auto all = groups(sides, accounts, sets);
  std::vector<const Fitting*> fittings;
  for (const auto& [key, group] : all) fittings.push_back(&group.fitting);
  Crowds crowds(sides, fittings);
  for (const auto& [key, group] : all) {
    const Fitting& fitting = group.fitting;
    const auto places = places_of(group, sets);
    const std::array hinging{crowds.hinging(fitting, 0), crowds.hinging(fitting, 1)};
    for (const auto& people : crowds.of(fitting)) {
      const User& user = index.organization().snapshot().users[people.positions().front()];
      Case it{user, fitting.account, fitting.set, people, places, {}, {}, hinging};
      for (std::size_t i = 0; i < sides.size(); ++i) {
        const auto& rows = crowds.rows_of(user, i);
        it.rules.at(i) = those_in(fitting.rules.at(i), rows.rules);
        it.guardrails.at(i) = those_in(fitting.guardrails.at(i), rows.guardrails);
      }
      visit(it);
    }
  }
}

}  // namespace ag::access
