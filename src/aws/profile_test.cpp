#include "aws/profile.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ag::aws {
namespace {

ProfileFiles files(std::string_view credentials, std::string_view config) {
  return {"/home/a/.aws/credentials", "/home/a/.aws/config", parse_ini(credentials).value(), parse_ini(config).value()};
}

constexpr std::string_view kBase = "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s3cret\n";

TEST(Ini, ReadsSectionsKeysAndComments) {
  const auto sections = parse_ini(
      "# top\n[default]\r\nRegion = eu-west-1 ; home\r\ns3 =\n  max = 10\n\n[profile "
      "a]\nx=y=z#1\n[default]\noutput=json\n");
  ASSERT_TRUE(sections);
  EXPECT_EQ(sections->at("default").at("region"), "eu-west-1");
  EXPECT_EQ(sections->at("default").at("output"), "json");
  EXPECT_EQ(sections->at("default").count("max"), 0U);
  EXPECT_EQ(sections->at("profile a").at("x"), "y=z#1");
}

TEST(Ini, NamesTheLineButNotItsText) {
  for (const auto* text : {"[a]\nhunter2\n", "[a]\n[b hunter2\n"}) {
    const auto sections = parse_ini(text);
    ASSERT_FALSE(sections);
    EXPECT_NE(sections.error().message.find("line 2"), std::string::npos);
    EXPECT_EQ(sections.error().message.find("hunter2"), std::string::npos);
  }
  EXPECT_FALSE(parse_ini("key = before any section"));
}

TEST(Ini, SurvivesAnything) {
  std::uint64_t state = 7;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      text += "[]=#; \t\r\nab\0x"[state >> 60 & 11];
    }
    const auto sections = parse_ini(text);
    EXPECT_TRUE(sections || sections.error().code == "invalid_profile_file");
  }
}

TEST(Profile, PrefersTheCredentialsFile) {
  const auto both = files("[default]\naws_access_key_id = A\naws_secret_access_key = b\naws_session_token = t\n",
                          "[default]\naws_access_key_id = OTHER\nregion = eu-west-1\n");
  EXPECT_EQ(both.profile("default")->at("region"), "eu-west-1");
  const auto plan = plan_profile(both, "default");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->credentials.access_key_id, "A");
  EXPECT_EQ(plan->credentials.session_token, "t");
  EXPECT_TRUE(plan->roles.empty());
}

TEST(Profile, FollowsSourceProfilesToTheFirstKeys) {
  const auto plan = plan_profile(files(kBase,
                                       "[profile outer]\nrole_arn = arn:outer\nsource_profile = inner\n"
                                       "duration_seconds = 7200\nexternal_id = x1\n"
                                       "[profile inner]\nrole_arn = arn:inner\nsource_profile = base\n"
                                       "duration_seconds = 7200\nrole_session_name = jit\n"),
                                 "outer");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->credentials.access_key_id, "AKIABASE");
  ASSERT_EQ(plan->roles.size(), 2U);
  EXPECT_EQ(plan->roles[0].role_arn, "arn:inner");
  EXPECT_EQ(plan->roles[0].session_name, "jit");
  EXPECT_EQ(plan->roles[0].duration, Duration::hours(2));
  EXPECT_EQ(plan->roles[1].role_arn, "arn:outer");
  EXPECT_EQ(plan->roles[1].session_name, "accessguard");
  EXPECT_EQ(plan->roles[1].external_id, "x1");
  EXPECT_EQ(plan->roles[1].duration, Duration::hours(1)) << "AWS caps a chained role at one hour";
}

TEST(Profile, MayBeItsOwnSourceWhenItHasKeys) {
  const auto plan = plan_profile(
      files("[me]\naws_access_key_id = A\naws_secret_access_key = b\nrole_arn = arn:r\nsource_profile = me\n", ""),
      "me");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->credentials.access_key_id, "A");
  EXPECT_EQ(plan->roles.size(), 1U);
}

TEST(Profile, FindsLoops) {
  const auto loop = plan_profile(files("",
                                       "[profile a]\nrole_arn = arn:a\nsource_profile = b\n"
                                       "[profile b]\nrole_arn = arn:b\nsource_profile = a\n"
                                       "[profile c]\nrole_arn = arn:c\nsource_profile = c\n"),
                                 "a");
  ASSERT_FALSE(loop);
  EXPECT_EQ(loop.error().code, "profile_loop");
  EXPECT_NE(loop.error().message.find("a -> b"), std::string::npos) << loop.error().message;
  const auto self = plan_profile(files("", "[profile c]\nrole_arn = arn:c\nsource_profile = c\n"), "c");
  ASSERT_FALSE(self);
  EXPECT_EQ(self.error().code, "profile_loop");
}

// A loop through a profile with keys is still one: those keys are not its source.
TEST(Profile, FindsLoopsThroughProfilesWithKeys) {
  const auto loop = plan_profile(files("[a]\naws_access_key_id = A\naws_secret_access_key = b\n",
                                       "[profile a]\nrole_arn = arn:a\nsource_profile = b\n"
                                       "[profile b]\nrole_arn = arn:b\nsource_profile = a\n"),
                                 "a");
  ASSERT_FALSE(loop);
  EXPECT_EQ(loop.error().code, "profile_loop");
}

TEST(Profile, SaysWhatIsMissingOrNotSupported) {
  const auto refused = [](std::string_view config, const std::string& name) {
    const auto plan = plan_profile(files(kBase, config), name);
    return plan ? std::string("planned") : plan.error().code + ": " + plan.error().message;
  };
  EXPECT_EQ(refused("", "x"), "no_profile: profile \"x\" is not in /home/a/.aws/credentials or /home/a/.aws/config");
  EXPECT_TRUE(refused("[profile x]\nregion = eu-west-1\n", "x").starts_with("no_credentials: profile \"x\" has no"));
  EXPECT_TRUE(
      refused("[profile x]\nsso_session = s\n", "x").starts_with("unsupported_profile: profile \"x\" uses sso"));
  EXPECT_TRUE(refused("[profile x]\nrole_arn = r\n", "x").starts_with("invalid_profile: "));
  EXPECT_TRUE(refused("[profile x]\nrole_arn = r\nsource_profile = base\nmfa_serial = m\n", "x")
                  .starts_with("unsupported_profile: "));
  EXPECT_TRUE(refused("[profile x]\nrole_arn = r\nsource_profile = base\nduration_seconds = 60\n", "x")
                  .starts_with("invalid_profile: "));
  EXPECT_TRUE(refused("[profile x]\nrole_arn = r\nsource_profile = base\nduration_seconds = 900s\n", "x")
                  .starts_with("invalid_profile: "));
  EXPECT_TRUE(refused("[profile x]\nrole_arn = r\nsource_profile = gone\n", "x").starts_with("no_profile: "));
  EXPECT_EQ(refused("[profile x]\nrole_arn = r\ncredential_source = Environment\n", "x"), "planned");
}

TEST(ProfileFiles, AreFoundByVariableOrHome) {
  const auto home = std::filesystem::temp_directory_path() / ("ag_profile_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(home / ".aws");
  std::ofstream(home / ".aws/credentials") << kBase;
  std::ofstream(home / "other") << "[profile b]\nregion = eu-north-1\n";
  std::map<std::string, std::string> variables{{"HOME", home.string()}, {"AWS_CONFIG_FILE", (home / "other").string()}};
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto it = variables.find(name);
    return it == variables.end() ? std::nullopt : std::optional(it->second);
  };
  const auto read = read_profile_files(environment);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->profile("base"));
  EXPECT_EQ(read->profile("b")->at("region"), "eu-north-1");
  variables["AWS_SHARED_CREDENTIALS_FILE"] = (home / "none").string();
  EXPECT_FALSE(read_profile_files(environment)->profile("base"));
  variables["AWS_SHARED_CREDENTIALS_FILE"] = home.string();
  EXPECT_EQ(read_profile_files(environment).error().code, "unreadable_profile_file");
  std::filesystem::remove_all(home);
}

}  // namespace
}  // namespace ag::aws
