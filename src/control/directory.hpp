#pragma once
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/organization.hpp"
#include "aws/pages.hpp"
#include "control/call.hpp"
#include "control/set_reading.hpp"

/// Reads the organization, again and again: accounts and their tree, permission sets, people and groups; then the tags
/// and policies of the permission sets; then the standing assignments. Sans I/O like the slots: fed with replies, it
/// returns the next calls.
namespace ag::control {

/// What an operator wants to know about the reading.
struct DirectoryStatus {
  bool reading = false;
  std::optional<Instant> read_at;  ///< when the last complete reading ended
  std::optional<Error> problem;    ///< why the last reading failed, or has trouble now; none when it did not
  aws::CallerIdentity identity;    ///< who AWS says that we are
};

/// Whether assignments may be in what was not read: what the snapshot does not show need not be gone then. Tags and
/// policies that could not be read hide none.
[[nodiscard]] bool may_hide_assignments(const access::Snapshot& snapshot);

class Directory {
 public:
  /// The service control policy that ends live sessions, `p-…`: what it is attached to is read, too. Empty: none.
  void use_hard_end_policy(std::string policy) { hard_end_policy_ = std::move(policy); }

  /// An earlier process has read this: a start need not wait for AWS.
  void adopt(const access::Snapshot& cached);

  /// Reads anew as soon as it can: after the reading that is under way, which may have passed by what is new.
  void refresh(Instant now);

  [[nodiscard]] bool owns(CallId id) const { return in_flight_.contains(id); }
  void receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now);
  [[nodiscard]] std::vector<Outgoing> dispatch(Budget& budget, CallIds& ids, Instant now);
  [[nodiscard]] Instant next_wake() const;

  /// A newly complete snapshot, once: after people, accounts and sets were read, again when the tags and policies of
  /// the sets say something else than the reading before knew, and again with the assignments. `standing` then lists
  /// every assignment that was seen, ours too: the caller knows which are. Until the tags and policies of the sets are
  /// read, they are those of the reading before.
  [[nodiscard]] std::optional<access::Snapshot> take_finished();
  /// When the reading began that take_finished() last gave.
  [[nodiscard]] Instant begun_at() const { return begun_at_; }
  [[nodiscard]] const DirectoryStatus& status() const { return status_; }

 private:
  enum class Stage { kIdle, kIdentity, kPeople, kTags, kPolicies, kAssignments };
  struct Pending {
    aws::Call call;
    int attempts = 0;
    Instant not_before{};
    aws::PageGuard guard{};
  };
  struct Parent {
    std::string path;
    std::vector<access::UnitId> units;
  };

  void begin(Instant now);
  void begin_people();
  void begin_tags();
  void begin_policies();
  void finish_tags();
  void finish_policies();
  void begin_assignments();
  void finish_stage(Instant now);
  void finish_people(Instant now);
  void give_up(Error problem, Instant now);
  void ask(aws::Call call) { todo_.push_back({.call = std::move(call)}); }
  void fail_call(Pending pending, const aws::AwsError& error, Instant now);
  void fail_set(const aws::Call& call, const aws::AwsError& error);
  [[nodiscard]] bool may_be_skipped(const aws::Call& call, const aws::AwsError& error) const;
  void note_gap(std::string what);
  void stop_list(const aws::Call& call, const aws::AwsError& refusal);

  void take_reply(const aws::Call& asked, const aws::Reply& reply);
  void take(const aws::GetCallerIdentity&, const aws::CallerIdentity&);
  void take(const aws::DescribeOrganization&, const aws::OrganizationDescription&);
  void take(const aws::ListInstances&, const aws::Instances&);
  void take(const aws::ListPermissionSets&, const aws::PermissionSetArns&);
  void take(const aws::DescribePermissionSet&, const aws::PermissionSetDescription&);
  void take(const aws::ListUsers&, const aws::Users&);
  void take(const aws::ListGroups&, const aws::Groups&);
  void take(const aws::ListGroupMemberships&, const aws::Members&);
  void take(const aws::ListRoots&, const aws::Units&);
  void take(const aws::ListOrganizationalUnitsForParent&, const aws::Units&);
  void take(const aws::ListAccountsForParent&, const aws::Accounts&);
  void take(const aws::ListTargetsForPolicy&, const aws::PolicyTargets&);
  void take(const aws::ListTagsForResource&, const aws::Tags&);
  void take(const aws::ListAccountAssignmentsForPrincipal&, const aws::Assignments&);
  void take(const aws::ListPermissionSetsProvisionedToAccount&, const aws::PermissionSetArns&);
  void take(const aws::ListAccountAssignments&, const aws::Assignments&);
  template <class Call, class Reply>
  void take(const Call&, const Reply&);  ///< a reply of the wrong kind: cannot be

  [[nodiscard]] bool is_new(const std::string& id) { return seen_.insert(id).second; }
  void add_parent(const std::string& id, std::string name, const Parent* parent);
  void add_assignments(const aws::Assignments& page);
  [[nodiscard]] Result<const aws::Instance*> choose_instance() const;

  Stage stage_ = Stage::kIdle;
  Instant next_read_;
  Instant begun_at_;
  bool again_ = false;  ///< asked to read anew while it was reading
  int failures_ = 0;
  std::deque<Pending> todo_;
  std::map<CallId, Pending> in_flight_;
  Instant budget_wake_ = Instant::max();

  access::Snapshot building_;
  std::vector<aws::Instance> instances_;
  std::map<std::string, Parent> parents_;
  std::set<std::string> seen_;  ///< ids of any kind; a list that changes while it is read may show one twice
  bool by_pair_ = false;        ///< the assignments are read by account and set: the principal's list was denied
  bool no_extensions_ = false;  ///< this endpoint has refused to tell the enterprise extension, and told users without
  std::string hard_end_policy_;
  SetReading sets_;
  std::optional<access::Snapshot> finished_;
  DirectoryStatus status_;
};

}  // namespace ag::control
