#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

std::string who_am_i(const json::value& me) {
  const std::string user = text_at(me, "user.user_name");
  return user.empty() ? "an administrator who is not in the directory" : user;
}

ExitCode run_login(Context& context, const Arguments& arguments) {
  if (!arguments.has("token-stdin")) {
    return context.usage(
        "signing in with a company account comes in a later version. Today: have a token made with "
        "`accessguard token issue` on the server's machine, then `accessguard login --token-stdin < FILE`");
  }
  const auto text = read_input("-", 2 * kLongestToken);
  if (!text) return context.report(text.error());
  const auto token = clean_token(*text);
  if (!token) return context.usage(token.error().message);

  // The token that is typed now counts, not one that was stored before.
  auto options = context.connection();
  if (!options && options.error().code != "token_file") return context.report(options.error());
  ClientOptions fresh;
  fresh.server = options ? options->server : std::string(kDefaultServer);
  fresh.token = *token;
  const auto me = Client(fresh).call({.path = "/v1/me"});
  if (!me) return context.report(me.error());  // a token that does not work is not kept
  const std::string path = token_path(context.environment());
  if (const auto stored = store_token(path, {*token, fresh.server}); !stored) return context.report(stored.error());
  const auto expires = time_at(me->value, "token.expires_at");
  context.note(fmt::format("✓ signed in at {} as {} · token expires {}", fresh.server, who_am_i(me->value),
                           expires ? when_text(*expires, context.now()) : "at a time that the server does not tell"));
  if (context.environment()("ACCESSGUARD_TOKEN"))
    context.note("ACCESSGUARD_TOKEN is set too, and goes before what was stored");
  return ExitCode::kOk;
}

ExitCode run_logout(Context& context, const Arguments&) {
  const auto forgotten = forget_token(token_path(context.environment()));
  if (!forgotten) return context.report(forgotten.error());
  context.note(*forgotten ? "✓ the token is no longer stored here; it stays valid until it expires or is revoked"
                          : "no token was stored here");
  return ExitCode::kOk;
}

std::string describe_me(const json::value& me, Instant now) {
  std::string text;
  const auto line = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) text += fmt::format("{:<8}  {}\n", label, printable(value));
  };
  line("user", who_am_i(me));
  line("name", text_at(me, "user.display_name"));
  line("mail", text_at(me, "user.email"));
  line("role", text_at(me, "role"));
  std::vector<std::string> groups;
  for (const auto& group : items_at(me, "groups")) groups.push_back(text_at(group, "name"));
  line("groups", fmt::format("{}", fmt::join(groups, ", ")));
  if (value_at(me, "limits").is_object()) {
    line("limits", fmt::format("{} of {} requests open, {} of {} grants live",
                               number_at(me, "limits.open_requests.used"), number_at(me, "limits.open_requests.most"),
                               number_at(me, "limits.live_grants.used"), number_at(me, "limits.live_grants.most")));
  }
  const auto expires = time_at(me, "token.expires_at");
  line("token", fmt::format("{} · expires {}", text_at(me, "token.id"), expires ? when_text(*expires, now) : "?"));
  line("server",
       fmt::format("{}{}", text_at(me, "server.version"), flag_at(me, "server.sandbox") ? " · sandbox, not AWS" : ""));
  return text;
}

ExitCode run_whoami(Context& context, const Arguments&) {
  const auto me = context.call({.path = "/v1/me"});
  if (!me) return context.report(me.error());
  show_object(context, *me,
              {[](const json::value& value) { return text_at(value, "user.user_name"); },
               [&](const json::value& value) { return describe_me(value, context.now()); }});
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> sign_in_commands() {
  return {
      {.path = "login",
       .summary = "Keep a token for this server",
       .options = {{.names = "--token-stdin", .help = "Read it from standard input", .arity = Arity::kFlag}},
       .example = "accessguard login --token-stdin < token.txt",
       .run = run_login},
      {.path = "logout", .summary = "Forget the stored token", .run = run_logout},
      {.path = "whoami", .summary = "Who you are to the server", .run = run_whoami},
  };
}

}  // namespace ag::cli
