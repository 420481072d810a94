#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace ag::sandbox {

/// So many calls a second and no more, with a burst: the token bucket of AWS's quotas, kept as the one moment at which
/// the bucket is full again (the generic cell rate algorithm, ITU-T I.371).
/// Exact: rounding can only admit less than the rate, never more.
class RateLimit {
 public:
  /// Counts the call when it is admitted; one that is refused costs nothing. A rate of zero or less limits nothing.
  [[nodiscard]] bool admits(int calls_per_second, Instant now) {
    return admits(calls_per_second, calls_per_second, now);
  }
  [[nodiscard]] bool admits(int calls_per_second, int burst, Instant now);

 private:
  Instant full_at_;
};

/// Organizations limits each operation for itself, by account (AWS: "Quotas for AWS Organizations", throttling).
class OrganizationsLimits {
 public:
  [[nodiscard]] bool admits(std::string_view operation, Instant now);

 private:
  std::map<std::string, RateLimit, std::less<>> of_operation_;
};

}  // namespace ag::sandbox
