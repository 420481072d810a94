#include "server/config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ag::server {
namespace {

struct ConfigFile : ::testing::Test {
  std::string path = (std::filesystem::temp_directory_path() / ("config-" + std::to_string(::getpid()))).string();
  ~ConfigFile() override { std::filesystem::remove(path); }

  Result<Config> load(std::string_view text) const {
    std::ofstream(path) << text;
    ServeOptions options;
    options.config = path;
    options.data = "/nowhere";
    return load_config(options);
  }
  void expect_told(std::string_view text, std::string_view says) const {
    const auto config = load(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, "invalid_config") << text;
    EXPECT_NE(config.error().message.find(says), std::string::npos) << config.error().message;
  }
};

TEST_F(ConfigFile, NamesWhatWasPreparedInAws) {
  const auto config = load(R"(hard_end_policy: p-examplepolicyid111
dead_man_switch:
  role: arn:aws:iam::111122223333:role/AccessGuardScheduler
  group: AccessGuard
  grace: 15m
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->prepared.hard_end_policy, "p-examplepolicyid111");
  ASSERT_TRUE(config->prepared.dead_man_switch.has_value());
  EXPECT_EQ(config->prepared.dead_man_switch->role_arn, "arn:aws:iam::111122223333:role/AccessGuardScheduler");
  EXPECT_EQ(config->prepared.dead_man_switch->group, "AccessGuard");
  EXPECT_EQ(config->prepared.dead_man_switch->grace, Duration::minutes(15));
}

TEST_F(ConfigFile, LeavesBothOffWhenItSaysNothing) {
  const auto config = load("listen: 127.0.0.1:8642\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->prepared.hard_end_policy, "");
  EXPECT_FALSE(config->prepared.dead_man_switch.has_value());
}

TEST_F(ConfigFile, GivesTenMinutesOfGrace) {
  const auto config = load("dead_man_switch: {role: \"arn:aws:iam::111122223333:role/x\", group: g}\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->prepared.dead_man_switch->grace, Duration::minutes(10));
}

TEST_F(ConfigFile, SaysWhatBecomesOfWhatSomebodyElseMadeToo) {
  EXPECT_EQ(load("listen: 127.0.0.1:8642\n")->prepared.trail.at_expiry, access::ForeignCreates::kHold);
  EXPECT_EQ(load("foreign_creates: hold\n")->prepared.trail.at_expiry, access::ForeignCreates::kHold);
  EXPECT_EQ(load("foreign_creates: delete\n")->prepared.trail.at_expiry, access::ForeignCreates::kDelete);
  expect_told("foreign_creates: keep\n", "must be hold or delete");
}

TEST_F(ConfigFile, TellsWhatIsWrongAndWhere) {
  const std::string role = "role: \"arn:aws:iam::111122223333:role/x\"";
  expect_told("hard_end_policy: AccessGuardSessionEnd\n", "must be a policy's id, p-");
  expect_told("hard_end_polcy: p-examplepolicyid111\n", "did you mean \"hard_end_policy\"?");
  expect_told("dead_man_switch: on\n", "line 1: \"dead_man_switch\" must be a mapping");
  expect_told("\ndead_man_switch: {" + role + "}\n", "line 2: \"dead_man_switch\" needs role and group");
  expect_told("dead_man_switch: {" + role + ", group: g, grase: 1m}\n", "did you mean \"grace\"?");
  expect_told("dead_man_switch: {" + role + ", group: [g]}\n", "\"dead_man_switch.group\" must be a text");
  expect_told("dead_man_switch: {" + role + ", group: \"a b\"}\n", "must be a schedule group");
  expect_told("dead_man_switch: {role: AccessGuardScheduler, group: g}\n", "must be a role's ARN");
  expect_told("dead_man_switch: {" + role + ", group: g, grace: 5s}\n", "between 1m and 1d");
  expect_told("dead_man_switch: {" + role + ", group: g, grace: soon}\n", "it is \"soon\"");
}

}  // namespace
}  // namespace ag::server
