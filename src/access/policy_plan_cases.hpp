#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "access/policy_index.hpp"

/// A company cut into cases that two policies treat alike: so that a question put to one person about one account and
/// one permission set answers it for all of the case. Part of the plan: the door is policy_plan.hpp.
namespace ag::access {

/// One of the two policies, and what of it the other one does not have in the same words.
struct Side {
  const PolicyIndex& index;
  Bits changed_rules;
  Bits changed_guardrails;
};
using Sides = std::array<Side, 2>;  ///< before and after
[[nodiscard]] Sides sides_of(const PolicyIndex& before, const PolicyIndex& after);

/// Each of these accounts with each of these permission sets; by their positions in the index.
struct Places {
  Bits accounts;
  Bits sets;
};

struct Case {
  const User& user;  ///< one of them
  const Account& account;
  const PermissionSet& set;
  const Bits& people;  ///< by their positions in the snapshot; enabled ones
  const std::vector<Places>& places;
  std::array<std::vector<std::uint32_t>, 2> rules;  ///< that fit, before and after
  std::array<std::vector<std::uint32_t>, 2> guardrails;
  const std::array<std::set<std::string>, 2>&
      hinging;  ///< approval policies: whether enough may agree hangs on who asks
};

/// Every case that the difference of the two policies can concern. Both must be of the same organization.
void each_case(const Sides& sides, const std::function<void(const Case&)>& visit);

// ---- rows of bits ------------------------------------------------------------------------------------------

[[nodiscard]] bool is_empty(const Bits& bits);
[[nodiscard]] bool share_any(const Bits& a, const Bits& b);
[[nodiscard]] std::size_t count(const Bits& bits);

}  // namespace ag::access
