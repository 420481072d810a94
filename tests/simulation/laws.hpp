#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/event.hpp"
#include "aws/types.hpp"
#include "control/call.hpp"
#include "sandbox/sandbox.hpp"
#include "simulation/session_laws.hpp"
#include "simulation/switch_laws.hpp"

/// What must hold whatever goes wrong (the laws of the design), judged from outside: by the entries as they became
/// durable, the calls as they were sent, and the sandbox's own truth. Nothing here asks the program's state.
namespace ag::simulation {

[[nodiscard]] access::Slot slot_of(const sandbox::Slot& slot);
[[nodiscard]] sandbox::Slot slot_of(const access::Slot& slot);

/// What is promised beside the laws of the design, where it is switched on or happens.
inline constexpr int kHardEnd = 11;     ///< sessions are denied after a hard end, and nobody else's
inline constexpr int kSwitch = 12;      ///< AWS would remove what we give, and nothing that we have removed
inline constexpr int kRestored = 13;    ///< a ledger that came back older is not believed
inline constexpr int kSetChanged = 14;  ///< nobody's agreement to a permission set holds for what it was made into

/// A law of the design by its number, or one of those above; 0 for what no law names: a program that runs in circles or
/// does not come to rest.
struct Breach {
  int law = 0;
  std::string what;
};
/// "law 2", "hard end", "rest".
[[nodiscard]] std::string name_of_law(int law);
[[nodiscard]] std::string to_text(const Breach& breach);

/// Whose call it is: ids are unique within one process only.
struct CallKey {
  std::uint64_t process = 0;
  control::CallId id = 0;
  auto operator<=>(const CallKey&) const = default;
};

class Laws {
 public:
  struct Bounds {
    Duration present_within;                     ///< of a grant's start, or of the moment when the faults stopped
    Duration absent_within;                      ///< of its end, or of that moment
    Duration stale_lists;                        ///< how far AWS's lists may lag
    Duration late_creates{};                     ///< how long what comes back late may stay until it is looked for
    Duration clocks{};                           ///< how far the program's clock may be wrong without its knowing
    std::optional<Duration> denied_within = {};  ///< after a hard end; none: no policy is prepared for it
    std::optional<Duration> switch_grace = {};   ///< of the dead man's switch; none: it is off
    access::ForeignCreates foreign_creates = access::ForeignCreates::kHold;
    bool is_alone = true;  ///< no other program writes what this one does
  };

  Laws(const sandbox::Sandbox& sandbox, Bounds bounds);

  /// From now on AWS and the ledger work: what is owed is to come within the bounds.
  void note_quiet(Instant now) { quiet_since_ = now; }
  void note_entry(const access::Entry& entry, Instant now);
  void note_call(CallKey key, const control::Outgoing& outgoing, Instant now);
  /// The same of a program that hears nothing of the others: it has yet to tell the ledger something itself.
  void note_deaf_call(CallKey key, const control::Outgoing& outgoing, Instant now);
  void note_reply(CallKey key, const aws::AwsResult<aws::Reply>& reply);
  void note_crash(std::uint64_t process);
  /// The process goes on, but knows nothing of its calls any more.
  void note_forgotten(std::uint64_t process);
  /// The calls of one turn: revokes go first, then grants, then reading.
  void note_order(const std::vector<control::Outgoing>& outgoing);
  /// An entry that the ledger could not take, and that is safe elsewhere.
  void note_spooled(const access::Entry& entry, Instant now);
  /// The ledger has, of all programs, what it could not take.
  void note_all_heard();
  /// Until then the ledger cannot be written: law 10 is about that time.
  void note_ledger_out(Instant until) { ledger_back_at_ = until; }
  /// Somebody in the console took an assignment of ours: that it is gone is not the program's doing.
  void note_taken_by_hand(const access::Slot& slot, Instant now) {
    look(now);  // it may have come this very moment
    taken_by_hand_.insert(slot);
  }
  /// The ledger is an older one now, with these entries, and has forgotten `lost`.
  void note_restored(const std::vector<access::Entry>& kept, const std::vector<access::Entry>& lost, Instant now);
  /// Somebody was to be told of it by now.
  void check_told_of_restore();
  /// A permission set is made to allow something else.
  void note_set_changed(const access::PermissionSetArn& set, Instant now) { changed_sets_[set] = now; }
  /// A change of a permission set that the ledger does not tell of yet.
  [[nodiscard]] bool is_set_unnoticed() const { return !changed_sets_.empty(); }
  /// Assignments that a ledger which came back older has forgotten, that are there, and that nobody was told of.
  [[nodiscard]] std::vector<access::Slot> lost_track_of() const;
  /// The policy for hard ends still denies somebody something.
  [[nodiscard]] bool denies_sessions() const { return sessions_.denies(); }
  /// A schedule would still remove something, that the ledger has not forgotten.
  [[nodiscard]] bool has_schedules() const;
  /// The permission set is deleted, and every assignment of it.
  void note_removed(const access::PermissionSetArn& set) {
    removed_.insert(set);
    changed_sets_.erase(set);
  }
  /// It is there, and an operation of ours brought it.
  [[nodiscard]] bool is_ours(const access::Slot& slot) const { return ours_.contains(slot); }
  /// It is what somebody else gave, by the ledger.
  [[nodiscard]] bool is_handed_over(const access::Slot& slot) const { return handed_over_.contains(slot); }
  [[nodiscard]] bool is_removed(const access::PermissionSetArn& set) const { return removed_.contains(set); }
  /// To be called whenever the sandbox's time has moved.
  void check(Instant now);

  /// What was broken, empty while all laws hold.
  [[nodiscard]] const std::vector<Breach>& broken() const { return broken_; }
  void break_law(int law, std::string what);

  [[nodiscard]] std::size_t grants() const { return grants_.size(); }
  [[nodiscard]] std::size_t grants_over() const { return grants_.size() - open_.size(); }
  /// When the last grant that is known ends.
  [[nodiscard]] Instant last_end() const { return last_end_; }
  /// Whether a grant of the request holds now, and nobody has ended it.
  [[nodiscard]] bool is_live(const access::RequestId& request, Instant now) const;
  /// Whether nothing of ours is there any more.
  [[nodiscard]] bool is_clean() const { return ours_.empty(); }
  /// How much longer what is there may stay: an unanswered create may have brought it back.
  [[nodiscard]] Duration may_be_late() const;

 private:
  enum class Intent { kNone, kCreate, kDelete };
  struct Grant {
    access::RequestId request;
    access::Slot slot;
    Instant start;
    Instant end;               ///< brought forward by an early end or a failure
    bool started = false;      ///< the ledger says that its time has come
    bool ending = false;       ///< the ledger says that its right is over
    bool ended_early = false;  ///< somebody wanted it to
    bool over = false;
    bool closed_in_spool = false;  ///< while the ledger was out of order
    bool is_hard = false;          ///< live sessions are to end with it
    bool was_agreed = false;       ///< by people
    Instant known_until;           ///< when its end was said the last time
    Instant unheard_end;           ///< as others know it, while one without the ledger has ended it
  };
  struct Asked {
    access::Request request;
    std::map<std::int64_t, std::set<access::UserId>> approvals;  ///< by step
    std::set<access::UserId> decided;
    std::optional<Duration> most;  ///< the shortest time that an approver allowed
    bool closed = false;
  };
  /// A create or delete that we know to be under way.
  struct UnderWay {
    access::Slot slot;
    bool creates = false;
    Instant since;
    aws::OperationId operation;
  };
  struct Interval {
    Instant from;
    Instant until = Instant::max();
    bool is_ours = false;         ///< not made by hand
    bool is_by_schedule = false;  ///< that it is over
  };

  void on(const access::RequestSubmitted& event, Instant now);
  void on(const access::RequestDecided& event, Instant now);
  void on(const access::RequestApproved& event, Instant now);
  void on(const access::GrantsExtended& event, Instant now);
  void on(const access::RequestWithdrawn& event, Instant now);
  void on(const access::RequestLapsed& event, Instant now);
  void on(const access::GrantStarted& event, Instant now);
  void on(const access::GrantEnding& event, Instant now);
  void on(const access::GrantCovered& event, Instant now);
  void on(const access::GrantFailed& event, Instant now);
  void on(const access::CreateIntended& event, Instant now);
  void on(const access::DeleteIntended& event, Instant now);
  void on(const access::SlotMissing& event, Instant now);
  void on(const access::SlotPresent& event, Instant now);
  void on(const access::SlotAbsent& event, Instant now);
  void on(const access::CreateUnanswered& event, Instant now);
  void on(const access::SlotReappeared& event, Instant now);
  void on(const access::AssignmentAppeared& event, Instant now);
  void on(const access::AssignmentVanished& event, Instant now);
  void on(const access::GrantsSuspended& event, Instant now);
  void on(const access::GrantsResumed& event, Instant now);
  void on(const access::RollbackAccepted& event, Instant now);
  void on(const access::SessionsCutRefused& event, Instant now);
  void on(const access::SessionsCut& event, Instant now);
  void on(const access::SessionsRestored& event, Instant now);
  void on(const access::PermissionSetSeen& event, Instant now);
  void on(const access::RequestVoided& event, Instant now);
  void on(const access::SlotShared& event, Instant now);
  void on(const access::SlotHandedOver& event, Instant now);
  template <class Other>
  void on(const Other& /*event*/, Instant /*now*/) {}

  void check_decider(const access::Request& request, std::int64_t step, const access::UserId& by);
  void check_length(const Asked& asked, const access::RequestApproved& event);
  const Asked& approved(const access::RequestId& request);
  void close(const access::GrantId& id, Grant& grant);
  void check_intent(std::uint64_t process, const aws::Call& call, Instant now);
  void check_overlap(const access::Slot& slot, Instant now);
  void check_hammering(std::uint64_t process, const access::Slot& slot, Instant now);
  void check_rate(std::uint64_t process, const aws::Call& call, Instant now);
  void check_account(CallKey key, const aws::Call& call, Instant now);
  void look(Instant now);
  [[nodiscard]] bool was_there(const access::Slot& slot, Instant observed_at, Instant now);
  void take_in(const sandbox::Presence& presence);
  void check_appearance(const sandbox::Presence& presence);
  void check_overrun(const access::Slot& slot, Instant from, Instant now);
  void check_grants(Instant now);
  void check_sessions(Instant now);
  void check_schedules(Instant now);
  void check_void(Instant now);
  void check_created(const access::Slot& slot);
  void check_schedule(const access::Slot& slot, Instant at);
  void check_handed_over(const access::Slot& slot);
  void check_kept(const access::Slot& slot, Instant now);
  /// Two programs without the ledger may both say the same: it takes only one of them.
  [[nodiscard]] bool is_said_twice() const { return is_spooled_ && !bounds_.is_alone; }
  [[nodiscard]] bool is_made_by_others(const access::Slot& slot);
  [[nodiscard]] bool has_expired(const access::Slot& slot);
  [[nodiscard]] bool is_swept() const;
  [[nodiscard]] bool is_lost_track_of(const access::Slot& slot) const;
  void note_hard_over(const Grant& grant);
  void settle_sessions(const access::Slot& slot);
  /// Whether some grant needs the slot at that moment, by the ledger.
  [[nodiscard]] bool is_held(const access::Slot& slot, Instant at) const;
  [[nodiscard]] std::string words(const access::Slot& slot) const;

  const sandbox::Sandbox& sandbox_;
  const std::vector<sandbox::Person> people_;  ///< as it was in the beginning
  Bounds bounds_;
  std::optional<Instant> quiet_since_;
  std::map<access::RequestId, Asked> requests_;
  std::map<access::GrantId, Grant> grants_;
  std::set<access::GrantId> open_;  ///< those that are not over
  std::map<access::Slot, std::vector<access::GrantId>> grants_of_;
  std::map<access::Slot, Intent> intents_;
  std::map<access::Slot, Instant> reappeared_;   ///< and when that was seen
  std::map<access::Slot, Instant> intended_at_;  ///< the last create
  std::set<access::Slot> in_doubt_;              ///< a program died that may or may not have sent it
  std::set<access::Slot> unanswered_;            ///< a create may take effect late: the ledger knows
  std::set<access::Slot> taken_by_hand_;
  std::set<access::Slot> kept_;         ///< the ledger says that it stays when it expires
  std::set<access::Slot> handed_over_;  ///< and that it did
  /// That a program without the ledger deletes: the others cannot know.
  std::set<access::Slot> deleted_unheard_;
  std::set<access::Slot> kept_unheard_;  ///< and that it knows to be somebody else's too
  bool is_deaf_ = false;                 ///< who sends the call that is being noted
  std::set<access::PermissionSetArn> removed_;
  std::map<access::Slot, std::vector<Interval>> intervals_;  ///< that a person's slot was filled, the last may go on
  std::map<access::Slot, Instant> ours_;                     ///< there now, since when
  std::uint64_t changes_seen_ = 0;
  std::map<std::uint64_t, std::deque<Instant>> sso_admin_calls_;
  std::map<std::pair<std::uint64_t, access::Slot>, std::deque<Instant>>
      deletes_;                                  ///< of each process where there are two programs
  std::map<access::Slot, Instant> last_delete_;  ///< when it was sent
  std::map<CallKey, UnderWay> under_way_;
  std::map<CallKey, aws::OperationId> polls_;
  Instant ledger_back_at_;
  bool is_spooled_ = false;  ///< the entry that is being noted
  bool is_folding_ = false;  ///< it was judged before
  Instant entry_at_;         ///< when the program says that it was
  Instant noted_at_;         ///< when it was
  SessionLaws sessions_;
  std::optional<SwitchLaws> switches_;
  std::map<CallKey, aws::Call> scheduling_;  ///< calls about schedules that are under way
  Instant schedules_again_at_;
  std::set<access::Slot> forgotten_;    ///< of entries that were lost
  std::set<access::Slot> found_again_;  ///< of those: told of, as what somebody else has made
  std::optional<Instant> restored_at_;  ///< and nobody has looked through everything since
  bool was_told_of_restore_ = false;
  bool is_restore_accepted_ = false;
  std::map<CallKey, std::string> sweeping_;  ///< lists that are under way, by whom or what they are about
  std::set<std::string> swept_;              ///< those that were answered since the restore was accepted
  std::map<access::PermissionSetArn, Instant> changed_sets_;  ///< and not seen to be by the ledger
  std::set<access::RequestId> void_requests_;                 ///< that the ledger has yet to say so of
  std::set<access::GrantId> void_grants_;
  Instant void_by_;
  Instant look_again_at_;
  Instant last_end_;
  std::vector<Breach> broken_;
};

}  // namespace ag::simulation
