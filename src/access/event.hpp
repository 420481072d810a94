#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/aws_events.hpp"
#include "access/ids.hpp"
#include "access/request.hpp"
#include "base/codec.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// What can happen. Every entry of the ledger holds one of these; all other state is a fold over them.
///
/// DISK FORMAT: names and members are written to ledgers that outlive this program. Add kinds, and optional
/// members to kinds; never rename, remove or change the meaning of one.
namespace ag::access {

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
  std::optional<Duration> max_duration;                           ///< the approver allows no longer than this
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

/// Why no access is given after RollbackAccepted, until everything in AWS was looked through.
inline constexpr std::string_view kSweepOwed = "sweep_after_rollback";

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

/// Of a token that a browser holds as a cookie, and that is good for nothing else.
struct TokenSession {
  std::optional<TokenId> began_with;  ///< the session ends with that token; none: a person of the sandbox was chosen
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("began_with", self.began_with);
  }
};

struct TokenIssued {
  static constexpr std::string_view kKind = "token.issued";
  TokenId token;
  UserId user;  ///< empty when the directory was not known: then by name alone, resolved at each use
  std::string user_name;
  Role role = Role::kPerson;
  std::string sha256;  ///< of the secret, hexadecimal; the secret itself is nowhere
  Instant expires_at;
  std::optional<TokenSession> session = std::nullopt;  ///< none: it is sent with each request
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("token", self.token);
    codec("user", self.user);
    codec("user_name", self.user_name);
    codec("role", self.role);
    codec("sha256", self.sha256);
    codec("expires_at", self.expires_at);
    codec("session", self.session);
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

/// What was asked for is not what it was: nobody can agree to it any more.
struct RequestVoided {
  static constexpr std::string_view kKind = "request.voided";
  RequestId request;
  std::string code;  ///< `permission_set_changed`
  std::string message;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("request", self.request);
    codec("code", self.code);
    codec("message", self.message);
  }
};

// ---- changes of the policy that another person must agree to ----------------------------------------------

struct PolicyProposed {
  static constexpr std::string_view kKind = "policy.proposed";
  ChangeId change;
  UserId by;  ///< empty for an administrator who is not in the directory
  std::string by_name;
  std::string text;
  std::string hash;                 ///< of the text
  std::string base;                 ///< hash of the policy in force that it was compared with
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
                 PolicyChangeDecided, PermissionSetSeen, RequestVoided, SlotShared, SlotHandedOver>;

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
