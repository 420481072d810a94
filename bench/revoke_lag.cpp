// How late access ends, and what it costs: the real core in virtual time against the sandbox with AWS's limits
// enforced.
//
//   revoke_lag lag     1,000 grants end in the same second: in 1,000 accounts, in 200 accounts with 5 permission sets,
//                      and ten to a list; the first two again with half of all calls throttled
//   revoke_lag rest    10,000 live grants at rest for an hour
//
// The bound is what AWS's limits allow whoever knows everything beforehand: the fewest calls that end and verify all of
// it (a delete for each, a list for each account and permission set), less the burst that AWS grants after a pause, at
// 20 a second; or, where that takes longer, the deletes of the fullest account one after the other, each as short as an
// operation can be.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <set>
#include <string_view>

#include "aws/codec.hpp"
#include "aws/endpoint.hpp"
#include "aws/sigv4.hpp"
#include "base/assert.hpp"
#include "measure.hpp"
#include "sandbox/sandbox.hpp"
#include "server/core.hpp"

namespace ag::server {
namespace {

const Instant kMorning = *parse_rfc3339("2026-01-05T08:00:00Z");
constexpr std::uint64_t kSeed = 1;
constexpr Duration kOneWay = Duration::milliseconds(20);  // to AWS, and back: within a region, with TLS kept alive
constexpr int kCallsPerSecond = 20;                       // AWS's limit, which the sandbox enforces; its burst too
constexpr int kPageSize = 100;                            // AWS's own
constexpr double kLagBar = 1.15;
constexpr double kFirstDeleteBar = 1.0;
constexpr std::string_view kPolicy = R"(version: 1
rules:
  - {id: all, who: {everyone: true}, what: ["*"], where: [all], max: 8h, approval: nobody}
approval_policies:
  nobody: {steps: []}
)";

double seconds_of(Duration duration) { return static_cast<double>(duration.count_milliseconds()) / 1e3; }

/// The shell around the core: virtual time, a wire of constant length, a ledger that takes everything.
class Shell {
 public:
  explicit Shell(sandbox::Size size) : sandbox_(kSeed, {.page_size = kPageSize}, size), random_(kSeed) {
    core_.adopt(std::nullopt);
    submit({{"operator", {}, {}, {}}, {}, "operator", access::Role::kAdmin},
           access::ApplyPolicy{std::string(kPolicy), "file", {}});
    AG_ASSERT(run_until(
        [&] { return core_.organization()->known() && core_.organization()->snapshot().standing_at.has_value(); },
        Duration::hours(4)));
  }

  Result<access::RequestId> submit(access::Caller caller, access::Command command) {
    return turn({{1, std::move(caller), std::move(command), {}}}).front().result;
  }

  /// From event to event; false when it does not hold within `most`.
  template <class Holds>
  bool run_until(Holds holds, Duration most) {
    const Instant end = now_ + most;
    while (!holds()) {
      const Instant arrival = packets_.empty() ? Instant::max() : packets_.begin()->first;
      const Instant next = std::max(now_, std::min(arrival, core_.next_wake()));
      if (next > end) {
        now_ = end;
        return false;
      }
      now_ = next;
      if (arrival <= now_) arrive();
      else turn({});
    }
    return true;
  }
  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] const Core& core() const { return core_; }
  [[nodiscard]] const std::vector<std::string>& ledger() const { return ledger_; }
  [[nodiscard]] double core_cpu() const { return core_cpu_; }
  [[nodiscard]] std::optional<Instant> first_delete() const { return first_delete_; }
  [[nodiscard]] Instant last_absence() const { return last_absence_; }
  /// Grants that were seen in AWS, and slots that were seen to be gone.
  [[nodiscard]] std::size_t appearances() const { return appearances_; }
  [[nodiscard]] std::size_t absences() const { return absences_; }
  [[nodiscard]] std::size_t revoke_calls() const { return revoke_calls_; }
  void throttle(int per_thousand) { throttled_ = per_thousand; }
  [[nodiscard]] std::size_t count(access::Status status) const {
    return static_cast<std::size_t>(
        std::count_if(core_.state().grants.begin(), core_.state().grants.end(),
                      [&](const auto& each) { return access::status_of(each.second, now_) == status; }));
  }

 private:
  struct Packet {
    control::CallId id = 0;
    aws::Call call;
    std::optional<aws::AwsResult<aws::Reply>> reply;  ///< none: still on its way to AWS
  };

  std::vector<Ruling> turn(const std::vector<Submission>& submissions) {
    const double begun = bench::cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    Batch batch = core_.prepare(submissions, now_);
    core_.commit();
    auto outgoing = core_.dispatch(now_);
    core_cpu_ += bench::cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begun;
    for (const auto& entry : batch.entries) {
      if (std::holds_alternative<access::SlotPresent>(entry.event)) ++appearances_;
      if (!std::holds_alternative<access::SlotAbsent>(entry.event)) continue;
      last_absence_ = now_;
      ++absences_;
    }
    std::move(batch.bytes.begin(), batch.bytes.end(), std::back_inserter(ledger_));
    for (auto& sent : outgoing) {
      if (sent.lane == control::Lane::kRevoke) ++revoke_calls_;
      if (!first_delete_ && std::holds_alternative<aws::DeleteAccountAssignment>(sent.call)) first_delete_ = now_;
      packets_.emplace(now_ + kOneWay, Packet{sent.id, std::move(sent.call), {}});
    }
    (void)core_.take_new_organization();
    return std::move(batch.rulings);
  }

  void arrive() {
    auto packet = std::move(packets_.extract(packets_.begin()).mapped());
    if (!packet.reply) {
      packet.reply = answer(packet.call);
      packets_.emplace(now_ + kOneWay, std::move(packet));
      return;
    }
    const double begun = bench::cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    core_.receive(packet.id, *packet.reply, now_);
    core_cpu_ += bench::cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begun;
    turn({});
  }

  aws::AwsResult<aws::Reply> answer(const aws::Call& call) {
    if (throttled_ > 0 && static_cast<int>(random_() % 1'000) < throttled_) {
      using When = sandbox::Disturbance::When;
      sandbox_.disturb({std::string(aws::operation_of(call)), When::kInsteadOfTheCall, 1, 400, "ThrottlingException",
                        "Rate exceeded"});
    }
    const auto& endpoint = endpoints_[aws::service_of(call)];
    const aws::Credentials credentials{sandbox_.credentials().access_key_id, sandbox_.credentials().secret_access_key,
                                       "", std::nullopt};
    const auto request = aws::sign(aws::encode(call, endpoint), credentials, endpoint.service, endpoint.region, now_);
    return aws::decode(call, sandbox_.handle(request, now_));
  }

  sandbox::Sandbox sandbox_;
  aws::Endpoints endpoints_ = *aws::Endpoints::of(sandbox_.region(), [](const std::string&) { return std::nullopt; });
  Core core_;
  Instant now_ = kMorning;
  std::multimap<Instant, Packet> packets_;
  std::vector<std::string> ledger_;
  std::mt19937_64 random_;
  int throttled_ = 0;
  double core_cpu_ = 0;
  std::optional<Instant> first_delete_;
  Instant last_absence_;
  std::size_t appearances_ = 0;
  std::size_t absences_ = 0;
  std::size_t revoke_calls_ = 0;
};

/// How the grants lie: so many accounts, with so many permission sets in each, held by so many people each.
struct Spread {
  std::size_t accounts = 0;
  std::size_t sets = 0;
  std::size_t people = 0;

  [[nodiscard]] std::size_t grants() const { return accounts * sets * people; }
  [[nodiscard]] std::size_t lists() const { return accounts * sets; }
};

std::vector<access::AccountId> members(const access::Snapshot& snapshot, std::size_t count) {
  std::vector<access::AccountId> ids;
  for (const auto& account : snapshot.accounts) {
    if (account.state == "ACTIVE" && account.id != snapshot.management_account) ids.push_back(account.id);
  }
  AG_ASSERT(ids.size() >= count);
  ids.resize(count);
  return ids;
}

/// All are asked for in one moment and end in one. Who has standing access there already, or asked for enough, is
/// passed over.
void grant(Shell& shell, const Spread& spread, Duration length) {
  const auto organization = shell.core().organization();
  const access::Snapshot& snapshot = organization->snapshot();
  const auto accounts = members(snapshot, spread.accounts);
  AG_ASSERT(snapshot.permission_sets.size() >= spread.sets);
  std::size_t next = 0;
  std::size_t asked = 0;
  for (std::size_t slot = 0; slot < spread.grants(); ++slot) {
    const auto& account = accounts[slot / spread.people % spread.accounts];
    const auto& set = snapshot.permission_sets[slot / spread.people / spread.accounts];
    for (std::size_t tries = 0; tries < snapshot.users.size(); ++tries) {
      const auto& user = snapshot.users[next++ % snapshot.users.size()];
      const access::Caller caller{
          {"person", user.id, user.user_name, {}}, user.id, user.user_name, access::Role::kPerson};
      const access::Ask ask{access::RequestId(fmt::format("req_{:026}", ++asked)),
                            {account.str()},
                            set.arn.str(),
                            length,
                            {},
                            "measuring how late it ends",
                            {},
                            {}};
      if (shell.submit(caller, ask)) break;
    }
  }
  AG_ASSERT(shell.count(access::Status::kGranting) == spread.grants());
  AG_ASSERT(shell.run_until([&] { return shell.appearances() == spread.grants(); }, length));
}

void lag(std::string_view name, const Spread& spread, int throttled) {
  constexpr Duration kLength = Duration::hours(2);
  Shell shell({.accounts = spread.accounts + 20, .people = 1'100});
  const Instant end = shell.now() + kLength;
  grant(shell, spread, kLength);
  shell.run_until([&] { return shell.now() >= end - Duration::seconds(1); }, end - shell.now());
  AG_ASSERT(shell.absences() == 0);
  const std::size_t calls_before = shell.revoke_calls();
  shell.throttle(throttled);
  AG_ASSERT(shell.run_until([&] { return shell.absences() == spread.grants(); }, Duration::hours(2)));

  const auto fewest = static_cast<double>(spread.grants() + spread.lists());
  const double attempts = 1'000.0 / (1'000 - throttled);
  const double by_calls = (fewest * attempts - kCallsPerSecond) / kCallsPerSecond;
  const double by_account =
      seconds_of(sandbox::Behaviour{}.operation_min) * static_cast<double>(spread.sets * spread.people);
  const double bound = std::max(by_calls, by_account);
  const double took = seconds_of(shell.last_absence() - end);
  const double per_revoke =
      static_cast<double>(shell.revoke_calls() - calls_before) / static_cast<double>(spread.grants());
  fmt::print(
      "revoke_lag: {}: first delete {:.2f} s after the end (bar {:.0f} s); last verified absence after {:.1f} s, "
      "{:.2f} "
      "times the {:.1f} s that AWS's limits allow (bar {}); {:.2f} calls a revoke, of {:.2f} at least\n",
      name, seconds_of(*shell.first_delete() - end), kFirstDeleteBar, took, took / bound, bound, kLagBar, per_revoke,
      fewest * attempts / static_cast<double>(spread.grants()));
  std::fflush(stdout);
}

void bench_lag() {
  constexpr Spread kWide{1'000, 1, 1};
  constexpr Spread kDeep{200, 5, 1};
  constexpr Spread kShared{100, 1, 10};
  lag("1,000 accounts", kWide, 0);
  lag("200 accounts x 5 sets", kDeep, 0);
  lag("1,000 accounts, half of the calls throttled", kWide, 500);
  lag("200 accounts x 5 sets, half of the calls throttled", kDeep, 500);
  lag("100 accounts x 10 people, who share a list", kShared, 0);
}

void bench_rest() {
  constexpr Spread kAll{200, 10, 5};
  Shell shell({.accounts = kAll.accounts + 20, .people = 1'100});
  const double empty = bench::resident_mb();
  grant(shell, kAll, Duration::hours(8));
  shell.run_for(Duration::minutes(10));
  const double full = bench::resident_mb();
  const double cpu_before = shell.core_cpu();
  shell.run_for(Duration::hours(1));
  const double cpu = shell.core_cpu() - cpu_before;
  AG_ASSERT(shell.count(access::Status::kActive) == kAll.grants());
  const double before_second = bench::resident_mb();
  Core second;
  for (const auto& bytes : shell.ledger()) second.replay(*access::decode_entry(bytes));
  second.adopt(shell.core().organization()->snapshot());
  const double of_core = bench::resident_mb() - before_second;
  fmt::print(
      "revoke_lag: {} live grants at rest: the core takes {:.1f} CPU seconds an hour ({:.2f}% of one core), with the "
      "organization read every five minutes; {:.0f} MB for a core that holds them; the process, sandbox and ledger in "
      "memory included, has {:.0f} MB, {:.0f} MB of them for the grants\n",
      kAll.grants(), cpu, cpu / 36, of_core, full, full - empty);
}

}  // namespace
}  // namespace ag::server

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "lag") ag::server::bench_lag();
  else if (what == "rest") ag::server::bench_rest();
  else return fmt::print(stderr, "revoke_lag lag | rest\n"), 2;
  return 0;
}
