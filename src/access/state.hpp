#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/event.hpp"
#include "access/policy.hpp"
#include "base/table.hpp"

/// Everything that the ledger says, folded. There is no other state that matters.
namespace ag::access {

enum class Status {
  kPending,    ///< waits for decisions
  kScheduled,  ///< approved, to start later
  kGranting,   ///< approved, being made in AWS
  kActive,     ///< seen in AWS
  kEnding,     ///< over, not yet seen to be gone
  kEnded,      ///< over by its time, seen to be gone
  kRevoked,    ///< ended early by a person, seen to be gone
  kDenied,
  kWithdrawn,
  kLapsed,  ///< nobody decided in time
  kFailed,  ///< AWS would not
};
constexpr auto enum_names(Status) {
  return std::array<std::string_view, 11>{"pending", "scheduled", "granting",  "active", "ending", "ended",
                                          "revoked", "denied",    "withdrawn", "lapsed", "failed"};
}
/// Nothing happens to it any more.
[[nodiscard]] bool is_final(Status status);

struct RecordedDecision {
  UserId by;
  std::string by_name;
  Verdict decision = Verdict::kDeny;
  std::int64_t step = 0;
  std::optional<std::string> comment;
  std::optional<Duration> max_duration;
  Instant at;
  std::optional<std::vector<CountedStep>> counts;  ///< none: for `step` of every account
};

/// What somebody else found who looked at a use of break-glass.
struct RecordedReview {
  UserId by;
  std::string by_name;
  Finding finding = Finding::kUnjustified;
  std::string comment;
  Instant at;
};

struct RequestState {
  Request request;
  std::string version;
  Status decided = Status::kPending;  ///< pending, denied, withdrawn, lapsed, or granting once approved: see status_of
  Instant submitted_at;
  std::vector<RecordedDecision> decisions;
  std::vector<AccountId> settled;  ///< those of its accounts that were granted or dropped: they wait for nobody
  std::vector<GrantId> grants;     ///< that it began; of an extension, that it made longer
  std::shared_ptr<const BreakGlassOpened> opened;  ///< of break-glass: who was told, and when it is to be reviewed
  std::optional<RecordedReview> review;
  std::shared_ptr<const RequestVoided> voided;  ///< why nobody can agree to it any more; null: not so
  std::vector<std::int64_t> entries;            ///< positions on the ledger that tell its story
};

struct GrantState {
  GrantId id;
  RequestId request;
  Slot slot;
  Duration session_duration;
  Instant start;
  Instant end;
  Status status = Status::kGranting;  ///< granting, active, ending, ended, revoked, failed; see status_of
  std::optional<EndCause> cause;
  std::optional<Instant> active_at;  ///< when it was first seen in AWS
  std::optional<Instant> ending_at;
  std::optional<Instant> absent_at;  ///< when it was seen to be gone
  bool started = true;          ///< false: its start is to come, and then it is looked at once more whether it may be
  std::int64_t extensions = 0;  ///< how often it was made longer
  struct Extension {
    RequestId request;
    Instant from;  ///< when it would have ended
  };
  std::optional<Extension> last_extension;
  SessionEnd session_end = SessionEnd::kSoft;
  std::optional<Instant> sessions_cut_at;  ///< when its last sessions were seen to be denied
  std::optional<GrantId> covered_by;       ///< ended while this other grant kept the slot
  std::shared_ptr<const SlotHandedOver>
      handed_over;  ///< ended while somebody else's create kept the slot; null: not so
  std::string failure_code;
  std::string failure_message;
};

enum class Presence { kUnknown, kAbsent, kPresent };

struct SlotState {
  bool create_intended = false;  ///< the assignment may exist, and it is ours
  Instant create_intended_at;    ///< of the last create
  Instant present_since;         ///< first seen after that; zero: not yet
  bool delete_intended = false;
  Presence presence = Presence::kUnknown;
  Instant observed_at;
  OperationId create_operation;
  OperationId delete_operation;
  Instant create_unanswered_at;              ///< of the last create that was never answered; zero: all were
  std::vector<GrantId> cuts_due;             ///< grants with a hard end that are over, and others keep the slot
  std::shared_ptr<const SlotShared> shared;  ///< somebody else has made it too; null: nobody is known to have
  std::vector<GrantId> live;                 ///< its grants that are not final
};

/// A slot that was ours and was seen to be gone.
struct Released {
  Instant observed_at;
  Instant create_unanswered_at;  ///< of its last create that was never answered: for a while it may come back by itself
};

/// How long a released slot is remembered, and how late a create may come that was never answered: the last look after
/// a delete comes an hour later.
inline constexpr Duration kReleasedKept = Duration::minutes(65);

/// The sessions that a slot's hard end cuts. It stays until no credential of them can live any more.
struct SessionCut {
  Instant issued_before;      ///< when its grants were over; once that is known, when it was seen to be gone
  Duration session_duration;  ///< the longest of its grants
  std::string permission_set_name;
  std::vector<GrantId> grants;
  std::optional<Instant> intended;   ///< the `issued_before` that the policy is to deny, or may already
  std::optional<Instant> confirmed;  ///< the one that it was seen to deny
  std::string refused;               ///< the code of why not; empty when nothing stands against it
  bool is_bound = true;              ///< whether the policy is attached to the account, as the ledger was last told
};

/// A moment that lies further ahead of the clock than this was said by a clock that was wrong, and was put right.
inline constexpr Duration kCutAhead = Duration::seconds(30);

/// Why the sessions of a cut live on that is in the policy: nobody has attached that there.
inline constexpr std::string_view kPolicyNotAttached = "policy_not_attached";

/// A schedule of AWS's that removes the slot's assignment.
struct ArmedSwitch {
  std::string name;
  Instant at;
};

struct PolicyInForce {
  std::shared_ptr<const Policy> policy;  ///< never null: before the first one, an empty policy, which opens nothing
  std::string text;
  std::string hash;
  std::string source;
  Instant applied_at;
  std::optional<std::string> applied_by;
};

struct TokenState {
  TokenIssued token;
  Instant issued_at;
  bool revoked = false;
};

/// How long a session is remembered that is over. People sign in every day, and the ledger has it anyway.
inline constexpr Duration kSessionKept = Duration::hours(24);

/// What a POST with an Idempotency-Key made.
struct Remembered {
  std::string body_hash;
  RequestId request;
  Instant at;
};

/// How long an Idempotency-Key is remembered.
inline constexpr Duration kIdempotencyKept = Duration::hours(24);

/// A use of break-glass that nobody has reviewed yet.
struct OpenReview {
  std::vector<Party> notify;
  Instant review_by;
  Instant next_nag;
  Duration nag_every;
};

/// A change of the policy that was, or is, up to another person.
struct PolicyChange {
  PolicyProposed proposed;
  Instant at;
  std::optional<PolicyChangeDecided> decision;
  Instant decided_at;
};

/// A permission set as its last entry told of it.
struct SeenSet {
  std::string content;
  Level level = Level::kHigh;
};

/// What one person has under way.
struct Holdings {
  std::vector<RequestId> open;  ///< requests that wait for decisions
  std::vector<GrantId> live;    ///< grants that are not final
  [[nodiscard]] bool is_empty() const { return open.empty() && live.empty(); }
};

/// How often a review that is overdue is asked for again: whenever the time that it was given has passed once more, but
/// within these.
inline constexpr Duration kNagAtMostEvery = Duration::minutes(1);
inline constexpr Duration kNagAtLeastEvery = Duration::hours(24);

enum class DueKind { kLapse, kGrantEnd, kGrantStart, kRemind, kEscalate, kReview };
/// Something that the clock will cause: the id is a request's or a grant's.
using Due = std::pair<Instant, std::pair<DueKind, std::string>>;

class State {
 public:
  State();

  Table<RequestId, RequestState> requests;
  Table<GrantId, GrantState> grants;
  Table<Slot, SlotState> slots;  ///< only those with live grants or an assignment of ours
  Table<Slot, Released> released;
  Table<std::pair<Instant, Slot>, bool> released_by_age;
  /// Slots that were to be made and are not any more, whatever came of it, and since when; kept as the released ones.
  /// A schedule that AWS takes late may still come for them.
  Table<Slot, Instant> let_go;
  Table<std::pair<Instant, Slot>, bool> let_go_by_age;
  Table<Slot, SessionCut> cuts;
  Table<Slot, ArmedSwitch> switches;
  Table<TokenId, TokenState> tokens;
  Table<std::pair<Instant, TokenId>, bool> sessions_by_end;
  Table<std::string, Remembered> idempotency;  ///< by idempotency_row()
  Table<std::pair<Instant, std::string>, bool> idempotency_by_age;
  Table<Due, bool> due;
  Table<UserId, Holdings> holdings;  ///< of those who have any
  Table<RequestId, OpenReview> reviews;
  Table<PermissionSetArn, SeenSet> sets;
  Table<ChangeId, PolicyChange> policy_changes;
  Kept<ChangeId> open_change;  ///< the one that waits for a decision; empty: none
  Kept<PolicyInForce> policy;
  Kept<std::string> suspension;  ///< the code of why no access is given; empty: it is
  /// When a ledger that came back older was taken for the true one, and nobody has looked through everything in AWS
  /// since; zero: there is nothing to look for.
  Kept<Instant> sweep_owed_since;
  Kept<Instant> cuts_pruned_at;
  Kept<std::int64_t> size;  ///< entries applied: the position of the next one

  /// Takes in the entry at position `size`.
  void apply(const Entry& entry);
  /// The same for one that is durable: it is kept at once. Nothing may wait for keep() or take_back().
  void replay(const Entry& entry);

  /// What was applied since the last keep() stays, or vanishes.
  void keep();
  void take_back();

 private:
  void on(const RequestSubmitted& event, const Entry& entry);
  void on(const RequestDecided& event, const Entry& entry);
  void on(const RequestApproved& event, const Entry& entry);
  void on(const RequestWithdrawn& event, const Entry& entry);
  void on(const RequestLapsed& event, const Entry& entry);
  void on(const GrantEnding& event, const Entry& entry);
  void on(const CreateIntended& event, const Entry& entry);
  void on(const CreateAccepted& event, const Entry& entry);
  void on(const SlotPresent& event, const Entry& entry);
  void on(const SlotStanding& event, const Entry& entry);
  void on(const SlotMissing& event, const Entry& entry);
  void on(const DeleteIntended& event, const Entry& entry);
  void on(const DeleteAccepted& event, const Entry& entry);
  void on(const SlotAbsent& event, const Entry& entry);
  void on(const GrantCovered& event, const Entry& entry);
  void on(const GrantFailed& event, const Entry& entry);
  void on(const PolicyApplied& event, const Entry& entry);
  void on(const TokenIssued& event, const Entry& entry);
  void on(const TokenRevoked& event, const Entry& entry);
  void on(const ServerStarted& event, const Entry& entry);
  void on(const CreateUnanswered& event, const Entry& entry);
  void on(const SlotReappeared& event, const Entry& entry);
  void on(const AssignmentAppeared& event, const Entry& entry);
  void on(const AssignmentVanished& event, const Entry& entry);
  void on(const GrantsSuspended& event, const Entry& entry);
  void on(const GrantsResumed& event, const Entry& entry);
  void on(const RollbackAccepted& event, const Entry& entry);
  void on(const SessionsCutIntended& event, const Entry& entry);
  void on(const SessionsCut& event, const Entry& entry);
  void on(const SessionsRestored& event, const Entry& entry);
  void on(const SessionsCutRefused& event, const Entry& entry);
  void on(const SwitchArmed& event, const Entry& entry);
  void on(const SwitchDisarmed& event, const Entry& entry);
  void on(const GrantsExtended& event, const Entry& entry);
  void on(const GrantStarted& event, const Entry& entry);
  void on(const RequestReminded& event, const Entry& entry);
  void on(const RequestEscalated& event, const Entry& entry);
  void on(const BreakGlassOpened& event, const Entry& entry);
  void on(const BreakGlassReviewed& event, const Entry& entry);
  void on(const BreakGlassOverdue& event, const Entry& entry);
  void on(const PolicyProposed& event, const Entry& entry);
  void on(const PolicyChangeDecided& event, const Entry& entry);
  void on(const PermissionSetSeen& event, const Entry& entry);
  void on(const RequestVoided& event, const Entry& entry);
  void on(const SlotShared& event, const Entry& entry);
  void on(const SlotHandedOver& event, const Entry& entry);

  template <class Do>
  void with_each_table(Do with);
  RequestState& story_of(const RequestId& id, const Entry& entry);
  void settle(const RequestId& id, const std::vector<AccountId>& accounts);
  void close_request(const RequestId& id, Status status);
  void start_grant(GrantState& grant);
  void close_grant(const GrantId& id);
  void remember(const Entry& entry, const RequestId& made);
  void drop_if_idle(const Slot& slot);
  void release(const Slot& slot, Instant observed_at, Instant create_unanswered_at);
  void forget_released(const Slot& slot);
  void let_go_of(const Slot& slot, Instant at);
  void note_over(const GrantId& id, Instant at);
  void note_absent(const Slot& slot, Instant observed_at);
  void begin_cut(const Slot& slot, Instant issued_before);
  void prune_cuts(Instant now);
  void tell_cut(const SessionCut& cut, const Entry& entry);
};

/// The row of a key: it belongs to the one who sent it; to a name where that is nobody of the directory.
[[nodiscard]] std::string idempotency_row(const Actor& actor, std::string_view key);

/// Whether it was revoked, or the token that the session began with.
[[nodiscard]] bool is_revoked(const State& state, const TokenState& token);

/// The status that people see, at a moment.
[[nodiscard]] Status status_of(const GrantState& grant, Instant now);
[[nodiscard]] Status status_of(const RequestState& request, const State& state, Instant now);

/// Until when credentials may live that were issued while the grant held: its end, or when it was seen to be gone
/// if that was later or earlier, plus the permission set's session duration; after a hard end, when it was seen that
/// the last of them are denied everything.
[[nodiscard]] Instant credentials_until(const GrantState& grant);

/// When the last credential of it expires by itself.
[[nodiscard]] Instant until_of(const SessionCut& cut);

/// Whether its start has come, and policy and directory were asked once more.
[[nodiscard]] bool has_begun(const GrantState& grant, Instant now);

/// Whether some grant needs this slot now.
[[nodiscard]] bool is_desired(const State& state, const SlotState& slot, Instant now);

/// Whether it is over and stays nevertheless: its grants have expired, and somebody else has made the assignment too.
[[nodiscard]] bool is_to_stay(const State& state, const SlotState& slot);

/// The slots that an event concerns: where control must look again. Ask after the event was applied.
[[nodiscard]] std::vector<Slot> slots_of(const State& state, const Event& event);

/// Who must agree to one account of a request.
[[nodiscard]] const std::vector<Step>& steps_of(const Request& request, const RequestedAccount& account);

/// Who may decide too, later on; with `steps_of`.
[[nodiscard]] std::vector<Escalation> escalations_of(const Request& request, const RequestedAccount& account);

/// Whether somebody has yet to decide about this account of a pending request.
[[nodiscard]] bool is_waiting(const RequestState& request, const RequestedAccount& account);

/// The step of an account that waits for decisions, from 0; the number of its steps when all are satisfied.
[[nodiscard]] std::size_t current_step(const RequestState& request, const RequestedAccount& account);

/// The earliest step that any account of it waits in; of none, the number of steps.
[[nodiscard]] std::size_t current_step(const RequestState& request);

}  // namespace ag::access
