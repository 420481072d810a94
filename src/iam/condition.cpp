#include "iam/condition.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace ag::iam {
namespace {

enum class Kind : std::uint8_t { kString, kNumber, kDate, kBool, kBinary, kAddress, kArn, kNull, kUnknown };

Kind kind_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kStringEquals:
    case Comparison::kStringEqualsIgnoreCase:
    case Comparison::kStringLike: return Kind::kString;
    case Comparison::kNumericEquals:
    case Comparison::kNumericLessThan:
    case Comparison::kNumericLessThanEquals:
    case Comparison::kNumericGreaterThan:
    case Comparison::kNumericGreaterThanEquals: return Kind::kNumber;
    case Comparison::kDateEquals:
    case Comparison::kDateLessThan:
    case Comparison::kDateLessThanEquals:
    case Comparison::kDateGreaterThan:
    case Comparison::kDateGreaterThanEquals: return Kind::kDate;
    case Comparison::kBool: return Kind::kBool;
    case Comparison::kBinaryEquals: return Kind::kBinary;
    case Comparison::kIpAddress: return Kind::kAddress;
    case Comparison::kArnLike: return Kind::kArn;
    case Comparison::kNull: return Kind::kNull;
    case Comparison::kUnknown: return Kind::kUnknown;
  }
  return Kind::kUnknown;
}

template <class T>
bool ordered(Comparison comparison, const T& request, const T& policy) {
  using enum Comparison;
  const auto is = [comparison](Comparison one, Comparison other) { return comparison == one || comparison == other; };
  if (is(kNumericLessThan, kDateLessThan)) return request < policy;
  if (is(kNumericLessThanEquals, kDateLessThanEquals)) return request <= policy;
  if (is(kNumericGreaterThan, kDateGreaterThan)) return request > policy;
  if (is(kNumericGreaterThanEquals, kDateGreaterThanEquals)) return request >= policy;
  return request == policy;
}

/// Only a present key has values that could be looked at; one without any is what AWS calls null.
bool is_there(const Context::Found& found) { return found.state == Context::State::kPresent && !found.values->empty(); }

}  // namespace

CompiledCondition::CompiledCondition(const Condition& condition, LanguageVersion version)
    : op_(condition.op), key_(condition.key) {
  operands_.reserve(condition.values.size());
  for (const auto& value : condition.values) operands_.push_back(operand(op_, value, version));
}

CompiledCondition::Operand CompiledCondition::operand(const ConditionOperator& op, const std::string& value,
                                                      LanguageVersion version) {
  const auto or_unreadable = [](auto read) { return read ? Operand(*read) : Operand(Unreadable{}); };
  switch (kind_of(op.comparison)) {
    case Kind::kString:
      return Pattern(value, version,
                     op.comparison == Comparison::kStringLike ? Wildcards::kSpecial : Wildcards::kLiteral,
                     op.comparison == Comparison::kStringEqualsIgnoreCase ? Letters::kIgnoreCase : Letters::kAsWritten);
    case Kind::kBool:
      // The guide allows variables here, and no other text than these two.
      if (const auto read = read_boolean(value)) return *read;
      return Pattern(value, version, Wildcards::kLiteral, Letters::kIgnoreCase);
    case Kind::kNumber: return or_unreadable(read_number(value));
    case Kind::kDate: return or_unreadable(read_moment(value));
    case Kind::kNull: return or_unreadable(read_boolean(value));
    case Kind::kBinary: return or_unreadable(read_base64(value));
    case Kind::kAddress: return or_unreadable(read_address_range(value));
    case Kind::kArn: {
      ArnPattern pattern(value, version, ArnPattern::Short::kNeverMatches);
      return pattern.never_matches() ? Operand(Unreadable{}) : Operand(std::move(pattern));
    }
    case Kind::kUnknown: break;
  }
  return Unreadable{};
}

template <class Compare>
Truth CompiledCondition::fold(Compare compare) const {
  bool unknown = false;
  bool unreadable = false;
  for (const auto& operand : operands_) {
    switch (compare(operand)) {
      case Pair::kSame: return truth(!op_.negated);
      case Pair::kDiffer: break;
      case Pair::kUnreadable: unreadable = true; break;
      case Pair::kUnknown: unknown = true; break;
    }
  }
  if (op_.negated && unreadable) return Truth::kNo;  // not shown to differ
  if (unknown) return Truth::kMaybe;
  return truth(op_.negated);
}

Truth CompiledCondition::holds_for(const std::string& value, const Context& context,
                                   std::vector<std::string>* unknown) const {
  const auto with_text = [&](const auto& pattern, const auto& text) {
    switch (pattern.resolution(context, unknown)) {
      case Pattern::Resolution::kMissing: return Pair::kUnreadable;
      case Pattern::Resolution::kUnknown: return Pair::kUnknown;
      case Pattern::Resolution::kResolved: break;
    }
    return pattern.match(text, context) == Truth::kYes ? Pair::kSame : Pair::kDiffer;
  };
  /// For operators whose values are read once, by the compiler, and compared by `same`.
  const auto with_read = [&]<class T>(const std::optional<T>& read, auto same) {
    if (!read) return Truth::kNo;  // nothing can be said of a value that cannot be read, neither this nor "not"
    return fold([&](const Operand& operand) {
      const T* policy = std::get_if<T>(&operand);
      if (policy == nullptr) return Pair::kUnreadable;
      return same(*read, *policy) ? Pair::kSame : Pair::kDiffer;
    });
  };
  const auto by_order = [&](const auto& request, const auto& policy) {
    return ordered(op_.comparison, request, policy);
  };
  switch (kind_of(op_.comparison)) {
    case Kind::kString: {
      const bool ignore_case = op_.comparison == Comparison::kStringEqualsIgnoreCase;
      const std::string lower = ignore_case ? to_lower(value) : std::string();
      const std::string_view text = ignore_case ? lower : value;
      return fold([&](const Operand& operand) { return with_text(std::get<Pattern>(operand), text); });
    }
    case Kind::kArn: {
      const Segments arn{value};
      if (arn.count < arn.part.size()) return Truth::kNo;
      return fold([&](const Operand& operand) {
        const auto* pattern = std::get_if<ArnPattern>(&operand);
        return pattern == nullptr ? Pair::kUnreadable : with_text(*pattern, arn);
      });
    }
    case Kind::kBool: {
      const auto read = read_boolean(value);
      if (!read) return Truth::kNo;
      return fold([&](const Operand& operand) {
        if (const bool* policy = std::get_if<bool>(&operand)) return *policy == *read ? Pair::kSame : Pair::kDiffer;
        return with_text(std::get<Pattern>(operand), std::string_view(*read ? "true" : "false"));
      });
    }
    case Kind::kNumber: return with_read(read_number(value), by_order);
    case Kind::kDate: return with_read(read_moment(value), by_order);
    case Kind::kBinary: return with_read(read_base64(value), std::equal_to<>());
    case Kind::kAddress:
      return with_read(read_address_range(value),
                       [](const AddressRange& request, const AddressRange& policy) { return policy.covers(request); });
    case Kind::kNull:
    case Kind::kUnknown: break;
  }
  return Truth::kMaybe;
}

Truth CompiledCondition::holds_for_all(const std::vector<std::string>& values, const Context& context,
                                       std::vector<std::string>* unknown) const {
  switch (op_.quantifier) {
    case Quantifier::kNone:
      // A key with several values needs ForAllValues or ForAnyValue; without, nothing is comparable.
      return values.size() == 1 ? holds_for(values.front(), context, unknown) : Truth::kNo;
    case Quantifier::kForAllValues: {
      Truth all = Truth::kYes;
      for (const auto& value : values) all &= holds_for(value, context, unknown);
      return all;
    }
    case Quantifier::kForAnyValue: {
      Truth any = Truth::kNo;
      for (const auto& value : values) any |= holds_for(value, context, unknown);
      return any;
    }
  }
  return Truth::kMaybe;
}

Truth CompiledCondition::holds_null(bool exists) const {
  return truth(std::ranges::any_of(operands_, [exists](const Operand& operand) {
    const bool* absent = std::get_if<bool>(&operand);
    return absent != nullptr && *absent != exists;
  }));
}

Truth CompiledCondition::holds(const Context& context, std::vector<std::string>* unknown) const {
  const auto found = context.find(key_);
  if (found.state == Context::State::kUnknown || op_.comparison == Comparison::kUnknown) {
    if (unknown != nullptr) unknown->push_back(key_.name());
    return Truth::kMaybe;
  }
  if (op_.comparison == Comparison::kNull) return holds_null(is_there(found));
  if (is_there(found)) return holds_for_all(*found.values, context, unknown);
  if (op_.if_exists || op_.quantifier == Quantifier::kForAllValues) return Truth::kYes;
  return truth(op_.negated && op_.quantifier == Quantifier::kNone);
}

}  // namespace ag::iam
