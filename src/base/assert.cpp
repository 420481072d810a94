#include "base/assert.hpp"

#include <unistd.h>
#include <cstdlib>

#include <fmt/format.h>
#include <string>

namespace ag {

void assertion_failed(const char* expression, const char* file, int line) {
  const std::string text = fmt::format("{}:{}: must hold: {}\n", file, line, expression);
  // write(), not a stream: it must work in any state of the process.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  std::abort();
}

}  // namespace ag
