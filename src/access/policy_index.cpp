#include "access/policy_index.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "access/levels.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

// Where a text is somebody's id it is nobody's name: who may choose a name could otherwise take another's place.
bool names_account(const std::vector<std::string>& names, const Account& account, const Organization& organization) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    return name == account.id.str() || (name == account.name && organization.find(AccountId(name)) == nullptr);
  });
}

bool has_tags(const std::map<std::string, std::vector<std::string>>& wanted, const Account& account) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
    return std::any_of(account.tags.begin(), account.tags.end(), [&](const Tag& tag) {
      return tag.key == entry.first &&
             std::find(entry.second.begin(), entry.second.end(), tag.value) != entry.second.end();
    });
  });
}

/// A target with its units looked up, once for all accounts.
struct Place {
  explicit Place(const Target& of, const Organization& organization) : target(of) {
    if (!of.unit.empty() && of.unit != "/") {
      const auto found = organization.unit(of.unit, "ou");
      unit = found ? (*found)->id : UnitId();
      is_nowhere = !found;
    }
    for (const auto& each : of.except) except.emplace_back(each, organization);
  }
  [[nodiscard]] bool covers(const Account& account, const Organization& organization) const {
    if (is_nowhere) return false;
    if (!unit.empty() && std::find(account.units.begin(), account.units.end(), unit) == account.units.end())
      return false;
    if (!has_tags(target.tags, account)) return false;
    if (!target.accounts.empty() && !names_account(target.accounts, account, organization)) return false;
    return std::none_of(except.begin(), except.end(),
                        [&](const Place& place) { return place.covers(account, organization); });
  }
  const Target& target;
  UnitId unit;
  bool is_nowhere = false;
  std::vector<Place> except;
};

bool names_set(const std::vector<std::string>& patterns, const PermissionSet& set) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return pattern == set.arn.str() || matches_glob(pattern, set.name); });
}

/// The accounts by what a target may name them by, so that a thousand targets of one account each do not take a
/// thousand walks over all of them.
class Accounts {
 public:
  explicit Accounts(const std::vector<Account>& accounts) {
    for (std::size_t at = 0; at < accounts.size(); ++at) {
      all_.push_back(at);
      named_[accounts[at].id.str()].push_back(at);
      if (accounts[at].name != accounts[at].id.str()) named_[accounts[at].name].push_back(at);
    }
  }
  /// All that it covers are among them.
  [[nodiscard]] std::vector<std::size_t> that_may_be(const Target& target) const {
    if (target.accounts.empty()) return all_;
    std::set<std::size_t> some;
    for (const auto& name : target.accounts) {
      if (const auto it = named_.find(name); it != named_.end()) some.insert(it->second.begin(), it->second.end());
    }
    return {some.begin(), some.end()};
  }

 private:
  std::vector<std::size_t> all_;
  std::unordered_map<std::string, std::vector<std::size_t>> named_;
};

/// The same for permission sets.
class SetsByName {
 public:
  explicit SetsByName(const std::vector<PermissionSet>& sets) {
    for (std::size_t at = 0; at < sets.size(); ++at) {
      all_.push_back(at);
      named_[sets[at].arn.str()].push_back(at);
      if (sets[at].name != sets[at].arn.str()) named_[sets[at].name].push_back(at);
    }
  }
  [[nodiscard]] std::vector<std::size_t> that_may_be(const Sets& sets) const {
    const auto is_pattern = [](const std::string& name) { return name.find('*') != std::string::npos; };
    if (sets.names.empty() || std::any_of(sets.names.begin(), sets.names.end(), is_pattern)) return all_;
    std::set<std::size_t> some;
    for (const auto& name : sets.names) {
      if (const auto it = named_.find(name); it != named_.end()) some.insert(it->second.begin(), it->second.end());
    }
    return {some.begin(), some.end()};
  }

 private:
  std::vector<std::size_t> all_;
  std::unordered_map<std::string, std::vector<std::size_t>> named_;
};

std::uint32_t number_of(std::map<Bits, std::uint32_t>& numbers, const Bits& bits) {
  return numbers.try_emplace(bits, static_cast<std::uint32_t>(numbers.size())).first->second;
}

void add(std::string& key, const std::string& text) { key += std::to_string(text.size()) + ":" + text; }
void add(std::string& key, const std::vector<std::string>& texts) {
  key += std::to_string(texts.size()) + "[";
  for (const auto& text : texts) add(key, text);
}

/// One text for what is the same, each part with its length so that no name can pass for two: a thousand rules about
/// one target cost one look.
std::string key_of(const Target& target) {
  std::string key;
  add(key, target.unit);
  key += std::to_string(target.tags.size()) + "{";
  for (const auto& [name, values] : target.tags) {
    add(key, name);
    add(key, values);
  }
  add(key, target.accounts);
  key += std::to_string(target.except.size()) + "(";
  for (const auto& except : target.except) add(key, key_of(except));
  return key;
}

std::string key_of(const Sets& sets) {
  std::string key;
  add(key, sets.names);
  for (const Level level : sets.levels) key += std::string(name_of(level)) + " ";
  add(key, sets.except);
  return key;
}

bool names(const std::vector<PartyRule>& parties, PartyRuleKind kind) {
  return std::any_of(parties.begin(), parties.end(), [&](const PartyRule& party) { return party.kind == kind; });
}

bool names(const ApprovalPolicy& approval, PartyRuleKind kind) {
  for (const auto& steps : approval.steps) {
    if (std::any_of(steps.begin(), steps.end(), [&](const auto& step) { return names(step.any_of, kind); }))
      return true;
  }
  return std::any_of(approval.escalate.begin(), approval.escalate.end(),
                     [&](const auto& later) { return names(later.any_of, kind); });
}

enum class Kind { kRule, kGuardrail };
struct Column {
  Kind kind;
  std::size_t at;
};

void mark(PolicyIndex::Rows& rows, const Column& column) {
  (column.kind == Kind::kRule ? rows.rules : rows.guardrails).set(column.at);
}

PolicyIndex::Rows& operator|=(PolicyIndex::Rows& rows, const PolicyIndex::Rows& other) {
  rows.rules |= other.rules;
  rows.guardrails |= other.guardrails;
  return rows;
}

}  // namespace

bool contains(const Sets& sets, const PermissionSet& set, Level level) {
  return (sets.names.empty() || names_set(sets.names, set)) &&
         (sets.levels.empty() || std::find(sets.levels.begin(), sets.levels.end(), level) != sets.levels.end()) &&
         !names_set(sets.except, set);
}

bool contains(const std::vector<Target>& targets, const Account& account, const Organization& organization) {
  return std::any_of(targets.begin(), targets.end(),
                     [&](const Target& target) { return Place(target, organization).covers(account, organization); });
}

std::vector<std::uint32_t> Bits::positions() const {
  std::vector<std::uint32_t> all;
  for (std::size_t at = 0; at < words_.size(); ++at) {
    for (std::uint64_t word = words_[at]; word != 0; word &= word - 1)
      all.push_back(static_cast<std::uint32_t>(at * 64 + static_cast<std::size_t>(std::countr_zero(word))));
  }
  return all;
}

Bits& Bits::operator|=(const Bits& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}
Bits& Bits::operator&=(const Bits& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  return *this;
}
Bits& Bits::operator-=(const Bits& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
  return *this;
}

PolicyIndex::PolicyIndex() : PolicyIndex(std::make_shared<const Policy>(), std::make_shared<const Organization>()) {}

PolicyIndex::PolicyIndex(std::shared_ptr<const Policy> policy, std::shared_ptr<const Organization> organization)
    : policy_(std::move(policy)), organization_(std::move(organization)) {
  for (const auto& account : organization_->snapshot().accounts) accounts_.push_back(&account);
  std::sort(accounts_.begin(), accounts_.end(),
            [](const auto* a, const auto* b) { return std::tie(a->name, a->id) < std::tie(b->name, b->id); });
  for (const auto& set : organization_->snapshot().permission_sets) permission_sets_.push_back(&set);
  std::sort(permission_sets_.begin(), permission_sets_.end(),
            [](const auto* a, const auto* b) { return std::tie(a->name, a->arn) < std::tie(b->name, b->arn); });
  index_owners();
  index_people();
  index_accounts();
  index_sets();
}

PolicyIndex::Rows PolicyIndex::empty_rows() const {
  return {Bits(policy_->rules.size()), Bits(policy_->guardrails.size())};
}

void PolicyIndex::index_owners() {
  asks_account_owner_ = Bits(policy_->rules.size());
  asks_set_owner_ = Bits(policy_->rules.size());
  for (std::size_t i = 0; i < policy_->rules.size(); ++i) {
    const Rule& rule = policy_->rules[i];
    std::vector<std::string> approvals = {rule.approval};
    if (rule.extend) approvals.push_back(rule.extend->approval);
    for (const auto& name : approvals) {
      const ApprovalPolicy& approval = policy_->approvals.at(name);
      if (names(approval, PartyRuleKind::kAccountTag)) asks_account_owner_.set(i);
      if (names(approval, PartyRuleKind::kPermissionSetTag)) asks_set_owner_.set(i);
    }
  }
}

void PolicyIndex::index_people() {
  of_everyone_ = empty_rows();
  const auto row_of = [this](auto& rows, const auto& key) -> PeopleRows& {
    return rows.try_emplace(key, PeopleRows{empty_rows(), empty_rows()}).first->second;
  };
  const auto index = [&](const People& people, const Column& column) {
    if (people.everyone) mark(of_everyone_, column);
    const auto each_group = [&](const std::vector<std::string>& names, auto take) {
      for (const auto& name : names) {
        if (const Group* group = organization_->find_group(name)) take(row_of(of_groups_, group->id));
      }
    };
    // A name that two users share is nobody's: whom the policy means cannot be told.
    const auto each_user = [&](const std::vector<std::string>& names, auto take) {
      for (const auto& name : names) {
        if (const User* user = organization_->find_user(name)) take(row_of(of_users_, user->id));
      }
    };
    each_group(people.groups, [&](PeopleRows& rows) { mark(rows.included, column); });
    each_user(people.users, [&](PeopleRows& rows) { mark(rows.included, column); });
    each_group(people.except_groups, [&](PeopleRows& rows) { mark(rows.excepted, column); });
    each_user(people.except_users, [&](PeopleRows& rows) { mark(rows.excepted, column); });
  };
  for (std::size_t i = 0; i < policy_->rules.size(); ++i) index(policy_->rules[i].who, {Kind::kRule, i});
  for (std::size_t i = 0; i < policy_->guardrails.size(); ++i) {
    const auto& who = policy_->guardrails[i].who;
    if (who) index(*who, {Kind::kGuardrail, i});
    else mark(of_everyone_, {Kind::kGuardrail, i});
  }
}

void PolicyIndex::index_accounts() {
  std::map<std::string, std::pair<Place, std::vector<Column>>> by_target;
  const auto note = [&](const std::vector<Target>& targets, const Column& column) {
    for (const auto& target : targets)
      by_target.try_emplace(key_of(target), Place(target, *organization_), std::vector<Column>{})
          .first->second.second.push_back(column);
  };
  Rows everywhere = empty_rows();
  for (std::size_t i = 0; i < policy_->rules.size(); ++i) note(policy_->rules[i].where, {Kind::kRule, i});
  for (std::size_t i = 0; i < policy_->guardrails.size(); ++i) {
    const auto& where = policy_->guardrails[i].where;
    if (where.empty()) mark(everywhere, {Kind::kGuardrail, i});
    else note(where, {Kind::kGuardrail, i});
  }
  const auto& accounts = organization_->snapshot().accounts;
  of_accounts_.assign(accounts.size(), {everywhere, 0});
  const Accounts by_name(accounts);
  for (const auto& [key, entry] : by_target) {
    const auto& [place, columns] = entry;
    for (const auto at : by_name.that_may_be(place.target)) {
      if (!place.covers(accounts[at], *organization_)) continue;
      for (const auto& column : columns) mark(of_accounts_[at].rows, column);
    }
  }
  std::map<Bits, std::uint32_t> numbers;
  for (auto& entry : of_accounts_) entry.guardrail_row = number_of(numbers, entry.rows.guardrails);
}

void PolicyIndex::index_sets() {
  std::map<std::string, std::pair<const Sets*, std::vector<Column>>> by_sets;
  const auto note = [&](const Sets& sets, const Column& column) {
    by_sets.try_emplace(key_of(sets), &sets, std::vector<Column>{}).first->second.second.push_back(column);
  };
  for (std::size_t i = 0; i < policy_->rules.size(); ++i) note(policy_->rules[i].what, {Kind::kRule, i});
  for (std::size_t i = 0; i < policy_->guardrails.size(); ++i) {
    note(policy_->guardrails[i].what, {Kind::kGuardrail, i});
    if (policy_->guardrails[i].never_with) note(*policy_->guardrails[i].never_with, {Kind::kGuardrail, i});
  }
  const auto& sets = organization_->snapshot().permission_sets;
  of_sets_.assign(sets.size(), {empty_rows(), 0, {}, Level::kHigh});
  for (std::size_t at = 0; at < sets.size(); ++at) of_sets_[at].level = access::level_of(*policy_, sets[at]);
  const SetsByName by_name(sets);
  for (const auto& [key, entry] : by_sets) {
    const auto& [named, columns] = entry;
    for (const auto at : by_name.that_may_be(*named)) {
      if (!contains(*named, sets[at], of_sets_[at].level)) continue;
      for (const auto& column : columns) mark(of_sets_[at].rows, column);
    }
  }
  std::map<Bits, std::uint32_t> numbers;
  for (auto& entry : of_sets_) {
    entry.guardrail_row = number_of(numbers, entry.rows.guardrails);
    entry.rules = entry.rows.rules.positions();
  }
}

PolicyIndex::Rows PolicyIndex::of(const User& user) const {
  Rows rows = of_everyone_;
  std::vector<const PeopleRows*> own;
  if (const auto it = of_users_.find(user.id); it != of_users_.end()) own.push_back(&it->second);
  for (const auto& group : organization_->groups_of(user.id)) {
    if (const auto it = of_groups_.find(group); it != of_groups_.end()) own.push_back(&it->second);
  }
  for (const auto* it : own) rows |= it->included;
  for (const auto* it : own) {
    rows.rules -= it->excepted.rules;
    rows.guardrails -= it->excepted.guardrails;
  }
  return rows;
}

const PolicyIndex::AccountRows& PolicyIndex::entry_of(const Account& account) const {
  return of_accounts_.at(static_cast<std::size_t>(&account - organization_->snapshot().accounts.data()));
}
const PolicyIndex::SetRows& PolicyIndex::entry_of(const PermissionSet& set) const {
  return of_sets_.at(static_cast<std::size_t>(&set - organization_->snapshot().permission_sets.data()));
}

const PolicyIndex::Rows& PolicyIndex::of(const Account& account) const { return entry_of(account).rows; }
const PolicyIndex::Rows& PolicyIndex::of(const PermissionSet& set) const { return entry_of(set).rows; }
const std::vector<std::uint32_t>& PolicyIndex::rules_of(const PermissionSet& set) const { return entry_of(set).rules; }
Level PolicyIndex::level_of(const PermissionSet& set) const { return entry_of(set).level; }
std::uint32_t PolicyIndex::guardrail_row(const Account& account) const { return entry_of(account).guardrail_row; }
std::uint32_t PolicyIndex::guardrail_row(const PermissionSet& set) const { return entry_of(set).guardrail_row; }

}  // namespace ag::access
