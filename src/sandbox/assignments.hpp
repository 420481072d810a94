#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/presence_log.hpp"
#include "sandbox/sandbox.hpp"

namespace ag::sandbox {

enum class OperationKind { kCreate, kDelete, kProvision };
enum class OperationStatus { kInProgress, kSucceeded, kFailed };
constexpr auto enum_names(OperationStatus) {
  return std::array<std::string_view, 3>{"IN_PROGRESS", "SUCCEEDED", "FAILED"};
}

/// One assignment or removal, or a permission set on its way to an account, under way or done.
struct Operation {
  std::uint64_t number = 0;  ///< in the order they began
  OperationId id;
  OperationKind kind = OperationKind::kCreate;
  Slot slot;  ///< without a principal when it only provisions
  Instant begun;
  Instant due;
  OperationStatus status = OperationStatus::kInProgress;
  std::string failure_reason;  ///< set from the start when it is to fail; told only when it has
  enum class Role { kLeft, kUpdated } role = Role::kLeft;  ///< whether the account's IAM role comes, changes or goes
  std::uint64_t revision = 0;                              ///< of the permission set, as it is brought to the account
  enum class Origin { kCall, kSchedule } origin = Origin::kCall;
};

/// How an operation is to go, as far as that is decided when it begins.
struct OperationPlan {
  std::optional<std::string> failure;  ///< how it is to end, when not well
  std::optional<Duration> length;      ///< instead of one that the behaviour allows
  Operation::Origin origin = Operation::Origin::kCall;
};

/// Who holds what, and what is about to change that. An assignment appears and disappears when its operation
/// completes, not when it is asked for; the role of a permission set is in an account while anyone holds it there.
///
/// AWS's rules of concurrency: one operation at a time on a permission set in an account; none in an account whose
/// roles are being changed; so many creates, and so many provisionings, outstanding and no more.
///
/// Nothing here but `present()` and `presences()` depends on how much there is.
class Assignments {
 public:
  explicit Assignments(std::uint64_t seed) : seed_(seed) {}

  /// When the next operation is due; max when none is under way.
  [[nodiscard]] Instant next_due() const { return due_.empty() ? Instant::max() : due_.begin()->first; }
  /// Completes what is due by `now`, in the order of the due moments.
  void advance(Instant now);

  /// Why an operation may not begin now: ConflictException, ThrottlingException (too many outstanding),
  /// ResourceNotFoundException (deleting what is not there). Creating what exists is no error and changes nothing.
  [[nodiscard]] std::optional<Fault> refusal(OperationKind kind, const Slot& slot, const Behaviour& behaviour) const;
  /// Begins what `refusal` has nothing against.
  Operation begin(OperationKind kind, const Slot& slot, OperationPlan plan, const Behaviour& behaviour, Instant now);
  /// 0 to 999, another for each operation, known before it begins: decides which ones fail.
  [[nodiscard]] int next_roll() const;

  [[nodiscard]] const Operation* find(OperationKind kind, const OperationId& id) const;
  /// Whoever it was asked by, of the last 100,000.
  [[nodiscard]] bool is_of_a_schedule(const OperationId& id) const { return scheduled_.contains(id); }
  /// Newest first. The last 10,000 are remembered, and all that are under way.
  [[nodiscard]] std::vector<const Operation*> operations(OperationKind kind) const;

  [[nodiscard]] bool is_present(const Slot& slot) const { return present_.contains(slot); }
  [[nodiscard]] bool is_provisioned(const AccountId& account, const PermissionSetArn& permission_set) const;
  /// Provisioned, and as the permission set is now.
  [[nodiscard]] bool is_up_to_date(const AccountId& account, const PermissionSetArn& permission_set) const;
  /// In the order of slots.
  [[nodiscard]] std::vector<Slot> present() const;
  [[nodiscard]] std::vector<Slot> present(const AccountId& account, const PermissionSetArn& permission_set) const;
  [[nodiscard]] std::vector<Slot> present(PrincipalType type, const std::string& principal) const;
  [[nodiscard]] const PresenceLog& log() const { return log_; }
  [[nodiscard]] std::vector<Presence> presences() const;
  [[nodiscard]] std::vector<Presence> presences(const Slot& slot) const;

  void add_by_hand(const Slot& slot, Instant at) { appear(slot, at, {}); }
  void remove_by_hand(const Slot& slot, Instant at) { disappear(slot, at, {}); }
  /// The permission set was changed: what is provisioned is not the latest any more.
  void change(const PermissionSetArn& permission_set) { ++revisions_[permission_set]; }
  /// The permission set was removed, and everything of it with it.
  void forget(const PermissionSetArn& permission_set, Instant at);
  /// The same of an account.
  void forget(const AccountId& account, Instant at);

 private:
  using Place = std::pair<AccountId, PermissionSetArn>;

  [[nodiscard]] bool has_conflict(const Slot& slot) const;
  [[nodiscard]] int outstanding(OperationKind kind) const { return outstanding_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] Operation::Role role_change(OperationKind kind, const Slot& slot) const;
  [[nodiscard]] std::uint64_t revision_of(const PermissionSetArn& permission_set) const;
  void note_begun(const Operation& operation);
  void complete(Operation& operation);
  void appear(const Slot& slot, Instant at, const OperationId& by);
  void disappear(const Slot& slot, Instant at, const OperationId& by);
  template <class IsGone>
  void forget_where(IsGone is_gone, Instant at, std::string_view reason);
  void forget_old();

  std::uint64_t seed_;
  std::uint64_t begun_ = 0;
  std::map<std::uint64_t, Operation> operations_;  // by number
  std::map<std::string, std::uint64_t, std::less<>> by_id_;
  std::set<std::pair<Instant, std::uint64_t>> due_;         // of what is under way: due moment and number
  std::map<AccountId, std::set<std::uint64_t>> under_way_;  // numbers, by account
  std::array<int, 3> outstanding_{};                        // by kind
  std::map<Slot, Presence> present_;
  std::map<std::pair<PrincipalType, std::string>, std::set<Slot>> by_principal_;
  std::map<PermissionSetArn, std::uint64_t> revisions_;  // of those that were ever changed
  std::map<Place, std::uint64_t> provisioned_;           // at which revision, where that is not 0
  std::set<OperationId> scheduled_;
  std::deque<OperationId> scheduled_in_order_;
  PresenceLog log_;
};

}  // namespace ag::sandbox
