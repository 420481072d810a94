#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/request_view.hpp"
#include "cli/text.hpp"
#include "cli/wait.hpp"

namespace ag::cli {
namespace {

ExitCode run_ls(Context& context, const Arguments& arguments) {
  const auto limit = limit_of(arguments);
  if (!limit) return context.usage(kLimitUsage);
  const auto list = context.call_list({.path = "/v1/requests",
                                       .query = {{"state", arguments.text("state")},
                                                 {"mine", arguments.has("mine") ? "true" : ""},
                                                 {"reviewable", arguments.has("reviewable") ? "true" : ""},
                                                 {"account", arguments.text("account")},
                                                 {"user", arguments.text("user")}}},
                                      *limit);
  if (!list) return context.report(list.error());
  show_list(context, *list, look_of_requests(context), "no requests");
  return ExitCode::kOk;
}

ExitCode run_show(Context& context, const Arguments& arguments) {
  const auto request = context.call(get_request(arguments.text("ID")));
  if (!request) return context.report(request.error());
  show_object(context, *request, look_of_request(context));
  return arguments.has("exit-status") ? exit_code_of_state(text_at(request->value, "state")) : ExitCode::kOk;
}

bool is_final(std::string_view state) {
  return state == "ended" || state == "revoked" || state == "denied" || state == "withdrawn" || state == "lapsed" ||
         state == "failed";
}

/// What is new since the last look: lines of the timeline, or the whole object for programs.
void show_news(Context& context, const Answer& request, std::size_t& seen) {
  const auto& timeline = items_at(request.value, "timeline");
  if (context.format() != Format::kTable) {
    if (timeline.size() != seen) show_object(context, request, look_of_request(context));
  } else {
    for (std::size_t i = seen; i < timeline.size(); ++i)
      context.out() << timeline_line(timeline[i], context.now()) << '\n' << timeline_words(timeline[i], context);
    context.out() << std::flush;
  }
  seen = std::max(seen, timeline.size());
}

ExitCode run_watch(Context& context, const Arguments& arguments) {
  auto request = context.call(get_request(arguments.text("ID")));
  if (!request) return context.report(request.error());
  auto options = context.connection();
  if (!options) return context.report(options.error());
  RequestWatch watch(context, text_at(request->value, "id"), std::move(*options));
  LiveLine line(context);
  std::size_t seen = 0;
  for (;;) {
    line.clear();
    show_news(context, *request, seen);
    const std::string state = text_at(request->value, "state");
    if (is_final(state)) return exit_code_of_state(state);
    std::optional<Answer> changed;
    while (!changed) {
      line.draw(fmt::format("{} {}", state, missing_decision(request->value)));
      auto news = watch.next(Duration::milliseconds(250));
      if (!news) {
        line.clear();
        return news.error().code == "interrupted" ? ExitCode::kInterrupted : context.report(news.error());
      }
      changed = std::move(*news);
    }
    *request = std::move(*changed);
  }
}

ExitCode run_withdraw(Context& context, const Arguments& arguments) {
  const auto request =
      context.call({.method = "POST", .path = get_request(arguments.text("ID")).path + "/withdraw", .body = "{}"});
  if (!request) return context.report(request.error());
  show_object(context, *request, look_of_request(context));
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> request_commands() {
  return {
      {.path = "request ls",
       .summary = "Requests that you may see, newest first",
       .options =
           {{.names = "--state",
             .value = "STATE,…",
             .help = "pending, scheduled, granting, active, ending, ended, revoked, denied, withdrawn, lapsed, failed"},
            {.names = "--mine", .help = "Only your own", .arity = Arity::kFlag},
            {.names = "--reviewable", .help = "Only those that wait for your decision", .arity = Arity::kFlag},
            {.names = "-a,--account", .value = "ACCOUNT", .help = "Only for this account"},
            {.names = "-u,--user", .value = "USER", .help = "Only of this person"},
            limit_option()},
       .example = "accessguard request ls --mine --state pending,active",
       .run = run_ls},
      {.path = "request show",
       .summary = "One request with its whole story",
       .positionals = {{"ID", "Id of the request"}},
       .options = {{.names = "--exit-status",
                    .help = "Exit 8 while it is pending, 6 denied, 7 lapsed, 10 failed",
                    .arity = Arity::kFlag}},
       .example = "accessguard request show req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA --exit-status",
       .run = run_show},
      {.path = "request watch",
       .summary = "Tell what happens to a request until it is over",
       .positionals = {{"ID", "Id of the request"}},
       .run = run_watch},
      {.path = "request withdraw",
       .summary = "Take back a request that is pending",
       .positionals = {{"ID", "Id of the request"}},
       .run = run_withdraw},
  };
}

}  // namespace ag::cli
