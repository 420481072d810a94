#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iam/evaluate.hpp"
#include "iam/policy.hpp"

/// The twin: the same questions answered slowly and obviously, straight from the documented rules. It knows the policy
/// as the parser leaves it (policy.hpp) and shares nothing else with the engine. Its context is known in full.
namespace ag::iam::twin {

struct World {
  std::vector<Policy> identity;
  std::vector<Policy> boundary;
  std::vector<Policy> session;
  std::vector<std::vector<Policy>> service_control;
  std::vector<std::vector<Policy>> resource_control;
  std::vector<Policy> resource;
  std::vector<Policy> endpoint;
};

struct Question {
  std::string principal;
  std::string action;
  std::string resource;
  std::string account;
  std::map<std::string, std::vector<std::string>> context;  // keys in lower case
  /// Whether conditions with an operator that nobody knows hold.
  bool unknown_operators_hold = false;
};

/// `A`, `I` or `E`.
[[nodiscard]] char verdict(const World& world, const Question& question);

/// Whether a condition holds; `variables`: whether the policy's version has them.
[[nodiscard]] bool holds(const Condition& condition, bool variables, const Question& question);

}  // namespace ag::iam::twin
