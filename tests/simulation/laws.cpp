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
// Clocks are set ahead by so much at most.
constexpr Duration kLongestStep = Duration::minutes(2);
constexpr Duration kLookAtSchedulesEvery = Duration::seconds(5);
// control stops asking then; what is under way after that, nobody knows.
constexpr Duration kPatience = Duration::minutes(5);
// Of the company's fourteen some are suspended.
constexpr std::ptrdiff_t kFewestAccounts = 10;
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

/// Whether the entry tells of that slot, or of that grant.
bool is_about(const access::Event& event, const access::Slot& slot) {
  return std::visit(
      [&](const auto& it) {
        if constexpr (requires { it.slot; }) return it.slot == slot;
        else return false;
      },
      event);
}
bool is_about(const access::Event& event, const access::GrantId& id) {
  return std::visit(
      [&](const auto& it) {
        if constexpr (requires { it.grant; }) return it.grant == id;
        else if constexpr (requires { it.grants.front().id; })
          return std::any_of(it.grants.begin(), it.grants.end(), [&](const auto& each) { return each.id == id; });
        else if constexpr (requires { it.grants.front().grant; })
          return std::any_of(it.grants.begin(), it.grants.end(), [&](const auto& each) { return each.grant == id; });
        else return false;
      },
      event);
}

bool is_account(std::string_view id) { return id.size() == 12; }

/// Whose assignments a sweep asks for with this call, or those of which account; empty: it is not of a sweep.
std::string swept_by(const aws::Call& call) {
  if (const auto* list = std::get_if<aws::ListAccountAssignmentsForPrincipal>(&call)) return list->principal_id;
  if (const auto* list = std::get_if<aws::ListPermissionSetsProvisionedToAccount>(&call)) return list->account.str();
  return {};
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

std::string name_of_law(int law) {
  switch (law) {
    case 0: return "rest";
    case kHardEnd: return "hard end";
    case kSwitch: return "switch";
    case kRestored: return "restored";
    case kSetChanged: return "changed set";
    default: return fmt::format("law {}", law);
  }
}

std::string to_text(const Breach& breach) {
  return breach.law == 0 ? breach.what : name_of_law(breach.law) + ": " + breach.what;
}

Laws::Laws(const sandbox::Sandbox& sandbox, Bounds bounds)
    : sandbox_(sandbox),
      people_(sandbox.people()),
      bounds_(bounds),
      sessions_(sandbox, {bounds.denied_within.value_or(Duration{}), bounds.clocks}) {
  if (bounds.switch_grace) switches_.emplace(sandbox, *bounds.switch_grace);
}

void Laws::break_law(int law, std::string what) {
  if (is_folding_) return;
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
  entry_at_ = entry.at;
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
  if (void_requests_.contains(request)) {
    break_law(kSetChanged, request.str() + " became a grant although its permission set is another one now");
  }
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
    grant.known_until = now;
    last_end_ = std::max(last_end_, extended.end);
  }
}

void Laws::on(const access::RequestApproved& event, Instant now) {
  const Asked& asked = approved(event.request);
  check_length(asked, event);
  for (const auto& opened : event.grants) {
    Grant grant{event.request, opened.slot, event.start, event.end, event.start <= now};
    grant.is_hard = asked.request.session_end == access::SessionEnd::kHard;
    grant.was_agreed = !asked.decided.empty();
    grant.known_until = now;
    grants_.insert_or_assign(opened.id, std::move(grant));
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
  void_grants_.erase(event.grant);
  if (grant.is_hard) note_hard_over(grant);
  settle_sessions(grant.slot);
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
  const auto& all = grants_of_[event.slot];
  const bool is_needed = std::any_of(all.begin(), all.end(), [&](const auto& id) {
    const Grant& grant = grants_.at(id);
    return !grant.over && !grant.ending && entry_at_ < grant.end;
  });
  if (!is_needed) break_law(kSwitch, "what is over is missed: " + words(event.slot));
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
  else in_doubt_.insert(event.slot);
  for (const auto& id : grants_of_[event.slot]) {
    Grant& grant = grants_.at(id);
    if (!grant.over && grant.ending) close(id, grant);
  }
}

void Laws::on(const access::CreateUnanswered& event, Instant) { unanswered_.insert(event.slot); }

// ---- the ledger: what is promised beside the laws of the design --------------------------------------------

bool Laws::is_held(const access::Slot& slot, Instant at) const {
  const auto all = grants_of_.find(slot);
  if (all == grants_of_.end()) return false;
  return std::any_of(all->second.begin(), all->second.end(), [&](const auto& id) {
    const Grant& grant = grants_.at(id);
    return !grant.over && !grant.ending && grant.start <= at && at < grant.end;
  });
}

void Laws::note_hard_over(const Grant& grant) {
  if (!is_folding_) look(entry_at_);
  const auto& all = intervals_[grant.slot];
  const bool had_access = std::any_of(all.begin(), all.end(), [&](const Interval& it) {
    return it.is_ours && it.until >= grant.start && it.from <= entry_at_ + bounds_.clocks;
  });
  const bool is_known = intents_.contains(grant.slot) || !forgotten_.contains(grant.slot);
  sessions_.note_over(grant.slot, requests_.at(grant.request).request, had_access && is_known);
}

void Laws::settle_sessions(const access::Slot& slot) {
  if (sessions_.waits(slot) && !is_held(slot, entry_at_)) sessions_.owe(slot, entry_at_, entry_at_);
}

void Laws::on(const access::SessionsCutRefused& event, Instant) { sessions_.note_refused(event.slot, event.code); }

void Laws::on(const access::AssignmentAppeared& event, Instant) {
  if (event.user) found_again_.insert({event.account, event.permission_set, *event.user});
}

void Laws::on(const access::AssignmentVanished& event, Instant) {
  if (!event.user) return;
  const access::Slot slot{event.account, event.permission_set, *event.user};
  const auto all = intervals_.find(slot);
  // What a list did not show as ours is not ours to end.
  const bool was_ours = all != intervals_.end() && !all->second.empty() && all->second.back().is_by_schedule;
  if (was_ours && !forgotten_.contains(slot)) {
    break_law(kSwitch, "what AWS has removed for us is taken for somebody's doing: " + words(slot));
  }
}

void Laws::on(const access::PermissionSetSeen& event, Instant now) {
  changed_sets_.erase(event.permission_set);
  if (!event.was_content || *event.was_content == event.content) return;
  void_by_ = now;
  for (const auto& [id, asked] : requests_) {
    if (!asked.closed && asked.request.permission_set == event.permission_set) void_requests_.insert(id);
  }
  for (const auto& id : open_) {
    const Grant& grant = grants_.at(id);
    const bool is_of_it = grant.slot.permission_set == event.permission_set;
    const bool has_begun = grant.started || grant.start <= entry_at_;
    if (is_of_it && grant.was_agreed && !has_begun && !grant.ending) void_grants_.insert(id);
  }
}

void Laws::on(const access::RequestVoided& event, Instant) {
  requests_.at(event.request).closed = true;
  void_requests_.erase(event.request);
}

void Laws::on(const access::GrantsSuspended& event, Instant) {
  if (event.code == "ledger_rolled_back") was_told_of_restore_ = true;
}

void Laws::on(const access::GrantsResumed& event, Instant) {
  if (event.code == "ledger_rolled_back") was_told_of_restore_ = false;
}

void Laws::on(const access::RollbackAccepted&, Instant) {
  is_restore_accepted_ = true;
  swept_.clear();
}

void Laws::check_told_of_restore() {
  if (restored_at_ && !was_told_of_restore_) break_law(kRestored, "nobody is told that the ledger came back older");
}

bool Laws::has_schedules() const {
  return switches_ && switches_->has_schedules([&](const auto& slot) { return !is_lost_track_of(slot); });
}

/// What the ledger forgot is nobody's, until it is intended anew.
bool Laws::is_lost_track_of(const access::Slot& slot) const {
  return forgotten_.contains(slot) && !intents_.contains(slot);
}

std::vector<access::Slot> Laws::lost_track_of() const {
  if (forgotten_.empty()) return {};
  const auto people = sandbox_.people();
  std::vector<access::Slot> slots;
  for (const auto& slot : forgotten_) {
    const bool is_told = intents_.contains(slot) || found_again_.contains(slot);
    // Whoever is gone from the directory nobody asks AWS about.
    const bool is_known = std::any_of(people.begin(), people.end(),
                                      [&](const auto& each) { return each.id.str() == slot.principal.str(); });
    if (!is_told && is_known && sandbox_.is_present(slot_of(slot))) slots.push_back(slot);
  }
  return slots;
}

void Laws::note_restored(const std::vector<access::Entry>& kept, const std::vector<access::Entry>& lost, Instant now) {
  look(now);
  for (const auto& [slot, grants] : grants_of_) {
    const bool is_lost = std::any_of(lost.begin(), lost.end(), [&](const access::Entry& entry) {
      return is_about(entry.event, slot) ||
             std::any_of(grants.begin(), grants.end(), [&](const auto& id) { return is_about(entry.event, id); });
    });
    if (is_lost) forgotten_.insert(slot);
  }
  requests_.clear();
  grants_.clear();
  open_.clear();
  grants_of_.clear();
  intents_.clear();
  intended_at_.clear();
  unanswered_.clear();
  void_requests_.clear();
  void_grants_.clear();
  sessions_.forget();
  was_told_of_restore_ = false;
  is_folding_ = true;
  for (const auto& entry : kept) note_entry(entry, std::min(entry.at, now));
  is_folding_ = false;
  // Whatever is there may be what these intents made, before the ledger forgot what became of it.
  for (const auto& [slot, intent] : intents_) {
    in_doubt_.insert(slot);
    intended_at_[slot] = {};
  }
  std::erase_if(ours_, [&](const auto& each) { return is_lost_track_of(each.first); });
  restored_at_ = now;
  is_restore_accepted_ = false;
  found_again_.clear();
}

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
  if (const auto whose = swept_by(call); restored_at_ && !whose.empty()) sweeping_[key] = whose;
  if (switches_) {
    switches_->note_call(call, now);
    if (aws::service_of(call) == aws::Service::kScheduler) scheduling_.insert_or_assign(key, call);
  }
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
  if (is_create(call)) check_created(slot);
  if (!is_delete(call)) return;
  last_delete_[slot] = now;
  check_overlap(slot, now);
  check_hammering(slot, now);
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
  for (const auto& id : grants_of_[slot]) last_end = std::max(last_end, grants_.at(id).end);
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
  // What AWS will not tell is looked for in vain.
  const bool is_told =
      reply || (reply.error().kind != aws::ErrorClass::kRetryable && reply.error().kind != aws::ErrorClass::kThrottled);
  if (const auto sweeping = sweeping_.extract(key); !sweeping.empty() && is_told) swept_.insert(sweeping.mapped());
  if (const auto sent = scheduling_.extract(key); !sent.empty()) {
    const bool is_lost = !reply && reply.error().kind == aws::ErrorClass::kRetryable;
    if (is_lost) switches_->note_lost(sent.mapped());
    else switches_->note_answered(sent.mapped());
  }
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
