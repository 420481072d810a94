#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

/// What every fuzzer here has in common: libFuzzer makes up bytes, a target takes them and says what must hold.
///
/// A target is one file with FUZZ_TARGET(input) { … }. `./dev fuzz` runs them all (CONTRIBUTING.md, "Fuzzing").
namespace ag::fuzz {

/// Stops the fuzzer when a law does not hold; libFuzzer keeps the input.
inline void must(bool holds, std::string_view law, std::string_view told = {}) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n{}\n", law, told);
  std::abort();
}

/// Takes the input apart: a byte that chooses, a text up to a zero byte, the rest.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::string_view text() {
    const std::string_view taken = rest_.substr(0, rest_.find('\0'));
    rest_.remove_prefix(taken.size() < rest_.size() ? taken.size() + 1 : taken.size());
    return taken;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace ag::fuzz

// In namespace ag::fuzz. A macro: the entry point's name is libFuzzer's.
#define FUZZ_TARGET(input)                                                             \
  static void run(std::string_view input);                                             \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) { \
    run({reinterpret_cast<const char*>(bytes), size});                                 \
    return 0;                                                                          \
  }                                                                                    \
  static void run(std::string_view input)
