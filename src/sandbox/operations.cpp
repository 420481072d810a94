#include "sandbox/operations.hpp"

#include <fmt/format.h>

namespace ag::sandbox {
namespace {

// What AWS says when it cannot get into the account (aws-samples/aws-identitycenter-codepipeline-auto-assignment#31).
constexpr std::string_view kSuspendedReason =
    "AWS SSO is unable to complete your request at this time. Obtaining permissions to manage your AWS account '{}' "
    "takes longer than usual. Please try again in a few minutes.";
constexpr std::string_view kInternalReason = "An unexpected internal service exception was encountered";

/// How the next operation is to end, when not well.
std::optional<std::string> planned_failure(World& world, const Slot& slot) {
  if (world.operations_to_fail > 0) {
    --world.operations_to_fail;
    return world.operation_failure;
  }
  const Account* account = world.company.account(slot.account.str());
  if (account != nullptr && account->state != AccountState::kActive) {
    return fmt::format(kSuspendedReason, slot.account.str());
  }
  if (world.assignments.next_roll() < world.behaviour.failures_per_thousand) return std::string(kInternalReason);
  return std::nullopt;
}

}  // namespace

Outcome<Operation> begin_operation(World& world, OperationKind kind, const Slot& slot, Operation::Origin origin) {
  if (auto fault = world.assignments.refusal(kind, slot, world.behaviour)) return std::unexpected(std::move(*fault));
  OperationPlan plan{.failure = planned_failure(world, slot), .origin = origin};
  if (world.operations_to_stick > 0) {
    --world.operations_to_stick;
    plan.length = world.stick_length;
  }
  return world.assignments.begin(kind, slot, std::move(plan), world.behaviour, world.now);
}

Outcome<void> check_denials(const World& world, std::string_view operation, std::string_view who) {
  const auto denial = world.denials.find(operation);
  if (denial == world.denials.end() || denial->second <= world.now) return {};
  return refuse("AccessDeniedException",
                fmt::format("User: {} is not authorized to perform: {} with an explicit deny", who, operation));
}

}  // namespace ag::sandbox
