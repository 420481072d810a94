#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.hpp"

/// How long requests wait for those who decide.
namespace ag::server {

struct Wait {
  Duration p50;  ///< half of them waited no longer
  Duration p95;
  std::size_t of = 0;
};

/// Of these, which are put in another order; none when there are none.
[[nodiscard]] std::optional<Wait> wait_of(std::vector<Duration>& waits);

/// The last of many: what is usual, for bounded room.
class RecentWaits {
 public:
  static constexpr std::size_t kKept = 200;  // enough for a steady p95, few enough to be sorted at each question

  void add(Duration wait);
  [[nodiscard]] std::optional<Wait> usual() const;

 private:
  std::vector<Duration> kept_;
  std::size_t next_ = 0;
};

}  // namespace ag::server
