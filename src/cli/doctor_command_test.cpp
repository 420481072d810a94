#include "base/json.hpp"
#include "cli/json_path.hpp"
#include "cli/testing_command_line.hpp"

namespace ag::cli {
namespace {

using testing_cli::CommandLine;
using testing_cli::Ran;

/// What a server says of itself that is well; tests change the one thing that they are about.
struct Patient {
  std::string date = "Wed, 25 Nov 2026 14:32:00 GMT";
  int me_status = 200;
  std::string me = R"({"user":{"user_name":"ana"},"role":"admin","token":{"expires_at":"2026-11-25T22:00:00Z"}})";
  std::string items = R"({"id":"ledger","state":"ok","summary":"Writing the ledger","detail":"writable","fix":null})";
};

class Doctor : public CommandLine {
 protected:
  Ran examine(const Patient& patient, std::vector<std::string> more = {}) {
    TinyServer server({json_reply(200, R"({"status":"ok"})", "Date: " + patient.date + "\r\n"),
                       json_reply(patient.me_status, patient.me),
                       json_reply(200, fmt::format(R"({{"state":"ok","items":[{}]}})", patient.items))});
    use(server);
    std::vector<std::string> words{"doctor"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  /// The line of one check, by its JSON.
  json::value check(const Patient& patient, std::string_view name) {
    const Ran ran = examine(patient, {"-o", "json"});
    const auto whole = parse_json(ran.out, Numbers::kAny);
    if (!whole) return nullptr;
    EXPECT_EQ(flag_at(*whole, "ok"), ran.code == ExitCode::kOk);
    for (const auto& it : items_at(*whole, "checks")) {
      if (text_at(it, "name") == name) return it;
    }
    return nullptr;
  }
};

TEST_F(Doctor, FindsAHealthyServerHealthy) {
  const Ran ran = examine({});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.out;
  EXPECT_EQ(ran.out.find("fail"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("warn"), std::string::npos) << ran.out;
  for (const auto* line : {"ok    clock    the clocks agree\n", "ok    ledger   writable\n"})
    EXPECT_NE(ran.out.find(line), std::string::npos) << ran.out;
}

TEST_F(Doctor, NamesEachTroubleItsLevelAndWhatToDo) {
  struct Case {
    std::string_view name;
    std::string_view level;
    std::string_view said;
    std::string_view fix;
    std::function<void(Patient&)> make;
  };
  const std::vector<Case> cases = {
      {"clock", "warn", "this machine is 1m ahead of", "NTP",
       [](Patient& p) { p.date = "Wed, 25 Nov 2026 14:31:00 GMT"; }},
      {"sign-in", "fail", "has expired", "login",
       [](Patient& p) {
         p.me_status = 401;
         p.me = R"({"code":"token_expired","detail":"the token has expired"})";
       }},
      {"sign-in", "warn", "the token expires 14:40Z", "token issue",
       [](Patient& p) { p.me = R"({"user":{"user_name":"ana"},"token":{"expires_at":"2026-11-25T14:40:00Z"}})"; }},
      {"ledger", "fail", "disk full", "make room",
       [](Patient& p) { p.items = R"({"id":"ledger","state":"bad","detail":"disk full","fix":"make room"})"; }},
      {"aws_gaps", "warn", "tags", "",
       [](Patient& p) { p.items = R"({"id":"aws_gaps","state":"warn","detail":"tags","fix":null})"; }},
      {"aws", "fail", "of a newer server", "",
       [](Patient& p) { p.items = R"({"id":"aws","state":"terrible","detail":"of a newer server","fix":null})"; }},
  };
  for (const auto& it : cases) {
    SCOPED_TRACE(fmt::format("{} {}", it.name, it.said));
    Patient patient;
    it.make(patient);
    const auto found = check(patient, it.name);
    EXPECT_EQ(text_at(found, "level"), it.level);
    EXPECT_NE(text_at(found, "detail").find(it.said), std::string::npos) << text_at(found, "detail");
    EXPECT_NE(text_at(found, "fix").find(it.fix), std::string::npos) << text_at(found, "fix");
    EXPECT_EQ(examine(patient).code, it.level == "fail" ? ExitCode::kOther : ExitCode::kOk);
  }
}

TEST_F(Doctor, SaysWhatToTryBelowTheLine) {
  const Ran ran = examine({.items = R"({"id":"aws","state":"bad","detail":"denied","fix":"allow it"})"});
  EXPECT_EQ(static_cast<int>(ran.code), 1);
  EXPECT_NE(ran.out.find("fail  aws      denied\n               try: allow it\n"), std::string::npos) << ran.out;
}

TEST_F(Doctor, TellsWhenNobodyAnswers) {
  variables_["ACCESSGUARD_SERVER"] = "http://127.0.0.1:1";
  const Ran ran = run({"doctor", "-o", "json"});
  EXPECT_EQ(static_cast<int>(ran.code), 1);
  EXPECT_NE(ran.out.find(R"({"name":"server","level":"fail",)"), std::string::npos) << ran.out;
}

TEST_F(Doctor, WithoutATokenExaminesTheServerAllTheSame) {
  variables_.erase("ACCESSGUARD_TOKEN");
  const std::string checks = R"({"name":"x","ok":true,"detail":"fine"},{"name":"y","ok":false,"level":"fail"})";
  TinyServer server({json_reply(200, "{}"), json_reply(503, fmt::format(R"({{"checks":[{}]}})", checks))});
  use(server);
  const Ran ran = run({"doctor"});
  EXPECT_EQ(static_cast<int>(ran.code), 1);
  EXPECT_NE(ran.out.find("fail  sign-in"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("ok    x"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("fail  y"), std::string::npos) << ran.out;
}

TEST_F(Doctor, LetsNothingOfTheServerMoveTheCursor) {
  const Ran ran = examine({.items = R"({"id":"a","state":"ok","detail":"b\u001b[2J"})"});
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace ag::cli
