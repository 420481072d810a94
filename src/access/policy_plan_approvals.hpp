#pragma once
#include <vector>

#include "access/approvers.hpp"
#include "access/state.hpp"

/// What becomes of a request's approvals when other people must agree than when it was asked. Part of the plan: the
/// door is policy_plan.hpp.
///
/// Approvals are given to the steps that the request was asked with, and no others can be added. When it is granted
/// they must be enough for the steps of that day too.
namespace ag::access {

enum class Enough {
  kAlways,     ///< whoever gives the approvals that are missing
  kSometimes,  ///< if the right people give them
  kNever,      ///< whoever does: it has to be asked again
};

/// `steps` are those of today, with everybody who may decide sooner or later in `widest`.
struct StepsOfToday {
  const std::vector<Step>& steps;
  const std::vector<Step>& widest;
};
[[nodiscard]] Enough enough(const RequestState& request, const RequestedAccount& account, const StepsOfToday& today,
                            const PolicyIndex& index);

}  // namespace ag::access
