#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/sandbox.hpp"

namespace ag::sandbox {

struct World;
struct Call;
struct Caller;

/// One call of CreateAccountAssignment, as CloudTrail keeps it.
struct TrailRecord {
  std::uint64_t number = 0;  ///< in the order of the calls
  Instant at;
  Instant told_at;  ///< from then on LookupEvents shows it
  AccountId account;
  std::string by;  ///< the caller's ARN
  Slot slot;       ///< of a call that was taken
  json::object event;
  bool was_taken = false;
};

/// The calls that gave access, whoever made them: the last 100,000.
class Trail {
 public:
  void note(TrailRecord record);
  [[nodiscard]] std::uint64_t next_number() const { return noted_ + 1; }
  /// In the order of the calls.
  [[nodiscard]] const std::deque<TrailRecord>& records() const { return records_; }

 private:
  std::deque<TrailRecord> records_;
  std::uint64_t noted_ = 0;
};

/// To be told of every call that was performed; those of other operations are passed over.
void note_in_trail(World& world, const Call& call, const Outcome<json::object>& outcome);
/// Somebody with rights in the console made it.
void note_by_hand(World& world, const Slot& slot);

}  // namespace ag::sandbox
