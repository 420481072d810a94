#include "access/under_way.hpp"

namespace ag::access {

UnderWay under_way(const State& state, const Organization& organization, const User& user) {
  UnderWay all;
  for (const User* identity : organization.identities_of(user)) {
    const Holdings* own = state.holdings.find(identity->id);
    if (own == nullptr) continue;
    all.open_requests += own->open.size();
    all.live_grants += own->live.size();
  }
  return all;
}

}  // namespace ag::access
