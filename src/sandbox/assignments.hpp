#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/sandbox.hpp"

namespace ag::sandbox {

enum class OperationKind { kCreate, kDelete };
enum class OperationStatus { kInProgress, kSucceeded, kFailed };
constexpr auto enum_names(OperationStatus) {
  return std::array<std::string_view, 3>{"IN_PROGRESS", "SUCCEEDED", "FAILED"};
}

/// One assignment or removal under way or done.
struct Operation {
  std::uint64_t number = 0;  ///< in the order they began
  OperationId id;
  OperationKind kind = OperationKind::kCreate;
  Slot slot;
  Instant begun;
  Instant due;
  OperationStatus status = OperationStatus::kInProgress;
  std::string failure_reason;  ///< set from the start when it is to fail; told only when it has
  enum class Role { kLeft, kUpdated } role = Role::kLeft;  ///< whether the account's IAM role comes or goes with it
};

/// Who holds what, and what is about to change that. An assignment appears and disappears when its operation
/// completes, not when it is asked for; the role of a permission set is in an account while anyone holds it there.
///
/// AWS's rules of concurrency: one operation at a time on a permission set in an account; none in an account whose
/// roles are being changed; so many creates outstanding and no more.
class Assignments {
 public:
  explicit Assignments(std::uint64_t seed) : seed_(seed) {}

  /// Completes what is due by `now`, in the order of the due moments.
  void advance(Instant now);

  /// Why an operation may not begin now: ConflictException, ThrottlingException (too many outstanding),
  /// ResourceNotFoundException (deleting what is not there). Creating what exists is no error and changes nothing.
  [[nodiscard]] std::optional<Fault> refusal(OperationKind kind, const Slot& slot, const Behaviour& behaviour) const;
  /// Begins what `refusal` has nothing against. `failure`: how it is to end, when not well.
  Operation begin(OperationKind kind, const Slot& slot, std::optional<std::string> failure, const Behaviour& behaviour,
                  Instant now);
  /// 0 to 999, another for each operation, known before it begins: decides which ones fail.
  [[nodiscard]] int next_roll() const;

  [[nodiscard]] const Operation* find(OperationKind kind, const OperationId& id) const;
  /// Newest first. The last 10,000 are remembered, and all that are under way.
  [[nodiscard]] std::vector<const Operation*> operations(OperationKind kind) const;

  [[nodiscard]] bool is_present(const Slot& slot) const { return present_.contains(slot); }
  [[nodiscard]] bool is_provisioned(const AccountId& account, const PermissionSetArn& permission_set) const;
  /// In the order of slots.
  [[nodiscard]] std::vector<Slot> present() const;
  [[nodiscard]] std::vector<Slot> present(const AccountId& account, const PermissionSetArn& permission_set) const;
  [[nodiscard]] std::vector<Presence> presences() const;

  void add_by_hand(const Slot& slot, Instant at) { appear(slot, at, {}); }
  void remove_by_hand(const Slot& slot, Instant at) { disappear(slot, at, {}); }

 private:
  [[nodiscard]] bool has_conflict(const Slot& slot) const;
  [[nodiscard]] int outstanding(OperationKind kind) const;
  [[nodiscard]] Operation::Role role_change(OperationKind kind, const Slot& slot) const;
  void complete(Operation& operation);
  void appear(const Slot& slot, Instant at, const OperationId& by);
  void disappear(const Slot& slot, Instant at, const OperationId& by);
  void forget_old();

  std::uint64_t seed_;
  std::uint64_t begun_ = 0;
  std::map<std::uint64_t, Operation> operations_;  // by number
  std::map<std::string, std::uint64_t, std::less<>> by_id_;
  std::map<std::uint64_t, Instant> under_way_;  // number to due moment
  std::map<Slot, Presence> present_;
  std::deque<Presence> ended_;
};

}  // namespace ag::sandbox
