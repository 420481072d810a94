#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/when.hpp"

namespace ag::cli {
namespace {

constexpr Duration kToleratedSkew = Duration::seconds(30);  // more than that, and "ends in 5m" is a different 5m
constexpr Duration kTokenEndsSoon = Duration::minutes(15);

enum class Level { kOk, kWarn, kFail };
constexpr auto enum_names(Level) { return std::array<std::string_view, 3>{"ok", "warn", "fail"}; }

struct Finding {
  std::string name;
  Level level = Level::kOk;
  std::string detail;
  std::string fix{};
};

class Findings {
 public:
  void add(Finding finding) { all_.push_back(std::move(finding)); }
  [[nodiscard]] bool has_failure() const {
    return std::any_of(all_.begin(), all_.end(), [](const auto& it) { return it.level == Level::kFail; });
  }
  [[nodiscard]] json::object to_json() const {
    json::array checks;
    for (const auto& it : all_) {
      json::object check{{"name", it.name}, {"level", name_of(it.level)}, {"detail", it.detail}};
      if (!it.fix.empty()) check["fix"] = it.fix;
      checks.push_back(std::move(check));
    }
    return {{"ok", !has_failure()}, {"checks", std::move(checks)}};
  }

 private:
  std::vector<Finding> all_;
};

void check_clock(Context& context, Findings& findings, const HttpHeaders& headers) {
  const auto date = headers.find("Date");
  const auto server_time = date ? parse_http_date(*date) : Result<Instant>(fail("invalid_time", ""));
  if (!server_time) {
    return findings.add({"clock", Level::kWarn, "the server does not tell its time", "is a proxy in between?"});
  }
  const Instant here = context.now();
  const Duration apart = std::max(here - *server_time, *server_time - here);
  if (apart < Duration::seconds(2)) return findings.add({"clock", Level::kOk, "the clocks agree"});
  std::string text =
      fmt::format("this machine is {} {} the server", to_text(apart), here > *server_time ? "ahead of" : "behind");
  if (apart <= kToleratedSkew) return findings.add({"clock", Level::kOk, std::move(text)});
  findings.add({"clock", Level::kWarn, std::move(text),
                "let both machines take their time from NTP; on the server a wrong clock ends access at a wrong time"});
}

/// Whether it is worth going on.
bool check_server(Context& context, Findings& findings, const ClientOptions& options) {
  const auto health = context.exchange({.path = "/healthz"});
  if (!health) {
    findings.add({"server", Level::kFail, health.error().detail,
                  health.error().fix.empty() ? "does it run there? --server and ACCESSGUARD_SERVER name another"
                                             : health.error().fix});
    return false;
  }
  if (health->status != 200) {
    findings.add({"server", Level::kFail, fmt::format("{} answers {}", options.server, health->status),
                  "is it AccessGuard that listens there, or a proxy before it?"});
    return false;
  }
  findings.add({"server", Level::kOk, fmt::format("{} answers", options.server)});
  check_clock(context, findings, health->headers);
  return true;
}

void check_token(Context& context, Findings& findings) {
  const auto me = context.call({.path = "/v1/me"});
  if (!me) {
    return findings.add({"sign-in", Level::kFail, me.error().detail,
                         me.error().fix.empty() ? "accessguard login --token-stdin" : me.error().fix});
  }
  const auto expires = time_at(me->value, "token.expires_at");
  const std::string user = text_at(me->value, "user.user_name");
  const bool soon = expires && *expires < context.now() + kTokenEndsSoon;
  findings.add({"sign-in", soon ? Level::kWarn : Level::kOk,
                fmt::format("{}, role {}; the token expires {}", user.empty() ? "nobody of the directory" : user,
                            text_at(me->value, "role"), expires ? when_text(*expires, context.now()) : "?"),
                soon ? "have a new one made: `accessguard token issue` on the server's machine" : ""});
}

/// `bad` is what probes call `fail`.
Level level_of(const json::value& check, std::string_view member) {
  const std::string text = text_at(check, member);
  if (const auto level = enum_from<Level>(text)) return *level;
  return text.empty() && flag_at(check, "ok") ? Level::kOk : Level::kFail;
}

/// What the server finds, in its own words: nothing is judged here.
void add_findings(Findings& findings, const json::array& items, std::string_view name, std::string_view state) {
  for (const auto& item : items)
    findings.add({text_at(item, name), level_of(item, state), text_at(item, "detail"), text_at(item, "fix")});
}

/// What the server tells whoever has signed in: all of it.
bool check_status(Context& context, Findings& findings) {
  const auto status = context.call({.path = "/v1/status"});
  if (!status) return false;
  add_findings(findings, items_at(status->value, "items"), "id", "state");
  return true;
}

/// What it tells everybody.
void check_readiness(Context& context, Findings& findings) {
  const auto ready = context.exchange({.path = "/readyz", .query = {{"verbose", "true"}}});
  if (!ready) return findings.add({"readiness", Level::kFail, ready.error().detail, ready.error().fix});
  const auto body = parse_json(ready->body, Numbers::kAny);
  if (!body || items_at(*body, "checks").empty()) {
    return findings.add({"readiness", Level::kFail, "/readyz does not answer in AccessGuard's words",
                         "is a proxy in between, or an older server?"});
  }
  add_findings(findings, items_at(*body, "checks"), "name", "level");
}

Findings examine(Context& context) {
  Findings findings;
  const auto options = context.connection();
  if (!options) {
    findings.add({"settings", Level::kFail, options.error().detail, options.error().fix});
    return findings;
  }
  if (!check_server(context, findings, *options)) return findings;
  check_token(context, findings);
  if (!check_status(context, findings)) check_readiness(context, findings);
  return findings;
}

std::string findings_text(const json::value& whole, const Context& context) {
  std::size_t width = 0;
  for (const auto& check : items_at(whole, "checks")) width = std::max(width, text_at(check, "name").size());
  std::string text;
  for (const auto& check : items_at(whole, "checks")) {
    const Level level = level_of(check, "level");
    const Tone tone = level == Level::kOk ? Tone::kGood : level == Level::kWarn ? Tone::kWaiting : Tone::kBad;
    text += fmt::format("{}  {:<{}}  {}\n",
                        painted(fmt::format("{:<4}", name_of(level)), tone, context.terminal().out_colour),
                        printable(text_at(check, "name")), width, printable(text_at(check, "detail")));
    const std::string fix = text_at(check, "fix");
    if (!fix.empty()) text += fmt::format("{:<{}}  try: {}\n", "", width + 6, printable(fix));
  }
  return text;
}

ExitCode run_doctor(Context& context, const Arguments&) {
  const Findings findings = examine(context);
  const json::object object = findings.to_json();
  show_object(context, {object, json::serialize(object), {}},
              {[&](const json::value&) { return std::string(findings.has_failure() ? "not ok" : "ok"); },
               [&](const json::value& whole) { return findings_text(whole, context); }});
  return findings.has_failure() ? ExitCode::kOther : ExitCode::kOk;
}

}  // namespace

std::vector<CommandSpec> doctor_commands() {
  return {{.path = "doctor",
           .summary = "What is wrong between here, the server and AWS, and what to do",
           .example = "accessguard doctor -o json",
           .run = run_doctor}};
}

}  // namespace ag::cli
