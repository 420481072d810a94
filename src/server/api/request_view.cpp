#include "server/api/request_view.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "access/approvers.hpp"
#include "access/decide.hpp"

namespace ag::server {
namespace {

using access::RequestedAccount;
using access::RequestState;
using access::Status;

bool counts_for(const access::RecordedDecision& decision, const RequestedAccount& account, std::int64_t step) {
  if (decision.decision != access::Verdict::kApprove) return false;
  if (!decision.counts) return decision.step == step;
  return std::any_of(decision.counts->begin(), decision.counts->end(),
                     [&](const access::CountedStep& it) { return it.account == account.id && it.step == step; });
}

json::array given_view(const RequestState& request, const RequestedAccount& account, std::size_t step) {
  json::array given;
  for (const auto& decision : request.decisions) {
    if (counts_for(decision, account, static_cast<std::int64_t>(step)))
      given.push_back(json::object{{"id", decision.by.str()}, {"user_name", decision.by_name}});
  }
  return given;
}

/// Who must agree to one account, who has, and whether those of an escalation may by now.
json::array approvals_view(const RequestState& request, const RequestedAccount& account, Instant now) {
  const auto& steps = access::steps_of(request.request, account);
  const auto escalations = access::escalations_of(request.request, account);
  const bool has_begun =
      std::any_of(escalations.begin(), escalations.end(), [&](const auto& it) { return it.at <= now; });
  const bool waits = access::is_waiting(request, account);
  const std::size_t current = access::current_step(request, account);
  json::array approvals;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    json::object step = step_view(steps[i]);
    step["given"] = given_view(request, account, i);
    step["escalated"] = has_begun && waits && i == current;
    approvals.push_back(std::move(step));
  }
  return approvals;
}

json::array escalations_view(const RequestState& request, const RequestedAccount& account) {
  json::array escalations;
  for (const auto& it : access::escalations_of(request.request, account)) escalations.push_back(to_json(it));
  return escalations;
}

const access::GrantState* grant_of(const View& view, const RequestState& request, const RequestedAccount& account) {
  for (const auto& id : request.grants) {
    const access::GrantState* grant = view.state.grants.find(id);
    if (grant->slot.account == account.id) return grant;
  }
  return nullptr;
}

bool is_settled(const RequestState& request, const RequestedAccount& account) {
  return std::find(request.settled.begin(), request.settled.end(), account.id) != request.settled.end();
}

/// What has become of one account: `waiting`, `dropped`, how its grant is, or how the request ended without one.
std::string_view state_of(const View& view, const RequestState& request, const RequestedAccount& account, Instant now) {
  if (const auto* grant = grant_of(view, request, account)) return name_of(access::status_of(*grant, now));
  if (access::is_waiting(request, account)) return "waiting";
  return is_settled(request, account) ? "dropped" : name_of(request.decided);
}

json::array accounts_view(const View& view, const RequestState& request, Instant now) {
  json::array accounts;
  for (const auto& account : request.request.accounts) {
    json::array guardrails;
    for (const auto& guardrail : account.guardrails) guardrails.push_back(json::string(guardrail));
    accounts.push_back(json::object{{"id", account.id.str()},
                                    {"name", account.name},
                                    {"path", account.path},
                                    {"rule", account.rule},
                                    {"guardrails", std::move(guardrails)},
                                    {"state", state_of(view, request, account, now)},
                                    {"approvals", approvals_view(request, account, now)},
                                    {"current_step", static_cast<std::int64_t>(access::current_step(request, account))},
                                    {"escalations", escalations_view(request, account)}});
  }
  return accounts;
}

/// The account that speaks for the request as a whole: of those that wait the one that has come least far. When none
/// does, the one for which most had to agree; one that was dropped only when all were.
const RequestedAccount& speaking(const View& view, const RequestState& request) {
  const auto place = [&](const RequestedAccount& it) {
    const std::size_t steps = access::steps_of(request.request, it).size();
    const std::size_t current = access::current_step(request, it);
    const bool is_dropped = is_settled(request, it) && grant_of(view, request, it) == nullptr;
    return std::make_tuple(access::is_waiting(request, it) ? 0
                           : is_dropped                    ? 2
                                                           : 1,
                           current == steps, current == steps ? 0 : current, SIZE_MAX - steps);
  };
  const auto& accounts = request.request.accounts;
  return *std::min_element(accounts.begin(), accounts.end(),
                           [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

json::array decisions_view(const RequestState& request) {
  json::array decisions;
  for (const auto& decision : request.decisions) {
    json::value shortened(nullptr);
    if (decision.max_duration) shortened = decision.max_duration->count_seconds();
    decisions.push_back(json::object{{"by", json::object{{"id", decision.by.str()}, {"user_name", decision.by_name}}},
                                     {"decision", name_of(decision.decision)},
                                     {"step", decision.step},
                                     {"comment", nullable(decision.comment)},
                                     {"max_duration_seconds", shortened},
                                     {"at", to_rfc3339(decision.at)}});
  }
  return decisions;
}

/// Whether the policy in force lets the holder ask for more time; what else may stand against it says the asking.
bool may_extend(const View& view, const RequestState& request) {
  if (request.request.break_glass) return false;
  const auto& rules = view.index.policy().rules;
  return std::any_of(request.grants.begin(), request.grants.end(), [&](const auto& id) {
    const auto& grant = *view.state.grants.find(id);
    if (grant.status != Status::kGranting && grant.status != Status::kActive) return false;
    const auto& accounts = request.request.accounts;
    const auto account =
        std::find_if(accounts.begin(), accounts.end(), [&](const auto& it) { return it.id == grant.slot.account; });
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& it) { return it.id == account->rule; });
    return rule != rules.end() && rule->extend && grant.extensions < rule->extend->times;
  });
}

json::object can_view(const View& view, const RequestState& request, const Viewer& viewer, Instant now) {
  const bool own = viewer.user == request.request.requester;
  const auto& decisions = request.decisions;
  const bool approved = std::any_of(decisions.begin(), decisions.end(), [&](const auto& d) {
    return d.by == viewer.user && d.decision == access::Verdict::kApprove;
  });
  const bool live = std::any_of(request.grants.begin(), request.grants.end(), [&](const auto& id) {
    const Status status = view.state.grants.find(id)->status;
    return status == Status::kGranting || status == Status::kActive;
  });
  return {{"decide", may_decide(view, request, viewer, now)},
          {"deny", request.decided == Status::kPending &&
                       access::may_deny(request, {view.index, now}, viewer.user).has_value()},
          {"withdraw", own && request.decided == Status::kPending},
          {"end", live && (own || approved || viewer.admin)},
          {"extend", own && live && may_extend(view, request)},
          {"review", may_review(view, request, viewer)}};
}

/// Of a use of break-glass: what somebody else found, or until when somebody has to look; null of all else.
json::value review_view(const RequestState& request, Instant now) {
  if (request.opened == nullptr) return nullptr;
  const auto& review = request.review;
  const std::string_view state = review ? "closed" : now < request.opened->review_by ? "open" : "overdue";
  json::object view{{"state", state},
                    {"due", to_rfc3339(request.opened->review_by)},
                    {"told", parties_view(request.opened->notify)},
                    {"finding", nullptr},
                    {"by", nullptr},
                    {"comment", nullptr},
                    {"at", nullptr}};
  if (!review) return view;
  view["finding"] = name_of(review->finding);
  view["by"] = known_person_view(review->by, review->by_name);
  view["comment"] = review->comment;
  view["at"] = to_rfc3339(review->at);
  return view;
}

json::value voided_view(const RequestState& request) {
  if (request.voided == nullptr) return nullptr;
  return json::object{{"code", request.voided->code}, {"message", request.voided->message}};
}

}  // namespace

json::object request_view(const View& view, const RequestState& request, const Viewer& viewer, Instant now) {
  const access::Request& asked = request.request;
  const RequestedAccount& first = speaking(view, request);
  json::array grants;
  for (const auto& id : request.grants) grants.push_back(grant_view(view, *view.state.grants.find(id), now));
  json::array reminders;
  for (const auto& at : asked.reminders.value_or(std::vector<Instant>{}))
    reminders.push_back(json::string(to_rfc3339(at)));
  json::value extends(nullptr);
  if (asked.extends) extends = asked.extends->str();
  return {{"id", asked.id.str()},
          {"version", request.version},
          {"state", name_of(access::status_of(request, view.state, now))},
          {"requester", person_view(view.organization, asked.requester, asked.requester_name)},
          {"permission_set", json::object{{"arn", asked.permission_set.str()}, {"name", asked.permission_set_name}}},
          {"level", name_of(asked.level)},
          {"level_reason", nullable(asked.level_reason)},
          {"accounts", accounts_view(view, request, now)},
          {"duration_seconds", asked.duration.count_seconds()},
          {"start", nullable(asked.start)},
          {"reason", asked.reason},
          {"ticket", nullable(asked.ticket)},
          {"extends", std::move(extends)},
          {"break_glass", asked.break_glass.value_or(false)},
          {"submitted_at", to_rfc3339(request.submitted_at)},
          {"lapses_at", to_rfc3339(asked.lapses_at)},
          {"reminders", std::move(reminders)},
          {"session_end", name_of(asked.session_end.value_or(access::SessionEnd::kSoft))},
          {"approvals", approvals_view(request, first, now)},
          {"escalations", escalations_view(request, first)},
          {"current_step", static_cast<std::int64_t>(access::current_step(request, first))},
          {"voided", voided_view(request)},
          {"decisions", decisions_view(request)},
          {"review", review_view(request, now)},
          {"grants", std::move(grants)},
          {"can", can_view(view, request, viewer, now)}};
}

}  // namespace ag::server
