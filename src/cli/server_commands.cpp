#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <system_error>

#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

OptionSpec data_option() { return {.names = "--data", .value = "DIR", .help = "The data folder of the server"}; }

std::string data_folder(Context& context, const Arguments& arguments) {
  return arguments.find("data").value_or(context.server().default_data_folder());
}

/// A folder that a server has used. To look into one that is not there must not make it. Error code `data_folder`.
Result<std::string> existing_data_folder(Context& context, const Arguments& arguments) {
  std::string path = data_folder(context, arguments);
  std::error_code unused;
  if (std::filesystem::is_directory(path, unused)) return path;
  return fail({"data_folder", fmt::format("there is no data folder \"{}\"", path), "data", "",
               "--data names the folder that `accessguard serve` was given"});
}

ExitCode run_serve(Context& context, const Arguments& arguments) {
  server::ServeOptions options;
  options.config = arguments.find("config");
  options.policy_file = arguments.find("policy");
  options.listen = arguments.text("listen");
  options.data = arguments.text("data");
  options.sandbox = arguments.has("sandbox");
  options.accept_rollback = arguments.has("accept-rollback");
  if (const std::string seed = arguments.text("sandbox"); !seed.empty()) {
    const auto [end, error] = std::from_chars(seed.data(), seed.data() + seed.size(), options.seed);
    if (error != std::errc{} || end != seed.data() + seed.size())
      return context.usage("--sandbox=SEED takes a number from 0");
  }
  return context.server().serve(options) == 0 ? ExitCode::kOk : ExitCode::kOther;
}

ExitCode run_issue(Context& context, const Arguments& arguments) {
  constexpr std::string_view kWorkingDay = "8h";
  const auto lifetime = parse_duration(arguments.find("for").value_or(std::string(kWorkingDay)));
  if (!lifetime) return context.usage(lifetime.error().message);
  const auto issued = context.server().issue_token(data_folder(context, arguments), arguments.text("user"), *lifetime,
                                                   arguments.has("admin"));
  if (!issued) return context.report(issued.error());
  const json::object object{
      {"id", issued->id}, {"token", issued->token}, {"expires_at", to_rfc3339(issued->expires_at)}};
  // Here the token is what was asked for: alone on standard output it can be piped into a file or into `login`.
  const auto token = [](const json::value& value) { return text_at(value, "token"); };
  show_object(context, {object, json::serialize(object), {}},
              {token, [&](const json::value& value) { return token(value) + "\n"; }});
  context.note(fmt::format("{} for {}{} · expires {} · shown this once", issued->id, arguments.text("user"),
                           arguments.has("admin") ? ", administrator" : "",
                           when_text(issued->expires_at, context.now())));
  return ExitCode::kOk;
}

json::array rows_of(const std::vector<server::TokenRow>& rows) {
  json::array items;
  for (const auto& row : rows) {
    items.push_back(json::object{{"id", row.id},
                                 {"user", row.user},
                                 {"role", row.admin ? "admin" : "person"},
                                 {"issued_at", to_rfc3339(row.issued_at)},
                                 {"expires_at", to_rfc3339(row.expires_at)},
                                 {"revoked", row.revoked}});
  }
  return items;
}

std::string token_table(const json::value& list, const Context& context) {
  const Instant now = context.now();
  Table table({"TOKEN", "USER", "ROLE", "ISSUED", "EXPIRES", "STATE"});
  for (const auto& item : items_at(list, "items")) {
    const auto issued = time_at(item, "issued_at").value_or(Instant{});
    const auto expires = time_at(item, "expires_at").value_or(Instant{});
    const std::string state = flag_at(item, "revoked") ? "revoked" : expires <= now ? "expired" : "valid";
    table.add({{text_at(item, "id")},
               {text_at(item, "user")},
               {text_at(item, "role")},
               {clock_text(issued, now)},
               {when_text(expires, now)},
               {state, state == "valid" ? Tone::kGood : Tone::kFaint}});
  }
  return table.render(table_style(context));
}

ExitCode run_ls(Context& context, const Arguments& arguments) {
  const auto folder = existing_data_folder(context, arguments);
  if (!folder) return context.report(folder.error());
  const auto rows = context.server().list_tokens(*folder);
  if (!rows) return context.report(rows.error());
  const json::object list{{"items", rows_of(*rows)}, {"next", nullptr}};
  const Look look{[](const json::value& item) { return text_at(item, "id"); },
                  [&context](const json::value& whole) { return token_table(whole, context); }};
  show_list(context, {list, json::serialize(list), {}}, look, "no token was ever issued");
  return ExitCode::kOk;
}

ExitCode run_revoke(Context& context, const Arguments& arguments) {
  const std::string id = arguments.text("ID");
  const auto folder = existing_data_folder(context, arguments);
  if (!folder) return context.report(folder.error());
  const auto revoked = context.server().revoke_token(*folder, id);
  if (!revoked) return context.report(revoked.error());
  context.note(fmt::format("✓ {} is revoked", id));
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> server_commands() {
  return {
      {.path = "serve",
       .summary = "Run the server",
       .options = {{.names = "--config", .value = "FILE", .help = "The configuration file"},
                   {.names = "--sandbox",
                    .value = "SEED",
                    .help = "An embedded organization instead of AWS; the same seed, the same ids",
                    .arity = Arity::kOptionalValue},
                   {.names = "--listen", .value = "ADDR:PORT", .help = "Where to listen (127.0.0.1:8642)"},
                   {.names = "--data", .value = "DIR", .help = "Where the ledger is kept"},
                   {.names = "--policy",
                    .value = "FILE",
                    .help = "Applied at start when it differs from what is in force"},
                   {.names = "--accept-rollback",
                    .help = "Take this ledger for the true one although a checkpoint tells of more",
                    .arity = Arity::kFlag}},
       .example = "accessguard serve --sandbox",
       .run = run_serve},
      {.path = "token issue",
       .summary = "A bearer token for one person (on the server's machine)",
       .options = {{.names = "--user", .value = "USER", .help = "User name", .need = Need::kRequired},
                   {.names = "--for", .value = "LENGTH", .help = "How long it is valid (8h)"},
                   {.names = "--admin", .help = "With the role of administrator", .arity = Arity::kFlag},
                   data_option()},
       .example = "accessguard token issue --user ana | accessguard login --token-stdin",
       .run = run_issue},
      {.path = "token ls", .summary = "All tokens that were issued", .options = {data_option()}, .run = run_ls},
      {.path = "token revoke",
       .summary = "End a token now",
       .positionals = {{"ID", "Id of the token"}},
       .options = {data_option()},
       .run = run_revoke},
  };
}

}  // namespace ag::cli
