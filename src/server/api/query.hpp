#pragma once
#include <optional>
#include <string>
#include <vector>

#include "access/state.hpp"
#include "base/json.hpp"
#include "server/api/router.hpp"

/// What list routes have in common: filters by state, and pages of lists that are made whole for each query (the
/// cursor is then the number of items that were given).
namespace ag::server {

/// `state=active,ending`; nothing when it is not given. Error code `invalid_value`.
[[nodiscard]] Result<std::optional<std::vector<access::Status>>> states_of(const Parameters& parameters);

/// What narrows a list to a user, an account and a permission set.
struct Narrowing {
  std::optional<access::UserId> user;
  std::optional<access::AccountId> account;
  std::optional<access::PermissionSetArn> permission_set;

  [[nodiscard]] bool admits(const access::UserId& u, const access::AccountId& a,
                            const access::PermissionSetArn& p) const {
    return (!user || *user == u) && (!account || *account == a) && (!permission_set || *permission_set == p);
  }
};

/// `user`, `account` and `permission_set`, by id or name. Error codes of the organization.
[[nodiscard]] Result<Narrowing> narrowing_of(const Parameters& parameters, const access::Organization& organization);

struct Page {
  std::size_t from = 0;
  std::size_t limit = 50;
};

/// Error code `invalid_value`.
[[nodiscard]] inline Result<Page> page_of(const Parameters& parameters) {
  const auto limit = parameters.number("limit", 50, 1, 200);
  if (!limit) return fail(limit.error());
  const auto from = parameters.number("cursor", 0, 0, 10'000'000);
  if (!from) return fail(from.error());
  return Page{static_cast<std::size_t>(*from), static_cast<std::size_t>(*limit)};
}

/// `items` of the page, each made by `view`, and `next`.
template <class Items, class MakeView>
[[nodiscard]] json::object page_view(const Items& all, const Page& page, MakeView make_view) {
  json::array items;
  std::size_t at = std::min(page.from, all.size());
  for (; at < all.size() && items.size() < page.limit; ++at) items.push_back(make_view(all[at]));
  json::value next(nullptr);
  if (at < all.size()) next = json::string(std::to_string(at));
  return {{"items", std::move(items)}, {"next", std::move(next)}};
}

}  // namespace ag::server
