#pragma once
#include <span>
#include <string>
#include <variant>

#include "cli/command.hpp"

/// From words to a command, by the command table. The only part that knows CLI11.
namespace ag::cli {

struct ParsedCommand {
  const CommandSpec* command = nullptr;
  Arguments arguments;
  Arguments common;
};
struct HelpWanted {
  std::string text;
};
struct UsageProblem {
  std::string message;
  std::string try_this;  ///< a command line that helps
};
using ParseOutcome = std::variant<ParsedCommand, HelpWanted, UsageProblem>;

/// `words` without the program's name.
[[nodiscard]] ParseOutcome parse_words(std::span<const std::string> words);

}  // namespace ag::cli
