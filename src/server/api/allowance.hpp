#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/time.hpp"

/// How often something may happen that strangers can cause: `burst` times at once, then once in each `every`. One for
/// all callers together. From any thread.
namespace ag::server {

class Allowance {
 public:
  constexpr Allowance(Duration every, std::int64_t burst) : every_(every), burst_(burst) {}

  /// Whether it may happen now; then it counts.
  [[nodiscard]] bool take(Instant now) {
    std::int64_t spent_until = spent_until_;
    std::int64_t next = 0;
    do {
      if (spent_until > (now + every_ * burst_).count_nanoseconds()) return false;
      next = std::max(spent_until, now.count_nanoseconds()) + every_.count_nanoseconds();
    } while (!spent_until_.compare_exchange_weak(spent_until, next));
    return true;
  }

 private:
  Duration every_;
  std::int64_t burst_;
  std::atomic<std::int64_t> spent_until_ = 0;  ///< nanoseconds
};

}  // namespace ag::server
