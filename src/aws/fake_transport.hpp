#pragma once
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "aws/transport.hpp"

/// For tests: answers what it was told to, in order, and keeps what it was asked.
namespace ag::aws {

class FakeTransport final : public Transport {
 public:
  struct Asked {
    std::string origin;
    HttpRequest request;
    Duration deadline;
    Done done;  ///< moved from once answered
  };

  void will_answer(AwsResult<HttpResponse> result) { answers_.push_back(std::move(result)); }
  void will_answer(int status, std::string body, HttpHeaders headers = {}) {
    will_answer(HttpResponse{status, std::move(headers), std::move(body)});
  }

  /// Answers at once when there is an answer; else keeps the request until answer_next().
  void send(std::string origin, HttpRequest request, Duration deadline, Done done) override {
    asked.push_back({std::move(origin), std::move(request), deadline, std::move(done)});
    if (!answers_.empty()) answer_next();
  }
  /// Answers the oldest request that waits with the oldest answer.
  void answer_next() {
    AwsResult<HttpResponse> result = std::move(answers_.front());
    answers_.pop_front();
    const Done done = std::exchange(asked.at(answered_++).done, nullptr);
    done(std::move(result));
  }
  void stop() override {
    for (; answered_ < asked.size(); ++answered_) {
      const Done done = std::exchange(asked[answered_].done, nullptr);
      done(std::unexpected(AwsError{.kind = ErrorClass::kRetryable, .code = "Cancelled"}));
    }
  }

  std::vector<Asked> asked;

 private:
  std::deque<AwsResult<HttpResponse>> answers_;
  std::size_t answered_ = 0;
};

}  // namespace ag::aws
