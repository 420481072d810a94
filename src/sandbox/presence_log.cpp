#include "sandbox/presence_log.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace ag::sandbox {

void PresenceLog::disappeared(const Presence& presence) {
  note(presence);
  ended_by_slot_[presence.slot].push_back(forgotten_ + ended_.size());
  ended_.push_back(presence);
  if (ended_.size() <= kMaxEnded) return;
  const auto oldest = ended_by_slot_.find(ended_.front().slot);
  oldest->second.pop_front();
  if (oldest->second.empty()) ended_by_slot_.erase(oldest);
  ended_.pop_front();
  ++forgotten_;
}

std::vector<Presence> PresenceLog::ended(const Slot& slot) const {
  std::vector<Presence> found;
  const auto it = ended_by_slot_.find(slot);
  if (it == ended_by_slot_.end()) return found;
  for (const std::uint64_t place : it->second) found.push_back(ended_[static_cast<std::size_t>(place - forgotten_)]);
  return found;
}

std::vector<Presence> PresenceLog::since(std::uint64_t seen) const {
  AG_ASSERT(remembers(seen));
  if (seen >= changes_) return {};
  const auto count = static_cast<std::ptrdiff_t>(changes_ - seen);
  return {recent_.end() - count, recent_.end()};
}

void PresenceLog::note(const Presence& presence) {
  ++changes_;
  recent_.push_back(presence);
  if (recent_.size() > kMaxChanges) recent_.pop_front();
}

}  // namespace ag::sandbox
