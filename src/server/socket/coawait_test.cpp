// Keeps the rules for coroutines (tools/check_coawait.py) over the only folder that has any.
#include <gtest/gtest.h>
#include <cstdlib>
#include <string>

namespace ag::server::http {
namespace {

TEST(CoAwaitRules, HoldInTheSocketLayer) {
  // Core, with the GuardRules in it, outlives every coroutine: the destructor of the listener joins the I/O thread.
  const std::string command =
      "python3 " AG_SOURCE_DIR "/tools/check_coawait.py --owned Core --owned GuardRules " AG_SOURCE_DIR
      "/src/server/socket";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(CoAwaitRules, AreCheckedByALintThatFindsWhatCompilersGetWrong) {
  const std::string command = "python3 " AG_SOURCE_DIR "/tools/check_coawait_test.py 2>/dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace ag::server::http
