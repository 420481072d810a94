#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/when.hpp"
#include "cli/yaml.hpp"

namespace ag::cli {
namespace {

// ---- doctor ----

constexpr Duration kToleratedSkew = Duration::seconds(30);  // more than that, and "ends in 5m" is a different 5m

class Findings {
 public:
  void add(std::string_view name, bool ok, std::string detail) {
    all_ok_ = all_ok_ && ok;
    checks_.push_back(json::object{{"name", name}, {"ok", ok}, {"detail", std::move(detail)}});
  }
  [[nodiscard]] bool all_ok() const { return all_ok_; }
  [[nodiscard]] json::object take() { return {{"ok", all_ok_}, {"checks", std::move(checks_)}}; }

 private:
  bool all_ok_ = true;
  json::array checks_;
};

void check_clock(Context& context, Findings& findings, const HttpHeaders& headers) {
  const auto date = headers.find("Date");
  const auto server_time = date ? parse_http_date(*date) : Result<Instant>(fail("invalid_time", ""));
  if (!server_time) return;
  const Instant here = context.now();
  const Duration apart = std::max(here - *server_time, *server_time - here);
  const std::string text = apart < Duration::seconds(2)
                               ? "the clocks agree"
                               : fmt::format("this machine is {} {} the server", to_text(apart),
                                             here > *server_time ? "ahead of" : "behind");
  findings.add("clock", apart <= kToleratedSkew, text);
}

/// Whether it is worth going on.
bool check_server(Context& context, Findings& findings, const ClientOptions& options) {
  const auto health = context.exchange({.path = "/healthz"});
  if (!health) {
    findings.add("server", false, health.error().detail);
    return false;
  }
  const bool ok = health->status == 200;
  findings.add("server", ok,
               fmt::format("{} {}", options.server, ok ? "answers" : fmt::format("answers {}", health->status)));
  check_clock(context, findings, health->headers);
  return ok;
}

void check_readiness(Context& context, Findings& findings) {
  const auto ready = context.exchange({.path = "/readyz"});
  if (!ready) return findings.add("ready", false, ready.error().detail);
  const auto body = parse_json(ready->body, Numbers::kAny);
  if (!body) return findings.add("ready", false, "the answer of /readyz is not JSON");
  for (const auto& check : items_at(*body, "checks")) {
    findings.add("ready: " + text_at(check, "name"), flag_at(check, "ok"), text_at(check, "detail"));
  }
}

ExitCode check_token(Context& context, Findings& findings) {
  const auto me = context.call({.path = "/v1/me"});
  if (!me) {
    findings.add("token", false, me.error().detail + (me.error().fix.empty() ? "" : " Try: " + me.error().fix));
    return exit_code_of(me.error());
  }
  const auto expires = time_at(me->value, "token.expires_at");
  const std::string user = text_at(me->value, "user.user_name");
  findings.add("token", true,
               fmt::format("valid for {}, role {}, expires {}", user.empty() ? "nobody of the directory" : user,
                           text_at(me->value, "role"), expires ? when_text(*expires, context.now()) : "?"));
  return ExitCode::kOk;
}

ExitCode run_doctor(Context& context, const Arguments&) {
  const auto options = context.connection();
  if (!options) return context.report(options.error());
  Findings findings;
  ExitCode token = ExitCode::kOk;
  if (check_server(context, findings, *options)) {
    check_readiness(context, findings);
    token = check_token(context, findings);
  }
  const bool all_ok = findings.all_ok();
  const json::object object = findings.take();
  const Look look{
      [&](const json::value&) { return std::string(all_ok ? "ok" : "not ok"); },
      [&](const json::value& whole) {
        Table table({"CHECK", "", "WHAT WAS FOUND"});
        for (const auto& check : items_at(whole, "checks")) {
          const bool ok = flag_at(check, "ok");
          table.add(
              {{text_at(check, "name")}, {ok ? "✓" : "✗", ok ? Tone::kGood : Tone::kBad}, {text_at(check, "detail")}});
        }
        return table.render(table_style(context));
      }};
  show_object(context, {object, json::serialize(object), {}}, look);
  if (token != ExitCode::kOk) return token;
  return all_ok ? ExitCode::kOk : ExitCode::kOther;
}

// ---- api ----

constexpr std::size_t kLargestInput = 1024 * 1024;  // bytes; the server says what it accepts, which is less

Result<ApiCall> call_of(const Arguments& arguments) {
  std::string method = to_lower(arguments.text("METHOD"));
  std::transform(method.begin(), method.end(), method.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  ApiCall call{.method = method, .path = arguments.text("PATH")};
  const bool printable_path =
      std::all_of(call.path.begin(), call.path.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!call.path.starts_with('/') || !printable_path)
    return fail("invalid_value", "PATH begins with / and is percent-encoded: /v1/requests?mine=true");
  if (const auto match = arguments.find("if-match")) call.headers.add("If-Match", *match);
  if (const auto key = arguments.find("idempotency-key")) call.headers.add("Idempotency-Key", *key);
  for (const auto& [name, value] : call.headers) {
    if (value.find_first_of("\r\n") != std::string::npos)
      return fail("invalid_value", fmt::format("--{} is one line", to_lower(name)));
  }
  if (const auto input = arguments.find("input")) {
    auto body = read_input(*input, kLargestInput);
    if (!body) return fail(body.error());
    call.body = std::move(*body);
  } else if (method == "POST" || method == "PUT") {
    call.body = "{}";
  }
  return call;
}

ExitCode run_api(Context& context, const Arguments& arguments) {
  const auto call = call_of(arguments);
  if (!call && call.error().code == "invalid_value") return context.usage(call.error().message);
  if (!call) return context.report(call.error());
  const auto response = context.exchange(*call);
  if (!response) return context.report(response.error());
  const bool json_body = response->headers.find("Content-Type").value_or("").find("json") != std::string_view::npos;
  const auto parsed = json_body ? parse_json(response->body, Numbers::kAny) : Result<json::value>(fail("no_json", ""));
  if (context.format() == Format::kYaml && parsed) context.out() << to_yaml(*parsed);
  else if (json_body) context.out() << printable_json(response->body) << (response->body.ends_with('\n') ? "" : "\n");
  else context.out() << (context.terminal().out_is_terminal ? printable_lines(response->body) : response->body);
  context.out() << std::flush;
  if (response->status >= 200 && response->status < 300) return ExitCode::kOk;
  return context.report(problem_of(*response));
}

// ---- version, completion ----

ExitCode run_version(Context& context, const Arguments&) {
  const json::object object{{"version", AG_VERSION}};
  show_object(context, {object, json::serialize(object), {}},
              {[](const json::value&) { return std::string(AG_VERSION); },
               [](const json::value&) { return std::string("accessguard " AG_VERSION "\n"); }});
  return ExitCode::kOk;
}

ExitCode run_completion(Context& context, const Arguments& arguments) {
  context.out() << completion_script(arguments.text("SHELL")) << std::flush;
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> tool_commands() {
  return {
      {.path = "doctor", .summary = "Is everything in order between here and the server", .run = run_doctor},
      {.path = "api",
       .summary = "Any call of the HTTP API, signed in",
       .positionals = {{"METHOD", "GET, POST, PUT …"}, {"PATH", "As in /v1/requests?mine=true"}},
       .options = {{.names = "--input", .value = "FILE", .help = "The JSON body; - for standard input"},
                   {.names = "--if-match", .value = "ETAG", .help = "For PUT /v1/policy"},
                   {.names = "--idempotency-key",
                    .value = "KEY",
                    .help = "Of a POST that may be repeated; else a fresh one"}},
       .example = "accessguard api POST /v1/policy/validate --input body.json",
       .run = run_api},
      {.path = "completion",
       .summary = "Completions for a shell",
       .positionals = {{.name = "SHELL", .help = "bash, zsh or fish", .choices = {"bash", "zsh", "fish"}}},
       .example = "source <(accessguard completion bash)",
       .run = run_completion},
      {.path = "version", .summary = "The version of this program", .run = run_version},
  };
}

}  // namespace ag::cli
