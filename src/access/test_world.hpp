#pragma once
#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/decide.hpp"
#include "access/test_company.hpp"
#include "base/assert.hpp"

/// For tests: the engine in small. Commands and the clock become entries, entries become state, and a plain stand-in
/// for AWS and its control answers what is intended.
namespace ag::access::test {

/// What a person types, with defaults that may be changed by `with…`.
struct Asking {
  std::vector<std::string> accounts;
  std::string permission_set;
  Duration duration = Duration::hours(1);
  std::string reason = "because the deployment of Tuesday failed";
  std::optional<std::string> ticket;
  std::optional<Instant> start;
  std::optional<std::string> rule;
};

class World {
 public:
  explicit World(Company company = a_company()) { move_to(std::move(company)); }

  State state;
  Instant now = Instant::from_seconds(1'800'000'000);
  std::vector<Entry> ledger;

  void move_to(Company company) {
    organization_ = std::make_shared<const Organization>(company.organization());
    index_ = std::make_shared<const PolicyIndex>(state.policy.get().policy, organization_);
  }
  /// AWS was never read.
  void forget_the_directory() {
    organization_ = std::make_shared<const Organization>();
    index_ = std::make_shared<const PolicyIndex>(state.policy.get().policy, organization_);
  }
  /// AWS was read, but for its assignments.
  void forget_the_standing() {
    Snapshot snapshot = organization_->snapshot();
    snapshot.standing_at = std::nullopt;
    snapshot.standing.clear();
    organization_ = std::make_shared<const Organization>(std::move(snapshot));
    index_ = std::make_shared<const PolicyIndex>(state.policy.get().policy, organization_);
  }
  [[nodiscard]] const Organization& organization() const { return *organization_; }
  [[nodiscard]] const PolicyIndex& index() const {
    const auto& policy = state.policy.get().policy;
    if (!index_->is_of(policy.get(), organization_.get()))
      index_ = std::make_shared<const PolicyIndex>(policy, organization_);
    return *index_;
  }

  [[nodiscard]] Caller as(std::string_view name, Role role = Role::kPerson) const {
    const User* user = organization().find(user_id(name));
    const UserId id = user == nullptr ? user_id(name) : user->id;
    return {{"person", id, std::string(name), TokenId("tok_" + std::string(name))}, id, std::string(name), role};
  }
  /// Works on the server's own machine and is nobody in the directory.
  [[nodiscard]] static Caller the_operator() { return {{"operator", {}, {}, {}}, {}, "operator", Role::kAdmin}; }

  /// As the engine does: what is due first, then the command; then all of it stays.
  Result<Outcome> run(const Caller& caller, const Command& command,
                      const std::optional<IdempotencyKey>& idempotency = {}) {
    tick();
    auto outcome = decide(state, index(), caller, command, idempotency, now);
    if (!outcome) return outcome;
    bool first = true;
    for (const auto& event : outcome->events) {
      append(caller.actor, event, first ? idempotency : std::nullopt);
      first = false;
    }
    state.keep();
    return outcome;
  }

  void apply_policy(std::string_view text) {
    const auto done = run(the_operator(), ApplyPolicy{std::string(text), "file", std::nullopt});
    AG_ASSERT(done.has_value());
  }

  [[nodiscard]] RequestId fresh_request_id() { return RequestId(fmt::format("req_{:026}", ++asked_)); }
  [[nodiscard]] Ask command(const Asking& asking) {
    return {.id = fresh_request_id(),
            .accounts = asking.accounts,
            .permission_set = asking.permission_set,
            .duration = asking.duration,
            .start = asking.start,
            .reason = asking.reason,
            .ticket = asking.ticket,
            .rule = asking.rule};
  }
  Result<Outcome> ask(std::string_view who, const Asking& asking) { return run(as(who), command(asking)); }

  /// A request that must be possible.
  RequestId asked(std::string_view who, const Asking& asking) {
    const auto outcome = ask(who, asking);
    AG_ASSERT(outcome.has_value());
    return outcome->request;
  }

  Result<Outcome> decide_on(const RequestId& id, std::string_view who, Verdict verdict,
                            std::optional<Duration> max_duration = {}) {
    const RequestState* request = state.requests.find(id);
    return run(as(who),
               Decide{id, request == nullptr ? "" : request->version, verdict,
                      verdict == Verdict::kDeny ? std::optional<std::string>("no") : std::nullopt, max_duration});
  }
  Result<Outcome> approve(const RequestId& id, std::string_view who, std::optional<Duration> max_duration = {}) {
    return decide_on(id, who, Verdict::kApprove, max_duration);
  }
  Result<Outcome> deny(const RequestId& id, std::string_view who) { return decide_on(id, who, Verdict::kDeny); }

  /// What nobody commands: the clock and AWS.
  void record(const Event& event) {
    append({"system", {}, {}, {}}, event, std::nullopt);
    state.keep();
  }
  void tick() {
    for (const auto& event : fall_due(state, index(), now, 1'000)) record(event);
  }
  void pass(Duration time) {
    now = now + time;
    tick();
  }

  [[nodiscard]] const RequestState& request(const RequestId& id) const { return *state.requests.find(id); }
  [[nodiscard]] Status status(const RequestId& id) const { return status_of(request(id), state, now); }
  [[nodiscard]] const GrantState& grant(const RequestId& id, std::size_t place = 0) const {
    return *state.grants.find(request(id).grants.at(place));
  }

 private:
  void append(const Actor& actor, const Event& event, const std::optional<IdempotencyKey>& idempotency) {
    Entry entry{state.size.get(), now, actor, idempotency, event};
    state.apply(entry);
    ledger.push_back(std::move(entry));
  }

  std::shared_ptr<const Organization> organization_;
  mutable std::shared_ptr<const PolicyIndex> index_;
  int asked_ = 0;
};

// ---- a stand-in for control and AWS -------------------------------------------------------------------------

namespace detail {

inline std::vector<GrantId> grants_of(const State& state, const SlotState& row, Status status) {
  std::vector<GrantId> found;
  for (const auto& id : row.live) {
    if (state.grants.find(id)->status == status) found.push_back(id);
  }
  return found;
}

inline std::optional<Event> next_when_desired(const State& state, const Slot& slot, const SlotState& row, Instant now,
                                              Random& random) {
  const auto ending = grants_of(state, row, Status::kEnding);
  const auto keeper = std::find_if(row.live.begin(), row.live.end(), [&](const GrantId& id) {
    const GrantState& grant = *state.grants.find(id);
    return grant.status != Status::kEnding && grant.start <= now && now < grant.end;
  });
  if (!ending.empty()) return GrantCovered{ending.front(), *keeper};
  if (row.delete_intended) return SlotAbsent{slot, now};
  if (!row.create_intended) {
    const auto granting = grants_of(state, row, Status::kGranting);
    if (!granting.empty() && random.chance(10)) return GrantFailed{granting.front(), "already_held", "was there"};
    return CreateIntended{slot};
  }
  if (row.presence == Presence::kPresent && row.shared == nullptr && random.chance(10)) {
    const auto at_expiry = random.chance(50) ? ForeignCreates::kHold : ForeignCreates::kDelete;
    return SlotShared{slot, "event-1", "arn:them", now, at_expiry};
  }
  if (row.presence == Presence::kPresent)
    return random.chance(5) ? std::optional<Event>(SlotMissing{slot, now}) : std::nullopt;
  if (row.create_operation.empty()) return CreateAccepted{slot, OperationId("op-1")};
  return SlotPresent{slot, now};
}

inline std::optional<Event> next_when_not_desired(const State& state, const Slot& slot, const SlotState& row,
                                                  Instant now, Random& random) {
  if (is_to_stay(state, row) && random.chance(70)) return SlotHandedOver{slot, row.shared->event, row.shared->by, now};
  if (row.create_intended && !row.delete_intended) return DeleteIntended{slot};
  if (row.create_intended && random.chance(50)) return DeleteAccepted{slot, OperationId("op-2")};
  if (row.create_intended || !grants_of(state, row, Status::kEnding).empty()) return SlotAbsent{slot, now};
  return std::nullopt;
}

}  // namespace detail

/// One step of one slot: what the ledger is told next, in an order that AWS could bring about.
inline std::optional<Event> next_observation(const State& state, Instant now, Random& random) {
  if (state.slots.size() == 0) return std::nullopt;
  auto it = state.slots.begin();
  std::advance(it, static_cast<std::ptrdiff_t>(random.below(state.slots.size())));
  const auto& [slot, row] = *it;
  return is_desired(state, row, now) ? detail::next_when_desired(state, slot, row, now, random)
                                     : detail::next_when_not_desired(state, slot, row, now, random);
}

// ---- the whole state as text, to be compared ------------------------------------------------------------------

namespace detail {

inline std::string text(const std::string& of) { return of; }
inline std::string text(Instant of) { return std::to_string(of.count_nanoseconds()); }
inline std::string text(Duration of) { return std::to_string(of.count_nanoseconds()); }
template <class Kind>
std::string text(const Id<Kind>& of) {
  return of.str();
}
template <class T>
std::string text(const std::optional<T>& of) {
  return of ? text(*of) : "-";
}
template <class Kind>
std::string text(const std::vector<Id<Kind>>& of) {
  std::string all;
  for (const auto& id : of) all += id.str() + ",";
  return all;
}
inline std::string text(const Slot& of) {
  return of.account.str() + " " + of.permission_set.str() + " " + of.principal.str();
}

inline std::string text(const RequestState& of) {
  std::string all =
      fmt::format("{} {} {} {} {} [{}]", canonical_json(to_json(of.request)), of.version, name_of(of.decided),
                  text(of.submitted_at), text(of.grants), fmt::join(of.entries, ","));
  all += fmt::format(" {} {}", text(of.request.lapses_at), text(of.request.start));
  for (const auto& d : of.decisions) {
    all += fmt::format("\n  {} {} {} {} {} {} {}", text(d.by), d.by_name, name_of(d.decision), d.step, text(d.comment),
                       text(d.max_duration), text(d.at));
  }
  return all;
}
inline std::string text(const GrantState& of) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", text(of.id), text(of.request), text(of.slot),
                     text(of.session_duration), text(of.start), text(of.end), name_of(of.status),
                     of.cause ? name_of(*of.cause) : "-", text(of.active_at), text(of.ending_at), text(of.absent_at),
                     text(of.covered_by), of.failure_code, of.failure_message, text(of.sessions_cut_at)) +
         (of.handed_over ? of.handed_over->by : "");
}
inline std::string text(const SlotState& of) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", of.create_intended, of.delete_intended,
                     static_cast<int>(of.presence), text(of.observed_at), text(of.create_operation),
                     text(of.delete_operation), text(of.live), text(of.cuts_due), text(of.create_intended_at),
                     of.shared ? of.shared->event : "-");
}
inline std::string text(const SessionCut& of) {
  return fmt::format("{} {} {} {} {} {} {} {}", text(of.issued_before), text(of.session_duration),
                     of.permission_set_name, text(of.grants), text(of.intended), text(of.confirmed), of.refused,
                     of.is_bound);
}

}  // namespace detail

/// Every row of every table; two states that print the same are the same.
inline std::string dump(const State& state) {
  using detail::text;
  std::string all = fmt::format("size {}\n", state.size.get());
  for (const auto& [id, row] : state.requests) all += fmt::format("request {}: {}\n", text(id), text(row));
  for (const auto& [id, row] : state.grants) all += fmt::format("grant {}: {}\n", text(id), text(row));
  for (const auto& [slot, row] : state.slots) all += fmt::format("slot {}: {}\n", text(slot), text(row));
  for (const auto& [slot, at] : state.let_go) all += fmt::format("let go {}: {}\n", text(slot), text(at));
  for (const auto& [slot, row] : state.cuts) all += fmt::format("cut {}: {}\n", text(slot), text(row));
  for (const auto& [slot, row] : state.switches)
    all += fmt::format("switch {}: {} {}\n", text(slot), row.name, text(row.at));
  for (const auto& [id, row] : state.tokens) {
    all += fmt::format("token {}: {} {} {} {}\n", text(id), canonical_json(to_json(row.token)), text(row.issued_at),
                       text(row.token.expires_at), row.revoked);
  }
  for (const auto& [key, row] : state.idempotency) {
    all += fmt::format("key {}: {} {} {}\n", key, row.body_hash, text(row.request), text(row.at));
  }
  for (const auto& [key, row] : state.idempotency_by_age)
    all += fmt::format("age {} {}\n", text(key.first), key.second);
  for (const auto& [due, row] : state.due) {
    all += fmt::format("due {} {} {}\n", text(due.first), static_cast<int>(due.second.first), due.second.second);
  }
  for (const auto& [user, row] : state.holdings) {
    for (const auto& id : row.open) all += fmt::format("open {} {}\n", text(user), text(id));
    for (const auto& id : row.live) all += fmt::format("live {} {}\n", text(user), text(id));
  }
  for (const auto& [id, row] : state.reviews)
    all += fmt::format("review {} {} {}\n", text(id), text(row.review_by), text(row.next_nag));
  for (const auto& [id, row] : state.policy_changes)
    all += fmt::format("change {} {} {}\n", text(id), row.proposed.hash, row.decision.has_value());
  all += fmt::format("open change {}\n", text(state.open_change.get()));
  const auto& policy = state.policy.get();
  all += fmt::format("policy {} {} {} {} {} rules {}\n", policy.hash, policy.source, text(policy.applied_at),
                     text(policy.applied_by), policy.text, policy.policy->rules.size());
  return all;
}

}  // namespace ag::access::test
