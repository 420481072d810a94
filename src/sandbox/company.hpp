#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "sandbox/sandbox.hpp"

/// The plain data of the sandbox's organization. No call changes it but for policies; its owner may.
namespace ag::sandbox {

struct Tag {
  std::string key;
  std::string value;
};

/// An organizational unit. The root is not one of them.
struct Unit {
  std::string id;      ///< `ou-…`
  std::string parent;  ///< a unit's id or the root's
  std::string name;
  std::vector<Tag> tags;
};

enum class AccountState { kActive, kSuspended };
constexpr auto enum_names(AccountState) { return std::array<std::string_view, 2>{"ACTIVE", "SUSPENDED"}; }

struct Account {
  AccountId id;
  std::string name;
  std::string email;
  std::string parent;  ///< a unit's id or the root's
  AccountState state = AccountState::kActive;
  Instant joined;
  std::vector<Tag> tags;
};

struct User {
  UserId id;
  std::string user_name;
  std::string given_name;
  std::string family_name;
  std::string email;
  bool enabled = true;
  Instant created;
  UserId manager = {};  ///< empty at the top

  [[nodiscard]] std::string display_name() const { return given_name + " " + family_name; }
};

struct Group {
  GroupId id;
  std::string display_name;
  std::string description;
  Instant created;
};

struct Membership {
  std::string id;
  GroupId group;
  UserId user;
  Instant created;
};

/// A policy that each account is to have; none of them is in the sandbox.
struct CustomerManagedPolicy {
  std::string name;
  std::string path;
  auto operator<=>(const CustomerManagedPolicy&) const = default;
};

/// At most one of the two is set.
struct PermissionsBoundary {
  std::string managed_policy;  ///< an ARN
  std::optional<CustomerManagedPolicy> customer_managed{};
};

struct PermissionSet {
  PermissionSetArn arn;
  std::string name;
  std::string description;
  std::string session_duration;               ///< ISO 8601, as in `PT1H`
  std::vector<std::string> managed_policies;  ///< ARNs
  std::string inline_policy;                  ///< JSON; empty when there is none
  Instant created;
  std::vector<Tag> tags = {};
  std::vector<CustomerManagedPolicy> customer_managed = {};
  PermissionsBoundary boundary = {};
};

/// A role that may be assumed.
struct Role {
  std::string arn;
  std::string id;           ///< `AROA…`
  std::string external_id;  ///< what the trust policy asks for; empty when it asks for none
  Duration max_session = Duration::hours(1);
};

/// Where things stand in their lists, so that nothing has to be looked for. Lists are in the order of ids.
class CompanyIndex {
 public:
  using Places = std::vector<std::size_t>;

  /// For lookups by id or name; nothing when there is none.
  [[nodiscard]] static const std::size_t* find(const std::unordered_map<std::string, std::size_t>& map,
                                               std::string_view key);
  /// Empty when there is none.
  [[nodiscard]] static const Places& list(const std::unordered_map<std::string, Places>& map, std::string_view key);

  std::unordered_map<std::string, std::size_t> units, accounts, users, groups, permission_sets;  ///< by id
  std::unordered_map<std::string, std::size_t> account_names, user_names, group_names, set_names;
  Places accounts_in_order, users_in_order, groups_in_order, sets_in_order;
  std::unordered_map<std::string, Places> accounts_of_parent, units_of_parent;
  std::unordered_map<std::string, Places> memberships_of_group, memberships_of_user;
};

struct Company {
  std::string organization_id;
  std::string root_id;
  AccountId management_account;
  std::string instance_arn;
  std::string identity_store_id;
  Instant founded;

  std::vector<Unit> units;
  std::vector<Account> accounts;
  std::vector<User> users;
  std::vector<Group> groups;
  std::vector<Membership> memberships;
  std::vector<PermissionSet> permission_sets;
  std::vector<Role> roles;
  std::vector<Slot> standing;  ///< what the organization begins with
  std::vector<ControlPolicy> control_policies;
  CompanyIndex index;

  /// To be called when anything above was added, removed or moved.
  void reindex();

  [[nodiscard]] const Unit* unit(std::string_view id) const;
  [[nodiscard]] const Account* account(std::string_view id) const;
  [[nodiscard]] const User* user(std::string_view id) const;
  [[nodiscard]] const Group* group(std::string_view id) const;
  [[nodiscard]] const PermissionSet* permission_set(std::string_view arn) const;
  [[nodiscard]] const ControlPolicy* control_policy(std::string_view id) const;

  [[nodiscard]] bool is_member(const UserId& user, const GroupId& group) const;
  /// `o-…/r-…/ou-…/`, of a unit or an account, down to and with itself for a unit.
  [[nodiscard]] std::string path_of_unit(std::string_view id) const;

  [[nodiscard]] Result<Slot> slot(std::string_view account, std::string_view permission_set,
                                  std::string_view principal) const;
};

/// A company of forty people and fourteen accounts, and more of both when it is to be larger. Names do not depend on
/// the seed; ids do.
[[nodiscard]] Company grow_company(std::uint64_t seed, const Size& size = {});

/// Part of grow_company: the ten permission sets, with policies that would work in AWS.
[[nodiscard]] std::vector<PermissionSet> make_permission_sets(std::uint64_t seed, std::string_view instance_arn,
                                                              Instant founded);
/// Part of grow_company: forty people, eight groups and who is in which.
void make_people(Company& company, std::uint64_t seed);
/// Part of grow_company: what is there beyond the company of the story.
void make_more(Company& company, std::uint64_t seed, const Size& size);

}  // namespace ag::sandbox
