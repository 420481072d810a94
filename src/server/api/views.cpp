#include "server/api/views.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/decide.hpp"

namespace ag::server {

using access::Entry;
using access::GrantState;
using access::RequestState;
using access::Status;

json::value nullable(const std::optional<Instant>& at) {
  return at ? json::value(json::string(to_rfc3339(*at))) : json::value(nullptr);
}

json::value nullable(const std::optional<std::string>& text) {
  return text ? json::value(json::string(*text)) : json::value(nullptr);
}

json::object person_view(const access::Organization& organization, const access::UserId& id,
                         std::string_view known_as) {
  const access::User* user = organization.find(id);
  return {{"id", id.str()},
          {"user_name", user != nullptr ? std::string_view(user->user_name) : known_as},
          {"display_name", user != nullptr ? std::string_view(user->display_name) : known_as}};
}

json::array steps_view(const std::vector<access::Step>& steps) {
  json::array views;
  for (const auto& step : steps) views.push_back(to_json(step));
  return views;
}

bool may_decide(const View& view, const RequestState& request, const Viewer& viewer, Instant now) {
  return !access::waiting_for(request, {view.index, now}, viewer.user).empty();
}

bool may_see(const View& view, const RequestState& request, const Viewer& viewer) {
  if (viewer.admin || viewer.user == request.request.requester) return true;
  const auto& decisions = request.decisions;
  if (std::any_of(decisions.begin(), decisions.end(), [&](const auto& d) { return d.by == viewer.user; })) return true;
  return access::is_approver(request, {view.index, {}}, viewer.user);
}

json::object grant_view(const View& view, const GrantState& grant, Instant now) {
  const RequestState& request = *view.state.requests.find(grant.request);
  const auto& accounts = request.request.accounts;
  const auto account =
      std::find_if(accounts.begin(), accounts.end(), [&](const auto& a) { return a.id == grant.slot.account; });
  json::value failure(nullptr);
  if (!grant.failure_code.empty())
    failure = json::object{{"code", grant.failure_code}, {"message", grant.failure_message}};
  return {{"id", grant.id.str()},
          {"request", grant.request.str()},
          {"user", person_view(view.organization, grant.slot.principal, request.request.requester_name)},
          {"account", json::object{{"id", grant.slot.account.str()}, {"name", account->name}}},
          {"permission_set",
           json::object{{"arn", grant.slot.permission_set.str()}, {"name", request.request.permission_set_name}}},
          {"state", name_of(access::status_of(grant, now))},
          {"start", to_rfc3339(grant.start)},
          {"end", to_rfc3339(grant.end)},
          {"active_at", nullable(grant.active_at)},
          {"ending_at", nullable(grant.ending_at)},
          {"absent_at", nullable(grant.absent_at)},
          {"session_end", name_of(grant.session_end)},
          {"sessions_cut_at", nullable(grant.sessions_cut_at)},
          {"credentials_until", to_rfc3339(access::credentials_until(grant))},
          {"cause", grant.cause ? json::value(json::string(name_of(*grant.cause))) : json::value(nullptr)},
          {"covered_by", grant.covered_by ? json::value(json::string(grant.covered_by->str())) : json::value(nullptr)},
          {"failure", failure}};
}

namespace {

json::array approvals_view(const RequestState& request) {
  json::array approvals;
  for (std::size_t i = 0; i < request.request.steps.size(); ++i) {
    json::object step = to_json(request.request.steps[i]).as_object();
    json::array given;
    for (const auto& decision : request.decisions) {
      if (decision.decision != access::Verdict::kApprove || decision.step != static_cast<std::int64_t>(i)) continue;
      given.push_back(json::object{{"id", decision.by.str()}, {"user_name", decision.by_name}});
    }
    step["given"] = std::move(given);
    approvals.push_back(std::move(step));
  }
  return approvals;
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
          {"withdraw", own && request.decided == Status::kPending},
          {"end", live && (own || approved || viewer.admin)}};
}

}  // namespace

json::object request_view(const View& view, const RequestState& request, const Viewer& viewer, Instant now) {
  const access::Request& asked = request.request;
  json::array accounts;
  for (const auto& account : asked.accounts) accounts.push_back(to_json(account));
  json::array grants;
  for (const auto& id : request.grants) grants.push_back(grant_view(view, *view.state.grants.find(id), now));
  return {{"id", asked.id.str()},
          {"version", request.version},
          {"state", name_of(access::status_of(request, view.state, now))},
          {"requester", person_view(view.organization, asked.requester, asked.requester_name)},
          {"permission_set", json::object{{"arn", asked.permission_set.str()}, {"name", asked.permission_set_name}}},
          {"level", name_of(asked.level)},
          {"accounts", std::move(accounts)},
          {"duration_seconds", asked.duration.count_seconds()},
          {"start", nullable(asked.start)},
          {"reason", asked.reason},
          {"ticket", nullable(asked.ticket)},
          {"submitted_at", to_rfc3339(request.submitted_at)},
          {"lapses_at", to_rfc3339(asked.lapses_at)},
          {"session_end", name_of(asked.session_end.value_or(access::SessionEnd::kSoft))},
          {"approvals", approvals_view(request)},
          {"current_step", static_cast<std::int64_t>(access::current_step(request))},
          {"decisions", decisions_view(request)},
          {"grants", std::move(grants)},
          {"can", can_view(view, request, viewer, now)}};
}

namespace {

std::string words(const access::RequestSubmitted& e) {
  return fmt::format("asked for {} for {}: {}", e.request.permission_set_name, to_text(e.request.duration),
                     e.request.reason);
}
std::string words(const access::RequestDecided& e) {
  std::string text = e.decision == access::Verdict::kApprove ? "approved" : "denied";
  if (e.max_duration) text += fmt::format(", for {} at most", to_text(*e.max_duration));
  return e.comment ? text + ": " + *e.comment : text;
}
std::string words(const access::RequestApproved& e) {
  return fmt::format("all have agreed: access from {} to {}", to_rfc3339(e.start), to_rfc3339(e.end));
}
std::string words(const access::GrantsExtended& e) {
  return fmt::format("all have agreed: the access ends at {}", to_rfc3339(e.grants.front().end));
}
std::string words(const access::GrantStarted&) { return "its start has come, and it is still allowed"; }
std::string words(const access::RequestReminded&) { return "still waits: those who may decide are reminded"; }
std::string words(const access::RequestEscalated&) { return "waits for so long that further people may decide"; }
std::string words(const access::BreakGlassOpened& e) {
  return fmt::format("BREAK-GLASS: nobody was asked; {} told; to be reviewed by {}", access::names_of(e.notify),
                     to_rfc3339(e.review_by));
}
std::string words(const access::BreakGlassReviewed& e) {
  return fmt::format("reviewed, {}: {}", name_of(e.finding), e.comment);
}
std::string words(const access::BreakGlassOverdue& e) {
  return fmt::format("its review is overdue: it was to be closed by {}", to_rfc3339(e.review_by));
}
std::string words(const access::PolicyProposed& e) {
  return fmt::format("policy {} proposed; it widens access, so somebody else must agree", e.hash.substr(0, 12));
}
std::string words(const access::PolicyChangeDecided& e) {
  const std::string what = e.decision == access::Verdict::kApprove ? "agreed to" : "denied";
  return fmt::format("{} policy {}{}", what, e.hash.substr(0, 12), e.comment ? ": " + *e.comment : "");
}
std::string words(const access::RequestWithdrawn&) { return "withdrawn"; }
std::string words(const access::RequestLapsed&) { return "lapsed: nobody decided in time"; }
std::string words(const access::GrantEnding& e) {
  return e.cause == access::EndCause::kExpiry
             ? "the time is over"
             : fmt::format("ended early by the {}{}", name_of(e.cause), e.reason ? ": " + *e.reason : "");
}
std::string words(const access::CreateIntended& e) { return "going to make the assignment in " + e.slot.account.str(); }
std::string words(const access::CreateAccepted& e) { return "AWS took the assignment on as " + e.operation.str(); }
std::string words(const access::SlotPresent& e) { return "seen in AWS at " + to_rfc3339(e.observed_at) + ": active"; }
std::string words(const access::SlotStanding&) {
  return "AWS has this assignment already, and it is not ours: it stays as it is";
}
std::string words(const access::SlotMissing&) { return "somebody removed the assignment in AWS; making it again"; }
std::string words(const access::DeleteIntended& e) {
  return "going to remove the assignment from " + e.slot.account.str();
}
std::string words(const access::DeleteAccepted& e) { return "AWS took the removal on as " + e.operation.str(); }
std::string words(const access::SlotAbsent& e) { return "seen to be gone from AWS at " + to_rfc3339(e.observed_at); }
std::string words(const access::GrantCovered& e) { return "over; the assignment stays for " + e.by.str(); }
std::string words(const access::GrantFailed& e) {
  return "failed: " + e.code + (e.message.empty() ? "" : ": " + e.message);
}
std::string words(const access::PolicyApplied& e) {
  return "policy " + e.hash.substr(0, 12) + " applied from " + e.source;
}
std::string words(const access::TokenIssued& e) { return "token issued for " + e.user_name; }
std::string words(const access::TokenRevoked&) { return "token revoked"; }
std::string words(const access::CreateUnanswered&) { return "AWS did not answer the create: it may still take effect"; }
std::string words(const access::SlotReappeared&) {
  return "there again, by a create that AWS took late: it is being removed";
}
std::string assignment_words(const access::PermissionSetArn& set, const access::AccountId& account,
                             const std::optional<access::UserId>& user, const std::optional<access::GroupId>& group) {
  return fmt::format("{} in {} for {} {}", set.str(), account.str(), user ? "user" : "group",
                     user ? user->str() : group.value_or(access::GroupId()).str());
}
std::string words(const access::AssignmentAppeared& e) {
  return "somebody else gave standing access: " + assignment_words(e.permission_set, e.account, e.user, e.group);
}
std::string words(const access::AssignmentVanished& e) {
  return "somebody else took standing access away: " + assignment_words(e.permission_set, e.account, e.user, e.group);
}
std::string words(const access::SessionsCutIntended& e) {
  std::vector<std::string> cut;
  for (const auto& each : e.cut) {
    cut.push_back(fmt::format("{} in {}, issued before {}", each.slot.principal.str(), each.slot.account.str(),
                              to_rfc3339(each.issued_before)));
  }
  std::string text = cut.empty() ? "" : fmt::format("going to deny live sessions: {}", fmt::join(cut, "; "));
  if (e.restore.empty()) return text;
  return fmt::format("{}{}going to take {} out of the policy {}", text, text.empty() ? "" : "; ", e.restore.size(),
                     e.policy);
}
std::string words(const access::SessionsCut& e) {
  return fmt::format("live sessions in {} are denied everything if issued before {}: seen in AWS at {}",
                     e.slot.account.str(), to_rfc3339(e.issued_before), to_rfc3339(e.observed_at));
}
std::string words(const access::SessionsRestored& e) {
  return "no session in " + e.slot.account.str() + " is denied any more: none can live";
}
std::string words(const access::SessionsCutRefused& e) {
  return fmt::format("live sessions in {} are not cut, {}: {}", e.slot.account.str(), e.code, e.message);
}
std::string words(const access::SwitchArmed& e) {
  return fmt::format("AWS itself removes the assignment at {} if nobody did before: schedule {}", to_rfc3339(e.at),
                     e.name);
}
std::string words(const access::SwitchDisarmed& e) { return "schedule " + e.name + " is gone"; }
std::string words(const access::GrantsSuspended& e) { return "no access is given from now on: " + e.message; }
std::string words(const access::GrantsResumed&) { return "access is given again"; }
std::string words(const access::RollbackAccepted& e) {
  return fmt::format("an operator accepted this ledger of {} entries in place of the one of {}", e.size,
                     e.checkpoint_size);
}
std::string words(const access::ServerStarted& e) { return "AccessGuard " + e.version + " started"; }

}  // namespace

json::object timeline_view(const Entry& entry) {
  return {{"index", entry.index},
          {"at", to_rfc3339(entry.at)},
          {"kind", access::kind_of(entry.event)},
          {"actor", entry.actor.name.value_or("AccessGuard")},
          {"text", std::visit([](const auto& event) { return words(event); }, entry.event)}};
}

}  // namespace ag::server
