#include "cli/exit_code.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ag::cli {
namespace {

// Codes that say more than their status does.
constexpr std::array<std::pair<std::string_view, ExitCode>, 13> kByCode = {{
    {"interrupted", ExitCode::kInterrupted},
    {"not_signed_in", ExitCode::kSignIn},
    {"token_file", ExitCode::kSignIn},
    {"invalid_token", ExitCode::kSignIn},
    {"invalid_server", ExitCode::kUsage},
    {"invalid_time", ExitCode::kUsage},
    {"invalid_duration", ExitCode::kUsage},
    {"unknown_account", ExitCode::kNotFound},
    {"unknown_permission_set", ExitCode::kNotFound},
    {"unknown_user", ExitCode::kNotFound},
    {"unknown_group", ExitCode::kNotFound},
    {"unknown_token", ExitCode::kNotFound},
    {"unknown_managed_policy", ExitCode::kNotFound},
}};

// 422 is mostly a wrong argument; these are not.
constexpr std::array<std::string_view, 3> kNotUsage = {"invalid_policy", "expectation_failed",
                                                       "idempotency_key_reused"};

}  // namespace

ExitCode exit_code_of(const Problem& problem) {
  for (const auto& [code, exit] : kByCode) {
    if (problem.code == code) return exit;
  }
  switch (problem.status) {
    case 401: return ExitCode::kSignIn;
    case 403: return ExitCode::kNotAllowed;
    case 404: return ExitCode::kNotFound;
    case 409:
    case 412: return ExitCode::kConflict;
    case 422:
      return std::find(kNotUsage.begin(), kNotUsage.end(), problem.code) == kNotUsage.end() ? ExitCode::kUsage
                                                                                            : ExitCode::kOther;
    default: return ExitCode::kOther;
  }
}

ExitCode exit_code_of_state(std::string_view request_state) {
  if (request_state == "pending" || request_state == "granting") return ExitCode::kPending;
  if (request_state == "denied") return ExitCode::kDenied;
  if (request_state == "lapsed") return ExitCode::kWaitTimedOut;
  if (request_state == "failed") return ExitCode::kAwsFailed;
  if (request_state == "withdrawn") return ExitCode::kOther;
  return ExitCode::kOk;
}

}  // namespace ag::cli
