#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "access/event.hpp"
#include "aws/types.hpp"
#include "sandbox/sandbox.hpp"

/// What the dead man's switch promises, judged by the schedules that AWS has: none of our assignments is made before
/// AWS would remove it by itself, and what we have removed ourselves AWS is not to remove later.
namespace ag::simulation {

class SwitchLaws {
 public:
  SwitchLaws(const sandbox::Sandbox& sandbox, Duration grace) : sandbox_(sandbox), grace_(grace) {}

  /// A call about schedules went out; then AWS has taken it, or nobody knows.
  void note_call(const aws::Call& call, Instant now);
  void note_answered(const aws::Call& call);
  void note_lost(const aws::Call& call);

  /// A create is sent, for grants of which the last ends then.
  [[nodiscard]] std::optional<std::string> check_create(const access::Slot& slot, Instant last_end,
                                                        Duration tolerance) const;
  /// Schedules of slots that nothing of ours is left of; `is_over` tells which these are.
  template <class IsOver>
  [[nodiscard]] std::optional<std::string> check_left_behind(Instant now, Instant quiet_since, Duration within,
                                                             IsOver is_over) {
    std::map<access::Slot, Instant> over_since;
    std::optional<std::string> broken;
    for (const auto& each : sandbox_.schedules()) {
      const auto slot = slot_of(each);
      if (!is_over(slot)) continue;
      const auto known = over_since_.find(slot);
      const Instant since = known == over_since_.end() ? now : known->second;
      over_since[slot] = since;
      if (now > std::max(since, quiet_since) + within) broken = "a schedule was left behind: " + each.name;
    }
    over_since_ = std::move(over_since);
    return broken;
  }
  /// Of the slots that count.
  template <class Counts>
  [[nodiscard]] bool has_schedules(Counts counts) const {
    const auto schedules = sandbox_.schedules();
    return std::any_of(schedules.begin(), schedules.end(), [&](const auto& each) { return counts(slot_of(each)); });
  }

 private:
  static access::Slot slot_of(const sandbox::ScheduledRemoval& schedule) {
    return {access::AccountId(schedule.slot.account.str()),
            access::PermissionSetArn(schedule.slot.permission_set.str()), access::UserId(schedule.slot.principal_id)};
  }

  const sandbox::Sandbox& sandbox_;
  Duration grace_;
  std::map<std::string, access::Slot> slots_;   ///< by the schedule's name
  std::map<access::Slot, Instant> unanswered_;  ///< when it was sent: what deletes or moves it, and may do so yet
  std::map<access::Slot, Instant> lost_;        ///< the same, and no answer is to come
  std::map<access::Slot, Instant> over_since_;
};

}  // namespace ag::simulation
