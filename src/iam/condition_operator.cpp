#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "iam/condition_operator.hpp"

namespace ag::iam {
namespace {

struct Name {
  std::string_view text;
  Comparison comparison;
  bool negated;
};

// IAM User Guide, reference_policies_elements_condition_operators.html.
constexpr std::array<Name, 27> kNames = {{
    {"StringEquals", Comparison::kStringEquals, false},
    {"StringNotEquals", Comparison::kStringEquals, true},
    {"StringEqualsIgnoreCase", Comparison::kStringEqualsIgnoreCase, false},
    {"StringNotEqualsIgnoreCase", Comparison::kStringEqualsIgnoreCase, true},
    {"StringLike", Comparison::kStringLike, false},
    {"StringNotLike", Comparison::kStringLike, true},
    {"NumericEquals", Comparison::kNumericEquals, false},
    {"NumericNotEquals", Comparison::kNumericEquals, true},
    {"NumericLessThan", Comparison::kNumericLessThan, false},
    {"NumericLessThanEquals", Comparison::kNumericLessThanEquals, false},
    {"NumericGreaterThan", Comparison::kNumericGreaterThan, false},
    {"NumericGreaterThanEquals", Comparison::kNumericGreaterThanEquals, false},
    {"DateEquals", Comparison::kDateEquals, false},
    {"DateNotEquals", Comparison::kDateEquals, true},
    {"DateLessThan", Comparison::kDateLessThan, false},
    {"DateLessThanEquals", Comparison::kDateLessThanEquals, false},
    {"DateGreaterThan", Comparison::kDateGreaterThan, false},
    {"DateGreaterThanEquals", Comparison::kDateGreaterThanEquals, false},
    {"Bool", Comparison::kBool, false},
    {"BinaryEquals", Comparison::kBinaryEquals, false},
    {"IpAddress", Comparison::kIpAddress, false},
    {"NotIpAddress", Comparison::kIpAddress, true},
    {"ArnEquals", Comparison::kArnLike, false},
    {"ArnNotEquals", Comparison::kArnLike, true},
    {"ArnLike", Comparison::kArnLike, false},
    {"ArnNotLike", Comparison::kArnLike, true},
    {"Null", Comparison::kNull, false},
}};

struct Prefix {
  std::string_view text;
  Quantifier quantifier;
};
constexpr std::array<Prefix, 2> kPrefixes = {{
    {"forallvalues:", Quantifier::kForAllValues},
    {"foranyvalue:", Quantifier::kForAnyValue},
}};
constexpr std::string_view kIfExists = "ifexists";

}  // namespace

ConditionOperator parse_operator(std::string_view text) {
  ConditionOperator result;
  const std::string lower = to_lower(text);
  std::string_view rest = lower;
  for (const auto& prefix : kPrefixes) {
    if (!rest.starts_with(prefix.text)) continue;
    result.quantifier = prefix.quantifier;
    rest.remove_prefix(prefix.text.size());
    break;
  }
  if (rest.ends_with(kIfExists)) {
    result.if_exists = true;
    rest.remove_suffix(kIfExists.size());
  }
  for (const auto& name : kNames) {
    if (to_lower(name.text) != rest) continue;
    result.comparison = name.comparison;
    result.negated = name.negated;
    break;
  }
  return result;
}

std::optional<std::string> nearest_operator(std::string_view text) {
  const std::string lower = to_lower(text);
  const auto colon = text.find(':');
  std::string before;
  std::string_view rest = text;
  if (colon != std::string_view::npos) {
    before = lower.starts_with("foral") ? "ForAllValues:" : "ForAnyValue:";
    rest.remove_prefix(colon + 1);
  }
  std::string after;
  if (to_lower(rest).ends_with(kIfExists)) {
    after = "IfExists";
    rest.remove_suffix(kIfExists.size());
  }
  std::vector<std::string> names;
  for (const auto& name : kNames) names.emplace_back(name.text);
  const auto found = nearest(rest, names);
  return found ? std::optional(before + *found + after) : std::nullopt;
}

}  // namespace ag::iam
