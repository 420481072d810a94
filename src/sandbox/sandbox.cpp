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

void make_administrator(World& world) {
  world.administrator = {"AKIA" + derived_text(world.seed, "administrator-key", 0, 16, kKeyAlphabet),
                         derived_text(world.seed, "administrator-secret", 0, 40, kSecretAlphabet)};
  const AccountId& account = world.company.management_account;
  world.keys.emplace(
      world.administrator.access_key_id,
      Key{.secret_access_key = world.administrator.secret_access_key,
          .caller = {.kind = CallerKind::kUser,
                     .account = account,
                     .arn = fmt::format("arn:aws:iam::{}:user/accessguard", account.str()),
                     .user_id = "AIDA" + derived_text(world.seed, "administrator", 0, 17, kKeyAlphabet)}});
}

}  // namespace

Sandbox::Sandbox(std::uint64_t seed, Behaviour behaviour)
    : world_(std::make_unique<World>(World{
          .seed = seed, .behaviour = behaviour, .company = grow_company(seed), .assignments = Assignments(seed)})) {
  make_administrator(*world_);
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
    for (const Membership& membership : company.memberships) {
      if (membership.user == user.id) person.groups.push_back(company.group(membership.group.str())->display_name);
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

void Sandbox::advance(Instant now) {
  world_->now = std::max(world_->now, now);
  world_->assignments.advance(world_->now);
}

void Sandbox::add_standing(const Slot& slot, Instant now) {
  advance(now);
  world_->assignments.add_by_hand(slot, world_->now);
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

void Sandbox::publish(ManagedPolicy policy) {
  AG_ASSERT(policy.arn.find(":policy/") != std::string::npos);
  std::string arn = policy.arn;
  world_->policies.insert_or_assign(std::move(arn), std::move(policy));
}

}  // namespace ag::sandbox
