#include "cli/aws_profile.hpp"

#include <gtest/gtest.h>

namespace ag::cli {
namespace {

const Portal kPortal{"https://d-1234567890.awsapps.com/start", "eu-west-1"};
const PortalRole kRole{"333344445555", "prod payments", "PowerUser"};
constexpr std::string_view kLines =
    "[sso-session accessguard]\n"
    "sso_region = eu-west-1\n"
    "sso_registration_scopes = sso:account:access\n"
    "sso_start_url = https://d-1234567890.awsapps.com/start\n"
    "\n"
    "[profile prod-payments-PowerUser]\n"
    "region = eu-west-1\n"
    "sso_account_id = 333344445555\n"
    "sso_role_name = PowerUser\n"
    "sso_session = accessguard\n";

TEST(AwsProfile, IsNamedAsNoShellStumblesOver) {
  EXPECT_EQ(usual_profile_name(kRole), "prod-payments-PowerUser");
  EXPECT_EQ(usual_profile_name({"1", "Zürich [a] $(x)", "A=b,c"}), "Z-rich-a-x-A-b-c");
}

TEST(AwsProfile, IsAddedToAFileThatKeepsItsBytes) {
  EXPECT_EQ(with_profile("", kPortal, kRole, "prod-payments-PowerUser").value(), std::string(kLines));
  for (const std::string before : {"# mine\n[default]\nregion=us-east-1\n", "[profile x]\nregion = a"}) {
    const auto after = with_profile(before, kPortal, kRole, "prod-payments-PowerUser").value();
    ASSERT_TRUE(after);
    EXPECT_TRUE(after->starts_with(before + "\n"));
    EXPECT_TRUE(after->ends_with(kLines));
    EXPECT_EQ(with_profile(*after, kPortal, kRole, "prod-payments-PowerUser").value(), std::nullopt) << "a second time";
  }
}

TEST(AwsProfile, SharesTheSessionThatIsThere) {
  const std::string once = with_profile("", kPortal, kRole, "one").value().value();
  const std::string twice = with_profile(once, kPortal, {"1", "other", "ReadOnly"}, "two").value().value();
  EXPECT_EQ(twice.find("[sso-session accessguard]"), twice.rfind("[sso-session accessguard]"));
  EXPECT_NE(twice.find("[profile two]\n"), std::string::npos);
}

TEST(AwsProfile, LeavesToPeopleWhatIsTheirs) {
  std::string text = with_profile("", kPortal, kRole, "one").value().value();
  text.replace(text.rfind("region = eu-west-1"), 18, "region = ap-east-1\noutput = json");
  EXPECT_EQ(with_profile(text, kPortal, kRole, "one").value(), std::nullopt);
  const auto other_role = with_profile(text, kPortal, {"333344445555", "prod payments", "Admin"}, "one");
  ASSERT_FALSE(other_role) << "the name would lead to another role than the one asked for";
  EXPECT_EQ(other_role.error().code, "profile_taken");
  EXPECT_EQ(other_role.error().field, "profile one");
  EXPECT_EQ(with_profile(text, {"https://d-9.awsapps.com/start", "eu-west-1"}, kRole, "two").error().field,
            "sso-session accessguard");
  EXPECT_EQ(with_profile("[open\n", kPortal, kRole, "one").error().code, "invalid_profile_file");
}

TEST(AwsProfile, TakesNothingThatWouldBeMoreThanOneLine) {
  const auto refused = with_profile("", kPortal, {"333344445555", "prod", "x\ncredential_process = evil"}, "one");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "invalid_value");
  EXPECT_EQ(refused.error().field, "sso_role_name");
}

TEST(ConsoleAddress, IsThePortalsOwnLink) {
  for (const std::string start : {"https://d-1.awsapps.com/start", "https://d-1.awsapps.com/start/#/"}) {
    EXPECT_EQ(console_address({start, "eu-west-1"}, {"333344445555", "prod", "Power+User"}),
              "https://d-1.awsapps.com/start/#/console?account_id=333344445555&role_name=Power%2BUser");
  }
}

}  // namespace
}  // namespace ag::cli
