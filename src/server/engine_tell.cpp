#include <algorithm>

#include "server/engine.hpp"
#include "server/happenings.hpp"
#include "server/log.hpp"

/// What the engine tells: readers and streams of each entry, the log of what whoever runs the server has to know, and
/// the metrics.
namespace ag::server {

void Engine::announce(const std::vector<access::Entry>& entries) {
  if (entries.empty()) return;
  std::vector<Happening> happenings;
  parts_.read_model.read([&](const View& view) {
    for (const auto& entry : entries) {
      for (auto& happening : happenings_of(view, entry)) happenings.push_back(std::move(happening));
    }
  });
  parts_.hub.publish(std::move(happenings));
  for (const auto& entry : entries) {
    count(entry);
    tell_of_break_glass(entry);
    tell_of_others(entry);
  }
}

// What somebody else gave is about to go at our end, or stays after it: whoever runs the server has to know.
void Engine::tell_of_others(const access::Entry& entry) {
  const auto tell = [&](std::string_view what, const auto& event, std::string_view at_expiry) {
    log(Severity::kWarning, what,
        {{"account", event.slot.account.str()},
         {"permission_set", event.slot.permission_set.str()},
         {"user", event.slot.principal.str()},
         {"by", event.by},
         {"event_id", event.event},
         {"at_expiry", std::string(at_expiry)}});
  };
  if (const auto* shared = std::get_if<access::SlotShared>(&entry.event)) {
    parts_.metrics.count("accessguard_shared_assignments_total");
    tell("assignment_shared", *shared, name_of(shared->at_expiry));
  }
  if (const auto* over = std::get_if<access::SlotHandedOver>(&entry.event)) {
    parts_.metrics.count("accessguard_handed_over_total");
    tell("assignment_handed_over", *over, name_of(access::ForeignCreates::kHold));
  }
}

// Loud, whoever may be asleep: chat and mail hear of it from the events, whoever reads the log from here.
void Engine::tell_of_break_glass(const access::Entry& entry) {
  const auto tell = [&](std::string_view what, const access::RequestId& id, Instant review_by) {
    const access::Request& asked = core_.state().requests.find(id)->request;
    log(Severity::kWarning, what,
        {{"request", id.str()},
         {"user", asked.requester_name},
         {"account", asked.accounts.front().name},
         {"permission_set", asked.permission_set_name},
         {"review_by", to_rfc3339(review_by)}});
  };
  if (const auto* opened = std::get_if<access::BreakGlassOpened>(&entry.event))
    tell("break_glass_opened", opened->request, opened->review_by);
  if (const auto* overdue = std::get_if<access::BreakGlassOverdue>(&entry.event))
    tell("break_glass_overdue", overdue->request, overdue->review_by);
}

void Engine::count(const access::Entry& entry) {
  Metrics& metrics = parts_.metrics;
  const access::State& state = core_.state();
  metrics.count("accessguard_ledger_entries_total", {{"kind", std::string(access::kind_of(entry.event))}});
  const bool is_foreign = std::holds_alternative<access::AssignmentAppeared>(entry.event) ||
                          std::holds_alternative<access::AssignmentVanished>(entry.event);
  if (is_foreign) metrics.count("accessguard_foreign_changes_total");
  if (const auto* decided = std::get_if<access::RequestDecided>(&entry.event)) {
    metrics.observe("accessguard_request_decision_seconds", {},
                    entry.at - state.requests.find(decided->request)->submitted_at);
  } else if (const auto* present = std::get_if<access::SlotPresent>(&entry.event)) {
    const auto* slot = state.slots.find(present->slot);
    for (const auto& id : slot == nullptr ? std::vector<access::GrantId>{} : slot->live) {
      const auto* grant = state.grants.find(id);
      if (grant->active_at != present->observed_at) continue;
      metrics.observe("accessguard_grant_provision_seconds", {}, present->observed_at - grant->start);
    }
  } else if (const auto* ending = std::get_if<access::GrantEnding>(&entry.event)) {
    const auto* grant = state.grants.find(ending->grant);
    ending_[grant->slot].push_back(std::min(grant->end, entry.at));
  } else if (const auto* absent = std::get_if<access::SlotAbsent>(&entry.event)) {
    const auto over = ending_.extract(absent->slot);
    for (const Instant end : over.empty() ? std::vector<Instant>{} : over.mapped()) {
      metrics.observe("accessguard_revoke_lag_seconds", {}, absent->observed_at - end);
    }
  }
}

// Approved access waits for the dead man's switch: whoever runs the server has to know.
void Engine::tell_of_switch() {
  const auto& problem = core_.switch_problem();
  const std::string code = problem ? problem->code : "";
  if (std::exchange(switch_problem_, code) == code) return;
  if (problem) log(Severity::kError, "switch_refused", {{"code", code}, {"reason", problem->message}});
  else log(Severity::kInfo, "switch_accepted", {});
}

void Engine::tell_of_trail() {
  const auto& problem = core_.trail_problem();
  const std::string code = problem ? problem->code : "";
  if (std::exchange(trail_problem_, code) == code) return;
  if (problem) log(Severity::kWarning, "cloudtrail_unread", {{"code", code}, {"reason", problem->message}});
  else log(Severity::kInfo, "cloudtrail_read", {});
}

}  // namespace ag::server
