#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/openapi_document.hpp"

namespace ag::server {
namespace {

// Directory and accounts that are older than this say little about today.
constexpr Duration kStaleReading = Duration::minutes(15);
// It comes round twice a second; a ledger that hangs may hold it up for three.
constexpr Duration kEngineIsStuck = Duration::seconds(10);

enum class Level { kOk, kWarn, kFail };
constexpr auto enum_names(Level) { return std::array<std::string_view, 3>{"ok", "warn", "fail"}; }

/// One thing that an operator wants to be in order. What fails makes the server not ready; a warning does not.
struct Check {
  std::string name;
  Level level = Level::kOk;
  std::string detail;
  std::string fix{};  ///< what would help, where that is known
};

Check check_ledger(const EngineHealth& health) {
  if (!health.ledger_problem) return {"ledger", Level::kOk, "writable"};
  return {"ledger", Level::kFail, health.ledger_problem->message,
          health.ledger_problem->fix.empty()
              ? "look at the disk of the data folder: space, permissions; no restart is needed once it can be written"
              : health.ledger_problem->fix};
}

Check check_aws(const control::DirectoryStatus& directory, Instant now) {
  const std::string trouble = directory.problem ? directory.problem->message : "";
  const std::string fix = directory.problem ? directory.problem->fix : "";
  if (!directory.read_at) {
    return {"aws", Level::kFail, directory.problem ? trouble : "AWS is being read for the first time",
            directory.problem ? fix : "wait a moment; a large organization takes some minutes"};
  }
  const bool stale = now - *directory.read_at > kStaleReading;
  const std::string read = "last read " + to_rfc3339(*directory.read_at);
  if (!directory.problem) return {"aws", stale ? Level::kFail : Level::kOk, read};
  return {"aws", stale ? Level::kFail : Level::kWarn, fmt::format("{}; then: {}", read, trouble), fix};
}

/// Whether somebody could change the policy or revoke: a token of an administrator that is valid.
bool has_administrator(const access::State& state, Instant now) {
  return std::any_of(state.tokens.begin(), state.tokens.end(), [&](const auto& row) {
    const access::TokenState& token = row.second;
    return !token.revoked && token.token.role == access::Role::kAdmin && token.token.expires_at > now;
  });
}

std::vector<Check> checks_of(const EngineHealth& health, const ReadModel& read_model, Instant now) {
  std::vector<Check> checks{check_ledger(health), check_aws(health.directory, now)};
  if (health.age > kEngineIsStuck) {
    checks.push_back({"engine", Level::kFail,
                      fmt::format("it did not come round for {}: something holds it up", to_text(health.age)),
                      "look at the disk of the data folder"});
  }
  if (health.spool_problem) {
    checks.push_back({"spool", Level::kFail, health.spool_problem->message,
                      "make room on the disk of the data folder: what ends meanwhile is remembered in memory alone"});
  }
  if (health.switch_problem) {
    checks.push_back({"dead_man_switch", Level::kWarn,
                      fmt::format("EventBridge Scheduler refuses its schedules, so what was approved waits: {}: {}",
                                  health.switch_problem->code, health.switch_problem->message),
                      "docs/dead-man-switch.md lists the group, the role and the permissions that it needs"});
  }
  const auto gaps = read_model.organization()->snapshot().gaps;
  if (!gaps.empty()) {
    checks.push_back({"aws_gaps", Level::kWarn, fmt::format("not everything could be read: {}", fmt::join(gaps, "; ")),
                      "give AccessGuard's role the permissions that docs/aws-permissions.md lists"});
  }
  read_model.read([&](const View& view) {
    const bool policy = !view.state.policy.get().hash.empty();
    checks.push_back(policy ? Check{"policy", Level::kOk, "in force"}
                            : Check{"policy", Level::kFail, "none: nobody can ask for anything; apply one",
                                    "`accessguard policy apply FILE`, or `accessguard serve --policy FILE`"});
    if (!has_administrator(view.state, now)) {
      checks.push_back({"administrators", Level::kWarn, "nobody holds a valid administrator's token",
                        "on the server's machine: `accessguard token issue --user NAME --admin`"});
    }
  });
  return checks;
}

struct Overdue {
  std::int64_t grants = 0;
  Duration oldest;
};

/// Grants whose right is over and whose assignment was not yet seen to be gone.
Overdue overdue_in(const View& view, Instant now) {
  Overdue overdue;
  for (const auto& id : view.live_grants) {
    const auto& grant = *view.state.grants.find(id);
    const Instant due = grant.ending_at ? std::min(grant.end, *grant.ending_at) : grant.end;
    if (due >= now) continue;
    ++overdue.grants;
    overdue.oldest = std::max(overdue.oldest, now - due);
  }
  return overdue;
}

/// For how long the one has waited that was asked first: ids sort by time.
Duration oldest_pending(const View& view, Instant now) {
  if (view.pending.empty()) return {};
  return now - std::min(now, view.state.requests.find(*view.pending.begin())->submitted_at);
}

/// Why no grant is made at present; null when grants are made.
json::value suspended_view(const EngineHealth& health) {
  if (!health.suspension) return nullptr;
  return json::object{
      {"code", health.suspension->code}, {"message", health.suspension->message}, {"fix", health.suspension->fix}};
}

}  // namespace

Result<Answer> Api::get_health(const ApiCall&) { return json_answer(json::object{{"status", "ok"}}); }

Result<Answer> Api::get_ready(const ApiCall& call) {
  bool ready = true;
  json::array views;
  const EngineHealth health = parts_.engine.health();
  for (const auto& check : checks_of(health, parts_.read_model, call.now)) {
    ready = ready && check.level != Level::kFail;
    json::object view{{"name", check.name},
                      {"ok", check.level != Level::kFail},
                      {"level", name_of(check.level)},
                      {"detail", check.detail}};
    if (!check.fix.empty()) view["fix"] = check.fix;
    views.push_back(std::move(view));
  }
  const auto overdue = parts_.read_model.read([&](const View& view) { return overdue_in(view, call.now); });
  return json_answer(json::object{{"status", ready ? "ready" : "not_ready"},
                                  {"checks", std::move(views)},
                                  {"overdue", json::object{{"grants", overdue.grants},
                                                           {"oldest_seconds", overdue.oldest.count_seconds()}}},
                                  {"suspended", suspended_view(health)}},
                     ready ? 200 : 503);
}

Result<Answer> Api::get_metrics(const ApiCall&) {
  return HttpResponse{.status = 200,
                      .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                      .body = parts_.metrics.render()};
}

Result<Answer> Api::get_openapi(const ApiCall&) {
  return HttpResponse{
      .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = std::string(kOpenApiDocument)};
}

void declare_metrics(Metrics& metrics) {
  metrics.declare("accessguard_build_info", MetricKind::kGauge, "The running version, always 1.");
  metrics.declare("accessguard_requests_open", MetricKind::kGauge, "Requests that wait for a decision.");
  metrics.declare("accessguard_requests_pending_oldest_seconds", MetricKind::kGauge,
                  "For how long the oldest of them has waited; 0 when none does.");
  metrics.declare("accessguard_break_glass_reviews_open", MetricKind::kGauge,
                  "Uses of break-glass that nobody has reviewed yet.");
  metrics.declare("accessguard_break_glass_reviews_overdue", MetricKind::kGauge,
                  "Those of them that were to be reviewed before now.");
  metrics.declare("accessguard_grants_active", MetricKind::kGauge, "Grants seen in AWS and not over.");
  metrics.declare("accessguard_grants_overdue", MetricKind::kGauge,
                  "Grants whose end has passed and that were not yet seen to be gone.");
  metrics.declare("accessguard_grant_overdue_max_seconds", MetricKind::kGauge,
                  "How long the oldest of them is overdue.");
  metrics.declare("accessguard_grant_provision_seconds", MetricKind::kHistogram,
                  "From a grant's start until it was seen in AWS.");
  metrics.declare("accessguard_revoke_lag_seconds", MetricKind::kHistogram,
                  "From a grant's end until it was seen to be gone.");
  metrics.declare("accessguard_request_decision_seconds", MetricKind::kHistogram,
                  "From a request until it was decided.");
  metrics.declare("accessguard_ledger_entries_total", MetricKind::kCounter,
                  "Entries written since the start, by kind.");
  metrics.declare("accessguard_ledger_size", MetricKind::kGauge, "Entries on the ledger.");
  metrics.declare("accessguard_aws_api_requests_total", MetricKind::kCounter,
                  "Calls to AWS by service, operation and outcome.");
  metrics.declare("accessguard_aws_throttles_total", MetricKind::kCounter,
                  "Calls that AWS refused because of their rate.");
  metrics.declare("accessguard_queue_depth", MetricKind::kGauge, "Slots that wait for a call, by lane.");
  metrics.declare("accessguard_sync_age_seconds", MetricKind::kGauge,
                  "Since the organization was last read whole; -1 before the first time.");
  metrics.declare("accessguard_sweep_age_seconds", MetricKind::kGauge,
                  "Since all assignments were last compared with the ledger; -1 before the first time.");
  metrics.declare("accessguard_foreign_changes_total", MetricKind::kCounter,
                  "Assignments that others made or removed, as the sweeps found them.");
  metrics.declare("accessguard_clock_skew_seconds", MetricKind::kGauge,
                  "How far this machine's clock is ahead of AWS's; negative when it is behind.");
  metrics.declare("accessguard_spool_bytes", MetricKind::kGauge, "Entries that wait for the ledger.");
  metrics.declare("accessguard_grants_suspended", MetricKind::kGauge, "1 while no access is given for this reason.");
  metrics.declare("accessguard_switch_refused", MetricKind::kGauge,
                  "1 while AWS refuses the dead man's switch's schedules, so that what was approved waits.");
  metrics.declare("accessguard_ledger_writable", MetricKind::kGauge, "1 while the ledger can be written.");
  metrics.declare("accessguard_sse_clients", MetricKind::kGauge, "Streams of events that are open.");
  metrics.declare("accessguard_http_request_duration_seconds", MetricKind::kHistogram,
                  "Requests by method, route and status.");
}

void refresh_metrics(Metrics& metrics, const ReadModel& read_model, const Engine& engine, const EventHub& hub,
                     Instant now) {
  std::int64_t active = 0;
  Overdue overdue;
  read_model.read([&](const View& view) {
    for (const auto& id : view.live_grants) {
      if (view.state.grants.find(id)->status == access::Status::kActive) ++active;
    }
    overdue = overdue_in(view, now);
    metrics.gauge("accessguard_requests_open", {}, static_cast<std::int64_t>(view.pending.size()));
    metrics.gauge("accessguard_requests_pending_oldest_seconds", {}, oldest_pending(view, now).count_seconds());
    const auto& reviews = view.state.reviews;
    const auto late =
        std::count_if(reviews.begin(), reviews.end(), [&](const auto& row) { return row.second.review_by <= now; });
    metrics.gauge("accessguard_break_glass_reviews_open", {}, static_cast<std::int64_t>(reviews.size()));
    metrics.gauge("accessguard_break_glass_reviews_overdue", {}, late);
    metrics.gauge("accessguard_ledger_size", {}, view.state.size.get());
  });
  const auto health = engine.health();
  metrics.gauge("accessguard_grants_active", {}, active);
  metrics.gauge("accessguard_grants_overdue", {}, overdue.grants);
  metrics.gauge("accessguard_grant_overdue_max_seconds", {}, overdue.oldest.count_seconds());
  metrics.gauge("accessguard_ledger_writable", {}, health.ledger_problem ? 0 : 1);
  metrics.gauge("accessguard_switch_refused", {}, health.switch_problem ? 1 : 0);
  metrics.gauge("accessguard_sync_age_seconds", {},
                health.directory.read_at ? (now - *health.directory.read_at).count_seconds() : -1);
  const auto& swept_at = read_model.organization()->snapshot().standing_at;
  metrics.gauge("accessguard_sweep_age_seconds", {}, swept_at ? (now - *swept_at).count_seconds() : -1);
  metrics.gauge("accessguard_clock_skew_seconds", {}, health.clock_skew_seconds);
  metrics.gauge("accessguard_spool_bytes", {}, static_cast<std::int64_t>(health.spool_bytes));
  for (const std::string_view reason :
       {"ledger_unavailable", "ledger_rolled_back", "checkpoint_unreadable", "clock_disagrees", "disk_low"}) {
    const bool suspended = health.suspension && health.suspension->code == reason;
    metrics.gauge("accessguard_grants_suspended", {{"reason", std::string(reason)}}, suspended ? 1 : 0);
  }
  metrics.gauge("accessguard_sse_clients", {}, static_cast<std::int64_t>(hub.subscribers()));
  for (std::size_t i = 0; i < control::kLanes; ++i) {
    metrics.gauge("accessguard_queue_depth", {{"queue", std::string(name_of(static_cast<control::Lane>(i)))}},
                  static_cast<std::int64_t>(health.slots.waiting[i]));
  }
}

}  // namespace ag::server
