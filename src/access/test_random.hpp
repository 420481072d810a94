#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "access/organization.hpp"
#include "access/policy.hpp"
#include "access/test_company.hpp"

/// For tests of laws: random policies that use every word of the language, and random organizations in which few names
/// meet again and again, so that rules, guardrails and exceptions overlap.
namespace ag::access::test {

inline const std::vector<std::string> kPeople = {"a", "b", "c", "d", "e", "f"};
inline const std::vector<std::string> kGroups = {"G", "H", "I", "team-1", "team-2", "unknown"};
inline const std::vector<std::string> kPaths = {"/", "/W", "/W/P", "/W/P/Q", "/W/PP", "/S"};
inline const std::vector<std::string> kSets = {"Read", "ReadAll", "Power", "Deploy"};
inline const std::vector<std::string> kPatterns = {"Read", "Read*", "Power", "*", "*e*", "arn:Power", "Nothing"};
inline const std::vector<std::string> kOwners = {"G", "H", "b", "team-2", "u-c", "nobody"};
inline const std::vector<std::string> kWindows = {"office", "night", "weekend"};
inline const std::vector<std::string> kSchedules = {"first", "second"};
inline const std::vector<std::string> kApprovals = {"p", "q", "r"};
// No clock is ever moved there, so that a test can do its own sums.
inline const std::vector<std::string> kZones = {"UTC", "Asia/Kolkata"};

/// Monday, 2026-01-05T00:00:00Z: the random moments lie in the four weeks after it.
inline const Instant kFirstMonday = Instant::from_seconds(1'767'571'200);
/// To the minute, and every other time to the half hour: so that edges of windows are met.
inline std::int64_t random_minutes(Random& random, std::size_t below) {
  const std::size_t minutes = 1 + random.below(below);
  return static_cast<std::int64_t>(random.chance(50) ? (minutes + 29) / 30 * 30 : minutes);
}
inline Instant random_moment(Random& random) {
  return kFirstMonday + Duration::minutes(random_minutes(random, 4UL * 7 * 24 * 60));
}

// ---- organizations ---------------------------------------------------------------------------------------------

inline Account random_account(Random& random, int number, const std::vector<Unit>& units) {
  Account account{AccountId(fmt::format("{:012}", number)),
                  fmt::format("acc-{}", number),
                  "",
                  random.chance(10) ? "SUSPENDED" : "ACTIVE",
                  {},
                  random.pick(kPaths),
                  {}};
  for (const auto& unit : units) {
    if (unit.path == "/" || (account.path + "/").starts_with(unit.path + "/")) account.units.push_back(unit.id);
  }
  if (random.chance(60)) account.tags.push_back({"env", random.chance(50) ? "prod" : "dev"});
  if (random.chance(40)) account.tags.push_back({"team", "x"});
  if (random.chance(60)) account.tags.push_back({"owner", random.pick(kOwners)});
  return account;
}

inline User random_user(Random& random, const std::string& name) {
  const bool shares = random.chance(20);
  const std::string mail = random.chance(10) ? "" : shares ? (random.chance(50) ? "Same@x" : "same@X") : name + "@x";
  User user{UserId("u-" + name), name, name, mail, random.chance(85)};
  if (random.chance(15)) user.more_emails = {{" " + random.pick(kPeople) + "@X "}};
  if (random.chance(60)) user.manager = random.chance(50) ? random.pick(kPeople) : "u-" + random.pick(kPeople);
  if (random.chance(10)) user.manager = "somebody who left";
  return user;
}

inline Snapshot random_snapshot(Random& random) {
  Snapshot snapshot;
  snapshot.instance_arn = "i";
  for (std::size_t i = 0; i < kPaths.size(); ++i)
    snapshot.units.push_back({UnitId("ou-" + std::to_string(i)), "", kPaths[i]});
  for (int i = 0; i < 5; ++i) snapshot.accounts.push_back(random_account(random, i, snapshot.units));
  for (const auto& name : kSets) {
    PermissionSet set{PermissionSetArn("arn:" + name), name, "", {}};
    if (random.chance(60)) set.tags = std::vector<Tag>{{"owner", random.pick(kOwners)}};
    snapshot.permission_sets.push_back(set);
  }
  for (const auto& name : kPeople) snapshot.users.push_back(random_user(random, name));
  for (const auto& name : kGroups) {
    if (name == "unknown") continue;
    Group group{GroupId("g-" + name), name, {}};
    for (const auto& person : random.some(kPeople, 0)) group.members.push_back(UserId("u-" + person));
    snapshot.groups.push_back(group);
  }
  return snapshot;
}

// ---- policies --------------------------------------------------------------------------------------------------

inline Target random_target(Random& random, int depth) {
  Target target;
  if (random.chance(50)) target.unit = random.chance(20) ? "ou-2" : random.pick(kPaths);
  if (random.chance(5)) target.unit = "/Nowhere";
  if (random.chance(35)) target.tags["env"] = random.some(std::vector<std::string>{"prod", "dev"});
  if (random.chance(15)) target.tags["team"] = {"x"};
  if (random.chance(30))
    target.accounts = random.some(std::vector<std::string>{"000000000000", "acc-1", "acc-2", "acc-9"});
  while (depth > 0 && random.chance(30)) target.except.push_back(random_target(random, depth - 1));
  return target;
}

inline std::vector<Target> random_targets(Random& random) {
  std::vector<Target> targets{random_target(random, 2)};
  while (random.chance(30)) targets.push_back(random_target(random, 2));
  return targets;
}

inline People random_people(Random& random) {
  People people;
  people.everyone = random.chance(30);
  if (random.chance(60)) people.groups = random.some(kGroups);
  if (random.chance(40)) people.users = random.some(kPeople);
  if (random.chance(20)) people.except_groups = {random.pick(kGroups)};
  if (random.chance(20)) people.except_users = {random.pick(kPeople)};
  return people;
}

inline Sets random_sets(Random& random) {
  Sets sets;
  if (random.chance(80)) sets.names = random.some(kPatterns);
  if (random.chance(25))
    sets.levels = random.some(std::vector{Level::kLow, Level::kMedium, Level::kHigh, Level::kCritical});
  if (random.chance(20)) sets.except = {random.pick(kPatterns)};
  return sets;
}

inline std::vector<PartyRule> random_parties(Random& random) {
  std::vector<PartyRule> parties;
  do {
    switch (random.below(8)) {
      case 0:
      case 1: parties.push_back({PartyRuleKind::kUser, random.pick(kPeople)}); break;
      case 2: parties.push_back({PartyRuleKind::kAccountTag, "owner"}); break;
      case 3: parties.push_back({PartyRuleKind::kPermissionSetTag, "owner"}); break;
      case 4: parties.push_back({PartyRuleKind::kManager, ""}); break;
      case 5: parties.push_back({PartyRuleKind::kOnCall, random.pick(kSchedules)}); break;
      default: parties.push_back({PartyRuleKind::kGroup, random.pick(kGroups)}); break;
    }
  } while (random.chance(50));
  return parties;
}

inline ApprovalPolicy random_approval(Random& random, const std::string& name) {
  ApprovalPolicy approval;
  approval.name = name;
  for (auto& steps : approval.steps) {
    for (std::size_t i = random.below(3); i > 0; --i)
      steps.push_back({random_parties(random), 1 + static_cast<int>(random.below(2))});
  }
  if (random.chance(25)) approval.escalate.push_back({Duration::hours(1), random_parties(random)});
  if (random.chance(10)) approval.escalate.push_back({Duration::hours(3), random_parties(random)});
  return approval;
}

inline Window random_window(Random& random, const std::string& name) {
  Window window{.name = name, .zone = random.pick(kZones)};
  for (auto& day : window.days) day = random.chance(70);
  window.from = Duration::hours(static_cast<std::int64_t>(random.below(24)));
  window.to = Duration::hours(static_cast<std::int64_t>(1 + random.below(24)));
  return window;
}

inline OnCall random_schedule(Random& random, const std::string& name) {
  OnCall schedule{.name = name, .zone = random.pick(kZones), .from = "2026-01-12T09:00"};
  schedule.days = 1 + static_cast<int>(random.below(7));
  for (std::size_t i = random.below(3) + 1; i > 0; --i) {
    if (random.chance(50)) schedule.turns.push_back({random.pick(kGroups), ""});
    else schedule.turns.push_back({"", random.pick(kPeople)});
  }
  return schedule;
}

inline Duration random_length(Random& random) {
  return Duration::minutes(static_cast<std::int64_t>(1 + random.below(6)) * 10);
}

inline std::vector<std::string> random_windows(Random& random, std::size_t percent) {
  return random.chance(percent) ? random.some(kWindows) : std::vector<std::string>{};
}

inline Rule random_rule(Random& random, std::size_t number) {
  Rule rule{.id = fmt::format("rule-{}", number),
            .line = static_cast<int>(number),
            .who = random_people(random),
            .what = random_sets(random),
            .where = random_targets(random)};
  rule.max = random_length(random);
  if (random.chance(40)) rule.min = std::min(rule.max, random_length(random));
  rule.approval = random.pick(kApprovals);
  rule.during = random_windows(random, 20);
  if (random.chance(40)) rule.extend = Extend{0, 1, random_length(random), random.pick(kApprovals)};
  return rule;
}

inline Guardrail random_guardrail(Random& random, std::size_t number) {
  Guardrail guardrail{.id = fmt::format("guard-{}", number), .line = static_cast<int>(100 + number)};
  if (random.chance(25)) guardrail.who = random_people(random);
  if (random.chance(60)) guardrail.where = random_targets(random);
  if (random.chance(60)) guardrail.what = random_sets(random);
  guardrail.outside = random_windows(random, 30);
  if (random.chance(5)) {
    guardrail.forbid = true;
  } else if (random.chance(15)) {
    guardrail.never_with = random_sets(random);
  } else {
    if (random.chance(40)) guardrail.approvers = 1 + static_cast<int>(random.below(3));
    if (random.chance(40)) guardrail.reason_min = 1 + random.below(30);
    if (random.chance(30)) guardrail.ticket = fmt::format("T-{}", number);
    if (random.chance(40)) guardrail.max = random_length(random);
    guardrail.during = random_windows(random, 15);
    if (random.chance(20)) guardrail.other_team = random.pick(std::vector<std::string>{"team-*", "G", "*"});
  }
  return guardrail;
}

inline Policy random_policy(Random& random) {
  Policy policy;
  for (const auto& set : kSets) {
    if (random.chance(70)) policy.levels[set].level = static_cast<Level>(random.below(kLevels));
    if (random.chance(10)) policy.levels["arn:" + set].level = static_cast<Level>(random.below(kLevels));
  }
  for (const auto& name : kWindows) policy.windows[name] = random_window(random, name);
  for (const auto& name : kSchedules) policy.on_call[name] = random_schedule(random, name);
  for (const auto& name : kApprovals) policy.approvals[name] = random_approval(random, name);
  for (std::size_t i = random.below(6); i > 0; --i) policy.rules.push_back(random_rule(random, i));
  for (std::size_t i = random.below(5); i > 0; --i) policy.guardrails.push_back(random_guardrail(random, i));
  return policy;
}

inline constexpr std::size_t kFewestSeeds = 10;  ///< with fewer too little happens for a law to be tried

/// How many rounds of a law a test run lives: AG_SEEDS of the environment, times that.
inline std::size_t rounds(std::size_t times) {
  std::size_t seeds = 30;
  if (const char* text = std::getenv("AG_SEEDS"); text != nullptr) {
    const std::string_view digits(text);
    std::from_chars(digits.data(), digits.data() + digits.size(), seeds);
  }
  return std::max(seeds, kFewestSeeds) * times;
}

}  // namespace ag::access::test
