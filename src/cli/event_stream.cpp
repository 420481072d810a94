#include "cli/event_stream.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>

#include "base/assert.hpp"
#include "cli/curl.hpp"
#include "cli/interrupt.hpp"

namespace ag::cli {
namespace {

constexpr std::int64_t kFirstPause = 500;  // milliseconds before the first new attempt; doubles
constexpr std::int64_t kLongestPause = 15'000;
constexpr int kLook = 250;                          // milliseconds between two looks at Ctrl-C
constexpr std::size_t kLargestRefusal = 64 * 1024;  // bytes of a problem document
constexpr long kSilenceSeconds = 120;               // the server sends a comment far more often than that

std::int64_t steady_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct MultiCleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

}  // namespace

std::vector<ServerEvent> EventParser::feed(std::string_view bytes) {
  std::vector<ServerEvent> events;
  for (const char c : bytes) {
    const bool second_half = c == '\n' && after_return_;
    after_return_ = c == '\r';
    if (second_half) continue;
    if (c == '\n' || c == '\r') take_line(events);
    else if (line_.size() < kLargestEvent) line_ += c;
  }
  return events;
}

void EventParser::take_line(std::vector<ServerEvent>& events) {
  const std::string line = std::exchange(line_, {});
  if (line.empty()) {
    if (has_data_) events.push_back({id_, event_.empty() ? "message" : event_, data_});
    event_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  const std::string field = line.substr(0, colon);  // empty for a comment
  std::string value = colon == std::string::npos ? std::string{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.erase(0, 1);
  if (field == "event") {
    event_ = value;
  } else if (field == "id" && value.find('\0') == std::string::npos) {
    id_ = value;
  } else if (field == "data") {
    if (has_data_) data_ += '\n';
    if (data_.size() + value.size() <= kLargestEvent) data_ += value;
    has_data_ = true;
  }
}

struct EventStream::Connection {
  std::unique_ptr<CURLM, MultiCleanup> multi{curl_multi_init()};
  EasyHandle easy{curl_easy_init()};
  HeaderList headers;
  EventParser parser;
  std::deque<ServerEvent>* waiting = nullptr;
  HttpResponse refusal;  // of an answer that is not a stream
  bool is_stream = false;

  ~Connection() {
    if (multi && easy) curl_multi_remove_handle(multi.get(), easy.get());
  }

  static std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* user) {
    auto& self = *static_cast<Connection*>(user);
    if (auto field = parse_header_line({bytes, count}))
      self.refusal.headers.add(std::move(field->first), std::move(field->second));
    if (count > 2) return count;
    long status = 0;  // the empty line: the head is whole
    curl_easy_getinfo(self.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    self.refusal.status = static_cast<int>(status);
    self.is_stream =
        status == 200 && self.refusal.headers.find("Content-Type").value_or("").starts_with("text/event-stream");
    return count;
  }

  static std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* user) {
    auto& self = *static_cast<Connection*>(user);
    if (self.is_stream) {
      for (auto& event : self.parser.feed({bytes, count})) self.waiting->push_back(std::move(event));
    } else if (self.refusal.body.size() + count <= kLargestRefusal) {
      self.refusal.body.append(bytes, count);
    }
    return count;
  }
};

EventStream::EventStream(ClientOptions options, std::optional<std::string> after)
    : options_(std::move(options)), last_id_(after.value_or("")) {
  while (options_.server.ends_with('/')) options_.server.pop_back();
  start_curl();
}

EventStream::~EventStream() = default;

bool EventStream::is_open() const { return connection_ && connection_->is_stream; }

void EventStream::connect() {
  connection_ = std::make_unique<Connection>();
  Connection& connection = *connection_;
  AG_ASSERT(connection.multi && connection.easy);
  connection.waiting = &waiting_;
  CURL* easy = connection.easy.get();
  set_common(easy, options_, "/v1/events");
  HttpHeaders headers{{"Accept", "text/event-stream"}};
  if (!last_id_.empty()) headers.add("Last-Event-ID", last_id_);
  connection.headers = header_list(options_, headers);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, connection.headers.get());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, Connection::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &connection);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Connection::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &connection);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);  // a stream without even a comment is dead
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
  curl_multi_add_handle(connection.multi.get(), easy);
}

void EventStream::finish_if_done() {
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(connection_->multi.get(), &left);
  if (message == nullptr || message->msg != CURLMSG_DONE) return;
  const bool answered = message->data.result == CURLE_OK && connection_->refusal.status != 0;
  if (connection_->is_stream) {
    failures_ = 0;
  } else if (answered && connection_->refusal.status != 503 && connection_->refusal.status != 429) {
    refusal_ = problem_of(connection_->refusal);
  }
  connection_.reset();
  reconnect_at_ = steady_milliseconds() + std::min(kLongestPause, kFirstPause << std::min(failures_, 5));
  ++failures_;
}

ApiResult<std::optional<ServerEvent>> EventStream::next(Duration patience) {
  const std::int64_t until = steady_milliseconds() + patience.count_milliseconds();
  for (;;) {
    if (!waiting_.empty()) {
      ServerEvent event = std::move(waiting_.front());
      waiting_.pop_front();
      if (!event.id.empty()) last_id_ = event.id;
      return std::optional(std::move(event));
    }
    if (is_interrupted()) return std::unexpected(Problem{.code = "interrupted", .detail = "Interrupted."});
    if (refusal_) return std::unexpected(*refusal_);
    if (auto refused = refuse_beforehand(options_, "/v1/events")) return std::unexpected(std::move(*refused));

    const std::int64_t now = steady_milliseconds();
    const int wait = static_cast<int>(std::clamp<std::int64_t>(until - now, 0, kLook));
    if (!connection_ && now >= reconnect_at_) connect();
    if (!connection_) {
      poll(nullptr, 0, wait);
    } else {
      int running = 0;
      curl_multi_perform(connection_->multi.get(), &running);
      if (running > 0 && waiting_.empty()) curl_multi_poll(connection_->multi.get(), nullptr, 0, wait, nullptr);
      curl_multi_perform(connection_->multi.get(), &running);
      if (running == 0) finish_if_done();
    }
    if (waiting_.empty() && steady_milliseconds() >= until && !refusal_) return std::optional<ServerEvent>{};
  }
}

}  // namespace ag::cli
