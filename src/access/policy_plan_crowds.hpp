#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/approvers.hpp"
#include "access/policy_plan_cases.hpp"

/// Who is treated alike in a place. Part of the plan: the door is policy_plan.hpp.
namespace ag::access {

/// The rules and guardrails that fit an account and a permission set, before and after, whoever asks.
struct Fitting {
  const Account& account;
  const PermissionSet& set;
  std::array<Level, 2> levels;
  std::array<std::vector<std::uint32_t>, 2> rules;
  std::array<std::vector<std::uint32_t>, 2> guardrails;
};

/// People go by their positions in the snapshot; those that are disabled are left out.
class Crowds {
 public:
  Crowds(const Sides& sides, const std::vector<const Fitting*>& places);

  /// Those whom the change can concern there, cut into crowds: alike in the rules and guardrails that fit them, and,
  /// where it can make a difference, in being one of those who must agree.
  [[nodiscard]] std::vector<Bits> of(const Fitting& place);

  /// The approval policies there for which there could be too few who may agree, depending on who asks.
  [[nodiscard]] std::set<std::string> hinging(const Fitting& place, std::size_t side);

  [[nodiscard]] const PolicyIndex::Rows& rows_of(const User& user, std::size_t side);

 private:
  using Parts = std::vector<Bits>;
  /// Columns of one side: who fits a rule, or a guardrail.
  struct Columns {
    std::unordered_map<std::uint32_t, Bits> rules;
    std::unordered_map<std::uint32_t, Bits> guardrails;
  };

  void fill_columns(const std::vector<const Fitting*>& places);
  [[nodiscard]] Bits concerned(const Fitting& place) const;
  void split_by_columns(Parts& parts, const Fitting& place) const;
  void split_by_approvers(Parts& parts, const Fitting& place);
  void split_by_teams(Parts& parts, const Fitting& place, std::size_t side);
  [[nodiscard]] bool hinges_on_one(const Fitting& place, std::size_t side, const ApprovalPolicy& approval);
  /// Those who are, under any identity, enabled people of the party.
  const Bits& members(const Party& party, std::size_t side);
  std::size_t head_count(const Party& party, std::size_t side);
  /// Those whose manager is one of them.
  [[nodiscard]] Bits managed_by(const Bits& people) const;

  const Sides& sides_;
  const std::vector<User>& users_;
  std::vector<std::size_t> persons_;                  // by user: a number that all identities of a person share
  std::vector<std::vector<std::size_t>> identities_;  // by that number: the users
  std::vector<std::size_t> managers_;  // by user: the manager's position; the number of users: nobody who counts
  Bits several_;                       // those with several identities
  std::unordered_map<UserId, std::size_t> at_;
  std::array<Columns, 2> columns_;
  std::map<std::tuple<std::size_t, PartyKind, std::string>, std::pair<Bits, std::size_t>> members_;
  std::array<std::unordered_map<const User*, PolicyIndex::Rows>, 2> rows_;
};

}  // namespace ag::access
