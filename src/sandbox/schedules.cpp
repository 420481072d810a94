#include "sandbox/schedules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "sandbox/operations.hpp"
#include "sandbox/sequence.hpp"
#include "sandbox/world.hpp"

namespace ag::sandbox {
namespace {

constexpr Duration kFirstRetry = Duration::seconds(10);  // AWS says "exponential" and no more
constexpr Duration kLongestRetry = Duration::minutes(10);
constexpr int kMaxAttempts = 185;                  // AWS: MaximumRetryAttempts
constexpr Duration kMaxAge = Duration::hours(24);  // AWS: MaximumEventAgeInSeconds
constexpr std::string_view kOperation = "DeleteAccountAssignment";

/// Its call, made in the name of its role, and what AWS says to it.
Outcome<void> make_call(World& world, const ScheduledRemoval& removal) {
  if (auto good = check_denials(world, kOperation, removal.role_arn); !good) return good;
  if (!world.sso_admin_calls.admits(world.behaviour.calls_per_second, world.now)) {
    return refuse("ThrottlingException", "Rate exceeded");
  }
  const auto begun = begin_operation(world, OperationKind::kDelete, removal.slot, Operation::Origin::kSchedule);
  if (!begun) return std::unexpected(begun.error());
  return {};
}

Duration wait_after(int attempts) {
  Duration wait = kFirstRetry;
  for (int i = 1; i < attempts && wait < kLongestRetry; ++i) wait = wait * 2;
  return std::min(wait, kLongestRetry);
}

void perform_next(World& world) {
  Schedule schedule = world.schedules.next();
  const auto done = make_call(world, schedule.removal);
  const bool is_retryable =
      !done && (done.error().code == "ConflictException" || done.error().code == "ThrottlingException");
  if (is_retryable && ++schedule.removal.attempts <= kMaxAttempts) {
    const Instant again = world.now + wait_after(schedule.removal.attempts);
    if (again - schedule.removal.at <= kMaxAge) {
      schedule.next_attempt = again;
      return world.schedules.put(std::move(schedule));
    }
  }
  if (schedule.afterwards == Schedule::Afterwards::kDelete) return world.schedules.remove(key_of(schedule));
  schedule.next_attempt = Instant::max();
  world.schedules.put(std::move(schedule));
}

}  // namespace

const Schedule& Schedules::next() const {
  AG_ASSERT(!due_.empty());
  return schedules_.at(due_.begin()->second);
}

const Schedule* Schedules::find(const Key& key) const {
  const auto it = schedules_.find(key);
  return it == schedules_.end() ? nullptr : &it->second;
}

void Schedules::put(Schedule schedule) {
  const Key key = key_of(schedule);
  remove(key);
  if (schedule.next_attempt != Instant::max()) due_.emplace(schedule.next_attempt, key);
  schedules_.emplace(key, std::move(schedule));
}

void Schedules::remove(const Key& key) {
  const auto it = schedules_.find(key);
  if (it == schedules_.end()) return;
  due_.erase({it->second.next_attempt, key});
  schedules_.erase(it);
}

Instant performed_at(const World& world, const ScheduledRemoval& removal) {
  const auto most = static_cast<std::uint64_t>(world.behaviour.schedule_lateness_max.count_nanoseconds());
  const auto number = static_cast<std::uint64_t>(removal.at.count_nanoseconds());
  const auto late =
      derived_number(world.seed, fmt::format("schedule/{}/{}", removal.group, removal.name), number) % (most + 1);
  return removal.at + Duration::nanoseconds(static_cast<std::int64_t>(late));
}

void pass_time(World& world, Instant until) {
  for (;;) {
    const Instant operation = world.assignments.next_due();
    const Instant schedule = world.schedules.next_due();
    const Instant next = std::min(operation, schedule);
    if (next > until) break;
    world.now = std::max(world.now, next);
    if (operation <= schedule) world.assignments.advance(operation);
    else perform_next(world);
  }
  world.now = std::max(world.now, until);
}

}  // namespace ag::sandbox
