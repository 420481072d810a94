#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace ag::sandbox {

/// What came and went: every interval that has ended, and the changes in order. Bounded: the oldest are forgotten.
class PresenceLog {
 public:
  static constexpr std::size_t kMaxEnded = 100'000;    // a demo runs for weeks
  static constexpr std::size_t kMaxChanges = 100'000;  // a judge looks far more often

  void appeared(const Presence& presence) { note(presence); }
  void disappeared(const Presence& presence);

  [[nodiscard]] const std::deque<Presence>& ended() const { return ended_; }
  [[nodiscard]] std::vector<Presence> ended(const Slot& slot) const;

  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  /// Whether what followed the first `seen` changes is remembered.
  [[nodiscard]] bool remembers(std::uint64_t seen) const { return seen + recent_.size() >= changes_; }
  /// What followed the first `seen` changes, which are remembered (asserted).
  [[nodiscard]] std::vector<Presence> since(std::uint64_t seen) const;

 private:
  void note(const Presence& presence);

  std::deque<Presence> ended_;
  std::uint64_t forgotten_ = 0;                              // of those that ended
  std::map<Slot, std::deque<std::uint64_t>> ended_by_slot_;  // places in ended_, counted from the first ever
  std::deque<Presence> recent_;
  std::uint64_t changes_ = 0;
};

}  // namespace ag::sandbox
