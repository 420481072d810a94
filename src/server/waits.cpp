#include "server/waits.hpp"

#include <algorithm>

namespace ag::server {
namespace {

/// The smallest that so many percent of them do not exceed.
Duration percentile(std::vector<Duration>& waits, std::size_t percent) {
  const std::size_t rank = std::max<std::size_t>((waits.size() * percent + 99) / 100, 1) - 1;
  const auto at = waits.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(waits.begin(), at, waits.end());
  return *at;
}

}  // namespace

std::optional<Wait> wait_of(std::vector<Duration>& waits) {
  if (waits.empty()) return std::nullopt;
  return Wait{percentile(waits, 50), percentile(waits, 95), waits.size()};
}

void RecentWaits::add(Duration wait) {
  if (kept_.size() < kKept) kept_.push_back(wait);
  else kept_[next_] = wait;
  next_ = (next_ + 1) % kKept;
}

std::optional<Wait> RecentWaits::usual() const {
  std::vector<Duration> waits = kept_;
  return wait_of(waits);
}

}  // namespace ag::server
