#include "cli/asking.hpp"

#include <fmt/format.h>

#include "cli/json_path.hpp"
#include "cli/request_view.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

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

}  // namespace

ExitCode ask_and_wait(Context& context, const ApiCall& call, const WaitPlan& plan) {
  auto request = context.call(call);
  if (!request) return context.report(request.error());
  const Look look = look_of_request(context);
  const bool id_only = context.format() == Format::kName;
  if (id_only) show_object(context, *request, look);  // at once: who waits in vain can still withdraw it
  else echo(context, request->value);
  if (request->status == 200) context.note("  that was asked before, and is the same request");

  ExitCode outcome = ExitCode::kOk;
  if (plan.kind != WaitKind::kNone) {
    outcome = wait_for_outcome(context, *request, plan.bound);
    tell_outcome(context, request->value, outcome);
  }
  if (!id_only) show_object(context, *request, look);
  return outcome;
}

std::vector<OptionSpec> with_waiting_options(std::vector<OptionSpec> options) {
  options.push_back({.names = "--wait",
                     .value = "LENGTH",
                     .help = "Wait for the outcome, at most so long; the default on a terminal",
                     .arity = Arity::kOptionalValue});
  options.push_back(
      {.names = "--no-wait", .help = "Return as soon as the request is on the ledger", .arity = Arity::kFlag});
  return options;
}

}  // namespace ag::cli
