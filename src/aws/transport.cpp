#include "aws/transport.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "aws/errors.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"

namespace ag::aws {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxHeaders = 128;                // of one response; AWS sends about six
constexpr std::size_t kMaxHeaderBytes = 64U << 10;      // of one response
constexpr auto kLongestPoll = std::chrono::seconds(1);  // an upper bound only: a wake-up ends it

// Once in the program's life and before any thread of ours: curl_global_init is not safe beside itself.
void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  AG_ASSERT(started == CURLE_OK);
}

std::chrono::milliseconds as_milliseconds(Duration length) {
  // A day bounds it: libcurl counts time-outs in a long.
  return std::chrono::milliseconds(std::min(length, Duration::hours(24)).count_milliseconds());
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// One request from send() to its `done`. libcurl holds pointers into it, so it stays where it is.
struct Exchange {
  std::string url;
  HttpRequest request;
  Clock::time_point until;
  Transport::Done done;

  std::unique_ptr<curl_slist, FreeList> header_list;
  std::unique_ptr<CURL, FreeEasy> easy;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  HttpResponse response;
  std::size_t max_response = 0;
  std::size_t header_bytes = 0;
  bool is_oversized = false;
  bool has_whole_head = false;
};

std::size_t on_body(char* bytes, std::size_t /*always 1*/, std::size_t count, void* pointer) {
  auto& exchange = *static_cast<Exchange*>(pointer);
  if (count > exchange.max_response - exchange.response.body.size()) {
    exchange.is_oversized = true;
    return 0;  // ends the transfer
  }
  exchange.response.body.append(bytes, count);
  return count;
}

std::size_t on_header(char* bytes, std::size_t /*always 1*/, std::size_t count, void* pointer) {
  auto& exchange = *static_cast<Exchange*>(pointer);
  std::string_view line(bytes, count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // an interim response (100) went before
    exchange.response.headers = {};
    exchange.has_whole_head = false;
    return count;
  }
  if (exchange.has_whole_head) return count;  // a trailer is no header
  exchange.has_whole_head = line.empty();
  exchange.header_bytes += count;
  if (exchange.response.headers.size() >= kMaxHeaders || exchange.header_bytes > kMaxHeaderBytes) {
    exchange.is_oversized = true;
    return 0;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  exchange.response.headers.add(std::string(line.substr(0, colon)), std::string(value));
  return count;
}

// A header of the request that would break the request's own framing.
bool has_line_break(const HttpRequest& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const HttpHeaders::Field& field) {
    return field.first.find_first_of("\r\n") != std::string::npos ||
           field.second.find_first_of("\r\n") != std::string::npos;
  });
}

AwsError cancelled() { return local_error(ErrorClass::kRetryable, "Cancelled", "the program is stopping"); }

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(TransportOptions options) : options_(std::move(options)), multi_(curl_multi_init()) {
    AG_ASSERT(multi_ != nullptr && options_.max_in_flight > 0);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_in_flight));
    thread_ = std::thread([this] { run(); });
    worker_ = thread_.get_id();
  }
  ~CurlTransport() override { stop(); }
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void send(std::string origin, HttpRequest request, Duration deadline, Done done) override {
    auto exchange = std::make_unique<Exchange>();
    exchange->url = std::move(origin) + request.target;
    exchange->request = std::move(request);
    exchange->until = Clock::now() + as_milliseconds(deadline);
    exchange->done = std::move(done);
    exchange->max_response = options_.max_response;
    AwsError refusal;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        refusal = cancelled();
      } else if (waiting_.size() >= options_.max_waiting) {
        refusal = local_error(ErrorClass::kRetryable, "Busy", "too many calls are waiting to be sent");
      } else {
        waiting_.push_back(std::move(exchange));
      }
    }
    if (exchange != nullptr) return exchange->done(std::unexpected(std::move(refusal)));
    curl_multi_wakeup(multi_.get());
  }

  void stop() override {
    AG_ASSERT(std::this_thread::get_id() != worker_);
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_.get());
    const std::lock_guard lock(joining_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Owned = std::unique_ptr<Exchange>;

  // What the lock guards, taken out in one go.
  struct Turn {
    bool stopping = false;
    std::vector<Owned> start;
    std::vector<Owned> late;  // their deadline passed before their turn came
    Clock::time_point next_deadline = Clock::time_point::max();
  };

  Turn take_turn() {
    Turn turn;
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    turn.stopping = stopping_;
    std::deque<Owned> stay;
    for (auto& exchange : waiting_) {
      if (exchange->until <= now) {
        turn.late.push_back(std::move(exchange));
      } else if (in_flight_.size() + turn.start.size() < options_.max_in_flight) {
        turn.start.push_back(std::move(exchange));
      } else {
        turn.next_deadline = std::min(turn.next_deadline, exchange->until);
        stay.push_back(std::move(exchange));
      }
    }
    waiting_ = std::move(stay);
    return turn;
  }

  void run() {
    for (;;) {
      Turn turn = take_turn();
      for (auto& exchange : turn.late) {
        finish(*exchange, local_error(ErrorClass::kRetryable, "Timeout", "no turn to send came before the deadline"));
      }
      if (turn.stopping) {
        for (auto& exchange : turn.start) finish(*exchange, cancelled());
        break;
      }
      for (auto& exchange : turn.start) start(std::move(exchange));
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      // A place that became free must be filled before waiting: waiting first made it 34 requests a second.
      if (collect() > 0) continue;
      const auto wait =
          std::clamp<Clock::duration>(turn.next_deadline - Clock::now(), Clock::duration::zero(), kLongestPoll);
      const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(milliseconds), nullptr);
    }
    cancel_all();
  }

  void start(Owned exchange) {
    if (has_line_break(exchange->request)) {
      return finish(*exchange, local_error(ErrorClass::kInvalid, "InvalidRequest", "a header holds a line break"));
    }
    exchange->easy.reset(curl_easy_init());
    AG_ASSERT(exchange->easy != nullptr);
    prepare(*exchange);
    CURL* easy = exchange->easy.get();
    if (curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) {
      return finish(*exchange, local_error(ErrorClass::kRetryable, "Connection", "curl takes no more transfers"));
    }
    in_flight_.emplace(easy, std::move(exchange));
  }

  void prepare(Exchange& exchange) const {
    CURL* easy = exchange.easy.get();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(exchange.until - Clock::now());
    const long total = std::max<long>(1, static_cast<long>(left.count()));
    const long connect = std::max<long>(1, static_cast<long>(as_milliseconds(options_.connect_deadline).count()));
    curl_easy_setopt(easy, CURLOPT_URL, exchange.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // Instance and container metadata: next to us, and never a proxy's business.
    if (exchange.url.starts_with("http://169.254.")) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (!options_.ca_bundle.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_bundle.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, total);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::min(total, connect));
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.error_text.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
    if (exchange.request.method != "GET") {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange.request.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange.request.body.data());
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange.request.method.c_str());
    }
    for (const auto& [name, value] : exchange.request.headers) {
      // `Name;` is curl's way to write a header without a value.
      const std::string line = value.empty() ? name + ";" : fmt::format("{}: {}", name, value);
      curl_slist* longer = curl_slist_append(exchange.header_list.get(), line.c_str());
      AG_ASSERT(longer != nullptr);
      static_cast<void>(exchange.header_list.release());
      exchange.header_list.reset(longer);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange.header_list.get());
  }

  // How many came to their end.
  std::size_t collect() {
    std::size_t ended = 0;
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &queued)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      auto node = in_flight_.extract(easy);
      AG_ASSERT(!node.empty());
      curl_multi_remove_handle(multi_.get(), easy);
      conclude(*node.mapped(), code);
      ++ended;
    }
    return ended;
  }

  void conclude(Exchange& exchange, CURLcode code) const {
    // curl takes a head that breaks off for a whole one.
    if (code == CURLE_OK && !exchange.has_whole_head) code = CURLE_PARTIAL_FILE;
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(exchange.easy.get(), CURLINFO_RESPONSE_CODE, &status);
      exchange.response.status = static_cast<int>(status);
      return finish(exchange, std::move(exchange.response));
    }
    if (exchange.is_oversized) {
      return finish(exchange, local_error(ErrorClass::kOther, "OversizedResponse",
                                          fmt::format("the response is above {} bytes", options_.max_response)));
    }
    const char* text = exchange.error_text.front() == '\0' ? curl_easy_strerror(code) : exchange.error_text.data();
    finish(exchange,
           local_error(ErrorClass::kRetryable, code == CURLE_OPERATION_TIMEDOUT ? "Timeout" : "Connection", text));
  }

  // curl is done with the exchange before `done` hears of it, which may send the next.
  static void finish(Exchange& exchange, AwsError error) {
    finish(exchange, AwsResult<HttpResponse>(std::unexpected(std::move(error))));
  }
  static void finish(Exchange& exchange, AwsResult<HttpResponse> result) {
    exchange.easy.reset();
    const Done done = std::move(exchange.done);
    done(std::move(result));
  }

  void cancel_all() {
    auto under_way = std::move(in_flight_);
    in_flight_.clear();
    for (auto& [easy, exchange] : under_way) {
      curl_multi_remove_handle(multi_.get(), easy);
      finish(*exchange, cancelled());
    }
    std::deque<Owned> left;
    {
      const std::lock_guard lock(mutex_);
      left = std::move(waiting_);
      waiting_.clear();
    }
    for (auto& exchange : left) finish(*exchange, cancelled());
  }

  const TransportOptions options_;
  const std::unique_ptr<CURLM, FreeMulti> multi_;

  std::mutex mutex_;           // guards the next two
  std::deque<Owned> waiting_;  // at most max_waiting
  bool stopping_ = false;

  std::map<CURL*, Owned> in_flight_;  // the thread's own; at most max_in_flight

  std::thread::id worker_;
  std::mutex joining_;  // guards the next
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Transport> make_curl_transport(TransportOptions options) {
  start_curl();
  return std::make_unique<CurlTransport>(std::move(options));
}

}  // namespace ag::aws
