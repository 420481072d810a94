// `accessguard iam …` as scripts use it: lines in, lines out, and what a bad line does to the others.
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>
#include <string>

#include "cli/testing_command_line.hpp"

namespace ag::cli {
namespace {

using namespace testing_cli;

constexpr std::string_view kRequest =
    R"("request":{"principal":"arn:aws:iam::111122223333:user/Ann","action":"s3:GetObject","resource":"arn:aws:s3:::b/k")";

std::string line(std::string_view context, std::string_view statement, std::string_view more = "") {
  return "{" + std::string(kRequest) + std::string(context) +
         R"(},"identityPolicies":[{"name":"Own","policy":{"Version":"2012-10-17","Statement":[)" +
         std::string(statement) + "]}}]" + std::string(more) + "}\n";
}

constexpr std::string_view kAllow = R"({"Sid":"Read","Effect":"Allow","Action":"s3:*","Resource":"*"})";
constexpr std::string_view kAllowSecure =
    R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}})";
constexpr std::string_view kDeny = R"({"Effect":"Deny","Action":"*","Resource":"*"})";

class IamCommands : public CommandLine {
 protected:
  ~IamCommands() override { std::cin.rdbuf(before_); }
  void type(const std::string& text) {
    typed_.str(text);
    std::cin.clear();
    std::cin.rdbuf(typed_.rdbuf());
  }

 private:
  std::istringstream typed_;
  std::streambuf* before_ = std::cin.rdbuf();
};

TEST_F(IamCommands, SayOneVerdictALine) {
  type(line(R"(,"context":{})", kAllow) + line(R"(,"context":{})", kAllowSecure) + line("", kAllowSecure) +
       line(R"(,"context":{},"unknownContext":["aws:SecureTransport"])", kAllowSecure) +
       line(R"(,"context":{"aws:SecureTransport":true})", kAllowSecure) + line("", kDeny) +
       line("", kAllow, R"(,"scps":[{"org":"r","policies":[]}],"resourcePolicy":null)"));
  const auto ran = run({"iam", "evaluate", "--jsonl"});
  EXPECT_EQ(ran.out,
            "Allowed\nImplicitlyDenied\nDependsOn aws:SecureTransport\nDependsOn aws:SecureTransport\nAllowed\n"
            "ExplicitlyDenied\nImplicitlyDenied\n");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.code, ExitCode::kOk);
}

TEST_F(IamCommands, ExplainWithTheStatementsThatDecided) {
  type(line(R"(,"context":{})", kAllow) + line("", kAllow, R"(,"scps":[{"org":"r","policies":[]}])"));
  const auto ran = run({"iam", "evaluate", "--jsonl", "--explain"});
  EXPECT_EQ(
      ran.out,
      R"({"verdict":"Allowed","statements":[{"layer":"identity","policy":0,"name":"Own","statement":0,"sid":"Read",)"
      R"("effect":"Allow"}],"line":1})"
      "\n"
      R"({"verdict":"ImplicitlyDenied","statements":[],"withheld":["scp[0]"],"line":2})"
      "\n");
}

TEST_F(IamCommands, ABadLineIsToldAndTheRunGoesOn) {
  type("nothing\n\n" + line("", R"({"Effect":"Alow","Action":"*","Resource":"*"})") + line("", kAllow, R"(,"scp":[])") +
       R"({"request":{"principal":"Ann","action":"s3:Get","resource":"*"}})"
       "\n" +
       line(R"(,"context":{"a:b":{}})", kAllow) + line(R"(,"context":{})", kAllow));
  const auto ran = run({"iam", "evaluate", "--jsonl"});
  EXPECT_EQ(
      ran.out,
      "Invalid column 1: this is not JSON: a JSON value is expected\n"
      "Invalid identityPolicies[0].Statement[0].Effect: Effect is Allow or Deny, written so; did you mean Allow?\n"
      "Invalid scp: did you mean scps?\n"
      "Invalid request.principal: Ann: a principal is an ARN of IAM or STS, a service, an account or \"*\"\n"
      "Invalid request.context.a:b: a value or a list of values is expected, not an object\n"
      "Allowed\n")
      << "each case has its line, so that the two can be counted side by side";
  EXPECT_EQ(
      ran.err,
      "line 1: column 1: this is not JSON: a JSON value is expected\n"
      "line 3: identityPolicies[0].Statement[0].Effect: Effect is Allow or Deny, written so; did you mean Allow?\n"
      "line 4: scp: did you mean scps?\n"
      "line 5: request.principal: Ann: a principal is an ARN of IAM or STS, a service, an account or \"*\"\n"
      "line 6: request.context.a:b: a value or a list of values is expected, not an object\n");
  EXPECT_EQ(ran.code, ExitCode::kOther);
}

TEST_F(IamCommands, ABadLineIsExplainedInItsPlaceToo) {
  type(line("", kAllow, R"(,"scp":[])") + line(R"(,"context":{})", kAllow));
  const auto ran = run({"iam", "evaluate", "--jsonl", "--explain"});
  EXPECT_TRUE(
      ran.out.starts_with(R"({"error":{"code":"invalid_case","message":"did you mean scps?","field":"scp"},"line":1})"
                          "\n"
                          R"({"verdict":"Allowed")"))
      << ran.out;
  EXPECT_EQ(ran.code, ExitCode::kOther);
}

TEST_F(IamCommands, TheLastLineNeedsNoEnd) {
  std::string text = line("", kDeny);
  text.pop_back();
  type(text);
  EXPECT_EQ(run({"iam", "evaluate", "--jsonl"}).out, "ExplicitlyDenied\n");
}

TEST_F(IamCommands, WithJsonLinesOnlyStandardInputIsRead) {
  EXPECT_EQ(run({"iam", "evaluate", "case.json", "--jsonl"}).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace ag::cli
