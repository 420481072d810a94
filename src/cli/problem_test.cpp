#include "cli/problem.hpp"

#include <gtest/gtest.h>

namespace ag::cli {
namespace {

HttpResponse answer(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/problem+json"}, {"X-Request-Id", "01REQ"}},
          .body = std::move(body)};
}

TEST(Problem, TellsDetailRuleFixAndRequestId) {
  const Problem problem =
      problem_of(answer(403, R"json({"type":"about:blank","title":"Not allowed by policy","status":403,
      "code":"duration_too_long","detail":"at most 2h","errors":[{"field":"duration","detail":"is longer than 2h"}],
      "rule":"prod-never-alone (line 24)","fix":"ask for 2h or less","instance":"01REQ"})json"));
  EXPECT_EQ(problem.code, "duration_too_long");
  const std::vector<std::string> expected = {"error: at most 2h", "  duration: is longer than 2h",
                                             "  rule: prod-never-alone (line 24)", "  try: ask for 2h or less",
                                             "  request id: 01REQ"};
  EXPECT_EQ(explain(problem), expected);
}

TEST(Problem, DoesNotRepeatTheSentenceForItsField) {
  const Problem problem = problem_of(
      answer(422, R"({"code":"too_short","detail":"say more","errors":[{"field":"reason","detail":"say more"}]})"));
  EXPECT_EQ(explain(problem).size(), 2U);  // and the request id
}

TEST(Problem, SaysThatSomethingElseAnswered) {
  const Problem problem = problem_of(answer(502, "<html>Bad Gateway</html>"));
  EXPECT_EQ(problem.code, "http_502");
  EXPECT_NE(problem.fix.find("--server"), std::string::npos);
}

TEST(Problem, LetsNoEscapeSequenceOfTheServerThrough) {
  const Problem problem =
      problem_of(answer(403, R"({"code":"not_allowed","detail":"\u001b[2Jgone","fix":"\u202eevil"})"));
  for (const auto& line : explain(problem)) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find("\xe2\x80\xae"), std::string::npos);
  }
}

}  // namespace
}  // namespace ag::cli
