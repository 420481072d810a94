#include <fmt/format.h>

#include <iostream>
#include <string>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/settings.hpp"
#include "cli/text.hpp"
#include "iam/evaluation_case.hpp"

/// `accessguard iam …`: works without a server.
namespace ag::cli {
namespace {

constexpr std::size_t kLongestLine = 16 * 1024 * 1024;  // bytes: a hundred of the longest policies that AWS has

std::string told(const Error& error) {
  return error.field.empty() ? error.message : fmt::format("{}: {}", error.field, error.message);
}

/// What stands in the place of a verdict, so that answers and cases can be counted side by side.
std::string bad_line(const Error& error, std::size_t number, bool explain) {
  if (!explain) return printable(fmt::format("Invalid {}", told(error)));
  json::object inner{{"code", error.code}, {"message", error.message}};
  if (!error.field.empty()) inner["field"] = error.field;
  return json::serialize(json::object{{"error", std::move(inner)}, {"line", number}});
}

/// One case a line, one verdict a line. A bad line is told in its place, and the run goes on.
ExitCode evaluate_lines(Context& context, bool explain) {
  std::string buffer(kLongestLine, '\0');
  bool all_good = true;
  std::size_t number = 0;
  const auto bad = [&](const Error& error) {
    context.out() << bad_line(error, number, explain) << '\n';
    context.note(fmt::format("line {}: {}", number, told(error)));
    all_good = false;
  };
  while (true) {
    std::cin.getline(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const auto read = static_cast<std::size_t>(std::cin.gcount());
    if (read == 0 && !std::cin) break;
    ++number;
    if (std::cin.fail() && !std::cin.eof()) {
      std::cin.clear();
      std::cin.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
      bad({"too_large", fmt::format("longer than {} bytes", kLongestLine)});
      continue;
    }
    // The count includes the line's end, which the last line may not have.
    const std::string_view line(buffer.data(), std::cin.eof() ? read : read - 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto asked = iam::read_case(line);
    if (!asked) {
      bad(asked.error());
      continue;
    }
    const auto decision = iam::Engine(asked->layers).decide(asked->request);
    if (explain) {
      json::object object = iam::to_object(*asked, decision);
      object["line"] = number;
      context.out() << json::serialize(object) << '\n';
    } else {
      context.out() << printable(iam::to_line(decision)) << '\n';
    }
  }
  context.out() << std::flush;
  return all_good ? ExitCode::kOk : ExitCode::kOther;
}

std::string explained(const json::object& object) {
  std::string text = std::string(object.at("verdict").as_string());
  if (const auto* keys = object.if_contains("dependsOn")) {
    for (const auto& key : keys->as_array()) text += fmt::format(" {}", std::string_view(key.as_string()));
  }
  text += '\n';
  for (const auto& value : object.at("statements").as_array()) {
    const auto& one = value.as_object();
    text += fmt::format("  {} by {}", std::string_view(one.at("effect").as_string()),
                        std::string_view(one.at("layer").as_string()));
    if (const auto* level = one.if_contains("level")) text += fmt::format(" level {}", level->to_number<int>());
    if (const auto* name = one.if_contains("name")) text += fmt::format(" {}", std::string_view(name->as_string()));
    text += fmt::format(", policy {}, statement {}", one.at("policy").to_number<int>(),
                        one.at("statement").to_number<int>());
    if (const auto* sid = one.if_contains("sid")) text += fmt::format(" ({})", std::string_view(sid->as_string()));
    text += one.contains("certain") ? ", perhaps\n" : "\n";
  }
  if (const auto* withheld = object.if_contains("withheld")) {
    for (const auto& one : withheld->as_array())
      text += fmt::format("  not allowed by {}\n", std::string_view(one.as_string()));
  }
  if (const auto* problems = object.if_contains("problems")) {
    for (const auto& one : problems->as_array()) text += fmt::format("  note: {}\n", std::string_view(one.as_string()));
  }
  return text;
}

ExitCode run_evaluate(Context& context, const Arguments& arguments) {
  const auto file = arguments.find("FILE");
  if (arguments.has("jsonl")) {
    if (file && *file != "-")
      return context.usage("--jsonl reads standard input: accessguard iam evaluate --jsonl < FILE");
    return evaluate_lines(context, arguments.has("explain"));
  }
  const auto text = read_input(file.value_or("-"), kLongestLine);
  if (!text) return context.report(text.error());
  const auto asked = iam::read_case(*text);
  if (!asked) {
    Error error = asked.error();
    error.message = told(error);
    return context.report(error);
  }
  const auto decision = iam::Engine(asked->layers).decide(asked->request);
  const json::object object = iam::to_object(*asked, decision);
  show_object(context, {object, json::serialize(object), {}},
              {[&](const json::value&) { return iam::to_line(decision); },
               [&](const json::value&) { return printable_lines(explained(object)); }});
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> iam_commands() {
  return {
      {.path = "iam evaluate",
       .summary = "What policies say to a request",
       .positionals = {{"FILE", "One case as JSON; standard input when left out", Need::kOptional}},
       .options = {{.names = "--jsonl",
                    .help = "One case a line on standard input, one verdict a line",
                    .arity = Arity::kFlag},
                   {.names = "--explain",
                    .help = "With --jsonl: verdicts as JSON with the statements that decided",
                    .arity = Arity::kFlag}},
       .example = "accessguard iam evaluate --jsonl --explain < cases.jsonl",
       .run = run_evaluate},
  };
}

}  // namespace ag::cli
