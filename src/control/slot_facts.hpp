#pragma once
#include "access/ids.hpp"
#include "aws/types.hpp"

/// For the two halves of SlotControl.
namespace ag::control {

/// The assignment that fills a slot: grants are always to a person.
[[nodiscard]] inline aws::Assignment assignment_of(const access::Slot& slot) {
  return {slot.account, slot.permission_set, aws::PrincipalType::kUser, slot.principal.str()};
}

}  // namespace ag::control
