#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "access/decide.hpp"
#include "control/dead_man_switch.hpp"
#include "control/directory.hpp"
#include "control/session_ends.hpp"
#include "control/slots.hpp"
#include "control/trail.hpp"

/// The whole of AccessGuard without its shell: state, control and directory, driven by whoever has a store, a clock
/// and a way to AWS. Production drives it from one thread, the simulator from another world. Pure: one turn is
///
///   receive() replies; prepare() decides all there is to decide and says what the ledger must take;
///   then, by what became of the append, commit() or abort(); and dispatch() returns the calls that may go now.
///
/// While the ledger cannot be written access is taken away all the same: prepare_revokes() decides that alone, and
/// hold() keeps its entries in the state as the tail, which the shell spools. When the ledger is back it takes the
/// tail as it is, and commit() ends the matter; where another writer was first, set_aside_tail(), replay() of what he
/// wrote, and put_back_tail() say what is still news.
namespace ag::server {

/// A command that waits for its answer; `ticket` is the caller's own number for it.
struct Submission {
  std::uint64_t ticket = 0;
  access::Caller caller;
  access::Command command;
  std::optional<access::IdempotencyKey> idempotency;
};

/// What became of a submission.
struct Ruling {
  std::uint64_t ticket = 0;
  Result<access::RequestId> result;
};

/// What one turn decided: nothing of it is true before the ledger has it.
struct Batch {
  std::vector<access::Entry> entries;
  std::vector<std::string> bytes;  ///< the same, canonical
  std::vector<Ruling> rulings;
};

/// What an operator has prepared in AWS for AccessGuard.
struct Prepared {
  std::string hard_end_policy = {};  ///< the service control policy that ends live sessions, `p-…`; empty: none
  std::optional<control::SwitchSettings> dead_man_switch = {};
  control::TrailSettings trail = {};  ///< what becomes of ours that somebody else makes too
};

class Core {
 public:
  Core() = default;
  explicit Core(Prepared prepared);

  /// Folds one entry that the ledger already holds: at the start, or from another writer. Not while there is a tail.
  void replay(const access::Entry& entry);
  /// After the last replay() of the start: everything that may exist in AWS is to be looked at.
  void adopt(std::optional<access::Snapshot> cached_directory);

  [[nodiscard]] const access::State& state() const { return state_; }
  [[nodiscard]] std::shared_ptr<const access::Organization> organization() const { return organization_; }
  /// Of the policy in force and the organization as it was last read.
  [[nodiscard]] std::shared_ptr<const access::PolicyIndex> index() const;
  [[nodiscard]] const control::DirectoryStatus& directory_status() const { return directory_.status(); }
  /// Why AWS does not take the dead man's switch's schedules, and so nothing is granted; none when it does.
  [[nodiscard]] const std::optional<aws::AwsError>& switch_problem() const { return switch_.problem(); }
  /// Why CloudTrail does not tell who else makes our assignments; none when it does.
  [[nodiscard]] const std::optional<aws::AwsError>& trail_problem() const { return trail_.problem(); }
  /// The service control policy that ends live sessions; empty: none is configured.
  [[nodiscard]] const std::string& hard_end_policy() const { return prepared_.hard_end_policy; }
  [[nodiscard]] control::SlotGauges gauges() const { return slots_.gauges(); }

  void receive(control::CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now);
  [[nodiscard]] Batch prepare(const std::vector<Submission>& submissions, Instant now);
  /// All that the state holds is on the ledger.
  void commit();
  /// Takes back what prepare() applied; control asks again for its entries.
  void abort();

  [[nodiscard]] Batch prepare_revokes(const std::vector<Submission>& submissions, Instant now);
  /// What prepare_revokes() said counts from now on, although the ledger does not have it.
  void hold(Batch batch);
  [[nodiscard]] const Batch& tail() const { return tail_; }
  [[nodiscard]] std::vector<access::Entry> set_aside_tail();
  /// Entries that a spool kept, or that were set aside. Those that nobody was ahead of come back as they are; of the
  /// others what is still news.
  void put_back_tail(std::vector<access::Entry> entries);

  /// Why no access is given from now on; none: it is. What ends goes on ending.
  /// While a sweep is owed after a rollback there is a reason of its own.
  void suspend(std::optional<Error> why);
  [[nodiscard]] const std::optional<Error>& suspension() const { return suspension_; }
  /// The clock that control waits by has jumped: everything is looked at anew, as after a start.
  void restart_control(Instant now);
  /// To be written down with the next batch.
  void note(access::Event event) { found_.push_back(std::move(event)); }
  /// When the newest entry was written.
  [[nodiscard]] Instant last_at() const { return last_at_; }

  [[nodiscard]] std::vector<control::Outgoing> dispatch(Instant now);
  [[nodiscard]] Instant next_wake() const;

  /// A new picture of the organization, once, when the directory has finished reading one.
  [[nodiscard]] std::shared_ptr<const access::Organization> take_new_organization();
  void refresh_directory(Instant now) { directory_.refresh(now); }

 private:
  enum class Scope { kAll, kRevokes };
  [[nodiscard]] Batch prepare(const std::vector<Submission>& submissions, Instant now, Scope scope);
  [[nodiscard]] bool is_sweep_owed() const;
  [[nodiscard]] std::optional<Error> refused_token(const access::Actor& actor) const;
  [[nodiscard]] Result<access::Outcome> rule(const Submission& submission, Instant at, Scope scope) const;
  [[nodiscard]] std::vector<access::Event> own_events() const;
  [[nodiscard]] std::vector<access::Event> set_changes();
  [[nodiscard]] std::vector<access::Event> planned(Instant at) const;
  void prepare_control();
  void use_for_sessions(const access::Snapshot& snapshot);
  void touch_control(const access::Event& event);
  [[nodiscard]] bool may_happen(const access::Event& event, Scope scope) const;
  void apply(Batch& batch, const access::Actor& actor, const std::optional<access::IdempotencyKey>& idempotency,
             std::vector<access::Event> events, Instant now);
  void apply(access::Entry entry, Batch& batch);
  void publish(access::Snapshot snapshot);
  void look_for_what_is_missing(const access::Snapshot& sweep, Instant begun);
  [[nodiscard]] bool is_ours(const access::StandingAssignment& seen, Instant begun);
  void find_changes(const access::Snapshot& sweep, Instant begun);

  Prepared prepared_;
  access::State state_;
  std::shared_ptr<const access::Organization> organization_ = std::make_shared<access::Organization>();
  std::shared_ptr<const access::Organization> new_organization_;
  /// The one before, while the ledger may know other permission sets than the newest shows; null: it does not.
  std::shared_ptr<const access::Organization> before_set_changes_;
  bool all_set_changes_in_batch_ = false;
  mutable std::shared_ptr<const access::PolicyIndex> index_ = std::make_shared<const access::PolicyIndex>();
  control::SlotControl slots_;
  control::SessionEnds session_ends_;
  control::DeadManSwitch switch_;
  control::Trail trail_;
  control::Directory directory_;
  control::Budget budget_;
  control::CallIds ids_;
  Instant last_at_;  ///< of the newest entry: the ledger's times go back only where a wrong clock was put right
  Instant batch_at_;
  std::optional<Error> suspension_;
  Instant swept_at_;                  ///< when the last sweep began that was finished
  std::vector<access::Event> found_;  ///< what others did in AWS, or the shell: to be written down
  std::size_t found_in_batch_ = 0;
  std::set<access::Slot> seen_to_appear_;  ///< by a look, since the last sweep: the next one says nothing new
  Batch tail_;
  std::vector<access::Slot> touched_;  ///< by the batch that is not yet committed
  std::vector<access::Slot> creates_;  ///< that it intends
  bool running_ = false;               ///< what is replayed from now on is another server's
};

}  // namespace ag::server
