#include "server/api/problem.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.hpp"

namespace ag::server {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 78> kStatus = {{
    {"invalid_json", 400},
    {"duplicate_member", 400},
    {"invalid_request", 400},
    {"idempotency_key_invalid", 400},
    {"unauthenticated", 401},
    {"token_unknown", 401},
    {"token_expired", 401},
    {"token_revoked", 401},
    {"not_eligible", 403},
    {"no_approver", 403},
    {"duration_too_long", 403},
    {"duration_too_short", 403},
    {"self_approval", 403},
    {"not_approver", 403},
    {"not_requester", 403},
    {"not_allowed", 403},
    {"account_not_active", 403},
    {"user_disabled", 403},
    {"no_longer_allowed", 403},
    {"ticket_needed", 403},
    {"invalid_ticket", 403},
    {"not_extendable", 403},
    {"extended_enough", 403},
    {"outside_window", 403},
    {"forbidden", 403},
    {"never_with", 403},
    {"not_reviewer", 403},
    {"self_review", 403},
    {"foreign_origin", 403},
    {"not_found", 404},
    {"unknown_request", 404},
    {"nothing_to_revoke", 404},
    {"unknown_change", 404},
    {"not_analyzed", 404},
    {"method_not_allowed", 405},
    {"already_held", 409},
    {"not_pending", 409},
    {"already_decided", 409},
    {"nothing_to_end", 409},
    {"stale_version", 409},
    {"nothing_to_extend", 409},
    {"nothing_to_review", 409},
    {"policy_changed", 412},
    {"body_too_large", 413},
    {"unsupported_media_type", 415},
    {"unknown_account", 422},
    {"ambiguous_account", 422},
    {"unknown_permission_set", 422},
    {"ambiguous_permission_set", 422},
    {"unknown_user", 422},
    {"ambiguous_user", 422},
    {"unknown_group", 422},
    {"ambiguous_group", 422},
    {"missing_field", 422},
    {"unknown_field", 422},
    {"invalid_type", 422},
    {"invalid_value", 422},
    {"invalid_time", 422},
    {"invalid_duration", 422},
    {"start_in_past", 422},
    {"start_too_far", 422},
    {"too_short", 422},
    {"too_long", 422},
    {"invalid_characters", 422},
    {"too_many", 422},
    {"invalid_policy", 422},
    {"idempotency_key_reused", 422},
    {"not_confirmed", 422},
    {"expectation_failed", 422},
    {"if_match_needed", 428},
    {"too_many_sign_ins", 429},
    {"ledger_unavailable", 503},
    {"directory_unknown", 503},
    {"busy", 503},
    {"clock_disagrees", 503},
    {"disk_low", 503},
    {"ledger_rolled_back", 503},
    {"checkpoint_unreadable", 503},
}};

// What helps whenever a code is met, for those whose place of origin knows no better.
constexpr std::array<std::pair<std::string_view, std::string_view>, 1> kFix = {{
    {"account_not_active", "`accessguard can` lists the accounts that you may ask for"},
}};

std::string fix_of(const Error& error) {
  if (!error.fix.empty()) return error.fix;
  const auto it = std::find_if(kFix.begin(), kFix.end(), [&](const auto& entry) { return entry.first == error.code; });
  return it == kFix.end() ? std::string{} : std::string(it->second);
}

std::string_view title_of(int status) {
  switch (status) {
    case 400: return "Bad request";
    case 401: return "Sign in first";
    case 403: return "Not allowed by policy";
    case 404: return "Not found";
    case 405: return "Method not allowed";
    case 409: return "Conflict";
    case 411: return "Length required";
    case 412: return "Changed meanwhile";
    case 413: return "Too large";
    case 415: return "Unsupported media type";
    case 421: return "Misdirected request";
    case 422: return "Invalid content";
    case 428: return "Precondition required";
    case 429: return "Too many requests";
    case 431: return "Header too large";
    case 503: return "Not available now";
    case 505: return "HTTP version not supported";
    default: return "Server error";
  }
}

}  // namespace

int status_of_code(std::string_view code) {
  const auto it = std::find_if(kStatus.begin(), kStatus.end(), [&](const auto& entry) { return entry.first == code; });
  return it == kStatus.end() ? 500 : it->second;
}

HttpResponse problem(const Error& error, const std::string& request_id) {
  return problem(status_of_code(error.code), error, request_id);
}

HttpResponse problem(int status, const Error& error, const std::string& request_id) {
  json::object body{{"type", "about:blank"},
                    {"title", title_of(status)},
                    {"status", status},
                    {"code", error.code},
                    {"detail", error.message}};
  if (!error.field.empty())
    body["errors"] = json::array{json::object{{"field", error.field}, {"detail", error.message}}};
  if (!error.rule.empty()) body["rule"] = error.rule;
  if (const auto fix = fix_of(error); !fix.empty()) body["fix"] = fix;
  if (!request_id.empty()) body["instance"] = request_id;
  HttpResponse response{
      .status = status, .headers = {{"Content-Type", "application/problem+json"}}, .body = canonical_json(body)};
  if (status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) response.headers.add("Retry-After", "1");
  return response;
}

}  // namespace ag::server
