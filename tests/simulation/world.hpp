#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "ledger/memory_store.hpp"
#include "server/checkpoint.hpp"
#include "server/core.hpp"
#include "server/time_keeper.hpp"
#include "simulation/cloud.hpp"
#include "simulation/laws.hpp"

/// AccessGuard's core, its ledger and AWS in one thread and in virtual time. Calls are encoded and signed, travel for a
/// while, are answered by the sandbox and decoded; whatever can go wrong with them, with the ledger and with the
/// process does, as often as is asked for. The same seed, the same run.
namespace ag::simulation {

enum class Telling { kSilent, kStory, kWholeStory };

struct WorldOptions {
  std::uint64_t seed = 1;
  Faults faults;
  sandbox::Behaviour behaviour;
  Laws::Bounds bounds{Duration::seconds(30), Duration::seconds(30), Duration{}};
  Instant start;  ///< zero: a Monday morning
  control::TrailSettings trail = {};
  int replicas = 1;                         ///< programs that share the ledger
  Duration latest = Duration::seconds(10);  ///< of late calls: after the caller has given up
  Telling telling = Telling::kStory;
};

/// Where a turn can be cut off.
enum class CrashPoint { kBeforeAppend, kAfterAppend, kAfterDispatch };

/// What a person sends beside the command itself.
struct Sent {
  std::optional<access::IdempotencyKey> key;
  std::optional<std::string> version;  ///< of the request that was seen; none: as it is
  std::optional<Duration> max_duration;
};

class World {
 public:
  explicit World(WorldOptions options);
  World(const World&) = delete;  // its parts point at each other
  World& operator=(const World&) = delete;

  // ---- what people do; refusals come back, nothing comes back from a server that is down or whose ledger is ----
  Result<access::RequestId> ask(std::string_view who, std::string_view account, std::string_view permission_set,
                                Duration duration, std::optional<Instant> start = {}, const Sent& sent = {});
  Result<access::RequestId> decide(std::string_view who, const access::RequestId& request, access::Verdict verdict,
                                   const Sent& sent = {});
  Result<access::RequestId> approve(std::string_view who, const access::RequestId& request) {
    return decide(who, request, access::Verdict::kApprove);
  }
  /// Both click in the same moment: what came of it, in their order.
  std::vector<Result<access::RequestId>> approve_together(const std::vector<std::string_view>& people,
                                                          const access::RequestId& request);
  Result<access::RequestId> withdraw(std::string_view who, const access::RequestId& request);
  Result<access::RequestId> end(std::string_view who, const access::RequestId& request);
  Result<access::RequestId> extend(std::string_view who, const access::RequestId& request, Duration by);
  Result<access::RequestId> apply_policy(std::string text);

  // ---- what happens to it ----
  void crash(Duration until_restart, std::size_t replica = 0);
  /// The next turn that comes to that point ends there.
  void crash_at(CrashPoint point) { crash_at_ = point; }
  void set_faults(const Faults& faults) { options_.faults = faults; }
  void refuse_appends(Instant until);
  /// The clocks of all machines are that far from the truth, until stop_faults().
  void set_clocks(Duration ahead, Duration behind);
  [[nodiscard]] bool clocks_are_right() const;
  /// Everything stops, the ledger is what it was at that size, or at the commit before, and everything starts again.
  /// Not while something is spooled: false.
  bool restore_ledger(std::size_t size);
  /// An operator takes the ledger that came back for the true one: everything starts once more.
  void accept_restore();
  /// Somebody gives the permission set another inline policy.
  void change_set(const sandbox::PermissionSetArn& set, const std::string& document);
  /// Somebody wants the organization to be read now.
  void refresh_directory();
  /// From now on nothing goes wrong any more, and the laws want to see it.
  void stop_faults();
  void run_for(Duration time);
  /// Runs until it holds; false when it does not within `most`.
  template <class Holds>
  bool run_until(Duration most, Holds holds) {
    const Instant end = now_ + most;
    while (now_ < end && !holds() && laws_.broken().empty()) run_for(Duration::milliseconds(100));
    return holds();
  }

  // ---- what is to be seen ----
  [[nodiscard]] Instant now() const { return now_; }
  /// The first program that answers people now; none when all are down.
  [[nodiscard]] const server::Core* core() const;
  [[nodiscard]] bool is_up() const { return core() != nullptr; }
  [[nodiscard]] Cloud& cloud() { return cloud_; }
  [[nodiscard]] sandbox::Sandbox& sandbox() { return cloud_.sandbox(); }
  [[nodiscard]] static sandbox::Slot slot(std::string_view account, std::string_view permission_set,
                                          std::string_view principal) {
    return Cloud::slot(account, permission_set, principal);
  }
  [[nodiscard]] Laws& laws() { return laws_; }
  [[nodiscard]] const Laws& laws() const { return laws_; }
  [[nodiscard]] const std::deque<std::string>& ledger() const { return ledger_->entries; }
  [[nodiscard]] std::size_t crashes() const { return crashes_; }
  /// Everything has ended, nothing waits, and nothing that could still change AWS is under way. Else what is not so.
  [[nodiscard]] std::optional<std::string> unrest() const;
  /// The calls of an operation that were sent, since the start.
  [[nodiscard]] std::size_t calls(std::string_view operation) const;
  [[nodiscard]] std::uint64_t calls() const { return all_calls_; }
  /// Over the ledger's bytes and the calls, in order: equal for equal runs.
  [[nodiscard]] const Digest& trace() const { return trace_; }
  /// The last things that happened, a line each.
  [[nodiscard]] std::string story() const;

 private:
  struct Packet {
    std::size_t replica = 0;
    std::uint64_t process = 0;  ///< whose call it is
    control::CallId id = 0;
    aws::Call call;
    std::optional<aws::AwsResult<aws::Reply>> reply;  ///< on its way back; else the call is on its way to AWS
    Instant signed_at;
    bool is_answered = true;  ///< by AWS, as far as the caller will see
  };
  /// Where a program runs: what outlives the program.
  struct Machine {
    Duration clock_ahead;
    Duration clock_behind;
    std::vector<std::string> spool;
  };
  /// One program, of those that share the ledger. Dead while it has no core.
  struct Replica {
    std::size_t machine = 0;
    std::unique_ptr<server::Core> core;
    std::uint64_t process = 0;
    Instant restart_at;
    Instant up_since;
    server::TimeKeeper time_keeper;
    server::TimeKeeper::Time time;
    Instant time_at;  ///< when that was so
    std::optional<Error> rollback;
    std::optional<Error> ledger_problem;
    Instant retry_ledger_at = Instant::max();
    std::optional<Error> was_out;  ///< the ledger, until a moment ago
    Instant hears_others_until = Instant::max();
    Instant poll_at = Instant::max();  ///< somebody else has written, or set the clock
    std::optional<Instant> turn_at;    ///< a commit takes its time: when the turn began
    Instant busy_until;
    Instant last_turn_at;
    int turns_at_once = 0;
    std::int64_t second = 0;
    int turns_in_second = 0;
  };
  [[nodiscard]] bool is_listed(const access::Slot& slot) const;
  enum class Settled { kYes, kStalled, kCrashed };

  std::vector<server::Ruling> submit(std::vector<server::Submission> submissions);
  Result<access::RequestId> submit(access::Caller caller, access::Command command,
                                   std::optional<access::IdempotencyKey> key = {});
  [[nodiscard]] access::Caller caller(std::string_view who) const;
  [[nodiscard]] Replica* front();

  // the scheduler (world.cpp)
  void step(Instant until);
  [[nodiscard]] Instant next_wake(const Replica& replica) const;
  [[nodiscard]] std::pair<Instant, std::size_t> first_wake() const;
  void wake(Replica& replica);
  void put(Instant at, Packet packet) { packets_.emplace(std::pair(at, ++packets_put_), std::move(packet)); }
  void deliver(Packet packet);
  void arrive(Packet packet);
  void send(const Replica& replica, control::Outgoing outgoing);

  // one program (process.cpp)
  void start(Replica& replica);
  [[nodiscard]] server::Prepared prepared() const;
  void die(Replica& replica, Duration until_restart);
  void watch_for_spinning(Replica& replica);
  void turn(Replica& replica, std::vector<Packet> replies, const std::vector<server::Submission>& submissions);
  [[nodiscard]] Machine& machine(const Replica& replica);
  [[nodiscard]] Instant wall(const Replica& replica) const;
  void take_time(Replica& replica);
  void suspend_or_resume(Replica& replica);
  void hear_others(Replica& replica, Error why);
  [[nodiscard]] Settled settle(Replica& replica, const std::vector<server::Submission>& submissions);
  [[nodiscard]] std::optional<Settled> settle_on_ledger(Replica& replica,
                                                        const std::vector<server::Submission>& submissions);
  [[nodiscard]] Settled settle_revokes(Replica& replica, const std::vector<server::Submission>& submissions);
  [[nodiscard]] bool settle_tail(Replica& replica);
  void ledger_is_out(Replica& replica, const Error& problem);
  void check_all_was_said(Replica& replica);
  void finish_turn(Replica& replica);
  [[nodiscard]] bool crashes_here(Replica& replica, CrashPoint point);
  [[nodiscard]] Result<void> append(Replica& replica, const server::Batch& batch);
  [[nodiscard]] Result<void> store(ledger::Position expected, const std::vector<std::string>& bytes);
  void write_beside();
  void take_in_foreign_entries(Replica& replica);
  void audit(const Replica* writer);

  void trace(std::string_view what);
  template <class Line>
  void tell(Line line) {
    if (options_.telling != Telling::kSilent) tell_line(line());
  }
  void tell_line(std::string line);

  WorldOptions options_;
  Chance chance_;
  Cloud cloud_;
  std::vector<sandbox::Person> people_;
  Laws laws_;
  Instant now_;
  bool faulty_ = false;

  std::shared_ptr<ledger::MemoryLedger> ledger_ = std::make_shared<ledger::MemoryLedger>();
  std::unique_ptr<ledger::Store> store_;
  std::size_t audited_ = 0;
  std::set<std::size_t> sizes_;  ///< of the ledger after each commit: what a backup may hold
  Instant ledger_back_at_;

  std::vector<Machine> machines_;
  std::vector<Replica> replicas_;
  std::set<std::string> spooled_;  ///< what is not yet on the ledger, and counts already
  std::optional<server::Checkpoint> checkpoint_;
  std::optional<server::Checkpoint> accepted_;  ///< it tells of more than there is, and that is as it is
  std::uint64_t processes_ = 0;
  std::uint64_t turns_ = 0;
  std::optional<access::Snapshot> cached_directory_;
  std::optional<CrashPoint> crash_at_;
  std::size_t crashes_ = 0;
  std::vector<server::Ruling> rulings_;
  std::uint64_t ids_made_ = 0;

  std::map<std::pair<Instant, std::uint64_t>, Packet> packets_;
  std::uint64_t packets_put_ = 0;
  std::map<std::string, std::size_t, std::less<>> calls_;
  std::uint64_t all_calls_ = 0;
  Digest trace_{};
  std::deque<std::string> story_;
};

}  // namespace ag::simulation
