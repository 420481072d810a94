#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/policy_index.hpp"
#include "access/state.hpp"
#include "server/waits.hpp"

/// What queries read: a second fold of the same entries, of committed ones only, so that no reader ever waits for
/// the ledger's disk nor sees what may yet be taken back.
namespace ag::server {

/// What somebody else did to an assignment, as a sweep found it.
struct ForeignChange {
  Instant at;
  bool has_appeared = false;  ///< else it has vanished
  access::AccountId account;
  access::PermissionSetArn permission_set;
  std::optional<access::UserId> user;
  std::optional<access::GroupId> group;
};

/// What has happened at least once since the ledger began.
struct Firsts {
  bool asked = false;
  bool agreed = false;  ///< a person has agreed to what another one asked
  bool held = false;    ///< access was seen in AWS
  bool ended = false;   ///< and seen to be gone
};

/// The last requests about something, oldest first: what a page about it shows, for bounded room.
class RecentRequests {
 public:
  static constexpr std::size_t kKept = 50;

  void add(const access::RequestId& id) {
    if (kept_.size() == kKept) kept_.erase(kept_.begin());
    kept_.push_back(id);
  }
  [[nodiscard]] const std::vector<access::RequestId>& all() const { return kept_; }

 private:
  std::vector<access::RequestId> kept_;
};

/// What a reader sees, for as long as the function that it is given to runs.
struct View {
  const access::State& state;
  const access::PolicyIndex& index;  ///< of the state's policy
  const access::Organization& organization;
  const std::map<access::UserId, std::vector<access::RequestId>>& requests_of;  ///< oldest first
  const std::set<access::RequestId>& pending;
  const std::set<access::GrantId>& live_grants;
  const std::map<access::UserId, std::set<access::GrantId>>& live_grants_of;
  const std::unordered_map<access::AccountId, RecentRequests>& recent_of_account;
  const std::unordered_map<access::PermissionSetArn, RecentRequests>& recent_of_set;
  const std::vector<ForeignChange>& foreign;               ///< the last ones since the server's start, oldest first
  const std::vector<access::SlotHandedOver>& handed_over;  ///< the same of what stays as somebody else's
  const Firsts& firsts;
  const std::unordered_map<std::string, RecentWaits>& waits_of;  ///< by rule, of requests that somebody had to decide
};

class ReadModel {
 public:
  /// Begins with what was folded elsewhere already: at the start, so that the ledger is read once.
  void adopt(const access::State& state, std::shared_ptr<const access::PolicyIndex> index);
  /// `index` is of the policy that is in force after these.
  void apply(std::span<const access::Entry> entries, std::shared_ptr<const access::PolicyIndex> index);
  void set_index(std::shared_ptr<const access::PolicyIndex> index);

  /// Calls `look(View)` under a shared lock and returns what it returns: take copies, keep nothing of it.
  template <class Look>
  auto read(Look&& look) const {
    const std::shared_lock lock(mutex_);
    return look(View{state_, *index_, index_->organization(), requests_of_, pending_, live_grants_, live_grants_of_,
                     recent_of_account_, recent_of_set_, foreign_, handed_over_, firsts_, waits_of_});
  }
  [[nodiscard]] std::shared_ptr<const access::PolicyIndex> index() const;
  [[nodiscard]] std::shared_ptr<const access::Organization> organization() const;

 private:
  void index(const access::Entry& entry);
  void index_request(const access::Request& request);
  void note_first(const access::GrantState& grant);
  void note_foreign(ForeignChange change);
  void index_grant(const access::GrantId& id);
  void index_closed(const access::Slot& slot);
  void settle(const access::RequestId& id);
  void note_wait(const access::RequestState& request);

  mutable std::shared_mutex mutex_;
  access::State state_;
  std::shared_ptr<const access::PolicyIndex> index_ = std::make_shared<const access::PolicyIndex>();
  std::map<access::UserId, std::vector<access::RequestId>> requests_of_;
  std::set<access::RequestId> pending_;
  std::set<access::GrantId> live_grants_;
  std::map<access::UserId, std::set<access::GrantId>> live_grants_of_;
  std::unordered_map<access::AccountId, RecentRequests> recent_of_account_;
  std::unordered_map<access::PermissionSetArn, RecentRequests> recent_of_set_;
  std::vector<ForeignChange> foreign_;
  std::vector<access::SlotHandedOver> handed_over_;
  Firsts firsts_;
  std::unordered_map<std::string, RecentWaits> waits_of_;
};

}  // namespace ag::server
