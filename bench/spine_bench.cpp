// The engine and the API as a whole: durable requests, start with a million entries, reads beside them.
//
//   spine_bench requests          64 clients ask and withdraw; beside raw appends of the same bytes
//   spine_bench start [ENTRIES]   Engine::open on a ledger of so many entries; beside parsing the same bytes
//   spine_bench reads [ENTRIES]   the API over HTTP on such a ledger, asked by wrk
//   spine_bench rest              memory and CPU of the server with 10,000 live grants that nothing happens to
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <thread>

#include "ledger/sqlite_store.hpp"
#include "measure.hpp"
#include "server/api/api.hpp"
#include "server/tokens.hpp"

namespace ag::server {
namespace {

using bench::cpu_seconds;
using bench::resident_mb;
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point begun) { return std::chrono::duration<double>(Steady::now() - begun).count(); }

constexpr std::string_view kPolicy = R"(version: 1
rules:
  - {id: all, who: {everyone: true}, what: ["*"], where: [all], max: 8h, approval: lead}
approval_policies:
  lead: {steps: [{any_of: [{group: TeamLeads}], need: 1}]}
)";

constexpr int kUsers = 2'000;
constexpr int kAccounts = 50;

access::UserId user_id(int i) {
  return access::UserId(fmt::format("9067000000-{:08x}-0000-4000-8000-000000000000", i));
}
access::AccountId account_id(int i) { return access::AccountId(fmt::format("{:012}", 100'000'000'000 + i)); }
const access::PermissionSetArn kSet("arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-0000000000000000");

access::Snapshot company() {
  access::Snapshot snapshot;
  snapshot.instance_arn = "arn:aws:sso:::instance/ssoins-0000000000000000";
  snapshot.identity_store = "d-0000000000";
  snapshot.read_at = wall_clock();
  for (int i = 0; i < kAccounts; ++i) {
    snapshot.accounts.push_back({account_id(i), fmt::format("account-{}", i), "", "ACTIVE", {}, "/", {}});
  }
  snapshot.permission_sets.push_back({kSet, "PowerUser", "", Duration::hours(1)});
  access::Group leads{access::GroupId("leads"), "TeamLeads", {}};
  for (int i = 0; i < kUsers; ++i) {
    snapshot.users.push_back(
        {user_id(i), fmt::format("user{}", i), fmt::format("User {}", i), fmt::format("u{}@example.com", i), true});
    if (i < 5) leads.members.push_back(user_id(i));
  }
  snapshot.groups.push_back(std::move(leads));
  return snapshot;
}

access::Caller person(int i) {
  return {{"person", user_id(i), fmt::format("user{}", i), {}},
          user_id(i),
          fmt::format("user{}", i),
          access::Role::kPerson};
}

/// Counts transactions, to know how many entries one fsync carried.
class CountingStore final : public ledger::Store {
 public:
  CountingStore(std::unique_ptr<ledger::Store> inner, std::atomic<std::uint64_t>& appends)
      : inner_(std::move(inner)), appends_(appends) {}
  Result<ledger::TreeHead> append(ledger::Position expected, std::span<const std::string> entries) override {
    ++appends_;
    return inner_->append(expected, entries);
  }
  Result<void> read(ledger::Position from, std::uint64_t limit,
                    const std::function<bool(ledger::Position, std::string_view)>& visit) override {
    return inner_->read(from, limit, visit);
  }
  Result<ledger::TreeHead> head() override { return inner_->head(); }

 private:
  std::unique_ptr<ledger::Store> inner_;
  std::atomic<std::uint64_t>& appends_;
};

struct Folder {
  std::string path;
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "accessguard-bench-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

struct Server {
  Folder folder;
  DataFolder data = *DataFolder::open(folder.path);
  ReadModel read_model;
  EventHub hub;
  Metrics metrics;
  std::atomic<std::uint64_t> appends = 0;
  std::unique_ptr<Engine> engine;

  void open() {
    declare_metrics(metrics);
    auto store = std::make_unique<CountingStore>(*data.open_ledger(), appends);
    engine = *Engine::open({std::move(store), data, wall_clock, read_model, hub, metrics});
  }
};

/// The API of an engine that has started.
struct Service {
  explicit Service(Server& server)
      : api({.engine = *server.engine,
             .read_model = server.read_model,
             .hub = server.hub,
             .metrics = server.metrics,
             .ledger = *server.data.open_ledger_reader(),
             .version = "bench"}),
        listener(*Listener::start({.threads = 2}, [&](const HttpRequest& request) { return api.handle(request); })) {}
  Api api;
  std::unique_ptr<Listener> listener;
};

void bench_requests() {
  constexpr int kClients = 64;
  constexpr int kRounds = 150;
  Server server;
  server.data.save_organization(company());
  server.open();
  server.engine->start(nullptr);
  const access::Caller admin{{"system", {}, {}, {}}, {}, "bench", access::Role::kAdmin};
  AG_ASSERT(server.engine->submit(admin, access::ApplyPolicy{std::string(kPolicy), "file", {}}).has_value());
  const std::uint64_t appends_before = server.appends;

  std::vector<std::vector<double>> latencies(kClients);
  const auto begun = Steady::now();
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      for (int round = 0; round < kRounds; ++round) {
        const access::Ask ask{access::RequestId(fresh_id("req_", wall_clock())),
                              {account_id(round % kAccounts).str()},
                              "PowerUser",
                              Duration::hours(1),
                              {},
                              "measuring how fast this is",
                              {},
                              {}};
        const auto asked = Steady::now();
        const auto id = server.engine->submit(person(10 + c), ask);
        latencies[static_cast<std::size_t>(c)].push_back(seconds_since(asked));
        AG_ASSERT(id.has_value());
        AG_ASSERT(server.engine->submit(person(10 + c), access::Withdraw{*id}).has_value());
      }
    });
  }
  for (auto& client : clients) client.join();
  const double took = seconds_since(begun);
  const double commands = kClients * kRounds * 2.0;
  const double transactions = static_cast<double>(server.appends - appends_before);
  server.engine->stop();

  std::vector<double> all;
  for (const auto& some : latencies) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  const double p99 = all[all.size() * 99 / 100] * 1e3;

  std::vector<std::string> bytes;
  AG_ASSERT((*server.data.open_ledger())
                ->read(0, UINT64_MAX, [&](ledger::Position, std::string_view b) { return bytes.emplace_back(b), true; })
                .has_value());
  Folder raw;
  auto store = *ledger::open_sqlite(raw.path + "/ledger.db");
  const auto batch = static_cast<std::size_t>(std::max(1.0, commands / transactions));
  const auto raw_begun = Steady::now();
  for (std::size_t at = 0; at < bytes.size(); at += batch) {
    const std::span all_bytes(bytes);
    AG_ASSERT(store->append(at, all_bytes.subspan(at, std::min(batch, bytes.size() - at))).has_value());
  }
  const double raw_rate = static_cast<double>(bytes.size()) / seconds_since(raw_begun);
  fmt::print(
      "requests: {:.0f} durable commands/s with {} clients, p50 {:.2f} ms, p99 {:.2f} ms, {:.1f} entries a "
      "transaction\n",
      commands / took, kClients, all[all.size() / 2] * 1e3, p99, commands / transactions);
  fmt::print("requests: {:.0f}% of raw appends of the same bytes in the same batches ({:.0f} entries/s)\n",
             100 * commands / took / raw_rate, raw_rate);
}

/// So many requests, ten entries each; the newest `live` of the grants are not over.
struct History {
  std::int64_t requests = 0;
  std::int64_t live = 0;

  static History of_entries(std::int64_t entries) { return {entries / 10, entries / 100}; }
};

int asker_of(std::int64_t life) { return 10 + static_cast<int>(life % (kUsers - 10)); }
access::Slot slot_of(std::int64_t life) {
  return {account_id(static_cast<int>(life / kUsers % kAccounts)), kSet, user_id(asker_of(life))};
}

void write_ledger(ledger::Store& store, const History& history) {
  const Instant founded = wall_clock() - Duration::hours(24 * 300);
  std::vector<std::string> batch;
  std::int64_t index = 0;
  const auto flush = [&] {
    AG_ASSERT(store.append(static_cast<ledger::Position>(index) - batch.size(), batch).has_value());
    batch.clear();
  };
  const auto put = [&](access::Event event, Instant at) {
    batch.push_back(access::encode_entry({index++, at, {"system", {}, {}, {}}, {}, std::move(event)}));
    if (batch.size() == 5'000) flush();
  };
  put(access::PolicyApplied{std::string(kPolicy), "0", "file"}, founded);
  for (std::int64_t life = 0; life < history.requests; ++life) {
    const bool live = life >= history.requests - history.live;
    const Instant at = live ? wall_clock() : founded + Duration::seconds(life * 60);
    const int who = asker_of(life);
    const std::string ulid = fresh_id("", at);
    access::Request request{.id = access::RequestId("req_" + ulid),
                            .requester = user_id(who),
                            .requester_name = fmt::format("user{}", who),
                            .permission_set = kSet,
                            .permission_set_name = "PowerUser",
                            .session_duration = Duration::hours(1),
                            .level = access::Level::kHigh,
                            .accounts = {{slot_of(life).account, "account", "/", "all", {}}},
                            .duration = Duration::hours(1),
                            .start = {},
                            .reason = "a plausible reason of usual length",
                            .ticket = "OPS-1",
                            .steps = {{{{access::PartyKind::kGroup, "leads", "TeamLeads"}}, 1}},
                            .lapses_at = at + Duration::hours(8)};
    const access::Slot slot = slot_of(life);
    const access::GrantId grant("grt_" + ulid + "_1");
    put(access::RequestSubmitted{request}, at);
    put(
        access::RequestDecided{
            request.id, access::version_of(request), access::Verdict::kApprove, user_id(1), "user1", 0, "ok", {}},
        at);
    put(access::RequestApproved{request.id, at, at + Duration::hours(live ? 8 : 1), {{grant, slot}}}, at);
    put(access::CreateIntended{slot}, at);
    put(access::CreateAccepted{slot, access::OperationId("00000000-0000-4000-8000-000000000000")}, at);
    put(access::SlotPresent{slot, at}, at);
    if (live) continue;
    put(access::GrantEnding{grant, access::EndCause::kExpiry, {}}, at);
    put(access::DeleteIntended{slot}, at);
    put(access::DeleteAccepted{slot, access::OperationId("00000000-0000-4000-8000-000000000001")}, at);
    put(access::SlotAbsent{slot, at}, at);
  }
  flush();
}

void make_history(Server& server, const History& history) {
  server.data.save_organization(company());
  auto store = *server.data.open_ledger();
  const auto begun = Steady::now();
  write_ledger(*store, history);
  fmt::print(stderr, "(made {} entries in {:.1f} s)\n", store->head()->size, seconds_since(begun));
}

void bench_start(std::int64_t entries) {
  Server server;
  make_history(server, History::of_entries(entries));
  const auto begun = Steady::now();
  const double folded_before = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
  const double worked_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  server.open();
  const double took = seconds_since(begun);
  const double folding = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - folded_before;
  const double beside = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - worked_before - folding;
  // The floor: read and parse the same bytes, and do nothing with them.
  const auto floor_begun = Steady::now();
  std::size_t parsed = 0;
  AG_ASSERT((*server.data.open_ledger())
                ->read(0, UINT64_MAX,
                       [&](ledger::Position, std::string_view bytes) {
                         parsed += json::parse(json::string_view(bytes.data(), bytes.size())).is_object() ? 1 : 0;
                         return true;
                       })
                .has_value());
  const double floor = seconds_since(floor_begun);
  fmt::print(
      "start: {} entries folded in {:.2f} s, ready for the first revoke; {:.1f} times the time of reading and parsing "
      "them ({:.2f} s)\n",
      parsed, took, took / floor, floor);
  fmt::print("start: {:.2f} s of work on the folding thread, {:.2f} s beside it: reading and decoding\n", folding,
             beside);
}

void run_wrk(std::string_view what, const std::string& url, const std::string& token) {
  const std::string command =
      fmt::format("wrk -t1 -c32 -d5s --latency -H 'Authorization: Bearer {}' '{}' | grep -E '99%|Requests/sec|Non-2xx'",
                  token, url);
  FILE* pipe = ::popen(command.c_str(), "r");
  AG_ASSERT(pipe != nullptr);
  std::string text;
  std::array<char, 256> line;
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) text += line.data();
  ::pclose(pipe);
  std::replace(text.begin(), text.end(), '\n', ' ');
  fmt::print("reads: {:<28} {}\n", what, text);
  std::fflush(stdout);
}

/// In a process of its own, whose memory does not count here.
void make_history_elsewhere(Server& server, const History& history) {
  const pid_t child = ::fork();
  AG_ASSERT(child >= 0);
  if (child == 0) {
    make_history(server, history);
    ::_exit(0);
  }
  int status = 0;
  AG_ASSERT(::waitpid(child, &status, 0) == child && status == 0);
}

/// AWS, as far as it is asked once a server with live grants has come up: what they are for is there. Nobody else is.
class HoldsWhatIsLive final : public aws::Transport {
 public:
  explicit HoldsWhatIsLive(const History& history) {
    for (std::int64_t life = history.requests - history.live; life < history.requests; ++life) {
      const access::Slot slot = slot_of(life);
      assignments_[slot.account.str()].push_back(json::object{{"AccountId", slot.account.str()},
                                                              {"PermissionSetArn", slot.permission_set.str()},
                                                              {"PrincipalId", slot.principal.str()},
                                                              {"PrincipalType", "USER"}});
    }
  }
  void send(std::string, HttpRequest request, Duration, Done done) override {
    if (!request.headers.find("x-amz-target").value_or("").ends_with(".ListAccountAssignments"))
      return done(HttpResponse{400, {}, R"({"__type":"AccessDeniedException","message":"not in this benchmark"})"});
    const auto body = json::parse(request.body);
    ++lists;
    done(HttpResponse{200,
                      {},
                      json::serialize(json::object{
                          {"AccountAssignments", assignments_[json::value_to<std::string>(body.at("AccountId"))]}})});
  }
  void stop() override {}

  std::atomic<int> lists = 0;

 private:
  std::map<std::string, json::array, std::less<>> assignments_;
};

void rest(std::string_view name, const History& history) {
  constexpr auto kQuiet = std::chrono::seconds(60);
  const double before = resident_mb();
  Server server;
  make_history_elsewhere(server, history);
  server.open();
  const auto transport = std::make_shared<HoldsWhatIsLive>(history);
  aws::Client client({.transport = transport,
                      .credentials = aws::make_static_credentials({"AKIDEXAMPLE", "secret", {}, {}}),
                      .endpoints = *aws::Endpoints::of("us-east-1", [](const std::string&) { return std::nullopt; }),
                      .clock = wall_clock,
                      .observe = {},
                      .server_time = {}});
  server.engine->start(&client);
  const Service service(server);
  std::this_thread::sleep_for(std::chrono::seconds(20));  // everything is looked at once after a start
  AG_ASSERT(transport->lists >= (history.live > 0 ? 1 : 0));
  const double cpu_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  std::this_thread::sleep_for(kQuiet);
  const double cpu = (cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_before) * 3'600 / kQuiet.count();
  fmt::print("rest: {}: {:.0f} MB more than an empty process; {:.1f} CPU seconds an hour ({:.3f}% of one core)\n", name,
             resident_mb() - before, cpu, cpu / 36);
  std::fflush(stdout);
  server.engine->stop();
}

/// All of the server but AWS: engine, read model, API, SQLite. Reading the organization is in `revoke_lag rest`.
void bench_rest() {
  rest("no grant", {0, 0});
  rest("10,000 live grants", {10'000, 10'000});
  rest("10,000 live grants, 90,000 that are over", {100'000, 10'000});
}

void bench_reads(std::int64_t entries) {
  Server server;
  make_history(server, History::of_entries(entries));
  server.open();
  server.engine->start(nullptr);
  const auto fresh = make_token({user_id(2), "user2", access::Role::kPerson, Duration::hours(1)}, wall_clock());
  const auto busy = make_token({user_id(10), "user10", access::Role::kPerson, Duration::hours(1)}, wall_clock());
  const auto over_all = make_token({user_id(3), "user3", access::Role::kAdmin, Duration::hours(1)}, wall_clock());
  const access::Caller admin{{"system", {}, {}, {}}, {}, "bench", access::Role::kAdmin};
  for (const auto* token : {&fresh, &busy, &over_all})
    AG_ASSERT(server.engine->submit(admin, access::IssueToken{token->issued}).has_value());
  const Service service(server);
  const std::string base = fmt::format("http://127.0.0.1:{}", service.listener->port());
  run_wrk("my access", base + "/v1/access", busy.text);
  run_wrk("my active grants", base + "/v1/grants?mine=true&state=active", busy.text);
  run_wrk("approvals waiting for me", base + "/v1/requests?reviewable=true", fresh.text);
  run_wrk("my requests, ten of them", base + "/v1/requests?mine=true&limit=10", busy.text);
  run_wrk("the flow of 30 days", base + "/v1/insights/flow", over_all.text);
  run_wrk("the ledger of one person, newest first", base + "/v1/ledger?order=newest&user=user10", over_all.text);
  run_wrk("the page of an account", base + "/v1/accounts/account-1", over_all.text);
  run_wrk("search", base + "/v1/search?q=user10", over_all.text);
  server.engine->stop();
}

}  // namespace
}  // namespace ag::server

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  std::int64_t entries = 1'000'000;
  if (argc > 2) std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), entries);
  if (what == "requests") ag::server::bench_requests();
  else if (what == "start") ag::server::bench_start(entries);
  else if (what == "reads") ag::server::bench_reads(entries);
  else if (what == "rest") ag::server::bench_rest();
  else return fmt::print(stderr, "spine_bench requests | start [ENTRIES] | reads [ENTRIES] | rest\n"), 2;
  return 0;
}
