#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

/// What the command table looks like to people, and to those who look a word up in it.
namespace ag::cli {

/// The whole program.
[[nodiscard]] std::string help_of_all();
/// Every command that begins with this word.
[[nodiscard]] std::string help_of_group(std::string_view word);
[[nodiscard]] std::string help_of_command(const CommandSpec& command);

/// The long name of an option without dashes, which is its key: `-o,--output` → `output`.
[[nodiscard]] std::string_view key_of(const OptionSpec& option);

/// First words of the table, each once, in its order.
[[nodiscard]] std::vector<std::string_view> first_words();
/// The second words after a first one; none when it is a command by itself.
[[nodiscard]] std::vector<std::string_view> second_words(std::string_view first);
[[nodiscard]] const CommandSpec* find_command(std::string_view path);

}  // namespace ag::cli
