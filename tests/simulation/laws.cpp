#include "simulation/laws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ag::simulation {
namespace {

constexpr std::size_t kMostBroken = 20;
constexpr std::size_t kCallsPerSecond = 20;      // of sso-admin, by AWS
constexpr std::size_t kOutstandingCreates = 15;  // by AWS
// What is there is looked at now and then, and before the ledger says that something is gone.
constexpr Duration kLookEvery = Duration::seconds(1);
// control stops asking then; what is under way after that, nobody knows.
constexpr Duration kPatience = Duration::minutes(5);
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

/// What AWS says when it is AWS that has trouble, not we who asked for what cannot be.
bool is_passing_trouble(std::string_view code) {
  constexpr std::array<std::string_view, 5> kCodes = {"ThrottlingException", "ConflictException",
                                                      "InternalServerException", "Timeout", "Connection"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

access::Slot slot_of(const sandbox::Slot& slot) {
  return {access::AccountId(slot.account.str()), access::PermissionSetArn(slot.permission_set.str()),
          access::UserId(slot.principal_id)};
}

sandbox::Slot slot_of(const access::Slot& slot) {
  return {sandbox::AccountId(slot.account.str()), sandbox::PermissionSetArn(slot.permission_set.str()),
          sandbox::PrincipalType::kUser, slot.principal.str()};
}

std::string to_text(const Breach& breach) {
  return breach.law == 0 ? breach.what : fmt::format("law {}: {}", breach.law, breach.what);
}

Laws::Laws(const sandbox::Sandbox& sandbox, Bounds bounds)
    : sandbox_(sandbox), people_(sandbox.people()), bounds_(bounds) {}

void Laws::break_law(int law, std::string what) {
  if (broken_.size() < kMostBroken) broken_.push_back({law, std::move(what)});
}

std::string Laws::words(const access::Slot& slot) const {
  const auto person = std::find_if(people_.begin(), people_.end(),
                                   [&](const auto& each) { return each.id.str() == slot.principal.str(); });
  const auto& arn = slot.permission_set.str();
  return fmt::format("{} in {} for {}", arn.substr(arn.rfind('/') + 1), slot.account.str(),
                     person == people_.end() ? slot.principal.str() : person->user_name);
}

bool Laws::is_live(const access::RequestId& request, Instant now) const {
  return std::any_of(open_.begin(), open_.end(), [&](const auto& id) {
    const Grant& grant = grants_.at(id);
    return grant.request == request && now < grant.end;
  });
}

// ---- the ledger: what people and the clock did ------------------------------------------------------------

void Laws::note_entry(const access::Entry& entry, Instant now) {
  std::visit([&](const auto& event) { on(event, now); }, entry.event);
}

void Laws::note_spooled(const access::Entry& entry, Instant now) {
  is_spooled_ = true;
  note_entry(entry, now);
  is_spooled_ = false;
}

void Laws::on(const access::RequestSubmitted& event, Instant) {
  if (!requests_.try_emplace(event.request.id, Asked{event.request, {}, {}, {}, false}).second) {
    break_law(6, fmt::format("{} was submitted twice", event.request.id.str()));
  }
}

void Laws::check_decider(const access::Request& request, std::int64_t step, const access::UserId& by) {
  if (by == request.requester) break_law(1, "the requester decided");
  const auto person =
      std::find_if(people_.begin(), people_.end(), [&](const auto& each) { return each.id.str() == by.str(); });
  const auto at = static_cast<std::size_t>(step);
  if (person == people_.end() || at >= request.steps.size()) return break_law(1, "somebody unknown decided");
  const auto& parties = request.steps[at].any_of;
  const bool may = std::any_of(parties.begin(), parties.end(), [&](const access::Party& party) {
    if (party.kind == access::PartyKind::kUser) return party.id == by.str();
    return std::find(person->groups.begin(), person->groups.end(), party.name) != person->groups.end();
  });
  if (!may) break_law(1, fmt::format("{} may not decide {}, and did", person->user_name, request.id.str()));
}

void Laws::on(const access::RequestDecided& event, Instant) {
  Asked& asked = requests_.at(event.request);
  if (asked.closed) break_law(6, event.request.str() + " was decided although it was over");
  if (event.version != access::version_of(asked.request)) break_law(6, "a decision on another version counted");
  // Whoever has agreed may still say no.
  const bool is_first = asked.decided.insert(event.by).second;
  if (!is_first && event.decision != access::Verdict::kDeny) break_law(6, event.by_name + " decided twice");
  check_decider(asked.request, event.step, event.by);
  if (event.decision == access::Verdict::kDeny) {
    asked.closed = true;
    return;
  }
  asked.approvals[event.step].insert(event.by);
  if (event.max_duration) asked.most = std::min(*event.max_duration, asked.most.value_or(*event.max_duration));
}

/// It is over with that, and was agreed to.
const Laws::Asked& Laws::approved(const access::RequestId& request) {
  Asked& asked = requests_.at(request);
  if (asked.closed) break_law(6, request.str() + " was approved although it was over");
  asked.closed = true;
  for (std::size_t i = 0; i < asked.request.steps.size(); ++i) {
    const auto given = asked.approvals.find(static_cast<std::int64_t>(i));
    const std::size_t count = given == asked.approvals.end() ? 0 : given->second.size();
    if (count < static_cast<std::size_t>(asked.request.steps[i].need)) {
      break_law(1, fmt::format("{} was approved with {} approvals in step {}", request.str(), count, i));
    }
  }
  return asked;
}

void Laws::on(const access::GrantsExtended& event, Instant now) {
  const Asked& asked = approved(event.request);
  const Duration most = std::min(asked.request.duration, asked.most.value_or(asked.request.duration));
  for (const auto& extended : event.grants) {
    Grant& grant = grants_.at(extended.grant);
    if (grant.request != asked.request.extends) break_law(1, "another request's grant was extended");
    if (grant.ending || grant.over || grant.end + bounds_.clocks < now)
      break_law(1, extended.grant.str() + " was over, and was extended");
    if (extended.end - grant.end > most)
      break_law(1, fmt::format("{} lasts {} longer, {} was agreed", extended.grant.str(),
                               to_text(extended.end - grant.end), to_text(most)));
    grant.end = extended.end;
    last_end_ = std::max(last_end_, extended.end);
  }
}

void Laws::on(const access::RequestApproved& event, Instant now) {
  const Asked& asked = approved(event.request);
  check_length(asked, event);
  for (const auto& opened : event.grants) {
    grants_.insert_or_assign(opened.id, Grant{event.request, opened.slot, event.start, event.end, event.start <= now});
    open_.insert(opened.id);
    grants_of_[opened.slot].push_back(opened.id);
    last_end_ = std::max(last_end_, event.end);
  }
}

void Laws::check_length(const Asked& asked, const access::RequestApproved& event) {
  const Duration most = std::min(asked.request.duration, asked.most.value_or(asked.request.duration));
  if (event.end - event.start > most) {
    break_law(1, fmt::format("{} lasts {}, {} was agreed", event.request.str(), to_text(event.end - event.start),
                             to_text(most)));
  }
  if (asked.request.start && event.start < *asked.request.start) {
    break_law(1, event.request.str() + " begins before the moment that was agreed");
  }
}

void Laws::on(const access::RequestWithdrawn& event, Instant) { requests_.at(event.request).closed = true; }
void Laws::on(const access::RequestLapsed& event, Instant) { requests_.at(event.request).closed = true; }

// ---- the ledger: grants and slots -------------------------------------------------------------------------

void Laws::close(const access::GrantId& id, Grant& grant) {
  // What the spool had closed is said once more where others have written meanwhile.
  if (grant.over && !grant.closed_in_spool) break_law(0, "a grant that is over ends again: " + id.str());
  grant.over = true;
  grant.closed_in_spool = grant.closed_in_spool || is_spooled_;
  open_.erase(id);
}

void Laws::on(const access::GrantStarted& event, Instant) { grants_.at(event.grant).started = true; }

void Laws::on(const access::GrantEnding& event, Instant now) {
  Grant& grant = grants_.at(event.grant);
  // Two programs without the ledger may both say so: it takes only one of them.
  if (grant.over && !is_spooled_ && !grant.closed_in_spool) {
    break_law(0, "a grant that is over ends again: " + event.grant.str());
  }
  grant.end = std::min(grant.end, now);
  grant.ending = true;
}

void Laws::on(const access::GrantCovered& event, Instant) {
  // Of two programs without the ledger one may not know yet what the other has ended.
  const Grant& by = grants_.at(event.by);
  if (by.over && !(is_spooled_ && by.closed_in_spool)) {
    break_law(0, "a grant is covered by one that is over: " + event.grant.str());
  }
  close(event.grant, grants_.at(event.grant));
}

void Laws::on(const access::GrantFailed& event, Instant now) {
  look(now);
  Grant& grant = grants_.at(event.grant);
  if (is_passing_trouble(event.code)) {
    break_law(4, fmt::format("{} was given up for {}, which passes", event.grant.str(), event.code));
  }
  close(event.grant, grant);
  grant.end = std::min(grant.end, now);
  // The last one to fail leaves nothing behind that could still appear.
  const auto& all = grants_of_[grant.slot];
  if (std::none_of(all.begin(), all.end(), [&](const auto& id) { return open_.contains(id); })) {
    intents_.erase(grant.slot);
  }
}

void Laws::on(const access::CreateIntended& event, Instant now) {
  intents_[event.slot] = Intent::kCreate;
  intended_at_[event.slot] = now;
  in_doubt_.erase(event.slot);
}

void Laws::on(const access::DeleteIntended& event, Instant) {
  if (!intents_.contains(event.slot)) break_law(5, "a delete is intended of what never was: " + words(event.slot));
  intents_[event.slot] = Intent::kDelete;
}

void Laws::on(const access::SlotMissing& event, Instant now) {
  look(now);
  intents_.erase(event.slot);
}

bool Laws::was_there(const access::Slot& slot, Instant observed_at, Instant now) {
  look(now);
  const auto& all = intervals_[slot];
  return std::any_of(all.begin(), all.end(), [&](const Interval& it) {
    return it.from <= now && it.until + bounds_.stale_lists + bounds_.clocks >= observed_at;
  });
}

void Laws::on(const access::SlotPresent& event, Instant now) {
  if (!was_there(event.slot, event.observed_at, now)) {
    break_law(5, "said to be present, but was not: " + words(event.slot));
  }
}

void Laws::on(const access::SlotAbsent& event, Instant now) {
  look(now);
  if (sandbox_.is_present(slot_of(event.slot))) break_law(2, "said to be absent, but is there: " + words(event.slot));
  // Where others have written meanwhile it is looked at, and perhaps deleted, once more.
  if (!is_spooled_) intents_.erase(event.slot);
  for (const auto& id : grants_of_[event.slot]) {
    Grant& grant = grants_.at(id);
    if (!grant.over && grant.ending) close(id, grant);
  }
}

void Laws::on(const access::CreateUnanswered& event, Instant) { unanswered_.insert(event.slot); }

void Laws::on(const access::SlotReappeared& event, Instant now) {
  if (!unanswered_.contains(event.slot)) break_law(3, "taken for a late create, but all were answered");
  reappeared_[event.slot] = now;
  if (!was_there(event.slot, event.observed_at, now)) {
    break_law(5, "said to be back, but was not: " + words(event.slot));
  }
  intents_[event.slot] = Intent::kCreate;
}

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
  if (!is_create(call) && !is_delete(call)) return;
  check_intent(call, now);
  check_account(key, call, now);
}

void Laws::check_intent(const aws::Call& call, Instant now) {
  const access::Slot slot = slot_of_call(call);
  const auto intent = intents_.find(slot);
  const Intent needed = is_create(call) ? Intent::kCreate : Intent::kDelete;
  if (intent == intents_.end() || intent->second != needed) {
    break_law(is_create(call) && now < ledger_back_at_ ? 10 : 5,
              fmt::format("{} without an intent: {}", aws::operation_of(call), words(slot)));
  }
  if (!is_delete(call)) return;
  last_delete_[slot] = now;
  check_overlap(slot, now);
  check_hammering(slot, now);
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

void Laws::check_hammering(const access::Slot& slot, Instant now) {
  auto& sent = deletes_[slot];
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
}

// ---- the truth -------------------------------------------------------------------------------------------

void Laws::check(Instant now) {
  if (now < look_again_at_) return;
  look_again_at_ = now + kLookEvery;
  look(now);
  if (quiet_since_) check_grants(now);
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
  if (presence.created_by.empty() && !presence.deleted_by.empty() && !is_taken_for_ours && !came_after &&
      !may_be_ours) {
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
    all.push_back({presence.from});
    if (!presence.created_by.empty()) {
      check_appearance(presence);
      ours_[slot] = presence.from;
      taken_by_hand_.erase(slot);
    }
  }
  if (!is_over) return;
  all.back().until = presence.until;
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

void Laws::check_grants(Instant now) {
  for (const auto& id : open_) {
    const Grant& grant = grants_.at(id);
    const Instant over = std::max(grant.end, *quiet_since_);
    if (now > over + bounds_.absent_within) {
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
