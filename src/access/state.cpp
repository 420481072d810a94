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
  with(cuts);
  with(switches);
  with(tokens);
  with(idempotency);
  with(idempotency_by_age);
  with(due);
  with(open_requests);
  with(policy);
  with(suspension);
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

void State::on(const RequestSubmitted& event, const Entry& entry) {
  RequestState& request = requests.edit(event.request.id);
  request.request = event.request;
  request.version = version_of(event.request);
  request.submitted_at = entry.at;
  request.entries = {entry.index};
  due.edit({event.request.lapses_at, {DueKind::kLapse, event.request.id.str()}}) = true;
  ++open_requests.edit(event.request.requester);
  remember(entry, event.request.id);
}

void State::on(const RequestDecided& event, const Entry& entry) {
  RequestState& request = story_of(event.request, entry);
  request.decisions.push_back(
      {event.by, event.by_name, event.decision, event.step, event.comment, event.max_duration, entry.at});
  if (event.decision == Verdict::kDeny) close_request(event.request, Status::kDenied, entry);
  remember(entry, event.request);
}

void State::on(const RequestApproved& event, const Entry& entry) {
  RequestState& request = story_of(event.request, entry);
  const Duration session_duration = request.request.session_duration;
  const SessionEnd session_end = request.request.session_end.value_or(SessionEnd::kSoft);
  for (const auto& opened : event.grants) request.grants.push_back(opened.id);
  close_request(event.request, Status::kGranting, entry);
  for (const auto& opened : event.grants) {
    grants.edit(opened.id) = {.id = opened.id,
                              .request = event.request,
                              .slot = opened.slot,
                              .session_duration = session_duration,
                              .start = event.start,
                              .end = event.end,
                              .session_end = session_end};
    slots.edit(opened.slot).live.push_back(opened.id);
    due.edit({event.end, {DueKind::kGrantEnd, opened.id.str()}}) = true;
  }
}

void State::on(const RequestWithdrawn& event, const Entry& entry) {
  story_of(event.request, entry);
  close_request(event.request, Status::kWithdrawn, entry);
  remember(entry, event.request);
}

void State::on(const RequestLapsed& event, const Entry& entry) {
  story_of(event.request, entry);
  close_request(event.request, Status::kLapsed, entry);
}

void State::close_request(const RequestId& id, Status status, const Entry&) {
  RequestState& request = requests.edit(id);
  request.decided = status;
  due.erase({request.request.lapses_at, {DueKind::kLapse, id.str()}});
  if (int& open = open_requests.edit(request.request.requester); --open == 0) {
    open_requests.erase(request.request.requester);
  }
}

void State::on(const GrantEnding& event, const Entry& entry) {
  GrantState& grant = grants.edit(event.grant);
  grant.status = Status::kEnding;
  grant.cause = event.cause;
  grant.ending_at = entry.at;
  due.erase({grant.end, {DueKind::kGrantEnd, grant.id.str()}});
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
  slot.delete_intended = false;
  slot.presence = Presence::kUnknown;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
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
  for (const auto& id : slot.live) {
    GrantState& grant = grants.edit(id);
    if (grant.status == Status::kGranting && grant.start <= event.observed_at) {
      grant.status = Status::kActive;
      grant.active_at = event.observed_at;
    }
    story_of(grant.request, entry);
  }
}

void State::on(const SlotStanding& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.create_intended = false;
  slot.delete_intended = false;
  slot.presence = Presence::kPresent;
  slot.observed_at = event.observed_at;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const SlotMissing& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.create_intended = false;
  slot.presence = Presence::kAbsent;
  slot.observed_at = event.observed_at;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const DeleteIntended& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.delete_intended = true;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const DeleteAccepted& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.delete_operation = event.operation;
  for (const auto& id : slot.live) story_of(grants.find(id)->request, entry);
}

void State::on(const SlotAbsent& event, const Entry& entry) {
  SlotState& slot = slots.edit(event.slot);
  slot.create_intended = false;
  slot.delete_intended = false;
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
  forget_released(slot);
  released.edit(slot) = {observed_at, create_unanswered_at};
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
  if (SlotState& row = slots.edit(slot); row.live.empty()) {
    if (row.create_unanswered_at != Instant{}) release(slot, entry.at, row.create_unanswered_at);
    row.create_intended = false;
    row.delete_intended = false;
  }
  drop_if_idle(slot);
}

void State::close_grant(const GrantId& id) {
  const GrantState& grant = *grants.find(id);
  due.erase({grant.end, {DueKind::kGrantEnd, id.str()}});
  std::erase(slots.edit(grant.slot).live, id);
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

void State::on(const TokenIssued& event, const Entry& entry) { tokens.edit(event.token) = {event, entry.at, false}; }
void State::on(const TokenRevoked& event, const Entry&) { tokens.edit(event.token).revoked = true; }
void State::on(const ServerStarted&, const Entry&) {}

void State::on(const AssignmentAppeared& event, const Entry&) {
  if (event.user) forget_released({event.account, event.permission_set, *event.user});
}
void State::on(const AssignmentVanished&, const Entry&) {}
void State::on(const GrantsSuspended& event, const Entry&) { suspension.set(event.code); }
void State::on(const GrantsResumed&, const Entry&) { suspension.set({}); }
void State::on(const RollbackAccepted&, const Entry&) {}

std::string idempotency_row(const Actor& actor, std::string_view key) {
  const bool in_directory = actor.user && !actor.user->empty();
  return fmt::format("{}/{}", in_directory ? actor.user->str() : "/" + actor.name.value_or(""), key);
}

Status status_of(const GrantState& grant, Instant now) {
  return grant.status == Status::kGranting && now < grant.start ? Status::kScheduled : grant.status;
}

Status status_of(const RequestState& request, const State& state, Instant now) {
  if (request.grants.empty()) return request.decided;
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

bool is_desired(const State& state, const SlotState& slot, Instant now) {
  return std::any_of(slot.live.begin(), slot.live.end(), [&](const GrantId& id) {
    const GrantState& grant = *state.grants.find(id);
    return is_open(grant.status) && grant.start <= now && now < grant.end;
  });
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
        } else if constexpr (requires { e.grant; }) {
          const GrantState* grant = state.grants.find(e.grant);
          return grant == nullptr ? std::vector<Slot>{} : std::vector{grant->slot};
        } else {
          return {};
        }
      },
      event);
}

std::size_t current_step(const RequestState& request) {
  for (std::size_t i = 0; i < request.request.steps.size(); ++i) {
    const auto given = std::count_if(request.decisions.begin(), request.decisions.end(), [&](const auto& decision) {
      return decision.decision == Verdict::kApprove && decision.step == static_cast<std::int64_t>(i);
    });
    if (given < request.request.steps[i].need) return i;
  }
  return request.request.steps.size();
}

}  // namespace ag::access
