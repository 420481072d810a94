#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "access/ids.hpp"
#include "base/codec.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// What was last read of AWS: the accounts and their tree, the permission sets, the people and their groups, and the
/// assignments that exist beside ours. It is observed, not decided: it does not live on the ledger, and is read again
/// and again.
namespace ag::access {

struct Tag {
  std::string key;
  std::string value;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("key", self.key);
    codec("value", self.value);
  }
};

struct Unit {
  UnitId id;
  std::string name;
  std::string path;  ///< `/Workloads/Prod`; the root is `/`
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("name", self.name);
    codec("path", self.path);
  }
};

struct Account {
  AccountId id;
  std::string name;
  std::string email;
  std::string state;          ///< AWS's `State`; only ACTIVE accounts can be asked for
  std::vector<UnitId> units;  ///< from the root down to the unit it lies in
  std::string path;           ///< of that unit
  std::vector<Tag> tags;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("name", self.name);
    codec("email", self.email);
    codec("state", self.state);
    codec("units", self.units);
    codec("path", self.path);
    codec("tags", self.tags);
  }
};

/// What a permission set is made of.
struct SetPolicies {
  std::vector<std::string> managed;           ///< ARNs of AWS managed policies
  std::vector<std::string> customer_managed;  ///< path and name, as in `/data/ReadLake`: each account has its own
  std::string inline_policy;                  ///< JSON; empty: none
  std::string boundary;                       ///< an ARN of AWS's, or path and name as above; empty: none
  auto operator<=>(const SetPolicies&) const = default;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("managed", self.managed);
    codec("customer_managed", self.customer_managed);
    codec("inline_policy", self.inline_policy);
    codec("boundary", self.boundary);
  }
};

/// An AWS managed policy as it was read from AWS.
struct ManagedPolicy {
  std::string arn;
  std::string version;   ///< `v157`
  std::string document;  ///< JSON
  bool operator==(const ManagedPolicy&) const = default;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("arn", self.arn);
    codec("version", self.version);
    codec("document", self.document);
  }
};

struct SetAnalysis;

struct PermissionSet {
  PermissionSetArn arn;
  std::string name;
  std::string description;
  Duration session_duration = Duration::hours(1);  ///< how long credentials live that were issued while it was held
  std::optional<std::vector<Tag>> tags = std::nullopt;    ///< none: not read
  std::optional<SetPolicies> policies = std::nullopt;     ///< none: not read
  std::shared_ptr<const SetAnalysis> analysis = nullptr;  ///< of an Organization's sets; null: policies were not read
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("arn", self.arn);
    codec("name", self.name);
    codec("description", self.description);
    codec("session_duration_seconds", self.session_duration);
    codec("tags", self.tags);
    codec("policies", self.policies);
  }
};

struct User {
  UserId id;
  std::string user_name;
  std::string display_name;
  std::string email;
  bool enabled = true;
  std::optional<std::string> manager = std::nullopt;                   ///< id or user name, as the directory has it
  std::optional<std::vector<std::string>> more_emails = std::nullopt;  ///< beside the primary one
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("user_name", self.user_name);
    codec("display_name", self.display_name);
    codec("email", self.email);
    codec("enabled", self.enabled);
    codec("manager", self.manager);
    codec("more_emails", self.more_emails);
  }
};

struct Group {
  GroupId id;
  std::string name;
  std::vector<UserId> members;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("id", self.id);
    codec("name", self.name);
    codec("members", self.members);
  }
};

/// Standing access: an assignment that was seen in AWS and is not ours. Exactly one of user and group is set.
struct StandingAssignment {
  AccountId account;
  PermissionSetArn permission_set;
  std::optional<UserId> user;
  std::optional<GroupId> group;
  auto operator<=>(const StandingAssignment&) const = default;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("account", self.account);
    codec("permission_set", self.permission_set);
    codec("user", self.user);
    codec("group", self.group);
  }
};

/// What the service control policy for hard ends is attached to.
struct PolicyTargets {
  std::string policy;                ///< `p-…`
  std::vector<std::string> targets;  ///< ids of roots, units and accounts
  bool operator==(const PolicyTargets&) const = default;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("policy", self.policy);
    codec("targets", self.targets);
  }
};

/// Everything that was read, as plain lists: what is cached on disk and what an Organization is made from.
struct Snapshot {
  std::string instance_arn;
  std::string identity_store;
  AccountId management_account;
  Instant read_at;                     ///< when the reading of people, accounts and sets was complete
  std::optional<Instant> standing_at;  ///< when that of the standing assignments was; none: not read yet
  std::vector<Unit> units;
  std::vector<Account> accounts;
  std::vector<PermissionSet> permission_sets;
  std::vector<User> users;
  std::vector<Group> groups;
  std::vector<StandingAssignment> standing;
  std::vector<std::string> gaps;  ///< what could not be read, in words, as in "tags: access denied"
  std::optional<std::vector<ManagedPolicy>> managed_policies = std::nullopt;  ///< those that permission sets name
  std::optional<PolicyTargets> hard_end = std::nullopt;  ///< none: no policy is configured, or it was not read
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("instance_arn", self.instance_arn);
    codec("identity_store", self.identity_store);
    codec("management_account", self.management_account);
    codec("read_at", self.read_at);
    codec("standing_at", self.standing_at);
    codec("units", self.units);
    codec("accounts", self.accounts);
    codec("permission_sets", self.permission_sets);
    codec("users", self.users);
    codec("groups", self.groups);
    codec("standing", self.standing);
    codec("gaps", self.gaps);
    codec("managed_policies", self.managed_policies);
    codec("hard_end", self.hard_end);
  }
};

/// A snapshot with its indexes. Immutable: share it freely between threads.
class Organization {
 public:
  Organization() = default;
  /// What the organization before has found out of permission sets is taken over where they are as they were.
  explicit Organization(Snapshot snapshot, const Organization* before = nullptr);
  // The indexes point into the snapshot: moving keeps its elements where they are, copying would not.
  Organization(const Organization&) = delete;
  Organization& operator=(const Organization&) = delete;
  Organization(Organization&&) = default;
  Organization& operator=(Organization&&) = default;

  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  /// Whether AWS was ever read: without it nobody can be granted anything.
  [[nodiscard]] bool known() const { return !snapshot_.instance_arn.empty(); }
  /// Whether its assignments were: without them nobody knows who holds what without end.
  [[nodiscard]] bool standing_known() const { return snapshot_.standing_at.has_value(); }

  [[nodiscard]] const Account* find(const AccountId& id) const;
  [[nodiscard]] const PermissionSet* find(const PermissionSetArn& arn) const;
  [[nodiscard]] const User* find(const UserId& id) const;
  [[nodiscard]] const Group* find(const GroupId& id) const;

  /// By id or by unique name. Error codes `unknown_account`, `ambiguous_account` (and so on for the others); the
  /// message names the nearest name or lists the candidates.
  [[nodiscard]] Result<const Account*> account(std::string_view id_or_name, std::string_view field) const;
  [[nodiscard]] Result<const PermissionSet*> permission_set(std::string_view arn_or_name, std::string_view field) const;
  [[nodiscard]] Result<const User*> user(std::string_view id_or_name, std::string_view field) const;
  [[nodiscard]] Result<const Group*> group(std::string_view id_or_name, std::string_view field) const;
  /// By id or by path from the root.
  [[nodiscard]] Result<const Unit*> unit(std::string_view id_or_path, std::string_view field) const;

  /// As above, without the words: null when there is none, or several of that name. What is missing is looked for by
  /// the thousand where tags and managers name people; the nearest name to each would take a walk over all of them.
  [[nodiscard]] const User* find_user(std::string_view id_or_name) const;
  [[nodiscard]] const Group* find_group(std::string_view id_or_name) const;

  /// All accounts of the directory behind which the same person is: those that share a mail address, whatever its
  /// letter case, directly or through others. Who has no address is somebody of their own.
  [[nodiscard]] const std::vector<const User*>& identities_of(const User& user) const;
  /// The same for all identities of one person, and for nobody else.
  [[nodiscard]] std::size_t person_of(const User& user) const;
  /// Whose user name or mail address this is, whatever its letter case; none where it is nobody's, or several people's.
  [[nodiscard]] std::optional<std::size_t> person_called(std::string_view name) const;

  [[nodiscard]] const std::vector<GroupId>& groups_of(const UserId& user) const;
  [[nodiscard]] bool is_member(const UserId& user, const GroupId& group) const;
  /// The standing assignments that name this user, or one of the user's groups.
  [[nodiscard]] std::vector<const StandingAssignment*> standing_of(const UserId& user) const;

 private:
  template <class T>
  using ByName = std::unordered_map<std::string, std::vector<const T*>>;

  void tell_people_apart();

  Snapshot snapshot_;
  std::unordered_map<AccountId, const Account*> accounts_;
  std::unordered_map<PermissionSetArn, const PermissionSet*> permission_sets_;
  std::unordered_map<UserId, const User*> users_;
  std::unordered_map<GroupId, const Group*> groups_;
  ByName<Account> accounts_by_name_;
  ByName<PermissionSet> permission_sets_by_name_;
  ByName<User> users_by_name_;
  ByName<Group> groups_by_name_;
  std::unordered_map<UserId, std::vector<GroupId>> groups_of_;
  std::unordered_map<std::string, std::vector<const StandingAssignment*>> standing_by_principal_;
  std::unordered_map<UserId, std::size_t> persons_;
  std::vector<std::vector<const User*>> identities_;                          ///< by person
  std::unordered_map<std::string, std::vector<std::size_t>> persons_called_;  ///< by folded name or mail address
};

}  // namespace ag::access
