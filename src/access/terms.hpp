#pragma once
#include <string>
#include <vector>

#include "access/approvers.hpp"
#include "access/event.hpp"
#include "access/policy_index.hpp"

/// What one rule, with all guardrails on top, asks of a person who wants access to an account, or more time there.
namespace ag::access {

enum class Purpose { kAsk, kExtend };

struct LaterPeople {
  Duration after;
  std::vector<Party> any_of;
};

struct Terms {
  const Rule* rule = nullptr;
  std::vector<const Guardrail*> guardrails;  ///< those that apply
  Level level = Level::kHigh;
  Duration min;
  Duration max;  ///< of the access; of an extension, by how much at most
  std::size_t reason_min = 1;
  std::vector<std::string> ticket_patterns;
  std::vector<Step> steps;
  std::vector<LaterPeople> escalations;
  std::vector<Duration> reminders;
  Duration lapse;
  std::vector<const std::vector<std::string>*> during;  ///< windows: access must lie within one of each list
  const Guardrail* forbids = nullptr;
  bool approvable = true;     ///< there are people who could give all approvals
  bool asks_on_call = false;  ///< whether they can in time hangs on whose turn it is: see is_approvable()
};

/// `guardrails` are those that fit: the person, the account, the permission set, its level and the time.
[[nodiscard]] Terms terms_of(const PolicyIndex& index, const Rule& rule, const Asked& asked,
                             const std::vector<const Guardrail*>& guardrails, Purpose purpose);

/// The guardrail that allows less time than the rule does; null when it is the rule itself.
[[nodiscard]] const Guardrail* shortening(const Terms& terms);

/// Fewest approvals first, then the longest time.
[[nodiscard]] bool asks_less(const Terms& a, const Terms& b);

/// Whether there are people who could give all approvals before a request of that moment lapses: who is on call counts
/// only where the turn comes in time.
[[nodiscard]] bool is_approvable(const Terms& terms, const PolicyIndex& index, const UserId& requester,
                                 Instant asked_at);

/// With everybody who may decide at some time: what approvability is judged by.
[[nodiscard]] std::vector<Step> widest_steps(const Terms& terms);

/// The rule or guardrail as errors name it: with its line in the file.
[[nodiscard]] std::string place_of(const Rule& rule);
[[nodiscard]] std::string place_of(const Guardrail& guardrail);

}  // namespace ag::access
