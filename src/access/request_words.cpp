#include <fmt/format.h>

#include <set>

#include "access/scene.hpp"
#include "access/ticket_pattern.hpp"
#include "base/text.hpp"

namespace ag::access {

Result<std::string> check_reason(const std::string& text, const std::vector<Eligibility>& verdicts) {
  std::size_t reason_min = 1;
  const Guardrail* strictest = nullptr;
  for (const auto& it : verdicts) {
    for (const Guardrail* guardrail : it.terms->guardrails) {
      if (guardrail->reason_min <= reason_min) continue;
      reason_min = guardrail->reason_min;
      strictest = guardrail;
    }
  }
  auto reason = one_line(text, {reason_min, kLongestReason}, "reason");
  if (!reason && reason.error().code == "too_short") {
    reason.error().fix = "say what you are going to do there, and for what";
    if (strictest != nullptr) reason.error().rule = place_of(*strictest);
  }
  return reason;
}

namespace {

/// Whether it is what all of them want; none: whether one is wanted.
Result<void> check_fits(const std::optional<std::string>& ticket, const std::vector<Eligibility>& verdicts) {
  std::set<std::string_view> fitted;
  for (const auto& it : verdicts) {
    for (const Guardrail* guardrail : it.terms->guardrails) {
      const std::string& pattern = guardrail->ticket;
      if (pattern.empty() || fitted.contains(pattern)) continue;
      if (ticket && fits_ticket(*ticket, pattern)) {
        fitted.insert(pattern);
        continue;
      }
      return fail({ticket ? "invalid_ticket" : "ticket_needed",
                   ticket ? fmt::format("the ticket \"{}\" does not look like {}", *ticket, pattern)
                          : fmt::format("{} in {} needs a ticket", it.permission_set->name, it.account->name),
                   "ticket", place_of(*guardrail), fmt::format("give a ticket that matches {}", pattern)});
    }
  }
  return {};
}

}  // namespace

Result<std::string> check_ticket(const std::string& text, const std::vector<Eligibility>& verdicts) {
  auto line = one_line(text, {1, kLongestTicket}, "ticket");
  if (!line) return fail(line.error());
  if (auto fits = check_fits(*line, verdicts); !fits) return fail(fits.error());
  return line;
}

Result<Words> check_words(const std::string& reason, const std::optional<std::string>& ticket,
                          const std::vector<Eligibility>& verdicts) {
  auto line = check_reason(reason, verdicts);
  if (!line) return fail(line.error());
  Words words{std::move(*line), {}};
  if (!ticket) {
    if (auto needed = check_fits({}, verdicts); !needed) return fail(needed.error());
    return words;
  }
  auto text = check_ticket(*ticket, verdicts);
  if (!text) return fail(text.error());
  words.ticket = std::move(*text);
  return words;
}

}  // namespace ag::access
