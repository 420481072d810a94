#include "simulation/laws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ag::simulation {
namespace {

constexpr std::size_t kMostBroken = 20;

/// What AWS says when it is AWS that has trouble, not we who asked for what cannot be.
bool is_passing_trouble(std::string_view code) {
  constexpr std::array<std::string_view, 5> kCodes = {"ThrottlingException", "ConflictException",
                                                      "InternalServerException", "Timeout", "Connection"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

/// Whether the entry tells of that slot, or of that grant.
bool is_about(const access::Event& event, const access::Slot& slot) {
  return std::visit(
      [&](const auto& it) {
        if constexpr (requires { it.slot; }) return it.slot == slot;
        else return false;
      },
      event);
}
bool is_about(const access::Event& event, const access::GrantId& id) {
  return std::visit(
      [&](const auto& it) {
        if constexpr (requires { it.grant; }) return it.grant == id;
        else if constexpr (requires { it.grants.front().id; })
          return std::any_of(it.grants.begin(), it.grants.end(), [&](const auto& each) { return each.id == id; });
        else if constexpr (requires { it.grants.front().grant; })
          return std::any_of(it.grants.begin(), it.grants.end(), [&](const auto& each) { return each.grant == id; });
        else return false;
      },
      event);
}

}  // namespace

access::Slot slot_of(const sandbox::Slot& slot) {
  return {access::AccountId(slot.account.str()), access::PermissionSetArn(slot.permission_set.str()),
          access::UserId(slot.principal_id)};
}

sandbox::Slot slot_of(const access::Slot& slot) {
  return {sandbox::AccountId(slot.account.str()), sandbox::PermissionSetArn(slot.permission_set.str()),
          sandbox::PrincipalType::kUser, slot.principal.str()};
}

std::string name_of_law(int law) {
  switch (law) {
    case 0: return "rest";
    case kHardEnd: return "hard end";
    case kSwitch: return "switch";
    case kRestored: return "restored";
    case kSetChanged: return "changed set";
    default: return fmt::format("law {}", law);
  }
}

std::string to_text(const Breach& breach) {
  return breach.law == 0 ? breach.what : name_of_law(breach.law) + ": " + breach.what;
}

Laws::Laws(const sandbox::Sandbox& sandbox, Bounds bounds)
    : sandbox_(sandbox),
      people_(sandbox.people()),
      bounds_(bounds),
      sessions_(sandbox, {bounds.denied_within.value_or(Duration{}), bounds.clocks}) {
  if (bounds.switch_grace) switches_.emplace(sandbox, *bounds.switch_grace);
}

void Laws::break_law(int law, std::string what) {
  if (is_folding_) return;
  if (broken_.size() < kMostBroken) broken_.push_back({law, std::move(what)});
}

std::string Laws::words(const access::Slot& slot) const {
  const auto person = std::find_if(people_.begin(), people_.end(),
                                   [&](const auto& each) { return each.id.str() == slot.principal.str(); });
  const auto& arn = slot.permission_set.str();
  return fmt::format("{} in {} for {}", arn.substr(arn.rfind('/') + 1), slot.account.str(),
                     person == people_.end() ? slot.principal.str() : person->user_name);
}

bool Laws::is_live(const access::RequestId& request, Instant now) const {
  return std::any_of(open_.begin(), open_.end(), [&](const auto& id) {
    const Grant& grant = grants_.at(id);
    return grant.request == request && now < grant.end;
  });
}

// ---- the ledger: what people and the clock did ------------------------------------------------------------

void Laws::note_entry(const access::Entry& entry, Instant now) {
  entry_at_ = entry.at;
  noted_at_ = now;
  std::visit([&](const auto& event) { on(event, now); }, entry.event);
}

void Laws::note_spooled(const access::Entry& entry, Instant now) {
  is_spooled_ = true;
  note_entry(entry, now);
  is_spooled_ = false;
}

void Laws::note_all_heard() {
  deleted_unheard_.clear();
  kept_unheard_.clear();
  for (auto& [id, grant] : grants_) grant.unheard_end = {};
}

void Laws::on(const access::RequestSubmitted& event, Instant) {
  if (!requests_.try_emplace(event.request.id, Asked{event.request, {}, {}, {}, false}).second) {
    break_law(6, fmt::format("{} was submitted twice", event.request.id.str()));
  }
}

void Laws::check_decider(const access::Request& request, std::int64_t step, const access::UserId& by) {
  if (by == request.requester) break_law(1, "the requester decided");
  const auto person =
      std::find_if(people_.begin(), people_.end(), [&](const auto& each) { return each.id.str() == by.str(); });
  const auto at = static_cast<std::size_t>(step);
  if (person == people_.end() || at >= request.steps.size()) return break_law(1, "somebody unknown decided");
  const auto& parties = request.steps[at].any_of;
  const bool may = std::any_of(parties.begin(), parties.end(), [&](const access::Party& party) {
    if (party.kind == access::PartyKind::kUser) return party.id == by.str();
    return std::find(person->groups.begin(), person->groups.end(), party.name) != person->groups.end();
  });
  if (!may) break_law(1, fmt::format("{} may not decide {}, and did", person->user_name, request.id.str()));
}

void Laws::on(const access::RequestDecided& event, Instant) {
  Asked& asked = requests_.at(event.request);
  if (asked.closed) break_law(6, event.request.str() + " was decided although it was over");
  if (event.version != access::version_of(asked.request)) break_law(6, "a decision on another version counted");
  // Whoever has agreed may still say no.
  const bool is_first = asked.decided.insert(event.by).second;
  if (!is_first && event.decision != access::Verdict::kDeny) break_law(6, event.by_name + " decided twice");
  check_decider(asked.request, event.step, event.by);
  if (event.decision == access::Verdict::kDeny) {
    asked.closed = true;
    return;
  }
  asked.approvals[event.step].insert(event.by);
  if (event.max_duration) asked.most = std::min(*event.max_duration, asked.most.value_or(*event.max_duration));
}

/// It is over with that, and was agreed to.
const Laws::Asked& Laws::approved(const access::RequestId& request) {
  Asked& asked = requests_.at(request);
  if (asked.closed) break_law(6, request.str() + " was approved although it was over");
  asked.closed = true;
  if (void_requests_.contains(request)) {
    break_law(kSetChanged, request.str() + " became a grant although its permission set is another one now");
  }
  for (std::size_t i = 0; i < asked.request.steps.size(); ++i) {
    const auto given = asked.approvals.find(static_cast<std::int64_t>(i));
    const std::size_t count = given == asked.approvals.end() ? 0 : given->second.size();
    if (count < static_cast<std::size_t>(asked.request.steps[i].need)) {
      break_law(1, fmt::format("{} was approved with {} approvals in step {}", request.str(), count, i));
    }
  }
  return asked;
}

void Laws::on(const access::GrantsExtended& event, Instant now) {
  const Asked& asked = approved(event.request);
  const Duration most = std::min(asked.request.duration, asked.most.value_or(asked.request.duration));
  for (const auto& extended : event.grants) {
    Grant& grant = grants_.at(extended.grant);
    if (grant.request != asked.request.extends) break_law(1, "another request's grant was extended");
    if (grant.ending || grant.over || grant.end + bounds_.clocks < now)
      break_law(1, extended.grant.str() + " was over, and was extended");
    if (extended.end - grant.end > most)
      break_law(1, fmt::format("{} lasts {} longer, {} was agreed", extended.grant.str(),
                               to_text(extended.end - grant.end), to_text(most)));
    grant.end = extended.end;
    grant.known_until = now;
    last_end_ = std::max(last_end_, extended.end);
  }
}

void Laws::on(const access::RequestApproved& event, Instant now) {
  const Asked& asked = approved(event.request);
  check_length(asked, event);
  for (const auto& opened : event.grants) {
    Grant grant{event.request, opened.slot, event.start, event.end, event.start <= now};
    grant.is_hard = asked.request.session_end == access::SessionEnd::kHard;
    grant.was_agreed = !asked.decided.empty();
    grant.known_until = now;
    grants_.insert_or_assign(opened.id, std::move(grant));
    open_.insert(opened.id);
    grants_of_[opened.slot].push_back(opened.id);
    last_end_ = std::max(last_end_, event.end);
  }
}

void Laws::check_length(const Asked& asked, const access::RequestApproved& event) {
  const Duration most = std::min(asked.request.duration, asked.most.value_or(asked.request.duration));
  if (event.end - event.start > most) {
    break_law(1, fmt::format("{} lasts {}, {} was agreed", event.request.str(), to_text(event.end - event.start),
                             to_text(most)));
  }
  if (asked.request.start && event.start < *asked.request.start) {
    break_law(1, event.request.str() + " begins before the moment that was agreed");
  }
}

void Laws::on(const access::RequestWithdrawn& event, Instant) { requests_.at(event.request).closed = true; }
void Laws::on(const access::RequestLapsed& event, Instant) { requests_.at(event.request).closed = true; }

// ---- the ledger: grants and slots -------------------------------------------------------------------------

void Laws::close(const access::GrantId& id, Grant& grant) {
  // What the spool had closed is said once more where others have written meanwhile.
  if (grant.over && !grant.closed_in_spool && !is_said_twice())
    break_law(0, "a grant that is over ends again: " + id.str());
  grant.over = true;
  grant.closed_in_spool = grant.closed_in_spool || is_spooled_;
  open_.erase(id);
}

void Laws::on(const access::GrantStarted& event, Instant) { grants_.at(event.grant).started = true; }

void Laws::on(const access::GrantEnding& event, Instant now) {
  Grant& grant = grants_.at(event.grant);
  if (grant.over && !is_said_twice() && !grant.closed_in_spool) {
    break_law(0, "a grant that is over ends again: " + event.grant.str());
  }
  if (is_said_twice()) grant.unheard_end = std::max(grant.unheard_end, grant.end);
  grant.end = std::min(grant.end, now);
  grant.ending = true;
  grant.ended_early = event.cause != access::EndCause::kExpiry;
  void_grants_.erase(event.grant);
  if (grant.is_hard) note_hard_over(grant);
  settle_sessions(grant.slot);
}

void Laws::on(const access::GrantCovered& event, Instant) {
  // Of two programs without the ledger one may not know yet what the other has ended.
  const Grant& by = grants_.at(event.by);
  if (by.over && !(by.closed_in_spool && (is_spooled_ || !bounds_.is_alone))) {
    break_law(0, "a grant is covered by one that is over: " + event.grant.str());
  }
  close(event.grant, grants_.at(event.grant));
}

void Laws::on(const access::GrantFailed& event, Instant now) {
  look(now);
  Grant& grant = grants_.at(event.grant);
  if (is_passing_trouble(event.code)) {
    break_law(4, fmt::format("{} was given up for {}, which passes", event.grant.str(), event.code));
  }
  close(event.grant, grant);
  grant.end = std::min(grant.end, now);
  settle_sessions(grant.slot);
  // The last one to fail leaves nothing behind that could still appear.
  const auto& all = grants_of_[grant.slot];
  if (std::none_of(all.begin(), all.end(), [&](const auto& id) { return open_.contains(id); })) {
    intents_.erase(grant.slot);
  }
}

void Laws::on(const access::CreateIntended& event, Instant now) {
  intents_[event.slot] = Intent::kCreate;
  intended_at_[event.slot] = now;
  in_doubt_.erase(event.slot);
  kept_.erase(event.slot);
  handed_over_.erase(event.slot);
}

void Laws::on(const access::DeleteIntended& event, Instant now) {
  if (!is_spooled_) check_kept(event.slot, now);
  kept_.erase(event.slot);
  if (!intents_.contains(event.slot)) break_law(5, "a delete is intended of what never was: " + words(event.slot));
  intents_[event.slot] = Intent::kDelete;
  if (is_said_twice()) deleted_unheard_.insert(event.slot);
}

void Laws::on(const access::SlotMissing& event, Instant now) {
  look(now);
  intents_.erase(event.slot);
  kept_.erase(event.slot);
  const auto& all = grants_of_[event.slot];
  const bool is_needed = std::any_of(all.begin(), all.end(), [&](const auto& id) {
    const Grant& grant = grants_.at(id);
    const bool is_open = !grant.over && !grant.ending && entry_at_ < grant.end;
    return is_open || entry_at_ < grant.unheard_end;
  });
  if (!is_needed) break_law(kSwitch, "what is over is missed: " + words(event.slot));
}

bool Laws::was_there(const access::Slot& slot, Instant observed_at, Instant now) {
  look(now);
  const auto& all = intervals_[slot];
  return std::any_of(all.begin(), all.end(), [&](const Interval& it) {
    return it.from <= now && it.until + bounds_.stale_lists + bounds_.clocks >= observed_at;
  });
}

void Laws::on(const access::SlotPresent& event, Instant now) {
  if (!was_there(event.slot, event.observed_at, now)) {
    break_law(5, "said to be present, but was not: " + words(event.slot));
  }
}

void Laws::on(const access::SlotAbsent& event, Instant now) {
  look(now);
  // What somebody gave by hand since that look is another one.
  const auto& all = intervals_[event.slot];
  const bool is_by_hand_since = !all.empty() && !all.back().is_ours && all.back().from > event.observed_at;
  if (sandbox_.is_present(slot_of(event.slot)) && !is_by_hand_since)
    break_law(2, "said to be absent, but is there: " + words(event.slot));
  // Where others have written meanwhile it is looked at, and perhaps deleted, once more.
  if (!is_spooled_) intents_.erase(event.slot);
  else in_doubt_.insert(event.slot);
  for (const auto& id : grants_of_[event.slot]) {
    Grant& grant = grants_.at(id);
    if (!grant.over && grant.ending) close(id, grant);
  }
}

void Laws::on(const access::CreateUnanswered& event, Instant) { unanswered_.insert(event.slot); }

// ---- the ledger: what is promised beside the laws of the design --------------------------------------------

bool Laws::is_held(const access::Slot& slot, Instant at) const {
  const auto all = grants_of_.find(slot);
  if (all == grants_of_.end()) return false;
  return std::any_of(all->second.begin(), all->second.end(), [&](const auto& id) {
    const Grant& grant = grants_.at(id);
    return !grant.over && !grant.ending && grant.start <= at && at < grant.end;
  });
}

void Laws::note_hard_over(const Grant& grant) {
  if (!is_folding_) look(entry_at_);
  const auto& all = intervals_[grant.slot];
  const bool had_access = std::any_of(all.begin(), all.end(), [&](const Interval& it) {
    return it.is_ours && it.until >= grant.start && it.from <= entry_at_ + bounds_.clocks;
  });
  const bool is_known = intents_.contains(grant.slot) || !forgotten_.contains(grant.slot);
  sessions_.note_over(grant.slot, requests_.at(grant.request).request, had_access && is_known);
}

void Laws::settle_sessions(const access::Slot& slot) {
  // A clock that was ahead has ended it now, whatever it says: nothing may be denied that is yet to begin.
  Instant over = std::min(entry_at_, noted_at_);
  // What another program has taken away long before gave nobody credentials since.
  const auto& all = intervals_[slot];
  if (!bounds_.is_alone && !all.empty()) over = std::min(over, all.back().until);
  if (sessions_.waits(slot) && !is_held(slot, entry_at_)) sessions_.owe(slot, over, over);
}

void Laws::on(const access::SessionsCutRefused& event, Instant) { sessions_.note_refused(event.slot, event.code); }

void Laws::on(const access::SessionsCut& event, Instant now) {
  auto what = sessions_.note_cut(event.slot, now, quiet_since_);
  if (what && !is_folding_ && bounds_.denied_within) break_law(kHardEnd, std::move(*what));
}

void Laws::on(const access::SessionsRestored& event, Instant) { sessions_.note_restored(event.slot); }

void Laws::on(const access::AssignmentAppeared& event, Instant) {
  if (event.user) found_again_.insert({event.account, event.permission_set, *event.user});
}

void Laws::on(const access::AssignmentVanished& event, Instant) {
  if (!event.user) return;
  const access::Slot slot{event.account, event.permission_set, *event.user};
  const auto all = intervals_.find(slot);
  // What a list did not show as ours is not ours to end.
  const bool was_ours = all != intervals_.end() && !all->second.empty() && all->second.back().is_by_schedule &&
                        !handed_over_.contains(slot);
  if (was_ours && !forgotten_.contains(slot)) {
    break_law(kSwitch, "what AWS has removed for us is taken for somebody's doing: " + words(slot));
  }
}

void Laws::on(const access::PermissionSetSeen& event, Instant now) {
  changed_sets_.erase(event.permission_set);
  if (!event.was_content || *event.was_content == event.content) return;
  void_by_ = now;
  for (const auto& [id, asked] : requests_) {
    if (!asked.closed && asked.request.permission_set == event.permission_set) void_requests_.insert(id);
  }
  for (const auto& id : open_) {
    const Grant& grant = grants_.at(id);
    const bool is_of_it = grant.slot.permission_set == event.permission_set;
    const bool has_begun = grant.started || grant.start <= entry_at_;
    if (is_of_it && grant.was_agreed && !has_begun && !grant.ending) void_grants_.insert(id);
  }
}

void Laws::on(const access::RequestVoided& event, Instant) {
  requests_.at(event.request).closed = true;
  void_requests_.erase(event.request);
}

void Laws::on(const access::GrantsSuspended& event, Instant) {
  if (event.code == "ledger_rolled_back") was_told_of_restore_ = true;
}

void Laws::on(const access::GrantsResumed& event, Instant) {
  if (event.code == "ledger_rolled_back") was_told_of_restore_ = false;
}

void Laws::on(const access::RollbackAccepted&, Instant) {
  is_restore_accepted_ = true;
  swept_.clear();
}

void Laws::check_told_of_restore() {
  if (restored_at_ && !was_told_of_restore_) break_law(kRestored, "nobody is told that the ledger came back older");
}

bool Laws::has_schedules() const {
  return switches_ && switches_->has_schedules([&](const auto& slot) { return !is_lost_track_of(slot); });
}

/// What the ledger forgot is nobody's, until it is intended anew.
bool Laws::is_lost_track_of(const access::Slot& slot) const {
  return forgotten_.contains(slot) && !intents_.contains(slot);
}

std::vector<access::Slot> Laws::lost_track_of() const {
  if (forgotten_.empty()) return {};
  const auto people = sandbox_.people();
  std::vector<access::Slot> slots;
  for (const auto& slot : forgotten_) {
    const bool is_told = intents_.contains(slot) || found_again_.contains(slot) || handed_over_.contains(slot);
    // Whoever is gone from the directory nobody asks AWS about.
    const bool is_known = std::any_of(people.begin(), people.end(),
                                      [&](const auto& each) { return each.id.str() == slot.principal.str(); });
    if (!is_told && is_known && sandbox_.is_present(slot_of(slot))) slots.push_back(slot);
  }
  return slots;
}

void Laws::note_restored(const std::vector<access::Entry>& kept, const std::vector<access::Entry>& lost, Instant now) {
  look(now);
  for (const auto& [slot, grants] : grants_of_) {
    const bool is_lost = std::any_of(lost.begin(), lost.end(), [&](const access::Entry& entry) {
      return is_about(entry.event, slot) ||
             std::any_of(grants.begin(), grants.end(), [&](const auto& id) { return is_about(entry.event, id); });
    });
    if (is_lost) forgotten_.insert(slot);
  }
  requests_.clear();
  grants_.clear();
  open_.clear();
  grants_of_.clear();
  intents_.clear();
  intended_at_.clear();
  unanswered_.clear();
  kept_.clear();
  handed_over_.clear();
  void_requests_.clear();
  void_grants_.clear();
  sessions_.forget();
  was_told_of_restore_ = false;
  is_folding_ = true;
  for (const auto& entry : kept) note_entry(entry, std::min(entry.at, now));
  is_folding_ = false;
  // Whatever is there may be what these intents made, before the ledger forgot what became of it.
  for (const auto& [slot, intent] : intents_) {
    in_doubt_.insert(slot);
    intended_at_[slot] = {};
  }
  std::erase_if(ours_, [&](const auto& each) { return is_lost_track_of(each.first); });
  restored_at_ = now;
  is_restore_accepted_ = false;
  found_again_.clear();
}

void Laws::on(const access::SlotReappeared& event, Instant now) {
  if (!unanswered_.contains(event.slot)) break_law(3, "taken for a late create, but all were answered");
  reappeared_[event.slot] = now;
  if (!was_there(event.slot, event.observed_at, now)) {
    break_law(5, "said to be back, but was not: " + words(event.slot));
  }
  intents_[event.slot] = Intent::kCreate;
}

}  // namespace ag::simulation
