#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/ids.hpp"
#include "access/policy.hpp"
#include "base/codec.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// What can happen. Every entry of the ledger holds one of these; all other state is a fold over them.
///
/// DISK FORMAT: names and members are written to ledgers that outlive this program. Add kinds, and optional
/// members to kinds; never rename, remove or change the meaning of one.
namespace ag::access {

enum class PartyKind { kGroup, kUser, kOnCall };
constexpr auto enum_names(PartyKind) { return std::array<std::string_view, 3>{"group", "user", "on_call"}; }

/// A person or a group who may decide, by AWS's id; the name is what it was then, for people who read. On call is
/// whoever the schedule of that name in the policy names at the moment of the decision.
struct Party {
  PartyKind kind = PartyKind::kGroup;
  std::string id;
  std::string name;
  auto operator<=>(const Party&) const = default;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("kind", self.kind);
    codec("id", self.id);
    codec("name", self.name);
  }
};

/// One step of an approval: `need` distinct people out of those named.
struct Step {
  std::vector<Party> any_of;
  int need = 1;
  std::optional<std::vector<Party>> none_of = std::nullopt;  ///< members of these groups may not, whoever names them
  auto operator<=>(const Step&) const = default;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("any_of", self.any_of);
    codec("need", self.need);
    codec("none_of", self.none_of);
  }
};

/// From `at` on these may decide too, in whichever step the request waits.
struct Escalation {
  Instant at;
  std::vector<Party> any_of;
  bool operator==(const Escalation&) const = default;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("at", self.at);
    codec("any_of", self.any_of);
  }
};

/// One account of a request, and why it may be asked for.
struct RequestedAccount {
  AccountId id;
  std::string name;
  std::string path;                     ///< of its organizational unit
  std::string rule;                     ///< the rule that opens it
  std::vector<std::string> guardrails;  ///< those that applied
  std::optional<std::vector<Step>> steps = std::nullopt;  ///< who must agree to this one; none: as the request says
  std::optional<std::vector<Escalation>> escalations = std::nullopt;  ///< of these steps
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("name", self.name);
    codec("path", self.path);
    codec("rule", self.rule);
    codec("guardrails", self.guardrails);
    codec("steps", self.steps);
    codec("escalations", self.escalations);
  }
};

/// What a person asked, and what it took to be granted: immutable, and hashed as the version that approvers see.
struct Request {
  RequestId id;
  UserId requester;
  std::string requester_name;
  PermissionSetArn permission_set;
  std::string permission_set_name;
  Duration session_duration;  ///< of the permission set: how long its credentials outlive it
  Level level = Level::kHigh;
  std::vector<RequestedAccount> accounts;
  Duration duration;
  std::optional<Instant> start;  ///< not before then; none: as soon as it is approved
  std::string reason;
  std::optional<std::string> ticket;
  std::vector<Step> steps;                               ///< who must agree; none: nobody
  Instant lapses_at;                                     ///< undecided by then, it lapses
  std::optional<SessionEnd> session_end = std::nullopt;  ///< none: soft
  std::optional<std::string> level_reason = std::nullopt;
  std::optional<std::vector<Escalation>> escalations = std::nullopt;  ///< ascending
  std::optional<std::vector<Instant>> reminders = std::nullopt;       ///< ascending
  std::optional<RequestId> extends = std::nullopt;  ///< its grants are to end later by `duration`; none: new ones begin
  std::optional<bool> break_glass = std::nullopt;   ///< true: nobody was asked
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("requester", self.requester);
    codec("requester_name", self.requester_name);
    codec("permission_set", self.permission_set);
    codec("permission_set_name", self.permission_set_name);
    codec("session_duration_seconds", self.session_duration);
    codec("level", self.level);
    codec("accounts", self.accounts);
    codec("duration_seconds", self.duration);
    codec("start", self.start);
    codec("reason", self.reason);
    codec("ticket", self.ticket);
    codec("steps", self.steps);
    codec("lapses_at", self.lapses_at);
    codec("end", self.session_end);
    codec("level_reason", self.level_reason);
    codec("escalations", self.escalations);
    codec("reminders", self.reminders);
    codec("extends", self.extends);
    codec("break_glass", self.break_glass);
  }
};

/// The version of a request: SHA-256 of its canonical JSON, in hexadecimal.
[[nodiscard]] std::string version_of(const Request& request);

enum class Verdict { kApprove, kDeny };
constexpr auto enum_names(Verdict) { return std::array<std::string_view, 2>{"approve", "deny"}; }

/// Why a grant ends. `policy`: when it was to start, policy or directory did not allow it any more.
enum class EndCause { kExpiry, kHolder, kApprover, kAdmin, kPolicy };
constexpr auto enum_names(EndCause) {
  return std::array<std::string_view, 5>{"expiry", "holder", "approver", "admin", "policy"};
}

struct OpenedGrant {
  GrantId id;
  Slot slot;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("slot", self.slot);
  }
};

// ---- what people and the clock do --------------------------------------------------------------------

struct RequestSubmitted {
  static constexpr std::string_view kKind = "request.submitted";
  Request request;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
  }
};

/// The step of one account that a decision counts for, from 0.
struct CountedStep {
  AccountId account;
  std::int64_t step = 0;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("account", self.account);
    codec("step", self.step);
  }
};

/// One person's decision, bound to the version that was seen.
struct RequestDecided {
  static constexpr std::string_view kKind = "request.decided";
  RequestId request;
  std::string version;
  Verdict decision = Verdict::kDeny;
  UserId by;
  std::string by_name;
  std::int64_t step = 0;  ///< the step it counts for, from 0
  std::optional<std::string> comment;
  std::optional<Duration> max_duration;  ///< the approver allows no longer than this
  std::optional<std::vector<CountedStep>> counts = std::nullopt;  ///< none: for `step` of every account
  std::optional<std::vector<AccountId>> dropped = std::nullopt;   ///< the approver does not allow these accounts
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("version", self.version);
    codec("decision", self.decision);
    codec("by", self.by);
    codec("by_name", self.by_name);
    codec("step", self.step);
    codec("comment", self.comment);
    codec("max_duration_seconds", self.max_duration);
    codec("counts", self.counts);
    codec("dropped", self.dropped);
  }
};

/// The last needed approval was given for these accounts, or none was needed: these grants exist from now on.
struct RequestApproved {
  static constexpr std::string_view kKind = "request.approved";
  RequestId request;
  Instant start;
  Instant end;
  std::vector<OpenedGrant> grants;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("start", self.start);
    codec("end", self.end);
    codec("grants", self.grants);
  }
};

struct RequestWithdrawn {
  static constexpr std::string_view kKind = "request.withdrawn";
  RequestId request;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
  }
};

struct RequestLapsed {
  static constexpr std::string_view kKind = "request.lapsed";
  RequestId request;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
  }
};

/// The right is over; the assignment is to go, unless another grant still needs its slot.
struct GrantEnding {
  static constexpr std::string_view kKind = "grant.ending";
  GrantId grant;
  EndCause cause = EndCause::kExpiry;
  std::optional<std::string> reason;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("grant", self.grant);
    codec("cause", self.cause);
    codec("reason", self.reason);
  }
};

// ---- what is intended and observed in AWS --------------------------------------------------------------

/// Written before CreateAccountAssignment is sent: from here on the assignment may exist, and it is ours.
struct CreateIntended {
  static constexpr std::string_view kKind = "slot.create_intended";
  Slot slot;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
  }
};

struct CreateAccepted {
  static constexpr std::string_view kKind = "slot.create_accepted";
  Slot slot;
  OperationId operation;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("operation", self.operation);
  }
};

/// A create of ours was never answered: it may still take effect, late.
struct CreateUnanswered {
  static constexpr std::string_view kKind = "slot.create_unanswered";
  Slot slot;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
  }
};

/// A list of AWS's showed the assignment: its grants are active.
struct SlotPresent {
  static constexpr std::string_view kKind = "slot.present";
  Slot slot;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("observed_at", self.observed_at);
  }
};

/// The assignment was there although we had intended none: standing, never to be removed by us.
struct SlotStanding {
  static constexpr std::string_view kKind = "slot.standing";
  Slot slot;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("observed_at", self.observed_at);
  }
};

/// Somebody else removed it during a live grant; it will be made again.
struct SlotMissing {
  static constexpr std::string_view kKind = "slot.missing";
  Slot slot;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("observed_at", self.observed_at);
  }
};

/// Written before DeleteAccountAssignment is sent.
struct DeleteIntended {
  static constexpr std::string_view kKind = "slot.delete_intended";
  Slot slot;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
  }
};

struct DeleteAccepted {
  static constexpr std::string_view kKind = "slot.delete_accepted";
  Slot slot;
  OperationId operation;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("operation", self.operation);
  }
};

/// A list of AWS's showed that the assignment is not there: its ending grants have ended, verified.
struct SlotAbsent {
  static constexpr std::string_view kKind = "slot.absent";
  Slot slot;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("observed_at", self.observed_at);
  }
};

/// It was seen to be gone and is there again, by a create of ours that was never answered: it is to go at once.
struct SlotReappeared {
  static constexpr std::string_view kKind = "slot.reappeared";
  Slot slot;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("observed_at", self.observed_at);
  }
};

/// An ending grant is over although its slot stays: other grants still need it.
struct GrantCovered {
  static constexpr std::string_view kKind = "grant.covered";
  GrantId grant;
  GrantId by;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("grant", self.grant);
    codec("by", self.by);
  }
};

/// AWS would not make the assignment, and a list showed that it is not there.
struct GrantFailed {
  static constexpr std::string_view kKind = "grant.failed";
  GrantId grant;
  std::string code;     ///< AWS's, or `already_held`
  std::string message;  ///< AWS's own words
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("grant", self.grant);
    codec("code", self.code);
    codec("message", self.message);
  }
};

// ---- live sessions, after the end ------------------------------------------------------------------------

/// The sessions of a slot's person in its permission set's roles whose credentials were issued before that moment.
struct CutSessions {
  Slot slot;
  Instant issued_before;
  bool operator==(const CutSessions&) const = default;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("issued_before", self.issued_before);
  }
};

/// Written before UpdatePolicy is sent: from here on the policy may deny `cut`, and no longer deny `restore`. What
/// neither names is denied or let pass as before.
struct SessionsCutIntended {
  static constexpr std::string_view kKind = "sessions.cut_intended";
  std::string policy;  ///< `p-…`, the service control policy that is changed
  std::vector<CutSessions> cut;
  std::vector<Slot> restore;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("policy", self.policy);
    codec("cut", self.cut);
    codec("restore", self.restore);
  }
};

/// The policy was read, and denies these sessions everything.
struct SessionsCut {
  static constexpr std::string_view kKind = "sessions.cut";
  Slot slot;
  Instant issued_before;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("issued_before", self.issued_before);
    codec("observed_at", self.observed_at);
  }
};

/// No credential of the cut can live any more; the policy was read, and does not name it.
struct SessionsRestored {
  static constexpr std::string_view kKind = "sessions.restored";
  Slot slot;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("observed_at", self.observed_at);
  }
};

/// Live sessions that were to be cut are not, and why. Where the reason can pass it is tried again.
struct SessionsCutRefused {
  static constexpr std::string_view kKind = "sessions.cut_refused";
  Slot slot;
  std::string code;  ///< AWS's, or `no_policy`, `management_account`, `no_room`
  std::string message;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("code", self.code);
    codec("message", self.message);
  }
};

// ---- the dead man's switch -------------------------------------------------------------------------------

/// AWS has a schedule that removes the slot's assignment at that moment, if nobody did before.
struct SwitchArmed {
  static constexpr std::string_view kKind = "switch.armed";
  Slot slot;
  std::string name;  ///< of the schedule
  Instant at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("name", self.name);
    codec("at", self.at);
  }
};

/// The schedule is no more: the assignment was seen to be gone.
struct SwitchDisarmed {
  static constexpr std::string_view kKind = "switch.disarmed";
  Slot slot;
  std::string name;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("name", self.name);
  }
};

// ---- what others do in AWS -----------------------------------------------------------------------------

/// Somebody else gave standing access; or took it away. `user` or `group` says to whom.
struct AssignmentAppeared {
  static constexpr std::string_view kKind = "assignment.appeared";
  AccountId account;
  PermissionSetArn permission_set;
  std::optional<UserId> user;
  std::optional<GroupId> group;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("account", self.account);
    codec("permission_set", self.permission_set);
    codec("user", self.user);
    codec("group", self.group);
    codec("observed_at", self.observed_at);
  }
};

struct AssignmentVanished {
  static constexpr std::string_view kKind = "assignment.vanished";
  AccountId account;
  PermissionSetArn permission_set;
  std::optional<UserId> user;
  std::optional<GroupId> group;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("account", self.account);
    codec("permission_set", self.permission_set);
    codec("user", self.user);
    codec("group", self.group);
    codec("observed_at", self.observed_at);
  }
};

// ---- how AccessGuard itself is -------------------------------------------------------------------------

/// From now on no access is given, and why; what ends goes on ending.
struct GrantsSuspended {
  static constexpr std::string_view kKind = "grants.suspended";
  std::string code;
  std::string message;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("code", self.code);
    codec("message", self.message);
  }
};

struct GrantsResumed {
  static constexpr std::string_view kKind = "grants.resumed";
  std::string code;  ///< of what is over
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("code", self.code);
  }
};

/// An operator took this ledger for the true one although it is not the one that the last checkpoint tells of: the
/// entries from `size` to `checkpoint_size`, or others in their place, were lost.
struct RollbackAccepted {
  static constexpr std::string_view kKind = "ledger.rollback_accepted";
  std::int64_t size = 0;
  std::int64_t checkpoint_size = 0;
  std::string checkpoint_root;  ///< hexadecimal
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("size", self.size);
    codec("checkpoint_size", self.checkpoint_size);
    codec("checkpoint_root", self.checkpoint_root);
  }
};

// ---- what operators do ---------------------------------------------------------------------------------

struct PolicyApplied {
  static constexpr std::string_view kKind = "policy.applied";
  std::string text;    ///< the file as it was given
  std::string hash;    ///< SHA-256 of the text, hexadecimal: the policy's version
  std::string source;  ///< `api`, or `file` when it came from the server's own disk
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("text", self.text);
    codec("hash", self.hash);
    codec("source", self.source);
  }
};

enum class Role { kPerson, kAdmin };
constexpr auto enum_names(Role) { return std::array<std::string_view, 2>{"person", "admin"}; }

struct TokenIssued {
  static constexpr std::string_view kKind = "token.issued";
  TokenId token;
  UserId user;  ///< empty when the directory was not known: then by name alone, resolved at each use
  std::string user_name;
  Role role = Role::kPerson;
  std::string sha256;  ///< of the secret, hexadecimal; the secret itself is nowhere
  Instant expires_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("token", self.token);
    codec("user", self.user);
    codec("user_name", self.user_name);
    codec("role", self.role);
    codec("sha256", self.sha256);
    codec("expires_at", self.expires_at);
  }
};

struct TokenRevoked {
  static constexpr std::string_view kKind = "token.revoked";
  TokenId token;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("token", self.token);
  }
};

/// The server came up: what the entries after this were written by.
struct ServerStarted {
  static constexpr std::string_view kKind = "server.started";
  std::string version;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("version", self.version);
  }
};

// ---- requests, further -----------------------------------------------------------------------------------

/// The last needed approval of an extension was given: these grants end later.
struct GrantsExtended {
  static constexpr std::string_view kKind = "request.extended";
  struct Extended {
    GrantId grant;
    Instant end;
    template <class Self, class Codec>
    static void describe(Self& self, Codec& codec) {
      codec("grant", self.grant);
      codec("end", self.end);
    }
  };
  RequestId request;  ///< the one that asked for the extension
  std::vector<Extended> grants;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("grants", self.grants);
  }
};

/// The start of a grant that was approved for later has come, and policy and directory still allow it.
struct GrantStarted {
  static constexpr std::string_view kKind = "grant.started";
  GrantId grant;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("grant", self.grant);
  }
};

/// The request still waits: those who may decide it are to be told again.
struct RequestReminded {
  static constexpr std::string_view kKind = "request.reminded";
  RequestId request;
  Instant due;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("due", self.due);
  }
};

/// From now on the people of the request's escalation of that moment may decide too.
struct RequestEscalated {
  static constexpr std::string_view kKind = "request.escalated";
  RequestId request;
  Instant due;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("due", self.due);
  }
};

/// Access without anybody's approval: these are to be told at once, and somebody else has to look at it until then.
struct BreakGlassOpened {
  static constexpr std::string_view kKind = "break_glass.opened";
  RequestId request;
  std::vector<Party> notify;
  Instant review_by;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("notify", self.notify);
    codec("review_by", self.review_by);
  }
};

enum class Finding { kJustified, kUnjustified };
constexpr auto enum_names(Finding) { return std::array<std::string_view, 2>{"justified", "unjustified"}; }

struct BreakGlassReviewed {
  static constexpr std::string_view kKind = "break_glass.reviewed";
  RequestId request;
  UserId by;
  std::string by_name;
  Finding finding = Finding::kUnjustified;
  std::string comment;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("by", self.by);
    codec("by_name", self.by_name);
    codec("finding", self.finding);
    codec("comment", self.comment);
  }
};

/// Nobody has reviewed it in time. Said again and again until somebody does.
struct BreakGlassOverdue {
  static constexpr std::string_view kKind = "break_glass.overdue";
  RequestId request;
  Instant review_by;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("review_by", self.review_by);
  }
};

// ---- changes of the policy that another person must agree to ----------------------------------------------

struct PolicyProposed {
  static constexpr std::string_view kKind = "policy.proposed";
  ChangeId change;
  UserId by;  ///< empty for an administrator who is not in the directory
  std::string by_name;
  std::string text;
  std::string hash;  ///< of the text
  std::string base;  ///< hash of the policy in force that it was compared with
  std::vector<std::string> widens;  ///< in words, the first of them
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("change", self.change);
    codec("by", self.by);
    codec("by_name", self.by_name);
    codec("text", self.text);
    codec("hash", self.hash);
    codec("base", self.base);
    codec("widens", self.widens);
  }
};

/// One person's decision, bound to the hash that was seen. A newer proposal takes the place of an undecided one.
struct PolicyChangeDecided {
  static constexpr std::string_view kKind = "policy.change_decided";
  ChangeId change;
  std::string hash;
  Verdict decision = Verdict::kDeny;
  UserId by;
  std::string by_name;
  std::optional<std::string> comment;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("change", self.change);
    codec("hash", self.hash);
    codec("decision", self.decision);
    codec("by", self.by);
    codec("by_name", self.by_name);
    codec("comment", self.comment);
  }
};

using Event =
    std::variant<RequestSubmitted, RequestDecided, RequestApproved, RequestWithdrawn, RequestLapsed, GrantEnding,
                 CreateIntended, CreateAccepted, SlotPresent, SlotStanding, SlotMissing, DeleteIntended, DeleteAccepted,
                 SlotAbsent, GrantCovered, GrantFailed, PolicyApplied, TokenIssued, TokenRevoked, ServerStarted,
                 CreateUnanswered, SlotReappeared, AssignmentAppeared, AssignmentVanished, GrantsSuspended,
                 GrantsResumed, RollbackAccepted, SessionsCutIntended, SessionsCut, SessionsRestored,
                 SessionsCutRefused, SwitchArmed, SwitchDisarmed, GrantsExtended, GrantStarted, RequestReminded,
                 RequestEscalated, BreakGlassOpened, BreakGlassReviewed, BreakGlassOverdue, PolicyProposed,
                 PolicyChangeDecided>;

/// Who did it: a person through a token, or AccessGuard itself.
struct Actor {
  std::string kind = "system";  ///< `person`, `system`, or `operator` for one who works on the server's own machine
  std::optional<UserId> user;
  std::optional<std::string> name;
  std::optional<TokenId> token;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("kind", self.kind);
    codec("user", self.user);
    codec("name", self.name);
    codec("token", self.token);
  }
};

/// A POST's Idempotency-Key and the hash of what was sent with it: a repeat finds what the first one made.
struct IdempotencyKey {
  std::string key;
  std::string body_hash;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("key", self.key);
    codec("body_hash", self.body_hash);
  }
};

/// One line of the ledger.
struct Entry {
  std::int64_t index = 0;  ///< its position, from 0
  Instant at;              ///< to the millisecond
  Actor actor;
  std::optional<IdempotencyKey> idempotency;
  Event event;
};

[[nodiscard]] std::string_view kind_of(const Event& event);
[[nodiscard]] json::value entry_to_json(const Entry& entry);
/// The bytes that are hashed and kept.
[[nodiscard]] std::string encode_entry(const Entry& entry);
/// Error codes of parse_json and from_json, and `unknown_kind` for one that a newer program wrote.
[[nodiscard]] Result<Entry> decode_entry(std::string_view bytes);

}  // namespace ag::access
