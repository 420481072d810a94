#include "server/time_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ag::server {
namespace {

constexpr Duration kTolerance = Duration::seconds(30);
// Slewing moves a clock by less, and a machine that was held up for a moment is not a stepped clock.
constexpr Duration kJump = Duration::seconds(10);

Duration apart(Instant a, Instant b) { return std::max(a - b, b - a); }

/// What a clock that was seen once says now.
Instant went_on(const std::pair<Instant, Instant>& seen, Instant steady) { return seen.first + (steady - seen.second); }

}  // namespace

TimeKeeper::Time TimeKeeper::read(Instant wall, Instant steady) {
  Time time{.now = wall};
  std::optional<Instant> other;
  if (aws_) other = went_on(*aws_, steady);
  else if (ledger_) other = std::max(wall, went_on(*ledger_, steady));  // it proves only that it is not earlier
  if (aws_) {
    time.skew_seconds = (wall - *other).count_seconds() - (*other - wall).count_seconds();
  }
  if (other && apart(wall, *other) > kTolerance) {
    time.now = std::max(wall, *other);
    time.disagreement = Error{"clock_disagrees",
                              fmt::format("this machine's clock says {}, {} says {}: no access is given while nobody "
                                          "knows when it would end",
                                          to_rfc3339(wall), aws_ ? "AWS" : "the ledger", to_rfc3339(*other)),
                              "", "", "set the clock of the server's machine, and keep it with NTP"};
  }
  time.jumped = last_ && apart(time.now, went_on(*last_, steady)) > kJump;
  last_ = {time.now, steady};
  return time;
}

}  // namespace ag::server
