#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ag::server::http {

/// Threads that run jobs in the order in which they came, and a bound on how many may wait. Safe from any thread.
class Pool {
 public:
  using Job = std::function<void()>;  ///< must not throw
  enum class Admission { kTaken, kFull };

  /// Runs `threads` (at least one) jobs at once; `queue` more may wait.
  Pool(std::size_t threads, std::size_t queue);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] Admission submit(Job job);

  /// Forgets the jobs that wait and takes no more. Does not wait for those that run.
  void discard();

  /// discard(), and waits for the jobs that run: a thread cannot be abandoned safely, so a job that never returns
  /// keeps its caller here for ever.
  void join();

 private:
  void work();

  const std::size_t capacity_;  // jobs that run or wait
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::size_t running_ = 0;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ag::server::http
