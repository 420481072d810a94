#pragma once
#include <array>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/ids.hpp"
#include "access/organization.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// The policy file as a value: rules open, guardrails close, approval policies say who must agree.
namespace ag::access {

/// How much a permission set can do. Unknown counts as high.
enum class Level { kLow, kMedium, kHigh, kCritical };
constexpr auto enum_names(Level) { return std::array<std::string_view, 4>{"low", "medium", "high", "critical"}; }
inline constexpr std::size_t kLevels = 4;

/// What becomes of sessions that live on when access ends: left alone until their credentials expire, or cut.
enum class SessionEnd { kSoft, kHard };
constexpr auto enum_names(SessionEnd) { return std::array<std::string_view, 2>{"soft", "hard"}; }

/// A set of accounts. What is given narrows: an account belongs when all of it holds and no exception names it.
struct Target {
  std::string unit;                                      ///< path or id, recursive; empty: anywhere
  std::map<std::string, std::vector<std::string>> tags;  ///< each key with one of its values
  std::vector<std::string> accounts;                     ///< ids or names; empty: any
  std::vector<Target> except;
  int line = 0;
};

/// Some people: the union of what is named, less the exceptions.
struct People {
  bool everyone = false;
  std::vector<std::string> groups;
  std::vector<std::string> users;
  std::vector<std::string> except_groups;
  std::vector<std::string> except_users;
};

/// Some permission sets. What is given narrows: one belongs when all of it holds and no exception names it.
struct Sets {
  std::vector<std::string> names;   ///< names or arns; `*` stands for any characters; empty: any
  std::vector<Level> levels;        ///< empty: any
  std::vector<std::string> except;  ///< as `names`
  [[nodiscard]] bool is_everything() const { return names.empty() && levels.empty() && except.empty(); }
};

/// A stretch of the week in the time of a zone, week after week.
struct Window {
  std::string name;
  int line = 0;
  std::string zone;                   ///< of the IANA time zone database, as in `Europe/Berlin`
  std::array<bool, 7> days{};         ///< on which it begins, from Monday
  Duration from;                      ///< time of day
  Duration to = Duration::hours(24);  ///< not after `from`: on the next day
};

/// Who of several is on call: each for `days`, in turn, for ever.
struct OnCall {
  std::string name;
  int line = 0;
  std::string zone;
  std::string from;  ///< when the first turn begins, local: `2026-01-05T09:00`
  int days = 7;
  struct Turn {
    std::string group;  ///< one of the two is empty
    std::string user;
  };
  std::vector<Turn> turns;
};

/// Whom an approval policy names. A tag's value is the name or id of a group or of a user.
enum class PartyRuleKind { kGroup, kUser, kAccountTag, kPermissionSetTag, kManager, kOnCall };
struct PartyRule {
  PartyRuleKind kind = PartyRuleKind::kGroup;
  std::string name;  ///< the tag's key, the schedule's name; empty for the requester's manager
  bool operator==(const PartyRule&) const = default;
};

/// How a live grant may be made longer.
struct Extend {
  int line = 0;
  int times = 1;         ///< how often
  Duration by;           ///< each time by at most this
  std::string approval;  ///< name of an approval policy
};

struct Rule {
  std::string id;
  int line = 0;
  People who;
  Sets what;
  std::vector<Target> where;  ///< any of them
  Duration max;
  Duration min = Duration::seconds(1);
  std::string approval;             ///< name of an approval policy
  std::vector<std::string> during;  ///< windows: access lies wholly within one of them; empty: any time
  std::optional<Extend> extend;     ///< none: not at all
  SessionEnd session_end = SessionEnd::kSoft;
};

/// Who may decide in one step, and how many of them must.
struct StepRule {
  std::vector<PartyRule> any_of;
  int need = 1;
  int line = 0;
};

/// People who may decide too when a request has waited for so long.
struct EscalateRule {
  Duration after;
  std::vector<PartyRule> any_of;
  int line = 0;
};

struct ApprovalPolicy {
  std::string name;
  int line = 0;
  std::array<std::vector<StepRule>, kLevels>
      steps;                            ///< by level; the same four where the file does not tell them apart
  Duration lapse = Duration::hours(8);  ///< a request nobody decided in this time lapses
  std::vector<Duration> remind;         ///< after the asking; ascending
  std::vector<EscalateRule> escalate;   ///< ascending by `after`
};

struct Guardrail {
  std::string id;
  int line = 0;
  std::optional<People> who;         ///< none: everybody
  std::vector<Target> where;         ///< empty: everywhere
  Sets what;                         ///< of its levels, those of `when`
  std::vector<std::string> outside;  ///< it holds when any part of the access lies outside these windows; empty: always
  int approvers = 0;                 ///< at least so many people must agree
  std::size_t reason_min = 0;        ///< characters
  std::string ticket;                ///< a regular expression that the ticket must match; empty: none needed
  std::optional<Duration> max;
  std::vector<std::string> during;  ///< access lies wholly within one of these windows; empty: any time
  std::string other_team;           ///< a pattern of groups' names: who shares one with the requester may not approve
  std::optional<Sets> never_with;   ///< who holds one of these may not hold one of `what` at the same time
  bool forbid = false;              ///< nobody may ask for it
};

struct BreakGlass {
  int line = 0;
  People who;
  Sets what;
  std::vector<Target> where;
  Duration max = Duration::hours(1);
  Duration review_within = Duration::hours(24);
  std::vector<std::string> notify;  ///< groups
};

/// What the policy says of a permission set's level.
struct DeclaredLevel {
  Level level = Level::kHigh;
  /// Below what the set really allows the declared level counts only as long as that is no more than this.
  std::optional<Level> instead_of{};
  int line = 0;
};

/// Per person.
struct Limits {
  int open_requests = 20;  ///< that wait for decisions
  int live_grants = 50;
};

/// Which changes of the policy another person must agree to.
enum class ChangeScope { kNever, kOpensHigh, kWidens, kAlways };
constexpr auto enum_names(ChangeScope) {
  return std::array<std::string_view, 4>{"never", "opens-high", "widens", "always"};
}
struct ChangeControl {
  ChangeScope when = ChangeScope::kOpensHigh;
  std::vector<PartyRule> any_of;  ///< groups and users; empty: administrators
  int line = 0;
};

/// What the writer of the file expects of it: checked against today's organization.
struct Expectation {
  int line = 0;
  std::string who;
  std::string what;
  std::string where;
  Duration length;                  ///< zero: the shortest that is open
  std::string at;                   ///< `02:00` or `sat 02:00`, in `zone`, or RFC 3339; empty: now
  std::string zone;                 ///< empty: UTC
  bool allow = true;                ///< true: by a rule; false: by no road, break-glass neither
  std::optional<int> approvers;     ///< so many people must agree
  std::optional<std::string> rule;  ///< this one opens it
};

/// What the parser has to say about a place in the file.
struct PolicyProblem {
  int line = 0;
  std::string where;  ///< as in `rules[1].max`
  std::string code;
  std::string message;  ///< with the value and the fix
  bool operator==(const PolicyProblem&) const = default;
};

struct Policy {
  std::map<std::string, Target> targets;
  std::map<std::string, Window> windows;
  std::map<std::string, OnCall> on_call;
  std::map<std::string, DeclaredLevel> levels;  ///< by name or arn of the permission set
  std::vector<Rule> rules;
  std::vector<Guardrail> guardrails;
  std::map<std::string, ApprovalPolicy> approvals;
  std::optional<BreakGlass> break_glass;
  Limits limits;
  ChangeControl change_control;
  std::vector<Expectation> expectations;
  std::vector<PolicyProblem> warnings;  ///< accepted, but worth a look
};

inline constexpr std::size_t kLargestPolicyBytes = 1024 * 1024;

/// The policy, or everything that is wrong with the text (never an empty list).
[[nodiscard]] std::expected<Policy, std::vector<PolicyProblem>> parse_policy(std::string_view text);

/// Names, patterns and tags in the policy that this organization does not know, and approval steps with fewer people
/// than they need. Such a name opens nothing; but neither does a guardrail or an exception close anything for it: those
/// say "it closes nothing", so show them loudly.
[[nodiscard]] std::vector<PolicyProblem> check_names(const Policy& policy, const Organization& organization);

}  // namespace ag::access
