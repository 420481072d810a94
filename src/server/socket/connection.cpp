#include <optional>
#include <utility>

#include "server/clock.hpp"
#include "server/log.hpp"
#include "server/socket/core.hpp"
#include "server/socket/wire.hpp"

namespace ag::server::http {
namespace {

constexpr std::size_t kReadSize = 4 * 1024;            // bytes asked of the system at once; 4096 idle clients: 16 MB
constexpr std::size_t kWriteSize = 64 * 1024;          // bytes that must go out within one write deadline
constexpr std::size_t kLingerBytes = 256 * 1024;       // read and thrown away after the last response
constexpr auto kLingerTime = std::chrono::seconds(1);  // the same as a time
constexpr auto kWaitAgain = std::chrono::hours(24);    // a wait for raise() alone is renewed this often

constexpr Refusal kBusy{503, "overloaded", "Too many requests are waiting. Try again in a second."};
constexpr Refusal kTooManyStreams{503, "too_many_streams", "Too many event streams are open. Try again later."};

enum class Receipt { kRequest, kRefused, kGone };
enum class Opening { kFirst, kNext };
enum class Next { kGoOn, kClose };

/// A request on its way through the pool. Its answer is written by one pool thread before it posts `is_done`, and read
/// by the I/O thread after.
struct Call {
  HttpRequest request;
  std::optional<Answer> answer;
  bool is_done = false;
  std::weak_ptr<Connection> connection;
};

Answer answer_of(const Handler& handler, const HttpRequest& request) {
  std::string cause = "unknown";
  try {
    return handler(request);
  } catch (const std::exception& problem) {
    cause = problem.what();
  } catch (...) {
  }
  log(Severity::kError, "handler_threw", {{"cause", cause}});
  return internal_error();
}

void finish(const std::shared_ptr<Call>& call) {
  call->is_done = true;
  if (const auto connection = call->connection.lock()) connection->raise();
}

Pool::Admission submit(Core& core, std::shared_ptr<Call> call) {
  return core.pool.submit([&core, call = std::move(call)]() mutable {
    call->answer = answer_of(core.handler, call->request);
    asio::post(core.io, [done = std::move(call)] { finish(done); });
  });
}

HttpResponse refusal_response(const Core& core, const Refusal& refusal) {
  HttpResponse response;
  try {
    response = core.options.refusal ? core.options.refusal(refusal.status, refusal.code, refusal.detail)
                                    : problem(refusal.status, refusal.code, refusal.detail);
  } catch (...) {
    response = problem(refusal.status, refusal.code, refusal.detail);
  }
  if (refusal.status == 503 && !response.headers.find("Retry-After")) response.headers.add("Retry-After", "1");
  return response;
}

/// One read, appended to the input; false when the connection is over or the deadline has passed.
Task<bool> fill(ConnectionPtr connection, SteadyClock::time_point deadline) {
  // A read that starts after its deadline is not always cut by Beast 1.81 (boostorg/beast#2866).
  if (SteadyClock::now() >= deadline) co_return false;
  const std::size_t held = connection->input.size();
  connection->input.resize(held + kReadSize);
  const auto space = asio::buffer(connection->input.data() + held, kReadSize);
  connection->stream.expires_at(deadline);
  const auto result = co_await connection->stream.async_read_some(space, kAsValue);
  const auto& [problem, count] = result;
  connection->input.resize(held + count);
  co_return !problem;
}

/// Ends our side and reads on a little: a socket that is closed over unread bytes resets the connection, and the client
/// would lose the response that says why.
Task<void> linger(ConnectionPtr connection) {
  ErrorCode ignored;
  connection->stream.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  const auto deadline = SteadyClock::now() + kLingerTime;
  std::size_t thrown_away = 0;
  bool is_open = !ignored;
  while (is_open && thrown_away < kLingerBytes) {
    connection->input.clear();
    is_open = co_await fill(connection, deadline);
    thrown_away += connection->input.size();
  }
}

Task<void> refuse(Core& core, ConnectionPtr connection, BodyRule rule) {
  connection->phase = Phase::kWriting;
  HttpResponse response = refusal_response(core, connection->refusal);
  Outgoing outgoing = serialize(std::move(response), Persistence::kClose, rule, wall_clock());
  outgoing.head += outgoing.body;
  std::string bytes = std::move(outgoing.head);
  const bool is_sent = co_await send(core, connection, std::move(bytes));
  if (is_sent) co_await linger(connection);
}

/// Reads until the head is whole, and judges it.
Task<Receipt> receive_head(ConnectionPtr connection, const GuardRules& rules, SteadyClock::time_point deadline) {
  std::size_t scanned = 0;
  HeadScan scan = scan_head(connection->input, scanned);
  while (std::holds_alternative<NeedMore>(scan)) {
    scanned = connection->input.size();
    const bool is_filled = co_await fill(connection, deadline);
    if (!is_filled) co_return Receipt::kGone;
    scan = scan_head(connection->input, scanned);
  }
  if (const auto* refusal = std::get_if<Refusal>(&scan)) {
    connection->refusal = *refusal;
    co_return Receipt::kRefused;
  }
  const std::size_t length = std::get<HeadEnd>(scan).length;
  auto head = read_head(std::string_view(connection->input).substr(0, length), rules);
  if (!head) {
    connection->refusal = head.error();
    co_return Receipt::kRefused;
  }
  connection->head = std::move(*head);
  connection->input.erase(0, length);
  co_return Receipt::kRequest;
}

Task<Receipt> receive_body(Core& core, ConnectionPtr connection) {
  const std::size_t length = connection->head.body_length;
  if (length > core.options.max_body) {
    if (core.large_bodies >= core.options.large_bodies) {
      connection->refusal = kBusy;
      co_return Receipt::kRefused;
    }
    ++core.large_bodies;
    connection->large_body = std::shared_ptr<void>(nullptr, [&core](void*) { --core.large_bodies; });
  }
  if (connection->head.expectation == Expectation::kContinue && connection->input.size() < length) {
    std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool is_sent = co_await send(core, connection, std::move(go_on));
    if (!is_sent) co_return Receipt::kGone;
  }
  const auto deadline = SteadyClock::now() + to_chrono(core.options.read_deadline);
  while (connection->input.size() < length) {
    const bool is_filled = co_await fill(connection, deadline);
    if (!is_filled) co_return Receipt::kGone;
  }
  connection->head.request.body = connection->input.substr(0, length);
  connection->input.erase(0, length);
  co_return Receipt::kRequest;
}

/// Two deadlines stand over a request, and neither slides with the bytes that drip in: one for the head from its first
/// byte (from the start of the connection for its first request), one for the body.
Task<Receipt> receive(Core& core, ConnectionPtr connection, Opening opening) {
  connection->phase = Phase::kReading;
  connection->large_body.reset();
  if (opening == Opening::kNext && connection->input.empty()) {
    const auto idle = SteadyClock::now() + to_chrono(core.options.idle_deadline);
    const bool is_filled = co_await fill(connection, idle);
    if (!is_filled) co_return Receipt::kGone;
  }
  const auto deadline = SteadyClock::now() + to_chrono(core.options.read_deadline);
  Receipt receipt = co_await receive_head(connection, core.rules, deadline);
  if (receipt == Receipt::kRequest) receipt = co_await receive_body(core, connection);
  co_return receipt;
}

Task<Next> respond(Core& core, ConnectionPtr connection, HttpResponse response, BodyRule rule) {
  connection->phase = Phase::kWriting;
  const bool closes = core.is_stopping || connection->head.persistence == Persistence::kClose;
  const auto persistence = closes ? Persistence::kClose : Persistence::kKeepAlive;
  Outgoing outgoing = serialize(std::move(response), persistence, rule, wall_clock());
  std::string head = std::move(outgoing.head);
  std::string body = std::move(outgoing.body);
  if (body.size() <= kWriteSize) head += std::exchange(body, std::string());
  bool is_sent = co_await send(core, connection, std::move(head));
  if (is_sent && !body.empty()) is_sent = co_await send(core, connection, std::move(body));
  if (is_sent && closes) co_await linger(connection);
  co_return is_sent && !closes ? Next::kGoOn : Next::kClose;
}

Task<Next> start_stream(Core& core, ConnectionPtr connection, StreamResponse response, BodyRule rule) {
  if (!response.events || !is_sendable(200, response.headers)) {
    HttpResponse failure = internal_error();
    const Next next = co_await respond(core, connection, std::move(failure), rule);
    co_return next;
  }
  if (rule == BodyRule::kOmit) {
    std::string head = stream_head(response.headers, wall_clock());
    const bool is_sent = co_await send(core, connection, std::move(head));
    if (is_sent) co_await linger(connection);
    co_return Next::kClose;
  }
  if (core.streams >= core.options.max_streams) {
    connection->refusal = kTooManyStreams;
    co_await refuse(core, connection, rule);
    co_return Next::kClose;
  }
  auto shared = std::make_shared<StreamResponse>(std::move(response));
  co_await stream_events(core, connection, std::move(shared));
  co_return Next::kClose;
}

Task<Next> handle(Core& core, ConnectionPtr connection) {
  const BodyRule rule = connection->head.request.method == "HEAD" ? BodyRule::kOmit : BodyRule::kSend;
  const auto call = std::make_shared<Call>();
  call->request = std::move(connection->head.request);
  call->connection = connection;
  connection->phase = Phase::kHandling;
  if (submit(core, call) == Pool::Admission::kFull) {
    connection->refusal = kBusy;
    co_await refuse(core, connection, rule);
    co_return Next::kClose;
  }
  while (!call->is_done && !core.is_cut) {
    const auto again = SteadyClock::now() + kWaitAgain;
    co_await wait(connection, again);
  }
  if (!call->is_done) co_return Next::kClose;
  Answer answer = std::move(*call->answer);
  Next next = Next::kClose;
  if (std::holds_alternative<HttpResponse>(answer)) {
    HttpResponse response = std::get<HttpResponse>(std::move(answer));
    next = co_await respond(core, connection, std::move(response), rule);
  } else {
    StreamResponse stream = std::get<StreamResponse>(std::move(answer));
    next = co_await start_stream(core, connection, std::move(stream), rule);
  }
  co_return next;
}

}  // namespace

Task<void> wait(ConnectionPtr connection, SteadyClock::time_point deadline) {
  if (!connection->is_raised) {
    connection->timer.expires_at(deadline);
    const auto result = co_await connection->timer.async_wait(kAsValue);
    static_cast<void>(result);  // over or cancelled: the caller looks at what it waits for
  }
  connection->is_raised = false;
}

Task<bool> send(Core& core, ConnectionPtr connection, std::string bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const std::size_t size = std::min(kWriteSize, bytes.size() - sent);
    const auto piece = asio::buffer(bytes.data() + sent, size);
    const auto deadline = to_chrono(core.options.write_deadline);
    connection->stream.expires_after(deadline);
    const auto result = co_await asio::async_write(connection->stream, piece, kAsValue);
    if (std::get<0>(result)) {
      connection->stream.close();
      co_return false;
    }
    sent += size;
  }
  co_return true;
}

Task<void> serve(Core& core, ConnectionPtr connection) {
  Opening opening = Opening::kFirst;
  Next next = Next::kGoOn;
  while (next == Next::kGoOn && !core.is_stopping) {
    const Receipt receipt = co_await receive(core, connection, opening);
    next = Next::kClose;
    if (receipt == Receipt::kRefused) co_await refuse(core, connection, BodyRule::kSend);
    if (receipt == Receipt::kRequest) next = co_await handle(core, connection);
    opening = Opening::kNext;
  }
  connection->stream.close();
}

}  // namespace ag::server::http
