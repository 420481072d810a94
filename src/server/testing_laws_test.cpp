#include "server/testing_laws.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ag::server::testing {
namespace {

constexpr std::size_t kMostBroken = 20;
constexpr std::size_t kCallsPerSecond = 20;      // of sso-admin, by AWS
constexpr std::size_t kOutstandingCreates = 15;  // by AWS
// Presences are many: they are looked at now and then, and before the ledger says that one is gone.
constexpr Duration kLookEvery = Duration::seconds(2);
// control stops asking then; what is under way after that, nobody knows.
constexpr Duration kPatience = Duration::minutes(5);

bool is_create(const aws::Call& call) { return std::holds_alternative<aws::CreateAccountAssignment>(call); }
bool is_delete(const aws::Call& call) { return std::holds_alternative<aws::DeleteAccountAssignment>(call); }

const aws::Assignment& assignment_of(const aws::Call& call) {
  const auto* create = std::get_if<aws::CreateAccountAssignment>(&call);
  return create != nullptr ? create->assignment : std::get<aws::DeleteAccountAssignment>(call).assignment;
}

std::optional<aws::OperationId> polled(const aws::Call& call) {
  if (const auto* poll = std::get_if<aws::DescribeCreation>(&call)) return poll->operation;
  if (const auto* poll = std::get_if<aws::DescribeDeletion>(&call)) return poll->operation;
  return std::nullopt;
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

void Laws::break_law(std::string what) {
  if (broken_.size() < kMostBroken) broken_.push_back(std::move(what));
}

std::string Laws::words(const access::Slot& slot) const {
  const auto people = sandbox_.people();
  const auto person = std::find_if(people.begin(), people.end(),
                                   [&](const auto& each) { return each.id.str() == slot.principal.str(); });
  const auto& arn = slot.permission_set.str();
  return fmt::format("{} in {} for {}", arn.substr(arn.rfind('/') + 1), slot.account.str(),
                     person == people.end() ? slot.principal.str() : person->user_name);
}

std::size_t Laws::grants_over() const {
  return static_cast<std::size_t>(
      std::count_if(grants_.begin(), grants_.end(), [](const auto& entry) { return entry.second.over; }));
}

Instant Laws::last_end() const {
  Instant last;
  for (const auto& [id, grant] : grants_) last = std::max(last, grant.end);
  return last;
}

// ---- the ledger ------------------------------------------------------------------------------------------

void Laws::note_entry(const access::Entry& entry, Instant now) {
  std::visit([&](const auto& event) { on(event, now); }, entry.event);
}

void Laws::on(const access::RequestSubmitted& event, Instant) { requests_[event.request.id].request = event.request; }

void Laws::on(const access::RequestDecided& event, Instant) {
  Asked& asked = requests_.at(event.request);
  if (event.version != access::version_of(asked.request)) break_law("law 6: a decision on another version counted");
  if (event.by == asked.request.requester) break_law("law 1: the requester decided");
  if (event.decision == access::Verdict::kApprove) asked.approvals[event.step].insert(event.by);
}

void Laws::on(const access::RequestApproved& event, Instant) {
  const Asked& asked = requests_.at(event.request);
  for (std::size_t i = 0; i < asked.request.steps.size(); ++i) {
    const auto given = asked.approvals.find(static_cast<std::int64_t>(i));
    const std::size_t count = given == asked.approvals.end() ? 0 : given->second.size();
    if (count < static_cast<std::size_t>(asked.request.steps[i].need)) {
      break_law(fmt::format("law 1: {} was approved with {} approvals in step {}", event.request.str(), count, i));
    }
  }
  for (const auto& opened : event.grants) grants_[opened.id] = {opened.slot, event.start, event.end};
}

void Laws::on(const access::GrantEnding& event, Instant now) {
  Grant& grant = grants_.at(event.grant);
  if (grant.over) break_law("a grant that is over ends again: " + event.grant.str());
  grant.end = std::min(grant.end, now);
}

void Laws::on(const access::GrantCovered& event, Instant) {
  if (grants_.at(event.grant).over) break_law("a grant that is over is covered: " + event.grant.str());
  if (grants_.at(event.by).over) break_law("a grant is covered by one that is over: " + event.grant.str());
  grants_.at(event.grant).over = true;
}

void Laws::on(const access::GrantFailed& event, Instant now) {
  check_presences(now);
  Grant& grant = grants_.at(event.grant);
  if (grant.over) break_law("a grant that is over fails: " + event.grant.str());
  grant.over = true;
  grant.failed = true;
  grant.end = std::min(grant.end, now);
  // The last one to fail leaves nothing behind that could still appear.
  const auto left = std::any_of(grants_.begin(), grants_.end(), [&](const auto& entry) {
    return entry.second.slot == grant.slot && !entry.second.over;
  });
  if (!left) intents_.erase(grant.slot);
}

void Laws::on(const access::CreateIntended& event, Instant) { intents_[event.slot] = Intent::kCreate; }

void Laws::on(const access::DeleteIntended& event, Instant) {
  if (!intents_.contains(event.slot)) break_law("law 5: a delete is intended of what never was: " + words(event.slot));
  intents_[event.slot] = Intent::kDelete;
}

void Laws::on(const access::SlotMissing& event, Instant now) {
  check_presences(now);
  intents_.erase(event.slot);
}

void Laws::on(const access::SlotPresent& event, Instant now) {
  const auto all = sandbox_.presences();
  const auto it = std::find_if(all.begin(), all.end(), [&](const sandbox::Presence& presence) {
    return slot_of(presence.slot) == event.slot && presence.from <= now &&
           presence.until + bounds_.stale_lists >= event.observed_at;
  });
  if (it == all.end()) break_law("law 5: said to be present, but was not: " + words(event.slot));
}

void Laws::on(const access::SlotAbsent& event, Instant now) {
  check_presences(now);
  if (sandbox_.is_present(slot_of(event.slot))) {
    break_law("law 2: said to be absent, but is there: " + words(event.slot));
  }
  intents_.erase(event.slot);
  for (auto& [id, grant] : grants_) {
    if (grant.slot == event.slot && grant.end <= now) grant.over = true;
  }
}

// ---- the calls -------------------------------------------------------------------------------------------

void Laws::note_call(control::CallId id, const aws::Call& call, Instant now) {
  check_rate(call, now);
  if (const auto operation = polled(call)) polls_[id] = *operation;
  if (!is_create(call) && !is_delete(call)) return;
  check_intent(call);
  check_account(id, call, now);
}

void Laws::check_intent(const aws::Call& call) {
  const auto& it = assignment_of(call);
  const access::Slot slot{it.account, it.permission_set, access::UserId(it.principal_id)};
  const auto intent = intents_.find(slot);
  const Intent needed = is_create(call) ? Intent::kCreate : Intent::kDelete;
  if (intent == intents_.end() || intent->second != needed) {
    break_law(fmt::format("law 5: {} without an intent: {}", aws::operation_of(call), words(slot)));
  }
}

void Laws::check_rate(const aws::Call& call, Instant now) {
  if (aws::service_of(call) != aws::Service::kSsoAdmin) return;
  sso_admin_calls_.push_back(now);
  while (sso_admin_calls_.front() + Duration::seconds(1) <= now) sso_admin_calls_.pop_front();
  if (sso_admin_calls_.size() > kCallsPerSecond) {
    break_law(fmt::format("law 7: {} sso-admin calls in a second", sso_admin_calls_.size()));
  }
}

void Laws::check_account(control::CallId id, const aws::Call& call, Instant now) {
  const auto& account = assignment_of(call).account;
  std::erase_if(under_way_, [&](const auto& entry) { return entry.second.since + kPatience < now; });
  std::size_t creates = is_create(call) ? 1 : 0;
  for (const auto& [other, it] : under_way_) {
    if (it.account == account) break_law("law 7: two operations at once in account " + account.str());
    if (it.creates) ++creates;
  }
  if (creates > kOutstandingCreates) break_law(fmt::format("law 7: {} outstanding creates", creates));
  under_way_[id] = {account, is_create(call), now, {}};
}

void Laws::note_reply(control::CallId id, const aws::AwsResult<aws::Reply>& reply) {
  const auto* operation = reply ? std::get_if<aws::Operation>(&*reply) : nullptr;
  const bool goes_on = operation != nullptr && operation->status == aws::OperationStatus::kInProgress;
  if (const auto it = under_way_.find(id); it != under_way_.end()) {
    if (goes_on) it->second.operation = operation->id;
    else under_way_.erase(it);
    return;
  }
  const auto poll = polls_.find(id);
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

void Laws::note_crash() {
  under_way_.clear();
  polls_.clear();
  sso_admin_calls_.clear();
}

// ---- the truth -------------------------------------------------------------------------------------------

void Laws::check(Instant now) {
  if (now >= look_again_at_) {
    check_presences(now);
    look_again_at_ = now + kLookEvery;
  }
  if (quiet_since_) check_grants(now);
}

void Laws::check_presences(Instant now) {
  for (const auto& presence : sandbox_.presences()) {
    if (presence.created_by.empty()) {
      if (!presence.deleted_by.empty()) {
        break_law("law 3: standing access was removed: " + words(slot_of(presence.slot)));
      }
      continue;
    }
    if (appeared_.insert({presence.slot, presence.from}).second) check_appearance(presence);
    if (presence.until == Instant::max()) check_overrun(presence, now);
  }
}

void Laws::check_appearance(const sandbox::Presence& presence) {
  const access::Slot slot = slot_of(presence.slot);
  if (!intents_.contains(slot)) break_law("law 5: it appeared although the ledger knows no intent: " + words(slot));
  const auto granted = std::any_of(grants_.begin(), grants_.end(), [&](const auto& entry) {
    return entry.second.slot == slot && entry.second.start <= presence.from;
  });
  if (!granted) break_law("law 1: it appeared without a grant: " + words(slot));
}

void Laws::check_overrun(const sandbox::Presence& presence, Instant now) {
  if (!quiet_since_) return;
  const access::Slot slot = slot_of(presence.slot);
  Instant until = std::max(presence.from, *quiet_since_);
  for (const auto& [id, grant] : grants_) {
    if (grant.slot == slot && grant.start <= now) until = std::max(until, grant.end);
  }
  if (now > until + bounds_.absent_within) {
    break_law(fmt::format("law 2: still there {} after its end: {}", to_text(now - until), words(slot)));
  }
}

void Laws::check_grants(Instant now) {
  for (const auto& [id, grant] : grants_) {
    if (grant.over) continue;
    if (now > std::max(grant.end, *quiet_since_) + bounds_.absent_within) {
      break_law(fmt::format("law 2: {} is not marked ended: {}", id.str(), words(grant.slot)));
    }
    const bool is_due = now > std::max(grant.start, *quiet_since_) + bounds_.present_within && now < grant.end;
    if (is_due && !sandbox_.is_present(slot_of(grant.slot))) {
      break_law(fmt::format("law 4: {} is live but not there: {}", id.str(), words(grant.slot)));
    }
  }
}

}  // namespace ag::server::testing
