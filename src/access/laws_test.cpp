// design.md §4 as properties: whatever people, clocks, directories and AWS do, in whatever order, the laws hold. What
// is said here is read off the ledger and the policy texts alone, by code that shares nothing with decide().
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "access/test_life.hpp"

namespace ag::access {
namespace {

using test::human_behind;
using test::Life;

bool lies_under(const std::string& path, const std::vector<Target>& any_of) {
  if (any_of.empty()) return true;
  for (const auto& target : any_of) {
    if (target.unit.empty() || (path + "/").starts_with(target.unit + "/")) return true;
  }
  return false;
}

template <class T>
bool has(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Reads a ledger as an auditor would, and complains.
class Auditor {
 public:
  int approvals_by_people = 0;
  int approvals_by_rule = 0;
  int breaks_of_glass = 0;
  int extensions = 0;

  void read(const Entry& entry) {
    at_ = entry.at;
    std::visit([&](const auto& event) { on(event); }, entry.event);
  }

 private:
  struct File {
    Request request;
    std::vector<RequestDecided> approvals;
    bool closed = false;
    std::set<AccountId> settled;
    Policy policy;  ///< in force when it was asked
    Instant asked_at;
  };
  struct Grant {
    RequestId request;
    Slot slot;
    Instant start;
    Instant end;
    bool started = false;
    bool ending = false;
    bool ended_early = false;
    bool over = false;
  };

  void on(const PolicyApplied& event) { policy_ = *parse_policy(event.text); }

  void on(const RequestSubmitted& event) {
    ASSERT_FALSE(files_.contains(event.request.id));
    files_[event.request.id] = {event.request, {}, false, {}, policy_, at_};
    check_doors(files_[event.request.id]);
  }

  // Law 8: a rule opens each door, and every guardrail that matches applies.
  void check_doors(const File& file) {
    if (file.request.break_glass) return check_glass(file);
    for (const auto& account : file.request.accounts) {
      const auto rule = std::find_if(file.policy.rules.begin(), file.policy.rules.end(),
                                     [&](const Rule& each) { return each.id == account.rule; });
      ASSERT_NE(rule, file.policy.rules.end());
      EXPECT_TRUE(has(rule->what.names, file.request.permission_set_name));
      EXPECT_TRUE(lies_under(account.path, rule->where));
      EXPECT_LE(file.request.duration, file.request.extends ? rule->extend->by : rule->max);
      check_guardrails(file, account);
      const auto& approval = file.policy.approvals.at(file.request.extends ? rule->extend->approval : rule->approval);
      const auto& steps = approval.steps[static_cast<std::size_t>(file.request.level)];
      const auto& asked = steps_of(file.request, account);
      ASSERT_GE(asked.size(), steps.size());
      for (std::size_t i = 0; i < steps.size(); ++i) EXPECT_GE(asked[i].need, steps[i].need);
    }
  }

  void check_guardrails(const File& file, const RequestedAccount& account) {
    const Request& request = file.request;
    const auto fitting = matching(file, account);
    EXPECT_EQ(account.guardrails.size(), fitting.size());
    for (const auto* guardrail : fitting) {
      EXPECT_TRUE(has(account.guardrails, guardrail->id)) << guardrail->id;
      EXPECT_LE(request.duration, guardrail->max.value_or(Duration::max()));
      EXPECT_GE(request.reason.size(), guardrail->reason_min);
      EXPECT_GE(needed(steps_of(request, account)), guardrail->approvers);
      if (guardrail->ticket.empty()) continue;
      ASSERT_TRUE(request.ticket);
      EXPECT_TRUE(std::regex_match(*request.ticket, std::regex(guardrail->ticket)));
    }
  }

  void check_glass(const File& file) {
    const auto& glass = file.policy.break_glass;
    ASSERT_TRUE(glass);
    EXPECT_TRUE(has(glass->what.names, file.request.permission_set_name));
    EXPECT_TRUE(lies_under(file.request.accounts.front().path, glass->where));
    EXPECT_LE(file.request.duration, glass->max);
  }

  [[nodiscard]] static bool fits(const Guardrail& guardrail, const Request& request) {
    if (guardrail.never_with && has(guardrail.never_with->names, request.permission_set_name)) return true;
    return has(guardrail.what.names, request.permission_set_name) &&
           (guardrail.what.levels.empty() || has(guardrail.what.levels, request.level));
  }
  [[nodiscard]] static std::vector<const Guardrail*> matching(const File& file, const RequestedAccount& account) {
    std::vector<const Guardrail*> all;
    for (const auto& guardrail : file.policy.guardrails) {
      if (lies_under(account.path, guardrail.where) && fits(guardrail, file.request)) {
        all.push_back(&guardrail);
      }
    }
    return all;
  }
  [[nodiscard]] static int needed(const std::vector<Step>& steps) {
    int all = 0;
    for (const auto& step : steps) all += step.need;
    return all;
  }

  // Law 6: an approval counts once, for exactly the version that was seen. Law 1: never the requester's.
  void on(const RequestDecided& event) {
    File& file = files_.at(event.request);
    EXPECT_FALSE(file.closed) << "nothing is decided twice";
    EXPECT_LT(at_, file.request.lapses_at);
    EXPECT_EQ(event.version, version_of(file.request));
    EXPECT_NE(human_behind(event.by), human_behind(file.request.requester));
    for (const auto& earlier : file.approvals) {
      // Whoever has agreed may still say no.
      if (event.decision == Verdict::kDeny || human_behind(event.by) != human_behind(earlier.by)) continue;
      for (const auto& account : accounts_of(file, event))
        EXPECT_FALSE(has(accounts_of(file, earlier), account)) << "a person counts once for an account";
    }
    if (event.decision == Verdict::kDeny) {
      file.closed = true;
      return;
    }
    file.approvals.push_back(event);
    for (const auto& account : event.dropped.value_or(std::vector<AccountId>{})) {
      EXPECT_FALSE(has(accounts_of(file, event), account));
      settle(file, account);
    }
  }

  [[nodiscard]] static std::vector<AccountId> accounts_of(const File& file, const RequestDecided& decision) {
    std::vector<AccountId> accounts;
    if (decision.counts)
      for (const auto& it : *decision.counts) accounts.push_back(it.account);
    else
      for (const auto& it : file.request.accounts) accounts.push_back(it.id);
    return accounts;
  }

  static void settle(File& file, const AccountId& account) {
    EXPECT_TRUE(file.settled.insert(account).second) << "nothing is decided twice";
    file.closed = file.settled.size() == file.request.accounts.size();
  }

  // Law 1: no access without a decision by someone else, an explicit rule that needs none, or break-glass.
  Duration check_approvals(const File& file, const RequestedAccount& account) {
    std::map<std::int64_t, int> given;
    Duration allowed = file.request.duration;
    for (const auto& approval : file.approvals) {
      std::optional<std::int64_t> step = approval.step;
      if (approval.counts) {
        step.reset();
        for (const auto& it : *approval.counts)
          if (it.account == account.id) step = it.step;
      }
      if (!step) continue;
      ++given[*step];
      allowed = std::min(allowed, approval.max_duration.value_or(allowed));
    }
    const auto& steps = steps_of(file.request, account);
    for (std::size_t i = 0; i < steps.size(); ++i)
      EXPECT_EQ(given[static_cast<std::int64_t>(i)], steps[i].need) << "step " << i;
    if (!steps.empty()) {
      ++approvals_by_people;
    } else {
      ++(file.request.break_glass ? breaks_of_glass : approvals_by_rule);
      EXPECT_EQ(at_, file.asked_at);
    }
    return allowed;
  }

  [[nodiscard]] static const RequestedAccount& account_of(const File& file, const AccountId& id) {
    const auto& accounts = file.request.accounts;
    const auto it = std::find_if(accounts.begin(), accounts.end(), [&](const auto& a) { return a.id == id; });
    AG_ASSERT(it != accounts.end());
    return *it;
  }

  void on(const RequestApproved& event) {
    File& file = files_.at(event.request);
    EXPECT_FALSE(file.closed);
    EXPECT_EQ(event.start, std::max(at_, file.request.start.value_or(at_)));
    for (const auto& [id, slot] : event.grants) {
      EXPECT_EQ(slot, (Slot{account_of(file, slot.account).id, file.request.permission_set, file.request.requester}));
      EXPECT_FALSE(grants_.contains(id)) << id.str() << " is one grant's only";
      const Duration allowed = check_approvals(file, account_of(file, slot.account));
      EXPECT_LE(event.end, event.start + allowed);
      const bool may_be_cut = file.policy.rules.empty() || !policy_.windows.empty();
      EXPECT_TRUE(may_be_cut || event.end == event.start + allowed) << "only a window may cut it";
      grants_[id] = {event.request, slot, event.start, event.end, event.start <= at_};
      settle(file, slot.account);
      check_apart(grants_[id]);
    }
  }

  // Nobody holds what a guardrail of the day keeps apart.
  void check_apart(const Grant& fresh) {
    const auto name_of = [&](const Grant& grant) { return files_.at(grant.request).request.permission_set_name; };
    const bool kept_apart = std::any_of(policy_.guardrails.begin(), policy_.guardrails.end(),
                                        [](const Guardrail& it) { return it.never_with.has_value(); });
    if (!kept_apart || files_.at(fresh.request).request.break_glass) return;
    for (const auto& [id, grant] : grants_) {
      if (grant.over || grant.start >= fresh.end || (grant.end <= fresh.start && !grant.ending)) continue;
      if (human_behind(grant.slot.principal) != human_behind(fresh.slot.principal)) continue;
      const std::set<std::string> both = {name_of(grant), name_of(fresh)};
      EXPECT_NE(both, (std::set<std::string>{"Deploy", "PowerUser"})) << id.str();
    }
  }

  void on(const GrantsExtended& event) {
    File& file = files_.at(event.request);
    EXPECT_FALSE(file.closed);
    for (const auto& extended : event.grants) {
      Grant& grant = grants_.at(extended.grant);
      EXPECT_FALSE(grant.ending || grant.over) << "what is over is not made longer";
      EXPECT_EQ(grant.request, *file.request.extends);
      const Duration allowed = check_approvals(file, account_of(file, grant.slot.account));
      EXPECT_GT(extended.end, grant.end);
      EXPECT_LE(extended.end, grant.end + allowed);
      EXPECT_GT(grant.end, at_) << "no gap";
      grant.end = extended.end;
      settle(file, grant.slot.account);
      ++extensions;
    }
  }

  void on(const BreakGlassOpened& event) {
    EXPECT_TRUE(files_.at(event.request).request.break_glass);
    reviews_[event.request] = false;
  }
  void on(const BreakGlassReviewed& event) {
    EXPECT_FALSE(reviews_.at(event.request)) << "once";
    EXPECT_NE(human_behind(event.by), human_behind(files_.at(event.request).request.requester));
    reviews_[event.request] = true;
  }

  void on(const RequestWithdrawn& event) { close(event.request); }
  void on(const RequestLapsed& event) {
    close(event.request);
    EXPECT_GE(at_, files_.at(event.request).request.lapses_at);
  }
  void close(const RequestId& id) {
    EXPECT_FALSE(files_.at(id).closed);
    files_.at(id).closed = true;
  }

  void on(const GrantStarted& event) {
    Grant& grant = grants_.at(event.grant);
    EXPECT_FALSE(grant.started || grant.ending || grant.over);
    EXPECT_GE(at_, grant.start);
    grant.started = true;
  }
  void on(const GrantEnding& event) {
    Grant& grant = grants_.at(event.grant);
    EXPECT_FALSE(grant.ending || grant.over);
    EXPECT_TRUE(event.cause != EndCause::kExpiry || at_ >= grant.end) << "no grant is cut short by the clock";
    grant.ending = true;
    grant.ended_early = event.cause != EndCause::kExpiry;
  }
  void on(const GrantFailed& event) { grants_.at(event.grant).over = true; }
  void on(const GrantCovered& event) {
    EXPECT_TRUE(grants_.at(event.grant).ending);
    EXPECT_EQ(grants_.at(event.by).slot, grants_.at(event.grant).slot);
    grants_.at(event.grant).over = true;
  }
  void on(const SlotHandedOver& event) {
    for (auto& [id, grant] : grants_) {
      if (grant.slot != event.slot || !grant.ending || grant.over) continue;
      EXPECT_FALSE(grant.ended_early) << "what somebody ended does not stay";
      grant.over = true;
    }
  }
  void on(const SlotAbsent& event) {
    for (auto& [id, grant] : grants_) {
      if (grant.slot == event.slot && grant.ending) grant.over = true;
    }
  }
  template <class Other>
  void on(const Other&) {}

 public:
  // Laws 2 and 3, as far as this room can hold them: the state says of each grant what the ledger says of it.
  void compare(const State& state, Instant now) const {
    for (const auto& [id, grant] : grants_) {
      const GrantState& told = *state.grants.find(id);
      ASSERT_EQ(is_final(told.status), grant.over) << id.str();
      if (!grant.over) {
        ASSERT_EQ(told.status == Status::kEnding, grant.ending) << id.str();
        ASSERT_TRUE(grant.ending || now < grant.end) << id.str() << " outlives its end";
      }
      const SlotState* slot = state.slots.find(grant.slot);
      const bool is_kept = slot != nullptr && has(slot->live, id);
      ASSERT_EQ(is_kept, !grant.over) << id.str() << ": a slot knows just those grants that are not over";
      const bool needs = !grant.over && !grant.ending && grant.started && now < told.end;
      if (!needs) continue;
      ASSERT_TRUE(is_desired(state, *slot, now)) << "an overlapping grant cut this one: " << id.str();
    }
    for (const auto& [slot, row] : state.slots) {
      bool needed_by_any = false;
      for (const auto& id : row.live) {
        const GrantState& grant = *state.grants.find(id);
        const Grant& known = grants_.at(id);
        needed_by_any = needed_by_any || (!known.ending && known.started && now < grant.end);
      }
      ASSERT_EQ(is_desired(state, row, now), needed_by_any);
      ASSERT_TRUE(!row.live.empty() || row.create_intended) << "a row that nobody needs is kept for ever";
    }
  }

  /// Reminders and escalations that are listed for a request.
  [[nodiscard]] static std::size_t to_come(const State& state, const RequestId& id) {
    return static_cast<std::size_t>(std::count_if(state.due.begin(), state.due.end(), [&](const auto& row) {
      const auto& [kind, name] = row.first.second;
      return name == id.str() && (kind == DueKind::kRemind || kind == DueKind::kEscalate);
    }));
  }

  // The clock's list holds exactly what is still to come, and each person's share just what is open.
  void compare_lists(const State& state) const {
    std::size_t due = 0;
    std::map<UserId, int> open;
    for (const auto& [id, file] : files_) {
      ASSERT_EQ(state.requests.find(id)->decided == Status::kPending, !file.closed);
      if (file.closed) continue;
      due += 1 + to_come(state, id);
      ++open[file.request.requester];
      ASSERT_NE(state.due.find({file.request.lapses_at, {DueKind::kLapse, id.str()}}), nullptr);
    }
    for (const auto& [id, grant] : grants_) {
      if (grant.over || grant.ending) continue;
      due += grant.started ? 1U : 2U;
      ASSERT_NE(state.due.find({grant.end, {DueKind::kGrantEnd, id.str()}}), nullptr);
      ASSERT_EQ(state.due.find({grant.start, {DueKind::kGrantStart, id.str()}}) == nullptr, grant.started);
    }
    for (const auto& [id, closed] : reviews_) due += closed ? 0U : 1U;
    ASSERT_EQ(state.due.size(), due);
    std::map<UserId, int> held;
    for (const auto& [user, row] : state.holdings) {
      if (!row.open.empty()) held[user] = static_cast<int>(row.open.size());
    }
    ASSERT_EQ(held, open);
  }

 private:
  Instant at_;
  Policy policy_;
  std::map<RequestId, File> files_;
  std::map<GrantId, Grant> grants_;
  std::map<RequestId, bool> reviews_;  // whether they are closed
};

TEST(Laws, HoldWhateverHappens) {
  int by_people = 0;
  int by_rule = 0;
  int by_glass = 0;
  int extensions = 0;
  for (std::uint64_t seed = 1'000; seed < 1'030; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Life life(seed);
    Auditor auditor;
    std::size_t read = 0;
    for (int step = 0; step < 300; ++step) {
      life.step();
      for (; read < life.world.ledger.size(); ++read) auditor.read(life.world.ledger[read]);
      auditor.compare(life.world.state, life.world.now);
      auditor.compare_lists(life.world.state);
      if (testing::Test::HasFailure()) return;
    }
    by_people += auditor.approvals_by_people;
    by_rule += auditor.approvals_by_rule;
    by_glass += auditor.breaks_of_glass;
    extensions += auditor.extensions;
  }
  EXPECT_GT(by_people, 200) << "too few are approved by people to say anything";
  EXPECT_GT(by_rule, 200) << "too few are approved by a rule to say anything";
  EXPECT_GT(by_glass, 20) << "too few break the glass to say anything";
  EXPECT_GT(extensions, 20) << "too few are extended to say anything";
}

// Law 2 in small: when people stop and AWS answers, everything comes to its end, and nothing is left over.
TEST(Laws, LeaveNothingBehindInTheEnd) {
  for (std::uint64_t seed = 2'000; seed < 2'015; ++seed) {
    Life life(seed);
    for (int step = 0; step < 300; ++step) life.step();
    life.world.pass(Duration::hours(24));
    for (int step = 0; step < 20'000 && life.world.state.slots.size() > 0; ++step) {
      if (const auto event = test::next_observation(life.world.state, life.world.now, life.random))
        life.world.record(*event);
    }
    EXPECT_EQ(life.world.state.slots.size(), 0U) << "seed " << seed;
    EXPECT_EQ(life.world.state.due.size(), life.world.state.reviews.size()) << "only reviews wait, and nag, for ever";
    EXPECT_EQ(life.world.state.holdings.size(), 0U);
    for (const auto& [id, grant] : life.world.state.grants) EXPECT_TRUE(is_final(grant.status)) << id.str();
    for (const auto& [id, request] : life.world.state.requests) {
      EXPECT_TRUE(is_final(status_of(request, life.world.state, life.world.now))) << id.str();
    }
  }
}

// What is over stays over: no order of events brings a denied, lapsed, ended or failed thing back.
TEST(Laws, LetNothingComeBackThatIsOver) {
  for (std::uint64_t seed = 3'000; seed < 3'010; ++seed) {
    Life life(seed);
    std::map<RequestId, Status> over;
    for (int step = 0; step < 300; ++step) {
      life.step();
      for (const auto& [id, request] : life.world.state.requests) {
        const Status status = status_of(request, life.world.state, life.world.now);
        const auto it = over.find(id);
        ASSERT_TRUE(it == over.end() || status == it->second) << id.str() << " is " << name_of(status) << " now";
        if (is_final(status)) over[id] = status;
      }
    }
    EXPECT_FALSE(over.empty());
  }
}

}  // namespace
}  // namespace ag::access
