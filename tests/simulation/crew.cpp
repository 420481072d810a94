#include "simulation/crew.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <new>

#include "base/assert.hpp"

namespace ag::simulation {
namespace {

constexpr int kMostJobs = 64;
constexpr std::uint64_t kNone = UINT64_MAX;

/// Where the children tell what they are at.
struct Board {
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> current[kMostJobs];
};

}  // namespace

SharedMemory::SharedMemory(std::size_t size) : size_(size == 0 ? 1 : size) {
  void* data = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  AG_ASSERT(data != MAP_FAILED);
  data_ = static_cast<std::byte*>(data);
}

SharedMemory::~SharedMemory() { ::munmap(data_, size_); }

std::vector<std::size_t> share_out(std::size_t count, int jobs, std::byte* results, std::size_t size,
                                   const std::function<void(std::size_t, std::byte*)>& work) {
  AG_ASSERT(jobs >= 1 && jobs <= kMostJobs);
  const SharedMemory memory(sizeof(Board));
  auto* board = new (memory.data()) Board;
  std::map<pid_t, int> children;
  const auto hire = [&](int seat) {
    board->current[seat] = kNone;
    const pid_t child = ::fork();
    AG_ASSERT(child >= 0);
    if (child > 0) {
      children[child] = seat;
      return;
    }
    for (;;) {
      const std::uint64_t number = board->next.fetch_add(1);
      if (number >= count) ::_exit(0);
      board->current[seat] = number;
      work(number, results + number * size);
      board->current[seat] = kNone;
    }
  };
  for (int seat = 0; seat < jobs; ++seat) hire(seat);
  std::vector<std::size_t> died;
  while (!children.empty()) {
    int status = 0;
    const pid_t child = ::wait(&status);
    const auto it = children.find(child);
    if (it == children.end()) continue;
    const int seat = it->second;
    children.erase(it);
    const std::uint64_t number = board->current[seat];
    if (number == kNone) continue;
    died.push_back(number);
    hire(seat);
  }
  return died;
}

}  // namespace ag::simulation
