#include <fstream>

#include "base/json.hpp"
#include "cli/testing_command_line.hpp"

/// `accessguard iam analyze|expand|diff`: no server is asked.
namespace ag::cli {
namespace {

class IamAnalyze : public testing_cli::CommandLine {
 protected:
  std::string file(const std::string& name, std::string text) {
    for (char& c : text) {
      if (c == '\'') c = '"';
    }
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  static json::value parsed(const std::string& text) { return parse_json(text).value(); }
};

constexpr const char* kSecrets =
    "{'Version': '2012-10-17', 'Statement': [{'Sid': 'Read', 'Effect': 'Allow', 'Action': "
    "'secretsmanager:GetSecretValue', 'Resource': '*'}]}";

TEST_F(IamAnalyze, TellsTheLevelAndWhyInWords) {
  const auto got = run({"iam", "analyze", file("secrets.json", kSecrets)});
  EXPECT_EQ(got.code, ExitCode::kOk);
  EXPECT_NE(got.out.find("secrets.json: high\n"), std::string::npos) << got.out;
  EXPECT_NE(got.out.find("  can read every secret in Secrets Manager\n"), std::string::npos) << got.out;
  EXPECT_NE(got.out.find("statement 1 (Read)"), std::string::npos) << got.out;
  EXPECT_NE(got.err.find("catalogue 0."), std::string::npos) << got.err;
}

TEST_F(IamAnalyze, TakesSeveralPoliciesTogether) {
  const auto got = run({"iam", "analyze", "--managed", "ViewOnlyAccess", "--managed", "SecurityAudit",
                        file("secrets.json", kSecrets), "-o", "json"});
  EXPECT_EQ(got.code, ExitCode::kOk) << got.err;
  EXPECT_EQ(parsed(got.out).at("level").as_string(), "high");
  EXPECT_NE(parsed(got.out).at("name").as_string().find(" + ViewOnlyAccess + SecurityAudit"), json::string::npos);
}

TEST_F(IamAnalyze, AnswersOneLineForEachLine) {
  std::string lines = "{'name': 'a', 'identityPolicies': ['AdministratorAccess']}\n\nnot json\n{'identityPolicies': [" +
                      std::string(kSecrets) + "], 'scps': [{'policies': []}]}\n";
  const auto got = run({"iam", "analyze", "--jsonl", file("cases.jsonl", lines)});
  EXPECT_EQ(got.code, ExitCode::kOther);
  std::vector<json::value> answers;
  std::istringstream out(got.out);
  for (std::string line; std::getline(out, line);) answers.push_back(parsed(line));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].at("name").as_string(), "a");
  EXPECT_EQ(answers[0].at("level").as_string(), "critical");
  EXPECT_TRUE(answers[0].at("effective_administrator").as_bool());
  EXPECT_EQ(answers[1].at("error").at("code").as_string(), "invalid_json");
  EXPECT_EQ(answers[2].at("level").as_string(), "low");
}

TEST_F(IamAnalyze, ALineMayBeAPolicyAlone) {
  const auto got =
      run({"iam", "analyze", "--jsonl",
           file("policies.jsonl", std::string(kSecrets) + "\n{'policy': " + kSecrets + ", 'name': 'b'}\n")});
  EXPECT_EQ(got.code, ExitCode::kOk) << got.err;
  std::istringstream out(got.out);
  for (std::string line; std::getline(out, line);) EXPECT_EQ(parsed(line).at("level").as_string(), "high") << line;
}

TEST_F(IamAnalyze, FailsWithTheCodeOfTheReason) {
  EXPECT_EQ(run({"iam", "analyze"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"iam", "analyze", "--managed", "ReadOnlyAcces"}).code, ExitCode::kNotFound);
  EXPECT_NE(run({"iam", "analyze", "--managed", "ReadOnlyAcces"}).err.find("ReadOnlyAccess?"), std::string::npos);
  EXPECT_NE(run({"iam", "analyze", (folder_ / "absent").string()}).code, ExitCode::kOk);
  EXPECT_EQ(run({"iam", "analyze", file("bad.json", "{'Statement': [{'Effect': 'Maybe'}]}")}).code, ExitCode::kOther);
}

TEST_F(IamAnalyze, SaysMoreOfTheAccountThatAdministersIdentityCenter) {
  const std::string path = file("center.json",
                                "{'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': "
                                "'sso:CreateAccountAssignment', 'Resource': '*'}]}");
  EXPECT_EQ(parsed(run({"iam", "analyze", path, "-o", "json"}).out).at("level").as_string(), "high");
  EXPECT_EQ(parsed(run({"iam", "analyze", path, "--account", "management", "-o", "json"}).out).at("level").as_string(),
            "critical");
  EXPECT_EQ(parsed(run({"iam", "analyze", path, "--account", "member", "-o", "json"}).out).at("level").as_string(),
            "low");
}

TEST_F(IamAnalyze, ExpandsToNames) {
  EXPECT_EQ(run({"iam", "expand", file("secrets.json", kSecrets), "-o", "name"}).out,
            "secretsmanager:GetSecretValue\n");
  const auto table = run({"iam", "expand", file("secrets.json", kSecrets)});
  EXPECT_NE(table.out.find("secretsmanager:GetSecretValue  certainly  everything"), std::string::npos) << table.out;
}

TEST_F(IamAnalyze, TellsWhatOneAllowsBeyondTheOther) {
  const auto got = run({"iam", "diff", "ViewOnlyAccess", file("secrets.json", kSecrets), "-o", "json"});
  EXPECT_EQ(got.code, ExitCode::kOk) << got.err;
  EXPECT_EQ(parsed(got.out).at("added").at("new_actions").at(0).as_string(), "secretsmanager:GetSecretValue");
  EXPECT_FALSE(parsed(got.out).at("b_within_a").as_bool());
  const auto within = run({"iam", "diff", "AdministratorAccess", "ReadOnlyAccess"});
  EXPECT_NE(within.out.find("B allows nothing beyond A\n"), std::string::npos) << within.out;
  EXPECT_EQ(run({"iam", "diff", "ViewOnlyAccess", "NoSuchThing"}).code, ExitCode::kNotFound);
}

}  // namespace
}  // namespace ag::cli
