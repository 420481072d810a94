// Cases as other programs write them: what is taken, and what is refused with the place that is wrong.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "iam/evaluation_case.hpp"
#include "iam/json_reader.hpp"

namespace ag::iam {
namespace {

constexpr std::string_view kAll =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

struct Asked {
  std::string action = "s3:GetObject";
  std::string resource = "arn:aws:s3:::b/k";
  std::string request{};  ///< further members of the request
  std::string identity = "[" + std::string(kAll) + "]";
  std::string more{};  ///< further members of the case
};

std::string text_of(const Asked& asked) {
  return R"({"request":{"principal":"arn:aws:iam::111122223333:user/Ann","action":")" + asked.action +
         R"(","resource":")" + asked.resource + R"(","context":{})" + asked.request + R"(},"identityPolicies":)" +
         asked.identity + asked.more + "}";
}

std::string verdict(std::string_view text) {
  const auto asked = read_case(text);
  if (!asked) return asked.error().field + ": " + asked.error().message;
  return to_line(Engine(asked->layers).decide(asked->request));
}
std::string verdict(const Asked& asked) { return verdict(text_of(asked)); }

/// The text as a JSON string.
std::string in_quotes(std::string_view text) { return json::serialize(json::value(text)); }

TEST(EvaluationCase, WhatIsAwssOwnIsNoOtherAccount) {
  EXPECT_EQ(verdict({.action = "iam:GetPolicy", .resource = "arn:aws:iam::aws:policy/ReadOnlyAccess"}), "Allowed");
  EXPECT_EQ(verdict({.action = "ec2:RunInstances", .resource = "arn:aws:ec2:eu-west-1::image/ami-1"}), "Allowed");
  EXPECT_EQ(verdict({.action = "iam:GetRole", .resource = "arn:aws:iam::444455556666:role/R"}), "ImplicitlyDenied");
}

TEST(EvaluationCase, AByteOrderMarkIsNoPartOfIt) { EXPECT_EQ(verdict("\xef\xbb\xbf" + text_of({})), "Allowed"); }

TEST(EvaluationCase, AKeyIsInTheContextOnce) {
  std::string text = text_of({});
  text.replace(text.find("{}"), 2, R"({"aws:SourceIp":"10.0.0.1","AWS:sourceIP":"203.0.113.7"})");
  EXPECT_EQ(verdict(text),
            "request.context.AWS:sourceIP: this key is written twice; letter case does not tell two keys apart");
}

TEST(EvaluationCase, NumbersMayHaveAnExponent) {
  const std::pair<std::string_view, std::string_view> numbers[] = {
      {"1e3", "1000"},   {"1.5E+2", "150"}, {"-25e-2", "-0.25"}, {"12.5e1", "125"},
      {"0e5", "000000"}, {"12", "12"},      {"1e400", "1e400"}};
  for (const auto& [written, plain] : numbers) EXPECT_EQ(without_exponent(written), plain);
  std::string text =
      text_of({.identity = R"([{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",)"
                           R"("Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":1e3}}}]}])"});
  text.replace(text.find("{}"), 2, R"({"aws:MultiFactorAuthAge":9.99e2})");
  EXPECT_EQ(verdict(text), "Allowed");
}

TEST(EvaluationCase, ALevelMayBeABareList) {
  const std::string all(kAll);
  EXPECT_EQ(verdict({.more = R"(,"scps":[[)" + all + "]]"}), "Allowed");
  EXPECT_EQ(verdict({.more = R"(,"scps":[[)" + all + "],[]]"}), "ImplicitlyDenied");
  EXPECT_EQ(verdict({.more = R"(,"scps":[{"org":"r"}])"}), "scps[0].policies: this is missing");
  EXPECT_EQ(verdict({.more = R"(,"scps":[{"org":"r","Policies":[]}])"}), "scps[0].Policies: did you mean policies?");
}

TEST(EvaluationCase, APolicyMayBeJsonTextOrTheNameOfAManagedOne) {
  EXPECT_EQ(verdict({.identity = "[" + in_quotes(kAll) + "]"}), "Allowed");
  EXPECT_EQ(verdict({.identity = R"([{"policy":)" + in_quotes(kAll) + "}]"}), "Allowed");
  EXPECT_EQ(verdict({.identity = R"(["ReadOnlyAccess"])"}), "Allowed");
  EXPECT_EQ(verdict({.action = "s3:DeleteObject", .identity = R"("arn:aws:iam::aws:policy/ReadOnlyAccess")"}),
            "ImplicitlyDenied");
  EXPECT_EQ(verdict({.identity = R"(["ReadOnlyAcces"])"}),
            "identityPolicies[0]: there is no AWS managed policy ReadOnlyAcces; did you mean ReadOnlyAccess?");
  EXPECT_EQ(verdict({.identity = R"(["{\"Statement\":[]"])"}),
            "identityPolicies[0]: this is not JSON: ',' or '}' is expected");
}

TEST(EvaluationCase, ARequestIsForOneActionInOneAccount) {
  EXPECT_EQ(verdict({.action = "s3:Get*"}), "request.action: s3:Get*: a request is for one action, without wildcards");
  EXPECT_EQ(verdict({.request = R"(,"resourceAccount":"1111")"}),
            "request.resourceAccount: 1111: an account has 12 digits");
  EXPECT_EQ(verdict({.request = R"(,"resourceAccount":"444455556666")"}), "ImplicitlyDenied");
}

}  // namespace
}  // namespace ag::iam
