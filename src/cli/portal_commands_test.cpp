#include <sys/stat.h>

#include <fstream>

#include "cli/testing_command_line.hpp"

namespace ag::cli {
namespace {

using testing_cli::CommandLine;
using testing_cli::Ran;

constexpr std::string_view kMe =
    R"({"access_portal":{"start_url":"https://d-1.awsapps.com/start","region":"eu-west-1"},"server":{"sandbox":false}})";
constexpr std::string_view kSandboxMe = R"({"access_portal":null,"server":{"sandbox":true}})";

std::string grant(std::string_view id, std::string_view account, std::string_view state) {
  return fmt::format(R"({{"id":"{}","account":{{"id":"333344445555","name":"{}"}},"permission_set":{{"arn":"arn:x",)"
                     R"("name":"PowerUser"}},"state":"{}"}})",
                     id, account, state);
}

std::string request(std::string_view grants, std::string_view state = "active") {
  return fmt::format(R"({{"id":"req_A","state":"{}","grants":[{}]}})", state, grants);
}

class PortalCommands : public CommandLine {
 protected:
  PortalCommands() { variables_["AWS_CONFIG_FILE"] = (folder_ / "aws" / "config").string(); }
  [[nodiscard]] std::string config() const {
    std::ifstream file(folder_ / "aws" / "config");
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(PortalCommands, OpenPrintsTheLinkIntoTheConsole) {
  TinyServer server({json_reply(200, request(grant("grt_A_0", "prod", "active"))), json_reply(200, kMe)});
  use(server);
  const Ran ran = run({"access", "open", "grt_A_0"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_EQ(ran.out, "https://d-1.awsapps.com/start/#/console?account_id=333344445555&role_name=PowerUser\n");
  EXPECT_TRUE(server.request(0).starts_with("GET /v1/requests/req_A HTTP/1.1"));
}

TEST_F(PortalCommands, OpenSaysWhyItCannot) {
  struct Case {
    std::string id;
    std::string request;
    ExitCode code;
    std::string says;
  };
  const std::string two = grant("grt_A_0", "prod", "active") + "," + grant("grt_A_1", "stage", "active");
  for (const auto& it :
       {Case{"req_A", request(two), ExitCode::kUsage, "grt_A_0 (prod), grt_A_1 (stage)"},
        Case{"grt_A_2", request(two), ExitCode::kNotFound, "no grant grt_A_2"},
        Case{"req_A", request("", "pending"), ExitCode::kConflict, "is pending: nothing was granted"},
        Case{"req_A", request(grant("grt_A_0", "prod", "granting")), ExitCode::kConflict, "is granting"},
        Case{"req_A", request(grant("grt_A_0", "prod", "ended")), ExitCode::kConflict, "is ended"}}) {
    TinyServer server({json_reply(200, it.request)});
    use(server);
    const Ran ran = run({"access", "open", it.id});
    EXPECT_EQ(ran.code, it.code) << ran.err;
    EXPECT_NE(ran.err.find(it.says), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
}

TEST_F(PortalCommands, ASandboxHasNoPortal) {
  for (const auto* command : {"open", "profile"}) {
    TinyServer server({json_reply(200, request(grant("grt_A_0", "prod", "active"))), json_reply(200, kSandboxMe)});
    use(server);
    const Ran ran = run({"access", command, "req_A"});
    EXPECT_EQ(ran.code, ExitCode::kOther);
    EXPECT_NE(ran.err.find("a sandbox is not AWS"), std::string::npos) << ran.err;
  }
}

TEST_F(PortalCommands, ABrowserIsSentToWebAddressesOnly) {
  for (const auto* start :
       {"file:///etc/passwd", "https://a b", "https://a\\u001b[2J", "http://d-1.awsapps.com/start"}) {
    TinyServer server(
        {json_reply(200, request(grant("grt_A_0", "prod", "active"))),
         json_reply(200, fmt::format(R"({{"access_portal":{{"start_url":"{}","region":"r"}}}})", start))});
    use(server);
    EXPECT_EQ(run({"access", "open", "req_A"}).code, ExitCode::kOther) << start;
  }
}

TEST_F(PortalCommands, ProfileWritesOneForEachAccount) {
  const std::string both = request(grant("grt_A_0", "prod", "active") + "," + grant("grt_A_1", "stage", "scheduled") +
                                   "," + grant("grt_A_2", "old", "ended"));
  for (const auto* word : {"✓ in", "already in"}) {
    TinyServer server({json_reply(200, both), json_reply(200, kMe)});
    use(server);
    const Ran ran = run({"access", "profile", "req_A"});
    EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
    EXPECT_EQ(ran.out, "prod-PowerUser\nstage-PowerUser\n");
    EXPECT_NE(ran.err.find(word), std::string::npos) << ran.err;
  }
  EXPECT_NE(config().find("[profile stage-PowerUser]\n"), std::string::npos);
  EXPECT_EQ(config().find("old"), std::string::npos) << "what is over needs no profile";
  struct stat status{};
  ASSERT_EQ(stat((folder_ / "aws" / "config").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(PortalCommands, ProfileKeepsTheLinkAndTheModeOfAFileThatIsThere) {
  std::filesystem::create_directories(folder_ / "aws");
  std::filesystem::create_directories(folder_ / "dotfiles");
  std::ofstream(folder_ / "dotfiles" / "config") << "[default]\nregion = us-east-1\n";
  chmod((folder_ / "dotfiles" / "config").c_str(), 0644);
  std::filesystem::create_symlink(folder_ / "dotfiles" / "config", folder_ / "aws" / "config");
  TinyServer server({json_reply(200, request(grant("grt_A_0", "prod", "active"))), json_reply(200, kMe)});
  use(server);
  EXPECT_EQ(run({"access", "profile", "req_A", "--name", "mine"}).out, "mine\n");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "aws" / "config"));
  EXPECT_TRUE(config().starts_with("[default]\nregion = us-east-1\n\n[sso-session accessguard]\n")) << config();
  struct stat status{};
  ASSERT_EQ(stat((folder_ / "dotfiles" / "config").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644U);
}

TEST_F(PortalCommands, ProfileNeverTurnsANameToAnotherRole) {
  std::filesystem::create_directories(folder_ / "aws");
  const std::string mine = "[profile prod-PowerUser]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n";
  std::ofstream(folder_ / "aws" / "config") << mine;
  TinyServer server({json_reply(200, request(grant("grt_A_0", "prod", "active"))), json_reply(200, kMe)});
  use(server);
  const Ran ran = run({"access", "profile", "req_A"});
  EXPECT_EQ(ran.code, ExitCode::kConflict);
  EXPECT_NE(ran.err.find("[profile prod-PowerUser] is there and says something else"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("--name NAME"), std::string::npos) << ran.err;
  EXPECT_EQ(config(), mine);
}

TEST_F(PortalCommands, ProfileRefusesNamesThatAFileCannotHold) {
  for (const auto* name : {"a b", "x]", "", "a\nb"})
    EXPECT_EQ(run({"access", "profile", "req_A", "--name", name}).code, ExitCode::kUsage) << name;
}

}  // namespace
}  // namespace ag::cli
