#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// An AWS organization that answers over AWS's wire protocols, with AWS's delays and limits. Pure: a request and
/// the moment come in, a response goes out; whoever owns it puts it behind a socket or feeds it from a test.
///
/// It serves sso-admin, identitystore, organizations and cloudtrail (JSON 1.1), scheduler (REST-JSON) and sts and iam
/// (query). Every request must be signed (SigV4) with `credentials()` or with what AssumeRole gave; all services share
/// one address, `X-Amz-Target`, the path and the credential scope tell them apart.
namespace ag::sandbox {

using AccountId = Id<struct AccountIdKind>;                ///< twelve digits
using UserId = Id<struct UserIdKind>;                      ///< `906…-uuid`
using GroupId = Id<struct GroupIdKind>;                    ///< `906…-uuid`
using PermissionSetArn = Id<struct PermissionSetArnKind>;  ///< `arn:aws:sso:::permissionSet/ssoins-…/ps-…`
using OperationId = Id<struct OperationIdKind>;            ///< the RequestId of an assignment under way, a UUID

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
};

/// How large the organization is. The first of each are always the same company of the story; what is beyond grows
/// from the seed: teams with accounts of their own, in nested units and with tags. Less than the defaults is the
/// defaults. Made for up to 2,000 accounts, 20,000 people and 200 permission sets.
struct Size {
  std::size_t accounts = 14;
  std::size_t people = 40;
  std::size_t permission_sets = 10;
};

/// How AWS behaves. The defaults are AWS's own published limits and its usual delays.
struct Behaviour {
  Duration operation_min = Duration::milliseconds(800);  ///< how long an assignment takes, at least
  Duration operation_max = Duration::milliseconds(3'000);
  /// All sso-admin calls together; the same again for identitystore. Unless it is 0, organizations has its published
  /// limits too, for each operation (limits.cpp).
  int calls_per_second = 20;
  int outstanding_creates = 15;
  int page_size = 10;             ///< the most items in one page, so that paging is always met
  int failures_per_thousand = 0;  ///< assignments and removals that end FAILED for no reason of the caller's
  /// How late a schedule may be: AWS promises a minute. Each has its own lateness, of the seed.
  Duration schedule_lateness_max = {};
  /// How long after a call CloudTrail tells of it, each call with its own delay, so not in order. AWS: five minutes on
  /// average, and no promise.
  Duration trail_delay_min = Duration::minutes(1);
  Duration trail_delay_max = Duration::minutes(9);
};

enum class PrincipalType { kUser, kGroup };
constexpr auto enum_names(PrincipalType) { return std::array<std::string_view, 2>{"USER", "GROUP"}; }

/// One possible assignment: a person or a group holding a permission set in an account.
struct Slot {
  AccountId account;
  PermissionSetArn permission_set;
  PrincipalType principal_type = PrincipalType::kUser;
  std::string principal_id;  ///< a UserId or a GroupId

  auto operator<=>(const Slot&) const = default;
};

/// The truth about a slot: the assignment was there during [from, until). What a simulator judges by.
struct Presence {
  Slot slot;
  Instant from;                    ///< zero for what the organization began with
  Instant until = Instant::max();  ///< max while it lasts
  OperationId created_by;          ///< empty when it was made by hand
  OperationId deleted_by;          ///< empty while it lasts, or when it was removed by hand
};

/// A service control policy, as the owner sees it.
struct ControlPolicy {
  std::string id;  ///< `p-…`
  std::string name;
  std::string description;
  std::string content;               ///< JSON
  std::vector<std::string> targets;  ///< ids of the root, units and accounts it is attached to
  bool aws_managed = false;          ///< cannot be changed
  std::uint64_t updates = 0;         ///< how often it was changed
};

/// A schedule that removes an assignment, as the owner sees it.
struct ScheduledRemoval {
  std::string name;
  std::string group;
  Instant at;
  Slot slot;
  std::string role_arn;
  bool enabled = true;
  int attempts = 0;  ///< how often its call was made and refused for now
};

struct Person {
  UserId id;
  std::string user_name;
  std::string display_name;
  std::string email;
  bool enabled = true;
  std::vector<std::string> groups;  ///< display names, sorted
};

/// An AWS managed policy that `iam` answers for. The sandbox holds no documents of its own: whoever has AWS's
/// texts publishes them.
struct ManagedPolicy {
  std::string arn;
  std::string version = "v1";
  std::string document;  ///< JSON
};

/// Something that goes wrong with calls, on purpose.
struct Disturbance {
  enum class When {
    kInsteadOfTheCall,  ///< nothing happens, the error is answered
    kAfterTheCall,      ///< the call takes effect, and the error is answered all the same
  };
  std::string operation;  ///< as in `CreateAccountAssignment`; empty for any
  When when = When::kInsteadOfTheCall;
  int times = 1;
  int http_status = 500;
  std::string code = "InternalServerException";
  std::string message = "An unexpected internal service exception was encountered";
};

struct World;

class Sandbox {
 public:
  /// The organization grows from the seed: the same seed, the same names and ids, everywhere.
  explicit Sandbox(std::uint64_t seed, Behaviour behaviour = {}, Size size = {});
  ~Sandbox();
  Sandbox(Sandbox&&) noexcept;
  Sandbox& operator=(Sandbox&&) noexcept;

  /// Answers one call. `now` never goes back; an earlier one counts as the latest seen.
  [[nodiscard]] HttpResponse handle(const HttpRequest& request, Instant now);

  /// The key of the management account's administrator: what a client signs with.
  [[nodiscard]] const Credentials& credentials() const;
  /// Of Identity Center and STS. Organizations and IAM sign with us-east-1 wherever that is.
  [[nodiscard]] const std::string& region() const;

  // ---- what the owner may know without asking over the wire ----

  [[nodiscard]] std::vector<Person> people() const;
  /// By the names people use: `slot("prod-payments", "ReadOnly", "ana")`; a principal is a user name or, where
  /// there is no such user, a group's display name. Error code `not_found`; `field` is the name.
  [[nodiscard]] Result<Slot> slot(std::string_view account, std::string_view permission_set,
                                  std::string_view principal) const;
  /// As of the latest moment seen.
  [[nodiscard]] bool is_present(const Slot& slot) const;
  /// Every interval that is known, those that last at the end; the oldest that ended are forgotten after 100,000.
  [[nodiscard]] std::vector<Presence> presences() const;
  /// Those of one slot, in the order of time; does not depend on how many others there are.
  [[nodiscard]] std::vector<Presence> presences(const Slot& slot) const;
  /// How often an assignment appeared or disappeared, those that the organization began with too.
  [[nodiscard]] std::uint64_t changes() const;
  /// What happened after the first `seen` changes, in order and as it was just then: an appearance still lasts, a
  /// disappearance has its end. So that a judge need not look at everything each time:
  /// `for (auto& each : sandbox.changed_since(std::exchange(seen, sandbox.changes()))) …`. The last 100,000 are
  /// remembered; whoever comes later than that gets `presences()`.
  [[nodiscard]] std::vector<Presence> changed_since(std::uint64_t seen) const;
  /// When others than the holder of `credentials()` made the assignment, or made it once more while it was there.
  [[nodiscard]] std::vector<Instant> made_by_others(const Slot& slot) const;
  /// The operation was not asked for by a call: a schedule came due.
  [[nodiscard]] bool is_of_a_schedule(const OperationId& operation) const;

  /// One that cannot be changed and one made for ending sessions, `AccessGuardSessionEnd`, attached to the root.
  [[nodiscard]] std::vector<ControlPolicy> control_policies() const;
  /// Those that have not come due, by group and name. Groups are `default`, `AccessGuard` and what is added; the role
  /// made for them is `arn:aws:iam::<management account>:role/AccessGuardScheduler`.
  [[nodiscard]] std::vector<ScheduledRemoval> schedules() const;

  // ---- what the owner may do behind the API's back ----

  /// Lets time pass without a call: what is due by then is done.
  void advance(Instant now);
  /// Someone with rights in the console, at once and without an operation. Adding what is there, or removing what
  /// is not, changes nothing; CloudTrail tells of the adding all the same. The slot's ids are taken as they are:
  /// deleted principals leave such slots behind.
  void add_standing(const Slot& slot, Instant now);
  void remove_standing(const Slot& slot, Instant now);
  void set_behaviour(const Behaviour& behaviour);
  /// Disturbances wait in a line, each for the calls it fits; at most 1,000, then the oldest goes.
  void disturb(Disturbance disturbance);
  /// The next `count` assignments and removals that are begun end FAILED with that reason.
  void fail_next_operations(int count, std::string reason);
  /// The next `count` assignments and removals that are begun stay IN_PROGRESS that long, then end as they would.
  void stick_next_operations(int count, Duration length);
  /// AccessDeniedException for that operation until then; of schedules' calls too. An `until` that has passed lifts it.
  void deny(std::string operation, Instant until);
  /// Nobody gets into a suspended account: what is begun there ends FAILED; what is assigned stays. False when there
  /// is no such account, as with the next ones.
  bool suspend_account(const AccountId& account);
  bool restore_account(const AccountId& account);
  /// Under another unit, or the root (`r-…`).
  bool move_account(const AccountId& account, std::string_view unit);
  /// Ninety days after it was closed: with all assignments in it, at once.
  bool remove_account(const AccountId& account, Instant now);
  /// From the directory and its groups. What the person was assigned stays until it is deleted, as in AWS.
  bool remove_user(const UserId& user);
  /// With all assignments of it, at once; what is under way with it ends FAILED.
  bool remove_permission_set(const PermissionSetArn& permission_set, Instant now);
  /// Whether `credentials()` are of a member account that administers Identity Center by delegation (`security-audit`)
  /// instead of the management account: the management account and the permission sets provisioned there are out of
  /// reach, ListAccountAssignmentsForPrincipal and changes of policies are denied.
  void delegated_admin(bool is_delegated);
  void add_schedule_group(std::string name);
  /// What a service control policy is attached to from now on: ids of the root, units and accounts. False when there is
  /// no such policy.
  bool attach_policy(std::string_view policy, std::vector<std::string> targets);
  /// The ARN must be one of a policy.
  void publish(ManagedPolicy policy);

 private:
  std::unique_ptr<World> world_;
};

}  // namespace ag::sandbox
