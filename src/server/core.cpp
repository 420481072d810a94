#include "server/core.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "access/set_changes.hpp"
#include "base/assert.hpp"

namespace ag::server {
namespace {

// Bounds one turn, so that a thousand ends in one second do not make one transaction of everything.
constexpr std::size_t kMostDueAtOnce = 500;
// An observation leads to an intent, an intent to nothing more: three rounds settle every chain there is.
constexpr int kMostPlanRounds = 8;

// A clock that is further behind the ledger than this was put right; less is taken for the clock's own trembling.
constexpr Duration kClockTolerance = Duration::seconds(30);
// Bounds one turn: the first reading finds every permission set of the company.
constexpr std::size_t kMostSetChanges = 200;
// What a sweep finds changed, at most: a whole company moved by hand must not drown the ledger.
constexpr std::size_t kMostFound = 1'000;

/// Whether it may make access come into being.
bool leads_to_access(const access::Command& command) {
  const auto* decide = std::get_if<access::Decide>(&command);
  return std::holds_alternative<access::Ask>(command) || std::holds_alternative<access::ExtendAccess>(command) ||
         std::holds_alternative<access::UseBreakGlass>(command) ||
         (decide != nullptr && decide->decision == access::Verdict::kApprove);
}

/// What the cutting of live sessions hangs on.
bool is_of_sessions(const access::Event& event) {
  return std::holds_alternative<access::GrantEnding>(event) || std::holds_alternative<access::SlotAbsent>(event) ||
         std::holds_alternative<access::SlotReappeared>(event) ||
         std::holds_alternative<access::SessionsCutIntended>(event) ||
         std::holds_alternative<access::SessionsCut>(event) ||
         std::holds_alternative<access::SessionsRestored>(event) ||
         std::holds_alternative<access::SessionsCutRefused>(event);
}

/// What takes access away, the looking that proves it, and what keeps it from taking somebody else's.
bool is_of_revoking(const access::Event& event) {
  // A start makes no access by itself; without it the end of the grant before would cut the one that follows.
  return is_of_sessions(event) || std::holds_alternative<access::GrantStarted>(event) ||
         std::holds_alternative<access::GrantCovered>(event) || std::holds_alternative<access::DeleteIntended>(event) ||
         std::holds_alternative<access::DeleteAccepted>(event) ||
         std::holds_alternative<access::CreateUnanswered>(event) || std::holds_alternative<access::SlotShared>(event) ||
         std::holds_alternative<access::SlotHandedOver>(event);
}

bool is_ending(const access::State& state, const access::GrantId& id) {
  return state.grants.find(id)->status == access::Status::kEnding;
}

/// What was never made is over with what a look has shown: there is nothing to take away, and nothing more to wait for.
bool ends_what_never_was(const access::State& state, const access::Event& event) {
  if (const auto* failed = std::get_if<access::GrantFailed>(&event)) return is_ending(state, failed->grant);
  const auto* standing = std::get_if<access::SlotStanding>(&event);
  const access::SlotState* row = standing == nullptr ? nullptr : state.slots.find(standing->slot);
  return row != nullptr &&
         std::all_of(row->live.begin(), row->live.end(), [&](const auto& id) { return is_ending(state, id); });
}

/// What an entry of the tail says that is new after others have written. What was seen before that is no proof any
/// more, and what was intended may be of a life before: control looks and plans again.
std::optional<access::Event> still_news(const access::State& state, access::Event event, Instant at) {
  if (const auto* ending = std::get_if<access::GrantEnding>(&event)) {
    const auto* grant = state.grants.find(ending->grant);
    const bool is_open =
        grant != nullptr && !access::is_final(grant->status) && grant->status != access::Status::kEnding;
    return is_open ? std::optional(std::move(event)) : std::nullopt;
  }
  if (const auto* shared = std::get_if<access::SlotShared>(&event)) {
    const access::SlotState* row = state.slots.find(shared->slot);
    const bool is_of_this_life = row != nullptr && row->create_intended && !row->delete_intended &&
                                 row->present_since != Instant{} && shared->made_at > row->present_since;
    return is_of_this_life && row->shared == nullptr ? std::optional(std::move(event)) : std::nullopt;
  }
  auto* intended = std::get_if<access::SessionsCutIntended>(&event);
  if (intended == nullptr) return std::nullopt;
  // The call may have been made; what others mean to deny by now reaches further.
  std::erase_if(intended->cut, [&](const auto& each) {
    const access::SessionCut* cut = state.cuts.find(each.slot);
    return cut != nullptr && cut->intended && *cut->intended >= each.issued_before;
  });
  std::erase_if(intended->restore, [&](const auto& slot) {
    const access::SessionCut* cut = state.cuts.find(slot);
    return cut == nullptr || access::until_of(*cut) > at;
  });
  const bool is_empty = intended->cut.empty() && intended->restore.empty();
  return is_empty ? std::nullopt : std::optional(std::move(event));
}

// The ledger keeps times to the millisecond.
Instant to_milliseconds(Instant at) {
  return Instant::from_nanoseconds(at.count_nanoseconds() / 1'000'000 * 1'000'000);
}

}  // namespace

Core::Core(Prepared prepared) : prepared_(std::move(prepared)) { prepare_control(); }

void Core::prepare_control() {
  session_ends_.use_policy(prepared_.hard_end_policy);
  directory_.use_hard_end_policy(prepared_.hard_end_policy);
  switch_.use(prepared_.dead_man_switch);
  trail_.use(prepared_.trail);
}

void Core::touch_control(const access::Event& event) {
  for (const auto& slot : access::slots_of(state_, event)) {
    slots_.touch(slot);
    switch_.touch(slot);
  }
  // It may have been ours until then, and still be watched.
  if (const auto* it = std::get_if<access::AssignmentAppeared>(&event); it != nullptr && it->user) {
    slots_.touch({it->account, it->permission_set, *it->user});
  }
  if (is_of_sessions(event)) session_ends_.touch();
  if (std::holds_alternative<access::CreateIntended>(event)) trail_.touch();
}

void Core::replay(const access::Entry& entry) {
  state_.replay(entry);
  last_at_ = std::max(last_at_, entry.at);
  if (!running_) return;  // adopt() has control look at all there is
  touch_control(entry.event);
  session_ends_.note_foreign(entry.event);
  for (const auto& slot : access::slots_of(state_, entry.event)) slots_.note_foreign(slot, entry.event);
}

void Core::restart_control(Instant now) {
  const auto instance = organization_->snapshot().instance_arn;
  slots_ = {};
  if (!instance.empty()) slots_.use_instance(aws::InstanceArn(instance));
  slots_.adopt(state_, control::SlotControl::kOpenAfterReset);
  session_ends_ = {};
  switch_ = {};
  trail_ = {};
  directory_ = {};
  prepare_control();
  use_for_sessions(organization_->snapshot());
  switch_.use_instance(aws::InstanceArn(instance));
  trail_.use_instance(aws::InstanceArn(instance));
  switch_.adopt(state_);
  if (is_sweep_owed()) switch_.doubt(state_);
  if (organization_->known()) directory_.adopt(organization_->snapshot());
  budget_ = control::Budget::drained(now);
}

void Core::adopt(std::optional<access::Snapshot> cached_directory) {
  slots_.adopt(state_);
  switch_.adopt(state_);
  if (is_sweep_owed()) switch_.doubt(state_);
  running_ = true;
  if (!cached_directory) return;
  directory_.adopt(*cached_directory);
  publish(std::move(*cached_directory));
}

void Core::use_for_sessions(const access::Snapshot& snapshot) {
  session_ends_.use_management_account(snapshot.management_account);
  if (!snapshot.hard_end) return;  // what could not be read now is as it was
  session_ends_.use_not_bound(control::not_bound(snapshot, prepared_.hard_end_policy));
}

void Core::publish(access::Snapshot snapshot) {
  use_for_sessions(snapshot);
  if (!snapshot.hard_end) snapshot.hard_end = organization_->snapshot().hard_end;
  if (snapshot.hard_end && snapshot.hard_end->policy != prepared_.hard_end_policy) snapshot.hard_end.reset();
  slots_.use_instance(aws::InstanceArn(snapshot.instance_arn));
  switch_.use_instance(aws::InstanceArn(snapshot.instance_arn));
  trail_.use_instance(aws::InstanceArn(snapshot.instance_arn));
  before_set_changes_ = organization_;
  organization_ = std::make_shared<const access::Organization>(std::move(snapshot), before_set_changes_.get());
  new_organization_ = organization_;
}

std::shared_ptr<const access::Organization> Core::take_new_organization() {
  return std::exchange(new_organization_, nullptr);
}

std::shared_ptr<const access::PolicyIndex> Core::index() const {
  const auto& policy = state_.policy.get().policy;
  if (!index_->is_of(policy.get(), organization_.get()))
    index_ = std::make_shared<const access::PolicyIndex>(policy, organization_);
  return index_;
}

/// Nobody has looked through everything since a ledger that came back older was taken for the true one.
bool Core::is_sweep_owed() const {
  const bool is_accepted_now = std::any_of(found_.begin(), found_.end(), [](const auto& event) {
    return std::holds_alternative<access::RollbackAccepted>(event);
  });
  const Instant since = state_.sweep_owed_since.get();
  return is_accepted_now || (since != Instant{} && (swept_at_ == Instant{} || swept_at_ < since));
}

void Core::suspend(std::optional<Error> why) {
  if (!why && is_sweep_owed()) {
    why = Error{std::string(access::kSweepOwed),
                "the ledger came back older than it was: nothing is given before all assignments in AWS are read once",
                "", "", "it passes by itself, in a minute or two where AWS answers"};
  }
  suspension_ = std::move(why);
  session_ends_.keep_what_others_deny(suspension_ && suspension_->code == "ledger_unavailable");
}

void Core::receive(control::CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now) {
  now = to_milliseconds(now);  // what is observed is what a fold of the ledger will say was observed
  if (slots_.owns(id)) return slots_.receive(id, reply, now);
  if (switch_.owns(id)) {
    if (const auto slot = switch_.receive(id, reply, now)) slots_.touch(*slot);
    return;
  }
  if (session_ends_.owns(id)) return session_ends_.receive(id, reply, now);
  if (trail_.owns(id)) return trail_.receive(id, reply, now);
  if (!directory_.owns(id)) return;  // of before restart_control()
  directory_.receive(id, reply, now);
  trail_.note_caller(directory_.status().identity.arn);
  auto snapshot = directory_.take_finished();
  if (!snapshot) return;
  const Instant begun = directory_.begun_at();
  if (snapshot->standing_at) look_for_what_is_missing(*snapshot, begun);
  std::erase_if(snapshot->standing, [&](const auto& seen) { return is_ours(seen, begun); });
  if (!snapshot->standing_at) {
    // People and accounts are new; the assignments are those of the reading before, until they are read too.
    snapshot->standing = organization_->snapshot().standing;
    snapshot->standing_at = organization_->snapshot().standing_at;
  } else {
    swept_at_ = begun;
    find_changes(*snapshot, begun);
    slots_.forget_releases_before(begun);
  }
  publish(std::move(*snapshot));
}

// ---- what a sweep shows ----------------------------------------------------------------------------------

// Ours that should be there: control looks, and makes them again.
void Core::look_for_what_is_missing(const access::Snapshot& sweep, Instant begun) {
  if (control::may_hide_assignments(sweep)) return;  // what it does not show may be in a gap
  std::set<access::Slot> shown;
  for (const auto& seen : sweep.standing) {
    if (seen.user) shown.insert({seen.account, seen.permission_set, *seen.user});
  }
  for (const auto& [slot, row] : state_.slots) {
    const bool should_be_there = row.create_intended && !row.delete_intended &&
                                 row.presence == access::Presence::kPresent && row.observed_at < begun;
    if (should_be_there && !shown.contains(slot)) slots_.doubt(slot);
  }
}

bool Core::is_ours(const access::StandingAssignment& seen, Instant begun) {
  if (!seen.user) return false;
  const access::Slot slot{seen.account, seen.permission_set, *seen.user};
  const access::SlotState* row = state_.slots.find(slot);
  if (row != nullptr && row->create_intended) return true;
  if (slots_.released_since(slot, begun)) return true;
  const access::Released* released = state_.released.find(slot);
  if (released == nullptr || begun - released->observed_at > access::kReleasedKept) return false;
  slots_.doubt(slot);  // it was ours an hour ago at most: a look at it tells whose it is
  return true;
}

// What others have done since the sweep before.
void Core::find_changes(const access::Snapshot& sweep, Instant begun) {
  const auto& before = organization_->snapshot();
  // The first sweep has nothing to compare with, and what a gap hides has not vanished.
  if (!before.standing_at || control::may_hide_assignments(sweep) || control::may_hide_assignments(before)) return;
  std::vector<access::StandingAssignment> appeared;
  std::vector<access::StandingAssignment> vanished;
  std::set_difference(sweep.standing.begin(), sweep.standing.end(), before.standing.begin(), before.standing.end(),
                      std::back_inserter(appeared));
  std::set_difference(before.standing.begin(), before.standing.end(), sweep.standing.begin(), sweep.standing.end(),
                      std::back_inserter(vanished));
  const auto has_room = [&] { return found_.size() < kMostFound; };
  for (const auto& it : appeared) {
    if (it.user && seen_to_appear_.contains({it.account, it.permission_set, *it.user})) continue;
    if (has_room())
      found_.push_back(access::AssignmentAppeared{it.account, it.permission_set, it.user, it.group, begun});
  }
  for (const auto& it : vanished) {
    if (has_room())
      found_.push_back(access::AssignmentVanished{it.account, it.permission_set, it.user, it.group, begun});
  }
  seen_to_appear_.clear();
}

// ---- one turn -----------------------------------------------------------------------------------------

void Core::apply(access::Entry entry, Batch& batch) {
  if (const auto* intended = std::get_if<access::CreateIntended>(&entry.event)) {
    slots_.note_own_create(intended->slot, control::SlotControl::intent_on(state_.slots.find(intended->slot)));
    creates_.push_back(intended->slot);
  }
  state_.apply(entry);
  touch_control(entry.event);
  for (const auto& slot : access::slots_of(state_, entry.event)) {
    touched_.push_back(slot);
  }
  if (const auto* it = std::get_if<access::AssignmentAppeared>(&entry.event); it != nullptr && it->user) {
    seen_to_appear_.insert({it->account, it->permission_set, *it->user});
  }
  batch.bytes.push_back(access::encode_entry(entry));
  batch.entries.push_back(std::move(entry));
}

void Core::apply(Batch& batch, const access::Actor& actor, const std::optional<access::IdempotencyKey>& idempotency,
                 std::vector<access::Event> events, Instant now) {
  bool first = true;
  for (auto& event : events) {
    apply(access::Entry{state_.size.get(), now, actor, first ? idempotency : std::nullopt, std::move(event)}, batch);
    first = false;
  }
}

bool Core::may_happen(const access::Event& event, Scope scope) const {
  if (scope == Scope::kRevokes && ends_what_never_was(state_, event)) return true;
  if (scope == Scope::kRevokes) return is_of_revoking(event);
  // SlotMissing goes with the intent to make it again: without that the slot would look like nobody's.
  const bool is_of_creating =
      std::holds_alternative<access::CreateIntended>(event) || std::holds_alternative<access::SlotMissing>(event);
  return !(suspension_ && is_of_creating);
}

/// What AccessGuard has to say of itself and of what it found.
std::vector<access::Event> Core::own_events() const {
  std::vector<access::Event> events;
  const std::string code = suspension_ ? suspension_->code : "";
  if (const std::string& noted = state_.suspension.get(); noted != code) {
    // That goes on, beside what else is the matter now.
    const bool is_still_owed = noted == access::kSweepOwed && is_sweep_owed();
    if (!noted.empty() && !is_still_owed) events.emplace_back(access::GrantsResumed{noted});
    if (suspension_) events.emplace_back(access::GrantsSuspended{code, suspension_->message});
  }
  events.insert(events.end(), found_.begin(), found_.end());
  return events;
}

/// Permission sets that allow something else than the ledger knows, and what is void with it.
std::vector<access::Event> Core::set_changes() {
  all_set_changes_in_batch_ = true;
  if (before_set_changes_ == nullptr) return {};
  auto events = access::set_changes(state_, *organization_, *before_set_changes_, kMostSetChanges);
  const auto told = std::count_if(events.begin(), events.end(), [](const auto& event) {
    return std::holds_alternative<access::PermissionSetSeen>(event);
  });
  all_set_changes_in_batch_ = static_cast<std::size_t>(told) < kMostSetChanges;
  return events;
}

// It was valid when the request came in; it may have been revoked while the command waited for its turn.
std::optional<Error> Core::refused_token(const access::Actor& actor) const {
  const access::TokenState* token = actor.token ? state_.tokens.find(*actor.token) : nullptr;
  if (token == nullptr || !access::is_revoked(state_, *token)) return std::nullopt;
  return Error{"token_revoked", "this token was revoked", "Authorization"};
}

/// What control needs the ledger to have.
std::vector<access::Event> Core::planned(Instant at) const {
  auto events = slots_.plan(state_, at);
  auto of_sessions = session_ends_.plan(state_, at);
  std::move(of_sessions.begin(), of_sessions.end(), std::back_inserter(events));
  auto of_switches = switch_.plan(state_, at);
  std::move(of_switches.begin(), of_switches.end(), std::back_inserter(events));
  return events;
}

Result<access::Outcome> Core::rule(const Submission& submission, Instant at, Scope scope) const {
  if (auto refused = refused_token(submission.caller.actor)) return fail(std::move(*refused));
  const bool is_revoke = std::holds_alternative<access::End>(submission.command) ||
                         std::holds_alternative<access::Revoke>(submission.command);
  if (suspension_ && (leads_to_access(submission.command) || (scope == Scope::kRevokes && !is_revoke))) {
    return fail(*suspension_);
  }
  return access::decide(state_, *index(), submission.caller, submission.command, submission.idempotency, at);
}

Batch Core::prepare(const std::vector<Submission>& submissions, Instant now) {
  AG_ASSERT(tail_.entries.empty());
  return prepare(submissions, now, Scope::kAll);
}

Batch Core::prepare_revokes(const std::vector<Submission>& submissions, Instant now) {
  AG_ASSERT(suspension_.has_value());
  return prepare(submissions, now, Scope::kRevokes);
}

Batch Core::prepare(const std::vector<Submission>& submissions, Instant now, Scope scope) {
  const Instant seen = to_milliseconds(now);
  const Instant at = last_at_ > seen + kClockTolerance ? seen : std::max(seen, last_at_);
  const access::Actor system{"system", {}, {}, {}};
  batch_at_ = at;
  Batch batch;
  const auto apply_what_may = [&](std::vector<access::Event> events) {
    std::erase_if(events, [&](const auto& event) { return !may_happen(event, scope); });
    const bool any = !events.empty();
    apply(batch, system, {}, std::move(events), at);
    return any;
  };
  // Before anything starts or is decided that people agreed to when it was something else.
  if (scope == Scope::kAll) apply_what_may(set_changes());
  // What CloudTrail has told by now counts for what ends now.
  apply_what_may(trail_.plan(state_));
  const auto dues = scope == Scope::kAll ? access::Dues::kAll : access::Dues::kGrants;
  apply_what_may(access::fall_due(state_, *index(), at, kMostDueAtOnce, dues));
  if (scope == Scope::kAll) {
    found_in_batch_ = found_.size();
    apply_what_may(own_events());
  }
  for (const auto& submission : submissions) {
    auto outcome = rule(submission, at, scope);
    if (!outcome) {
      batch.rulings.push_back({submission.ticket, fail(outcome.error())});
      continue;
    }
    apply(batch, submission.caller.actor, submission.idempotency, std::move(outcome->events), at);
    batch.rulings.push_back({submission.ticket, outcome->request});
  }
  for (int round = 0; round < kMostPlanRounds && apply_what_may(planned(at)); ++round) {
  }
  return batch;
}

void Core::commit() {
  state_.keep();
  if (std::exchange(all_set_changes_in_batch_, false)) before_set_changes_ = nullptr;
  last_at_ = batch_at_;
  touched_.clear();
  creates_.clear();
  found_.erase(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(std::exchange(found_in_batch_, 0)));
  tail_ = {};
}

void Core::abort() {
  state_.take_back();
  all_set_changes_in_batch_ = false;
  for (const auto& slot : touched_) {
    slots_.touch(slot);
    switch_.touch(slot);
  }
  session_ends_.touch();
  touched_.clear();
  for (const auto& slot : std::exchange(creates_, {})) slots_.take_back_create(slot);
  found_in_batch_ = 0;
}

// ---- without the ledger ----------------------------------------------------------------------------------

void Core::hold(Batch batch) {
  std::move(batch.entries.begin(), batch.entries.end(), std::back_inserter(tail_.entries));
  std::move(batch.bytes.begin(), batch.bytes.end(), std::back_inserter(tail_.bytes));
}

std::vector<access::Entry> Core::set_aside_tail() {
  abort();
  return std::exchange(tail_, {}).entries;
}

void Core::put_back_tail(std::vector<access::Entry> entries) {
  tail_ = {};
  // Nobody has written meanwhile, and nothing of it is missing.
  const auto breaks = [](const access::Entry& one, const access::Entry& next) { return next.index != one.index + 1; };
  const bool is_undisturbed = !entries.empty() && entries.front().index == state_.size.get() &&
                              std::adjacent_find(entries.begin(), entries.end(), breaks) == entries.end();
  for (auto& entry : entries) {
    batch_at_ = std::max({batch_at_, last_at_, entry.at});
    if (!is_undisturbed) {
      auto news = still_news(state_, std::move(entry.event), entry.at);
      if (!news) continue;
      entry.event = *std::move(news);
    }
    entry.index = state_.size.get();
    apply(std::move(entry), tail_);
  }
}

std::vector<control::Outgoing> Core::dispatch(Instant now) {
  now = to_milliseconds(now);
  const auto creates = suspension_ ? control::Creates::kHeld : control::Creates::kAllowed;
  auto outgoing = switch_.dispatch(state_, budget_, ids_, now);
  auto of_slots = slots_.dispatch(state_, budget_, ids_, now, creates,
                                  [this](const auto&... what) { return switch_.allows_create(what...); });
  std::move(of_slots.begin(), of_slots.end(), std::back_inserter(outgoing));
  auto ends = session_ends_.dispatch(state_, budget_, ids_, now);
  std::move(ends.begin(), ends.end(), std::back_inserter(outgoing));
  auto looking_up = trail_.dispatch(state_, budget_, ids_, now);
  std::move(looking_up.begin(), looking_up.end(), std::back_inserter(outgoing));
  auto reading = directory_.dispatch(budget_, ids_, now);
  std::move(reading.begin(), reading.end(), std::back_inserter(outgoing));
  // They may have to wait for each other on the way out: what takes access away goes first there, too.
  std::sort(outgoing.begin(), outgoing.end(),
            [](const auto& a, const auto& b) { return std::tie(a.lane, a.id) < std::tie(b.lane, b.id); });
  return outgoing;
}

Instant Core::next_wake() const {
  Instant wake = std::min(
      {slots_.next_wake(), switch_.next_wake(), session_ends_.next_wake(), trail_.next_wake(), directory_.next_wake()});
  return std::min(wake, access::next_due(state_, *index()));
}

}  // namespace ag::server
