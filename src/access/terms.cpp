#include "access/terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "access/levels.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

/// The requester's own groups that the pattern takes for teams.
std::vector<Party> teams_of(const Organization& organization, const User& requester, const std::string& pattern) {
  std::vector<Party> teams;
  for (const auto& id : organization.groups_of(requester.id)) {
    const Group* group = organization.find(id);
    if (matches_glob(pattern, group->name)) teams.push_back({PartyKind::kGroup, id.str(), group->name});
  }
  return teams;
}

void keep_out(std::vector<Step>& steps, const std::vector<Party>& teams) {
  if (teams.empty()) return;
  for (auto& step : steps) {
    if (!step.none_of) step.none_of.emplace();
    for (const auto& team : teams) {
      if (std::find(step.none_of->begin(), step.none_of->end(), team) == step.none_of->end())
        step.none_of->push_back(team);
    }
  }
}

// More people must agree than the rule asks: out of those whom its last step names. A rule that names nobody has
// nobody to give, and no_approver will say so.
void need_at_least(std::vector<Step>& steps, int approvers) {
  const int missing = approvers - approvals_needed(steps);
  if (missing <= 0) return;
  if (steps.empty()) steps.push_back({});
  steps.back().need += steps.back().any_of.empty() ? missing - 1 : missing;
}

/// Adds what the guardrails ask to what the rule asks; each can only close further.
void close_with(const std::vector<const Guardrail*>& guardrails, const Organization& organization,
                const User& requester, Terms& terms) {
  int approvers = 0;
  for (const Guardrail* guardrail : guardrails) {
    terms.guardrails.push_back(guardrail);
    approvers = std::max(approvers, guardrail->approvers);
    terms.reason_min = std::max(terms.reason_min, guardrail->reason_min);
    if (!guardrail->ticket.empty()) terms.ticket_patterns.push_back(guardrail->ticket);
    if (guardrail->max) terms.max = std::min(terms.max, *guardrail->max);
    if (!guardrail->during.empty()) terms.during.push_back(&guardrail->during);
    if (guardrail->forbid && terms.forbids == nullptr) terms.forbids = guardrail;
  }
  need_at_least(terms.steps, approvers);
  for (const Guardrail* guardrail : guardrails) {
    if (!guardrail->other_team.empty()) keep_out(terms.steps, teams_of(organization, requester, guardrail->other_team));
  }
}

}  // namespace

Terms terms_of(const PolicyIndex& index, const Rule& rule, const Asked& asked,
               const std::vector<const Guardrail*>& guardrails, Purpose purpose) {
  const Policy& policy = index.policy();
  const Organization& organization = index.organization();
  Terms terms{.rule = &rule, .level = level_of(policy, asked.permission_set), .min = rule.min, .max = rule.max};
  if (purpose == Purpose::kExtend) {
    terms.min = Duration::seconds(1);
    terms.max = rule.extend->by;
  }
  if (!rule.during.empty()) terms.during.push_back(&rule.during);
  const auto& approval = policy.approvals.at(purpose == Purpose::kAsk ? rule.approval : rule.extend->approval);
  terms.lapse = approval.lapse;
  terms.reminders = approval.remind;
  for (const auto& step : approval.steps[static_cast<std::size_t>(terms.level)])
    terms.steps.push_back({resolve(step.any_of, organization, asked), step.need});
  for (const auto& later : approval.escalate)
    terms.escalations.push_back({later.after, resolve(later.any_of, organization, asked)});
  close_with(guardrails, organization, asked.requester, terms);
  const auto widest = widest_steps(terms);
  const auto is_on_call = [](const Party& party) { return party.kind == PartyKind::kOnCall; };
  terms.asks_on_call = std::any_of(widest.begin(), widest.end(),
                                   [&](const Step& step) { return std::ranges::any_of(step.any_of, is_on_call); });
  terms.approvable = can_satisfy(widest, {index, {}}, asked.requester.id);
  return terms;
}

const Guardrail* shortening(const Terms& terms) {
  for (const Guardrail* guardrail : terms.guardrails) {
    if (guardrail->max && *guardrail->max == terms.max && terms.max < terms.rule->max) return guardrail;
  }
  return nullptr;
}

bool asks_less(const Terms& a, const Terms& b) {
  return std::make_tuple(approvals_needed(a.steps), b.max) < std::make_tuple(approvals_needed(b.steps), a.max);
}

bool is_approvable(const Terms& terms, const PolicyIndex& index, const UserId& requester, Instant asked_at) {
  if (!terms.approvable || !terms.asks_on_call) return terms.approvable;
  return can_satisfy(widest_steps(terms), {index, asked_at, asked_at + terms.lapse}, requester);
}

std::vector<Step> widest_steps(const Terms& terms) {
  std::vector<Escalation> escalations;
  for (const auto& later : terms.escalations) escalations.push_back({{}, later.any_of});
  std::vector<Step> steps;
  for (const auto& step : terms.steps) steps.push_back(escalated(step, escalations, {}));
  return steps;
}

std::string place_of(const Rule& rule) { return fmt::format("{} (line {})", rule.id, rule.line); }
std::string place_of(const Guardrail& guardrail) { return fmt::format("{} (line {})", guardrail.id, guardrail.line); }

}  // namespace ag::access
