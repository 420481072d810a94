#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/eligibility.hpp"
#include "access/glass.hpp"
#include "access/policy_index.hpp"
#include "access/state.hpp"

/// One question to the policy, answered with the whole path: each rule, each guardrail, and why.
namespace ag::access {

struct Question {
  const User& user;
  const Account& account;
  const PermissionSet& permission_set;
  std::optional<Duration> duration;  ///< none: the shortest that a rule lets through
  Instant start;
};

/// Where a rule or a guardrail stops fitting: the first of these, in this order.
enum class Part { kWho, kWhat, kWhere, kTime, kDuration };
constexpr auto enum_names(Part) { return std::array<std::string_view, 5>{"who", "what", "where", "time", "duration"}; }

struct ExplainedRule {
  std::string id;
  int line = 0;
  bool opens = false;
  std::optional<Part> stops_at;  ///< none: it opens
  std::string why_not;           ///< `ana is in none of Developers, Oncall`
};

struct ExplainedGuardrail {
  std::string id;
  int line = 0;
  bool applies = false;
  std::optional<Part> stops_at;
  std::string why_not;
  std::string asks;  ///< in words, of one that applies: `2 people at least, 2h at most`
};

inline constexpr std::size_t kPeopleSaid = 10;

struct ExplainedStep {
  int need = 1;
  std::string of;                   ///< `TeamLeads, cleo`
  std::size_t could = 0;            ///< so many people could decide now
  std::vector<std::string> people;  ///< the first of them, sorted
};

struct Explanation {
  Level level = Level::kHigh;
  std::string level_reason;
  std::vector<ExplainedRule> rules;            ///< all, in the order of the file
  std::vector<ExplainedGuardrail> guardrails;  ///< all, in the order of the file
  std::optional<GlassAnswer> break_glass;      ///< the other road; none: the policy has no such section
  bool allowed = false;                        ///< by a rule
  std::string verdict;                         ///< in words, with the fix when it is refused, and the other road
  std::optional<Error> refusal;                ///< as who asks would get it

  // Of what is allowed:
  std::string rule;
  int line = 0;
  std::vector<std::string> before_others;  ///< for each other rule that opens: why it was not taken
  std::vector<ExplainedStep> steps;        ///< none: nobody must agree
  Duration min;
  Duration max;
  std::size_t reason_min = 1;
  std::vector<std::string> ticket_patterns;
};

/// By what the policy says alone.
[[nodiscard]] Explanation explain(const PolicyIndex& index, const Question& question, Instant now);
/// The same, and what the person holds already may be in the way.
[[nodiscard]] Explanation explain(const State& state, const PolicyIndex& index, const Question& question, Instant now);

}  // namespace ag::access
