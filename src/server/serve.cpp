#include "server/serve.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "access/policy.hpp"
#include "aws/client.hpp"
#include "server/api/api.hpp"
#include "server/api/policy_text.hpp"
#include "server/api/problem.hpp"
#include "server/config.hpp"
#include "server/data_folder.hpp"
#include "server/deadline_store.hpp"
#include "server/engine.hpp"
#include "server/log.hpp"
#include "server/sandbox_mode.hpp"
#include "server/socket/listener.hpp"
#include "server/tokens.hpp"

namespace ag::server {
namespace {

constexpr std::string_view kVersion = AG_VERSION;
constexpr Duration kAwsDeadline = control::kCallDeadline;
constexpr Duration kSandboxTokenLifetime = Duration::hours(7 * 24);
// An append that waits longer for another writer counts as failed: what has to end does not wait for it.
constexpr Duration kLedgerPatience = Duration::seconds(1);
// So does one that the disk does not finish. Twice what a slow but healthy disk takes for its worst fsync.
constexpr Duration kLedgerDeadline = Duration::seconds(3);
// How long the sandbox's people wait for the first reading before their tokens are made.
constexpr Duration kFirstReading = Duration::seconds(30);

// What others give shows while somebody is looking: nobody tries things out for a quarter of an hour.
constexpr Duration kLookUpEvery = Duration::seconds(5);
sandbox::Behaviour sandbox_behaviour() {
  sandbox::Behaviour behaviour;
  behaviour.trail_delay_min = Duration::seconds(2);
  behaviour.trail_delay_max = Duration::seconds(6);
  return behaviour;
}

/// A folder of the sandbox's own, gone when the server is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "accessguard-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Everything that runs, in the order in which it is made; it ends in the reverse order.
struct Running {
  std::unique_ptr<TemporaryFolder> temporary;
  std::unique_ptr<SandboxServer> sandbox;
  ReadModel read_model;
  EventHub hub;
  Metrics metrics;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<aws::Client> client;
  std::unique_ptr<Api> api;
  std::unique_ptr<Listener> listener;
  std::vector<std::string> checkpoints;
  bool is_policy_told = false;  ///< what is worth a look in it was logged

  ~Running() {
    listener.reset();  // nobody asks any more
    if (engine) engine->stop();
    client.reset();  // its last replies reach a mailbox that nobody empties
  }
};

access::Caller server_caller() { return {{"system", {}, {}, {}}, {}, "AccessGuard", access::Role::kAdmin}; }

Result<std::string> region_of(const aws::Environment& environment) {
  const auto files = aws::read_profile_files(environment);
  if (!files) return fail(files.error());
  return aws::region_of(environment, *files, aws::profile_name(environment));
}

Result<std::unique_ptr<aws::Client>> make_client(const aws::Environment& environment, const std::string& region,
                                                 Metrics& metrics, Engine& engine) {
  auto endpoints = aws::Endpoints::of(region, environment);
  if (!endpoints) return fail(endpoints.error());
  std::shared_ptr<aws::Transport> transport = aws::make_curl_transport(
      {.user_agent = fmt::format("accessguard/{}", kVersion), .ca_bundle = environment("AWS_CA_BUNDLE").value_or("")});
  auto credentials = aws::make_credential_chain(
      {.environment = environment, .sts = (*endpoints)[aws::Service::kSts], .transport = transport});
  const auto observe = [&metrics](const aws::Observation& seen) {
    metrics.count("accessguard_aws_api_requests_total", {{"service", std::string(name_of(seen.service))},
                                                         {"operation", std::string(seen.operation)},
                                                         {"code", seen.code}});
    if (seen.code == "ThrottlingException" || seen.code == "TooManyRequestsException")
      metrics.count("accessguard_aws_throttles_total");
  };
  return std::make_unique<aws::Client>(
      aws::ClientParts{.transport = std::move(transport),
                       .credentials = std::move(credentials),
                       .endpoints = std::move(*endpoints),
                       .clock = wall_clock,
                       .observe = observe,
                       .server_time = [&](Instant date) { engine.note_aws_time(date); },
                       .deadline = kAwsDeadline});
}

/// What is worth a look in a policy, on that organization. At a start the file counts, whatever it expects: an operator
/// who mends something must get in.
void warn_of(const access::PolicyIndex& index) {
  for (const auto& remark : access::remarks(index)) {
    log(Severity::kWarning, "policy_warning",
        {{"line", std::to_string(remark.line)}, {"where", remark.where}, {"message", remark.message}});
  }
  for (const auto& result : results_of(index, wall_clock())) {
    if (!result.passed) log(Severity::kWarning, "policy_expectation_failed", {{"message", to_text(result)}});
  }
}

/// Before AWS was read little can be said: it is said when the organization is known, by the thread that has nothing to
/// do but to wait for the end.
int wait_for_signal(const sigset_t& signals, Running& running) {
  constexpr timespec kPatience{1, 0};
  int signal = 0;
  while (!running.is_policy_told) {
    const auto index = running.read_model.index();
    if (index->organization().known()) {
      warn_of(*index);
      running.is_policy_told = true;
    } else if (signal = sigtimedwait(&signals, nullptr, &kPatience); signal > 0) {
      return signal;
    }
  }
  sigwait(&signals, &signal);
  return signal;
}

Result<void> apply_policy(Engine& engine, std::string text) {
  const auto parsed = access::parse_policy(text);
  if (!parsed) {
    std::string all;
    for (const auto& problem : parsed.error())
      all += fmt::format("\n  line {}: {}: {}", problem.line, problem.where, problem.message);
    return fail("invalid_policy", "the policy file has mistakes:" + all, "policy");
  }
  const auto done = engine.submit(server_caller(), access::ApplyPolicy{std::move(text), "file", std::nullopt});
  return done ? Result<void>{} : fail(done.error());
}

HttpResponse listener_refusal(int status, std::string_view code, std::string_view detail) {
  const std::string request_id = fresh_id("", wall_clock());
  HttpResponse response = problem(status, Error{std::string(code), std::string(detail)}, request_id);
  response.headers.add("X-Request-Id", request_id);
  return response;
}

/// As whom one may sign in; nobody where there is no sandbox.
std::vector<SandboxPerson> sandbox_people(const Running& running) {
  std::vector<SandboxPerson> people;
  for (const auto& person : running.sandbox ? running.sandbox->people() : std::vector<sandbox::Person>{}) {
    if (!person.enabled) continue;
    const bool admin = std::find(person.groups.begin(), person.groups.end(), "Admins") != person.groups.end();
    people.push_back({access::UserId(person.id.str()), person.user_name, person.display_name, person.groups,
                      admin ? access::Role::kAdmin : access::Role::kPerson});
  }
  return people;
}

Result<void> start_api(Running& running, const Config& config, const std::string& region, const DataFolder& data) {
  auto reader = data.open_ledger_reader();
  if (!reader) return fail(reader.error());
  running.api = std::make_unique<Api>(ApiParts{.engine = *running.engine,
                                               .read_model = running.read_model,
                                               .hub = running.hub,
                                               .metrics = running.metrics,
                                               .ledger = std::move(*reader),
                                               .open_ledger = [data] { return data.open_ledger_reader(); },
                                               .checkpoints = running.checkpoints,
                                               .version = std::string(kVersion),
                                               .sandbox = running.sandbox != nullptr,
                                               .region = region,
                                               .access_portal = config.access_portal,
                                               .people = sandbox_people(running)});
  ListenerOptions options{
      .address = config.address, .port = config.port, .hosts = config.hosts, .refusal = listener_refusal};
  options.large_path = "/v1/policy";
  options.max_large_body = 2 * access::kLargestPolicyBytes;  // in JSON a line break is two characters
  options.hosts.emplace_back("localhost");
  auto listener = Listener::start(
      std::move(options), [api = running.api.get()](const HttpRequest& request) { return api->handle(request); });
  if (!listener) return fail(listener.error());
  running.listener = std::move(*listener);
  return {};
}

// ---- the sandbox's people ----------------------------------------------------------------------------------

struct PersonToken {
  SandboxPerson person;
  std::string token;
};

Result<std::vector<PersonToken>> issue_sandbox_tokens(Running& running) {
  const Instant deadline = wall_clock() + kFirstReading;
  while (!running.read_model.organization()->known()) {
    if (wall_clock() > deadline) return fail("sandbox", "the sandbox organization could not be read");
    ::usleep(20'000);
  }
  std::vector<PersonToken> tokens;
  for (const auto& person : sandbox_people(running)) {
    auto fresh = make_token({person.id, person.user_name, person.role, kSandboxTokenLifetime}, wall_clock());
    const auto done = running.engine->submit(server_caller(), access::IssueToken{fresh.issued});
    if (!done) return fail(done.error());
    tokens.push_back({person, std::move(fresh.text)});
  }
  return tokens;
}

/// For scripts: where everything is. In the data folder, for its owner only.
void write_sandbox_file(const std::string& folder, const std::string& server, const SandboxServer& sandbox,
                        const std::vector<PersonToken>& tokens) {
  json::object people;
  for (const auto& entry : tokens) people[entry.person.user_name] = entry.token;
  const json::object body{{"server", server},
                          {"aws_endpoint", sandbox.url()},
                          {"aws_region", sandbox.region()},
                          {"aws_access_key_id", sandbox.credentials().access_key_id},
                          {"aws_secret_access_key", sandbox.credentials().secret_access_key},
                          {"tokens", std::move(people)}};
  const std::string path = folder + "/sandbox.json";
  std::ofstream file(path);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  file << canonical_json(body) << "\n";
}

void print_sandbox(const std::string& server, const std::string& folder, const SandboxServer& sandbox,
                   const std::vector<PersonToken>& tokens) {
  fmt::print("AccessGuard {} on an organization of its own: nothing here touches AWS.\n\n", kVersion);
  fmt::print("  server        {}\n  AWS sandbox   {}  (region {}, key {})\n  data          {}\n\n", server,
             sandbox.url(), sandbox.region(), sandbox.credentials().access_key_id, folder);
  fmt::print("In a browser:  {}\n\n", server);
  fmt::print("Be somebody:  export ACCESSGUARD_SERVER={} ACCESSGUARD_TOKEN=…\n\n", server);
  for (const auto& entry : tokens) {
    fmt::print("  {:<9} {}  {}{}\n", entry.person.user_name, entry.token, fmt::join(entry.person.groups, ", "),
               entry.person.role == access::Role::kAdmin ? "  (administrator)" : "");
  }
  fmt::print(
      "\nThen:  accessguard can\n       accessguard ask prod-web Deploy --for 10m --reason \"new release\"\n\nStop "
      "with Ctrl-C.\n");
  std::fflush(stdout);
}

Result<std::string> begin(Running& running, const ServeOptions& options) {
  auto config = load_config(options);
  if (!config) return fail(config.error());
  std::optional<std::string> policy_text;
  if (config->policy_file) {
    auto text = read_file(*config->policy_file, access::kLargestPolicyBytes);
    if (!text) return fail(text.error());
    policy_text = std::move(*text);
  }
  if (options.sandbox && config->data.empty()) {
    running.temporary = std::make_unique<TemporaryFolder>();
    config->data = running.temporary->path();
  }
  const auto data = DataFolder::open(config->data);
  if (!data) return fail(data.error());
  auto store = data->open_ledger(kLedgerPatience);
  if (!store) return fail(store.error());
  declare_metrics(running.metrics);
  if (options.sandbox) {
    auto sandbox = SandboxServer::start(options.seed, sandbox_behaviour());
    if (!sandbox) return fail(sandbox.error());
    running.sandbox = std::move(*sandbox);
    config->prepared.trail.every = kLookUpEvery;
    if (config->prepared.hard_end_policy.empty()) config->prepared.hard_end_policy = running.sandbox->hard_end_policy();
  }
  running.checkpoints = {data->path() + "/checkpoint.json"};
  if (config->checkpoint) running.checkpoints.push_back(*config->checkpoint);
  auto engine = Engine::open({.store = with_deadline(std::move(*store), kLedgerDeadline),
                              .data = *data,
                              .read_model = running.read_model,
                              .hub = running.hub,
                              .metrics = running.metrics,
                              .checkpoints = running.checkpoints,
                              .accept_rollback = options.accept_rollback,
                              .prepared = config->prepared});
  if (!engine) return fail(engine.error());
  running.engine = std::move(*engine);

  if (options.sandbox) {
    if (!policy_text &&
        running.read_model.read([](const View& view) { return view.state.policy.get().hash.empty(); })) {
      policy_text = kSandboxPolicy;
    }
  }
  const aws::Environment environment = running.sandbox ? running.sandbox->environment() : aws::process_environment();
  const auto region = region_of(environment);
  if (!region) return fail(region.error());
  auto client = make_client(environment, *region, running.metrics, *running.engine);
  if (!client) return fail(client.error());
  running.client = std::move(*client);
  running.engine->note(access::ServerStarted{std::string(kVersion)});
  running.engine->start(running.client.get());
  if (policy_text) {
    const auto applied = apply_policy(*running.engine, std::move(*policy_text));
    // What has to end does not wait for a policy.
    if (!applied && applied.error().code != "ledger_unavailable") return fail(applied.error());
    if (!applied) log(Severity::kError, "policy_not_applied", {{"reason", applied.error().message}});
  }
  if (auto api = start_api(running, *config, *region, *data); !api) return fail(api.error());
  const std::string host =
      config->address.find(':') == std::string::npos ? config->address : "[" + config->address + "]";
  const std::string server = fmt::format("http://{}:{}", host, running.listener->port());
  if (options.sandbox) {
    auto tokens = issue_sandbox_tokens(running);
    if (!tokens) return fail(tokens.error());
    write_sandbox_file(data->path(), server, *running.sandbox, *tokens);
    print_sandbox(server, data->path(), *running.sandbox, *tokens);
  }
  log(Severity::kInfo, "started", {{"version", std::string(kVersion)}, {"server", server}, {"data", data->path()}});
  return server;
}

}  // namespace

int serve(const ServeOptions& options) {
  // Blocked before the first thread is made, so that every thread leaves the signals to this one.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  Running running;
  if (const auto begun = begin(running, options); !begun) {
    const Error& error = begun.error();
    fmt::print(stderr, "accessguard: {}\n", error.message);
    if (!error.fix.empty()) fmt::print(stderr, "try: {}\n", error.fix);
    return 1;
  }
  const int signal = wait_for_signal(signals, running);
  log(Severity::kInfo, "stopping", {{"signal", std::to_string(signal)}});
  return 0;
}

}  // namespace ag::server
