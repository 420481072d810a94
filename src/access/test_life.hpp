#pragma once
#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "access/eligibility.hpp"
#include "access/test_world.hpp"

/// For tests: what people, clocks, directories and AWS might do in any order, by chance but always the same for a seed.
namespace ag::access::test {

inline const std::vector<std::string>& all_people() {
  static const std::vector<std::string> kPeople = {"ana",  "ben",       "cleo", "dora",    "emil",
                                                   "finn", "ana-admin", "gone", "stranger"};
  return kPeople;
}

/// Who is behind an account of a_company(): told here once more, so that the tests do not ask the code under test.
inline std::string human_behind(const UserId& id) { return id == user_id("ana-admin") ? "u-ana" : id.str(); }

inline Company random_company(Random& random) {
  Company company = a_company();
  if (random.chance(25))
    company = std::move(company).with_disabled(random.pick(std::vector<std::string>{"cleo", "emil"}));
  if (random.chance(25)) company = std::move(company).without_user("finn");
  if (random.chance(25)) company = std::move(company).with_group("TeamLeads", {"ana", "ana-admin", "cleo"});
  if (random.chance(25)) company = std::move(company).with_group("Security", {"cleo", "dora", "emil", "ben"});
  if (random.chance(15)) company = std::move(company).without_group("Oncall");
  if (random.chance(15)) company = std::move(company).without_account("222222222222");
  if (random.chance(15)) {
    company =
        std::move(company).with(StandingAssignment{AccountId("012345678901"), set_arn("ReadOnly"), user_id("ben"), {}});
  }
  return company;
}

/// Targets are `all` or a unit with its path; so a reader of the policy can tell at once which accounts are meant.
inline std::string random_policy_text(Random& random) {
  const std::vector<std::string> places = {"[all]", "{ou: /Workloads}", "{ou: /Workloads/Prod}", "{ou: /Sandbox}"};
  const std::vector<std::string> sets = {"ReadOnly", "PowerUser", "Deploy", "ProdAdmin"};
  const std::vector<std::string> whos = {"{everyone: true}", "{groups: [Developers]}",
                                         "{groups: [Developers, Security]}", "{users: [ana, cleo, dora]}"};
  const std::vector<std::string> approvals = {"nobody", "lead", "two", "both", "by-level"};
  std::string text = "version: 1\npermission_sets:\n  ReadOnly: {level: low}\n  Deploy: {level: medium}\nrules:\n";
  const std::size_t rules = 2 + random.below(5);
  for (std::size_t i = 0; i < rules; ++i) {
    std::string more;
    if (random.chance(70)) {
      more += fmt::format(", extend: {{times: {}, by: {}m{}}}", 1 + random.below(3), 10 + random.below(20),
                          random.chance(50) ? ", approval: nobody" : "");
    }
    if (random.chance(10)) more += ", during: [office]";
    text += fmt::format("  - {{id: rule-{}, who: {}, what: [{}], where: {}, max: {}m, approval: {}{}}}\n", i,
                        random.pick(whos), fmt::join(random.some(sets), ", "), random.pick(places),
                        30 + random.below(180), random.pick(approvals), more);
  }
  text += "guardrails:\n";
  const std::size_t guardrails = random.below(4);
  for (std::size_t i = 0; i < guardrails; ++i) {
    std::vector<std::string> requires_all = {fmt::format("max: {}m", 20 + random.below(120))};
    if (random.chance(50)) requires_all.push_back(fmt::format("approvers: {}", 1 + random.below(3)));
    if (random.chance(40)) requires_all.push_back("reason_min: 30");
    if (random.chance(40)) requires_all.emplace_back("ticket: \"OPS-[0-9]+\"");
    text += fmt::format("  - {{id: guard-{}, where: {}, what: [{}], when: {{level: [{}]}}, require: {{{}}}}}\n", i,
                        random.pick(places), fmt::join(random.some(sets), ", "),
                        fmt::join(random.some(std::vector<std::string>{"low", "medium", "high"}), ", "),
                        fmt::join(requires_all, ", "));
  }
  if (random.chance(20)) text += "  - {id: apart, what: [Deploy], never_with: [PowerUser]}\n";
  else if (guardrails == 0) text += "  []\n";
  if (random.chance(60)) {
    text +=
        fmt::format("break_glass: {{who: {}, what: [{}], where: {}, max: {}m, notify: [Security]}}\n",
                    random.pick(whos), fmt::join(random.some(sets), ", "), random.pick(places), 10 + random.below(50));
  }
  return text + R"(windows:
  office: {days: mon-fri, from: "08:00", to: "18:00", zone: Europe/Berlin}
approval_policies:
  nobody: {steps: []}
  lead: {steps: [{any_of: [{group: TeamLeads}]}], lapse: 90m, remind: [20m], escalate: [{after: 40m, any_of: [{user: ben}]}]}
  two: {steps: [{any_of: [{group: TeamLeads}, {group: Security}], need: 2}], lapse: 2h}
  both: {steps: [{any_of: [{group: TeamLeads}]}, {any_of: [{group: Security}, {user: ben}]}], lapse: 1h}
  by-level:
    low: {steps: []}
    medium: {steps: [{any_of: [{group: TeamLeads}, {group: Developers}]}]}
    high: {steps: [{any_of: [{group: TeamLeads}]}, {any_of: [{group: Security}], need: 2}]}
    critical: {steps: [{any_of: [{group: Security}], need: 2}]}
)";
}

struct Submission {
  Caller caller;
  Command command;
  std::optional<IdempotencyKey> idempotency;
};

/// A World in which things happen.
class Life {
 public:
  explicit Life(std::uint64_t seed) : random(seed) { world.apply_policy(random_policy_text(random)); }

  World world;
  Random random;

  /// One thing happens. Most of what people try is refused, as it should be.
  void step() {
    switch (random.below(10)) {
      case 0: world.pass(Duration::milliseconds(static_cast<std::int64_t>(random.below(1'500'000)))); break;
      case 1:
      case 2:
      case 3:
        if (const auto event = next_observation(world.state, world.now, random)) world.record(*event);
        break;
      case 4:
        if (random.chance(20)) world.apply_policy(random_policy_text(random));
        else if (random.chance(40)) world.move_to(random_company(random));
        break;
      default: {
        auto submission = random_submission();
        (void)world.run(submission.caller, submission.command, submission.idempotency);
      }
    }
  }

  [[nodiscard]] Submission random_submission() {
    Submission submission{caller(), random_command(), {}};
    if (random.chance(20)) {
      submission.idempotency = {fmt::format("key-{}", random.below(12)), fmt::format("hash-{}", random.below(2))};
    }
    // Chance alone would hardly ever send the right one.
    if (random.chance(70)) submission.caller = right_caller(submission);
    return submission;
  }

 private:
  Caller right_caller(const Submission& submission) {
    if (const auto* withdraw = std::get_if<Withdraw>(&submission.command))
      return world.as(world.request(withdraw->request).request.requester_name);
    if (const auto* decision = std::get_if<Decide>(&submission.command)) {
      const RequestState& request = world.request(decision->request);
      for (const auto& account : request.request.accounts) {
        if (!is_waiting(request, account)) continue;
        const auto& steps = steps_of(request.request, account);
        const std::size_t step = current_step(request, account);
        if (step == steps.size()) continue;
        const auto people = candidates(steps[step], {world.index(), world.now}, request.request.requester);
        if (!people.empty()) return world.as(random.pick(people)->user_name);
      }
      return submission.caller;
    }
    if (const auto* extend = std::get_if<ExtendAccess>(&submission.command))
      return world.as(world.request(extend->request).request.requester_name);
    if (std::holds_alternative<UseBreakGlass>(submission.command))
      return world.as(random.pick(std::vector<std::string>{"ana", "finn", "ben"}));
    if (std::holds_alternative<ReviewBreakGlass>(submission.command)) {
      return world.as(random.pick(std::vector<std::string>{"dora", "emil", "ana"}));
    }
    if (!asker_.empty()) return world.as(asker_);
    return submission.caller;
  }

  Caller caller() {
    if (random.chance(3)) return World::the_operator();
    return world.as(random.pick(all_people()), random.chance(10) ? Role::kAdmin : Role::kPerson);
  }

  Command random_command() {
    asker_.clear();
    const std::size_t kind = random.below(100);
    if (kind < 35 || world.state.requests.size() == 0) return random_ask();
    if (kind < 75) return random_decision();
    if (kind < 79) return Withdraw{random_request(Status::kPending)};
    if (kind < 86) return random_extension();
    if (kind < 91) return random_break_glass();
    if (kind < 94) return ReviewBreakGlass{random_review(), Finding::kJustified, "as it was"};
    return End{random_request(Status::kGranting),
               random.chance(50) ? std::optional<std::string>("done") : std::nullopt};
  }

  Command random_ask() {
    static const std::vector<std::string> kAccounts = {"management", "shop-prod",    "333344445555",
                                                       "shop-dev",   "012345678901", "old"};
    if (random.chance(70)) {
      if (auto possible = possible_ask()) return *possible;
    }
    Asking asking{
        .accounts = {random.pick(kAccounts)},
        .permission_set = random.pick(std::vector<std::string>{"ReadOnly", "PowerUser", "Deploy", "ProdAdmin"}),
        .duration = Duration::minutes(static_cast<std::int64_t>(1 + random.below(120)))};
    while (random.chance(40)) asking.accounts.push_back(random.pick(kAccounts));
    if (random.chance(30)) asking.reason = "short";
    if (random.chance(70)) asking.ticket = random.chance(80) ? "OPS-7" : "seven";
    if (random.chance(20))
      asking.start = world.now + Duration::milliseconds(static_cast<std::int64_t>(random.below(7'200'000)));
    if (random.chance(15)) asking.rule = fmt::format("rule-{}", random.below(6));
    return world.command(asking);
  }

  /// Something that somebody may ask for.
  std::optional<Command> possible_ask() {
    for (int attempt = 0; attempt < 4; ++attempt) {
      const User* user = world.organization().find(user_id(random.pick(all_people())));
      if (user == nullptr || !user->enabled) continue;
      Asker asker(world.index(), *user);
      const auto open = asker.everything(world.now);
      if (open.empty()) continue;
      asker_ = user->user_name;
      const Eligibility& one = random.pick(open);
      const auto most = static_cast<std::size_t>(one.terms->max.count_seconds() / 60);
      std::vector<std::string> accounts = {one.account->id.str()};
      for (const auto& other : open) {
        if (other.permission_set == one.permission_set && other.account != one.account && random.chance(40))
          accounts.push_back(other.account->id.str());
      }
      return world.command({.accounts = accounts,
                            .permission_set = one.permission_set->name,
                            .duration = Duration::minutes(static_cast<std::int64_t>(1 + random.below(most))),
                            .ticket = "OPS-12"});
    }
    return std::nullopt;
  }

  Command random_extension() {
    return ExtendAccess{world.fresh_request_id(), random_live_request(),
                        Duration::minutes(static_cast<std::int64_t>(1 + random.below(25))),
                        "because it takes longer than thought", "OPS-12"};
  }

  Command random_break_glass() {
    const std::string account = random.pick(std::vector<std::string>{"shop-prod", "shop-dev", "play"});
    const auto& glass = world.state.policy.get().policy->break_glass;
    const std::vector<std::string> sets = glass ? glass->what.names : std::vector<std::string>{"ReadOnly"};
    return UseBreakGlass{world.fresh_request_id(),           account, random.pick(sets), {}, "it burns",
                         random.chance(90) ? account : "yes"};
  }

  RequestId random_live_request() {
    std::vector<RequestId> live;
    for (const auto& [id, row] : world.state.grants) {
      if (!is_final(row.status)) live.push_back(row.request);
    }
    return live.empty() || random.chance(10) ? random_request(Status::kGranting) : random.pick(live);
  }

  RequestId random_review() {
    if (world.state.reviews.size() == 0) return random_request(Status::kGranting);
    std::vector<RequestId> open;
    for (const auto& [id, row] : world.state.reviews) open.push_back(id);
    return random.pick(open);
  }

  Command random_decision() {
    const RequestId id = random_request(Status::kPending);
    const RequestState* request = world.state.requests.find(id);
    Decide decision{id, request->version, random.chance(90) ? Verdict::kApprove : Verdict::kDeny, "as discussed", {}};
    if (random.chance(5)) decision.version = world.request(random_request(Status::kPending)).version;
    if (random.chance(20)) {
      decision.accounts.emplace();
      for (const auto& account : random.some(request->request.accounts)) decision.accounts->push_back(account.id.str());
    }
    if (random.chance(20)) decision.max_duration = Duration::minutes(static_cast<std::int64_t>(1 + random.below(90)));
    return decision;
  }

  /// One in this state if there is any, mostly.
  RequestId random_request(Status wanted) {
    std::vector<RequestId> fitting;
    std::vector<RequestId> all;
    for (const auto& [id, row] : world.state.requests) {
      all.push_back(id);
      if (row.decided == wanted) fitting.push_back(id);
    }
    return random.pick(fitting.empty() || random.chance(10) ? all : fitting);
  }

  std::string asker_;  // who could ask for what is asked; empty where that was left to chance
};

}  // namespace ag::access::test
