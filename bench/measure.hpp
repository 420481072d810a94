#pragma once
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

#include "base/assert.hpp"

/// What a process uses, for benchmarks.
namespace ag::bench {

/// Of work, by CLOCK_THREAD_CPUTIME_ID or CLOCK_PROCESS_CPUTIME_ID: the machine's other programs do not add to it.
inline double cpu_seconds(clockid_t whose) {
  timespec spent{};
  AG_ASSERT(::clock_gettime(whose, &spent) == 0);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// Without what was freed and not given back.
inline double resident_mb() {
  ::malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

}  // namespace ag::bench
