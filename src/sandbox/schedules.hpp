#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "sandbox/sandbox.hpp"

namespace ag::sandbox {

struct World;

/// A one-time schedule of EventBridge Scheduler whose target removes an assignment.
struct Schedule {
  ScheduledRemoval removal;
  json::object definition;   ///< as it was given: what GetSchedule answers of it
  std::string client_token;  ///< of the call that made it or changed it last
  Instant created;
  Instant modified;
  enum class Afterwards { kDelete, kKeep } afterwards = Afterwards::kDelete;
  Instant next_attempt = Instant::max();  ///< max when it is disabled or done
};

/// Those that there are, and which of them is due next.
class Schedules {
 public:
  using Key = std::pair<std::string, std::string>;  ///< group and name

  [[nodiscard]] Instant next_due() const { return due_.empty() ? Instant::max() : due_.begin()->first; }
  /// The one that is due next; there is one (asserted).
  [[nodiscard]] const Schedule& next() const;
  [[nodiscard]] const Schedule* find(const Key& key) const;
  [[nodiscard]] const std::map<Key, Schedule>& all() const { return schedules_; }

  /// In the place of one of that name, if there is one.
  void put(Schedule schedule);
  void remove(const Key& key);

  std::set<std::string> groups = {"AccessGuard", "default"};

 private:
  std::map<Key, Schedule> schedules_;
  std::set<std::pair<Instant, Key>> due_;
};

[[nodiscard]] inline Schedules::Key key_of(const Schedule& schedule) {
  return {schedule.removal.group, schedule.removal.name};
}

/// When a schedule for that moment is really performed, by the behaviour's lateness.
[[nodiscard]] Instant performed_at(const World& world, const ScheduledRemoval& removal);

/// Lets time pass up to `until`: operations complete and schedules come due, in the order of their moments.
/// A schedule whose call is refused as conflicting or throttled is tried again, up to 185 times within a day, as its
/// retry policy has it; every other refusal ends it.
void pass_time(World& world, Instant until);

}  // namespace ag::sandbox
