#include "cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/help.hpp"

namespace ag::cli {
namespace {

/// `-o --output`: both spellings.
std::string spellings(const OptionSpec& option) {
  std::string names(option.names);
  if (const auto comma = names.find(','); comma != std::string::npos) names[comma] = ' ';
  return names;
}

std::string option_words(const CommandSpec& command) {
  std::string words;
  for (const auto& option : command.options) words += spellings(option) + " ";
  for (const auto& option : common_options()) words += spellings(option) + " ";
  return words + "--help";
}

std::string choice_words(const CommandSpec& command) {
  std::string words;
  for (const auto& positional : command.positionals) {
    for (const auto choice : positional.choices) words += fmt::format("{} ", choice);
  }
  return words;
}

// The words that may come next, by the words that stand there: one `case` for bash and for zsh, which reads it too.
std::string cases() {
  std::string text;
  text += fmt::format("    '') words='{} --help' ;;\n", fmt::join(first_words(), " "));
  for (const auto word : first_words()) {
    const auto seconds = second_words(word);
    if (!seconds.empty()) text += fmt::format("    '{}') words='{} --help' ;;\n", word, fmt::join(seconds, " "));
  }
  for (const auto& command : command_table()) {
    text += fmt::format("    '{}') words='{}{}' ;;\n", command.path, choice_words(command), option_words(command));
  }
  return text;
}

std::string value_cases() {
  std::string text;
  for (const auto& option : common_options()) {
    if (option.choices.empty()) continue;
    std::string pattern = spellings(option);
    if (const auto space = pattern.find(' '); space != std::string::npos) pattern[space] = '|';
    text += fmt::format("    {}) words='{}' ;;\n", pattern, fmt::join(option.choices, " "));
  }
  text += "    --input|--policy|--config|--token-file) words='' files=1 ;;\n    --data) words='' files=1 ;;\n";
  return text;
}

/// `request|review|…`: words that a second one follows.
std::string group_pattern() {
  std::string groups;
  for (const auto word : first_words()) {
    if (!second_words(word).empty()) groups += (groups.empty() ? "" : "|") + std::string(word);
  }
  return groups;
}

/// `-o|--output|…`: common options whose value could be taken for a command.
std::string taker_pattern() {
  std::string pattern;
  for (const auto& option : common_options()) {
    if (option.arity == Arity::kValue) pattern += (pattern.empty() ? "" : "|") + spellings(option);
  }
  std::replace(pattern.begin(), pattern.end(), ' ', '|');
  return pattern;
}

std::string bash_script() {
  return fmt::format(R"(# accessguard completion bash; source it: source <(accessguard completion bash)
_accessguard() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" path='' word words='' files='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    case "$word" in -*) continue ;; esac
    case "${{COMP_WORDS[i-1]}}" in {takers}) continue ;; esac
    case "$path" in
      '') path="$word" ;;
      {groups}) path="$path $word" ;;
    esac
  done
  case "$path" in
{cases}  esac
  case "$before" in
{values}  esac
  case "$path" in
    'policy validate'|'policy apply') case "$current" in -*) ;; *) files=1 ;; esac ;;
  esac
  # Words hold no white space; bash 3 knows no mapfile.
  # shellcheck disable=SC2207
  if [ -n "$files" ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}}
complete -F _accessguard accessguard
)",
                     fmt::arg("groups", group_pattern()), fmt::arg("takers", taker_pattern()),
                     fmt::arg("cases", cases()), fmt::arg("values", value_cases()));
}

std::string zsh_script() {
  return fmt::format(R"(#compdef accessguard
# accessguard completion zsh > a folder of $fpath, as _accessguard
_accessguard() {{
  local current="${{words[CURRENT]}}" before="${{words[CURRENT-1]}}" path_so_far='' word files='' i
  local -a typed; typed=("${{(@)words}}")
  for ((i = 2; i < CURRENT; i++)); do
    word="${{typed[i]}}"
    case "$word" in -*) continue ;; esac
    case "${{typed[i-1]}}" in {takers}) continue ;; esac
    case "$path_so_far" in
      '') path_so_far="$word" ;;
      {groups}) path_so_far="$path_so_far $word" ;;
    esac
  done
  local words=''
  case "$path_so_far" in
{cases}  esac
  case "$before" in
{values}  esac
  case "$path_so_far" in
    'policy validate'|'policy apply') case "$current" in -*) ;; *) files=1 ;; esac ;;
  esac
  if [[ -n "$files" ]]; then _files; else compadd -- ${{(s: :)words}}; fi
}}
if [[ "$funcstack[1]" = _accessguard ]]; then _accessguard "$@"; else compdef _accessguard accessguard; fi
)",
                     fmt::arg("groups", group_pattern()), fmt::arg("takers", taker_pattern()),
                     fmt::arg("cases", cases()), fmt::arg("values", value_cases()));
}

std::string fish_quoted(std::string_view text) {
  std::string quoted(text);
  for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 2) quoted.insert(at, "\\");
  return quoted;
}

std::string fish_option(std::string_view condition, const OptionSpec& option) {
  std::string line = fmt::format("complete -c accessguard{}", condition);
  const auto dash = option.names.find("--");
  if (dash > 0) line += fmt::format(" -s {}", option.names.substr(1, 1));
  line += fmt::format(" -l {}", key_of(option));
  if (option.arity == Arity::kValue)
    line += option.choices.empty() ? " -r" : fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
  return line + fmt::format(" -d '{}'\n", fish_quoted(option.help));
}

std::string fish_script() {
  std::string text =
      "# accessguard completion fish > ~/.config/fish/completions/accessguard.fish\ncomplete -c accessguard -f\n";
  for (const auto word : first_words()) {
    const auto seconds = second_words(word);
    const std::string_view summary = seconds.empty() ? find_command(word)->summary : summary_of_group(word);
    text += fmt::format("complete -c accessguard -n __fish_use_subcommand -a {} -d '{}'\n", word, fish_quoted(summary));
    for (const auto second : seconds) {
      text += fmt::format(
          "complete -c accessguard -n '__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}' -a {} "
          "-d '{}'\n",
          word, fmt::join(seconds, " "), second,
          fish_quoted(find_command(fmt::format("{} {}", word, second))->summary));
    }
  }
  for (const auto& command : command_table()) {
    std::string condition = " -n '";
    std::string path(command.path);
    const auto space = path.find(' ');
    condition += "__fish_seen_subcommand_from " + path.substr(0, space);
    if (space != std::string::npos) condition += "; and __fish_seen_subcommand_from " + path.substr(space + 1);
    condition += "'";
    for (const auto& positional : command.positionals) {
      if (!positional.choices.empty())
        text += fmt::format("complete -c accessguard{} -a '{}'\n", condition, fmt::join(positional.choices, " "));
    }
    for (const auto& option : command.options) text += fish_option(condition, option);
  }
  for (const auto& option : common_options()) text += fish_option("", option);
  return text;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  return shell == "zsh" ? zsh_script() : fish_script();
}

}  // namespace ag::cli
