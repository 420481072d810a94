#include "access/policy_plan_crowds.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace ag::access {
namespace {

/// Each part becomes two: those who are in the column, and those who are not.
void split(std::vector<Bits>& parts, const Bits& column) {
  std::vector<Bits> halves;
  for (auto& part : parts) {
    Bits in = part;
    in &= column;
    if (is_empty(in)) {
      halves.push_back(std::move(part));
      continue;
    }
    part -= column;
    if (!is_empty(part)) halves.push_back(std::move(part));
    halves.push_back(std::move(in));
  }
  parts = std::move(halves);
}

std::vector<PartyRule> parties_of(const ApprovalPolicy& approval, Level level) {
  std::vector<PartyRule> all;
  for (const auto& step : approval.steps[static_cast<std::size_t>(level)])
    all.insert(all.end(), step.any_of.begin(), step.any_of.end());
  for (const auto& later : approval.escalate) all.insert(all.end(), later.any_of.begin(), later.any_of.end());
  return all;
}

bool keeps_teams_out(const Policy& policy, const std::vector<std::uint32_t>& guardrails) {
  return std::any_of(guardrails.begin(), guardrails.end(),
                     [&](auto number) { return !policy.guardrails[number].other_team.empty(); });
}

}  // namespace

Crowds::Crowds(const Sides& sides, const std::vector<const Fitting*>& places)
    : sides_(sides), users_(sides[0].index.organization().snapshot().users), several_(users_.size()) {
  const Organization& organization = sides[0].index.organization();
  std::unordered_map<std::size_t, std::size_t> numbers;
  for (std::size_t i = 0; i < users_.size(); ++i) {
    at_[users_[i].id] = i;
    const auto number = numbers.try_emplace(organization.person_of(users_[i]), numbers.size()).first->second;
    persons_.push_back(number);
    identities_.resize(numbers.size());
    identities_[number].push_back(i);
  }
  for (std::size_t i = 0; i < users_.size(); ++i) {
    if (identities_[persons_[i]].size() > 1) several_.set(i);
    const auto& name = users_[i].manager;
    const User* manager = name ? organization.find_user(*name) : nullptr;
    const bool counts = manager != nullptr && manager->enabled && persons_[at_.at(manager->id)] != persons_[i];
    managers_.push_back(counts ? at_.at(manager->id) : users_.size());
  }
  fill_columns(places);
}

void Crowds::fill_columns(const std::vector<const Fitting*>& places) {
  for (std::size_t side = 0; side < sides_.size(); ++side) {
    auto& columns = columns_.at(side);
    for (const Fitting* place : places) {
      for (const auto rule : place->rules.at(side)) columns.rules.try_emplace(rule, users_.size());
      for (const auto guardrail : place->guardrails.at(side)) columns.guardrails.try_emplace(guardrail, users_.size());
    }
    const auto mark = [](std::unordered_map<std::uint32_t, Bits>& of, const Bits& row, std::size_t user) {
      for (const auto number : row.positions()) {
        if (const auto it = of.find(number); it != of.end()) it->second.set(user);
      }
    };
    for (std::size_t i = 0; i < users_.size(); ++i) {
      if (!users_[i].enabled) continue;
      const auto rows = sides_.at(side).index.of(users_[i]);
      mark(columns.rules, rows.rules, i);
      mark(columns.guardrails, rows.guardrails, i);
    }
  }
}

const PolicyIndex::Rows& Crowds::rows_of(const User& user, std::size_t side) {
  auto& known = rows_.at(side);
  const auto found = known.find(&user);
  return found != known.end() ? found->second : known.emplace(&user, sides_.at(side).index.of(user)).first->second;
}

Bits Crowds::concerned(const Fitting& place) const {
  Bits eligible(users_.size());
  Bits touched(users_.size());
  const bool is_other_level = place.levels[0] != place.levels[1];
  for (std::size_t side = 0; side < sides_.size(); ++side) {
    for (const auto rule : place.rules.at(side)) {
      const Bits& column = columns_.at(side).rules.at(rule);
      eligible |= column;
      if (is_other_level || sides_.at(side).changed_rules.test(rule)) touched |= column;
    }
    for (const auto guardrail : place.guardrails.at(side)) {
      if (sides_.at(side).changed_guardrails.test(guardrail)) touched |= columns_.at(side).guardrails.at(guardrail);
    }
  }
  touched &= eligible;
  return touched;
}

void Crowds::split_by_columns(Parts& parts, const Fitting& place) const {
  for (std::size_t side = 0; side < sides_.size(); ++side) {
    for (const auto rule : place.rules.at(side)) split(parts, columns_.at(side).rules.at(rule));
    for (const auto guardrail : place.guardrails.at(side)) split(parts, columns_.at(side).guardrails.at(guardrail));
  }
}

const Bits& Crowds::members(const Party& party, std::size_t side) {
  const auto [it, fresh] = members_.try_emplace({side, party.kind, party.id}, Bits(users_.size()), 0);
  auto& [bits, heads] = it->second;
  if (!fresh) return bits;
  std::set<std::size_t> persons;
  for (const User* user : members_of({party}, {sides_.at(side).index, {}})) persons.insert(persons_[at_.at(user->id)]);
  for (const auto person : persons) {
    for (const auto user : identities_[person]) bits.set(user);
  }
  heads = persons.size();
  return bits;
}

std::size_t Crowds::head_count(const Party& party, std::size_t side) {
  members(party, side);
  return members_.at({side, party.kind, party.id}).second;
}

Bits Crowds::managed_by(const Bits& people) const {
  Bits managed(users_.size());
  for (std::size_t i = 0; i < users_.size(); ++i) {
    if (managers_[i] < users_.size() && people.test(managers_[i])) managed.set(i);
  }
  return managed;
}

/// Whether there could be too few who may agree, so that it matters who asks. Of so many that one more or less makes
/// no difference it does not.
bool Crowds::hinges_on_one(const Fitting& place, std::size_t side, const ApprovalPolicy& approval) {
  const Policy& policy = sides_.at(side).index.policy();
  int needed = 0;
  const auto& steps = approval.steps[static_cast<std::size_t>(place.levels.at(side))];
  for (const auto& step : steps) needed += step.need;
  for (const auto number : place.guardrails.at(side)) needed = std::max(needed, policy.guardrails[number].approvers);
  if (needed == 0) return false;
  if (steps.empty() || keeps_teams_out(policy, place.guardrails.at(side))) return true;
  const Asked anybody{users_.front(), place.account, place.set};
  return !std::all_of(steps.begin(), steps.end(), [&](const StepRule& step) {
    return std::any_of(step.any_of.begin(), step.any_of.end(), [&](const PartyRule& rule) {
      if (rule.kind == PartyRuleKind::kManager) return false;
      const auto party = resolve({rule}, sides_.at(side).index.organization(), anybody).front();
      return head_count(party, side) > static_cast<std::size_t>(needed);
    });
  });
}

std::set<std::string> Crowds::hinging(const Fitting& place, std::size_t side) {
  const Policy& policy = sides_.at(side).index.policy();
  std::set<std::string> approvals;
  for (const auto rule : place.rules.at(side)) approvals.insert(policy.rules[rule].approval);
  std::erase_if(approvals, [&](const auto& name) { return !hinges_on_one(place, side, policy.approvals.at(name)); });
  return approvals;
}

void Crowds::split_by_teams(Parts& parts, const Fitting& place, std::size_t side) {
  const Policy& policy = sides_.at(side).index.policy();
  const Organization& organization = sides_.at(side).index.organization();
  for (const auto number : place.guardrails.at(side)) {
    const auto& pattern = policy.guardrails[number].other_team;
    if (pattern.empty()) continue;
    for (const auto& group : organization.snapshot().groups) {
      if (!matches_glob(pattern, group.name)) continue;
      Bits team(users_.size());
      for (const auto& member : group.members) {
        if (const auto it = at_.find(member); it != at_.end()) team.set(it->second);
      }
      split(parts, team);
      split(parts, managed_by(team));
    }
  }
  // Of somebody's identities some may be on the team and some not: each stands for itself.
  for (const auto user : several_.positions()) {
    Bits alone(users_.size());
    alone.set(user);
    split(parts, alone);
  }
}

void Crowds::split_by_approvers(Parts& parts, const Fitting& place) {
  for (std::size_t side = 0; side < sides_.size(); ++side) {
    const Policy& policy = sides_.at(side).index.policy();
    const auto approvals = hinging(place, side);
    if (!approvals.empty() && keeps_teams_out(policy, place.guardrails.at(side))) split_by_teams(parts, place, side);
    for (const auto& name : approvals) {
      std::vector<Bits> columns;
      bool asks_manager = false;
      for (const auto& rule : parties_of(policy.approvals.at(name), place.levels.at(side))) {
        asks_manager = asks_manager || rule.kind == PartyRuleKind::kManager;
        if (rule.kind == PartyRuleKind::kManager) continue;
        const Asked anybody{users_.front(), place.account, place.set};
        columns.push_back(members(resolve({rule}, sides_.at(side).index.organization(), anybody).front(), side));
      }
      for (const auto& column : columns) split(parts, column);
      if (!asks_manager) continue;
      Bits everybody(users_.size());
      for (std::size_t i = 0; i < users_.size(); ++i) everybody.set(i);
      split(parts, managed_by(everybody));
      for (const auto& column : columns) split(parts, managed_by(column));
    }
  }
}

std::vector<Bits> Crowds::of(const Fitting& place) {
  Parts parts{concerned(place)};
  if (is_empty(parts.front())) return {};
  split_by_columns(parts, place);
  split_by_approvers(parts, place);
  return parts;
}

}  // namespace ag::access
