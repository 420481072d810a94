#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iam/evaluate.hpp"
#include "iam/policy_parse.hpp"

/// For tests: policies from short texts, and one question to them.
namespace ag::iam::test {

inline constexpr std::string_view kAccount = "111122223333";
inline constexpr std::string_view kOtherAccount = "444455556666";
inline constexpr std::string_view kUser = "arn:aws:iam::111122223333:user/Ann";
inline constexpr std::string_view kRole = "arn:aws:iam::111122223333:role/Deploy";
inline constexpr std::string_view kRoleSession = "arn:aws:sts::111122223333:assumed-role/Deploy/ann";
inline constexpr std::string_view kFederated = "arn:aws:sts::111122223333:federated-user/Ann";
inline constexpr std::string_view kRoot = "arn:aws:iam::111122223333:root";
inline constexpr std::string_view kService = "lambda.amazonaws.com";
inline constexpr std::string_view kQueue = "arn:aws:sqs:eu-west-1:111122223333:orders";

using Values = std::vector<std::string>;
using Keys = std::vector<std::pair<std::string, Values>>;

inline Context context_of(const Keys& keys) {
  Context context(Rest::kAbsent);
  for (const auto& [key, values] : keys) context.set(key, values);
  return context;
}

inline std::string document(std::string_view statements, std::string_view version = "2012-10-17") {
  return std::string(R"({"Version":")") + std::string(version) + R"(","Statement":[)" + std::string(statements) + "]}";
}

/// Of any kind: tests of evaluation also evaluate what AWS would refuse.
inline PolicyHandle policy(std::string_view text, PolicyKind kind = PolicyKind::kIdentity) {
  const auto parsed = parse(text, kind);
  if (!parsed.readable()) ADD_FAILURE() << text << "\n" << to_text(parsed.problems.front());
  return compile(parsed.policy);
}
inline PolicyHandle statements(std::string_view text) { return policy(document(text)); }

inline PolicyHandle allow_all() { return statements(R"({"Effect":"Allow","Action":"*","Resource":"*"})"); }

struct Question {
  std::string_view principal = kUser;
  std::string_view action = "sqs:SendMessage";
  std::string_view resource = kQueue;
  std::string_view account = kAccount;
};

inline Request request(const Question& question, Context context = Context(Rest::kAbsent)) {
  auto made =
      Request::make({question.principal, question.action, question.resource, question.account}, std::move(context));
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

/// `A`, `I`, `E` or `D`: the first letter of the verdict. Asked both ways, which must agree.
inline char letter(const Engine& engine, const Request& request) {
  const Verdict fast = engine.verdict(request);
  const Decision slow = engine.decide(request);
  EXPECT_EQ(fast, slow.verdict);
  EXPECT_EQ(slow.verdict == Verdict::kDependsOn, !slow.depends_on.empty());
  if (slow.verdict == Verdict::kExplicitlyDenied || slow.verdict == Verdict::kDependsOn) {
    EXPECT_FALSE(slow.statements.empty());
  }
  return name_of(fast).front();
}

/// How many cases each table of the conformance tests holds.
[[nodiscard]] std::size_t count_operator_cases();
[[nodiscard]] std::size_t count_value_cases();
[[nodiscard]] std::size_t count_pattern_cases();
[[nodiscard]] std::size_t count_principal_cases();
[[nodiscard]] std::size_t count_layer_cases();
[[nodiscard]] std::size_t count_variable_cases();
[[nodiscard]] std::size_t count_published_cases();

}  // namespace ag::iam::test
