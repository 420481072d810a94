#pragma once
#include <optional>
#include <string>

#include "access/approvers.hpp"
#include "access/decide.hpp"
#include "access/eligibility.hpp"
#include "base/text.hpp"

/// What the files behind decide() share: one command, in front of the state and the policy, at a moment. Not for
/// others: the door is decide().
namespace ag::access {

struct Scene {
  const State& state;
  const PolicyIndex& index;
  const Caller& caller;
  Instant now;
  [[nodiscard]] const Organization& organization() const { return index.organization(); }
  [[nodiscard]] const Policy& policy() const { return index.policy(); }
  [[nodiscard]] Today today() const { return {index, now}; }
};

[[nodiscard]] Result<Outcome> on(const Scene& scene, const Ask& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const Decide& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const Withdraw& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const ExtendAccess& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const UseBreakGlass& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const ReviewBreakGlass& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const End& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const Revoke& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const ApplyPolicy& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const DecideChange& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const IssueToken& command);
[[nodiscard]] Result<Outcome> on(const Scene& scene, const RevokeToken& command);

// ---- what several of them need (scene.cpp) ---------------------------------------------------------------

/// The ledger keeps times to the millisecond: what lives must be what is read back.
[[nodiscard]] Instant to_milliseconds(Instant at);
[[nodiscard]] bool is_admin(const Caller& caller);
[[nodiscard]] Result<const RequestState*> find_request(const Scene& scene, const RequestId& id);
[[nodiscard]] std::unexpected<Error> not_pending(const RequestState& request, const Scene& scene);
/// The caller as an enabled person of a directory that was read.
[[nodiscard]] Result<const User*> asking_user(const Scene& scene);

// ---- what a request must say (request_words.cpp) ---------------------------------------------------------

struct Words {
  std::string reason;
  std::optional<std::string> ticket;
};
[[nodiscard]] Result<std::string> check_reason(const std::string& text, const std::vector<Eligibility>& verdicts);
[[nodiscard]] Result<std::string> check_ticket(const std::string& text, const std::vector<Eligibility>& verdicts);
/// Reason and ticket, as the guardrails of these want them.
[[nodiscard]] Result<Words> check_words(const std::string& reason, const std::optional<std::string>& ticket,
                                        const std::vector<Eligibility>& verdicts);

// ---- what a person may not hold at the same time (separation.cpp) ----------------------------------------

/// What a person has without end need not be asked for. Error code `already_held`.
[[nodiscard]] Result<void> check_not_held(const Scene& scene, const User& user, const Account& account,
                                          const PermissionSet& set);

/// Access from `start` to `end` to what the verdict is about, against what the person, under whatever identity, holds
/// by then and what stands: the guardrails' `never_with`. Error codes `never_with`, and `directory_unknown` while
/// nobody knows what stands.
[[nodiscard]] Result<void> check_separation(const Scene& scene, const User& user, const Eligibility& verdict,
                                            Instant start, Instant end);

// ---- a request becomes grants (granting.cpp) -------------------------------------------------------------

/// The beginning, or the lengthening, of the grants of these accounts of a request, whose approvals are complete.
/// Policy and directory are asked once more. Error code `no_longer_allowed`.
[[nodiscard]] Result<std::vector<Event>> grant(const Scene& scene, const RequestState& request,
                                               const std::vector<const RequestedAccount*>& accounts);
/// For how long policy and directory still allow what was asked in this account; reason and ticket must be what today's
/// policy wants, and those who have agreed enough for it. While it waits it is enough that enough may still agree.
/// Error code `no_longer_allowed`.
[[nodiscard]] Result<Duration> check_still_open(const Scene& scene, const RequestState& request,
                                                const RequestedAccount& account, Duration duration, Occasion occasion);
/// The policy's `live_grants`, of the person under whatever identity; break-glass counts, and is not held up by it.
/// Error code `too_many`.
[[nodiscard]] Result<void> check_live_grants(const Scene& scene, const User& user, std::size_t more);
/// A guardrail's longest time is for the whole of the access, however often it was extended. Error code
/// `duration_too_long`.
[[nodiscard]] Result<void> check_total(const Eligibility& verdict, const GrantState& grant, Duration more);
/// The shortest time that any of the account's approvers allowed.
[[nodiscard]] Duration allowed_duration(const RequestState& request, const AccountId& account);
/// What a scheduled grant does when its start has come.
[[nodiscard]] Event start_of(const Scene& scene, const GrantState& grant);
/// The live grant of the extended request in that account; null when it is over.
[[nodiscard]] const GrantState* extended_grant(const State& state, const Request& extension, const AccountId& account);

}  // namespace ag::access
