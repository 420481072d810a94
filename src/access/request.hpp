#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/ids.hpp"
#include "access/policy.hpp"
#include "base/codec.hpp"
#include "base/time.hpp"

/// What a person asks for, and who must agree to it. DISK FORMAT, as event.hpp.
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
  std::string path;                                       ///< of its organizational unit
  std::string rule;                                       ///< the rule that opens it
  std::vector<std::string> guardrails;                    ///< those that applied
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

}  // namespace ag::access
