#pragma once
#include <cstdint>

#include "aws/types.hpp"
#include "base/time.hpp"
#include "control/budget.hpp"

namespace ag::control {

using CallId = std::uint64_t;

/// How long AWS has for one answer; after that the outcome counts as unknown.
inline constexpr Duration kCallDeadline = Duration::seconds(20);

/// A call to be made now. Its reply is handed back with the same id, whatever happened.
struct Outgoing {
  CallId id = 0;
  aws::Call call;
  Lane lane = Lane::kSync;
};

/// Ids for calls, never used twice by one process.
class CallIds {
 public:
  CallId next() { return ++last_; }

 private:
  CallId last_ = 0;
};

/// Whether the same call may be answered when it is repeated.
[[nodiscard]] bool is_retryable(aws::ErrorClass kind);
/// The same of all that passes by itself or by an operator's hand elsewhere: credentials, too, come anew.
[[nodiscard]] bool is_passing(aws::ErrorClass kind);

/// 1 s, 2 s, 4 s … up to `most`, spread by a fifth so that many slots do not come back together. The spread is a
/// function of `salt`: pure code has no randomness.
[[nodiscard]] Duration backoff(int attempts, Duration most, std::uint64_t salt);

}  // namespace ag::control
