#pragma once
#include "base/time.hpp"

namespace ag::sandbox {

/// So many calls a second and no more, with a burst of one second's worth: the token bucket of AWS's quotas, kept
/// as the one moment at which the bucket is full again (the generic cell rate algorithm, ITU-T I.371).
/// Exact: rounding can only admit less than the rate, never more.
class RateLimit {
 public:
  /// Counts the call when it is admitted; one that is refused costs nothing. A rate of zero or less limits nothing.
  [[nodiscard]] bool admits(int calls_per_second, Instant now);

 private:
  Instant full_at_;
};

}  // namespace ag::sandbox
