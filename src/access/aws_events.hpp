#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/ids.hpp"
#include "access/policy.hpp"
#include "base/codec.hpp"
#include "base/time.hpp"

/// The kinds of entries about AWS: what is intended there, and what was seen. DISK FORMAT, as event.hpp.
namespace ag::access {

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

/// What a permission set allows was read: for the first time, or it allows something else than before.
struct PermissionSetSeen {
  static constexpr std::string_view kKind = "permission_set.seen";
  PermissionSetArn permission_set;
  std::string name;
  std::string content;                     ///< SHA-256, hexadecimal, of all that it is made of
  Level level = Level::kHigh;              ///< by what is known to be allowed
  std::vector<std::string> allows;         ///< why, in words that follow "it", the worst first
  std::vector<std::string> unread;         ///< what is not known of it
  std::optional<std::string> was_content;  ///< none: never seen before
  std::optional<Level> was_level;
  std::optional<std::vector<std::string>> gained;  ///< actions, the first of them; none: not known
  std::optional<std::vector<std::string>> lost;
  Instant observed_at;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("permission_set", self.permission_set);
    codec("name", self.name);
    codec("content", self.content);
    codec("level", self.level);
    codec("allows", self.allows);
    codec("unread", self.unread);
    codec("was_content", self.was_content);
    codec("was_level", self.was_level);
    codec("gained", self.gained);
    codec("lost", self.lost);
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

/// What becomes of an assignment of ours that somebody else has made too, when the last of its grants expires: it is
/// his from then on, or it goes all the same.
enum class ForeignCreates { kHold, kDelete };
constexpr auto enum_names(ForeignCreates) { return std::array<std::string_view, 2>{"hold", "delete"}; }

/// CloudTrail tells that somebody else made the assignment while it was ours. AWS keeps one, whoever made it, and would
/// not say so. Whoever ends it early takes it away all the same.
struct SlotShared {
  static constexpr std::string_view kKind = "slot.shared";
  Slot slot;
  std::string event;                                 ///< CloudTrail's id
  std::string by;                                    ///< the caller's ARN, whose end he chose himself
  Instant made_at;                                   ///< a whole second
  ForeignCreates at_expiry = ForeignCreates::kHold;  ///< as it was configured then
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("event", self.event);
    codec("by", self.by);
    codec("made_at", self.made_at);
    codec("at_expiry", self.at_expiry);
  }
};

/// Its grants have expired, and it stays: from now on it is what somebody else gave, and not ours to take.
struct SlotHandedOver {
  static constexpr std::string_view kKind = "slot.handed_over";
  Slot slot;
  std::string event;
  std::string by;
  Instant observed_at;  ///< a list showed it after the end
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("slot", self.slot);
    codec("event", self.event);
    codec("by", self.by);
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
  std::string code;  ///< AWS's, or `no_policy`, `management_account`, `policy_not_attached`, `no_room`
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

}  // namespace ag::access
