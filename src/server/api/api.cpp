#include "server/api/api.hpp"

#include <fmt/format.h>

#include "server/api/console.hpp"
#include "server/api/problem.hpp"
#include "server/api/session.hpp"
#include "server/log.hpp"

namespace ag::server {
namespace {

std::optional<std::string_view> bearer(const HttpRequest& request) {
  const auto header = request.headers.find("Authorization");
  if (!header || !header->starts_with("Bearer ")) return std::nullopt;
  return header->substr(std::string_view("Bearer ").size());
}

}  // namespace

Api::Api(ApiParts parts) : parts_(std::move(parts)) {
  add_routes();
  declare_metrics(parts_.metrics);
  parts_.metrics.gauge("accessguard_build_info", {{"version", parts_.version}}, 1);
  parts_.metrics.on_render([this](Metrics& metrics) {
    refresh_metrics(metrics, parts_.read_model, parts_.engine, parts_.hub, parts_.clock());
  });
}

void Api::add_routes() {
  const auto open = [&](std::string method, std::string path, Handle answer) {
    router_.add(std::move(method), std::move(path), {answer, Access::kOpen});
  };
  const auto add = [&](std::string method, std::string path, Handle answer) {
    router_.add(std::move(method), std::move(path), {answer, Access::kSignedIn});
  };
  open("GET", "/healthz", &Api::get_health);
  open("GET", "/readyz", &Api::get_ready);
  open("GET", "/metrics", &Api::get_metrics);
  open("GET", "/openapi.json", &Api::get_openapi);
  open("GET", "/v1/sign-in", &Api::get_sign_in);
  open("POST", "/v1/sign-in", &Api::post_sign_in);
  open("POST", "/v1/sign-out", &Api::post_sign_out);
  add("GET", "/v1/me", &Api::get_me);
  add("GET", "/v1/eligible", &Api::get_eligible);
  add("POST", "/v1/requests", &Api::post_request);
  add("GET", "/v1/requests", &Api::list_requests);
  add("POST", "/v1/requests/preview", &Api::post_preview);
  add("GET", "/v1/requests/{id}", &Api::get_request);
  add("POST", "/v1/requests/{id}/decisions", &Api::post_decision);
  add("POST", "/v1/requests/{id}/extend", &Api::post_extension);
  add("POST", "/v1/requests/{id}/withdraw", &Api::post_withdraw);
  add("POST", "/v1/requests/{id}/end", &Api::post_end);
  add("POST", "/v1/requests/{id}/review", &Api::post_review);
  add("POST", "/v1/break-glass", &Api::post_break_glass);
  add("POST", "/v1/revocations", &Api::post_revocation);
  add("GET", "/v1/grants", &Api::list_grants);
  add("GET", "/v1/access", &Api::get_access);
  add("GET", "/v1/accounts", &Api::list_accounts);
  add("GET", "/v1/accounts/{id}", &Api::get_account);
  add("GET", "/v1/permission-sets/{id}", &Api::get_permission_set);
  add("GET", "/v1/users/{id}", &Api::get_user);
  add("GET", "/v1/search", &Api::search);
  add("GET", "/v1/organizational-units", &Api::list_units);
  add("GET", "/v1/permission-sets", &Api::list_permission_sets);
  add("GET", "/v1/users", &Api::list_users);
  add("GET", "/v1/groups", &Api::list_groups);
  add("GET", "/v1/policy", &Api::get_policy);
  add("PUT", "/v1/policy", &Api::put_policy);
  add("POST", "/v1/policy/validate", &Api::validate_policy);
  add("POST", "/v1/policy/plan", &Api::plan_policy);
  add("POST", "/v1/policy/explain", &Api::explain_policy);
  add("GET", "/v1/policy/changes", &Api::list_policy_changes);
  add("GET", "/v1/policy/changes/{id}", &Api::get_policy_change);
  add("POST", "/v1/policy/changes/{id}/decisions", &Api::post_policy_decision);
  add("GET", "/v1/ledger", &Api::list_ledger);
  add("GET", "/v1/ledger/checkpoint", &Api::get_checkpoint);
  add("GET", "/v1/ledger/verification", &Api::get_verification);
  add("POST", "/v1/ledger/verification", &Api::post_verification);
  add("GET", "/v1/ledger/{index}/proof", &Api::get_proof);
  add("GET", "/v1/audit/export", &Api::export_audit);
  add("GET", "/v1/insights/flow", &Api::get_flow);
  add("GET", "/v1/status", &Api::get_status);
  add("GET", "/v1/setup", &Api::get_setup);
  add("GET", "/v1/events", &Api::get_events);
}

Answer Api::handle(const HttpRequest& request) {
  const Instant begun = parts_.clock();
  const std::string request_id = fresh_id("", begun);
  std::string label = "none";
  auto result = route(request, request_id, label);
  Answer answer = result ? std::move(*result) : Answer(problem(result.error(), request_id));
  int status = 200;
  if (auto* response = std::get_if<HttpResponse>(&answer)) {
    status = response->status;
    response->headers.add("X-Request-Id", request_id);
    response->headers.add("X-Content-Type-Options", "nosniff");
    response->headers.add("Cross-Origin-Resource-Policy", "same-origin");
    if (!response->headers.find("Cache-Control")) response->headers.add("Cache-Control", "no-store");
    if (status == 405) response->headers.add("Allow", result.error().fix);
  } else {
    std::get<StreamResponse>(answer).headers.add("X-Request-Id", request_id);
  }
  parts_.metrics.observe(
      "accessguard_http_request_duration_seconds",
      {{"method", label == "none" ? "any" : request.method}, {"route", label}, {"status", std::to_string(status)}},
      parts_.clock() - begun);
  if (status >= 500) {
    log(Severity::kError, "http_error",
        {{"request_id", request_id},
         {"route", label},
         {"status", std::to_string(status)},
         {"reason", result ? "" : result.error().code + ": " + result.error().message}});
  }
  return answer;
}

Result<Answer> Api::route(const HttpRequest& request, const std::string& request_id, std::string& label) {
  const auto target = parse_target(request.target);
  if (!target) return fail(target.error());
  const auto match = router_.find(request.method, *target);
  if (match.route == nullptr) {
    if (match.allowed.empty()) {
      if (auto page = console_answer(request, *target, console_files())) {
        label = "console";
        return std::move(*page);
      }
      return fail("not_found", fmt::format("there is nothing at {}", request.target.substr(0, 200)));
    }
    const auto allowed = fmt::format("{}", fmt::join(match.allowed, ", "));
    return fail({"method_not_allowed",
                 fmt::format("{} is not possible here; possible: {}", request.method.substr(0, 16), allowed), "", "",
                 allowed});
  }
  label = match.route->label;
  ApiCall call{request, match.parameters, {}, {}, request_id, parts_.clock()};
  if (match.route->handle.access == Access::kSignedIn) {
    if (auto signed_in = sign_in(call); !signed_in) return fail(signed_in.error());
  }
  return (this->*match.route->handle.handle)(call);
}

Result<access::TokenState> Api::known_token(std::string_view text, Carrier carrier, Instant now) {
  const auto check = [&] {
    return parts_.read_model.read([&](const View& view) { return check_token(view.state, text, carrier, now); });
  };
  auto token = check();
  if (token || token.error().code != "token_unknown" || !catch_ups_.take(now)) return token;
  parts_.engine.catch_up();
  return check();
}

/// Out of the header or, where there is none, out of the cookie.
Result<access::TokenState> Api::token_of(const ApiCall& call) {
  const HttpHeaders& headers = call.request.headers;
  if (const auto text = bearer(call.request)) return known_token(*text, Carrier::kHeader, call.now);
  const auto secret = headers.find("Authorization") ? std::nullopt : session_of(headers);
  if (!secret) {
    return fail({"unauthenticated", "sign in first: this needs a header Authorization: Bearer <token>", "Authorization",
                 "", "an operator makes a token with `accessguard token issue --user NAME`"});
  }
  if (!may_use_cookie(call.request.method, source_of(headers))) return fail(foreign_origin());
  auto token = known_token(*secret, Carrier::kCookie, call.now);
  if (!token) return fail({"unauthenticated", "this session is over: sign in again", "", "", "sign in again"});
  return token;
}

bool Api::is_valid(const access::TokenId& token) const {
  return parts_.read_model.read([&](const View& view) {
    const access::TokenState* known = view.state.tokens.find(token);
    return known != nullptr && !access::is_revoked(view.state, *known) && known->token.expires_at > parts_.clock();
  });
}

Result<void> Api::sign_in(ApiCall& call) {
  auto token = token_of(call);
  if (!token) return fail(token.error());
  return speak_for(call, std::move(*token));
}

Result<void> Api::speak_for(ApiCall& call, access::TokenState token) const {
  const auto organization = parts_.read_model.organization();
  access::UserId user = token.token.user;
  if (user.empty()) {
    // Issued before the directory was known: by name then, which must still be unique.
    if (const auto found = organization->user(token.token.user_name, "user")) user = (*found)->id;
  }
  const access::User* person = organization->find(user);
  if (person == nullptr && !token.token.user.empty() && organization->known()) {
    return fail("user_disabled", fmt::format("{} is no longer in the directory", token.token.user_name));
  }
  if (person != nullptr && !person->enabled)
    return fail("user_disabled", fmt::format("{} is disabled in the directory", person->user_name));
  call.caller.user = user;
  call.caller.user_name = person != nullptr ? person->user_name : token.token.user_name;
  call.caller.role = token.token.role;
  call.caller.actor = {"person", user.empty() ? std::nullopt : std::optional(user), call.caller.user_name,
                       token.token.token};
  call.token = std::move(token);
  return {};
}

}  // namespace ag::server
