// The parser, ARNs, conditions and the engine before any text at all: mutants of valid cases.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "iam/evaluation_case.hpp"
#include "iam/test_random_worlds.hpp"
#include "iam/values.hpp"

namespace ag::iam {
namespace {

using test::Random;

const std::vector<std::string> kCases = {
    R"({"request":{"principal":"arn:aws:iam::111122223333:user/Ann","action":"s3:GetObject",
"resource":"arn:aws:s3:::b/Ann/k","resourceAccount":"111122223333","context":{"aws:username":"Ann","a:n":5,"a:l":["x","y"]},
"unknownContext":["a:u"]},"identityPolicies":[{"name":"P","policy":{"Version":"2012-10-17","Statement":[{"Sid":"S1",
"Effect":"Allow","Action":["s3:Get*","s3:?utObject"],"Resource":"arn:aws:s3:::b/${aws:username, 'x'}/*","Condition":{
"StringLike":{"aws:username":["A*","${a:n}"]},"ForAllValues:StringEqualsIfExists":{"a:l":"x"},"Bool":{"a:b":"true"}}}]}}]})",
    R"({"request":{"principal":"arn:aws:sts::111122223333:assumed-role/R/s","action":"kms:Decrypt",
"resource":"arn:aws:kms:eu-west-1:111122223333:key/k","context":{"aws:SourceIp":"10.0.0.1","a:d":"2026-01-01T00:00:00Z"}},
"identityPolicies":[{"Statement":{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::*"}}],
"permissionBoundaries":[{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{
"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]},"DateGreaterThan":{"a:d":"2025-01-01"},"Null":{"a:x":true}}}}],
"sessionPolicy":{"Statement":[]},"scps":[{"org":"r","policies":[{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}]}],
"rcps":[{"org":"r","policies":[]}],"resourcePolicy":{"Id":"k","Statement":[{"Effect":"Allow","Principal":{"AWS":[
"111122223333","arn:aws:iam::111122223333:role/R","AROACKCEVSQ6C2EXAMPLE"],"Service":"x.amazonaws.com"},"Action":"kms:*"},
{"Effect":"Deny","NotPrincipal":{"AWS":"*"},"Action":"*","Resource":"*","Condition":{"ArnLike":{"a:arn":"arn:*:*:*:*:*"},
"BinaryEquals":{"a:b64":"QQ=="},"NumericLessThan":{"a:n":10.5}}}]},"endpointPolicies":null})",
};

const std::vector<std::string> kPieces = {"\"",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          ",",
                                          ":",
                                          "\\",
                                          "\\u0000",
                                          "\\ud800",
                                          "\xff",
                                          "\xe2\x80\xa8",
                                          "null",
                                          "true",
                                          "1e999",
                                          "-",
                                          "*",
                                          "?",
                                          "${",
                                          "}",
                                          "${*}",
                                          "${a:u}",
                                          "arn:",
                                          "arn:aws:s3",
                                          "::::::",
                                          "\"*\"",
                                          "Not",
                                          "Effect",
                                          "\"Deny\"",
                                          "IfExists",
                                          "ForAnyValue:",
                                          "StringEqualz",
                                          "111122223333",
                                          "/33",
                                          "::",
                                          "2026-13-45",
                                          "\"Action\":",
                                          "\"unknownContext\":[\"*\"]",
                                          "\"context\":null",
                                          "\n",
                                          "\t",
                                          "ä",
                                          std::string(300, '*'),
                                          "*a*a*a*a*b"};

std::string mutated(std::string text, Random& random) {
  const auto position = [&] { return text.empty() ? 0 : random.below(text.size()); };
  switch (random.below(6)) {
    case 0: text.erase(position(), 1 + random.below(6)); break;
    case 1: text.insert(position(), text.substr(position(), random.below(40))); break;
    case 2:
      if (!text.empty()) text[position()] = static_cast<char>(random.below(256));
      break;
    case 3: text.insert(position(), random.pick(kPieces)); break;
    case 4: {  // one thing in the place of another
      const auto at = position();
      text.replace(at, random.below(12), random.pick(kPieces));
      break;
    }
    case 5:
      if (random.chance(10)) text.resize(position());
      break;
    default: break;
  }
  return text;
}

TEST(AnyText, ACaseIsAnsweredOrRefused) {
  Random random(7);
  int answered = 0;
  for (std::size_t round = 0; round < test::rounds(100); ++round) {
    std::string text = random.pick(kCases);
    for (std::size_t edits = 1 + random.below(4); edits > 0; --edits) text = mutated(std::move(text), random);
    const auto asked = read_case(text);
    if (!asked) {
      ASSERT_FALSE(asked.error().code.empty() || asked.error().message.empty()) << text;
      ASSERT_TRUE(decode_utf8(asked.error().message) && decode_utf8(asked.error().field)) << text;
      continue;
    }
    ++answered;
    const Engine engine(asked->layers);
    const Decision decision = engine.decide(asked->request);
    ASSERT_EQ(engine.verdict(asked->request), decision.verdict) << text;
    ASSERT_EQ(decision.verdict == Verdict::kDependsOn, !decision.depends_on.empty()) << text;
    ASSERT_FALSE(to_line(decision).empty());
    ASSERT_FALSE(json::serialize(to_object(*asked, decision)).empty());
  }
  EXPECT_GT(answered, 100) << "too few mutants live to say anything about the others";
}

TEST(AnyText, APolicyIsAValueAndProblems) {
  Random random(8);
  constexpr PolicyKind kKinds[] = {PolicyKind::kIdentity,       PolicyKind::kPermissionSetInline, PolicyKind::kSession,
                                   PolicyKind::kServiceControl, PolicyKind::kResourceControl,     PolicyKind::kResource,
                                   PolicyKind::kTrust};
  for (std::size_t round = 0; round < test::rounds(70); ++round) {
    std::string text = random.pick(kCases);
    text =
        text.substr(text.find("{\"Version\"") != std::string::npos ? text.find("{\"Version\"") : text.find("{\"Id\""));
    for (std::size_t edits = random.below(4); edits > 0; --edits) text = mutated(std::move(text), random);
    const auto parsed = parse(text, random.pick(kKinds));
    const auto lines = 1 + std::ranges::count(text, '\n');
    for (const auto& problem : parsed.problems) {
      ASSERT_FALSE(problem.code.empty() || problem.message.empty()) << text;
      ASSERT_TRUE(decode_utf8(to_text(problem))) << text;
      ASSERT_LE(problem.at.line, lines) << text;
    }
    ASSERT_LE(parsed.problems.size(), kMostProblems + 1);
    if (parsed.readable()) {
      ASSERT_NE(compile(parsed.policy), nullptr);
    }
  }
}

TEST(AnyText, NestingThatIsFarTooDeepDoesNotRunOutOfStack) {
  for (const std::string_view piece : {"[", "{\"a\":", "[{\"a\":", "{\"Statement\":"}) {
    std::string text;
    while (text.size() + piece.size() <= kLargestPolicyText) text += piece;
    EXPECT_FALSE(parse(text, PolicyKind::kIdentity).readable()) << piece;
  }
  EXPECT_FALSE(parse(std::string(kLargestPolicyText + 1, ' '), PolicyKind::kIdentity).readable());
}

/// Values, ARNs and patterns of random bytes: each is read or not, and reading takes no more than a moment.
TEST(AnyText, ValuesAndPatternsOfAnyBytes) {
  Random random(9);
  const std::vector<std::string> seeds = {
      "203.0.113.0/24", "2001:db8::1/64", "2026-03-01T00:00:00.5+01:00", "QmxhdQ==", "arn:aws:s3:::b/${a:x}", "-10.25",
      "true",           "a*b?c${*}"};
  Context context(Rest::kAbsent);
  context.set("a:x", {"x*"});
  for (std::size_t round = 0; round < test::rounds(200); ++round) {
    std::string text = random.pick(seeds);
    for (std::size_t edits = 1 + random.below(4); edits > 0; --edits) text = mutated(std::move(text), random);
    if (const auto range = read_address_range(text)) {
      EXPECT_TRUE(range->covers(*range)) << text;
    }
    if (const auto number = read_number(text)) {
      EXPECT_EQ(*number, *number) << text;
    }
    static_cast<void>(read_moment(text));
    static_cast<void>(read_base64(text));
    static_cast<void>(Principal::parse(text));
    static_cast<void>(ActionName::parse(text));
    const std::string other = mutated(text, random);
    for (const auto version : {LanguageVersion::k2008, LanguageVersion::k2012}) {
      const Truth fits_itself = Pattern(text, LanguageVersion::k2008, Wildcards::kLiteral).match(text, context);
      EXPECT_EQ(fits_itself, Truth::kYes) << text;
      static_cast<void>(Pattern(text, version, Wildcards::kSpecial).match(other, context));
      static_cast<void>(ArnPattern(text, version).match(Segments(other), context));
      EXPECT_EQ(ArnPattern("*", version).match(Segments(text), context), Truth::kYes) << text;
    }
  }
}

TEST(AnyText, APatternOfManyWildcardsEndsSoon) {
  std::string pattern;
  for (int i = 0; i < 2'000; ++i) pattern += "a*";
  const std::string text(20'000, 'a');
  const Context context(Rest::kAbsent);
  EXPECT_EQ(Pattern(pattern + "b", LanguageVersion::k2012, Wildcards::kSpecial).match(text, context), Truth::kNo);
  EXPECT_EQ(Pattern(pattern, LanguageVersion::k2012, Wildcards::kSpecial).match(text, context), Truth::kYes);
}

}  // namespace
}  // namespace ag::iam
