#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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
// A removal takes AWS some seconds and a look some more; an assignment that is still there then is a right too long.
constexpr std::int64_t kToleratedOverdueSeconds = 60;
constexpr std::int64_t kMostThrottledPercent = 10;  // of all calls; AWS lets everybody wait now and then

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

Level level_of(const json::value& check) {
  if (const auto level = enum_from<Level>(text_at(check, "level"))) return *level;
  return flag_at(check, "ok") ? Level::kOk : Level::kFail;
}

void check_revokes(Findings& findings, const json::value& ready) {
  const auto grants = number_at(ready, "overdue.grants");
  const auto oldest = number_at(ready, "overdue.oldest_seconds");
  if (grants == 0) return findings.add({"revokes", Level::kOk, "nothing that is over is still there"});
  const std::string text =
      fmt::format("{} not yet seen to be gone, the oldest for {}",
                  grants == 1 ? "1 grant is over and" : fmt::format("{} grants are over and", grants),
                  to_text(Duration::seconds(oldest)));
  if (oldest <= kToleratedOverdueSeconds) return findings.add({"revokes", Level::kOk, text});
  findings.add({"revokes", Level::kFail, text,
                "does AWS answer, and may AccessGuard delete? See the other lines and the server's log; in need remove "
                "the assignment by hand in IAM Identity Center"});
}

void check_suspension(Findings& findings, const json::value& ready) {
  const auto& suspended = value_at(ready, "suspended");
  if (!suspended.is_object()) return findings.add({"grants", Level::kOk, "are made"});
  findings.add({"grants", Level::kFail,
                fmt::format("no grant is made: {} ({})", text_at(suspended, "message"), text_at(suspended, "code")),
                text_at(suspended, "fix")});
}

void check_readiness(Context& context, Findings& findings) {
  const auto ready = context.exchange({.path = "/readyz", .query = {{"verbose", "true"}}});
  if (!ready) return findings.add({"readiness", Level::kFail, ready.error().detail, ready.error().fix});
  const auto body = parse_json(ready->body, Numbers::kAny);
  if (!body || items_at(*body, "checks").empty()) {
    return findings.add({"readiness", Level::kFail, "/readyz does not answer in AccessGuard's words",
                         "is a proxy in between, or an older server?"});
  }
  for (const auto& check : items_at(*body, "checks")) {
    findings.add({text_at(check, "name"), level_of(check), text_at(check, "detail"), text_at(check, "fix")});
  }
  check_revokes(findings, *body);
  check_suspension(findings, *body);
}

/// What `policy validate` would say of the policy in force.
void check_policy(Context& context, Findings& findings) {
  const auto policy = context.call({.path = "/v1/policy"});
  if (!policy) return;  // who may not sign in was told
  if (text_at(policy->value, "hash").empty()) {
    return findings.add({"policy", Level::kWarn, "none is in force: nobody can ask for anything",
                         "accessguard policy apply FILE; docs/policy.md has five to begin with"});
  }
  const auto& warnings = items_at(policy->value, "warnings");
  if (warnings.empty()) return findings.add({"policy", Level::kOk, "nothing in it is odd"});
  findings.add({"policy", Level::kWarn,
                fmt::format("{} in the policy in force, the first in line {}: {}",
                            warnings.size() == 1 ? "1 warning" : fmt::format("{} warnings", warnings.size()),
                            number_at(warnings.front(), "line"), text_at(warnings.front(), "message")),
                "accessguard policy export | accessguard policy validate -"});
}

struct AwsCalls {
  std::int64_t all = 0;
  std::int64_t throttled = 0;
  std::int64_t denied_deletes = 0;
};

/// Out of Prometheus' text format: `name{labels} value`, a line each.
AwsCalls aws_calls_in(std::string_view metrics) {
  AwsCalls calls;
  while (!metrics.empty()) {
    const auto end = metrics.find('\n');
    const std::string_view line = metrics.substr(0, end);
    metrics = end == std::string_view::npos ? std::string_view{} : metrics.substr(end + 1);
    const auto space = line.rfind(' ');
    if (!line.starts_with("accessguard_aws_") || space == std::string_view::npos) continue;
    const std::string_view number = line.substr(space + 1);
    std::int64_t value = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), value).ec != std::errc{}) continue;
    if (line.starts_with("accessguard_aws_throttles_total ")) calls.throttled += value;
    if (!line.starts_with("accessguard_aws_api_requests_total{")) continue;
    calls.all += value;
    const bool is_delete = line.find("operation=\"DeleteAccountAssignment\"") != std::string_view::npos;
    if (is_delete && line.find("code=\"AccessDenied") != std::string_view::npos) calls.denied_deletes += value;
  }
  return calls;
}

void check_aws_calls(Context& context, Findings& findings) {
  const auto metrics = context.exchange({.path = "/metrics"});
  if (!metrics || metrics->status != 200) {
    return findings.add({"aws calls", Level::kWarn, "/metrics cannot be read, so nothing is known of calls to AWS",
                         "is it closed by a proxy? Ask on the server's own machine"});
  }
  const AwsCalls calls = aws_calls_in(metrics->body);
  if (calls.denied_deletes > 0) {
    // A denial may be mended by now: whether access outlives its end is what the line about revokes tells.
    findings.add({"aws deletes", Level::kWarn,
                  fmt::format("removals that AWS has denied since the server's start: {}", calls.denied_deletes),
                  "give AccessGuard's role sso:DeleteAccountAssignment: docs/aws-permissions.md"});
  }
  const bool slowed = calls.throttled * 100 > calls.all * kMostThrottledPercent;
  findings.add({"aws calls", slowed ? Level::kWarn : Level::kOk,
                fmt::format("{} since the server's start, {} of them throttled", calls.all, calls.throttled),
                slowed ? "what else calls Identity Center in this organization? The limit is shared by all" : ""});
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
  check_readiness(context, findings);
  check_policy(context, findings);
  check_aws_calls(context, findings);
  return findings;
}

std::string findings_text(const json::value& whole, const Context& context) {
  std::size_t width = 0;
  for (const auto& check : items_at(whole, "checks")) width = std::max(width, text_at(check, "name").size());
  std::string text;
  for (const auto& check : items_at(whole, "checks")) {
    const Level level = level_of(check);
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
