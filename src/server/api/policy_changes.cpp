#include <fmt/format.h>

#include <algorithm>

#include "access/approvers.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/policy_change_view.hpp"
#include "server/api/query.hpp"

/// Changes of the policy that another person must agree to.
namespace ag::server {
namespace {

using access::PolicyChange;

struct ChangeDecisionBody {
  access::Verdict decision = access::Verdict::kDeny;
  std::string hash;
  std::optional<std::string> comment;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("decision", self.decision);
    codec("hash", self.hash);
    codec("comment", self.comment);
  }
};

bool is_open(const View& view, const PolicyChange& change) {
  return view.state.open_change.get() == change.proposed.change;
}

std::string_view state_of(const View& view, const PolicyChange& change) {
  if (is_open(view, change)) return "open";
  if (!change.decision) return "replaced";
  return change.decision->decision == access::Verdict::kApprove ? "approved" : "denied";
}

/// Whether it is for the viewer to decide; what else may stand against it says the deciding.
bool may_decide_change(const View& view, const PolicyChange& change, const Viewer& viewer) {
  const access::UserId& by = change.proposed.by;
  if (!is_open(view, change) || (by.empty() && viewer.user.empty())) return false;
  if (access::is_same_person(view.organization, by, viewer.user)) return false;
  if (view.index.policy().change_control.any_of.empty()) return viewer.admin;
  return may_see_changes(view, {viewer.user, false});
}

Result<void> check_may_see(const View& view, const Viewer& viewer) {
  if (may_see_changes(view, viewer)) return {};
  return fail("not_allowed", "changes of the policy are for administrators, and for those who may decide them", "");
}

Result<const PolicyChange*> find_change(const View& view, const ApiCall& call) {
  if (auto may = check_may_see(view, call.viewer()); !may) return fail(may.error());
  const access::ChangeId id(call.parameters.path.find("id")->second);
  if (const PolicyChange* change = view.state.policy_changes.find(id)) return change;
  return fail({"unknown_change", fmt::format("there is no change \"{}\" of the policy", id.str().substr(0, 64)), "id",
               "", "`accessguard policy changes` lists them"});
}

json::object whole_view(const View& view, const PolicyChange& change, const Viewer& viewer) {
  json::object whole = change_view(view, change, viewer);
  whole["text"] = change.proposed.text;
  return whole;
}

}  // namespace

json::object change_view(const View& view, const PolicyChange& change, const Viewer& viewer) {
  json::array widens;
  for (const auto& line : change.proposed.widens) widens.push_back(json::string(line));
  json::value decision(nullptr);
  if (change.decision) {
    decision = json::object{{"by", known_person_view(change.decision->by, change.decision->by_name)},
                            {"decision", name_of(change.decision->decision)},
                            {"comment", nullable(change.decision->comment)},
                            {"at", to_rfc3339(change.decided_at)}};
  }
  return {{"id", change.proposed.change.str()},
          {"state", state_of(view, change)},
          {"by", known_person_view(change.proposed.by, change.proposed.by_name)},
          {"at", to_rfc3339(change.at)},
          {"hash", change.proposed.hash},
          {"base", change.proposed.base},
          {"widens", std::move(widens)},
          {"decision", std::move(decision)},
          {"can", json::object{{"decide", may_decide_change(view, change, viewer)}}}};
}

Result<Answer> Api::list_policy_changes(const ApiCall& call) {
  if (auto known = call.parameters.only({"limit", "cursor"}); !known) return fail(known.error());
  const auto page = page_of(call.parameters);
  if (!page) return fail(page.error());
  return parts_.read_model.read([&](const View& view) -> Result<Answer> {
    if (auto may = check_may_see(view, call.viewer()); !may) return fail(may.error());
    std::vector<const PolicyChange*> newest_first;
    for (const auto& [id, change] : view.state.policy_changes) newest_first.push_back(&change);
    std::reverse(newest_first.begin(), newest_first.end());
    return json_answer(
        page_view(newest_first, *page, [&](const auto* change) { return change_view(view, *change, call.viewer()); }));
  });
}

Result<Answer> Api::get_policy_change(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  return parts_.read_model.read([&](const View& view) -> Result<Answer> {
    const auto change = find_change(view, call);
    if (!change) return fail(change.error());
    return json_answer(whole_view(view, **change, call.viewer()));
  });
}

Result<Answer> Api::post_policy_decision(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const auto id = parts_.read_model.read([&](const View& view) -> Result<access::ChangeId> {
    const auto change = find_change(view, call);
    if (!change) return fail(change.error());
    return (*change)->proposed.change;
  });
  if (!id) return fail(id.error());
  auto body = body_as<ChangeDecisionBody>(call.request);
  if (!body) return fail(body.error());
  auto idempotency = idempotency_of(call);
  if (!idempotency) return fail(idempotency.error());
  const auto done = parts_.engine.submit(
      call.caller, access::DecideChange{*id, std::move(body->hash), body->decision, std::move(body->comment)},
      std::move(*idempotency));
  if (!done) return fail(done.error());
  return json_answer(parts_.read_model.read(
      [&](const View& view) { return whole_view(view, *view.state.policy_changes.find(*id), call.viewer()); }));
}

}  // namespace ag::server
