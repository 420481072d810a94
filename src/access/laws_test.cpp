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

  void read(const Entry& entry) {
    at_ = entry.at;
    std::visit([&](const auto& event) { on(event); }, entry.event);
  }

 private:
  struct File {
    Request request;
    std::vector<RequestDecided> approvals;
    bool closed = false;
    Policy policy;  ///< in force when it was asked
    Instant asked_at;
  };
  struct Grant {
    RequestId request;
    Slot slot;
    Instant end;
    bool ending = false;
    bool over = false;
  };

  void on(const PolicyApplied& event) { policy_ = *parse_policy(event.text); }

  void on(const RequestSubmitted& event) {
    ASSERT_FALSE(files_.contains(event.request.id));
    files_[event.request.id] = {event.request, {}, false, policy_, at_};
    check_doors(files_[event.request.id]);
  }

  // Law 8: a rule opens each door, and every guardrail that matches applies.
  void check_doors(const File& file) {
    const Request& request = file.request;
    for (const auto& account : request.accounts) {
      const auto rule = std::find_if(file.policy.rules.begin(), file.policy.rules.end(),
                                     [&](const Rule& each) { return each.id == account.rule; });
      ASSERT_NE(rule, file.policy.rules.end());
      EXPECT_TRUE(has(rule->what, request.permission_set_name));
      EXPECT_TRUE(lies_under(account.path, rule->where));
      EXPECT_LE(request.duration, rule->max);
      for (const auto* guardrail : matching(file, account)) {
        EXPECT_TRUE(has(account.guardrails, guardrail->id)) << guardrail->id;
        EXPECT_LE(request.duration, guardrail->max.value_or(Duration::max()));
        EXPECT_GE(request.reason.size(), guardrail->reason_min);
        EXPECT_GE(needed(request.steps), guardrail->approvers);
        if (guardrail->ticket.empty()) continue;
        ASSERT_TRUE(request.ticket);
        EXPECT_TRUE(std::regex_match(*request.ticket, std::regex(guardrail->ticket)));
      }
      EXPECT_EQ(account.guardrails.size(), matching(file, account).size());
      const auto& steps = file.policy.approvals.at(rule->approval).steps[static_cast<std::size_t>(request.level)];
      ASSERT_EQ(request.steps.size(), steps.size());
      for (std::size_t i = 0; i < steps.size(); ++i) EXPECT_GE(request.steps[i].need, steps[i].need);
    }
  }

  [[nodiscard]] static std::vector<const Guardrail*> matching(const File& file, const RequestedAccount& account) {
    std::vector<const Guardrail*> all;
    for (const auto& guardrail : file.policy.guardrails) {
      if (lies_under(account.path, guardrail.where) && has(guardrail.what, file.request.permission_set_name) &&
          has(guardrail.levels, file.request.level)) {
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
    for (const auto& earlier : file.approvals) EXPECT_NE(human_behind(event.by), human_behind(earlier.by));
    if (event.decision == Verdict::kDeny) file.closed = true;
    else file.approvals.push_back(event);
  }

  // Law 1: no access without a decision by someone else, or an explicit rule that needs none.
  void on(const RequestApproved& event) {
    File& file = files_.at(event.request);
    EXPECT_FALSE(file.closed);
    file.closed = true;
    std::map<std::int64_t, int> given;
    Duration allowed = file.request.duration;
    for (const auto& approval : file.approvals) {
      ++given[approval.step];
      allowed = std::min(allowed, approval.max_duration.value_or(allowed));
    }
    for (std::size_t i = 0; i < file.request.steps.size(); ++i) {
      EXPECT_EQ(given[static_cast<std::int64_t>(i)], file.request.steps[i].need) << "step " << i;
    }
    if (file.request.steps.empty()) {
      ++approvals_by_rule;
      EXPECT_EQ(at_, file.asked_at);
    } else {
      ++approvals_by_people;
    }
    EXPECT_EQ(event.end, event.start + allowed);
    EXPECT_EQ(event.start, std::max(at_, file.request.start.value_or(at_)));
    ASSERT_EQ(event.grants.size(), file.request.accounts.size());
    for (std::size_t i = 0; i < event.grants.size(); ++i) {
      const auto& [id, slot] = event.grants[i];
      EXPECT_EQ(slot, (Slot{file.request.accounts[i].id, file.request.permission_set, file.request.requester}));
      EXPECT_FALSE(grants_.contains(id)) << id.str() << " is one grant's only";
      grants_[id] = {event.request, slot, event.end};
    }
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

  void on(const GrantEnding& event) {
    Grant& grant = grants_.at(event.grant);
    EXPECT_FALSE(grant.ending || grant.over);
    EXPECT_TRUE(event.cause != EndCause::kExpiry || at_ >= grant.end) << "no grant is cut short by the clock";
    grant.ending = true;
  }
  void on(const GrantFailed& event) { grants_.at(event.grant).over = true; }
  void on(const GrantCovered& event) {
    EXPECT_TRUE(grants_.at(event.grant).ending);
    EXPECT_EQ(grants_.at(event.by).slot, grants_.at(event.grant).slot);
    grants_.at(event.grant).over = true;
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
      const bool needs = !grant.over && !grant.ending && told.start <= now && now < told.end;
      if (!needs) continue;
      ASSERT_TRUE(is_desired(state, *slot, now)) << "an overlapping grant cut this one: " << id.str();
    }
    for (const auto& [slot, row] : state.slots) {
      bool needed_by_any = false;
      for (const auto& id : row.live) {
        const GrantState& grant = *state.grants.find(id);
        needed_by_any = needed_by_any || (!grants_.at(id).ending && grant.start <= now && now < grant.end);
      }
      ASSERT_EQ(is_desired(state, row, now), needed_by_any);
      ASSERT_TRUE(!row.live.empty() || row.create_intended) << "a row that nobody needs is kept for ever";
    }
  }

  // The clock's list holds exactly what is still to come, and each person's share just what is open.
  void compare_lists(const State& state) const {
    std::size_t due = 0;
    std::map<UserId, int> open;
    for (const auto& [id, file] : files_) {
      ASSERT_EQ(state.requests.find(id)->decided == Status::kPending, !file.closed);
      if (file.closed) continue;
      ++due;
      ++open[file.request.requester];
      ASSERT_NE(state.due.find({file.request.lapses_at, {DueKind::kLapse, id.str()}}), nullptr);
    }
    for (const auto& [id, grant] : grants_) {
      if (grant.over || grant.ending) continue;
      ++due;
      ASSERT_NE(state.due.find({grant.end, {DueKind::kGrantEnd, id.str()}}), nullptr);
    }
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
};

TEST(Laws, HoldWhateverHappens) {
  int by_people = 0;
  int by_rule = 0;
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
  }
  EXPECT_GT(by_people, 200) << "too few are approved by people to say anything";
  EXPECT_GT(by_rule, 200) << "too few are approved by a rule to say anything";
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
    EXPECT_EQ(life.world.state.due.size(), 0U);
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
