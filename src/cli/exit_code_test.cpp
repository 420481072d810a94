#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace ag::cli {
namespace {

TEST(ExitCode, FollowsThePublishedTable) {
  struct Case {
    int status;
    const char* code;
    int exit;
  };
  for (const Case& c : {Case{401, "unauthenticated", 4},
                        Case{401, "token_expired", 4},
                        Case{0, "not_signed_in", 4},
                        Case{403, "not_eligible", 5},
                        Case{403, "no_approver", 5},
                        Case{403, "self_approval", 5},
                        Case{404, "unknown_request", 3},
                        Case{404, "not_found", 3},
                        Case{422, "unknown_account", 3},
                        Case{422, "unknown_permission_set", 3},
                        Case{422, "unknown_user", 3},
                        Case{422, "ambiguous_account", 2},
                        Case{422, "invalid_duration", 2},
                        Case{422, "too_short", 2},
                        Case{422, "invalid_policy", 1},
                        Case{409, "stale_version", 9},
                        Case{409, "already_held", 9},
                        Case{412, "policy_changed", 9},
                        Case{503, "busy", 1},
                        Case{0, "unreachable", 1},
                        Case{500, "http_500", 1},
                        Case{400, "invalid_json", 1},
                        Case{0, "interrupted", 130},
                        Case{0, "invalid_server", 2}}) {
    EXPECT_EQ(static_cast<int>(exit_code_of(Problem{.status = c.status, .code = c.code})), c.exit)
        << c.status << " " << c.code;
  }
}

TEST(ExitCode, TellsTheOutcomeOfARequest) {
  for (const auto* state : {"active", "scheduled", "ending", "ended", "revoked"})
    EXPECT_EQ(exit_code_of_state(state), ExitCode::kOk) << state;
  for (const auto* state : {"pending", "granting"}) EXPECT_EQ(exit_code_of_state(state), ExitCode::kPending) << state;
  EXPECT_EQ(static_cast<int>(exit_code_of_state("pending")), 8);
  EXPECT_EQ(static_cast<int>(exit_code_of_state("denied")), 6);
  EXPECT_EQ(static_cast<int>(exit_code_of_state("lapsed")), 7);
  EXPECT_EQ(static_cast<int>(exit_code_of_state("failed")), 10);
  EXPECT_EQ(static_cast<int>(exit_code_of_state("withdrawn")), 1);
}

}  // namespace
}  // namespace ag::cli
