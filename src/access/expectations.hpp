#pragma once
#include <string>
#include <vector>

#include "access/policy_index.hpp"

/// The expectations that stand beside the rules, held against today's organization. `allow: true` means that a rule
/// opens it to who asks; `allow: false` that no road does, break-glass neither.
namespace ag::access {

struct ExpectationResult {
  int line = 0;
  bool passed = false;
  std::string expected;  ///< in words: `ana may not have ProdAdmin in prod-web at sat 02:00`
  std::string actual;    ///< in words: what is so
};

/// One result for each, in the order of the file.
[[nodiscard]] std::vector<ExpectationResult> check(const PolicyIndex& index, Instant now);

}  // namespace ag::access
