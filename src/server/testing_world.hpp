#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/endpoint.hpp"
#include "ledger/memory_store.hpp"
#include "server/core.hpp"
#include "server/testing_laws.hpp"

/// For tests: AccessGuard's core, its ledger and AWS in one thread and in virtual time. Calls are encoded and signed,
/// travel for a while, are answered by the sandbox and decoded; whatever can go wrong with them, with the ledger and
/// with the process does, as often as is asked for. The same seed, the same run.
namespace ag::server::testing {

/// Numbers that look random and are a function of the seed (SplitMix64).
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// 0 to `count` - 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
  bool per_thousand(int share) { return static_cast<int>(below(1'000)) < share; }
  Duration between(Duration least, Duration most);

 private:
  std::uint64_t state_;
};

/// How often each thing goes wrong, of a thousand.
struct Faults {
  // of calls
  int lost_calls = 0;      ///< never arrive; no reply
  int lost_replies = 0;    ///< take effect; no reply
  int late_calls = 0;      ///< take effect after the caller has given up
  int slow_calls = 0;      ///< seconds under way
  int throttled = 0;       ///< ThrottlingException
  int internal = 0;        ///< 500, nothing happened
  int internal_after = 0;  ///< 500, but it happened
  int conflicts = 0;       ///< ConflictException out of the blue
  int stale_lists = 0;     ///< as it was a few seconds ago
  // of turns
  int append_refused = 0;   ///< and for some seconds after
  int append_unknown = 0;   ///< the reply of the commit is lost, half of them after it was done
  int foreign_writers = 0;  ///< another writer is first
  int crashes = 0;          ///< at one of the points of a turn
};

/// Everything at once, as no real day is.
[[nodiscard]] Faults hostile();

struct WorldOptions {
  std::uint64_t seed = 1;
  Faults faults;
  sandbox::Behaviour behaviour;
  Laws::Bounds bounds{Duration::seconds(30), Duration::seconds(30), Duration{}};
};

/// Where a turn can be cut off.
enum class CrashPoint { kBeforeAppend, kAfterAppend, kAfterDispatch };

class World {
 public:
  explicit World(WorldOptions options);

  // ---- what people do; refusals come back, nothing comes back from a server that is down or whose ledger is ----
  Result<access::RequestId> ask(std::string_view who, std::string_view account, std::string_view permission_set,
                                Duration duration, std::optional<Instant> start = {});
  Result<access::RequestId> approve(std::string_view who, const access::RequestId& request);
  Result<access::RequestId> end(std::string_view who, const access::RequestId& request);

  // ---- what happens to it ----
  void crash(Duration until_restart);
  /// The next turn that comes to that point ends there.
  void crash_at(CrashPoint point) { crash_at_ = point; }
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
  [[nodiscard]] bool is_up() const { return core_ != nullptr; }
  [[nodiscard]] const Core& core() const { return *core_; }
  [[nodiscard]] sandbox::Sandbox& sandbox() { return sandbox_; }
  [[nodiscard]] sandbox::Slot slot(std::string_view account, std::string_view permission_set,
                                   std::string_view principal) const;
  [[nodiscard]] Laws& laws() { return laws_; }
  [[nodiscard]] const std::deque<std::string>& ledger() const { return ledger_->entries; }
  [[nodiscard]] const ledger::TreeHead& head() const { return ledger_->head; }
  [[nodiscard]] std::size_t crashes() const { return crashes_; }
  /// How often the sandbox said so, since the start.
  [[nodiscard]] std::size_t refusals(const std::string& code) const;
  /// The calls of an operation that were sent, since the start.
  [[nodiscard]] std::size_t calls(std::string_view operation) const;
  /// The last things that happened, a line each.
  [[nodiscard]] std::string story() const;

 private:
  struct Packet {
    control::CallId id = 0;
    std::uint64_t process = 0;  ///< whose call it is
    aws::Call call;
    std::optional<HttpRequest> request;               ///< on its way to AWS
    std::optional<aws::AwsResult<aws::Reply>> reply;  ///< on its way back
    bool is_answered = true;                          ///< by AWS, as far as the caller will see
  };

  Result<access::RequestId> submit(access::Caller caller, access::Command command);
  [[nodiscard]] access::Caller caller(std::string_view who) const;
  void start();
  void step(Instant until);
  [[nodiscard]] Instant next_wake() const;
  void watch_for_spinning();
  void turn(std::vector<Packet> replies, const std::vector<Submission>& submissions);
  void settle(Batch& batch, const std::vector<Submission>& submissions);
  [[nodiscard]] Result<void> append(const Batch& batch);
  [[nodiscard]] Result<void> store(ledger::Position expected, const std::vector<std::string>& bytes);
  void write_beside();
  void take_in_foreign_entries();
  [[nodiscard]] bool crashes_here(CrashPoint point);
  void send(control::Outgoing outgoing);
  void put(Instant at, Packet packet) { packets_.emplace(std::pair(at, ++packets_put_), std::move(packet)); }
  void arrive(Packet packet);
  void disturb(const Packet& packet);
  [[nodiscard]] HttpResponse answer(const Packet& packet);
  [[nodiscard]] HttpRequest signed_request(const aws::Call& call) const;
  void audit();
  void tell(std::string line);

  WorldOptions options_;
  Chance chance_;
  sandbox::Sandbox sandbox_;
  std::vector<sandbox::Person> people_;
  aws::Endpoints endpoints_;
  Laws laws_;
  Instant now_;
  bool faulty_ = true;

  std::shared_ptr<ledger::MemoryLedger> ledger_ = std::make_shared<ledger::MemoryLedger>();
  std::unique_ptr<ledger::Store> store_;
  std::size_t audited_ = 0;
  Instant ledger_back_at_;
  Instant retry_ledger_at_;

  std::unique_ptr<Core> core_;
  std::optional<access::Snapshot> cached_directory_;
  std::uint64_t process_ = 0;
  Instant restart_at_;
  std::optional<CrashPoint> crash_at_;
  std::size_t crashes_ = 0;
  std::vector<Ruling> rulings_;
  std::uint64_t ids_made_ = 0;

  std::map<std::pair<Instant, std::uint64_t>, Packet> packets_;
  std::uint64_t packets_put_ = 0;
  std::map<std::string, std::pair<Instant, HttpResponse>> earlier_lists_;
  std::map<std::string, HttpResponse> unchanging_;  ///< what the sandbox always answers alike: saves its work
  std::map<std::string, std::size_t> refusals_;
  std::map<std::string, std::size_t, std::less<>> calls_;
  std::int64_t second_ = 0;
  int turns_in_second_ = 0;
  Instant last_turn_at_;
  int turns_at_once_ = 0;
  std::deque<std::string> story_;
};

}  // namespace ag::server::testing
