#include <algorithm>
#include <iterator>
#include <utility>

#include "access/state.hpp"

/// The part of the fold that is about live sessions after the end, about the dead man's switch, and about what others
/// have made too.
namespace ag::access {
namespace {

// How often cuts that came to nothing are cleared away; only memory depends on it.
constexpr Duration kPruneEvery = Duration::minutes(1);

bool keeps_slot(const GrantState& grant, Instant at) {
  const bool is_open = grant.status == Status::kGranting || grant.status == Status::kActive;
  return is_open && grant.start <= at && at < grant.end;
}

}  // namespace

Instant until_of(const SessionCut& cut) { return cut.issued_before + cut.session_duration; }

// A grant is over: its sessions are to be cut as soon as no other grant keeps the slot.
void State::note_over(const GrantId& id, Instant at) {
  const GrantState& grant = *grants.find(id);
  const SlotState& row = *slots.find(grant.slot);
  const bool had_access = grant.active_at || row.create_intended;
  const bool is_hard = grant.session_end == SessionEnd::kHard && had_access;
  if (is_hard) slots.edit(grant.slot).cuts_due.push_back(id);
  if (row.cuts_due.empty()) return;
  // What stays as somebody else's access is not cut; where it goes after all, it is cut then.
  const bool is_kept = is_to_stay(*this, row) || std::any_of(row.live.begin(), row.live.end(), [&](const auto& other) {
                         return keeps_slot(*grants.find(other), at);
                       });
  if (!is_kept) begin_cut(grant.slot, at);
}

// Until it was gone, more credentials could be had.
void State::note_absent(const Slot& slot, Instant observed_at) {
  const SlotState& row = *slots.find(slot);
  const SessionCut* cut = cuts.find(slot);
  const bool is_of_cut = cut != nullptr && std::any_of(row.live.begin(), row.live.end(), [&](const auto& id) {
                           return std::find(cut->grants.begin(), cut->grants.end(), id) != cut->grants.end();
                         });
  const bool came_back = cut != nullptr && row.live.empty();  // by a create that AWS took late
  if (!is_of_cut && !came_back && row.cuts_due.empty()) return;
  begin_cut(slot, observed_at);
}

void State::begin_cut(const Slot& slot, Instant issued_before) {
  prune_cuts(issued_before);
  SessionCut& cut = cuts.edit(slot);
  cut.issued_before = std::max(cut.issued_before, issued_before);
  std::vector<GrantId> over = std::exchange(slots.edit(slot).cuts_due, {});
  const auto& live = slots.find(slot)->live;
  std::copy_if(live.begin(), live.end(), std::back_inserter(over),
               [&](const auto& id) { return grants.find(id)->status == Status::kEnding; });
  for (const auto& id : over) {
    const GrantState& grant = *grants.find(id);
    if (std::find(cut.grants.begin(), cut.grants.end(), id) == cut.grants.end()) cut.grants.push_back(id);
    cut.session_duration = std::max(cut.session_duration, grant.session_duration);
    cut.permission_set_name = requests.find(grant.request)->request.permission_set_name;
  }
}

// Those that were refused are never restored: they go when they are over.
void State::prune_cuts(Instant now) {
  if (now < cuts_pruned_at.get() + kPruneEvery) return;
  cuts_pruned_at.set(now);
  std::vector<Slot> over;
  for (const auto& [slot, cut] : cuts) {
    if (!cut.intended && !cut.confirmed && until_of(cut) + kReleasedKept < now) over.push_back(slot);
  }
  for (const auto& slot : over) cuts.erase(slot);
}

void State::tell_cut(const SessionCut& cut, const Entry& entry) {
  for (const auto& id : cut.grants) {
    const RequestId& request = grants.find(id)->request;
    const auto& told = requests.find(request)->entries;
    if (told.empty() || told.back() != entry.index) story_of(request, entry);
  }
}

void State::on(const SessionsCutIntended& event, const Entry& entry) {
  // Another server may have cleared away what this one means: then there is nothing to do about it.
  for (const auto& each : event.cut) {
    if (cuts.find(each.slot) == nullptr) continue;
    SessionCut& cut = cuts.edit(each.slot);
    cut.intended = each.issued_before;
    if (cut.issued_before > entry.at + kCutAhead) cut.issued_before = each.issued_before;
    // Who has attached it nowhere has not done so with a later moment.
    if (cut.refused != kPolicyNotAttached) cut.refused.clear();
    tell_cut(*cuts.find(each.slot), entry);
  }
  for (const auto& slot : event.restore) {
    if (cuts.find(slot) == nullptr) continue;
    SessionCut& cut = cuts.edit(slot);
    cut.intended.reset();
    cut.refused.clear();
    if (!cut.confirmed) cut.confirmed = cut.issued_before;  // it may be there: to be seen to be gone
  }
}

void State::on(const SessionsCut& event, const Entry& entry) {
  if (cuts.find(event.slot) == nullptr) return;
  SessionCut& cut = cuts.edit(event.slot);
  cut.confirmed = event.issued_before;
  cut.refused.clear();
  cut.is_bound = true;
  for (const auto& id : cut.grants) {
    const GrantState& grant = *grants.find(id);
    // Before it was gone, or another's, more credentials could be had than this denies.
    const auto over_at = grant.covered_by ? grant.ending_at : grant.absent_at;
    if (!over_at || event.issued_before < *over_at || grant.sessions_cut_at) continue;
    grants.edit(id).sessions_cut_at = event.observed_at;
  }
  tell_cut(*cuts.find(event.slot), entry);
}

void State::on(const SessionsRestored& event, const Entry& entry) {
  const SessionCut* cut = cuts.find(event.slot);
  if (cut == nullptr) return;
  tell_cut(*cut, entry);
  if (cut->intended) return;
  if (cut->refused.empty()) return cuts.erase(event.slot);
  // Not over, but others needed its place: its sessions live again.
  cuts.edit(event.slot).confirmed.reset();
  for (const auto& id : cut->grants) grants.edit(id).sessions_cut_at.reset();
}

void State::on(const SessionsCutRefused& event, const Entry& entry) {
  if (cuts.find(event.slot) == nullptr) return;
  SessionCut& cut = cuts.edit(event.slot);
  cut.refused = event.code;
  if (event.code == kPolicyNotAttached) {
    cut.is_bound = false;
    // What was seen of it before holds no more.
    if (cut.intended) cut.confirmed.reset();
    for (const auto& id : cut.grants) grants.edit(id).sessions_cut_at.reset();
  }
  tell_cut(*cuts.find(event.slot), entry);
}

void State::on(const SwitchArmed& event, const Entry& entry) {
  switches.edit(event.slot) = {event.name, event.at};
  const SlotState* row = slots.find(event.slot);
  if (row == nullptr) return;
  const std::vector<GrantId> live = row->live;
  for (const auto& id : live) story_of(grants.find(id)->request, entry);
}

void State::on(const SlotShared& event, const Entry& entry) {
  if (slots.find(event.slot) == nullptr) return;
  SlotState& row = slots.edit(event.slot);
  row.shared = std::make_shared<const SlotShared>(event);
  for (const auto& id : row.live) story_of(grants.find(id)->request, entry);
}

void State::on(const SlotHandedOver& event, const Entry& entry) {
  let_go_of(event.slot, entry.at);
  SlotState& row = slots.edit(event.slot);
  row.create_intended = false;
  row.shared.reset();
  row.cuts_due.clear();
  row.presence = Presence::kPresent;
  row.observed_at = event.observed_at;
  const auto told = std::make_shared<const SlotHandedOver>(event);
  const std::vector<GrantId> live = row.live;
  for (const auto& id : live) {
    GrantState& grant = grants.edit(id);
    story_of(grant.request, entry);
    if (grant.status != Status::kEnding) continue;
    grant.status = Status::kEnded;
    grant.handed_over = told;
    close_grant(id);
  }
  drop_if_idle(event.slot);
}

void State::on(const SwitchDisarmed& event, const Entry&) { switches.erase(event.slot); }

// To be asked while the slot is still intended.
void State::let_go_of(const Slot& slot, Instant at) {
  const SlotState* row = slots.find(slot);
  if (row == nullptr || !row->create_intended) return;
  while (let_go_by_age.size() > 0 && let_go_by_age.begin()->first.first + kReleasedKept < at) {
    const auto oldest = let_go_by_age.begin()->first;
    let_go.erase(oldest.second);
    let_go_by_age.erase(oldest);
  }
  if (const Instant* before = let_go.find(slot)) let_go_by_age.erase({*before, slot});
  let_go.edit(slot) = at;
  let_go_by_age.edit({at, slot}) = true;
}

}  // namespace ag::access
