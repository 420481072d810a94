#include "simulation/switch_laws.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ag::simulation {
namespace {

// What was sent and not answered may take effect so long.
constexpr Duration kMayComeYet = Duration::seconds(60);
// Schedules are in whole seconds.
constexpr Duration kSecond = Duration::seconds(1);

std::string name_of_schedule(const aws::Call& call) {
  if (const auto* create = std::get_if<aws::CreateSchedule>(&call)) return create->schedule.name;
  if (const auto* update = std::get_if<aws::UpdateSchedule>(&call)) return update->schedule.name;
  if (const auto* removal = std::get_if<aws::DeleteSchedule>(&call)) return removal->name;
  return {};
}

const aws::Assignment* removed_by(const aws::Call& call) {
  if (const auto* create = std::get_if<aws::CreateSchedule>(&call)) return &create->schedule.assignment;
  if (const auto* update = std::get_if<aws::UpdateSchedule>(&call)) return &update->schedule.assignment;
  return nullptr;
}

}  // namespace

void SwitchLaws::note_call(const aws::Call& call, Instant now) {
  const auto name = name_of_schedule(call);
  if (const auto* it = removed_by(call); it != nullptr) {
    slots_[name] = {it->account, it->permission_set, access::UserId(it->principal_id)};
  }
  if (std::holds_alternative<aws::CreateSchedule>(call)) return;  // that takes nothing away
  if (const auto slot = slots_.find(name); slot != slots_.end()) unanswered_[slot->second] = now;
}

void SwitchLaws::note_answered(const aws::Call& call) {
  const auto slot = slots_.find(name_of_schedule(call));
  if (slot == slots_.end()) return;
  const auto sent = unanswered_.extract(slot->second);
  const auto lost = lost_.find(slot->second);
  // What comes after the last moment of the one that was lost is as it says.
  if (!sent.empty() && lost != lost_.end() && sent.mapped() - lost->second > kMayComeYet) lost_.erase(lost);
}

void SwitchLaws::note_lost(const aws::Call& call) {
  const auto slot = slots_.find(name_of_schedule(call));
  if (slot == slots_.end()) return;
  if (const auto sent = unanswered_.extract(slot->second); !sent.empty()) lost_[slot->second] = sent.mapped();
}

std::optional<std::string> SwitchLaws::check_create(const access::Slot& slot, Instant last_end,
                                                    Duration tolerance) const {
  const auto schedules = sandbox_.schedules();
  const auto it =
      std::find_if(schedules.begin(), schedules.end(), [&](const auto& each) { return slot_of(each) == slot; });
  if (it != schedules.end() && it->enabled && it->at <= last_end + grace_ + kSecond + tolerance) return std::nullopt;
  // What was sent to delete or move it, and was not answered, cannot be called back either.
  if (unanswered_.contains(slot) || lost_.contains(slot)) return std::nullopt;
  if (it == schedules.end()) return "a create without a schedule that would undo it";
  return "the schedule would undo it only at " + to_rfc3339(it->at);
}

}  // namespace ag::simulation
