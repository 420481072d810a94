#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

/// What a policy would change, and why it answers as it does.
namespace ag::cli {
namespace {

std::string plan_lines(const json::value& plan) {
  std::string lines;
  for (const auto& change : items_at(plan, "changes")) {
    lines += fmt::format("{} {}\n", flag_at(change, "needs_agreement") ? "!" : " ", printable(text_at(change, "text")));
  }
  if (const auto more = number_at(plan, "left_out"); more > 0) lines += fmt::format("  and {} more\n", more);
  for (const auto& touched : items_at(plan, "touched")) {
    lines += fmt::format("~ {} {}: {} in {} of {}: {}\n", printable(text_at(touched, "request")),
                         printable(text_at(touched, "kind")), printable(text_at(touched, "permission_set")),
                         printable(text_at(touched, "account")), printable(text_at(touched, "user")),
                         printable(text_at(touched, "why")));
  }
  if (const auto more = number_at(plan, "touched_left_out"); more > 0) lines += fmt::format("~ and {} more\n", more);
  return lines;
}

ExitCode run_plan(Context& context, const Arguments& arguments) {
  const auto text = read_policy(arguments.text("FILE"));
  if (!text) return context.report(text.error());
  const auto plan = context.call(
      {.method = "POST", .path = "/v1/policy/plan", .body = json::serialize(json::object{{"text", *text}})});
  if (!plan) return context.report(plan.error());
  show_object(context, *plan, {[](const json::value& whole) { return text_at(whole, "hash"); }, plan_lines});
  if (items_at(plan->value, "changes").empty()) context.note("nobody gains or loses anything");
  for (const auto& result : items_at(plan->value, "expectations")) {
    if (!flag_at(result, "passed")) context.note("✗ " + text_at(result, "message"));
  }
  const auto& widens = items_at(plan->value, "widens");
  context.note(widens.empty() ? "nobody else has to agree: accessguard policy apply"
                              : "somebody else has to agree to what is marked with !");
  return ExitCode::kOk;
}

std::string part_of(const json::value& item) {
  const std::string part = text_at(item, "stops_at");
  return part.empty() ? "" : fmt::format("{}: ", part);
}

std::string explanation_lines(const json::value& answer) {
  std::string lines = fmt::format("{} {} in {} for {}: {}\n", flag_at(answer, "allowed") ? "✓" : "✗",
                                  printable(text_at(answer, "permission_set")), printable(text_at(answer, "account")),
                                  printable(text_at(answer, "user")), printable(text_at(answer, "verdict")));
  lines +=
      fmt::format("  level {}: {}\n", printable(text_at(answer, "level")), printable(text_at(answer, "level_reason")));
  for (const auto& rule : items_at(answer, "rules")) {
    lines += fmt::format("  rule {} (line {}): {}\n", printable(text_at(rule, "id")), number_at(rule, "line"),
                         flag_at(rule, "opens") ? "opens" : printable(part_of(rule) + text_at(rule, "why_not")));
  }
  for (const auto& guardrail : items_at(answer, "guardrails")) {
    lines +=
        fmt::format("  guardrail {} (line {}): {}\n", printable(text_at(guardrail, "id")), number_at(guardrail, "line"),
                    flag_at(guardrail, "applies") ? "applies: " + printable(text_at(guardrail, "asks"))
                                                  : printable(part_of(guardrail) + text_at(guardrail, "why_not")));
  }
  if (const std::string glass = text_at(answer, "break_glass.text"); !glass.empty())
    lines += fmt::format("  {}\n", printable(glass));
  for (const auto& why : items_at(answer, "terms.before_others")) lines += "  " + printable(text_at(why, "")) + "\n";
  for (const auto& step : items_at(answer, "terms.steps")) {
    std::vector<std::string> people;
    for (const auto& name : items_at(step, "people")) people.push_back(text_at(name, ""));
    lines += fmt::format("  {} of {} must agree; {} could now: {}\n", number_at(step, "need"),
                         printable(text_at(step, "of")), number_at(step, "could"),
                         printable(fmt::format("{}", fmt::join(people, ", "))));
  }
  return lines;
}

ExitCode run_explain(Context& context, const Arguments& arguments) {
  json::object body{{"account", arguments.text("account")}, {"permission_set", arguments.text("permission-set")}};
  for (const auto* key : {"user", "start"}) {
    if (const auto value = arguments.find(key)) body[key] = *value;
  }
  if (const auto length = arguments.find("for")) {
    if (const auto parsed = parse_duration(*length); !parsed) return context.usage(parsed.error().message);
    body["duration"] = *length;
  }
  if (const auto file = arguments.find("FILE")) {
    const auto text = read_policy(*file);
    if (!text) return context.report(text.error());
    body["text"] = *text;
  }
  const auto answer = context.call({.method = "POST", .path = "/v1/policy/explain", .body = json::serialize(body)});
  if (!answer) return context.report(answer.error());
  show_object(context, *answer,
              {[](const json::value& whole) { return std::string(flag_at(whole, "allowed") ? "allowed" : "refused"); },
               explanation_lines});
  return flag_at(answer->value, "allowed") ? ExitCode::kOk : ExitCode::kNotAllowed;
}

}  // namespace

std::vector<CommandSpec> policy_plan_commands() {
  return {
      {.path = "policy plan",
       .summary = "Who would gain or lose what under a policy file (administrators)",
       .positionals = {{"FILE", "The file; - for standard input"}},
       .run = run_plan},
      {.path = "policy explain",
       .summary = "Why somebody may or may not ask for something: every rule and guardrail",
       .positionals = {{.name = "FILE",
                        .help = "A policy file instead of the policy in force (administrators)",
                        .need = Need::kOptional}},
       .options = {{.names = "-u,--user", .value = "USER", .help = "Who; you when left out"},
                   {.names = "-a,--account", .value = "ACCOUNT", .help = "Where", .need = Need::kRequired},
                   {.names = "-p,--permission-set", .value = "NAME", .help = "What", .need = Need::kRequired},
                   {.names = "-t,--for", .value = "LENGTH", .help = "For how long; else for a moment"},
                   {.names = "--start", .value = "TIME", .help = "When: 2026-11-25T02:00:00Z, or +2h; else now"}},
       .example = "accessguard policy explain -u ana -a prod-web -p ProdAdmin --start 2026-11-25T02:00:00Z",
       .run = run_explain},
  };
}

}  // namespace ag::cli
