#include "server/read_model.hpp"

namespace ag::server {

void ReadModel::apply(std::span<const access::Entry> entries) {
  const std::unique_lock lock(mutex_);
  for (const auto& entry : entries) {
    state_.apply(entry);
    state_.keep();
    index(entry);
  }
}

void ReadModel::index(const access::Entry& entry) {
  std::visit(
      [&](const auto& event) {
        using T = std::remove_cvref_t<decltype(event)>;
        if constexpr (std::is_same_v<T, access::RequestSubmitted>) {
          requests_of_[event.request.requester].push_back(event.request.id);
          pending_.insert(event.request.id);
        } else if constexpr (std::is_same_v<T, access::RequestApproved>) {
          pending_.erase(event.request);
          for (const auto& grant : event.grants) index_grant(grant.id);
        } else if constexpr (std::is_same_v<T, access::RequestDecided> || std::is_same_v<T, access::RequestWithdrawn> ||
                             std::is_same_v<T, access::RequestLapsed>) {
          if (state_.requests.find(event.request)->decided != access::Status::kPending) pending_.erase(event.request);
        } else if constexpr (requires { event.grant; }) {
          index_grant(event.grant);
        }
      },
      entry.event);
  // A slot's events close grants without naming them: what is final is dropped as it is met.
  if (std::holds_alternative<access::SlotAbsent>(entry.event)) {
    std::erase_if(live_grants_, [&](const auto& id) { return access::is_final(state_.grants.find(id)->status); });
  }
}

void ReadModel::index_grant(const access::GrantId& id) {
  if (access::is_final(state_.grants.find(id)->status)) live_grants_.erase(id);
  else live_grants_.insert(id);
}

void ReadModel::set_organization(std::shared_ptr<const access::Organization> organization) {
  const std::unique_lock lock(mutex_);
  organization_ = std::move(organization);
}

std::shared_ptr<const access::Organization> ReadModel::organization() const {
  const std::shared_lock lock(mutex_);
  return organization_;
}

}  // namespace ag::server
