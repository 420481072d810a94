#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ag::cli {
namespace {

using Row = std::pair<std::string, std::string_view>;

std::string rows_text(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size());
  std::string text;
  for (const auto& [left, right] : rows) text += fmt::format("  {:<{}}  {}\n", left, width, right);
  return text;
}

std::string spelling(const OptionSpec& option) {
  std::string names(option.names);
  if (const auto comma = names.find(','); comma != std::string::npos) names.replace(comma, 1, ", ");
  else names = "    " + names;
  if (option.arity == Arity::kFlag) return names;
  return names + (option.arity == Arity::kOptionalValue ? fmt::format("[={}]", option.value)
                                                        : fmt::format(" {}", option.value));
}

std::string usage_line(const CommandSpec& command) {
  std::string line = fmt::format("accessguard {}", command.path);
  for (const auto& positional : command.positionals) {
    const std::string_view more = positional.count == Count::kAny ? "…" : "";
    line += positional.need == Need::kRequired ? fmt::format(" {}{}", positional.name, more)
                                               : fmt::format(" [{}{}]", positional.name, more);
  }
  for (const auto& option : command.options) {
    if (option.need == Need::kRequired) line += fmt::format(" --{} {}", key_of(option), option.value);
  }
  return line + " [options]\n";
}

std::vector<Row> option_rows(const std::vector<OptionSpec>& options) {
  std::vector<Row> rows;
  for (const auto& option : options) rows.emplace_back(spelling(option), option.help);
  return rows;
}

std::pair<std::string_view, std::string_view> words_of(std::string_view path) {
  const auto space = path.find(' ');
  return {path.substr(0, space), space == std::string_view::npos ? std::string_view{} : path.substr(space + 1)};
}

}  // namespace

std::string_view key_of(const OptionSpec& option) { return option.names.substr(option.names.find("--") + 2); }

std::vector<std::string_view> first_words() {
  std::vector<std::string_view> words;
  for (const auto& command : command_table()) {
    const auto first = words_of(command.path).first;
    if (std::find(words.begin(), words.end(), first) == words.end()) words.push_back(first);
  }
  return words;
}

std::vector<std::string_view> second_words(std::string_view first) {
  std::vector<std::string_view> words;
  for (const auto& command : command_table()) {
    const auto [word, second] = words_of(command.path);
    if (word == first && !second.empty()) words.push_back(second);
  }
  return words;
}

const CommandSpec* find_command(std::string_view path) {
  const auto& table = command_table();
  const auto it = std::find_if(table.begin(), table.end(), [&](const auto& command) { return command.path == path; });
  return it == table.end() ? nullptr : &*it;
}

std::string help_of_all() {
  std::vector<Row> rows;
  for (const auto word : first_words()) {
    const auto seconds = second_words(word);
    if (seconds.empty()) rows.emplace_back(std::string(word), find_command(word)->summary);
    else rows.emplace_back(fmt::format("{} {}", word, fmt::join(seconds, "|")), summary_of_group(word));
  }
  return "Temporary access to AWS through IAM Identity Center, and its end.\n\nusage: accessguard COMMAND "
         "[options]\n\n" +
         rows_text(rows) + "\nwith every command:\n" + rows_text(option_rows(common_options())) +
         "\nexit codes: 0 ok · 1 other · 2 usage · 3 not found · 4 sign in first · 5 not allowed by policy · 6 denied\n"
         "            7 wait timed out · 8 still pending · 9 conflict · 10 AWS failed · 130 interrupted\n";
}

std::string help_of_group(std::string_view word) {
  std::vector<Row> rows;
  for (const auto& command : command_table()) {
    if (words_of(command.path).first == word) rows.emplace_back(std::string(command.path), command.summary);
  }
  return fmt::format("{}.\n\nusage: accessguard {} COMMAND [options]\n\n{}", summary_of_group(word), word,
                     rows_text(rows));
}

std::string help_of_command(const CommandSpec& command) {
  std::string text = fmt::format("{}.\n\nusage: {}", command.summary, usage_line(command));
  if (!command.positionals.empty()) {
    std::vector<Row> rows;
    for (const auto& positional : command.positionals) rows.emplace_back(std::string(positional.name), positional.help);
    text += "\n" + rows_text(rows);
  }
  if (!command.options.empty()) text += "\n" + rows_text(option_rows(command.options));
  text += "\nwith every command:\n" + rows_text(option_rows(common_options()));
  if (!command.example.empty()) text += fmt::format("\nexample:\n  {}\n", command.example);
  return text;
}

}  // namespace ag::cli
