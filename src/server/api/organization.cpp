#include "access/levels.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/query.hpp"

/// What was read of AWS, as plain lists: the names that requests and policies use.
namespace ag::server {
namespace {

template <class Items, class MakeView>
Result<Answer> list(const ApiCall& call, const Items& items, MakeView make_view) {
  if (auto known = call.parameters.only({"limit", "cursor"}); !known) return fail(known.error());
  const auto page = page_of(call.parameters);
  if (!page) return fail(page.error());
  return json_answer(page_view(items, *page, make_view));
}

}  // namespace

Result<Answer> Api::list_accounts(const ApiCall& call) {
  const auto organization = parts_.read_model.organization();
  return list(call, organization->snapshot().accounts, [](const access::Account& account) {
    json::array tags;
    for (const auto& tag : account.tags) tags.push_back(to_json(tag));
    return json::object{{"id", account.id.str()}, {"name", account.name}, {"email", account.email},
                        {"state", account.state}, {"path", account.path}, {"tags", std::move(tags)}};
  });
}

Result<Answer> Api::list_units(const ApiCall& call) {
  const auto organization = parts_.read_model.organization();
  return list(call, organization->snapshot().units, [](const access::Unit& unit) { return to_json(unit); });
}

Result<Answer> Api::list_permission_sets(const ApiCall& call) {
  const auto organization = parts_.read_model.organization();
  const auto policy = parts_.read_model.read([](const View& view) { return view.state.policy.get().policy; });
  return list(call, organization->snapshot().permission_sets, [&](const access::PermissionSet& set) {
    json::object view = to_json(set).as_object();
    view.erase("policies");  // what it is made of goes with its analysis
    view["level"] = name_of(access::level_of(*policy, set));
    view["level_reason"] = access::reason_of_level(*policy, set);
    return view;
  });
}

Result<Answer> Api::list_users(const ApiCall& call) {
  const auto organization = parts_.read_model.organization();
  return list(call, organization->snapshot().users, [](const access::User& user) { return to_json(user); });
}

Result<Answer> Api::list_groups(const ApiCall& call) {
  const auto organization = parts_.read_model.organization();
  return list(call, organization->snapshot().groups, [](const access::Group& group) {
    return json::object{
        {"id", group.id.str()}, {"name", group.name}, {"members", static_cast<std::int64_t>(group.members.size())}};
  });
}

}  // namespace ag::server
