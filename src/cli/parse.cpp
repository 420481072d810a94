#include "cli/parse.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include "base/text.hpp"
#include "cli/help.hpp"

namespace ag::cli {
namespace {

/// What CLI11 has parsed into, for one CLI::App.
struct Bound {
  CLI::Option* option = nullptr;
  std::string key;
  Count count = Count::kOne;
};
struct BoundCommand {
  CLI::App* app = nullptr;
  const CommandSpec* command = nullptr;
  std::vector<Bound> bound;
};

// What people will have read about, and what a later version brings: told apart from a slip of the fingers.
constexpr std::array<std::string_view, 8> kLater = {
    "extend", "scan", "plan", "apply", "drift", "import", "audit export", "audit proof",
};

void restrict_to(CLI::Option& option, const std::vector<std::string_view>& choices) {
  if (choices.empty()) return;
  option.check(CLI::IsMember(std::vector<std::string>(choices.begin(), choices.end())));
}

class Parser {
 public:
  Parser() {
    app_.require_subcommand(1);  // and no more: else an account called "request" would be taken for a command
    app_.fallthrough();
    bind_options(app_, common_options(), common_);
    for (const auto& command : command_table()) add(command);
  }

  ParseOutcome parse(std::span<const std::string> words) {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // CLI11 takes from the end
    try {
      app_.parse(reversed);
    } catch (const CLI::CallForHelp&) {
      return HelpWanted{help()};
    } catch (const CLI::ParseError& problem) {
      return explain(problem, words);
    }
    for (const auto& bound : commands_) {
      if (!bound.app->parsed()) continue;
      return ParsedCommand{bound.command, collect(bound.bound), collect(common_)};
    }
    return UsageProblem{"which command?", "accessguard --help"};
  }

 private:
  void add(const CommandSpec& command) {
    const auto space = command.path.find(' ');
    CLI::App* parent = &app_;
    std::string name(command.path);
    if (space != std::string_view::npos) {
      const std::string group(command.path.substr(0, space));
      CLI::App*& known = groups_[group];
      if (known == nullptr) {
        known = app_.add_subcommand(group, std::string(summary_of_group(group)));
        known->require_subcommand(1);
      }
      parent = known;
      name = command.path.substr(space + 1);
    }
    CLI::App* app = parent->add_subcommand(name, std::string(command.summary));
    app->require_subcommand(0);
    BoundCommand bound{app, &command, {}};
    bind_options(*app, command.options, bound.bound);
    for (const auto& positional : command.positionals) {
      const std::string name_of_it(positional.name);
      const std::string help_of_it(positional.help);
      CLI::Option* option = positional.count == Count::kOne ? app->add_option(name_of_it, room_for_value(), help_of_it)
                                                            : app->add_option(name_of_it, room_for_list(), help_of_it);
      option->required(positional.need == Need::kRequired);
      restrict_to(*option, positional.choices);
      bound.bound.push_back({option, name_of_it, positional.count});
    }
    commands_.push_back(std::move(bound));
  }

  void bind_options(CLI::App& app, const std::vector<OptionSpec>& options, std::vector<Bound>& bound) {
    for (const auto& spec : options) {
      const std::string names(spec.names);
      // A flag of CLI11 with a text for its value takes one after `=` only, which is what an optional value needs.
      const Count count = spec.arity == Arity::kValues ? Count::kAny : Count::kOne;
      CLI::Option* option = count == Count::kAny ? app.add_option(names, room_for_list(), std::string(spec.help))
                            : spec.arity == Arity::kValue
                                ? app.add_option(names, room_for_value(), std::string(spec.help))
                                : app.add_flag(names, room_for_value(), std::string(spec.help));
      if (spec.arity == Arity::kFlag) option->disable_flag_override();
      // One value each time it is given: what follows is a positional.
      if (count == Count::kAny)
        option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      else option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
      option->required(spec.need == Need::kRequired);
      restrict_to(*option, spec.choices);
      bound.push_back({option, std::string(key_of(spec)), count});
    }
  }

  std::string& room_for_value() { return values_.emplace_back(); }
  std::vector<std::string>& room_for_list() { return lists_.emplace_back(); }

  static Arguments collect(const std::vector<Bound>& bound) {
    Arguments arguments;
    for (const auto& [option, key, count] : bound) {
      if (option->count() == 0) continue;
      if (count == Count::kAny) {
        arguments.set(key, option->results());
        continue;
      }
      std::string value = option->results().back();
      const bool bare_flag = option->get_expected_min() == 0 && value == "true";
      arguments.set(key, bare_flag ? std::string{} : std::move(value));
    }
    return arguments;
  }

  [[nodiscard]] std::string command_so_far() const {
    std::string path;
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      path += (path.empty() ? "" : " ") + at->get_name();
    }
    return path;
  }

  [[nodiscard]] std::string help() const {
    const std::string path = command_so_far();
    if (path.empty()) return help_of_all();
    const CommandSpec* command = find_command(path);
    return command == nullptr ? help_of_group(path) : help_of_command(*command);
  }

  [[nodiscard]] UsageProblem explain(const CLI::ParseError& problem, std::span<const std::string> words) const {
    const std::string path = command_so_far();
    const std::string try_this = fmt::format("accessguard {}{}--help", path, path.empty() ? "" : " ");
    if (find_command(path) == nullptr) {
      // The word where a command was expected.
      const auto candidates = path.empty() ? first_words() : second_words(path);
      for (const auto& word : words) {
        if (word.starts_with('-') || word == path) continue;
        const std::string wanted = fmt::format("{}{}{}", path, path.empty() ? "" : " ", excerpt(word));
        if (std::find(kLater.begin(), kLater.end(), wanted) != kLater.end())
          return {fmt::format("\"{}\" is not in this version yet", wanted), try_this};
        std::string message = fmt::format("there is no command \"{}\"", wanted);
        if (const auto near = nearest(word, {candidates.begin(), candidates.end()}))
          message += fmt::format("; did you mean \"{}\"?", *near);
        return {message, try_this};
      }
      return {path.empty() ? "which command?" : fmt::format("{} what? {}", path, fmt::join(candidates, ", ")),
              try_this};
    }
    return {std::string(problem.what()), try_this};
  }

  CLI::App app_;
  std::map<std::string, CLI::App*> groups_;
  std::deque<std::vector<std::string>> lists_;
  std::deque<std::string> values_;  // CLI11 wants places to write to; the results are read from it instead
  std::vector<Bound> common_;
  std::vector<BoundCommand> commands_;
};

}  // namespace

ParseOutcome parse_words(std::span<const std::string> words) { return Parser().parse(words); }

}  // namespace ag::cli
