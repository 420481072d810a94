#include "cli/testing_command_line.hpp"

namespace ag::cli {
namespace {

using testing_cli::CommandLine;
using testing_cli::Ran;

constexpr std::string_view kRevocation =
    R"({"items":[{"grant":"grt_A_1","request":"req_A","account":{"id":"333344445555","name":"prod-payments"},)"
    R"("permission_set":{"arn":"arn:x","name":"PowerUser"},"user":{"id":"u1","user_name":"ana","display_name":"Ana"},)"
    R"("access_ends":"2026-11-25T14:32:00Z","credentials_until":"2026-11-25T15:32:00Z"}],"matched":1,"recorded":true})";
constexpr std::string_view kEnding = R"({"items":[{"id":"grt_A_1"},{"id":"grt_Z_1"}],"next":null})";
constexpr std::string_view kOthersEnding = R"({"items":[{"id":"grt_Z_1"}],"next":null})";

class RevokeCommand : public CommandLine {};

TEST_F(RevokeCommand, SendsTheOneSelectorAndTheReason) {
  struct Case {
    std::vector<std::string> words;
    std::string body;
  };
  for (const auto& it :
       {Case{{"req_A"}, R"({"id":"req_A","reason":"x"})"}, Case{{"--user", "ana"}, R"({"user":"ana","reason":"x"})"},
        Case{{"--account", "prod"}, R"({"account":"prod","reason":"x"})"},
        Case{{"--all", "--yes"}, R"({"all":true,"reason":"x"})"}}) {
    TinyServer server({json_reply(202, kRevocation)});
    use(server);
    std::vector<std::string> words{"revoke", "--reason", "x"};
    words.insert(words.end(), it.words.begin(), it.words.end());
    const Ran ran = run(words);
    EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
    EXPECT_TRUE(server.request(0).starts_with("POST /v1/revocations HTTP/1.1"));
    EXPECT_NE(server.request(0).find("Idempotency-Key: "), std::string::npos);
    EXPECT_TRUE(server.request(0).ends_with(it.body)) << server.request(0);
  }
}

TEST_F(RevokeCommand, RefusesBeforeItSendsAnything) {
  TinyServer server({json_reply(202, kRevocation)});
  use(server);
  for (const auto& words : std::vector<std::vector<std::string>>{{"revoke", "--reason", "x"},
                                                                 {"revoke", "req_A"},
                                                                 {"revoke", "req_A", "--user", "ana", "--reason", "x"},
                                                                 {"revoke", "--user", "ana", "--all", "--reason", "x"},
                                                                 {"revoke", "--all", "--reason", "x"},
                                                                 {"revoke", "--all", "--reason", "x", "--no-input"},
                                                                 {"revoke", "req_A", "--reason", "x", "--wait=soon"}}) {
    EXPECT_EQ(run(words).code, ExitCode::kUsage) << fmt::format("{}", fmt::join(words, " "));
  }
  EXPECT_EQ(server.count(), 0U);
}

TEST_F(RevokeCommand, ShowsWhatEndsAndBothClocks) {
  TinyServer server({json_reply(202, kRevocation)});
  use(server);
  const Ran ran = run({"revoke", "req_A", "--reason", "x"});
  EXPECT_NE(ran.out.find("ana"), std::string::npos);
  EXPECT_NE(ran.out.find("prod-payments"), std::string::npos);
  EXPECT_NE(ran.out.find("14:32Z"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("15:32Z"), std::string::npos) << ran.out;
  EXPECT_NE(ran.err.find("may live until 15:32Z"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("ledger"), std::string::npos) << ran.err;
  EXPECT_EQ(server.count(), 1U) << "off a terminal nobody waits";
}

TEST_F(RevokeCommand, GivesTheApisObjectUnchanged) {
  TinyServer server({json_reply(202, kRevocation), json_reply(202, kRevocation)});
  use(server);
  EXPECT_EQ(run({"revoke", "req_A", "--reason", "x", "-o", "json"}).out, std::string(kRevocation) + "\n");
  EXPECT_EQ(run({"revoke", "req_A", "--reason", "x", "-q"}).out, "grt_A_1\n");
}

TEST_F(RevokeCommand, WaitsUntilItsOwnGrantsWereSeenToBeGone) {
  TinyServer server({json_reply(202, kRevocation), json_reply(200, kEnding),
                     json_reply(503, R"({"code":"busy","detail":"not now"})"),
                     json_reply(503, R"({"code":"busy","detail":"not now"})"),
                     json_reply(503, R"({"code":"busy","detail":"not now"})"), json_reply(200, kOthersEnding)});
  use(server);
  const Ran ran = run({"revoke", "--user", "ana", "--reason", "x", "--wait"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_NE(ran.err.find("✓ 1 grant is verified over"), std::string::npos) << ran.err;
  EXPECT_NE(server.request(1).find("GET /v1/grants?state=ending&limit=200"), std::string::npos);
}

TEST_F(RevokeCommand, TellsThatTheLedgerDoesNotHaveItYetAndTakesNoGrantForGoneThatIsStillListed) {
  std::string unrecorded(kRevocation);
  unrecorded.replace(unrecorded.find("true"), 4, "false");
  TinyServer server({json_reply(202, unrecorded), json_reply(200, kEnding), json_reply(200, kOthersEnding)});
  use(server);
  const Ran ran = run({"revoke", "--user", "ana", "--reason", "x", "--wait"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_NE(ran.out.find("prod-payments"), std::string::npos) << "what is being revoked";
  EXPECT_NE(ran.err.find("the ledger cannot be written now"), std::string::npos) << ran.err;
  EXPECT_NE(server.request(1).find("GET /v1/grants?state=scheduled%2Cgranting%2Cactive%2Cending&"), std::string::npos)
      << server.request(1);
}

TEST_F(RevokeCommand, StopsWaitingInTimeAndSaysThatItGoesOn) {
  TinyServer server({json_reply(202, kRevocation), json_reply(200, kEnding)});
  use(server);
  const Ran ran = run({"revoke", "--user", "ana", "--reason", "x", "--wait=0s"});
  EXPECT_EQ(static_cast<int>(ran.code), 7);
  EXPECT_NE(ran.err.find("1 grant is not yet seen to be gone"), std::string::npos) << ran.err;
}

TEST_F(RevokeCommand, SaysWhenAnotherGrantKeepsTheAccess) {
  TinyServer server({json_reply(202, kRevocation), json_reply(200, kOthersEnding),
                     json_reply(200, R"({"id":"req_A","grants":[{"id":"grt_A_1","covered_by":"grt_B_1",)"
                                     R"("user":{"user_name":"ana"},"account":{"name":"prod-payments"}}]})")});
  use(server);
  const Ran ran = run({"revoke", "req_A", "--reason", "x", "--wait"});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_NE(ran.err.find("ana still reaches prod-payments: grt_B_1 keeps"), std::string::npos) << ran.err;
}

TEST_F(RevokeCommand, TellsWhatTheServerRefuses) {
  TinyServer server(
      {json_reply(403, R"({"code":"not_allowed","detail":"only an administrator"})"),
       json_reply(404, R"({"code":"nothing_to_revoke","detail":"no user","fix":"did you mean \"ana\"?"})")});
  use(server);
  EXPECT_EQ(static_cast<int>(run({"revoke", "--user", "ana", "--reason", "x"}).code), 5);
  const Ran ran = run({"revoke", "--user", "anna", "--reason", "x"});
  EXPECT_EQ(static_cast<int>(ran.code), 3);
  EXPECT_NE(ran.err.find("did you mean \"ana\"?"), std::string::npos);
}

}  // namespace
}  // namespace ag::cli
