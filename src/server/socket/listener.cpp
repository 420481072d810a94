#include "server/socket/listener.hpp"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "server/clock.hpp"
#include "server/log.hpp"
#include "server/socket/core.hpp"
#include "server/socket/wire.hpp"

namespace ag::server {
namespace http {
namespace {

constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // when the system is out of files: others may close

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

GuardRules rules_of(const ListenerOptions& options) {
  GuardRules rules;
  rules.max_body = options.max_body;
  rules.large_path = options.large_path;
  rules.max_large_body = options.max_large_body;
  rules.too_large = fmt::format("The body is larger than the {} KiB that this server accepts", options.max_body / 1024);
  if (!options.large_path.empty())
    rules.too_large += fmt::format(", or {} KiB under {}", options.max_large_body / 1024, options.large_path);
  rules.too_large += ".";
  const bool is_v6 = options.address.find(':') != std::string::npos;
  rules.hosts.push_back(lowered(is_v6 ? "[" + options.address + "]" : options.address));
  for (const auto& host : options.hosts) rules.hosts.push_back(lowered(host));
  return rules;
}

/// Whoever is one too many is told so if the socket takes it at once; nothing waits for him.
void turn_away(Socket socket) {
  HttpResponse response = problem(503, "too_many_connections", "Too many connections are open. Try again later.");
  response.headers.add("Retry-After", "1");
  const Outgoing outgoing = serialize(std::move(response), Persistence::kClose, BodyRule::kSend, wall_clock());
  const std::string bytes = outgoing.head + outgoing.body;
  ErrorCode ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(bytes), ignored);
  socket.shutdown(Tcp::socket::shutdown_send, ignored);
}

void forget(Core& core, const ConnectionPtr& connection) {
  connection->stream.close();
  core.connections.erase(connection);
  if (core.is_stopping && core.connections.empty()) core.drain.cancel();
}

void admit(Core& core, Socket socket) {
  if (core.is_stopping) return;
  if (core.connections.size() >= core.options.max_connections) return turn_away(std::move(socket));
  ErrorCode ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  auto connection = std::make_shared<Connection>(std::move(socket));
  core.connections.insert(connection);
  asio::co_spawn(core.io.get_executor(), serve(core, connection),
                 [&core, connection](const std::exception_ptr& problem) {
                   if (problem) log(Severity::kError, "connection_failed");  // out of memory, and nothing else
                   forget(core, connection);
                 });
}

void report_accept(const ErrorCode& problem) {
  log(Severity::kWarning, "accept_failed", {{"cause", problem.message()}});
}

Task<void> accept_all(Core& core) {
  Timer pause(core.io);
  while (!core.is_stopping) {
    auto accepted = co_await core.acceptor.async_accept(kAsValue);
    auto& [problem, socket] = accepted;
    if (!problem) {
      admit(core, std::move(socket));
    } else if (!core.is_stopping) {
      report_accept(problem);
      pause.expires_after(kAcceptPause);
      const auto result = co_await pause.async_wait(kAsValue);
      static_cast<void>(result);
    }
  }
}

/// The time to drain is over: what waits for a thread is forgotten, what runs is not waited for.
void cut(Core& core) {
  core.is_cut = true;
  core.pool.discard();
  for (const auto& connection : core.connections) {
    connection->stream.close();
    connection->raise();
  }
}

void begin_shutdown(Core& core) {
  core.is_stopping = true;
  core.acceptor.close();
  for (const auto& connection : core.connections) {
    if (connection->phase == Phase::kReading) connection->stream.close();
    if (connection->phase == Phase::kStreaming) connection->raise();
  }
  if (core.connections.empty()) return;
  core.drain.expires_after(to_chrono(core.options.drain));
  core.drain.async_wait([&core](const ErrorCode& problem) {
    if (!problem) cut(core);
  });
}

Result<void> open(Core& core) {
  ErrorCode problem;
  const auto address = asio::ip::make_address(core.options.address, problem);
  if (problem) return fail("invalid_address", "The address to listen on is not an IP address.", core.options.address);
  const Tcp::endpoint endpoint(address, core.options.port);
  core.acceptor.open(endpoint.protocol(), problem);
  if (!problem) core.acceptor.set_option(Acceptor::reuse_address(true), problem);
  if (!problem) core.acceptor.bind(endpoint, problem);
  if (!problem) core.acceptor.listen(asio::socket_base::max_listen_connections, problem);
  if (!problem) return {};
  const auto where = fmt::format("{}:{}", core.options.address, core.options.port);
  if (problem == asio::error::address_in_use) {
    return fail("address_in_use", "Another program listens on " + where + ". Stop it or choose another port.", where);
  }
  return fail("listen_failed", "Cannot listen on " + where + ": " + problem.message() + ".", where);
}

class Server final : public Listener {
 public:
  Server(ListenerOptions options, Handler handler) : core_(std::move(options), std::move(handler)) {}

  ~Server() override {
    if (io_thread_.joinable()) {
      asio::post(core_.io, [this] { begin_shutdown(core_); });
      io_thread_.join();
    }
    core_.pool.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] Result<void> begin() {
    if (auto opened = open(core_); !opened) return opened;
    port_ = core_.acceptor.local_endpoint().port();
    asio::co_spawn(core_.io.get_executor(), accept_all(core_), [](const std::exception_ptr& problem) {
      if (problem) std::rethrow_exception(problem);
    });
    io_thread_ = std::thread([this] { core_.io.run(); });
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  Core core_;
  std::uint16_t port_ = 0;
  std::thread io_thread_;
};

}  // namespace

Core::Core(ListenerOptions the_options, Handler the_handler)
    : options(std::move(the_options)),
      rules(rules_of(options)),
      handler(std::move(the_handler)),
      pool(options.threads, options.queue) {}

}  // namespace http

Result<std::unique_ptr<Listener>> Listener::start(ListenerOptions options, Handler handler) {
  try {
    auto server = std::make_unique<http::Server>(std::move(options), std::move(handler));
    if (auto begun = server->begin(); !begun) return std::unexpected(std::move(begun.error()));
    return server;
  } catch (const std::system_error& problem) {  // no thread or no descriptor left; Boost's errors are of this type
    return fail("listen_failed", std::string("The system refused what a listener needs: ") + problem.what() + ".");
  }
}

}  // namespace ag::server
