#include "control/slots.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "control/slot_facts.hpp"

/// This half: what the ledger needs and what may be sent. The other half, what replies tell, is in slot_replies.cpp.
namespace ag::control {
namespace {

using access::Event;
using access::GrantState;
using access::Presence;
using access::Slot;
using access::SlotState;
using access::State;
using access::Status;

// A list that ended longer ago than this is no basis for a decision. Its own length does not count: under load the
// pages of a long one take their time, and it would never be good.
constexpr Duration kLookGood = Duration::seconds(30);
// 15: AWS allows 15 outstanding creates, not adjustable. Three are left to people who work by hand.
constexpr std::size_t kMostOutstandingCreates = 12;
// After a slot was seen to be gone it is looked at again: a create that AWS took late would bring it back.
constexpr std::array kLooksAfterRelease = {Duration::minutes(1), Duration::minutes(5), Duration::minutes(15),
                                           Duration::minutes(60)};
// How soon plan() says again what the ledger refused.
constexpr Duration kPlanAgain = Duration::seconds(1);
// Of a create of before the start: earlier than whatever the ledger says of it, later than nothing.
constexpr Instant kSomeTime = Instant::from_nanoseconds(1);
// How long another server has for what it intended: a create is tried for minutes, an end waits for nobody.
constexpr std::array kYieldFor = {Duration::minutes(2), Duration::seconds(5)};

/// Open, begun and not over: what makes a slot desired.
bool is_needed(const State& state, const access::GrantId& id, Instant now) {
  const GrantState& grant = *state.grants.find(id);
  const bool is_open = grant.status == Status::kGranting || grant.status == Status::kActive;
  return is_open && access::has_begun(grant, now) && now < grant.end;
}

bool is_ending(const State& state, const access::GrantId& id) {
  return state.grants.find(id)->status == Status::kEnding;
}

bool has_ending(const State& state, const SlotState& row) {
  return std::any_of(row.live.begin(), row.live.end(), [&](const auto& id) { return is_ending(state, id); });
}

/// Since when a grant needs it that was not yet seen to have it, the latest of them; it may be there for another one.
std::optional<Instant> waits_since(const State& state, const SlotState& row, Instant now) {
  std::optional<Instant> since;
  for (const auto& id : row.live) {
    const GrantState& grant = *state.grants.find(id);
    if (is_needed(state, id, now) && grant.status == Status::kGranting) since = std::max(since, {grant.start});
  }
  return since;
}

std::vector<access::GrantId> needed_grants(const State& state, const SlotState& row, Instant now) {
  std::vector<access::GrantId> needed;
  std::copy_if(row.live.begin(), row.live.end(), std::back_inserter(needed),
               [&](const auto& id) { return is_needed(state, id, now); });
  return needed;
}

std::vector<access::GrantId> ending_grants(const State& state, const SlotState& row) {
  std::vector<access::GrantId> ending;
  std::copy_if(row.live.begin(), row.live.end(), std::back_inserter(ending),
               [&](const auto& id) { return is_ending(state, id); });
  return ending;
}

/// Those of the failure's grants that still wait for the slot.
template <class Failure>
std::vector<access::GrantId> hopeless_grants(const std::optional<Failure>& failure, const State& state,
                                             const SlotState& row, Instant now) {
  if (!failure) return {};
  auto grants = needed_grants(state, row, now);
  std::erase_if(grants, [&](const auto& id) {
    return std::find(failure->grants.begin(), failure->grants.end(), id) == failure->grants.end();
  });
  return grants;
}

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

Lane lane_of(const State& state, const SlotState* row, Instant now) {
  if (row == nullptr) return Lane::kVerify;
  return is_desired(state, *row, now) ? Lane::kGrant : Lane::kRevoke;
}

/// The ledger drops an old one only when others come: until then it says nothing any more.
bool is_recent(const access::Released& released, Instant now) {
  return now - released.observed_at <= access::kReleasedKept;
}

/// When a released slot is to be looked at: the first of the moments that no look has answered.
Instant next_look(const access::Released& released, const std::optional<Instant>& looked_at) {
  for (const Duration after : kLooksAfterRelease) {
    const Instant at = released.observed_at + after;
    if (!looked_at || *looked_at < at) return at;
  }
  return Instant::max();
}

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
  // Instant::max(): counts from the next dispatch().
  if (std::holds_alternative<access::CreateIntended>(event)) {
    watch.create_is_foreign = true;
    watch.unanswered_at = kSomeTime;
    watch.create_sent = true;
    watch.look_first = true;
    watch.yields_until[index(Mutation::kCreate)] = Instant::max();
    watch.open_until[index(Mutation::kCreate)] = Instant::max();
    open_for_ = kOpenAfterReset;
  } else if (const auto* accepted = std::get_if<access::CreateAccepted>(&event); accepted != nullptr) {
    if (watch.operation || watch.call) return;
    watch.operation = Operation{Mutation::kCreate, accepted->operation, {}, 0, true};
    watch.create_operation = accepted->operation;
  } else if (std::holds_alternative<access::DeleteIntended>(event)) {
    watch.yields_until[index(Mutation::kDelete)] = Instant::max();
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

// ---- what the ledger needs -------------------------------------------------------------------------------

std::vector<Event> SlotControl::plan(const State& state, Instant now) const {
  std::set<Slot> due = due_;
  for (auto it = timers_.begin(); it != timers_.end() && it->first <= now; ++it) due.insert(it->second);
  std::vector<Event> events;
  static const Watch kFresh;
  for (const auto& slot : due) {
    const auto it = watches_.find(slot);
    append(events, events_for(state, slot, it == watches_.end() ? kFresh : it->second, now));
  }
  return events;
}

std::vector<Event> SlotControl::events_for(const State& state, const Slot& slot, const Watch& watch,
                                           Instant now) const {
  const SlotState* row = state.slots.find(slot);
  if (row == nullptr) {
    const access::Released* released = state.released.find(slot);
    return released == nullptr ? std::vector<Event>{} : events_when_released(*released, slot, watch, now);
  }
  std::vector<Event> events;
  if (watch.unanswered_at > row->create_unanswered_at && row->create_intended) {
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

// ---- what may be sent ------------------------------------------------------------------------------------

SlotControl::Action SlotControl::wanted_action(const State& state, const Slot& slot, const Watch& watch, Instant now) {
  const SlotState* row = state.slots.find(slot);
  if (watch.operation) {
    // The list that proves it also tells that it has ended: the status is asked only when the list does not show it.
    const bool list_first =
        watch.operation->mutation == Mutation::kDelete && !watch.operation->adopted && watch.operation->polls == 0;
    return list_first ? Action::kLook : Action::kPoll;
  }
  if (row == nullptr) {
    const access::Released* released = state.released.find(slot);
    if (released == nullptr || !is_recent(*released, now)) return Action::kNone;
    const auto looked_at = watch.look ? std::optional(watch.look->begun_at) : std::nullopt;
    return watch.look_first || next_look(*released, looked_at) <= now ? Action::kLook : Action::kNone;
  }
  const Action look_unless_current = look_is_current(*row, watch, now) ? Action::kNone : Action::kLook;

  if (is_desired(state, *row, now)) {
    if (!row->create_intended) {
      const bool is_hopeless = !hopeless_grants(watch.unreadable, state, *row, now).empty();
      return is_hopeless ? Action::kNone : look_unless_current;
    }
    if (row->delete_intended) return Action::kNone;  // plan() asks for the intent first
    if (watch.look_first) return Action::kLook;
    if (watch.create_is_foreign && row->presence != Presence::kPresent) {
      return now < watch.yields_until[index(Mutation::kCreate)] ? Action::kNone : look_unless_current;
    }
    const bool is_hopeless = !hopeless_grants(watch.failure, state, *row, now).empty();
    if (is_hopeless || watch.unverified == Mutation::kCreate) return look_unless_current;
    if (row->presence != Presence::kPresent) {
      const bool must_look = !watch.create_sent && !look_is_current(*row, watch, now);
      return must_look ? Action::kLook : Action::kCreate;
    }
    if (const auto waits = waits_since(state, *row, now)) {
      const bool is_seen = watch.look && watch.look->begun_at >= *waits;
      return is_seen ? look_unless_current : Action::kLook;
    }
    const bool may_have_gone = is_open(watch, Mutation::kDelete) && now >= watch.open_until[index(Mutation::kDelete)];
    return may_have_gone ? look_unless_current : Action::kNone;
  }
  if (row->create_intended) {
    // plan() asks for the intent first; what was never made is only looked at.
    if (!row->delete_intended) return watch.create_sent ? Action::kNone : look_unless_current;
    if (watch.unverified == Mutation::kDelete) return look_unless_current;
    return now < watch.yields_until[index(Mutation::kDelete)] ? Action::kNone : Action::kDelete;
  }
  return has_ending(state, *row) ? look_unless_current : Action::kNone;
}

SlotControl::Action SlotControl::action_for(const State& state, const Slot& slot, const Watch& watch,
                                            Instant now) const {
  if (instance_.empty() || watch.call) return Action::kNone;
  const Action wanted = wanted_action(state, slot, watch, now);
  if (wanted == Action::kCreate && creates_ == Creates::kHeld) return Action::kNone;
  if (wanted == Action::kCreate && gate_ && !gate_(state, slot, now)) return Action::kNone;
  if (now >= watch.not_before) return wanted;
  const bool is_held = watch.operation || lane_of(state, state.slots.find(slot), now) == watch.held_lane;
  return is_held ? Action::kNone : wanted;
}

aws::Call SlotControl::call_for(const Slot& slot, const Watch& watch, Action action) const {
  switch (action) {
    case Action::kCreate: return aws::CreateAccountAssignment{instance_, assignment_of(slot)};
    case Action::kDelete: return aws::DeleteAccountAssignment{instance_, assignment_of(slot)};
    case Action::kPoll:
      if (watch.operation->mutation == Mutation::kCreate) return aws::DescribeCreation{instance_, watch.operation->id};
      return aws::DescribeDeletion{instance_, watch.operation->id};
    case Action::kLook:
    case Action::kNone: break;
  }
  return aws::ListAccountAssignments{instance_, slot.account, slot.permission_set,
                                     watch.listing ? watch.listing->token : ""};
}

Instant SlotControl::wake_for(const State& state, const Slot& slot, const Watch& watch, Instant now) {
  Instant wake = Instant::max();
  const auto consider = [&](Instant at) {
    if (at > now) wake = std::min(wake, at);
  };
  consider(watch.not_before);
  const SlotState* row = state.slots.find(slot);
  if (row == nullptr) {
    const auto looked_at = watch.look ? std::optional(watch.look->begun_at) : std::nullopt;
    if (const access::Released* released = state.released.find(slot)) consider(next_look(*released, looked_at));
    return wake;
  }
  for (const Instant open_until : watch.open_until) consider(open_until);
  for (const Instant yields_until : watch.yields_until) consider(yields_until);
  for (const auto& id : row->live) consider(state.grants.find(id)->start);
  return wake;
}

void SlotControl::sort_due(const State& state, Instant now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    due_.insert(timers_.begin()->second);
    timers_.erase(timers_.begin());
  }
  for (const auto& slot : due_) sort(state, slot, now);
  due_.clear();
}

void SlotControl::sort(const State& state, const Slot& slot, Instant now) {
  Watch& watch = watches_[slot];
  const SlotState* row = state.slots.find(slot);
  const bool is_idle = !watch.operation && !watch.call && !watch.queued;
  const access::Released* released = state.released.find(slot);
  if (row == nullptr && is_idle && (released == nullptr || !is_recent(*released, now))) {
    watches_.erase(slot);
    return;
  }
  if (row == nullptr) {
    watch.unanswered_at = {};  // the ledger has it
    watch.create_sent = true;
    watch.released = true;  // whatever a look shows meanwhile says nothing to the next grant
  }
  for (const Mutation mutation : {Mutation::kCreate, Mutation::kDelete}) {
    const std::size_t i = index(mutation);
    if (watch.open_until[i] == Instant::max()) watch.open_until[i] = now + open_for_;
    if (watch.yields_until[i] == Instant::max()) watch.yields_until[i] = now + kYieldFor[i];
  }
  if (action_for(state, slot, watch, now) == Action::kNone) {
    Instant wake = wake_for(state, slot, watch, now);
    if (!events_for(state, slot, watch, now).empty()) wake = std::min(wake, now + kPlanAgain);
    if (wake < Instant::max()) timers_.emplace(wake, slot);
    return;
  }
  // A grant that ends while it waits changes lanes: its end must not wait behind other grants.
  const Lane lane = lane_of(state, row, now);
  if (watch.queued == lane) return;
  watch.queued = lane;
  queues_[static_cast<std::size_t>(lane)].push_back(slot);
}

std::vector<Outgoing> SlotControl::dispatch(const State& state, Budget& budget, CallIds& ids, Instant now,
                                            Creates creates, const CreateGate& gate) {
  if (instance_.empty()) return {};  // what is due stays due
  if (std::exchange(creates_, creates) != creates) {
    for (const auto& [slot, row] : state.slots) touch(slot);
  }
  gate_ = gate;
  sort_due(state, now);
  budget_wake_ = Instant::max();
  std::vector<Outgoing> outgoing;
  for (const Lane lane : {Lane::kRevoke, Lane::kGrant, Lane::kVerify}) {
    auto more = take_from(lane, state, budget, ids, now);
    std::move(more.begin(), more.end(), std::back_inserter(outgoing));
  }
  gate_ = nullptr;
  return outgoing;
}

std::vector<Outgoing> SlotControl::take_from(Lane lane, const State& state, Budget& budget, CallIds& ids, Instant now) {
  std::vector<Outgoing> outgoing;
  auto& queue = queues_[static_cast<std::size_t>(lane)];
  for (std::size_t left = queue.size(); left > 0; --left) {
    const Slot slot = queue.front();
    const auto it = watches_.find(slot);
    if (it == watches_.end() || it->second.queued != lane) {
      queue.pop_front();  // it changed lanes
      continue;
    }
    Watch& watch = it->second;
    const Action action = action_for(state, slot, watch, now);
    if (action == Action::kNone) {
      queue.pop_front();
      watch.queued.reset();
      touch(slot);
      continue;
    }
    const aws::Call call = call_for(slot, watch, action);
    if (!budget.allows(call, lane, now)) {
      budget_wake_ = std::min(budget_wake_, budget.when(call, lane, now));
      break;
    }
    queue.pop_front();
    const bool mutates = action == Action::kCreate || action == Action::kDelete;
    if (mutates && busy_accounts_.contains(slot.account)) {
      watch.queued.reset();
      parked_[slot.account].insert(slot);  // release_account() brings it back
      continue;
    }
    if (action == Action::kCreate && outstanding_creates_.size() >= kMostOutstandingCreates) {
      queue.push_back(slot);  // comes up again when a create has ended
      continue;
    }
    watch.queued.reset();
    budget.spend(call, lane, now);
    outgoing.push_back({ids.next(), call, lane});
    note_sent(outgoing.back().id, {slot, action, lane}, state, now);
  }
  return outgoing;
}

void SlotControl::note_sent(CallId id, const InFlight& sent, const State& state, Instant now) {
  Watch& watch = watches_[sent.slot];
  watch.call = id;
  in_flight_[id] = sent;
  if (const SlotState* row = state.slots.find(sent.slot)) watch.wanted_by = needed_grants(state, *row, now);
  if (sent.action == Action::kLook && !watch.listing) {
    watch.listing = Listing{.begun_at = now};
    const SlotState* row = state.slots.find(sent.slot);
    if (row != nullptr && !row->create_intended) {  // a new life begins with it
      watch.released = false;
      watch.unverified.reset();
    }
  }
  if (sent.action != Action::kCreate && sent.action != Action::kDelete) return;
  watch.unverified.reset();
  watch.listing.reset();  // its pages before this one would be from another time
  busy_accounts_[sent.slot.account] = sent.slot;
  if (sent.action != Action::kCreate) return;
  watch.create_sent = true;
  outstanding_creates_.insert(sent.slot);
}

Instant SlotControl::next_wake() const {
  if (instance_.empty()) return Instant::max();
  if (!due_.empty()) return {};
  return std::min(budget_wake_, timers_.empty() ? Instant::max() : timers_.begin()->first);
}

SlotGauges SlotControl::gauges() const {
  SlotGauges gauges;
  for (const auto& [slot, watch] : watches_) {
    if (watch.queued) ++gauges.waiting[static_cast<std::size_t>(*watch.queued)];
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
