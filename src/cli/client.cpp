#include "cli/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/assert.hpp"
#include "cli/curl.hpp"
#include "cli/interrupt.hpp"

namespace ag::cli {
namespace {

constexpr std::size_t kLargestAnswer = 64 * 1024 * 1024;  // bytes: 200 requests with 50 accounts each stay below
constexpr std::size_t kMostHeaders = 100;
constexpr int kAttempts = 3;                // of one call, when the connection broke or the server is busy
constexpr int kPatienceMilliseconds = 300;  // before the second attempt; twice as long before the third

/// 128 random bits: no two intents share a key.
std::string fresh_key() {
  std::array<unsigned char, 16> bytes{};
  AG_ASSERT(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

struct Receiving {
  HttpResponse response;
};

std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* user) {
  auto& body = static_cast<Receiving*>(user)->response.body;
  if (body.size() + count > kLargestAnswer) return 0;
  body.append(bytes, count);
  return count;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* user) {
  auto& headers = static_cast<Receiving*>(user)->response.headers;
  const std::string_view line(bytes, count);
  if (line.starts_with("HTTP/")) headers = {};  // the head of an interim answer does not count
  auto field = parse_header_line(line);
  if (field && headers.size() < kMostHeaders) headers.add(std::move(field->first), std::move(field->second));
  return count;
}

int on_progress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return is_interrupted() ? 1 : 0; }

bool is_repeatable(const ApiCall& call) { return call.method == "GET" || call.method == "POST"; }

/// The connection broke before the answer was whole: nobody knows whether it was done.
bool is_broken(CURLcode code) {
  return code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
         code == CURLE_PARTIAL_FILE;
}

bool is_brief_refusal(const HttpResponse& response) {
  constexpr int kLongestWait = 2;  // seconds; a server that wants more rest is told of instead
  if (response.status != 503) return false;
  const auto after = response.headers.find("Retry-After");
  int seconds = kLongestWait + 1;
  if (after) std::from_chars(after->data(), after->data() + after->size(), seconds);
  return seconds <= kLongestWait;
}

void pause(int milliseconds) { poll(nullptr, 0, milliseconds); }

}  // namespace

struct Client::Handle {
  EasyHandle easy;
  CURLcode code = CURLE_OK;  // of the last attempt
};

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) encoded += c;
    else encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string target_of(const ApiCall& call) {
  std::string target = call.path;
  char separator = call.path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : call.query) {
    if (value.empty()) continue;
    target += separator;
    target += percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return target;
}

Client::Client(ClientOptions options) : options_(std::move(options)), handle_(std::make_unique<Handle>()) {
  while (options_.server.ends_with('/')) options_.server.pop_back();
  start_curl();
  handle_->easy.reset(curl_easy_init());
  AG_ASSERT(handle_->easy != nullptr);
}

Client::~Client() = default;

ApiResult<HttpResponse> Client::attempt(const ApiCall& call, const HttpHeaders& headers) {
  CURL* easy = handle_->easy.get();
  curl_easy_reset(easy);  // keeps the connection
  set_common(easy, options_, target_of(call));
  const HeaderList list = header_list(options_, headers);
  Receiving receiving;
  std::array<char, CURL_ERROR_SIZE> words{};
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.deadline.count_milliseconds()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiving);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiving);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  if (call.body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body->c_str());
  }
  if (call.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  else curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());

  handle_->code = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (handle_->code != CURLE_OK) return std::unexpected(problem_of_curl(handle_->code, options_, words.data()));
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  receiving.response.status = static_cast<int>(status);
  return std::move(receiving.response);
}

ApiResult<HttpResponse> Client::exchange(const ApiCall& call) {
  if (auto refused = refuse_beforehand(options_, call.path)) return std::unexpected(std::move(*refused));
  HttpHeaders headers = call.headers;
  if (!headers.find("Accept")) headers.add("Accept", "application/json, application/problem+json;q=0.9, */*;q=0.1");
  if (call.body && !headers.find("Content-Type")) headers.add("Content-Type", "application/json");
  if (call.method == "POST" && !headers.find("Idempotency-Key")) headers.add("Idempotency-Key", fresh_key());

  for (int attempt_number = 1;; ++attempt_number) {
    auto response = attempt(call, headers);
    const bool worth_another = response ? is_brief_refusal(*response) : is_broken(handle_->code);
    if (!worth_another || attempt_number == kAttempts || is_interrupted() || !is_repeatable(call)) return response;
    pause(kPatienceMilliseconds * attempt_number);
  }
}

ApiResult<Answer> Client::call(const ApiCall& call) {
  auto response = exchange(call);
  if (!response) return std::unexpected(std::move(response.error()));
  if (response->status < 200 || response->status > 299) return std::unexpected(problem_of(*response));
  auto value = parse_json(response->body, Numbers::kAny);
  if (!value) {
    return std::unexpected(
        Problem{.status = response->status,
                .code = "invalid_answer",
                .detail = fmt::format("The answer of {} is not JSON: {}.", options_.server, value.error().message),
                .fix = "check --server or ACCESSGUARD_SERVER: is it AccessGuard that listens there?"});
  }
  return Answer{std::move(*value), std::move(response->body), std::move(response->headers), response->status};
}

}  // namespace ag::cli
