#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "control/slots.hpp"
#include "simulation/laws.hpp"

// What the laws see of AWS: the calls that go there, and what is true there.
namespace ag::simulation {
namespace {

constexpr std::size_t kCallsPerSecond = 20;      // of sso-admin, by AWS
constexpr std::size_t kOutstandingCreates = 15;  // by AWS
// What is there is looked at now and then, and before the ledger says that something is gone.
constexpr Duration kLookEvery = Duration::seconds(1);
// Clocks are set ahead by so much at most.
constexpr Duration kLongestStep = Duration::minutes(2);
constexpr Duration kLookAtSchedulesEvery = Duration::seconds(5);
// control stops asking then; what is under way after that, nobody knows.
constexpr Duration kPatience = Duration::minutes(5);
// Of the company's fourteen some are suspended.
constexpr std::ptrdiff_t kFewestAccounts = 10;
// What another program has just made may come once more for so long: before that nobody says that it is gone.
constexpr Duration kAnothersCreate = control::SlotControl::kOpenAfterReset + Duration::seconds(20);
// Nobody who backs off deletes one and the same assignment so often.
constexpr std::size_t kMostDeletesPerMinute = 30;

bool is_create(const aws::Call& call) { return std::holds_alternative<aws::CreateAccountAssignment>(call); }
bool is_delete(const aws::Call& call) { return std::holds_alternative<aws::DeleteAccountAssignment>(call); }

const aws::Assignment& assignment_of(const aws::Call& call) {
  const auto* create = std::get_if<aws::CreateAccountAssignment>(&call);
  return create != nullptr ? create->assignment : std::get<aws::DeleteAccountAssignment>(call).assignment;
}

access::Slot slot_of_call(const aws::Call& call) {
  const auto& it = assignment_of(call);
  return {it.account, it.permission_set, access::UserId(it.principal_id)};
}

std::optional<aws::OperationId> polled(const aws::Call& call) {
  if (const auto* poll = std::get_if<aws::DescribeCreation>(&call)) return poll->operation;
  if (const auto* poll = std::get_if<aws::DescribeDeletion>(&call)) return poll->operation;
  return std::nullopt;
}

bool is_account(std::string_view id) { return id.size() == 12; }

/// Whose assignments a sweep asks for with this call, or those of which account; empty: it is not of a sweep.
std::string swept_by(const aws::Call& call) {
  if (const auto* list = std::get_if<aws::ListAccountAssignmentsForPrincipal>(&call)) return list->principal_id;
  if (const auto* list = std::get_if<aws::ListPermissionSetsProvisionedToAccount>(&call)) return list->account.str();
  return {};
}

}  // namespace

// ---- the calls -------------------------------------------------------------------------------------------

void Laws::note_order(const std::vector<control::Outgoing>& outgoing) {
  const bool sorted =
      std::is_sorted(outgoing.begin(), outgoing.end(), [](const auto& a, const auto& b) { return a.lane < b.lane; });
  if (!sorted) break_law(7, "something else went before a revoke");
}

void Laws::note_call(CallKey key, const control::Outgoing& outgoing, Instant now) {
  const aws::Call& call = outgoing.call;
  check_rate(key.process, call, now);
  if (const auto operation = polled(call)) polls_[key] = *operation;
  if (const auto whose = swept_by(call); restored_at_ && !whose.empty()) sweeping_[key] = whose;
  if (switches_) {
    switches_->note_call(call, now);
    if (aws::service_of(call) == aws::Service::kScheduler) scheduling_.insert_or_assign(key, call);
  }
  if (!is_create(call) && !is_delete(call)) return;
  check_intent(key.process, call, now);
  check_account(key, call, now);
}

void Laws::note_deaf_call(CallKey key, const control::Outgoing& outgoing, Instant now) {
  is_deaf_ = true;
  note_call(key, outgoing, now);
  is_deaf_ = false;
}

void Laws::check_intent(std::uint64_t process, const aws::Call& call, Instant now) {
  const access::Slot slot = slot_of_call(call);
  const auto intent = intents_.find(slot);
  const Intent needed = is_create(call) ? Intent::kCreate : Intent::kDelete;
  // Of two programs the one may know of a delete what the other does not.
  const bool is_unheard = deleted_unheard_.contains(slot) || (is_deaf_ && !bounds_.is_alone && is_delete(call));
  if ((intent == intents_.end() || intent->second != needed) && !is_unheard) {
    break_law(is_create(call) && now < ledger_back_at_ ? 10 : 5,
              fmt::format("{} without an intent: {}", aws::operation_of(call), words(slot)));
  }
  if (is_create(call)) check_created(slot);
  if (!is_delete(call)) return;
  last_delete_[slot] = now;
  check_overlap(slot, now);
  check_hammering(process, slot, now);
}

bool Laws::is_swept() const {
  const auto people = sandbox_.people();
  const auto is_read = [&](const auto& person) { return swept_.contains(person.id.str()); };
  // Where that list is denied it goes account by account.
  const auto accounts =
      std::count_if(swept_.begin(), swept_.end(), [](const auto& whose) { return is_account(whose); });
  return std::all_of(people.begin(), people.end(), is_read) || accounts >= kFewestAccounts;
}

void Laws::check_created(const access::Slot& slot) {
  if (restored_at_) {
    if (!is_restore_accepted_) break_law(kRestored, "access is given by a ledger that came back older: " + words(slot));
    else if (!is_swept()) break_law(kRestored, "access is given before everything was looked through: " + words(slot));
    else restored_at_.reset();
  }
  if (!switches_) return;
  // What a clock that is known to be wrong ended was ended by that clock.
  const Duration clocks = bounds_.clocks.is_zero() ? Duration{} : bounds_.clocks + kLongestStep;
  Instant last_end;
  for (const auto& id : grants_of_[slot])
    last_end = std::max({last_end, grants_.at(id).end, grants_.at(id).unheard_end});
  if (const auto broken = switches_->check_create(slot, last_end, clocks))
    break_law(kSwitch, *broken + ": " + words(slot));
}

void Laws::check_overlap(const access::Slot& slot, Instant now) {
  for (const auto& id : grants_of_[slot]) {
    const Grant& grant = grants_.at(id);
    // A clock that is known to be wrong does not tell whether the time of a scheduled one has come.
    if (!grant.over && grant.started && grant.start + bounds_.clocks <= now && now + bounds_.clocks < grant.end) {
      break_law(3, fmt::format("{} is cut short by another's end: {}", id.str(), words(slot)));
    }
  }
}

void Laws::check_hammering(std::uint64_t process, const access::Slot& slot, Instant now) {
  auto& sent = deletes_[{bounds_.is_alone ? 0 : process, slot}];
  sent.push_back(now);
  while (sent.front() + Duration::minutes(1) <= now) sent.pop_front();
  if (sent.size() > kMostDeletesPerMinute) break_law(7, "the same delete again and again: " + words(slot));
}

void Laws::check_rate(std::uint64_t process, const aws::Call& call, Instant now) {
  if (aws::service_of(call) != aws::Service::kSsoAdmin) return;
  auto& sent = sso_admin_calls_[process];
  sent.push_back(now);
  while (sent.front() + Duration::seconds(1) <= now) sent.pop_front();
  if (sent.size() > kCallsPerSecond) break_law(7, fmt::format("{} sso-admin calls in a second", sent.size()));
}

void Laws::check_account(CallKey key, const aws::Call& call, Instant now) {
  look(now);
  const access::Slot slot = slot_of_call(call);
  std::erase_if(under_way_, [&](const auto& entry) {
    const UnderWay& it = entry.second;
    // A list shows as well as the status that AWS is done.
    const bool is_done = !it.operation.empty() && sandbox_.is_present(slot_of(it.slot)) == it.creates;
    return is_done || it.since + kPatience < now;
  });
  std::size_t creates = is_create(call) ? 1 : 0;
  for (const auto& [other, it] : under_way_) {
    if (other.process != key.process) continue;
    if (it.slot.account == slot.account) break_law(7, "two operations at once in account " + slot.account.str());
    if (it.creates) ++creates;
  }
  if (creates > kOutstandingCreates) break_law(7, fmt::format("{} outstanding creates", creates));
  under_way_[key] = {slot, is_create(call), now, {}};
}

void Laws::note_reply(CallKey key, const aws::AwsResult<aws::Reply>& reply) {
  // What AWS will not tell is looked for in vain.
  const bool is_told =
      reply || (reply.error().kind != aws::ErrorClass::kRetryable && reply.error().kind != aws::ErrorClass::kThrottled);
  if (const auto sweeping = sweeping_.extract(key); !sweeping.empty() && is_told) swept_.insert(sweeping.mapped());
  if (const auto sent = scheduling_.extract(key); !sent.empty()) {
    const bool is_lost = !reply && reply.error().kind == aws::ErrorClass::kRetryable;
    if (is_lost) switches_->note_lost(sent.mapped());
    else switches_->note_answered(sent.mapped());
  }
  const auto* targets = reply ? std::get_if<aws::PolicyTargets>(&*reply) : nullptr;
  if (targets != nullptr && targets->next.empty()) sessions_.note_targets_read();
  const auto* operation = reply ? std::get_if<aws::Operation>(&*reply) : nullptr;
  const bool goes_on = operation != nullptr && operation->status == aws::OperationStatus::kInProgress;
  if (const auto it = under_way_.find(key); it != under_way_.end()) {
    if (goes_on) it->second.operation = operation->id;
    else under_way_.erase(it);
    return;
  }
  if (const auto* statuses = reply ? std::get_if<aws::OperationStatuses>(&*reply) : nullptr; statuses != nullptr) {
    for (const auto& each : statuses->items) {
      if (each.status == aws::OperationStatus::kInProgress) continue;
      std::erase_if(under_way_, [&](const auto& entry) { return entry.second.operation == each.id; });
    }
    return;
  }
  const auto poll = polls_.find(key);
  if (poll == polls_.end()) return;
  const bool is_asked_again = !reply && (reply.error().kind == aws::ErrorClass::kRetryable ||
                                         reply.error().kind == aws::ErrorClass::kThrottled ||
                                         reply.error().kind == aws::ErrorClass::kConflictTransient ||
                                         reply.error().kind == aws::ErrorClass::kCredentials);
  if (!goes_on && !is_asked_again) {
    std::erase_if(under_way_, [&](const auto& entry) { return entry.second.operation == poll->second; });
  }
  polls_.erase(poll);
}

void Laws::note_crash(std::uint64_t process) {
  note_forgotten(process);
  sso_admin_calls_.erase(process);
  for (const auto& [slot, intent] : intents_) {
    if (intent == Intent::kCreate) in_doubt_.insert(slot);
  }
}

void Laws::note_forgotten(std::uint64_t process) {
  const auto is_its = [&](const auto& entry) { return entry.first.process == process; };
  std::erase_if(under_way_, is_its);
  std::erase_if(polls_, is_its);
  std::erase_if(sweeping_, is_its);
  for (const auto& [key, call] : scheduling_) {
    if (key.process == process) switches_->note_lost(call);
  }
  std::erase_if(scheduling_, is_its);
  sessions_.note_targets_forgotten();
}

// ---- the truth -------------------------------------------------------------------------------------------

void Laws::check(Instant now) {
  if (now < look_again_at_) return;
  look_again_at_ = now + kLookEvery;
  look(now);
  check_sessions(now);
  check_void(now);
  if (!quiet_since_) return;
  check_grants(now);
  check_schedules(now);
}

void Laws::look(Instant now) {
  for (const auto& presence : sandbox_.changed_since(std::exchange(changes_seen_, sandbox_.changes()))) {
    take_in(presence);
  }
  for (const auto& [slot, from] : ours_) check_overrun(slot, from, now);
}

void Laws::take_in(const sandbox::Presence& presence) {
  // Within the hour in which an unanswered create may still come, nobody can tell whose it is: it is removed, and the
  // ledger says so (slot.reappeared).
  const auto taken = reappeared_.find(slot_of(presence.slot));
  const bool is_taken_for_ours = taken != reappeared_.end() && presence.from <= taken->second + bounds_.stale_lists &&
                                 taken->second <= presence.until;
  // A call that was sent cannot be called back, and names no version: what somebody gave by hand after the last delete
  // was sent goes with it.
  const auto sent = last_delete_.find(slot_of(presence.slot));
  const bool came_after = sent != last_delete_.end() && presence.from > sent->second;
  // AWS does not say who made an assignment: after a crash what somebody gave since the intent may be ours.
  const bool may_be_ours =
      in_doubt_.contains(slot_of(presence.slot)) && presence.from > intended_at_[slot_of(presence.slot)];
  // A schedule names no version either, and comes due without us while we are dead.
  const bool is_by_schedule = sandbox_.is_of_a_schedule(presence.deleted_by);
  if (presence.created_by.empty() && !presence.deleted_by.empty() && !is_taken_for_ours && !came_after &&
      !may_be_ours && !is_by_schedule) {
    break_law(3, "standing access was removed: " + words(slot_of(presence.slot)));
  }
  if (presence.slot.principal_type != sandbox::PrincipalType::kUser) return;
  // That operation is over, whoever heard of it. So it is by all that a list shows when somebody took by hand what was
  // being deleted: where AWS is not done yet it answers the next change with a conflict.
  const bool is_over = presence.until != Instant::max();
  const Instant changed_at = is_over ? presence.until : presence.from;
  const access::Slot slot = slot_of(presence.slot);
  std::erase_if(under_way_, [&](const auto& entry) {
    const UnderWay& it = entry.second;
    const std::string& operation = it.operation.str();
    const bool looks_over = it.slot == slot && it.creates != is_over && it.since <= changed_at;
    const bool is_known = operation == presence.created_by.str() || operation == presence.deleted_by.str();
    return !operation.empty() && (looks_over || is_known);
  });
  auto& all = intervals_[slot];
  if (all.empty() || all.back().from != presence.from) {
    all.push_back({presence.from, Instant::max(), !presence.created_by.empty()});
    // What the ledger forgot while it was under way is nobody's.
    if (!presence.created_by.empty() && !is_lost_track_of(slot)) {
      check_appearance(presence);
      ours_[slot] = presence.from;
      taken_by_hand_.erase(slot);
    }
  }
  if (!is_over) return;
  all.back().until = presence.until;
  all.back().is_by_schedule = sandbox_.is_of_a_schedule(presence.deleted_by);
  if (all.back().is_by_schedule) check_schedule(slot, presence.until);
  if (!presence.created_by.empty() && !is_held(slot, presence.until)) {
    sessions_.note_gone(slot, presence.from, presence.until);
  }
  if (const auto it = ours_.find(slot); it != ours_.end() && it->second == presence.from) ours_.erase(it);
}

void Laws::check_appearance(const sandbox::Presence& presence) {
  const access::Slot slot = slot_of(presence.slot);
  if (!intents_.contains(slot) && !unanswered_.contains(slot))
    break_law(5, "it appeared although the ledger knows no intent: " + words(slot));
  const auto& all = grants_of_[slot];
  const auto granted = std::any_of(
      all.begin(), all.end(), [&](const auto& id) { return grants_.at(id).start <= presence.from + bounds_.clocks; });
  if (!granted) break_law(1, "it appeared without a grant: " + words(slot));
}

// A live grant does not end by the schedule of one before, unless AWS did not take the new time.
void Laws::check_schedule(const access::Slot& slot, Instant at) {
  if (!quiet_since_) return;
  for (const auto& id : grants_of_[slot]) {
    const Grant& grant = grants_.at(id);
    const Instant since = std::max({grant.start, grant.known_until, *quiet_since_, ledger_back_at_});
    if (!grant.over && !grant.ending && since + bounds_.present_within < at && at + bounds_.clocks < grant.end)
      break_law(kSwitch, fmt::format("{} is cut short by a schedule: {}", id.str(), words(slot)));
  }
}

Duration Laws::may_be_late() const {
  const bool is_late =
      std::any_of(ours_.begin(), ours_.end(), [&](const auto& each) { return unanswered_.contains(each.first); });
  return is_late ? bounds_.late_creates : Duration{};
}

void Laws::check_overrun(const access::Slot& slot, Instant from, Instant now) {
  if (!quiet_since_) return;
  Instant until = std::max(from, *quiet_since_);
  for (const auto& id : grants_of_[slot]) {
    const Grant& grant = grants_.at(id);
    if (grant.start <= now) until = std::max(until, grant.end);
  }
  if (unanswered_.contains(slot)) until = until + bounds_.late_creates;
  if (now > until + bounds_.absent_within) {
    const bool was_out = until < ledger_back_at_;  // the ledger, while this was overdue
    break_law(was_out ? 10 : 2, fmt::format("still there {} after its end: {}", to_text(now - until), words(slot)));
  }
}

void Laws::check_sessions(Instant now) {
  if (!bounds_.denied_within) return;
  const auto held = [&](const access::Slot& slot) { return is_held(slot, now); };
  for (auto& what : sessions_.check(now, quiet_since_, held)) break_law(kHardEnd, std::move(what));
  if (!sessions_.denies() || !sessions_.is_clock_right(now, quiet_since_)) return;
  // Whoever holds it now has credentials that are newer than what is denied.
  for (const auto& [slot, from] : ours_) {
    const auto before = sessions_.denied_before(slot);
    if (!before || !is_held(slot, now)) continue;
    Instant since = Instant::max();
    for (const auto& id : grants_of_.at(slot)) {
      const Grant& grant = grants_.at(id);
      if (!grant.over && !grant.ending && grant.start <= now) since = std::min(since, grant.start);
    }
    if (*before > std::max(from, since) + bounds_.stale_lists + bounds_.clocks + Duration::seconds(1))
      break_law(kHardEnd, "who holds access is denied it: " + words(slot));
  }
}

// What the ledger says in the same turn is there when somebody looks.
void Laws::check_void(Instant now) {
  if (now <= void_by_) return;
  if (!void_requests_.empty())
    break_law(kSetChanged, void_requests_.begin()->str() + " goes on although its permission set is another one now");
  if (!void_grants_.empty())
    break_law(kSetChanged, void_grants_.begin()->str() + " was agreed to for what the permission set was");
}

void Laws::check_schedules(Instant now) {
  if (!switches_ || now < schedules_again_at_) return;
  schedules_again_at_ = now + kLookAtSchedulesEvery;
  const auto broken = switches_->check_left_behind(now, *quiet_since_, bounds_.absent_within, [&](const auto& slot) {
    const auto all = grants_of_.find(slot);
    if (is_lost_track_of(slot) || ours_.contains(slot)) return false;
    return all == grants_of_.end() ||
           std::none_of(all->second.begin(), all->second.end(), [&](const auto& id) { return open_.contains(id); });
  });
  if (broken) break_law(kSwitch, *broken);
}

void Laws::check_grants(Instant now) {
  for (const auto& id : open_) {
    const Grant& grant = grants_.at(id);
    const Instant over = std::max(grant.end, *quiet_since_);
    if (now > over + bounds_.absent_within + (bounds_.is_alone ? Duration{} : kAnothersCreate)) {
      break_law(over < ledger_back_at_ ? 10 : 2,
                fmt::format("{} is not marked ended: {}", id.str(), words(grant.slot)));
    }
    const Instant since = std::max({grant.start, *quiet_since_, ledger_back_at_});
    const bool is_due = now > since + bounds_.present_within && now < grant.end;
    const bool is_taken = taken_by_hand_.contains(grant.slot) || removed_.contains(grant.slot.permission_set);
    if (is_due && !is_taken && !sandbox_.is_present(slot_of(grant.slot))) {
      break_law(4, fmt::format("{} is live but not there: {}", id.str(), words(grant.slot)));
    }
  }
}

}  // namespace ag::simulation
