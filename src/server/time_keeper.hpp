#pragma once
#include <cstdint>
#include <optional>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"

/// Tells the time when clocks disagree. The machine's wall clock says when access ends; a clock that only ever runs
/// forward, by the same second everywhere, tells when the wall clock was stepped; AWS's `Date` tells which is right.
///
/// Beyond 30 s of disagreement no access is given, and what has to end ends by whichever clock says so first: access
/// that ends too early is asked for again, access that ends too late is what this program is there to prevent.
namespace ag::server {

class TimeKeeper {
 public:
  struct Time {
    Instant now;
    std::optional<Error> disagreement;
    /// `now` did not go on from the last one as time does: what waits for a moment must be asked anew.
    bool jumped = false;
    std::int64_t skew_seconds = 0;  ///< how far the wall clock is ahead of AWS; negative when it is behind
  };

  /// AWS's `Date`, and the steady clock when it came.
  void note_aws(Instant date, Instant steady) { aws_ = {date, steady}; }
  /// At the start: when the newest entry of the ledger was written. Until AWS has said what time it is, a wall clock
  /// before that is taken for wrong.
  void note_ledger(Instant last_entry, Instant steady) { ledger_ = {last_entry, steady}; }

  [[nodiscard]] Time read(Instant wall, Instant steady);

 private:
  using Witness = std::optional<std::pair<Instant, Instant>>;
  Witness aws_;
  Witness ledger_;
  Witness last_;
};

}  // namespace ag::server
