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

struct Rule {
  std::string id;
  int line = 0;
  People who;
  std::vector<std::string> what;  ///< names or arns of permission sets; `*` stands for any characters
  std::vector<Target> where;      ///< any of them
  Duration max;
  Duration min = Duration::seconds(1);
  std::string approval;  ///< name of an approval policy
  SessionEnd session_end = SessionEnd::kSoft;
};

/// Who may decide in one step, and how many of them must.
struct StepRule {
  std::vector<std::string> groups;
  std::vector<std::string> users;
  int need = 1;
  int line = 0;
};

struct ApprovalPolicy {
  std::string name;
  int line = 0;
  std::array<std::vector<StepRule>, kLevels>
      steps;                            ///< by level; the same four where the file does not tell them apart
  Duration lapse = Duration::hours(8);  ///< a request nobody decided in this time lapses
};

struct Guardrail {
  std::string id;
  int line = 0;
  std::vector<Target> where;      ///< empty: everywhere
  std::vector<std::string> what;  ///< empty: every permission set
  std::vector<Level> levels;      ///< empty: every level
  int approvers = 0;              ///< at least so many people must agree
  std::size_t reason_min = 0;     ///< characters
  std::string ticket;             ///< a regular expression that the ticket must match; empty: none needed
  std::optional<Duration> max;
};

struct BreakGlass {
  int line = 0;
  People who;
  std::vector<std::string> what;
  std::vector<Target> where;
  Duration max = Duration::hours(1);
  Duration review_within = Duration::hours(24);
  std::vector<std::string> notify;  ///< groups
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
  std::map<std::string, Level> levels;     ///< declared, by name or arn of the permission set
  std::map<std::string, int> level_lines;  ///< where each of them stands
  std::vector<Rule> rules;
  std::vector<Guardrail> guardrails;
  std::map<std::string, ApprovalPolicy> approvals;
  std::optional<BreakGlass> break_glass;
  std::vector<PolicyProblem> warnings;  ///< accepted, but worth a look
};

inline constexpr std::size_t kLargestPolicyBytes = 256 * 1024;

/// The policy, or everything that is wrong with the text (never an empty list).
[[nodiscard]] std::expected<Policy, std::vector<PolicyProblem>> parse_policy(std::string_view text);

/// Names in the policy that this organization does not know, and approval steps with fewer people than they need. Such
/// a name opens nothing; but neither does a guardrail or an exception close anything for it, so show these loudly.
[[nodiscard]] std::vector<PolicyProblem> check_names(const Policy& policy, const Organization& organization);

}  // namespace ag::access
