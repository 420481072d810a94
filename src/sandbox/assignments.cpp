#include "sandbox/assignments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "sandbox/sequence.hpp"

namespace ag::sandbox {
namespace {

// AWS keeps the status of a request for a time it does not publish; a demo runs for weeks.
constexpr std::size_t kMaxRememberedOperations = 10'000;
constexpr std::size_t kMaxRememberedScheduled = 100'000;
constexpr int kOutstandingProvisionings = 3;  // AWS: concurrent ProvisionPermissionSet calls
constexpr std::string_view kTooMany = "There are too many requests processing. Please try again later.";

Duration time_taken(std::uint64_t seed, std::uint64_t number, const Behaviour& behaviour) {
  const auto shortest = behaviour.operation_min.count_nanoseconds();
  const auto longest = std::max(shortest, behaviour.operation_max.count_nanoseconds());
  const auto span = static_cast<std::uint64_t>(longest - shortest) + 1;
  const auto extra = derived_number(seed, "operation-time", number) % span;
  return Duration::nanoseconds(shortest + static_cast<std::int64_t>(extra));
}

}  // namespace

void Assignments::advance(Instant now) {
  while (next_due() <= now) {
    const std::uint64_t number = due_.begin()->second;
    due_.erase(due_.begin());
    Operation& operation = operations_.at(number);
    const auto in_account = under_way_.find(operation.slot.account);
    in_account->second.erase(number);
    if (in_account->second.empty()) under_way_.erase(in_account);
    --outstanding_[static_cast<std::size_t>(operation.kind)];
    complete(operation);
  }
}

void Assignments::complete(Operation& operation) {
  const Slot& slot = operation.slot;
  if (operation.failure_reason.empty()) {
    // Someone in the console was quicker.
    if (operation.kind == OperationKind::kDelete && !is_present(slot)) {
      operation.failure_reason = "Received a 404 status error: Assignment not found.";
    }
    if (operation.kind == OperationKind::kProvision && !is_provisioned(slot.account, slot.permission_set)) {
      operation.failure_reason = fmt::format(
          "Received a 404 status error: Permission set provision not found in AWS account {}.", slot.account.str());
    }
  }
  if (!operation.failure_reason.empty()) {
    operation.status = OperationStatus::kFailed;
    return;
  }
  if (operation.kind == OperationKind::kDelete) {
    disappear(slot, operation.due, operation.id);
  } else {
    if (operation.kind == OperationKind::kCreate) appear(slot, operation.due, operation.id);
    if (operation.revision != 0) provisioned_[{slot.account, slot.permission_set}] = operation.revision;
  }
  operation.status = OperationStatus::kSucceeded;
}

std::optional<Fault> Assignments::refusal(OperationKind kind, const Slot& slot, const Behaviour& behaviour) const {
  if (has_conflict(slot)) return Fault{"ConflictException", "There is a conflicting operation in process."};
  if (kind == OperationKind::kDelete && !is_present(slot)) {
    return Fault{"ResourceNotFoundException", "Assignment not found."};
  }
  const bool is_full = (kind == OperationKind::kCreate && outstanding(kind) >= behaviour.outstanding_creates) ||
                       (kind == OperationKind::kProvision && outstanding(kind) >= kOutstandingProvisionings);
  if (is_full) return Fault{"ThrottlingException", std::string(kTooMany)};
  return std::nullopt;
}

Operation Assignments::begin(OperationKind kind, const Slot& slot, OperationPlan plan, const Behaviour& behaviour,
                             Instant now) {
  AG_ASSERT(!refusal(kind, slot, behaviour));
  const std::uint64_t number = ++begun_;
  Operation operation{
      .number = number,
      .id = OperationId(derived_uuid(seed_, "operation", number)),
      .kind = kind,
      .slot = slot,
      .begun = now,
      .due = now + plan.length.value_or(time_taken(seed_, number, behaviour)),
      .failure_reason = plan.failure.value_or(""),
      .role = role_change(kind, slot),
      .revision = revision_of(slot.permission_set),
      .origin = plan.origin,
  };
  note_begun(operation);
  forget_old();
  return operation;
}

void Assignments::note_begun(const Operation& operation) {
  due_.emplace(operation.due, operation.number);
  under_way_[operation.slot.account].insert(operation.number);
  ++outstanding_[static_cast<std::size_t>(operation.kind)];
  by_id_.emplace(operation.id.str(), operation.number);
  operations_.emplace(operation.number, operation);
  if (operation.origin == Operation::Origin::kCall) return;
  scheduled_.insert(operation.id);
  scheduled_in_order_.push_back(operation.id);
  if (scheduled_in_order_.size() <= kMaxRememberedScheduled) return;
  scheduled_.erase(scheduled_in_order_.front());
  scheduled_in_order_.pop_front();
}

int Assignments::next_roll() const { return static_cast<int>(derived_number(seed_, "roll", begun_ + 1) % 1'000); }

bool Assignments::has_conflict(const Slot& slot) const {
  const auto in_account = under_way_.find(slot.account);
  if (in_account == under_way_.end()) return false;
  return std::any_of(in_account->second.begin(), in_account->second.end(), [&](std::uint64_t number) {
    const Operation& other = operations_.at(number);
    return other.slot.permission_set == slot.permission_set || other.role == Operation::Role::kUpdated;
  });
}

Operation::Role Assignments::role_change(OperationKind kind, const Slot& slot) const {
  if (kind == OperationKind::kProvision) return Operation::Role::kUpdated;
  const bool is_held = is_provisioned(slot.account, slot.permission_set);
  if (kind == OperationKind::kCreate) return is_held ? Operation::Role::kLeft : Operation::Role::kUpdated;
  const auto is_of_the_role = [&](const auto& it) {
    return it->first.account == slot.account && it->first.permission_set == slot.permission_set;
  };
  const auto it = present_.find(slot);
  AG_ASSERT(it != present_.end());
  const auto next = std::next(it);
  const bool is_last =
      (it == present_.begin() || !is_of_the_role(std::prev(it))) && (next == present_.end() || !is_of_the_role(next));
  return is_last ? Operation::Role::kUpdated : Operation::Role::kLeft;
}

const Operation* Assignments::find(OperationKind kind, const OperationId& id) const {
  const auto it = by_id_.find(id.str());
  if (it == by_id_.end()) return nullptr;
  const Operation& operation = operations_.at(it->second);
  return operation.kind == kind ? &operation : nullptr;
}

std::vector<const Operation*> Assignments::operations(OperationKind kind) const {
  std::vector<const Operation*> found;
  for (auto it = operations_.rbegin(); it != operations_.rend(); ++it) {
    if (it->second.kind == kind) found.push_back(&it->second);
  }
  return found;
}

bool Assignments::is_provisioned(const AccountId& account, const PermissionSetArn& permission_set) const {
  const auto it = present_.lower_bound(Slot{account, permission_set, PrincipalType::kUser, {}});
  return it != present_.end() && it->first.account == account && it->first.permission_set == permission_set;
}

bool Assignments::is_up_to_date(const AccountId& account, const PermissionSetArn& permission_set) const {
  if (!is_provisioned(account, permission_set)) return false;
  const auto it = provisioned_.find({account, permission_set});
  return (it == provisioned_.end() ? 0 : it->second) == revision_of(permission_set);
}

std::uint64_t Assignments::revision_of(const PermissionSetArn& permission_set) const {
  const auto it = revisions_.find(permission_set);
  return it == revisions_.end() ? 0 : it->second;
}

std::vector<Slot> Assignments::present() const {
  std::vector<Slot> slots;
  slots.reserve(present_.size());
  for (const auto& [slot, presence] : present_) slots.push_back(slot);
  return slots;
}

std::vector<Slot> Assignments::present(const AccountId& account, const PermissionSetArn& permission_set) const {
  std::vector<Slot> slots;
  auto it = present_.lower_bound(Slot{account, permission_set, PrincipalType::kUser, {}});
  for (; it != present_.end() && it->first.account == account && it->first.permission_set == permission_set; ++it) {
    slots.push_back(it->first);
  }
  return slots;
}

std::vector<Slot> Assignments::present(PrincipalType type, const std::string& principal) const {
  const auto it = by_principal_.find({type, principal});
  if (it == by_principal_.end()) return {};
  return {it->second.begin(), it->second.end()};
}

std::vector<Presence> Assignments::presences() const {
  std::vector<Presence> all(log_.ended().begin(), log_.ended().end());
  for (const auto& [slot, presence] : present_) all.push_back(presence);
  return all;
}

std::vector<Presence> Assignments::presences(const Slot& slot) const {
  std::vector<Presence> found = log_.ended(slot);
  if (const auto it = present_.find(slot); it != present_.end()) found.push_back(it->second);
  return found;
}

void Assignments::forget(const PermissionSetArn& permission_set, Instant at) {
  forget_where([&](const Slot& slot) { return slot.permission_set == permission_set; }, at,
               "Received a 404 status error: Permission set not found.");
}

void Assignments::forget(const AccountId& account, Instant at) {
  forget_where([&](const Slot& slot) { return slot.account == account; }, at,
               "Received a 404 status error: Account not found.");
}

template <class IsGone>
void Assignments::forget_where(IsGone is_gone, Instant at, std::string_view reason) {
  std::vector<Slot> gone;
  for (const auto& [slot, presence] : present_) {
    if (is_gone(slot)) gone.push_back(slot);
  }
  for (const Slot& slot : gone) disappear(slot, at, {});
  for (const auto& [due, number] : due_) {
    Operation& operation = operations_.at(number);
    if (is_gone(operation.slot) && operation.failure_reason.empty()) operation.failure_reason = reason;
  }
}

void Assignments::appear(const Slot& slot, Instant at, const OperationId& by) {
  const auto [it, is_new] = present_.try_emplace(slot, Presence{.slot = slot, .from = at, .created_by = by});
  if (!is_new) return;
  // Whoever is the first brings the permission set as it is now.
  if (const auto revision = revision_of(slot.permission_set); revision != 0) {
    provisioned_.try_emplace({slot.account, slot.permission_set}, revision);
  }
  by_principal_[{slot.principal_type, slot.principal_id}].insert(slot);
  log_.appeared(it->second);
}

void Assignments::disappear(const Slot& slot, Instant at, const OperationId& by) {
  const auto it = present_.find(slot);
  if (it == present_.end()) return;
  Presence presence = std::move(it->second);
  present_.erase(it);
  presence.until = at;
  presence.deleted_by = by;
  const auto of_principal = by_principal_.find({slot.principal_type, slot.principal_id});
  of_principal->second.erase(slot);
  if (of_principal->second.empty()) by_principal_.erase(of_principal);
  if (!is_provisioned(slot.account, slot.permission_set)) provisioned_.erase({slot.account, slot.permission_set});
  log_.disappeared(presence);
}

void Assignments::forget_old() {
  for (auto it = operations_.begin(); operations_.size() > kMaxRememberedOperations && it != operations_.end();) {
    if (it->second.status == OperationStatus::kInProgress) {
      ++it;
      continue;
    }
    by_id_.erase(it->second.id.str());
    it = operations_.erase(it);
  }
}

}  // namespace ag::sandbox
