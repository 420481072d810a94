#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "access/policy_index.hpp"
#include "access/state.hpp"

/// What another policy would change for today's organization: changing it is changing access.
///
/// It errs one way. What is not surely as strict as before is said to be easier, also where today nobody notices: so
/// that nothing that widens can hide behind something that narrows, behind a name that nobody bears yet, or behind a
/// level that is lowered in the same breath.
namespace ag::access {

/// Ordered by how much a reader should mind.
enum class ChangeKind { kGains, kEased, kTightened, kLoses };
constexpr auto enum_names(ChangeKind) {
  return std::array<std::string_view, 4>{"gains", "eased", "tightened", "loses"};
}

enum class ChangeSubject {
  kAccess,         ///< people may ask for more, or less
  kBreakGlass,     ///< the same without anybody's approval
  kLevel,          ///< how much a permission set counts for
  kChangeControl,  ///< who must agree to changes like this one
  kLimits,
  kNothingYet,  ///< a rule or guardrail that would let pass more than before, if today anything were so
};
constexpr auto enum_names(ChangeSubject) {
  return std::array<std::string_view, 6>{"access", "break_glass", "level", "change_control", "limits", "nothing_yet"};
}

inline constexpr std::size_t kNamesSaid = 10;      ///< of many people or accounts only so many are named
inline constexpr std::size_t kMostChanges = 500;   ///< the plan is for reading
inline constexpr std::size_t kMostWidenings = 20;  ///< lines
inline constexpr std::size_t kMostWaysInWords = 3;

/// Some of many, by name.
struct Some {
  std::size_t count = 0;
  std::vector<std::string> names;  ///< the first of them, sorted
};

struct PolicyChangeLine {
  ChangeKind kind = ChangeKind::kGains;
  ChangeSubject subject = ChangeSubject::kAccess;
  Level level = Level::kLow;  ///< the higher one of before and after; of break-glass always critical: nobody agrees
  Some people;
  Some accounts;
  Some permission_sets;
  std::string before;                    ///< what is asked now, in words; empty: there is no way
  std::string after;                     ///< what would be asked
  std::vector<std::string> differences;  ///< between the two
  std::vector<std::string> because;      ///< rules and guardrails with their lines
};

struct PolicyPlan {
  std::vector<PolicyChangeLine> changes;  ///< what widens first, then the highest level
  std::size_t left_out = 0;               ///< the plan has so many more; of them
  std::size_t left_out_wider = 0;         ///< gain or ease,
  std::size_t left_out_high = 0;          ///< and do so for level high or critical
};

/// Both must be of the same organization.
[[nodiscard]] PolicyPlan plan_of(const PolicyIndex& before, const PolicyIndex& after, Instant now);

/// One line for a person to read.
[[nodiscard]] std::string to_text(const PolicyChangeLine& change);

/// Whether the change needs another person under that scope. What break-glass comes to let pass counts under
/// kOpensHigh whatever the permission set's level is: that level says who must agree, and of break-glass nobody must.
/// Of kAlways the text decides, which is not seen here: it
/// answers as of kWidens.
[[nodiscard]] bool widens(const PolicyChangeLine& change, ChangeScope scope);

/// What needs another person's agreement, in words: at most kMostWidenings lines and one that counts the rest.
[[nodiscard]] std::vector<std::string> widenings(const PolicyPlan& plan, ChangeScope scope);

/// What is under way, and would be met differently by the new policy.
enum class TouchKind {
  kRefused,    ///< a pending request that could not be granted any more: it has to be asked again
  kAsksMore,   ///< a pending request that only some people's approvals could still grant
  kNotOpened,  ///< a live grant that no rule would open now: it goes on until its end
  kNotBegun,   ///< a scheduled grant that would not begin
};
constexpr auto enum_names(TouchKind) {
  return std::array<std::string_view, 4>{"refused", "asks_more", "not_opened", "not_begun"};
}
struct Touched {
  TouchKind kind = TouchKind::kRefused;
  RequestId request;
  GrantId grant;  ///< empty for a pending request
  std::string user_name;
  std::string permission_set_name;
  std::string account_name;
  std::string why;
};
[[nodiscard]] std::vector<Touched> touched(const PolicyIndex& after, const State& state, Instant now);

}  // namespace ag::access
