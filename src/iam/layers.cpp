#include "iam/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "iam/catalogue.hpp"
#include "iam/condition_keys.hpp"
#include "iam/values.hpp"
#include "iam/wildcards.hpp"

namespace ag::iam {
namespace {

/// Whether some customer managed policy fits: not known, unless only policies of AWS are named, or all.
std::optional<bool> fits_some_own_policy(std::string_view wanted) {
  if (wanted == "*") return true;
  return wanted.starts_with("arn:aws:iam::aws:policy/") ? std::optional(false) : std::nullopt;
}

std::optional<bool> fits(const ConditionOperator& op, std::string_view value, std::string_view wanted) {
  // A variable in the policy's value stands for something that is not known here.
  if (wanted.find("${") != std::string_view::npos) return std::nullopt;
  if (value == kSomeOwnPolicy) return fits_some_own_policy(wanted);
  switch (op.comparison) {
    case Comparison::kStringEquals: return wanted == value;
    case Comparison::kStringEqualsIgnoreCase:
    case Comparison::kBool: return to_lower(wanted) == to_lower(value);
    case Comparison::kStringLike: return matches(wanted, value);
    case Comparison::kArnLike:
      // What has fewer segments than an ARN is left to the evaluation.
      if (std::ranges::count(wanted, ':') < 5) return std::nullopt;
      return matches_arn(wanted, value);
    case Comparison::kNumericEquals:
    case Comparison::kNumericLessThan:
    case Comparison::kNumericLessThanEquals:
    case Comparison::kNumericGreaterThan:
    case Comparison::kNumericGreaterThanEquals:
    case Comparison::kDateEquals:
    case Comparison::kDateLessThan:
    case Comparison::kDateLessThanEquals:
    case Comparison::kDateGreaterThan:
    case Comparison::kDateGreaterThanEquals:
    case Comparison::kBinaryEquals:
    case Comparison::kIpAddress:
    case Comparison::kNull:
    case Comparison::kUnknown: break;
  }
  return std::nullopt;
}

/// Keys that every signed request has. Source: IAM User Guide, reference_policies_condition-keys.html.
bool is_always_there(std::string_view lower_key) {
  constexpr std::array<std::string_view, 6> kKeys = {"aws:principalarn", "aws:principalaccount", "aws:principaltype",
                                                     "aws:userid",       "aws:currenttime",      "aws:epochtime"};
  return std::ranges::find(kKeys, lower_key) != kKeys.end();
}

/// What a condition on a key that is there says of all its values alike: `StringLike: *`, `Null: false`.
std::optional<Outcome> of_any_value(const Condition& condition) {
  if (condition.values.size() != 1) return std::nullopt;
  const std::string& wanted = condition.values.front();
  if (condition.op.comparison == Comparison::kNull && to_lower(wanted) == "true") return Outcome::kFails;
  if (condition.op.comparison == Comparison::kNull && to_lower(wanted) == "false") return Outcome::kHolds;
  if (condition.op.comparison == Comparison::kStringLike && wanted == "*")
    return condition.op.negated ? Outcome::kFails : Outcome::kHolds;
  return std::nullopt;
}

/// Whoever asks has an address, and can come by IPv4.
bool covers_every_address(const Condition& condition) {
  return condition.op.comparison == Comparison::kIpAddress && !condition.op.negated &&
         to_lower(condition.key) == "aws:sourceip" &&
         std::ranges::find(condition.values, "0.0.0.0/0") != condition.values.end();
}

/// What a condition on the time says from the day on that the catalogue was made: time does not go back.
std::optional<Outcome> of_the_past(const Condition& condition, std::string_view lower_key) {
  if (lower_key != "aws:currenttime" && lower_key != "aws:epochtime") return std::nullopt;
  static const auto kPast = read_moment(Catalogue::built_in().date()).value();
  const auto is_past = [](const std::string& value) {
    const auto moment = read_moment(value);
    return moment && *moment < kPast;
  };
  const Comparison comparison = condition.op.comparison;
  const bool after = comparison == Comparison::kDateGreaterThan || comparison == Comparison::kDateGreaterThanEquals;
  if (after && std::ranges::any_of(condition.values, is_past)) return Outcome::kHolds;
  const bool before = comparison == Comparison::kDateLessThan || comparison == Comparison::kDateLessThanEquals;
  if (before && std::ranges::all_of(condition.values, is_past)) return Outcome::kFails;
  return std::nullopt;
}

/// What becomes of a condition on a key that is not known. Whoever holds the permissions meets what an Allow asks of
/// circumstances and is not meant by what a Deny says of them; what nobody has to send holds as without it.
Outcome where_it_depends(const Condition& condition, std::string_view lower_key, Effect effect) {
  const Subject subject = subject_of(lower_key);
  if (subject == Subject::kReached) return Outcome::kDepends;
  if (effect == Effect::kDeny) return Outcome::kPresumablyNot;
  return subject == Subject::kHolder || holds_without_its_key(condition) ? Outcome::kPresumably : Outcome::kDepends;
}

Outcome outcome_of(const Condition& condition, const Circumstances& known, Effect effect) {
  const std::string key = to_lower(condition.key);
  if (is_always_there(key)) {
    if (const auto outcome = of_any_value(condition)) return *outcome;
  }
  if (const auto outcome = of_the_past(condition, key)) return *outcome;
  const auto value = known.find(key);
  if (value == known.end()) return where_it_depends(condition, key, effect);
  if (condition.op.comparison == Comparison::kNull) {
    // The key is there: `Null: true` fails, `Null: false` holds.
    if (condition.values.size() != 1) return Outcome::kDepends;
    return to_lower(condition.values.front()) == "false" ? Outcome::kHolds : Outcome::kFails;
  }
  bool any = false;
  for (const std::string& wanted : condition.values) {
    const auto fit = fits(condition.op, value->second, wanted);
    if (!fit) return Outcome::kDepends;
    any = any || *fit;
  }
  // With one value in the request, ForAllValues and ForAnyValue ask the same.
  return any != condition.op.negated ? Outcome::kHolds : Outcome::kFails;
}

}  // namespace

std::string to_text(const StatementRef& ref) {
  const std::string sid = ref.sid.empty() ? std::string() : fmt::format(" ({})", ref.sid);
  return fmt::format("{}, statement {}{}", ref.policy, ref.index + 1, sid);
}

std::string with_values(std::string_view pattern, const Circumstances& known) {
  std::string made;
  while (true) {
    const auto begin = pattern.find("${");
    const auto end = begin == std::string_view::npos ? begin : pattern.find('}', begin);
    if (end == std::string_view::npos) return made.append(pattern);
    const auto value = known.find(to_lower(pattern.substr(begin + 2, end - begin - 2)));
    made.append(pattern.substr(0, begin));
    made.append(value == known.end() ? pattern.substr(begin, end + 1 - begin) : std::string_view(value->second));
    pattern.remove_prefix(end + 1);
  }
}

Outcome outcome_of(const Statement& statement, const Circumstances& known) {
  Outcome outcome = Outcome::kHolds;
  for (const Condition& condition : statement.conditions) {
    const bool of_region = to_lower(condition.key) == "aws:requestedregion";
    if (of_region && statement.effect == Effect::kDeny) return Outcome::kFails;
    if (statement.effect == Effect::kAllow && covers_every_address(condition)) continue;
    if (!of_region) outcome = std::min(outcome, outcome_of(condition, known, statement.effect));
  }
  return outcome;
}

}  // namespace ag::iam
