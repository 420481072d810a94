#pragma once
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "aws/client.hpp"
#include "ledger/store.hpp"
#include "server/clock.hpp"
#include "server/core.hpp"
#include "server/data_folder.hpp"
#include "server/event_hub.hpp"
#include "server/metrics.hpp"
#include "server/read_model.hpp"
#include "server/spool.hpp"
#include "server/time_keeper.hpp"
#include "server/worker.hpp"

/// One thread owns the state. Commands, the clock and AWS's replies come in through one mailbox; what they lead to is
/// appended to the ledger in one durable transaction per turn before anything is answered or sent.
namespace ag::server {

struct EngineParts {
  std::unique_ptr<ledger::Store> store;
  DataFolder data;
  Clock clock = wall_clock;
  ReadModel& read_model;
  EventHub& hub;
  Metrics& metrics;
  Clock steady = steady_clock;
  std::vector<std::string> checkpoints = {};  ///< files that tell how far the ledger had come
  bool accept_rollback = false;               ///< this ledger is the true one, whatever the checkpoints say
  Prepared prepared = {};
};

/// How the engine is, for /readyz and /metrics.
struct EngineHealth {
  std::optional<Error> ledger_problem;  ///< why the ledger cannot be written; none when it can
  std::optional<Error> spool_problem;   ///< why the spool cannot be written
  std::optional<Error> suspension;      ///< why no access is given; none when it is
  std::optional<Error> switch_problem;  ///< why AWS takes no schedule of the dead man's switch; none when it does
  std::optional<Error> trail_problem;   ///< why CloudTrail does not tell who else makes our assignments
  std::string hard_end_policy;          ///< the policy that is configured for hard ends; empty: none
  std::uint64_t spool_bytes = 0;        ///< of entries that wait for the ledger
  Duration age;                         ///< since the engine last came round: seconds, when a disk holds it up
  std::int64_t clock_skew_seconds = 0;  ///< how far this machine's clock is ahead of AWS's
  control::DirectoryStatus directory;
  control::SlotGauges slots;
  bool aws_attached = false;
};

class Engine {
 public:
  /// Folds the ledger into the state and the read model. Errors of the store, and `ledger_unreadable` when an entry
  /// cannot be understood.
  [[nodiscard]] static Result<std::unique_ptr<Engine>> open(EngineParts parts);
  ~Engine();

  /// Starts the thread. `client` may be null: then nothing is granted, and what is asked waits.
  void start(aws::Client* client);
  /// Before start(): to be written down with the first batch.
  void note(access::Event event) { core_.note(std::move(event)); }
  /// Ends the thread after the turn it is in; answers what still waits with `busy`. No call to AWS is made any more.
  void stop();

  /// Blocks until it is decided and on the ledger. Error codes of decide(), `ledger_unavailable`, `busy`.
  [[nodiscard]] Result<access::RequestId> submit(access::Caller caller, access::Command command,
                                                 std::optional<access::IdempotencyKey> idempotency = {});
  /// AWS's `Date`, from any thread.
  void note_aws_time(Instant date);

  /// Blocks until entries of other writers (an operator's command line, another replica) are taken in.
  void catch_up();
  /// What holds already although the ledger does not have it yet, oldest first. Blocks for a turn.
  [[nodiscard]] std::vector<access::Entry> unrecorded();

  [[nodiscard]] EngineHealth health() const;

 private:
  struct Waiting {
    Submission submission;
    std::promise<Result<access::RequestId>> promise;
  };
  struct AwsReply {
    control::CallId id = 0;
    aws::AwsResult<aws::Reply> reply;
  };
  struct CatchUp {
    std::promise<void> promise;
  };
  struct TellTail {
    std::promise<std::vector<access::Entry>> promise;
  };
  /// Entries of the ledger, and what came instead of the one after the last.
  struct Chunk {
    std::vector<access::Entry> entries;
    std::optional<Error> problem;
  };
  using Mail = std::variant<Waiting, AwsReply, CatchUp, TellTail>;

  explicit Engine(EngineParts parts);
  [[nodiscard]] Result<void> fold();
  [[nodiscard]] Chunk read_chunk(std::int64_t from);
  [[nodiscard]] Result<void> take_in_foreign_entries();
  void run();
  [[nodiscard]] std::vector<Mail> wait_for_mail();
  void turn(std::vector<Mail> mail);
  static void turn_away(std::vector<Mail> mail);
  void take_time();
  void look_at_disk();
  void suspend_or_resume();
  void hear_others(Error why);
  void tell_of_switch();
  void tell_of_trail();
  void decide(std::vector<Waiting> waiting);
  [[nodiscard]] std::optional<Batch> decide_on_ledger(const std::vector<Submission>& submissions);
  [[nodiscard]] Batch decide_revokes(const std::vector<Submission>& submissions);
  [[nodiscard]] bool settle_tail();
  void ledger_is_out(const Error& problem);
  void ledger_is_back();
  void take_in(const std::vector<access::Entry>& entries);
  [[nodiscard]] Result<void> read_spool();
  [[nodiscard]] Result<void> compare_with_checkpoints();
  void save_checkpoints(Duration patience);
  void empty_spool();
  [[nodiscard]] Result<void> with_spool(std::function<Result<void>(Spool&)> act);
  [[nodiscard]] Result<void> append(const Batch& batch);
  void announce(const std::vector<access::Entry>& entries);
  void count(const access::Entry& entry);
  void tell_of_break_glass(const access::Entry& entry);
  void tell_of_others(const access::Entry& entry);
  static void answer(std::vector<Waiting>& waiting, const Batch& batch);
  void send(std::vector<control::Outgoing> outgoing);
  void put(Mail mail);
  void show_health();

  EngineParts parts_;
  Core core_;
  aws::Client* client_ = nullptr;
  bool started_ = false;  ///< what is taken in from now on is news to readers too
  TimeKeeper time_keeper_;
  TimeKeeper::Time time_;  ///< of this turn
  Instant steady_;         ///< of this turn
  std::optional<Spool> spool_;
  std::uint64_t spool_bytes_ = 0;
  Worker spool_worker_;  ///< after the spool: it ends first
  Worker checkpoint_worker_;
  std::optional<Error> ledger_problem_;
  std::optional<Error> ledger_was_out_;  ///< until a moment ago
  Instant ledger_out_since_;
  std::optional<Error> spool_problem_;
  std::optional<Error> disk_problem_;
  std::optional<Error> rollback_;
  std::string trail_problem_;   ///< the code of the one that was logged last
  std::string switch_problem_;  ///< the code of the one that was logged last
  Instant retry_ledger_at_;     ///< these four by the steady clock
  Instant hears_others_until_;
  Instant look_at_disk_at_;
  Instant checkpoint_at_;
  std::int64_t checkpoint_size_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::map<access::Slot, std::vector<Instant>> ending_;  ///< when the grants of a slot were over: for the metric alone

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Mail> mailbox_;
  bool stopping_ = false;
  std::optional<std::pair<Instant, Instant>> aws_time_;  ///< and the steady clock when it came
  EngineHealth health_;
  Instant shown_at_;
  std::thread thread_;
};

}  // namespace ag::server
