#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "access/policy_parse.hpp"

namespace ag::access {
namespace {

constexpr std::int64_t kMostApprovers = 20;
constexpr std::size_t kMostSteps = 8;       // more than anybody would climb; bounds what judging costs
constexpr std::size_t kMostReminders = 10;  // of one request; more are noise
constexpr std::size_t kMostEscalations = 5;

const std::vector<std::string> kPartyKinds = {"group",   "user",   "account_tag", "permission_set_tag",
                                              "manager", "on_call"};
constexpr std::array<PartyRuleKind, 6> kKindOf = {PartyRuleKind::kGroup,      PartyRuleKind::kUser,
                                                  PartyRuleKind::kAccountTag, PartyRuleKind::kPermissionSetTag,
                                                  PartyRuleKind::kManager,    PartyRuleKind::kOnCall};

/// How many different people these can be at most, as far as the file alone says.
std::size_t most_people(const std::vector<PartyRule>& parties, const Policy& policy) {
  constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();
  std::set<std::string> users;
  std::size_t others = 0;
  for (const auto& party : parties) {
    if (party.kind == PartyRuleKind::kUser) {
      users.insert(party.name);
    } else if (party.kind == PartyRuleKind::kManager) {
      others += 1;
    } else if (party.kind == PartyRuleKind::kOnCall) {
      const auto it = policy.on_call.find(party.name);
      const bool one_at_a_time =
          it != policy.on_call.end() &&
          std::ranges::all_of(it->second.turns, [](const OnCall::Turn& turn) { return turn.group.empty(); });
      if (!one_at_a_time) return kAnyNumber;
      others += 1;
    } else {
      return kAnyNumber;
    }
  }
  return users.size() + others;
}

}  // namespace

ApprovalPolicy PolicyParser::approval(const std::string& name, const Place& place) {
  ApprovalPolicy policy;
  policy.name = name;
  policy.line = place.line();
  if (!in_.mapping(place, {"steps", "low", "medium", "high", "critical", "lapse", "remind", "escalate"})) return policy;
  steps_by_level(place, policy);
  if (const auto value = place.find("lapse")) policy.lapse = in_.duration(*value);
  if (const auto value = place.find("remind")) policy.remind = reminders(*value, policy.lapse);
  if (const auto value = place.find("escalate")) policy.escalate = escalations(*value, policy.lapse);
  return policy;
}

void PolicyParser::steps_by_level(const Place& place, ApprovalPolicy& policy) {
  std::vector<std::string_view> given;
  std::vector<std::string_view> missing;
  for (std::size_t i = 0; i < kLevels; ++i) {
    const auto name = name_of(static_cast<Level>(i));
    const auto level = place.find(name);
    (level ? given : missing).push_back(name);
    if (!level || !in_.mapping(*level, {"steps"})) continue;
    if (const auto value = in_.required(*level, "steps")) policy.steps.at(i) = steps(*value);
  }
  const auto flat = place.find("steps");
  if (flat && given.empty()) {
    policy.steps.fill(steps(*flat));
  } else if (flat) {
    in_.refuse(
        {flat->node, place.name}, "contradiction",
        fmt::format("give either steps, or steps for each level; here are both steps and {}", fmt::join(given, ", ")));
  } else if (!missing.empty()) {
    in_.refuse(place, "missing_key",
               fmt::format("give steps, or all four of low, medium, high and critical; missing: {}",
                           fmt::join(missing, ", ")));
  }
}

std::vector<StepRule> PolicyParser::steps(const Place& place) {
  std::vector<StepRule> steps;
  if (place.node->kind != yaml::Kind::kSequence) {
    in_.refuse(place, "invalid_type",
               "must be a list of steps, where [] means that nobody needs to agree; it is " + place.shown());
    return steps;
  }
  if (!in_.at_most(place, kMostSteps, "steps")) return steps;
  for (const auto& item : place.items()) steps.push_back(step(item));
  return steps;
}

StepRule PolicyParser::step(const Place& place) {
  StepRule step;
  step.line = place.line();
  if (!in_.mapping(place, {"any_of", "need"})) return step;
  const auto any_of = in_.required(place, "any_of");
  if (any_of) step.any_of = parties(*any_of, kPartyKinds);
  const auto need = place.find("need");
  if (!need) return step;
  step.need = static_cast<int>(in_.number(*need, 1, kMostApprovers));
  // Parties that were told are missing here, and would be missed.
  const bool complete = any_of && step.any_of.size() == any_of->node->items.size() && !step.any_of.empty();
  const std::size_t most = most_people(step.any_of, policy_);
  if (complete && static_cast<std::size_t>(step.need) > most) {
    in_.refuse(*need, "contradiction", fmt::format("{} must agree, but any_of names no more than {}", step.need, most));
  }
  return step;
}

std::vector<Duration> PolicyParser::reminders(const Place& place, Duration lapse) {
  std::vector<Duration> reminders;
  if (!in_.list(place, "[30m, 2h]") || !in_.at_most(place, kMostReminders, "reminders")) return reminders;
  for (const auto& item : place.items()) {
    const Duration after = in_.duration(item);
    if (after.is_zero()) continue;
    comes_in_time(item, after, lapse, reminders.empty() ? Duration() : reminders.back());
    reminders.push_back(after);
  }
  return reminders;
}

std::vector<EscalateRule> PolicyParser::escalations(const Place& place, Duration lapse) {
  std::vector<EscalateRule> escalations;
  if (!in_.list(place, "[{after: 1h, any_of: [{group: Security}]}]") ||
      !in_.at_most(place, kMostEscalations, "escalations")) {
    return escalations;
  }
  for (const auto& item : place.items()) {
    if (!in_.mapping(item, {"after", "any_of"})) continue;
    EscalateRule escalation{.line = item.line()};
    if (const auto value = in_.required(item, "after")) {
      escalation.after = in_.duration(*value);
      const Duration last = escalations.empty() ? Duration() : escalations.back().after;
      if (!escalation.after.is_zero()) comes_in_time(*value, escalation.after, lapse, last);
    }
    if (const auto value = in_.required(item, "any_of")) escalation.any_of = parties(*value, kPartyKinds);
    escalations.push_back(std::move(escalation));
  }
  return escalations;
}

void PolicyParser::comes_in_time(const Place& place, Duration after, Duration lapse, Duration last) {
  if (after <= last) {
    in_.refuse(place, "contradiction", fmt::format("{} does not come after {}", to_text(after), to_text(last)));
  } else if (!lapse.is_zero() && after >= lapse) {
    in_.refuse(place, "contradiction",
               fmt::format("{} is too late: the request lapses after {}", to_text(after), to_text(lapse)));
  }
}

std::vector<PartyRule> PolicyParser::parties(const Place& place, const std::vector<std::string>& kinds) {
  std::vector<PartyRule> parties;
  if (!in_.list(place, "[{group: TeamLeads}, {user: ana}]")) return parties;
  for (const auto& item : place.items()) {
    if (auto found = party(item, kinds)) parties.push_back(std::move(*found));
  }
  return parties;
}

/// Nothing when it was told.
std::optional<PartyRule> PolicyParser::party(const Place& place, const std::vector<std::string>& kinds) {
  const std::size_t told = in_.problems.size();
  if (!in_.mapping(place, kinds)) return std::nullopt;
  std::vector<std::size_t> given;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (place.has(kinds[i])) given.push_back(i);
  }
  if (given.size() != 1) {
    // An unknown key was told, and would have been the one.
    if (!given.empty() || in_.problems.size() == told)
      in_.refuse(place, "invalid_value", fmt::format("give exactly one of {}", fmt::join(kinds, ", ")));
    return std::nullopt;
  }
  const auto value = *place.find(kinds[given.front()]);
  PartyRule rule{.kind = kKindOf.at(given.front())};
  if (rule.kind == PartyRuleKind::kManager) {
    if (!in_.flag(value)) return std::nullopt;
    return rule;
  }
  rule.name = in_.text(value);
  if (rule.name.empty()) return std::nullopt;
  if (rule.kind == PartyRuleKind::kOnCall && !policy_.on_call.contains(rule.name)) {
    refuse_unknown(value, rule.name, {"on_call", "on-call schedule", "unknown_schedule"}, keys_of(policy_.on_call));
    return std::nullopt;
  }
  return rule;
}

void PolicyParser::change_control(const Place& place) {
  if (!in_.mapping(place, {"when", "any_of"})) return;
  ChangeControl& control = policy_.change_control;
  control.line = place.line();
  if (const auto value = place.find("when")) {
    control.when =
        in_.choice<ChangeScope>(*value, "invalid_value", "a kind of change; it is never, opens-high, widens or always")
            .value_or(control.when);
  }
  const auto any_of = place.find("any_of");
  if (any_of) control.any_of = parties(*any_of, {"group", "user"});
  if (any_of && control.when == ChangeScope::kNever)
    in_.refuse(*any_of, "contradiction", "nobody is asked when it is never; leave any_of out");
}

std::string PolicyParser::approval_name(const Place& place) {
  auto name = in_.text(place);
  refuse_unknown(place, name, {"approval_policies", "approval policy", "unknown_approval_policy"},
                 keys_of(policy_.approvals));
  return name;
}

}  // namespace ag::access
