#include <fmt/format.h>

#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/openapi_document.hpp"

namespace ag::server {
namespace {

// Directory and accounts that are older than this say little about today.
constexpr Duration kStaleReading = Duration::minutes(15);

struct Check {
  std::string name;
  bool ok = true;
  std::string detail;
};

std::vector<Check> checks_of(const EngineHealth& health, const ReadModel& read_model, Instant now) {
  std::vector<Check> checks;
  checks.push_back(
      {"ledger", !health.ledger_problem, health.ledger_problem ? health.ledger_problem->message : "writable"});
  const auto& directory = health.directory;
  if (!directory.read_at) {
    checks.push_back(
        {"aws", false, directory.problem ? directory.problem->message : "AWS is being read for the first time"});
  } else if (directory.problem) {
    checks.push_back(
        {"aws", now - *directory.read_at <= kStaleReading,
         fmt::format("last read {}; then: {}", to_rfc3339(*directory.read_at), directory.problem->message)});
  } else {
    checks.push_back({"aws", now - *directory.read_at <= kStaleReading, "last read " + to_rfc3339(*directory.read_at)});
  }
  const auto gaps = read_model.organization()->snapshot().gaps;
  if (!gaps.empty())
    checks.push_back({"aws_gaps", true, fmt::format("not everything could be read: {}", fmt::join(gaps, "; "))});
  const bool policy = read_model.read([](const View& view) { return !view.state.policy.get().hash.empty(); });
  checks.push_back({"policy", policy, policy ? "in force" : "none: nobody can ask for anything; apply one"});
  return checks;
}

}  // namespace

Result<Answer> Api::get_health(const ApiCall&) { return json_answer(json::object{{"status", "ok"}}); }

Result<Answer> Api::get_ready(const ApiCall& call) {
  bool ready = true;
  json::array views;
  for (const auto& check : checks_of(parts_.engine.health(), parts_.read_model, call.now)) {
    ready = ready && check.ok;
    views.push_back(json::object{{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
  }
  return json_answer(json::object{{"status", ready ? "ready" : "not_ready"}, {"checks", std::move(views)}},
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
  metrics.declare("accessguard_ledger_writable", MetricKind::kGauge, "1 while the ledger can be written.");
  metrics.declare("accessguard_sse_clients", MetricKind::kGauge, "Streams of events that are open.");
  metrics.declare("accessguard_http_request_duration_seconds", MetricKind::kHistogram,
                  "Requests by method, route and status.");
}

void refresh_metrics(Metrics& metrics, const ReadModel& read_model, const Engine& engine, const EventHub& hub,
                     Instant now) {
  std::int64_t active = 0;
  std::int64_t overdue = 0;
  Duration oldest;
  read_model.read([&](const View& view) {
    for (const auto& id : view.live_grants) {
      const auto& grant = *view.state.grants.find(id);
      if (grant.status == access::Status::kActive) ++active;
      const Instant due = grant.ending_at ? std::min(grant.end, *grant.ending_at) : grant.end;
      if (due >= now) continue;
      ++overdue;
      oldest = std::max(oldest, now - due);
    }
    metrics.gauge("accessguard_requests_open", {}, static_cast<std::int64_t>(view.pending.size()));
    metrics.gauge("accessguard_ledger_size", {}, view.state.size.get());
  });
  const auto health = engine.health();
  metrics.gauge("accessguard_grants_active", {}, active);
  metrics.gauge("accessguard_grants_overdue", {}, overdue);
  metrics.gauge("accessguard_grant_overdue_max_seconds", {}, oldest.count_seconds());
  metrics.gauge("accessguard_ledger_writable", {}, health.ledger_problem ? 0 : 1);
  metrics.gauge("accessguard_sync_age_seconds", {},
                health.directory.read_at ? (now - *health.directory.read_at).count_seconds() : -1);
  metrics.gauge("accessguard_sse_clients", {}, static_cast<std::int64_t>(hub.subscribers()));
  for (std::size_t i = 0; i < control::kLanes; ++i) {
    metrics.gauge("accessguard_queue_depth", {{"queue", std::string(name_of(static_cast<control::Lane>(i)))}},
                  static_cast<std::int64_t>(health.slots.waiting[i]));
  }
}

}  // namespace ag::server
