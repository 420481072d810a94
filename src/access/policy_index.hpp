#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/organization.hpp"
#include "access/policy.hpp"

/// The policy compiled for one organization, so that a question is answered by and-ing a few rows of bits instead of
/// by a walk over the rules: rules and guardrails are columns; each account, permission set, group and user has a row
/// that says which of them it fits. Making one costs about accounts × targets; it is made anew when the policy or the
/// organization changes. Immutable: share it freely between threads.
namespace ag::access {

/// A row of bits.
class Bits {
 public:
  Bits() = default;
  explicit Bits(std::size_t size) : words_((size + 63) / 64) {}
  void set(std::size_t at) { words_[at / 64] |= std::uint64_t{1} << (at % 64); }
  [[nodiscard]] bool test(std::size_t at) const { return (words_[at / 64] >> (at % 64) & 1) != 0; }
  [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }
  /// Of the bits that are set, ascending.
  [[nodiscard]] std::vector<std::uint32_t> positions() const;
  Bits& operator|=(const Bits& other);
  Bits& operator&=(const Bits& other);
  /// Takes away what the other one has.
  Bits& operator-=(const Bits& other);
  auto operator<=>(const Bits&) const = default;

 private:
  std::vector<std::uint64_t> words_;
};

class PolicyIndex {
 public:
  PolicyIndex();
  PolicyIndex(std::shared_ptr<const Policy> policy, std::shared_ptr<const Organization> organization);

  [[nodiscard]] const Policy& policy() const { return *policy_; }
  [[nodiscard]] const Organization& organization() const { return *organization_; }
  [[nodiscard]] const std::shared_ptr<const Organization>& shared_organization() const { return organization_; }
  [[nodiscard]] bool is_of(const Policy* policy, const Organization* organization) const {
    return policy_.get() == policy && organization_.get() == organization;
  }

  /// Which rules and guardrails fit; by position in the policy.
  struct Rows {
    Bits rules;
    Bits guardrails;
    auto operator<=>(const Rows&) const = default;
  };
  [[nodiscard]] Rows of(const User& user) const;
  // Of this organization's own: the very objects that it holds.
  [[nodiscard]] const Rows& of(const Account& account) const;
  [[nodiscard]] const Rows& of(const PermissionSet& set) const;

  /// Positions of the rules that fit the permission set, ascending: a few of many.
  [[nodiscard]] const std::vector<std::uint32_t>& rules_of(const PermissionSet& set) const;
  [[nodiscard]] Level level_of(const PermissionSet& set) const;
  /// A number that stands for the row of guardrails: those of two accounts are the same where the rows are.
  [[nodiscard]] std::uint32_t guardrail_row(const Account& account) const;
  [[nodiscard]] std::uint32_t guardrail_row(const PermissionSet& set) const;

  /// Whether tags of the account, or of the permission set, say who must agree under that rule.
  [[nodiscard]] bool asks_account_owner(std::size_t rule) const { return asks_account_owner_.test(rule); }
  [[nodiscard]] bool asks_set_owner(std::size_t rule) const { return asks_set_owner_.test(rule); }

  /// In the order of names, as people read them.
  [[nodiscard]] const std::vector<const Account*>& accounts() const { return accounts_; }
  [[nodiscard]] const std::vector<const PermissionSet*>& permission_sets() const { return permission_sets_; }

 private:
  struct PeopleRows {
    Rows included;
    Rows excepted;
  };
  struct AccountRows {
    Rows rows;
    std::uint32_t guardrail_row = 0;
  };
  struct SetRows {
    Rows rows;
    std::uint32_t guardrail_row = 0;
    std::vector<std::uint32_t> rules;
    Level level = Level::kHigh;
  };
  [[nodiscard]] Rows empty_rows() const;
  [[nodiscard]] const AccountRows& entry_of(const Account& account) const;
  [[nodiscard]] const SetRows& entry_of(const PermissionSet& set) const;
  void index_owners();
  void index_people();
  void index_accounts();
  void index_sets();

  std::shared_ptr<const Policy> policy_;
  std::shared_ptr<const Organization> organization_;
  std::vector<const Account*> accounts_;
  std::vector<const PermissionSet*> permission_sets_;
  Bits asks_account_owner_;
  Bits asks_set_owner_;
  Rows of_everyone_;
  std::unordered_map<GroupId, PeopleRows> of_groups_;
  std::unordered_map<UserId, PeopleRows> of_users_;
  std::vector<AccountRows> of_accounts_;  // as they lie in the snapshot
  std::vector<SetRows> of_sets_;
};

}  // namespace ag::access
