#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "access/levels.hpp"
#include "base/text.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/organization_view.hpp"
#include "server/api/query.hpp"
#include "server/api/request_view.hpp"

/// One account, one permission set, one person: which rules open it, who has it now, and what was asked.
namespace ag::server {
namespace {

using access::GrantState;
using access::RequestState;

constexpr std::size_t kRulesShown = 100;
constexpr std::size_t kGrantsShown = 50;
constexpr std::size_t kRequestsShown = 20;
constexpr std::size_t kNamesShown = 10;

/// `Developers, ana, but not Interns`.
std::string words(const access::People& people) {
  std::vector<std::string> named = people.groups;
  named.insert(named.end(), people.users.begin(), people.users.end());
  std::vector<std::string> except = people.except_groups;
  except.insert(except.end(), people.except_users.begin(), people.except_users.end());
  std::string text = people.everyone ? "everyone" : fmt::format("{}", fmt::join(named, ", "));
  if (text.empty()) text = "nobody";
  return except.empty() ? text : fmt::format("{}, but not {}", text, fmt::join(except, ", "));
}

/// Those of all that the rule fits, the first by name.
template <class Thing>
json::object fitting(const access::PolicyIndex& index, std::size_t rule, const std::vector<const Thing*>& all) {
  std::int64_t count = 0;
  json::array names;
  for (const Thing* thing : all) {
    if (!index.of(*thing).rules.test(rule)) continue;
    ++count;
    if (names.size() < kNamesShown) names.push_back(json::string(thing->name));
  }
  return {{"count", count}, {"names", std::move(names)}};
}

/// Rules by their positions, and how many people each of them fits. One walk over the people, whatever the number of
/// rules: 20,000 people are some milliseconds.
json::object opened_by(const access::PolicyIndex& index, const access::Bits& opening) {
  auto positions = opening.positions();
  const auto total = static_cast<std::int64_t>(positions.size());
  positions.resize(std::min(positions.size(), kRulesShown));
  std::vector<std::int64_t> people(positions.size());
  for (const auto& user : index.organization().snapshot().users) {
    if (!user.enabled || positions.empty()) continue;
    const auto rows = index.of(user);
    for (std::size_t i = 0; i < positions.size(); ++i) people[i] += rows.rules.test(positions[i]) ? 1 : 0;
  }
  json::array items;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const access::Rule& rule = index.policy().rules[positions[i]];
    items.push_back(json::object{{"rule", rule.id},
                                 {"line", rule.line},
                                 {"who", words(rule.who)},
                                 {"people", people[i]},
                                 {"accounts", fitting(index, positions[i], index.accounts())},
                                 {"permission_sets", fitting(index, positions[i], index.permission_sets())},
                                 {"max_seconds", rule.max.count_seconds()},
                                 {"approval", rule.approval}});
  }
  return {{"items", std::move(items)}, {"total", total}};
}

/// Those of the live grants that the page is about and the caller may see, those that end first in front.
json::object active_view(const View& view, const ApiCall& call, const std::set<access::GrantId>& live,
                         const std::function<bool(const GrantState&)>& concerns) {
  std::vector<const GrantState*> found;
  for (const auto& id : live) {
    const GrantState& grant = *view.state.grants.find(id);
    if (!concerns(grant)) continue;
    if (may_see(view, *view.state.requests.find(grant.request), call.viewer())) found.push_back(&grant);
  }
  std::sort(found.begin(), found.end(),
            [](const auto* a, const auto* b) { return std::tie(a->end, a->id) < std::tie(b->end, b->id); });
  json::array items;
  for (std::size_t i = 0; i < std::min(found.size(), kGrantsShown); ++i)
    items.push_back(grant_view(view, *found[i], call.now));
  return {{"items", std::move(items)}, {"total", static_cast<std::int64_t>(found.size())}};
}

/// Newest first.
json::array recent_view(const View& view, const ApiCall& call, const std::vector<access::RequestId>* ids) {
  json::array items;
  if (ids == nullptr) return items;
  for (auto it = ids->rbegin(); it != ids->rend() && items.size() < kRequestsShown; ++it) {
    const RequestState& request = *view.state.requests.find(*it);
    if (may_see(view, request, call.viewer())) items.push_back(request_view(view, request, call.viewer(), call.now));
  }
  return items;
}

template <class Key>
const std::vector<access::RequestId>* recent(const std::unordered_map<Key, RecentRequests>& of, const Key& key) {
  const auto it = of.find(key);
  return it == of.end() ? nullptr : &it->second.all();
}

json::object standing_view(const View& view, std::int64_t paths) {
  return {{"paths", paths}, {"at", nullable(view.organization.snapshot().standing_at)}};
}

std::int64_t count_standing(const View& view, const std::function<bool(const access::StandingAssignment&)>& concerns) {
  const auto& standing = view.organization.snapshot().standing;
  return std::count_if(standing.begin(), standing.end(), concerns);
}

/// What is not known is not there: 404, where a filter would say that its value is wrong.
std::unexpected<Error> not_there(Error error) {
  error.code = "not_found";
  error.field = "id";
  return fail(std::move(error));
}

}  // namespace

// Which rules open it is found under no lock: there may be thousands of people to count, and whoever writes waits for
// those who read.

Result<Answer> Api::get_account(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const auto index = parts_.read_model.index();
  const auto found = index->organization().account(call.parameters.path.find("id")->second, "id");
  if (!found) return not_there(found.error());
  const access::Account& account = **found;
  const auto is_here = [&](const auto& held) { return held.account == account.id; };
  json::object body{{"account", account_view(account)}, {"opened_by", opened_by(*index, index->of(account).rules)}};
  parts_.read_model.read([&](const View& view) {
    body["active"] = active_view(view, call, view.live_grants, [&](const auto& grant) { return is_here(grant.slot); });
    body["standing"] = standing_view(view, count_standing(view, is_here));
    body["recent"] = recent_view(view, call, recent(view.recent_of_account, account.id));
  });
  return json_answer(body);
}

Result<Answer> Api::get_permission_set(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const auto index = parts_.read_model.index();
  const auto found = index->organization().permission_set(call.parameters.path.find("id")->second, "id");
  if (!found) return not_there(found.error());
  const access::PermissionSet& set = **found;
  const auto is_it = [&](const auto& held) { return held.permission_set == set.arn; };
  json::object body{{"permission_set", permission_set_view(index->policy(), set)},
                    {"level_reason", access::reason_of_level(index->policy(), set)},
                    {"opened_by", opened_by(*index, index->of(set).rules)}};
  parts_.read_model.read([&](const View& view) {
    body["active"] = active_view(view, call, view.live_grants, [&](const auto& grant) { return is_it(grant.slot); });
    body["standing"] = standing_view(view, count_standing(view, is_it));
    body["recent"] = recent_view(view, call, recent(view.recent_of_set, set.arn));
  });
  return json_answer(body);
}

Result<Answer> Api::get_user(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const std::string& id = call.parameters.path.find("id")->second;
  const auto index = parts_.read_model.index();
  const access::Organization& organization = index->organization();
  const auto found = organization.user(id, "id");
  const bool is_own = found && (*found)->id == call.caller.user;
  // Of others it is not told whether there are any.
  if (!call.viewer().admin && !is_own)
    return fail("not_found", fmt::format("there is nobody \"{}\" whom you may see", excerpt(id)), "id");
  if (!found) return not_there(found.error());
  const access::User& user = **found;
  json::array groups;
  for (const auto& group : organization.groups_of(user.id))
    groups.push_back(json::object{{"id", group.str()}, {"name", organization.find(group)->name}});
  const auto paths = static_cast<std::int64_t>(organization.standing_of(user.id).size());
  json::object body{
      {"user", to_json(user)}, {"groups", std::move(groups)}, {"opened_by", opened_by(*index, index->of(user).rules)}};
  parts_.read_model.read([&](const View& view) {
    const auto live = view.live_grants_of.find(user.id);
    const auto asked = view.requests_of.find(user.id);
    static const std::set<access::GrantId> kNone;
    body["active"] = active_view(view, call, live == view.live_grants_of.end() ? kNone : live->second,
                                 [](const auto&) { return true; });
    body["standing"] = standing_view(view, paths);
    body["recent"] = recent_view(view, call, asked == view.requests_of.end() ? nullptr : &asked->second);
  });
  return json_answer(body);
}

}  // namespace ag::server
