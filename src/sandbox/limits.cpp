#include "sandbox/limits.hpp"

#include <algorithm>

namespace ag::sandbox {

bool RateLimit::admits(int calls_per_second, Instant now) {
  if (calls_per_second <= 0) return true;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const Duration each = Duration::nanoseconds((kSecond + calls_per_second - 1) / calls_per_second);
  const Instant full_at = std::max(full_at_, now) + each;
  if (full_at - now > each * calls_per_second) return false;
  full_at_ = full_at;
  return true;
}

}  // namespace ag::sandbox
