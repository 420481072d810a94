#include "iam/compiled_policy.hpp"

#include <algorithm>

namespace ag::iam {

CompiledStatement::CompiledStatement(const Statement& statement, LanguageVersion version, std::size_t index)
    : effect_(statement.effect),
      actions_(statement.actions),
      resource_sense_(statement.resources.sense),
      principals_(statement.principals),
      sid_(statement.sid),
      index_(index),
      at_(statement.at) {
  for (const auto& text : statement.resources.patterns) {
    const auto& pattern = resources_.emplace_back(text, version);
    every_resource_ = every_resource_ || pattern.is_everything();
  }
  for (const auto& condition : statement.conditions) conditions_.emplace_back(condition, version);
}

Truth CompiledStatement::covers(const Segments& resource, const Context& context,
                                std::vector<std::string>* unknown) const {
  // Policies of resources may leave it out, trust policies must: what they are attached to is meant.
  if (resource_sense_ == Sense::kAbsent) return Truth::kYes;
  Truth any = truth(every_resource_);
  for (auto at = resources_.begin(); any != Truth::kYes && at != resources_.end(); ++at)
    any |= at->match(resource, context, unknown);
  if (resource_sense_ == Sense::kIs || any == Truth::kYes) return resource_sense_ == Sense::kIs ? any : Truth::kNo;
  // reference_policies_variables.html: a variable without a value makes the statement invalid. What NotResource leaves
  // out is then unknown, so nothing is shown to be outside of it.
  const bool lacks = std::ranges::any_of(
      resources_, [&](const ArnPattern& pattern) { return pattern.lacks_a_value_for(resource, context); });
  return lacks ? Truth::kNo : !any;
}

Truth CompiledStatement::applies(const Request& request, const Segments& resource,
                                 std::vector<std::string>* unknown) const {
  if (!actions_.applies(request.action())) return Truth::kNo;
  Truth all = covers(resource, request.context(), unknown);
  for (auto at = conditions_.begin(); all != Truth::kNo && at != conditions_.end(); ++at)
    all &= at->holds(request.context(), unknown);
  return all;
}

CompiledPolicy::CompiledPolicy(const Policy& policy) {
  for (const Effect effect : {Effect::kDeny, Effect::kAllow}) {
    for (std::size_t i = 0; i < policy.statements.size(); ++i) {
      if (policy.statements[i].effect == effect) statements_.emplace_back(policy.statements[i], policy.version, i);
    }
  }
}

PolicyHandle compile(const Policy& policy) { return std::make_shared<const CompiledPolicy>(policy); }

}  // namespace ag::iam
