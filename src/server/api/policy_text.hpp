#pragma once
#include <memory>
#include <string>
#include <vector>

#include "access/expectations.hpp"
#include "access/policy_effect.hpp"
#include "access/policy_index.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

/// Policies as they are sent: text in, and what is to be said of it.
namespace ag::server {

struct PolicyBody {
  std::string text;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("text", self.text);
  }
};

/// The policy compiled for that organization. Error code `invalid_policy`, with the first thing that is wrong.
[[nodiscard]] Result<std::shared_ptr<const access::PolicyIndex>> compiled(
    const std::string& text, std::shared_ptr<const access::Organization> organization);

/// The policy's own expectations, held against the organization; none while that was not read yet.
[[nodiscard]] std::vector<access::ExpectationResult> results_of(const access::PolicyIndex& index, Instant now);

[[nodiscard]] json::array problems_view(const std::vector<access::PolicyProblem>& problems);
[[nodiscard]] json::array expectations_view(const std::vector<access::ExpectationResult>& results);

/// Whether all are met. Error code `expectation_failed`, with the first that is not.
[[nodiscard]] Result<void> check_met(const std::vector<access::ExpectationResult>& results);

/// For people: `line 12: expected …; but …`.
[[nodiscard]] std::string to_text(const access::ExpectationResult& result);

}  // namespace ag::server
