#include "control/trail.hpp"

#include <algorithm>
#include <utility>

namespace ag::control {
namespace {

using access::Event;
using access::Slot;
using access::SlotState;
using access::State;

// Of one reading: 10,000 events, the newest first. An organization that is given more in a quarter of an hour is being
// set up.
constexpr std::size_t kMostPages = 200;
// That the ledger has not taken yet.
constexpr std::size_t kMostForeign = 1'000;
// What only people can put right is asked for less often.
constexpr Duration kPauseIfRefused = Duration::minutes(5);
// Slots come and go by hundreds in a second: all of them are looked through no more often than this.
constexpr Duration kShortestPause = Duration::seconds(1);

Instant to_second(Instant at) { return Instant::from_seconds(at.count_seconds()); }

/// Whether somebody else may make it while it is ours, and nobody is known to have.
bool is_open(const SlotState& row) {
  return row.create_intended && !row.delete_intended && row.shared == nullptr && !row.live.empty();
}

std::optional<Instant> open_since(const State& state) {
  std::optional<Instant> since;
  for (const auto& [slot, row] : state.slots) {
    if (is_open(row)) since = std::min(since.value_or(row.create_intended_at), row.create_intended_at);
  }
  return since;
}

Slot slot_of(const aws::Assignment& assignment) {
  return {assignment.account, assignment.permission_set, access::UserId(assignment.principal_id)};
}

}  // namespace

std::string caller_of(std::string_view arn) {
  // arn:aws:sts::<account>:assumed-role/<role>/<session>, arn:aws:iam::<account>:role/<path>/<role>
  const auto fifth = [&] {
    std::size_t at = 0;
    for (int colons = 0; colons < 5 && at != std::string_view::npos; ++colons) {
      at = arn.find(':', at);
      if (at != std::string_view::npos) ++at;
    }
    return at;
  }();
  if (fifth == std::string_view::npos) return std::string(arn);
  const std::string_view resource = arn.substr(fifth);
  std::string_view account = arn.substr(0, fifth - 1);
  account = account.substr(account.rfind(':') + 1);
  std::string_view role;
  if (constexpr std::string_view kSession = "assumed-role/"; resource.starts_with(kSession)) {
    role = resource.substr(kSession.size());
    role = role.substr(0, role.find('/'));
  } else if (resource.starts_with("role/")) {
    role = resource.substr(resource.rfind('/') + 1);
  }
  if (role.empty()) return std::string(arn);
  return std::string(account) + "/" + std::string(role);
}

void Trail::note_caller(std::string_view arn) {
  if (!arn.empty()) own_.insert(caller_of(arn));
}

bool Trail::is_own(const aws::MadeAssignment& made) const {
  return own_.contains(caller_of(made.by)) || (!made.by_role.empty() && own_.contains(caller_of(made.by_role)));
}

/// What was made before ours was first seen may be ours: each try of it is an event of its own, and who we were then is
/// not known. An event that is older still, and delivered late, says nothing of what is there now.
bool Trail::is_news(const State& state, const aws::MadeAssignment& made) const {
  if (made.assignment.principal_type != aws::PrincipalType::kUser || made.instance != instance_ || is_own(made))
    return false;
  const SlotState* row = state.slots.find(slot_of(made.assignment));
  if (row == nullptr || !is_open(*row)) return false;
  const bool is_our_operation = !made.operation.empty() && made.operation == row->create_operation;
  return !is_our_operation && row->present_since != Instant{} && made.at > row->present_since;
}

std::vector<Event> Trail::plan(const State& state) const {
  std::vector<Event> events;
  std::set<Slot> told;
  for (const auto& [id, made] : foreign_) {
    const Slot slot = slot_of(made.assignment);
    if (!is_news(state, made) || !told.insert(slot).second) continue;
    events.emplace_back(access::SlotShared{slot, id, made.by, made.at, settings_.at_expiry});
  }
  return events;
}

void Trail::begin(const State& state, Instant now) {
  is_stirred_ = false;
  const auto since = open_since(state);
  next_read_ = now + (since ? settings_.every : kShortestPause);
  if (!since) {
    problem_.reset();  // nothing is to be told
    return;
  }
  is_stirred_ = true;
  const Instant from = newest_ ? std::max(*since, *newest_ - kLateness) : *since;
  reading_ = Reading{{to_second(from), {}}, {}, aws::PageGuard(kMostPages)};
}

std::vector<Outgoing> Trail::dispatch(const State& state, Budget& budget, CallIds& ids, Instant now) {
  std::erase_if(foreign_, [&](const auto& entry) { return !is_news(state, entry.second); });
  budget_wake_ = Instant::max();
  if (instance_.empty() || own_.empty() || call_) return {};
  if (!reading_ && is_stirred_ && now >= next_read_) begin(state, now);
  if (!reading_) return {};
  const aws::Call call = reading_->call;
  if (!budget.allows(call, Lane::kSync, now)) {
    budget_wake_ = budget.when(call, Lane::kSync, now);
    return {};
  }
  budget.spend(call, Lane::kSync, now);
  call_ = ids.next();
  return {{*call_, call, Lane::kSync}};
}

Instant Trail::next_wake() const {
  if (instance_.empty() || own_.empty() || call_) return Instant::max();
  if (reading_) return budget_wake_ == Instant::max() ? Instant{} : budget_wake_;
  return is_stirred_ ? next_read_ : Instant::max();
}

void Trail::receive(CallId, const aws::AwsResult<aws::Reply>& reply, Instant now) {
  call_.reset();
  if (reply) return take(std::get<aws::MadeAssignments>(*reply), now);
  const aws::AwsError& error = reply.error();
  reading_.reset();
  if (!is_passing(error.kind)) problem_ = error;
  const Duration pause = is_passing(error.kind) ? settings_.every : kPauseIfRefused;
  next_read_ = now + std::max(pause, error.retry_after.value_or(Duration{}));
}

void Trail::take(const aws::MadeAssignments& page, Instant now) {
  for (const auto& made : page.items) {
    if (foreign_.size() < kMostForeign && !is_own(made)) foreign_.try_emplace(made.event, made);
  }
  if (page.newest) reading_->newest = std::max(reading_->newest.value_or(*page.newest), *page.newest);
  // Where the list has no end, the newest of it were read all the same.
  if (!page.next.empty() && !reading_->guard.refuses(page.next)) {
    reading_->call.token = page.next;
    return;
  }
  if (reading_->newest) newest_ = std::max(newest_.value_or(Instant{}), std::min(*reading_->newest, now));
  reading_.reset();
  problem_.reset();
  next_read_ = std::max(next_read_, now);
}

}  // namespace ag::control
