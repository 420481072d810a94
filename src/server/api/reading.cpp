#include <fmt/format.h>

#include <algorithm>

#include "access/under_way.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/query.hpp"

namespace ag::server {
namespace {

bool is_of_requests_only(access::Status status) {
  using enum access::Status;
  return status == kPending || status == kDenied || status == kWithdrawn || status == kLapsed;
}

/// Whether the grant's assignment was in AWS at that moment.
bool held_at(const access::GrantState& grant, Instant at) {
  return grant.active_at && *grant.active_at <= at && (!grant.absent_at || at < *grant.absent_at) &&
         !(grant.covered_by && at >= grant.end);
}

json::object granted_view(const View& view, const access::GrantState& grant) {
  const auto& request = view.state.requests.find(grant.request)->request;
  const auto account = std::find_if(request.accounts.begin(), request.accounts.end(),
                                    [&](const auto& a) { return a.id == grant.slot.account; });
  return {
      {"user", person_view(view.organization, grant.slot.principal, request.requester_name)},
      {"account", json::object{{"id", account->id.str()}, {"name", account->name}}},
      {"permission_set", json::object{{"arn", request.permission_set.str()}, {"name", request.permission_set_name}}},
      {"path", "grant"},
      {"group", nullptr},
      {"grant", grant.id.str()},
      {"request", grant.request.str()},
      {"since", nullable(grant.active_at)},
      {"until", to_rfc3339(grant.end)},
      {"credentials_until", to_rfc3339(access::credentials_until(grant))}};
}

json::object standing_view(const access::Organization& organization, const access::StandingAssignment& held,
                           const access::User& user) {
  const access::Account* account = organization.find(held.account);
  const access::PermissionSet* set = organization.find(held.permission_set);
  const access::Group* group = held.group ? organization.find(*held.group) : nullptr;
  json::value through(nullptr);
  if (group != nullptr) through = json::object{{"id", group->id.str()}, {"name", group->name}};
  return {{"user", person_view(organization, user.id, user.user_name)},
          {"account",
           json::object{{"id", held.account.str()}, {"name", account != nullptr ? account->name : held.account.str()}}},
          {"permission_set", json::object{{"arn", held.permission_set.str()},
                                          {"name", set != nullptr ? set->name : held.permission_set.str()}}},
          {"path", "standing"},
          {"group", through},
          {"grant", nullptr},
          {"request", nullptr},
          {"since", nullptr},
          {"until", nullptr},
          {"credentials_until", nullptr}};
}

/// How much the person has under way, and how much the policy allows; null for who is not in the directory.
json::value limits_view(const View& view, const access::UserId& user) {
  const access::User* person = view.organization.find(user);
  if (person == nullptr) return nullptr;
  const access::UnderWay own = access::under_way(view.state, view.organization, *person);
  const access::Limits& limits = view.index.policy().limits;
  return json::object{{"open_requests", json::object{{"used", static_cast<std::int64_t>(own.open_requests)},
                                                     {"most", limits.open_requests}}},
                      {"live_grants", json::object{{"used", static_cast<std::int64_t>(own.live_grants)},
                                                   {"most", limits.live_grants}}}};
}

/// One person's, where the question is about one person.
const std::set<access::GrantId>& live_grants(const View& view, const Narrowing& narrowing) {
  if (!narrowing.user) return view.live_grants;
  static const std::set<access::GrantId> kNone;
  const auto own = view.live_grants_of.find(*narrowing.user);
  return own == view.live_grants_of.end() ? kNone : own->second;
}

std::vector<json::object> who_reaches(const View& view, const Narrowing& narrowing, std::optional<Instant> at) {
  std::vector<json::object> items;
  const auto take = [&](const access::GrantState& grant) {
    if (narrowing.admits(grant.slot.principal, grant.slot.account, grant.slot.permission_set))
      items.push_back(granted_view(view, grant));
  };
  if (at) {
    for (const auto& [id, grant] : view.state.grants) {
      if (held_at(grant, *at)) take(grant);
    }
    return items;
  }
  for (const auto& id : live_grants(view, narrowing)) {
    const auto& grant = *view.state.grants.find(id);
    if (grant.active_at) take(grant);
  }
  for (const auto& held : view.organization.snapshot().standing) {
    if (held.user) {
      const access::User* user = view.organization.find(*held.user);
      if (user != nullptr && narrowing.admits(user->id, held.account, held.permission_set))
        items.push_back(standing_view(view.organization, held, *user));
    } else if (const access::Group* group = view.organization.find(*held.group)) {
      for (const auto& member : group->members) {
        const access::User* user = view.organization.find(member);
        if (user != nullptr && narrowing.admits(user->id, held.account, held.permission_set))
          items.push_back(standing_view(view.organization, held, *user));
      }
    }
  }
  return items;
}

}  // namespace

Result<Answer> Api::get_me(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  return json_answer(me_view(call));
}

json::object Api::me_view(const ApiCall& call) const {
  const auto organization = parts_.read_model.organization();
  json::value person(nullptr);
  json::array groups;
  if (const access::User* user = organization->find(call.caller.user)) {
    json::object view = person_view(*organization, user->id, user->user_name);
    view["email"] = user->email;
    person = std::move(view);
    for (const auto& id : organization->groups_of(user->id)) {
      groups.push_back(json::object{{"id", id.str()}, {"name", organization->find(id)->name}});
    }
  }
  return json::object{
      {"user", person},
      {"role", name_of(call.caller.role)},
      {"groups", std::move(groups)},
      {"limits", parts_.read_model.read([&](const View& view) { return limits_view(view, call.caller.user); })},
      {"token",
       json::object{{"id", call.token.token.token.str()}, {"expires_at", to_rfc3339(call.token.token.expires_at)}}},
      {"server",
       json::object{{"version", parts_.version}, {"sandbox", parts_.sandbox}, {"time", to_rfc3339(call.now)}}}};
}

Result<Answer> Api::list_grants(const ApiCall& call) {
  if (auto known = call.parameters.only({"state", "mine", "user", "account", "limit", "cursor"}); !known)
    return fail(known.error());
  const auto page = page_of(call.parameters);
  if (!page) return fail(page.error());
  const auto mine = call.parameters.flag("mine");
  if (!mine) return fail(mine.error());
  const auto organization = parts_.read_model.organization();
  auto narrowing = narrowing_of(call.parameters, *organization);
  if (!narrowing) return fail(narrowing.error());
  const auto states = states_of(call.parameters);
  if (!states) return fail(states.error());
  if (*states && std::any_of((*states)->begin(), (*states)->end(), is_of_requests_only))
    return fail("invalid_value", "\"state\" names one that only requests can be in; a grant never is", "state");
  const Viewer viewer = call.viewer();
  if (*mine || !viewer.admin) {
    if (narrowing->user && *narrowing->user != viewer.user)
      return fail("not_allowed", "only an administrator sees the grants of others", "user");
    narrowing->user = viewer.user;
  }
  return json_answer(parts_.read_model.read([&](const View& view) {
    std::vector<const access::GrantState*> found;
    const auto consider = [&](const access::GrantState& grant) {
      const auto now_is = access::status_of(grant, call.now);
      if (*states && std::find((*states)->begin(), (*states)->end(), now_is) == (*states)->end()) return;
      if (narrowing->admits(grant.slot.principal, grant.slot.account, grant.slot.permission_set))
        found.push_back(&grant);
    };
    const bool only_live = *states && std::none_of((*states)->begin(), (*states)->end(), access::is_final);
    if (only_live) {
      for (const auto& id : live_grants(view, *narrowing)) consider(*view.state.grants.find(id));
    } else if (narrowing->user) {
      const auto own = view.requests_of.find(*narrowing->user);
      for (const auto& id : own == view.requests_of.end() ? std::vector<access::RequestId>{} : own->second) {
        if (view.state.requests.find(id)->request.extends) continue;  // its grants are the other one's
        for (const auto& grant : view.state.requests.find(id)->grants) consider(*view.state.grants.find(grant));
      }
    } else {
      for (const auto& [id, grant] : view.state.grants) consider(grant);
    }
    std::reverse(found.begin(), found.end());
    return page_view(found, *page, [&](const auto* grant) { return grant_view(view, *grant, call.now); });
  }));
}

Result<Answer> Api::get_access(const ApiCall& call) {
  if (auto known = call.parameters.only({"account", "user", "permission_set", "at", "limit", "cursor"}); !known)
    return fail(known.error());
  const auto page = page_of(call.parameters);
  if (!page) return fail(page.error());
  const auto organization = parts_.read_model.organization();
  auto narrowing = narrowing_of(call.parameters, *organization);
  if (!narrowing) return fail(narrowing.error());
  std::optional<Instant> at;
  if (const auto text = call.parameters.get("at")) {
    const auto parsed = time_field(*text, "at", call.now);
    if (!parsed) return fail(parsed.error());
    at = *parsed;
  }
  const Viewer viewer = call.viewer();
  if (!viewer.admin) {
    if (narrowing->user && *narrowing->user != viewer.user)
      return fail("not_allowed", "only an administrator sees the access of others", "user");
    narrowing->user = viewer.user;
  }
  return json_answer(parts_.read_model.read([&](const View& view) {
    auto body = page_view(who_reaches(view, *narrowing, at), *page, [](const auto& item) { return item; });
    // Standing access is known as it is now; of the past only what went through AccessGuard.
    body["standing_at"] = at ? json::value(nullptr) : nullable(view.organization.snapshot().standing_at);
    return body;
  }));
}

}  // namespace ag::server
