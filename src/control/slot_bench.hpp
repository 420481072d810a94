#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "access/decide.hpp"
#include "control/due_bench.hpp"
#include "control/slots.hpp"

/// For tests: SlotControl with a ledger that takes everything (or nothing), a clock, and replies fed by hand.
namespace ag::control::testing {

inline const Instant kNoon = *parse_rfc3339("2026-01-05T12:00:00Z");
inline const access::Slot kSlot{access::AccountId("111111111111"), access::PermissionSetArn("arn:ps-1"),
                                access::UserId("ana")};
inline const access::Slot kOtherAccount{access::AccountId("222222222222"), kSlot.permission_set, kSlot.principal};
inline const access::Slot kSameAccount{kSlot.account, kSlot.permission_set, access::UserId("bo")};

inline aws::Assignment assignment(const access::Slot& slot) {
  return {slot.account, slot.permission_set, aws::PrincipalType::kUser, slot.principal.str()};
}

class SlotBench {
 public:
  SlotBench() { control.use_instance(aws::InstanceArn("arn:instance")); }

  /// An approved request for one slot, `start` and `end` counted from now.
  access::GrantId grant(const access::Slot& slot, Duration start, Duration end) {
    const access::RequestId id(fmt::format("req_{}", ++requests_));
    access::Request request{.id = id,
                            .requester = slot.principal,
                            .requester_name = slot.principal.str(),
                            .permission_set = slot.permission_set,
                            .permission_set_name = "set",
                            .session_duration = Duration::hours(1),
                            .accounts = {},
                            .duration = Duration::hours(1),
                            .start = {},
                            .reason = "because",
                            .ticket = {},
                            .steps = {},
                            .lapses_at = now + Duration::hours(8)};
    access::GrantId grant(fmt::format("grt_{}", requests_));
    apply(access::RequestSubmitted{std::move(request)});
    apply(access::RequestApproved{id, now + start, now + end, {{grant, slot}}});
    state.keep();
    return grant;
  }
  access::GrantId grant(const access::Slot& slot = kSlot) { return grant(slot, Duration{}, Duration::hours(1)); }

  void end(const access::GrantId& grant) {
    apply(access::GrantEnding{grant, access::EndCause::kHolder, {}});
    state.keep();
  }

  /// CloudTrail tells that somebody else made it too.
  void share(access::ForeignCreates at_expiry, const access::Slot& slot = kSlot) {
    apply(access::SlotShared{slot, "event-1", "arn:them", now, at_expiry});
    state.keep();
  }

  /// One turn as the engine makes it. What is sent waits in `sent`.
  void turn() {
    apply_all(all_due(state, now));
    for (int round = 0; round < 8; ++round) {
      auto events = control.plan(state, now);
      if (events.empty()) break;
      apply_all(std::move(events));
    }
    EXPECT_TRUE(refuses || control.plan(state, now).empty()) << "the plan never ends";
    if (refuses) {
      state.take_back();
      kinds.resize(kept_);
      for (const auto& slot : touched_) control.touch(slot);
      for (const auto& slot : creates_) control.take_back_create(slot);
    }
    creates_.clear();
    state.keep();
    touched_.clear();
    kept_ = kinds.size();
    for (auto& call : control.dispatch(state, budget, ids, now, creates)) sent.push_back(std::move(call));
  }
  void wait(Duration time) {
    now = now + time;
    turn();
  }
  /// Lets time pass, from wake to wake, until a call is sent; how long that took.
  Duration wait_for_call(Duration most = Duration::minutes(10)) {
    const Instant begun = now;
    const Instant until = now + most;
    turn();
    for (int turns = 0; sent.empty() && now < until; ++turns) {
      EXPECT_LT(turns, 2'000) << "it runs in circles";
      if (turns >= 2'000) break;
      Instant wake = control.next_wake();
      if (state.due.size() > 0) wake = std::min(wake, state.due.begin()->first.first);
      now = std::min(std::max(now, wake), until);
      turn();
    }
    return now - begun;
  }

  /// The oldest call that waits for its reply; it must be of this kind.
  template <class Call>
  Outgoing take() {
    if (sent.empty()) wait_for_call();
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

  // What most lives begin with.
  void look(std::vector<aws::Assignment> seen = {}) { answer<aws::ListAccountAssignments>(aws::Assignments{seen, ""}); }
  void look_absent() { look(); }
  void look_present(const access::Slot& slot = kSlot) { look({assignment(slot)}); }
  void make_active(const access::Slot& slot = kSlot) {
    look_absent();
    answer<aws::CreateAccountAssignment>(operation(aws::OperationStatus::kSucceeded, "op-made"));
    look_present(slot);
  }

  static aws::Operation operation(aws::OperationStatus status, const std::string& id = "op",
                                  const std::string& reason = "") {
    return {status, aws::OperationId(id), reason};
  }
  static std::unexpected<aws::AwsError> error(aws::ErrorClass kind, const std::string& code = "Code",
                                              const std::string& message = "words of AWS") {
    const int status = kind == aws::ErrorClass::kRetryable ? 0 : 400;
    return std::unexpected(aws::AwsError{
        .kind = kind, .code = code, .message = message, .request_id = "", .http_status = status, .retry_after = {}});
  }

  void restart() {
    control = SlotControl();
    control.use_instance(aws::InstanceArn("arn:instance"));
    control.adopt(state);
    sent.clear();
  }

  [[nodiscard]] access::Status status(const access::GrantId& grant) const {
    return access::status_of(*state.grants.find(grant), now);
  }
  [[nodiscard]] std::size_t count(std::string_view kind) const {
    return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), kind));
  }

  access::State state;
  SlotControl control;
  Budget budget;
  CallIds ids;
  Instant now = kNoon;
  bool refuses = false;  ///< the ledger, for now
  Creates creates = Creates::kAllowed;
  std::deque<Outgoing> sent;       ///< and not yet answered
  std::vector<std::string> kinds;  ///< of the entries on the ledger

 private:
  void apply(access::Event event) {
    access::Entry entry{state.size.get(), now, {}, {}, std::move(event)};
    if (const auto* intended = std::get_if<access::CreateIntended>(&entry.event)) {
      control.note_own_create(intended->slot, SlotControl::intent_on(state.slots.find(intended->slot)));
      creates_.push_back(intended->slot);
    }
    state.apply(entry);
    for (const auto& slot : access::slots_of(state, entry.event)) {
      control.touch(slot);
      touched_.push_back(slot);
    }
    kinds.emplace_back(access::kind_of(entry.event));
    if (!refuses) kept_ = kinds.size();
  }
  void apply_all(std::vector<access::Event> events) {
    for (auto& event : events) apply(std::move(event));
  }

  int requests_ = 0;
  std::size_t kept_ = 0;
  std::vector<access::Slot> touched_;
  std::vector<access::Slot> creates_;
};

}  // namespace ag::control::testing
