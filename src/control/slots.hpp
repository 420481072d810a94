#pragma once
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/state.hpp"
#include "aws/pages.hpp"
#include "control/call.hpp"

/// Brings AWS to what the ledger wants, slot by slot.
///
/// Level-triggered: a timer, a reply, a new entry and the start all lead to the same question, "what does this slot
/// need now?", asked of the ledger's state and of what was last seen. There are no jobs that could be used up.
///
/// Sans I/O, in three steps that the engine takes in turn:
///   receive()   learns from a reply,
///   plan()      says which entries the ledger needs (intents, observations); changes nothing,
///   dispatch()  returns the calls that may go now: a create or delete only when its intent is in the state that it
///               is given, that is, durable on the ledger.
/// When the ledger refuses what plan() said, nothing is lost: it says it again.
namespace ag::control {

/// Whether creates may be sent; deletes may at any time.
enum class Creates { kHeld, kAllowed };
/// Whether the ledger has all that must be there before a slot's create is sent. None: nothing must.
using CreateGate = std::function<bool(const access::State&, const access::Slot&, Instant)>;

struct SlotGauges {
  std::array<std::size_t, kLanes> waiting{};  ///< slots that wait for a call, by lane
  std::size_t outstanding_creates = 0;
  std::size_t watched = 0;
};

class SlotControl {
 public:
  /// After a start nobody knows whether the process before had sent its last call. Whatever it sent has reached AWS
  /// by then: its connections ended with it.
  static constexpr Duration kOpenAfterStart = Duration::seconds(15);
  /// The same while the connections live on: a call's deadline, and what AWS may take after it.
  static constexpr Duration kOpenAfterReset = Duration::seconds(50);

  /// 15: AWS allows 15 outstanding creates, not adjustable. Three are left to people who work by hand.
  static constexpr std::size_t kMostOutstandingCreates = 12;

  /// The Identity Center instance; no call is made before it is known.
  void use_instance(aws::InstanceArn instance) { instance_ = std::move(instance); }

  /// Something about this slot changed.
  void touch(const access::Slot& slot) { due_.insert(slot); }
  /// After a start: everything the ledger says may exist is looked at before anything is done about it. What was
  /// sent before may still take effect for `open_for`.
  void adopt(const access::State& state, Duration open_for = kOpenAfterStart);
  /// Another server on the same ledger wrote this of the slot. Whose create is intended last, sends it; the others
  /// wait until he is silent for long, and take over with an intent of their own.
  void note_foreign(const access::Slot& slot, const access::Event& event);
  /// This server intends to create, for the first time since the slot was free or once more; or did, and its intent did
  /// not get onto the ledger.
  enum class Intent { kFirst, kOnceMore };
  [[nodiscard]] static Intent intent_on(const access::SlotState* row) {
    return row != nullptr && row->create_intended ? Intent::kOnceMore : Intent::kFirst;
  }
  void note_own_create(const access::Slot& slot, Intent intent) {
    Watch& watch = watches_[slot];
    watch.create_is_foreign = false;
    watch.another_creates = false;
    watch.unverified.reset();  // whatever was done before, and another server may have undone it
    if (intent == Intent::kOnceMore) return;
    watch.create_sent = false;
    unsent_creates_.insert(slot);
  }
  void take_back_create(const access::Slot& slot) {
    watches_[slot].create_is_foreign = true;
    unsent_creates_.erase(slot);
  }
  /// A sweep did not show the slot, although it should be there.
  void doubt(const access::Slot& slot);

  [[nodiscard]] bool owns(CallId id) const { return in_flight_.contains(id); }
  void receive(CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now);
  [[nodiscard]] std::vector<access::Event> plan(const access::State& state, Instant now) const;
  [[nodiscard]] std::vector<Outgoing> dispatch(const access::State& state, Budget& budget, CallIds& ids, Instant now,
                                               Creates creates = Creates::kAllowed, const CreateGate& gate = {});

  /// When dispatch() has something to do next, if nothing else happens.
  [[nodiscard]] Instant next_wake() const;
  [[nodiscard]] SlotGauges gauges() const;
  /// Slots of ours that were seen to be gone since then, which a reading begun earlier may still show.
  [[nodiscard]] bool released_since(const access::Slot& slot, Instant since) const;
  void forget_releases_before(Instant then);

 private:
  enum class Mutation { kCreate, kDelete };
  enum class Action { kNone, kLook, kCreate, kDelete, kPoll, kPollTogether };
  /// Slots that wait for a call, in the order in which they have theirs. The status of a delete tells that the next may
  /// go, which is no news while others can go. A proof is a look at what AWS calls gone: nothing waits for it, and the
  /// later it goes the more slots it proves. A repeat is a delete that the process before may have sent: one that
  /// nobody has sent yet goes before it. A grant's first look is good for so long only: what was looked at already goes
  /// before it.
  enum class Queue { kEnds, kPolls, kRepeats, kProofs, kGrants, kFirstLooks, kVerifies };
  static constexpr std::size_t kQueues = 7;
  /// What was last seen by a complete list. Nothing that AWS did after it began need be in it.
  struct Look {
    bool present = false;
    Instant begun_at;
    Instant ended_at;
  };
  struct Listing {
    Instant begun_at;
    aws::PageToken token{};
    aws::PageGuard guard{};
  };
  /// AWS is at work on it.
  struct Operation {
    Mutation mutation = Mutation::kCreate;
    aws::OperationId id;
    Instant since;
    int polls = 0;
    bool adopted = false;  ///< from the ledger, where a later one may be missing: only a list is conclusive then
    bool alone = false;    ///< the list of operations does not show it: its status is asked for by itself
  };
  /// AWS's refusal, and whose it is: a grant that came later gets a try of its own.
  struct Failure {
    std::string code;
    std::string message;
    std::vector<access::GrantId> grants;
  };
  /// What this process knows of a slot beside the ledger. All of it may be lost: a look brings it back.
  struct Watch {
    std::optional<Look> look;
    std::optional<Listing> listing;
    bool is_outdated = false;  ///< the listing: another server has written of the slot since it was begun
    std::optional<Operation> operation;
    std::optional<Mutation> unverified;  ///< a mutation AWS called done, not yet confirmed by a list
    std::optional<Failure> failure;      ///< the create is hopeless
    std::optional<Failure> unreadable;   ///< so is the list
    bool look_first = false;             ///< the outcome of something is unknown: look before acting
    Instant unanswered_at;  ///< of the last create that was not answered, for the ledger: it may take effect much later
    bool create_sent = true;  ///< of the intent on the ledger, as far as can be known: false only when it is certain
    /// Until then a create, a delete that was never answered may still take effect. Zero: none is open.
    std::array<Instant, 2> open_until{};
    /// Until then another server has it in hand.
    std::array<Instant, 2> yields_until{};
    bool released = false;                   ///< the look is of the life before: it says nothing to a new grant
    bool create_is_foreign = false;          ///< the intent on the ledger is another's, or of before the start
    bool another_creates = false;            ///< the intent on the ledger is that of a server beside this one
    bool delete_is_repeat = false;           ///< its intent is of before the start, and this process has sent none
    std::vector<access::GrantId> wanted_by;  ///< whom the last call was for
    aws::OperationId create_operation;       ///< for the ledger
    aws::OperationId delete_operation;
    std::array<int, 2> tries{};  ///< of each mutation, in vain
    int failed_creates = 0;      ///< those that AWS began and that came to nothing
    int failed_reads = 0;        ///< in a row
    int stale_looks = 0;         ///< lists since `unverified` that do not show it yet
    Instant not_before;
    Lane held_lane = Lane::kGrant;  ///< `not_before` is for this lane: what AWS refused a grant must not delay its end
    std::optional<CallId> call;     ///< in flight
    std::optional<Queue> queued;
    Instant queued_at;
  };
  /// One slot's share in a call: a list answers for all slots that want it, each as if it had asked alone.
  struct InFlight {
    access::Slot slot;
    Action action = Action::kNone;
    Lane lane = Lane::kGrant;
  };

  // AWS usually needs a few seconds; asking earlier costs a call of the 20 per second.
  static constexpr Duration kFirstPoll = Duration::seconds(1);
  // A list that comes too early costs a call, and the status another; one that comes in time saves that.
  static constexpr Duration kFirstLookAfterDelete = Duration::seconds(3);

  static constexpr std::size_t index(Mutation mutation) { return static_cast<std::size_t>(mutation); }
  /// Whether it may still happen although nobody asks for it any more: then a list proves nothing.
  [[nodiscard]] static bool is_open(const Watch& watch, Mutation mutation) {
    return watch.open_until[index(mutation)] != Instant{};
  }
  [[nodiscard]] static bool look_is_current(const access::SlotState& row, const Watch& watch, Instant now);
  [[nodiscard]] static bool is_seen_since_end(const access::State& state, const access::SlotState& row,
                                              const Watch& watch, Instant now);
  [[nodiscard]] std::vector<access::Event> events_for(const access::State& state, const access::Slot& slot,
                                                      const Watch& watch, Instant now) const;
  [[nodiscard]] static std::vector<access::Event> events_when_desired(const access::State& state,
                                                                      const access::Slot& slot, const Watch& watch,
                                                                      Instant now);
  [[nodiscard]] static std::vector<access::Event> events_when_not_desired(const access::State& state,
                                                                          const access::Slot& slot, const Watch& watch,
                                                                          Instant now);
  [[nodiscard]] static std::vector<access::Event> events_when_released(const access::Released& released,
                                                                       const access::Slot& slot, const Watch& watch,
                                                                       Instant now);
  [[nodiscard]] Action action_for(const access::State& state, const access::Slot& slot, const Watch& watch,
                                  Instant now) const;
  [[nodiscard]] Action wanted_action(const access::State& state, const access::Slot& slot, const Watch& watch,
                                     Instant now) const;
  [[nodiscard]] bool is_awaited(const access::Slot& slot, Instant now) const;
  [[nodiscard]] std::vector<access::Slot> companions(const access::State& state, const access::Slot& slot,
                                                     Action action, Instant now) const;
  [[nodiscard]] std::vector<access::Slot> readers_of_list(const access::State& state, const access::Slot& slot,
                                                          Instant now) const;
  [[nodiscard]] std::vector<access::Slot> deletes_to_ask_for(const access::State& state, const access::Slot& slot,
                                                             Instant now) const;
  [[nodiscard]] aws::Call call_for(const access::Slot& slot, const Watch& watch, Action action) const;
  [[nodiscard]] static Instant wake_for(const access::State& state, const access::Slot& slot, const Watch& watch,
                                        Instant now);

  [[nodiscard]] std::size_t room_for_creates() const;
  [[nodiscard]] bool is_taken(const access::AccountId& account) const;
  [[nodiscard]] bool blocks_an_end(const access::State& state, const access::Slot& slot, Instant now) const;
  void sort_due(const access::State& state, Instant now);
  void sort(const access::State& state, const access::Slot& slot, Instant now);
  [[nodiscard]] Queue queue_for(const access::State& state, const access::Slot& slot, const Watch& watch, Action action,
                                Instant now) const;
  [[nodiscard]] static Lane lane_of_queue(Queue queue);
  [[nodiscard]] std::vector<Outgoing> take_from(Queue queue, Instant queued_before, const access::State& state,
                                                Budget& budget, CallIds& ids, Instant now);
  void hurry(const access::Slot& slot);
  [[nodiscard]] Outgoing send(const access::State& state, const access::Slot& slot, Action action, Lane lane, CallId id,
                              Instant now);
  void note_sent(CallId id, const InFlight& sent, const access::State& state, Instant now);

  void learn(Watch& watch, const InFlight& done, const aws::Reply& reply, Instant now);
  void learn_status(Watch& watch, const InFlight& done, const aws::OperationStatuses& statuses, Instant now);
  void learn_page(Watch& watch, const InFlight& done, const aws::Assignments& page, Instant now);
  enum class Sight { kAbsent, kPresent };
  void learn_look(Watch& watch, const InFlight& done, Sight sight, Instant now);
  void learn_operation(Watch& watch, const InFlight& done, Mutation mutation, const aws::Operation& operation,
                       Instant now);
  void operation_failed(Watch& watch, const InFlight& done, Mutation mutation, const std::string& reason, Instant now);
  void learn_error(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now);
  void look_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now);
  void poll_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now);
  void create_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now);
  void delete_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now);
  void poll_together_refused(Watch& watch, const InFlight& done, const aws::AwsError& error, Instant now);
  void end_operation(Watch& watch);
  void settle(Watch& watch, const access::Slot& slot, Mutation mutation);
  void release_account(const access::Slot& slot);
  static void retry_mutation(Watch& watch, const InFlight& done, Mutation mutation, Instant now,
                             std::optional<Duration> at_least);
  static void retry_read(Watch& watch, const InFlight& done, Duration most, Instant now,
                         std::optional<Duration> at_least);

  aws::InstanceArn instance_;
  std::map<access::Slot, Watch> watches_;
  std::set<access::Slot> due_;
  std::set<std::pair<Instant, access::Slot>> timers_;
  std::array<std::deque<access::Slot>, kQueues> queues_;  ///< an entry counts if its watch says that it is queued there
  std::multimap<CallId, InFlight> in_flight_;
  std::map<access::AccountId, access::Slot> busy_accounts_;     ///< one role update at a time per account
  std::map<access::AccountId, std::set<access::Slot>> parked_;  ///< waiting for their account
  std::set<access::Slot> outstanding_creates_;
  std::set<access::Slot> unsent_creates_;  ///< intended, and nothing but the order of calls keeps them
  std::map<aws::OperationId, access::Slot> deletes_under_way_;
  Instant together_from_;  ///< until then the list of operations is of no use
  std::map<access::Slot, Instant> released_;
  Creates creates_ = Creates::kAllowed;
  CreateGate gate_;  ///< while dispatch() runs
  Duration open_for_ = kOpenAfterStart;
  Instant budget_wake_ = Instant::max();
};

}  // namespace ag::control
