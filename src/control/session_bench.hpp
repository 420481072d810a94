#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "access/decide.hpp"
#include "control/due_bench.hpp"
#include "control/session_ends.hpp"
#include "control/slot_bench.hpp"

/// For tests: SessionEnds with a ledger that takes everything (or nothing), a clock, and replies fed by hand. What
/// becomes of the slots is told to the ledger directly.
namespace ag::control::testing {

class SessionBench {
 public:
  SessionBench() { control.use_policy("p-prepared"); }

  access::GrantId grant(const access::Slot& slot, Duration length, access::SessionEnd session_end) {
    const access::RequestId id(fmt::format("req_{}", ++requests_));
    access::Request request{.id = id,
                            .requester = slot.principal,
                            .requester_name = slot.principal.str(),
                            .permission_set = slot.permission_set,
                            .permission_set_name = "set",
                            .session_duration = Duration::hours(1),
                            .accounts = {},
                            .duration = length,
                            .start = {},
                            .reason = "because",
                            .ticket = {},
                            .steps = {},
                            .lapses_at = now + Duration::hours(8),
                            .session_end = session_end};
    access::GrantId grant(fmt::format("grt_{}", requests_));
    apply(access::RequestSubmitted{std::move(request)});
    apply(access::RequestApproved{id, now, now + length, {{grant, slot}}});
    return grant;
  }
  /// The same, made and seen in AWS.
  access::GrantId active(const access::Slot& slot, Duration length,
                         access::SessionEnd session_end = access::SessionEnd::kHard) {
    const auto id = grant(slot, length, session_end);
    if (!state.slots.find(slot)->create_intended) apply(access::CreateIntended{slot});
    apply(access::SlotPresent{slot, now});
    return id;
  }
  void absent(const access::Slot& slot) { apply(access::SlotAbsent{slot, now}); }
  void end(const access::GrantId& grant) { apply(access::GrantEnding{grant, access::EndCause::kHolder, {}}); }
  /// An entry that the ledger takes.
  void apply(access::Event event) {
    take_in(std::move(event));
    state.keep();
    kept_ = kinds.size();
  }

  /// One turn as the engine makes it. What is sent waits in `sent`.
  void turn() {
    for (auto& event : all_due(state, now)) apply(std::move(event));
    for (int round = 0; round < 8; ++round) {
      auto events = control.plan(state, now);
      if (events.empty()) break;
      for (auto& event : events) take_in(std::move(event));
    }
    EXPECT_TRUE(refuses || control.plan(state, now).empty()) << "the plan never ends";
    if (refuses) {
      state.take_back();
      kinds.resize(kept_);
      control.touch();
    }
    state.keep();
    kept_ = kinds.size();
    for (auto& call : control.dispatch(state, budget, ids, now)) sent.push_back(std::move(call));
  }
  void wait(Duration time) {
    now = now + time;
    turn();
  }
  /// Lets time pass with an AWS that does what it is asked.
  void run(Duration time) {
    const Instant until = now + time;
    for (int turns = 0; now < until; ++turns) {
      ASSERT_LT(turns, 5'000) << "it runs in circles";
      turn();
      if (!sent.empty()) {
        obey();
        continue;
      }
      Instant wake = control.next_wake();
      if (state.due.size() > 0) wake = std::min(wake, state.due.begin()->first.first);
      now = std::min(std::max(now + Duration::milliseconds(1), wake), until);
    }
  }
  /// Until the policy was written and read; what it says.
  std::string cut() {
    for (int i = 0; i < 20 && !is_settled(); ++i) {
      if (sent.empty()) wait(Duration::seconds(1));
      else obey();
    }
    EXPECT_TRUE(is_settled());
    return in_aws;
  }

  /// The oldest call that waits for its reply; it must be of this kind.
  template <class Call>
  Outgoing take() {
    for (int i = 0; i < 5 && sent.empty(); ++i) wait(Duration::seconds(1));
    EXPECT_FALSE(sent.empty()) << "nothing was sent";
    if (sent.empty()) return {};
    Outgoing outgoing = std::move(sent.front());
    sent.pop_front();
    EXPECT_TRUE(std::holds_alternative<Call>(outgoing.call)) << "it sent " << aws::operation_of(outgoing.call);
    return outgoing;
  }
  void reply(const Outgoing& outgoing, aws::AwsResult<aws::Reply> reply) {
    control.receive(outgoing.id, reply, now);
    turn();
  }
  template <class Call>
  void answer(aws::AwsResult<aws::Reply> with) {
    const Outgoing outgoing = take<Call>();
    if (outgoing.id != 0) reply(outgoing, std::move(with));
  }
  static std::unexpected<aws::AwsError> error(aws::ErrorClass kind, const std::string& code = "Code") {
    return std::unexpected(aws::AwsError{.kind = kind,
                                         .code = code,
                                         .message = "words of AWS",
                                         .request_id = "",
                                         .http_status = 400,
                                         .retry_after = {}});
  }
  static std::string policy_of(const Outgoing& outgoing) {
    const auto* update = std::get_if<aws::UpdatePolicy>(&outgoing.call);
    return update == nullptr ? "" : update->content;
  }

  void restart() {
    control = SessionEnds();
    control.use_policy("p-prepared");
    sent.clear();
  }

  /// What the ledger wants the policy to say.
  [[nodiscard]] std::string document() const {
    std::vector<DeniedSessions> denied;
    for (const auto& [slot, row] : state.cuts) {
      if (row.intended) denied.push_back({slot, row.permission_set_name, *row.intended});
    }
    return session_end_policy(denied);
  }
  [[nodiscard]] std::size_t count(std::string_view kind) const {
    return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), kind));
  }

  access::State state;
  SessionEnds control;
  Budget budget;
  CallIds ids;
  Instant now = kNoon;
  bool refuses = false;            ///< the ledger, for now
  std::deque<Outgoing> sent;       ///< and not yet answered
  std::vector<std::string> kinds;  ///< of the entries on the ledger
  std::string in_aws;              ///< the policy's content
  int looks = 0;

 private:
  void take_in(access::Event event) {
    access::Entry entry{state.size.get(), now, {}, {}, std::move(event)};
    state.apply(entry);
    control.touch();
    kinds.emplace_back(access::kind_of(entry.event));
  }
  void obey() {
    const Outgoing outgoing = std::move(sent.front());
    sent.pop_front();
    if (const auto* update = std::get_if<aws::UpdatePolicy>(&outgoing.call)) in_aws = update->content;
    else ++looks;
    reply(outgoing, aws::Policy{"p-prepared", "", in_aws});
  }
  [[nodiscard]] bool is_settled() const {
    return sent.empty() && in_aws == document() &&
           std::all_of(state.cuts.begin(), state.cuts.end(),
                       [](const auto& row) { return row.second.intended == row.second.confirmed; });
  }

  int requests_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace ag::control::testing
