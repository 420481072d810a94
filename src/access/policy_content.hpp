#pragma once
#include <string>

#include "access/policy.hpp"

/// What a rule or a guardrail says, with everything that it refers to, as one text: two with the same content mean the
/// same, whatever they are called and wherever they stand. For comparing two policies.
namespace ag::access {

[[nodiscard]] std::string content_of(const Policy& policy, const Rule& rule);
[[nodiscard]] std::string content_of(const Policy& policy, const Guardrail& guardrail);
[[nodiscard]] std::string content_of(const Window& window);
[[nodiscard]] std::string content_of(const OnCall& schedule);
[[nodiscard]] std::string content_of(const Sets& sets);
[[nodiscard]] std::string content_of(const Target& target);

/// Whether the first contains at least what the second does, whatever the organization is: true only when that is sure.
[[nodiscard]] bool surely_contains(const Sets& sets, const Sets& others);
[[nodiscard]] bool surely_contains(const People& people, const People& others);
[[nodiscard]] bool surely_contains(const std::vector<Target>& targets, const std::vector<Target>& others);

}  // namespace ag::access
