#include "cli/cli.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <ostream>
#include <streambuf>

#include <fmt/format.h>

#include "cli/help.hpp"
#include "cli/interrupt.hpp"
#include "cli/parse.hpp"
#include "cli/text.hpp"

namespace ag::cli {
namespace {

Instant wall_clock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Instant::from_nanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

Terminal look_at_terminal(const Environment& environment) {
  Terminal terminal;
  terminal.in_is_terminal = isatty(STDIN_FILENO) == 1;
  terminal.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  terminal.err_is_terminal = isatty(STDERR_FILENO) == 1;
  winsize size{};
  if (terminal.out_is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    terminal.width = size.ws_col;
  const bool plain = environment("NO_COLOR").has_value() || environment("TERM").value_or("dumb") == "dumb";
  if (!plain && terminal.out_is_terminal) terminal.out_colour = Colour::kAnsi;
  if (!plain && terminal.err_is_terminal) terminal.err_colour = Colour::kAnsi;
  return terminal;
}

/// A stream over standard output or error; a write that fails (a full disk, a closed pipe) shows in its state.
class StandardBuffer : public std::streambuf {
 public:
  explicit StandardBuffer(std::FILE* file) : file_(file) {}

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    return std::fputc(c, file_) == EOF ? traits_type::eof() : c;
  }
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    return static_cast<std::streamsize>(std::fwrite(text, 1, static_cast<std::size_t>(count), file_));
  }
  int sync() override { return std::fflush(file_); }

 private:
  std::FILE* file_;
};

std::optional<Format> format_named(std::string_view name) {
  if (name == "table") return Format::kTable;
  if (name == "json") return Format::kJson;
  if (name == "jsonl") return Format::kJsonLines;
  if (name == "yaml") return Format::kYaml;
  if (name == "name") return Format::kName;
  return std::nullopt;
}

/// -q before -o before ACCESSGUARD_OUTPUT.
std::optional<Format> format_of(const Arguments& common, const Environment& environment) {
  if (common.has("quiet")) return Format::kName;
  return format_named(common.find("output").value_or(environment("ACCESSGUARD_OUTPUT").value_or("table")));
}

ExitCode tell_usage(const World& world, const UsageProblem& problem) {
  world.streams.err << painted("error: " + printable(problem.message), Tone::kBad, world.terminal.err_colour)
                    << "\n  try: " << printable(problem.try_this) << '\n'
                    << std::flush;
  return ExitCode::kUsage;
}

}  // namespace

ExitCode run(std::span<const std::string> words, const ServerEntry& server, const World& world) {
  if (words.size() == 1 && words.front() == "--version") return run(std::vector<std::string>{"version"}, server, world);
  auto outcome = parse_words(words);
  if (const auto* help = std::get_if<HelpWanted>(&outcome)) {
    world.streams.out << help->text << std::flush;
    return ExitCode::kOk;
  }
  if (const auto* problem = std::get_if<UsageProblem>(&outcome)) return tell_usage(world, *problem);

  auto& parsed = std::get<ParsedCommand>(outcome);
  const auto format = format_of(parsed.common, world.environment);
  if (!format)
    return tell_usage(world, {"ACCESSGUARD_OUTPUT must be table, json, jsonl, yaml or name", "accessguard --help"});
  if (parsed.command->path != "serve" && world.before_client_command) world.before_client_command();

  const bool may_ask = !parsed.common.has("no-input");
  Context context({.streams = world.streams,
                   .terminal = world.terminal,
                   .environment = world.environment,
                   .server = server,
                   .now = world.now,
                   .format = *format,
                   .may_ask = may_ask,
                   .common = std::move(parsed.common)});
  const ExitCode code = parsed.command->run(context, parsed.arguments);
  if (!world.streams.out.good() && code == ExitCode::kOk) return ExitCode::kOther;  // a full disk, a closed pipe
  return code;
}

int run(int argc, char** argv, const ServerEntry& server) {
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    StandardBuffer out_buffer(stdout);
    StandardBuffer err_buffer(stderr);
    std::ostream out(&out_buffer);
    std::ostream err(&err_buffer);
    const World world{
        {out, err}, look_at_terminal(process_environment), process_environment, wall_clock, watch_for_interrupt};
    const ExitCode code = run(words, server, world);
    return static_cast<int>(is_interrupted() ? ExitCode::kInterrupted : code);
  } catch (const std::exception& problem) {
    // Out of memory, or an error of ours: nothing a caller could do about it.
    fmt::print(stderr, "error: {}\n", printable(problem.what()));
    return static_cast<int>(ExitCode::kOther);
  }
}

}  // namespace ag::cli
