#include <fmt/format.h>

#include "access/policy.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"

namespace ag::server {
namespace {

struct PolicyBody {
  std::string text;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("text", self.text);
  }
};

json::array problems_view(const std::vector<access::PolicyProblem>& problems) {
  json::array views;
  for (const auto& problem : problems) {
    views.push_back(json::object{
        {"line", problem.line}, {"where", problem.where}, {"code", problem.code}, {"message", problem.message}});
  }
  return views;
}

Answer policy_answer(const access::PolicyInForce& policy) {
  const bool any = !policy.hash.empty();
  Answer answer =
      json_answer(json::object{{"text", policy.text},
                               {"hash", policy.hash},
                               {"source", policy.source},
                               {"applied_at", any ? nullable(std::optional(policy.applied_at)) : json::value(nullptr)},
                               {"applied_by", nullable(policy.applied_by)}});
  std::get<HttpResponse>(answer).headers.add("ETag", "\"" + policy.hash + "\"");
  return answer;
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
  return parts_.read_model.read([](const View& view) { return policy_answer(view.state.policy.get()); });
}

Result<Answer> Api::put_policy(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  auto body = body_as<PolicyBody>(call.request);
  if (!body) return fail(body.error());
  auto if_match = if_match_of(call.request);
  if (!if_match) return fail(if_match.error());
  const auto done =
      parts_.engine.submit(call.caller, access::ApplyPolicy{std::move(body->text), "api", std::move(*if_match)});
  if (!done) return fail(done.error());
  return parts_.read_model.read([](const View& view) { return policy_answer(view.state.policy.get()); });
}

Result<Answer> Api::validate_policy(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const auto body = body_as<PolicyBody>(call.request);
  if (!body) return fail(body.error());
  const auto parsed = access::parse_policy(body->text);
  if (!parsed)
    return json_answer(
        json::object{{"valid", false}, {"problems", problems_view(parsed.error())}, {"warnings", json::array{}}});
  auto warnings = parsed->warnings;
  const auto unknown = access::check_names(*parsed, *parts_.read_model.organization());
  warnings.insert(warnings.end(), unknown.begin(), unknown.end());
  return json_answer(json::object{{"valid", true}, {"problems", json::array{}}, {"warnings", problems_view(warnings)}});
}

}  // namespace ag::server
