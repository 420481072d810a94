#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "access/event.hpp"
#include "access/organization.hpp"
#include "access/state.hpp"
#include "base/result.hpp"

/// The functional core: what a command, or the clock, makes happen. Pure: time and ids come in with the input.
namespace ag::access {

/// Who commands. Derived by the server from the token, never from what was sent.
struct Caller {
  Actor actor;
  UserId user;  ///< empty for an administrator who is not in the directory
  std::string user_name;
  Role role = Role::kPerson;
};

struct Ask {
  RequestId id;                       ///< a fresh one
  std::vector<std::string> accounts;  ///< ids or unique names
  std::string permission_set;         ///< arn or unique name
  Duration duration;
  std::optional<Instant> start;
  std::string reason;
  std::optional<std::string> ticket;
  std::optional<std::string> rule;  ///< the rule to ask under; none: the one that asks least
};
struct Decide {
  RequestId request;
  std::string version;
  Verdict decision = Verdict::kDeny;
  std::optional<std::string> comment;
  std::optional<Duration> max_duration;
};
struct Withdraw {
  RequestId request;
};
struct End {
  RequestId request;
  std::optional<std::string> reason;
};
/// Whose grants, or where: by id or by unique name, of the directory or as it stands on the grants.
struct OfUser {
  std::string id_or_name;
};
struct OfAccount {
  std::string id_or_name;
};
struct OfEveryone {};
/// Administrators end at once every grant that is not over and that this selects.
struct Revoke {
  std::variant<RequestId, GrantId, OfUser, OfAccount, OfEveryone> selected;
  std::string reason;
};
struct ApplyPolicy {
  std::string text;
  std::string source;                   ///< `api` or `file`
  std::optional<std::string> if_match;  ///< the hash of the policy that the caller saw; none: whatever is in force
};
struct IssueToken {
  TokenIssued token;
};
struct RevokeToken {
  TokenId token;
};
using Command = std::variant<Ask, Decide, Withdraw, End, Revoke, ApplyPolicy, IssueToken, RevokeToken>;

/// What happens, and which request it is about; of several, the first.
struct Outcome {
  std::vector<Event> events;
  RequestId request;
};

/// Bounds on what people send.
inline constexpr std::size_t kMostAccountsInRequest = 50;
inline constexpr std::size_t kLongestReason = 500;  ///< characters
inline constexpr std::size_t kLongestTicket = 64;
inline constexpr std::size_t kLongestComment = 500;
inline constexpr int kMostOpenRequests = 50;  ///< per person
inline constexpr Duration kStartHorizon = Duration::hours(30 * 24);

[[nodiscard]] Result<Outcome> decide(const State& state, const Organization& organization, const Caller& caller,
                                     const Command& command, const std::optional<IdempotencyKey>& idempotency,
                                     Instant now);

/// What the clock makes happen by now: requests lapse, grants reach their end. At most `limit` at once.
[[nodiscard]] std::vector<Event> fall_due(const State& state, Instant now, std::size_t limit);

}  // namespace ag::access
