#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "access/eligibility.hpp"
#include "access/policy.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

// More of them than this are no help in a message.
constexpr std::size_t kListed = 5;

/// What becomes of a name that is not known. One that should open something opens nothing, which is safe. One that
/// should close something closes nothing, which is not: that is said with it. Exceptions are the other way round.
enum class Effect { kOpens, kCloses, kDeclares, kNeither };

Effect opposite(Effect effect) {
  switch (effect) {
    case Effect::kOpens: return Effect::kCloses;
    case Effect::kCloses: return Effect::kOpens;
    case Effect::kDeclares:
    case Effect::kNeither: return effect;
  }
  return effect;
}

/// Where in the file a name stands, and what for.
struct Spot {
  std::string where;
  int line = 0;
  Effect effect = Effect::kNeither;

  [[nodiscard]] Spot except() const { return {where, line, opposite(effect)}; }
  [[nodiscard]] Spot on_line(int other) const { return {where, other, effect}; }
};

const std::string* tag_of(const std::vector<Tag>& tags, std::string_view key) {
  const auto found = std::ranges::find(tags, key, &Tag::key);
  return found == tags.end() ? nullptr : &found->value;
}

/// Collects what the organization does not know, once for each name.
class Names {
 public:
  Names(const Policy& policy, const Organization& organization) : policy_(policy), organization_(organization) {}

  void group(const std::string& name, const Spot& spot) { check(organization_.group(name, spot.where), spot); }
  void user(const std::string& name, const Spot& spot) { check(organization_.user(name, spot.where), spot); }
  void account(const std::string& name, const Spot& spot) { check(organization_.account(name, spot.where), spot); }

  void people(const People& people, const Spot& spot) {
    for (const auto& name : people.groups) group(name, spot);
    for (const auto& name : people.users) user(name, spot);
    for (const auto& name : people.except_groups) group(name, spot.except());
    for (const auto& name : people.except_users) user(name, spot.except());
  }

  void set(const std::string& pattern, const Spot& spot) {
    if (pattern.find('*') == std::string::npos) return check(organization_.permission_set(pattern, spot.where), spot);
    const auto fits = [&](const PermissionSet& each) { return matches_glob(pattern, each.name); };
    if (std::ranges::none_of(organization_.snapshot().permission_sets, fits))
      add(spot, "matches_nothing", fmt::format("no permission set fits \"{}\"", pattern));
  }
  void sets(const Sets& sets, const Spot& spot) {
    for (const auto& pattern : sets.names) set(pattern, spot);
    for (const auto& pattern : sets.except) set(pattern, spot.except());
  }

  void target(const Target& target, const Spot& spot) {
    const Spot here = spot.on_line(target.line);
    if (!target.unit.empty()) check(organization_.unit(target.unit, here.where), here);
    for (const auto& name : target.accounts) account(name, here);
    for (const auto& [key, values] : target.tags) {
      for (const auto& value : values) account_tag(key, value, here);
    }
    for (const auto& except : target.except) this->target(except, {spot.where + ".except", 0, opposite(spot.effect)});
  }
  void targets(const std::vector<Target>& targets, const Spot& spot) {
    for (const auto& each : targets) target(each, spot);
  }

  void team(const std::string& pattern, const Spot& spot) {
    const auto fits = [&](const Group& each) { return matches_glob(pattern, each.name); };
    if (!pattern.empty() && std::ranges::none_of(organization_.snapshot().groups, fits))
      add(spot, "matches_nothing", fmt::format("no group fits \"{}\"", pattern));
  }

  /// Of whom `need` must agree.
  void parties(const std::vector<PartyRule>& parties, std::size_t need, const Spot& spot) {
    const std::size_t told = told_;
    for (const auto& party : parties) this->party(party, spot);
    // Who is not known would be missed: that was told.
    if (told_ > told) return;
    if (const auto count = fewest_people(parties); count && *count < need)
      add(spot, "too_few_people", fmt::format("{} must agree, but only {} could", need, *count));
  }

  void notified(const std::string& name, const Spot& spot) {
    const auto found = organization_.group(name, spot.where);
    if (!found) return check(found, spot);
    if (members_of(name).empty()) add(spot, "nobody_told", fmt::format("nobody is in the group \"{}\"", name));
  }

  std::vector<PolicyProblem> take() { return std::move(problems_); }

 private:
  void party(const PartyRule& party, const Spot& spot) {
    switch (party.kind) {
      case PartyRuleKind::kGroup: return group(party.name, spot);
      case PartyRuleKind::kUser: return user(party.name, spot);
      case PartyRuleKind::kAccountTag: return tag_of_accounts(party.name, spot);
      case PartyRuleKind::kPermissionSetTag: return tag_of_sets(party.name, spot);
      case PartyRuleKind::kManager: return managers(spot);
      case PartyRuleKind::kOnCall: return;  // its turns are checked where they stand
    }
  }

  void account_tag(const std::string& key, const std::string& value, const Spot& spot) {
    const auto has = [&](const Account& each) {
      const std::string* found = tag_of(each.tags, key);
      return found != nullptr && *found == value;
    };
    if (std::ranges::none_of(organization_.snapshot().accounts, has))
      add(spot, "matches_nothing", fmt::format("no account has the tag {}={}", key, value));
  }

  void tag_of_accounts(const std::string& key, const Spot& spot) {
    std::vector<Tagged> tagged;
    for (const auto& each : organization_.snapshot().accounts) {
      if (const auto* value = tag_of(each.tags, key)) tagged.push_back({each.name, *value});
    }
    owners(key, "account", tagged, spot);
  }

  void tag_of_sets(const std::string& key, const Spot& spot) {
    std::vector<Tagged> tagged;
    bool any_read = false;
    for (const auto& each : organization_.snapshot().permission_sets) {
      any_read = any_read || each.tags.has_value();
      const auto* value = each.tags ? tag_of(*each.tags, key) : nullptr;
      if (value != nullptr) tagged.push_back({each.name, *value});
    }
    if (!any_read) return add(spot, "tags_not_read", "the tags of permission sets were not read: this names nobody");
    owners(key, "permission set", tagged, spot);
  }

  struct Tagged {
    std::string name;
    std::string value;
  };

  /// A tag's value should be a group or a user.
  void owners(const std::string& key, std::string_view what, const std::vector<Tagged>& tagged, const Spot& spot) {
    if (tagged.empty()) return add(spot, "matches_nothing", fmt::format("no {} has the tag \"{}\"", what, key));
    std::vector<std::string> lost;
    for (const auto& each : tagged) {
      if (!organization_.group(each.value, "") && !organization_.user(each.value, ""))
        lost.push_back(fmt::format("{} (\"{}\")", each.name, excerpt(each.value)));
    }
    if (lost.empty()) return;
    const std::size_t count = lost.size();
    if (count > kListed) lost.resize(kListed);
    add(spot, "unknown_owner",
        fmt::format("the tag \"{}\" names neither a group nor a user in {} of {} {}s: {}{}", key, count, tagged.size(),
                    what, fmt::join(lost, ", "), count > kListed ? ", …" : ""));
  }

  void managers(const Spot& spot) {
    const auto has = [](const User& each) { return each.manager.has_value(); };
    if (std::ranges::none_of(organization_.snapshot().users, has))
      add(spot, "matches_nothing", "the directory names nobody's manager");
  }

  using Persons = std::set<std::size_t>;

  [[nodiscard]] Persons members_of(const std::string& group) const {
    Persons persons;
    const auto found = organization_.group(group, "");
    for (const auto& id : found ? (*found)->members : std::vector<UserId>{}) {
      const User* user = organization_.find(id);
      if (user != nullptr && user->enabled) persons.insert(organization_.person_of(*user));
    }
    return persons;
  }
  [[nodiscard]] Persons persons_of(const std::string& group, const std::string& user) const {
    if (!group.empty()) return members_of(group);
    const auto found = organization_.user(user, "");
    return found && (*found)->enabled ? Persons{organization_.person_of(**found)} : Persons{};
  }

  /// In the worst turn on call; nothing when it depends on what is asked for.
  [[nodiscard]] std::optional<std::size_t> fewest_people(const std::vector<PartyRule>& parties) const {
    Persons persons;
    std::size_t managers = 0;
    for (const auto& party : parties) {
      if (party.kind == PartyRuleKind::kAccountTag || party.kind == PartyRuleKind::kPermissionSetTag)
        return std::nullopt;
      if (party.kind == PartyRuleKind::kManager) managers = 1;
      if (party.kind == PartyRuleKind::kGroup) persons.merge(persons_of(party.name, ""));
      if (party.kind == PartyRuleKind::kUser) persons.merge(persons_of("", party.name));
    }
    for (const auto& party : parties) {
      if (party.kind == PartyRuleKind::kOnCall) persons.merge(worst_turn(policy_.on_call.at(party.name), persons));
    }
    return persons.size() + managers;
  }

  /// Of the turns the one that adds fewest people to these.
  [[nodiscard]] Persons worst_turn(const OnCall& schedule, const Persons& others) const {
    std::optional<Persons> worst;
    for (const auto& turn : schedule.turns) {
      Persons added = persons_of(turn.group, turn.user);
      std::erase_if(added, [&](const auto& person) { return others.contains(person); });
      if (!worst || added.size() < worst->size()) worst = std::move(added);
    }
    return worst.value_or(Persons{});
  }

  template <class T>
  void check(const Result<T>& found, const Spot& spot) {
    if (found) return;
    const Error& error = found.error();
    add(spot, error.code, error.fix.empty() ? error.message : error.message + "; " + error.fix);
  }
  void add(const Spot& spot, std::string code, std::string message) {
    ++told_;
    if (spot.effect == Effect::kCloses) message += "; as it stands it closes nothing";
    if (spot.effect == Effect::kDeclares) {
      message +=
          "; as it stands it says the level of nothing: what it means keeps the level that it has, and guardrails and "
          "approvals go by that";
    }
    if (seen_.insert(spot.where + "\n" + message).second)
      problems_.push_back({spot.line, spot.where, std::move(code), std::move(message)});
  }

  const Policy& policy_;
  const Organization& organization_;
  std::vector<PolicyProblem> problems_;
  std::set<std::string> seen_;
  std::size_t told_ = 0;  // with those that were told before
};

void check_approval(const ApprovalPolicy& approval, Names& names) {
  const std::string where = "approval_policies." + approval.name;
  for (const auto& steps : approval.steps) {
    for (const auto& step : steps) names.parties(step.any_of, static_cast<std::size_t>(step.need), {where, step.line});
  }
  for (const auto& escalation : approval.escalate)
    names.parties(escalation.any_of, 1, {where + ".escalate", escalation.line});
}

void check_guardrail(const Guardrail& guardrail, Names& names) {
  const auto spot = [&](std::string_view part) {
    return Spot{fmt::format("{}.{}", guardrail.id, part), guardrail.line, Effect::kCloses};
  };
  if (guardrail.who) names.people(*guardrail.who, spot("who"));
  names.sets(guardrail.what, spot("what"));
  names.targets(guardrail.where, spot("where"));
  if (guardrail.never_with) names.sets(*guardrail.never_with, spot("never_with"));
  names.team(guardrail.other_team, spot("other_team"));
}

void check_break_glass(const BreakGlass& glass, Names& names) {
  names.people(glass.who, {"break_glass.who", glass.line, Effect::kOpens});
  names.sets(glass.what, {"break_glass.what", glass.line, Effect::kOpens});
  names.targets(glass.where, {"break_glass.where", glass.line, Effect::kOpens});
  for (const auto& name : glass.notify) names.notified(name, {"break_glass.notify", glass.line});
}

void check_expectation(const Expectation& expectation, std::size_t index, Names& names) {
  const auto spot = [&](std::string_view part) {
    return Spot{fmt::format("expect[{}].{}", index, part), expectation.line};
  };
  names.user(expectation.who, spot("who"));
  names.set(expectation.what, spot("what"));
  names.account(expectation.where, spot("where"));
}

}  // namespace

std::vector<PolicyProblem> check_names(const Policy& policy, const Organization& organization) {
  if (!organization.known()) return {};
  Names names(policy, organization);
  for (const auto& [name, target] : policy.targets) names.target(target, {"targets." + name});
  for (const auto& [name, declared] : policy.levels)
    names.set(name, {"permission_sets." + name, declared.line, Effect::kDeclares});
  for (const auto& [name, schedule] : policy.on_call) {
    for (const auto& turn : schedule.turns) {
      if (turn.group.empty()) names.user(turn.user, {"on_call." + name, schedule.line});
      else names.group(turn.group, {"on_call." + name, schedule.line});
    }
  }
  for (const auto& rule : policy.rules) {
    names.people(rule.who, {rule.id + ".who", rule.line, Effect::kOpens});
    names.sets(rule.what, {rule.id + ".what", rule.line, Effect::kOpens});
    names.targets(rule.where, {rule.id + ".where", rule.line, Effect::kOpens});
  }
  for (const auto& [name, approval] : policy.approvals) check_approval(approval, names);
  for (const auto& guardrail : policy.guardrails) check_guardrail(guardrail, names);
  if (policy.break_glass) check_break_glass(*policy.break_glass, names);
  if (const auto& any_of = policy.change_control.any_of; !any_of.empty())
    names.parties(any_of, 1, {"change_control", policy.change_control.line});
  for (std::size_t i = 0; i < policy.expectations.size(); ++i) check_expectation(policy.expectations[i], i, names);
  return names.take();
}

}  // namespace ag::access
