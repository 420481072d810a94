#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "access/levels.hpp"
#include "base/text.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/organization_view.hpp"
#include "server/api/query.hpp"

/// What was read of AWS, as plain lists: the names that requests and policies use.
namespace ag::server {
namespace {

/// One way to order a list, by the positions of its things.
struct Order {
  std::string_view name;
  std::function<bool(std::size_t, std::size_t)> is_before;
};

struct Sorting {
  const Order* order = nullptr;
  bool is_reversed = false;
};

Result<Sorting> sorting_of(const Parameters& parameters, const std::vector<Order>& orders) {
  const auto given = parameters.get("sort");
  if (!given) return Sorting{&orders.front()};
  std::string_view name = *given;
  const bool is_reversed = name.starts_with('-');
  if (is_reversed) name.remove_prefix(1);
  std::vector<std::string_view> known;
  for (const auto& order : orders) {
    if (order.name == name) return Sorting{&order, is_reversed};
    known.push_back(order.name);
  }
  return fail("invalid_value",
              fmt::format("\"sort\" is one of {}, with - before it for the other way round", fmt::join(known, ", ")),
              "sort");
}

Result<std::string> text_of(const Parameters& parameters) {
  const auto text = parameters.get("q");
  if (!text) return std::string{};
  if (text->empty() || text->size() > kLongestSearch)
    return fail("invalid_value", fmt::format("\"q\" has 1 to {} bytes", kLongestSearch), "q");
  return folded(*text);
}

/// The positions of what fits, in order as far as the page reaches.
std::vector<std::size_t> chosen(const std::vector<Searchable>& rows, std::string_view text, const Sorting& sorting,
                                std::size_t end) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (text.empty() || rows[i].fit(text)) positions.push_back(i);
  }
  const auto is_before = [&](std::size_t a, std::size_t b) {
    const auto& [order, is_reversed] = sorting;
    if (order->is_before(a, b)) return !is_reversed;
    if (order->is_before(b, a)) return is_reversed;
    return a < b;  // the same for every page
  };
  const auto middle = positions.begin() + static_cast<std::ptrdiff_t>(std::min(end, positions.size()));
  std::partial_sort(positions.begin(), middle, positions.end(), is_before);
  return positions;
}

template <class Things, class MakeView>
Result<Answer> list(const ApiCall& call, const Things& things, const std::vector<Searchable>& rows,
                    const std::vector<Order>& orders, MakeView make_view) {
  if (auto known = call.parameters.only({"q", "sort", "limit", "cursor"}); !known) return fail(known.error());
  const auto page = page_of(call.parameters);
  if (!page) return fail(page.error());
  const auto text = text_of(call.parameters);
  if (!text) return fail(text.error());
  const auto sorting = sorting_of(call.parameters, orders);
  if (!sorting) return fail(sorting.error());
  const auto positions = chosen(rows, *text, *sorting, page->from + page->limit);
  auto body = page_view(positions, *page, [&](std::size_t position) { return make_view(things[position]); });
  body["total"] = static_cast<std::int64_t>(positions.size());
  return json_answer(body);
}

/// By what it is looked for, so that letter case makes no difference.
Order by_name(std::string_view name, const std::vector<Searchable>& rows) {
  return {name, [&rows](std::size_t a, std::size_t b) { return rows[a].name < rows[b].name; }};
}

template <class Things, class Key>
Order by(std::string_view name, const Things& things, Key key) {
  return {name, [&things, key](std::size_t a, std::size_t b) {
            return std::invoke(key, things[a]) < std::invoke(key, things[b]);
          }};
}

}  // namespace

std::shared_ptr<const Finder> Api::finder() {
  const auto organization = parts_.read_model.organization();
  const std::lock_guard lock(finder_mutex_);
  if (finder_ == nullptr || &finder_->organization() != organization.get())
    finder_ = std::make_shared<const Finder>(organization);
  return finder_;
}

json::object account_view(const access::Account& account) {
  json::array tags;
  for (const auto& tag : account.tags) tags.push_back(to_json(tag));
  return {{"id", account.id.str()}, {"name", account.name}, {"email", account.email},
          {"state", account.state}, {"path", account.path}, {"tags", std::move(tags)}};
}

json::object permission_set_view(const access::Policy& policy, const access::PermissionSet& set) {
  json::object view = to_json(set).as_object();
  view["level"] = name_of(access::level_of(policy, set));
  return view;
}

Result<Answer> Api::list_accounts(const ApiCall& call) {
  const auto from = finder();
  const auto& accounts = from->organization().snapshot().accounts;
  return list(call, accounts, from->accounts(),
              {by_name("name", from->accounts()), by("id", accounts, &access::Account::id),
               by("path", accounts, &access::Account::path), by("state", accounts, &access::Account::state)},
              account_view);
}

Result<Answer> Api::list_units(const ApiCall& call) {
  const auto from = finder();
  const auto& units = from->organization().snapshot().units;
  return list(call, units, from->units(), {by("path", units, &access::Unit::path), by_name("name", from->units())},
              [](const access::Unit& unit) { return to_json(unit); });
}

Result<Answer> Api::list_permission_sets(const ApiCall& call) {
  const auto from = finder();
  const auto policy = parts_.read_model.read([](const View& view) { return view.state.policy.get().policy; });
  const auto& sets = from->organization().snapshot().permission_sets;
  std::vector<access::Level> levels;
  for (const auto& set : sets) levels.push_back(access::level_of(*policy, set));
  const Order by_level{"level", [&](std::size_t a, std::size_t b) { return levels[a] < levels[b]; }};
  return list(call, sets, from->permission_sets(), {by_name("name", from->permission_sets()), by_level},
              [&](const access::PermissionSet& set) { return permission_set_view(*policy, set); });
}

Result<Answer> Api::list_users(const ApiCall& call) {
  const auto from = finder();
  const auto& users = from->organization().snapshot().users;
  return list(call, users, from->users(),
              {by_name("user_name", from->users()), by("display_name", users, &access::User::display_name),
               by("email", users, &access::User::email)},
              [](const access::User& user) { return to_json(user); });
}

Result<Answer> Api::list_groups(const ApiCall& call) {
  const auto from = finder();
  const auto& groups = from->organization().snapshot().groups;
  const Order by_members{
      "members", [&](std::size_t a, std::size_t b) { return groups[a].members.size() < groups[b].members.size(); }};
  return list(
      call, groups, from->groups(), {by_name("name", from->groups()), by_members}, [](const access::Group& group) {
        return json::object{
            {"id", group.id.str()}, {"name", group.name}, {"members", static_cast<std::int64_t>(group.members.size())}};
      });
}

}  // namespace ag::server
