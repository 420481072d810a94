#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/asking.hpp"
#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/question.hpp"
#include "cli/request_view.hpp"
#include "cli/text.hpp"
#include "cli/wait.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

/// What is to be asked; usage errors are found here, before anything is sent.
Result<json::object> body_of(Context& context, const Arguments& arguments) {
  const auto length = parse_duration(arguments.text("for"));
  if (!length) return fail(length.error());
  json::array accounts;
  for (const auto& name : split_names(arguments.text("ACCOUNTS"))) accounts.emplace_back(name);
  if (accounts.empty()) return fail("invalid_value", "name at least one account");

  json::object body{{"accounts", std::move(accounts)},
                    {"permission_set", arguments.text("PERMISSION_SET")},
                    {"duration", arguments.text("for")}};
  if (const auto start = arguments.find("start")) {
    const auto at = parse_when(*start, context.now());
    if (!at) return fail(at.error());
    body["start"] = *start;
  }
  auto reason = arguments.find("reason");
  if (!reason) reason = ask_for_line(context, "Reason: ");
  if (!reason) return fail("invalid_value", "say why: --reason TEXT");
  body["reason"] = *reason;
  if (const auto ticket = arguments.find("ticket")) body["ticket"] = *ticket;
  if (const auto rule = arguments.find("rule")) body["rule"] = *rule;
  return body;
}

ExitCode run_ask(Context& context, const Arguments& arguments) {
  const auto plan = wait_plan(context, arguments);
  if (!plan) return context.usage(plan.error().message);
  const auto body = body_of(context, arguments);
  if (!body) return context.usage(body.error().message);

  return ask_and_wait(context, {.method = "POST", .path = "/v1/requests", .body = json::serialize(*body)}, *plan);
}

}  // namespace

std::vector<CommandSpec> ask_commands() {
  return {{
      .path = "ask",
      .summary = "Ask for access",
      .positionals = {{"ACCOUNTS", "Accounts by id or unique name, separated by commas"},
                      {"PERMISSION_SET", "Permission set by name or arn"}},
      .options = with_waiting_options(
          {{.names = "-t,--for", .value = "LENGTH", .help = "How long: 30m, 1h30m, 1d, PT1H", .need = Need::kRequired},
           {.names = "-m,--reason", .value = "TEXT", .help = "Why you need it; approvers and auditors read this"},
           {.names = "--ticket", .value = "ID", .help = "The ticket it belongs to"},
           {.names = "--start",
            .value = "TIME",
            .help = "Not before: 2026-11-25T14:30:00Z, or +2h; else as soon as approved"},
           {.names = "--rule", .value = "ID", .help = "Ask under this rule instead of the one that asks least"}}),
      .example =
          "accessguard ask prod-payments PowerUser --for 1h --reason \"failed payouts\" --ticket OPS-1412 --wait=10m",
      .run = run_ask,
  }};
}

}  // namespace ag::cli
