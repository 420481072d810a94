#pragma once
#include <string>
#include <variant>
#include <vector>

#include "iam/context.hpp"
#include "iam/pattern.hpp"
#include "iam/policy.hpp"
#include "iam/truth.hpp"
#include "iam/values.hpp"

/// A condition, made ready once and asked of many requests.
///
/// Sources: IAM User Guide, reference_policies_elements_condition_operators.html (operators, absent keys, IfExists,
/// Null) and reference_policies_condition-single-vs-multi-valued-context-keys.html (ForAllValues, ForAnyValue).
/// What the guide leaves open is decided in docs/iam.md, "Conditions".
namespace ag::iam {

class CompiledCondition {
 public:
  CompiledCondition(const Condition& condition, LanguageVersion version);

  /// kMaybe when it hangs on a key that is unknown, or on an operator that is; `unknown`, if given, gets the keys.
  [[nodiscard]] Truth holds(const Context& context, std::vector<std::string>* unknown = nullptr) const;

 private:
  /// A value of the policy that cannot be read as what the operator needs.
  struct Unreadable {};
  using Operand = std::variant<Unreadable, Pattern, ArnPattern, double, Moment, bool, std::string, AddressRange>;
  enum class Pair : std::uint8_t { kSame, kDiffer, kUnreadable, kUnknown };

  static Operand operand(const ConditionOperator& op, const std::string& value, LanguageVersion version);
  /// What each value of the policy is to one of the request, taken together.
  template <class Compare>
  [[nodiscard]] Truth fold(Compare compare) const;
  [[nodiscard]] Truth holds_for(const std::string& value, const Context& context,
                                std::vector<std::string>* unknown) const;
  [[nodiscard]] Truth holds_for_all(const std::vector<std::string>& values, const Context& context,
                                    std::vector<std::string>* unknown) const;
  [[nodiscard]] Truth holds_null(bool exists) const;

  ConditionOperator op_;
  ContextKey key_;
  std::vector<Operand> operands_;
};

}  // namespace ag::iam
