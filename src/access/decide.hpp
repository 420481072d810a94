#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "access/approvers.hpp"
#include "access/event.hpp"
#include "access/policy_index.hpp"
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
  std::optional<std::vector<std::string>> accounts = std::nullopt;  ///< only these, by id or name; none: all of them
};
/// The holder wants all live grants of a request to end later by `duration`.
struct ExtendAccess {
  RequestId id;  ///< a fresh one, of the request that asks for it
  RequestId request;
  Duration duration;
  std::string reason;
  std::optional<std::string> ticket;
};
/// Access at once, without anybody's approval, and loud.
struct UseBreakGlass {
  RequestId id;                      ///< a fresh one
  std::string account;               ///< id or unique name
  std::string permission_set;        ///< arn or unique name
  std::optional<Duration> duration;  ///< none: as long as the policy allows
  std::string reason;
  std::string confirm;  ///< the account's name once more, typed by a person who means it
};
/// Somebody else looks at a use of break-glass, and closes it.
struct ReviewBreakGlass {
  RequestId request;
  Finding finding = Finding::kUnjustified;
  std::string comment;
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
/// From the server's own disk it is applied as it is. Through the API, a change that widens waits for another person
/// where the policy in force says so.
struct ApplyPolicy {
  std::string text;
  std::string source;                   ///< `api` or `file`
  std::optional<std::string> if_match;  ///< the hash of the policy that the caller saw; none: whatever is in force
  ChangeId change = {};                 ///< a fresh one, for a change that has to wait
};
struct DecideChange {
  ChangeId change;
  std::string hash;  ///< of the text that was seen
  Verdict decision = Verdict::kDeny;
  std::optional<std::string> comment;
};
struct IssueToken {
  TokenIssued token;
};
struct RevokeToken {
  TokenId token;
};
using Command = std::variant<Ask, Decide, Withdraw, End, Revoke, ApplyPolicy, IssueToken, RevokeToken, ExtendAccess,
                             UseBreakGlass, ReviewBreakGlass, DecideChange>;

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
inline constexpr Duration kStartHorizon = Duration::hours(30 * 24);

/// `index` must be of the state's own policy.
[[nodiscard]] Result<Outcome> decide(const State& state, const PolicyIndex& index, const Caller& caller,
                                     const Command& command, const std::optional<IdempotencyKey>& idempotency,
                                     Instant now);

/// The accounts of a pending request that wait for this person's decision.
[[nodiscard]] std::vector<const RequestedAccount*> waiting_for(const RequestState& request, const Today& today,
                                                               const UserId& person);
/// The step in which the person may say no: of those to come and those that are past, too, for a no ends it. None: not
/// the person's to decide.
[[nodiscard]] std::optional<std::size_t> may_deny(const RequestState& request, const Today& today,
                                                  const UserId& person);

/// What policy and directory say today to an account of a request: if `decider` agreed now, where that person may.
struct Outlook {
  std::string rule;                     ///< with its line; empty with a refusal
  std::vector<std::string> guardrails;  ///< those that apply, with their lines
  std::optional<std::string> refusal;   ///< why it can no longer be granted
  Instant would_end;                    ///< approved now
};
[[nodiscard]] Outlook outlook(const State& state, const PolicyIndex& index, const RequestState& request,
                              const RequestedAccount& account, const UserId& decider, Instant now);
/// Whether the person may decide, now or in some step to come, about any account of it.
[[nodiscard]] bool is_approver(const RequestState& request, const Today& today, const UserId& person);

/// Grants alone, or all that the clock makes happen.
enum class Dues { kGrants, kAll };

/// What the clock makes happen by now: requests lapse, people are reminded, grants start and reach their end. At most
/// `limit` at once.
[[nodiscard]] std::vector<Event> fall_due(const State& state, const PolicyIndex& index, Instant now, std::size_t limit,
                                          Dues dues = Dues::kAll);

/// When the clock next makes something happen.
[[nodiscard]] Instant next_due(const State& state, const PolicyIndex& index);

}  // namespace ag::access
