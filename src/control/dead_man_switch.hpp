#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/state.hpp"
#include "control/call.hpp"

/// Access ends even when this server is destroyed: before a create, AWS gets a one-time schedule of its own that
/// removes the assignment some time after its end. Off unless it is configured.
///
/// Level-triggered and sans I/O, as SlotControl. A slot's schedule is wanted for the end of the last of its grants;
/// a later grant moves it before it is given, an early end too; after a verified removal it is deleted. That it is
/// there is an entry on the ledger, and no create is sent before that (allows_create).
namespace ag::control {

struct SwitchSettings {
  std::string role_arn;  ///< what EventBridge Scheduler acts as
  std::string group;     ///< of the schedules
  Duration grace;        ///< how long after the end; AccessGuard itself has that long
};

/// The schedule's name, a function of the slot: 1 to 64 of `0-9a-zA-Z-_.`.
[[nodiscard]] std::string switch_name(const access::Slot& slot);

/// When the slot's assignment is to be removed by AWS, a whole second; none: there is nothing of ours to remove.
[[nodiscard]] std::optional<Instant> switch_time(const access::State& state, const access::Slot& slot, Duration grace,
                                                 Instant now);

class DeadManSwitch {
 public:
  void use(std::optional<SwitchSettings> settings) { settings_ = std::move(settings); }
  void use_instance(aws::InstanceArn instance) { instance_ = std::move(instance); }

  /// Something about this slot changed.
  void touch(const access::Slot& slot) {
    if (settings_) due_.insert(slot);
  }
  /// After a start: a schedule may have been made that the ledger does not know of.
  void adopt(const access::State& state);
  /// The ledger came back older: what it says is armed may have been deleted since.
  void doubt(const access::State& state);

  /// Whether the ledger says that AWS will remove it in time.
  [[nodiscard]] bool allows_create(const access::State& state, const access::Slot& slot, Instant now) const;

  [[nodiscard]] bool owns(CallId id) const { return in_flight_.contains(id); }
  /// The slot that the reply was about: its create may be allowed now.
  std::optional<access::Slot> receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now);
  [[nodiscard]] std::vector<access::Event> plan(const access::State& state, Instant now) const;
  [[nodiscard]] std::vector<Outgoing> dispatch(const access::State& state, Budget& budget, CallIds& ids, Instant now);
  [[nodiscard]] Instant next_wake() const;
  /// Why AWS takes no schedule, where only people can put that right: until then nothing is granted.
  [[nodiscard]] const std::optional<aws::AwsError>& problem() const { return problem_; }

 private:
  enum class Action { kNone, kCreate, kUpdate, kDelete };
  /// What this process knows of a schedule beside the ledger.
  struct Watch {
    std::optional<Instant> at;  ///< AWS took it for then, and the ledger does not have that yet
    bool gone = false;          ///< AWS has none, and the ledger does not have that yet
    bool unclear = false;       ///< what AWS has: a call was sent, by this process or one before, and not answered
    int tries = 0;              ///< in vain, in a row
    Instant not_before;
    Instant may_come_until;      ///< a call that makes one or moves it was not answered, and may take effect so late
    std::optional<CallId> call;  ///< in flight
    Action action = Action::kNone;
    Instant sent_for;
  };
  [[nodiscard]] Action action_for(const access::State& state, const access::Slot& slot, const Watch& watch,
                                  Instant now) const;
  [[nodiscard]] aws::Call call_for(const access::Slot& slot, Action action, Instant at, Instant now) const;
  [[nodiscard]] static std::vector<access::Event> events_for(const access::State& state, const access::Slot& slot,
                                                             const Watch& watch);
  static void note_gone(Watch& watch, Instant now);
  static void note_durable(const access::State& state, const access::Slot& slot, Watch& watch);
  [[nodiscard]] static bool is_idle(const access::State& state, const access::Slot& slot, const Watch& watch);
  void expect_what_was_sent_before(Instant now);
  void learn_error(Watch& watch, const aws::AwsError& error, Instant now);
  void set_timer(const access::State& state, const access::Slot& slot, const Watch& watch, Instant now);

  std::optional<SwitchSettings> settings_;
  aws::InstanceArn instance_;
  std::map<access::Slot, Watch> watches_;
  std::set<access::Slot> due_;
  std::set<std::pair<Instant, access::Slot>> timers_;
  std::map<CallId, access::Slot> in_flight_;
  Instant budget_wake_ = Instant::max();
  bool is_adopted_now_ = false;  ///< and nothing was sent since
  std::optional<aws::AwsError> problem_;
};

}  // namespace ag::control
