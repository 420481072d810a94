#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/request_view.hpp"
#include "cli/text.hpp"
#include "cli/when.hpp"

/// Changes of the policy that somebody else has to agree to.
namespace ag::cli {
namespace {

ApiCall get_change(std::string_view id) { return {.path = "/v1/policy/changes/" + percent_encode(id)}; }

std::string changes_table(const json::value& list, const Context& context) {
  Table table({"CHANGE", "STATE", "BY", "ASKED", "WIDENS", "DECIDED BY"});
  for (const auto& change : items_at(list, "items")) {
    const auto at = time_at(change, "at");
    const auto& widens = items_at(change, "widens");
    table.add({{text_at(change, "id")},
               {text_at(change, "state"), tone_of_state(text_at(change, "state"))},
               {text_at(change, "by.user_name")},
               {at ? when_text(*at, context.now()) : ""},
               {widens.empty() ? "" : text_at(widens.front(), "")},
               {text_at(change, "decision.by.user_name")}});
  }
  return table.render(table_style(context));
}

std::string change_lines(const json::value& change, const Context& context) {
  const auto at = time_at(change, "at");
  std::string lines = fmt::format("{}  {}\n  by {} {}\n  hash {}\n", printable(text_at(change, "id")),
                                  printable(text_at(change, "state")), printable(text_at(change, "by.user_name")),
                                  at ? when_text(*at, context.now()) : "", printable(text_at(change, "hash")));
  for (const auto& line : items_at(change, "widens")) lines += "  ! " + printable(text_at(line, "")) + "\n";
  if (const auto by = text_at(change, "decision.by.user_name"); !by.empty()) {
    lines += fmt::format("  {} by {}\n", text_at(change, "decision.decision") == "approve" ? "agreed to" : "denied",
                         printable(by));
    if (const auto comment = text_at(change, "decision.comment"); !comment.empty())
      lines += said_lines(by, comment, width_for_words(context));
  }
  return lines;
}

Look look_of_change(const Context& context) {
  return {[](const json::value& change) { return text_at(change, "id"); },
          [&context](const json::value& change) { return change_lines(change, context); }};
}

ExitCode run_changes(Context& context, const Arguments& arguments) {
  if (const auto id = arguments.find("ID")) {
    const auto change = context.call(get_change(*id));
    if (!change) return context.report(change.error());
    show_object(context, *change, look_of_change(context));
    if (context.format() == Format::kTable) context.out() << '\n' << printable_lines(text_at(change->value, "text"));
    return ExitCode::kOk;
  }
  const auto limit = limit_of(arguments);
  if (!limit) return context.usage(kLimitUsage);
  const auto list = context.call_list({.path = "/v1/policy/changes"}, *limit);
  if (!list) return context.report(list.error());
  const Look look{[](const json::value& change) { return text_at(change, "id"); },
                  [&context](const json::value& whole) { return changes_table(whole, context); }};
  show_list(context, *list, look, "no change of the policy ever needed another person");
  return ExitCode::kOk;
}

/// Reads the change and decides about exactly what was read.
ExitCode decide(Context& context, const Arguments& arguments, std::string_view decision) {
  const ApiCall get = get_change(arguments.text("ID"));
  const auto seen = context.call(get);
  if (!seen) return context.report(seen.error());
  context.err() << change_lines(seen->value, context);
  json::object body{{"decision", decision}, {"hash", value_at(seen->value, "hash")}};
  if (const auto comment = arguments.find("comment")) body["comment"] = *comment;
  const auto decided = context.call({.method = "POST", .path = get.path + "/decisions", .body = json::serialize(body)});
  if (!decided) return context.report(decided.error());
  context.note(decision == "approve" ? "✓ that policy is in force from now on" : "✓ denied; the policy in force stays");
  show_object(context, *decided, look_of_change(context));
  return ExitCode::kOk;
}

ExitCode run_approve(Context& context, const Arguments& arguments) { return decide(context, arguments, "approve"); }
ExitCode run_deny(Context& context, const Arguments& arguments) { return decide(context, arguments, "deny"); }

}  // namespace

std::vector<CommandSpec> policy_change_commands() {
  return {
      {.path = "policy changes",
       .summary = "Changes of the policy that somebody else had, or has, to agree to",
       .positionals = {{.name = "ID", .help = "Only this one, with its text", .need = Need::kOptional}},
       .options = {limit_option()},
       .run = run_changes},
      {.path = "policy approve",
       .summary = "Agree to somebody else's change of the policy: it is in force at once",
       .positionals = {{"ID", "Id of the change"}},
       .options = {{.names = "-m,--comment", .value = "TEXT", .help = "For the ledger"}},
       .run = run_approve},
      {.path = "policy deny",
       .summary = "Deny somebody else's change of the policy",
       .positionals = {{"ID", "Id of the change"}},
       .options =
           {{.names = "-m,--comment", .value = "TEXT", .help = "Why; its author reads it", .need = Need::kRequired}},
       .run = run_deny},
  };
}

}  // namespace ag::cli
