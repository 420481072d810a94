#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/examination.hpp"
#include "server/api/openapi_document.hpp"

namespace ag::server {
namespace {

/// For how long the one has waited that was asked first: ids sort by time.
Duration oldest_pending(const View& view, Instant now) {
  if (view.pending.empty()) return {};
  return now - std::min(now, view.state.requests.find(*view.pending.begin())->submitted_at);
}

/// As probes know it.
std::string_view level_of(Condition condition) { return condition == Condition::kBad ? "fail" : name_of(condition); }

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
  for (const auto& check : readiness_checks(health, parts_.read_model, call.now)) {
    ready = ready && check.state != Condition::kBad;
    json::object view{{"name", check.id},
                      {"ok", check.state != Condition::kBad},
                      {"level", level_of(check.state)},
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
  metrics.declare("accessguard_shared_assignments_total", MetricKind::kCounter,
                  "Assignments of ours that somebody else made too, as CloudTrail tells.");
  metrics.count("accessguard_shared_assignments_total", {}, 0);  // its first one is an increase
  metrics.declare("accessguard_handed_over_total", MetricKind::kCounter,
                  "Assignments that stay after their grants expired, because somebody else made them too.");
  metrics.count("accessguard_handed_over_total", {}, 0);
  metrics.declare("accessguard_cloudtrail_unread", MetricKind::kGauge,
                  "1 while CloudTrail does not tell who else makes our assignments.");
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
  metrics.gauge("accessguard_cloudtrail_unread", {}, health.trail_problem ? 1 : 0);
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
