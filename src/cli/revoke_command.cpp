#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/question.hpp"
#include "cli/wait.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

constexpr std::string_view kConfirmation = "revoke all";
constexpr Duration kTick = Duration::milliseconds(250);  // of the live line
constexpr int kTicksBetweenLooks = 4;                    // AWS takes some seconds; a look is one or a few short calls

/// The one selector of the call. Error code `invalid_value`.
Result<json::object> selector_of(const Arguments& arguments) {
  json::object selector;
  if (const auto id = arguments.find("ID")) selector["id"] = *id;
  if (const auto user = arguments.find("user")) selector["user"] = *user;
  if (const auto account = arguments.find("account")) selector["account"] = *account;
  if (arguments.has("all")) selector["all"] = true;
  if (selector.size() == 1) return selector;
  return fail("invalid_value", selector.empty() ? "revoke what? ID, --user USER, --account ACCOUNT or --all"
                                                : "give one of ID, --user, --account and --all; they do not combine");
}

/// Whether `--all` is meant. Error code `invalid_value` when nobody can be asked.
Result<bool> is_confirmed(Context& context, const Arguments& arguments) {
  if (!arguments.has("all") || arguments.has("yes")) return true;
  if (!context.may_ask()) return fail("invalid_value", "--all ends everybody's access: say --yes as well");
  return ask_for_line(context, fmt::format("This ends the access of everybody, now. Type \"{}\" to go on: ",
                                           kConfirmation)) == kConfirmation;
}

std::string revoked_table(const json::value& list, const Context& context) {
  const Instant now = context.now();
  Table table({"WHO", "ACCOUNT", "ACCOUNT ID", "PERMISSION SET", "ACCESS ENDS", "CREDENTIALS MAY LIVE UNTIL", "GRANT"});
  for (const auto& item : items_at(list, "items")) {
    const auto ends = time_at(item, "access_ends");
    const auto credentials = time_at(item, "credentials_until");
    table.add({{text_at(item, "user.user_name")},
               {text_at(item, "account.name")},
               {text_at(item, "account.id")},
               {text_at(item, "permission_set.name")},
               {ends ? when_text(*ends, now) : ""},
               {credentials ? clock_text(*credentials, now) : ""},
               {text_at(item, "grant")}});
  }
  return table.render(table_style(context));
}

/// Of an older server's answer too, which knew no other case.
bool is_recorded(const json::value& revocation) {
  return !value_at(revocation, "recorded").is_bool() || flag_at(revocation, "recorded");
}

std::string count_of_grants(std::size_t count) { return count == 1 ? "1 grant" : fmt::format("{} grants", count); }

/// What ends, and the second clock: the latest of all.
void tell(Context& context, const json::value& revocation) {
  const auto& items = items_at(revocation, "items");
  const auto matched = static_cast<std::size_t>(std::max<std::int64_t>(0, number_at(revocation, "matched")));
  const Look look{[](const json::value& item) { return text_at(item, "grant"); },
                  [&context](const json::value& whole) { return revoked_table(whole, context); }};
  context.note(
      fmt::format("→ {} over now; AWS is being told", matched == 1 ? "1 grant is" : count_of_grants(matched) + " are"));
  if (!is_recorded(revocation))
    context.note(
        "! the ledger cannot be written now: the server keeps this beside it, and lists show it when it is back");
  show_list(context, {revocation, json::serialize(revocation), {}}, look, "");
  if (matched > items.size()) context.note(fmt::format("and {} more", matched - items.size()));
  Instant latest;
  for (const auto& item : items) latest = std::max(latest, time_at(item, "credentials_until").value_or(Instant{}));
  if (latest > context.now())
    context.note("credentials that AWS has issued may live until " + when_text(latest, context.now()));
}

using Ids = std::set<std::string>;

// What a grant that was revoked is listed as until it was seen to be gone; and while the ledger does not know of that.
constexpr std::string_view kStatesOfEnding = "ending";
constexpr std::string_view kStatesUnrecorded = "scheduled,granting,active,ending";

/// Those of `wanted` that are in one of these states.
ApiResult<Ids> still_in(Context& context, const Ids& wanted, std::string_view states) {
  const auto list = context.call_list({.path = "/v1/grants", .query = {{"state", std::string(states)}}}, kMostListed);
  if (!list) return std::unexpected(list.error());
  Ids left;
  for (const auto& grant : items_at(list->value, "items")) {
    const std::string id = text_at(grant, "id");
    if (wanted.contains(id)) left.insert(id);
  }
  return left;
}

ExitCode stop_waiting(Context& context, ExitCode code, std::size_t left) {
  context.note(fmt::format("{} not yet seen to be gone; AccessGuard goes on all the same · accessguard who",
                           left == 1 ? "1 grant is" : count_of_grants(left) + " are"));
  return code;
}

ExitCode wait_until_gone(Context& context, Ids wanted, std::string_view states, std::optional<Duration> bound) {
  const std::size_t all = wanted.size();
  const Instant until = bound ? context.now() + *bound : Instant::max();
  LiveLine line(context);
  bool lost = false;
  while (true) {
    auto left = still_in(context, wanted, states);
    if (left) {
      wanted = std::move(*left);
      if (wanted.empty()) return ExitCode::kOk;
    } else if (is_interrupted()) {
      line.clear();
      return stop_waiting(context, ExitCode::kInterrupted, wanted.size());
    } else if (!is_passing(left.error())) {
      line.clear();
      return context.report(left.error());
    } else if (!std::exchange(lost, true)) {
      line.clear();
      context.note("the server cannot be reached; trying again");
    }
    for (int tick = 0; tick < kTicksBetweenLooks && context.now() < until; ++tick) {
      line.draw(fmt::format("{} of {} seen to be gone", all - wanted.size(), all));
      if (pause_unless_interrupted(kTick)) continue;
      line.clear();
      return stop_waiting(context, ExitCode::kInterrupted, wanted.size());
    }
    if (context.now() < until) continue;
    line.clear();
    return stop_waiting(context, ExitCode::kWaitTimedOut, wanted.size());
  }
}

/// One grant of several for the same slot ends without the access: who revokes it must not take it for gone.
void tell_covered(Context& context, const json::array& items) {
  Ids revoked;
  for (const auto& item : items) revoked.insert(text_at(item, "grant"));
  const auto request = context.call(get_request(text_at(items.front(), "request")));
  if (!request) return;
  for (const auto& grant : items_at(request->value, "grants")) {
    const std::string by = text_at(grant, "covered_by");
    if (by.empty() || !revoked.contains(text_at(grant, "id"))) continue;
    context.note(fmt::format("! {} still reaches {}: {} keeps the assignment", text_at(grant, "user.user_name"),
                             text_at(grant, "account.name"), by));
  }
}

ExitCode run_revoke(Context& context, const Arguments& arguments) {
  const auto plan = wait_plan(context, arguments);
  if (!plan) return context.usage(plan.error().message);
  auto body = selector_of(arguments);
  if (!body) return context.usage(body.error().message);
  auto reason = arguments.find("reason");
  if (!reason) reason = ask_for_line(context, "Reason: ");
  if (!reason) return context.usage("say why: --reason TEXT");
  (*body)["reason"] = *reason;
  const auto confirmed = is_confirmed(context, arguments);
  if (!confirmed) return context.usage(confirmed.error().message);
  if (!*confirmed) {
    context.note("nothing was revoked");
    return ExitCode::kOther;
  }
  const auto revocation = context.call({.method = "POST", .path = "/v1/revocations", .body = json::serialize(*body)});
  if (!revocation) return context.report(revocation.error());
  tell(context, revocation->value);
  const auto& items = items_at(revocation->value, "items");
  if (plan->kind == WaitKind::kNone || items.empty()) return ExitCode::kOk;
  Ids wanted;
  for (const auto& item : items) wanted.insert(text_at(item, "grant"));
  const std::size_t count = wanted.size();
  const auto states = is_recorded(revocation->value) ? kStatesOfEnding : kStatesUnrecorded;
  const ExitCode outcome = wait_until_gone(context, std::move(wanted), states, plan->bound);
  if (outcome != ExitCode::kOk) return outcome;
  context.note(fmt::format("✓ {} verified over", count == 1 ? "1 grant is" : count_of_grants(count) + " are"));
  if (arguments.has("ID")) tell_covered(context, items);  // the others select every grant of a slot
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> revoke_commands() {
  return {{
      .path = "revoke",
      .summary = "End access at once, of one or of many (administrators)",
      .positionals = {{.name = "ID", .help = "Id of a request or of one grant", .need = Need::kOptional}},
      .options = {{.names = "-u,--user", .value = "USER", .help = "All access of this person"},
                  {.names = "-a,--account", .value = "ACCOUNT", .help = "All access to this account"},
                  {.names = "--all", .help = "All access of everybody", .arity = Arity::kFlag},
                  {.names = "-m,--reason", .value = "TEXT", .help = "Why it ends; auditors read this"},
                  {.names = "--yes", .help = "Do not ask before --all", .arity = Arity::kFlag},
                  {.names = "--wait",
                   .value = "LENGTH",
                   .help = "Wait until AWS was seen without it, at most so long; the default on a terminal",
                   .arity = Arity::kOptionalValue},
                  {.names = "--no-wait", .help = "Return as soon as the server has it", .arity = Arity::kFlag}},
      .example = "accessguard revoke --user ana --reason \"laptop stolen\" --wait=5m",
      .run = run_revoke,
  }};
}

}  // namespace ag::cli
