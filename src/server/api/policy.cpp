#include <fmt/format.h>

#include <memory>
#include <optional>

#include "access/policy.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/policy_change_view.hpp"
#include "server/api/policy_text.hpp"

namespace ag::server {
namespace {

/// `index` is of that policy.
Answer policy_answer(const access::PolicyInForce& policy, const access::PolicyIndex& index) {
  const bool any = !policy.hash.empty();
  Answer answer =
      json_answer(json::object{{"text", policy.text},
                               {"hash", policy.hash},
                               {"source", policy.source},
                               {"applied_at", any ? nullable(std::optional(policy.applied_at)) : json::value(nullptr)},
                               {"applied_by", nullable(policy.applied_by)},
                               {"warnings", problems_view(access::remarks(index))}});
  std::get<HttpResponse>(answer).headers.add("ETag", "\"" + policy.hash + "\"");
  return answer;
}

/// The policy in force. What is worth a look in it is found under no lock: with many rules it takes a while.
Answer policy_in_force(const ReadModel& read_model) {
  access::PolicyInForce policy;
  read_model.read([&](const View& view) { policy = view.state.policy.get(); });
  auto index = read_model.index();
  if (!index->is_of(policy.policy.get(), &index->organization()))
    index = std::make_shared<const access::PolicyIndex>(policy.policy, index->shared_organization());
  return policy_answer(policy, *index);
}

/// The hash out of `If-Match: "hash"`; nothing for `*`.
Result<std::optional<std::string>> if_match_of(const HttpRequest& request) {
  const auto header = request.headers.find("If-Match");
  if (!header) {
    return fail({"if_match_needed", "say which policy this change was made to", "If-Match", "",
                 "send If-Match with the ETag of GET /v1/policy, or * for whatever is in force"});
  }
  if (*header == "*") return std::nullopt;
  if (header->size() < 2 || header->front() != '"' || header->back() != '"') {
    return fail("invalid_request", "If-Match must be an ETag in quotes, or *", "If-Match");
  }
  return std::string(header->substr(1, header->size() - 2));
}

}  // namespace

Result<Answer> Api::get_policy(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  return policy_in_force(parts_.read_model);
}

Result<Answer> Api::put_policy(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  auto body = body_as<PolicyBody>(call.request);
  if (!body) return fail(body.error());
  auto if_match = if_match_of(call.request);
  if (!if_match) return fail(if_match.error());
  json::array warnings;
  if (call.caller.role == access::Role::kAdmin) {
    // Who may not change the policy is told that alone.
    const auto index = compiled(body->text, parts_.read_model.organization());
    if (!index) return fail(index.error());
    if (auto met = check_met(results_of(**index, call.now)); !met) return fail(met.error());
    warnings = problems_view(access::remarks(**index));
  }
  const access::ChangeId fresh(fresh_id("chg_", call.now));
  const auto done =
      parts_.engine.submit(call.caller, access::ApplyPolicy{std::move(body->text), "api", std::move(*if_match), fresh});
  if (!done) return fail(done.error());
  auto waits = parts_.read_model.read([&](const View& view) -> std::optional<json::object> {
    const access::PolicyChange* change = view.state.policy_changes.find(fresh);
    if (change == nullptr) return std::nullopt;
    return change_view(view, *change, call.viewer());
  });
  if (!waits) return policy_in_force(parts_.read_model);
  return json_answer(json::object{{"change", std::move(*waits)}, {"warnings", std::move(warnings)}}, 202);
}

Result<Answer> Api::validate_policy(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const auto body = body_as<PolicyBody>(call.request);
  if (!body) return fail(body.error());
  auto parsed = access::parse_policy(body->text);
  if (!parsed)
    return json_answer(json::object{{"valid", false},
                                    {"problems", problems_view(parsed.error())},
                                    {"warnings", json::array{}},
                                    {"expectations", json::array{}}});
  const access::PolicyIndex index(std::make_shared<const access::Policy>(std::move(*parsed)),
                                  parts_.read_model.organization());
  return json_answer(json::object{{"valid", true},
                                  {"problems", json::array{}},
                                  {"warnings", problems_view(access::remarks(index))},
                                  {"expectations", expectations_view(results_of(index, call.now))}});
}

}  // namespace ag::server
