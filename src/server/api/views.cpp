#include "server/api/views.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/approvers.hpp"
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

json::value nullable(const std::optional<Wait>& wait) {
  if (!wait) return nullptr;
  return json::object{{"p50_seconds", wait->p50.count_seconds()},
                      {"p95_seconds", wait->p95.count_seconds()},
                      {"of", static_cast<std::int64_t>(wait->of)}};
}

json::value nullable_text(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

json::object known_person_view(const access::UserId& id, std::string_view name) {
  return {{"id", id.empty() ? json::value(nullptr) : json::value(json::string(id.str()))}, {"user_name", name}};
}

json::object person_view(const access::Organization& organization, const access::UserId& id,
                         std::string_view known_as) {
  const access::User* user = organization.find(id);
  return {{"id", id.str()},
          {"user_name", user != nullptr ? std::string_view(user->user_name) : known_as},
          {"display_name", user != nullptr ? std::string_view(user->display_name) : known_as}};
}

json::array parties_view(const std::vector<access::Party>& parties) {
  json::array views;
  for (const auto& party : parties) views.push_back(to_json(party));
  return views;
}

json::object step_view(const access::Step& step) {
  return {{"any_of", parties_view(step.any_of)},
          {"none_of", parties_view(step.none_of.value_or(std::vector<access::Party>{}))},
          {"need", step.need}};
}

bool may_decide(const View& view, const RequestState& request, const Viewer& viewer, Instant now) {
  return !access::waiting_for(request, {view.index, now}, viewer.user).empty();
}

namespace {

/// Whether the viewer is one of those who were told of a use of break-glass. Its requester is none of them.
bool was_told(const View& view, const RequestState& request, const Viewer& viewer) {
  if (request.opened == nullptr) return false;
  return access::is_candidate({request.opened->notify}, {view.index, {}}, request.request.requester, viewer.user);
}

bool has_judged(const RequestState& request, const Viewer& viewer) {
  const auto& decisions = request.decisions;
  return std::any_of(decisions.begin(), decisions.end(), [&](const auto& d) { return d.by == viewer.user; }) ||
         (request.review && request.review->by == viewer.user);
}

}  // namespace

bool may_judge(const View& view, const RequestState& request, const Viewer& viewer) {
  if (viewer.user == request.request.requester) return false;
  if (viewer.admin || has_judged(request, viewer) || was_told(view, request, viewer)) return true;
  return access::is_approver(request, {view.index, {}}, viewer.user);
}

bool may_see(const View& view, const RequestState& request, const Viewer& viewer) {
  return viewer.user == request.request.requester || may_judge(view, request, viewer);
}

bool may_review(const View& view, const RequestState& request, const Viewer& viewer) {
  if (view.state.reviews.find(request.request.id) == nullptr) return false;
  if (access::is_same_person(view.organization, request.request.requester, viewer.user)) return false;
  return viewer.admin || was_told(view, request, viewer);
}

bool may_see_changes(const View& view, const Viewer& viewer) {
  if (viewer.admin) return true;
  const auto& named = view.index.policy().change_control.any_of;
  // Groups and users only: there is no account nor permission set whose owner could be meant.
  const access::Step step{
      access::resolve(named, view.organization, {access::User{}, access::Account{}, access::PermissionSet{}})};
  return access::is_candidate(step, {view.index, {}}, {}, viewer.user);
}

namespace {

/// Who else made the assignment, by CloudTrail.
std::optional<json::object> shared_view(const View& view, const GrantState& grant) {
  if (const auto& told = grant.handed_over) {
    return json::object{{"by", told->by},
                        {"event", told->event},
                        {"at_expiry", "hold"},
                        {"handed_over_at", to_rfc3339(told->observed_at)}};
  }
  const access::SlotState* row = access::is_final(grant.status) ? nullptr : view.state.slots.find(grant.slot);
  if (row == nullptr || row->shared == nullptr) return std::nullopt;
  return json::object{{"by", row->shared->by},
                      {"event", row->shared->event},
                      {"at_expiry", name_of(row->shared->at_expiry)},
                      {"handed_over_at", nullptr}};
}

}  // namespace

json::object grant_view(const View& view, const GrantState& grant, Instant now) {
  const RequestState& request = *view.state.requests.find(grant.request);
  const auto& accounts = request.request.accounts;
  const auto account =
      std::find_if(accounts.begin(), accounts.end(), [&](const auto& a) { return a.id == grant.slot.account; });
  json::value failure(nullptr);
  if (!grant.failure_code.empty())
    failure = json::object{{"code", grant.failure_code}, {"message", grant.failure_message}};
  json::object body{
      {"id", grant.id.str()},
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
      {"break_glass", request.request.break_glass.value_or(false)},
      {"session_end", name_of(grant.session_end)},
      {"sessions_cut_at", nullable(grant.sessions_cut_at)},
      {"credentials_until", to_rfc3339(access::credentials_until(grant))},
      {"cause", grant.cause ? json::value(json::string(name_of(*grant.cause))) : json::value(nullptr)},
      {"covered_by", grant.covered_by ? json::value(json::string(grant.covered_by->str())) : json::value(nullptr)},
      {"extensions", grant.extensions},
      {"failure", failure}};
  if (auto shared = shared_view(view, grant)) body["shared"] = std::move(*shared);
  return body;
}

}  // namespace ag::server
