#include "control/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/assert.hpp"
#include "control/keep_once.hpp"

namespace ag::control {
namespace {

// New people and accounts are seen after this time at the latest.
constexpr Duration kReadEvery = Duration::minutes(5);
constexpr Duration kLongestPause = Duration::minutes(2);  // after a failed reading
constexpr std::size_t kMostInFlight = 8;
constexpr int kMostAttempts = 8;  // of one call: about two minutes
// What makes a permission set holds up the assignments, and is what it was where it cannot be read: seconds.
constexpr int kMostAttemptsOfSets = 3;
constexpr int kToldAttempts = 2;  // from then on it is more than a hiccup
constexpr Duration kLongestBackoff = Duration::seconds(30);
constexpr std::string_view kTagsOfAccounts = "ListTagsForResource";
constexpr std::string_view kTargetsOfPolicy = "ListTargetsForPolicy";

aws::PageToken next_of(const aws::Reply& reply) {
  return std::visit(
      [](const auto& r) -> aws::PageToken {
        if constexpr (requires { r.next; }) return r.next;
        else return {};
      },
      reply);
}

void set_token(aws::Call& call, const aws::PageToken& token) {
  std::visit(
      [&](auto& c) {
        if constexpr (requires { c.token; }) c.token = token;
      },
      call);
}

/// What went wrong with a call, for people who run the server.
Error trouble_of(std::string_view operation, const aws::AwsError& error) {
  const std::string_view help = error.kind == aws::ErrorClass::kDenied ? "give the server's role this permission"
                                : error.kind == aws::ErrorClass::kCredentials
                                    ? "check the AWS credentials and the clock"
                                    : "";
  return {fmt::format("aws_{}", name_of(error.kind)),
          fmt::format("AWS {}: {}{}{}", operation, error.code, error.message.empty() ? "" : ": ", error.message),
          std::string(operation), "", std::string(help)};
}

}  // namespace

bool may_hide_assignments(const access::Snapshot& snapshot) {
  return std::any_of(snapshot.gaps.begin(), snapshot.gaps.end(), [](const std::string& gap) {
    return !is_gap_of_sets(gap) && !gap.starts_with(kTagsOfAccounts) && !gap.starts_with(kTargetsOfPolicy);
  });
}

void Directory::adopt(const access::Snapshot& cached) {
  status_.read_at = cached.read_at;
  sets_.adopt(cached);
}

void Directory::refresh(Instant now) {
  if (stage_ == Stage::kIdle) next_read_ = now;
  else again_ = true;
}

Instant Directory::next_wake() const {
  // After a failed reading the replies that are still on their way come first: dispatch() begins no other before.
  if (stage_ == Stage::kIdle) return in_flight_.empty() ? next_read_ : Instant::max();
  Instant wake = budget_wake_;
  if (in_flight_.size() < kMostInFlight) {
    for (const auto& pending : todo_) wake = std::min(wake, std::max(pending.not_before, Instant{}));
  }
  return todo_.empty() ? Instant::max() : wake;
}

std::optional<access::Snapshot> Directory::take_finished() { return std::exchange(finished_, std::nullopt); }

void Directory::begin(Instant now) {
  stage_ = Stage::kIdentity;
  begun_at_ = now;
  status_.reading = true;
  building_ = {};
  instances_.clear();
  parents_.clear();
  seen_.clear();
  by_pair_ = false;
  again_ = false;
  ask(aws::GetCallerIdentity{});
  ask(aws::DescribeOrganization{});
  ask(aws::ListInstances{});
}

void Directory::begin_people() {
  stage_ = Stage::kPeople;
  ask(aws::ListPermissionSets{aws::InstanceArn(building_.instance_arn), {}});
  std::vector<std::string> extensions;
  if (!no_extensions_) extensions.emplace_back(aws::kEnterpriseExtension);
  ask(aws::ListUsers{aws::IdentityStoreId(building_.identity_store), {}, std::move(extensions)});
  ask(aws::ListGroups{aws::IdentityStoreId(building_.identity_store), {}});
  ask(aws::ListRoots{});
  if (!hard_end_policy_.empty()) ask(aws::ListTargetsForPolicy{hard_end_policy_, {}});
}

// After people can work, and before the assignments, which may take half an hour: who must agree hangs on tags, and on
// what a permission set allows.
void Directory::begin_tags() {
  stage_ = Stage::kTags;
  for (auto& call : sets_.begin_tags(aws::InstanceArn(building_.instance_arn), building_.permission_sets))
    ask(std::move(call));
}

void Directory::begin_policies() {
  stage_ = Stage::kPolicies;
  for (auto& call : sets_.begin_policies(aws::InstanceArn(building_.instance_arn), building_.permission_sets))
    ask(std::move(call));
}

void Directory::begin_assignments() {
  stage_ = Stage::kAssignments;
  const aws::InstanceArn instance(building_.instance_arn);
  // AWS answers the list by principal in the management account only.
  by_pair_ = by_pair_ || status_.identity.account != building_.management_account;
  if (by_pair_) {
    for (const auto& account : building_.accounts) {
      if (account.state == "ACTIVE") ask(aws::ListPermissionSetsProvisionedToAccount{instance, account.id, {}});
    }
    return;
  }
  for (const auto& user : building_.users) {
    ask(aws::ListAccountAssignmentsForPrincipal{instance, aws::PrincipalType::kUser, user.id.str(), {}});
  }
  for (const auto& group : building_.groups) {
    ask(aws::ListAccountAssignmentsForPrincipal{instance, aws::PrincipalType::kGroup, group.id.str(), {}});
  }
}

void Directory::finish_stage(Instant now) {
  if (stage_ == Stage::kIdentity) {
    const auto instance = choose_instance();
    if (!instance) return give_up(instance.error(), now);
    building_.instance_arn = (*instance)->arn.str();
    building_.identity_store = (*instance)->identity_store.str();
    return begin_people();
  }
  if (stage_ == Stage::kPeople) {
    finish_people(now);
    begin_tags();
    if (!todo_.empty()) return;
  }
  if (stage_ == Stage::kTags) {
    finish_tags();
    begin_policies();
    if (!todo_.empty()) return;
  }
  if (stage_ == Stage::kPolicies) {
    finish_policies();
    begin_assignments();
    if (!todo_.empty()) return;  // an empty organization has none
  }
  building_.standing_at = now;
  keep_once(building_.standing);
  finished_ = building_;
  stage_ = Stage::kIdle;
  status_.reading = false;
  status_.problem.reset();
  next_read_ = again_ ? now : now + kReadEvery;
}

void Directory::finish_people(Instant now) {
  for (auto& group : building_.groups) keep_once(group.members);
  building_.read_at = now;
  status_.read_at = now;
  status_.problem.reset();
  failures_ = 0;
  finished_ = building_;
  sets_.fill_in(*finished_);
}

void Directory::finish_tags() {
  const bool is_new = sets_.finish_tags();
  sets_.fill_in(building_);
  for (const auto& gap : sets_.gaps()) note_gap(gap);
  // The indexes of a large organization are not made anew for what is known already.
  if (is_new) finished_ = building_;
}

void Directory::finish_policies() {
  const bool is_new = sets_.finish_policies();
  sets_.fill_in(building_);
  for (const auto& gap : sets_.gaps()) note_gap(gap);
  if (is_new) finished_ = building_;
}

void Directory::give_up(Error problem, Instant now) {
  stage_ = Stage::kIdle;
  status_.reading = false;
  status_.problem = std::move(problem);
  todo_.clear();
  // Replies that are still on their way find nobody who waits for them: receive() drops them.
  next_read_ = now + backoff(1 + failures_++, kLongestPause, 0);
}

Result<const aws::Instance*> Directory::choose_instance() const {
  for (const auto& instance : instances_) {
    if (instance.status == "ACTIVE" && instance.owner == building_.management_account) return &instance;
  }
  const auto active =
      std::find_if(instances_.begin(), instances_.end(), [](const auto& i) { return i.status == "ACTIVE"; });
  if (active != instances_.end()) return &*active;
  return fail({"no_instance", "IAM Identity Center has no active instance in this region", "region", "",
               "set AWS_REGION to the region of your Identity Center instance, or enable Identity Center"});
}

std::vector<Outgoing> Directory::dispatch(Budget& budget, CallIds& ids, Instant now) {
  if (stage_ == Stage::kIdle && now >= next_read_ && in_flight_.empty()) begin(now);
  budget_wake_ = Instant::max();
  std::vector<Outgoing> outgoing;
  for (std::size_t left = todo_.size(); left > 0 && in_flight_.size() < kMostInFlight; --left) {
    Pending pending = std::move(todo_.front());
    todo_.pop_front();
    const bool ready = pending.not_before <= now;
    const Lane lane = stage_ == Stage::kIdentity || stage_ == Stage::kPeople ? Lane::kSync : Lane::kBulk;
    if (!ready || !budget.allows(pending.call, lane, now)) {
      const Instant wake = ready ? budget.when(pending.call, lane, now) : pending.not_before;
      pending.not_before = std::max(pending.not_before, wake);
      budget_wake_ = std::min(budget_wake_, wake);
      todo_.push_back(std::move(pending));
      continue;
    }
    budget.spend(pending.call, lane, now);
    outgoing.push_back({ids.next(), pending.call, lane});
    in_flight_.emplace(outgoing.back().id, std::move(pending));
  }
  return outgoing;
}

void Directory::receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now) {
  const auto it = in_flight_.find(id);
  AG_ASSERT(it != in_flight_.end());
  Pending pending = std::move(it->second);
  in_flight_.erase(it);
  if (stage_ == Stage::kIdle) return;
  if (!reply) {
    fail_call(std::move(pending), reply.error(), now);
  } else {
    take_reply(pending.call, *reply);
    const aws::PageToken next = next_of(*reply);
    if (!next.empty()) {
      if (const auto refusal = pending.guard.refuses(next)) {
        stop_list(pending.call, *refusal);
      } else {
        set_token(pending.call, next);
        pending.attempts = 0;
        todo_.push_back(std::move(pending));
      }
    }
  }
  if (stage_ != Stage::kIdle && todo_.empty() && in_flight_.empty()) finish_stage(now);
}

// Only what AWS will not tell: what it could not tell just now is no reason to do without the guardrails that hang on
// tags, or to take nobody's access for standing.
bool Directory::may_be_skipped(const aws::Call& call, const aws::AwsError& error) const {
  const bool is_spare = stage_ == Stage::kAssignments || std::holds_alternative<aws::ListTagsForResource>(call);
  return is_spare && !is_retryable(error.kind) && error.kind != aws::ErrorClass::kCredentials;
}

void Directory::note_gap(std::string what) {
  constexpr std::size_t kMostGaps = 20;
  if (building_.gaps.size() < kMostGaps &&
      std::find(building_.gaps.begin(), building_.gaps.end(), what) == building_.gaps.end()) {
    building_.gaps.push_back(std::move(what));
  }
}

// A list that goes in circles: what was read of it stands, but of tags only all of them say who must agree, and of
// policies what is allowed.
void Directory::stop_list(const aws::Call& call, const aws::AwsError& refusal) {
  if (SetReading::owns(call)) return fail_set(call, refusal);
  if (std::holds_alternative<aws::ListTargetsForPolicy>(call)) building_.hard_end.reset();
  note_gap(fmt::format("{}: {}", aws::operation_of(call), refusal.message));
}

void Directory::fail_set(const aws::Call& call, const aws::AwsError& error) {
  sets_.fail(call, error);
  if (!sets_.is_hopeless(call)) return;
  std::erase_if(todo_, [&](const Pending& other) {
    const bool is_hopeless = other.call.index() == call.index();
    if (is_hopeless) sets_.fail(other.call, error);
    return is_hopeless;
  });
}

void Directory::fail_call(Pending pending, const aws::AwsError& error, Instant now) {
  const bool is_by_principal = std::holds_alternative<aws::ListAccountAssignmentsForPrincipal>(pending.call);
  if (is_by_principal && by_pair_) return;  // sent before the first of them was denied
  const bool is_of_targets = std::holds_alternative<aws::ListTargetsForPolicy>(pending.call);
  const bool is_broken = error.kind == aws::ErrorClass::kRetryable && (SetReading::owns(pending.call) || is_of_targets);
  if (is_retryable(error.kind) && ++pending.attempts < (is_broken ? kMostAttemptsOfSets : kMostAttempts)) {
    const auto salt = std::hash<std::string_view>{}(aws::operation_of(pending.call)) + todo_.size();
    pending.not_before =
        now + std::max(backoff(pending.attempts - 1, kLongestBackoff, salt), error.retry_after.value_or(Duration{}));
    // Not over, but people who ask why it takes so long get an answer.
    if (pending.attempts >= kToldAttempts) status_.problem = trouble_of(aws::operation_of(pending.call), error);
    todo_.push_back(std::move(pending));
    return;
  }
  // The first page tells: an older endpoint does not know the parameter, and tells users without it.
  const auto* users = std::get_if<aws::ListUsers>(&pending.call);
  if (users != nullptr && !users->extensions.empty() && users->token.empty() &&
      error.kind == aws::ErrorClass::kInvalid) {
    return ask(aws::ListUsers{users->store, {}});
  }
  // Whose tags could not be read has none that name an approver: closed, and no reason to read no assignments. IAM may
  // have rules of its own about who we are.
  const bool is_told =
      error.kind != aws::ErrorClass::kCredentials || aws::service_of(pending.call) == aws::Service::kIam;
  if (SetReading::owns(pending.call) && is_told) return fail_set(pending.call, error);

  const std::string operation(aws::operation_of(pending.call));
  // People need not wait for it: a part of the list says nothing about the rest, and what was known of it stays.
  if (is_of_targets && error.kind != aws::ErrorClass::kCredentials) {
    building_.hard_end.reset();
    return note_gap(fmt::format("{}: {}", operation, error.code));
  }
  if (is_by_principal && error.kind == aws::ErrorClass::kDenied) {
    by_pair_ = true;
    todo_.clear();
    return begin_assignments();
  }
  if (may_be_skipped(pending.call, error)) return note_gap(fmt::format("{}: {}", operation, error.code));

  give_up(trouble_of(operation, error), now);
}

void Directory::take_reply(const aws::Call& asked, const aws::Reply& reply) {
  if (SetReading::owns(asked)) {
    for (auto& call : sets_.take(asked, reply)) ask(std::move(call));
    return;
  }
  std::visit([&](const auto& call, const auto& r) { take(call, r); }, asked, reply);
}

// ---- what replies hold -----------------------------------------------------------------------------------

template <class Call, class Reply>
void Directory::take(const Call&, const Reply&) {
  assertion_failed("the reply is of the call's kind", __FILE__, __LINE__);
}

void Directory::take(const aws::GetCallerIdentity&, const aws::CallerIdentity& identity) {
  status_.identity = identity;
}

void Directory::take(const aws::DescribeOrganization&, const aws::OrganizationDescription& organization) {
  building_.management_account = organization.management_account;
}

void Directory::take(const aws::ListInstances&, const aws::Instances& page) {
  instances_.insert(instances_.end(), page.items.begin(), page.items.end());
}

void Directory::take(const aws::ListPermissionSets& call, const aws::PermissionSetArns& page) {
  for (const auto& arn : page.items) {
    if (is_new(arn.str())) ask(aws::DescribePermissionSet{call.instance, arn});
  }
}

void Directory::take(const aws::DescribePermissionSet&, const aws::PermissionSetDescription& set) {
  building_.permission_sets.push_back({set.arn, set.name, set.description, set.session_duration});
}

void Directory::take(const aws::ListUsers& call, const aws::Users& page) {
  no_extensions_ = call.extensions.empty();  // only asked for without them after they were refused
  for (const auto& user : page.items) {
    if (!is_new(user.id.str())) continue;
    building_.users.push_back({user.id, user.user_name, user.display_name, user.email, user.enabled});
    if (!user.manager.empty()) building_.users.back().manager = user.manager;
    if (!user.more_emails.empty()) building_.users.back().more_emails = user.more_emails;
  }
}

void Directory::take(const aws::ListGroups& call, const aws::Groups& page) {
  for (const auto& group : page.items) {
    if (!is_new(group.id.str())) continue;
    building_.groups.push_back({group.id, group.display_name, {}});
    ask(aws::ListGroupMemberships{call.store, group.id, {}});
  }
}

void Directory::take(const aws::ListGroupMemberships& call, const aws::Members& page) {
  const auto group =
      std::find_if(building_.groups.begin(), building_.groups.end(), [&](const auto& g) { return g.id == call.group; });
  AG_ASSERT(group != building_.groups.end());
  group->members.insert(group->members.end(), page.items.begin(), page.items.end());
}

void Directory::add_parent(const std::string& id, std::string name, const Parent* parent) {
  if (!is_new(id)) return;
  Parent made;
  if (parent != nullptr) {
    made.units = parent->units;
    made.path = parent->path == "/" ? "/" + name : parent->path + "/" + name;
  } else {
    made.path = "/";
  }
  made.units.push_back(access::UnitId(id));
  building_.units.push_back({access::UnitId(id), std::move(name), made.path});
  parents_[id] = std::move(made);
  ask(aws::ListOrganizationalUnitsForParent{id, {}});
  ask(aws::ListAccountsForParent{id, {}});
}

void Directory::take(const aws::ListRoots&, const aws::Units& page) {
  for (const auto& root : page.items) add_parent(root.id, root.name, nullptr);
}

void Directory::take(const aws::ListOrganizationalUnitsForParent& call, const aws::Units& page) {
  const Parent parent = parents_.at(call.parent);
  for (const auto& unit : page.items) add_parent(unit.id, unit.name, &parent);
}

void Directory::take(const aws::ListAccountsForParent& call, const aws::Accounts& page) {
  const Parent& parent = parents_.at(call.parent);
  for (const auto& account : page.items) {
    if (!is_new(account.id.str())) continue;
    building_.accounts.push_back(
        {account.id, account.name, account.email, account.state, parent.units, parent.path, {}});
    ask(aws::ListTagsForResource{account.id.str(), {}});
  }
}

void Directory::take(const aws::ListTargetsForPolicy& call, const aws::PolicyTargets& page) {
  if (call.token.empty()) building_.hard_end = access::PolicyTargets{call.policy, {}};
  if (!building_.hard_end) return;
  auto& targets = building_.hard_end->targets;
  targets.insert(targets.end(), page.items.begin(), page.items.end());
}

void Directory::take(const aws::ListTagsForResource& call, const aws::Tags& page) {
  const auto account = std::find_if(building_.accounts.begin(), building_.accounts.end(),
                                    [&](const auto& a) { return a.id.str() == call.resource; });
  AG_ASSERT(account != building_.accounts.end());
  for (const auto& [key, value] : page.items) account->tags.push_back({key, value});
}

void Directory::add_assignments(const aws::Assignments& page) {
  for (const auto& item : page.items) {
    access::StandingAssignment assignment{item.account, item.permission_set, {}, {}};
    if (item.principal_type == aws::PrincipalType::kUser) assignment.user = access::UserId(item.principal_id);
    else assignment.group = access::GroupId(item.principal_id);
    building_.standing.push_back(std::move(assignment));
  }
}

void Directory::take(const aws::ListAccountAssignmentsForPrincipal&, const aws::Assignments& page) {
  add_assignments(page);
}
void Directory::take(const aws::ListAccountAssignments&, const aws::Assignments& page) { add_assignments(page); }

void Directory::take(const aws::ListPermissionSetsProvisionedToAccount& call, const aws::PermissionSetArns& page) {
  for (const auto& arn : page.items) ask(aws::ListAccountAssignments{call.instance, call.account, arn, {}});
}

}  // namespace ag::control
