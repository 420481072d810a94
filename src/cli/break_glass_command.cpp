#include <fmt/format.h>

#include "cli/asking.hpp"
#include "cli/commands.hpp"
#include "cli/question.hpp"

namespace ag::cli {
namespace {

/// The account's name once more, typed by a person who means it. Error code `invalid_value` when nobody can be asked.
Result<std::string> confirmation(Context& context, const Arguments& arguments) {
  if (const auto given = arguments.find("confirm")) return *given;
  if (!context.may_ask())
    return fail("invalid_value", "break-glass wants the account's name once more: --confirm NAME");
  context.note(
      "This gives you access without anybody's approval. Everybody whom the policy names is told at once, and");
  context.note("somebody else has to review it.");
  if (auto typed = ask_for_line(context, "Type the name of the account to go on: ")) return *typed;
  return fail("invalid_value", "nothing was typed, and nothing was done");
}

ExitCode run_break_glass(Context& context, const Arguments& arguments) {
  const auto plan = wait_plan(context, arguments);
  if (!plan) return context.usage(plan.error().message);
  json::object body{{"account", arguments.text("ACCOUNT")},
                    {"permission_set", arguments.text("PERMISSION_SET")},
                    {"reason", arguments.text("reason")}};
  if (const auto length = arguments.find("for")) {
    if (const auto parsed = parse_duration(*length); !parsed) return context.usage(parsed.error().message);
    body["duration"] = *length;
  }
  const auto confirmed = confirmation(context, arguments);
  if (!confirmed) return context.usage(confirmed.error().message);
  body["confirm"] = *confirmed;
  return ask_and_wait(context, {.method = "POST", .path = "/v1/break-glass", .body = json::serialize(body)}, *plan);
}

}  // namespace

std::vector<CommandSpec> break_glass_commands() {
  return {{
      .path = "break-glass",
      .summary = "Access at once in an emergency, without approval, and loud",
      .positionals = {{"ACCOUNT", "Account by id or unique name"}, {"PERMISSION_SET", "Permission set by name or arn"}},
      .options = with_waiting_options(
          {{.names = "-m,--reason",
            .value = "TEXT",
            .help = "What is on fire; everybody who is told reads this",
            .need = Need::kRequired},
           {.names = "-t,--for", .value = "LENGTH", .help = "How long; else as long as the policy allows"},
           {.names = "--confirm", .value = "NAME", .help = "The account's name once more; else you are asked"}}),
      .example = "accessguard break-glass prod-payments BreakGlassAdmin --reason \"payments are down, nobody answers\"",
      .run = run_break_glass,
  }};
}

}  // namespace ag::cli
