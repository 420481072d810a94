#include "cli/question.hpp"

#include <unistd.h>

namespace ag::cli {

std::optional<std::string> ask_for_line(Context& context, std::string_view question) {
  constexpr std::size_t kLongestLine = 4096;  // bytes: what a terminal hands over at once
  if (!context.may_ask()) return std::nullopt;
  context.err() << question << std::flush;
  std::string line(kLongestLine, '\0');
  const ssize_t count = read(STDIN_FILENO, line.data(), line.size());
  if (count <= 0) return std::nullopt;
  line.resize(static_cast<std::size_t>(count));
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  return line.empty() ? std::nullopt : std::optional(std::move(line));
}

}  // namespace ag::cli
