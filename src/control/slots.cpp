#include "control/slots.hpp"

#include <algorithm>
#include <functional>

#include "base/assert.hpp"

namespace ag::control {
namespace {

using access::Event;
using access::GrantState;
using access::Presence;
using access::Slot;
using access::SlotState;
using access::State;
using access::Status;

// A list that began longer ago than this is no basis for a decision.
constexpr Duration kLookGood = Duration::seconds(30);
// AWS usually needs a few seconds; asking earlier costs a call of the 20 per second.
constexpr Duration kFirstPoll = Duration::seconds(1);
constexpr Duration kLongestPoll = Duration::seconds(5);
// After this the status is not asked any more: the list decides.
constexpr Duration kOperationPatience = Duration::minutes(5);
// 15: AWS allows 15 outstanding creates, not adjustable. Three are left to people who work by hand.
constexpr std::size_t kMostOutstandingCreates = 12;
constexpr Duration kLongestBackoff = Duration::seconds(60);
// A list may lag behind an operation that AWS calls done; then the operation is repeated.
constexpr int kMostStaleLooks = 5;
constexpr int kMostCreateAttempts = 6;

std::uint64_t salt_of(const Slot& slot) {
  return std::hash<std::string>{}(slot.account.str() + slot.permission_set.str() + slot.principal.str());
}

aws::Assignment assignment_of(const Slot& slot) {
  return {slot.account, slot.permission_set, aws::PrincipalType::kUser, slot.principal.str()};
}

bool is_open(const GrantState& grant) { return grant.status == Status::kGranting || grant.status == Status::kActive; }

bool has_ending(const State& state, const SlotState& row) {
  return std::any_of(row.live.begin(), row.live.end(),
                     [&](const auto& id) { return state.grants.find(id)->status == Status::kEnding; });
}

/// Whether AWS's words say that trying again may help.
bool is_transient(std::string_view reason) {
  constexpr std::array<std::string_view, 3> kSigns = {"internal service exception", "try again", "role propagation"};
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](std::string_view sign) { return reason.find(sign) != std::string_view::npos; });
}

std::vector<Event> fail_grants(const SlotState& row, std::string_view code, std::string_view message) {
  std::vector<Event> events;
  for (const auto& id : row.live) events.push_back(access::GrantFailed{id, std::string(code), std::string(message)});
  return events;
}

std::vector<Event> refuse_standing(const Slot& slot, const SlotState& row, Instant observed_at) {
  std::vector<Event> events{access::SlotStanding{slot, observed_at}};
  auto failed = fail_grants(row, "already_held",
                            "the assignment was there before: it is standing access, not ours to give or to take");
  std::move(failed.begin(), failed.end(), std::back_inserter(events));
  return events;
}

/// Ending grants whose slot another grant keeps.
std::vector<Event> cover_grants(const State& state, const SlotState& row, Instant now) {
  std::vector<Event> events;
  const auto keeper = std::find_if(row.live.begin(), row.live.end(), [&](const auto& id) {
    const GrantState& grant = *state.grants.find(id);
    return is_open(grant) && grant.start <= now && now < grant.end;
  });
  for (const auto& id : row.live) {
    if (state.grants.find(id)->status == Status::kEnding) events.push_back(access::GrantCovered{id, *keeper});
  }
  return events;
}

}  // namespace

void SlotControl::adopt(const State& state) {
  for (const auto& [slot, row] : state.slots) {
    Watch& watch = watches_[slot];
    watch.look_first = row.create_intended;
    // A create that AWS had accepted may still be under way: only its end makes a list conclusive.
    if (row.create_intended && row.presence == Presence::kUnknown && !row.create_operation.empty() &&
        !row.delete_intended) {
      watch.operation = Operation{Mutation::kCreate, row.create_operation, {}, 0};
      watch.create_operation = row.create_operation;
      busy_accounts_.try_emplace(slot.account, slot);
      outstanding_creates_.insert(slot);
    }
    touch(slot);
  }
}

bool SlotControl::look_is_current(const Watch& watch, Instant now) const {
  return watch.look && !watch.listing && !watch.operation && !watch.call && now - watch.look->begun_at <= kLookGood;
}

// ---- what the ledger needs -------------------------------------------------------------------------------

std::vector<Event> SlotControl::plan(const State& state, Instant now) const {
  std::vector<Event> events;
  static const Watch kFresh;
  for (const auto& slot : due_) {
    const auto it = watches_.find(slot);
    auto more = events_for(state, slot, it == watches_.end() ? kFresh : it->second, now);
    std::move(more.begin(), more.end(), std::back_inserter(events));
  }
  return events;
}

std::vector<Event> SlotControl::events_for(const State& state, const Slot& slot, const Watch& watch,
                                           Instant now) const {
  const SlotState* row = state.slots.find(slot);
  if (row == nullptr) return {};
  std::vector<Event> events;
  if (row->create_intended && !watch.create_operation.empty() && watch.create_operation != row->create_operation) {
    events.push_back(access::CreateAccepted{slot, watch.create_operation});
  }
  if (row->delete_intended && !watch.delete_operation.empty() && watch.delete_operation != row->delete_operation) {
    events.push_back(access::DeleteAccepted{slot, watch.delete_operation});
  }
  const auto append = [&](std::vector<Event> more) { std::move(more.begin(), more.end(), std::back_inserter(events)); };
  const bool looked = look_is_current(watch, now);
  const bool seen = looked && watch.look->present;
  const bool gone = looked && !watch.look->present;

  if (is_desired(state, *row, now)) {
    append(cover_grants(state, *row, now));
    if (!row->create_intended) {
      if (watch.failure) {
        append(fail_grants(*row, watch.failure->code, watch.failure->message));
      } else if (seen) {
        append(refuse_standing(slot, *row, watch.look->begun_at));
      } else if (gone) {
        events.push_back(access::CreateIntended{slot});
      }
    } else if (seen && (row->presence != Presence::kPresent || row->delete_intended)) {
      events.push_back(access::SlotPresent{slot, watch.look->begun_at});
    } else if (gone && row->delete_intended) {
      events.push_back(access::SlotAbsent{slot, watch.look->begun_at});
    } else if (gone && watch.failure) {
      append(fail_grants(*row, watch.failure->code, watch.failure->message));
    } else if (gone && row->presence == Presence::kPresent) {
      events.push_back(access::SlotMissing{slot, watch.look->begun_at});
    }
    return events;
  }

  if (row->create_intended) {
    // Delete even what may not exist: after a crash nobody knows whether a create is still under way.
    if (!row->delete_intended) events.push_back(access::DeleteIntended{slot});
    else if (gone && watch.unverified == Mutation::kDelete)
      events.push_back(access::SlotAbsent{slot, watch.look->begun_at});
  } else if (has_ending(state, *row)) {
    if (gone) {
      events.push_back(access::SlotAbsent{slot, watch.look->begun_at});
    } else if (seen) {
      append(refuse_standing(slot, *row, watch.look->begun_at));
    }
  }
  return events;
}

// ---- what may be sent ------------------------------------------------------------------------------------

SlotControl::Action SlotControl::action_for(const State& state, const Slot& slot, const Watch& watch,
                                            Instant now) const {
  if (instance_.empty() || watch.call || now < watch.not_before) return Action::kNone;
  if (watch.operation) return Action::kPoll;
  const SlotState* row = state.slots.find(slot);
  if (row == nullptr) return Action::kNone;
  const Action look_unless_current = look_is_current(watch, now) ? Action::kNone : Action::kLook;

  if (is_desired(state, *row, now)) {
    if (!row->create_intended) return watch.failure ? Action::kNone : look_unless_current;
    if (row->delete_intended || watch.failure || watch.unverified == Mutation::kCreate) return look_unless_current;
    if (watch.look_first) return Action::kLook;
    return row->presence == Presence::kPresent ? Action::kNone : Action::kCreate;
  }
  if (row->create_intended) {
    if (!row->delete_intended) return Action::kNone;  // plan() asks for the intent first
    return watch.unverified == Mutation::kDelete ? look_unless_current : Action::kDelete;
  }
  return has_ending(state, *row) ? look_unless_current : Action::kNone;
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

Instant SlotControl::wake_for(const State& state, const Slot& slot, const Watch& watch, Instant now) const {
  Instant wake = watch.not_before > now ? watch.not_before : Instant::max();
  if (const SlotState* row = state.slots.find(slot)) {
    for (const auto& id : row->live) {
      const GrantState& grant = *state.grants.find(id);
      if (grant.start > now) wake = std::min(wake, grant.start);
    }
  }
  return wake;
}

void SlotControl::sort_due(const State& state, Instant now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    due_.insert(timers_.begin()->second);
    timers_.erase(timers_.begin());
  }
  for (const auto& slot : due_) {
    Watch& watch = watches_[slot];
    const SlotState* row = state.slots.find(slot);
    if (row == nullptr && !watch.operation && !watch.call && !watch.queued) {
      watches_.erase(slot);
      continue;
    }
    if (action_for(state, slot, watch, now) == Action::kNone) {
      const Instant wake = wake_for(state, slot, watch, now);
      if (wake < Instant::max()) timers_.emplace(wake, slot);
    } else if (!watch.queued) {
      watch.queued = true;
      const bool granting = row != nullptr && is_desired(state, *row, now);
      queues_[static_cast<std::size_t>(granting ? Lane::kGrant : Lane::kRevoke)].push_back(slot);
    }
  }
  due_.clear();
}

std::vector<Outgoing> SlotControl::dispatch(const State& state, Budget& budget, CallIds& ids, Instant now) {
  sort_due(state, now);
  budget_wake_ = Instant::max();
  std::vector<Outgoing> outgoing;
  for (const Lane lane : {Lane::kRevoke, Lane::kGrant}) {
    auto& queue = queues_[static_cast<std::size_t>(lane)];
    for (std::size_t left = queue.size(); left > 0; --left) {
      const Slot slot = queue.front();
      Watch& watch = watches_[slot];
      const Action action = action_for(state, slot, watch, now);
      if (action == Action::kNone) {
        queue.pop_front();
        watch.queued = false;
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
        watch.queued = false;
        parked_[slot.account].push_back(slot);  // release_account() brings it back
        continue;
      }
      if (action == Action::kCreate && outstanding_creates_.size() >= kMostOutstandingCreates) {
        queue.push_back(slot);  // comes up again when a create has ended
        continue;
      }
      watch.queued = false;
      budget.spend(call, now);
      outgoing.push_back({ids.next(), call, lane});
      send(outgoing.back(), slot, action, now);
    }
  }
  return outgoing;
}

void SlotControl::send(Outgoing outgoing, const Slot& slot, Action action, Instant now) {
  Watch& watch = watches_[slot];
  watch.call = outgoing.id;
  in_flight_[outgoing.id] = {slot, action};
  if (action == Action::kLook && !watch.listing) watch.listing = Listing{.begun_at = now};
  if (action != Action::kCreate && action != Action::kDelete) return;
  watch.unverified.reset();
  busy_accounts_[slot.account] = slot;
  if (action == Action::kCreate) outstanding_creates_.insert(slot);
}

// ---- what replies tell -----------------------------------------------------------------------------------

void SlotControl::receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now) {
  const auto it = in_flight_.find(id);
  AG_ASSERT(it != in_flight_.end());
  const InFlight done = it->second;
  in_flight_.erase(it);
  Watch& watch = watches_[done.slot];
  watch.call.reset();
  if (reply) learn(watch, done.slot, done.action, *reply, now);
  else learn_error(watch, done.slot, done.action, reply.error(), now);
  touch(done.slot);
}

void SlotControl::learn(Watch& watch, const Slot& slot, Action action, const aws::Reply& reply, Instant now) {
  if (action == Action::kLook) return learn_list(watch, slot, std::get<aws::Assignments>(reply), now);
  const auto& operation = std::get<aws::Operation>(reply);
  Mutation mutation = action == Action::kCreate ? Mutation::kCreate : Mutation::kDelete;
  if (action == Action::kPoll) mutation = watch.operation->mutation;
  learn_operation(watch, slot, mutation, operation, now);
}

void SlotControl::learn_list(Watch& watch, const Slot& slot, const aws::Assignments& page, Instant now) {
  const auto wanted = assignment_of(slot);
  watch.listing->found |= std::find(page.items.begin(), page.items.end(), wanted) != page.items.end();
  // Found is found; absent needs every page.
  if (!watch.listing->found && !page.next.empty()) {
    if (!watch.listing->guard.refuses(page.next)) {
      watch.listing->token = page.next;
    } else {
      watch.listing.reset();  // AWS goes in circles: begin anew, later
      retry_later(watch, slot, now, {});
    }
    return;
  }
  watch.look = Look{watch.listing->found, watch.listing->begun_at};
  watch.listing.reset();
  watch.look_first = false;

  const bool as_expected = !watch.unverified || (watch.unverified == Mutation::kCreate) == watch.look->present;
  if (as_expected) {
    if (watch.unverified == Mutation::kDelete) released_[slot] = now;
    if (watch.unverified == Mutation::kCreate) watch.unverified.reset();
    if (watch.look->present) watch.failure.reset();
    watch.attempts = 0;
    watch.stale_looks = 0;
    return;
  }
  watch.look.reset();
  if (++watch.stale_looks > kMostStaleLooks) {
    watch.unverified.reset();  // then it did not happen: do it again
    watch.stale_looks = 0;
  }
  retry_later(watch, slot, now, {});
}

void SlotControl::learn_operation(Watch& watch, const Slot& slot, Mutation mutation, const aws::Operation& operation,
                                  Instant now) {
  (mutation == Mutation::kCreate ? watch.create_operation : watch.delete_operation) = operation.id;
  switch (operation.status) {
    case aws::OperationStatus::kSucceeded: return settle(watch, slot, mutation);
    case aws::OperationStatus::kFailed:
      watch.operation.reset();
      watch.look.reset();
      release_account(slot);
      if (mutation == Mutation::kCreate) {
        create_failed(watch, "aws_failed", operation.failure_reason, now, slot);
      } else {
        retry_later(watch, slot, now, {});  // a new delete: it never gives up
      }
      return;
    case aws::OperationStatus::kInProgress: break;
  }
  if (!watch.operation) watch.operation = Operation{mutation, operation.id, now, 0};
  if (watch.operation->since == Instant{}) watch.operation->since = now;
  if (now - watch.operation->since > kOperationPatience) return settle(watch, slot, mutation);
  const auto wait = std::min(kFirstPoll * (1 + watch.operation->polls++ / 2), kLongestPoll);
  watch.not_before = now + wait;
}

void SlotControl::settle(Watch& watch, const Slot& slot, Mutation mutation) {
  watch.operation.reset();
  watch.look.reset();
  watch.unverified = mutation;
  watch.stale_looks = 0;
  watch.not_before = {};
  release_account(slot);
}

void SlotControl::learn_error(Watch& watch, const Slot& slot, Action action, const aws::AwsError& error, Instant now) {
  using aws::ErrorClass;
  if (action == Action::kLook) watch.listing.reset();
  if (error.kind == ErrorClass::kAbsent) {
    if (action == Action::kDelete) return settle(watch, slot, Mutation::kDelete);
    // AWS forgot the operation, or does not know it yet: the list decides.
    if (action == Action::kPoll) return settle(watch, slot, watch.operation->mutation);
  }
  const bool hopeless = error.kind == ErrorClass::kDenied || error.kind == ErrorClass::kInvalid ||
                        error.kind == ErrorClass::kAbsent || error.kind == ErrorClass::kQuota ||
                        error.kind == ErrorClass::kOther;
  if (action == Action::kCreate) {
    release_account(slot);
    watch.look.reset();
    if (hopeless) return create_failed(watch, error.code, error.message, now, slot);
    // No reply, or one that leaves the outcome open: look before trying again.
    watch.look_first = true;
  }
  if (action == Action::kDelete) release_account(slot);
  if (action == Action::kLook && hopeless && watch.attempts >= kMostCreateAttempts) {
    watch.failure = Failure{error.code, error.message};
  }
  retry_later(watch, slot, now, error.retry_after);
}

void SlotControl::create_failed(Watch& watch, std::string code, std::string message, Instant now, const Slot& slot) {
  if (is_transient(message) && watch.attempts < kMostCreateAttempts) {
    watch.look_first = true;
    return retry_later(watch, slot, now, {});
  }
  watch.failure = Failure{std::move(code), std::move(message)};
}

void SlotControl::retry_later(Watch& watch, const Slot& slot, Instant now, std::optional<Duration> at_least) {
  const Duration wait = backoff(watch.attempts++, kLongestBackoff, salt_of(slot));
  watch.not_before = now + std::max(wait, at_least.value_or(Duration{}));
}

void SlotControl::release_account(const Slot& slot) {
  outstanding_creates_.erase(slot);
  const auto held = busy_accounts_.find(slot.account);
  if (held == busy_accounts_.end() || held->second != slot) return;
  busy_accounts_.erase(held);
  const auto waiting = parked_.find(slot.account);
  if (waiting == parked_.end()) return;
  due_.insert(waiting->second.begin(), waiting->second.end());
  parked_.erase(waiting);
}

// ----------------------------------------------------------------------------------------------------------

Instant SlotControl::next_wake() const {
  if (instance_.empty()) return Instant::max();
  if (!due_.empty()) return {};
  return std::min(budget_wake_, timers_.empty() ? Instant::max() : timers_.begin()->first);
}

SlotGauges SlotControl::gauges() const {
  SlotGauges gauges;
  for (std::size_t i = 0; i < kLanes; ++i) gauges.waiting[i] = queues_[i].size();
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
