#include "control/slots.hpp"

#include <algorithm>
#include <utility>

#include "control/slot_facts.hpp"

/// This third: what the ledger needs. What may be sent is in slot_calls.cpp, what replies tell in slot_replies.cpp.
namespace ag::control {
namespace {

using access::Event;
using access::Presence;
using access::Slot;
using access::SlotState;
using access::State;

// A list that ended longer ago than this is no basis for a decision. Its own length does not count: under load the
// pages of a long one take their time, and it would never be good.
constexpr Duration kLookGood = Duration::seconds(30);
// Of a create of before the start: earlier than whatever the ledger says of it, later than nothing.
constexpr Instant kSomeTime = Instant::from_nanoseconds(1);

std::vector<Event> fail_grants(const std::vector<access::GrantId>& grants, const std::string& code,
                               const std::string& message) {
  std::vector<Event> events;
  for (const auto& id : grants) events.push_back(access::GrantFailed{id, code, message});
  return events;
}

std::vector<Event> refuse_standing(const Slot& slot, const std::vector<access::GrantId>& grants, Instant observed_at) {
  std::vector<Event> events{access::SlotStanding{slot, observed_at}};
  auto failed = fail_grants(grants, "already_held",
                            "the assignment was there before: it is standing access, not ours to give or to take");
  std::move(failed.begin(), failed.end(), std::back_inserter(events));
  return events;
}

/// Ending grants whose slot another grant keeps.
std::vector<Event> cover_grants(const State& state, const SlotState& row, Instant now) {
  const auto keepers = needed_grants(state, row, now);
  std::vector<Event> events;
  for (const auto& id : ending_grants(state, row)) events.push_back(access::GrantCovered{id, keepers.front()});
  return events;
}

/// That the assignment was seen, or is about to change.
bool tells_of_slot(const Event& event) {
  return std::holds_alternative<access::CreateIntended>(event) ||
         std::holds_alternative<access::DeleteIntended>(event) || std::holds_alternative<access::SlotPresent>(event) ||
         std::holds_alternative<access::SlotAbsent>(event) || std::holds_alternative<access::SlotMissing>(event) ||
         std::holds_alternative<access::SlotStanding>(event) || std::holds_alternative<access::SlotReappeared>(event) ||
         std::holds_alternative<access::SlotHandedOver>(event);
}

bool is_create_intent(const Event& event) { return std::holds_alternative<access::CreateIntended>(event); }

void append(std::vector<Event>& events, std::vector<Event> more) {
  std::move(more.begin(), more.end(), std::back_inserter(events));
}

}  // namespace

void SlotControl::adopt(const State& state, Duration open_for) {
  open_for_ = open_for;
  for (const auto& [slot, released] : state.released) touch(slot);
  for (const auto& [slot, row] : state.slots) {
    Watch& watch = watches_[slot];
    watch.look_first = row.create_intended;
    watch.create_is_foreign = row.create_intended && row.presence == Presence::kUnknown;
    if (watch.create_is_foreign) watch.unanswered_at = kSomeTime;
    // Instant::max(): counts from the first dispatch().
    if (row.create_intended && row.presence == Presence::kUnknown) {
      watch.open_until[index(Mutation::kCreate)] = Instant::max();
    }
    if (row.delete_intended) watch.open_until[index(Mutation::kDelete)] = Instant::max();
    watch.delete_is_repeat = row.delete_intended;
    // A create that AWS had accepted may still be under way: only its end makes a list conclusive.
    if (row.create_intended && row.presence == Presence::kUnknown && !row.create_operation.empty() &&
        !row.delete_intended) {
      watch.operation = Operation{Mutation::kCreate, row.create_operation, {}, 0, true};
      watch.create_operation = row.create_operation;
      busy_accounts_.try_emplace(slot.account, slot);
      outstanding_creates_.insert(slot);
    }
    touch(slot);
  }
}

void SlotControl::note_foreign(const Slot& slot, const Event& event) {
  Watch& watch = watches_[slot];
  if (tells_of_slot(event)) {  // what was seen before it, or is being read, says nothing of it
    watch.look.reset();
    watch.is_outdated = watch.listing.has_value();
  }
  // Instant::max(): counts from the next dispatch().
  if (std::holds_alternative<access::CreateIntended>(event)) {
    watch.create_is_foreign = true;
    watch.another_creates = true;
    watch.unverified.reset();  // that the life before is over says nothing of this one
    watch.unanswered_at = kSomeTime;
    watch.create_sent = true;
    watch.look_first = true;
    watch.yields_until[index(Mutation::kCreate)] = Instant::max();
    watch.open_until[index(Mutation::kCreate)] = Instant::max();
    open_for_ = kOpenAfterReset;
  } else if (std::holds_alternative<access::SlotPresent>(event)) {
    if (!watch.create_is_foreign) return;
    watch.open_until[index(Mutation::kCreate)] = {};
    if (watch.unanswered_at == kSomeTime) watch.unanswered_at = {};
  } else if (const auto* accepted = std::get_if<access::CreateAccepted>(&event); accepted != nullptr) {
    if (watch.unanswered_at == kSomeTime) watch.unanswered_at = {};
    if (watch.operation || watch.call) return;
    watch.operation = Operation{Mutation::kCreate, accepted->operation, {}, 0, true};
    watch.create_operation = accepted->operation;
  } else if (std::holds_alternative<access::DeleteIntended>(event)) {
    watch.yields_until[index(Mutation::kDelete)] = Instant::max();
  } else if (std::holds_alternative<access::DeleteAccepted>(event)) {
    // What AWS has made is gone by his doing: lists that do not show it are not behind.
    if (watch.unverified == Mutation::kCreate) watch.unverified.reset();
  }
}

void SlotControl::doubt(const Slot& slot) {
  watches_[slot].look_first = true;
  touch(slot);
}

bool SlotControl::look_is_current(const SlotState& row, const Watch& watch, Instant now) {
  if (!watch.look || watch.listing || watch.operation || watch.call) return false;
  if (watch.released && !row.create_intended) return false;
  // What was open when it began can now be known: look again.
  const bool is_outdated = std::any_of(watch.open_until.begin(), watch.open_until.end(), [&](Instant open_until) {
    return watch.look->begun_at < open_until && open_until <= now;
  });
  return !is_outdated && now - watch.look->ended_at <= kLookGood;
}

/// Whether a list that was begun after the end has told whether it is there.
bool SlotControl::is_seen_since_end(const State& state, const SlotState& row, const Watch& watch, Instant now) {
  if (!look_is_current(row, watch, now)) return false;
  return std::all_of(row.live.begin(), row.live.end(), [&](const auto& id) {
    const auto& ending_at = state.grants.find(id)->ending_at;
    // One that lies ahead was said by a clock that was put right since.
    return !ending_at || *ending_at <= watch.look->begun_at || *ending_at > now;
  });
}

// ---- what the ledger needs -------------------------------------------------------------------------------

std::vector<Event> SlotControl::plan(const State& state, Instant now) const {
  std::set<Slot> due = due_;
  for (auto it = timers_.begin(); it != timers_.end() && it->first <= now; ++it) due.insert(it->second);
  std::vector<Event> events;
  std::set<access::AccountId> intended;
  static const Watch kFresh;
  for (const auto& slot : due) {
    const auto it = watches_.find(slot);
    auto of_slot = events_for(state, slot, it == watches_.end() ? kFresh : it->second, now);
    // Creates are scarce: the intent of one that cannot go yet would only be in the way when its grant ends.
    const SlotState* row = state.slots.find(slot);
    if (row != nullptr && !row->create_intended && std::erase_if(of_slot, is_create_intent) > 0) {
      const bool may_go =
          intended.size() < room_for_creates() && !intended.contains(slot.account) && !is_taken(slot.account);
      if (may_go) {
        intended.insert(slot.account);
        of_slot.emplace_back(access::CreateIntended{slot});
      }
    }
    append(events, std::move(of_slot));
  }
  return events;
}

/// How many creates could be sent as soon as their intents are on the ledger.
std::size_t SlotControl::room_for_creates() const {
  const std::size_t taken = outstanding_creates_.size() + unsent_creates_.size();
  return kMostOutstandingCreates - std::min(taken, kMostOutstandingCreates);
}

/// Whether something is under way in the account, or is about to be.
bool SlotControl::is_taken(const access::AccountId& account) const {
  const auto unsent = unsent_creates_.lower_bound({account, {}, {}});
  return busy_accounts_.contains(account) || (unsent != unsent_creates_.end() && unsent->account == account);
}

std::vector<Event> SlotControl::events_for(const State& state, const Slot& slot, const Watch& watch,
                                           Instant now) const {
  const SlotState* row = state.slots.find(slot);
  if (row == nullptr) {
    const access::Released* released = state.released.find(slot);
    return released == nullptr ? std::vector<Event>{} : events_when_released(*released, slot, watch, now);
  }
  std::vector<Event> events;
  // While another server has the create in hand, its answer may still get onto the ledger.
  const bool may_be_answered =
      watch.unanswered_at == kSomeTime && !row->delete_intended && now < watch.yields_until[index(Mutation::kCreate)];
  if (watch.unanswered_at > row->create_unanswered_at && row->create_intended && !may_be_answered) {
    events.push_back(access::CreateUnanswered{slot});
  }
  if (row->create_intended && !watch.create_operation.empty() && watch.create_operation != row->create_operation) {
    events.push_back(access::CreateAccepted{slot, watch.create_operation});
  }
  if (row->delete_intended && !watch.delete_operation.empty() && watch.delete_operation != row->delete_operation) {
    events.push_back(access::DeleteAccepted{slot, watch.delete_operation});
  }
  append(events, is_desired(state, *row, now) ? events_when_desired(state, slot, watch, now)
                                              : events_when_not_desired(state, slot, watch, now));
  return events;
}

std::vector<Event> SlotControl::events_when_released(const access::Released& released, const Slot& slot,
                                                     const Watch& watch, Instant now) {
  const bool is_back = watch.look && watch.look->present && watch.look->begun_at > released.observed_at;
  if (!is_back || !is_recent(released, now)) return {};
  // Whoever else gave it, it is not ours to take.
  if (now - released.create_unanswered_at <= access::kReleasedKept)
    return {access::SlotReappeared{slot, watch.look->begun_at}};
  return {access::AssignmentAppeared{slot.account, slot.permission_set, slot.principal, {}, watch.look->begun_at}};
}

std::vector<Event> SlotControl::events_when_desired(const State& state, const Slot& slot, const Watch& watch,
                                                    Instant now) {
  const SlotState& row = *state.slots.find(slot);
  const bool looked = look_is_current(row, watch, now);
  const bool seen = looked && watch.look->present;
  const bool gone = looked && !watch.look->present;
  std::vector<Event> events = cover_grants(state, row, now);

  if (!row.create_intended) {
    if (const auto hopeless = hopeless_grants(watch.unreadable, state, row, now); !hopeless.empty()) {
      append(events, fail_grants(hopeless, watch.unreadable->code, watch.unreadable->message));
    } else if (seen) {
      append(events, refuse_standing(slot, needed_grants(state, row, now), watch.look->begun_at));
    } else if (gone) {
      events.push_back(access::CreateIntended{slot});
    }
    return events;
  }
  if (row.delete_intended) {
    // The delete may be under way, or only its reply lost: no list can tell, but a new create is sure. AWS refuses it
    // until the delete has ended.
    if (!watch.operation && !watch.call) events.push_back(access::CreateIntended{slot});
    return events;
  }
  if (seen && !watch.create_sent) {  // somebody gave it by hand while ours was held
    append(events, refuse_standing(slot, needed_grants(state, row, now), watch.look->begun_at));
    return events;
  }
  if (seen) {
    const auto waits = waits_since(state, row, now);
    if (row.presence != Presence::kPresent || (waits && watch.look->begun_at >= *waits)) {
      events.push_back(access::SlotPresent{slot, watch.look->begun_at});
    }
    return events;
  }
  if (!gone) return events;
  if (watch.create_is_foreign && row.presence != Presence::kPresent) {
    const bool is_silent = now >= watch.yields_until[index(Mutation::kCreate)] && !watch.operation && !watch.call;
    if (is_silent) events.push_back(access::CreateIntended{slot});
    return events;
  }
  if (const auto hopeless = hopeless_grants(watch.failure, state, row, now); !hopeless.empty()) {
    const bool is_certain = !is_open(watch, Mutation::kCreate);
    if (is_certain) append(events, fail_grants(hopeless, watch.failure->code, watch.failure->message));
  } else if (row.presence == Presence::kPresent) {
    events.push_back(access::SlotMissing{slot, watch.look->begun_at});
  }
  return events;
}

std::vector<Event> SlotControl::events_when_not_desired(const State& state, const Slot& slot, const Watch& watch,
                                                        Instant now) {
  const SlotState& row = *state.slots.find(slot);
  if (row.create_intended && !row.delete_intended && !watch.create_sent) {
    if (!look_is_current(row, watch, now)) return {};
    if (!watch.look->present) return {access::SlotAbsent{slot, watch.look->begun_at}};
    return refuse_standing(slot, ending_grants(state, row), watch.look->begun_at);
  }
  const bool may_stay = row.shared && row.shared->at_expiry == access::ForeignCreates::kHold;
  if (may_stay && has_untold_end(state, row, now)) return {};  // why it ends tells whether it stays
  if (is_to_stay(state, row)) {
    if (!is_seen_since_end(state, row, watch, now)) return {};
    const auto& by = *row.shared;
    if (watch.look->present) return {access::SlotHandedOver{slot, by.event, by.by, watch.look->begun_at}};
  }
  // Delete even what may not exist: after a crash nobody knows whether a create is still under way.
  if (row.create_intended && !row.delete_intended) return {access::DeleteIntended{slot}};
  if (!look_is_current(row, watch, now)) return {};
  if (row.create_intended) {
    const bool is_certain = watch.unverified == Mutation::kDelete && !is_open(watch, Mutation::kCreate);
    if (is_certain && !watch.look->present) return {access::SlotAbsent{slot, watch.look->begun_at}};
    return {};
  }
  const auto ending = ending_grants(state, row);
  if (ending.empty()) return {};
  if (!watch.look->present) return {access::SlotAbsent{slot, watch.look->begun_at}};
  return refuse_standing(slot, ending, watch.look->begun_at);
}

Instant SlotControl::next_wake() const {
  if (instance_.empty()) return Instant::max();
  if (!due_.empty()) return {};
  return std::min(budget_wake_, timers_.empty() ? Instant::max() : timers_.begin()->first);
}

SlotGauges SlotControl::gauges() const {
  SlotGauges gauges;
  for (const auto& [slot, watch] : watches_) {
    if (watch.queued) ++gauges.waiting[static_cast<std::size_t>(lane_of_queue(*watch.queued))];
  }
  gauges.outstanding_creates = outstanding_creates_.size();
  gauges.watched = watches_.size();
  return gauges;
}

bool SlotControl::released_since(const Slot& slot, Instant since) const {
  const auto it = released_.find(slot);
  return it != released_.end() && it->second >= since;
}

void SlotControl::forget_releases_before(Instant then) {
  std::erase_if(released_, [&](const auto& entry) { return entry.second < then; });
}

}  // namespace ag::control
