#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

namespace ag::cli {
namespace {

std::string remark_line(std::string_view file, std::string_view severity, const json::value& remark) {
  return fmt::format("{}:{}: {}: {} [{}{}{}]\n", printable(file), number_at(remark, "line"), severity,
                     printable(text_at(remark, "message")), printable(text_at(remark, "where")),
                     text_at(remark, "where").empty() ? "" : " ", printable(text_at(remark, "code")));
}

std::string expectation_line(std::string_view file, const json::value& result) {
  return fmt::format("{}: {} {}\n", printable(file), flag_at(result, "passed") ? "✓" : "✗",
                     printable(text_at(result, "message")));
}

std::size_t count_met(const json::array& results) {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [](const auto& result) { return flag_at(result, "passed"); }));
}

/// Beside what was done, on standard error.
void note_warnings(Context& context, std::string_view file, const json::value& answer) {
  for (const auto& warning : items_at(answer, "warnings")) {
    std::string line = remark_line(file, "warning", warning);
    line.pop_back();
    context.note(line);
  }
}

ExitCode run_validate(Context& context, const Arguments& arguments) {
  const std::string file = arguments.text("FILE");
  const auto text = read_policy(file);
  if (!text) return context.report(text.error());
  const auto check = context.call(
      {.method = "POST", .path = "/v1/policy/validate", .body = json::serialize(json::object{{"text", *text}})});
  if (!check) return context.report(check.error());
  const bool valid = flag_at(check->value, "valid");
  const Look look{[valid](const json::value&) { return std::string(valid ? "valid" : "invalid"); },
                  [&](const json::value& whole) {
                    std::string lines;
                    for (const auto& problem : items_at(whole, "problems"))
                      lines += remark_line(file, "error", problem);
                    for (const auto& warning : items_at(whole, "warnings"))
                      lines += remark_line(file, "warning", warning);
                    for (const auto& result : items_at(whole, "expectations")) {
                      if (!flag_at(result, "passed")) lines += expectation_line(file, result);
                    }
                    return lines;
                  }};
  show_object(context, *check, look);
  const auto& results = items_at(check->value, "expectations");
  const std::size_t unmet = results.size() - count_met(results);
  if (!valid) context.note("✗ not valid");
  else if (unmet == 0) context.note("✓ valid; `accessguard policy apply` puts it in force");
  else
    context.note(fmt::format("✗ valid, but {} of {} expectations are not met: `accessguard policy apply` refuses it",
                             unmet, results.size()));
  return valid && unmet == 0 ? ExitCode::kOk : ExitCode::kOther;
}

ExitCode run_test(Context& context, const Arguments& arguments) {
  const std::string file = arguments.text("FILE");
  const auto text = read_policy(file);
  if (!text) return context.report(text.error());
  const auto check = context.call(
      {.method = "POST", .path = "/v1/policy/validate", .body = json::serialize(json::object{{"text", *text}})});
  if (!check) return context.report(check.error());
  const auto& results = items_at(check->value, "expectations");
  const std::size_t met = count_met(results);
  const bool valid = flag_at(check->value, "valid");
  const bool good = valid && met == results.size();
  const Look look{[good](const json::value&) { return std::string(good ? "passed" : "failed"); },
                  [&](const json::value& whole) {
                    std::string lines;
                    for (const auto& problem : items_at(whole, "problems"))
                      lines += remark_line(file, "error", problem);
                    for (const auto& result : items_at(whole, "expectations")) lines += expectation_line(file, result);
                    return lines;
                  }};
  show_object(context, *check, look);
  if (!valid) context.note("✗ not valid");
  else if (results.empty()) context.note("the file expects nothing: write down under `expect` what must hold");
  else context.note(fmt::format("{} {} of {} expectations are met", good ? "✓" : "✗", met, results.size()));
  return good ? ExitCode::kOk : ExitCode::kOther;
}

Look look_of_policy(const Context& context) {
  return {[](const json::value& policy) { return text_at(policy, "hash"); },
          [&context](const json::value& policy) {
            const std::string text = text_at(policy, "text");
            return context.terminal().out_is_terminal ? printable_lines(text) : text;
          }};
}

ExitCode run_export(Context& context, const Arguments&) {
  const auto policy = context.call({.path = "/v1/policy"});
  if (!policy) return context.report(policy.error());
  show_object(context, *policy, look_of_policy(context));
  return ExitCode::kOk;
}

/// Somebody else has to agree: the policy in force stays until then.
ExitCode tell_waits(Context& context, const Answer& answer) {
  const std::string id = text_at(answer.value, "change.id");
  context.note("→ it waits for somebody else to agree, because:");
  for (const auto& line : items_at(answer.value, "change.widens")) context.note("  " + printable(text_at(line, "")));
  context.note(fmt::format("  another person: accessguard policy approve {}", id));
  show_object(context, answer,
              {[](const json::value& whole) { return text_at(whole, "change.id"); },
               [](const json::value& whole) { return printable(text_at(whole, "change.id")) + "\n"; }});
  return ExitCode::kPending;
}

ExitCode run_apply(Context& context, const Arguments& arguments) {
  const auto text = read_policy(arguments.text("FILE"));
  if (!text) return context.report(text.error());
  const auto in_force = context.call({.path = "/v1/policy"});
  if (!in_force) return context.report(in_force.error());

  const Look summary{[](const json::value& policy) { return text_at(policy, "hash"); },
                     [](const json::value& policy) { return printable(text_at(policy, "hash")) + "\n"; }};
  if (text_at(in_force->value, "text") == *text && !text->empty()) {
    note_warnings(context, arguments.text("FILE"), in_force->value);
    context.note("✓ that policy is in force already");
    show_object(context, *in_force, summary);
    return ExitCode::kOk;
  }
  // The ETag that was just read, or the hash that the author says it was made from: a change between is not
  // overwritten.
  std::string match(in_force->headers.find("ETag").value_or("*"));
  if (const auto base = arguments.find("base")) match = fmt::format("\"{}\"", *base);
  const auto applied = context.call({.method = "PUT",
                                     .path = "/v1/policy",
                                     .body = json::serialize(json::object{{"text", *text}}),
                                     .headers = {{"If-Match", match}}});
  if (!applied) return context.report(applied.error());
  note_warnings(context, arguments.text("FILE"), applied->value);
  if (applied->value.as_object().contains("change")) return tell_waits(context, *applied);
  context.note("✓ in force from now on, in place of " +
               (text_at(in_force->value, "hash").empty() ? std::string("none") : text_at(in_force->value, "hash")));
  show_object(context, *applied, summary);
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> policy_commands() {
  return {
      {.path = "policy validate",
       .summary = "Tell what is wrong with a policy file, and change nothing",
       .positionals = {{"FILE", "The file; - for standard input"}},
       .run = run_validate},
      {.path = "policy test",
       .summary = "Hold a policy file's own expectations against today's organization",
       .positionals = {{"FILE", "The file; - for standard input"}},
       .run = run_test},
      {.path = "policy apply",
       .summary = "Put a policy file in force (administrators)",
       .positionals = {{"FILE", "The file; - for standard input"}},
       .options = {{.names = "--base", .value = "HASH", .help = "Only when this is the policy in force"}},
       .run = run_apply},
      {.path = "policy export", .summary = "Print the policy in force, byte for byte", .run = run_export},
  };
}

}  // namespace ag::cli
