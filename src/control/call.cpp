#include "control/call.hpp"

#include <algorithm>

namespace ag::control {

bool is_retryable(aws::ErrorClass kind) {
  return kind == aws::ErrorClass::kRetryable || kind == aws::ErrorClass::kThrottled ||
         kind == aws::ErrorClass::kConflictTransient;
}

bool is_passing(aws::ErrorClass kind) { return is_retryable(kind) || kind == aws::ErrorClass::kCredentials; }

Duration backoff(int attempts, Duration most, std::uint64_t salt) {
  const std::int64_t doubled = std::int64_t{1000} << std::clamp(attempts, 0, 20);
  const std::int64_t capped = std::min(doubled, most.count_milliseconds());
  // SplitMix64's finaliser: neighbouring salts give unrelated values.
  std::uint64_t mixed = salt + std::uint64_t{0x9e3779b97f4a7c15} * static_cast<std::uint64_t>(attempts + 1);
  mixed = (mixed ^ (mixed >> 30)) * std::uint64_t{0xbf58476d1ce4e5b9};
  mixed = (mixed ^ (mixed >> 27)) * std::uint64_t{0x94d049bb133111eb};
  mixed ^= mixed >> 31;
  const auto spread = static_cast<std::int64_t>(mixed % static_cast<std::uint64_t>(capped / 5 + 1));
  return Duration::milliseconds(capped - spread);
}

}  // namespace ag::control
