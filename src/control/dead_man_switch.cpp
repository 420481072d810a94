#include "control/dead_man_switch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.hpp"
#include "control/slot_facts.hpp"

namespace ag::control {
namespace {

using access::Event;
using access::GrantState;
using access::Slot;
using access::SlotState;
using access::State;
using access::Status;

constexpr Duration kLongestPause = Duration::seconds(30);
// What only people can put right is asked for less often.
constexpr Duration kLongestPauseIfRefused = Duration::minutes(2);
// Of a hash, in hexadecimal: 128 bits, so that no two slots share a schedule.
constexpr std::size_t kHashDigits = 32;
// What AWS did not answer may take effect so long after.
constexpr Duration kMayComeLate = Duration::minutes(1);
// How soon plan() says again what the ledger refused.
constexpr Duration kPlanAgain = Duration::seconds(1);

Instant to_next_second(Instant at) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return Instant::from_nanoseconds((at.count_nanoseconds() + kSecond - 1) / kSecond * kSecond);
}

/// Whether nothing of ours is there any more, nor about to come: then what the schedule would remove is not ours. What
/// begins later gets a schedule of its own.
bool is_over(const State& state, const Slot& slot) {
  const SlotState* row = state.slots.find(slot);
  if (row == nullptr) return true;
  return !row->create_intended && std::none_of(row->live.begin(), row->live.end(), [&](const auto& id) {
    const GrantState& grant = *state.grants.find(id);
    return is_open(grant) && grant.started;
  });
}

}  // namespace

std::string switch_name(const Slot& slot) {
  const std::string whole = slot.account.str() + "\n" + slot.permission_set.str() + "\n" + slot.principal.str();
  return fmt::format("accessguard-{}-{}", slot.account.str(), to_hex(sha256(whole)).substr(0, kHashDigits));
}

std::optional<Instant> switch_time(const State& state, const Slot& slot, Duration grace, Instant now) {
  const SlotState* row = state.slots.find(slot);
  if (row == nullptr || !row->create_intended) return std::nullopt;
  std::optional<Instant> end;
  const auto needs_until = [&](Instant at) { end = std::max(end.value_or(at), at); };
  std::vector<const GrantState*> to_come;
  for (const auto& id : row->live) {
    const GrantState& grant = *state.grants.find(id);
    if (grant.status == Status::kEnding) needs_until(grant.ending_at.value_or(grant.end));
    else if (is_open(grant) && access::has_begun(grant, now)) needs_until(grant.end);
    else if (is_open(grant)) to_come.push_back(&grant);
  }
  if (!end) return std::nullopt;
  // Whoever begins before AWS would remove it must not lose it.
  std::sort(to_come.begin(), to_come.end(), [](const auto* a, const auto* b) { return a->start < b->start; });
  for (const auto* grant : to_come) {
    if (grant->start <= *end + grace) needs_until(grant->end);
  }
  return to_next_second(*end + grace);
}

void DeadManSwitch::adopt(const State& state) {
  if (!settings_) return;
  for (const auto& [slot, row] : state.slots) {
    if (row.create_intended && state.switches.find(slot) == nullptr) watches_[slot].unclear = true;
    touch(slot);
  }
  for (const auto& [slot, row] : state.switches) touch(slot);
  // Those that began and ended while no server came so far as to ask AWS, or to look a second time.
  for (const auto& [slot, since] : state.let_go) {
    if (state.slots.find(slot) != nullptr || state.switches.find(slot) != nullptr) continue;
    watches_[slot].unclear = true;
    touch(slot);
  }
  is_adopted_now_ = true;
}

// What the server before this one sent last may still take effect.
void DeadManSwitch::expect_what_was_sent_before(Instant now) {
  if (!std::exchange(is_adopted_now_, false)) return;
  for (auto& [slot, watch] : watches_) {
    if (watch.unclear) watch.may_come_until = now + kMayComeLate;
  }
}

void DeadManSwitch::doubt(const State& state) {
  if (!settings_) return;
  for (const auto& [slot, armed] : state.switches) {
    watches_[slot].unclear = true;
    touch(slot);
  }
}

bool DeadManSwitch::allows_create(const State& state, const Slot& slot, Instant now) const {
  if (!settings_) return true;
  const auto it = watches_.find(slot);
  const bool is_certain = it == watches_.end() || (!it->second.gone && !it->second.unclear);
  const access::ArmedSwitch* armed = state.switches.find(slot);
  if (armed == nullptr || !is_certain) return false;
  const auto wanted = switch_time(state, slot, settings_->grace, now);
  return !wanted || armed->at >= *wanted;
}

// ---- what the ledger needs -------------------------------------------------------------------------------

std::vector<Event> DeadManSwitch::events_for(const State& state, const Slot& slot, const Watch& watch) {
  const access::ArmedSwitch* armed = state.switches.find(slot);
  if (watch.gone && armed != nullptr) return {access::SwitchDisarmed{slot, armed->name}};
  if (watch.at && (armed == nullptr || armed->at != *watch.at)) {
    return {access::SwitchArmed{slot, switch_name(slot), *watch.at}};
  }
  return {};
}

std::vector<Event> DeadManSwitch::plan(const State& state, Instant now) const {
  std::set<Slot> due = due_;
  for (auto it = timers_.begin(); it != timers_.end() && it->first <= now; ++it) due.insert(it->second);
  std::vector<Event> events;
  for (const auto& slot : due) {
    const auto it = watches_.find(slot);
    if (it == watches_.end()) continue;
    auto more = events_for(state, slot, it->second);
    std::move(more.begin(), more.end(), std::back_inserter(events));
  }
  return events;
}

// ---- what may be sent ------------------------------------------------------------------------------------

DeadManSwitch::Action DeadManSwitch::action_for(const State& state, const Slot& slot, const Watch& watch,
                                                Instant now) const {
  if (watch.call || now < watch.not_before) return Action::kNone;
  const access::ArmedSwitch* armed = state.switches.find(slot);
  // What was removed while the ledger cannot be written is not to be removed once more, whatever stands there by then.
  if (is_over(state, slot)) {
    // And what a call of before may have made meanwhile is looked for once more.
    const bool may_have_come = watch.may_come_until != Instant{} && now >= watch.may_come_until;
    const bool may_be_there = armed != nullptr || watch.at || watch.unclear || may_have_come;
    return may_be_there && !watch.gone ? Action::kDelete : Action::kNone;
  }
  if (!events_for(state, slot, watch).empty()) return Action::kNone;
  const auto wanted = switch_time(state, slot, settings_->grace, now);
  // What is over by now cannot be scheduled, and AWS is at it.
  if (!wanted || *wanted <= now || (armed != nullptr && armed->at == *wanted && !watch.unclear)) return Action::kNone;
  return armed != nullptr || watch.unclear ? Action::kUpdate : Action::kCreate;
}

aws::Call DeadManSwitch::call_for(const Slot& slot, Action action, Instant at, Instant now) const {
  const std::string name = switch_name(slot);
  // A token of its own for each try: what AWS remembers of an earlier one must not stand for this one.
  const std::string token =
      to_hex(sha256(fmt::format("{} {} {}", name, at.count_nanoseconds(), now.count_nanoseconds())))
          .substr(0, kHashDigits);
  if (action == Action::kDelete) return aws::DeleteSchedule{name, settings_->group, token};
  aws::Schedule schedule{name, settings_->group, at, settings_->role_arn, instance_, assignment_of(slot)};
  if (action == Action::kUpdate) return aws::UpdateSchedule{std::move(schedule), token};
  return aws::CreateSchedule{std::move(schedule), token};
}

// What the ledger has need not be told it again: another server may write what is newer.
void DeadManSwitch::note_durable(const State& state, const Slot& slot, Watch& watch) {
  const access::ArmedSwitch* armed = state.switches.find(slot);
  if (armed == nullptr) watch.gone = false;
  else if (watch.at == armed->at) watch.at.reset();
}

bool DeadManSwitch::is_idle(const State& state, const Slot& slot, const Watch& watch) {
  const bool is_told = !watch.call && !watch.unclear && !watch.at && watch.may_come_until == Instant{};
  return is_told && is_over(state, slot) && state.switches.find(slot) == nullptr;
}

void DeadManSwitch::set_timer(const State& state, const Slot& slot, const Watch& watch, Instant now) {
  Instant wake = Instant::max();
  const auto consider = [&](Instant at) {
    if (at > now) wake = std::min(wake, at);
  };
  if (!watch.call) consider(watch.not_before);
  if (!watch.call) consider(watch.may_come_until);
  if (!events_for(state, slot, watch).empty()) consider(now + kPlanAgain);
  if (const SlotState* row = state.slots.find(slot)) {
    for (const auto& id : row->live) consider(state.grants.find(id)->start);
  }
  if (wake < Instant::max()) timers_.emplace(wake, slot);
}

std::vector<Outgoing> DeadManSwitch::dispatch(const State& state, Budget& budget, CallIds& ids, Instant now) {
  if (!settings_ || instance_.empty()) return {};  // what is due stays due
  expect_what_was_sent_before(now);
  while (!timers_.empty() && timers_.begin()->first <= now) {
    due_.insert(timers_.begin()->second);
    timers_.erase(timers_.begin());
  }
  budget_wake_ = Instant::max();
  std::vector<Outgoing> outgoing;
  for (auto it = due_.begin(); it != due_.end(); it = due_.erase(it)) {
    const Slot& slot = *it;
    Watch& watch = watches_[slot];
    note_durable(state, slot, watch);
    if (is_idle(state, slot, watch)) {
      watches_.erase(slot);
      continue;
    }
    const Action action = action_for(state, slot, watch, now);
    if (action == Action::kNone) {
      set_timer(state, slot, watch, now);
      continue;
    }
    const Instant at = switch_time(state, slot, settings_->grace, now).value_or(now);
    const Lane lane = action == Action::kDelete ? Lane::kVerify : Lane::kGrant;
    const aws::Call call = call_for(slot, action, at, now);
    if (!budget.allows(call, lane, now)) {
      budget_wake_ = budget.when(call, lane, now);
      break;
    }
    budget.spend(call, lane, now);
    outgoing.push_back({ids.next(), call, lane});
    in_flight_[outgoing.back().id] = slot;
    watch.call = outgoing.back().id;
    watch.action = action;
    watch.sent_for = at;
    watch.unclear = true;
    watch.gone = false;
  }
  return outgoing;
}

Instant DeadManSwitch::next_wake() const {
  if (!settings_ || instance_.empty()) return Instant::max();
  if (!due_.empty() && budget_wake_ == Instant::max()) return {};
  return std::min(budget_wake_, timers_.empty() ? Instant::max() : timers_.begin()->first);
}

// ---- what replies tell -----------------------------------------------------------------------------------

std::optional<Slot> DeadManSwitch::receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now) {
  const auto sent = in_flight_.extract(id);
  if (sent.empty()) return std::nullopt;
  const Slot& slot = sent.mapped();
  Watch& watch = watches_[slot];
  watch.call.reset();
  touch(slot);
  if (!reply) {
    learn_error(watch, reply.error(), now);
  } else {
    problem_.reset();
    watch.tries = 0;
    if (watch.action == Action::kDelete) {
      note_gone(watch, now);
    } else {
      watch.gone = false;
      watch.unclear = false;  // the ledger will have it
      watch.at = watch.sent_for;
    }
  }
  watch.action = Action::kNone;
  return slot;
}

void DeadManSwitch::note_gone(Watch& watch, Instant now) {
  watch.gone = true;
  watch.at.reset();
  watch.unclear = false;
  watch.tries = 0;
  if (now >= watch.may_come_until) watch.may_come_until = {};
}

void DeadManSwitch::learn_error(Watch& watch, const aws::AwsError& error, Instant now) {
  const bool is_absent = error.kind == aws::ErrorClass::kAbsent;
  // It came due, or the call before had deleted it.
  if (is_absent && watch.action == Action::kDelete) return note_gone(watch, now);
  if (error.kind == aws::ErrorClass::kRetryable && watch.action != Action::kDelete) {
    watch.may_come_until = now + kMayComeLate;
  }
  // One that the ledger does not know of, from a call that was not answered: the next one updates it.
  if (error.code == "ConflictException" && watch.action == Action::kCreate) return;
  const bool was_lost = is_absent && watch.action == Action::kUpdate;  // the next one makes it anew
  if (was_lost) {
    watch.gone = true;
    watch.unclear = false;
    watch.at.reset();
  }
  const bool passes = was_lost || is_passing(error.kind);
  if (!passes) problem_ = error;
  const auto salt = static_cast<std::uint64_t>(watch.sent_for.count_nanoseconds());
  const Duration pause = backoff(watch.tries++, passes ? kLongestPause : kLongestPauseIfRefused, salt);
  watch.not_before = now + std::max(pause, error.retry_after.value_or(Duration{}));
}

}  // namespace ag::control
