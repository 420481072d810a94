#include "server/api/query.hpp"

#include <fmt/format.h>

namespace ag::server {

Result<std::optional<std::vector<access::Status>>> states_of(const Parameters& parameters) {
  const auto given = parameters.get("state");
  if (!given) return std::nullopt;
  std::vector<access::Status> states;
  for (std::string_view text = *given; !text.empty() || states.empty();) {
    const auto comma = text.find(',');
    const auto state = enum_from<access::Status>(text.substr(0, comma));
    if (!state) {
      return fail("invalid_value",
                  fmt::format("\"state\" is one or more of {}", fmt::join(enum_names(access::Status{}), ", ")),
                  "state");
    }
    states.push_back(*state);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return states;
}

Result<Narrowing> narrowing_of(const Parameters& parameters, const access::Organization& organization) {
  Narrowing narrowing;
  if (const auto text = parameters.get("user")) {
    const auto user = organization.user(*text, "user");
    if (!user) return fail(user.error());
    narrowing.user = (*user)->id;
  }
  if (const auto text = parameters.get("account")) {
    const auto account = organization.account(*text, "account");
    if (!account) return fail(account.error());
    narrowing.account = (*account)->id;
  }
  if (const auto text = parameters.get("permission_set")) {
    const auto set = organization.permission_set(*text, "permission_set");
    if (!set) return fail(set.error());
    narrowing.permission_set = (*set)->arn;
  }
  return narrowing;
}

}  // namespace ag::server
