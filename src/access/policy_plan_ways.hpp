#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/policy_index.hpp"
#include "access/terms.hpp"

/// What a rule with its guardrails asks, in a form in which that of two policies can be compared. Part of the plan: the
/// door is policy_plan.hpp.
///
/// Whoever compares errs one way: where it is not sure that somebody must agree to at least as much as before, it says
/// that it has become easier.
namespace ag::access {

/// When something is open, for comparing: stretches of this week, and of one half a year later, when clocks are set
/// otherwise. None: always.
using Times = std::optional<std::vector<std::pair<Instant, Instant>>>;
[[nodiscard]] Times times_of(const Policy& policy, const std::vector<const std::vector<std::string>*>& during,
                             Instant now);

/// Who must agree, by what the policy names: a tag or a manager may be somebody else tomorrow.
struct Agreement {
  struct Step {
    std::set<std::string> any_of;
    int need = 1;
  };
  struct Later {
    Duration after;
    std::set<std::string> any_of;
  };
  std::vector<Step> steps;
  std::vector<Later> later;
  std::set<std::string> other_teams;  ///< patterns: who shares one with the requester does not count
  int needed = 0;
  std::string words;  ///< `2 people must agree (TeamLeads, then Security)`
};

/// One way in. What stands here does not depend on the person.
struct Way {
  const Rule* rule = nullptr;
  std::vector<const Guardrail*> guardrails;
  Duration min;
  Duration max;
  std::size_t reason_min = 1;
  std::set<std::string> tickets;
  Agreement agreement;
  Times times;
  SessionEnd session_end = SessionEnd::kSoft;
  std::set<std::string> apart;  ///< what may not be held at the same time, by the content of the guardrails
  struct More {
    int times = 0;
    Duration by;
    Agreement agreement;
  };
  std::optional<More> extend;
  std::string words;
};

/// `asked` stands for everybody who may take this way.
[[nodiscard]] Way way_of(const PolicyIndex& index, const Rule& rule, const Asked& asked,
                         const std::vector<const Guardrail*>& guardrails, Instant now);

/// The same of the rule alone, for a permission set of that level.
[[nodiscard]] Way way_of(const PolicyIndex& index, const Rule& rule, Level level, Instant now);

/// In one respect the one way is not like the other.
struct Difference {
  bool eases = false;
  bool tightens = false;
  std::string words;  ///< `4h at most, before 2h`
};
[[nodiscard]] std::vector<Difference> differences(const Way& before, const Way& after);

}  // namespace ag::access
