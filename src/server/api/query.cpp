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

}  // namespace ag::server
