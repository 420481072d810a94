#include "server/core.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace ag::server {
namespace {

// Bounds one turn, so that a thousand ends in one second do not make one transaction of everything.
constexpr std::size_t kMostDueAtOnce = 500;
// An observation leads to an intent, an intent to nothing more: three rounds settle every chain there is.
constexpr int kMostPlanRounds = 8;

// The ledger keeps times to the millisecond.
Instant to_milliseconds(Instant at) {
  return Instant::from_nanoseconds(at.count_nanoseconds() / 1'000'000 * 1'000'000);
}

}  // namespace

void Core::replay(const access::Entry& entry) {
  state_.apply(entry);
  state_.keep();
  last_at_ = std::max(last_at_, entry.at);
  for (const auto& slot : access::slots_of(state_, entry.event)) slots_.touch(slot);
}

void Core::adopt(std::optional<access::Snapshot> cached_directory) {
  slots_.adopt(state_);
  if (!cached_directory) return;
  directory_.adopt(*cached_directory);
  publish(std::move(*cached_directory));
}

void Core::publish(access::Snapshot snapshot) {
  slots_.use_instance(aws::InstanceArn(snapshot.instance_arn));
  organization_ = std::make_shared<const access::Organization>(std::move(snapshot));
  new_organization_ = organization_;
}

std::shared_ptr<const access::Organization> Core::take_new_organization() {
  return std::exchange(new_organization_, nullptr);
}

void Core::receive(control::CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now) {
  now = to_milliseconds(now);  // what is observed is what a fold of the ledger will say was observed
  if (slots_.owns(id)) return slots_.receive(id, reply, now);
  AG_ASSERT(directory_.owns(id));
  directory_.receive(id, reply, now);
  auto snapshot = directory_.take_finished();
  if (!snapshot) return;
  const Instant begun = directory_.begun_at();
  std::erase_if(snapshot->standing, [&](const access::StandingAssignment& seen) {
    if (!seen.user) return false;
    const access::Slot slot{seen.account, seen.permission_set, *seen.user};
    const access::SlotState* row = state_.slots.find(slot);
    return (row != nullptr && row->create_intended) || slots_.released_since(slot, begun);
  });
  if (!snapshot->standing_at) {
    // People and accounts are new; the assignments are those of the reading before, until they are read too.
    snapshot->standing = organization_->snapshot().standing;
    snapshot->standing_at = organization_->snapshot().standing_at;
  } else {
    slots_.forget_releases_before(begun);
  }
  publish(std::move(*snapshot));
}

void Core::apply(Batch& batch, const access::Actor& actor, const std::optional<access::IdempotencyKey>& idempotency,
                 std::vector<access::Event> events, Instant now) {
  bool first = true;
  for (auto& event : events) {
    access::Entry entry{state_.size.get(), now, actor, first ? idempotency : std::nullopt, std::move(event)};
    first = false;
    state_.apply(entry);
    for (const auto& slot : access::slots_of(state_, entry.event)) {
      slots_.touch(slot);
      touched_.push_back(slot);
    }
    batch.bytes.push_back(access::encode_entry(entry));
    batch.entries.push_back(std::move(entry));
  }
}

Batch Core::prepare(const std::vector<Submission>& submissions, Instant now) {
  const Instant at = std::max(to_milliseconds(now), last_at_);
  const access::Actor system{"system", {}, {}, {}};
  batch_at_ = at;
  Batch batch;
  apply(batch, system, {}, access::fall_due(state_, at, kMostDueAtOnce), at);
  for (const auto& submission : submissions) {
    auto outcome =
        access::decide(state_, *organization_, submission.caller, submission.command, submission.idempotency, at);
    if (!outcome) {
      batch.rulings.push_back({submission.ticket, fail(outcome.error())});
      continue;
    }
    apply(batch, submission.caller.actor, submission.idempotency, std::move(outcome->events), at);
    batch.rulings.push_back({submission.ticket, outcome->request});
  }
  for (int round = 0; round < kMostPlanRounds; ++round) {
    auto events = slots_.plan(state_, at);
    if (events.empty()) break;
    apply(batch, system, {}, std::move(events), at);
  }
  return batch;
}

void Core::commit() {
  state_.keep();
  last_at_ = std::max(last_at_, batch_at_);
  touched_.clear();
}

void Core::abort() {
  state_.take_back();
  for (const auto& slot : touched_) slots_.touch(slot);
  touched_.clear();
}

std::vector<control::Outgoing> Core::dispatch(Instant now) {
  now = to_milliseconds(now);
  auto outgoing = slots_.dispatch(state_, budget_, ids_, now);
  auto reading = directory_.dispatch(budget_, ids_, now);
  std::move(reading.begin(), reading.end(), std::back_inserter(outgoing));
  return outgoing;
}

Instant Core::next_wake() const {
  Instant wake = std::min(slots_.next_wake(), directory_.next_wake());
  if (state_.due.size() > 0) wake = std::min(wake, state_.due.begin()->first.first);
  return wake;
}

}  // namespace ag::server
