#include "server/api/examination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "access/policy_effect.hpp"
#include "control/session_end_policy.hpp"
#include "server/api/policy_text.hpp"
#include "server/checkpoint.hpp"

namespace ag::server {
namespace {

// Directory and accounts that are older than this say little about today.
constexpr Duration kStaleReading = Duration::minutes(15);
// It comes round twice a second; a ledger that hangs may hold it up for three.
constexpr Duration kEngineIsStuck = Duration::seconds(10);

Check check_ledger(const EngineHealth& health) {
  if (!health.ledger_problem) return {"ledger", Condition::kOk, "writable"};
  return {"ledger", Condition::kBad, health.ledger_problem->message,
          health.ledger_problem->fix.empty()
              ? "look at the disk of the data folder: space, permissions; no restart is needed once it can be written"
              : health.ledger_problem->fix};
}

Check check_aws(const control::DirectoryStatus& directory, Instant now) {
  const std::string trouble = directory.problem ? directory.problem->message : "";
  const std::string fix = directory.problem ? directory.problem->fix : "";
  if (!directory.read_at) {
    return {"aws", Condition::kBad, directory.problem ? trouble : "AWS is being read for the first time",
            directory.problem ? fix : "wait a moment; a large organization takes some minutes"};
  }
  const bool stale = now - *directory.read_at > kStaleReading;
  const std::string read = "last read " + to_rfc3339(*directory.read_at);
  if (!directory.problem) return {"aws", stale ? Condition::kBad : Condition::kOk, read};
  return {"aws", stale ? Condition::kBad : Condition::kWarn, fmt::format("{}; then: {}", read, trouble), fix};
}

/// Whether somebody could change the policy or revoke: a token of an administrator that is valid.
bool has_administrator(const access::State& state, Instant now) {
  return std::any_of(state.tokens.begin(), state.tokens.end(), [&](const auto& row) {
    const access::TokenState& token = row.second;
    return !token.revoked && token.token.role == access::Role::kAdmin && token.token.expires_at > now;
  });
}

/// Nothing waits for CloudTrail: it alone tells that somebody else has made what is about to go.
Check check_trail(const Error& problem) {
  return {
      "cloudtrail", Condition::kWarn,
      fmt::format("CloudTrail does not tell who else makes the assignments that AccessGuard has made, so they go at "
                  "their end whoever meant them to stay: {}: {}",
                  problem.code, problem.message),
      "give AccessGuard's role cloudtrail:LookupEvents: docs/aws-permissions.md"};
}

/// For people: fractions of a second tell them nothing.
Duration whole_seconds(Duration duration) { return Duration::seconds(duration.count_seconds()); }

}  // namespace

std::vector<Check> readiness_checks(const EngineHealth& health, const ReadModel& read_model, Instant now) {
  std::vector<Check> checks{check_ledger(health), check_aws(health.directory, now)};
  if (health.age > kEngineIsStuck) {
    checks.push_back({"engine", Condition::kBad,
                      fmt::format("it did not come round for {}: something holds it up", to_text(health.age)),
                      "look at the disk of the data folder"});
  }
  if (health.spool_problem) {
    checks.push_back({"spool", Condition::kBad, health.spool_problem->message,
                      "make room on the disk of the data folder: what ends meanwhile is remembered in memory alone"});
  }
  if (health.switch_problem) {
    checks.push_back({"dead_man_switch", Condition::kWarn,
                      fmt::format("EventBridge Scheduler refuses its schedules, so what was approved waits: {}: {}",
                                  health.switch_problem->code, health.switch_problem->message),
                      "docs/dead-man-switch.md lists the group, the role and the permissions that it needs"});
  }
  if (health.trail_problem) checks.push_back(check_trail(*health.trail_problem));
  const auto gaps = read_model.organization()->snapshot().gaps;
  if (!gaps.empty()) {
    checks.push_back({"aws_gaps", Condition::kWarn,
                      fmt::format("not everything could be read: {}", fmt::join(gaps, "; ")),
                      "give AccessGuard's role the permissions that docs/aws-permissions.md lists"});
  }
  read_model.read([&](const View& view) {
    const bool policy = !view.state.policy.get().hash.empty();
    checks.push_back(policy ? Check{"policy", Condition::kOk, "in force"}
                            : Check{"policy", Condition::kBad, "none: nobody can ask for anything; apply one",
                                    "`accessguard policy apply FILE`, or `accessguard serve --policy FILE`"});
    if (!has_administrator(view.state, now)) {
      checks.push_back({"administrators", Condition::kWarn, "nobody holds a valid administrator's token",
                        "on the server's machine: `accessguard token issue --user NAME --admin`"});
    }
  });
  return checks;
}

/// Grants whose right is over and whose assignment was not yet seen to be gone.
Overdue overdue_in(const View& view, Instant now) {
  Overdue overdue;
  for (const auto& id : view.live_grants) {
    const auto& grant = *view.state.grants.find(id);
    const Instant due = grant.ending_at ? std::min(grant.end, *grant.ending_at) : grant.end;
    if (due >= now) continue;
    ++overdue.grants;
    overdue.oldest = std::max(overdue.oldest, now - due);
  }
  return overdue;
}

// ---- beside readiness --------------------------------------------------------------------------------------

namespace {

// A removal takes AWS some seconds and a look some more; an assignment that is still there then is a right too long.
constexpr Duration kToleratedOverdue = Duration::seconds(60);
constexpr std::int64_t kMostThrottledPercent = 10;  // of all calls; AWS lets everybody wait now and then
// More, and "ends in 5m" is a different 5m for AWS's own records.
constexpr std::int64_t kToleratedSkewSeconds = 5;
// It is written each second while something happens.
constexpr Duration kToleratedCheckpointLag = Duration::minutes(5);
constexpr Duration kForeignIsNews = Duration::hours(24);
constexpr std::size_t kForeignSaid = 3;
constexpr std::size_t kNotBoundSaid = 10;

std::string count_of(std::int64_t count, std::string_view one, std::string_view many) {
  return count == 1 ? fmt::format("1 {}", one) : fmt::format("{} {}", count, many);
}

Check check_revokes(const Overdue& overdue) {
  if (overdue.grants == 0) return {"revokes", Condition::kOk, "nothing that is over is still there"};
  std::string text = fmt::format("{} over and not yet seen to be gone, the oldest for {}",
                                 count_of(overdue.grants, "grant is", "grants are"), to_text(overdue.oldest));
  if (overdue.oldest <= kToleratedOverdue) return {"revokes", Condition::kOk, std::move(text)};
  return {"revokes", Condition::kBad, std::move(text),
          "does AWS answer, and may AccessGuard delete? See the other lines and the server's log; in need remove the "
          "assignment by hand in IAM Identity Center"};
}

Check check_grants(const EngineHealth& health) {
  if (!health.suspension) return {"grants", Condition::kOk, "are made"};
  return {"grants", Condition::kBad,
          fmt::format("no grant is made: {} ({})", health.suspension->message, health.suspension->code),
          health.suspension->fix};
}

/// What `policy validate` would say of the policy in force. Found under no lock: with many rules it takes a while.
std::optional<Check> check_policy(const ReadModel& read_model) {
  const auto index = read_model.index();
  const auto warnings = access::remarks(*index);
  if (warnings.empty()) return std::nullopt;
  return Check{"policy", Condition::kWarn,
               fmt::format("{} in the policy in force, the first in line {}: {}",
                           count_of(static_cast<std::int64_t>(warnings.size()), "warning", "warnings"),
                           warnings.front().line, warnings.front().message),
               "accessguard policy export | accessguard policy validate -"};
}

void add_aws_calls(std::vector<Check>& checks, const Metrics& metrics) {
  constexpr std::string_view kRequests = "accessguard_aws_api_requests_total";
  const std::int64_t denied = metrics.sum(kRequests, "operation=\"DeleteAccountAssignment\",code=\"AccessDenied");
  if (denied > 0) {
    // A denial may be mended by now: whether access outlives its end is what the line about revokes tells.
    checks.push_back({"aws_deletes", Condition::kWarn,
                      fmt::format("removals that AWS has denied since the server's start: {}", denied),
                      "give AccessGuard's role sso:DeleteAccountAssignment: docs/aws-permissions.md"});
  }
  const std::int64_t all = metrics.sum(kRequests);
  const std::int64_t throttled = metrics.sum("accessguard_aws_throttles_total");
  const bool is_slowed = throttled * 100 > all * kMostThrottledPercent;
  checks.push_back(
      {"aws_calls", is_slowed ? Condition::kWarn : Condition::kOk,
       fmt::format("{} since the server's start, {} of them throttled", all, throttled),
       is_slowed ? "what else calls Identity Center in this organization? The limit is shared by all" : ""});
}

Check check_sweep(const ReadModel& read_model, Instant now) {
  const auto at = read_model.organization()->snapshot().standing_at;
  if (!at) return {"sweep", Condition::kOk, "all assignments were not compared with the ledger yet"};
  return {"sweep", Condition::kOk,
          fmt::format("all assignments were compared with the ledger {} ago", to_text(whole_seconds(now - *at)))};
}

Check check_lanes(const EngineHealth& health) {
  std::vector<std::string> waiting;
  for (std::size_t i = 0; i < control::kLanes; ++i) {
    if (health.slots.waiting[i] > 0)
      waiting.push_back(fmt::format("{} {}", name_of(static_cast<control::Lane>(i)), health.slots.waiting[i]));
  }
  return {"lanes", Condition::kOk,
          waiting.empty() ? "nothing waits for a call to AWS"
                          : fmt::format("wait for a call to AWS: {}", fmt::join(waiting, ", "))};
}

/// Where rules promise hard ends.
struct HardEnds {
  std::vector<std::size_t> rules;                 ///< by position in the policy
  std::vector<const access::Account*> not_bound;  ///< that they reach, and that the policy for hard ends does not
};

HardEnds hard_ends_of(const access::PolicyIndex& index) {
  HardEnds found;
  const auto& rules = index.policy().rules;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].session_end == access::SessionEnd::kHard) found.rules.push_back(i);
  }
  const auto& snapshot = index.organization().snapshot();
  if (found.rules.empty() || !snapshot.hard_end) return found;
  const auto not_bound = *control::not_bound(snapshot, snapshot.hard_end->policy);
  for (const auto* account : index.accounts()) {
    if (account->state != "ACTIVE" || !not_bound.contains(account->id)) continue;
    const auto& reached = index.of(*account).rules;
    if (std::any_of(found.rules.begin(), found.rules.end(), [&](std::size_t rule) { return reached.test(rule); }))
      found.not_bound.push_back(account);
  }
  return found;
}

/// Told before anybody needs it: a hard end that cuts nothing looks like any other until somebody's session lives on.
std::optional<Check> check_hard_ends(const EngineHealth& health, const ReadModel& read_model) {
  const auto index = read_model.index();
  const HardEnds ends = hard_ends_of(*index);
  if (ends.rules.empty()) return std::nullopt;
  const std::string rules = count_of(static_cast<std::int64_t>(ends.rules.size()), "rule says", "rules say");
  if (health.hard_end_policy.empty()) {
    return Check{"hard_end", Condition::kWarn,
                 fmt::format("{} `end: hard`, the first in line {}, and no policy is configured that could end live "
                             "sessions: they end soft",
                             rules, index->policy().rules[ends.rules.front()].line),
                 "prepare a service control policy and name it as hard_end_policy: docs/hard-end.md"};
  }
  if (!index->organization().snapshot().hard_end) {
    return Check{"hard_end", Condition::kOk,
                 fmt::format("what {} is attached to was not read yet", health.hard_end_policy)};
  }
  if (ends.not_bound.empty()) {
    return Check{"hard_end", Condition::kOk,
                 fmt::format("{} `end: hard`, and {} is attached wherever they reach", rules, health.hard_end_policy)};
  }
  return Check{"hard_end", Condition::kWarn,
               fmt::format("{} `end: hard` in {} to which {} is not attached, nor to anything above: no session is cut "
                           "there",
                           rules, count_of(static_cast<std::int64_t>(ends.not_bound.size()), "account", "accounts"),
                           health.hard_end_policy),
               fmt::format("aws organizations attach-policy --policy-id {} --target-id, and the root, a unit or an "
                           "account: docs/hard-end.md",
                           health.hard_end_policy)};
}

/// The same with names.
std::optional<Check> name_not_bound(const ReadModel& read_model) {
  const auto index = read_model.index();
  const HardEnds ends = hard_ends_of(*index);
  if (ends.not_bound.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto* account : ends.not_bound) {
    if (names.size() < kNotBoundSaid) names.push_back(fmt::format("{} ({})", account->name, account->id.str()));
  }
  const std::size_t more = ends.not_bound.size() - names.size();
  return Check{"hard_end_accounts", Condition::kWarn,
               fmt::format("a hard end cuts no session in {}{}", fmt::join(names, ", "),
                           more > 0 ? fmt::format(" and {} more", more) : ""),
               "attach the policy for hard ends there: docs/hard-end.md"};
}

Check check_clock(const EngineHealth& health) {
  const std::int64_t skew = health.clock_skew_seconds;
  if (std::abs(skew) <= kToleratedSkewSeconds) return {"server_clock", Condition::kOk, "agrees with AWS's"};
  return {"server_clock", Condition::kWarn,
          fmt::format("the server's clock is {} {} AWS's", to_text(Duration::seconds(std::abs(skew))),
                      skew > 0 ? "ahead of" : "behind"),
          "let the server take its time from NTP"};
}

std::optional<Check> check_checkpoint(const std::string& path, std::int64_t ledger_size, Instant now) {
  const auto checkpoint = load_checkpoint(path);
  if (!checkpoint) return Check{"checkpoint", Condition::kWarn, checkpoint.error().message, checkpoint.error().fix};
  if (!*checkpoint) return std::nullopt;
  const Duration age = std::max(now - (*checkpoint)->at, Duration{});
  const bool is_behind = (*checkpoint)->size < ledger_size && age > kToleratedCheckpointLag;
  return Check{"checkpoint", is_behind ? Condition::kWarn : Condition::kOk,
               fmt::format("of {} entries, written {} ago", (*checkpoint)->size, to_text(whole_seconds(age))),
               is_behind ? fmt::format("can \"{}\" be written?", path) : ""};
}

std::optional<Check> check_reviews(const View& view, Instant now) {
  const auto& reviews = view.state.reviews;
  if (reviews.size() == 0) return std::nullopt;
  const auto late =
      std::count_if(reviews.begin(), reviews.end(), [&](const auto& row) { return row.second.review_by <= now; });
  std::string text = fmt::format("{} of break-glass not reviewed yet",
                                 count_of(static_cast<std::int64_t>(reviews.size()), "use is", "uses are"));
  if (late == 0) return Check{"reviews", Condition::kOk, std::move(text)};
  return Check{"reviews", Condition::kWarn, fmt::format("{}, {} of them overdue", text, late),
               "somebody other than who used it closes it: `accessguard review ls`"};
}

std::string words(const access::Organization& organization, const ForeignChange& change) {
  const auto* account = organization.find(change.account);
  const auto* set = organization.find(change.permission_set);
  const auto* user = change.user ? organization.find(*change.user) : nullptr;
  const auto* group = change.group ? organization.find(*change.group) : nullptr;
  const std::string who = user != nullptr ? user->user_name : group != nullptr ? group->name : "somebody";
  return fmt::format("{} {} {} in {} at {}", who, change.has_appeared ? "was given" : "lost",
                     set != nullptr ? set->name : change.permission_set.str(),
                     account != nullptr ? account->name : change.account.str(), to_rfc3339(change.at));
}

std::string words(const access::Organization& organization, const access::Slot& slot) {
  const auto* account = organization.find(slot.account);
  const auto* set = organization.find(slot.permission_set);
  const auto* user = organization.find(slot.principal);
  return fmt::format("{} in {} for {}", set != nullptr ? set->name : slot.permission_set.str(),
                     account != nullptr ? account->name : slot.account.str(),
                     user != nullptr ? user->user_name : slot.principal.str());
}

/// What others have made too: what is to come of it now, and what became of it lately.
Check check_shared(const View& view, Instant now) {
  std::set<access::Slot> slots;
  std::vector<std::string> news;
  for (const auto& id : view.live_grants) {
    const access::Slot& slot = view.state.grants.find(id)->slot;
    const access::SlotState* row = view.state.slots.find(slot);
    if (row == nullptr || row->shared == nullptr || !slots.insert(slot).second) continue;
    const bool stays = row->shared->at_expiry == access::ForeignCreates::kHold;
    news.push_back(fmt::format("{} was made by {} too, and {} when its grant expires", words(view.organization, slot),
                               row->shared->by, stays ? "stays" : "goes"));
  }
  for (auto it = view.handed_over.rbegin(); it != view.handed_over.rend(); ++it) {
    if (now - it->observed_at > kForeignIsNews) continue;
    news.push_back(fmt::format("{} stays without end since {}: {} made it too", words(view.organization, it->slot),
                               to_rfc3339(it->observed_at), it->by));
  }
  if (news.empty()) return {"shared", Condition::kOk, "nobody else is known to have made what AccessGuard made"};
  const std::size_t all = news.size();
  news.resize(std::min(all, kForeignSaid));
  return {"shared", Condition::kWarn,
          fmt::format("{}{}", fmt::join(news, "; "),
                      all > news.size() ? fmt::format("; and {} more", all - news.size()) : ""),
          "was it meant to stand? What stays and should not, remove in IAM Identity Center; what should go at once, "
          "`accessguard revoke`"};
}

}  // namespace

std::vector<Check> further_checks(const EngineHealth& health, const ReadModel& read_model, const Metrics& metrics,
                                  const std::vector<std::string>& checkpoints, Instant now) {
  std::vector<Check> checks{check_grants(health), check_sweep(read_model, now), check_lanes(health),
                            check_clock(health)};
  if (auto policy = check_policy(read_model)) checks.push_back(std::move(*policy));
  if (auto hard_ends = check_hard_ends(health, read_model)) checks.push_back(std::move(*hard_ends));
  add_aws_calls(checks, metrics);
  std::int64_t size = 0;
  read_model.read([&](const View& view) {
    size = view.state.size.get();
    checks.push_back(check_revokes(overdue_in(view, now)));
    if (auto reviews = check_reviews(view, now)) checks.push_back(std::move(*reviews));
  });
  for (const auto& path : checkpoints) {
    if (auto checkpoint = check_checkpoint(path, size, now)) checks.push_back(std::move(*checkpoint));
  }
  return checks;
}

std::vector<Check> foreign_checks(const ReadModel& read_model, Instant now) {
  auto checks = read_model.read([&](const View& view) {
    std::vector<std::string> news;
    std::size_t all = 0;
    for (auto it = view.foreign.rbegin(); it != view.foreign.rend(); ++it) {
      if (now - it->at > kForeignIsNews) continue;
      if (++all <= kForeignSaid) news.push_back(words(view.organization, *it));
    }
    Check foreign{"foreign", Condition::kOk, "nobody else was seen to change assignments in the last 24h"};
    if (all > 0) {
      foreign = {"foreign", Condition::kWarn,
                 fmt::format("{}{}", fmt::join(news, "; "),
                             all > news.size() ? fmt::format("; and {} more", all - news.size()) : ""),
                 "was that meant? The ledger has each as assignment.appeared or assignment.vanished"};
    }
    const auto standing = static_cast<std::int64_t>(view.organization.snapshot().standing.size());
    return std::vector<Check>{std::move(foreign),
                              check_shared(view, now),
                              {"standing", Condition::kOk,
                               fmt::format("{} that AccessGuard did not make, without end",
                                           count_of(standing, "assignment", "assignments"))}};
  });
  if (auto not_bound = name_not_bound(read_model)) checks.push_back(std::move(*not_bound));
  return checks;
}

}  // namespace ag::server
