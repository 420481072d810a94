#include <algorithm>
#include <array>
#include <utility>

#include "control/slot_facts.hpp"
#include "control/slots.hpp"

/// What may be sent, and in which order: the second third of SlotControl.
namespace ag::control {
namespace {

using access::Presence;
using access::Slot;
using access::SlotState;
using access::State;

// How soon plan() says again what the ledger refused.
constexpr Duration kPlanAgain = Duration::seconds(1);
// How long another server has for what it intended: a create is tried for minutes, an end waits for nobody.
constexpr std::array kYieldFor = {Duration::minutes(2), Duration::seconds(5)};
// Fewer operations are asked for one by one.
constexpr std::size_t kWorthAList = 3;
// They give way to what takes access away, but not for ever: deletes that fail again and again have no end, and an
// operation that is older than a hundred others is not on the first page of their list any more.
constexpr Duration kLongestPollWait = Duration::seconds(2);
constexpr Duration kLongestProofWait = Duration::minutes(1);
constexpr Duration kLongestRepeatWait = Duration::seconds(5);

}  // namespace

/// Whether somebody on the same list waits for the account: then one list at the end of all proves more than one after
/// each, and the status tells when the next may go.
bool SlotControl::is_awaited(const Slot& slot, Instant now) const {
  if (deletes_under_way_.size() < kWorthAList || now < together_from_) return false;
  const auto parked = parked_.find(slot.account);
  if (parked == parked_.end()) return false;
  const auto next = parked->second.lower_bound({slot.account, slot.permission_set, {}});
  return next != parked->second.end() && next->permission_set == slot.permission_set;
}

SlotControl::Action SlotControl::wanted_action(const State& state, const Slot& slot, const Watch& watch,
                                               Instant now) const {
  const SlotState* row = state.slots.find(slot);
  if (watch.operation) {
    // The list that proves it also tells that it has ended: the status is asked only when the list does not show it, or
    // before its time has come, with calls that nothing else needs.
    const bool is_early = parked_.contains(slot.account) && now < watch.operation->since + kFirstLookAfterDelete;
    const bool list_first = watch.operation->mutation == Mutation::kDelete && !watch.operation->adopted &&
                            watch.operation->polls == 0 && !is_early && !is_awaited(slot, now);
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
    if (is_to_stay(state, *row) && watch.create_sent) {
      return is_seen_since_end(state, *row, watch, now) ? Action::kNone : Action::kLook;
    }
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
    case Action::kPollTogether: return aws::ListDeletionStatus{instance_, {}};
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
  std::vector<Slot> due(due_.begin(), due_.end());
  due_.clear();
  // A process that dies again and again must not begin with the same ones each time: the clock draws the lot. What AWS
  // took from the process before goes last.
  const auto count = static_cast<std::int64_t>(due.size());
  if (count > 1) std::rotate(due.begin(), due.begin() + now.count_nanoseconds() / 1'000'000 % count, due.end());
  std::partition(due.begin(), due.end(), [&](const Slot& slot) {
    const SlotState* row = state.slots.find(slot);
    return row == nullptr || row->delete_operation.empty();
  });
  for (const auto& slot : due) sort(state, slot, now);
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
  // Whoever has the create in hand may send it again and again until he reads of its end.
  const bool was_seen = row != nullptr && row->present_since != Instant{};
  if (row != nullptr && row->delete_intended && std::exchange(watch.another_creates, false) && !was_seen) {
    watch.open_until[index(Mutation::kCreate)] = now + kOpenAfterReset;
  }
  const Action action = action_for(state, slot, watch, now);
  const bool is_unsent = row != nullptr && row->create_intended && !row->delete_intended && !watch.create_sent;
  if (!is_unsent || action == Action::kNone) unsent_creates_.erase(slot);
  if (action == Action::kNone) {
    Instant wake = wake_for(state, slot, watch, now);
    if (!events_for(state, slot, watch, now).empty()) {
      wake = std::min(wake, now + kPlanAgain);
      if (busy_accounts_.contains(slot.account)) parked_[slot.account].insert(slot);  // an intent may wait for it
    }
    if (wake < Instant::max()) timers_.emplace(wake, slot);
    return;
  }
  // A grant that ends while it waits changes queues: its end must not wait behind other grants.
  const Queue queue = queue_for(state, slot, watch, action, now);
  if (watch.queued == queue) return;
  watch.queued = queue;
  watch.queued_at = now;
  queues_[static_cast<std::size_t>(queue)].push_back(slot);
}

/// Whether an end of the same account waits for what AWS is doing here.
bool SlotControl::blocks_an_end(const State& state, const Slot& slot, Instant now) const {
  const auto busy = busy_accounts_.find(slot.account);
  const auto parked = parked_.find(slot.account);
  if (busy == busy_accounts_.end() || busy->second != slot || parked == parked_.end()) return false;
  return std::any_of(parked->second.begin(), parked->second.end(),
                     [&](const Slot& other) { return lane_of(state, state.slots.find(other), now) == Lane::kRevoke; });
}

SlotControl::Queue SlotControl::queue_for(const State& state, const Slot& slot, const Watch& watch, Action action,
                                          Instant now) const {
  const SlotState* row = state.slots.find(slot);
  switch (lane_of(state, row, now)) {
    case Lane::kRevoke:
      if (action == Action::kPoll) return Queue::kPolls;
      if (action == Action::kDelete && watch.delete_is_repeat) return Queue::kRepeats;
      return action == Action::kLook && !watch.operation && watch.unverified ? Queue::kProofs : Queue::kEnds;
    case Lane::kGrant:
      if (action == Action::kPoll && blocks_an_end(state, slot, now)) return Queue::kPolls;
      return action == Action::kLook && !row->create_intended ? Queue::kFirstLooks : Queue::kGrants;
    case Lane::kVerify:
    case Lane::kSync:
    case Lane::kBulk: break;
  }
  return Queue::kVerifies;
}

Lane SlotControl::lane_of_queue(Queue queue) {
  if (queue == Queue::kGrants || queue == Queue::kFirstLooks) return Lane::kGrant;
  return queue == Queue::kVerifies ? Lane::kVerify : Lane::kRevoke;
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
  const auto take = [&](Queue queue, Instant queued_before) {
    auto more = take_from(queue, queued_before, state, budget, ids, now);
    std::move(more.begin(), more.end(), std::back_inserter(outgoing));
  };
  take(Queue::kProofs, now - kLongestProofWait);
  take(Queue::kPolls, now - kLongestPollWait);
  take(Queue::kRepeats, now - kLongestRepeatWait);
  take(Queue::kEnds, Instant::max());
  take(Queue::kPolls, Instant::max());
  take(Queue::kRepeats, Instant::max());
  take(Queue::kProofs, Instant::max());
  take(Queue::kGrants, Instant::max());
  if (room_for_creates() > 0) take(Queue::kFirstLooks, Instant::max());
  take(Queue::kVerifies, Instant::max());
  gate_ = nullptr;
  return outgoing;
}

std::vector<Outgoing> SlotControl::take_from(Queue queue, Instant queued_before, const State& state, Budget& budget,
                                             CallIds& ids, Instant now) {
  std::vector<Outgoing> outgoing;
  const Lane lane = lane_of_queue(queue);
  auto& waiting = queues_[static_cast<std::size_t>(queue)];
  for (std::size_t left = waiting.size(); left > 0; --left) {
    const Slot slot = waiting.front();
    const auto it = watches_.find(slot);
    if (it == watches_.end() || it->second.queued != queue) {
      waiting.pop_front();  // it changed queues
      continue;
    }
    Watch& watch = it->second;
    if (watch.queued_at > queued_before) break;
    const Action action = action_for(state, slot, watch, now);
    if (action == Action::kNone) {
      waiting.pop_front();
      watch.queued.reset();
      touch(slot);
      continue;
    }
    const aws::Call call = call_for(slot, watch, action);
    if (!budget.allows(call, lane, now)) {
      budget_wake_ = std::min(budget_wake_, budget.when(call, lane, now));
      break;
    }
    waiting.pop_front();
    const bool mutates = action == Action::kCreate || action == Action::kDelete;
    if (mutates && busy_accounts_.contains(slot.account)) {
      watch.queued.reset();
      parked_[slot.account].insert(slot);  // release_account() brings it back
      hurry(busy_accounts_.at(slot.account));
      continue;
    }
    if (action == Action::kCreate && outstanding_creates_.size() >= kMostOutstandingCreates) {
      waiting.push_back(slot);  // comes up again when a create has ended
      continue;
    }
    outgoing.push_back(send(state, slot, action, lane, ids.next(), now));
    budget.spend(outgoing.back().call, lane, now);
  }
  return outgoing;
}

/// Somebody waits for its account.
void SlotControl::hurry(const Slot& slot) {
  Watch& watch = watches_.at(slot);
  const bool is_new_delete = watch.operation && watch.operation->mutation == Mutation::kDelete &&
                             watch.operation->polls == 0 && watch.failed_reads == 0;
  if (is_new_delete) watch.not_before = std::min(watch.not_before, watch.operation->since + kFirstPoll);
  touch(slot);
}

Outgoing SlotControl::send(const State& state, const Slot& slot, Action action, Lane lane, CallId id, Instant now) {
  const auto others = companions(state, slot, action, now);
  if (action == Action::kPoll && !others.empty()) action = Action::kPollTogether;
  Outgoing outgoing{id, call_for(slot, watches_[slot], action), lane};
  note_sent(id, {slot, action, lane}, state, now);
  for (const auto& other : others) {
    note_sent(id, {other, action, lane_of(state, state.slots.find(other), now)}, state, now);
  }
  return outgoing;
}

/// Other slots whose question the same call answers.
std::vector<Slot> SlotControl::companions(const State& state, const Slot& slot, Action action, Instant now) const {
  if (action == Action::kLook) return readers_of_list(state, slot, now);
  return action == Action::kPoll ? deletes_to_ask_for(state, slot, now) : std::vector<Slot>{};
}

/// Who wants to look at the same list now, and has come as far with it: what was sent for them, was sent before it is.
std::vector<Slot> SlotControl::readers_of_list(const State& state, const Slot& slot, Instant now) const {
  const auto position = [](const Watch& watch) {
    return watch.listing ? std::pair(watch.listing->begun_at, watch.listing->token)
                         : std::pair(Instant{}, std::string());
  };
  const auto own = position(watches_.at(slot));
  std::vector<Slot> readers;
  for (auto it = watches_.lower_bound({slot.account, slot.permission_set, {}}); it != watches_.end(); ++it) {
    const auto& [other, watch] = *it;
    if (other.account != slot.account || other.permission_set != slot.permission_set) break;
    if (other == slot || position(watch) != own) continue;
    if (action_for(state, other, watch, now) == Action::kLook) readers.push_back(other);
  }
  return readers;
}

/// Deletes whose status is to be asked, together with this one's: none when one by one is as cheap, or surer. Those
/// whose time has not come yet are asked with the others: then they have one time from now on.
std::vector<Slot> SlotControl::deletes_to_ask_for(const State& state, const Slot& slot, Instant now) const {
  const auto& operation = watches_.at(slot).operation;
  if (operation->mutation != Mutation::kDelete || operation->alone || now < together_from_) return {};
  std::vector<Slot> others;
  for (const auto& [id, other] : deletes_under_way_) {
    const Watch& watch = watches_.at(other);
    if (other == slot || watch.call || watch.operation->alone) continue;
    if (wanted_action(state, other, watch, now) == Action::kPoll) others.push_back(other);
  }
  return others.size() + 1 >= kWorthAList ? others : std::vector<Slot>{};
}

void SlotControl::note_sent(CallId id, const InFlight& sent, const State& state, Instant now) {
  Watch& watch = watches_[sent.slot];
  watch.queued.reset();
  watch.call = id;
  in_flight_.emplace(id, sent);
  if (const SlotState* row = state.slots.find(sent.slot)) watch.wanted_by = needed_grants(state, *row, now);
  if (sent.action == Action::kLook && !watch.listing) {
    watch.listing = Listing{.begun_at = now};
    watch.is_outdated = false;
    const SlotState* row = state.slots.find(sent.slot);
    if (row != nullptr && !row->create_intended) {  // a new life begins with it
      watch.released = false;
      watch.look.reset();  // of the life before: should this list fail, it says nothing all the same
      watch.unverified.reset();
    }
  }
  if (sent.action != Action::kCreate && sent.action != Action::kDelete) return;
  watch.unverified.reset();
  watch.listing.reset();  // its pages before this one would be from another time
  busy_accounts_[sent.slot.account] = sent.slot;
  watch.delete_is_repeat = false;
  if (sent.action != Action::kCreate) return;
  watch.create_sent = true;
  unsent_creates_.erase(sent.slot);
  outstanding_creates_.insert(sent.slot);
}

}  // namespace ag::control
