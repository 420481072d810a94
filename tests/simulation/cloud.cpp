#include "simulation/cloud.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "aws/codec.hpp"
#include "aws/sigv4.hpp"
#include "base/assert.hpp"

namespace ag::simulation {
namespace {

// One company for all runs: its names are the same for every seed, and reading it once is enough.
constexpr std::uint64_t kCompany = 1;
constexpr Duration kLongestStale = Duration::seconds(3);

/// Whether the sandbox answers it alike whatever happens to assignments.
bool is_unchanging(const aws::Call& call) {
  return std::holds_alternative<aws::GetCallerIdentity>(call) ||
         std::holds_alternative<aws::DescribeOrganization>(call) || std::holds_alternative<aws::ListInstances>(call) ||
         std::holds_alternative<aws::ListTagsOfPermissionSet>(call) ||
         std::holds_alternative<aws::ListPermissionSets>(call) ||
         std::holds_alternative<aws::DescribePermissionSet>(call) || std::holds_alternative<aws::ListUsers>(call) ||
         std::holds_alternative<aws::ListGroups>(call) || std::holds_alternative<aws::ListGroupMemberships>(call) ||
         std::holds_alternative<aws::ListRoots>(call) ||
         std::holds_alternative<aws::ListOrganizationalUnitsForParent>(call) ||
         std::holds_alternative<aws::ListAccountsForParent>(call) ||
         std::holds_alternative<aws::ListTagsForResource>(call) ||
         std::holds_alternative<aws::ListManagedPoliciesInPermissionSet>(call) ||
         std::holds_alternative<aws::GetInlinePolicyForPermissionSet>(call) ||
         std::holds_alternative<aws::ListCustomerManagedPolicyReferencesInPermissionSet>(call) ||
         std::holds_alternative<aws::GetManagedPolicy>(call) ||
         std::holds_alternative<aws::GetManagedPolicyVersion>(call);
}

/// What tells two calls apart, cheaper than their bytes.
std::string key_of(const aws::Call& call) {
  std::string key(aws::operation_of(call));
  std::visit(
      [&](const auto& c) {
        if constexpr (requires { c.account.str(); }) key += " " + c.account.str();
        if constexpr (requires { c.permission_set.str(); }) key += " " + c.permission_set.str();
        if constexpr (requires { c.group.str(); }) key += " " + c.group.str();
        if constexpr (requires { c.parent; }) key += " " + c.parent;
        if constexpr (requires { c.resource; }) key += " " + c.resource;
        if constexpr (requires { c.arn; }) key += " " + c.arn;
        if constexpr (requires { c.version; }) key += " " + c.version;
        if constexpr (requires { c.token; }) key += " " + c.token;
      },
      call);
  return key;
}

aws::AwsResult<aws::Reply> over_the_wire(sandbox::Sandbox& sandbox, const aws::Endpoints& endpoints,
                                         const aws::Call& call, Instant signed_at, Instant now) {
  const auto& endpoint = endpoints[aws::service_of(call)];
  const aws::Credentials credentials{sandbox.credentials().access_key_id, sandbox.credentials().secret_access_key, "",
                                     std::nullopt};
  const auto request =
      aws::sign(aws::encode(call, endpoint), credentials, endpoint.service, endpoint.region, signed_at);
  return aws::decode(call, sandbox.handle(request, now));
}

/// What the organization is made of is the same in every life. It goes over the wire once in each process, to a
/// sandbox of its own: what one life sees does not depend on whether there was another before it.
const aws::Reply& unchanging_answer(const aws::Call& call, const aws::Endpoints& endpoints, int page_size) {
  struct Still {
    sandbox::Sandbox sandbox;
    std::unordered_map<std::string, aws::Reply> replies;
  };
  static std::map<int, Still> by_page_size;
  auto known = by_page_size.find(page_size);
  if (known == by_page_size.end()) {
    sandbox::Behaviour behaviour;
    behaviour.page_size = page_size;
    behaviour.calls_per_second = 0;
    known = by_page_size.emplace(page_size, Still{sandbox::Sandbox(kCompany, behaviour), {}}).first;
  }
  Still& still = known->second;
  const std::string key = key_of(call);
  auto it = still.replies.find(key);
  if (it == still.replies.end()) {
    constexpr Instant kAnyTime = Instant::from_seconds(1'750'000'000);
    auto reply = over_the_wire(still.sandbox, endpoints, call, kAnyTime, kAnyTime);
    AG_ASSERT(reply.has_value());
    it = still.replies.emplace(key, std::move(*reply)).first;
  }
  return it->second;
}

/// Whether it asks for the policies of one of these permission sets.
bool is_of(const std::set<std::string>& sets, const aws::Call& call) {
  return !sets.empty() && std::visit(
                              [&](const auto& c) {
                                if constexpr (requires { c.permission_set.str(); })
                                  return sets.contains(c.permission_set.str());
                                else return false;
                              },
                              call);
}

bool is_look(const aws::Call& call) { return std::holds_alternative<aws::ListAccountAssignments>(call); }

bool mutates(const aws::Call& call) {
  return std::holds_alternative<aws::CreateAccountAssignment>(call) ||
         std::holds_alternative<aws::DeleteAccountAssignment>(call);
}

}  // namespace

Cloud::Cloud(const sandbox::Behaviour& behaviour)
    : behaviour_(behaviour),
      sandbox_(kCompany, behaviour),
      endpoints_(*aws::Endpoints::of(sandbox_.region(), [](const std::string&) { return std::nullopt; })) {
  root_ = sandbox_.control_policies().front().targets.front();  // AWS's own is attached to all
}

void Cloud::slow_operations(Instant until, Duration length) {
  slow_until_ = until;
  sandbox::Behaviour slow = behaviour_;
  slow.operation_min = slow.operation_max = length;
  sandbox_.set_behaviour(slow);
}

void Cloud::heal() {
  out_until_ = {};
  slow_until_ = {};
  denied_until_.clear();
  behaviour_.failures_per_thousand = 0;
  sandbox_.set_behaviour(behaviour_);
  sandbox_.fail_next_operations(0, "");
  for (const auto& account : suspended_) AG_ASSERT(sandbox_.restore_account(account));
  suspended_.clear();
}

void Cloud::suspend(const sandbox::AccountId& account) {
  is_as_in_the_beginning_ = false;
  AG_ASSERT(sandbox_.suspend_account(account));
  suspended_.push_back(account);
}

void Cloud::remove_user(const sandbox::UserId& user) {
  is_as_in_the_beginning_ = false;
  (void)sandbox_.remove_user(user);
}

void Cloud::remove_account(const sandbox::AccountId& account, Instant now) {
  is_as_in_the_beginning_ = false;
  std::erase(suspended_, account);
  AG_ASSERT(sandbox_.remove_account(account, now));
}

void Cloud::move(const sandbox::AccountId& account, std::string_view unit) {
  is_as_in_the_beginning_ = false;
  AG_ASSERT(sandbox_.move_account(account, unit));
}

void Cloud::remove_permission_set(const sandbox::PermissionSetArn& set, Instant now) {
  is_as_in_the_beginning_ = false;
  (void)sandbox_.remove_permission_set(set, now);
}

bool Cloud::change_permission_set(const sandbox::PermissionSetArn& set, const std::string& document, Instant now) {
  const auto instances = over_the_wire(sandbox_, endpoints_, aws::ListInstances{}, now, now);
  const auto* found = instances ? std::get_if<aws::Instances>(&*instances) : nullptr;
  if (found == nullptr || found->items.empty()) return false;
  const aws::PutInlinePolicyToPermissionSet put{found->items.front().arn, aws::PermissionSetArn(set.str()), document};
  if (!over_the_wire(sandbox_, endpoints_, put, now, now)) return false;
  changed_sets_.insert(set.str());
  return true;
}

std::string Cloud::session_end_policy() const {
  const auto policies = sandbox_.control_policies();
  const auto policy = std::find_if(policies.begin(), policies.end(),
                                   [](const auto& each) { return each.name == "AccessGuardSessionEnd"; });
  AG_ASSERT(policy != policies.end());
  return policy->id;
}

void Cloud::attach_session_end_policy(std::vector<std::string> targets) {
  AG_ASSERT(sandbox_.attach_policy(session_end_policy(), std::move(targets)));
}

std::string Cloud::scheduler_role() const {
  static const std::string kManagement = slot("example-management", "ReadOnly", "ana").account.str();
  return "arn:aws:iam::" + kManagement + ":role/AccessGuardScheduler";
}

sandbox::Slot Cloud::slot(std::string_view account, std::string_view permission_set, std::string_view principal) {
  static const sandbox::Sandbox kBeginning(kCompany);
  const auto slot = kBeginning.slot(account, permission_set, principal);
  AG_ASSERT(slot.has_value());
  return *slot;
}

void Cloud::disturb(const aws::Call& call, Instant now, const Faults& faults, Chance& chance) {
  using When = sandbox::Disturbance::When;
  const std::string operation(aws::operation_of(call));
  const auto refuse = [&](int status, std::string code, std::string message) {
    sandbox_.disturb({operation, When::kInsteadOfTheCall, 1, status, std::move(code), std::move(message)});
  };
  if (mutates(call) && chance.per_thousand(faults.failed_operations)) {
    const bool passes = chance.per_thousand(700);
    sandbox_.fail_next_operations(1, passes ? "" : "Received a 404 status error: Not supported by group.");
  }
  const auto denied = denied_until_.find(operation);
  if (denied != denied_until_.end() && now < denied->second) {
    return refuse(400, "AccessDeniedException", "User is not authorized to perform: sso:" + operation);
  }
  if (chance.per_thousand(faults.throttled)) return refuse(400, "ThrottlingException", "Rate exceeded");
  if (now < out_until_ || chance.per_thousand(faults.internal)) {
    return sandbox_.disturb({.operation = operation, .when = When::kInsteadOfTheCall});
  }
  if (chance.per_thousand(faults.internal_after)) {
    return sandbox_.disturb({.operation = operation, .when = When::kAfterTheCall});
  }
  if (mutates(call) && chance.per_thousand(faults.conflicts)) {
    refuse(400, "ConflictException", "There is a conflicting operation in process.");
  }
}

aws::AwsResult<aws::Reply> Cloud::answer(const aws::Call& call, Instant now, Instant signed_at, const Faults& faults,
                                         Chance& chance) {
  if (now >= slow_until_ && slow_until_ != Instant{}) {
    slow_until_ = {};
    sandbox_.set_behaviour(behaviour_);
  }
  if (now >= out_until_) {
    if (is_as_in_the_beginning_ && is_unchanging(call) && !is_of(changed_sets_, call)) {
      return unchanging_answer(call, endpoints_, behaviour_.page_size);
    }
    if (const auto* earlier = earlier_list(call, now); earlier != nullptr && chance.per_thousand(faults.stale_lists)) {
      return *earlier;
    }
  }
  disturb(call, now, faults, chance);
  auto reply = over_the_wire(sandbox_, endpoints_, call, signed_at, now);
  if (!reply) ++refusals_[reply.error().code];
  else if (is_look(call)) earlier_lists_.insert_or_assign(key_of(call), std::pair(now, *reply));
  return reply;
}

const aws::Reply* Cloud::earlier_list(const aws::Call& call, Instant now) const {
  if (!is_look(call)) return nullptr;
  const auto it = earlier_lists_.find(key_of(call));
  return it != earlier_lists_.end() && now - it->second.first <= kLongestStale ? &it->second.second : nullptr;
}

std::size_t Cloud::refusals(const std::string& code) const {
  const auto it = refusals_.find(code);
  return it == refusals_.end() ? 0 : it->second;
}

}  // namespace ag::simulation
