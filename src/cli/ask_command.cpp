#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/question.hpp"
#include "cli/request_view.hpp"
#include "cli/text.hpp"
#include "cli/wait.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    if (!name.empty()) names.emplace_back(name);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return names;
}

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

void echo(Context& context, const json::value& request) {
  context.note(fmt::format("→ {}: {}", text_at(request, "id"), summary_of(request)));
  if (const auto start = time_at(request, "start")) context.note("  starts " + when_text(*start, context.now()));
  if (is_hard(request)) context.note("  hard end: live sessions are cut when the access ends");
  const std::string missing = missing_decision(request);
  if (missing.empty()) return;
  const auto lapses = time_at(request, "lapses_at");
  context.note(
      fmt::format("  {} · lapses undecided {}", missing, lapses ? when_text(*lapses, context.now()) : "never"));
}

void tell_outcome(Context& context, const json::value& request, ExitCode outcome) {
  const std::string id = text_at(request, "id");
  if (outcome == ExitCode::kInterrupted || outcome == ExitCode::kWaitTimedOut) {
    if (text_at(request, "state") == "lapsed") return context.note("✗ lapsed: nobody decided in time");
    context.note(fmt::format("{} stays open · accessguard request watch {}", id, id));
  } else if (outcome == ExitCode::kDenied) {
    for (const auto& decision : items_at(request, "decisions")) {
      if (text_at(decision, "decision") != "deny") continue;
      context.note(fmt::format("✗ denied by {}: {}", text_at(decision, "by.user_name"), text_at(decision, "comment")));
    }
  } else if (outcome == ExitCode::kAwsFailed) {
    for (const auto& grant : items_at(request, "grants")) {
      if (text_at(grant, "state") != "failed") continue;
      context.note(
          fmt::format("✗ AWS would not: {}: {}", text_at(grant, "failure.code"), text_at(grant, "failure.message")));
    }
  } else if (outcome == ExitCode::kOk) {
    context.note(fmt::format("✓ {}", text_at(request, "state")));
  } else {
    context.note(fmt::format("✗ {}", text_at(request, "state")));
  }
}

ExitCode run_ask(Context& context, const Arguments& arguments) {
  const auto plan = wait_plan(context, arguments);
  if (!plan) return context.usage(plan.error().message);
  const auto body = body_of(context, arguments);
  if (!body) return context.usage(body.error().message);

  auto request = context.call({.method = "POST", .path = "/v1/requests", .body = json::serialize(*body)});
  if (!request) return context.report(request.error());
  const Look look = look_of_request(context);
  const bool id_only = context.format() == Format::kName;
  if (id_only) show_object(context, *request, look);  // at once: who waits in vain can still withdraw it
  else echo(context, request->value);

  ExitCode outcome = ExitCode::kOk;
  if (plan->kind != WaitKind::kNone) {
    outcome = wait_for_outcome(context, *request, plan->bound);
    tell_outcome(context, request->value, outcome);
  }
  if (!id_only) show_object(context, *request, look);
  return outcome;
}

}  // namespace

std::vector<CommandSpec> ask_commands() {
  return {{
      .path = "ask",
      .summary = "Ask for access",
      .positionals = {{"ACCOUNTS", "Accounts by id or unique name, separated by commas"},
                      {"PERMISSION_SET", "Permission set by name or arn"}},
      .options =
          {{.names = "-t,--for", .value = "LENGTH", .help = "How long: 30m, 1h30m, 1d, PT1H", .need = Need::kRequired},
           {.names = "-m,--reason", .value = "TEXT", .help = "Why you need it; approvers and auditors read this"},
           {.names = "--ticket", .value = "ID", .help = "The ticket it belongs to"},
           {.names = "--start",
            .value = "TIME",
            .help = "Not before: 2026-11-25T14:30:00Z, or +2h; else as soon as approved"},
           {.names = "--rule", .value = "ID", .help = "Ask under this rule instead of the one that asks least"},
           {.names = "--wait",
            .value = "LENGTH",
            .help = "Wait for the outcome, at most so long; the default on a terminal",
            .arity = Arity::kOptionalValue},
           {.names = "--no-wait", .help = "Return as soon as the request is on the ledger", .arity = Arity::kFlag}},
      .example =
          "accessguard ask prod-payments PowerUser --for 1h --reason \"failed payouts\" --ticket OPS-1412 --wait=10m",
      .run = run_ask,
  }};
}

}  // namespace ag::cli
