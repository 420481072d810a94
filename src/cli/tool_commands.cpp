#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/yaml.hpp"

namespace ag::cli {
namespace {

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
