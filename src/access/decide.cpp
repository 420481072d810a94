#include "access/decide.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "access/scene.hpp"
#include "base/assert.hpp"

namespace ag::access {

Result<Outcome> on(const Scene& scene, const IssueToken& command) {
  if (!is_admin(scene.caller)) return fail("not_allowed", "only an administrator can issue tokens", "");
  const std::string& id = command.token.token.str();
  // Over a revoked one it would come back to life.
  if (scene.state.tokens.find(command.token.token) != nullptr)
    return fail("token_exists", fmt::format("there is a token \"{}\" already", excerpt(id)), "id");
  TokenIssued issued = command.token;
  issued.expires_at = to_milliseconds(issued.expires_at);
  return Outcome{{std::move(issued)}, {}};
}

Result<Outcome> on(const Scene& scene, const RevokeToken& command) {
  if (!is_admin(scene.caller)) return fail("not_allowed", "only an administrator can revoke tokens", "");
  const TokenState* token = scene.state.tokens.find(command.token);
  if (token == nullptr)
    return fail("unknown_token", fmt::format("there is no token \"{}\"", excerpt(command.token.str())), "id");
  if (token->revoked) return Outcome{};
  return Outcome{{TokenRevoked{command.token}}, {}};
}

Result<Outcome> decide(const State& state, const PolicyIndex& index, const Caller& caller, const Command& command,
                       const std::optional<IdempotencyKey>& idempotency, Instant now) {
  AG_ASSERT(&index.policy() == state.policy.get().policy.get());
  if (idempotency) {
    const Remembered* before = state.idempotency.find(idempotency_row(caller.actor, idempotency->key));
    if (before != nullptr && before->at + kIdempotencyKept >= now) {
      if (before->body_hash == idempotency->body_hash) return Outcome{{}, before->request};
      return fail("idempotency_key_reused", "this Idempotency-Key was sent before with another request",
                  "Idempotency-Key");
    }
  }
  const Scene scene{state, index, caller, now};
  return std::visit([&](const auto& c) { return on(scene, c); }, command);
}

namespace {

/// While the directory is unknown nothing starts: whether it still may cannot be told. Nor while a guardrail keeps
/// permission sets apart and nobody knows who holds what.
bool may_happen(const Due& due, const PolicyIndex& index) {
  if (due.second.first != DueKind::kGrantStart) return true;
  const auto& guardrails = index.policy().guardrails;
  const bool keeps_apart =
      std::any_of(guardrails.begin(), guardrails.end(), [](const Guardrail& it) { return it.never_with.has_value(); });
  return index.organization().known() && (!keeps_apart || index.organization().standing_known());
}

bool is_of_grant(const Due& due) {
  return due.second.first == DueKind::kGrantStart || due.second.first == DueKind::kGrantEnd;
}

Event caused_by(const Due& due, const Scene& scene) {
  const auto& [kind, id] = due.second;
  switch (kind) {
    case DueKind::kLapse: return RequestLapsed{RequestId(id)};
    case DueKind::kGrantEnd: return GrantEnding{GrantId(id), EndCause::kExpiry, std::nullopt};
    case DueKind::kGrantStart: return start_of(scene, *scene.state.grants.find(GrantId(id)));
    case DueKind::kRemind: return RequestReminded{RequestId(id), due.first};
    case DueKind::kEscalate: return RequestEscalated{RequestId(id), due.first};
    case DueKind::kReview: return BreakGlassOverdue{RequestId(id), scene.state.reviews.find(RequestId(id))->review_by};
  }
  AG_ASSERT(false);
  return ServerStarted{};
}

}  // namespace

std::vector<Event> fall_due(const State& state, const PolicyIndex& index, Instant now, std::size_t limit, Dues dues) {
  const Caller nobody{{"system", {}, {}, {}}, {}, "", Role::kPerson};
  const Scene scene{state, index, nobody, now};
  std::vector<Event> events;
  // One that is over at the same moment as something else of its own is due says only that.
  std::set<std::string> over;
  for (const auto& [due, unused] : state.due) {
    if (due.first > now || events.size() >= limit) break;
    if (dues == Dues::kGrants && !is_of_grant(due)) continue;
    if (!may_happen(due, index) || over.contains(due.second.second)) continue;
    Event event = caused_by(due, scene);
    if (std::holds_alternative<RequestLapsed>(event) || std::holds_alternative<GrantEnding>(event))
      over.insert(due.second.second);
    events.push_back(std::move(event));
  }
  return events;
}

Instant next_due(const State& state, const PolicyIndex& index) {
  for (const auto& [due, unused] : state.due) {
    if (may_happen(due, index)) return due.first;
  }
  return Instant::max();
}

}  // namespace ag::access
