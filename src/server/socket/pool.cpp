#include "server/socket/pool.hpp"

#include <utility>

#include "base/assert.hpp"

namespace ag::server::http {

Pool::Pool(std::size_t threads, std::size_t queue) : capacity_(threads + queue) {
  AG_ASSERT(threads > 0);
  threads_.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    join();  // the system gave some threads but not all: leave none behind
    throw;
  }
}

Pool::~Pool() { join(); }

Pool::Admission Pool::submit(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (closed_ || running_ + waiting_.size() >= capacity_) return Admission::kFull;
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
  return Admission::kTaken;
}

void Pool::discard() {
  std::deque<Job> forgotten;  // destroyed outside the lock: a job may own anything
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    forgotten.swap(waiting_);
  }
  changed_.notify_all();
}

void Pool::join() {
  discard();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    job();
    job = nullptr;  // what it owns goes before the place it held is given away
    lock.lock();
    --running_;
  }
}

}  // namespace ag::server::http
