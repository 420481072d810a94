#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/request_view.hpp"
#include "cli/wait.hpp"

namespace ag::cli {
namespace {

constexpr std::size_t kAll = 200;

/// Who asks what waits for a decision is told what else waits.
void tell_of_reviews(Context& context) {
  const auto open = context.call_list({.path = "/v1/requests", .query = {{"review", "open"}}}, kAll);
  if (!open) return;
  const std::size_t count = items_at(open->value, "items").size();
  if (count == 0) return;
  context.note(fmt::format("{} of break-glass for your review: `accessguard review ls --break-glass`",
                           count == 1 ? "1 use waits" : fmt::format("{} uses wait", count)));
}

ExitCode run_ls(Context& context, const Arguments& arguments) {
  const auto limit = limit_of(arguments);
  if (!limit) return context.usage(kLimitUsage);
  const bool of_break_glass = arguments.has("break-glass");
  const std::pair<std::string, std::string> wanted =
      of_break_glass ? std::pair("review", "open") : std::pair("reviewable", "true");
  const auto list = context.call_list({.path = "/v1/requests", .query = {wanted}}, *limit);
  if (!list) return context.report(list.error());
  show_list(context, *list, look_of_requests(context),
            of_break_glass ? "no use of break-glass waits for your review" : "nothing waits for your decision");
  if (!of_break_glass) tell_of_reviews(context);
  return ExitCode::kOk;
}

void tell_what_is_asked(Context& context, const json::value& request) {
  context.note(fmt::format("{} asks: {} · level {}", text_at(request, "requester.user_name"), summary_of(request),
                           text_at(request, "level")));
  context.err() << facts_lines(request, context) << requester_words(request, context);
}

/// Reads the request and decides about exactly what was read: an approval counts for that version only.
ExitCode decide(Context& context, const Arguments& arguments, std::string_view decision) {
  json::object body{{"decision", decision}};
  if (const auto comment = arguments.find("comment")) body["comment"] = *comment;
  if (const auto max = arguments.find("max")) {
    const auto length = parse_duration(*max);
    if (!length) return context.usage(length.error().message);
    body["max_duration"] = *max;
  }
  if (const auto accounts = arguments.find("accounts")) {
    json::array only;
    for (const auto& name : split_names(*accounts)) only.emplace_back(name);
    if (only.empty()) return context.usage("--accounts takes names or ids, separated by commas");
    body["accounts"] = std::move(only);
  }
  const ApiCall get = get_request(arguments.text("ID"));
  const auto seen = context.call(get);
  if (!seen) return context.report(seen.error());
  const json::value& request = seen->value;
  tell_what_is_asked(context, request);
  body["version"] = value_at(request, "version");

  const auto decided = context.call({.method = "POST", .path = get.path + "/decisions", .body = json::serialize(body)});
  if (!decided) return context.report(decided.error());
  const std::string missing = missing_decision(decided->value);
  context.note(fmt::format("✓ {} is now {}{}{}", text_at(decided->value, "id"), text_at(decided->value, "state"),
                           missing.empty() ? "" : " · ", missing));
  show_object(context, *decided, look_of_request(context));
  return ExitCode::kOk;
}

ExitCode run_close(Context& context, const Arguments& arguments) {
  const json::object body{{"finding", arguments.text("finding")}, {"comment", arguments.text("comment")}};
  const auto request = context.call(
      {.method = "POST", .path = get_request(arguments.text("ID")).path + "/review", .body = json::serialize(body)});
  if (!request) return context.report(request.error());
  context.note(fmt::format("✓ {} is reviewed: {}", text_at(request->value, "id"), arguments.text("finding")));
  show_object(context, *request, look_of_request(context));
  return ExitCode::kOk;
}

ExitCode run_approve(Context& context, const Arguments& arguments) { return decide(context, arguments, "approve"); }
ExitCode run_deny(Context& context, const Arguments& arguments) { return decide(context, arguments, "deny"); }

}  // namespace

std::vector<CommandSpec> review_commands() {
  return {
      {.path = "review ls",
       .summary = "Requests that wait for your decision",
       .options = {{.names = "--break-glass",
                    .help = "Uses of break-glass that wait for your review, instead",
                    .arity = Arity::kFlag},
                   limit_option()},
       .run = run_ls},
      {.path = "review approve",
       .summary = "Approve a request",
       .positionals = {{"ID", "Id of the request"}},
       .options = {{.names = "--accounts",
                    .value = "ACCOUNT,…",
                    .help = "Only these of its accounts; the others that wait for you are dropped"},
                   {.names = "--max", .value = "LENGTH", .help = "Allow no longer than this: 30m, 1h"},
                   {.names = "-m,--comment", .value = "TEXT", .help = "For the requester and the ledger"}},
       .example = "accessguard review approve req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA --max 30m --comment \"ok for payouts\"",
       .run = run_approve},
      {.path = "review deny",
       .summary = "Deny a request",
       .positionals = {{"ID", "Id of the request"}},
       .options =
           {{.names = "-m,--comment", .value = "TEXT", .help = "Why; the requester reads it", .need = Need::kRequired}},
       .run = run_deny},
      {.path = "review close",
       .summary = "Close the review of somebody else's use of break-glass",
       .positionals = {{"ID", "Id of the request"}},
       .options = {{.names = "--finding",
                    .value = "FINDING",
                    .help = "justified or unjustified",
                    .need = Need::kRequired,
                    .choices = {"justified", "unjustified"}},
                   {.names = "-m,--comment",
                    .value = "TEXT",
                    .help = "What you found; for the ledger",
                    .need = Need::kRequired}},
       .example = "accessguard review close req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA --finding justified --comment \"payments "
                  "were down\"",
       .run = run_close},
  };
}

}  // namespace ag::cli
