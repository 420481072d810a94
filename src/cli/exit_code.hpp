#pragma once
#include <string_view>

#include "cli/problem.hpp"

/// What the program's exit says to scripts. FIXED: scripts of others compare these numbers.
namespace ag::cli {

enum class ExitCode : int {
  kOk = 0,
  kOther = 1,
  kUsage = 2,
  kNotFound = 3,
  kSignIn = 4,
  kNotAllowed = 5,  ///< by policy, or by role
  kDenied = 6,
  kWaitTimedOut = 7,
  kPending = 8,
  kConflict = 9,
  kAwsFailed = 10,
  kInterrupted = 130,  ///< 128 and SIGINT, as shells count
};

[[nodiscard]] ExitCode exit_code_of(const Problem& problem);

/// For someone who waits for access: only `pending` and `granting` are not yet an outcome.
/// A lapsed request counts as a wait that timed out: nobody decided in time.
[[nodiscard]] ExitCode exit_code_of_state(std::string_view request_state);

}  // namespace ag::cli
