#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "cli/aws_profile.hpp"
#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/text.hpp"
#include "cli/wait.hpp"

/// From access that one has into AWS: the console, or the AWS CLI.
namespace ag::cli {
namespace {

constexpr std::size_t kLargestConfig = 1024 * 1024;  // bytes; as much as the server's own reader takes

Problem problem_of(const Error& error, int status) {
  return {.status = status, .code = error.code, .detail = error.message, .fix = error.fix};
}

/// It is not in a state for that.
Problem conflict(const Error& error) { return problem_of(error, 409); }

PortalRole role_of(const json::value& grant) {
  return {text_at(grant, "account.id"), text_at(grant, "account.name"), text_at(grant, "permission_set.name")};
}

/// The grants that an id names: that one, or all of the request.
ApiResult<json::array> grants_named(Context& context, const std::string& id) {
  const auto request = context.call(get_request(request_of(id)));
  if (!request) return std::unexpected(request.error());
  json::array named;
  for (const auto& grant : items_at(request->value, "grants")) {
    if (!id.starts_with("grt_") || text_at(grant, "id") == id) named.push_back(grant);
  }
  if (!named.empty()) return named;
  if (id.starts_with("grt_"))
    return std::unexpected(problem_of({"not_found", fmt::format("no grant {}", excerpt(id))}, 404));
  return std::unexpected(conflict(
      {.code = "not_granted",
       .message = fmt::format("{} is {}: nothing was granted", excerpt(id), text_at(request->value, "state"))}));
}

/// What neither a terminal nor a file of settings can take for more than one value.
bool is_one_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '"'; });
}

ApiResult<Portal> portal_of(Context& context) {
  const auto me = context.call({.path = "/v1/me"});
  if (!me) return std::unexpected(me.error());
  Portal portal{text_at(me->value, "access_portal.start_url"), text_at(me->value, "access_portal.region")};
  // A browser and the AWS CLI are sent there: nothing else than a web address, whatever the server says.
  if (portal.start_url.starts_with("https://") && is_one_word(portal.start_url) && is_one_word(portal.region))
    return portal;
  if (flag_at(me->value, "server.sandbox"))
    return std::unexpected(problem_of({"no_portal", "a sandbox is not AWS: it has no access portal"}, 0));
  return std::unexpected(problem_of({.code = "no_portal",
                                     .message = "the server does not know your organization's AWS access portal",
                                     .fix = "name it in the server's configuration: access_portal: https://…"},
                                    0));
}

bool is_there(const json::value& grant) { return text_at(grant, "state") == "active"; }

bool is_over(const json::value& grant) {
  const std::string state = text_at(grant, "state");
  return state == "ending" || state == "ended" || state == "revoked" || state == "failed";
}

/// A graphical session opens the address in its browser; it need not, and what it says is of no interest.
void open_in_browser(const std::string& address) {
  std::string program = "xdg-open";
  std::string argument = address;
  char* const words[] = {program.data(), argument.data(), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&quiet, fd, "/dev/null", O_RDWR, 0);
  pid_t child = 0;
  if (posix_spawnp(&child, program.c_str(), &quiet, nullptr, words, environ) == 0) waitpid(child, nullptr, 0);
  posix_spawn_file_actions_destroy(&quiet);
}

bool has_browser(const Context& context) {
  return context.terminal().out_is_terminal &&
         (context.environment()("DISPLAY") || context.environment()("WAYLAND_DISPLAY"));
}

ExitCode run_open(Context& context, const Arguments& arguments) {
  const std::string id = arguments.text("ID");
  const auto grants = grants_named(context, id);
  if (!grants) return context.report(grants.error());
  if (grants->size() > 1) {
    std::vector<std::string> ids;
    for (const auto& grant : *grants)
      ids.push_back(fmt::format("{} ({})", text_at(grant, "id"), text_at(grant, "account.name")));
    return context.usage(
        fmt::format("{} is access to {} accounts; name one: {}", excerpt(id), ids.size(), fmt::join(ids, ", ")));
  }
  const json::value& grant = grants->front();
  if (!is_there(grant)) {
    return context.report(conflict(
        {"not_active", fmt::format("{} is {}: there is no access to open", excerpt(id), text_at(grant, "state"))}));
  }
  const auto portal = portal_of(context);
  if (!portal) return context.report(portal.error());
  const std::string address = console_address(*portal, role_of(grant));
  context.out() << address << '\n';
  if (has_browser(context)) open_in_browser(address);
  return ExitCode::kOk;
}

ExitCode run_profile(Context& context, const Arguments& arguments) {
  const std::string id = arguments.text("ID");
  const auto chosen = arguments.find("name");
  if (chosen && (chosen->empty() || plain_profile_name(*chosen) != *chosen))
    return context.usage("--name takes letters, digits, dots, underscores and single hyphens");
  const auto grants = grants_named(context, id);
  if (!grants) return context.report(grants.error());
  if (chosen && grants->size() > 1)
    return context.usage(
        fmt::format("{} is access to {} accounts: --name would name them all", excerpt(id), grants->size()));
  const auto portal = portal_of(context);
  if (!portal) return context.report(portal.error());

  const std::string path = aws_config_path(context.environment());
  std::string config;
  if (std::filesystem::exists(path)) {
    auto there = read_input(path, kLargestConfig);
    if (!there) return context.report(there.error());
    config = std::move(*there);
  }
  std::vector<std::string> names;
  bool is_new = false;
  for (const auto& grant : *grants) {
    if (is_over(grant)) continue;
    const PortalRole role = role_of(grant);
    names.push_back(chosen.value_or(usual_profile_name(role)));
    auto more = with_profile(config, *portal, role, names.back());
    if (!more) {
      return context.report(conflict({.code = more.error().code,
                                      .message = fmt::format("{}: {}", path, more.error().message),
                                      .fix = "another name: --name NAME"}));
    }
    if (!*more) continue;
    config = std::move(**more);
    is_new = true;
  }
  if (names.empty())
    return context.report(conflict({"not_active", fmt::format("{} is over: there is no access", excerpt(id))}));
  if (is_new) {
    if (const auto written = replace_file(path, config, FileMode::kAsItIs); !written)
      return context.report(written.error());
  }
  for (const auto& name : names) context.out() << name << '\n';
  context.note(fmt::format("{} {} · aws sso login --sso-session accessguard · aws --profile {} sts get-caller-identity",
                           is_new ? "✓ in" : "already in", path, names.front()));
  return ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> portal_commands() {
  return {
      {.path = "access open",
       .summary = "The AWS console with access that you have",
       .positionals = {{"ID", "Id of the grant, or of a request with one account"}},
       .example = "accessguard access open req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA",
       .run = run_open},
      {.path = "access profile",
       .summary = "A profile for the AWS CLI, in ~/.aws/config, for access that you have",
       .positionals = {{"ID", "Id of the request, or of one of its grants"}},
       .options = {{.names = "--name", .value = "NAME", .help = "What the profile is called (ACCOUNT-PERMISSION_SET)"}},
       .example = "aws --profile \"$(accessguard access profile req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA)\" s3 ls",
       .run = run_profile},
  };
}

}  // namespace ag::cli
