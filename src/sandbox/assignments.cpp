#include "sandbox/assignments.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "sandbox/sequence.hpp"

namespace ag::sandbox {
namespace {

// AWS keeps the status of a request for a time it does not publish; a demo runs for weeks.
constexpr std::size_t kMaxRememberedOperations = 10'000;
constexpr std::size_t kMaxRememberedPresences = 100'000;

Duration time_taken(std::uint64_t seed, std::uint64_t number, const Behaviour& behaviour) {
  const auto shortest = behaviour.operation_min.count_nanoseconds();
  const auto longest = std::max(shortest, behaviour.operation_max.count_nanoseconds());
  const auto span = static_cast<std::uint64_t>(longest - shortest) + 1;
  const auto extra = derived_number(seed, "operation-time", number) % span;
  return Duration::nanoseconds(shortest + static_cast<std::int64_t>(extra));
}

}  // namespace

void Assignments::advance(Instant now) {
  std::vector<std::pair<Instant, std::uint64_t>> due;
  for (const auto& [number, at] : under_way_) {
    if (at <= now) due.emplace_back(at, number);
  }
  std::sort(due.begin(), due.end());
  for (const auto& [at, number] : due) {
    complete(operations_.at(number));
    under_way_.erase(number);
  }
}

void Assignments::complete(Operation& operation) {
  if (!operation.failure_reason.empty()) {
    operation.status = OperationStatus::kFailed;
    return;
  }
  if (operation.kind == OperationKind::kCreate) {
    appear(operation.slot, operation.due, operation.id);
  } else if (present_.contains(operation.slot)) {
    disappear(operation.slot, operation.due, operation.id);
  } else {
    // Someone in the console was quicker.
    operation.status = OperationStatus::kFailed;
    operation.failure_reason = "Received a 404 status error: Assignment not found.";
    return;
  }
  operation.status = OperationStatus::kSucceeded;
}

std::optional<Fault> Assignments::refusal(OperationKind kind, const Slot& slot, const Behaviour& behaviour) const {
  if (has_conflict(slot)) return Fault{"ConflictException", "There is a conflicting operation in process."};
  if (kind == OperationKind::kDelete && !is_present(slot)) {
    return Fault{"ResourceNotFoundException", "Assignment not found."};
  }
  if (kind == OperationKind::kCreate && outstanding(kind) >= behaviour.outstanding_creates) {
    return Fault{"ThrottlingException", "There are too many requests processing. Please try again later."};
  }
  return std::nullopt;
}

Operation Assignments::begin(OperationKind kind, const Slot& slot, std::optional<std::string> failure,
                             const Behaviour& behaviour, Instant now) {
  AG_ASSERT(!refusal(kind, slot, behaviour));
  const std::uint64_t number = ++begun_;
  Operation operation{
      .number = number,
      .id = OperationId(derived_uuid(seed_, "operation", number)),
      .kind = kind,
      .slot = slot,
      .begun = now,
      .due = now + time_taken(seed_, number, behaviour),
      .failure_reason = failure.value_or(""),
      .role = role_change(kind, slot),
  };
  under_way_.emplace(number, operation.due);
  by_id_.emplace(operation.id.str(), number);
  operations_.emplace(number, operation);
  forget_old();
  return operation;
}

int Assignments::next_roll() const { return static_cast<int>(derived_number(seed_, "roll", begun_ + 1) % 1'000); }

bool Assignments::has_conflict(const Slot& slot) const {
  return std::any_of(under_way_.begin(), under_way_.end(), [&](const auto& entry) {
    const Operation& other = operations_.at(entry.first);
    if (other.slot.account != slot.account) return false;
    return other.slot.permission_set == slot.permission_set || other.role == Operation::Role::kUpdated;
  });
}

int Assignments::outstanding(OperationKind kind) const {
  return static_cast<int>(std::count_if(under_way_.begin(), under_way_.end(),
                                        [&](const auto& entry) { return operations_.at(entry.first).kind == kind; }));
}

Operation::Role Assignments::role_change(OperationKind kind, const Slot& slot) const {
  const auto holders = present(slot.account, slot.permission_set);
  const bool first = kind == OperationKind::kCreate && holders.empty();
  const bool last = kind == OperationKind::kDelete && holders.size() == 1;
  return first || last ? Operation::Role::kUpdated : Operation::Role::kLeft;
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

std::vector<Presence> Assignments::presences() const {
  std::vector<Presence> all(ended_.begin(), ended_.end());
  for (const auto& [slot, presence] : present_) all.push_back(presence);
  return all;
}

void Assignments::appear(const Slot& slot, Instant at, const OperationId& by) {
  present_.try_emplace(slot, Presence{.slot = slot, .from = at, .created_by = by});
}

void Assignments::disappear(const Slot& slot, Instant at, const OperationId& by) {
  const auto it = present_.find(slot);
  if (it == present_.end()) return;
  Presence presence = std::move(it->second);
  present_.erase(it);
  presence.until = at;
  presence.deleted_by = by;
  ended_.push_back(std::move(presence));
  if (ended_.size() > kMaxRememberedPresences) ended_.pop_front();
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
