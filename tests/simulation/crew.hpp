#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

/// Lives are independent of each other: several processes live them at once. Processes, not threads, so that a life in
/// which an assertion fails ends only itself.
namespace ag::simulation {

/// Does tasks 0 to `count` - 1 in `jobs` processes, each task once. `work` runs in one of those and writes its result
/// into the memory that it is given, `size` bytes of zeros beforehand, which this process sees.
/// Gives back the numbers of the tasks whose process died of them.
std::vector<std::size_t> share_out(std::size_t count, int jobs, std::byte* results, std::size_t size,
                                   const std::function<void(std::size_t, std::byte*)>& work);

/// Memory that children write and the parent reads; zeros at first. Aborts when there is none to be had.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t size);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  std::size_t size_;
  std::byte* data_;
};

template <class Result>
struct Outcomes {
  std::vector<Result> results;
  std::vector<std::size_t> died;  ///< their results are what had been written by then
};

/// The same with values: `work(number, result)`.
template <class Result, class Work>
Outcomes<Result> share_out(std::size_t count, int jobs, Work work) {
  static_assert(std::is_trivially_copyable_v<Result>);
  SharedMemory memory(count * sizeof(Result));
  Outcomes<Result> outcomes;
  outcomes.died = share_out(count, jobs, memory.data(), sizeof(Result), [&](std::size_t number, std::byte* place) {
    work(number, *reinterpret_cast<Result*>(place));
  });
  outcomes.results.resize(count);
  std::memcpy(outcomes.results.data(), memory.data(), count * sizeof(Result));
  return outcomes;
}

}  // namespace ag::simulation
