// How fast the policy answers: the verdict on one question, everything that one person may ask for, the making of the
// index, and the plan of a change; of a large company and more rules than anybody writes.
//
//     eligibility_bench                           the company, and its ratios to the bars
//     eligibility_bench beside RULES QUESTIONS    for bench/eligibility_beside

#include <fmt/core.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/eligibility.hpp"
#include "access/policy_plan.hpp"

namespace {

using namespace ag;
using namespace ag::access;

constexpr std::size_t kAccounts = 2'000;
constexpr std::size_t kSets = 1'000;
constexpr std::size_t kUsers = 20'000;
constexpr std::size_t kGroups = 500;
constexpr std::size_t kUnits = 60;
constexpr std::size_t kRules = 10'000;
constexpr std::size_t kRulesOfPlans = 1'000;  // about as many as fit in the largest policy file
constexpr std::size_t kGuardrails = 100;
constexpr double kVerdictBar = 1e-6;     // seconds, half of the verdicts
constexpr double kEverythingBar = 0.05;  // seconds, for one person
const Instant kNow = Instant::from_seconds(1'800'000'000);

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
/// Of the processor: other programs' share of the machine is not counted.
double seconds_of(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}
double quantile(std::vector<double>& values, double of) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(of * static_cast<double>(values.size() - 1))];
}

/// SplitMix64: the same company on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t limit) {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % limit;
  }

 private:
  std::uint64_t state_;
};

std::string group_name(std::size_t i) { return fmt::format("team-{}", i); }
std::string set_name(std::size_t i) { return fmt::format("{}-{}", i % 3 == 0 ? "Read" : "Operate", i); }
std::string unit_path(std::size_t i) {
  return i == 0 ? "/" : fmt::format("/part-{}{}", i % 6, i < 6 ? "" : fmt::format("/unit-{}", i));
}

std::shared_ptr<const Organization> company(Random& random) {
  Snapshot snapshot;
  snapshot.instance_arn = "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6";
  for (std::size_t i = 0; i < kUnits; ++i)
    snapshot.units.push_back({UnitId(fmt::format("ou-{:04}", i)), fmt::format("unit-{}", i), unit_path(i)});
  for (std::size_t i = 0; i < kAccounts; ++i) {
    Account account{AccountId(fmt::format("{:012}", i)), fmt::format("account-{}", i), "", "ACTIVE", {}, "", {}};
    account.path = unit_path(6 + random.below(kUnits - 6));
    for (const auto& unit : snapshot.units) {
      if (unit.path == "/" || (account.path + "/").starts_with(unit.path + "/")) account.units.push_back(unit.id);
    }
    account.tags = {{"env", i % 4 == 0 ? "prod" : "dev"}, {"owner", group_name(random.below(kGroups))}};
    snapshot.accounts.push_back(std::move(account));
  }
  for (std::size_t i = 0; i < kSets; ++i) {
    snapshot.permission_sets.push_back(
        {PermissionSetArn(fmt::format("arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-{:016x}", i)),
         set_name(i), "", Duration::hours(1)});
  }
  for (std::size_t i = 0; i < kGroups; ++i)
    snapshot.groups.push_back({GroupId(fmt::format("906722{:04x}-aaaa-bbbb-cccc-0123456789ab", i)), group_name(i), {}});
  for (std::size_t i = 0; i < kUsers; ++i) {
    const std::string name = fmt::format("user-{}", i);
    snapshot.users.push_back(
        {UserId(fmt::format("906723{:06x}-aaaa-bbbb-cccc-0123456789ab", i)), name, name, name + "@example.com", true});
    for (int membership = 0; membership < 5; ++membership)
      snapshot.groups[random.below(kGroups)].members.push_back(snapshot.users.back().id);
  }
  return std::make_shared<const Organization>(std::move(snapshot));
}

Target somewhere(Random& random) {
  Target target;
  switch (random.below(4)) {
    case 0: target.unit = unit_path(random.below(kUnits)); break;
    case 1:
      target.unit = unit_path(1 + random.below(5));
      target.tags["env"] = {random.below(2) == 0 ? "prod" : "dev"};
      break;
    case 2: target.tags["owner"] = {group_name(random.below(kGroups))}; break;
    default:
      for (int i = 0; i < 5; ++i) target.accounts.push_back(fmt::format("{:012}", random.below(kAccounts)));
  }
  return target;
}

Rule rule(Random& random, std::size_t number) {
  Rule rule{.id = fmt::format("rule-{}", number), .line = static_cast<int>(number)};
  rule.who.groups = {group_name(random.below(kGroups))};
  for (std::size_t i = 1 + random.below(3); i > 0; --i) rule.what.names.push_back(set_name(random.below(kSets)));
  if (random.below(20) == 0) rule.what.names = {fmt::format("*-{}", random.below(100))};
  rule.where = {somewhere(random)};
  rule.max = Duration::hours(static_cast<std::int64_t>(1 + random.below(8)));
  rule.approval = fmt::format("approval-{}", random.below(20));
  return rule;
}

Policy policy(Random& random, std::size_t rules, std::size_t guardrails) {
  Policy policy;
  for (std::size_t i = 0; i < kSets; i += 2)
    policy.levels[set_name(i)].level = static_cast<Level>(random.below(kLevels));
  for (std::size_t i = 0; i < 20; ++i) {
    ApprovalPolicy approval{.name = fmt::format("approval-{}", i)};
    for (std::size_t level = 1; level < kLevels; ++level) {
      const PartyRule party = i == 0 ? PartyRule{PartyRuleKind::kAccountTag, "owner"}
                                     : PartyRule{PartyRuleKind::kGroup, group_name(random.below(kGroups))};
      approval.steps.at(level) = {{{party}, static_cast<int>(level > 2 ? 2 : 1)}};
    }
    policy.approvals[approval.name] = approval;
  }
  for (std::size_t i = 0; i < rules; ++i) policy.rules.push_back(rule(random, i));
  for (std::size_t i = 0; i < guardrails; ++i) {
    Guardrail guardrail{.id = fmt::format("guardrail-{}", i), .line = static_cast<int>(i)};
    guardrail.where = {somewhere(random)};
    guardrail.what.levels = {static_cast<Level>(random.below(kLevels))};
    guardrail.approvers = static_cast<int>(random.below(3));
    guardrail.reason_min = random.below(30);
    if (random.below(2) == 0) guardrail.max = Duration::hours(static_cast<std::int64_t>(1 + random.below(8)));
    policy.guardrails.push_back(std::move(guardrail));
  }
  return policy;
}

struct Asked {
  const Account* account;
  const PermissionSet* set;
};

/// Any place, or only one that some rule opens for this person.
std::vector<Asked> questions(const PolicyIndex& index, Asker& asker, Random& random, std::size_t count) {
  const auto open = asker.everything(kNow);
  std::vector<Asked> all;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 2 == 0 || open.empty()) {
      all.push_back({index.accounts()[random.below(kAccounts)], index.permission_sets()[random.below(kSets)]});
    } else {
      const auto& it = open[random.below(open.size())];
      all.push_back({it.account, it.permission_set});
    }
  }
  return all;
}

std::size_t opened = 0;  // so that nothing is optimised away

void time_verdicts(const PolicyIndex& index, Random& random) {
  std::vector<double> kept;
  std::vector<double> fresh;
  std::vector<double> made;
  const auto& users = index.organization().snapshot().users;
  for (int person = 0; person < 200; ++person) {
    const User& user = users[random.below(kUsers)];
    Asker first(index, user);
    const auto asked = questions(index, first, random, 500);
    Asker asker(index, user);
    for (const auto& [account, set] : asked) {
      const double start = now();
      opened += asker.verdict(*account, *set, kNow) != nullptr ? 1 : 0;
      kept.push_back(now() - start);
    }
    for (std::size_t i = 0; i < 20; ++i) {
      const double start = now();
      Asker once(index, user);
      const double middle = now();
      opened += once.verdict(*asked[i].account, *asked[i].set, kNow) != nullptr ? 1 : 0;
      fresh.push_back(now() - start);
      made.push_back(middle - start);
    }
  }
  const double half = quantile(kept, 0.5);
  fmt::print("verdict by an Asker that is kept     p50 {:7.0f} ns  p99 {:7.0f} ns   {:.2f} of the bar of 1 us\n",
             half * 1e9, quantile(kept, 0.99) * 1e9, half / kVerdictBar);
  fmt::print("  with the making of an Asker        p50 {:7.0f} ns  p99 {:7.0f} ns   (of it, making: {:.0f} ns)\n",
             quantile(fresh, 0.5) * 1e9, quantile(fresh, 0.99) * 1e9, quantile(made, 0.5) * 1e9);
}

void time_everything(const PolicyIndex& index, Random& random) {
  std::vector<double> times;
  std::size_t listed = 0;
  for (int person = 0; person < 60; ++person) {
    const User& user = index.organization().snapshot().users[random.below(kUsers)];
    times.push_back(seconds_of([&] {
      Asker asker(index, user);
      listed += asker.everything(kNow).size();
    }));
  }
  const double most = quantile(times, 0.99);
  fmt::print(
      "everything for one person            p50 {:7.2f} ms  p99 {:7.2f} ms   {:.2f} of the bar of 50 ms, {} places\n",
      quantile(times, 0.5) * 1e3, most * 1e3, most / kEverythingBar, listed / times.size());
}

void time_plans(const std::shared_ptr<const Organization>& organization, std::size_t rules) {
  Random random(rules);
  const Policy before = policy(random, rules, kGuardrails);
  const PolicyIndex index(std::make_shared<const Policy>(before), organization);
  const auto plan = [&](std::string_view what, Policy after) {
    const PolicyIndex other(std::make_shared<const Policy>(std::move(after)), organization);
    PolicyPlan made;
    const double seconds = seconds_of([&] { made = plan_of(index, other, kNow); });
    fmt::print("plan, {:5} rules, {:22}     {:8.1f} ms, {} lines\n", rules, what, seconds * 1e3,
               made.changes.size() + made.left_out);
  };
  Policy after = before;
  for (std::size_t i = 0; i < 10; ++i) after.rules[i * 7] = rule(random, i * 7);
  plan("ten other rules", after);
  after = before;
  after.rules[0].who = {};
  after.rules[0].who.everyone = true;
  plan("one rule for everyone", after);
  after = before;
  after.guardrails.push_back({.id = "everywhere", .approvers = 3});
  plan("a guardrail everywhere", after);
  plan("all rules are others", policy(random, rules, kGuardrails));
}

int time_company() {
  Random random(1);
  const auto organization = company(random);
  const auto rules = std::make_shared<const Policy>(policy(random, kRules, kGuardrails));
  std::unique_ptr<PolicyIndex> index;
  const double building = seconds_of([&] { index = std::make_unique<PolicyIndex>(rules, organization); });
  fmt::print("{} rules, {} guardrails, {} accounts x {} permission sets, {} people in {} groups\n", kRules, kGuardrails,
             kAccounts, kSets, kUsers, kGroups);
  fmt::print("the index                            {:11.0f} ms\n", building * 1e3);
  time_verdicts(*index, random);
  time_everything(*index, random);
  time_plans(organization, kRulesOfPlans);
  return opened == 0 ? 1 : 0;
}

/// The store of bench/eligibility_beside/eligibility.mjs: the same rules, people and questions. It prints nanoseconds a
/// question, and how many of them are let through: the others must agree.
int time_beside(std::size_t rules, std::size_t questions) {
  Snapshot snapshot;
  Policy policy;
  policy.approvals["none"] = {};
  for (std::size_t i = 0; i < 30; ++i)
    snapshot.accounts.push_back(
        {AccountId(fmt::format("{:012}", i)), fmt::format("a{}", i), "", "ACTIVE", {}, "/", {}});
  for (std::size_t i = 0; i < 20; ++i)
    snapshot.permission_sets.push_back({PermissionSetArn(fmt::format("arn:s{}", i)), fmt::format("s{}", i), "", {}});
  for (std::size_t i = 0; i < 50; ++i)
    snapshot.groups.push_back({GroupId(fmt::format("id-g{}", i)), fmt::format("g{}", i), {}});
  for (std::size_t i = 0; i < 100; ++i) {
    const std::string name = fmt::format("u{}", i);
    snapshot.users.push_back({UserId("id-" + name), name, name, name + "@example.com", true});
    for (std::size_t k = 0; k < 3; ++k) snapshot.groups[(i * 7 + k * 11) % 50].members.push_back(UserId("id-" + name));
  }
  for (std::size_t i = 0; i < rules; ++i) {
    Rule rule{.id = fmt::format("r{}", i), .max = Duration::hours(1), .approval = "none"};
    rule.who.groups = {fmt::format("g{}", i % 50)};
    rule.what.names = {fmt::format("s{}", (i / 50) % 20)};
    rule.where = {Target{.accounts = {fmt::format("a{}", (i * 13) % 30)}}};
    policy.rules.push_back(std::move(rule));
  }
  const PolicyIndex index(std::make_shared<const Policy>(std::move(policy)),
                          std::make_shared<const Organization>(std::move(snapshot)));
  const auto& organization = index.organization();
  const auto ask = [&](std::size_t i) {
    // As a peer is asked: by names, with nothing kept of the question before.
    const User& user = **organization.user(fmt::format("u{}", i % 100), "");
    const Account& account = **organization.account(fmt::format("a{}", (i / 7) % 30), "");
    const PermissionSet& set = **organization.permission_set(fmt::format("s{}", (i / 3) % 20), "");
    Asker asker(index, user);
    return asker.verdict(account, set, kNow) != nullptr;
  };
  std::size_t allowed = 0;
  constexpr std::size_t kRounds = 20;
  const double seconds = seconds_of([&] {
    for (std::size_t i = 0; i < kRounds * questions; ++i) allowed += ask(i % questions) ? 1 : 0;
  });
  fmt::print("{:.0f} {}\n", seconds * 1e9 / static_cast<double>(kRounds * questions), allowed / kRounds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return time_company();
  const auto number = [&](std::size_t at) {
    std::size_t value = 0;
    std::from_chars(arguments[at].data(), arguments[at].data() + arguments[at].size(), value);
    return value;
  };
  if (arguments.size() == 3 && arguments[0] == "beside" && number(1) > 0 && number(2) > 0)
    return time_beside(number(1), number(2));
  fmt::print(stderr, "usage: eligibility_bench [beside RULES QUESTIONS]\n");
  return 2;
}
