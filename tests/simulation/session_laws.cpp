#include "simulation/session_laws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/json.hpp"

namespace ag::simulation {
namespace {

constexpr std::string_view kPolicyName = "AccessGuardSessionEnd";
constexpr std::string_view kNobody = "nobody";  // whom a policy denies that denies nobody
// What is over is taken out a little later, for clocks that differ.
constexpr Duration kLinger = Duration::minutes(5);
// The policy counts in whole seconds.
constexpr Duration kSecond = Duration::seconds(1);
constexpr std::size_t kLongestPolicy = 10'240;
// The organization is read every five minutes, and that takes its time.
constexpr Duration kTargetsReadWithin = Duration::minutes(15);
// One more session that has nothing in common with the others takes less than that.
constexpr std::size_t kOneMore = 700;

std::vector<std::string> one_or_many(const json::value& value) {
  if (const auto* one = value.if_string()) return {std::string(*one)};
  std::vector<std::string> texts;
  for (const auto& each : value.as_array()) texts.emplace_back(each.as_string());
  return texts;
}

std::string between(const std::string& text, std::string_view before, std::string_view after) {
  const auto from = text.find(before);
  const auto to = text.rfind(after);
  if (from == std::string::npos || to == std::string::npos || to < from + before.size()) return {};
  return text.substr(from + before.size(), to - from - before.size());
}

}  // namespace

void SessionLaws::note_over(const access::Slot& slot, const access::Request& request, bool had_access) {
  Known& known = known_[slot];
  known.key = {slot.account.str(), request.permission_set_name, slot.principal.str()};
  known.session_duration = std::max(known.session_duration, request.session_duration);
  known.is_forgotten = false;
  slots_.emplace(known.key, slot);
  if (had_access) waiting_.insert(slot);
}

void SessionLaws::owe(const access::Slot& slot, Instant before, Instant now) {
  waiting_.erase(slot);
  owed_[slot] = {before, before, now, false};
}

void SessionLaws::note_gone(const access::Slot& slot, Instant since, Instant now) {
  const auto owed = owed_.find(slot);
  if (owed == owed_.end() || since > owed->second.before) return;
  owed->second.before = std::max(owed->second.before, now);
  owed->second.since = now;
}

void SessionLaws::note_refused(const access::Slot& slot, const std::string& code) {
  if (code == "policy_not_attached") told_not_attached_.insert(slot);
  else told_not_attached_.erase(slot);
  const auto owed = owed_.find(slot);
  if (owed != owed_.end() && code == "no_room") owed->second.has_no_room = true;
}

std::optional<std::string> SessionLaws::note_cut(const access::Slot& slot, Instant now,
                                                 std::optional<Instant> quiet_since) {
  read_policy(now);
  told_not_attached_.erase(slot);
  if (!quiet_since || binds(slot.account) || !must_know_targets(now, *quiet_since)) return std::nullopt;
  return fmt::format("sessions are said to be denied where the policy is not attached: {}", slot.account.str());
}

bool SessionLaws::binds(const access::AccountId& account) const {
  return std::any_of(targets_.begin(), targets_.end(),
                     [&](const auto& target) { return target.starts_with("r-") || target == account.str(); });
}

bool SessionLaws::must_know_targets(Instant now, Instant since) const {
  const Instant known = std::min(targets_known_.value_or(Instant::max()), targets_since_ + kTargetsReadWithin);
  return now >= std::max(known, since) + bounds_.denied_within;
}

void SessionLaws::look_at_targets(Instant now, const std::vector<std::string>& targets) {
  if (std::exchange(is_forgotten_now_, false) || targets_ != targets) {
    targets_ = targets;
    targets_since_ = now;
    targets_known_.reset();
    is_read_now_ = false;
  }
  if (std::exchange(is_read_now_, false) && !targets_known_) targets_known_ = now;
}

void SessionLaws::forget() {
  waiting_.clear();
  owed_.clear();
  told_not_attached_.clear();
  for (auto& [slot, known] : known_) known.is_forgotten = true;
}

std::optional<Instant> SessionLaws::denied_before(const access::Slot& slot) const {
  const auto known = known_.find(slot);
  // What a restored ledger forgot to have denied stays until the policy is written, and the next sign-in works.
  if (known == known_.end() || known->second.is_forgotten) return std::nullopt;
  const auto denied = denied_.find(known->second.key);
  return denied == denied_.end() ? std::nullopt : std::optional(denied->second);
}

void SessionLaws::read_policy(Instant now) {
  const auto policies = sandbox_.control_policies();
  const auto policy =
      std::find_if(policies.begin(), policies.end(), [](const auto& each) { return each.name == kPolicyName; });
  AG_ASSERT(policy != policies.end());
  look_at_targets(now, policy->targets);
  if (updates_ == policy->updates) return;
  updates_ = policy->updates;
  length_ = policy->content.size();
  denied_.clear();
  const auto document = parse_json(policy->content);
  AG_ASSERT(document.has_value());
  for (const auto& statement : document->at("Statement").as_array()) read_statement(statement);
}

void SessionLaws::read_statement(const json::value& statement) {
  const auto& condition = statement.at("Condition").as_object();
  const auto people = condition.if_contains("StringEquals") == nullptr
                          ? std::vector<std::string>{"everybody"}
                          : one_or_many(condition.at("StringEquals").at("identitystore:userId"));
  if (people == std::vector<std::string>{std::string(kNobody)}) return;
  const auto* time = condition.if_contains("DateLessThan");
  const Instant before =
      time == nullptr ? Instant::max() : *parse_rfc3339(std::string(time->at("aws:TokenIssueTime").as_string()));
  const auto* like = condition.if_contains("ArnLike");
  const auto roles =
      like == nullptr ? std::vector<std::string>{"every role"} : one_or_many(like->at("aws:PrincipalArn"));
  for (const auto& user : people) {
    for (const auto& role : roles) {
      const Key key{between(role, ":iam::", ":role/"), between(role, "AWSReservedSSO_", "_*"), user};
      Instant& denied = denied_[key];
      denied = std::max(denied, before);
    }
  }
}

std::vector<std::string> SessionLaws::check(Instant now, std::optional<Instant> quiet_since,
                                            const std::function<bool(const access::Slot&)>& is_held) {
  std::vector<std::string> broken;
  // Whoever has it again may keep what he could have had a moment before.
  for (auto& [slot, owed] : owed_) {
    if (is_held(slot)) owed.before = owed.ended;
  }
  read_policy(now);
  check_denied(now, quiet_since, broken);
  if (quiet_since) check_owed(now, *quiet_since, broken);
  return broken;
}

bool SessionLaws::is_clock_right(Instant now, std::optional<Instant> quiet_since) const {
  return bounds_.clocks.is_zero() || (quiet_since && now > *quiet_since + bounds_.denied_within);
}

void SessionLaws::check_denied(Instant now, std::optional<Instant> quiet_since,
                               std::vector<std::string>& broken) const {
  for (const auto& [key, before] : denied_) {
    const auto slot = slots_.find(key);
    // A clock that is wrong says so, until it is put right.
    const bool is_ahead = before > now + bounds_.clocks + kSecond && is_clock_right(now, quiet_since);
    if (slot == slots_.end() || is_ahead) {
      broken.push_back(fmt::format("the policy denies what nobody ended: \"{}\" in {} for {}", key.permission_set,
                                   key.account, key.user));
      continue;
    }
    const Known& known = known_.at(slot->second);
    if (!quiet_since || known.is_forgotten) continue;
    const Instant over = before + known.session_duration + kLinger;
    if (now > std::max(over, *quiet_since) + bounds_.denied_within + bounds_.clocks) {
      broken.push_back(fmt::format("the policy still denies what cannot live any more: {} in {} for {}",
                                   key.permission_set, key.account, key.user));
    }
  }
}

void SessionLaws::check_owed(Instant now, Instant quiet_since, std::vector<std::string>& broken) const {
  for (const auto& [slot, owed] : owed_) {
    const Known& known = known_.at(slot);
    if (now > owed.before + known.session_duration) continue;  // it has expired by itself
    if (now < std::max(owed.since, quiet_since) + bounds_.denied_within) continue;
    const bool is_told = told_not_attached_.contains(slot);
    if (binds(slot.account) == is_told && !owed.has_no_room &&
        must_know_targets(now, std::max(owed.since, quiet_since))) {
      broken.push_back(fmt::format("the policy is {}attached, and the ledger says something else: {} in {} for {}",
                                   is_told ? "" : "not ", known.key.permission_set, known.key.account, known.key.user));
    }
    const auto denied = denied_.find(known.key);
    if (denied != denied_.end() && denied->second + bounds_.clocks + kSecond >= owed.before) continue;
    if (owed.has_no_room && length_ + kOneMore > kLongestPolicy) continue;
    broken.push_back(fmt::format("sessions of before {} are not denied: {} in {} for {}", to_rfc3339(owed.before),
                                 known.key.permission_set, known.key.account, known.key.user));
  }
}

}  // namespace ag::simulation
