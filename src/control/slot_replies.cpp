#include <algorithm>
#include <functional>
#include <utility>

#include "base/assert.hpp"
#include "control/slot_facts.hpp"
#include "control/slots.hpp"

/// What replies tell: the last third of SlotControl.
namespace ag::control {
namespace {

using access::Slot;
using aws::ErrorClass;

// One call for all of them, in a moment in which no other end waits.
constexpr Duration kPollTogetherAgain = Duration::milliseconds(400);
constexpr Duration kLongestPoll = Duration::seconds(5);
// While the status cannot be asked, the account's other slots wait.
constexpr Duration kLongestPollBackoff = Duration::seconds(15);
// The list of operations is not asked for again so soon when AWS would not give it.
constexpr Duration kTogetherAgain = Duration::minutes(5);
// After this the status is not asked any more: the list decides.
constexpr Duration kOperationPatience = Duration::minutes(5);
constexpr Duration kLongestBackoff = Duration::seconds(60);
// What AWS took in over a connection that is gone begins no later than this after we gave up on the reply.
constexpr Duration kOpenAfterSilence = Duration::seconds(30);
// A list may lag behind an operation that AWS calls done; then the operation is repeated.
constexpr int kMostStaleLooks = 5;
constexpr int kMostFailedCreates = 6;
constexpr int kMostFailedReads = 6;

std::uint64_t salt_of(const Slot& slot) {
  return std::hash<std::string>{}(slot.account.str() + slot.permission_set.str() + slot.principal.str());
}

/// Whether AWS's words say that trying again may help.
bool is_transient(std::string_view reason) {
  constexpr std::array<std::string_view, 3> kSigns = {"internal service exception", "try again", "role propagation"};
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](std::string_view sign) { return reason.find(sign) != std::string_view::npos; });
}

/// AWS itself said no, and will say it again. What is only our own trouble with the reply is no answer.
bool is_hopeless(const aws::AwsError& error) {
  switch (error.kind) {
    case ErrorClass::kDenied:
    case ErrorClass::kInvalid:
    case ErrorClass::kAbsent:
    case ErrorClass::kQuota: return true;
    case ErrorClass::kOther: return error.http_status >= 400;
    case ErrorClass::kRetryable:
    case ErrorClass::kThrottled:
    case ErrorClass::kConflictTransient:
    case ErrorClass::kConflictPermanent:
    case ErrorClass::kCredentials: break;
  }
  return false;
}

/// Whether the call may have taken effect, or may yet.
bool leaves_outcome_open(const aws::AwsError& error) {
  return error.kind == ErrorClass::kRetryable || (error.kind == ErrorClass::kOther && error.http_status < 400);
}

/// AWS has too much to do: that says nothing of the slot, and the budget paces all calls together. An end that was only
/// unlucky waits no longer for it each time.
bool is_bad_luck(const aws::AwsError& error, Lane lane) {
  return error.kind == ErrorClass::kThrottled && lane == Lane::kRevoke;
}

}  // namespace

void SlotControl::receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now) {
  const auto [first, last] = in_flight_.equal_range(id);
  AG_ASSERT(first != last);
  std::vector<InFlight> all;
  std::transform(first, last, std::back_inserter(all), [](const auto& entry) { return entry.second; });
  in_flight_.erase(first, last);
  for (const InFlight& done : all) {
    Watch& watch = watches_[done.slot];
    watch.call.reset();
    if (reply) learn(watch, done, *reply, now);
    else learn_error(watch, done, reply.error(), now);
    touch(done.slot);
  }
}

void SlotControl::learn(Watch& watch, const InFlight& done, const aws::Reply& reply, Instant now) {
  if (done.action == Action::kLook) return learn_page(watch, done, std::get<aws::Assignments>(reply), now);
  if (done.action == Action::kPollTogether) {
    return learn_status(watch, done, std::get<aws::OperationStatuses>(reply), now);
  }
  const auto& operation = std::get<aws::Operation>(reply);
  Mutation mutation = done.action == Action::kCreate ? Mutation::kCreate : Mutation::kDelete;
  if (done.action == Action::kPoll) mutation = watch.operation->mutation;
  learn_operation(watch, done, mutation, operation, now);
}

// ---- lists -----------------------------------------------------------------------------------------------

void SlotControl::learn_page(Watch& watch, const InFlight& done, const aws::Assignments& page, Instant now) {
  const auto wanted = assignment_of(done.slot);
  if (std::find(page.items.begin(), page.items.end(), wanted) != page.items.end()) {
    return learn_look(watch, done, Sight::kPresent, now);
  }
  // Found is found; absent needs every page.
  if (page.next.empty()) return learn_look(watch, done, Sight::kAbsent, now);
  if (!watch.listing->guard.refuses(page.next)) {
    watch.listing->token = page.next;
    return;
  }
  watch.listing.reset();  // AWS goes in circles: begin anew, later
  retry_read(watch, done, kLongestBackoff, now, {});
}

void SlotControl::learn_look(Watch& watch, const InFlight& done, Sight sight, Instant now) {
  if (std::exchange(watch.is_outdated, false)) {
    watch.listing.reset();
    return;
  }
  const bool present = sight == Sight::kPresent;
  watch.look = Look{present, watch.listing->begun_at, now};
  watch.listing.reset();
  watch.look_first = false;
  watch.failed_reads = 0;
  watch.unreadable.reset();
  if (present) watch.failure.reset();
  for (Instant& open_until : watch.open_until) {
    if (open_until <= watch.look->begun_at) open_until = {};
  }

  if (watch.operation) {
    if (watch.operation->mutation != Mutation::kDelete || present) {
      // It goes on: from now on the status tells.
      ++watch.operation->polls;
      watch.look.reset();
      return;
    }
    const Look look = *watch.look;
    settle(watch, done.slot, Mutation::kDelete);
    watch.look = look;
  }
  if (watch.unverified == Mutation::kDelete) {
    if (!present) {
      released_[done.slot] = now;
      watch.released = true;
      watch.tries = {};
      watch.create_operation = {};
      watch.delete_operation = {};
      return;
    }
    watch.unverified.reset();  // still there: delete it again
    return retry_mutation(watch, done, Mutation::kDelete, now, {});
  }
  if (present) {
    watch.unverified.reset();
    watch.tries = {};
    watch.failed_creates = 0;
    return;
  }
  if (watch.unverified != Mutation::kCreate) return;
  watch.look.reset();
  if (++watch.stale_looks > kMostStaleLooks) watch.unverified.reset();  // then it did not happen: do it again
  retry_mutation(watch, done, Mutation::kCreate, now, {});
}

// ---- operations ------------------------------------------------------------------------------------------

void SlotControl::learn_operation(Watch& watch, const InFlight& done, Mutation mutation,
                                  const aws::Operation& operation, Instant now) {
  (mutation == Mutation::kCreate ? watch.create_operation : watch.delete_operation) = operation.id;
  watch.failed_reads = 0;
  switch (operation.status) {
    case aws::OperationStatus::kSucceeded: return settle(watch, done.slot, mutation);
    case aws::OperationStatus::kFailed: return operation_failed(watch, done, mutation, operation.failure_reason, now);
    case aws::OperationStatus::kInProgress: break;
  }
  if (!watch.operation) {
    watch.operation = Operation{.mutation = mutation, .id = operation.id, .since = now};
    if (mutation == Mutation::kDelete) deletes_under_way_.insert_or_assign(operation.id, done.slot);
  }
  if (watch.operation->since == Instant{}) watch.operation->since = now;
  if (now - watch.operation->since > kOperationPatience) {
    watch.open_until[index(mutation)] = now + kOpenAfterSilence;
    return settle(watch, done.slot, mutation);
  }
  if (done.action == Action::kDelete) {
    watch.not_before = now + (parked_.contains(done.slot.account) ? kFirstPoll : kFirstLookAfterDelete);
    return;
  }
  ++watch.operation->polls;
  if (done.action == Action::kPollTogether) {
    const Duration age = now - watch.operation->since;
    watch.not_before =
        now + std::clamp(Duration::milliseconds(age.count_milliseconds() / 4), kPollTogetherAgain, kLongestPoll);
    return;
  }
  watch.not_before = now + std::min(kFirstPoll * (1 + (watch.operation->polls - 1) / 2), kLongestPoll);
}

/// Of the list of operations only the first page is read: the newest, of which ours are.
void SlotControl::learn_status(Watch& watch, const InFlight& done, const aws::OperationStatuses& statuses,
                               Instant now) {
  const auto it = std::find_if(statuses.items.begin(), statuses.items.end(),
                               [&](const auto& each) { return each.id == watch.operation->id; });
  if (it != statuses.items.end()) {
    return learn_operation(watch, done, Mutation::kDelete, aws::Operation{it->status, it->id, {}}, now);
  }
  watch.operation->alone = true;
  watch.not_before = now;
}

void SlotControl::operation_failed(Watch& watch, const InFlight& done, Mutation mutation, const std::string& reason,
                                   Instant now) {
  const bool was_adopted = watch.operation && watch.operation->adopted;
  end_operation(watch);
  watch.look.reset();
  release_account(done.slot);
  if (mutation == Mutation::kDelete) return retry_mutation(watch, done, mutation, now, {});  // it never gives up
  watch.look_first = true;
  if (!was_adopted && !(is_transient(reason) && ++watch.failed_creates < kMostFailedCreates)) {
    watch.failure = Failure{"aws_failed", reason, watch.wanted_by};
    return;
  }
  retry_mutation(watch, done, mutation, now, {});
}

/// AWS is done with it, or we are done with asking: the list decides.
void SlotControl::settle(Watch& watch, const Slot& slot, Mutation mutation) {
  const bool was_adopted = watch.operation && watch.operation->adopted;
  if (was_adopted) watch.look_first = true;
  else watch.unverified = mutation;
  end_operation(watch);
  watch.look.reset();
  watch.stale_looks = 0;
  watch.failed_reads = 0;
  watch.not_before = {};
  release_account(slot);
}

void SlotControl::end_operation(Watch& watch) {
  if (watch.operation) deletes_under_way_.erase(watch.operation->id);
  watch.operation.reset();
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

// ---- refusals and silence --------------------------------------------------------------------------------

void SlotControl::learn_error(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now) {
  switch (done.action) {
    case Action::kLook: return look_refused(watch, done, error, now);
    case Action::kPoll: return poll_refused(watch, done, error, now);
    case Action::kPollTogether: return poll_together_refused(watch, done, error, now);
    case Action::kCreate: return create_refused(watch, done, error, now);
    case Action::kDelete: return delete_refused(watch, done, error, now);
    case Action::kNone: break;
  }
}

void SlotControl::look_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now) {
  // The account or the permission set is gone, and every assignment with it.
  if (error.kind == ErrorClass::kAbsent) return learn_look(watch, done, Sight::kAbsent, now);
  watch.listing.reset();
  const bool bad_luck = is_bad_luck(error, done.lane);
  if (bad_luck) watch.failed_reads = 0;
  else if (watch.operation) ++watch.operation->polls;  // then the status has to tell
  if (is_hopeless(error) && watch.failed_reads >= kMostFailedReads) {
    watch.unreadable = Failure{error.code, error.message, watch.wanted_by};
  }
  retry_read(watch, done, kLongestBackoff, now, error.retry_after);
}

void SlotControl::poll_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now) {
  if (watch.operation->since == Instant{}) watch.operation->since = now;
  // AWS forgot the operation or does not know it yet, or will not tell.
  if (is_hopeless(error) || now - watch.operation->since > kOperationPatience) {
    watch.open_until[index(watch.operation->mutation)] = now + kOpenAfterSilence;
    return settle(watch, done.slot, watch.operation->mutation);
  }
  if (is_bad_luck(error, done.lane)) watch.failed_reads = 0;
  retry_read(watch, done, kLongestPollBackoff, now, error.retry_after);
}

void SlotControl::poll_together_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now) {
  if (error.kind == ErrorClass::kThrottled) return poll_refused(watch, done, error, now);
  // It may not be permitted, or AWS is slow to make it: one by one goes as well.
  together_from_ = now + kTogetherAgain;
  watch.not_before = now;
}

void SlotControl::create_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now) {
  release_account(done.slot);
  watch.look.reset();
  watch.look_first = true;
  if (is_hopeless(error)) {
    watch.failure = Failure{error.code, error.message, watch.wanted_by};
    return;
  }
  if (leaves_outcome_open(error)) {
    watch.open_until[index(Mutation::kCreate)] = now + kOpenAfterSilence;
    watch.unanswered_at = now;
  }
  retry_mutation(watch, done, Mutation::kCreate, now, error.retry_after);
}

void SlotControl::delete_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now) {
  if (error.kind == ErrorClass::kAbsent) return settle(watch, done.slot, Mutation::kDelete);
  release_account(done.slot);
  watch.look.reset();
  if (leaves_outcome_open(error)) watch.open_until[index(Mutation::kDelete)] = now + kOpenAfterSilence;
  if (is_bad_luck(error, done.lane)) watch.tries[index(Mutation::kDelete)] = 0;
  retry_mutation(watch, done, Mutation::kDelete, now, error.retry_after);
}

void SlotControl::retry_mutation(Watch& watch, const InFlight& done, Mutation mutation, Instant now,
                                 std::optional<Duration> at_least) {
  const Duration wait = backoff(watch.tries[index(mutation)]++, kLongestBackoff, salt_of(done.slot));
  watch.not_before = now + std::max(wait, at_least.value_or(Duration{}));
  watch.held_lane = done.lane;
}

void SlotControl::retry_read(Watch& watch, const InFlight& done, Duration most, Instant now,
                             std::optional<Duration> at_least) {
  const Duration wait = backoff(watch.failed_reads++, most, salt_of(done.slot));
  watch.not_before = now + std::max(wait, at_least.value_or(Duration{}));
  watch.held_lane = done.lane;
}

}  // namespace ag::control
