// judge(), eligible() and candidates() against a slow and obvious twin, on random policies and organizations.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "access/eligibility.hpp"
#include "access/test_company.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

using test::Random;

// ---- the twin: straight from the words of design.md and policy.hpp --------------------------------------------

class Twin {
 public:
  Twin(const Policy& policy, const Snapshot& snapshot) : policy_(policy), snapshot_(snapshot) {}

  struct Choice {
    const Rule* rule = nullptr;
    Duration min;
    Duration max;
    std::size_t reason_min = 1;
    std::vector<std::string> tickets;
    std::vector<std::string> guardrails;
    std::vector<StepRule> steps;
    int needed = 0;
  };

  /// The rule's id, or the code of the refusal.
  [[nodiscard]] std::string judge(const User& user, const Account& account, const PermissionSet& set, Duration duration,
                                  const std::optional<std::string>& named) const {
    if (account.state != "ACTIVE") return "account_not_active";
    std::vector<Choice> open = opened(user, account, set, named);
    std::erase_if(open, [](const Choice& choice) { return choice.min > choice.max; });
    if (open.empty()) return "not_eligible";
    std::vector<Choice> fitting;
    bool longer_would_do = false;
    for (const auto& choice : open) {
      if (choice.min <= duration && duration <= choice.max) fitting.push_back(choice);
      if (duration < choice.min) longer_would_do = true;
    }
    if (fitting.empty()) return longer_would_do ? "duration_too_short" : "duration_too_long";
    std::vector<Choice> possible;
    for (const auto& choice : fitting) {
      if (somebody_could_approve(choice, user)) possible.push_back(choice);
    }
    return possible.empty() ? "no_approver" : least(possible).rule->id;
  }

  [[nodiscard]] Choice choice_of(const std::string& rule, const User& user, const Account& account,
                                 const PermissionSet& set) const {
    return opened(user, account, set, rule).at(0);
  }

  /// The account and set may be asked for in some time; then by the rule that does so in the shortest.
  [[nodiscard]] std::string eligible(const User& user, const Account& account, const PermissionSet& set) const {
    std::vector<Choice> possible = opened(user, account, set, {});
    std::erase_if(possible, [&](const Choice& c) { return c.min > c.max || !somebody_could_approve(c, user); });
    if (account.state != "ACTIVE" || possible.empty()) return "";
    Duration shortest = Duration::max();
    for (const auto& choice : possible) shortest = std::min(shortest, choice.min);
    std::erase_if(possible, [&](const Choice& choice) { return choice.min > shortest; });
    return least(possible).rule->id;
  }

  [[nodiscard]] std::set<std::string> deciders(const StepRule& step, const User& requester) const {
    std::set<std::string> ids;
    for (const auto& person : snapshot_.users) {
      if (!person.enabled || is_same_person(person, requester)) continue;
      for (const auto& name : step.groups) {
        if (is_in(name, person)) ids.insert(person.id.str());
      }
      for (const auto& name : step.users) {
        if (name == person.user_name) ids.insert(person.id.str());
      }
    }
    return ids;
  }

 private:
  static bool is_same_person(const User& a, const User& b) {
    return a.id == b.id || (!a.email.empty() && to_lower(a.email) == to_lower(b.email));
  }
  [[nodiscard]] bool is_in(const std::string& group_name, const User& user) const {
    for (const auto& group : snapshot_.groups) {
      if (group.name != group_name) continue;
      for (const auto& member : group.members) {
        if (member == user.id) return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool is_one_of(const User& user, const std::vector<std::string>& groups,
                               const std::vector<std::string>& users) const {
    for (const auto& name : groups) {
      if (is_in(name, user)) return true;
    }
    for (const auto& name : users) {
      if (name == user.user_name) return true;
    }
    return false;
  }
  static bool holds(const Target& target, const Account& account) {
    if (!target.unit.empty() && !(account.path + "/").starts_with(target.unit == "/" ? "/" : target.unit + "/"))
      return false;
    for (const auto& [key, values] : target.tags) {
      bool has = false;
      for (const auto& tag : account.tags) {
        for (const auto& value : values) has = has || (tag.key == key && tag.value == value);
      }
      if (!has) return false;
    }
    bool named = target.accounts.empty();
    for (const auto& name : target.accounts) named = named || name == account.name || name == account.id.str();
    if (!named) return false;
    for (const auto& except : target.except) {
      if (holds(except, account)) return false;
    }
    return true;
  }
  static bool holds(const std::vector<Target>& any_of, const Account& account) {
    for (const auto& target : any_of) {
      if (holds(target, account)) return true;
    }
    return false;
  }
  static bool names(const std::vector<std::string>& patterns, const PermissionSet& set) {
    for (const auto& pattern : patterns) {
      if (pattern == set.arn.str() || pattern == set.name) return true;
      if (pattern.ends_with('*') && set.name.starts_with(pattern.substr(0, pattern.size() - 1))) return true;
    }
    return false;
  }
  [[nodiscard]] Level level(const PermissionSet& set) const {
    return policy_.levels.contains(set.name) ? policy_.levels.at(set.name) : Level::kHigh;
  }

  [[nodiscard]] std::vector<Choice> opened(const User& user, const Account& account, const PermissionSet& set,
                                           const std::optional<std::string>& named) const {
    std::vector<Choice> open;
    for (const auto& rule : policy_.rules) {
      if (named && rule.id != *named) continue;
      const bool who = (rule.who.everyone || is_one_of(user, rule.who.groups, rule.who.users)) &&
                       !is_one_of(user, rule.who.except_groups, rule.who.except_users);
      if (!who || !names(rule.what, set) || !holds(rule.where, account)) continue;
      Choice choice;
      choice.rule = &rule;
      choice.min = rule.min;
      choice.max = rule.max;
      choice.steps = policy_.approvals.at(rule.approval).steps[static_cast<std::size_t>(level(set))];
      for (const auto& step : choice.steps) choice.needed += step.need;
      int at_least = 0;
      for (const auto& guardrail : policy_.guardrails) {
        bool at_level = guardrail.levels.empty();
        for (const auto each : guardrail.levels) at_level = at_level || each == level(set);
        if (!at_level || (!guardrail.what.empty() && !names(guardrail.what, set)) ||
            (!guardrail.where.empty() && !holds(guardrail.where, account))) {
          continue;
        }
        choice.guardrails.push_back(guardrail.id);
        if (guardrail.max && *guardrail.max < choice.max) choice.max = *guardrail.max;
        if (guardrail.reason_min > choice.reason_min) choice.reason_min = guardrail.reason_min;
        if (!guardrail.ticket.empty()) choice.tickets.push_back(guardrail.ticket);
        if (guardrail.approvers > at_least) at_least = guardrail.approvers;
      }
      if (at_least > choice.needed) {
        if (choice.steps.empty()) choice.steps.push_back({{}, {}, 0, 0});
        choice.steps.back().need += at_least - choice.needed;
        choice.needed = at_least;
      }
      open.push_back(choice);
    }
    return open;
  }

  static const Choice& least(const std::vector<Choice>& choices) {
    const Choice* best = &choices.front();
    for (const auto& choice : choices) {
      if (choice.needed < best->needed || (choice.needed == best->needed && choice.max > best->max)) best = &choice;
    }
    return *best;
  }

  /// Tries every way to seat distinct people.
  [[nodiscard]] bool somebody_could_approve(const Choice& choice, const User& requester) const {
    std::vector<std::set<std::string>> seats;
    for (const auto& step : choice.steps) {
      std::set<std::string> people;
      for (const auto& id : deciders(step, requester)) people.insert(person_behind(id));
      for (int i = 0; i < step.need; ++i) seats.push_back(people);
    }
    return seat(seats, 0, {});
  }
  static bool seat(const std::vector<std::set<std::string>>& seats, std::size_t next, std::set<std::string> taken) {
    if (next == seats.size()) return true;
    for (const auto& person : seats[next]) {
      if (!taken.insert(person).second) continue;
      if (seat(seats, next + 1, taken)) return true;
      taken.erase(person);
    }
    return false;
  }
  [[nodiscard]] std::string person_behind(const std::string& id) const {
    for (const auto& user : snapshot_.users) {
      if (user.id.str() == id && !user.email.empty()) return "mail " + to_lower(user.email);
    }
    return "id " + id;
  }

  const Policy& policy_;
  const Snapshot& snapshot_;
};

// ---- random worlds ---------------------------------------------------------------------------------------------

const std::vector<std::string> kPeople = {"a", "b", "c", "d", "e", "f"};
const std::vector<std::string> kGroups = {"G", "H", "I", "unknown"};
const std::vector<std::string> kPaths = {"/", "/W", "/W/P", "/W/P/Q", "/W/PP", "/S"};
const std::vector<std::string> kSets = {"Read", "ReadAll", "Power"};

Snapshot random_snapshot(Random& random) {
  Snapshot snapshot;
  snapshot.instance_arn = "i";
  for (std::size_t i = 0; i < kPaths.size(); ++i)
    snapshot.units.push_back({UnitId("ou-" + std::to_string(i)), "", kPaths[i]});
  for (int i = 0; i < 5; ++i) {
    Account account{AccountId(fmt::format("{:012}", i)),
                    fmt::format("acc-{}", i),
                    "",
                    random.chance(10) ? "SUSPENDED" : "ACTIVE",
                    {},
                    random.pick(kPaths),
                    {}};
    for (const auto& unit : snapshot.units) {
      if (unit.path == "/" || (account.path + "/").starts_with(unit.path + "/")) account.units.push_back(unit.id);
    }
    if (random.chance(60)) account.tags.push_back({"env", random.chance(50) ? "prod" : "dev"});
    if (random.chance(40)) account.tags.push_back({"team", "x"});
    snapshot.accounts.push_back(account);
  }
  for (const auto& name : kSets) snapshot.permission_sets.push_back({PermissionSetArn("arn:" + name), name, "", {}});
  for (const auto& name : kPeople) {
    const bool shares = random.chance(20);
    const std::string mail = random.chance(10) ? "" : shares ? (random.chance(50) ? "Same@x" : "same@X") : name + "@x";
    snapshot.users.push_back({UserId("u-" + name), name, name, mail, random.chance(85)});
  }
  for (const auto* name : {"G", "H", "I"}) {
    Group group{GroupId(std::string("g-") + name), name, {}};
    for (const auto& person : random.some(kPeople, 0)) group.members.push_back(UserId("u-" + person));
    snapshot.groups.push_back(group);
  }
  return snapshot;
}

Target random_target(Random& random, int depth) {
  Target target;
  if (random.chance(50)) target.unit = random.pick(kPaths);
  if (random.chance(35)) target.tags["env"] = random.some(std::vector<std::string>{"prod", "dev"});
  if (random.chance(15)) target.tags["team"] = {"x"};
  if (random.chance(30))
    target.accounts = random.some(std::vector<std::string>{"000000000000", "acc-1", "acc-2", "acc-9"});
  while (depth > 0 && random.chance(30)) target.except.push_back(random_target(random, depth - 1));
  return target;
}

std::vector<Target> random_targets(Random& random) {
  std::vector<Target> targets{random_target(random, 2)};
  while (random.chance(30)) targets.push_back(random_target(random, 2));
  return targets;
}

People random_people(Random& random) {
  People people;
  people.everyone = random.chance(30);
  if (random.chance(60)) people.groups = random.some(kGroups);
  if (random.chance(40)) people.users = random.some(kPeople);
  if (random.chance(20)) people.except_groups = {random.pick(kGroups)};
  if (random.chance(20)) people.except_users = {random.pick(kPeople)};
  return people;
}

const std::vector<std::string> kPatterns = {"Read", "Read*", "Power", "*", "arn:Power"};

Policy random_policy(Random& random) {
  Policy policy;
  for (const auto& set : kSets) {
    if (random.chance(70)) policy.levels[set] = static_cast<Level>(random.below(kLevels));
  }
  for (const auto* name : {"p", "q", "r"}) {
    ApprovalPolicy approval;
    approval.name = name;
    for (auto& steps : approval.steps) {
      for (std::size_t i = random.below(3); i > 0; --i) {
        StepRule step;
        step.groups = random.some(kGroups, 0);
        if (step.groups.empty() || random.chance(30)) step.users = random.some(kPeople);
        step.need = 1 + static_cast<int>(random.below(2));
        steps.push_back(step);
      }
    }
    policy.approvals[name] = approval;
  }
  const auto some_time = [&] { return Duration::minutes(static_cast<std::int64_t>(1 + random.below(6)) * 10); };
  for (std::size_t i = random.below(6); i > 0; --i) {
    Rule rule{.id = fmt::format("rule-{}", i), .line = static_cast<int>(i), .who = random_people(random)};
    rule.what = random.some(kPatterns);
    rule.where = random_targets(random);
    rule.max = some_time();
    if (random.chance(40)) rule.min = std::min(rule.max, some_time());
    rule.approval = random.pick(std::vector<std::string>{"p", "q", "r"});
    policy.rules.push_back(rule);
  }
  for (std::size_t i = random.below(4); i > 0; --i) {
    Guardrail guardrail{.id = fmt::format("guard-{}", i)};
    if (random.chance(60)) guardrail.where = random_targets(random);
    if (random.chance(40)) guardrail.what = random.some(kPatterns);
    if (random.chance(40))
      guardrail.levels = random.some(std::vector{Level::kLow, Level::kMedium, Level::kHigh, Level::kCritical});
    if (random.chance(40)) guardrail.approvers = 1 + static_cast<int>(random.below(3));
    if (random.chance(40)) guardrail.reason_min = 1 + random.below(30);
    if (random.chance(30)) guardrail.ticket = fmt::format("T-{}", i);
    if (random.chance(40)) guardrail.max = some_time();
    policy.guardrails.push_back(guardrail);
  }
  return policy;
}

void expect_same_judgement(const Policy& policy, const Organization& organization, Random& random, int& opened) {
  const Snapshot& snapshot = organization.snapshot();
  const Twin twin(policy, snapshot);
  const User& user = random.pick(snapshot.users);
  const Account& account = random.pick(snapshot.accounts);
  const PermissionSet& set = random.pick(snapshot.permission_sets);
  const auto duration = Duration::minutes(static_cast<std::int64_t>(1 + random.below(65)));
  std::optional<std::string> named;
  if (random.chance(20)) named = fmt::format("rule-{}", 1 + random.below(6));

  const auto verdict = judge(policy, organization, {user, account, set, duration, named});
  ASSERT_EQ(verdict ? verdict->rule->id : verdict.error().code, twin.judge(user, account, set, duration, named));
  if (!verdict) return;
  ++opened;
  const auto choice = twin.choice_of(verdict->rule->id, user, account, set);
  ASSERT_EQ(verdict->max, choice.max);
  ASSERT_EQ(verdict->reason_min, choice.reason_min);
  ASSERT_EQ(verdict->ticket_patterns, choice.tickets);
  std::vector<std::string> guardrails;
  for (const auto* guardrail : verdict->guardrails) guardrails.push_back(guardrail->id);
  ASSERT_EQ(guardrails, choice.guardrails);
  ASSERT_EQ(verdict->steps.size(), choice.steps.size());
  for (std::size_t i = 0; i < choice.steps.size(); ++i) {
    ASSERT_EQ(verdict->steps[i].need, choice.steps[i].need);
    std::set<std::string> ids;
    for (const User* person : candidates(verdict->steps[i], organization, user.id)) ids.insert(person->id.str());
    ASSERT_EQ(ids, twin.deciders(choice.steps[i], user));
    for (const User& person : snapshot.users) {
      ASSERT_EQ(is_candidate(verdict->steps[i], organization, user.id, person.id), ids.contains(person.id.str()));
    }
  }
}

TEST(JudgeAndItsTwin, AgreeOnRandomPoliciesAndOrganizations) {
  Random random(7);
  int opened = 0;
  for (int round = 0; round < 4'000; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    const Organization organization(random_snapshot(random));
    const Policy policy = random_policy(random);
    for (int wish = 0; wish < 5; ++wish) {
      expect_same_judgement(policy, organization, random, opened);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  EXPECT_GT(opened, 1'000) << "too few wishes are granted to say anything";
}

TEST(EligibleAndItsTwin, AgreeOnRandomPoliciesAndOrganizations) {
  Random random(11);
  std::size_t listed = 0;
  for (int round = 0; round < 1'000; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    const Organization organization(random_snapshot(random));
    const Policy policy = random_policy(random);
    const Twin twin(policy, organization.snapshot());
    const User& user = random.pick(organization.snapshot().users);
    std::map<std::string, std::string> told;
    for (const auto& it : eligible(policy, organization, user)) {
      told[it.account->name + " " + it.permission_set->name] = it.rule->id;
      const auto verdict = judge(policy, organization, {user, *it.account, *it.permission_set, it.min, std::nullopt});
      ASSERT_TRUE(verdict) << "what is listed can be asked for: " << verdict.error().message;
      ASSERT_EQ(verdict->rule->id, it.rule->id);
    }
    std::map<std::string, std::string> expected;
    for (const auto& account : organization.snapshot().accounts) {
      for (const auto& set : organization.snapshot().permission_sets) {
        const auto rule = twin.eligible(user, account, set);
        if (!rule.empty()) expected[account.name + " " + set.name] = rule;
      }
    }
    ASSERT_EQ(told, expected);
    listed += told.size();
  }
  EXPECT_GT(listed, 500U);
}

}  // namespace
}  // namespace ag::access
