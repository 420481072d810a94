#include "control/session_ends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/json.hpp"

namespace ag::control {
namespace {

using access::Event;
using access::SessionCut;
using access::Slot;
using access::State;

// A cut stays so long after the last credential expired by itself: for clocks that differ, and as long as a late
// create may bring the slot back.
constexpr Duration kLinger = Duration::minutes(5);
// While something is cut the policy is read so often: others may have changed it.
constexpr Duration kLookAgain = Duration::minutes(5);
// What AWS did not answer may take effect a minute later, and is undone within half a minute.
constexpr Duration kMayComeLate = Duration::seconds(90);
constexpr Duration kLookForLate = Duration::seconds(30);
constexpr Duration kLongestPause = Duration::seconds(30);
// What only people can put right is asked for less often.
constexpr Duration kLongestPauseIfRefused = Duration::minutes(5);
// How soon plan() says again what the ledger refused.
constexpr Duration kPlanAgain = Duration::seconds(1);
// The spread of backoff(); there is one policy only.
constexpr std::uint64_t kSalt = 0x5e55;

bool is_over(const State& state, const Slot& slot, const SessionCut& cut, Instant now) {
  if (now < access::until_of(cut) + kLinger) return false;
  // While it may still be there more credentials can be had: the cut moves on when it is seen to be gone.
  const access::SlotState* row = state.slots.find(slot);
  return row == nullptr || !row->create_intended || is_desired(state, *row, now);
}

/// A clock that was wrong may have put it far ahead: whoever is given access by then would be denied what is his.
Instant issued_before(const SessionCut& cut, Instant now) {
  return cut.issued_before > now + access::kCutAhead ? now : cut.issued_before;
}

/// Whether the policy is to say something of somebody, or may say it yet.
bool concerns_policy(const State& state) {
  return std::any_of(state.cuts.begin(), state.cuts.end(),
                     [](const auto& row) { return row.second.intended || row.second.confirmed; });
}

/// What the policy may say: what is on the ledger as intended.
std::string intended_document(const State& state) {
  std::vector<DeniedSessions> denied;
  for (const auto& [slot, cut] : state.cuts) {
    if (cut.intended) denied.push_back({slot, cut.permission_set_name, *cut.intended});
  }
  return session_end_policy(denied);
}

}  // namespace

void SessionEnds::use_management_account(access::AccountId account) {
  if (management_account_ == account) return;
  management_account_ = std::move(account);
  touch();
}

void SessionEnds::use_not_bound(std::optional<std::set<access::AccountId>> accounts) {
  if (not_bound_ == accounts && outdated_.empty()) return;
  touch();
  outdated_.clear();
  if (not_bound_ == accounts) return;
  not_bound_ = std::move(accounts);
  seen_.reset();  // of before it was attached: it proves nothing
}

void SessionEnds::note_foreign(const Event& event) {
  if (const auto* cut = std::get_if<access::SessionsCut>(&event)) {
    outdated_.insert(cut->slot.account);
  } else if (const auto* refused = std::get_if<access::SessionsCutRefused>(&event);
             refused != nullptr && refused->code == access::kPolicyNotAttached) {
    outdated_.insert(refused->slot.account);
  }
}

void SessionEnds::keep_what_others_deny(bool keep) {
  if (std::exchange(keeps_others_, keep) == keep) return;
  others_.clear();
  seen_.reset();  // it may be older than what others have written
  touch();
}

bool SessionEnds::is_bound(const Slot& slot, const SessionCut& cut) const {
  const bool is_known = not_bound_ && !outdated_.contains(slot.account);
  return is_known ? !not_bound_->contains(slot.account) : cut.is_bound;
}

// ---- what the ledger needs -------------------------------------------------------------------------------

SessionEnds::Choice SessionEnds::choose(const State& state, Instant now) const {
  Choice choice;
  std::vector<std::pair<Instant, DeniedSessions>> wanted;
  for (const auto& [slot, cut] : state.cuts) {
    if (is_over(state, slot, cut, now)) continue;
    if (policy_.empty() && cut.intended) continue;  // in another server's hands, which has one
    if (policy_.empty()) {
      choice.refused.push_back({slot, "no_policy", "no policy is configured that could end live sessions"});
    } else if (slot.account == management_account_) {
      choice.refused.push_back(
          {slot, "management_account", "service control policies do not bind the management account"});
    } else {
      wanted.emplace_back(access::until_of(cut),
                          DeniedSessions{slot, cut.permission_set_name, issued_before(cut, now)});
    }
  }
  // Those that live longest first: what does not fit should be what ends soonest by itself.
  // And first those that it binds.
  std::sort(wanted.begin(), wanted.end(), [&](const auto& a, const auto& b) {
    const bool a_waits = !is_bound(a.second.slot, *state.cuts.find(a.second.slot));
    const bool b_waits = !is_bound(b.second.slot, *state.cuts.find(b.second.slot));
    return std::tie(a_waits, b.first, a.second.slot) < std::tie(b_waits, a.first, b.second.slot);
  });
  std::vector<DeniedSessions> denied;
  for (auto& [until, each] : wanted) denied.push_back(std::move(each));
  const std::size_t fit = how_many_fit(denied);
  for (std::size_t i = 0; i < denied.size(); ++i) {
    const auto& each = denied[i];
    if (i >= fit) {
      choice.refused.push_back({each.slot, "no_room", "the policy is full; it is cut when others have expired"});
      continue;
    }
    choice.cut.push_back({each.slot, each.issued_before});
    if (is_bound(each.slot, *state.cuts.find(each.slot))) continue;
    choice.refused.push_back({each.slot, std::string(access::kPolicyNotAttached),
                              "the policy is attached neither to this account nor to anything above it: what it says "
                              "of these sessions does not hold before it is"});
  }
  return choice;
}

std::optional<Event> SessionEnds::intent(const State& state, const Choice& choice) const {
  access::SessionsCutIntended intended{policy_, {}, {}};
  std::vector<Slot> chosen;
  for (const auto& each : choice.cut) {
    chosen.push_back(each.slot);
    if (state.cuts.find(each.slot)->intended != each.issued_before) intended.cut.push_back(each);
  }
  std::sort(chosen.begin(), chosen.end());
  for (const auto& [slot, cut] : state.cuts) {
    if (cut.intended && !std::binary_search(chosen.begin(), chosen.end(), slot)) intended.restore.push_back(slot);
  }
  if (policy_.empty() || (intended.cut.empty() && intended.restore.empty())) return std::nullopt;
  return intended;
}

std::vector<Event> SessionEnds::refusals(const State& state, const Choice& choice) const {
  std::vector<Event> events;
  for (const auto& [slot, code, message] : choice.refused) {
    if (state.cuts.find(slot)->refused != code) events.push_back(access::SessionsCutRefused{slot, code, message});
  }
  if (!failure_) return events;
  for (const auto& [slot, cut] : state.cuts) {
    if (!cut.intended || cut.intended == cut.confirmed || cut.refused == failure_->code) continue;
    if (!is_bound(slot, cut)) continue;  // there is one reason already
    events.push_back(access::SessionsCutRefused{slot, failure_->code, failure_->message});
  }
  return events;
}

std::vector<Event> SessionEnds::observations(const State& state) const {
  std::vector<Event> events;
  if (!seen_ || call_ || *seen_ != document(state)) return events;
  for (const auto& [slot, cut] : state.cuts) {
    if (cut.intended == cut.confirmed || (cut.intended && !is_bound(slot, cut))) continue;
    if (cut.intended) events.push_back(access::SessionsCut{slot, *cut.intended, seen_at_});
    else events.push_back(access::SessionsRestored{slot, seen_at_});
  }
  return events;
}

std::vector<Event> SessionEnds::plan(const State& state, Instant now) const {
  if (state.cuts.size() == 0 || !is_due(now)) return {};
  const Choice choice = choose(state, now);
  // The intent first, alone: what follows is said of the state that has it.
  if (auto intended = intent(state, choice)) return {*std::move(intended)};
  auto events = refusals(state, choice);
  auto seen = observations(state);
  std::move(seen.begin(), seen.end(), std::back_inserter(events));
  return events;
}

// ---- what may be sent ------------------------------------------------------------------------------------

std::string SessionEnds::document(const State& state) const {
  const std::string own = intended_document(state);
  return keeps_others_ ? with_statements(own, others_) : own;
}

SessionEnds::Action SessionEnds::action_for(const State& state, const std::string& document, Instant now) const {
  const bool is_confirmed = std::all_of(state.cuts.begin(), state.cuts.end(),
                                        [](const auto& row) { return row.second.intended == row.second.confirmed; });
  // Without a cut the policy is left alone, whatever it says, unless it is we who may still write it.
  if ((!concerns_policy(state) && !may_come(now)) || now < not_before_) return Action::kNone;
  if (seen_ && *seen_ == document) return now >= look_again_at(now) ? Action::kLook : Action::kNone;
  const bool looks_first = is_confirmed || (keeps_others_ && !may_not_look_);
  if (!seen_ && (sent_ == document || (sent_.empty() && looks_first))) return Action::kLook;
  return Action::kUpdate;
}

std::vector<Outgoing> SessionEnds::dispatch(const State& state, Budget& budget, CallIds& ids, Instant now) {
  if (!is_due(now)) return {};
  if (!may_come_until_) may_come_until_ = concerns_policy(state) ? now + kMayComeLate : now;
  wake_ = wake_for(state, now);
  if (!plan(state, now).empty()) wake_ = std::min(wake_, now + kPlanAgain);
  due_ = false;
  if (policy_.empty() || call_ || (state.cuts.size() == 0 && !may_come(now))) return {};
  std::string wanted = document(state);
  if (seen_ == wanted) own_ = statements_of(intended_document(state));
  const Action action = action_for(state, wanted, now);
  if (action == Action::kNone) return {};
  const aws::Call call = action == Action::kUpdate ? aws::Call(aws::UpdatePolicy{policy_, wanted})
                                                   : aws::Call(aws::DescribePolicy{policy_});
  if (!budget.allows(call, Lane::kRevoke, now)) {
    wake_ = std::min(wake_, budget.when(call, Lane::kRevoke, now));
    return {};
  }
  budget.spend(call, Lane::kRevoke, now);
  call_ = ids.next();
  action_ = action;
  if (action == Action::kUpdate) own_.merge(statements_of(intended_document(state)));
  sending_ = action == Action::kUpdate ? std::move(wanted) : "";
  return {{*call_, call, Lane::kRevoke}};
}

Instant SessionEnds::look_again_at(Instant now) const { return seen_at_ + (may_come(now) ? kLookForLate : kLookAgain); }

Instant SessionEnds::wake_for(const State& state, Instant now) const {
  Instant wake = Instant::max();
  const auto consider = [&](Instant at) {
    if (at > now) wake = std::min(wake, at);
  };
  if (state.cuts.size() == 0 && !may_come(now)) return wake;
  consider(not_before_);
  if (seen_) consider(look_again_at(now));
  for (const auto& [slot, cut] : state.cuts) consider(access::until_of(cut) + kLinger);
  return wake;
}

// ---- what replies tell -----------------------------------------------------------------------------------

void SessionEnds::receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now) {
  if (call_ != id) return;
  call_.reset();
  touch();
  if (!reply) return learn_error(reply.error(), now);
  const auto* policy = std::get_if<aws::Policy>(&*reply);
  if (policy == nullptr) {
    return learn_error({.kind = aws::ErrorClass::kOther,
                        .code = "WrongReply",
                        .message = "AWS answered something else",
                        .request_id = "",
                        .retry_after = {}},
                       now);
  }
  failure_.reset();
  if (action_ == Action::kLook) return learn(*policy, now);
  tries_ = 0;
  sent_ = std::move(sending_);
  seen_.reset();
}

void SessionEnds::learn(const aws::Policy& policy, Instant now) {
  const auto parsed = parse_json(policy.content);
  seen_ = parsed ? canonical_json(*parsed) : policy.content;
  seen_at_ = now;
  may_not_look_ = false;
  if (keeps_others_) {
    others_ = statements_of(*seen_);
    std::erase_if(others_, [&](const auto& statement) { return own_.contains(statement); });
  }
  const bool is_lost = !sent_.empty() && *seen_ != sent_;  // AWS shows the old one yet, or somebody was there between
  sent_.clear();
  tries_ = is_lost ? tries_ + 1 : 0;
  if (is_lost) not_before_ = now + backoff(tries_ - 1, kLongestPause, kSalt);
}

void SessionEnds::learn_error(const aws::AwsError& error, Instant now) {
  const bool passes = is_passing(error.kind);
  if (!passes) failure_ = error;
  if (action_ == Action::kLook) may_not_look_ = true;
  // Whether an update without an answer took effect is not known: it is sent again.
  if (action_ == Action::kUpdate) {
    seen_.reset();
    sent_.clear();
    if (error.kind == aws::ErrorClass::kRetryable) may_come_until_ = now + kMayComeLate;
  }
  const Duration pause = backoff(tries_++, passes ? kLongestPause : kLongestPauseIfRefused, kSalt);
  not_before_ = now + std::max(pause, error.retry_after.value_or(Duration{}));
}

}  // namespace ag::control
