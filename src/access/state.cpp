#include "access/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace ag::access {
namespace {

bool is_open(Status status) { return status == Status::kGranting || status == Status::kActive; }

}  // namespace

bool is_final(Status status) {
  switch (status) {
    case Status::kEnded:
    case Status::kRevoked:
    case Status::kDenied:
    case Status::kWithdrawn:
    case Status::kLapsed:
    case Status::kFailed: return true;
    case Status::kPending:
    case Status::kScheduled:
    case Status::kGranting:
    case Status::kActive:
    case Status::kEnding: return false;
  }
  return false;
}

State::State() {
  policy.set({std::make_shared<const Policy>(), "", "", "", {}, {}});
  policy.keep();
}

void State::apply(const Entry& entry) {
  AG_ASSERT(entry.index == size.get());
  std::visit([&](const auto& event) { on(event, entry); }, entry.event);
  size.set(entry.index + 1);
}

template <class Do>
void State::with_each_table(Do with) {
  with(requests);
  with(grants);
  with(slots);
  with(released);
  with(released_by_age);
  with(let_go);
  with(let_go_by_age);
  with(cuts);
  with(switches);
  with(sets);
  with(tokens);
  with(sessions_by_end);
  with(idempotency);
  with(idempotency_by_age);
  with(due);
  with(holdings);
  with(reviews);
  with(policy_changes);
  with(open_change);
  with(policy);
  with(suspension);
  with(sweep_owed_since);
  with(cuts_pruned_at);
  with(size);
}

void State::replay(const Entry& entry) {
  with_each_table([](auto& table) { table.set_undo(Undo::kOff); });
  apply(entry);
  with_each_table([](auto& table) { table.set_undo(Undo::kOn); });
}

void State::keep() {
  with_each_table([](auto& table) { table.keep(); });
}

void State::take_back() {
  with_each_table([](auto& table) { table.take_back(); });
}

RequestState& State::story_of(const RequestId& id, const Entry& entry) {
  RequestState& request = requests.edit(id);
  AG_ASSERT(!request.entries.empty());  // it was there
  request.entries.push_back(entry.index);
  return request;
}

void State::remember(const Entry& entry, const RequestId& made) {
  while (idempotency_by_age.size() > 0 && idempotency_by_age.begin()->first.first + kIdempotencyKept < entry.at) {
    const auto oldest = idempotency_by_age.begin()->first;
    idempotency.erase(oldest.second);
    idempotency_by_age.erase(oldest);
  }
  if (!entry.idempotency) return;
  const std::string key = idempotency_row(entry.actor, entry.idempotency->key);
  idempotency.edit(key) = {entry.idempotency->body_hash, made, entry.at};
  idempotency_by_age.edit({entry.at, key}) = true;
}

namespace {

/// What the clock does to a request that waits.
std::vector<Due> dues_of(const Request& asked) {
  std::vector<Due> dues = {{asked.lapses_at, {DueKind::kLapse, asked.id.str()}}};
  for (const auto& at : asked.reminders.value_or(std::vector<Instant>{}))
    dues.push_back({at, {DueKind::kRemind, asked.id.str()}});
  for (const auto& account : asked.accounts) {
    for (const auto& escalation : escalations_of(asked, account))
      dues.push_back({escalation.at, {DueKind::kEscalate, asked.id.str()}});
  }
  return dues;
}

}  // namespace

void State::on(const RequestSubmitted& event, const Entry& entry) {
  const Request& asked = event.request;
  RequestState& request = requests.edit(asked.id);
  request.request = asked;
  request.version = version_of(asked);
  request.submitted_at = entry.at;
  request.entries = {entry.index};
  for (const auto& at : dues_of(asked)) due.edit(at) = true;
  holdings.edit(asked.requester).open.push_back(asked.id);
  remember(entry, asked.id);
}

void State::on(const RequestDecided& event, const Entry& entry) {
  RequestState& request = story_of(event.request, entry);
  request.decisions.push_back(
      {event.by, event.by_name, event.decision, event.step, event.comment, event.max_duration, entry.at, event.counts});
  if (event.decision == Verdict::kDeny) close_request(event.request, Status::kDenied);
  else settle(event.request, event.dropped.value_or(std::vector<AccountId>{}));
  remember(entry, event.request);
}

void State::on(const RequestApproved& event, const Entry& entry) {
  RequestState& request = story_of(event.request, entry);
  const Duration session_duration = request.request.session_duration;
  const SessionEnd session_end = request.request.session_end.value_or(SessionEnd::kSoft);
  std::vector<AccountId> accounts;
  for (const auto& opened : event.grants) {
    request.grants.push_back(opened.id);
    accounts.push_back(opened.slot.account);
  }
  settle(event.request, accounts);
  for (const auto& opened : event.grants) {
    GrantState& grant = grants.edit(opened.id);
    grant = {.id = opened.id,
             .request = event.request,
             .slot = opened.slot,
             .session_duration = session_duration,
             .start = event.start,
             .end = event.end,
             .started = event.start <= entry.at,
             .session_end = session_end};
    if (!grant.started) due.edit({event.start, {DueKind::kGrantStart, opened.id.str()}}) = true;
    slots.edit(opened.slot).live.push_back(opened.id);
    holdings.edit(opened.slot.principal).live.push_back(opened.id);
    due.edit({event.end, {DueKind::kGrantEnd, opened.id.str()}}) = true;
  }
}

void State::on(const RequestWithdrawn& event, const Entry& entry) {
  story_of(event.request, entry);
  close_request(event.request, Status::kWithdrawn);
  remember(entry, event.request);
}

void State::on(const RequestLapsed& event, const Entry& entry) {
  story_of(event.request, entry);
  close_request(event.request, Status::kLapsed);
}

void State::on(const RequestVoided& event, const Entry& entry) {
  story_of(event.request, entry).voided = std::make_shared<const RequestVoided>(event);
  close_request(event.request, Status::kFailed);
}

void State::settle(const RequestId& id, const std::vector<AccountId>& accounts) {
  RequestState& request = requests.edit(id);
  for (const auto& account : accounts) {
    if (std::find(request.settled.begin(), request.settled.end(), account) == request.settled.end())
      request.settled.push_back(account);
  }
  if (request.settled.size() == request.request.accounts.size()) close_request(id, Status::kGranting);
}

void State::close_request(const RequestId& id, Status status) {
  RequestState& request = requests.edit(id);
  const Request& asked = request.request;
  request.decided = status;
  for (const auto& at : dues_of(asked)) due.erase(at);
  Holdings& own = holdings.edit(asked.requester);
  std::erase(own.open, id);
  if (own.is_empty()) holdings.erase(asked.requester);
}

void State::on(const GrantsExtended& event, const Entry& entry) {
  std::vector<AccountId> accounts;
  RequestState& request = story_of(event.request, entry);
  for (const auto& extended : event.grants) {
    GrantState& grant = grants.edit(extended.grant);
    due.erase({grant.end, {DueKind::kGrantEnd, grant.id.str()}});
    grant.last_extension = {event.request, grant.end};
    grant.end = extended.end;
    ++grant.extensions;
    due.edit({grant.end, {DueKind::kGrantEnd, grant.id.str()}}) = true;
    request.grants.push_back(extended.grant);
    accounts.push_back(grant.slot.account);
    story_of(grant.request, entry);
  }
  settle(event.request, accounts);
}

void State::start_grant(GrantState& grant) {
  due.erase({grant.start, {DueKind::kGrantStart, grant.id.str()}});
  grant.started = true;
}

void State::on(const GrantStarted& event, const Entry& entry) {
  GrantState& grant = grants.edit(event.grant);
  start_grant(grant);
  story_of(grant.request, entry);
}

void State::on(const RequestReminded& event, const Entry& entry) {
  due.erase({event.due, {DueKind::kRemind, event.request.str()}});
  story_of(event.request, entry);
}

void State::on(const RequestEscalated& event, const Entry& entry) {
  due.erase({event.due, {DueKind::kEscalate, event.request.str()}});
  story_of(event.request, entry);
}

void State::on(const BreakGlassOpened& event, const Entry& entry) {
  const Duration given = event.review_by - entry.at;
  reviews.edit(event.request) = {event.notify, event.review_by, event.review_by,
                                 std::clamp(given, kNagAtMostEvery, kNagAtLeastEvery)};
  due.edit({event.review_by, {DueKind::kReview, event.request.str()}}) = true;
  story_of(event.request, entry).opened = std::make_shared<const BreakGlassOpened>(event);
}

void State::on(const BreakGlassReviewed& event, const Entry& entry) {
  const OpenReview* open = reviews.find(event.request);
  AG_ASSERT(open != nullptr);
  due.erase({open->next_nag, {DueKind::kReview, event.request.str()}});
  reviews.erase(event.request);
  story_of(event.request, entry).review = {event.by, event.by_name, event.finding, event.comment, entry.at};
  remember(entry, event.request);
}

void State::on(const BreakGlassOverdue& event, const Entry& entry) {
  OpenReview& open = reviews.edit(event.request);
  due.erase({open.next_nag, {DueKind::kReview, event.request.str()}});
  open.next_nag = entry.at + open.nag_every;
  due.edit({open.next_nag, {DueKind::kReview, event.request.str()}}) = true;
  story_of(event.request, entry);
}

void State::on(const GrantEnding& event, const Entry& entry) {
  GrantState& grant = grants.edit(event.grant);
  grant.status = Status::kEnding;
  grant.cause = event.cause;
  grant.ending_at = entry.at;
  due.erase({grant.end, {DueKind::kGrantEnd, grant.id.str()}});
  due.erase({grant.start, {DueKind::kGrantStart, grant.id.str()}});
  story_of(grant.request, entry);
  remember(entry, grant.request);
  note_over(event.grant, entry.at);
}

void State::on(const CreateIntended& event, const Entry& entry) {
  const Released* before = released.find(event.slot);
  const Instant unanswered_at = before != nullptr ? before->create_unanswered_at : Instant{};
  forget_released(event.slot);
  SlotState& slot = slots.edit(event.slot);
  slot.create_unanswered_at = std::max(slot.create_unanswered_at, unanswered_at);
  slot.create_intended = true;
  slot.create_intended_at = entry.at;
  slot.present_since = {};
  slot.delete_intended = false;
  slot.shared.reset();
  slot.presence = Presence::kUnknown;
  for (const auto& id : slot.live) {
    // A ledger of before there was a grant.started: what was made had begun.
    if (GrantState& grant = grants.edit(id); grant.start <= entry.at) start_grant(grant);
    story_of(grants.find(id)->request, entry);
  }
}

void State::on(const CreateAccepted& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.create_operation = event.operation;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const SlotPresent& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.presence = Presence::kPresent;
  slot.observed_at = event.observed_at;
  if (slot.present_since == Instant{}) slot.present_since = event.observed_at;
  for (const auto& id : slot.live) {
    GrantState& grant = grants.edit(id);
    if (grant.status == Status::kGranting && has_begun(grant, event.observed_at)) {
      grant.status = Status::kActive;
      grant.active_at = event.observed_at;
    }
    story_of(grant.request, entry);
  }
}

void State::on(const SlotStanding& event, const Entry& entry) {
  let_go_of(event.slot, entry.at);
  SlotState& slot = slots.edit(event.slot);
  slot.create_intended = false;
  slot.delete_intended = false;
  slot.shared.reset();
  slot.presence = Presence::kPresent;
  slot.observed_at = event.observed_at;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const SlotMissing& event, const Entry& entry) {
  let_go_of(event.slot, entry.at);
  SlotState& slot = slots.edit(event.slot);
  slot.create_intended = false;
  slot.shared.reset();
  slot.presence = Presence::kAbsent;
  slot.observed_at = event.observed_at;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const DeleteIntended& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.delete_intended = true;
  slot.shared.reset();
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const DeleteAccepted& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.delete_operation = event.operation;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const SlotAbsent& event, const Entry& entry) {
  let_go_of(event.slot, entry.at);
  SlotState& slot = slots.edit(event.slot);
  slot.create_intended = false;
  slot.delete_intended = false;
  slot.shared.reset();
  slot.presence = Presence::kAbsent;
  slot.observed_at = event.observed_at;
  const std::vector<GrantId> live = slot.live;
  note_absent(event.slot, event.observed_at);
  release(event.slot, event.observed_at, std::exchange(slot.create_unanswered_at, {}));
  for (const auto& id : live) {
    GrantState& grant = grants.edit(id);
    story_of(grant.request, entry);
    if (grant.status != Status::kEnding) continue;
    grant.status = grant.cause == EndCause::kExpiry ? Status::kEnded : Status::kRevoked;
    grant.absent_at = event.observed_at;
    close_grant(id);
  }
  drop_if_idle(event.slot);
}

void State::on(const CreateUnanswered& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.create_unanswered_at = entry.at;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const SlotReappeared& event, const Entry& entry) {
  const Released* before = released.find(event.slot);
  const Instant unanswered_at = before != nullptr ? before->create_unanswered_at : Instant{};
  forget_released(event.slot);
  SlotState& slot = slots.edit(event.slot);
  slot.create_intended = true;
  slot.create_intended_at = entry.at;
  slot.present_since = {};  // whose it is nobody can tell
  slot.delete_intended = false;
  slot.create_unanswered_at = unanswered_at;
  slot.presence = Presence::kPresent;
  slot.observed_at = event.observed_at;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::release(const Slot& slot, Instant observed_at, Instant create_unanswered_at) {
  while (released_by_age.size() > 0 && released_by_age.begin()->first.first + kReleasedKept < observed_at) {
    const auto oldest = released_by_age.begin()->first;
    released.erase(oldest.second);
    released_by_age.erase(oldest);
  }
  // What an earlier life left unanswered may still come back after one that came to nothing.
  const Released* before = released.find(slot);
  const Instant unanswered_at =
      std::max(create_unanswered_at, before != nullptr ? before->create_unanswered_at : Instant{});
  forget_released(slot);
  released.edit(slot) = {observed_at, unanswered_at};
  released_by_age.edit({observed_at, slot}) = true;
}

void State::forget_released(const Slot& slot) {
  const Released* row = released.find(slot);
  if (row == nullptr) return;
  released_by_age.erase({row->observed_at, slot});
  released.erase(slot);
}

void State::on(const GrantCovered& event, const Entry& entry) {
  GrantState& grant = grants.edit(event.grant);
  grant.status = grant.cause == EndCause::kExpiry ? Status::kEnded : Status::kRevoked;
  grant.covered_by = event.by;
  story_of(grant.request, entry);
  close_grant(event.grant);
}

void State::on(const GrantFailed& event, const Entry& entry) {
  GrantState& grant = grants.edit(event.grant);
  grant.status = Status::kFailed;
  grant.failure_code = event.code;
  grant.failure_message = event.message;
  const Slot slot = grant.slot;
  story_of(grant.request, entry);
  close_grant(event.grant);
  if (slots.find(slot)->live.empty()) {
    if (!slots.find(slot)->cuts_due.empty()) begin_cut(slot, entry.at);
    let_go_of(slot, entry.at);
    SlotState& row = slots.edit(slot);
    if (row.create_unanswered_at != Instant{}) release(slot, entry.at, row.create_unanswered_at);
    row.create_intended = false;
    row.delete_intended = false;
    row.shared.reset();
  }
  drop_if_idle(slot);
}

void State::close_grant(const GrantId& id) {
  const GrantState& grant = *grants.find(id);
  due.erase({grant.end, {DueKind::kGrantEnd, id.str()}});
  due.erase({grant.start, {DueKind::kGrantStart, id.str()}});
  std::erase(slots.edit(grant.slot).live, id);
  Holdings& own = holdings.edit(grant.slot.principal);
  std::erase(own.live, id);
  if (own.is_empty()) holdings.erase(grant.slot.principal);
}

void State::drop_if_idle(const Slot& slot) {
  const SlotState* row = slots.find(slot);
  if (row != nullptr && row->live.empty() && !row->create_intended) slots.erase(slot);
}

void State::on(const PolicyApplied& event, const Entry& entry) {
  auto parsed = parse_policy(event.text);
  // A text that this version cannot read opens nothing: that is the safe side, and `doctor` and /readyz tell it.
  auto policy_value = parsed ? std::make_shared<const Policy>(std::move(*parsed)) : std::make_shared<const Policy>();
  policy.set({std::move(policy_value), event.text, event.hash, event.source, entry.at, entry.actor.name});
}

void State::on(const PolicyProposed& event, const Entry& entry) {
  policy_changes.edit(event.change) = {event, entry.at, {}, {}};
  open_change.set(event.change);
}

void State::on(const PolicyChangeDecided& event, const Entry& entry) {
  PolicyChange& change = policy_changes.edit(event.change);
  change.decision = event;
  change.decided_at = entry.at;
  if (open_change.get() == event.change) open_change.set({});
  remember(entry, {});
}

void State::on(const TokenIssued& event, const Entry& entry) {
  tokens.edit(event.token) = {event, entry.at, false};
  if (!event.session) return;
  while (sessions_by_end.size() > 0 && sessions_by_end.begin()->first.first + kSessionKept < entry.at) {
    const auto oldest = sessions_by_end.begin()->first;
    tokens.erase(oldest.second);
    sessions_by_end.erase(oldest);
  }
  sessions_by_end.edit({event.expires_at, event.token}) = true;
}
void State::on(const TokenRevoked& event, const Entry&) {
  if (tokens.find(event.token) != nullptr) tokens.edit(event.token).revoked = true;
}
void State::on(const ServerStarted&, const Entry&) {}

void State::on(const AssignmentAppeared& event, const Entry&) {
  if (event.user) forget_released({event.account, event.permission_set, *event.user});
}
void State::on(const AssignmentVanished&, const Entry&) {}
void State::on(const PermissionSetSeen& event, const Entry&) {
  sets.edit(event.permission_set) = {event.content, event.level};
}
void State::on(const GrantsSuspended& event, const Entry&) { suspension.set(event.code); }
void State::on(const GrantsResumed& event, const Entry&) {
  suspension.set({});
  if (event.code == kSweepOwed) sweep_owed_since.set({});
}
void State::on(const RollbackAccepted&, const Entry& entry) { sweep_owed_since.set(entry.at); }

std::string idempotency_row(const Actor& actor, std::string_view key) {
  const bool in_directory = actor.user && !actor.user->empty();
  return fmt::format("{}/{}", in_directory ? actor.user->str() : "/" + actor.name.value_or(""), key);
}

bool is_revoked(const State& state, const TokenState& token) {
  if (token.revoked || !token.token.session || !token.token.session->began_with) return token.revoked;
  const TokenState* first = state.tokens.find(*token.token.session->began_with);
  return first == nullptr || first->revoked;
}

Status status_of(const GrantState& grant, Instant now) {
  return grant.status == Status::kGranting && !has_begun(grant, now) ? Status::kScheduled : grant.status;
}

Status status_of(const RequestState& request, const State& state, Instant now) {
  if (request.grants.empty() || request.decided == Status::kPending) return request.decided;
  // Of several grants, the one that still has most ahead of it speaks for the request.
  constexpr std::array kSpeaksFirst = {Status::kActive,  Status::kGranting, Status::kScheduled, Status::kEnding,
                                       Status::kRevoked, Status::kEnded,    Status::kFailed};
  std::size_t first = kSpeaksFirst.size() - 1;
  for (const auto& id : request.grants) {
    const Status status = status_of(*state.grants.find(id), now);
    const auto it = std::find(kSpeaksFirst.begin(), kSpeaksFirst.end(), status);
    first = std::min(first, static_cast<std::size_t>(it - kSpeaksFirst.begin()));
  }
  return kSpeaksFirst.at(first);
}

Instant credentials_until(const GrantState& grant) {
  if (grant.sessions_cut_at) return *grant.sessions_cut_at;
  return grant.absent_at.value_or(grant.end) + grant.session_duration;
}

bool has_begun(const GrantState& grant, Instant now) { return grant.started && grant.start <= now; }

bool is_desired(const State& state, const SlotState& slot, Instant now) {
  return std::any_of(slot.live.begin(), slot.live.end(), [&](const GrantId& id) {
    const GrantState& grant = *state.grants.find(id);
    return is_open(grant.status) && has_begun(grant, now) && now < grant.end;
  });
}

bool is_to_stay(const State& state, const SlotState& slot) {
  const bool is_held = slot.shared && slot.shared->at_expiry == ForeignCreates::kHold;
  if (!is_held || !slot.create_intended || slot.delete_intended) return false;
  bool has_ending = false;
  for (const auto& id : slot.live) {
    const GrantState& grant = *state.grants.find(id);
    if (grant.status != Status::kEnding || !grant.started) continue;  // what never began is nobody's wish about it
    if (grant.cause != EndCause::kExpiry) return false;               // somebody wants it to go
    has_ending = true;
  }
  return has_ending;
}

std::vector<Slot> slots_of(const State& state, const Event& event) {
  return std::visit(
      [&](const auto& e) -> std::vector<Slot> {
        using T = std::remove_cvref_t<decltype(e)>;
        if constexpr (requires { e.slot; }) {
          return {e.slot};
        } else if constexpr (std::is_same_v<T, RequestApproved>) {
          std::vector<Slot> slots;
          for (const auto& grant : e.grants) slots.push_back(grant.slot);
          return slots;
        } else if constexpr (std::is_same_v<T, GrantsExtended>) {
          std::vector<Slot> slots;
          for (const auto& extended : e.grants) slots.push_back(state.grants.find(extended.grant)->slot);
          return slots;
        } else if constexpr (requires { e.grant; }) {
          const GrantState* grant = state.grants.find(e.grant);
          return grant == nullptr ? std::vector<Slot>{} : std::vector{grant->slot};
        } else {
          return {};
        }
      },
      event);
}

const std::vector<Step>& steps_of(const Request& request, const RequestedAccount& account) {
  return account.steps ? *account.steps : request.steps;
}

std::vector<Escalation> escalations_of(const Request& request, const RequestedAccount& account) {
  const auto& escalations = account.steps ? account.escalations : request.escalations;
  return escalations.value_or(std::vector<Escalation>{});
}

bool is_waiting(const RequestState& request, const RequestedAccount& account) {
  return request.decided == Status::kPending &&
         std::find(request.settled.begin(), request.settled.end(), account.id) == request.settled.end();
}

std::size_t current_step(const RequestState& request, const RequestedAccount& account) {
  const auto& steps = steps_of(request.request, account);
  const auto counts_for = [&](const RecordedDecision& decision, std::int64_t step) {
    if (decision.decision != Verdict::kApprove) return false;
    if (!decision.counts) return decision.step == step;
    return std::any_of(decision.counts->begin(), decision.counts->end(),
                       [&](const CountedStep& it) { return it.account == account.id && it.step == step; });
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto given = std::count_if(request.decisions.begin(), request.decisions.end(), [&](const auto& decision) {
      return counts_for(decision, static_cast<std::int64_t>(i));
    });
    if (given < steps[i].need) return i;
  }
  return steps.size();
}

std::size_t current_step(const RequestState& request) {
  std::optional<std::size_t> earliest;
  for (const auto& account : request.request.accounts) {
    if (!is_waiting(request, account)) continue;
    const std::size_t step = current_step(request, account);
    earliest = std::min(earliest.value_or(step), step);
  }
  return earliest.value_or(request.request.steps.size());
}

}  // namespace ag::access
