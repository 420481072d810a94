#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "base/time.hpp"

namespace ag::server {

/// One job at a time, on a thread of its own: for what a disk may take its time with. The destructor waits for the job
/// that is under way.
class Worker {
 public:
  Worker() : thread_([this] { run(); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Whether it is, within that time.
  [[nodiscard]] bool is_free(Duration patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::nanoseconds(patience.count_nanoseconds()), [&] { return !job_; });
  }

  /// Whether it was done in time. False at once while an earlier one is under way.
  bool perform(std::function<void()> job, Duration deadline) {
    std::unique_lock lock(mutex_);
    if (job_) return false;
    job_ = std::move(job);
    changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::nanoseconds(deadline.count_nanoseconds()), [&] { return !job_; });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return job_ || stopping_; });
      if (!job_) return;
      lock.unlock();
      job_();  // nobody replaces it while it is there
      lock.lock();
      job_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> job_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ag::server
