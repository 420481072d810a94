#include "cli/testing_command_line.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/text.hpp"

/// Whole commands against a server that gives prepared answers.
namespace ag::cli {
namespace {

using testing_cli::CommandLine;
using testing_cli::Ran;

constexpr std::string_view kRequest =
    R"({"id":"req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA","version":"ab","state":"@STATE@",)"
    R"("requester":{"id":"u1","user_name":"ana","display_name":"Ana Alves"},"permission_set":{"arn":"arn:x","name":"PowerUser"},)"
    R"("level":"high","accounts":[{"id":"333344445555","name":"prod-payments","path":"/Workloads/Prod","rule":"prod-deploy","guardrails":["prod-never-alone"]}],)"
    R"("duration_seconds":3600,"start":null,"reason":"failed payouts","ticket":null,"submitted_at":"2026-11-25T14:02:00Z","lapses_at":"2026-11-25T18:02:00Z",)"
    R"("approvals":[{"any_of":[{"kind":"group","id":"g","name":"TeamLeads"}],"need":1,"given":[]}],"current_step":0,)"
    R"("decisions":[],"grants":[@GRANT@],"can":{"decide":false,"withdraw":true,"end":false}})";

constexpr std::string_view kGrant =
    R"({"id":"grt_01JD8Y3V5Q8Z6W4K2N0B7M9CXA_0","request":"req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA","account":{"id":"333344445555","name":"prod-payments"},)"
    R"("permission_set":{"arn":"arn:x","name":"PowerUser"},"state":"active","end":"2026-11-25T15:30:00Z","credentials_until":"2026-11-25T16:30:00Z"})";

std::string request_in(std::string_view state, std::string_view grant = "") {
  std::string text(kRequest);
  text.replace(text.find("@STATE@"), 7, state);
  text.replace(text.find("@GRANT@"), 7, grant);
  return text;
}

TEST_F(CommandLine, AsksAndReturnsTheIdAlone) {
  TinyServer server({json_reply(201, request_in("pending"))});
  use(server);
  const Ran ran = run({"ask", "prod-payments,staging", "PowerUser", "--for", "1h", "--reason", "failed payouts",
                       "--ticket", "OPS-1", "-q"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_EQ(ran.out, "req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA\n");
  EXPECT_TRUE(server.request(0).ends_with(
      R"({"accounts":["prod-payments","staging"],"permission_set":"PowerUser","duration":"1h","reason":"failed payouts","ticket":"OPS-1"})"));
}

TEST_F(CommandLine, SaysOnStandardErrorWhoMustAgree) {
  TinyServer server({json_reply(201, request_in("pending"))});
  use(server);
  const Ran ran = run({"ask", "prod-payments", "PowerUser", "--for", "1h", "--reason", "x", "-o", "json"});
  EXPECT_EQ(ran.out, request_in("pending") + "\n");  // the API's object, unchanged
  EXPECT_NE(ran.err.find("0 of 1 needed: TeamLeads"), std::string::npos);
  EXPECT_NE(ran.err.find("PowerUser on prod-payments for 1h"), std::string::npos);
}

TEST_F(CommandLine, ARequestThatNobodyCanApproveIsRefusedByPolicy) {
  TinyServer server({json_reply(
      403, R"({"code":"no_approver","detail":"nobody can approve this","rule":"prod-deploy","fix":"ask for less"})")});
  use(server);
  const Ran ran = run({"ask", "prod-payments", "PowerUser", "--for", "1h", "--reason", "x"});
  EXPECT_EQ(static_cast<int>(ran.code), 5);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("try: ask for less"), std::string::npos);
}

TEST_F(CommandLine, RefusesWrongArgumentsBeforeItSendsAnything) {
  TinyServer server({json_reply(201, "{}")});
  use(server);
  EXPECT_EQ(run({"ask", "a", "b", "--for", "soon", "--reason", "x"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"ask", "a", "b", "--for", "1h"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"ask", "a", "b", "--for", "1h", "--reason", "x", "--start", "later"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"ask", "a", "b", "--for", "1h", "--reason", "x", "--wait", "--no-wait"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"ask", ",", "b", "--for", "1h", "--reason", "x"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"who", "--at", "yesterday"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"can", "--limit", "0"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"api", "GET", "v1/me"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"nonsense"}).code, ExitCode::kUsage);
  EXPECT_EQ(server.count(), 0U);
}

TEST_F(CommandLine, WaitsForTheOutcome) {
  const std::string no_stream = json_reply(404, R"({"code":"not_found","detail":"no stream here"})");
  struct Case {
    std::string state;
    int exit;
  };
  for (const auto& [state, exit] : {Case{"active", 0}, Case{"denied", 6}, Case{"failed", 10}, Case{"lapsed", 7}}) {
    // The first look at the request comes at once; it does not wait for an event.
    TinyServer server({json_reply(201, request_in("pending")), json_reply(200, request_in(state)), no_stream});
    use(server);
    const Ran ran = run({"ask", "prod-payments", "PowerUser", "--for", "1h", "--reason", "x", "--wait", "-q"});
    EXPECT_EQ(static_cast<int>(ran.code), exit) << state << ran.err;
    EXPECT_EQ(ran.out, "req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA\n");
  }
}

TEST_F(CommandLine, StopsWaitingInTime) {
  TinyServer server({json_reply(201, request_in("pending"))});
  use(server);
  const Ran ran = run({"ask", "prod-payments", "PowerUser", "--for", "1h", "--reason", "x", "--wait=0s"});
  EXPECT_EQ(static_cast<int>(ran.code), 7);
  EXPECT_NE(ran.err.find("stays open"), std::string::npos);
}

TEST_F(CommandLine, TellsTheStateByItsExitCode) {
  TinyServer server({json_reply(200, request_in("pending")), json_reply(200, request_in("pending"))});
  use(server);
  EXPECT_EQ(static_cast<int>(run({"request", "show", "req_1", "--exit-status"}).code), 8);
  EXPECT_EQ(run({"request", "show", "req_1"}).code, ExitCode::kOk);
}

TEST_F(CommandLine, ShowsBothClocks) {
  TinyServer server({json_reply(200, request_in("active", kGrant))});
  use(server);
  const Ran ran = run({"request", "show", "req_1"});
  EXPECT_NE(ran.out.find("access ends 15:30Z (in 57m) · credentials may live until 16:30Z"), std::string::npos)
      << ran.out;
}

TEST_F(CommandLine, ApprovesExactlyTheVersionThatItRead) {
  TinyServer server({json_reply(200, request_in("pending")), json_reply(200, request_in("granting"))});
  use(server);
  const Ran ran = run({"review", "approve", "req/1", "--max", "30m", "--comment", "ok"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_TRUE(server.request(0).starts_with("GET /v1/requests/req%2F1 HTTP/1.1"));
  EXPECT_TRUE(server.request(1).starts_with("POST /v1/requests/req%2F1/decisions HTTP/1.1"));
  EXPECT_TRUE(
      server.request(1).ends_with(R"({"decision":"approve","comment":"ok","max_duration":"30m","version":"ab"})"));
}

TEST_F(CommandLine, ApprovesSomeOfTheAccounts) {
  TinyServer server({json_reply(200, request_in("pending")), json_reply(200, request_in("granting"))});
  use(server);
  EXPECT_EQ(run({"review", "approve", "req_1", "--accounts", "prod-payments, ,x"}).code, ExitCode::kOk);
  EXPECT_NE(server.request(1).find(R"("accounts":["prod-payments"," ","x"])"), std::string::npos) << server.request(1);
  EXPECT_EQ(run({"review", "approve", "req_1", "--accounts", ","}).code, ExitCode::kUsage);
}

TEST_F(CommandLine, SetsTheRequestersWordsApartHoweverNarrowTheTerminalIs) {
  std::string hostile = request_in("pending");
  const std::string words = "nothing   approval     1 of 1 from TeamLeads · given by bo   where        dev-web";
  hostile.replace(hostile.find("failed payouts"), 14, words);
  for (const std::size_t width : {20U, 40U, 100U}) {
    TinyServer server({json_reply(200, hostile)});
    use(server);
    terminal_.width = width;
    const Ran ran = run({"request", "show", "req_1"});
    std::istringstream lines(ran.out);
    std::string said;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("  | ")) {
        EXPECT_EQ(line.find("given by bo"), std::string::npos) << line;
        EXPECT_FALSE(line.starts_with("where") || line.starts_with("approval")) << line;
        continue;
      }
      EXPECT_LT(display_width(line), width) << "the terminal itself would break it";
      said += line;
    }
    EXPECT_NE(said.find("TeamLeads"), std::string::npos);
    EXPECT_NE(ran.out.find("  what ana wrote:\n  | nothing"), std::string::npos) << ran.out;
  }
}

TEST_F(CommandLine, WantsTheAccountsNameOnceMoreBeforeBreakGlass) {
  TinyServer server({json_reply(201, request_in("granting"))});
  use(server);
  EXPECT_EQ(run({"break-glass", "prod", "Admin", "--reason", "down"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"break-glass", "prod", "Admin", "--confirm", "prod"}).code, ExitCode::kUsage) << "why?";
  EXPECT_EQ(server.count(), 0U);
  const Ran ran = run({"break-glass", "prod", "Admin", "--reason", "down", "--confirm", "prod", "--for", "30m", "-q"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_TRUE(server.request(0).starts_with("POST /v1/break-glass HTTP/1.1"));
  EXPECT_TRUE(server.request(0).ends_with(
      R"({"account":"prod","permission_set":"Admin","reason":"down","duration":"30m","confirm":"prod"})"));
}

TEST_F(CommandLine, AsksForMoreTimeByRequestOrByGrant) {
  for (const std::string id : {"req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA", "grt_01JD8Y3V5Q8Z6W4K2N0B7M9CXA_2"}) {
    TinyServer server({json_reply(201, request_in("pending"))});
    use(server);
    EXPECT_EQ(run({"access", "extend", id, "30m", "--reason", "more", "-q"}).code, ExitCode::kOk);
    EXPECT_TRUE(server.request(0).starts_with("POST /v1/requests/req_01JD8Y3V5Q8Z6W4K2N0B7M9CXA/extend HTTP/1.1"));
    EXPECT_TRUE(server.request(0).ends_with(R"({"duration":"30m","reason":"more"})"));
    EXPECT_EQ(run({"access", "extend", id, "soon", "--reason", "more"}).code, ExitCode::kUsage);
  }
}

TEST_F(CommandLine, SaysThatTheSameWasAskedBefore) {
  TinyServer server({json_reply(200, request_in("pending"))});
  use(server);
  const Ran ran = run({"ask", "prod-payments", "PowerUser", "--for", "1h", "--reason", "x", "-o", "json"});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_NE(ran.err.find("asked before"), std::string::npos) << ran.err;
}

TEST_F(CommandLine, TellsAConflict) {
  TinyServer server({json_reply(200, request_in("pending")),
                     json_reply(409, R"({"code":"already_decided","detail":"you have decided"})")});
  use(server);
  EXPECT_EQ(static_cast<int>(run({"review", "deny", "req_1", "--comment", "no"}).code), 9);
}

TEST_F(CommandLine, ReadsAllPagesOfAList) {
  TinyServer server({json_reply(200, R"({"items":[{"id":"req_1"},{"id":"req_2"}],"next":"c/1"})"),
                     json_reply(200, R"({"items":[{"id":"req_3"}],"next":null})")});
  use(server);
  const Ran ran = run({"request", "ls", "-q"});
  EXPECT_EQ(ran.out, "req_1\nreq_2\nreq_3\n");
  EXPECT_NE(server.request(1).find("cursor=c%2F1"), std::string::npos);
}

TEST_F(CommandLine, SaysWhenAListWasCut) {
  TinyServer server({json_reply(200, R"({"items":[{"id":"req_1"}],"next":"c1"})")});
  use(server);
  const Ran ran = run({"request", "ls", "--limit", "1", "-o", "jsonl"});
  EXPECT_EQ(ran.out, "{\"id\":\"req_1\"}\n");
  EXPECT_NE(ran.err.find("there is more"), std::string::npos);
}

TEST_F(CommandLine, TakesTheFormatFromTheEnvironment) {
  TinyServer server({json_reply(200, R"({"items":[],"next":null})"), json_reply(200, R"({"items":[],"next":null})")});
  use(server);
  variables_["ACCESSGUARD_OUTPUT"] = "json";
  EXPECT_EQ(run({"can"}).out, "{\"items\":[],\"next\":null}\n");
  EXPECT_EQ(run({"can", "-o", "yaml"}).out, "items: []\nnext: null\n");
}

TEST_F(CommandLine, LetsNoEscapeSequenceOfTheServerReachStandardOutput) {
  std::string evil = request_in("pending");
  evil.replace(evil.find("failed payouts"), 14, "a\\u001b[2Jb\\u202ec");
  for (const auto* format : {"table", "json", "jsonl", "yaml"}) {
    TinyServer server({json_reply(200, evil)});
    use(server);
    const Ran ran = run({"request", "show", "req_1", "-o", format});
    EXPECT_EQ(ran.out.find('\x1b'), std::string::npos) << format;
    EXPECT_EQ(ran.out.find("\xe2\x80\xae"), std::string::npos) << format;
  }
}

TEST_F(CommandLine, AsksToSignInFirst) {
  variables_.erase("ACCESSGUARD_TOKEN");
  const Ran ran = run({"whoami"});
  EXPECT_EQ(static_cast<int>(ran.code), 4);
  EXPECT_NE(ran.err.find("login --token-stdin"), std::string::npos);
}

TEST_F(CommandLine, DoesNotSendAStoredTokenToAnotherServer) {
  variables_.erase("ACCESSGUARD_TOKEN");
  const std::string path = token_path([this](const char* name) { return std::optional(variables_[name]); });
  ASSERT_TRUE(store_token(path, {"ag_stored", "http://127.0.0.1:1"}));
  TinyServer server({json_reply(200, "{}")});
  use(server);
  EXPECT_EQ(static_cast<int>(run({"whoami"}).code), 4);
  EXPECT_EQ(server.count(), 0U);

  ASSERT_TRUE(store_token(path, {"ag_stored", server.address()}));
  variables_.erase("ACCESSGUARD_SERVER");  // the stored one is the default then
  EXPECT_EQ(run({"whoami"}).code, ExitCode::kOk);
  EXPECT_NE(server.request(0).find("Bearer ag_stored"), std::string::npos);
}

TEST_F(CommandLine, KeepsTheTokenForItsOwnerAndForgetsIt) {
  variables_.erase("ACCESSGUARD_TOKEN");
  const std::string path = token_path([this](const char* name) { return std::optional(variables_[name]); });
  ASSERT_TRUE(store_token(path, {"ag_stored", "http://127.0.0.1:1"}));
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  chmod(path.c_str(), 0644);
  EXPECT_EQ(static_cast<int>(run({"whoami"}).code), 4);  // others could have read it
  EXPECT_EQ(run({"logout"}).code, ExitCode::kOk);
  EXPECT_NE(stat(path.c_str(), &status), 0);
  EXPECT_EQ(run({"logout"}).code, ExitCode::kOk);
}

TEST_F(CommandLine, AppliesAPolicyInPlaceOfTheOneThatItRead) {
  const std::string file = (folder_ / "policy.yaml").string();
  std::ofstream(file) << "version: 1\n";
  TinyServer server({json_reply(200, R"({"text":"old","hash":"aa"})", "ETag: \"aa\"\r\n"),
                     json_reply(200, R"({"text":"version: 1\n","hash":"bb"})")});
  use(server);
  const Ran ran = run({"policy", "apply", file});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_EQ(ran.out, "bb\n");
  EXPECT_NE(server.request(1).find("\r\nIf-Match: \"aa\"\r\n"), std::string::npos);
  EXPECT_TRUE(server.request(1).ends_with(R"({"text":"version: 1\n"})"));
}

TEST_F(CommandLine, APolicyThatSomebodyElseMustAgreeToIsStillPending) {
  const std::string file = (folder_ / "policy.yaml").string();
  std::ofstream(file) << "version: 1\n";
  TinyServer server({json_reply(200, R"({"text":"old","hash":"aa"})", "ETag: \"aa\"\r\n"),
                     json_reply(202, R"({"change":{"id":"chg_1","widens":["ana gains ProdAdmin"]}})")});
  use(server);
  const Ran ran = run({"policy", "apply", file, "-q"});
  EXPECT_EQ(static_cast<int>(ran.code), 8) << ran.err;
  EXPECT_EQ(ran.out, "chg_1\n");
  EXPECT_NE(ran.err.find("ana gains ProdAdmin"), std::string::npos);
  EXPECT_NE(ran.err.find("accessguard policy approve chg_1"), std::string::npos);
}

TEST_F(CommandLine, AgreesToExactlyTheChangeThatItRead) {
  TinyServer server({json_reply(200, R"({"id":"chg_1","hash":"ab","widens":["w"],"by":{"user_name":"sven"}})"),
                     json_reply(200, R"({"id":"chg_1","hash":"ab"})")});
  use(server);
  EXPECT_EQ(run({"policy", "approve", "chg_1"}).code, ExitCode::kOk);
  EXPECT_TRUE(server.request(1).starts_with("POST /v1/policy/changes/chg_1/decisions HTTP/1.1"));
  EXPECT_TRUE(server.request(1).ends_with(R"({"decision":"approve","hash":"ab"})"));
}

TEST_F(CommandLine, TestsAPolicyByItsOwnExpectations) {
  const std::string file = (folder_ / "policy.yaml").string();
  std::ofstream(file) << "version: 1\n";
  const auto reply = [](bool passed) {
    return json_reply(200, fmt::format(R"({{"valid":true,"problems":[],"warnings":[],"expectations":)"
                                       R"([{{"line":9,"passed":{},"message":"line 9: ana may not"}}]}})",
                                       passed));
  };
  TinyServer server({reply(true), reply(false)});
  use(server);
  EXPECT_EQ(run({"policy", "test", file}).code, ExitCode::kOk);
  const Ran ran = run({"policy", "test", file});
  EXPECT_EQ(ran.code, ExitCode::kOther);
  EXPECT_EQ(ran.out, file + ": ✗ line 9: ana may not\n");
}

TEST_F(CommandLine, TellsWhatIsWrongWithAPolicyByFileAndLine) {
  const std::string file = (folder_ / "policy.yaml").string();
  std::ofstream(file) << "version: 1\nrulez: []\n";
  TinyServer server({json_reply(
      200,
      R"({"valid":false,"problems":[{"line":2,"where":"rulez","code":"unknown_key","message":"did you mean rules?"}],"warnings":[]})")});
  use(server);
  const Ran ran = run({"policy", "validate", file});
  EXPECT_EQ(ran.code, ExitCode::kOther);
  EXPECT_EQ(ran.out, file + ":2: error: did you mean rules? [rulez unknown_key]\n");
}

TEST_F(CommandLine, ValidatesNoPolicyThatApplyWouldRefuse) {
  const std::string file = (folder_ / "policy.yaml").string();
  std::ofstream(file) << "version: 1\n";
  TinyServer server({json_reply(
      200, R"({"valid":true,"problems":[],"warnings":[],"expectations":[{"line":9,"passed":false,"message":"no"},)"
           R"({"line":10,"passed":true,"message":"yes"}]})")});
  use(server);
  const Ran ran = run({"policy", "validate", file});
  EXPECT_EQ(ran.code, ExitCode::kOther);
  EXPECT_EQ(ran.err, "✗ valid, but 1 of 2 expectations are not met: `accessguard policy apply` refuses it\n");
}

TEST_F(CommandLine, TellsWhatIsOddInAPolicyThatItPutsInForce) {
  const std::string file = (folder_ / "policy.yaml").string();
  std::ofstream(file) << "version: 1\n";
  TinyServer server({json_reply(200, R"({"text":"","hash":""})"),
                     json_reply(200, R"({"hash":"aa","warnings":[{"line":3,"where":"g.where","code":"fits_nothing",)"
                                     R"("message":"it closes nothing"}]})")});
  use(server);
  const Ran ran = run({"policy", "apply", file});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_EQ(ran.out, "aa\n");
  EXPECT_NE(ran.err.find(file + ":3: warning: it closes nothing [g.where fits_nothing]"), std::string::npos) << ran.err;
}

TEST_F(CommandLine, TellsWhatBreakGlassOpensBesideTheRules) {
  TinyServer server({json_reply(
      200, R"({"items":[],"next":null,"break_glass":{"line":9,"max_seconds":3600,"review_within_seconds":86400,)"
           R"("accounts":{"count":12,"names":["a","b"]},"permission_sets":{"count":1,"names":["Admin"]}}})")});
  use(server);
  const Ran ran = run({"can"});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_EQ(ran.err,
            "no rule opens anything to you here\n! break-glass opens Admin in 12 accounts (a, b, …) to you at once, "
            "without approval, for 1h at most, with a review within 1d: accessguard break-glass ACCOUNT PERMISSION_SET "
            "--reason \"…\"\n");
}

TEST_F(CommandLine, TellsHowLongTheWholeMayLastWithMoreTime) {
  const auto reply = [](std::string_view whole) {
    return json_reply(200, fmt::format(R"({{"items":[{{"account":{{"name":"a"}},"permission_set":{{"name":"P"}},)"
                                       R"("level":"low","max_seconds":300,"extend":{{"times":2,"by_seconds":300}},)"
                                       R"("whole_max_seconds":{},"rule":"r"}}],"next":null,"break_glass":null}})",
                                       whole));
  };
  TinyServer server({reply("300"), reply("900"), reply("null")});
  use(server);
  EXPECT_NE(run({"can"}).out.find("2 × 5m, 5m in all"), std::string::npos);
  EXPECT_EQ(run({"can"}).out.find("in all"), std::string::npos);
  EXPECT_EQ(run({"can"}).out.find("in all"), std::string::npos);
}

TEST_F(CommandLine, ExportsThePolicyByteForByte) {
  TinyServer server({json_reply(200, R"({"text":"a: 1\n# ünï\n","hash":"bb"})")});
  use(server);
  EXPECT_EQ(run({"policy", "export"}).out, "a: 1\n# ünï\n");
}

TEST_F(CommandLine, CallsTheApiRaw) {
  TinyServer server(
      {json_reply(200, R"({"a":1})"), json_reply(404, R"({"code":"not_found","detail":"no such thing"})")});
  use(server);
  EXPECT_EQ(run({"api", "get", "/v1/x?y=1"}).out, "{\"a\":1}\n");
  EXPECT_TRUE(server.request(0).starts_with("GET /v1/x?y=1 HTTP/1.1"));
  const Ran ran = run({"api", "GET", "/v1/nothing"});
  EXPECT_EQ(static_cast<int>(ran.code), 3);
  EXPECT_EQ(ran.out, "{\"code\":\"not_found\",\"detail\":\"no such thing\"}\n");
}

TEST_F(CommandLine, IssuesATokenAloneOnStandardOutput) {
  entry_.default_data_folder = [] { return std::string("/data"); };
  entry_.issue_token = [this](const std::string& data, const std::string& user, Duration lifetime,
                              bool admin) -> Result<server::IssuedToken> {
    EXPECT_EQ(data, "/data");
    EXPECT_EQ(user, "ana");
    EXPECT_TRUE(admin);
    return server::IssuedToken{"ag_tok_1_s", "tok_1", now_ + lifetime};
  };
  const Ran ran = run({"token", "issue", "--user", "ana", "--admin"});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_EQ(ran.out, "ag_tok_1_s\n");
  EXPECT_NE(ran.err.find("in 7h59m"), std::string::npos) << ran.err;
}

TEST_F(CommandLine, LooksForTokensOnlyInAFolderThatIsThere) {
  const std::string typo = (folder_ / "srever").string();
  int asked = 0;
  entry_.default_data_folder = [] { return std::string("/data"); };
  entry_.list_tokens = [&](const std::string& data) -> Result<std::vector<server::TokenRow>> {
    EXPECT_EQ(data, folder_.string());
    ++asked;
    return std::vector<server::TokenRow>{};
  };
  entry_.revoke_token = [&](const std::string& data, const std::string&) -> Result<void> {
    EXPECT_EQ(data, folder_.string());
    ++asked;
    return {};
  };
  for (const auto& words : std::vector<std::vector<std::string>>{{"token", "ls"}, {"token", "revoke", "tok_1"}}) {
    auto wrong = words;
    wrong.insert(wrong.end(), {"--data", typo});
    const Ran ran = run(wrong);
    EXPECT_EQ(static_cast<int>(ran.code), 1) << words[1];
    EXPECT_NE(ran.err.find(typo), std::string::npos) << ran.err;
    EXPECT_FALSE(std::filesystem::exists(typo)) << "looking made it";
    auto right = words;
    right.insert(right.end(), {"--data", folder_.string()});
    EXPECT_EQ(run(right).code, ExitCode::kOk);
  }
  EXPECT_EQ(asked, 2);
}

TEST_F(CommandLine, VerifiesALedgerAndNamesTheDamage) {
  entry_.default_data_folder = [] { return std::string("/data"); };
  ledger::VerifyReport report{.entries = 12};
  entry_.verify_ledger = [&](const std::string& data) -> Result<ledger::VerifyReport> {
    EXPECT_EQ(data, "/other");
    return report;
  };
  EXPECT_EQ(run({"audit", "verify", "--data", "/other"}).code, ExitCode::kOk);
  report.first_problem =
      ledger::Finding{.position = 12, .kind = ledger::FindingKind::kAltered, .message = "not what was appended"};
  const Ran ran = run({"audit", "verify", "--data", "/other"});
  EXPECT_EQ(ran.code, ExitCode::kOther);
  EXPECT_NE(ran.err.find("entry 12: not what was appended"), std::string::npos);
}

TEST_F(CommandLine, HandsServeItsOptions) {
  server::ServeOptions seen;
  entry_.serve = [&](const server::ServeOptions& options) {
    seen = options;
    return 0;
  };
  EXPECT_EQ(run({"serve", "--sandbox=7", "--listen", "127.0.0.1:0", "--data", "/d", "--policy", "p.yaml"}).code,
            ExitCode::kOk);
  EXPECT_TRUE(seen.sandbox);
  EXPECT_EQ(seen.seed, 7U);
  EXPECT_EQ(seen.listen, "127.0.0.1:0");
  EXPECT_EQ(seen.data, "/d");
  EXPECT_EQ(seen.policy_file, "p.yaml");
  EXPECT_EQ(run({"serve", "--sandbox=x"}).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace ag::cli
