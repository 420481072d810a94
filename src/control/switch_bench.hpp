#pragma once
#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/dead_man_switch.hpp"
#include "control/due_bench.hpp"
#include "control/slot_bench.hpp"

/// For tests: DeadManSwitch with a ledger that takes everything (or nothing), a clock, and replies fed by hand or by a
/// scheduler that does what it is asked. What becomes of the slots is told to the ledger directly.
namespace ag::control::testing {

inline const SwitchSettings kSettings{"arn:aws:iam::999999999999:role/AccessGuardScheduler", "AccessGuard",
                                      Duration::minutes(10)};

class SwitchBench {
 public:
  SwitchBench() { prepare(); }

  access::GrantId grant(const access::Slot& slot, Duration start, Duration end) {
    const access::RequestId id(fmt::format("req_{}", ++requests_));
    access::Request request{.id = id,
                            .requester = slot.principal,
                            .requester_name = slot.principal.str(),
                            .permission_set = slot.permission_set,
                            .permission_set_name = "set",
                            .session_duration = Duration::hours(1),
                            .accounts = {},
                            .duration = end,
                            .start = {},
                            .reason = "because",
                            .ticket = {},
                            .steps = {},
                            .lapses_at = now + Duration::hours(8)};
    access::GrantId grant(fmt::format("grt_{}", requests_));
    apply(access::RequestSubmitted{std::move(request)});
    apply(access::RequestApproved{id, now + start, now + end, {{grant, slot}}});
    return grant;
  }
  /// A grant whose slot was seen to be empty: its create may go as soon as the switch is armed.
  access::GrantId intended(const access::Slot& slot, Duration end) {
    const auto id = grant(slot, {}, end);
    if (!state.slots.find(slot)->create_intended) apply(access::CreateIntended{slot});
    turn();
    return id;
  }
  void absent(const access::Slot& slot) { apply(access::SlotAbsent{slot, now}); }
  void end(const access::GrantId& grant) { apply(access::GrantEnding{grant, access::EndCause::kHolder, {}}); }
  void apply(access::Event event) {
    take_in(std::move(event));
    state.keep();
    kept_ = kinds.size();
    touched_.clear();
  }

  void turn() {
    for (auto& event : all_due(state, now)) apply(std::move(event));
    for (auto& event : control.plan(state, now)) take_in(std::move(event));
    EXPECT_TRUE(refuses || control.plan(state, now).empty()) << "the plan never ends";
    if (refuses) {
      state.take_back();
      kinds.resize(kept_);
      for (const auto& slot : touched_) control.touch(slot);
    }
    state.keep();
    touched_.clear();
    kept_ = kinds.size();
    for (auto& call : control.dispatch(state, budget, ids, now)) sent.push_back(std::move(call));
  }
  /// Time passes, with an AWS that does what it is asked.
  void run(Duration time) {
    const Instant until = now + time;
    for (int turns = 0; turns < 5'000; ++turns) {
      turn();
      if (!sent.empty()) {
        obey();
        continue;
      }
      if (now >= until) return;
      Instant wake = control.next_wake();
      if (state.due.size() > 0) wake = std::min(wake, state.due.begin()->first.first);
      now = std::min(std::max(now + Duration::milliseconds(1), wake), until);
    }
    ADD_FAILURE() << "it runs in circles";
  }
  template <class Call>
  Outgoing take() {
    for (int i = 0; i < 200 && sent.empty(); ++i) {
      turn();
      if (sent.empty()) now = now + Duration::seconds(1);
    }
    EXPECT_FALSE(sent.empty()) << "nothing was sent";
    if (sent.empty()) return {};
    Outgoing outgoing = std::move(sent.front());
    sent.pop_front();
    EXPECT_TRUE(std::holds_alternative<Call>(outgoing.call)) << "it sent " << aws::operation_of(outgoing.call);
    return outgoing;
  }
  void reply(const Outgoing& outgoing, aws::AwsResult<aws::Reply> reply) {
    EXPECT_TRUE(control.receive(outgoing.id, reply, now).has_value());
    turn();
  }
  template <class Call>
  void answer(aws::AwsResult<aws::Reply> with) {
    const Outgoing outgoing = take<Call>();
    if (outgoing.id != 0) reply(outgoing, std::move(with));
  }
  static std::unexpected<aws::AwsError> error(aws::ErrorClass kind, const std::string& code = "Code") {
    return SlotBench::error(kind, code);
  }
  void restart() {
    control = DeadManSwitch();
    prepare();
    control.adopt(state);
    sent.clear();
  }

  /// When AWS would remove it; none: never.
  [[nodiscard]] std::optional<Instant> scheduled(const access::Slot& slot) const {
    const auto it = in_aws.find(switch_name(slot));
    return it == in_aws.end() ? std::nullopt : std::optional(it->second);
  }
  [[nodiscard]] bool allows_create(const access::Slot& slot = kSlot) const {
    return control.allows_create(state, slot, now);
  }
  [[nodiscard]] std::size_t count(std::string_view kind) const {
    return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), kind));
  }

  access::State state;
  DeadManSwitch control;
  Budget budget;
  CallIds ids;
  Instant now = kNoon;
  bool refuses = false;  ///< the ledger, for now
  std::deque<Outgoing> sent;
  std::vector<std::string> kinds;
  std::map<std::string, Instant> in_aws;  ///< the schedules, by name

 private:
  void prepare() {
    control.use(kSettings);
    control.use_instance(aws::InstanceArn("arn:instance"));
  }
  void take_in(access::Event event) {
    access::Entry entry{state.size.get(), now, {}, {}, std::move(event)};
    state.apply(entry);
    for (const auto& slot : access::slots_of(state, entry.event)) {
      control.touch(slot);
      touched_.push_back(slot);
    }
    kinds.emplace_back(access::kind_of(entry.event));
  }
  void obey() {
    const Outgoing outgoing = std::move(sent.front());
    sent.pop_front();
    if (const auto* create = std::get_if<aws::CreateSchedule>(&outgoing.call)) {
      if (in_aws.contains(create->schedule.name))
        return reply(outgoing, error(aws::ErrorClass::kConflictTransient, "ConflictException"));
      in_aws[create->schedule.name] = create->schedule.at;
      return reply(outgoing, aws::ScheduleArn{});
    }
    const auto* update = std::get_if<aws::UpdateSchedule>(&outgoing.call);
    const auto* removal = std::get_if<aws::DeleteSchedule>(&outgoing.call);
    const std::string& name = update != nullptr ? update->schedule.name : removal->name;
    if (!in_aws.contains(name)) return reply(outgoing, error(aws::ErrorClass::kAbsent, "ResourceNotFoundException"));
    if (update != nullptr) {
      in_aws[name] = update->schedule.at;
      return reply(outgoing, aws::ScheduleArn{});
    }
    in_aws.erase(name);
    reply(outgoing, aws::Acknowledged{});
  }

  int requests_ = 0;
  std::size_t kept_ = 0;
  std::vector<access::Slot> touched_;
};

}  // namespace ag::control::testing
