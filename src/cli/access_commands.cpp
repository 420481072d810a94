#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/asking.hpp"
#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/question.hpp"
#include "cli/request_view.hpp"
#include "cli/wait.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

std::string approvals_of(const json::value& item) {
  const auto& steps = items_at(item, "approvals");
  if (steps.empty()) return "nobody";
  std::vector<std::string> texts;
  for (const auto& step : steps) {
    texts.push_back(fmt::format("{} of {}", number_at(step, "need"), names_of_parties(items_at(step, "any_of"))));
  }
  return fmt::format("{}", fmt::join(texts, ", then "));
}

/// `2 × 1h, 3h in all`: how often, and by how much, it may be extended, and where a guardrail limits the whole.
std::string extension_of(const json::value& item) {
  const std::int64_t times = number_at(item, "extend.times");
  if (times == 0) return "";
  const std::int64_t by = number_at(item, "extend.by_seconds");
  const std::int64_t whole = number_at(item, "whole_max_seconds");
  const bool is_limited = whole > 0 && whole < number_at(item, "max_seconds") + times * by;
  return fmt::format("{} × {}{}", times, to_text(Duration::seconds(by)),
                     is_limited ? fmt::format(", {} in all", to_text(Duration::seconds(whole))) : "");
}

std::string windows_of(const json::value& item) {
  std::vector<std::string> windows;
  for (const auto& text : items_at(item, "during")) windows.push_back(text_at(text, ""));
  return windows.empty() ? "any time" : fmt::format("{}", fmt::join(windows, ", and "));
}

std::string needs_of(const json::value& item) {
  std::vector<std::string> needs;
  if (const auto characters = number_at(item, "reason_min"); characters > 0)
    needs.push_back(fmt::format("reason ≥ {}", characters));
  for (const auto& pattern : items_at(item, "ticket_patterns")) needs.push_back("ticket " + text_at(pattern, ""));
  for (const auto& apart : items_at(item, "never_with"))
    needs.push_back("not with " + text_at(apart, "permission_sets"));
  return fmt::format("{}", fmt::join(needs, ", "));
}

std::string eligible_table(const json::value& list, const Context& context) {
  Table table(
      {"ACCOUNT", "PERMISSION SET", "LEVEL", "AT MOST", "MORE TIME", "WHEN", "WHO MUST AGREE", "NEEDS", "RULE"});
  for (const auto& item : items_at(list, "items")) {
    table.add({{text_at(item, "account.name")},
               {text_at(item, "permission_set.name")},
               {text_at(item, "level")},
               {to_text(Duration::seconds(number_at(item, "max_seconds")))},
               {extension_of(item)},
               {windows_of(item)},
               {approvals_of(item)},
               {needs_of(item)},
               {text_at(item, "rule")}});
  }
  return table.render(table_style(context));
}

std::string some_of(const json::value& some, std::string_view many) {
  std::vector<std::string> names;
  for (const auto& name : items_at(some, "names")) names.push_back(text_at(name, ""));
  const auto count = static_cast<std::size_t>(number_at(some, "count"));
  if (count == 1 && names.size() == 1) return names.front();
  return fmt::format("{} {} ({}{})", count, many, fmt::join(names, ", "), count > names.size() ? ", …" : "");
}

std::string glass_line(const json::value& glass) {
  return fmt::format(
      "! break-glass opens {} in {} to you at once, without approval, for {} at most, with a review within {}: "
      "accessguard break-glass ACCOUNT PERMISSION_SET --reason \"…\"",
      some_of(value_at(glass, "permission_sets"), "permission sets"), some_of(value_at(glass, "accounts"), "accounts"),
      to_text(Duration::seconds(number_at(glass, "max_seconds"))),
      to_text(Duration::seconds(number_at(glass, "review_within_seconds"))));
}

ExitCode run_can(Context& context, const Arguments& arguments) {
  const auto limit = limit_of(arguments);
  if (!limit) return context.usage(kLimitUsage);
  const auto list = context.call_list(
      {.path = "/v1/eligible",
       .query = {{"account", arguments.text("account")}, {"permission_set", arguments.text("permission-set")}}},
      *limit);
  if (!list) return context.report(list.error());
  const Look look{[](const json::value& item) {
                    return fmt::format("{} {}", text_at(item, "account.id"), text_at(item, "permission_set.name"));
                  },
                  [&context](const json::value& whole) { return eligible_table(whole, context); }};
  show_list(context, *list, look, "no rule opens anything to you here");
  if (const auto& glass = value_at(list->value, "break_glass"); !glass.is_null()) context.note(glass_line(glass));
  return ExitCode::kOk;
}

ExitCode run_access_ls(Context& context, const Arguments& arguments) {
  const auto limit = limit_of(arguments);
  if (!limit) return context.usage(kLimitUsage);
  const std::string states =
      arguments.has("all") ? "" : arguments.find("state").value_or("scheduled,granting,active,ending");
  const auto list = context.call_list({.path = "/v1/grants", .query = {{"mine", "true"}, {"state", states}}}, *limit);
  if (!list) return context.report(list.error());
  const Look look{[](const json::value& grant) { return text_at(grant, "request"); },
                  [&context](const json::value& whole) { return grant_table(items_at(whole, "items"), context); }};
  show_list(context, *list, look, "you have no temporary access now: accessguard can · accessguard ask");
  return ExitCode::kOk;
}

ExitCode run_extend(Context& context, const Arguments& arguments) {
  const auto plan = wait_plan(context, arguments);
  if (!plan) return context.usage(plan.error().message);
  const auto length = parse_duration(arguments.text("LENGTH"));
  if (!length) return context.usage(length.error().message);
  json::object body{{"duration", arguments.text("LENGTH")}};
  auto reason = arguments.find("reason");
  if (!reason) reason = ask_for_line(context, "Reason: ");
  if (!reason) return context.usage("say why: --reason TEXT");
  body["reason"] = *reason;
  if (const auto ticket = arguments.find("ticket")) body["ticket"] = *ticket;
  const std::string path = get_request(request_of(arguments.text("ID"))).path + "/extend";
  return ask_and_wait(context, {.method = "POST", .path = path, .body = json::serialize(body)}, *plan);
}

ExitCode run_end(Context& context, const Arguments& arguments) {
  const std::string id = arguments.text("ID");
  const ApiCall get = get_request(request_of(id));
  if (id.starts_with("grt_")) {
    const auto request = context.call(get);
    if (!request) return context.report(request.error());
    const std::size_t grants = items_at(request->value, "grants").size();
    if (grants > 1) {
      return context.usage(fmt::format("{} is one of {} grants of {}; they end together: accessguard access end {}",
                                       excerpt(id), grants, request_of(id), request_of(id)));
    }
  }
  json::object body;
  if (const auto reason = arguments.find("reason")) body["reason"] = *reason;
  const auto request = context.call({.method = "POST", .path = get.path + "/end", .body = json::serialize(body)});
  if (!request) return context.report(request.error());
  show_object(context, *request, look_of_request(context));
  for (const auto& grant : items_at(request->value, "grants")) {
    const auto until = time_at(grant, "credentials_until");
    if (!until || *until <= context.now()) continue;
    context.note(fmt::format("credentials that AWS has issued may live until {}", when_text(*until, context.now())));
    break;
  }
  return ExitCode::kOk;
}

std::string path_of(const json::value& item) {
  if (text_at(item, "path") == "grant") return "grant " + text_at(item, "request");
  const std::string group = text_at(item, "group.name");
  return group.empty() ? "standing" : "standing, by group " + group;
}

std::string who_table(const json::value& list, const Context& context) {
  const Instant now = context.now();
  Table table({"WHO", "ACCOUNT", "PERMISSION SET", "PATH", "SINCE", "ACCESS ENDS", "CREDENTIALS MAY LIVE UNTIL"});
  for (const auto& item : items_at(list, "items")) {
    const auto since = time_at(item, "since");
    const auto until = time_at(item, "until");
    const auto credentials = time_at(item, "credentials_until");
    const bool standing = text_at(item, "path") == "standing";
    table.add({{text_at(item, "user.user_name")},
               {text_at(item, "account.name")},
               {text_at(item, "permission_set.name")},
               {path_of(item), standing ? Tone::kWaiting : Tone::kGood},
               {since ? clock_text(*since, now) : ""},
               {until      ? when_text(*until, now)
                : standing ? "never"
                           : ""},
               {credentials ? clock_text(*credentials, now) : ""}});
  }
  return table.render(table_style(context));
}

ExitCode run_who(Context& context, const Arguments& arguments) {
  const auto limit = limit_of(arguments);
  if (!limit) return context.usage(kLimitUsage);
  std::string at;
  if (arguments.has("at")) {
    const auto moment = parse_rfc3339(arguments.text("at"));
    if (!moment) return context.usage("--at takes a time like 2026-11-25T14:30:00Z");
    at = to_rfc3339(*moment);
    context.note("as of " + when_text(*moment, context.now()));
  }
  const auto list = context.call_list({.path = "/v1/access",
                                       .query = {{"account", arguments.text("ACCOUNT")},
                                                 {"user", arguments.text("user")},
                                                 {"permission_set", arguments.text("permission-set")},
                                                 {"at", at}}},
                                      *limit);
  if (!list) return context.report(list.error());
  const Look look{[](const json::value& item) { return text_at(item, "user.user_name"); },
                  [&context](const json::value& whole) { return who_table(whole, context); }};
  show_list(context, *list, look, "nobody, as far as you may see");
  if (context.format() == Format::kTable) {
    const auto read = time_at(list->value, "standing_at");
    context.note(read ? "standing access as read from AWS " + when_text(*read, context.now())
                      : "standing access is not known for this");
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> access_commands() {
  return {
      {.path = "can",
       .summary = "What you may ask for, who must agree, for how long",
       .options = {{.names = "-a,--account", .value = "ACCOUNT", .help = "Only this account"},
                   {.names = "-p,--permission-set", .value = "NAME", .help = "Only this permission set"},
                   limit_option()},
       .run = run_can},
      {.path = "access ls",
       .summary = "Your temporary access, with both clocks",
       .options = {{.names = "--state", .value = "STATE,…", .help = "Other states than the living ones"},
                   {.names = "--all", .help = "The past too", .arity = Arity::kFlag},
                   limit_option()},
       .run = run_access_ls},
      {.path = "access extend",
       .summary = "Ask for more time with access that you have",
       .positionals = {{"ID", "Id of the request, or of one of its grants"}, {"LENGTH", "How much longer: 30m, 1h"}},
       .options = with_waiting_options(
           {{.names = "-m,--reason", .value = "TEXT", .help = "Why you need it; approvers and auditors read this"},
            {.names = "--ticket", .value = "ID", .help = "The ticket it belongs to"}}),
       .example = "accessguard access extend req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA 30m --reason \"the import runs longer\"",
       .run = run_extend},
      {.path = "access end",
       .summary = "Give access back before its time",
       .positionals = {{"ID", "Id of the request, or of its only grant"}},
       .options = {{.names = "-m,--reason", .value = "TEXT", .help = "Why it ends early; auditors read this"}},
       .run = run_end},
      {.path = "who",
       .summary = "Who reaches what, and by which path",
       .positionals = {{.name = "ACCOUNT", .help = "Only this account", .need = Need::kOptional}},
       .options = {{.names = "-u,--user", .value = "USER", .help = "Only this person"},
                   {.names = "-p,--permission-set", .value = "NAME", .help = "Only this permission set"},
                   {.names = "--at", .value = "TIME", .help = "At this moment in the past (RFC 3339)"},
                   limit_option()},
       .example = "accessguard who prod-payments --at 2026-11-25T14:02:00Z",
       .run = run_who},
  };
}

}  // namespace ag::cli
