#pragma once
#include <string>
#include <vector>

#include "iam/action.hpp"
#include "iam/condition.hpp"
#include "iam/evaluate.hpp"
#include "iam/pattern.hpp"
#include "iam/principal.hpp"

/// A policy made ready to be asked; evaluate.cpp asks it.
namespace ag::iam {

class CompiledStatement {
 public:
  CompiledStatement(const Statement& statement, LanguageVersion version, std::size_t index);

  [[nodiscard]] Effect effect() const { return effect_; }
  [[nodiscard]] const std::string& sid() const { return sid_; }
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] Position at() const { return at_; }

  /// Whether action, resource and conditions are met; whom it is about is asked with match().
  [[nodiscard]] Truth applies(const Request& request, const Segments& resource,
                              std::vector<std::string>* unknown = nullptr) const;
  [[nodiscard]] PrincipalMatch match(const Request& request, std::vector<std::string>* unknown = nullptr) const {
    return principals_.match(request.principal(), request.context(), unknown);
  }
  [[nodiscard]] bool has_not_principal() const { return principals_.sense() == Sense::kIsNot; }

 private:
  [[nodiscard]] Truth covers(const Segments& resource, const Context& context, std::vector<std::string>* unknown) const;

  Effect effect_;
  ActionPatterns actions_;
  Sense resource_sense_;
  bool every_resource_ = false;
  std::vector<ArnPattern> resources_;
  std::vector<CompiledCondition> conditions_;
  PrincipalPatterns principals_;
  std::string sid_;
  std::size_t index_;
  Position at_;
};

class CompiledPolicy {
 public:
  explicit CompiledPolicy(const Policy& policy);
  [[nodiscard]] const std::vector<CompiledStatement>& statements() const { return statements_; }

 private:
  std::vector<CompiledStatement> statements_;  // those that deny first
};

}  // namespace ag::iam
