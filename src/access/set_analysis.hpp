#pragma once
#include <string>
#include <vector>

#include "access/policy.hpp"

/// What a permission set allows, found out from the policies that AWS says it is made of.
namespace ag::access {

struct Snapshot;
class Organization;

/// As much of it as is known: what only an account has is not.
struct SetAnalysis {
  /// SHA-256, hexadecimal, of all that the set is made of: as long as it is the same, the set allows the same.
  std::string content;
  Level level = Level::kLow;  ///< of what is known
  bool effective_administrator = false;
  std::vector<std::string> allows;  ///< sentences without their subject, the worst first: `can read every secret in …`
  std::vector<std::string> unread;  ///< what may allow more, and why it is not known; none: all is known
};

/// Fills in `analysis` of every permission set whose policies were read. What is as it was in `before` is not found out
/// once more; null: nothing is known from before.
void analyze_sets(Snapshot& snapshot, const Organization* before);

}  // namespace ag::access
