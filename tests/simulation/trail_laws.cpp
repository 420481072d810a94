#include <algorithm>

#include "simulation/laws.hpp"

/// What others make too while it is ours: the part of the laws that is about CloudTrail, judged by who really did what.
namespace ag::simulation {
namespace {

// CloudTrail tells whole seconds.
constexpr Duration kSecond = Duration::seconds(1);
// What a look has not shown may have come while its reply, or the ledger, was on its way.
constexpr Duration kOnItsWay = Duration::minutes(1);

}  // namespace

/// Since our last create was intended; where a clock may be wrong, a little before.
bool Laws::is_made_by_others(const access::Slot& slot) {
  const auto made = sandbox_.made_by_others(slot_of(slot));
  const Instant since = intended_at_[slot];
  return std::any_of(made.begin(), made.end(), [&](Instant at) { return at + kSecond + bounds_.clocks >= since; });
}

/// All of its grants that are over and not yet closed are over by their time.
bool Laws::has_expired(const access::Slot& slot) {
  const auto& all = grants_of_[slot];
  return std::none_of(all.begin(), all.end(), [&](const auto& id) {
    const Grant& grant = grants_.at(id);
    // What never began is nobody's wish about what is there.
    return !grant.over && grant.ending && grant.ended_early && grant.started;
  });
}

void Laws::on(const access::SlotShared& event, Instant) {
  if (!is_made_by_others(event.slot))
    break_law(2, "somebody else is said to have made it, but did not: " + words(event.slot));
  const bool stays = event.at_expiry == access::ForeignCreates::kHold;
  if (stays != (bounds_.foreign_creates == access::ForeignCreates::kHold))
    break_law(2, "what becomes of it is not as it was configured: " + words(event.slot));
  if (stays) kept_.insert(event.slot);
  if (is_said_twice()) kept_unheard_.insert(event.slot);
}

void Laws::check_handed_over(const access::Slot& slot) {
  const auto intent = intents_.find(slot);
  if (intent == intents_.end() || intent->second != Intent::kCreate)
    break_law(2, "handed over, and was not ours: " + words(slot));
  if (!kept_.contains(slot) || !is_made_by_others(slot))
    break_law(2, "handed over, and nobody else made it: " + words(slot));
}

void Laws::on(const access::SlotHandedOver& event, Instant now) {
  if (!bounds_.is_alone && handed_over_.contains(event.slot)) return;  // both may have seen it
  look(now);
  if (!deleted_unheard_.contains(event.slot)) check_handed_over(event.slot);
  if (!has_expired(event.slot)) break_law(2, "handed over although somebody ended it: " + words(event.slot));
  if (!was_there(event.slot, event.observed_at, now))
    break_law(5, "said to stay, but was not there: " + words(event.slot));
  for (const auto& id : grants_of_[event.slot]) {
    Grant& grant = grants_.at(id);
    if (!grant.over && grant.ending) close(id, grant);
  }
  intents_.erase(event.slot);
  ours_.erase(event.slot);
  kept_.erase(event.slot);
  handed_over_.insert(event.slot);
  sessions_.note_goes_on(event.slot);
}

/// What is to stay is not taken away, unless somebody wants that, or it was not there when somebody looked.
void Laws::check_kept(const access::Slot& slot, Instant now) {
  if (!kept_.contains(slot) || kept_unheard_.contains(slot) || !has_expired(slot)) return;
  look(now);
  const auto& all = intervals_[slot];
  const bool is_there = !all.empty() && all.back().until == Instant::max() &&
                        all.back().from + bounds_.stale_lists + bounds_.clocks + kOnItsWay < now;
  if (is_there) break_law(3, "what somebody else made too is taken away: " + words(slot));
}

}  // namespace ag::simulation
