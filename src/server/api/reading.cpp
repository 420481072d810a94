#include <fmt/format.h>

#include <algorithm>

#include "access/under_way.hpp"
#include "aws/endpoint.hpp"
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
                           const access::UserId& user) {
  const access::Account* account = organization.find(held.account);
  const access::PermissionSet* set = organization.find(held.permission_set);
  const access::Group* group = held.group ? organization.find(*held.group) : nullptr;
  json::value through(nullptr);
  if (group != nullptr) through = json::object{{"id", group->id.str()}, {"name", group->name}};
  return {{"user", person_view(organization, user, user.str())},
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

/// A page out of many paths, of which most are only counted: a group of thousands in hundreds of accounts is a million.
class Paths {
 public:
  Paths(const View& view, const Page& page) : view_(view), page_(page) {}

  void add(const access::GrantState& grant) {
    if (is_on_page(total_++)) items_.push_back(granted_view(view_, grant));
  }
  void add(const access::StandingAssignment& held, const access::UserId& user) {
    if (is_on_page(total_++)) items_.push_back(standing_view(view_.organization, held, user));
  }
  /// Of every member.
  void add(const access::StandingAssignment& held, const access::Group& group) {
    const std::size_t first = total_;
    total_ += group.members.size();
    const std::size_t end = std::min(total_, page_.from + page_.limit);
    for (std::size_t at = std::max(first, page_.from); at < end; ++at)
      items_.push_back(standing_view(view_.organization, held, group.members[at - first]));
  }

  [[nodiscard]] json::object take() {
    const std::size_t end = page_.from + page_.limit;
    json::value next(nullptr);
    if (end < total_) next = json::string(std::to_string(end));
    return {{"items", std::move(items_)}, {"next", std::move(next)}, {"total", static_cast<std::int64_t>(total_)}};
  }

 private:
  [[nodiscard]] bool is_on_page(std::size_t at) const { return at >= page_.from && at < page_.from + page_.limit; }

  const View& view_;
  const Page& page_;
  json::array items_;
  std::size_t total_ = 0;
};

void add_standing(const View& view, const Narrowing& narrowing, Paths& paths) {
  const auto& organization = view.organization;
  const auto is_asked = [&](const access::StandingAssignment& held) {
    return (!narrowing.account || held.account == *narrowing.account) &&
           (!narrowing.permission_set || held.permission_set == *narrowing.permission_set);
  };
  if (narrowing.user) {
    for (const auto* held : organization.standing_of(*narrowing.user)) {
      if (is_asked(*held)) paths.add(*held, *narrowing.user);
    }
    return;
  }
  for (const auto& held : organization.snapshot().standing) {
    if (!is_asked(held)) continue;
    if (held.user) paths.add(held, *held.user);
    else if (const access::Group* group = organization.find(*held.group)) paths.add(held, *group);
  }
}

/// Grants first, then what stands.
void add_reached(const View& view, const Narrowing& narrowing, std::optional<Instant> at, Paths& paths) {
  const auto take = [&](const access::GrantState& grant) {
    if (narrowing.admits(grant.slot.principal, grant.slot.account, grant.slot.permission_set)) paths.add(grant);
  };
  if (at) {
    for (const auto& [id, grant] : view.state.grants) {
      if (held_at(grant, *at)) take(grant);
    }
    return;
  }
  for (const auto& id : live_grants(view, narrowing)) {
    const auto& grant = *view.state.grants.find(id);
    if (grant.active_at) take(grant);
  }
  add_standing(view, narrowing, paths);
}

/// A stretch of time that somebody looks at.
struct Stretch {
  std::optional<Instant> from;
  std::optional<Instant> to;

  /// Whether the grant's access was there in it, is, or will be.
  [[nodiscard]] bool admits(const access::GrantState& grant) const {
    if (!from && !to) return true;
    if (access::is_final(grant.status) && !grant.active_at) return false;  // it never was
    const Instant last = grant.absent_at.value_or(grant.covered_by || !grant.ending_at ? grant.end : Instant::max());
    return (!to || grant.start < *to) && (!from || last >= *from);
  }
};

Result<Stretch> stretch_of(const ApiCall& call) {
  Stretch stretch;
  for (const auto& [name, target] : {std::pair{"from", &stretch.from}, std::pair{"to", &stretch.to}}) {
    const auto text = call.parameters.get(name);
    if (!text) continue;
    const auto at = time_field(*text, name, call.now);
    if (!at) return fail(at.error());
    *target = *at;
  }
  if (stretch.from && stretch.to && *stretch.from >= *stretch.to)
    return fail("invalid_value", "\"to\" must be after \"from\"", "to");
  return stretch;
}

}  // namespace

json::value Api::portal_view(const access::Organization& organization) const {
  std::optional<std::string> start = parts_.access_portal;
  if (start->empty() && !parts_.sandbox)
    start = aws::access_portal_of(parts_.region, organization.snapshot().identity_store);
  if (!start || start->empty()) return nullptr;
  return json::object{{"start_url", *start}, {"region", parts_.region}};
}

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
      {"access_portal", portal_view(*organization)},
      {"server",
       json::object{{"version", parts_.version}, {"sandbox", parts_.sandbox}, {"time", to_rfc3339(call.now)}}}};
}

Result<Answer> Api::list_grants(const ApiCall& call) {
  if (auto known =
          call.parameters.only({"state", "mine", "user", "account", "permission_set", "from", "to", "limit", "cursor"});
      !known)
    return fail(known.error());
  const auto page = page_of(call.parameters);
  if (!page) return fail(page.error());
  const auto mine = call.parameters.flag("mine");
  if (!mine) return fail(mine.error());
  const auto organization = parts_.read_model.organization();
  auto narrowing = narrowing_of(call.parameters, *organization);
  if (!narrowing) return fail(narrowing.error());
  const auto stretch = stretch_of(call);
  if (!stretch) return fail(stretch.error());
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
      if (narrowing->admits(grant.slot.principal, grant.slot.account, grant.slot.permission_set) &&
          stretch->admits(grant))
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
    auto body = page_view(found, *page, [&](const auto* grant) { return grant_view(view, *grant, call.now); });
    body["total"] = static_cast<std::int64_t>(found.size());
    return body;
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
    Paths paths(view, *page);
    add_reached(view, *narrowing, at, paths);
    json::object body = paths.take();
    // Standing access is known as it is now; of the past only what went through AccessGuard.
    body["standing_at"] = at ? json::value(nullptr) : nullable(view.organization.snapshot().standing_at);
    return body;
  }));
}

}  // namespace ag::server
