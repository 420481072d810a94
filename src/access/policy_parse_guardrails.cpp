#include <fmt/format.h>

#include <algorithm>

#include "access/policy_parse.hpp"
#include "access/ticket_pattern.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

constexpr std::int64_t kMostApprovers = 20;
constexpr std::int64_t kMostReasonCharacters = 500;  // a reason cannot be longer

}  // namespace

void PolicyParser::guardrail(const Place& place) {
  if (!in_.mapping(place, {"id", "who", "where", "what", "when", "require", "forbid", "never_with"})) return;
  Guardrail guardrail;
  guardrail.line = place.line();
  if (const auto value = in_.required(place, "id")) guardrail.id = unique_id(*value);
  if (const auto value = place.find("who")) guardrail.who = people(*value);
  if (const auto value = place.find("where")) guardrail.where = targets(*value);
  if (const auto value = place.find("what")) guardrail.what = sets(*value);
  if (const auto value = place.find("when")) condition(*value, guardrail);
  closing(place, guardrail);
  policy_.guardrails.push_back(std::move(guardrail));
}

void PolicyParser::condition(const Place& place, Guardrail& guardrail) {
  if (!in_.mapping(place, {"level", "outside"})) return;
  const auto level = place.find("level");
  const auto outside = place.find("outside");
  if (!level && !outside) in_.refuse(place, "missing_key", "says nothing; give \"level\" or \"outside\"");
  if (outside) guardrail.outside = window_names(*outside);
  if (level && !guardrail.what.levels.empty()) {
    in_.refuse(*level, "contradiction", "the level is given in what already; keep one of the two");
  } else if (level) {
    guardrail.what.levels = in_.levels(*level);
  }
}

void PolicyParser::closing(const Place& place, Guardrail& guardrail) {
  std::vector<std::string_view> given;
  for (const std::string_view key : {"require", "forbid", "never_with"}) {
    if (place.has(key)) given.push_back(key);
  }
  if (given.empty()) {
    in_.refuse(place, "missing_key", "closes nothing; give \"require\", \"forbid\" or \"never_with\"");
  } else if (given.size() > 1) {
    in_.refuse(place, "contradiction",
               fmt::format("give one of require, forbid and never_with; here are {}", fmt::join(given, " and ")));
  }
  if (const auto value = place.find("require")) requirements(*value, guardrail);
  if (const auto value = place.find("forbid")) {
    guardrail.forbid = in_.flag(*value);
    const bool narrowed = place.has("who") || place.has("where") || place.has("what") || place.has("when");
    if (!narrowed) in_.refuse(*value, "forbids_everything", "give who, where, what or when; or write where: [all]");
  }
  if (const auto value = place.find("never_with")) {
    guardrail.never_with = sets(*value);
    if (!place.has("what"))
      in_.refuse(place, "missing_key", "\"what\" is missing: who holds one of never_with may not hold one of what");
  }
}

void PolicyParser::requirements(const Place& place, Guardrail& guardrail) {
  if (!in_.mapping(place, {"approvers", "reason_min", "ticket", "max", "during", "other_team"})) return;
  if (const auto value = place.find("approvers"))
    guardrail.approvers = static_cast<int>(in_.number(*value, 1, kMostApprovers));
  if (const auto value = place.find("reason_min"))
    guardrail.reason_min = static_cast<std::size_t>(in_.number(*value, 1, kMostReasonCharacters));
  if (const auto value = place.find("max")) guardrail.max = in_.duration(*value);
  if (const auto value = place.find("ticket")) ticket(*value, guardrail);
  if (const auto value = place.find("during")) guardrail.during = window_names(*value);
  if (const auto value = place.find("other_team")) guardrail.other_team = in_.text(*value);
  if (place.node->members.empty()) in_.refuse(place, "empty_guardrail", "requires nothing");
}

void PolicyParser::ticket(const Place& place, Guardrail& guardrail) {
  const yaml::Node& node = *place.node;
  if (node.kind == yaml::Kind::kSequence || node.kind == yaml::Kind::kMapping) {
    return in_.refuse(place, "invalid_type", "must be a text, as in \"^[A-Z]+-[0-9]+$\"; it is " + place.shown());
  }
  guardrail.ticket = node.scalar;
  if (is_ticket_pattern(node.scalar)) return;
  in_.refuse(place, "invalid_pattern",
             fmt::format("\"{}\" is not a regular expression of 1 to {} characters without back-references",
                         excerpt(node.scalar), kLongestTicketPattern));
}

}  // namespace ag::access
