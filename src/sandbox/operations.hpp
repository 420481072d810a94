#pragma once
#include "sandbox/assignments.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/world.hpp"

/// How an assignment, a removal or a provisioning begins, whoever asks for it: a call, or a schedule that is due.
namespace ag::sandbox {

/// Faults: those of Assignments::refusal.
[[nodiscard]] Outcome<Operation> begin_operation(World& world, OperationKind kind, const Slot& slot,
                                                 Operation::Origin origin);

/// AccessDeniedException while the owner denies the operation (Sandbox::deny).
[[nodiscard]] Outcome<void> check_denials(const World& world, std::string_view operation, std::string_view who);

}  // namespace ag::sandbox
