#include "server/read_model.hpp"

#include <algorithm>
#include <string_view>

namespace ag::server {
namespace {

constexpr std::size_t kForeignKept = 100;

bool has_agreement(const access::RequestState& request) {
  return std::any_of(request.decisions.begin(), request.decisions.end(),
                     [](const auto& made) { return made.decision == access::Verdict::kApprove; });
}

}  // namespace

void ReadModel::adopt(const access::State& state, std::shared_ptr<const access::PolicyIndex> index) {
  const std::unique_lock lock(mutex_);
  state_ = state;
  index_ = std::move(index);
  std::vector<std::pair<std::int64_t, const access::RequestState*>> by_age;
  for (const auto& [id, request] : state_.requests) by_age.emplace_back(request.entries.front(), &request);
  std::sort(by_age.begin(), by_age.end());
  for (const auto& [first, request] : by_age) {
    index_request(request->request);
    firsts_.agreed = firsts_.agreed || has_agreement(*request);
    if (request->decided == access::Status::kPending) pending_.insert(request->request.id);
    else note_wait(*request);
  }
  for (const auto& [id, grant] : state_.grants) {
    index_grant(id);
    note_first(grant);
  }
}

void ReadModel::apply(std::span<const access::Entry> entries, std::shared_ptr<const access::PolicyIndex> index) {
  const std::unique_lock lock(mutex_);
  index_ = std::move(index);
  for (const auto& entry : entries) {
    state_.replay(entry);
    this->index(entry);
  }
}

void ReadModel::index(const access::Entry& entry) {
  std::visit(
      [&](const auto& event) {
        using T = std::remove_cvref_t<decltype(event)>;
        if constexpr (std::is_same_v<T, access::RequestSubmitted>) {
          index_request(event.request);
          pending_.insert(event.request.id);
        } else if constexpr (std::is_same_v<T, access::RequestApproved>) {
          settle(event.request);
          for (const auto& grant : event.grants) index_grant(grant.id);
        } else if constexpr (std::is_same_v<T, access::RequestDecided> || std::is_same_v<T, access::RequestWithdrawn> ||
                             std::is_same_v<T, access::RequestLapsed> || std::is_same_v<T, access::RequestVoided> ||
                             std::is_same_v<T, access::GrantsExtended>) {
          settle(event.request);
          firsts_.agreed = firsts_.agreed || has_agreement(*state_.requests.find(event.request));
        } else if constexpr (std::is_same_v<T, access::AssignmentAppeared> ||
                             std::is_same_v<T, access::AssignmentVanished>) {
          note_foreign({event.observed_at, std::is_same_v<T, access::AssignmentAppeared>, event.account,
                        event.permission_set, event.user, event.group});
        } else if constexpr (std::is_same_v<T, access::SlotPresent>) {
          firsts_.held = true;
        } else if constexpr (requires { event.grant; }) {
          index_grant(event.grant);
        }
      },
      entry.event);
  if (const auto* absent = std::get_if<access::SlotAbsent>(&entry.event)) index_closed(absent->slot);
  if (const auto* over = std::get_if<access::SlotHandedOver>(&entry.event)) {
    index_closed(over->slot);
    if (handed_over_.size() == kForeignKept) handed_over_.erase(handed_over_.begin());
    handed_over_.push_back(*over);
  }
}

/// What closes grants without naming them: they are among those of the slot's person.
void ReadModel::index_closed(const access::Slot& slot) {
  const auto own = live_grants_of_.find(slot.principal);
  if (own == live_grants_of_.end()) return;
  const std::set<access::GrantId> live = own->second;
  for (const auto& id : live) {
    index_grant(id);
    note_first(*state_.grants.find(id));
  }
}

void ReadModel::index_request(const access::Request& request) {
  firsts_.asked = true;
  requests_of_[request.requester].push_back(request.id);
  for (const auto& account : request.accounts) recent_of_account_[account.id].add(request.id);
  recent_of_set_[request.permission_set].add(request.id);
}

void ReadModel::note_first(const access::GrantState& grant) {
  firsts_.held = firsts_.held || grant.active_at.has_value();
  firsts_.ended = firsts_.ended || (grant.active_at && grant.absent_at);
}

void ReadModel::note_foreign(ForeignChange change) {
  if (foreign_.size() == kForeignKept) foreign_.erase(foreign_.begin());
  foreign_.push_back(std::move(change));
}

void ReadModel::settle(const access::RequestId& id) {
  const access::RequestState& request = *state_.requests.find(id);
  if (request.decided != access::Status::kPending && pending_.erase(id) > 0) note_wait(request);
}

/// From the asking to the last decision. What nobody had to decide, or nobody did, is no wait; more time with what is
/// there may be up to other people.
void ReadModel::note_wait(const access::RequestState& request) {
  if (request.decisions.empty() || request.request.extends) return;
  const Duration wait = request.decisions.back().at - request.submitted_at;
  std::set<std::string_view> rules;
  for (const auto& account : request.request.accounts) {
    if (rules.insert(account.rule).second) waits_of_[account.rule].add(wait);
  }
}

void ReadModel::index_grant(const access::GrantId& id) {
  const access::GrantState& grant = *state_.grants.find(id);
  const access::UserId& user = grant.slot.principal;
  if (!access::is_final(grant.status)) {
    live_grants_.insert(id);
    live_grants_of_[user].insert(id);
  } else if (live_grants_.erase(id) > 0) {
    auto& own = live_grants_of_[user];
    own.erase(id);
    if (own.empty()) live_grants_of_.erase(user);
  }
}

void ReadModel::set_index(std::shared_ptr<const access::PolicyIndex> index) {
  const std::unique_lock lock(mutex_);
  index_ = std::move(index);
}

std::shared_ptr<const access::PolicyIndex> ReadModel::index() const {
  const std::shared_lock lock(mutex_);
  return index_;
}

std::shared_ptr<const access::Organization> ReadModel::organization() const {
  const std::shared_lock lock(mutex_);
  return index_->shared_organization();
}

}  // namespace ag::server
