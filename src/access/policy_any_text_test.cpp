// The parser before any text at all: mutants of valid files, and of their nesting.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "access/policy.hpp"
#include "access/test_company.hpp"
#include "access/test_policy.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

using test::kSample;
using test::kValid;
using test::Random;

std::string mutated(std::string text, Random& random) {
  static const std::vector<std::string> kPieces = {
      "&a ",     "*a",   "!!str ", "---\n",        "...\n",    "? ",        ": ",   "- ",        "[",
      "]",       "{",    "}",      "\"",           "'",        "|\n",       ">\n",  "#",         "\t",
      "\r",      "\n",   "\r\n",   "%YAML 1.2\n",  "~",        "null",      "true", "012",       "<<: ",
      "\\u0000", "\xff", "\x04",   "\xe2\x80\xa8", "except: ", "all: true", "ou: ", "accounts: "};
  const auto position = [&] { return text.empty() ? 0 : random.below(text.size()); };
  switch (random.below(7)) {
    case 0: text.erase(position(), 1 + random.below(4)); break;
    case 1: text.insert(position(), text.substr(position(), random.below(40))); break;
    case 2:
      if (!text.empty()) text[position()] = static_cast<char>(random.below(256));
      break;
    case 3: text.insert(position(), random.pick(kPieces)); break;
    case 4: text.resize(position()); break;
    case 5:
    case 6: {  // a line lost, or said twice
      const auto end = text.find('\n', position());
      const auto begin = end == std::string::npos ? end : text.rfind('\n', end == 0 ? 0 : end - 1);
      if (begin == std::string::npos || end <= begin) break;
      const std::string line = text.substr(begin, end - begin);
      if (random.chance(50)) text.erase(begin, line.size());
      else text.insert(begin, line);
      break;
    }
    default: break;
  }
  return text;
}

TEST(Policy, IsAValueOrProblemsForAnyTextAtAll) {
  Random random(1);
  int valid = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string text(random.chance(50) ? kValid : kSample);
    for (std::size_t edits = 1 + random.below(6); edits > 0; --edits) text = mutated(std::move(text), random);
    const auto parsed = parse_policy(text);
    if (parsed) {
      ++valid;
      for (const auto& rule : parsed->rules) {
        ASSERT_FALSE(rule.id.empty() || rule.what.empty() || rule.where.empty() || rule.max < rule.min) << text;
        ASSERT_TRUE(parsed->approvals.contains(rule.approval)) << text;
      }
      continue;
    }
    ASSERT_FALSE(parsed.error().empty()) << text;
    for (const auto& problem : parsed.error()) {
      const auto lines = 1 + std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r');
      ASSERT_TRUE(problem.line >= 1 && problem.line <= lines + 1) << problem.line << " of " << lines << "\n" << text;
      ASSERT_FALSE(problem.code.empty() || problem.message.empty()) << text;
      ASSERT_TRUE(decode_utf8(problem.message) && decode_utf8(problem.where)) << text;
    }
  }
  EXPECT_GT(valid, 100) << "too few mutants live to say anything about the others";
}

TEST(Policy, TellsNestingThatIsFarTooDeepWithoutRunningOutOfStack) {
  for (const std::string_view piece : {"[", "{", "- ", "? ", "[{", "{a: ", "!", "&a ", "\"", "'", "|\n", "%"}) {
    std::string text;
    while (text.size() + piece.size() <= kLargestPolicyBytes) text += piece;
    EXPECT_FALSE(parse_policy(text)) << piece;
  }
}

}  // namespace
}  // namespace ag::access
