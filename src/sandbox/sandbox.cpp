#include "sandbox/sandbox.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "sandbox/gateway.hpp"
#include "sandbox/sequence.hpp"
#include "sandbox/world.hpp"

namespace ag::sandbox {
namespace {

constexpr std::size_t kMaxDisturbances = 1'000;
constexpr std::string_view kDelegate = "security-audit";

bool set_state(Company& company, const AccountId& account, AccountState state) {
  const auto* place = CompanyIndex::find(company.index.accounts, account.str());
  if (place == nullptr) return false;
  company.accounts[*place].state = state;
  return true;
}

/// In the account of whom AccessGuard runs: the management account's, or the delegated one's.
void make_administrator(World& world, const AccountId& account) {
  world.administrator = {"AKIA" + derived_text(world.seed, "administrator-key", 0, 16, kKeyAlphabet),
                         derived_text(world.seed, "administrator-secret", 0, 40, kSecretAlphabet)};
  world.keys.insert_or_assign(
      world.administrator.access_key_id,
      Key{.secret_access_key = world.administrator.secret_access_key,
          .caller = {.kind = CallerKind::kUser,
                     .account = account,
                     .arn = fmt::format("arn:aws:iam::{}:user/accessguard", account.str()),
                     .user_id = "AIDA" + derived_text(world.seed, "administrator", 0, 17, kKeyAlphabet)}});
}

}  // namespace

Sandbox::Sandbox(std::uint64_t seed, Behaviour behaviour, Size size)
    : world_(std::make_unique<World>(World{.seed = seed,
                                           .behaviour = behaviour,
                                           .company = grow_company(seed, size),
                                           .assignments = Assignments(seed)})) {
  make_administrator(*world_, world_->company.management_account);
  for (const Slot& slot : world_->company.standing) world_->assignments.add_by_hand(slot, Instant{});
}

Sandbox::~Sandbox() = default;
Sandbox::Sandbox(Sandbox&&) noexcept = default;
Sandbox& Sandbox::operator=(Sandbox&&) noexcept = default;

HttpResponse Sandbox::handle(const HttpRequest& request, Instant now) {
  advance(now);
  return answer(*world_, request);
}

const Credentials& Sandbox::credentials() const { return world_->administrator; }
const std::string& Sandbox::region() const { return world_->region; }

std::vector<Person> Sandbox::people() const {
  const Company& company = world_->company;
  std::vector<Person> people;
  for (const User& user : company.users) {
    Person person{.id = user.id,
                  .user_name = user.user_name,
                  .display_name = user.display_name(),
                  .email = user.email,
                  .enabled = user.enabled};
    for (const std::size_t place : CompanyIndex::list(company.index.memberships_of_user, user.id.str())) {
      person.groups.push_back(company.group(company.memberships[place].group.str())->display_name);
    }
    std::sort(person.groups.begin(), person.groups.end());
    people.push_back(std::move(person));
  }
  return people;
}

Result<Slot> Sandbox::slot(std::string_view account, std::string_view permission_set,
                           std::string_view principal) const {
  return world_->company.slot(account, permission_set, principal);
}

bool Sandbox::is_present(const Slot& slot) const { return world_->assignments.is_present(slot); }
std::vector<Presence> Sandbox::presences() const { return world_->assignments.presences(); }
std::vector<Presence> Sandbox::presences(const Slot& slot) const { return world_->assignments.presences(slot); }
std::uint64_t Sandbox::changes() const { return world_->assignments.log().changes(); }

std::vector<Presence> Sandbox::changed_since(std::uint64_t seen) const {
  const PresenceLog& log = world_->assignments.log();
  return log.remembers(seen) ? log.since(seen) : presences();
}

std::vector<Instant> Sandbox::made_by_others(const Slot& slot) const {
  const std::string& own = world_->keys.find(world_->administrator.access_key_id)->second.caller.arn;
  std::vector<Instant> made;
  for (const TrailRecord& record : world_->trail.records()) {
    if (record.was_taken && record.slot == slot && record.by != own) made.push_back(record.at);
  }
  return made;
}

bool Sandbox::is_of_a_schedule(const OperationId& operation) const {
  return world_->assignments.is_of_a_schedule(operation);
}

std::vector<ControlPolicy> Sandbox::control_policies() const { return world_->company.control_policies; }

std::vector<ScheduledRemoval> Sandbox::schedules() const {
  std::vector<ScheduledRemoval> removals;
  for (const auto& [key, schedule] : world_->schedules.all()) removals.push_back(schedule.removal);
  return removals;
}

void Sandbox::advance(Instant now) { pass_time(*world_, now); }

void Sandbox::add_standing(const Slot& slot, Instant now) {
  advance(now);
  world_->assignments.add_by_hand(slot, world_->now);
  note_by_hand(*world_, slot);
}

void Sandbox::remove_standing(const Slot& slot, Instant now) {
  advance(now);
  world_->assignments.remove_by_hand(slot, world_->now);
}

void Sandbox::set_behaviour(const Behaviour& behaviour) { world_->behaviour = behaviour; }

void Sandbox::disturb(Disturbance disturbance) {
  if (disturbance.times <= 0) return;
  if (world_->disturbances.size() >= kMaxDisturbances) world_->disturbances.pop_front();
  world_->disturbances.push_back(std::move(disturbance));
}

void Sandbox::fail_next_operations(int count, std::string reason) {
  world_->operations_to_fail = std::max(0, count);
  world_->operation_failure =
      reason.empty() ? "An unexpected internal service exception was encountered" : std::move(reason);
}

void Sandbox::stick_next_operations(int count, Duration length) {
  world_->operations_to_stick = std::max(0, count);
  world_->stick_length = length;
}

void Sandbox::deny(std::string operation, Instant until) {
  world_->denials.insert_or_assign(std::move(operation), until);
}

bool Sandbox::suspend_account(const AccountId& account) {
  return set_state(world_->company, account, AccountState::kSuspended);
}
bool Sandbox::restore_account(const AccountId& account) {
  return set_state(world_->company, account, AccountState::kActive);
}

bool Sandbox::move_account(const AccountId& account, std::string_view unit) {
  Company& company = world_->company;
  const auto* place = CompanyIndex::find(company.index.accounts, account.str());
  if (place == nullptr || (unit != company.root_id && company.unit(unit) == nullptr)) return false;
  company.accounts[*place].parent = std::string(unit);
  company.reindex();
  return true;
}

bool Sandbox::remove_account(const AccountId& account, Instant now) {
  advance(now);
  Company& company = world_->company;
  const AccountId id = account;  // a reference into the list would die with it
  if (std::erase_if(company.accounts, [&](const Account& each) { return each.id == id; }) == 0) return false;
  company.reindex();
  world_->assignments.forget(id, world_->now);
  return true;
}

bool Sandbox::remove_user(const UserId& user) {
  Company& company = world_->company;
  const UserId id = user;  // a reference into the list would die with it
  if (std::erase_if(company.users, [&](const User& each) { return each.id == id; }) == 0) return false;
  std::erase_if(company.memberships, [&](const Membership& each) { return each.user == id; });
  company.reindex();
  return true;
}

bool Sandbox::remove_permission_set(const PermissionSetArn& permission_set, Instant now) {
  advance(now);
  Company& company = world_->company;
  const PermissionSetArn arn = permission_set;  // a reference into the list would die with it
  if (std::erase_if(company.permission_sets, [&](const PermissionSet& each) { return each.arn == arn; }) == 0) {
    return false;
  }
  company.reindex();
  world_->assignments.forget(arn, world_->now);
  return true;
}

void Sandbox::delegated_admin(bool is_delegated) {
  Company& company = world_->company;
  const auto* place = CompanyIndex::find(company.index.account_names, kDelegate);
  AG_ASSERT(place != nullptr);
  world_->delegate.reset();
  if (is_delegated) world_->delegate = company.accounts[*place].id;
  make_administrator(*world_, is_delegated ? *world_->delegate : company.management_account);
}

void Sandbox::add_schedule_group(std::string name) { world_->schedules.groups.insert(std::move(name)); }

bool Sandbox::attach_policy(std::string_view policy, std::vector<std::string> targets) {
  auto& policies = world_->company.control_policies;
  const auto it = std::find_if(policies.begin(), policies.end(), [&](const auto& each) { return each.id == policy; });
  if (it == policies.end()) return false;
  it->targets = std::move(targets);
  return true;
}

void Sandbox::publish(ManagedPolicy policy) {
  AG_ASSERT(policy.arn.find(":policy/") != std::string::npos);
  std::string arn = policy.arn;
  world_->policies.insert_or_assign(std::move(arn), std::move(policy));
}

}  // namespace ag::sandbox
